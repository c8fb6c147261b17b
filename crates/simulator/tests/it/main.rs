//! The region from outside: over real connections, and read by the real readers.

mod delivering;
mod reading;
mod signing_in;
