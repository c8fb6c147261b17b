use jiff::SignedDuration;
use record::{Appointment, AppointmentStatus, Content, Standing, When};

use super::datatypes::{coded_text, first_clinician, identifier, place};
use super::draft::{Draft, joined};
use super::message::Segment;
use super::orders::comments;
use crate::Problem;

/// The appointment of an `SIU`: `SCH` with its service, place and people.
///
/// # Errors
/// When there is no `SCH`.
pub(super) fn read(segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    let the = |name: &str| segments.iter().find(|segment| segment.name() == name).copied();
    let schedule = the("SCH").ok_or_else(|| Problem::new("SCH", "an appointment message without SCH"))?;
    let service = the("AIS").or_else(|| the("AIG"));
    let (start, end) = times(schedule, segments, draft);
    let name = service
        .and_then(|service| coded_text(service.field(3).repetition(0)))
        .or_else(|| coded_text(schedule.field(8).repetition(0)))
        .unwrap_or_else(|| Appointment::UNNAMED.to_owned());
    let number = identifier(schedule.field(2)).or_else(|| identifier(schedule.field(1)));
    let key = number.or_else(|| start.map(|start| format!("at {}|{name}", start.to_iso()))).unwrap_or_else(|| {
        draft.note("SCH-2", "an appointment without number and time");
        name.clone()
    });
    let status = status(&draft.about.event, schedule);
    let appointment = Appointment {
        service: name,
        status,
        start,
        end,
        place: the("AIL").or(the("PV1")).and_then(|at| place(at.field(3).repetition(0))),
        clinician: the("AIP")
            .and_then(|person| first_clinician([person.field(3)]))
            .or_else(|| the("PV1").and_then(|visit| first_clinician([visit.field(7)]))),
        reason: reason(schedule, segments),
    };
    let mut entry = draft.entry(format!("appointment|{key}"), Content::Appointment(appointment));
    entry.when = start;
    entry.author = first_clinician([schedule.field(20)]);
    entry.code = service.and_then(|service| super::datatypes::code(service.field(3).repetition(0)));
    entry.standing = match status {
        _ if is_deleted(&draft.about.event, schedule) => Standing::EnteredInError,
        AppointmentStatus::Cancelled | AppointmentStatus::Attended | AppointmentStatus::DidNotAttend => Standing::Past,
        _ => Standing::Current,
    };
    draft.push(entry);
    Ok(())
}

/// What the event says, made finer by the filler's own status (`SCH-25`, HL7
/// table 0278).
fn status(event: &str, schedule: Segment<'_>) -> AppointmentStatus {
    let told = schedule.field(25).component(1).told().unwrap_or_default().to_ascii_lowercase();
    match (event, told.as_str()) {
        ("S15" | "S16" | "S17", _) => AppointmentStatus::Cancelled,
        ("S26", _) | (_, "noshow" | "no show" | "dna") => AppointmentStatus::DidNotAttend,
        (_, "cancelled" | "canceled" | "dc" | "discontinued" | "deleted") => AppointmentStatus::Cancelled,
        (_, "pending" | "waitlist") => AppointmentStatus::Proposed,
        (_, "started") => AppointmentStatus::Arrived,
        (_, "complete" | "completed") => AppointmentStatus::Attended,
        _ => AppointmentStatus::Booked,
    }
}

fn is_deleted(event: &str, schedule: Segment<'_>) -> bool {
    event == "S17" || schedule.field(25).component(1).bytes().eq_ignore_ascii_case(b"deleted")
}

/// Start and end: of its timing (`TQ1`, since v2.5), of the appointment itself
/// (`SCH-11`), or of the first resource that has them.
fn times(schedule: Segment<'_>, segments: &[Segment<'_>], draft: &mut Draft) -> (Option<When>, Option<When>) {
    let named = |name: &'static str| segments.iter().find(move |segment| segment.name() == name).copied();
    let timing = named("TQ1");
    let mut start = timing.and_then(|timing| draft.when(timing, 7));
    let mut end = timing.and_then(|timing| draft.when(timing, 8));
    if start.is_none() {
        start = quantity_time(schedule, 4, draft);
        end = quantity_time(schedule, 5, draft);
    }
    for (name, at) in [("AIS", 4), ("AIL", 6), ("AIP", 6), ("AIG", 8)] {
        let Some(resource) = named(name) else { continue };
        let its_start = draft.when(resource, at);
        start = start.or(its_start);
        if end.is_none() && its_start == start {
            end = start.and_then(|start| after(start, minutes(resource, at + 3)?));
        }
    }
    let minutes = || minutes(schedule, 9);
    (start, end.or_else(|| start.and_then(|start| after(start, minutes()?))))
}

/// A time within the timing quantity (`TQ`) of `SCH-11`.
fn quantity_time(schedule: Segment<'_>, component: usize, draft: &mut Draft) -> Option<When> {
    let text = schedule.field(11).component(component).told()?;
    let when = When::parse_hl7(&text).ok();
    if when.is_none() {
        draft.note("SCH-11", "not a date that exists");
    }
    when
}

/// A duration and its unit in the next field, where they are minutes or hours.
fn minutes(segment: Segment<'_>, field: usize) -> Option<i64> {
    let number: i64 = segment.field(field).component(1).told()?.parse().ok().filter(|n| (1..=10_000).contains(n))?;
    match segment.field(field + 1).component(1).told()?.to_ascii_lowercase().as_str() {
        "m" | "min" | "mins" | "minute" | "minutes" => Some(number),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(number * 60),
        _ => None,
    }
}

fn after(start: When, minutes: i64) -> Option<When> {
    let duration = SignedDuration::from_secs(minutes * 60);
    match start {
        When::Local(at) => at.checked_add(duration).ok().map(When::Local),
        When::Instant(at, offset) => at.checked_add(duration).ok().map(|at| When::Instant(at, offset)),
        When::Year(_) | When::Month(..) | When::Day(_) => None,
    }
}

/// `SCH-7`, else `SCH-6`, and the comments behind `SCH`.
fn reason(schedule: Segment<'_>, segments: &[Segment<'_>]) -> Option<String> {
    let told = [7, 6].into_iter().find_map(|number| coded_text(schedule.field(number).repetition(0)));
    let behind = segments.iter().skip_while(|segment| segment.span() != schedule.span()).skip(1);
    let notes: Vec<_> =
        behind.take_while(|s| matches!(s.name(), "NTE" | "TQ1")).filter(|s| s.name() == "NTE").copied().collect();
    joined([told, comments(&notes)].into_iter().flatten(), "; ")
}

#[cfg(test)]
mod tests {
    use super::super::draft::About;
    use super::super::message::Message;
    use super::*;
    use record::NewEntry;

    fn read_as(event: &str, segments: &str) -> NewEntry {
        let message = format!("MSH|^~\\&|A\r{segments}\r");
        let message = Message::parse(message.as_bytes()).unwrap();
        let mut draft = Draft::new(&About { event: event.into(), ..About::default() });
        read(&message.segments().collect::<Vec<_>>(), &mut draft).unwrap();
        draft.finish().0.remove(0)
    }

    fn appointment(entry: &NewEntry) -> &Appointment {
        let Content::Appointment(appointment) = &entry.content else { panic!("an appointment") };
        appointment
    }

    const BOOKED: &str = "SCH|P9|F9||||^Booked by telephone|^Follow-up||||^^^202612010930^202612011000||||||||||||||Booked\r\
        NTE|1||Bring glasses\rAIS|1|A|eye^Eye clinic^L|202612010930\rAIL|1|A|Clinic 3^^^Kingsbrook\rAIP|1|A|7^Hart^Rosa^^^Dr";

    #[test]
    fn an_appointment_has_its_service_time_place_and_clinician() {
        let entry = read_as("S12", BOOKED);
        let eye = appointment(&entry);
        assert_eq!((entry.key.as_str(), eye.service.as_str()), ("appointment|F9", "Eye clinic"));
        assert_eq!(eye.start.map(When::to_iso).as_deref(), Some("2026-12-01T09:30:00"));
        assert_eq!(eye.end.map(When::to_iso).as_deref(), Some("2026-12-01T10:00:00"));
        assert_eq!(eye.place.as_deref(), Some("Clinic 3, Kingsbrook"));
        assert_eq!(eye.clinician.as_deref(), Some("Dr Rosa Hart"));
        assert_eq!(eye.reason.as_deref(), Some("Follow-up; Bring glasses"));
    }

    #[test]
    fn each_event_has_its_state_under_the_same_key() {
        let cases = [
            ("S12", AppointmentStatus::Booked, Standing::Current),
            ("S13", AppointmentStatus::Booked, Standing::Current),
            ("S14", AppointmentStatus::Booked, Standing::Current),
            ("S15", AppointmentStatus::Cancelled, Standing::Past),
            ("S16", AppointmentStatus::Cancelled, Standing::Past),
            ("S17", AppointmentStatus::Cancelled, Standing::EnteredInError),
            ("S26", AppointmentStatus::DidNotAttend, Standing::Past),
        ];
        for (event, status, standing) in cases {
            let entry = read_as(event, BOOKED);
            assert_eq!((appointment(&entry).status, entry.standing), (status, standing), "{event}");
            assert_eq!(entry.key, "appointment|F9");
        }
        let told = |text: &str| appointment(&read_as("S14", &BOOKED.replace("Booked\r", &format!("{text}\r")))).status;
        assert_eq!(told("Complete"), AppointmentStatus::Attended);
        assert_eq!(told("Waitlist"), AppointmentStatus::Proposed);
    }

    #[test]
    fn a_timing_of_its_own_counts_before_the_schedules() {
        let timed = BOOKED.replace("NTE|1", "TQ1|1||||||202612020930|202612021000\rNTE|1");
        let entry = read_as("S13", &timed);
        assert_eq!(appointment(&entry).start.map(When::to_iso).as_deref(), Some("2026-12-02T09:30:00"));
        assert_eq!(appointment(&entry).reason.as_deref(), Some("Follow-up; Bring glasses"));
    }

    #[test]
    fn an_end_follows_from_a_duration() {
        let entry = read_as("S12", "SCH|P9\rAIS|1|A|eye^Eye clinic|202612010930|||45|min");
        assert_eq!(appointment(&entry).end.map(When::to_iso).as_deref(), Some("2026-12-01T10:15:00"));
        assert_eq!(entry.key, "appointment|P9");
        assert_eq!(appointment(&read_as("S12", "SCH|P9|||||||Clinic|60|s")).end, None);
    }
}
