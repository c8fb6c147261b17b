//! `Dosage` and `Timing` in words (R4 §2.24.0.13, §2.24.0.12).
//!
//! Words are made only when every part of a timing is understood; otherwise the
//! source's own text stands for the whole, because half a dosage is a wrong one.

use record::When;

use super::datatype::{amount, concept, range, ratio};
use super::node::Node;
use super::reading::{Read, Reading, joined};

/// What a list of dosages says.
#[derive(Debug, Default)]
pub(super) struct Dosage {
    pub(super) dose: Option<String>,
    pub(super) route: Option<String>,
    pub(super) frequency: Option<String>,
    pub(super) instruction: Option<String>,
    pub(super) start: Option<When>,
    pub(super) end: Option<When>,
}

/// Reads the dosages of a medicine. Several of them (a taper, a morning and an
/// evening dose) cannot be told in one line, so they are given as instruction.
pub(super) fn read(reading: &Reading<'_, '_>, name: &str) -> Read<Dosage> {
    let all: Vec<Node<'_>> = reading.resource.list(name).collect();
    let Some(first) = all.first() else { return Ok(Dosage::default()) };
    let (start, end) = bounds(reading, *first, name)?;
    let text = joined(all.iter().filter_map(|dosage| text_of(*dosage)), "; ");
    if all.len() > 1 {
        let each = all.iter().map(|dosage| text_of(*dosage).or_else(|| composed(*dosage)));
        let route = all
            .iter()
            .map(|dosage| route(*dosage))
            .reduce(|one, other| if one == other { one } else { None })
            .flatten();
        let instruction = joined(each.flatten(), "; then ");
        return Ok(Dosage { route, instruction, start, ..Dosage::default() });
    }
    let frequency = frequency(*first);
    if frequency.is_none() && first.get("timing").is_some() && text.is_none() {
        reading.note(&format!("{name}[0].timing"), "a timing that is not put into words here");
    }
    Ok(Dosage { dose: dose(*first), route: route(*first), frequency, instruction: text, start, end })
}

fn bounds(reading: &Reading<'_, '_>, dosage: Node<'_>, name: &str) -> Read<(Option<When>, Option<When>)> {
    let Some(bounds) = dosage.at("timing.repeat.boundsPeriod") else { return Ok((None, None)) };
    let part = format!("{name}[0].timing.repeat.boundsPeriod.");
    let date = |at: &str| -> Read<Option<When>> {
        let Some(told) = bounds.word(at) else { return Ok(None) };
        When::parse_iso(&told).map(Some).map_err(|_| reading.refuse(&format!("{part}{at}"), "not a date that exists"))
    };
    Ok((date("start")?, date("end")?))
}

fn text_of(dosage: Node<'_>) -> Option<String> {
    let extra = dosage.list("additionalInstruction").filter_map(concept);
    match dosage.string("text") {
        Some(text) => joined([Some(text), dosage.string("patientInstruction")].into_iter().flatten(), ". "),
        None => joined(dosage.string("patientInstruction").into_iter().chain(extra), ", "),
    }
}

fn composed(dosage: Node<'_>) -> Option<String> {
    joined([dose(dosage), route(dosage), frequency(dosage)].into_iter().flatten(), " ")
}

fn route(dosage: Node<'_>) -> Option<String> {
    dosage.get("route").and_then(concept)
}

/// The amount each time, and at which rate.
fn dose(dosage: Node<'_>) -> Option<String> {
    let all = || dosage.list("doseAndRate");
    let is_ordered = |told: &Node<'_>| told.get("type").is_some_and(|kind| super::datatype::has_code(kind, "ordered"));
    let told = all().find(is_ordered).or_else(|| all().next())?;
    let dose = told.get("doseQuantity").and_then(amount).or_else(|| told.get("doseRange").and_then(range));
    let rate = told
        .get("rateQuantity")
        .and_then(amount)
        .or_else(|| told.get("rateRatio").and_then(ratio))
        .or_else(|| told.get("rateRange").and_then(range));
    match (dose, rate) {
        (Some(dose), Some(rate)) => Some(format!("{dose} at {rate}")),
        (dose, rate) => dose.or(rate),
    }
}

/// How often, in words; `None` where a part of it has no words here.
fn frequency(dosage: Node<'_>) -> Option<String> {
    let as_needed = match dosage.get("asNeededCodeableConcept").and_then(concept) {
        Some(reason) => Some(format!("as needed for {reason}")),
        None => dosage.says("asNeededBoolean", "true").then(|| "as needed".to_owned()),
    };
    let most = match dosage.get("maxDosePerPeriod") {
        Some(most) => {
            Some(format!("at most {} in {}", amount(most.get("numerator")?)?, amount(most.get("denominator")?)?))
        }
        None => None,
    };
    let often = match dosage.get("timing") {
        Some(timing) => Some(timing_in_words(timing)?),
        None => None,
    };
    joined([often, as_needed, most].into_iter().flatten(), ", ")
}

fn timing_in_words(timing: Node<'_>) -> Option<String> {
    let coded = || {
        let code = timing.string("code.coding.code").and_then(|code| code_in_words(&code).map(str::to_owned));
        timing.string("code.text").or(code).or_else(|| timing.get("code").and_then(concept))
    };
    let Some(repeat) = timing.get("repeat") else { return coded().filter(|_| timing.get("event").is_none()) };
    if repeat.names().all(|name| name.starts_with("bounds")) {
        return coded();
    }
    let understood =
        ["frequency", "frequencyMax", "period", "periodMax", "periodUnit", "when", "dayOfWeek", "timeOfDay"];
    let is_understood = |name: &str| understood.contains(&name) || name == "boundsPeriod" || name == "boundsDuration";
    if timing.get("event").is_some() || !repeat.names().all(|name| is_understood(&name)) {
        return coded();
    }
    let parts = [
        repetition(repeat)?,
        times(repeat, "when", event_in_words)?,
        times(repeat, "dayOfWeek", day_in_words)?,
        clock(repeat),
    ];
    let lasting = repeat.get("boundsDuration").and_then(amount).map(|length| format!("for {length}"));
    joined(parts.into_iter().flatten().chain(lasting), " ")
}

/// `twice a day`, `every 4 to 6 hours`. The outer `None`: not understood.
fn repetition(repeat: Node<'_>) -> Option<Option<String>> {
    let number = |name: &str| repeat.string(name);
    let (Some(period), Some(unit)) =
        (number("period"), repeat.word("periodUnit").and_then(|unit| unit_in_words(&unit)))
    else {
        return repeat.get("frequency").is_none().then_some(None);
    };
    let period = period.strip_suffix(".0").unwrap_or(&period).to_owned();
    let times = number("frequency").unwrap_or_else(|| "1".to_owned());
    let per = |every: bool| match (number("periodMax"), period.as_str()) {
        (Some(most), _) => format!("every {period} to {most} {unit}s"),
        (None, "1") if every => format!("every {unit}"),
        (None, "1") => format!("a {unit}").replace("a hour", "an hour"),
        (None, _) => format!("every {period} {unit}s"),
    };
    let words = match (times.as_str(), number("frequencyMax")) {
        (least, Some(most)) => format!("{least} to {most} times {}", per(false)),
        ("1", None) if period != "1" || number("periodMax").is_some() => per(true),
        ("1", None) if unit == "hour" || unit == "minute" || unit == "second" => per(true),
        ("1", None) => format!("once {}", per(false)),
        ("2", None) => format!("twice {}", per(false)),
        ("3", None) => format!("three times {}", per(false)),
        ("4", None) => format!("four times {}", per(false)),
        (more, None) => format!("{more} times {}", per(false)),
    };
    Some(Some(words))
}

/// A list of events or days, all of them in words or none.
fn times(repeat: Node<'_>, name: &str, words: fn(&str) -> Option<&'static str>) -> Option<Option<String>> {
    let all: Option<Vec<&str>> = repeat.list(name).map(|code| words(&code.text()?)).collect();
    let all = all?;
    let prefix = if name == "dayOfWeek" && !all.is_empty() { "on " } else { "" };
    Some((!all.is_empty()).then(|| format!("{prefix}{}", all.join(" and "))))
}

fn clock(repeat: Node<'_>) -> Option<String> {
    let times = repeat.list("timeOfDay").filter_map(Node::text).map(|time| time.get(..5).unwrap_or(&time).to_owned());
    joined(times, " and ").map(|times| format!("at {times}"))
}

fn unit_in_words(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "s" => "second",
        "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "wk" => "week",
        "mo" => "month",
        "a" => "year",
        _ => return None,
    })
}

/// R4 value set EventTiming.
fn event_in_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "MORN" => "in the morning",
        "MORN.early" => "in the early morning",
        "MORN.late" => "in the late morning",
        "NOON" => "at noon",
        "AFT" => "in the afternoon",
        "AFT.early" => "in the early afternoon",
        "AFT.late" => "in the late afternoon",
        "EVE" => "in the evening",
        "EVE.early" => "in the early evening",
        "EVE.late" => "in the late evening",
        "NIGHT" => "at night",
        "PHS" => "after sleep",
        "HS" => "before sleep",
        "WAKE" => "on waking",
        "C" => "at meals",
        "CM" => "at breakfast",
        "CD" => "at lunch",
        "CV" => "at dinner",
        "AC" => "before meals",
        "ACM" => "before breakfast",
        "ACD" => "before lunch",
        "ACV" => "before dinner",
        "PC" => "after meals",
        "PCM" => "after breakfast",
        "PCD" => "after lunch",
        "PCV" => "after dinner",
        _ => return None,
    })
}

fn day_in_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        _ => return None,
    })
}

/// R4 value set TimingAbbreviation (HL7 GTSAbbreviation).
fn code_in_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "QD" => "once a day",
        "BID" => "twice a day",
        "TID" => "three times a day",
        "QID" => "four times a day",
        "QOD" => "every 2 days",
        "AM" => "every morning",
        "PM" => "every afternoon",
        "BED" => "at bedtime",
        "WK" => "once a week",
        "MO" => "once a month",
        "Q1H" => "every hour",
        "Q2H" => "every 2 hours",
        "Q3H" => "every 3 hours",
        "Q4H" => "every 4 hours",
        "Q6H" => "every 6 hours",
        "Q8H" => "every 8 hours",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::scan::{DEPTH_MAX, scan};
    use super::*;

    fn often(timing: &str) -> Option<String> {
        let json = format!(r#"{{"timing":{timing}}}"#);
        frequency(scan(json.as_bytes(), DEPTH_MAX).unwrap().root())
    }

    #[test]
    fn ordinary_timings_read_as_a_nurse_says_them() {
        for (timing, words) in [
            (r#"{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}"#, "once a day"),
            (r#"{"repeat":{"frequency":2,"period":1.0,"periodUnit":"d"}}"#, "twice a day"),
            (r#"{"repeat":{"frequency":"1","period":"12","periodUnit":"h"}}"#, "every 12 hours"),
            (r#"{"repeat":{"frequency":1,"period":4,"periodMax":6,"periodUnit":"h"}}"#, "every 4 to 6 hours"),
            (r#"{"repeat":{"frequency":1,"frequencyMax":2,"period":1,"periodUnit":"d"}}"#, "1 to 2 times a day"),
            (
                r#"{"repeat":{"period":1,"periodUnit":"d","when":["MORN","NIGHT"]}}"#,
                "once a day in the morning and at night",
            ),
            (r#"{"repeat":{"frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["mon"]}}"#, "once a week on Monday"),
            (r#"{"repeat":{"timeOfDay":["08:00:00"]}}"#, "at 08:00"),
            (r#"{"code":{"coding":[{"code":"BID"}]}}"#, "twice a day"),
            (r#"{"repeat":{"boundsPeriod":{"start":"2020"}},"code":{"coding":[{"code":"TID"}]}}"#, "three times a day"),
            (
                r#"{"repeat":{"frequency":1,"period":1,"periodUnit":"d","boundsDuration":{"value":7,"unit":"days"}}}"#,
                "once a day for 7 days",
            ),
        ] {
            assert_eq!(often(timing).as_deref(), Some(words), "{timing}");
        }
    }

    #[test]
    fn a_timing_with_a_part_that_has_no_words_is_not_told_by_halves() {
        assert_eq!(often(r#"{"repeat":{"frequency":1,"period":1,"periodUnit":"d","offset":30}}"#), None);
        assert_eq!(often(r#"{"repeat":{"frequency":1,"period":1,"periodUnit":"fortnight"}}"#), None);
        assert_eq!(often(r#"{"repeat":{"period":1,"periodUnit":"d","when":["MOON"]}}"#), None);
    }
}
