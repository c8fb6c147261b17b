use disclosure::{
    HandAct, HandDecision, ItemState, Outline, OutlineLine, QUARANTINE_ALARM_MINUTES, Quarantine, QuarantineItem,
    QuarantinedMessage, Region,
};
use jiff::Timestamp;
use record::{SourceFormat, SourceId, When};

use crate::handlers::quarantine::LIST;
use crate::pages::parts::{Frame, Moment, ServerForm};
use crate::pages::quarantine::{Quarantine as ListPage, SettledLine, WaitingLine};
use crate::pages::quarantined::{Built, BuiltField, BuiltLine, DecidedLine, Quarantined, Standing, Typed};

/// The list of an organisation's quarantine.
pub(crate) fn list(
    frame: Frame,
    organisation: String,
    quarantine: &Quarantine,
    region: &Region,
    now: Timestamp,
) -> ListPage {
    let waiting = |item: &QuarantineItem| WaitingLine {
        href: format!("{LIST}/{}", item.id),
        kind: kind(&item.kind),
        source: source_name(region, &item.source),
        place: item.place.clone(),
        reason: item.reason.clone(),
        since: moment(item.at),
        waits: waits(item.at, now),
        is_overdue: is_overdue(item, now),
        owner: item.owner.as_ref().map(|(name, _)| name.clone()),
        is_person_known: item.is_person_known,
        under_way: item.under_way.map(under_way),
    };
    let settled = |item: &QuarantineItem| SettledLine {
        href: format!("{LIST}/{}", item.id),
        kind: kind(&item.kind),
        source: source_name(region, &item.source),
        place: item.place.clone(),
        since: moment(item.at),
        how: became(item.state),
    };
    ListPage {
        frame,
        organisation,
        waiting: quarantine.waiting.iter().map(waiting).collect(),
        more: quarantine.more,
        settled: quarantine.settled.iter().map(settled).collect(),
        alarm_minutes: QUARANTINE_ALARM_MINUTES,
    }
}

/// One row of it; without an outline its message concerns somebody whose record is closed.
pub(crate) fn item(
    frame: Frame,
    form: ServerForm,
    message: &QuarantinedMessage,
    outline: Option<&Outline>,
    region: &Region,
    now: Timestamp,
) -> Quarantined {
    let item = &message.item;
    let owner = |(name, at): &(String, Timestamp)| format!("{name}, since {}", moment(*at).text());
    Quarantined {
        frame,
        base: format!("{LIST}/{}", item.id),
        form,
        kind: kind(&item.kind),
        source: source_name(region, &item.source),
        message: item.message.0,
        corrects: item.corrects.map(|message| message.0),
        place: item.place.clone(),
        reason: item.reason.clone(),
        since: moment(item.at),
        waits: waits(item.at, now),
        is_person_known: item.is_person_known,
        owner: item.owner.as_ref().map(owner),
        standing: match (item.state, item.under_way) {
            (ItemState::Waiting, Some(act)) => Standing::UnderWay(under_way(act)),
            (ItemState::Waiting, None) => Standing::Waiting { is_overdue: is_overdue(item, now) },
            (state, _) => Standing::Settled(became(state)),
        },
        built: outline.map_or(Built::Closed, built),
        decided: message.decided.iter().map(decided).collect(),
        typed: Typed::default(),
        reason_chars_max: access::REASON_CHARACTERS_MAX,
        errors: Vec::new(),
    }
}

fn source_name(region: &Region, source: &SourceId) -> String {
    region.source(source).map_or_else(|| source.to_string(), |source| source.name.clone())
}

fn moment(at: Timestamp) -> Moment {
    Moment::of(When::from(at))
}

fn is_overdue(item: &QuarantineItem, now: Timestamp) -> bool {
    item.owner.is_none() && now.duration_since(item.at).as_mins() >= QUARANTINE_ALARM_MINUTES
}

/// `23 minutes`, `2 hours`, `3 days`.
fn waits(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(since).as_mins().max(0);
    let (count, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

fn under_way(act: HandAct) -> &'static str {
    match act {
        HandAct::Take => "Somebody is taking it.",
        HandAct::Replay => "It is being added again.",
        HandAct::Correct => "Its correction is being added.",
        HandAct::Dismiss => "It is being dismissed.",
    }
}

fn became(state: ItemState) -> &'static str {
    match state {
        ItemState::Waiting => "It waits",
        ItemState::Applied => "Added to the record after all",
        ItemState::Corrected => "Corrected",
        ItemState::Dismissed => "Dismissed",
    }
}

fn decided(decision: &HandDecision) -> DecidedLine {
    let correction = decision.correction.map(|message| format!(" The correction is message {}.", message.0));
    let outcome = match &decision.done {
        Some((_, outcome)) if decision.act == HandAct::Take && outcome.is_empty() => "It has an owner.".to_owned(),
        Some((_, outcome)) => format!("{outcome}{}", correction.unwrap_or_default()),
        None => "It is being carried out.".to_owned(),
    };
    DecidedLine {
        when: moment(decision.at),
        who: decision.staff_name.clone(),
        what: match decision.act {
            HandAct::Take => "Took it",
            HandAct::Replay => "Asked to add it again",
            HandAct::Correct => "Corrected it",
            HandAct::Dismiss => "Dismissed it",
        },
        why: decision.reason.clone(),
        came_of_it: outcome,
    }
}

fn built(outline: &Outline) -> Built {
    if outline.lines.is_empty() {
        return Built::Unknown;
    }
    let mut lines: Vec<BuiltLine> = Vec::new();
    for line in &outline.lines {
        match lines.last_mut().filter(|last| last.name == line.name && !last.is_at_fault && !line.is_at_fault) {
            Some(last) => last.times += 1,
            None => lines.push(built_line(line)),
        }
    }
    Built::Known { lines, more: outline.more }
}

fn built_line(line: &OutlineLine) -> BuiltLine {
    let shown = line.fields.iter().filter(|field| field.is_filled || field.is_at_fault);
    let field = |field: &disclosure::OutlineField| BuiltField {
        place: field.place.clone(),
        name: field.name.unwrap_or_default(),
        is_filled: field.is_filled,
        is_at_fault: field.is_at_fault,
    };
    BuiltLine {
        name: line.name.clone(),
        times: 1,
        is_at_fault: line.is_at_fault,
        fault: line.fault.as_ref().map(|problem| format!("{}: {}", problem.place, problem.what)),
        fields: shown.map(field).collect(),
    }
}

/// The text with a line for each segment.
pub(crate) fn as_lines(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n")
}

/// What was typed, with the line ends of its format. A browser sends its own.
pub(crate) fn as_sent(format: SourceFormat, text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match format {
        SourceFormat::Hl7v2 => text.replace('\n', "\r").into_bytes(),
        SourceFormat::Fhir | SourceFormat::Csv => text.into_bytes(),
    }
}

/// Why a message would not come back from a form as it was, where it would not.
pub(crate) fn why_not_here(format: SourceFormat, bytes: &[u8], bytes_max: usize) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some("It is not written in UTF-8, so a page would change it.");
    };
    if bytes.len() > bytes_max {
        return Some("It is too long for a page.");
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')) {
        return Some("It holds characters that a page would change.");
    }
    let ends = |end: &str| text.matches(end).count();
    let (both, returns, feeds) = (ends("\r\n"), ends("\r"), ends("\n"));
    let is_mixed = format == SourceFormat::Hl7v2 && returns > both && feeds > 0;
    is_mixed.then_some("Its lines end in different ways, so a page would change it.")
}

/// The type as the standard names it; of one that has none, that it has none.
fn kind(kind: &str) -> String {
    if kind == "unreadable" { "Unreadable message".to_owned() } else { kind.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_waits_is_said_in_the_largest_unit_that_tells() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let since = at("2026-11-22T12:00:00Z");
        for (now, words) in [
            ("2026-11-22T12:00:59Z", "0 minutes"),
            ("2026-11-22T12:01:00Z", "1 minute"),
            ("2026-11-22T13:59:00Z", "119 minutes"),
            ("2026-11-22T14:00:00Z", "2 hours"),
            ("2026-11-24T12:00:00Z", "2 days"),
            ("2026-11-22T11:00:00Z", "0 minutes"),
        ] {
            assert_eq!(waits(since, at(now)), words);
        }
    }

    #[test]
    fn a_text_that_is_sent_back_unchanged_is_the_same_message() {
        let message = b"MSH|^~\\&|A\rPID|1||7\r";
        let typed = as_lines(message).replace('\n', "\r\n");
        assert_eq!(as_sent(SourceFormat::Hl7v2, &typed), message);
        assert_eq!(why_not_here(SourceFormat::Hl7v2, message, 64), None);
    }

    #[test]
    fn what_a_form_would_change_is_not_offered() {
        let why = |bytes: &[u8]| why_not_here(SourceFormat::Hl7v2, bytes, 20);
        assert!(why(b"PID|Z\xfcrich").unwrap().contains("UTF-8"));
        assert!(why(b"NTE|one\nmore\rPID|1").unwrap().contains("end in different ways"));
        assert!(why(b"PID|\x0b").unwrap().contains("characters"));
        assert!(why(b"123456789012345678901").unwrap().contains("too long"));
        assert_eq!(why(b"12345678901234567890"), None);
    }
}
