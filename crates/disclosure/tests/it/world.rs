//! A small made-up region over a real store in a temporary folder. Its clock is
//! set by hand, and something can be made to happen between a decision and its row.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use access::{EmergencyReason, EmergencyText, PermissionGiven, Policy};
use audit::{Act, Event, Outcome};
use disclosure::{Caller, Closed, Disclosure, Door, Query, Region};
use jiff::{SignedDuration, Timestamp};
use record::{
    Chance, Clock, Demographics, MessageId, NewEntry, NhsNumber, OdsCode, Organisation, OrganisationKind, PersonId,
    PersonName, Role, Section, Source, SourceFormat, SourceId, Staff, StaffId,
};
use store::{
    Application, Arrival, Candidate, ChartChange, Desk, FoundBy, IdentityRules, Inbox, People, Placement, Received,
    SessionKey, UnitWork, Work,
};
use tempfile::TempDir;

pub(crate) const SESSION: SessionKey = [7; 32];
pub(crate) const OTHER_SESSION: SessionKey = [8; 32];
/// The hospital for which most staff of these tests work.
pub(crate) const HOSPITAL: &str = "X11";
pub(crate) const COMMUNITY: &str = "X31";
pub(crate) const LEFT: &str = "X99";

type Meanwhile = Box<dyn FnOnce() + Send>;

pub(crate) struct World {
    pub(crate) disclosure: Disclosure,
    /// The same door for an officer whom all organisations appointed.
    auditor: Disclosure,
    pub(crate) desk: Desk,
    pub(crate) inbox: Inbox,
    pub(crate) people: People,
    now: Arc<Mutex<Timestamp>>,
    meanwhile: Arc<Mutex<VecDeque<Meanwhile>>>,
    messages: AtomicU64,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap(), Policy::shipped().unwrap()).await
    }

    pub(crate) async fn open(folder: TempDir, policy: Policy) -> Self {
        let now: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new("2026-11-22T13:32:00Z".parse().unwrap()));
        let meanwhile: Arc<Mutex<VecDeque<Meanwhile>>> = Arc::default();
        let happening = Arc::clone(&meanwhile);
        let salts = counting(move || {
            let next = happening.lock().unwrap().pop_front();
            if let Some(next) = next {
                next();
            }
        });
        let read_now = Arc::clone(&now);
        let clock = Clock::new(move || *read_now.lock().unwrap());
        let store = store::open(folder.path(), &sources(), salts).await.unwrap();
        let door = |policy| Door {
            clinical: store.clinical.clone(),
            log: store.log.clone(),
            desk: store.desk.clone(),
            people: store.people.clone(),
            policy,
            region: Region::new(organisations(), sources()),
            rules: Arc::new(intake::IDENTITY_RULES),
            clock: clock.clone(),
            chance: counting(|| {}),
        };
        let everyones = include_str!("../../../../policy/roles.toml").replace("\"own\"", "\"all\"");
        Self {
            disclosure: Disclosure::new(door(policy)),
            auditor: Disclosure::new(door(Policy::parse(&everyones).unwrap())),
            desk: store.desk.clone(),
            inbox: store.inbox.clone(),
            people: store.people.clone(),
            now,
            meanwhile,
            messages: AtomicU64::new(0),
            folder,
        }
    }

    /// Closes the store, changes its folder and opens it again.
    pub(crate) async fn reopen_after(self, change: impl FnOnce(&std::path::Path)) -> Self {
        let (now, messages) = (self.now(), self.messages.load(Ordering::Relaxed));
        let folder = self.folder;
        drop((self.disclosure, self.auditor, self.desk, self.inbox, self.people));
        change(folder.path());
        let world = Self::open(folder, Policy::shipped().unwrap()).await;
        *world.now.lock().unwrap() = now;
        world.messages.store(messages, Ordering::Relaxed);
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    /// Makes `work` happen once the next row of the access log has been decided on
    /// and before it is written; several happen before one row each.
    pub(crate) fn before_next_row(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.meanwhile.lock().unwrap().push_back(Box::new(move || {
            let thread = std::thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
            });
            thread.join().unwrap();
        }));
    }

    /// A source tells something; returns whom it is about and in which message.
    pub(crate) async fn tell(
        &self,
        source: &str,
        key: &str,
        told: Option<Demographics>,
        entries: Vec<NewEntry>,
    ) -> (PersonId, MessageId) {
        let number = self.messages.fetch_add(1, Ordering::Relaxed);
        let message = deliver(&self.inbox, self.now(), number, change(source, key, told, entries)).await;
        (self.people.in_message(message).await.unwrap()[0], message)
    }

    /// Everything that has been logged of one person, or of nobody, reviews left out, oldest first.
    pub(crate) async fn logged(&self, about: Option<PersonId>) -> Vec<Event> {
        let looked = self.auditor.who_looked(&caller(Role::PrivacyOfficer, HOSPITAL), about, None).await.unwrap();
        let own = looked.rows.iter().filter(|row| row.act != Act::LogReviewed && row.person == about);
        own.rev().cloned().collect()
    }

    /// The newest rows of everybody.
    pub(crate) async fn all_logged(&self) -> Vec<Event> {
        self.auditor.who_looked(&caller(Role::PrivacyOfficer, HOSPITAL), None, None).await.unwrap().rows.clone()
    }

    /// The same as short sentences: act, and the refusal where it was refused.
    pub(crate) async fn log_words(&self, about: Option<PersonId>) -> Vec<String> {
        self.logged(about).await.iter().map(words).collect()
    }

    pub(crate) async fn ask(&self, caller: &Caller, person: PersonId) {
        self.disclosure.record_yes(caller, person, PermissionGiven::Person).await.unwrap();
    }

    pub(crate) async fn refusal(&self, caller: &Caller, person: PersonId) -> &'static str {
        match self.disclosure.open(caller, person, "summary").await {
            Ok(_) => "open",
            Err(closed) => code(&closed),
        }
    }

    pub(crate) async fn emergency(&self, caller: &Caller, person: PersonId) -> Result<(), Closed> {
        let text = EmergencyText::parse("GCS 8, found collapsed").unwrap();
        self.disclosure.open_emergency(caller, person, EmergencyReason::TooUnwell, text).await
    }
}

pub(crate) fn code(closed: &Closed) -> &'static str {
    match closed {
        Closed::Refused { refusal, reference } => {
            assert!(reference.len() == 8 && reference.bytes().all(|b| b.is_ascii_hexdigit()), "{reference}");
            refusal.code()
        }
        Closed::NotFound(what) => what,
        Closed::CannotShowSafely { reference, .. } => {
            assert!(reference.len() == 8 && reference.bytes().all(|b| b.is_ascii_hexdigit()), "{reference}");
            "cannot show safely"
        }
    }
}

fn words(event: &Event) -> String {
    match &event.outcome {
        Outcome::Allowed => event.act.code().to_owned(),
        Outcome::Refused(code) => format!("{} {code}", event.act.code()),
    }
}

/// Bytes that never repeat, and something that happens with each.
fn counting(each: impl Fn() + Send + Sync + 'static) -> Chance {
    let count = AtomicU64::new(1);
    Chance::new(move |bytes| {
        each();
        let number = u32::try_from(count.fetch_add(1, Ordering::Relaxed)).unwrap().to_be_bytes();
        bytes.fill(0x5a);
        bytes[..4].copy_from_slice(&number);
    })
}

/// Makes a message durable and applies it.
pub(crate) async fn deliver(inbox: &Inbox, now: Timestamp, number: u64, told: (SourceId, ChartChange)) -> MessageId {
    let (source, change) = told;
    let bytes = format!("message {number} of {source}").into_bytes();
    let span = 0..bytes.len();
    let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: now, bytes };
    let Received::New(message) = inbox.receive(arrival).await.unwrap() else { panic!("told twice") };
    let unit = UnitWork { kind: "made-up".into(), span, work: Work::Apply(vec![change]) };
    let application = Application { message, source, stated_at: None, at: now, units: vec![unit] };
    let rules = Arc::new(IdentityRules {
        place,
        contradiction: |_, _, _| None,
        cannot_merge: |_, _| None,
        found_by,
        score: store::ScoreRules::NONE,
    });
    inbox.apply(application, rules).await.unwrap();
    message
}

/// Whoever carries the number is the one: these tests are not about identity.
fn place(_: &Demographics, candidates: &[Candidate]) -> Placement {
    match candidates.first() {
        Some(candidate) => Placement::Link(candidate.person, "the same NHS number".into()),
        None => Placement::NewPerson,
    }
}

pub(crate) fn found_by(told: &Demographics) -> FoundBy {
    let names: Vec<&PersonName> = std::iter::once(&told.name).chain(&told.other_names).collect();
    let postcode = told.address.as_ref().and_then(|address| address.postcode.as_deref());
    FoundBy {
        names: names.iter().flat_map(|name| identity::sound_keys(name)).collect(),
        places: postcode
            .iter()
            .flat_map(|at| names.iter().flat_map(|name| identity::kept_sound_place_keys(name, at)))
            .collect(),
        families_at: postcode
            .iter()
            .flat_map(|at| names.iter().map(|name| identity::place_key(&name.family, at)))
            .collect(),
    }
}

pub(crate) fn change(
    source: &str,
    key: &str,
    told: Option<Demographics>,
    entries: Vec<NewEntry>,
) -> (SourceId, ChartChange) {
    let change = ChartChange { key: key.into(), local_numbers: vec![], told, entries };
    (SourceId::new(source).unwrap(), change)
}

pub(crate) fn caller(role: Role, organisation: &str) -> Caller {
    let staff = Staff {
        id: StaffId::new(&format!("{}-{organisation}", role.code())).unwrap(),
        name: format!("Amina Bello, {}", role.word()),
        role,
        organisation: OdsCode::new(organisation).unwrap(),
        organisation_name: organisation_name(organisation).into(),
        team: Some("Emergency department".into()),
    };
    Caller { staff, session: Some(SESSION) }
}

pub(crate) fn doctor() -> Caller {
    caller(Role::Doctor, HOSPITAL)
}

pub(crate) fn by_number(number: &str) -> Query {
    Query::NhsNumber(nhs(number))
}

pub(crate) fn nhs(number: &str) -> NhsNumber {
    NhsNumber::parse(number).unwrap()
}

fn organisation_name(code: &str) -> &'static str {
    match code {
        "X01" => "Riverside Surgery",
        "X02" => "Hillside Surgery",
        HOSPITAL => "Kingsbrook Hospital NHS Trust",
        "X21" => "Invented Borough Council",
        COMMUNITY => "Invented Community Health",
        _ => "Left Hospital NHS Trust",
    }
}

fn organisations() -> Vec<Organisation> {
    let one = |code: &str, kind, takes_part| Organisation {
        ods_code: OdsCode::new(code).unwrap(),
        name: organisation_name(code).into(),
        short_name: organisation_name(code).split(' ').next().unwrap().into(),
        kind,
        takes_part,
    };
    vec![
        one("X01", OrganisationKind::GeneralPractice, true),
        one("X02", OrganisationKind::GeneralPractice, true),
        one(HOSPITAL, OrganisationKind::Acute, true),
        one("X21", OrganisationKind::Council, true),
        one(COMMUNITY, OrganisationKind::Community, true),
        one(LEFT, OrganisationKind::Acute, false),
    ]
}

pub(crate) fn sources() -> Vec<Source> {
    let one = |id: &str, organisation: &str, format| Source {
        id: SourceId::new(id).unwrap(),
        name: id.into(),
        organisation: OdsCode::new(organisation).unwrap(),
        format,
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 1440,
    };
    vec![
        one("riverside", "X01", SourceFormat::Fhir),
        one("hillside", "X02", SourceFormat::Fhir),
        one("kingsbrook", HOSPITAL, SourceFormat::Hl7v2),
        one("council", "X21", SourceFormat::Csv),
        one("left", LEFT, SourceFormat::Fhir),
    ]
}
