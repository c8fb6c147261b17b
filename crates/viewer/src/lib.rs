//! The pages, and signing in.
//!
//! Invariants:
//! - A page is a template and one struct that holds words ready to be read:
//!   nothing is decided, fetched or formatted while a page is rendered.
//! - No page needs a script; none holds an inline style or an address elsewhere.
//! - A section is never shown without what is known about its completeness.
//! - Every route stands in one table with who may ask for it ([`ROUTES`]); what
//!   they see is decided, logged and gathered by `disclosure` alone.
//! - No address holds an NHS number or anything else about a person: a page names
//!   a record by a handle that is worth nothing in another session.

mod answers;
pub mod assets;
#[doc(hidden)]
pub mod gallery;
mod handlers;
mod outermost;
mod pages;
mod routes;
mod session;
mod shown;
mod sign_in;
mod state;

pub use answers::RequestId;
pub use routes::{FORM_BYTES_MAX, Needs, ROUTES, Route};
pub use state::{Viewer, ViewerConfig};
