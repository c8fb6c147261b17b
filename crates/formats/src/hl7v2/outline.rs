use super::message::{Message, Segment};
use crate::Problem;
use crate::outline::{OUTLINE_FIELDS_MAX, OUTLINE_LINES_MAX, Outline, OutlineField, OutlineLine};

/// What the standard calls the fields in which a patient's message is most often wrong.
const NAMES: &[(&str, usize, &str)] = &[
    ("MSH", 7, "date and time of the message"),
    ("MSH", 9, "message type"),
    ("MSH", 10, "message control id"),
    ("MSH", 12, "version"),
    ("MSH", 18, "character set"),
    ("PID", 2, "patient id (old place)"),
    ("PID", 3, "patient identifiers"),
    ("PID", 5, "name"),
    ("PID", 7, "date of birth"),
    ("PID", 8, "sex"),
    ("PID", 11, "address"),
    ("PID", 13, "telephone"),
    ("PID", 29, "date of death"),
    ("PV1", 2, "patient class"),
    ("PV1", 3, "location"),
    ("PV1", 19, "visit number"),
    ("PV1", 44, "admitted"),
    ("PV1", 45, "discharged"),
    ("OBR", 4, "what was asked for"),
    ("OBR", 7, "when it was observed"),
    ("OBX", 2, "type of the value"),
    ("OBX", 3, "what was observed"),
    ("OBX", 5, "value"),
    ("OBX", 11, "status"),
    ("MRG", 1, "earlier patient identifiers"),
];

/// How a message is built, with the place of its fault (`PID-7`) marked, and
/// nothing of what it says. One that cannot be taken apart has no lines.
#[must_use]
pub fn outline(bytes: &[u8], fault: &Problem) -> Outline {
    let Ok(message) = Message::parse(bytes) else { return Outline::default() };
    let (segment_at_fault, field_at_fault) = place(&fault.place);
    let mut is_found = false;
    let mut outline = Outline::default();
    for segment in message.segments() {
        // A place names a segment by its type: the first of them is marked.
        let is_at_fault = !is_found && !segment.name().is_empty() && segment.name() == segment_at_fault;
        is_found |= is_at_fault;
        if outline.lines.len() == OUTLINE_LINES_MAX {
            outline.more += 1;
            continue;
        }
        let name = if segment.name().is_empty() { "a line that is no segment" } else { segment.name() };
        outline.lines.push(OutlineLine {
            name: name.to_owned(),
            is_at_fault,
            fault: is_at_fault.then(|| fault.clone()),
            fields: if is_at_fault { fields(segment, field_at_fault) } else { Vec::new() },
        });
    }
    outline
}

/// The segment and the field of a place such as `PID-7` or `PID-3.1`.
fn place(place: &str) -> (&str, Option<usize>) {
    let (segment, rest) = place.split_once('-').unwrap_or((place, ""));
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (segment.trim(), rest.get(..digits).and_then(|digits| digits.parse().ok()))
}

fn fields(segment: Segment<'_>, at_fault: Option<usize>) -> Vec<OutlineField> {
    let is_filled = |number: &usize| !segment.field(*number).is_absent();
    let last = (1..=OUTLINE_FIELDS_MAX).rev().find(is_filled).unwrap_or_default();
    let last = last.max(at_fault.unwrap_or_default()).min(OUTLINE_FIELDS_MAX);
    let field = |number: usize| OutlineField {
        place: format!("{}-{number}", segment.name()),
        name: NAMES.iter().find(|(name, field, _)| *name == segment.name() && *field == number).map(|(.., name)| *name),
        is_filled: is_filled(&number),
        is_at_fault: at_fault == Some(number),
    };
    (1..=last).map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|42|P|2.4\rEVN|A08\r\
        PID|1||9990000019^^^NHS^NH||Okafor^Grace||19610402|F\rpid?\rAL1|1|DA|^Penicillin\r";

    fn outlined(place: &str) -> Outline {
        outline(MESSAGE.as_bytes(), &Problem::new(place, "the NHS number cannot be right"))
    }

    #[test]
    fn segments_are_listed_and_the_faulty_field_is_marked() {
        let outline = outlined("PID-3");
        let names: Vec<&str> = outline.lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["MSH", "EVN", "PID", "a line that is no segment", "AL1"]);
        let at_fault: Vec<_> = outline.lines.iter().filter(|line| line.is_at_fault).collect();
        assert_eq!(at_fault.len(), 1);
        let marked: Vec<_> = at_fault[0].fields.iter().filter(|field| field.is_at_fault).collect();
        assert_eq!((marked.len(), marked[0].place.as_str(), marked[0].name), (1, "PID-3", Some("patient identifiers")));
        let filled: Vec<_> = at_fault[0].fields.iter().filter(|f| f.is_filled).map(|f| f.place.as_str()).collect();
        assert_eq!(filled, ["PID-1", "PID-3", "PID-5", "PID-7", "PID-8"]);
    }

    #[test]
    fn a_field_that_is_missing_is_marked_where_it_ought_to_be() {
        let fields = &outlined("PID-11").lines[2].fields;
        assert_eq!(fields.len(), 11);
        assert!(fields[10].is_at_fault && !fields[10].is_filled);
        assert!(outlined("message").lines.iter().all(|line| !line.is_at_fault), "it is nowhere in particular");
    }

    #[test]
    fn nothing_of_what_it_says_is_told() {
        let text = format!("{:?}", outlined("PID-3"));
        for said in ["9990000019", "Okafor", "Grace", "1961", "Penicillin", "pid?"] {
            assert!(!text.contains(said), "{said} is in {text}");
        }
    }

    #[test]
    fn no_more_lines_are_listed_than_the_limit() {
        let long = format!("MSH|^~\\&|A\r{}", "NTE|1\r".repeat(OUTLINE_LINES_MAX));
        let outline = outline(long.as_bytes(), &Problem::new("PID", "there is none"));
        assert_eq!((outline.lines.len(), outline.more), (OUTLINE_LINES_MAX, 1));
        assert_eq!(super::outline(b"no message", &Problem::new("MSH", "x")), Outline::default());
    }
}
