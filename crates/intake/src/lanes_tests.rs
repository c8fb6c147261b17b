use std::future::Future;
use std::pin::pin;
use std::sync::Mutex as StdMutex;
use std::task::{Context, Poll, Waker};

use futures_util::future::join_all;
use record::{Chance, Demographics, MessageId, OdsCode, PersonId, Section, Source, SourceFormat};
use store::{Arrival, Placement, Received, Store, UnitCounts};
use tempfile::TempDir;

use super::*;
use crate::fair::Place;
use crate::identity_rules::RULES;
use crate::reading::{Payload, read};
use crate::room::{Rooms, UNDER_WAY_BYTES_MAX};

const AT: &str = "2026-11-23T12:00:00Z";
/// The rules of these tests link this name to somebody who is not there, which
/// the store can never do.
const IMPOSSIBLE: &str = "Impossible";
/// How many messages the hostile source has waiting.
const HOSTILE: usize = 2_000;

/// Each new patient's family name in the order in which they came onto a record.
static PLACED: StdMutex<Vec<String>> = StdMutex::new(Vec::new());

fn rules() -> IdentityRules {
    let place = |told: &Demographics, _: &[store::Candidate]| match told.name.family.as_str() {
        IMPOSSIBLE => Placement::Link(PersonId(999), "nobody".to_owned()),
        _ => Placement::NewPerson,
    };
    IdentityRules { place, ..RULES }
}

fn noted() -> IdentityRules {
    let place = |told: &Demographics, _: &[store::Candidate]| {
        PLACED.lock().unwrap().push(told.name.family.clone());
        Placement::NewPerson
    };
    IdentityRules { place, ..RULES }
}

/// Each message's family name, in the order in which the messages were applied.
static TOLD: StdMutex<Vec<String>> = StdMutex::new(Vec::new());

fn told() -> IdentityRules {
    let place = |told: &Demographics, _: &[store::Candidate]| {
        TOLD.lock().unwrap().push(told.name.family.clone());
        Placement::NewPerson
    };
    let contradiction = |_: &Demographics, told: &Demographics, _: &[store::Candidate]| {
        TOLD.lock().unwrap().push(told.name.family.clone());
        None
    };
    IdentityRules { place, contradiction, ..RULES }
}

fn hospital() -> SourceId {
    SourceId::new("kingsbrook").unwrap()
}

fn quiet() -> SourceId {
    SourceId::new("aldersey").unwrap()
}

/// Lanes over a store of their own, and the gate before the writer.
struct House {
    _folder: TempDir,
    store: Store,
    lanes: Lanes,
    workers: JoinSet<()>,
    turns: Arc<Turns>,
    rooms: Rooms,
}

impl House {
    async fn open(rules: IdentityRules) -> Self {
        let ids = [hospital(), quiet()];
        let sources = ids.clone().map(|id| Source {
            name: format!("{id} (invented)"),
            id,
            organisation: OdsCode::new("ZZ901").unwrap(),
            format: SourceFormat::Hl7v2,
            sends: Section::ALL.to_vec(),
            stale_after_minutes: 60,
        });
        let folder = tempfile::tempdir().unwrap();
        let store = store::open(folder.path(), &sources, Chance::new(|bytes| bytes.fill(7))).await.unwrap();
        let turns = Turns::new(APPLIED_AT_ONCE);
        let (lanes, workers) = Lanes::start_with(&store.inbox, rules, &ids, &turns);
        let rooms = Rooms::new(UNDER_WAY_BYTES_MAX, ids.into_iter());
        Self { _folder: folder, store, lanes, workers, turns, rooms }
    }

    /// Holds every place, so that nothing is applied until they are let go.
    async fn hold(&self) -> Vec<Place> {
        let mut held = Vec::new();
        for _ in 0..APPLIED_AT_ONCE {
            held.push(self.turns.place(&hospital()).await);
        }
        held
    }

    /// Makes a message about this patient durable, under this family name, and queues it.
    async fn queue(
        &self,
        source: &SourceId,
        patient: usize,
        family: &str,
    ) -> (MessageId, oneshot::Receiver<AppliedResult>) {
        let (id, turn, application, room) = self.received(source, patient, family, ("ADT^A08", "")).await;
        (id, turn.apply(application, room).await.unwrap())
    }

    /// The same up to the moment before it is queued, with these segments too.
    async fn received(
        &self,
        source: &SourceId,
        patient: usize,
        family: &str,
        (kind, more): (&str, &str),
    ) -> (MessageId, Turn, Application, Room) {
        let at = AT.parse().unwrap();
        let message = format!(
            "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||{kind}|{family}|P|2.4\r\
             PID|1||{patient}^^^ZZ901^MR||{family}^Grace||19610402|F\rAL1|1|DA|^Penicillin\r{more}"
        );
        let bytes = message.into_bytes();
        let message = read(None, Payload::Hl7v2, "2026-11-22T13:32:00Z".parse().unwrap(), &bytes).unwrap();
        let room = self.rooms.room(source, bytes.len()).await.unwrap();
        let turn = self.lanes.turn(source, &message.chart_keys).await;
        let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: at, bytes };
        let Received::New(id) = self.store.inbox.receive(arrival).await.unwrap() else {
            panic!("{family} came before")
        };
        let application = Application { message: id, source: source.clone(), stated_at: None, at, units: message.work };
        (id, turn, application, room)
    }

    async fn close(self) {
        let Self { lanes, mut workers, .. } = self;
        drop(lanes);
        while workers.join_next().await.is_some() {}
    }
}

#[tokio::test]
async fn a_message_that_can_never_be_applied_is_set_aside_whole_and_its_lane_goes_on() {
    let house = House::open(rules()).await;
    let (stuck, aside) = house.queue(&hospital(), 77, IMPOSSIBLE).await;
    let (_, behind) = house.queue(&hospital(), 77, "Okafor").await;
    let counts = |quarantined, applied| UnitCounts { quarantined, applied, ..UnitCounts::default() };
    assert_eq!(aside.await.unwrap().unwrap().by_kind["ADT^A08"], counts(1, 0));
    assert_eq!(behind.await.unwrap().unwrap().by_kind["ADT^A08"], counts(0, 1));

    let held = house.store.inbox.quarantined(None).await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].message, held[0].kind.as_str(), held[0].place.as_str()), (stuck, "ADT^A08", "message"));
    assert!(held[0].is_waiting && held[0].reason.contains("cannot be written"), "{}", held[0].reason);
    assert!(house.store.inbox.waiting(None, 10).await.unwrap().is_empty(), "a start has nothing to take up");
    assert_eq!(house.store.people.count().await.unwrap(), (1, 1), "nothing of what was set aside is left");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_thousands_queued_delays_anothers_single_message_by_no_more_than_what_is_under_way() {
    let house = House::open(noted()).await;
    let held = house.hold().await;
    let house = &house;
    let hostile =
        (0..HOSTILE).map(|number| async move { house.queue(&hospital(), number, &format!("Hostile{number}")).await });
    let mut applied: Vec<_> = join_all(hostile).await.into_iter().map(|(_, applied)| applied).collect();
    applied.push(house.queue(&quiet(), 1, "Quiet").await.1);
    assert!(PLACED.lock().unwrap().is_empty(), "nothing was applied yet");
    // One message of each lane waits for its place.
    while house.turns.waiting(&hospital()) < LANES || house.turns.waiting(&quiet()) < 1 {
        tokio::task::yield_now().await;
    }
    drop(held);
    for one in applied {
        one.await.unwrap().unwrap();
    }
    let placed = PLACED.lock().unwrap();
    let before = placed.iter().position(|family| family == "Quiet").unwrap();
    println!("{before} of {HOSTILE} were applied before");
    assert!(before <= APPLIED_AT_ONCE + 1, "{before} of {HOSTILE} were applied before");
    assert_eq!(placed.len(), HOSTILE + 1);
}

#[tokio::test]
async fn a_full_lane_makes_its_sender_wait_and_no_other_source() {
    let house = House::open(rules()).await;
    let held = house.hold().await;
    let mut applied = Vec::new();
    // One more is in the lane's hands and waits for its place.
    for number in 0..=LANE_MESSAGES_MAX {
        applied.push(house.queue(&hospital(), 77, &format!("Patient{number}")).await.1);
        tokio::task::yield_now().await;
    }
    let (_, turn, application, room) = house.received(&hospital(), 77, "Last", ("ADT^A08", "")).await;
    let mut last = pin!(turn.apply(application, room));
    let waits = last.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(waits, Poll::Pending), "the sender waits: its message is durable and not yet queued");
    // Another source's patient of the same name has a lane of its own.
    applied.push(house.queue(&quiet(), 77, "Quiet").await.1);
    drop(held);
    last.await.unwrap().await.unwrap().unwrap();
    for one in applied {
        one.await.unwrap().unwrap();
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_two_patients_is_applied_after_everything_before_it_in_both_lanes_and_before_everything_behind_it() {
    let house = House::open(told()).await;
    let (survivor, other) = (77, 88);
    let lane = |patient: usize| lane_number(&format!("ZZ901|{patient}"));
    assert_ne!(lane(survivor), lane(other));
    let held = house.hold().await;
    let mut applied = Vec::new();
    for number in 0..20 {
        for patient in [survivor, other] {
            applied.push(house.queue(&hospital(), patient, &format!("Before{patient}x{number}")).await.1);
        }
    }
    let (_, turn, application, room) =
        house.received(&hospital(), survivor, "Merge", ("ORU^R01", "MRG|88^^^ZZ901^MR\r")).await;
    applied.push(turn.apply(application, room).await.unwrap());
    for number in 0..20 {
        for patient in [survivor, other] {
            applied.push(house.queue(&hospital(), patient, &format!("Behind{patient}x{number}")).await.1);
        }
    }
    drop(held);
    for one in applied {
        one.await.unwrap().unwrap();
    }
    let told = TOLD.lock().unwrap();
    let merge = told.iter().position(|family| family == "Merge").unwrap();
    assert!(told[..merge].iter().all(|family| family.starts_with("Before")), "{told:?}");
    assert!(told[merge + 1..].iter().all(|family| family.starts_with("Behind")), "{told:?}");
    assert_eq!((merge, told.len()), (40, 81));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_patients_message_is_held_up_anothers_is_applied() {
    let house = House::open(rules()).await;
    let keys = |patient: usize| BTreeSet::from([format!("ZZ901|{patient}")]);
    let (reached, _) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let turn = house.lanes.turn(&hospital(), &keys(77)).await;
    assert!(turn.0[0].jobs.send(Job::Hold { reached, released }).await.is_ok());
    drop(turn);
    let (_, mut held_up) = house.queue(&hospital(), 77, "Okafor").await;
    let (_, beside) = house.queue(&hospital(), 88, "Nwosu").await;
    assert_eq!(beside.await.unwrap().unwrap().entries, 1);
    assert!(held_up.try_recv().is_err(), "it waits for what is before it in its lane");
    drop::<oneshot::Sender<()>>(release);
    assert_eq!(held_up.await.unwrap().unwrap().entries, 1);
    house.close().await;
}
