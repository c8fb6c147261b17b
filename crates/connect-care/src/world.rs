//! The world outside: the one place that reads the wall clock and asks the
//! operating system for unguessable bytes.

use jiff::Timestamp;
use record::{Chance, Clock};
use tracing_subscriber::EnvFilter;

/// The wall clock.
pub(crate) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the program is where the time comes in")]
    Clock::new(Timestamp::now)
}

/// The operating system's randomness. Without it there are no safe session ids,
/// so there is nothing to do but stop.
pub(crate) fn chance() -> Chance {
    Chance::new(|bytes| {
        #[expect(clippy::disallowed_methods, reason = "the program is where chance comes in")]
        let filled = getrandom::fill(bytes);
        if let Err(error) = filled {
            tracing::error!(%error, "the operating system gives no random bytes");
            std::process::abort();
        }
    })
}

/// Structured logs on standard error; `CONNECT_CARE_LOG` sets what is logged.
pub(crate) fn start_logging() {
    let filter = EnvFilter::try_from_env("CONNECT_CARE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).json().init();
}
