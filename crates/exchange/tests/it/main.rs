//! What leaves for other systems and for the person's own copy.

#[cfg(test)]
mod person_bundle;
