//! What the watch keeps of one source, brought up to date by what came.

use std::collections::BTreeMap;

use jiff::Timestamp;
use record::Section;
use store::{Feed, FeedSource};

use super::gaps;
use super::minutes::{MINUTES, minute_of, time_of};
use super::rhythm::{Deaf, Rhythm};
use super::tally::{Heard, KINDS_MAX, Kind, OTHER};

/// Brings a source and its feeds up to date and gives the feeds that changed.
pub(super) fn bring_up_to_date(
    source: &mut FeedSource,
    feeds: &BTreeMap<&str, &Feed>,
    heard: &Heard,
    deaf: Option<Deaf>,
    now: Timestamp,
) -> Vec<Feed> {
    for (first, last) in &heard.numbers {
        for number in *first..=*last {
            gaps::saw(&mut source.numbers, number, now);
        }
    }
    let mut changed: BTreeMap<&str, Feed> = BTreeMap::new();
    // All together are one more than the types that are told apart.
    let mut room = (KINDS_MAX + 1).saturating_sub(feeds.len());
    for (kind, came) in &heard.kinds {
        let is_known = feeds.contains_key(kind.as_str());
        let kind = if is_known || room > 0 { kind.as_str() } else { OTHER };
        room = room.saturating_sub(usize::from(!is_known));
        let known = changed.get(kind).or_else(|| feeds.get(kind).copied());
        if let Some(feed) = one_up_to_date(source, kind, known, came, deaf) {
            changed.insert(kind, feed);
        }
    }
    changed.into_values().collect()
}

fn one_up_to_date(
    source: &FeedSource,
    kind: &str,
    known: Option<&Feed>,
    came: &Kind,
    deaf: Option<Deaf>,
) -> Option<Feed> {
    let mut rhythm = known.and_then(|feed| Rhythm::from_state(&feed.state)).unwrap_or_default();
    for (minute, count) in &came.minutes {
        rhythm.heard(*minute, *count, deaf);
    }
    let mut sections: Vec<Section> = known.map(|feed| feed.sections.clone()).unwrap_or_default();
    sections.extend(&came.sections);
    sections.sort_unstable();
    sections.dedup();
    let (last, (_, in_hour, in_hour_before)) = (rhythm.last()?, rhythm.counted()?);
    Some(Feed {
        source: source.source.clone(),
        kind: kind.to_owned(),
        last_at: time_of(last),
        due_at: rhythm.due().map(time_of),
        sections,
        in_hour,
        in_hour_before,
        usual: rhythm.usual_messages(),
        state: rhythm.state(),
    })
}

/// The feed as it stands after the program did not listen; `None` where nothing
/// of it moves.
pub(super) fn after_deafness(feed: &Feed, deaf: Deaf) -> Option<Feed> {
    let due = minute_of(feed.due_at?);
    let moved = Rhythm::from_state(&feed.state)?.due_after(due, deaf);
    (moved != due).then(|| Feed { due_at: Some(time_of(moved)), ..feed.clone() })
}

/// Numbers of a source's messages that did not come.
pub(super) fn numbers_missing(source: &FeedSource) -> u64 {
    let open = source.numbers.missing.iter().map(|(first, last)| last - first + 1);
    open.fold(source.numbers.never_came, u64::saturating_add)
}

/// The minutes between two moments in which nobody listened.
pub(super) fn deaf_between(watched_until: Timestamp, now: Timestamp) -> Option<Deaf> {
    let (from, until) = (minute_of(watched_until), minute_of(now));
    (from < until).then_some((from, until.min(from.saturating_add(MINUTES * 24 * 365))))
}
