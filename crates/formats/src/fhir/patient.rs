//! `Patient`: who the source says it is (R4 §8.1; UK Core Patient).

use record::{Address, Demographics, Gender, LocalNumber, NhsNumber, PersonName, When};

use super::datatype::{concept, extension, extension_text, has_code, telephones};
use super::keys::NHS_NUMBER_SYSTEM;
use super::node::Node;
use super::reading::{Read, Reading, joined};
use crate::{Change, ChartClaim};

/// Reads a Patient: no entries, but everything that is told about the person.
pub(super) fn read(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let patient = reading.resource;
    let (told, local_numbers) = demographics(reading, patient, "")?;
    if patient.says("active", "false") {
        reading.note("active", "the source no longer uses this record");
    }
    if patient.get("contact").is_some() {
        reading.note("contact", "not shown; send contacts as RelatedPerson");
    }
    if reading.is_foreign() {
        reading.note("id", "of another server than the source's own: nobody whom a reference without a server means");
    }
    let key = reading.own_key();
    Ok(vec![Change { chart: ChartClaim { key, local_numbers, told: Some(told) }, entries: vec![] }])
}

/// Everything told about the person, and the source's own numbers for them.
pub(super) fn demographics<'d>(
    reading: &Reading<'_, 'd>,
    patient: Node<'d>,
    part: &str,
) -> Read<(Demographics, Vec<LocalNumber>)> {
    let (nhs_number, local_numbers) = numbers(reading, patient, part)?;
    let (name, other_names) = names(patient);
    let gender = patient.word("gender").and_then(|told| {
        let gender = Gender::from_code(&told);
        if gender.is_none() {
            reading.note(&format!("{part}gender"), "not an administrative gender of FHIR");
        }
        gender
    });
    let told = Demographics {
        nhs_number,
        nhs_number_rejected: None,
        name,
        other_names,
        born: reading.when_in(patient, "birthDate", part)?.map(When::day_only),
        gender,
        address: address(patient),
        telephones: telephones(patient),
        practice: practice(reading, patient),
        died: died(reading, patient, part)?,
        restricted: is_restricted(patient),
        interpreter: language_need(patient),
        ethnicity: extension_text(patient, "EthnicCategory"),
        taken_back: Vec::new(),
    };
    Ok((told, local_numbers))
}

fn numbers<'d>(
    reading: &Reading<'_, 'd>,
    patient: Node<'d>,
    part: &str,
) -> Read<(Option<NhsNumber>, Vec<LocalNumber>)> {
    let mut current = None;
    let mut local = Vec::new();
    for (at, identifier) in patient.list("identifier").enumerate() {
        let place = format!("{part}identifier[{at}].value");
        let (system, value) = (identifier.string("system").unwrap_or_default(), identifier.string("value"));
        let Some(value) = value else { continue };
        if system != NHS_NUMBER_SYSTEM {
            let assigner =
                if system.is_empty() { identifier.string("assigner.display").unwrap_or_default() } else { system };
            local.push(LocalNumber { assigner, number: value });
            continue;
        }
        let number = NhsNumber::parse(&value).map_err(|fault| reading.refuse(&place, &fault.to_string()))?;
        if identifier.says("use", "old") {
            reading.note(&place, "an NHS number that is no longer used; not taken");
        } else if current.is_some_and(|current| current != number) {
            reading.note(&place, "a second NHS number; only the first is taken");
        } else {
            current = Some(number);
        }
    }
    Ok((current, local))
}

fn names(patient: Node<'_>) -> (PersonName, Vec<PersonName>) {
    let mut all: Vec<(u8, PersonName)> = Vec::new();
    let mut preferred = None;
    for told in patient.list("name") {
        let rank = match told.word("use").as_deref() {
            Some("official") => 0,
            Some("usual") => 1,
            None => 2,
            Some("old" | "maiden") => 4,
            Some("nickname") => {
                preferred = told.string("given").or_else(|| told.string("text"));
                5
            }
            Some(_) => 3,
        };
        let name = person_name(told);
        if name != PersonName::default() {
            all.push((rank, name));
        }
    }
    all.sort_by_key(|(rank, _)| *rank);
    let mut names = all.into_iter().map(|(_, name)| name);
    let mut main = names.next().unwrap_or_default();
    main.preferred = preferred;
    (main, names.collect())
}

/// A name in parts; one that is told as text alone is only taken apart where
/// the text says itself which part is which: `JACKSON, Jane (Miss)`.
fn person_name(told: Node<'_>) -> PersonName {
    let texts = |part: &str| {
        told.list(part).filter_map(Node::text).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let family = told.string("family").unwrap_or_default();
    let given: Vec<String> = texts("given").collect();
    let title = joined(texts("prefix"), " ");
    if !family.is_empty() || !given.is_empty() {
        return PersonName { family, given, title, preferred: None };
    }
    let Some(text) = told.string("text") else { return PersonName::default() };
    let Some((family, rest)) = text.split_once(',') else {
        return PersonName { given: vec![text], title, ..PersonName::default() };
    };
    let (given, in_brackets) = rest.split_once('(').unwrap_or((rest, ""));
    let bracketed = in_brackets.split(')').next().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    PersonName {
        family: family.trim().to_owned(),
        given: given.split_whitespace().map(str::to_owned).collect(),
        title: title.or(bracketed),
        preferred: None,
    }
}

fn address(patient: Node<'_>) -> Option<Address> {
    let rank = |address: &Node<'_>| match address.word("use").as_deref() {
        Some("home") | None => 0,
        Some("temp") => 1,
        Some(_) => 2,
    };
    let told = patient.list("address").filter(|address| !address.says("use", "old")).min_by_key(rank)?;
    let parts = ["line", "city", "district", "state"].iter().flat_map(|part| told.list(part));
    let mut lines: Vec<String> = parts.filter_map(Node::text).map(|text| text.trim().to_owned()).collect();
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() {
        lines.extend(told.string("text"));
    }
    let country = told.string("country").filter(|country| !matches!(country.as_str(), "GB" | "GBR" | "UK"));
    lines.extend(country);
    let postcode = told.string("postalCode");
    (!lines.is_empty() || postcode.is_some()).then_some(Address { lines, postcode })
}

fn practice<'d>(reading: &Reading<'_, 'd>, patient: Node<'d>) -> Option<String> {
    let all = || patient.list("generalPractitioner");
    all()
        .find_map(|reference| reading.who(reference).organisation)
        .or_else(|| all().find_map(|reference| reading.who(reference).person))
        .or_else(|| all().find_map(|reference| reference.string("identifier.value")))
}

fn died<'d>(reading: &Reading<'_, 'd>, patient: Node<'d>, part: &str) -> Read<Option<Option<When>>> {
    if let Some(at) = reading.when_in(patient, "deceasedDateTime", part)? {
        return Ok(Some(Some(at)));
    }
    Ok(patient.says("deceasedBoolean", "true").then_some(None))
}

fn is_restricted(patient: Node<'_>) -> bool {
    patient.get("meta").is_some_and(|meta| {
        meta.list("security").any(|label| {
            label
                .word("code")
                .is_some_and(|code| matches!(&*code, "R" | "V") || code.eq_ignore_ascii_case("restricted"))
        })
    })
}

/// What the banner says of language and format: `Interpreter: Igbo`.
fn language_need(patient: Node<'_>) -> Option<String> {
    let needs =
        |holder: Node<'_>, name: &str| extension(holder, name).is_some_and(|told| told.says("valueBoolean", "true"));
    let uk_core = extension(patient, "NHSCommunication");
    let told_apart = uk_core.and_then(|told| extension_text(told, "language"));
    let wanted = needs(patient, "patient-interpreterRequired")
        || uk_core.is_some_and(|told| needs(told, "interpreterRequired"))
        || patient.list("communication").any(|communication| needs(communication, "interpreterRequired"));
    let language = told_apart.or_else(|| language_in_use(patient));
    let spoken = match (wanted, language) {
        (true, Some(language)) => Some(format!("Interpreter: {language}")),
        (true, None) => Some("Interpreter needed".to_owned()),
        (false, language) => {
            language.filter(|language| language != "English").map(|language| format!("Language: {language}"))
        }
    };
    let preference = extension(patient, "ContactPreference");
    let format = preference.and_then(|told| extension_text(told, "PreferredWrittenCommunicationFormat"));
    joined(spoken.into_iter().chain(format.map(|format| format!("Format: {format}"))), "; ")
}

/// The preferred language, else the first; English where it is among several
/// and none is preferred.
fn language_in_use(patient: Node<'_>) -> Option<String> {
    let languages = || {
        patient.list("communication").filter_map(|communication| Some((communication, communication.get("language")?)))
    };
    let is_english = |language: Node<'_>| ["en", "en-GB", "en-US", "eng"].iter().any(|code| has_code(language, code));
    let preferred = languages().find(|(communication, _)| communication.says("preferred", "true"));
    let english = || languages().find(|(_, language)| is_english(*language));
    let (_, language) = preferred.or_else(english).or_else(|| languages().next())?;
    if is_english(language) { Some("English".to_owned()) } else { concept(language) }
}
