//! A record that is built anew from its messages is the same, entry for entry and version for version.

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use record::{Demographics, MessageId, NewEntry, PersonId, Standing};
use store::{
    Application, Arrival, IdentityRules, Rebuilding, Received, RecordDigest, Step, Store, StoreError, UnitWork, Work,
};

use crate::by_hand_rebuilt::{Hand, hand, settle};
use crate::kit::*;

/// What a message says; its bytes are a spelling of this, so that it can be read again.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    number: usize,
    chart: usize,
    who: usize,
    /// Which entries, in which wording.
    entries: Vec<(usize, usize)>,
    /// Zero: without a stated time.
    hour: u8,
}

impl Told {
    pub fn new(number: usize, chart: usize, who: usize, entries: &[(usize, usize)], hour: u8) -> Self {
        Self { number, chart, who, entries: entries.to_vec(), hour }
    }

    /// The same told of another chart.
    pub fn new_in(told: &Self, chart: usize) -> Self {
        Self { chart, ..told.clone() }
    }

    pub fn source(&self) -> &'static str {
        [HOSPITAL, HOSPITAL, PRACTICE, PRACTICE][self.chart]
    }

    pub fn bytes(&self) -> Vec<u8> {
        let entries: Vec<String> = self.entries.iter().map(|(key, wording)| format!("{key}.{wording}")).collect();
        let Self { number, chart, who, hour, .. } = self;
        format!("{number} {chart} {who} {hour} {} saffron-canary-{number}-end", entries.join(",")).into_bytes()
    }

    pub fn read(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        let fields: Vec<&str> = text.split(' ').collect();
        let number = |index: usize| fields[index].parse().unwrap();
        let entry = |entry: &str| {
            let (key, wording) = entry.split_once('.').unwrap();
            (key.parse().unwrap(), wording.parse().unwrap())
        };
        let entries = fields[4].split(',').filter(|entry| !entry.is_empty()).map(entry).collect();
        Self { number: number(0), chart: number(1), who: number(2), entries, hour: fields[3].parse().unwrap() }
    }

    fn units(&self) -> Vec<UnitWork> {
        let who = match self.who {
            0 => Some(grace()),
            1 => Some(Demographics { telephones: vec!["020 7946 0001".into()], ..grace() }),
            2 => Some(Demographics { nhs_number: None, ..grace() }),
            3 => Some(told("Jamila", OTHER_NUMBER)),
            4 => Some(Demographics { practice: Some("Riverside Surgery".into()), ..told("Grace", OTHER_NUMBER) }),
            7 => Some(Demographics { telephones: vec!["020 7946 0002".into()], ..grace() }),
            _ => None,
        };
        let marked = |text: String| format!("{text} saffron-canary-{}-end", self.number);
        let entry = |(key, wording): &(usize, usize)| {
            let standing = if *wording == 3 { Standing::EnteredInError } else { Standing::Current };
            let entry = match key {
                0 => medicine("m", &format!("medicine {wording}")),
                1 => problem("p", &marked(format!("problem {wording}"))),
                _ => letter("l", Some(&marked(format!("letter {wording}")))),
            };
            NewEntry { standing, ..entry }
        };
        let key = ["H1", "H2", "P1", "P2"][self.chart];
        let changes = vec![change(key, who, self.entries.iter().map(entry).collect())];
        let span = 0..self.bytes().len();
        let kept = UnitWork { kind: "Basic".to_owned(), span: span.clone(), work: Work::Keep };
        vec![UnitWork { kind: "ADT^A08".to_owned(), span, work: Work::Apply(changes) }, kept]
    }

    fn stated_at(&self) -> Option<jiff::Timestamp> {
        (self.hour > 0).then(|| time(&format!("2026-11-20T{:02}:00:00Z", self.hour)))
    }

    pub fn arrival(&self, at: i64) -> Arrival {
        let received_at = after_noon(at);
        Arrival { stated_at: self.stated_at(), received_at, ..arrival(self.source(), self.bytes()) }
    }

    pub fn application(&self, message: record::MessageId, at: jiff::Timestamp) -> Application {
        let whole = application(message, self.source(), self.units());
        Application { stated_at: self.stated_at(), at, ..whole }
    }
}

/// Builds the record of a store anew, in a home of its own; both digests.
pub async fn rebuilt(store: &Store) -> (Kit, RecordDigest, RecordDigest) {
    let told = |bytes: &[u8], message, at| Told::read(bytes).application(message, at);
    let (home, before, after) = rebuilt_by(store, &Arc::new(rules()), told).await;
    (Kit::over(home).await, before, after)
}

/// The same by these rules, of messages that are read like this.
pub async fn rebuilt_by(
    store: &Store,
    rules: &Arc<IdentityRules>,
    read: impl Fn(&[u8], MessageId, Timestamp) -> Application,
) -> (Home, RecordDigest, RecordDigest) {
    let home = Home::new().await;
    let new = home.open(&[]).await.unwrap();
    let mut rebuilding = Rebuilding::begin(&store.inbox, &new.inbox).await.unwrap();
    loop {
        let steps = rebuilding.next().await.unwrap();
        if steps.is_empty() {
            break;
        }
        let taken_apart = |mut step: Step| {
            let application = step.bytes.take().map(|bytes| read(&bytes, step.message, step.at));
            (step, application)
        };
        rebuilding.take(steps.into_iter().map(taken_apart).collect(), rules).await.unwrap();
    }
    let (before, after) = rebuilding.end().await.unwrap();
    (home, before, after)
}

/// Receives a message and applies it, where it is new.
pub async fn deliver(kit: &Kit, told: &Told, at: i64) -> Received {
    let received = kit.store.inbox.receive(told.arrival(at)).await.unwrap();
    if let Received::New(message) = received {
        kit.apply(told.application(message, after_noon(at + 1))).await.unwrap();
    }
    received
}

#[tokio::test]
async fn what_was_told_moved_corrected_late_and_quarantined_is_built_anew_as_it_is() {
    let kit = Kit::new().await;
    let story = [
        Told::new(1, 2, 6, &[(0, 0), (2, 0)], 1),
        Told::new(2, 0, 0, &[(1, 1)], 2),
        Told::new(3, 2, 0, &[(0, 1)], 3),
        Told::new(4, 2, 3, &[(0, 2)], 4),
        Told::new(5, 0, 1, &[(1, 2), (2, 1)], 5),
        Told::new(6, 0, 6, &[(2, 2)], 3),
        Told::new(7, 3, 4, &[(1, 0)], 0),
    ];
    for (at, told) in (0..).zip(&story) {
        deliver(&kit, told, at).await;
    }
    let unreadable = arrival(HOSPITAL, b"MSH|broken".to_vec());
    kit.store.inbox.receive_unreadable(unreadable, "unreadable", "MSH-9", "no type", Vec::new()).await.unwrap();
    assert!(kit.count("SELECT count(*) FROM quarantine").await >= 2, "one contradicts, one cannot be read");
    assert!(kit.count("SELECT count(*) FROM entry_version").await >= 4);

    let (new, before, after) = rebuilt(&kit.store).await;
    assert_eq!(before.differs_in(&after), Vec::<&str>::new(), "{before:?}\n{after:?}");
    assert_eq!(before.to_string(), after.to_string());
    // PostgreSQL passes over numbers of people and charts, so that its digest is another.
    if !on_postgres() {
        insta::assert_snapshot!(before.to_string(), @"5b05455caed311fd69ede388589160392b4f6e1ba04b36f4f4d84fd8c7252607");
    }
    same_versions(&kit, &new).await;
}

#[tokio::test]
async fn a_digest_tells_what_somebody_changed_by_hand() {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(0, 0), (2, 0)], 1), 0).await;
    kit.home.tamper("UPDATE entry SET standing = 1 WHERE kind = (SELECT min(kind) FROM entry)").await;
    let (_new, before, after) = rebuilt(&kit.store).await;
    assert_eq!(before.differs_in(&after), ["entry"]);
    assert_ne!(before.whole(), after.whole());
}

/// Who is who and what is told of them must be the same; the rows that they are looked up by are made anew.
#[tokio::test]
async fn a_record_whose_look_ups_other_rules_made_is_built_anew_with_ours() {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(0, 0)], 1), 0).await;
    let ours = "SELECT key FROM look_up ORDER BY key";
    let made_by_ours = kit.texts(ours).await;
    // Another version may keep them in another shape.
    kit.home.tamper("UPDATE look_up SET key = key + 1; ALTER TABLE look_up RENAME COLUMN person TO somebody").await;
    kit.home.tamper("UPDATE look_up_rules SET version = version - 1").await;
    let (new, before, after) = rebuilt(&kit.store).await;
    kit.home
        .tamper("UPDATE look_up_rules SET version = version + 1; ALTER TABLE look_up RENAME COLUMN somebody TO person")
        .await;
    assert_eq!(before, after);
    assert!(before.tables.iter().any(|table| table.name == "person"));
    assert_eq!(new.texts(ours).await, made_by_ours);
    assert_eq!(new.texts("SELECT version FROM look_up_rules").await, [store::LOOK_UP_RULES.to_string()]);
}

#[tokio::test]
async fn bytes_that_are_not_those_that_came_are_refused() {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(0, 0)], 1), 0).await;
    let other = if on_postgres() { r"'\x00'" } else { "x'00'" };
    kit.home.tamper(&format!("UPDATE message SET digest = {other}")).await;
    let home = Home::new().await;
    let new = home.open(&[]).await.unwrap();
    let mut rebuilding = Rebuilding::begin(&kit.store.inbox, &new.inbox).await.unwrap();
    assert!(matches!(rebuilding.next().await, Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn nothing_is_built_where_something_is() {
    let (kit, other) = (Kit::new().await, Kit::new().await);
    deliver(&other, &Told::new(1, 0, 0, &[(0, 0)], 1), 0).await;
    let begun = Rebuilding::begin(&kit.store.inbox, &other.store.inbox).await;
    assert!(matches!(begun, Err(StoreError::NotEmpty)));
}

/// Each person's record reads the same in both stores, at every version.
pub async fn same_versions(kit: &Kit, new: &Kit) {
    for person in kit.texts("SELECT id FROM person ORDER BY id").await {
        let person = PersonId(person.parse().unwrap());
        let (decision, receipt) = kit.open(person, &doctor()).await;
        let (new_decision, new_receipt) = new.open(person, &doctor()).await;
        for version in 0..=kit.stand(person, &doctor()).await.record_version {
            let told = kit.store.clinical.record_as_of(&decision, &receipt, version).await.unwrap();
            let again = new.store.clinical.record_as_of(&new_decision, &new_receipt, version).await.unwrap();
            assert_eq!((told.charts, told.entries), (again.charts, again.entries), "{person:?} at {version}");
        }
    }
}

/// What happens in the properties.
#[derive(Clone, Debug)]
pub enum Happening {
    Deliver(Told),
    /// A message becomes durable, and the program is killed before it is applied.
    KilledBeforeApplying(Told),
    /// The same bytes as some message before.
    Again(usize),
    Unreadable(usize),
    /// It can never be applied; later its bytes come again.
    SetAside(Told),
    /// Several at the same time.
    Together(Vec<Told>),
    /// Somebody settles one of those that wait.
    Hand(usize, Hand),
}

fn any_told() -> impl Strategy<Value = Told> {
    let entries = proptest::collection::vec((0usize..3, 0usize..4), 0..4);
    (0usize..100_000, 0usize..4, 0usize..7, entries, 0u8..12).prop_map(|(number, chart, who, entries, hour)| Told {
        number,
        chart,
        who,
        entries,
        hour,
    })
}

pub fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => any_told().prop_map(Happening::Deliver),
        2 => any_told().prop_map(Happening::KilledBeforeApplying),
        2 => any::<usize>().prop_map(Happening::Again),
        1 => (0usize..1000).prop_map(Happening::Unreadable),
        1 => any_told().prop_map(Happening::SetAside),
        2 => proptest::collection::vec(any_told(), 2..5).prop_map(Happening::Together),
        4 => (any::<usize>(), hand(any_told())).prop_map(|(which, hand)| Happening::Hand(which, hand)),
    ]
}

/// A start after a kill: what is durable and waits is applied.
async fn resumed(kit: Kit, at: i64) -> Kit {
    let kit = kit.reopened().await;
    for waiting in kit.store.inbox.waiting(None, 1000).await.unwrap() {
        let told = Told::read(&waiting.bytes);
        kit.apply(told.application(waiting.id, after_noon(at))).await.unwrap();
    }
    kit
}

pub async fn happens(kit: Kit, happening: &Happening, before: &mut Vec<Told>, at: i64) -> Kit {
    match happening {
        Happening::Deliver(told) => {
            deliver(&kit, told, at).await;
            before.push(told.clone());
        }
        Happening::KilledBeforeApplying(told) => {
            kit.store.inbox.receive(told.arrival(at)).await.unwrap();
            before.push(told.clone());
            return resumed(kit, at + 1).await;
        }
        Happening::Again(which) => {
            if let Some(told) = before.get(which % before.len().max(1)) {
                deliver(&kit, told, at).await;
            }
        }
        Happening::Unreadable(number) => {
            let arrival = arrival(HOSPITAL, format!("broken {number}").into_bytes());
            kit.store.inbox.receive_unreadable(arrival, "unreadable", "MSH-9", "no type", Vec::new()).await.unwrap();
        }
        Happening::SetAside(told) => {
            if let Received::New(message) = kit.store.inbox.receive(told.arrival(at)).await.unwrap() {
                let source = record::SourceId::new(told.source()).unwrap();
                kit.store
                    .inbox
                    .set_aside(message, &source, "ADT^A08", "too long", Vec::new(), after_noon(at))
                    .await
                    .unwrap();
                before.push(told.clone());
            }
        }
        Happening::Together(all) => {
            futures_util::future::join_all(all.iter().map(|told| deliver(&kit, told, at))).await;
            before.extend(all.iter().cloned());
        }
        Happening::Hand(which, hand) => settle(&kit, *which, hand, at).await,
    }
    kit
}

/// A database for each case costs PostgreSQL more than a folder costs SQLite.
pub fn cases() -> u32 {
    if on_postgres() { 6 } else { 48 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happened_the_record_is_built_anew_the_same(
        happenings in proptest::collection::vec(happening(), 1..16)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut kit = Kit::new().await;
            let mut before = Vec::new();
            for (at, happening) in (0..).map(|at| at * 10).zip(&happenings) {
                kit = happens(kit, happening, &mut before, at).await;
            }
            let (new, stands, built) = rebuilt(&kit.store).await;
            assert_eq!(stands.differs_in(&built), Vec::<&str>::new());
            same_versions(&kit, &new).await;
            let (_, _, third) = rebuilt(&new.store).await;
            assert_eq!(stands, third, "and once more from what was built");
        });
    }
}
