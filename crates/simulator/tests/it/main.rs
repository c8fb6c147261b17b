//! The region from outside: over real connections, and read by the real readers.

#[cfg(test)]
mod delivering;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod signing_in;
