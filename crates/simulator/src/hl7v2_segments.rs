//! The segments that the region's hospitals send, written field by field.

use jiff::Timestamp;
use record::{
    Allergy, AllergyStatement, Appointment, AppointmentStatus, Attendance, AttendanceStatus, Demographics, Gender,
    Letter, NewEntry, PersonInvolved, Problem, ProblemStatus, ResultStatus, TestResult, When, london,
};

use crate::chart::Chart;

/// One segment: its name and its fields from 1.
pub(crate) struct Segment {
    name: &'static str,
    fields: Vec<String>,
}

impl Segment {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, fields: Vec::new() }
    }

    /// Sets field `number` to text already in HL7 form.
    pub(crate) fn set(mut self, number: usize, field: impl Into<String>) -> Self {
        if self.fields.len() < number {
            self.fields.resize(number, String::new());
        }
        if let Some(place) = self.fields.get_mut(number.saturating_sub(1)) {
            *place = field.into();
        }
        self
    }

    /// Sets field `number` to plain text, escaped.
    pub(crate) fn text(self, number: usize, text: &str) -> Self {
        self.set(number, escaped(text))
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(crate) fn line(&self) -> String {
        format!("{}|{}\r", self.name, self.fields.join("|"))
    }
}

/// Escapes the five separators and line breaks (HL7 v2.5 §2.7).
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => out.push_str("\\F\\"),
            '^' => out.push_str("\\S\\"),
            '&' => out.push_str("\\T\\"),
            '~' => out.push_str("\\R\\"),
            '\\' => out.push_str("\\E\\"),
            '\n' => out.push_str("\\.br\\"),
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}

fn components(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| escaped(part)).collect();
    parts.join("^").trim_end_matches('^').to_owned()
}

/// A time with its London offset.
pub(crate) fn time(at: Timestamp) -> String {
    at.to_zoned(london()).strftime("%Y%m%d%H%M%S%z").to_string()
}

/// A clinical date or time at the precision in which it is known.
pub(crate) fn when(when: Option<When>) -> String {
    match when {
        None => String::new(),
        Some(When::Instant(at, _)) => time(at),
        Some(When::Local(at)) => at.strftime("%Y%m%d%H%M%S").to_string(),
        Some(other) => other.to_iso().replace('-', ""),
    }
}

pub(crate) fn msh(kind: (&str, &str), control_id: &str, ods: &str, at: Timestamp) -> Segment {
    // MSH-1 is the separator itself, so that field n stands in place n - 1.
    Segment::new("MSH")
        .set(1, "^~\\&")
        .set(2, "PAS")
        .text(3, ods)
        .set(4, "CONNECTCARE")
        .set(5, "REGION")
        .set(6, time(at))
        .set(8, format!("{}^{}", kind.0, kind.1))
        .text(9, control_id)
        .set(10, "P")
        .set(11, "2.4")
        .set(16, "GBR")
        .set(17, "UNICODE UTF-8")
}

pub(crate) fn evn(event: &str, at: Timestamp) -> Segment {
    Segment::new("EVN").set(1, event).set(2, time(at))
}

pub(crate) fn pid(chart: &Chart, ods: &str) -> Segment {
    let who = &chart.told;
    let mut numbers = components(&[&chart.local, "", "", ods, "PI"]);
    let nhs = who.nhs_number.map(record::NhsNumber::digits).or_else(|| who.nhs_number_rejected.clone());
    if let Some(nhs) = nhs {
        numbers.push('~');
        numbers.push_str(&components(&[&nhs, "", "", "NHS", "NH"]));
    }
    let mut segment = Segment::new("PID").set(1, "1").set(3, numbers).set(5, names(who)).set(7, when(who.born));
    let sex = match who.gender {
        Some(Gender::Female) => "F",
        Some(Gender::Male) => "M",
        Some(Gender::Other) => "O",
        Some(Gender::Unknown) => "U",
        None => "",
    };
    segment = segment.set(8, sex);
    if let Some(address) = &who.address {
        let line = |at: usize| address.lines.get(at).map_or("", String::as_str);
        let postcode = address.postcode.as_deref().unwrap_or_default();
        segment = segment.set(11, components(&[line(0), line(1), line(2), "", postcode, "GBR", "H"]));
    }
    let telephones: Vec<String> = who.telephones.iter().map(|number| telephone(number)).collect();
    segment = segment.set(13, telephones.join("~"));
    if let Some(language) = &who.interpreter {
        segment = segment.text(15, language);
    }
    if let Some(ethnicity) = &who.ethnicity {
        segment = segment.set(22, components(&["", ethnicity]));
    }
    match who.died {
        Some(day) => segment.set(29, when(day)).set(30, "Y"),
        None => segment,
    }
}

fn names(who: &Demographics) -> String {
    let given = |at: usize| who.name.given.get(at).map_or("", String::as_str);
    let title = who.name.title.as_deref().unwrap_or_default();
    let mut names = components(&[&who.name.family, given(0), given(1), "", title, "", "L"]);
    if let Some(preferred) = &who.name.preferred {
        names.push('~');
        names.push_str(&components(&["", preferred, "", "", "", "", "N"]));
    }
    names
}

fn telephone(number: &str) -> String {
    let kind = if number.starts_with("07") { "CP" } else { "PH" };
    components(&[number, "PRN", kind])
}

pub(crate) fn pd1(who: &Demographics) -> Segment {
    let practice = who.practice.as_deref().unwrap_or_default();
    let segment = Segment::new("PD1").set(3, components(&[practice]));
    if who.restricted { segment.set(12, "Y") } else { segment }
}

pub(crate) fn nk1(number: usize, kin: &PersonInvolved) -> Segment {
    // A name in one text: the last word is the family name.
    let (given, family) = kin.name.rsplit_once(' ').unwrap_or(("", &kin.name));
    Segment::new("NK1")
        .set(1, number.to_string())
        .set(2, components(&[family, given]))
        .set(3, components(&["", kin.role.as_deref().unwrap_or_default()]))
        .set(5, kin.telephone.as_deref().map(telephone).unwrap_or_default())
}

pub(crate) fn al1(number: usize, entry: &NewEntry, allergy: &Allergy) -> Segment {
    let code = entry.code.as_ref().map_or("", |code| code.code.as_str());
    let system = if code.is_empty() { "" } else { "SCT" };
    let severity = match allergy.severity.as_deref() {
        Some("severe") => "SV",
        Some("moderate") => "MO",
        Some("mild") => "MI",
        _ => "",
    };
    let kind = if allergy.statement == AllergyStatement::NoneKnown { "" } else { "DA" };
    Segment::new("AL1")
        .set(1, number.to_string())
        .set(2, kind)
        .set(3, components(&[code, &allergy.substance, system]))
        .set(4, severity)
        .text(5, allergy.reaction.as_deref().unwrap_or_default())
        .set(6, when(allergy.onset))
}

pub(crate) fn dg1(number: usize, entry: &NewEntry, problem: &Problem) -> Segment {
    let code = entry.code.as_ref().map_or("", |code| code.code.as_str());
    let system = if code.is_empty() { "" } else { "SCT" };
    let kind = if problem.status == ProblemStatus::Suspected { "W" } else { "F" };
    Segment::new("DG1")
        .set(1, number.to_string())
        .set(3, components(&[code, &problem.term, system]))
        .text(4, &problem.term)
        .set(5, when(problem.onset))
        .set(6, kind)
}

/// The visit that a message speaks of; class `N` where it speaks of none.
pub(crate) fn pv1(visit: Option<(&str, &Attendance)>) -> Segment {
    let segment = Segment::new("PV1").set(1, "1");
    let Some((number, attendance)) = visit else { return segment.set(2, "N") };
    let class = match attendance.kind.as_str() {
        "Inpatient" => "I",
        "Emergency" => "E",
        "Day case" => "R",
        _ => "O",
    };
    let place = attendance.place.as_deref().unwrap_or_default();
    let finished = attendance.status == AttendanceStatus::Finished;
    segment
        .set(2, class)
        .set(3, components(&[place]))
        .set(7, attendance.clinician.as_deref().map(clinician).unwrap_or_default())
        .text(19, number)
        .set(44, when(attendance.start))
        .set(45, if finished { when(attendance.end) } else { String::new() })
}

pub(crate) fn pv2(attendance: &Attendance) -> Segment {
    Segment::new("PV2").set(3, components(&["", attendance.reason.as_deref().unwrap_or_default()]))
}

/// `Dr Amara Mensah` as an extended name: family, given, title.
pub(crate) fn clinician(name: &str) -> String {
    let titles = ["Dr", "Mr", "Ms", "Mrs", "Prof"];
    let (title, rest) = name.split_once(' ').filter(|(first, _)| titles.contains(first)).unwrap_or(("", name));
    let (given, family) = rest.rsplit_once(' ').unwrap_or(("", rest));
    components(&["", family, given, "", "", title])
}

pub(crate) fn obr(number: &str, panel: &str, specimen: Option<&str>, taken: Option<When>, status: &str) -> Segment {
    let code = panel.split_whitespace().filter_map(|word| word.get(..1)).collect::<String>().to_uppercase();
    Segment::new("OBR")
        .set(1, "1")
        .text(2, number)
        .text(3, number)
        .set(4, components(&[&code, panel, "L"]))
        .set(7, when(taken))
        .set(15, specimen.map(|name| components(&["", name])).unwrap_or_default())
        .set(22, when(taken))
        .set(25, status)
}

pub(crate) fn obx_result(number: usize, entry: &NewEntry, result: &TestResult) -> Segment {
    let code = entry.code.as_ref().map_or("", |code| code.code.as_str());
    let system = if code.is_empty() { "" } else { "LN" };
    let value = result.value.as_deref().unwrap_or_default();
    let kind = if value.parse::<f64>().is_ok() { "NM" } else { "ST" };
    Segment::new("OBX")
        .set(1, number.to_string())
        .set(2, kind)
        .set(3, components(&[code, &result.test, system]))
        .text(5, value)
        .text(6, result.unit.as_deref().unwrap_or_default())
        .text(7, result.range.as_deref().unwrap_or_default())
        .text(8, result.flag.as_deref().unwrap_or_default())
        .set(11, result_status(result.status))
        .set(14, when(entry.when))
        .set(15, result.laboratory.as_deref().map(|name| components(&["", name])).unwrap_or_default())
}

/// HL7 table 0085, which table 0123 shares for these.
pub(crate) fn result_status(status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::Registered => "I",
        ResultStatus::Preliminary => "P",
        ResultStatus::Final => "F",
        ResultStatus::Corrected => "C",
        ResultStatus::Cancelled => "X",
        ResultStatus::NotTold => "",
    }
}

pub(crate) fn nte(text: &str) -> Segment {
    Segment::new("NTE").set(1, "1").set(2, "L").text(3, text)
}

pub(crate) fn obx_text(title: &str, text: &str) -> Segment {
    Segment::new("OBX").set(1, "1").set(2, "FT").set(3, components(&["", title])).text(5, text).set(11, "F")
}

pub(crate) fn txa(number: &str, author: &str, letter: &Letter) -> Segment {
    let kind = if letter.kind.as_deref() == Some("Discharge summary") { "DS" } else { "CN" };
    Segment::new("TXA")
        .set(1, "1")
        .set(2, components(&[kind, &letter.title]))
        .set(3, "TX")
        .set(4, when(letter.written))
        .set(6, when(letter.written))
        .set(9, clinician(author))
        .text(12, number)
        .set(17, "AU")
}

pub(crate) fn sch(number: &str, appointment: &Appointment) -> Segment {
    let status = match appointment.status {
        AppointmentStatus::Proposed => "Pending",
        AppointmentStatus::Booked => "Booked",
        AppointmentStatus::Arrived => "Started",
        AppointmentStatus::Attended => "Complete",
        AppointmentStatus::Cancelled => "Cancelled",
        AppointmentStatus::DidNotAttend => "Noshow",
        AppointmentStatus::NotTold => "",
    };
    let (start, end) = (when(appointment.start), when(appointment.end));
    Segment::new("SCH")
        .text(1, number)
        .text(2, number)
        .set(7, components(&["", appointment.reason.as_deref().unwrap_or_default()]))
        .set(8, components(&["", &appointment.service]))
        .set(11, components(&["", "", "", &start, &end]))
        .set(25, status)
}

pub(crate) fn ais(appointment: &Appointment) -> Segment {
    let service = components(&["", &appointment.service]);
    Segment::new("AIS").set(1, "1").set(3, service).set(4, when(appointment.start))
}

pub(crate) fn aip(name: &str, appointment: &Appointment) -> Segment {
    Segment::new("AIP").set(1, "1").set(3, clinician(name)).set(6, when(appointment.start))
}
