use std::sync::Mutex;
use std::time::Duration;

use record::SourceId;
use tokio::time::Instant;

use crate::measure;

/// How often refused connections are told of, at the most: a flood of them fills no log.
pub(super) const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Why a connection is not listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The source has as many as it may have.
    TooMany,
    /// It comes from an address that is not the source's.
    NotAPeer,
    /// No TLS came about: no certificate, one of another authority, or no TLS at all.
    NoTls,
    /// Its certificate is not one of the source's.
    NotAllowed,
    /// The operating system could not give it to us.
    NotTaken,
}

impl Refusal {
    const ALL: [Self; 5] = [Self::TooMany, Self::NotAPeer, Self::NoTls, Self::NotAllowed, Self::NotTaken];

    /// As logged and measured.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too-many",
            Self::NotAPeer => "not-a-peer",
            Self::NoTls => "no-tls",
            Self::NotAllowed => "not-allowed",
            Self::NotTaken => "not-taken",
        }
    }
}

/// Connections that were refused on one port: counted each, told of together.
pub(super) struct Refusals {
    source: SourceId,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    counts: [u64; Refusal::ALL.len()],
    told_at: Option<Instant>,
}

impl Refusals {
    pub(super) fn of(source: SourceId) -> Self {
        Self { source, tally: Mutex::default() }
    }

    /// Counts one, and tells of it where that is due.
    pub(super) fn note(&self, refusal: Refusal) {
        measure::refused(&self.source, refusal.code());
        let due = self.tally.lock().map(|mut tally| {
            tally.note(refusal);
            tally.due(Instant::now())
        });
        self.tell(due.unwrap_or_default());
    }

    /// Tells of those that nobody was told of, where that is due.
    pub(super) fn tell_due(&self) {
        let due = self.tally.lock().map(|mut tally| tally.due(Instant::now()));
        self.tell(due.unwrap_or_default());
    }

    /// The same at the end, due or not.
    pub(super) fn tell_rest(&self) {
        let rest = self.tally.lock().map(|mut tally| tally.take());
        self.tell(rest.unwrap_or_default());
    }

    fn tell(&self, counts: [u64; Refusal::ALL.len()]) {
        for (refusal, connections) in Refusal::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
            let reason = refusal.code();
            tracing::warn!(source = %self.source, reason, connections, "connections were refused");
        }
    }
}

impl Tally {
    fn note(&mut self, refusal: Refusal) {
        for (known, count) in Refusal::ALL.into_iter().zip(&mut self.counts) {
            *count += u64::from(known == refusal);
        }
    }

    /// What is to be told now: the first at once, the others together.
    fn due(&mut self, now: Instant) -> [u64; Refusal::ALL.len()] {
        let is_due = self.told_at.is_none_or(|told_at| now >= told_at + TOLD_EVERY);
        if !is_due || self.counts.iter().all(|count| *count == 0) {
            return Default::default();
        }
        self.told_at = Some(now);
        self.take()
    }

    fn take(&mut self) -> [u64; Refusal::ALL.len()] {
        std::mem::take(&mut self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_refused_in_ten_seconds_are_told_of_twice() {
        let (mut tally, start) = (Tally::default(), tokio::time::Instant::now());
        let mut told = Vec::new();
        for number in 0..10_000 {
            tally.note(Refusal::TooMany);
            told.push(tally.due(start + Duration::from_millis(number)));
        }
        told.push(tally.due(start + TOLD_EVERY));
        told.push(tally.due(start + 3 * TOLD_EVERY));
        let counts: Vec<u64> = told.iter().map(|counts| counts.iter().sum()).filter(|count| *count > 0).collect();
        assert_eq!(counts, [1, 9_999], "the first at once, the rest a minute later, then nothing");
    }

    #[test]
    fn each_reason_is_counted_by_itself() {
        let mut tally = Tally::default();
        for refusal in [Refusal::NotAPeer, Refusal::NoTls, Refusal::NotAPeer] {
            tally.note(refusal);
        }
        assert_eq!(tally.take(), [0, 2, 1, 0, 0]);
    }
}
