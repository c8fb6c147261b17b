//! What each route does: read what was sent, ask the door, show the page.

pub(crate) mod assets;
pub(crate) mod emergency;
pub(crate) mod feeds;
pub(crate) mod find_person;
pub(crate) mod identity;
pub(crate) mod identity_decide;
pub(crate) mod identity_look;
pub(crate) mod identity_who_saw;
pub(crate) mod one_letter;
pub(crate) mod one_test;
mod opening;
pub(crate) mod outside;
pub(crate) mod permission;
pub(crate) mod quarantine;
pub(crate) mod quarantined_text;
pub(crate) mod record_pages;
pub(crate) mod results;
pub(crate) mod start;
mod typed;
mod typed_date;
pub(crate) mod who_looked;
