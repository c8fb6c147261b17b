use disclosure::{DoubtKind, IdentityDoubt, IdentityWork, LinkAct, LinkDecision, Region};
use jiff::Timestamp;
use record::{Audience, SourceId, When, show_instant};
use store::WORK_LIST_MAX;

use crate::handlers::identity::LIST;
use crate::pages::identity_list::{DoubtLine, IdentityList, Likely, SettledLine};
use crate::pages::parts::{Frame, Moment, ServerForm};

/// The form that looks one person up.
pub(crate) const LOOK: &str = "charts of a record";

/// The identity analysts' work list.
pub(crate) fn list(frame: Frame, form: ServerForm, work: &IdentityWork, region: &Region) -> IdentityList {
    let waiting = |doubt: &IdentityDoubt| DoubtLine {
        href: format!("{LIST}/{}", doubt.item.id),
        about: about(doubt),
        risk: risk(doubt),
        likely: likely(doubt.item.odds_centibits),
        source: source_name(region, &doubt.item.source),
        since: moment(doubt.item.at),
        under_way: under_way(doubt),
    };
    let settled = |decision: &LinkDecision| SettledLine {
        href: format!("{LIST}/{}", decision.item),
        what: decided(decision.act),
        who: decision.staff_name.clone(),
        when: moment(decision.at),
        came_of_it: came_of_it(decision),
    };
    IdentityList {
        frame,
        waiting: work.waiting.iter().map(waiting).collect(),
        listed_max: usize::try_from(WORK_LIST_MAX).unwrap_or(usize::MAX),
        needs_second: work.needs_second.iter().map(settled).collect(),
        settled: work.settled.iter().map(settled).collect(),
        form,
        nhs_number: String::new(),
        reason: String::new(),
        reason_chars_max: access::REASON_CHARACTERS_MAX,
        errors: Vec::new(),
    }
}

/// What a doubt is about, in words.
pub(super) fn about(doubt: &IdentityDoubt) -> &'static str {
    match (doubt.item.kind, doubt.is_of_one_record) {
        (DoubtKind::Contradiction, true) => "One record may hold two people",
        (DoubtKind::Contradiction, false) => "What is told contradicts who the person is",
        (DoubtKind::Merge, true) => "A merge by the source may have joined two people",
        (DoubtKind::Merge, false) => "A merge by the source: do both records belong to it?",
        (DoubtKind::SameNumber, _) => "Two people under one number",
        (DoubtKind::LooksAlike, _) => "Two records may be one person's",
        (DoubtKind::Undoubted, true) => "The charts of one record",
        (DoubtKind::Undoubted, false) => "Two records that were told apart",
    }
}

fn risk(doubt: &IdentityDoubt) -> &'static str {
    match doubt.item.kind {
        DoubtKind::Contradiction | DoubtKind::Merge => "Staff may see one person's record in another's",
        DoubtKind::SameNumber => "Whoever looks for one may open the other",
        DoubtKind::LooksAlike | DoubtKind::Undoubted => "Each may lack what the other has",
    }
}

/// From this chance on, in thousandths, it is very likely.
const VERY_LIKELY: i64 = 990;
/// From this chance on, in thousandths, it is likely.
const LIKELY: i64 = 900;
/// From this chance on, in thousandths, it is as likely as not.
const PERHAPS: i64 = 500;

/// How likely it is in words and as a figure: odds in hundredths of a bit above even.
pub(super) fn likely(odds_centibits: Option<i64>) -> Likely {
    let Some(centibits) = odds_centibits else { return Likely { words: "Not weighed", figure: None } };
    let thousandths = in_thousandths(centibits);
    let words = match thousandths {
        VERY_LIKELY.. => "Very likely one person",
        LIKELY.. => "Likely one person",
        PERHAPS.. => "Perhaps one person",
        _ => "Less likely one person than two",
    };
    let figure = match thousandths {
        VERY_LIKELY.. => "more than 99 in 100".to_owned(),
        ..=9 => "less than 1 in 100".to_owned(),
        chance => format!("about {} in 100", chance / 10),
    };
    Likely { words, figure: Some(figure) }
}

fn in_thousandths(centibits: i64) -> i64 {
    // Beyond thirty bits the chance no longer changes in any figure that is shown.
    let bits = f64::from(i32::try_from(centibits.clamp(-3_000, 3_000)).unwrap_or_default()) / 100.0;
    let odds = bits.exp2();
    let chance = (odds / (1.0 + odds) * 1_000.0).floor();
    // Between 0 and 1,000.
    #[expect(clippy::cast_possible_truncation, reason = "a chance in thousandths")]
    let chance = chance as i64;
    chance
}

fn under_way(doubt: &IdentityDoubt) -> Option<String> {
    if let Some(act) = doubt.under_way {
        return Some(carrying_out(act).to_owned());
    }
    if let Some((name, at)) = &doubt.first_reviewer {
        return Some(format!("{name} said that they are one person, {}; a second reviewer is needed", instant(*at)));
    }
    doubt.asks_the_source.as_ref().map(asks)
}

pub(super) fn asks((name, at): &(String, Timestamp)) -> String {
    format!("{name} asks the source, since {}", instant(*at))
}

pub(super) fn carrying_out(act: LinkAct) -> &'static str {
    match act {
        LinkAct::SamePerson => "The two are being linked.",
        LinkAct::NotTheSame => "It is being noted that they are two people.",
        LinkAct::AskTheSource => "The source is being asked.",
        LinkAct::Unlink => "The chart is being taken out.",
        LinkAct::TakeBack => "A decision is being taken back.",
    }
}

pub(super) fn decided(act: LinkAct) -> &'static str {
    match act {
        LinkAct::SamePerson => "Said that they are one person",
        LinkAct::NotTheSame => "Said that they are two people",
        LinkAct::AskTheSource => "Asks the source",
        LinkAct::Unlink => "Took a chart out",
        LinkAct::TakeBack => "Took a decision back",
    }
}

pub(super) fn came_of_it(decision: &LinkDecision) -> String {
    match &decision.done {
        Some((_, outcome)) if outcome.is_empty() => "Noted.".to_owned(),
        Some((_, outcome)) => outcome.clone(),
        None if decision.waits_for_second => "It waits for a second reviewer.".to_owned(),
        None => "It is being carried out.".to_owned(),
    }
}

pub(super) fn source_name(region: &Region, source: &SourceId) -> String {
    region.source(source).map_or_else(|| source.to_string(), |source| source.name.clone())
}

pub(super) fn moment(at: Timestamp) -> Moment {
    Moment::of(When::from(at))
}

pub(super) fn instant(at: Timestamp) -> String {
    show_instant(at, Audience::Staff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_likely_is_said_in_words_and_never_as_certain() {
        let said = |centibits| {
            let Likely { words, figure } = likely(Some(centibits));
            format!("{words}: {}", figure.unwrap())
        };
        assert_eq!(said(0), "Perhaps one person: about 50 in 100");
        assert_eq!(said(-1), "Less likely one person than two: about 49 in 100");
        assert_eq!(said(400), "Likely one person: about 94 in 100");
        assert_eq!(said(664), "Very likely one person: more than 99 in 100");
        assert_eq!(said(i64::MAX), "Very likely one person: more than 99 in 100");
        assert_eq!(said(i64::MIN), "Less likely one person than two: less than 1 in 100");
        assert_eq!(likely(None).words, "Not weighed");
    }
}
