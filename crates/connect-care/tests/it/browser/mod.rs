//! Drives Debian's Chromium by the DevTools protocol, blocking, without a single sleep.
//!
//! Every wait is for an event of the browser or a promise inside the page, and every wait ends after [`PATIENCE`]
//! with a message that says what was waited for and what the page showed instead. Clicks and keys are real input
//! events: what is covered, hidden or outside the window cannot be clicked.

mod axe;
mod find;
mod launch;
mod look;
mod page;
mod seen;
mod wire;

pub(crate) use launch::Browser;
pub(crate) use page::Page;

/// How long any one wait may last. Generous, because a busy build machine is slow, and only failures wait this long.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(40);
