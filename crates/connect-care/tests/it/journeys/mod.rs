//! What people do with Connect Care, in sentences that a clinician can check.
//!
//! Each journey needs Debian's Chromium. Without it a journey prints `skipped: …` and passes, unless
//! `CONNECT_CARE_REQUIRE_BROWSER=1` says that there must be one (`cargo xtask test` does when it has found it).

mod driver;
