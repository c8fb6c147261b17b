//! Sessions: the cookie that a browser holds, who it stands for, and the tokens
//! that bind forms to it. The store keeps the session and only the cookie's hash.

pub(crate) mod cookie;
mod guard;
mod visit;

pub(crate) use guard::{require_opening_role, require_session};
pub(crate) use visit::{Handle, Visit};
