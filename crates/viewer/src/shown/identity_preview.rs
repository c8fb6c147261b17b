use disclosure::{
    DoubtKind, Goes, LinkVerdict, Moving, MovingChart, MovingEntry, PairChart, Region, StoredPair, needs_second,
};
use record::{PersonId, When};

use super::identity_list::source_name;
use super::identity_pair::{base, since};
use crate::handlers::identity::LIST;
use crate::handlers::identity_decide::BACK;
use crate::pages::identity_preview::{ChartWay, Decision, IdentityPreview, MovingItems, MovingLine};
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
        charts: moving.map(|moving| ways(pair, moving, region)).unwrap_or_default(),
        not_shown: moving.map_or(0, |moving| moving.not_shown),
        is_careful: moving.is_some_and(|moving| moving.is_careful),
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

/// Each chart that moves: those that leave what is shown first, then those that come, then what moves between others.
fn ways(pair: &StoredPair, moving: &Moving, region: &Region) -> Vec<ChartWay> {
    let is_shown = |person: PersonId| pair.people.iter().any(|shown| shown.person == person);
    let comes = |chart: &MovingChart| match chart.to {
        Goes::To(person) => is_shown(person),
        Goes::Alone(_) => false,
    };
    let mut charts: Vec<&MovingChart> = moving.charts.iter().collect();
    charts.sort_by_key(|chart| (!is_shown(chart.from), !comes(chart)));
    let is_one = !moving.charts.iter().any(|chart| matches!(chart.to, Goes::Alone(place) if place > 0));
    let way = |chart: &MovingChart| {
        let to = match chart.to {
            Goes::To(person) => record_of(pair, person),
            Goes::Alone(_) if is_one => "a record of its own".to_owned(),
            Goes::Alone(place) => format!("a record of its own, number {}", place + 1),
        };
        let shown = pair.people.iter().flat_map(|person| &person.charts).find(|one| one.chart == chart.chart);
        let other = || format!("{}: name not shown here", source_name(region, &chart.source));
        ChartWay {
            chart: shown.map_or_else(other, |shown| words(shown, region)),
            way: format!("from {} to {to}", record_of(pair, chart.from)),
        }
    };
    charts.into_iter().map(way).collect()
}

/// A record, as the page of the doubt names it.
fn record_of(pair: &StoredPair, person: PersonId) -> String {
    let side = pair.people.iter().position(|shown| shown.person == person);
    let named = match (side, pair.people.len()) {
        (None, _) => "another record",
        (Some(_), 1) => "this record",
        (Some(0), _) => "record A",
        (Some(_), _) => "record B",
    };
    named.to_owned()
}

/// Whose chart, since when, and of whom it tells.
fn words(chart: &PairChart, region: &Region) -> String {
    let (source, name) = (source_name(region, &chart.source), chart.told.name.shown());
    match since(chart) {
        Some(since) => format!("{source}, since {}: {name}", since.text()),
        None => format!("{source}: {name}"),
    }
}
