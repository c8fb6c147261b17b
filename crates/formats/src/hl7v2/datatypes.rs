//! The standard's compound data types (HL7 v2.5 chapter 2.A) as words.

use jiff::civil::Time;
use record::{Audience, Code, NotADate, PersonName, When};

use super::draft::joined;
use super::field::{Field, Repetition};

/// What a coded value (`CE`, `CWE`, `CNE`) says: its text, the sender's own words,
/// or else the bare code.
pub(super) fn coded_text(value: Repetition<'_>) -> Option<String> {
    [2, 9, 5, 1, 4].into_iter().find_map(|number| value.component(number).told())
}

/// The code of a coded value. Three systems are known by their URI, so that they
/// compare with what FHIR sources send; others keep the name that was sent.
pub(super) fn code(value: Repetition<'_>) -> Option<Code> {
    let code = value.component(1).told()?;
    let told = value.component(3).told().unwrap_or_default();
    let system = match told.as_str() {
        "LN" => "http://loinc.org",
        "SCT" | "SNOMED-CT" | "SNOMEDCT" => "http://snomed.info/sct",
        "DMD" => "https://dmd.nhs.uk",
        other => other,
    };
    Some(Code { system: system.into(), code })
}

/// A date or time (`DT`, `DTM`, `TS`); `None` where none was told.
pub(super) fn when(field: Field<'_>) -> Result<Option<When>, NotADate> {
    match field.component(1).told() {
        None => Ok(None),
        Some(text) => When::parse_hl7(&text).map(Some),
    }
}

/// A time of day (`TM`) or a date as a result's value: shown as staff read it,
/// or as told where it cannot be read.
pub(super) fn shown_time(text: &str, kind: &str) -> String {
    if kind == "TM" {
        let part = |from: usize| text.get(from..from + 2).and_then(|two| two.parse::<i8>().ok());
        let time = part(0).zip(part(2)).and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
        return time.map_or_else(|| text.to_owned(), |time| record::show_time(time, Audience::Staff));
    }
    When::parse_hl7(text).map_or_else(|_| text.to_owned(), |when| when.show(Audience::Staff))
}

/// A person's name (`XPN`).
pub(super) fn person_name(name: Repetition<'_>) -> Option<PersonName> {
    let family = name.component(1).subcomponent(1).told().unwrap_or_default();
    let given: Vec<String> = [2, 3].into_iter().filter_map(|number| name.component(number).told()).collect();
    let told = !family.is_empty() || !given.is_empty();
    told.then(|| PersonName { family, given, title: name.component(5).told(), preferred: None })
}

/// A clinician (`XCN`) as they are called: `Dr Natasha Litherland`. `None` where
/// only a number was sent. `PPN` and `NDL` begin in the same way.
pub(super) fn clinician(person: Repetition<'_>) -> Option<String> {
    let first = person.component(1);
    // NDL (OBR-32) holds the person in the sub-components of its first component.
    let inner = |number: usize| first.subcomponent(number).told();
    let of = |number: usize| person.component(number).subcomponent(1).told();
    let parts = match (of(2), of(3), inner(2).or_else(|| inner(3))) {
        (None, None, Some(_)) => [inner(6), inner(3), inner(2)],
        (None, None, None) => [None, None, of(1).filter(|text| !text.bytes().any(|b| b.is_ascii_digit()))],
        (family, given, _) => [of(6), given, family],
    };
    joined(parts.into_iter().flatten(), " ")
}

/// The first clinician in these fields.
pub(super) fn first_clinician<'m>(fields: impl IntoIterator<Item = Field<'m>>) -> Option<String> {
    fields.into_iter().flat_map(|field| field.repetitions()).find_map(clinician)
}

/// A place (`PL`): `OtherWard, MainRoom, Bed 3, Simulated Hospital`.
pub(super) fn place(location: Repetition<'_>) -> Option<String> {
    let part = |number: usize| location.component(number).subcomponent(1).told();
    let mut parts: Vec<String> = Vec::new();
    for told in [part(1), part(2), part(3), part(4).or_else(|| part(7))].into_iter().flatten() {
        if !parts.contains(&told) {
            parts.push(told);
        }
    }
    let described = || location.component(9).told();
    if parts.is_empty() { described() } else { Some(parts.join(", ")) }
}

/// A telephone number (`XTN`); `None` for an electronic address.
pub(super) fn telephone(number: Repetition<'_>) -> Option<String> {
    let part = |at: usize| number.component(at).told();
    let equipment = part(3).unwrap_or_default();
    if part(2).as_deref() == Some("NET") || equipment.eq_ignore_ascii_case("internet") || equipment.starts_with("X.400")
    {
        return None;
    }
    let whole = part(1).or_else(|| part(12)).filter(|text| !text.contains('@'));
    whole.or_else(|| part(7).map(|local| [part(6).unwrap_or_default(), local].concat()))
}

/// An organisation (`XON`): its name, or its code.
pub(super) fn organisation(value: Repetition<'_>) -> Option<String> {
    [1, 10, 3].into_iter().find_map(|number| value.component(number).subcomponent(1).told())
}

/// The first telling part of an identifier (`EI`, `CX`, `HD`).
pub(super) fn identifier(field: Field<'_>) -> Option<String> {
    (1..=3).find_map(|number| field.component(number).subcomponent(1).told())
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;

    fn with<T>(value: &str, read: impl Fn(Field<'_>) -> T) -> T {
        let message = format!("MSH|^~\\&|A\rZZZ|{value}\r");
        read(Message::parse(message.as_bytes()).unwrap().segment("ZZZ").unwrap().field(1))
    }

    #[test]
    fn clinicians_are_called_by_their_names() {
        let called = |value: &str| with(value, |field| clinician(field.repetition(0)));
        assert_eq!(called("C007^Litherland^Natasha^^^Dr^^^DRNBR").as_deref(), Some("Dr Natasha Litherland"));
        assert_eq!(called("1234^van Beethoven&van^Ludwig").as_deref(), Some("Ludwig van Beethoven"));
        assert_eq!(called("005454&ROBIN&JO^^^LAB").as_deref(), Some("JO ROBIN"));
        assert_eq!(called("IvanDoctorovich").as_deref(), Some("IvanDoctorovich"));
        assert_eq!(called("C007"), None);
    }

    #[test]
    fn places_run_from_the_ward_to_the_hospital() {
        let at = |value: &str| with(value, |field| place(field.repetition(0)));
        assert_eq!(at("Ward 4^Bay B^Bed 2^Kingsbrook&1.2^^BED").as_deref(), Some("Ward 4, Bay B, Bed 2, Kingsbrook"));
        assert_eq!(at("^^^Kingsbrook").as_deref(), Some("Kingsbrook"));
        assert_eq!(at("^^^^"), None);
    }

    #[test]
    fn telephones_are_numbers_and_not_addresses_of_mail() {
        let number = |value: &str| with(value, |field| telephone(field.repetition(0)));
        assert_eq!(number("020 7000 0001^HOME").as_deref(), Some("020 7000 0001"));
        assert_eq!(number("^PRN^PH^^44^020^70000001").as_deref(), Some("02070000001"));
        assert_eq!(number("^NET^Internet^a@b.example"), None);
    }

    #[test]
    fn times_as_values_are_shown_as_staff_read_them() {
        assert_eq!(shown_time("20261102", "DT"), "02-Nov-2026");
        assert_eq!(shown_time("1305", "TM"), "13:05");
        assert_eq!(shown_time("soon", "DT"), "soon");
    }

    #[test]
    fn codes_keep_their_system() {
        let read = |value: &str| with(value, |field| code(field.repetition(0)).unwrap().system);
        assert_eq!(&*read("718-7^Haemoglobin^LN"), "http://loinc.org");
        assert_eq!(&*read("us-0003^UREA^WinPath"), "WinPath");
    }
}
