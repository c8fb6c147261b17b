//! Sessions: the cookie that a browser holds, who it stands for, and the tokens
//! that bind forms to it. The store keeps the session and only the cookie's hash.

pub(crate) mod cookie;
mod guard;
mod visit;

pub(crate) use guard::{let_nobody_in_unsigned, let_openers_in};
pub(crate) use visit::{Handle, Visit};
