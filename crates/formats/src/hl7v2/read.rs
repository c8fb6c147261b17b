use jiff::Timestamp;

use super::background;
use super::charts::{Part, parts};
use super::datatypes;
use super::documents;
use super::draft::{About, Draft, NOTES_MAX, REPETITIONS_MAX};
use super::header::Header;
use super::message::{Message, Segment};
use super::results;
use super::schedule;
use super::visit;
use crate::{Change, Delivery, Outcome, Problem, Unit};

/// Reads one message: one unit, whatever it holds.
///
/// `ADT`, `ORU` (R01, R30 to R32), `SIU` (S12 to S26) and `MDM` (T01 to T11) are
/// applied; every other type is kept. A unit is refused when it must speak of a
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
    let kind = header
        .kind
        .clone()
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
        Some(matter) => match changes(&message, &header, matter, at, &mut notes) {
            Ok(Some(changes)) => Outcome::Apply(changes),
            Ok(None) => Outcome::Keep,
            Err(problem) => Outcome::Refuse(problem),
        },
    };
    let unit = Unit { kind, span: 0..bytes.len(), outcome, notes };
    Ok(Delivery { control_id: header.control_id, stated_at: header.stated_at, units: vec![unit] })
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    Administration,
    Results,
    Scheduling,
    Documents,
}

impl Matter {
    fn of(kind: &str) -> Option<Self> {
        let (code, event) = kind.split_once('^')?;
        let number = |letter: char| event.strip_prefix(letter).and_then(|number| number.parse::<u8>().ok());
        match code {
            "ADT" => number('A').map(|_| Self::Administration),
            "ORU" => number('R').filter(|n| matches!(n, 1 | 30..=32)).map(|_| Self::Results),
            "SIU" => number('S').filter(|n| (12..=26).contains(n)).map(|_| Self::Scheduling),
            "MDM" => number('T').filter(|n| (1..=11).contains(n)).map(|_| Self::Documents),
            _ => None,
        }
    }

    /// Whether its event is about beds or slots and need not name a patient.
    fn may_be_about_nobody(self, event: &str) -> bool {
        match self {
            Self::Administration => event == "A20",
            Self::Scheduling => matches!(event, "S23" | "S24"),
            Self::Results | Self::Documents => false,
        }
    }
}

/// The changes of a message, one per chart; `None` where it rightly speaks of nobody.
fn changes(
    message: &Message<'_>,
    header: &Header,
    matter: Matter,
    read_at: Option<Timestamp>,
    notes: &mut Vec<Problem>,
) -> Result<Option<Vec<Change>>, Problem> {
    if message.segments().skip(1).any(|segment| segment.name() == "MSH") {
        return Err(Problem::new("MSH", "more than one message stands in one frame"));
    }
    let about = About { read_at, ..about(message, header) };
    note_what_is_not_shown(message, matter, notes);
    let parts = parts(message, &about)?;
    if parts.is_empty() {
        let fault = || Problem::new("PID", "the message speaks of a patient and has no PID segment");
        return if matter.may_be_about_nobody(&about.event) { Ok(None) } else { Err(fault()) };
    }
    let mut changes = Vec::with_capacity(parts.len());
    for Part { chart, segments, mut draft } in parts {
        read_part(matter, &segments, &mut draft)?;
        let (entries, mut told) = draft.finish();
        notes.append(&mut told);
        changes.push(Change { chart, entries });
    }
    notes.truncate(NOTES_MAX);
    Ok(Some(changes))
}

fn read_part(matter: Matter, segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    draft.sensitive = segments.iter().take_while(|segment| segment.name() != "PV1").any(restricts_content);
    match matter {
        Matter::Administration => {
            for visit in segments.iter().filter(|segment| segment.name() == "PV1").take(REPETITIONS_MAX) {
                visit::read(*visit, segments, draft);
            }
            note_merge(segments, draft);
        }
        Matter::Scheduling => schedule::read(segments, draft)?,
        Matter::Documents => documents::read(segments, draft)?,
        Matter::Results => {}
    }
    segments.iter().for_each(|segment| background::read(*segment, draft));
    if matter != Matter::Documents {
        results::read(segments, draft);
    }
    Ok(())
}

/// A restriction on some kind of content of this person (`ARV-3`, HL7 table 0717)
/// that is not about who or where they are: all that comes with it is sensitive.
fn restricts_content(segment: &Segment<'_>) -> bool {
    let says = |number: usize| segment.field(number).component(1).bytes();
    segment.name() == "ARV"
        && says(2) != b"D"
        && !matches!(says(3), b"" | b"DEM" | b"LOC" | b"NO" | b"PID-7" | b"PID-17")
}

fn note_merge(segments: &[Segment<'_>], draft: &mut Draft) {
    if draft.about.event == "A29" {
        draft.note("EVN-1", "the sender deletes this person; the deletion itself waits for a hand");
    }
    let linked = matches!(draft.about.event.as_str(), "A24" | "A37");
    if linked || segments.iter().any(|segment| segment.name() == "MRG") {
        draft.note("MRG", "the patient was updated; the merge or link itself waits for the index of persons");
    }
}

fn about(message: &Message<'_>, header: &Header) -> About {
    let event = message.segment("EVN");
    let time = |number: usize| event.and_then(|event| datatypes::when(event.field(number)).ok().flatten());
    let recorded = time(2).or(header.stated_at);
    About {
        recorded,
        happened: time(6).or(recorded),
        organisation: header.sending_facility.clone(),
        event: header.kind.as_deref().and_then(|kind| kind.split('^').nth(1)).unwrap_or_default().to_owned(),
        read_at: None,
    }
}

/// Segments that are read, or that hold nothing about a person beyond what is read.
const READ: [&str; 31] = [
    "MSH", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "AL1", "IAM", "DG1", "ORC", "OBR", "OBX", "NTE", "SPM", "SCH",
    "AIS", "AIG", "AIL", "AIP", "TXA", "TQ1", "RGS", "MRG", "ARV", "SFT", "DSC", "UAC", "ERR", "MSA", "CON",
];

/// Says once for each segment name that its content is not shown.
fn note_what_is_not_shown(message: &Message<'_>, matter: Matter, notes: &mut Vec<Problem>) {
    let mut told: Vec<&str> = Vec::new();
    let mut before = "";
    for segment in message.segments() {
        let name = segment.name();
        // A comment on the person or visit has no place on the record.
        let stray_comment = name == "NTE" && matches!(before, "PID" | "PD1" | "PV1" | "PV2");
        if (stray_comment || !READ.contains(&name)) && !told.contains(&name) && told.len() < NOTES_MAX {
            told.push(name);
            let place = if name.is_empty() { "message" } else { name };
            let what = match name {
                "" => "a line that is no segment is kept in the original and not shown",
                _ => "this segment is kept in the original and not shown",
            };
            notes.push(Problem::new(place, what));
        }
        if matter == Matter::Documents && name == "OBR" && !told.contains(&"OBR") {
            told.push("OBR");
            notes.push(Problem::new("OBR", "the order of a document is kept in the original and not shown"));
        }
        before = name;
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
        for kind in ["BAR^P01", "DFT^P03", "ORM^O01", "VXU^V04", "RDE^O11", "REF^I12", "ZZZ^Z01", "ORU^R99", "ADT^Z1"] {
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
    fn a_merge_updates_the_patient_and_says_that_it_waits() {
        let unit = unit("ADT^A40", &format!("{PERSON}\rMRG|78^^^RXX^MR"));
        assert!(matches!(&unit.outcome, Outcome::Apply(changes) if changes.len() == 1));
        assert_eq!(unit.notes.iter().map(|note| note.place.as_str()).collect::<Vec<_>>(), ["MRG"]);
    }

    #[test]
    fn what_is_not_shown_is_said_once() {
        let unit = unit("ADT^A01", &format!("{PERSON}\rNTE|1||call first\rZZ1|a\rZZ1|b\rpid|x"));
        let places: Vec<_> = unit.notes.iter().map(|note| note.place.as_str()).collect();
        assert_eq!(places, ["NTE", "ZZ1", "message"]);
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
        let name = prop::sample::select(READ.to_vec());
        let value =
            prop::sample::select(vec!["", "|", "^", "~", "&", "1", "20261102", "7^Hart^Rosa", "\"\"", "Y", "TX", "\\"]);
        let segment =
            (name, prop::collection::vec(value, 0..40)).prop_map(|(n, values)| format!("{n}|{}", values.join("|")));
        prop::collection::vec(segment, 0..12).prop_map(|segments| segments.join("\r"))
    }

    proptest! {
        #[test]
        fn no_segments_make_it_panic_and_keys_stay_short_and_unique(
            kind in prop::sample::select(vec!["ADT^A01", "ADT^A03", "ORU^R01", "SIU^S12", "MDM^T10"]),
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
