//! What leaves for other systems and for the person's own copy, and asking a service who somebody is.

#[cfg(test)]
mod demographics;
#[cfg(test)]
mod person_bundle;
