//! HL7 v2.4 messages of a hospital: what its patient administration, its
//! laboratory and its letters system send about one patient, in order of time.

use jiff::Timestamp;
use record::{Appointment, AppointmentStatus, Attendance, AttendanceStatus, Content, Letter, NewEntry, Report, When};

use crate::chart::Chart;
use crate::diary::Diary;
use crate::hl7v2_segments::{
    Segment, aip, ais, al1, dg1, evn, msh, nk1, nte, obr, obx_result, obx_text, pd1, pid, pv1, pv2, result_status, sch,
    txa,
};

/// A message that is still without its head.
struct Pending {
    at: Timestamp,
    kind: (&'static str, &'static str),
    body: Vec<Segment>,
}

/// The chart's messages with the time at which each is sent, oldest first.
///
/// `announced` says whether the hospital also tells of the patient as such (A28 when
/// first met, A31 now); a single message that went astray is written without.
pub(crate) fn messages(chart: &Chart, diary: Diary, announced: bool) -> Vec<(Timestamp, Vec<u8>)> {
    let newest = diary.minutes_ago(chart.feed.newest_minutes_ago());
    let mut pending = Vec::new();
    for entry in &chart.entries {
        pending.extend(of_entry(chart, entry));
    }
    pending.extend(results(chart));
    for message in &mut pending {
        message.at = message.at.min(newest);
    }
    if announced {
        let first = pending.iter().map(|message| message.at).min().unwrap_or(newest);
        pending.push(Pending { at: first, kind: ("ADT", "A28"), body: registration(chart) });
        pending.push(Pending { at: newest, kind: ("ADT", "A31"), body: registration(chart) });
    }
    // Registration first, then in order of time; the update of today last.
    let order = |message: &Pending| match message.kind.1 {
        "A28" => 0,
        "A31" => 2,
        _ => 1,
    };
    pending.sort_by_key(|message| (order(message), message.at));
    let stem = if announced { chart.local.clone() } else { format!("{}S", chart.local) };
    let numbered = pending.iter().zip(1_u32..);
    numbered.map(|(message, number)| (message.at, text(chart, message, &format!("{stem}-{number}")))).collect()
}

fn text(chart: &Chart, message: &Pending, control_id: &str) -> Vec<u8> {
    let ods = chart.feed.ods();
    let mut segments = vec![msh(message.kind, control_id, ods.as_str(), message.at)];
    if message.kind.0 != "ORU" && message.kind.0 != "SIU" {
        segments.push(evn(message.kind.1, message.at));
    }
    let mut lines: String = segments.iter().map(Segment::line).collect();
    let (head, tail): (Vec<&Segment>, Vec<&Segment>) = message.body.iter().partition(|segment| segment.is("SCH"));
    lines.extend(head.iter().map(|segment| segment.line()));
    lines.push_str(&pid(chart, ods.as_str()).line());
    if message.kind.0 == "ADT" {
        lines.push_str(&pd1(&chart.told).line());
    }
    lines.extend(tail.iter().map(|segment| segment.line()));
    lines.into_bytes()
}

/// What the hospital knows of the patient apart from any visit.
fn registration(chart: &Chart) -> Vec<Segment> {
    let (mut kin, mut allergies, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &chart.entries {
        match &entry.content {
            Content::PersonInvolved(involved) => kin.push(nk1(kin.len() + 1, involved)),
            Content::Allergy(allergy) => allergies.push(al1(allergies.len() + 1, entry, allergy)),
            Content::Problem(problem) if entry.part_of.is_none() => {
                problems.push(dg1(problems.len() + 1, entry, problem))
            }
            _ => {}
        }
    }
    let mut body = kin;
    body.push(pv1(None));
    body.extend(allergies);
    body.extend(problems);
    body
}

/// The messages of one entry that has messages of its own.
fn of_entry(chart: &Chart, entry: &NewEntry) -> Vec<Pending> {
    let at = entry.recorded.or(entry.when).map_or(Timestamp::MIN, When::earliest);
    match &entry.content {
        Content::Attendance(attendance) => attendance_messages(chart, entry, attendance),
        Content::Appointment(appointment) => vec![appointment_message(chart, entry, appointment)],
        Content::Letter(letter) => vec![letter_message(chart, entry, letter, at)],
        Content::Report(report) => vec![report_message(chart, entry, report, at)],
        _ => Vec::new(),
    }
}

fn visit_number(chart: &Chart, key: &str) -> String {
    format!("{}-{key}", chart.local)
}

fn visit_of<'a>(chart: &'a Chart, entry: &NewEntry) -> Option<(String, &'a Attendance)> {
    let key = entry.part_of.as_deref()?;
    let visit = chart.entries.iter().find(|other| other.key == key)?;
    let Content::Attendance(attendance) = &visit.content else { return None };
    Some((visit_number(chart, key), attendance))
}

fn pv1_of(chart: &Chart, entry: &NewEntry) -> Segment {
    let visit = visit_of(chart, entry);
    pv1(visit.as_ref().map(|(number, attendance)| (number.as_str(), *attendance)))
}

/// Arrival, and departure where the visit is over, with what was found.
fn attendance_messages(chart: &Chart, entry: &NewEntry, attendance: &Attendance) -> Vec<Pending> {
    let number = visit_number(chart, &entry.key);
    let start = attendance.start.map_or(Timestamp::MIN, When::earliest);
    let arrived = Attendance { status: AttendanceStatus::Current, end: None, ..attendance.clone() };
    let event = if attendance.kind == "Inpatient" { "A01" } else { "A04" };
    let body = vec![pv1(Some((&number, &arrived))), pv2(attendance)];
    let mut messages = vec![Pending { at: start, kind: ("ADT", event), body }];
    if let Some(end) = attendance.end {
        let found = chart.entries.iter().filter(|other| other.part_of.as_ref() == Some(&entry.key));
        let found = found.filter_map(|other| match &other.content {
            Content::Problem(problem) => Some((other, problem)),
            _ => None,
        });
        let mut body = vec![pv1(Some((&number, attendance))), pv2(attendance)];
        body.extend(found.enumerate().map(|(at, (other, problem))| dg1(at + 1, other, problem)));
        messages.push(Pending { at: end.earliest(), kind: ("ADT", "A03"), body });
    }
    messages
}

fn appointment_message(chart: &Chart, entry: &NewEntry, appointment: &Appointment) -> Pending {
    let start = appointment.start.map_or(Timestamp::MIN, When::earliest);
    let event = match appointment.status {
        AppointmentStatus::Cancelled => "S15",
        AppointmentStatus::DidNotAttend => "S26",
        AppointmentStatus::Booked | AppointmentStatus::Proposed => "S12",
        _ => "S14",
    };
    let place = Attendance {
        kind: "Outpatient".to_owned(),
        status: AttendanceStatus::Planned,
        start: None,
        end: None,
        place: appointment.place.clone(),
        clinician: appointment.clinician.clone(),
        reason: None,
        outcome: None,
    };
    let number = visit_number(chart, &entry.key);
    let mut body =
        vec![sch(&number, appointment), pv1(Some(("", &place))), Segment::new("RGS").set(1, "1"), ais(appointment)];
    body.extend(appointment.clinician.as_deref().map(|name| aip(name, appointment)));
    Pending { at: start, kind: ("SIU", event), body }
}

fn letter_message(chart: &Chart, entry: &NewEntry, letter: &Letter, at: Timestamp) -> Pending {
    let number = visit_number(chart, &entry.key);
    let author = entry.author.as_deref().unwrap_or(&chart.author);
    let text = letter.text.as_deref().unwrap_or_default();
    let body = vec![pv1_of(chart, entry), txa(&number, author, letter), obx_text(&letter.title, text)];
    Pending { at, kind: ("MDM", "T02"), body }
}

fn report_message(chart: &Chart, entry: &NewEntry, report: &Report, at: Timestamp) -> Pending {
    let number = visit_number(chart, &entry.key);
    let conclusion = report.conclusion.as_deref().unwrap_or_default();
    let status = result_status(report.status);
    let body = vec![
        pv1_of(chart, entry),
        obr(&number, &report.title, None, entry.when, status),
        obx_text(&report.title, conclusion),
    ];
    Pending { at, kind: ("ORU", "R01"), body }
}

/// Results that were taken together travel together.
fn results(chart: &Chart) -> Vec<Pending> {
    let mut groups: Vec<Vec<&NewEntry>> = Vec::new();
    for entry in &chart.entries {
        let Content::TestResult(result) = &entry.content else { continue };
        let together = |other: &&NewEntry| {
            let same_panel = matches!(&other.content, Content::TestResult(r) if r.panel == result.panel);
            same_panel && other.when == entry.when && other.recorded == entry.recorded && other.part_of == entry.part_of
        };
        match groups.last_mut().filter(|group| group.first().is_some_and(together)) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups.iter().filter_map(|group| group_message(chart, group)).collect()
}

fn group_message(chart: &Chart, group: &[&NewEntry]) -> Option<Pending> {
    let first = *group.first()?;
    let Content::TestResult(result) = &first.content else { return None };
    let at = first.recorded.or(first.when).map_or(Timestamp::MIN, When::earliest);
    // A correction carries the order's number of the result that it corrects.
    let number =
        visit_number(chart, first.part_of.as_ref().filter(|key| key.starts_with("order-")).unwrap_or(&first.key));
    let panel = result.panel.as_deref().unwrap_or(&result.test);
    let status = result_status(result.status);
    let mut body = vec![pv1_of(chart, first), obr(&number, panel, result.specimen.as_deref(), first.when, status)];
    for (entry, place) in group.iter().zip(1..) {
        let Content::TestResult(result) = &entry.content else { continue };
        body.push(obx_result(place, entry, result));
        body.extend(result.comment.as_deref().map(nte));
    }
    Some(Pending { at, kind: ("ORU", "R01"), body })
}
