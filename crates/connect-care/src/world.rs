//! The world outside: the one place that reads the wall clock and asks the
//! operating system for unguessable bytes.

use jiff::Timestamp;
use record::{Chance, Clock};

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
