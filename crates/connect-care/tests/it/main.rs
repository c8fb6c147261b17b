//! The one integration binary of this crate: journeys in a real browser, and whatever else needs the whole program.
//!
//! Add a module here, not a second file beside this folder: each further binary links the whole program once more.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod journeys;
