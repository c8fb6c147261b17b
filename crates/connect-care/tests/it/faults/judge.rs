//! What the store holds against what its senders were told.

use std::collections::BTreeMap;

use access::{Actor, PermissionGiven, Policy, Purpose, Request, RequestId, decide};
use audit::{Act, Event, Outcome};
use jiff::{SignedDuration, Timestamp};
use record::{Content, Entry, NhsNumber, OdsCode, PersonId, Role, Staff, StaffId};
use store::{Asked, LogRow, Store, StoredRecord};

use super::machine::Machine;

/// What must be so of one patient, or of several who were merged.
pub(super) struct Expected {
    pub(super) name: String,
    pub(super) numbers: Vec<NhsNumber>,
    /// What was acknowledged, in order.
    pub(super) acknowledged: Vec<u32>,
    /// Whether everything that was sent was acknowledged: nothing else may be there.
    pub(super) is_all: bool,
    /// What is compared beyond what is there at all.
    pub(super) order: Order,
}

/// In what the order of a patient's messages is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// In the places of the results and in each ward that was ever shown.
    PlacesAndWards,
    /// In the places of the results.
    Places,
    /// In nothing: the patients were merged.
    Free,
}

/// What is there of a patient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The numbers of the results in the order of their places: that in which they came onto the record.
    pub(super) results: Vec<u32>,
    /// The ward that each version of the record shows, without repetitions.
    pub(super) wards: Vec<u32>,
}

/// What is wrong with what was found.
pub(super) fn compare(expected: &Expected, found: &Found) -> Vec<String> {
    let mut faults = Vec::new();
    let mut say = |what: &str, numbers: &[u32]| {
        if !numbers.is_empty() {
            faults.push(format!("{}: {what}: {numbers:?} ({found:?})", expected.name));
        }
    };
    let missing = |from: &[u32]| -> Vec<u32> {
        expected.acknowledged.iter().filter(|number| !from.contains(number)).copied().collect()
    };
    say("acknowledged and lost", &missing(&found.results));
    if expected.order == Order::PlacesAndWards {
        say("acknowledged and never shown", &missing(&found.wards));
        say("a ward was shown twice: applied twice, or out of order", &not_ascending(&found.wards));
    }
    if expected.order != Order::Free {
        say("out of order, or there twice", &not_ascending(&found.results));
    }
    let mut sorted = found.results.clone();
    sorted.sort_unstable();
    say("there twice", &not_ascending(&sorted));
    let is_surplus = |number: &&u32| expected.is_all && !expected.acknowledged.contains(number);
    let surplus: Vec<u32> = found.results.iter().chain(&found.wards).filter(is_surplus).copied().collect();
    say("never sent to be applied", &surplus);
    faults
}

/// Numbers that stand behind one that is not smaller.
fn not_ascending(numbers: &[u32]) -> Vec<u32> {
    numbers.windows(2).filter(|pair| pair[0] >= pair[1]).map(|pair| pair[1]).collect()
}

/// Opens the store that a program left behind and compares. `set_aside` is how many units wait in quarantine.
pub(super) fn judge(
    machine: &Machine,
    expected: &[Expected],
    set_aside: Option<&BTreeMap<String, u64>>,
) -> Vec<String> {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = machine.store().await;
        let mut faults = Vec::new();
        let waiting = store.inbox.waiting(None, 10_000).await.unwrap();
        if !waiting.is_empty() {
            faults.push(format!("{} messages were never applied", waiting.len()));
        }
        let depths = store.inbox.quarantine_depths().await.unwrap();
        let held: BTreeMap<String, u64> =
            depths.into_iter().map(|depth| (depth.source.to_string(), depth.count)).collect();
        if let Some(set_aside) = set_aside.filter(|set_aside| **set_aside != held) {
            faults.push(format!("quarantine holds {held:?} where {set_aside:?} were set aside"));
        }
        for one in expected {
            let found = found(&store, one).await;
            faults.extend(compare(one, &found));
        }
        faults
    })
}

async fn found(store: &Store, expected: &Expected) -> Found {
    let mut found = Found::default();
    let mut people: Vec<PersonId> = Vec::new();
    for number in &expected.numbers {
        people.extend(store.people.with_number(*number).await.unwrap());
    }
    people.sort_unstable();
    people.dedup();
    for person in people {
        let records = versions(store, person, expected.order == Order::PlacesAndWards).await;
        let Some(last) = records.last() else { continue };
        let mut entries: Vec<&Entry> = last.entries.iter().collect();
        entries.sort_by_key(|entry| entry.id);
        found.results.extend(entries.iter().filter_map(|entry| result(entry)));
        found.wards.extend(records.iter().flat_map(|record| record.entries.iter().filter_map(ward)));
    }
    found.wards.dedup();
    found
}

/// The number that a result carries.
fn result(entry: &Entry) -> Option<u32> {
    let Content::TestResult(result) = &entry.content else { return None };
    result.test.strip_prefix("Counted ")?.parse().ok()
}

/// The number of the ward on which a visit is.
fn ward(entry: &Entry) -> Option<u32> {
    let Content::Attendance(attendance) = &entry.content else { return None };
    attendance.place.as_deref()?.strip_prefix("WARD ")?.parse().ok()
}

/// The record at each of its versions, or at its last alone.
async fn versions(store: &Store, person: PersonId, all: bool) -> Vec<StoredRecord> {
    let (staff, at, id) = (doctor(), "2026-11-26T12:00:00Z".parse().unwrap(), RequestId::from_bytes([7; 16]));
    let until = at + SignedDuration::from_hours(1);
    let yes = Asked::Yes(PermissionGiven::Person);
    store.desk.record_answer(person, &staff, yes, at, until).await.unwrap();
    let stand = store.desk.stand(person, &staff, None, at).await.unwrap();
    let request = Request { id, person, purpose: Purpose::DirectCare, at };
    let actor = Actor { staff, takes_part: true };
    let decision = decide(&Policy::shipped().unwrap(), &actor, &stand.facts, &request).unwrap();
    let event = Event { record_version: Some(stand.record_version), ..opened(person, at, id) };
    let row = LogRow { request: id, event, rests_on: Some(stand.facts.version) };
    let receipt = store.desk.log(row).await.unwrap();
    let mut records = Vec::new();
    for version in if all { 1..stand.record_version } else { 0..0 } {
        records.push(store.clinical.record_as_of(&decision, &receipt, version).await.unwrap());
    }
    records.push(store.clinical.record(&decision, &receipt).await.unwrap());
    records
}

fn doctor() -> Staff {
    Staff {
        id: StaffId::new("amensah").unwrap(),
        name: "Dr A Mensah".into(),
        role: Role::Doctor,
        organisation: OdsCode::new("ZZ901").unwrap(),
        organisation_name: "Kingsbrook (invented)".into(),
        team: None,
    }
}

fn opened(person: PersonId, at: Timestamp, request: RequestId) -> Event {
    Event {
        at,
        request: request.hex(),
        act: Act::RecordOpened,
        staff_id: "amensah".into(),
        staff_name: "Dr A Mensah".into(),
        role: "doctor".into(),
        organisation: "ZZ901".into(),
        organisation_name: "Kingsbrook (invented)".into(),
        team: None,
        person: Some(person),
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

mod tests {
    use super::*;

    fn faults(acknowledged: &[u32], results: &[u32], wards: &[u32]) -> Vec<String> {
        let (name, numbers, order) = ("patient".to_owned(), Vec::new(), Order::PlacesAndWards);
        let expected = Expected { name, numbers, acknowledged: acknowledged.to_vec(), is_all: true, order };
        compare(&expected, &Found { results: results.to_vec(), wards: wards.to_vec() })
    }

    #[test]
    fn what_is_there_once_and_in_order_is_right() {
        assert_eq!(faults(&[1, 2, 3], &[1, 2, 3], &[1, 2, 3]), [] as [String; 0]);
    }

    #[test]
    fn what_is_missing_doubled_reordered_or_surplus_is_found() {
        for (results, wards, what) in [
            (&[1, 3][..], &[1, 2, 3][..], "acknowledged and lost: [2]"),
            (&[1, 2, 3], &[1, 3], "acknowledged and never shown: [2]"),
            (&[1, 2, 3], &[1, 2, 1, 2, 3], "a ward was shown twice: applied twice, or out of order: [1]"),
            (&[1, 2, 2, 3], &[1, 2, 3], "there twice: [2]"),
            (&[1, 3, 2], &[1, 2, 3], "out of order, or there twice: [2]"),
            (&[1, 2, 3, 9], &[1, 2, 3], "never sent to be applied: [9]"),
        ] {
            let found = faults(&[1, 2, 3], results, wards);
            assert!(found.iter().any(|fault| fault.contains(what)), "{what}: {found:?}");
        }
    }
}
