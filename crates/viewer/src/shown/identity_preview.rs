use disclosure::{
    DoubtKind, LinkVerdict, Moving, MovingEntry, PairChart, PairPerson, Region, StoredPair, needs_second,
};
use record::{ChartId, When};

use super::identity_list::source_name;
use super::identity_pair::{base, since};
use crate::handlers::identity::LIST;
use crate::handlers::identity_decide::BACK;
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
        back: if is_looked_up(pair) { LIST.to_owned() } else { base(pair) },
        form,
        decision,
        answer: match verdict {
            LinkVerdict::SamePerson => "same",
            LinkVerdict::NotTheSame => "apart",
            LinkVerdict::AskTheSource => "ask",
            LinkVerdict::Unlink(_) => "out",
            LinkVerdict::TakeBack(_) => BACK,
        },
        chart: match verdict {
            LinkVerdict::Unlink(chart) => chart.0.to_string(),
            LinkVerdict::TakeBack(decision) => decision.to_string(),
            _ => String::new(),
        },
        seen: pair.seen.token().to_owned(),
        reason: reason.to_owned(),
        charts: charts(pair, verdict, region),
        along: along(pair, (verdict, moving), region),
        came_since: moving.map(|moving| named(pair, &moving.came_since, region)).unwrap_or_default(),
        moving: moving.map(|moving| items(moving, region)),
        second_reviewer: second.then_some("names and date of birth both differ"),
    }
}

/// A record that was looked up has no address of its own before something is decided about it.
fn is_looked_up(pair: &StoredPair) -> bool {
    pair.doubt.item.kind == DoubtKind::Undoubted && pair.decided.is_empty()
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
        LinkVerdict::TakeBack(_) => Decision::TakeBack,
    }
}

/// Whose charts it is about: all of both where they are linked, the one that is taken out.
fn charts(pair: &StoredPair, verdict: LinkVerdict, region: &Region) -> Vec<String> {
    let words = |chart: &PairChart| words(chart, region);
    match verdict {
        LinkVerdict::Unlink(out) => named(pair, &[out], region),
        LinkVerdict::SamePerson if !pair.doubt.is_of_one_record => all(pair).map(words).collect(),
        _ => Vec::new(),
    }
}

/// Which others leave with the one that is taken out, each with whom it tells of.
fn along(pair: &StoredPair, (verdict, moving): (LinkVerdict, Option<&Moving>), region: &Region) -> Vec<String> {
    let (LinkVerdict::Unlink(out), Some(moving)) = (verdict, moving) else { return Vec::new() };
    let others: Vec<ChartId> = moving.charts.iter().copied().filter(|chart| *chart != out).collect();
    named(pair, &others, region)
}

fn named(pair: &StoredPair, charts: &[ChartId], region: &Region) -> Vec<String> {
    let named = all(pair).filter(|chart| charts.contains(&chart.chart));
    named.map(|chart| words(chart, region)).collect()
}

fn all(pair: &StoredPair) -> impl Iterator<Item = &PairChart> {
    pair.people.iter().flat_map(|person: &PairPerson| &person.charts)
}

/// Whose chart, since when, and of whom it tells.
fn words(chart: &PairChart, region: &Region) -> String {
    let (source, name) = (source_name(region, &chart.source), chart.told.name.shown());
    match since(chart) {
        Some(since) => format!("{source}, since {}: {name}", since.text()),
        None => format!("{source}: {name}"),
    }
}
