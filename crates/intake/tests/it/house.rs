//! A region of three sources over a store of its own, and eyes to look into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Actor, Policy, Purpose, Refusal, Request, RequestId, decide, decide_message};
use audit::{Act, Event, Outcome};
use intake::{Delivered, Intake, Payload};
use jiff::{SignedDuration, Timestamp};
use record::{
    Chance, Clock, MessageId, NhsNumber, OdsCode, PersonId, Role, Section, Source, SourceFormat, SourceId, Staff,
    StaffId,
};
use store::{Applied, LogRow, QuarantinedUnit, Received, Store, StoredRecord};
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Where the time stands at first in every test.
pub(crate) const NOW: &str = "2026-11-22T13:32:00Z";

pub(crate) fn hospital() -> SourceId {
    SourceId::new("kingsbrook-pas").unwrap()
}

pub(crate) fn practice() -> SourceId {
    SourceId::new("riverside-gp").unwrap()
}

pub(crate) fn council() -> SourceId {
    SourceId::new("southmere-care").unwrap()
}

fn source(id: SourceId, format: SourceFormat) -> Source {
    Source {
        name: id.to_string(),
        id,
        organisation: OdsCode::new("ZZ901").unwrap(),
        format,
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 60,
    }
}

pub(crate) fn sources() -> Vec<Source> {
    vec![
        source(hospital(), SourceFormat::Hl7v2),
        source(practice(), SourceFormat::Fhir),
        source(council(), SourceFormat::Csv),
    ]
}

/// Bytes that differ each time and are the same in every run.
fn chance() -> Chance {
    let count = AtomicU64::new(0);
    Chance::new(move |bytes| {
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = (count.fetch_add(1, Ordering::Relaxed) as u8).wrapping_mul(31).wrapping_add(place as u8);
        }
    })
}

/// An intake over a store in a folder of its own.
pub(crate) struct House {
    pub(crate) intake: Intake,
    pub(crate) store: Store,
    pub(crate) folder: Arc<TempDir>,
    lanes: JoinSet<()>,
    seconds: Arc<AtomicU64>,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_in(Arc::new(tempfile::tempdir().unwrap()), &sources()).await
    }

    pub(crate) async fn open_in(folder: Arc<TempDir>, sources: &[Source]) -> Self {
        let store = store::open(folder.path(), sources, chance()).await.unwrap();
        let seconds = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&seconds);
        let clock = Clock::new(move || start() + SignedDuration::from_secs(now.load(Ordering::Relaxed).cast_signed()));
        let (intake, lanes) = Intake::start(store.inbox.clone(), sources, clock);
        Self { intake, store, folder, lanes, seconds }
    }

    /// Lets time go by.
    pub(crate) fn wait_days(&self, days: u64) {
        self.seconds.fetch_add(days * 24 * 60 * 60, Ordering::Relaxed);
    }

    pub(crate) fn wait_minutes(&self, minutes: u64) {
        self.seconds.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.intake.clock().now()
    }

    /// Sets the clock of a house that was opened again to where the last one stood.
    pub(crate) fn wait_until(&self, at: Timestamp) {
        self.seconds.store(at.duration_since(start()).as_secs().unsigned_abs(), Ordering::Relaxed);
    }

    /// Sets the clock back.
    pub(crate) fn set_back_days(&self, days: u64) {
        self.seconds.fetch_sub(days * 24 * 60 * 60, Ordering::Relaxed);
    }

    /// Stops as the program does, and gives back the folder.
    pub(crate) async fn close(self) -> Arc<TempDir> {
        let Self { intake, store, folder, mut lanes, .. } = self;
        drop(intake);
        while lanes.join_next().await.is_some() {}
        drop(store);
        folder
    }

    pub(crate) async fn deliver(&self, source: &SourceId, payload: Payload, bytes: impl Into<Vec<u8>>) -> Delivered {
        self.intake.deliver(source, payload, true, bytes.into()).await.unwrap()
    }

    /// Delivers and waits until it is applied.
    pub(crate) async fn apply(&self, source: &SourceId, payload: Payload, bytes: impl Into<Vec<u8>>) -> Applied {
        let delivered = self.deliver(source, payload, bytes).await;
        assert!(matches!(delivered.received, Received::New(_)), "{:?}", delivered.received);
        delivered.applied.unwrap().await.unwrap().unwrap()
    }

    /// People and entries in the store.
    pub(crate) async fn count(&self) -> (u64, u64) {
        self.store.people.count().await.unwrap()
    }

    /// The one person who carries this number.
    pub(crate) async fn person(&self, number: &str) -> PersonId {
        let people = self.store.people.with_number(NhsNumber::parse(number).unwrap()).await.unwrap();
        assert_eq!(people.len(), 1, "{number} is carried by {people:?}");
        people[0]
    }

    /// Everything stored of one person, as an opening by a doctor with permission reads it.
    pub(crate) async fn record(&self, person: PersonId) -> StoredRecord {
        let staff = staff(Role::Doctor);
        let until = start() + SignedDuration::from_hours(1);
        let yes = store::Asked::Yes(access::PermissionGiven::Person);
        self.store.desk.record_answer(person, &staff, yes, start(), until).await.unwrap();
        let stand = self.store.desk.stand(person, &staff, None, start()).await.unwrap();
        let request = Request { id: request(), person, purpose: Purpose::DirectCare, at: start() };
        let actor = Actor { staff, takes_part: true };
        let decision = decide(&Policy::shipped().unwrap(), &actor, &stand.facts, &request).unwrap();
        let mut event = event(Act::RecordOpened, Some(person));
        event.record_version = Some(stand.record_version);
        let row = LogRow { request: request.id, event, rests_on: Some(stand.facts.version) };
        let receipt = self.store.desk.log(row).await.unwrap();
        self.store.clinical.record(&decision, &receipt).await.unwrap()
    }

    /// A message of the inbox, byte for byte.
    pub(crate) async fn raw(&self, message: MessageId) -> Vec<u8> {
        self.shown(message).await.unwrap()
    }

    /// The same, or why it is shown to nobody.
    pub(crate) async fn shown(&self, message: MessageId) -> Result<Vec<u8>, Refusal> {
        let staff = staff(Role::Operator);
        let mut concerns = Vec::new();
        for person in self.store.people.in_message(message).await.unwrap() {
            concerns.push(self.store.desk.stand(person, &staff, None, start()).await.unwrap().facts);
        }
        let actor = Actor { staff, takes_part: true };
        let policy = Policy::shipped().unwrap();
        let decision = decide_message(&policy, &actor, request(), start(), &concerns, "to prove it")?;
        let row = LogRow { request: request(), event: event(Act::MessageShown, None), rests_on: None };
        let receipt = self.store.desk.log(row).await.unwrap();
        Ok(self.store.clinical.message(&decision, &receipt, message).await.unwrap())
    }

    /// What waits in quarantine, and the bytes that it came from.
    pub(crate) async fn quarantined(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for unit in self.waiting_units().await {
            let bytes = self.raw(unit.message).await;
            held.push(Held { kind: unit.kind, place: unit.place, reason: unit.reason, bytes });
        }
        held
    }

    /// What waits in quarantine, as an operator lists it.
    pub(crate) async fn waiting_units(&self) -> Vec<QuarantinedUnit> {
        let mut units = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.inbox.quarantined(after).await.unwrap();
            let Some(last) = page.last() else { return units };
            after = Some(last.id);
            units.extend(page.into_iter().filter(|unit| unit.is_waiting));
        }
    }

    /// How many messages the inbox holds.
    pub(crate) async fn messages(&self) -> usize {
        messages(&self.store).await
    }

    /// How many messages whoever opens the same folder now finds.
    pub(crate) async fn messages_in_folder(&self) -> usize {
        messages(&store::open(self.folder.path(), &sources(), chance()).await.unwrap()).await
    }

    /// The messages that are durable and not yet applied, up to ten.
    pub(crate) async fn unapplied(&self) -> Vec<MessageId> {
        let waiting = self.store.inbox.waiting(None, 10).await.unwrap();
        waiting.into_iter().map(|message| message.id).collect()
    }

    /// The version of a record: it moves once with every message that changes what is shown.
    pub(crate) async fn version(&self, person: PersonId) -> u64 {
        self.store.desk.stand(person, &staff(Role::Doctor), None, start()).await.unwrap().record_version
    }
}

async fn messages(store: &Store) -> usize {
    let mut count = 0;
    let mut after = None;
    loop {
        let page = store.inbox.list(after).await.unwrap();
        let Some(last) = page.last() else { return count };
        after = Some(last.id);
        count += page.len();
    }
}

/// A row of quarantine.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) kind: String,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn start() -> Timestamp {
    NOW.parse().unwrap()
}

fn request() -> RequestId {
    RequestId::from_bytes([7; 16])
}

pub(crate) fn staff(role: Role) -> Staff {
    Staff {
        id: StaffId::new("amensah").unwrap(),
        name: "Dr A Mensah".into(),
        role,
        organisation: OdsCode::new("ZZ901").unwrap(),
        organisation_name: "Kingsbrook Hospital".into(),
        team: None,
    }
}

pub(crate) fn event(act: Act, person: Option<PersonId>) -> Event {
    Event {
        at: start(),
        request: request().hex(),
        act,
        staff_id: "amensah".into(),
        staff_name: "Dr A Mensah".into(),
        role: "doctor".into(),
        organisation: "ZZ901".into(),
        organisation_name: "Kingsbrook Hospital".into(),
        team: None,
        person,
        basis: None,
        reason: None,
        page: None,
        sections: Vec::new(),
        not_for_role: Vec::new(),
        outcome: Outcome::Allowed,
        facts_version: None,
        policy_digest: None,
        content_digest: None,
        record_version: None,
        count: None,
    }
}
