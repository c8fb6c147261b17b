//! One person's record as a FHIR R4 collection bundle.

use record::{Demographics, Entry, Gender, PersonName, When};

use super::keys::NHS_NUMBER_SYSTEM;
use super::scan::{self, DEPTH_MAX};
use super::write_content;
use super::write_text::{Object, date_time, list, named, quoted, words};

/// The category by which a council's package, written as a CarePlan, is known again.
pub(super) const SOCIAL_CARE: &str = "social-care";

const PATIENT_URL: &str = "urn:uuid:00000000-0000-8000-9000-000000000000";

/// Writes a record: the person as Patient, then one resource for each entry.
///
/// `raw` holds, in the order of `entries`, the FHIR JSON resource that an entry
/// came from, where it came as one: it is embedded byte for byte, its references
/// included. Every other entry is built from what it says. Each entry's
/// `Bundle.entry.link` of relation `source` names its source; a resource that is
/// built names it in `meta.source` as well. `lacks` says what is not there, each as a
/// warning of an OperationOutcome at the end (code `incomplete`, R4 §2.6.2).
#[must_use]
pub fn write_bundle(person: &Demographics, entries: &[Entry], raw: &[Option<&str>], lacks: &[String]) -> String {
    let mut written = vec![Object::new().text("fullUrl", PATIENT_URL).json("resource", &patient(person)).finish()];
    for (at, entry) in entries.iter().enumerate() {
        let told = raw.get(at).copied().flatten().filter(|raw| can_be_embedded(raw));
        let resource = match told {
            Some(raw) => raw.to_owned(),
            None => write_content::resource(entry, PATIENT_URL),
        };
        let source = format!("urn:connect-care:source:{}", entry.provenance.source);
        let link = Object::new().text("relation", "source").text("url", &source).finish();
        let full_url = quoted(&full_url(entry));
        written.push(
            Object::new()
                .json("link", &format!("[{link}]"))
                .json("fullUrl", &full_url)
                .json("resource", &resource)
                .finish(),
        );
    }
    written.extend(outcome(lacks).map(|outcome| Object::new().json("resource", &outcome).finish()));
    let entries = list(written).unwrap_or_else(|| "[]".to_owned());
    Object::new().text("resourceType", "Bundle").text("type", "collection").json("entry", &entries).finish()
}

fn outcome(lacks: &[String]) -> Option<String> {
    let issue = |what: &String| {
        Object::new().text("severity", "warning").text("code", "incomplete").text("diagnostics", what).finish()
    };
    let issues = list(lacks.iter().map(issue).collect::<Vec<_>>())?;
    Some(Object::new().text("resourceType", "OperationOutcome").json("issue", &issues).finish())
}

/// A UUID of version 8 (RFC 9562 §5.8) that holds the entry's own number.
fn full_url(entry: &Entry) -> String {
    let id = entry.id.0;
    format!("urn:uuid:00000000-{:04x}-8000-8000-{:012x}", id >> 48, id & 0xffff_ffff_ffff)
}

/// Whether a text is one JSON resource that still fits its limits inside a bundle.
fn can_be_embedded(raw: &str) -> bool {
    // The bundle, its list of entries and the entry lie around it.
    scan::scan(raw.as_bytes(), DEPTH_MAX - 3).is_ok_and(|document| {
        let root = document.root();
        root.is_object() && root.span() == (0..raw.len()) && root.get("resourceType").is_some()
    })
}

fn patient(person: &Demographics) -> String {
    let number = person
        .nhs_number
        .map(|number| Object::new().text("system", NHS_NUMBER_SYSTEM).text("value", &number.digits()).finish());
    let restricted =
        "{\"security\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"R\"}]}";
    let names = std::iter::once((&person.name, "official")).chain(person.other_names.iter().map(|name| (name, "old")));
    let phones =
        person.telephones.iter().map(|phone| Object::new().text("system", "phone").text("value", phone).finish());
    let address = person.address.as_ref().and_then(|address| {
        let lines = list(address.lines.iter().map(|line| quoted(line)));
        let told =
            Object::new().maybe_json("line", lines).maybe("postalCode", address.postcode.as_deref()).unless_empty();
        list(told)
    });
    let ethnicity = person.ethnicity.as_deref().map(|told| {
        let url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory";
        Object::new().text("url", url).json("valueCodeableConcept", &words(told)).finish()
    });
    let patient = Object::resource("Patient", "person")
        .maybe_json("meta", person.restricted.then(|| restricted.to_owned()))
        .maybe_json("extension", list(ethnicity.into_iter().chain(interpreter(person))))
        .maybe_json("identifier", list(number))
        .maybe_json("name", list(names.filter_map(|(name, name_use)| human_name(name, name_use))))
        .maybe_json("telecom", list(phones))
        .maybe("gender", person.gender.map(Gender::code))
        .maybe("birthDate", person.born.map(|born| born.day_only().to_iso()).as_deref());
    let patient = match person.died {
        Some(Some(at)) => patient.text("deceasedDateTime", &date_time(at)),
        Some(None) => patient.json("deceasedBoolean", "true"),
        None => patient,
    };
    patient
        .maybe_json("address", address)
        .maybe_json("communication", list(language(person)))
        .maybe_json("generalPractitioner", list(person.practice.as_deref().map(practice)))
        .finish()
}

fn practice(name: &str) -> String {
    Object::new().text("type", "Organization").text("display", name).finish()
}

fn human_name(name: &PersonName, name_use: &str) -> Option<String> {
    if *name == PersonName::default() {
        return None;
    }
    let given = list(name.given.iter().filter(|given| !given.is_empty()).map(|given| quoted(given)));
    let title = list(name.title.as_deref().map(quoted));
    let told = Object::new().text("use", name_use).maybe("family", Some(&name.family));
    Some(told.maybe_json("given", given).maybe_json("prefix", title).finish())
}

/// `Interpreter: Igbo` apart again: the need and the language.
fn interpreter(person: &Demographics) -> Option<String> {
    let needed = person.interpreter.as_deref()?.starts_with("Interpreter");
    let url = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired";
    needed.then(|| Object::new().text("url", url).json("valueBoolean", "true").finish())
}

fn language(person: &Demographics) -> Option<String> {
    let told = person.interpreter.as_deref()?.split(';').next()?.split_once(": ")?;
    matches!(told.0, "Interpreter" | "Language").then(|| Object::new().json("language", &words(told.1)).finish())
}

/// The reference by which built resources name their patient.
pub(super) fn patient_reference(url: &str) -> String {
    Object::new().text("reference", url).finish()
}

/// A list of one reference by name, where there is one.
pub(super) fn named_list(name: Option<&str>) -> Option<String> {
    list(name.filter(|name| !name.trim().is_empty()).map(named))
}

/// A whole day, for fields that take no time of day.
pub(super) fn day(when: Option<When>) -> Option<String> {
    when.map(|when| when.day_only().to_iso())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::read_json;
    use crate::{Change, Outcome};
    use record::{ChartId, Content, EntryId, MessageId, NewEntry, Provenance, SourceId};

    fn person() -> Demographics {
        Demographics {
            nhs_number: record::NhsNumber::parse("9990000018").ok(),
            name: PersonName {
                family: "Okafor".into(),
                given: vec!["Grace".into(), "Adaeze".into()],
                title: Some("Mrs".into()),
                preferred: None,
            },
            born: When::parse_iso("1961-04-02").ok(),
            gender: Some(Gender::Female),
            address: Some(record::Address { lines: vec!["4 Marsh Lane".into()], postcode: Some("SE5 8AF".into()) }),
            telephones: vec!["020 7946 0018".into()],
            practice: Some("Elm Tree Surgery".into()),
            died: Some(None),
            restricted: true,
            interpreter: Some("Interpreter: Igbo".into()),
            ethnicity: Some("Black African".into()),
            ..Demographics::default()
        }
    }

    fn stored(new: NewEntry, place: u64) -> Entry {
        Entry {
            id: EntryId(7 << 20 | place),
            content: new.content,
            standing: new.standing,
            sensitivity: new.sensitivity,
            when: new.when,
            code: new.code,
            provenance: Provenance {
                source: SourceId::new("elm-tree").unwrap(),
                chart: ChartId(1),
                message: MessageId(1),
                unit: 0,
                recorded: None,
                author: None,
                organisation: None,
            },
        }
    }

    fn applied(bundle: &str) -> Vec<Change> {
        let delivery = read_json(bundle.as_bytes()).unwrap();
        let changes = delivery.units.into_iter().map(|unit| match unit.outcome {
            Outcome::Apply(changes) => changes,
            other => panic!("{}: {other:?}", unit.kind),
        });
        changes.flatten().collect()
    }

    #[test]
    fn the_person_reads_back_the_same() {
        let changes = applied(&write_bundle(&person(), &[], &[], &[]));
        assert_eq!(changes[0].chart.told, Some(person()));
    }

    #[test]
    fn a_resource_that_came_as_fhir_leaves_byte_for_byte() {
        let raw = "{ \"resourceType\" : \"Flag\",\"id\":\"f\", \"x\": 1.10,\"subject\":{\"reference\":\"Patient/1\"} }";
        let alert =
            &applied(&format!("{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{raw}}}]}}"))[0].entries[0];
        let entries = [stored(alert.clone(), 1), stored(alert.clone(), 2)];
        let bundle = write_bundle(&person(), &entries, &[Some(raw), Some("not JSON")], &[]);
        assert_eq!(bundle.matches(raw).count(), 1);
        assert_eq!(applied(&bundle).len(), 3);
        assert!(bundle.contains("\"urn:connect-care:source:elm-tree\""));
    }

    /// Built resources are read back and built again: what one says, the other says.
    #[test]
    fn every_kind_of_content_reads_back_as_the_same_kind() {
        for content in crate::fhir::samples::one_of_each() {
            for standing in record::Standing::ALL {
                let mut new =
                    applied(r#"{"resourceType":"Flag","subject":{"reference":"Patient/1"}}"#)[0].entries[0].clone();
                new.content = content.clone();
                new.standing = *standing;
                let bundle = write_bundle(&person(), &[stored(new, 1)], &[], &[]);
                let changes = applied(&bundle);
                let read = &changes[1].entries[0];
                assert_eq!(read.content.kind(), content.kind(), "{bundle}");
                if *standing == record::Standing::EnteredInError && content.kind() != "person-involved" {
                    assert_eq!(read.standing, *standing, "{bundle}");
                }
            }
        }
    }

    #[test]
    fn numbers_doses_and_dates_survive_the_way_out_and_in() {
        for content in crate::fhir::samples::one_of_each() {
            let mut new =
                applied(r#"{"resourceType":"Flag","subject":{"reference":"Patient/1"}}"#)[0].entries[0].clone();
            new.content = content.clone();
            let read = applied(&write_bundle(&person(), &[stored(new, 1)], &[], &[]))[1].entries[0].content.clone();
            match (&content, &read) {
                (Content::TestResult(a), Content::TestResult(b)) => assert_eq!(a, b),
                (Content::Medicine(a), Content::Medicine(b)) => assert_eq!(a, b),
                (Content::Letter(a), Content::Letter(b)) => {
                    assert_eq!((&a.title, &a.text, a.written), (&b.title, &b.text, b.written))
                }
                (Content::SocialCare(a), Content::SocialCare(b)) => {
                    assert_eq!((&a.title, a.start, a.end), (&b.title, b.start, b.end))
                }
                (Content::Allergy(a), Content::Allergy(b)) => assert_eq!(a, b),
                (Content::Problem(a), Content::Problem(b)) => assert_eq!(a, b),
                (a, b) => assert_eq!(a.kind(), b.kind()),
            }
        }
    }
}
