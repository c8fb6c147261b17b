//! A person's lawful copy, from messages as they came to a FHIR R4 Bundle and
//! back through the reader that every source goes through.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use access::Policy;
use disclosure::{Caller, Disclosed, Disclosure, Door, PersonCopy, Region};
use formats::Outcome;
use intake::{Intake, Payload};
use jiff::Timestamp;
use record::{
    Chance, Clock, Content, NhsNumber, OdsCode, Organisation, OrganisationKind, PersonId, Role, Section, Source,
    SourceFormat, SourceId, Staff, StaffId,
};
use serde_json::Value;
use store::{Desk, People};
use tempfile::TempDir;
use tokio::task::JoinSet;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"g1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Okafor","given":["Grace"]}],"gender":"female","birthDate":"1951-03-04","address":[{"line":["12 Invented Road"],"postalCode":"SE5 0ZZ"}]}"#;
/// Spaces, a decimal's last zero and a field that nobody reads: all of it is kept.
const RESULT: &str = r#"{ "resourceType" : "Observation", "id":"o1", "status":"final", "code":{"text":"Potassium"},
  "subject":{"reference":"Patient/g1"}, "valueQuantity":{"value":4.10,"unit":"mmol/L"}, "extension":[{"url":"urn:own","valueString":"\u00e9\/x"}] }"#;
const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/g1"},"code":{"text":"penicillin"}}"#;
const LETTER: &str = r#"{"resourceType":"DocumentReference","id":"d1","status":"current","subject":{"reference":"Patient/g1"},"description":"Clinic letter","content":[{"attachment":{"contentType":"text/plain","data":"RGVhciBHcmFjZQ=="}}]}"#;

const ORU: &str = "MSH|^~\\&|LAB|X11|CC|CC|20261122101500||ORU^R01|M1|P|2.4\r\
PID|1||K1^^^KBK^MR~9990000018^^^NHS^NH||Okafor^Grace||19510304|F\r\
OBR|1|||CREA^Creatinine|||20261122090000||||||||||||||||||F\r\
OBX|1|NM|CREA^Creatinine||88|umol/L|45-84|H|||F\r";
const MDM: &str = "MSH|^~\\&|EPR|X11|CC|CC|20261122111500||MDM^T02|M2|P|2.4\r\
PID|1||K1^^^KBK^MR~9990000018^^^NHS^NH||Okafor^Grace||19510304|F\r\
TXA|1|DS^Discharge summary|TX|20261122110000||||||||DOC1|||||AU\r\
OBX|1|TX|DS^Discharge summary||Home today. \"Rest\" \\T\\ tea.\r";

struct Told {
    disclosure: Disclosure,
    intake: Intake,
    desk: Desk,
    people: People,
    _lanes: JoinSet<()>,
    _folder: TempDir,
}

impl Told {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-11-22T13:32:00Z".parse().unwrap();
        let count = AtomicU32::new(1);
        let chance = Chance::new(move |bytes| {
            bytes.fill(7);
            bytes[..4].copy_from_slice(&count.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        });
        let store = store::open(folder.path(), &sources(), chance.clone()).await.unwrap();
        let (intake, lanes) = Intake::start(store.inbox, &sources(), Clock::fixed(at));
        let disclosure = Disclosure::new(Door {
            clinical: store.clinical,
            log: store.log,
            desk: store.desk.clone(),
            people: store.people.clone(),
            policy: Policy::shipped().unwrap(),
            region: Region::new(organisations(), sources()),
            rules: Arc::new(intake::IDENTITY_RULES),
            clock: Clock::fixed(at),
            chance,
        });
        Self { disclosure, intake, desk: store.desk, people: store.people, _lanes: lanes, _folder: folder }
    }

    async fn deliver(&self, source: &str, payload: Payload, bytes: &[u8]) {
        let source = SourceId::new(source).unwrap();
        let delivered = self.intake.deliver(&source, payload, false, bytes.to_vec()).await.unwrap();
        assert!(delivered.is_readable, "{:?}", delivered.fault);
        delivered.applied.unwrap().await.unwrap().unwrap();
    }

    async fn grace(&self) -> PersonId {
        self.people.with_number(NhsNumber::parse("9990000018").unwrap()).await.unwrap()[0]
    }

    async fn copy(&self, person: PersonId) -> Disclosed<PersonCopy> {
        self.disclosure.copy(&operator(), person, "asked by the person").await.unwrap()
    }
}

fn organisations() -> Vec<Organisation> {
    vec![Organisation {
        ods_code: OdsCode::new("X11").unwrap(),
        name: "Kingsbrook Hospital NHS Trust".into(),
        short_name: "Kingsbrook".into(),
        kind: OrganisationKind::Acute,
        takes_part: true,
    }]
}

fn sources() -> Vec<Source> {
    let one = |id: &str, format| Source {
        id: SourceId::new(id).unwrap(),
        name: id.into(),
        organisation: OdsCode::new("X11").unwrap(),
        format,
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 1440,
    };
    vec![one("fhir", SourceFormat::Fhir), one("hl7", SourceFormat::Hl7v2), one("csv", SourceFormat::Csv)]
}

fn operator() -> Caller {
    let staff = Staff {
        id: StaffId::new("op1").unwrap(),
        name: "Sam Operator".into(),
        role: Role::Operator,
        organisation: OdsCode::new("X11").unwrap(),
        organisation_name: "Kingsbrook Hospital NHS Trust".into(),
        team: None,
    };
    Caller { staff, session: None }
}

fn bundle(resources: &[&str]) -> String {
    let entries: Vec<String> = resources.iter().map(|resource| format!(r#"{{"resource":{resource}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

fn csv() -> String {
    let columns = formats::csv::COLUMNS;
    let cell = |column: &str| match column {
        "record_type" => "package",
        "person_ref" => "P1",
        "nhs_number" => "9990000018",
        "family_name" => "Okafor",
        "given_names" => "Grace",
        "born" => "1951-03-04",
        "entry_ref" => "E1",
        "title_text" => "Home care",
        "status" => "active",
        "start" => "2026-10-01",
        _ => "",
    };
    format!("{}\n{}\n", columns.join(","), columns.map(cell).join(","))
}

/// Three systems tell of Grace, in three formats.
async fn told_by_three() -> Told {
    let region = Told::new().await;
    region.deliver("fhir", Payload::FhirJson, bundle(&[PATIENT, RESULT, ALLERGY, LETTER]).as_bytes()).await;
    region.deliver("hl7", Payload::Hl7v2, ORU.as_bytes()).await;
    region.deliver("hl7", Payload::Hl7v2, MDM.as_bytes()).await;
    region.deliver("csv", Payload::Csv, csv().as_bytes()).await;
    region
}

/// What the bundle says when it is read like any source's: the contents of its
/// entries. Nothing in it may be refused or kept unread.
fn read_back(bundle: &str) -> Vec<Content> {
    let delivery = formats::fhir::read_json(bundle.as_bytes()).unwrap();
    let mut contents = Vec::new();
    for unit in delivery.units {
        match unit.outcome {
            Outcome::Apply(changes) => {
                contents.extend(changes.into_iter().flat_map(|change| change.entries).map(|entry| entry.content));
            }
            other => panic!("{}: {other:?}", unit.kind),
        }
    }
    contents
}

#[tokio::test]
async fn what_came_as_fhir_leaves_byte_for_byte() {
    let region = told_by_three().await;
    let bundle = exchange::person_bundle(&region.copy(region.grace().await).await);
    for resource in [RESULT, ALLERGY, LETTER] {
        assert_eq!(bundle.matches(resource).count(), 1, "{resource}");
    }
}

#[tokio::test]
async fn everything_about_the_person_is_in_the_bundle_and_reads_back() {
    let region = told_by_three().await;
    let copy = region.copy(region.grace().await).await;
    let bundle = exchange::person_bundle(&copy);
    let value: Value = serde_json::from_str(&bundle).unwrap();
    assert_eq!((value["resourceType"].as_str(), value["type"].as_str()), (Some("Bundle"), Some("collection")));
    assert_eq!(value["entry"].as_array().unwrap().len(), 1 + copy.entries.len(), "the person and each entry");
    assert_eq!(value["entry"][0]["resource"]["name"][0]["family"], "Okafor");

    let told: Vec<&Content> = copy.entries.iter().map(|entry| &entry.content).collect();
    let read = read_back(&bundle);
    assert_eq!(read.len(), told.len());
    let kinds = |contents: &[&Content]| {
        let mut kinds: Vec<&str> = contents.iter().map(|content| content.kind()).collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(kinds(&read.iter().collect::<Vec<_>>()), kinds(&told));
    assert!(kinds(&told).contains(&"social-care") && kinds(&told).contains(&"result"));
}

#[tokio::test]
async fn letters_are_whole_whichever_format_they_came_in() {
    let region = told_by_three().await;
    let bundle = exchange::person_bundle(&region.copy(region.grace().await).await);
    let texts: Vec<String> = read_back(&bundle)
        .into_iter()
        .filter_map(|content| match content {
            Content::Letter(letter) => letter.text,
            _ => None,
        })
        .collect();
    assert!(texts.contains(&"Dear Grace".to_owned()), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("Home today. \"Rest\" & tea.")), "{texts:?}");
}

#[tokio::test]
async fn a_result_that_came_as_hl7_is_rebuilt_with_all_that_it_said() {
    let region = told_by_three().await;
    let bundle = exchange::person_bundle(&region.copy(region.grace().await).await);
    let creatinine = read_back(&bundle).into_iter().find_map(|content| match content {
        Content::TestResult(result) if result.test == "Creatinine" => Some(result),
        _ => None,
    });
    let result = creatinine.expect("the creatinine");
    assert_eq!((result.value.as_deref(), result.unit.as_deref()), (Some("88"), Some("umol/L")));
    assert_eq!(result.range.as_deref(), Some("45-84"));
}

#[tokio::test]
async fn an_opt_out_does_not_take_the_copy_away() {
    let region = told_by_three().await;
    let grace = region.grace().await;
    region.desk.set_opt_out(grace, true).await.unwrap();
    assert!(exchange::person_bundle(&region.copy(grace).await).contains(RESULT));
}

#[tokio::test]
async fn a_restricted_address_is_not_in_the_bundle() {
    let region = told_by_three().await;
    let restricted = PATIENT.replace(
        "\"id\":\"g1\",",
        r#""id":"g1","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"#,
    );
    region.deliver("fhir", Payload::FhirJson, restricted.as_bytes()).await;
    let copy = region.copy(region.grace().await).await;
    assert!(copy.who.restricted);
    let bundle = exchange::person_bundle(&copy);
    assert!(!bundle.contains("Invented Road") && !bundle.contains("SE5"), "{bundle}");
}

#[tokio::test]
async fn people_that_others_made_up_leave_as_they_came() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/synthea");
    let Ok(listed) = std::fs::read_dir(&folder) else {
        println!("skipped: no corpus");
        return;
    };
    let mut files: Vec<PathBuf> = listed.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort_by_key(|file| std::fs::metadata(file).map_or(u64::MAX, |about| about.len()));
    for file in files.iter().take(3) {
        let bytes = std::fs::read(file).unwrap();
        let region = Told::new().await;
        region.deliver("fhir", Payload::FhirJson, &bytes).await;
        let copy = region.copy(PersonId(1)).await;
        assert!(!copy.entries.is_empty(), "{}", file.display());
        let bundle = exchange::person_bundle(&copy);
        for text in copy.source_texts.iter().flatten() {
            assert!(bundle.contains(std::str::from_utf8(text).unwrap()), "{}", file.display());
        }
        // Their references name the patient by an address of the bundle in which
        // they came; nothing is refused for it, and every byte is there.
        let delivery = formats::fhir::read_json(bundle.as_bytes()).unwrap();
        assert_eq!(delivery.units.len(), 1 + copy.entries.len(), "{}", file.display());
        for unit in &delivery.units {
            assert!(!matches!(unit.outcome, Outcome::Refuse(_)), "{}: {:?}", file.display(), unit.outcome);
        }
    }
}

#[tokio::test]
async fn what_waits_to_be_added_is_said_in_the_copy() {
    let region = told_by_three().await;
    let whole = exchange::person_bundle(&region.copy(region.grace().await).await);
    assert!(!whole.contains("OperationOutcome"), "nothing is lacking");
    let another = ORU.replace("|M1|", "|M9|").replace("Okafor^Grace||19510304", "Smith^John||19800101");
    region.deliver("hl7", Payload::Hl7v2, another.as_bytes()).await;
    let bundle = exchange::person_bundle(&region.copy(region.grace().await).await);
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    let last = bundle["entry"].as_array().and_then(|entries| entries.last()).unwrap();
    let issue = &last["resource"]["issue"][0];
    assert_eq!((issue["severity"].as_str(), issue["code"].as_str()), (Some("warning"), Some("incomplete")));
    let words = "1 item from hl7 is waiting to be added and is not in this copy.";
    assert_eq!(issue["diagnostics"].as_str(), Some(words));
}
