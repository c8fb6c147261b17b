//! What came since the watch last looked, counted while messages are acknowledged:
//! in memory alone, and little of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use record::{Section, SourceId};
use store::{ALL_KINDS, Work};

use super::minutes::minute_of;
use crate::measure;
use crate::reading::ReadMessage;

/// How many types of message are told apart of one source; more are one more type.
pub const KINDS_MAX: usize = 64;
/// The type of what is one too many.
pub(super) const OTHER: &str = "other";
/// How many minutes wait for the watch at most: a day. Of more, the oldest are forgotten.
const MINUTES_MAX: usize = 24 * 60;
/// How many runs of numbers wait for the watch at most.
const RUNS_MAX: usize = 4_096;
/// What its source made longer ago is old news: a history that is imported says
/// nothing of how often messages come.
const NEWS_HOURS_MAX: i64 = 24;

/// What came of each source.
#[derive(Default)]
pub(crate) struct Tally {
    heard: Mutex<BTreeMap<SourceId, Heard>>,
}

/// What came of one source.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Heard {
    pub(super) kinds: BTreeMap<String, Kind>,
    /// Runs of numbers in the order in which they came: the first and the last of each.
    pub(super) numbers: Vec<(u64, u64)>,
}

/// What came of one type of message.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Kind {
    /// Minutes and how many came in each, in the order in which they came.
    pub(super) minutes: Vec<(i64, u32)>,
    pub(super) sections: BTreeSet<Section>,
}

impl Tally {
    /// A message became durable that had not come before.
    pub(crate) fn heard(&self, source: &SourceId, received_at: Timestamp, message: &ReadMessage) {
        let age = message.stated_at.map(|stated| received_at.duration_since(stated));
        let is_old = age.is_some_and(|age| age > SignedDuration::from_hours(NEWS_HOURS_MAX));
        if is_old {
            return;
        }
        let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(source) {
            all.insert(source.clone(), Heard::default());
        }
        let Some(heard) = all.get_mut(source) else { return };
        let minute = minute_of(received_at);
        heard.kind(ALL_KINDS).came(minute);
        for unit in &message.work {
            let kind = heard.kind(&measure::label(&unit.kind));
            kind.came(minute);
            if let Work::Apply(changes) = &unit.work {
                kind.sections
                    .extend(changes.iter().flat_map(|change| &change.entries).map(|new| new.content.section()));
            }
        }
        if let Some(number) = message.number {
            heard.number(number);
        }
    }

    /// Hands over what came, and begins anew.
    pub(super) fn take(&self) -> BTreeMap<SourceId, Heard> {
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Heard {
    fn kind(&mut self, kind: &str) -> &mut Kind {
        let is_known = self.kinds.contains_key(kind) || self.kinds.len() < KINDS_MAX;
        let kind = if is_known { kind } else { OTHER };
        self.kinds.entry(kind.to_owned()).or_default()
    }

    /// A number behind the last one makes its run longer, any other begins a run.
    fn number(&mut self, number: u64) {
        match self.numbers.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => {
                if self.numbers.len() >= RUNS_MAX {
                    self.numbers.remove(0);
                }
                self.numbers.push((number, number));
            }
        }
    }

    /// Adds what came later.
    pub(super) fn add(&mut self, later: Self) {
        for (kind, later) in later.kinds {
            let known = self.kind(&kind);
            known.sections.extend(later.sections);
            later.minutes.into_iter().for_each(|(minute, count)| known.came_times(minute, count));
        }
        self.numbers.extend(later.numbers);
        let surplus = self.numbers.len().saturating_sub(RUNS_MAX);
        self.numbers.drain(..surplus);
    }
}

impl Kind {
    fn came(&mut self, minute: i64) {
        self.came_times(minute, 1);
    }

    fn came_times(&mut self, minute: i64, times: u32) {
        match self.minutes.last_mut() {
            Some((last, count)) if *last == minute => *count = count.saturating_add(times),
            _ => {
                if self.minutes.len() >= MINUTES_MAX {
                    self.minutes.remove(0);
                }
                self.minutes.push((minute, times));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Payload, read};

    const NOON: &str = "2026-11-23T12:00:00Z";

    fn hospital() -> SourceId {
        SourceId::new("kingsbrook-pas").unwrap()
    }

    async fn message(kind: &str, stated_at: &str, number: &str) -> ReadMessage {
        let text = format!(
            "MSH|^~\\&|PAS|ZZ901|CC|SEL|{stated_at}||{kind}|1|P|2.4|{number}\rPID|1||77^^^ZZ901^MR||OKAFOR^Grace\r\
             PV1|1|I|WARD1||||||||||||||||V1\r"
        );
        read(None, Payload::Hl7v2, NOON.parse().unwrap(), text.as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn messages_of_a_minute_are_one_count_for_their_type_and_one_for_all() {
        let (tally, at) = (Tally::default(), NOON.parse().unwrap());
        let later: Timestamp = "2026-11-23T12:01:59Z".parse().unwrap();
        tally.heard(&hospital(), at, &message("ADT^A01", "20261123115900", "").await);
        tally.heard(&hospital(), at, &message("ADT^A01", "20261123115900", "").await);
        tally.heard(&hospital(), later, &message("ADT^A03", "20261123115900", "").await);
        let heard = tally.take().remove(&hospital()).unwrap();
        let (noon, next) = (minute_of(at), minute_of(later));
        assert_eq!(heard.kinds[ALL_KINDS].minutes, [(noon, 2), (next, 1)]);
        assert_eq!(heard.kinds["ADT^A01"].minutes, [(noon, 2)]);
        assert_eq!(heard.kinds["ADT^A03"].minutes, [(next, 1)]);
        assert!(heard.kinds["ADT^A01"].sections.contains(&Section::Attendances));
        assert!(tally.take().is_empty(), "what was handed over is not told again");
    }

    #[tokio::test]
    async fn a_history_that_is_imported_is_no_news() {
        let (tally, at) = (Tally::default(), NOON.parse().unwrap());
        tally.heard(&hospital(), at, &message("ADT^A01", "20261122115959", "").await);
        assert!(tally.take().is_empty());
        tally.heard(&hospital(), at, &message("ADT^A01", "20261122120000", "").await);
        assert_eq!(tally.take().len(), 1, "a day's backlog is news still");
    }

    #[tokio::test]
    async fn numbers_one_after_another_are_one_run() {
        let (tally, at) = (Tally::default(), NOON.parse().unwrap());
        for number in ["7", "8", "9", "12", "10"] {
            tally.heard(&hospital(), at, &message("ADT^A01", "20261123115900", number).await);
        }
        assert_eq!(tally.take()[&hospital()].numbers, [(7, 9), (12, 12), (10, 10)]);
    }

    #[test]
    fn whatever_comes_little_is_kept() {
        let mut heard = Heard::default();
        for number in 0..RUNS_MAX as u64 + 10 {
            heard.number(3 * number);
            heard.kind(&format!("kind {number}")).came(number.cast_signed());
        }
        assert_eq!((heard.kinds.len(), heard.numbers.len()), (KINDS_MAX + 1, RUNS_MAX));
        assert_eq!(heard.kinds[OTHER].minutes.len(), MINUTES_MAX);
    }
}
