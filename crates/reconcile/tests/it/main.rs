//! What the shared record promises, as sentences.

#[cfg(test)]
mod allergies;
#[cfg(test)]
mod build;
#[cfg(test)]
mod hiding;
#[cfg(test)]
mod medicines;
#[cfg(test)]
mod over_time;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rows;
#[cfg(test)]
#[path = "../../src/testing.rs"]
mod testing;
