//! What has to be asked of the store: whether it can be written, how much waits,
//! how much there is. Asked when somebody wants to know, and not more often than
//! the store should bear.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use record::SourceId;
use store::{Depth, Desk, Inbox, QUARANTINE_ALARM_MINUTES, StoreError};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// For how long a reading is told again instead of a new one.
const FRESH: Duration = Duration::from_secs(5);
/// How long somebody waits for a reading.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// What the store said when it was last asked.
#[derive(Clone, Default)]
pub(super) struct Reading {
    /// What does not hold, a line each.
    pub(super) missing: Vec<String>,
    inbox: Vec<Depth>,
    quarantine: Vec<Depth>,
    /// What nobody has taken for too long.
    unowned: Vec<Depth>,
    record_bytes: u64,
    desk_bytes: u64,
    log_rows: u64,
}

/// Readings, one at a time.
#[derive(Default)]
pub(super) struct Readings {
    asking: tokio::sync::Mutex<Asking>,
    last: Mutex<Reading>,
    /// Sources that were told to have something waiting: they are told when they no longer have.
    named: Mutex<BTreeSet<SourceId>>,
}

#[derive(Default)]
struct Asking {
    at: Option<Instant>,
    /// One that took longer than anybody waited. None is begun beside it.
    under_way: Option<JoinHandle<Reading>>,
}

impl Readings {
    /// A reading that is not older than [`FRESH`], or the last one with a line that
    /// the store does not answer.
    pub(super) async fn fresh(&self, inbox: Inbox, desk: Desk, now: Timestamp) -> Reading {
        let mut asking = self.asking.lock().await;
        if asking.at.is_some_and(|at| at.elapsed() < FRESH) {
            return self.last();
        }
        let mut under_way = asking.under_way.take().unwrap_or_else(|| tokio::spawn(read(inbox, desk, now)));
        match tokio::time::timeout(WAIT_MAX, &mut under_way).await {
            Ok(Ok(reading)) => {
                asking.at = Some(Instant::now());
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = reading;
                self.last()
            }
            Ok(Err(_)) => self.unanswered("store: it could not be asked".to_owned()),
            Err(_) => {
                asking.under_way = Some(under_way);
                self.unanswered(format!("store: no answer within {} s", WAIT_MAX.as_secs()))
            }
        }
    }

    fn last(&self) -> Reading {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn unanswered(&self, line: String) -> Reading {
        metrics::counter!("connect_care_readings_failed_total").increment(1);
        Reading { missing: vec![line], ..self.last() }
    }

    /// Ends a reading that is under way: it holds the store open.
    pub(super) async fn end(&self) {
        if let Some(under_way) = self.asking.lock().await.under_way.take() {
            under_way.abort();
            let _ = under_way.await;
        }
    }

    /// Sets the gauges to the last reading.
    pub(super) fn tell(&self, now: Timestamp) {
        let Reading { inbox, quarantine, unowned, record_bytes, desk_bytes, log_rows, missing: _ } = self.last();
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.extend(inbox.iter().chain(&quarantine).map(|depth| depth.source.clone()));
        for source in named.iter() {
            let (count, seconds) = waiting(&inbox, source, now);
            set("connect_care_inbox_waiting_messages", source, count);
            set("connect_care_inbox_oldest_seconds", source, seconds);
            let (count, seconds) = waiting(&quarantine, source, now);
            set("connect_care_quarantine_waiting_units", source, count);
            set("connect_care_quarantine_oldest_seconds", source, seconds);
            set("connect_care_quarantine_unowned_units", source, waiting(&unowned, source, now).0);
        }
        metrics::gauge!("connect_care_store_size_bytes", "file" => "record").set(float(record_bytes));
        metrics::gauge!("connect_care_store_size_bytes", "file" => "desk").set(float(desk_bytes));
        metrics::gauge!("connect_care_access_log_rows").set(float(log_rows));
    }
}

fn set(name: &'static str, source: &SourceId, value: f64) {
    metrics::gauge!(name, "source" => source.to_string()).set(value);
}

/// How much of a source waits, and for how many seconds the oldest of it.
fn waiting(depths: &[Depth], source: &SourceId, now: Timestamp) -> (f64, f64) {
    let Some(depth) = depths.iter().find(|depth| depth.source == *source) else { return (0.0, 0.0) };
    (float(depth.count), now.duration_since(depth.oldest_at).as_secs_f64().max(0.0))
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes below 2^53 are exact")]
fn float(number: u64) -> f64 {
    number as f64
}

async fn read(inbox: Inbox, desk: Desk, now: Timestamp) -> Reading {
    let alarm = SignedDuration::from_mins(QUARANTINE_ALARM_MINUTES);
    let overdue = now.checked_sub(alarm).unwrap_or(Timestamp::MIN);
    let mut missing = Vec::new();
    let (record_written, desk_written) = tokio::join!(inbox.prove_writable(), desk.prove_writable());
    note(&mut missing, "record file", record_written);
    note(&mut missing, "desk file", desk_written);
    let (depths, held, record_bytes) = tokio::join!(inbox.depths(), inbox.quarantine_depths(), inbox.size_bytes());
    let unowned = inbox.quarantine_unowned(overdue).await;
    let (desk_bytes, log_rows) = tokio::join!(desk.size_bytes(), desk.log_rows());
    Reading {
        inbox: note(&mut missing, "inbox", depths),
        quarantine: note(&mut missing, "quarantine", held),
        unowned: note(&mut missing, "quarantine", unowned),
        record_bytes: note(&mut missing, "record file", record_bytes),
        desk_bytes: note(&mut missing, "desk file", desk_bytes),
        log_rows: note(&mut missing, "access log", log_rows),
        missing,
    }
}

/// The value, or the line that says what could not be done.
fn note<T: Default>(missing: &mut Vec<String>, what: &str, result: Result<T, StoreError>) -> T {
    result.unwrap_or_else(|error| {
        missing.push(format!("{what}: {error}"));
        T::default()
    })
}

#[cfg(test)]
mod tests {
    use record::{Chance, OdsCode, Section, Source, SourceFormat};
    use store::Arrival;

    use super::*;

    const NOON: &str = "2026-11-23T12:00:00Z";

    async fn store() -> (tempfile::TempDir, store::Store) {
        let source = Source {
            id: SourceId::new("kingsbrook").unwrap(),
            name: "Kingsbrook (invented)".to_owned(),
            organisation: OdsCode::new("ZZ901").unwrap(),
            format: SourceFormat::Hl7v2,
            sends: Section::ALL.to_vec(),
            stale_after_minutes: 60,
        };
        let folder = tempfile::tempdir().unwrap();
        let store = store::open(folder.path(), &[source], Chance::new(|bytes| bytes.fill(7))).await.unwrap();
        (folder, store)
    }

    async fn arrive(inbox: &Inbox, text: &str) {
        let arrival = Arrival {
            source: SourceId::new("kingsbrook").unwrap(),
            control_id: None,
            stated_at: None,
            received_at: NOON.parse().unwrap(),
            bytes: text.as_bytes().to_vec(),
        };
        inbox.receive(arrival).await.unwrap();
    }

    #[tokio::test]
    async fn a_reading_says_how_much_waits_and_is_told_again_while_it_is_fresh() {
        let (_folder, store) = store().await;
        arrive(&store.inbox, "one").await;
        let readings = Readings::default();
        let first = readings.fresh(store.inbox.clone(), store.desk.clone(), NOON.parse().unwrap()).await;
        assert!(first.missing.is_empty(), "{:?}", first.missing);
        let (count, seconds) = waiting(&first.inbox, &first.inbox[0].source, "2026-11-23T12:00:30Z".parse().unwrap());
        assert!((count - 1.0).abs() < 0.1 && (seconds - 30.0).abs() < 0.1, "{count} {seconds}");
        arrive(&store.inbox, "two").await;
        let again = readings.fresh(store.inbox.clone(), store.desk.clone(), NOON.parse().unwrap()).await;
        assert_eq!(again.inbox, first.inbox, "the store is not asked again so soon");
        readings.asking.lock().await.at = None;
        let later = readings.fresh(store.inbox.clone(), store.desk.clone(), NOON.parse().unwrap()).await;
        assert_eq!(later.inbox[0].count, 2);
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_is_said_and_asked_once() {
        let (_folder, store) = store().await;
        let readings = Readings::default();
        readings.asking.lock().await.under_way = Some(tokio::spawn(std::future::pending()));
        let reading = readings.fresh(store.inbox.clone(), store.desk.clone(), NOON.parse().unwrap()).await;
        assert_eq!(reading.missing, ["store: no answer within 2 s"]);
        assert!(readings.asking.lock().await.under_way.is_some(), "the same question is still open");
        readings.end().await;
        assert!(readings.fresh(store.inbox, store.desk, NOON.parse().unwrap()).await.missing.is_empty());
    }

    #[test]
    fn a_source_that_no_longer_waits_is_told_as_nought() {
        let nothing = waiting(&[], &SourceId::new("kingsbrook").unwrap(), NOON.parse().unwrap());
        assert_eq!(nothing, (0.0, 0.0));
    }
}
