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
mod demographics_check;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod identity_show;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod log_canaries;
#[cfg(test)]
mod log_words;
#[cfg(test)]
mod many_connections;
#[cfg(test)]
mod operated;
#[cfg(test)]
mod operator_region;
#[cfg(test)]
mod other_clients;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod rebuild_and_remove;
#[cfg(test)]
mod service;
#[cfg(test)]
mod synced;
#[cfg(test)]
#[path = "../../../store/tests/it/syscalls.rs"]
mod syscalls;
