//! A record read as it was at an earlier version is what a read at that version gave.

use std::collections::BTreeMap;

use proptest::prelude::*;
use record::{Demographics, Entry, MessageId, NewEntry, PersonId, Standing};
use store::{StoreError, StoredChart, StoredRecord};

use crate::kit::*;

/// What a record told of one version: charts, entries, and which sources know the person.
/// What waits and what is doubted is told as it is now, and so is when a chart last told the same.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    charts: Vec<StoredChart>,
    entries: Vec<Entry>,
    known_to: Vec<String>,
}

impl Told {
    fn by(mut record: StoredRecord) -> Self {
        record.charts.iter_mut().for_each(|chart| chart.told_at = None);
        let known_to = record.sources.iter().filter(|source| source.knows_person);
        let known_to = known_to.map(|source| source.source.id.to_string()).collect();
        Self { charts: record.charts, entries: record.entries, known_to }
    }
}

/// What each person's record told at each version, the last time that it was read.
type Remembered = BTreeMap<(u64, u64), Told>;

async fn remember(kit: &Kit, remembered: &mut Remembered) {
    for person in kit.texts("SELECT id FROM person ORDER BY id").await {
        let person = PersonId(person.parse().unwrap());
        let (decision, receipt) = kit.open(person, &doctor()).await;
        let version = kit.stand(person, &doctor()).await.record_version;
        let told = Told::by(kit.store.clinical.record(&decision, &receipt).await.unwrap());
        remembered.insert((person.0, version), told);
    }
}

async fn every_version_still_tells_the_same(kit: &Kit, remembered: &Remembered) {
    for ((person, version), told) in remembered {
        let (decision, receipt) = kit.open(PersonId(*person), &doctor()).await;
        let again = kit.store.clinical.record_as_of(&decision, &receipt, *version).await.unwrap();
        assert_eq!(&Told::by(again), told, "person {person} at version {version}");
    }
}

/// Applies each message and remembers what every record tells after it; then asks again for all of it.
async fn replayed(messages: Vec<(&str, &str, Vec<store::ChartChange>)>) -> (Kit, Remembered) {
    let kit = Kit::new().await;
    let mut remembered = Remembered::new();
    for (source, stated_at, changes) in messages {
        kit.tell(source, stated_at, changes).await;
        remember(&kit, &mut remembered).await;
    }
    every_version_still_tells_the_same(&kit, &remembered).await;
    (kit, remembered)
}

fn at(hour: u8) -> String {
    format!("2026-11-20T{hour:02}:00:00Z")
}

fn hospital(told: Option<Demographics>, entries: Vec<NewEntry>) -> Vec<store::ChartChange> {
    vec![change("H1", told, entries)]
}

#[tokio::test]
async fn what_is_corrected_and_withdrawn_is_told_as_it_was() {
    let withdrawn = NewEntry { standing: Standing::EnteredInError, ..medicine("m", "ramipril 10 mg") };
    let (kit, remembered) = replayed(vec![
        (HOSPITAL, &at(1), hospital(Some(grace()), vec![medicine("m", "ramipril 5 mg"), problem("p", "asthma")])),
        (HOSPITAL, &at(2), hospital(None, vec![medicine("m", "ramipril 10 mg"), letter("l", Some("Dear colleague"))])),
        (HOSPITAL, &at(3), hospital(None, vec![withdrawn])),
        (HOSPITAL, &at(4), hospital(None, vec![letter("l", Some("Dear all"))])),
    ])
    .await;
    let person = kit.person(NUMBER).await;
    let told: Vec<Vec<String>> = remembered.values().map(|told| told.entries.iter().map(said).collect()).collect();
    assert_eq!(told.len(), 4, "each message moved the record");
    assert_eq!(told[0], ["ramipril 5 mg", "asthma"]);
    assert_eq!(told[1], ["ramipril 10 mg", "asthma", "Clinic letter"]);
    let (decision, receipt) = kit.open(person, &doctor()).await;
    let newest = remembered.keys().next_back().unwrap().1;
    let yet_to_come = kit.store.clinical.record_as_of(&decision, &receipt, newest + 1).await;
    assert!(matches!(yet_to_come, Err(StoreError::NotFound("version of the record"))));
    let before_all = kit.store.clinical.record_as_of(&decision, &receipt, 0).await.unwrap();
    assert!(before_all.entries.is_empty() && before_all.charts.is_empty(), "nothing was known then");
}

fn said(entry: &Entry) -> String {
    first(&entry.content.to_line())
}

#[tokio::test]
async fn who_somebody_was_told_to_be_is_told_as_it_was() {
    let moved = Demographics { telephones: vec!["020 7946 0001".into()], ..grace() };
    replayed(vec![
        (HOSPITAL, &at(1), hospital(Some(grace()), vec![])),
        (HOSPITAL, &at(2), hospital(Some(moved), vec![])),
        (PRACTICE, &at(3), vec![change("P1", Some(grace()), vec![problem("p", "asthma")])]),
        (HOSPITAL, &at(4), hospital(Some(grace()), vec![])),
    ])
    .await;
}

#[tokio::test]
async fn a_patient_who_was_only_referred_to_at_first_was_there_without_a_name() {
    let (_, remembered) = replayed(vec![
        (PRACTICE, &at(1), vec![change("P1", None, vec![medicine("m", "ramipril")])]),
        (PRACTICE, &at(2), vec![change("P1", Some(grace()), vec![])]),
        (PRACTICE, &at(3), vec![change("P2", None, vec![])]),
    ])
    .await;
    let first = remembered.values().next().unwrap();
    assert_eq!(first.charts[0].told, Demographics::default());
}

#[tokio::test]
async fn what_moves_to_another_person_was_with_the_first_until_then_and_with_the_second_never_before() {
    let early = vec![medicine("m", "ramipril 5 mg"), letter("l", Some("Dear colleague"))];
    let (kit, remembered) = replayed(vec![
        (HOSPITAL, &at(1), hospital(Some(grace()), vec![problem("p", "asthma")])),
        (PRACTICE, &at(2), vec![change("P1", None, early)]),
        (PRACTICE, &at(3), vec![change("P1", None, vec![medicine("m", "ramipril 10 mg")])]),
        (PRACTICE, &at(4), vec![change("P1", Some(grace()), vec![])]),
        (PRACTICE, &at(5), vec![change("P1", None, vec![medicine("m", "ramipril 2.5 mg")])]),
        (PRACTICE, &at(3), vec![change("P1", None, vec![letter("l", Some("Dear all"))])]),
    ])
    .await;
    let grace = kit.person(NUMBER).await.0;
    let of_grace = remembered.iter().filter(|((person, _), _)| *person == grace);
    let counts: Vec<usize> = of_grace.map(|(_, told)| told.entries.len()).collect();
    assert_eq!(counts, [1, 3, 3, 3], "before the move, after it, and after each correction");
}

/// A message of the property below: which chart, who it tells, which entries in which wording, and when.
#[derive(Clone, Debug)]
struct Message {
    chart: usize,
    who: usize,
    entries: Vec<(usize, usize)>,
    hour: u8,
}

fn message() -> impl Strategy<Value = Message> {
    let entries = proptest::collection::vec((0usize..3, 0usize..4), 0..4);
    (0usize..4, 0usize..7, entries, 0u8..12).prop_map(|(chart, who, entries, hour)| Message {
        chart,
        who,
        entries,
        hour,
    })
}

impl Message {
    fn changes(&self) -> (&'static str, Vec<store::ChartChange>) {
        let (source, key) = [(HOSPITAL, "H1"), (HOSPITAL, "H2"), (PRACTICE, "P1"), (PRACTICE, "P2")][self.chart];
        let who = match self.who {
            0 => Some(grace()),
            1 => Some(Demographics { telephones: vec!["020 7946 0001".into()], ..grace() }),
            2 => Some(Demographics { nhs_number: None, ..grace() }),
            3 => Some(told("Jamila", OTHER_NUMBER)),
            4 => Some(Demographics { practice: Some("Riverside Surgery".into()), ..told("Grace", OTHER_NUMBER) }),
            _ => None,
        };
        let entry = |(key, wording): &(usize, usize)| {
            let standing = if *wording == 3 { Standing::EnteredInError } else { Standing::Current };
            let entry = match key {
                0 => medicine("m", &format!("medicine {wording}")),
                1 => problem("p", &format!("problem {wording}")),
                _ => letter("l", Some(&format!("letter {wording}"))),
            };
            NewEntry { standing, ..entry }
        };
        (source, vec![change(key, who, self.entries.iter().map(entry).collect())])
    }

    /// Some come without a stated time.
    fn stated_at(&self) -> String {
        if self.hour == 0 { String::new() } else { at(self.hour) }
    }
}

/// A database for each case costs PostgreSQL more than a folder costs SQLite.
fn cases() -> u32 {
    if on_postgres() { 6 } else { 32 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_each_version_is_told_again_as_it_was(
        messages in proptest::collection::vec(message(), 1..14)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kit = Kit::new().await;
            let mut remembered = Remembered::new();
            for message in &messages {
                let (source, changes) = message.changes();
                let (_id, applied): (MessageId, _) = kit.try_tell(source, &message.stated_at(), changes).await;
                applied.unwrap();
                remember(&kit, &mut remembered).await;
            }
            every_version_still_tells_the_same(&kit, &remembered).await;
        });
    }
}
