//! The pages as a browser meets them: a real store, messages taken in by `intake`,
//! a real sign-in protocol, every route of the table.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod conflict;
mod cost;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod handles;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod identity_record;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod officer;
#[cfg(test)]
mod people;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod weight;
#[cfg(test)]
mod who_saw;
#[cfg(test)]
mod world;
