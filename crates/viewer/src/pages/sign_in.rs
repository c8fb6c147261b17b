//! The start page: what Connect Care is, and the way in.

use askama::Template;

use super::parts::Frame;

/// The start page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignIn {
    /// Around it.
    pub(crate) frame: Frame,
    /// Why signing in did not work, and what to do.
    pub(crate) error: Option<String>,
}
