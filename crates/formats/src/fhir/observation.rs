//! `Observation` (R4 §10.1): a value, a set of components, or a panel.

use record::{Content, Report, ResultStatus, TestResult};

use super::datatype::{concept, has_code, quantity, range, ratio};
use super::node::Node;
use super::reading::{Read, Reading, joined, notes_of, word_of};
use crate::Change;

/// Reads one observation as one entry. An observation that only lists others is
/// a panel and becomes a report, so that it does not look like a missing value.
pub(super) fn read(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let observation = reading.resource;
    let test = reading.concept("code").unwrap_or_else(|| {
        reading.note("code", "the test is not named");
        "Test not named by the source".to_owned()
    });
    let who = reading.who_in(&["performer"]);
    let (value, unit) = value(reading, observation);
    let is_panel = value.is_none() && observation.get("hasMember").is_some() && absent(observation).is_none();
    let components: Vec<Component> = observation.list("component").map(|part| component(reading, part)).collect();
    let content = if is_panel && components.is_empty() {
        Content::Report(Report {
            title: test,
            status: status(reading),
            conclusion: notes_of(observation),
            laboratory: who.clone().organisation_or_person(),
            category: reading.concept("category"),
        })
    } else {
        let shown = whole(value, unit, &components);
        Content::TestResult(TestResult {
            test,
            value: shown.value,
            unit: shown.unit,
            range: ranges(observation).or(shown.range),
            flag: flag(observation).or(shown.flag),
            status: status(reading),
            panel: reading.list().and_then(|list| list.resource.get("code")).and_then(concept),
            specimen: observation.get("specimen").and_then(|specimen| specimen_name(reading, specimen)),
            laboratory: who.clone().organisation_or_person(),
            comment: comment(observation, shown.rest),
            absent_reason: absent(observation).or(shown.absent),
        })
    };
    let mut entry = reading.entry(content, reading.standing(reading.status() == "cancelled"));
    let issued = reading.when("issued")?;
    entry.when = match reading.when_or_start("effective")? {
        Some(when) => Some(when),
        None => reading.when("effectiveInstant")?.or(issued),
    };
    entry.recorded = issued.or(entry.recorded);
    entry.code = reading.code("code");
    entry.part_of = reading.list().map(|list| list.key.clone()).or_else(|| reading.key_at("encounter.reference"));
    Ok(reading.change(chart, reading.signed(entry, who)))
}

/// The state of a result (R4 value set ObservationStatus, DiagnosticReportStatus).
pub(super) fn status(reading: &Reading<'_, '_>) -> ResultStatus {
    match &*reading.status() {
        "registered" => ResultStatus::Registered,
        "preliminary" | "partial" => ResultStatus::Preliminary,
        "final" => ResultStatus::Final,
        "amended" | "corrected" | "appended" => ResultStatus::Corrected,
        "cancelled" => ResultStatus::Cancelled,
        _ => {
            reading.note_unknown_status();
            ResultStatus::NotTold
        }
    }
}

/// `value[x]` and its unit, as told.
fn value(reading: &Reading<'_, '_>, holder: Node<'_>) -> (Option<String>, Option<String>) {
    if let Some(told) = holder.get("valueQuantity") {
        return quantity(told);
    }
    if holder.get("valueSampledData").is_some() {
        reading.note("valueSampledData", "a waveform; not shown");
        return (Some("Waveform, not shown here".to_owned()), None);
    }
    let truth = holder.word("valueBoolean").map(|told| if told == "true" { "Yes" } else { "No" }.to_owned());
    let plain = ["valueString", "valueInteger", "valueDateTime", "valueTime"];
    let value = holder
        .get("valueCodeableConcept")
        .and_then(concept)
        .or_else(|| plain.iter().find_map(|name| holder.string(name)))
        .or(truth)
        .or_else(|| holder.get("valueRange").and_then(range))
        .or_else(|| holder.get("valueRatio").and_then(ratio))
        .or_else(|| holder.get("valuePeriod").map(period));
    (value, None)
}

fn period(period: Node<'_>) -> String {
    let end = |name: &str| period.string(name).unwrap_or_else(|| "not told".to_owned());
    format!("{} to {}", end("start"), end("end"))
}

struct Component {
    name: String,
    codes: [bool; 2],
    value: Option<String>,
    unit: Option<String>,
    flag: Option<String>,
    range: Option<String>,
    absent: Option<String>,
}

/// LOINC and SNOMED CT codes of systolic and of diastolic blood pressure.
const SYSTOLIC_AND_DIASTOLIC: [[&str; 3]; 2] =
    [["8480-6", "271649006", "72313002"], ["8462-4", "271650006", "1091811000000102"]];

fn component(reading: &Reading<'_, '_>, part: Node<'_>) -> Component {
    let code = part.get("code");
    let (value, unit) = value(reading, part);
    Component {
        name: code.and_then(concept).unwrap_or_else(|| "Not named".to_owned()),
        codes: SYSTOLIC_AND_DIASTOLIC.map(|codes| code.is_some_and(|code| codes.iter().any(|one| has_code(code, one)))),
        value,
        unit,
        flag: flag(part),
        range: ranges(part),
        absent: absent(part),
    }
}

impl Component {
    fn is_flagged(&self) -> bool {
        self.flag.as_deref().is_some_and(|flag| flag != "N")
    }

    fn shown(&self) -> String {
        let value = self.value.clone().or_else(|| self.absent.clone()).unwrap_or_else(|| "no value".to_owned());
        let unit = self.unit.as_ref().filter(|unit| *unit != "1").map(|unit| format!(" {unit}")).unwrap_or_default();
        let flag =
            self.flag.as_ref().filter(|_| self.is_flagged()).map(|flag| format!(" ({flag})")).unwrap_or_default();
        format!("{} {value}{unit}{flag}", self.name)
    }
}

#[derive(Default)]
struct Shown {
    value: Option<String>,
    unit: Option<String>,
    flag: Option<String>,
    range: Option<String>,
    absent: Option<String>,
    rest: Option<String>,
}

/// An observation's value and its components on one line: a blood pressure as
/// `120/80`, anything else as `Eye opening 4; Verbal response 5`.
fn whole(value: Option<String>, unit: Option<String>, components: &[Component]) -> Shown {
    let list = |parts: &mut dyn Iterator<Item = &Component>| joined(parts.map(Component::shown), "; ");
    if value.is_some() || components.is_empty() {
        return Shown { value, unit, rest: list(&mut components.iter()), ..Shown::default() };
    }
    let flag = components.iter().find(|part| part.is_flagged()).and_then(|part| part.flag.clone());
    let pressure =
        |which: usize| components.iter().find(|part| part.codes.get(which) == Some(&true) && part.value.is_some());
    if let (Some(systolic), Some(diastolic)) = (pressure(0), pressure(1))
        && systolic.unit == diastolic.unit
    {
        let value = [systolic, diastolic].map(|part| part.value.clone().unwrap_or_default()).join("/");
        let others = &mut components.iter().filter(|part| part.codes == [false; 2] || part.is_flagged());
        return Shown { value: Some(value), unit: systolic.unit.clone(), flag, rest: list(others), ..Shown::default() };
    }
    if components.iter().all(|part| part.value.is_none()) {
        return Shown { absent: list(&mut components.iter()), flag, ..Shown::default() };
    }
    let range = components.iter().filter_map(|part| Some(format!("{} {}", part.name, part.range.as_ref()?)));
    let range = joined(range, "; ");
    Shown { value: list(&mut components.iter()), flag, range, ..Shown::default() }
}

/// The laboratory's flag: a code of v3-ObservationInterpretation (or of HL7 v2's
/// table 0078, which says the same), else its words.
fn flag(holder: Node<'_>) -> Option<String> {
    let told = holder.get("interpretation")?;
    let codings = told.items().flat_map(|concept| concept.list("coding"));
    let mut of_hl7 = codings.filter(|coding| {
        coding
            .word("system")
            .is_none_or(|system| system.ends_with("ObservationInterpretation") || system.ends_with("0078"))
    });
    of_hl7.find_map(|coding| coding.string("code")).or_else(|| told.items().find_map(concept))
}

/// The reference range as the laboratory writes it.
fn ranges(holder: Node<'_>) -> Option<String> {
    joined(holder.list("referenceRange").filter_map(reference_range), "; ")
}

fn reference_range(told: Node<'_>) -> Option<String> {
    let part = |name: &str| told.get(name).map(quantity).unwrap_or_default();
    let bounds = match (part("low"), part("high")) {
        ((Some(low), _), (Some(high), _)) => Some(format!("{low}-{high}")),
        ((Some(low), _), _) => Some(format!("≥{low}")),
        (_, (Some(high), _)) => Some(format!("≤{high}")),
        _ => None,
    };
    if let Some(text) = told.string("text") {
        return Some(text);
    }
    let kind = told.get("type").filter(|kind| !has_code(*kind, "normal")).and_then(concept);
    let applies = told.list("appliesTo").filter_map(concept);
    let age = told.get("age").and_then(range).map(|age| format!("age {age}"));
    joined(kind.into_iter().chain(applies).chain(age).chain(Some(bounds?)), " ")
}

fn absent(holder: Node<'_>) -> Option<String> {
    let told = holder.get("dataAbsentReason")?;
    concept(told).map(|reason| if reason.contains(' ') { reason } else { word_of(&reason) })
}

fn specimen_name<'d>(reading: &Reading<'_, 'd>, reference: Node<'d>) -> Option<String> {
    let target = reading.target(reference);
    target.and_then(|specimen| specimen.get("type")).and_then(concept).or_else(|| reference.string("display"))
}

fn comment(observation: Node<'_>, rest: Option<String>) -> Option<String> {
    let detail = |name: &str, words: &str| {
        let told = observation.get(name).and_then(concept)?;
        Some(format!("{words}: {told}"))
    };
    let parts = [rest, notes_of(observation), detail("method", "Method"), detail("bodySite", "Site")];
    joined(parts.into_iter().flatten(), "\n")
}
