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

/// What stands for a moment between the provider's pages and the first of ours.
#[derive(Clone, Debug, Template)]
#[template(path = "signed_in.html")]
pub(crate) struct SignedIn {
    /// Around it.
    pub(crate) frame: Frame,
    /// Where to go on.
    pub(crate) next: &'static str,
}
