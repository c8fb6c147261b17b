use record::{Content, Letter, LetterStatus, Standing};

use super::datatypes::{coded_text, identifier, organisation, person_name};
use super::draft::{Draft, joined};
use super::message::Segment;
use super::orders::{comments, visit_key};
use crate::Problem;

/// A referral (`REF`): who asks whom for what. The record has no noun of its own for
/// it, so it stands among the letters, which is what it replaces.
///
/// # Errors
/// When there is no `RF1`.
pub(super) fn read(segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    let at = segments.iter().position(|segment| segment.name() == "RF1");
    let at = at.ok_or_else(|| Problem::new("RF1", "a referral message without RF1"))?;
    let Some((&referral, behind)) = segments.get(at..).and_then(<[_]>::split_first) else { return Ok(()) };
    let text = |number: usize| coded_text(referral.field(number).repetition(0));
    let by = provider(segments, b"RP");
    let to = provider(segments, b"RT");
    let kind = text(3);
    let (written, expires) = (draft.when(referral, 9).or_else(|| draft.when(referral, 7)), draft.when(referral, 8));
    let number = identifier(referral.field(6)).or_else(|| identifier(referral.field(11)));
    let key = number.unwrap_or_else(|| {
        draft.note("RF1-6", "a referral without a number");
        written.map(|at| format!("at {}", at.to_iso())).unwrap_or_default()
    });
    let line = |name: &str, value: Option<String>| value.map(|value| format!("{name}: {value}"));
    let reasons = referral.field(10).repetitions().filter_map(coded_text);
    let own: Vec<_> = behind.iter().take_while(|segment| segment.name() == "NTE").copied().collect();
    let lines = [
        line("Reason", joined(reasons, ", ")),
        line("Status", state(referral)),
        line("Priority", text(2)),
        line("From", by.clone()),
        line("To", to.clone()),
        line("Valid until", expires.map(|at| at.show(record::Audience::Staff))),
        comments(&own),
    ];
    let letter = Letter {
        title: to.map_or_else(|| "Referral".to_owned(), |to| format!("Referral to {to}")),
        status: LetterStatus::NotTold,
        kind: Some(joined(["Referral".to_owned()].into_iter().chain(kind), ", ").unwrap_or_default()),
        written,
        text: joined(lines.into_iter().flatten(), "\n"),
        media_type: None,
        elsewhere: None,
    };
    let mut entry = draft.entry(format!("referral|{key}"), Content::Letter(letter));
    entry.when = written.or(draft.about.happened);
    entry.author = by;
    entry.part_of = visit_key(segments);
    // REF^I14 cancels it; RF1-1 E: it has expired (HL7 table 0283).
    if draft.about.event == "I14" || matches!(referral.field(1).component(1).bytes(), b"E" | b"R") {
        entry.standing = Standing::Past;
    }
    draft.push(entry);
    Ok(())
}

/// `RF1-1` in words (HL7 table 0283).
fn state(referral: Segment<'_>) -> Option<String> {
    let field = referral.field(1).repetition(0);
    let word = match field.component(1).bytes() {
        _ if !field.component(2).is_absent() => return coded_text(field),
        b"A" => "Accepted",
        b"P" => "Pending",
        b"R" => "Rejected",
        b"E" => "Expired",
        _ => return coded_text(field),
    };
    Some(word.to_owned())
}

/// The provider in this role (`PRD-1`, HL7 table 0286): person and organisation.
fn provider(segments: &[Segment<'_>], role: &[u8]) -> Option<String> {
    let plays = |provider: &&Segment<'_>| provider.field(1).repetitions().any(|one| one.component(1).bytes() == role);
    let provider = segments.iter().filter(|segment| segment.name() == "PRD").find(plays)?;
    let name = person_name(provider.field(2).repetition(0)).map(|name| {
        let parts = name.title.into_iter().chain(name.given).chain((!name.family.is_empty()).then_some(name.family));
        parts.collect::<Vec<_>>().join(" ")
    });
    let place = provider.field(4).repetition(0);
    let place = place.component(9).told().or_else(|| super::datatypes::place(place));
    joined(name.into_iter().chain(place.or_else(|| organisation(provider.field(10).repetition(0)))), ", ")
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::{Outcome, Unit};
    use record::{NewEntry, When};

    fn unit(event: &str, segments: &str) -> Unit {
        let text = format!("MSH|^~\\&|GP|ZZ902|CC|SEL|20261102090000||REF^{event}|42|P|2.5\r{segments}\r");
        read(text.as_bytes()).unwrap().units.remove(0)
    }

    fn entries(event: &str, segments: &str) -> Vec<NewEntry> {
        match unit(event, segments).outcome {
            Outcome::Apply(mut changes) => changes.remove(0).entries,
            other => panic!("not applied but {other:?}"),
        }
    }

    const REFERRED: &str = "RF1|P|U^Urgent|CAR^Cardiology|||R77||20270101|20261101|^Chest pain~^Breathless\rNTE|1||Please see soon\r\
        PRD|RP|Hart^Rosa^^^^Dr||^^^^^^^^Riverside Surgery\rPRD|RT|||^^^^^^^^Kingsbrook Heart Clinic\r\
        PID|1||77^^^ZZ902^MR||Okafor^Grace\rDG1|1||422504002^Ischaemic stroke^SCT\rPR1|1||80146002^Appendicectomy^SCT||2020";

    #[test]
    fn a_referral_says_who_asks_whom_and_why_and_brings_its_background() {
        let found = entries("I12", REFERRED);
        let kinds: Vec<_> = found.iter().map(|entry| entry.content.kind()).collect();
        assert_eq!(kinds, ["letter", "problem", "procedure"]);
        let Content::Letter(letter) = &found[0].content else { panic!("a letter") };
        assert_eq!(
            (found[0].key.as_str(), letter.title.as_str()),
            ("referral|R77", "Referral to Kingsbrook Heart Clinic")
        );
        assert_eq!(letter.kind.as_deref(), Some("Referral, Cardiology"));
        assert_eq!(letter.written.map(When::to_iso).as_deref(), Some("2026-11-01"));
        assert_eq!(
            letter.text.as_deref(),
            Some(
                "Reason: Chest pain, Breathless\nStatus: Pending\nPriority: Urgent\nFrom: Rosa Hart, Riverside Surgery\nTo: Kingsbrook Heart Clinic\nValid until: 01-Jan-2027\nPlease see soon"
            )
        );
        assert_eq!(found[0].standing, Standing::Current);
    }

    #[test]
    fn one_that_is_cancelled_rejected_or_expired_is_past() {
        assert_eq!(entries("I14", REFERRED)[0].standing, Standing::Past);
        assert_eq!(entries("I13", &REFERRED.replace("RF1|P|", "RF1|R|"))[0].standing, Standing::Past);
    }

    #[test]
    fn a_referral_without_rf1_is_a_fault() {
        let Outcome::Refuse(problem) = unit("I12", "PID|1||77").outcome else { panic!("refused") };
        assert_eq!(problem.place, "RF1");
    }
}
