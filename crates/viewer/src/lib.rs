//! The pages, and signing in.
//!
//! Invariants:
//! - A page is a template and one struct that holds words ready to be read:
//!   nothing is decided, fetched or formatted while a page is rendered.
//! - No page needs a script; none holds an inline style or an address elsewhere.
//! - A section is never shown without what is known about its completeness.

pub mod assets;
#[doc(hidden)]
pub mod gallery;
mod pages;
