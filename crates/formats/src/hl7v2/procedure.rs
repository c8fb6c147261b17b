use jiff::SignedDuration;
use record::{Content, Procedure, Standing, When};

use super::datatypes::{code, coded_text, first_clinician, identifier};
use super::demographics::is_yes;
use super::draft::{Draft, joined};
use super::message::Segment;

/// A procedure or operation (`PR1`). The segment has no state: what stands there was
/// done or coded as done, and the page says that no state was recorded.
pub(super) fn read(segment: Segment<'_>, draft: &mut Draft) {
    let coded = segment.field(3).repetition(0);
    let Some(term) = coded_text(coded).or_else(|| segment.field(4).told()) else {
        draft.note("PR1-3", "a procedure without code and description; it was not taken");
        return;
    };
    let start = draft.when(segment, 5);
    let code = code(coded);
    let known_as = code.as_ref().map_or(term.clone(), |code| code.code.clone());
    let key = match identifier(segment.field(19)) {
        Some(number) => format!("procedure|{number}"),
        None => format!("procedure|{known_as}|{}", start.map(When::to_iso).unwrap_or_default()),
    };
    let reasons = segment.field(15).repetitions().filter_map(coded_text);
    let procedure = Procedure {
        term,
        status: "Not recorded".to_owned(),
        start,
        end: start.and_then(|start| end(start, segment)),
        performer: first_clinician([11, 12].map(|number| segment.field(number))),
        reason: joined(reasons, ", "),
        outcome: None,
    };
    let mut entry = draft.entry(key, Content::Procedure(procedure));
    entry.when = start;
    entry.code = code;
    entry.standing =
        if segment.field(20).component(1).bytes() == b"D" { Standing::EnteredInError } else { Standing::Past };
    if is_yes(segment.field(22)) {
        entry.sensitivity = record::Sensitivity::Sensitive;
    }
    draft.push(entry);
}

/// `PR1-7`: how many minutes it took.
fn end(start: When, segment: Segment<'_>) -> Option<When> {
    let minutes: i64 = segment.field(7).component(1).told()?.parse().ok().filter(|n| (1..=10_000).contains(n))?;
    let duration = SignedDuration::from_secs(minutes * 60);
    match start {
        When::Local(at) => at.checked_add(duration).ok().map(When::Local),
        When::Instant(at, offset) => at.checked_add(duration).ok().map(|at| When::Instant(at, offset)),
        When::Year(_) | When::Month(..) | When::Day(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;
    use record::NewEntry;

    fn read_one(segment: &str) -> Option<NewEntry> {
        let text = format!("MSH|^~\\&|A\r{segment}\r");
        let message = Message::parse(text.as_bytes()).unwrap();
        let mut draft = Draft::default();
        read(message.segment("PR1")?, &mut draft);
        draft.finish().0.into_iter().next()
    }

    #[test]
    fn a_procedure_has_its_name_time_surgeon_and_reason() {
        let entry = read_one(
            "PR1|1||80146002^Appendicectomy^SCT|Appendicectomy|202611020900||45||||7^Hart^Rosa^^^Dr||||74400008^Appendicitis^SCT||||PR77",
        )
        .unwrap();
        let Content::Procedure(it) = &entry.content else { panic!("a procedure") };
        assert_eq!((entry.key.as_str(), it.term.as_str()), ("procedure|PR77", "Appendicectomy"));
        assert_eq!(it.start.map(When::to_iso).as_deref(), Some("2026-11-02T09:00:00"));
        assert_eq!(it.end.map(When::to_iso).as_deref(), Some("2026-11-02T09:45:00"));
        assert_eq!((it.performer.as_deref(), it.reason.as_deref()), (Some("Dr Rosa Hart"), Some("Appendicitis")));
        assert_eq!((entry.standing, entry.code.unwrap().code.as_str()), (Standing::Past, "80146002"));
    }

    #[test]
    fn a_procedure_can_be_taken_back_and_needs_a_name() {
        let deleted = read_one(&format!("PR1|1|||Hip replacement|2026{}D", "|".repeat(15))).unwrap();
        assert_eq!(
            (deleted.standing, deleted.key.as_str()),
            (Standing::EnteredInError, "procedure|Hip replacement|2026")
        );
        assert!(read_one("PR1|1||||2026").is_none());
    }
}
