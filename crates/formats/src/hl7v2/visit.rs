use record::{Attendance, AttendanceStatus, Content, Sensitivity, Standing, When};

use super::datatypes::{coded_text, first_clinician, identifier, place};
use super::demographics::is_yes;
use super::draft::{Draft, joined};
use super::message::Segment;
use crate::rearrangement::visit_key;

/// The key of the attendance that a `PV1` speaks of, where it has a visit number
/// (`PV1-19`).
pub(super) fn key(visit: Segment<'_>) -> Option<String> {
    identifier(visit.field(19)).as_deref().map(visit_key)
}

/// `PV1` and `PV2` of an `ADT` as an attendance. Results, documents and
/// appointments name a visit too, but do not say how it stands.
pub(super) fn read(visit: Segment<'_>, segments: &[Segment<'_>], draft: &mut Draft) {
    let Some(kind) = class(visit) else { return };
    let meaning = meaning(&draft.about.event);
    let key = key(visit);
    if meaning == Meaning::Update && key.is_none() {
        return;
    }
    let more = segments.iter().find(|segment| segment.name() == "PV2").copied();
    let (start, end) = period(visit, more, meaning, draft);
    let status = status(visit, meaning, end);
    let Some(key) = key.or_else(|| start.or(draft.about.happened).map(|at| format!("visit|at {}", at.to_iso()))) else {
        draft.note("PV1-19", "a visit without number and time; it was not taken");
        return;
    };
    let attendance = Attendance {
        kind,
        status,
        start,
        end,
        place: place(visit.field(3).repetition(0)).or_else(|| place(visit.field(11).repetition(0))),
        clinician: first_clinician([7, 17, 9, 8].map(|number| visit.field(number))),
        reason: more.and_then(|more| coded_text(more.field(3).repetition(0)).or_else(|| more.field(12).told())),
        outcome: outcome(visit, status),
    };
    let protected = more.is_some_and(|more| is_yes(more.field(22))) || restricted(visit, segments);
    let mut entry = draft.entry(key, Content::Attendance(attendance));
    entry.when = start.or(end).or(draft.about.happened);
    entry.author = segments.iter().find(|s| s.name() == "EVN").and_then(|event| first_clinician([event.field(5)]));
    entry.standing = match (meaning, status) {
        (Meaning::Deleted, _) => Standing::EnteredInError,
        (_, AttendanceStatus::Finished | AttendanceStatus::Cancelled) => Standing::Past,
        _ => Standing::Current,
    };
    if protected {
        entry.sensitivity = Sensitivity::Sensitive;
    }
    draft.push(entry);
}

/// What an event says about the visit (HL7 table 0003).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Planned,
    Begun,
    /// It goes on, or a discharge was taken back.
    GoesOn,
    NotDischarged,
    Ended,
    Cancelled,
    Deleted,
    /// Only that something about the person or the visit changed.
    Update,
}

fn meaning(event: &str) -> Meaning {
    match event {
        "A05" | "A14" => Meaning::Planned,
        "A01" | "A04" => Meaning::Begun,
        "A02" | "A06" | "A07" | "A09" | "A10" | "A12" | "A15" | "A16" | "A17" | "A21" | "A22" | "A25" | "A26"
        | "A32" | "A33" | "A52" | "A53" | "A54" | "A55" => Meaning::GoesOn,
        "A13" => Meaning::NotDischarged,
        "A03" => Meaning::Ended,
        "A11" | "A27" | "A38" => Meaning::Cancelled,
        "A23" => Meaning::Deleted,
        _ => Meaning::Update,
    }
}

/// HL7 table 0004. Not applicable and unknown classes are no attendance.
fn class(visit: Segment<'_>) -> Option<String> {
    let field = visit.field(2).repetition(0);
    let code = field.component(1).told()?;
    let word = match code.as_str() {
        "E" => "Emergency",
        "I" => "Inpatient",
        "O" => "Outpatient",
        "P" => "Pre-admission",
        "R" => "Recurring",
        "B" => "Obstetrics",
        "N" | "U" => return None,
        _ => return coded_text(field),
    };
    Some(word.to_owned())
}

fn period(
    visit: Segment<'_>,
    more: Option<Segment<'_>>,
    meaning: Meaning,
    draft: &mut Draft,
) -> (Option<When>, Option<When>) {
    let happened = draft.about.happened;
    let admitted = draft.when(visit, 44);
    let discharged = draft.when(visit, 45).filter(|_| meaning != Meaning::NotDischarged);
    let expected = more.filter(|_| meaning == Meaning::Planned).and_then(|more| draft.when(more, 8));
    let start = expected.or(admitted).or(happened.filter(|_| meaning == Meaning::Begun));
    let end = discharged.or(happened.filter(|_| meaning == Meaning::Ended));
    (start, end)
}

fn status(visit: Segment<'_>, meaning: Meaning, end: Option<When>) -> AttendanceStatus {
    let expected = visit.field(2).component(1).bytes() == b"P";
    match meaning {
        Meaning::Cancelled | Meaning::Deleted => AttendanceStatus::Cancelled,
        Meaning::Ended => AttendanceStatus::Finished,
        Meaning::Planned => AttendanceStatus::Planned,
        _ if end.is_some() => AttendanceStatus::Finished,
        Meaning::Begun | Meaning::GoesOn | Meaning::NotDischarged => AttendanceStatus::Current,
        Meaning::Update if expected => AttendanceStatus::Planned,
        Meaning::Update if !visit.field(44).is_absent() => AttendanceStatus::Current,
        Meaning::Update => AttendanceStatus::NotTold,
    }
}

/// `PV1-36` and `PV1-37`: how and where to the person was discharged, as told.
fn outcome(visit: Segment<'_>, status: AttendanceStatus) -> Option<String> {
    if status != AttendanceStatus::Finished {
        return None;
    }
    let parts = [36, 37].map(|number| coded_text(visit.field(number).repetition(0)));
    joined(parts.into_iter().flatten(), ", ")
}

/// An access restriction behind the `PV1` is about the visit.
fn restricted(visit: Segment<'_>, segments: &[Segment<'_>]) -> bool {
    let behind = segments.iter().skip_while(|segment| segment.span() != visit.span());
    behind.filter(|segment| segment.name() == "ARV").any(|segment| segment.field(2).bytes() != b"D")
}

#[cfg(test)]
mod tests {
    use super::super::draft::About;
    use super::super::message::Message;
    use super::*;
    use record::NewEntry;

    fn read_as(event: &str, segments: &str) -> Option<NewEntry> {
        let message = format!("MSH|^~\\&|A\r{segments}\r");
        let message = Message::parse(message.as_bytes()).unwrap();
        let happened = When::parse_hl7("202611020900").ok();
        let mut draft = Draft::new(&About { event: event.into(), happened, ..About::default() });
        let all: Vec<_> = message.segments().collect();
        read(message.segment("PV1").unwrap(), &all, &mut draft);
        draft.finish().0.into_iter().next()
    }

    fn pv1(class: &str, admitted: &str, discharged: &str) -> String {
        format!(
            "PV1|1|{class}|Ward 4^Bay B^Bed 2^Kingsbrook||||C7^Litherland^Natasha^^^Dr{}555{}{admitted}|{discharged}",
            "|".repeat(12),
            "|".repeat(25)
        )
    }

    fn attendance(entry: &NewEntry) -> &Attendance {
        let Content::Attendance(attendance) = &entry.content else { panic!("an attendance") };
        attendance
    }

    #[test]
    fn an_admission_runs_from_its_start_to_its_discharge() {
        let admitted = read_as("A01", &pv1("I", "202611020830", "")).unwrap();
        let discharged = read_as("A03", &pv1("I", "202611020830", "")).unwrap();
        assert_eq!(admitted.key, "visit|555");
        assert_eq!(admitted.key, discharged.key);
        let (first, last) = (attendance(&admitted), attendance(&discharged));
        assert_eq!((first.status, admitted.standing), (AttendanceStatus::Current, Standing::Current));
        assert_eq!((last.status, discharged.standing), (AttendanceStatus::Finished, Standing::Past));
        assert_eq!(last.end.map(When::to_iso).as_deref(), Some("2026-11-02T09:00:00"));
        assert_eq!(first.place.as_deref(), Some("Ward 4, Bay B, Bed 2, Kingsbrook"));
        assert_eq!(first.clinician.as_deref(), Some("Dr Natasha Litherland"));
        assert_eq!(first.kind, "Inpatient");
    }

    #[test]
    fn taking_back_takes_back() {
        let of = |event: &str, discharged: &str| read_as(event, &pv1("I", "202611020830", discharged)).unwrap();
        assert_eq!(attendance(&of("A11", "")).status, AttendanceStatus::Cancelled);
        assert_eq!(attendance(&of("A12", "")).status, AttendanceStatus::Current);
        assert_eq!(attendance(&of("A13", "20261102")).status, AttendanceStatus::Current);
        assert_eq!(attendance(&of("A13", "20261102")).end, None);
        assert_eq!(of("A23", "").standing, Standing::EnteredInError);
    }

    #[test]
    fn an_expected_admission_is_planned_for_its_expected_time() {
        let entry =
            read_as("A05", &format!("{}\rPV2|||140004^Sore throat^SCT|||||202612010800", pv1("P", "", ""))).unwrap();
        assert_eq!(attendance(&entry).status, AttendanceStatus::Planned);
        assert_eq!(attendance(&entry).start.map(When::to_iso).as_deref(), Some("2026-12-01T08:00:00"));
        assert_eq!(attendance(&entry).reason.as_deref(), Some("Sore throat"));
    }

    #[test]
    fn an_update_of_the_person_makes_no_attendance_of_its_own() {
        assert!(read_as("A08", "PV1|1|N").is_none());
        assert!(read_as("A31", "PV1|1|O|Clinic").is_none());
        assert_eq!(
            attendance(&read_as("A08", &pv1("E", "202611020830", "")).unwrap()).status,
            AttendanceStatus::Current
        );
    }

    #[test]
    fn a_visit_without_number_is_known_by_its_time() {
        assert_eq!(read_as("A04", "PV1|1|E").unwrap().key, "visit|at 2026-11-02T09:00:00");
    }

    #[test]
    fn a_protected_visit_is_sensitive() {
        let entry = read_as("A01", &format!("PV1|1|I\rPV2|{}Y", "|".repeat(21))).unwrap();
        assert_eq!(entry.sensitivity, Sensitivity::Sensitive);
        assert_eq!(read_as("A01", "PV1|1|I\rARV|1|A|LOC").unwrap().sensitivity, Sensitivity::Sensitive);
    }
}
