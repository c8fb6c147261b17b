use disclosure::{LinkVerdict, Moving, MovingEntry, PairChart, PairPerson, Region, StoredPair, needs_second};
use record::When;

use super::identity_list::source_name;
use super::identity_pair::{base, since};
use crate::pages::identity_preview::{Decision, IdentityPreview, MovingItems, MovingLine};
use crate::pages::parts::{Frame, Moment, ServerForm};

/// What a decision about this doubt will do.
pub(crate) fn preview(
    frame: Frame,
    form: ServerForm,
    pair: &StoredPair,
    (verdict, moving): (LinkVerdict, Option<&Moving>),
    reason: &str,
    region: &Region,
) -> IdentityPreview {
    let decision = decision(pair, verdict);
    let second = decision == Decision::Link && needs_second(pair) && pair.doubt.first_reviewer.is_none();
    IdentityPreview {
        frame,
        base: base(pair),
        form,
        decision,
        answer: match verdict {
            LinkVerdict::SamePerson => "same",
            LinkVerdict::NotTheSame => "apart",
            LinkVerdict::AskTheSource => "ask",
            LinkVerdict::Unlink(_) => "out",
        },
        chart: match verdict {
            LinkVerdict::Unlink(chart) => chart.0.to_string(),
            _ => String::new(),
        },
        seen: pair.seen.token().to_owned(),
        reason: reason.to_owned(),
        charts: charts(pair, verdict, region),
        moving: moving.map(|moving| items(moving, region)),
        second_reviewer: second.then_some("names and date of birth both differ"),
    }
}

fn items(moving: &Moving, region: &Region) -> MovingItems {
    let line = |entry: &MovingEntry| MovingLine {
        section: entry.section.word(),
        when: entry.when.as_deref().and_then(|when| When::parse_iso(when).ok()).map(Moment::of),
        source: source_name(region, &entry.source),
    };
    MovingItems {
        by_section: moving.sections.iter().map(|(section, count)| (section.word(), *count)).collect(),
        sensitive: moving.sensitive,
        lines: moving.entries.iter().map(line).collect(),
        more: moving.more,
    }
}

fn decision(pair: &StoredPair, verdict: LinkVerdict) -> Decision {
    match verdict {
        LinkVerdict::SamePerson if pair.doubt.is_of_one_record => Decision::KeepTogether,
        LinkVerdict::SamePerson => Decision::Link,
        LinkVerdict::NotTheSame => Decision::KeepApart,
        LinkVerdict::AskTheSource => Decision::AskTheSource,
        LinkVerdict::Unlink(_) => Decision::TakeOut,
    }
}

/// Whose charts it is about: all of both where they are linked, the one that is taken out.
fn charts(pair: &StoredPair, verdict: LinkVerdict, region: &Region) -> Vec<String> {
    let words = |chart: &PairChart| {
        let source = source_name(region, &chart.source);
        since(chart).map_or_else(|| source.clone(), |since| format!("{source}, since {}", since.text()))
    };
    let charts = pair.people.iter().flat_map(|person: &PairPerson| &person.charts);
    match verdict {
        LinkVerdict::Unlink(out) => charts.filter(|chart| chart.chart == out).map(words).collect(),
        LinkVerdict::SamePerson if !pair.doubt.is_of_one_record => charts.map(words).collect(),
        _ => Vec::new(),
    }
}
