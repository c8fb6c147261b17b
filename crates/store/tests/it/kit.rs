//! What the stories share: a folder, invented people and staff, and the way from a message to an opening.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Actor, Decision, PermissionGiven, Policy, Purpose, Refusal, Request, RequestId};
use audit::{Act, Event, Outcome};
use jiff::{SignedDuration, Timestamp};
use record::{
    Address, Alert, AlertKind, Chance, Content, Demographics, Letter, LetterStatus, Medicine, MedicineStatus,
    MessageId, NewEntry, NhsNumber, OdsCode, PersonId, PersonName, Problem, ProblemStatus, Role, Section, Sensitivity,
    Source, SourceFormat, SourceId, Staff, StaffId, Standing, When,
};
use store::{
    Application, Applied, Arrival, Asked, Candidate, ChartChange, FoundBy, IdentityRules, LogRow, PersonStand,
    Placement, Receipt, Received, ScoreRules, Store, StoreError, StoredRecord, UnitWork, Work,
};

use crate::merging_kit::cannot_merge;

pub use crate::database::{Home, has_no_files, has_no_server, hex, on_postgres};

/// Noon of the stories' day.
pub const NOON: &str = "2026-11-23T12:00:00Z";
pub const HOSPITAL: &str = "kingsbrook";
pub const PRACTICE: &str = "riverside";
// NHS numbers that are never issued.
pub const NUMBER: &str = "9990000018";
pub const OTHER_NUMBER: &str = "9990000026";

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn noon() -> Timestamp {
    time(NOON)
}

pub fn after_noon(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

/// A store in a home of its own.
pub struct Kit {
    pub home: Home,
    pub store: Store,
    messages: AtomicU64,
}

impl Kit {
    pub async fn new() -> Self {
        Self::over(Home::new().await).await
    }

    pub async fn over(home: Home) -> Self {
        let store = home.open(&sources()).await.unwrap();
        Self { home, store, messages: AtomicU64::new(0) }
    }

    /// Closes the store and opens it again.
    pub async fn reopened(self) -> Self {
        self.reopened_for(&sources()).await
    }

    /// Closes the store and opens it again with these sources configured.
    pub async fn reopened_for(self, sources: &[Source]) -> Self {
        let Self { home, store, messages } = self;
        drop(store);
        let store = home.open(sources).await.unwrap();
        Self { home, store, messages }
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.home.look(sql).await[0][0].parse().unwrap()
    }

    /// The first column of what a query finds, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.home.look(sql).await.into_iter().map(|mut row| row.remove(0)).collect()
    }

    /// The display lines of superseded versions, in the order in which they were kept.
    pub async fn kept_lines(&self) -> Vec<String> {
        let order = if on_postgres() { "ctid" } else { "rowid" };
        self.texts(&format!("SELECT line FROM entry_version ORDER BY {order}")).await
    }

    /// Bytes that no message had before.
    pub fn fresh_bytes(&self) -> Vec<u8> {
        format!("message {}", self.messages.fetch_add(1, Ordering::Relaxed)).into_bytes()
    }

    /// Receives and applies a message of one unit.
    pub async fn tell(&self, source: &str, stated_at: &str, changes: Vec<ChartChange>) -> (MessageId, Applied) {
        let (message, applied) = self.try_tell(source, stated_at, changes).await;
        (message, applied.unwrap())
    }

    pub async fn try_tell(
        &self,
        source: &str,
        stated_at: &str,
        changes: Vec<ChartChange>,
    ) -> (MessageId, Result<Applied, StoreError>) {
        let stated_at = (!stated_at.is_empty()).then(|| time(stated_at));
        let bytes = self.fresh_bytes();
        let span = 0..bytes.len();
        let message = self.receive(Arrival { stated_at, ..arrival(source, bytes) }).await;
        let unit = UnitWork { kind: "ADT^A08".to_owned(), span, work: Work::Apply(changes) };
        (message, self.apply(Application { stated_at, ..application(message, source, vec![unit]) }).await)
    }

    pub async fn receive(&self, arrival: Arrival) -> MessageId {
        match self.store.inbox.receive(arrival).await.unwrap() {
            Received::New(message) => message,
            other => panic!("a new message is expected: {other:?}"),
        }
    }

    pub async fn apply(&self, application: Application) -> Result<Applied, StoreError> {
        self.store.inbox.apply(application, Arc::new(rules())).await
    }

    /// The one person with this number.
    pub async fn person(&self, number: &str) -> PersonId {
        let people = self.store.people.with_number(NhsNumber::parse(number).unwrap()).await.unwrap();
        assert_eq!(people.len(), 1, "one person carries the number");
        people[0]
    }

    pub async fn permit(&self, person: PersonId, staff: &Staff) {
        let yes = Asked::Yes(PermissionGiven::Person);
        self.store.desk.record_answer(person, staff, yes, after_noon(-3600), after_noon(3600)).await.unwrap();
    }

    pub async fn stand(&self, person: PersonId, staff: &Staff) -> PersonStand {
        self.store.desk.stand(person, staff, None, noon()).await.unwrap()
    }

    pub async fn decide(&self, person: PersonId, staff: &Staff) -> Result<(Decision, PersonStand), Refusal> {
        let stand = self.stand(person, staff).await;
        let request = Request { id: request(), person, purpose: Purpose::DirectCare, at: noon() };
        access::decide(&policy(), &actor(staff), &stand.facts, &request).map(|decision| (decision, stand))
    }

    /// Decides and logs an opening, with permission.
    pub async fn open(&self, person: PersonId, staff: &Staff) -> (Decision, Receipt) {
        self.permit(person, staff).await;
        let (decision, stand) = self.decide(person, staff).await.unwrap();
        let receipt = self.log_opening(&decision, &stand).await.unwrap();
        (decision, receipt)
    }

    pub async fn log_opening(&self, decision: &Decision, stand: &PersonStand) -> Result<Receipt, StoreError> {
        let mut event = event(Act::RecordOpened, decision.staff(), Some(decision.person()), decision.request());
        event.record_version = Some(stand.record_version);
        let rests_on = Some(decision.facts_version());
        self.store.desk.log(LogRow { request: decision.request(), event, rests_on }).await
    }

    /// What a doctor sees of a person.
    pub async fn read(&self, person: PersonId) -> StoredRecord {
        let (decision, receipt) = self.open(person, &doctor()).await;
        self.store.clinical.record(&decision, &receipt).await.unwrap()
    }

    pub async fn log(&self, act: Act, staff: &Staff, person: Option<PersonId>, request: RequestId) -> Receipt {
        let event = event(act, staff, person, request);
        self.store.desk.log(LogRow { request, event, rests_on: None }).await.unwrap()
    }
}

/// Bytes that differ each time: the stories need them distinct, not secret.
pub fn chance() -> Chance {
    let count = AtomicU64::new(1);
    Chance::new(move |bytes| {
        let number = count.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, value) in bytes.iter_mut().zip(number.iter().cycle()) {
            *byte = *value;
        }
    })
}

pub fn request() -> RequestId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    RequestId::from_bytes(u128::from(COUNT.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}

pub fn policy() -> Policy {
    Policy::shipped().unwrap()
}

pub fn actor(staff: &Staff) -> Actor {
    Actor { staff: staff.clone(), takes_part: true }
}

pub fn event(act: Act, staff: &Staff, person: Option<PersonId>, request: RequestId) -> Event {
    Event {
        at: noon(),
        request: request.hex(),
        act,
        staff_id: staff.id.to_string(),
        staff_name: staff.name.clone(),
        role: staff.role.code().to_owned(),
        organisation: staff.organisation.to_string(),
        organisation_name: staff.organisation_name.clone(),
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

pub fn sources() -> Vec<Source> {
    [HOSPITAL, PRACTICE].map(source).to_vec()
}

pub fn source(id: &str) -> Source {
    Source {
        id: SourceId::new(id).unwrap(),
        name: format!("{id} (invented)"),
        organisation: OdsCode::new("ZKB01").unwrap(),
        format: if id == PRACTICE { SourceFormat::Fhir } else { SourceFormat::Hl7v2 },
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 60,
    }
}

pub fn staff(role: Role, organisation: &str) -> Staff {
    Staff {
        id: StaffId::new(&format!("{}-{organisation}", role.code())).unwrap(),
        name: format!("Invented {}", role.word()),
        role,
        organisation: OdsCode::new(organisation).unwrap(),
        organisation_name: "Kingsbrook Hospital".to_owned(),
        team: None,
    }
}

pub fn doctor() -> Staff {
    staff(Role::Doctor, "ZKB01")
}

pub fn operator() -> Staff {
    staff(Role::Operator, "ZKB01")
}

pub fn arrival(source: &str, bytes: Vec<u8>) -> Arrival {
    Arrival { source: SourceId::new(source).unwrap(), control_id: None, stated_at: None, received_at: noon(), bytes }
}

pub fn application(message: MessageId, source: &str, units: Vec<UnitWork>) -> Application {
    Application { message, source: SourceId::new(source).unwrap(), stated_at: None, at: noon(), units }
}

/// The number rule in small: number, given name and birth date must agree.
pub fn rules() -> IdentityRules {
    IdentityRules { place, contradiction, cannot_merge, found_by, score: ScoreRules::NONE }
}

/// Keys as `identity` folds them, in small.
fn found_by(told: &Demographics) -> FoundBy {
    let name = told.name.family.to_lowercase();
    let postcode = told.address.as_ref().and_then(|address| address.postcode.as_deref());
    let place = postcode.map(|postcode| format!("{name}|{}", postcode.to_lowercase()));
    let given = told.name.given.iter().map(|given| given.to_lowercase());
    let names = given.chain([name]).filter(|name| !name.is_empty()).collect();
    FoundBy { names, families_at: Vec::from_iter(place.clone()), places: Vec::from_iter(place) }
}

fn agree(a: &Demographics, b: &Demographics) -> bool {
    a.name.given == b.name.given && a.born == b.born
}

fn place(told: &Demographics, candidates: &[Candidate]) -> Placement {
    let same = |candidate: &&Candidate| candidate.charts.iter().any(|chart| agree(chart, told));
    match candidates.iter().find(same) {
        Some(candidate) => Placement::Link(candidate.person, "number, given name and birth date agree".to_owned()),
        None if candidates.is_empty() => Placement::NewPerson,
        None => Placement::NewPersonAndWorkList {
            conflicts: candidates.iter().map(|candidate| candidate.person).collect(),
            reasons: "the number is known under another name".to_owned(),
        },
    }
}

fn contradiction(before: &Demographics, told: &Demographics, candidates: &[Candidate]) -> Option<String> {
    let anothers_number = before.nhs_number != told.nhs_number
        && candidates.iter().any(|candidate| !candidate.charts.iter().any(|chart| agree(chart, told)));
    if anothers_number {
        Some("the number is another person's".to_owned())
    } else if agree(before, told) {
        None
    } else {
        Some("given name or birth date differs".to_owned())
    }
}

/// An invented person: OKAFOR with this given name and number, if any.
pub fn told(given: &str, number: &str) -> Demographics {
    Demographics {
        nhs_number: NhsNumber::parse(number).ok(),
        name: PersonName { family: "Okafor".into(), given: vec![given.into()], ..PersonName::default() },
        born: When::parse_iso("1951-03-04").ok(),
        address: Some(Address { lines: vec!["12 Invented Road".into()], postcode: Some("SE5 0ZZ".into()) }),
        telephones: vec!["020 7946 0000".into()],
        ..Demographics::default()
    }
}

pub fn grace() -> Demographics {
    told("Grace", NUMBER)
}

/// A change of a chart.
pub fn change(key: &str, told: Option<Demographics>, entries: Vec<NewEntry>) -> ChartChange {
    ChartChange { key: key.to_owned(), local_numbers: Vec::new(), told, entries }
}

pub fn entry(key: &str, content: Content) -> NewEntry {
    NewEntry {
        key: key.to_owned(),
        content,
        standing: Standing::Current,
        sensitivity: Sensitivity::Ordinary,
        when: When::parse_iso("2026-11-20").ok(),
        recorded: None,
        author: Some("Dr Invented".to_owned()),
        organisation: None,
        code: None,
        part_of: None,
    }
}

pub fn medicine(key: &str, name: &str) -> NewEntry {
    let medicine = Medicine {
        name: name.to_owned(),
        form: None,
        dose: None,
        route: None,
        frequency: None,
        status: MedicineStatus::Started,
        course: None,
        started: None,
        ended: None,
        last_issued: None,
        reason: None,
        instruction: None,
    };
    entry(key, Content::Medicine(medicine))
}

pub fn problem(key: &str, term: &str) -> NewEntry {
    let problem = Problem {
        term: term.to_owned(),
        status: ProblemStatus::Active,
        significance: None,
        onset: None,
        ended: None,
        note: None,
    };
    entry(key, Content::Problem(problem))
}

pub fn alert(key: &str, title: &str) -> NewEntry {
    let alert = Alert { kind: AlertKind::Alert, title: title.to_owned(), detail: None, from: None, until: None };
    entry(key, Content::Alert(alert))
}

pub fn letter(key: &str, text: Option<&str>) -> NewEntry {
    let letter = Letter {
        title: "Clinic letter".to_owned(),
        status: LetterStatus::Final,
        kind: None,
        written: None,
        text: text.map(str::to_owned),
        media_type: None,
        elsewhere: None,
    };
    entry(key, Content::Letter(letter))
}

/// What entries say, in short.
pub fn lines(record: &StoredRecord) -> Vec<String> {
    record.entries.iter().map(|entry| first(&entry.content.to_line())).collect()
}

/// The first field of a display line.
pub fn first(line: &str) -> String {
    line.split('\u{1f}').next().unwrap_or_default().to_owned()
}
