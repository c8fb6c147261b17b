use jiff::Timestamp;

use super::background;
use super::charts::{Part, parts};
use super::datatypes;
use super::documents;
use super::draft::{About, Draft, NOTES_MAX, REPETITIONS_MAX};
use super::header::Header;
use super::immunisations;
use super::matter::{self, Matter};
use super::medicines;
use super::merge;
use super::message::{Message, Segment};
use super::not_shown;
use super::orders::Nesting;
use super::referral;
use super::results;
use super::schedule;
use super::visit;
use crate::{Change, Delivery, Outcome, Problem, Rearrangement, Unit};

/// Reads one message: one unit, whatever it holds.
///
/// Types that [`super::is_shown`] names are applied, merges and their like wait for
/// a decision, every other type is kept. A unit is refused when it must speak of a
/// patient and does not say of whom, when it names nobody by any number, when its
/// NHS number cannot be one, or when it lacks the segment that it is about.
///
/// # Errors
/// When the bytes cannot be read as a message at all: see [`Message::parse`]; or
/// when it says neither what it is (`MSH-9`) nor its name (`MSH-10`).
pub fn read(bytes: &[u8]) -> Result<Delivery, Problem> {
    read_at(bytes, None)
}

/// The same, knowing when: a restriction of access that has ended before is none.
///
/// # Errors
/// As [`read`].
pub fn read_at(bytes: &[u8], at: Option<Timestamp>) -> Result<Delivery, Problem> {
    let message = Message::parse(bytes)?;
    let segment = message.segments().next().ok_or_else(|| Problem::new("MSH", "the message is empty"))?;
    let header = Header::of(segment);
    let kind = matter::kind(&message, &header)
        .ok_or_else(|| Problem::new("MSH-9", "the message does not say its type and trigger event"))?;
    if header.control_id.is_none() {
        return Err(Problem::new("MSH-10", "the message has no control id"));
    }
    let mut notes = Vec::new();
    if header.stated_at.is_none() && !segment.field(7).is_absent() {
        notes.push(Problem::new("MSH-7", "not a date that exists"));
    }
    let outcome = match Matter::of(&kind) {
        None => Outcome::Keep,
        Some(matter) => outcome(&message, &header, (&kind, matter), at, &mut notes).unwrap_or_else(Outcome::Refuse),
    };
    let unit = Unit { kind, span: 0..bytes.len(), outcome, notes };
    Ok(Delivery { control_id: header.control_id, stated_at: header.stated_at, units: vec![unit] })
}

/// The changes of a message, one per chart, or what it asks about charts; kept where
/// it rightly speaks of nobody.
fn outcome(
    message: &Message<'_>,
    header: &Header,
    (kind, matter): (&str, Matter),
    read_at: Option<Timestamp>,
    notes: &mut Vec<Problem>,
) -> Result<Outcome, Problem> {
    if message.segments().skip(1).any(|segment| segment.name() == "MSH") {
        return Err(Problem::new("MSH", "more than one message stands in one frame"));
    }
    let about = About { read_at, ..about(message, header, kind) };
    not_shown::note(message, matter, notes);
    let mut parts = parts(message, &about)?;
    if parts.is_empty() {
        let fault = || Problem::new("PID", "the message speaks of a patient and has no PID segment");
        return if matter.may_be_about_nobody(&about.event) { Ok(Outcome::Keep) } else { Err(fault()) };
    }
    let asks = if matter == Matter::Administration { merge::asks(&about.event, &mut parts)? } else { Vec::new() };
    let mut changes = Vec::with_capacity(parts.len());
    for Part { chart, segments, mut draft } in parts {
        read_part(matter, &segments, &mut draft)?;
        let (entries, mut told) = draft.finish();
        notes.append(&mut told);
        changes.push(Change { chart, entries });
    }
    notes.truncate(NOTES_MAX);
    Ok(if asks.is_empty() { Outcome::Apply(changes) } else { Outcome::Rearrange(Rearrangement { asks, changes }) })
}

fn read_part(matter: Matter, segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    draft.sensitive = segments.iter().take_while(|segment| segment.name() != "PV1").any(restricts_content);
    match matter {
        Matter::Administration => {
            for visit in segments.iter().filter(|segment| segment.name() == "PV1").take(REPETITIONS_MAX) {
                visit::read(*visit, segments, draft);
            }
        }
        Matter::Scheduling => schedule::read(segments, draft)?,
        Matter::Documents => documents::read(segments, draft)?,
        Matter::Medicines => medicines::read(segments, draft)?,
        Matter::Immunisations => immunisations::read(segments, draft)?,
        Matter::Referrals => referral::read(segments, draft)?,
        // Until v2.4 a prescription may come as an ORM.
        Matter::Orders if segments.iter().any(|segment| segment.name() == "RXO") => medicines::read(segments, draft)?,
        Matter::Results | Matter::Orders => {}
    }
    background::read(segments, draft);
    match matter {
        Matter::Documents => {}
        // What is observed behind a medicine or vaccine is about that.
        Matter::Medicines | Matter::Immunisations => {
            let before: Vec<_> = segments.iter().take_while(|segment| !begins_an_order(segment)).copied().collect();
            results::read(&before, nesting(matter, draft), draft);
        }
        _ => results::read(segments, nesting(matter, draft), draft),
    }
    Ok(())
}

fn begins_an_order(segment: &Segment<'_>) -> bool {
    matches!(segment.name(), "ORC" | "RXO" | "RXE" | "RXD" | "RXA")
}

/// How the standard nests orders in such a message.
fn nesting(matter: Matter, draft: &Draft) -> Nesting {
    match (matter, draft.about.event.as_str()) {
        (Matter::Results, "R22" | "R23") => Nesting::BySpecimen,
        (Matter::Orders, _) => Nesting::Requests,
        _ => Nesting::ByOrder,
    }
}

/// A restriction on some kind of content of this person (`ARV-3`, HL7 table 0717)
/// that is not about who or where they are: all that comes with it is sensitive.
fn restricts_content(segment: &Segment<'_>) -> bool {
    let says = |number: usize| segment.field(number).component(1).bytes();
    segment.name() == "ARV"
        && says(2) != b"D"
        && !matches!(says(3), b"" | b"DEM" | b"LOC" | b"NO" | b"PID-7" | b"PID-17")
}

fn about(message: &Message<'_>, header: &Header, kind: &str) -> About {
    let event = message.segment("EVN");
    let time = |number: usize| event.and_then(|event| datatypes::when(event.field(number)).ok().flatten());
    let recorded = time(2).or(header.stated_at);
    About {
        recorded,
        happened: time(6).or(recorded),
        organisation: header.sending_facility.clone(),
        event: kind.split('^').nth(1).unwrap_or_default().to_owned(),
        read_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use record::{Content, Sensitivity};

    const PERSON: &str = "PID|1||77^^^RXX^MR~9990000018^^^NHS^NH||Okafor^Grace||19610209|F";

    fn message(kind: &str, segments: &str) -> String {
        format!("MSH|^~\\&|PAS|RXX01|CC|SEL|20261102090000||{kind}|42|P|2.4\r{segments}\r")
    }

    fn unit(kind: &str, segments: &str) -> Unit {
        read(message(kind, segments).as_bytes()).unwrap().units.remove(0)
    }

    fn applied(kind: &str, segments: &str) -> Vec<Change> {
        match unit(kind, segments).outcome {
            Outcome::Apply(changes) => changes,
            other => panic!("{kind} was not applied but {other:?}"),
        }
    }

    #[test]
    fn a_message_is_one_unit_that_spans_it() {
        let text = message("ADT^A01^ADT_A01", PERSON);
        let delivery = read(text.as_bytes()).unwrap();
        assert_eq!(delivery.control_id.as_deref(), Some("42"));
        assert_eq!(delivery.stated_at.unwrap().to_iso(), "2026-11-02T09:00:00");
        let unit = &delivery.units[0];
        assert_eq!((unit.kind.as_str(), unit.span.clone()), ("ADT^A01", 0..text.len()));
        let Outcome::Apply(changes) = &unit.outcome else { panic!("applied") };
        assert_eq!(changes[0].chart.key, "RXX|77");
        assert_eq!(changes[0].chart.told.as_ref().unwrap().nhs_number.unwrap().digits(), "9990000018");
    }

    #[test]
    fn entries_know_the_organisation_and_when_they_were_recorded() {
        let changes = applied("ADT^A01", &format!("EVN|A01|20261102085500\r{PERSON}\rPV1|1|I\rAL1|1|DA|^Penicillin"));
        assert_eq!(changes[0].entries.len(), 2);
        for entry in &changes[0].entries {
            assert_eq!(entry.organisation.as_deref(), Some("RXX01"));
            assert_eq!(entry.recorded.unwrap().to_iso(), "2026-11-02T08:55:00");
        }
    }

    #[test]
    fn supported_types_are_applied_and_others_kept() {
        let appointment = format!("SCH|P9\r{PERSON}");
        let letter = format!("{PERSON}\rTXA|1|DS||||||||||D1");
        for (kind, segments) in [
            ("ADT^A08", PERSON),
            ("ORU^R01", PERSON),
            ("ORU^R30", PERSON),
            ("SIU^S12", &appointment),
            ("MDM^T02", &letter),
        ] {
            assert!(matches!(unit(kind, segments).outcome, Outcome::Apply(_)), "{kind}");
        }
        for kind in ["BAR^P01", "DFT^P03", "ORL^O22", "RGV^O15", "ZZZ^Z01", "ORU^R99", "ADT^Z1", "ADT^A63", "ACK^A01"] {
            assert_eq!(unit(kind, PERSON).outcome, Outcome::Keep, "{kind}");
        }
        assert_eq!(unit("ADT^A20", "NPU|1").outcome, Outcome::Keep);
    }

    #[test]
    fn faults_refuse_the_unit_and_name_the_place() {
        let place = |kind: &str, segments: &str| match unit(kind, segments).outcome {
            Outcome::Refuse(problem) => problem.place,
            other => panic!("{kind} was not refused but {other:?}"),
        };
        assert_eq!(place("ADT^A01", "EVN|A01"), "PID");
        assert_eq!(place("ADT^A01", "PID|1||||Okafor^Grace"), "PID-3");
        assert_eq!(place("ORU^R01", "PID|1||77^^^RXX^MR~9990000019^^^NHS^NH"), "PID-3");
        assert_eq!(place("SIU^S12", PERSON), "SCH");
        assert_eq!(place("MDM^T02", PERSON), "TXA");
        assert_eq!(place("ADT^A01", &format!("{PERSON}\r{}", message("ADT^A01", PERSON))), "MSH");
    }

    #[test]
    fn what_cannot_be_read_at_all_is_an_error() {
        let place = |text: &[u8]| read(text).unwrap_err().place;
        assert_eq!(place(b""), "MSH");
        assert_eq!(place(b"MSH|^~\\&"), "MSH-9");
        assert_eq!(place(b"MSH|^~\\&|||||||ADT|42\r"), "MSH-9");
        assert_eq!(place(b"MSH|^~\\&|||||||ADT^A01|\r"), "MSH-10");
        assert_eq!(place(b"MSH|^^^^|||||||ADT^A01|42\r"), "MSH-2");
        assert_eq!(place(b"MSH|^~\\&|||||||ADT^A01|42\rPID|1||7||Zo\xEB\r"), "MSH-18");
    }

    #[test]
    fn a_declared_character_set_is_read() {
        let text = b"MSH|^~\\&|||||||ADT^A28|42|P|2.4||||||8859/1\rPID|1||7||Zo\xEB^Zo\xEB\r";
        let Outcome::Apply(changes) = &read(text).unwrap().units[0].outcome else { panic!("applied") };
        assert_eq!(changes[0].chart.told.as_ref().unwrap().name.family, "Zoë");
    }

    #[test]
    fn the_same_patient_named_for_each_order_is_one_chart() {
        let twice = format!("{PERSON}\rOBR|1||L1|p\rOBX|1|NM|k||1\r{PERSON}\rOBR|2||L2|p\rOBX|1|NM|k||2");
        assert_eq!(applied("ORU^R01", &twice).iter().map(|c| c.entries.len()).collect::<Vec<_>>(), [2]);
        let two = format!("{PERSON}\rOBR|1||L1|p\rOBX|1|NM|k||1\rPID|2||78^^^RXX^MR\rOBR|2||L2|p\rOBX|1|NM|k||2");
        let keys: Vec<_> = applied("ORU^R01", &two).into_iter().map(|c| c.chart.key).collect();
        assert_eq!(keys, ["RXX|77", "RXX|78"]);
    }

    #[test]
    fn a_restriction_on_content_makes_all_of_it_sensitive() {
        let changes = applied("ADT^A01", &format!("{PERSON}\rARV|1|A|HIV\rPV1|1|I\rDG1|1||x^Something"));
        assert!(changes[0].entries.iter().all(|entry| entry.sensitivity == Sensitivity::Sensitive));
        assert!(!changes[0].chart.told.as_ref().unwrap().restricted);
    }

    #[test]
    fn a_message_about_results_makes_no_attendance() {
        let changes = applied("ORU^R01", &format!("{PERSON}\rPV1|1|I\rOBR|1||L1|p\rOBX|1|NM|k||1"));
        assert!(matches!(changes[0].entries[..], [ref one] if matches!(one.content, Content::TestResult(_))));
    }

    fn segment_soup() -> impl Strategy<Value = String> {
        let name = prop::sample::select(super::super::not_shown::READ.to_vec());
        let value =
            prop::sample::select(vec!["", "|", "^", "~", "&", "1", "20261102", "7^Hart^Rosa", "\"\"", "Y", "TX", "\\"]);
        let segment =
            (name, prop::collection::vec(value, 0..40)).prop_map(|(n, values)| format!("{n}|{}", values.join("|")));
        prop::collection::vec(segment, 0..12).prop_map(|segments| segments.join("\r"))
    }

    proptest! {
        #[test]
        fn no_segments_make_it_panic_and_keys_stay_short_and_unique(
            kind in prop::sample::select(vec![
                "ADT^A01", "ADT^A03", "ADT^A60", "ORU^R01", "OUL^R22", "ORM^O01", "SIU^S12", "MDM^T10", "RDE^O11",
                "RDS^O13", "RAS^O17", "VXU^V04", "REF^I12",
            ]),
            soup in segment_soup(),
        ) {
            let Ok(delivery) = read(message(kind, &format!("{PERSON}\r{soup}")).as_bytes()) else { return Ok(()) };
            let Outcome::Apply(changes) = &delivery.units[0].outcome else { return Ok(()) };
            for change in changes {
                let mut keys: Vec<_> = change.entries.iter().map(|entry| entry.key.as_str()).collect();
                prop_assert!(keys.iter().all(|key| key.len() <= record::NewEntry::KEY_LENGTH_MAX));
                keys.sort_unstable();
                keys.dedup();
                prop_assert_eq!(keys.len(), change.entries.len());
            }
        }

        #[test]
        fn the_lane_key_is_the_chart_key(soup in segment_soup()) {
            let text = message("ADT^A01", &format!("{PERSON}\r{soup}"));
            let key = super::super::patient_key(text.as_bytes());
            prop_assert_eq!(key.as_deref(), Some("RXX|77"));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = read(&[b"MSH|^~\\&|||||||ADT^A01|42\r".as_slice(), &bytes].concat());
        }
    }
}
