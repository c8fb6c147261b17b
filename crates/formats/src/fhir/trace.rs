//! Answers of a demographics service in the shape of the Personal Demographics
//! Service (PDS FHIR API): one Patient, a searchset of them, or an
//! OperationOutcome that says why there is none.

use record::{Demographics, NhsNumber};

use super::node::Node;
use super::scan::{DEPTH_MAX, scan};
use super::{BUNDLE_ENTRIES_MAX, read_json};
use crate::{Delivery, Outcome, Problem, Rearrangement};

/// How many people one search of the service can tell (`_max-results`).
pub const TRACE_MATCHES_MAX: usize = 50;
/// The longest code of an error that is taken, in bytes.
const CODE_BYTES_MAX: usize = 64;

/// What a demographics service answered.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceAnswer {
    /// One Patient, asked for by number.
    Person(Box<TracedPerson>),
    /// The people of a searchset, as the service orders them.
    Matches(TraceMatches),
    /// An OperationOutcome: the service's own code, `RESOURCE_NOT_FOUND`.
    Fault(TraceFault),
}

/// The people of a searchset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceMatches {
    /// Those that can be read, at most [`TRACE_MATCHES_MAX`].
    pub people: Vec<TraceMatch>,
    /// How many more there were: not to be read, or past the limit. A search that
    /// leaves somebody out has not found one person alone.
    pub left_out: usize,
}

/// One person of a searchset.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceMatch {
    /// Who.
    pub person: TracedPerson,
    /// How well they fit, in thousandths, as the service reckons it
    /// (`entry.search.score`); `None` where it does not say.
    pub score_per_mille: Option<u16>,
}

/// One person as the service tells them.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedPerson {
    /// The number under which the service holds them: another one than was asked for
    /// where that has been superseded.
    pub nhs_number: NhsNumber,
    /// Who may know where they live.
    pub confidentiality: Confidentiality,
    /// Which version of the service's record this is.
    pub version: Option<String>,
    /// Who the service says it is. Without address, telephones and practice unless
    /// the confidentiality is [`Confidentiality::Unrestricted`].
    pub told: Demographics,
}

/// The label of an answer (`meta.security`, v3-Confidentiality).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidentiality {
    /// `U`, and no other label.
    Unrestricted,
    /// Anything else: `R` and `V`, a label that is not known, or none. Nobody has
    /// said that their address may be seen.
    Restricted,
}

/// Why there is nobody in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceFault {
    /// Nobody has this number (`RESOURCE_NOT_FOUND`).
    NotFound,
    /// The record of this number was made in error and is no longer given out
    /// (`INVALIDATED_RESOURCE`).
    Invalidated,
    /// So many fit that none is told (`TOO_MANY_MATCHES`).
    TooMany,
    /// Any other, by the service's code.
    Other(String),
}

/// Reads an answer of a demographics service.
///
/// # Errors
/// When the bytes are not an answer of this kind, when a Patient cannot be read,
/// or when one contradicts itself about its NHS number. Problems never say who.
pub fn read_trace(bytes: &[u8]) -> Result<TraceAnswer, Problem> {
    let document = scan(bytes, DEPTH_MAX)?;
    let root = document.root();
    match root.word("resourceType").as_deref() {
        Some("Patient") => {
            let told = demographics(read_json(bytes)?, 0)?;
            person(root, told).map(|person| TraceAnswer::Person(Box::new(person)))
        }
        Some("Bundle") if root.says("type", "searchset") => Ok(TraceAnswer::Matches(matches(root, &read_json(bytes)?))),
        Some("OperationOutcome") => Ok(TraceAnswer::Fault(fault(root))),
        _ => Err(Problem::new("answer", "is no Patient, searchset or OperationOutcome")),
    }
}

fn person(patient: Node<'_>, mut told: Demographics) -> Result<TracedPerson, Problem> {
    let id = patient.word("id").ok_or_else(|| Problem::new("Patient.id", "missing"))?;
    let nhs_number = NhsNumber::parse(&id).map_err(|fault| Problem::new("Patient.id", fault.to_string()))?;
    if told.nhs_number.is_some_and(|number| number != nhs_number) {
        return Err(Problem::new("Patient.identifier", "another NHS number than Patient.id"));
    }
    told.nhs_number = Some(nhs_number);
    let confidentiality = confidentiality(patient);
    if confidentiality == Confidentiality::Restricted {
        told.restricted = true;
        (told.address, told.practice) = (None, None);
        told.telephones.clear();
    }
    Ok(TracedPerson { nhs_number, confidentiality, version: patient.string("meta.versionId"), told })
}

fn confidentiality(patient: Node<'_>) -> Confidentiality {
    let labels = || patient.get("meta").into_iter().flat_map(|meta| meta.list("security"));
    let open = labels().next().is_some() && labels().all(|label| label.says("code", "U"));
    if open { Confidentiality::Unrestricted } else { Confidentiality::Restricted }
}

/// Each entry of a bundle is a unit, in order.
fn matches(bundle: Node<'_>, delivery: &Delivery) -> TraceMatches {
    let mut found = TraceMatches::default();
    for (at, entry) in bundle.list("entry").take(BUNDLE_ENTRIES_MAX).enumerate() {
        let read = || {
            let told = demographics_at(delivery, at)?;
            let person = person(entry.get("resource")?, told).ok()?;
            Some(TraceMatch { person, score_per_mille: score(entry) })
        };
        match read() {
            Some(one) if found.people.len() < TRACE_MATCHES_MAX => found.people.push(one),
            _ => found.left_out += 1,
        }
    }
    found
}

fn demographics(delivery: Delivery, at: usize) -> Result<Demographics, Problem> {
    if let Some(Outcome::Refuse(fault)) = delivery.units.get(at).map(|unit| &unit.outcome) {
        return Err(fault.clone());
    }
    demographics_at(&delivery, at).ok_or_else(|| Problem::new("Patient", "says nothing about a person"))
}

fn demographics_at(delivery: &Delivery, at: usize) -> Option<Demographics> {
    match &delivery.units.get(at)?.outcome {
        Outcome::Apply(changes) | Outcome::Rearrange(Rearrangement { changes, .. }) => {
            changes.first()?.chart.told.clone()
        }
        _ => None,
    }
}

/// A score from 0 to 1 in thousandths; what lies outside is no score.
fn score(entry: Node<'_>) -> Option<u16> {
    let score: f64 = entry.word("search.score")?.parse().ok()?;
    if !(0.0..=1.0).contains(&score) {
        return None;
    }
    format!("{:.0}", score * 1000.0).parse().ok()
}

fn fault(outcome: Node<'_>) -> TraceFault {
    let code = outcome
        .list("issue")
        .find_map(|issue| issue.string("details.coding.code").or_else(|| issue.string("code")))
        .unwrap_or_default();
    match code.as_str() {
        "RESOURCE_NOT_FOUND" => TraceFault::NotFound,
        "INVALIDATED_RESOURCE" => TraceFault::Invalidated,
        "TOO_MANY_MATCHES" => TraceFault::TooMany,
        _ => TraceFault::Other(plain(code)),
    }
}

/// A code as codes are written, so that nothing else gets into words of ours.
fn plain(code: String) -> String {
    let is_plain = (1..=CODE_BYTES_MAX).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
    if is_plain { code } else { "no code".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn patient(id: &str, number: &str, label: &str) -> String {
        format!(
            r#"{{"resourceType":"Patient","id":"{id}","meta":{{"versionId":"2","security":[{label}]}},
            "identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],
            "name":[{{"use":"usual","family":"Okafor","given":["Grace"]}}],"birthDate":"1951-03-04","gender":"female",
            "address":[{{"use":"home","line":["12 Invented Road"],"postalCode":"SE5 0ZZ"}}],
            "telecom":[{{"system":"phone","value":"020 7946 0000"}}],
            "generalPractitioner":[{{"identifier":{{"value":"ZZ1GP"}}}}]}}"#
        )
    }

    const OPEN: &str = r#"{"code":"U"}"#;

    fn read(text: &str) -> Result<TraceAnswer, String> {
        read_trace(text.as_bytes()).map_err(|problem| problem.to_string())
    }

    fn one(text: &str) -> TracedPerson {
        match read(text) {
            Ok(TraceAnswer::Person(person)) => *person,
            other => panic!("{other:?}"),
        }
    }

    fn search(entries: &[String]) -> TraceMatches {
        let entries = entries.join(",");
        match read(&format!(r#"{{"resourceType":"Bundle","type":"searchset","entry":[{entries}]}}"#)) {
            Ok(TraceAnswer::Matches(matches)) => matches,
            other => panic!("{other:?}"),
        }
    }

    fn outcome(code: &str) -> TraceFault {
        let text = format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"code":"value","details":{{"coding":[{{"code":"{code}"}}]}}}}]}}"#
        );
        match read(&text) {
            Ok(TraceAnswer::Fault(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_person_is_told_with_their_number_and_version() {
        let person = one(&patient("9990000018", "9990000018", OPEN));
        assert_eq!((person.nhs_number.digits().as_str(), person.version.as_deref()), ("9990000018", Some("2")));
        assert_eq!(person.confidentiality, Confidentiality::Unrestricted);
        let told = person.told;
        assert_eq!(told.name.shown(), "OKAFOR, Grace");
        assert_eq!(told.address.unwrap().shown(), "12 Invented Road, SE5 0ZZ");
        assert_eq!((told.telephones.len(), told.practice.as_deref(), told.restricted), (1, Some("ZZ1GP"), false));
    }

    #[test]
    fn whoever_is_not_plainly_unrestricted_has_no_address_whatever_the_service_sent() {
        let both = format!(r#"{OPEN},{{"code":"R"}}"#);
        for label in [r#"{"code":"R"}"#, r#"{"code":"V"}"#, r#"{"code":"REDACTED"}"#, r#"{"display":"x"}"#, "", &both] {
            let person = one(&patient("9990000018", "9990000018", label));
            assert_eq!(person.confidentiality, Confidentiality::Restricted, "{label}");
            assert!(person.told.restricted && person.told.name.shown() == "OKAFOR, Grace");
            let text = format!("{person:?}");
            for secret in ["Invented", "SE5", "7946", "ZZ1GP"] {
                assert!(!text.contains(secret), "{label}: {secret}");
            }
        }
    }

    #[test]
    fn a_number_that_contradicts_itself_or_fails_its_check_is_no_answer() {
        assert!(read(&patient("9990000018", "9990000026", OPEN)).unwrap_err().contains("another NHS number"));
        assert!(read(&patient("9990000019", "9990000019", OPEN)).unwrap_err().contains("check digit"));
        assert!(read(r#"{"resourceType":"Patient"}"#).unwrap_err().contains("Patient.id"));
        assert!(read(r#"{"resourceType":"Flag","id":"1"}"#).is_err());
        assert!(read("<html>").is_err());
    }

    #[test]
    fn a_search_gives_its_people_with_their_scores_and_counts_whom_it_cannot_read() {
        let entry = |number: &str, score: &str| {
            format!(r#"{{"search":{{"score":{score}}},"resource":{}}}"#, patient(number, number, OPEN))
        };
        let found = search(&[entry("9990000018", "0.9317"), entry("9990000019", "1"), entry("9990000026", "7")]);
        let scores: Vec<_> = found.people.iter().map(|one| one.score_per_mille).collect();
        assert_eq!((scores, found.left_out), (vec![Some(932), None], 1));
        assert_eq!(search(&[]), TraceMatches::default());
    }

    #[test]
    fn no_more_people_are_taken_than_a_search_can_tell() {
        let mut numbers = (0..2_000_u64).filter_map(|n| {
            let nine = 999_100_000 + n;
            NhsNumber::check_digit(nine).map(|check| format!("{:010}", nine * 10 + check))
        });
        let mut entries: Vec<String> = numbers
            .by_ref()
            .take(TRACE_MATCHES_MAX)
            .map(|number| format!(r#"{{"resource":{}}}"#, patient(&number, &number, OPEN)))
            .collect();
        let full = search(&entries);
        assert_eq!((full.people.len(), full.left_out), (TRACE_MATCHES_MAX, 0));
        let one_more = numbers.next().unwrap();
        entries.push(format!(r#"{{"resource":{}}}"#, patient(&one_more, &one_more, OPEN)));
        assert_eq!((search(&entries).people.len(), search(&entries).left_out), (TRACE_MATCHES_MAX, 1));
    }

    #[test]
    fn the_services_codes_are_understood_and_nothing_else_gets_into_words() {
        assert_eq!(outcome("RESOURCE_NOT_FOUND"), TraceFault::NotFound);
        assert_eq!(outcome("INVALIDATED_RESOURCE"), TraceFault::Invalidated);
        assert_eq!(outcome("TOO_MANY_MATCHES"), TraceFault::TooMany);
        assert_eq!(outcome("ACCESS_DENIED"), TraceFault::Other("ACCESS_DENIED".into()));
        assert_eq!(outcome("no person 9990000018"), TraceFault::Other("no code".into()));
        assert_eq!(outcome(&"A".repeat(CODE_BYTES_MAX + 1)), TraceFault::Other("no code".into()));
        assert_eq!(outcome(&"A".repeat(CODE_BYTES_MAX)), TraceFault::Other("A".repeat(CODE_BYTES_MAX)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = read_trace(&bytes);
        }

        #[test]
        fn no_patient_makes_it_panic(id in "[0-9a-z]{0,11}", number in "[0-9]{9,11}", label in r#"(\{"code":"[A-Z]{0,2}"\})?"#) {
            let _ = read(&patient(&id, &number, &label));
        }
    }
}
