//! Checks, test, bench, release.
fn main() {}
