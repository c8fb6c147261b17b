//! What becomes of a message on its way to the disk, for those that must not overtake it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const FAILED: u8 = 1;
const TOLD: u8 = 2;

/// Whether a message that is on its way to the disk arrives there. One that was sent
/// behind it follows it at once, and fails where it fails: its sender, who is told so,
/// sends both again in their order.
#[derive(Clone, Debug)]
pub struct Fate(Arc<AtomicU8>);

/// That of a message whose sender has been told already.
impl Default for Fate {
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(TOLD)))
    }
}

impl Fate {
    pub(crate) fn open() -> Self {
        Self(Arc::new(AtomicU8::new(0)))
    }

    /// Whether its sender has not been told yet what became of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire) & TOLD == 0
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.0.load(Ordering::Acquire) & FAILED != 0
    }

    /// As far as it is known: a commit may fail behind it, or be tried again.
    pub(crate) fn set(&self, has_failed: bool) {
        if has_failed {
            self.0.fetch_or(FAILED, Ordering::AcqRel);
        } else {
            self.0.fetch_and(!FAILED, Ordering::AcqRel);
        }
    }

    /// Whoever comes from now on was not sent behind it.
    pub(crate) fn told(&self) {
        self.0.fetch_or(TOLD, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_sent_behind_it_learns_that_it_failed_and_whoever_comes_later_does_not() {
        let fate = Fate::open();
        let behind = fate.clone();
        assert!(behind.is_open() && !behind.has_failed());
        fate.set(true);
        assert!(behind.is_open() && behind.has_failed());
        fate.told();
        assert!(!fate.is_open() && behind.has_failed(), "whoever was sent behind it is not on the disk yet");
        assert!(!Fate::default().is_open());
    }
}
