use jiff::{SignedDuration, Timestamp};
use record::{Audience, OdsCode, Section, Silence, Source, SourceId, When, hour_of_week, show_clock};
use store::{ALL_KINDS, Depth, Feed, FeedsStand, NumbersSeen};

use crate::pages::feeds::{FeedKind, FeedSource, Feeds, Health, Rate};
use crate::pages::parts::{Frame, Moment};

/// From this age on, what waits to come into records is said to be behind.
const BEHIND_MINUTES: i64 = 5;
/// How many gaps of a source's numbers are named.
const GAPS_NAMED: usize = 3;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// How the sources of one organisation stand, or those of all.
pub(crate) fn feeds(
    frame: Frame,
    region: &disclosure::Region,
    own: Option<&OdsCode>,
    stand: &FeedsStand,
    now: Timestamp,
) -> Feeds {
    let name = |code: &OdsCode| region.organisation(code).map_or_else(|| code.to_string(), |it| it.name.clone());
    let looked_after = region.sources().iter().filter(|source| own.is_none_or(|own| source.organisation == *own));
    let mut sources: Vec<(Gravity, FeedSource)> = looked_after
        .map(|source| {
            let (gravity, told) = OneSource::of(source, stand, now).told();
            (gravity, FeedSource { organisation: own.is_none().then(|| name(&source.organisation)), ..told })
        })
        .collect();
    sources.sort_by_key(|(gravity, _)| *gravity);
    let (from, until) = last_hour(now);
    let clock = |at| show_clock(at, Audience::Staff);
    Feeds {
        frame,
        whose: own.map_or_else(|| "All sources".to_owned(), |own| format!("Sources of {}", name(own))),
        at: Moment::of(When::from(now)),
        hour: format!("{} to {}", clock(from), clock(until)),
        sources: sources.into_iter().map(|(_, source)| source).collect(),
    }
}

/// Worst first; within the same, what has been so for longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gravity {
    Silent(Timestamp),
    TypeSilent(Timestamp),
    NothingYet,
    Behind(Timestamp),
    NumbersMissing,
    InQuarantine(Timestamp),
    Well,
}

/// All that is known of one source.
struct OneSource<'a> {
    source: &'a Source,
    last: Option<Timestamp>,
    numbers: NumbersSeen,
    whole: Option<&'a Feed>,
    kinds: Vec<&'a Feed>,
    waiting: Option<&'a Depth>,
    quarantined: Option<&'a Depth>,
    now: Timestamp,
}

impl<'a> OneSource<'a> {
    fn of(source: &'a Source, stand: &'a FeedsStand, now: Timestamp) -> Self {
        let known = stand.sources.iter().find(|one| one.source == source.id);
        let of_source = |feed: &&Feed| feed.source == source.id;
        let (mut kinds, mut whole) = (Vec::new(), None);
        for feed in stand.feeds.iter().filter(of_source) {
            if feed.kind == ALL_KINDS { whole = Some(feed) } else { kinds.push(feed) }
        }
        kinds.sort_by_key(|feed| (!is_silent(feed, now), feed.due_at, feed.kind.clone()));
        Self {
            source,
            last: known.and_then(|one| one.last_message_at),
            numbers: known.map(|one| one.numbers.clone()).unwrap_or_default(),
            whole,
            kinds,
            waiting: of(&stand.waiting, &source.id),
            quarantined: of(&stand.quarantined, &source.id),
            now,
        }
    }

    fn told(&self) -> (Gravity, FeedSource) {
        let mut said = self.faults();
        said.sort_by_key(|(gravity, _)| *gravity);
        let gravity = said.first().map_or(Gravity::Well, |(gravity, _)| *gravity);
        let mut words = said.into_iter().map(|(_, words)| words);
        let state = words.next().unwrap_or_else(|| "Working".to_owned());
        let mut also: Vec<String> = words.collect();
        if self.last.is_some() && self.whole.is_none_or(|feed| feed.due_at.is_none()) {
            also.push("What is usual for it is not known yet".to_owned());
        }
        let told = FeedSource {
            id: self.source.id.to_string(),
            name: self.source.name.clone(),
            organisation: None,
            health: if gravity == Gravity::Well { Health::Well } else { Health::Unwell },
            state,
            also,
            last: self.last.map(|at| Moment::of(When::from(at))),
            rate: rate(self.whole, self.now),
            waiting: depth(self.waiting, self.now),
            quarantined: depth(self.quarantined, self.now),
            staff_see: self.staff_see(),
            kinds: self.kinds.iter().map(|feed| kind(feed, self.now)).collect(),
        };
        (gravity, told)
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.whole.and_then(|feed| feed.due_at)
    }

    fn is_stale(&self, last: Timestamp) -> bool {
        let silence = Silence { due_at: self.due_at(), ..Silence::default() };
        silence.is_stale(self.source, last, self.now)
    }

    fn silent_kinds(&self) -> impl Iterator<Item = &'a Feed> {
        self.kinds.iter().copied().filter(|feed| is_silent(feed, self.now))
    }

    /// What is not as it should be.
    fn faults(&self) -> Vec<(Gravity, String)> {
        let mut faults = Vec::new();
        match self.last {
            None => faults.push((Gravity::NothingYet, "Nothing received yet".to_owned())),
            Some(last) if self.is_stale(last) => {
                let long = how_long(self.now.duration_since(last));
                let limit = match self.due_at() {
                    Some(due) => format!("expected by {}", moment(due)),
                    None => {
                        let limit = SignedDuration::from_mins(i64::from(self.source.stale_after_minutes));
                        format!("the limit set for it is {}", how_long(limit))
                    }
                };
                faults.push((Gravity::Silent(last), format!("Silent for {long}; {limit}")));
            }
            Some(_) => {}
        }
        faults.extend(self.silent_kinds().map(|feed| {
            let long = how_long(self.now.duration_since(feed.last_at));
            (Gravity::TypeSilent(feed.last_at), format!("{} silent for {long}", feed.kind))
        }));
        if let Some(depth) = self.waiting
            && self.now.duration_since(depth.oldest_at) >= SignedDuration::from_mins(BEHIND_MINUTES)
        {
            let long = how_long(self.now.duration_since(depth.oldest_at));
            faults.push((Gravity::Behind(depth.oldest_at), format!("Behind by {long}")));
        }
        faults.extend(numbers_words(&self.numbers).map(|words| (Gravity::NumbersMissing, words)));
        if let Some(depth) = self.quarantined {
            let words = if depth.count == 1 { "1 item waits for a hand" } else { "Items wait for a hand" };
            faults.push((Gravity::InQuarantine(depth.oldest_at), words.to_owned()));
        }
        faults
    }

    /// In the words of the pages that staff read.
    fn staff_see(&self) -> Vec<String> {
        let name = &self.source.name;
        let mut seen = Vec::new();
        match self.last {
            None => seen.push(format!("“{name}: nothing received yet” on every record that expects it")),
            Some(last) if self.is_stale(last) => {
                seen.push(format!("“{name}: nothing new since {}” on every record that expects it", moment(last)));
            }
            Some(_) => {
                let mut silent: Vec<(Section, Timestamp)> = Vec::new();
                for (section, last) in
                    self.silent_kinds().flat_map(|feed| feed.sections.iter().map(move |it| (*it, feed.last_at)))
                {
                    match silent.iter_mut().find(|(known, _)| *known == section) {
                        Some((_, since)) => *since = last.min(*since),
                        None => silent.push((section, last)),
                    }
                }
                seen.extend(silent.into_iter().map(|(section, since)| {
                    let section = section.word().to_lowercase();
                    format!("“{name}: nothing new since {} in {section}” on every record", moment(since))
                }));
            }
        }
        if self.quarantined.is_some() {
            seen.push(format!("“{name}: … to be checked” on the records concerned, where the person is known"));
        }
        seen
    }
}

fn is_silent(feed: &Feed, now: Timestamp) -> bool {
    feed.due_at.is_some_and(|due| now > due)
}

fn of<'a>(depths: &'a [Depth], source: &SourceId) -> Option<&'a Depth> {
    depths.iter().find(|depth| depth.source == *source)
}

fn depth(depth: Option<&Depth>, now: Timestamp) -> String {
    depth.map_or_else(
        || "0".to_owned(),
        |depth| format!("{}, the oldest for {}", thousands(depth.count), how_long(now.duration_since(depth.oldest_at))),
    )
}

fn kind(feed: &Feed, now: Timestamp) -> FeedKind {
    let silent = is_silent(feed, now);
    let sections: Vec<String> = feed.sections.iter().map(|section| section.word().to_lowercase()).collect();
    let state = match feed.due_at {
        Some(due) if silent => format!("Silent; expected by {}", moment(due)),
        Some(due) => format!("Working; next expected by {}", moment(due)),
        None => "Too little known to tell silence".to_owned(),
    };
    FeedKind {
        kind: feed.kind.clone(),
        silent,
        state,
        last: Moment::of(When::from(feed.last_at)),
        rate: rate(Some(feed), now),
        brings: if sections.is_empty() { "who people are".to_owned() } else { sections.join(", ") },
    }
}

/// The last full hour.
fn last_hour(now: Timestamp) -> (Timestamp, Timestamp) {
    let until = now.as_second().div_euclid(HOUR) * HOUR;
    let at = |second| Timestamp::from_second(second).unwrap_or(now);
    (at(until - HOUR), at(until))
}

fn rate(feed: Option<&Feed>, now: Timestamp) -> Rate {
    let (from, _) = last_hour(now);
    let hour = |at: Timestamp| at.as_second().div_euclid(HOUR);
    let came = feed.map_or(0, |feed| match hour(feed.last_at) - hour(from) {
        0 => feed.in_hour,
        1 => feed.in_hour_before,
        _ => 0,
    });
    let usual = feed.and_then(|feed| feed.usual.get(hour_of_week(from))).copied().filter(|usual| *usual >= 0.0);
    Rate {
        came: thousands(came.into()),
        usual: match usual {
            None => "usual: not known yet".to_owned(),
            Some(usual) if usual > 0.0 && usual < 0.5 => "usually less than 1".to_owned(),
            Some(usual) => format!("usually {}", thousands(usual.round() as u64)),
        },
    }
}

fn numbers_words(numbers: &NumbersSeen) -> Option<String> {
    let missing: u64 = numbers.missing.iter().map(|(first, last)| last - first + 1).sum();
    if missing == 0 {
        return None;
    }
    let gap = |(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}–{last}") };
    let named: Vec<String> = numbers.missing.iter().rev().take(GAPS_NAMED).map(gap).collect();
    let more = if numbers.missing.len() > GAPS_NAMED { " and others" } else { "" };
    let messages = if missing == 1 { "1 message".to_owned() } else { format!("{} messages", thousands(missing)) };
    Some(format!("{messages} missing by number: {}{more}", named.join(", ")))
}

fn moment(at: Timestamp) -> String {
    Moment::of(When::from(at)).text()
}

/// `43 min`, `2 h 10 min`, `2 days 3 h`.
fn how_long(long: SignedDuration) -> String {
    let minutes = long.as_secs().max(0) / MINUTE;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, 0) => "less than 1 min".to_owned(),
        (0, 0, _) => format!("{rest} min"),
        (0, _, 0) => format!("{hours} h"),
        (0, ..) => format!("{hours} h {rest} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, ..) => format!("1 day {hours} h"),
        (_, 0, _) => format!("{days} days"),
        _ => format!("{days} days {hours} h"),
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_at_a_glance() {
        let said = |minutes| how_long(SignedDuration::from_mins(minutes));
        let all = [0, 43, 120, 130, 1_440, 1_500, 2_880, 3_100].map(said);
        let wanted = ["less than 1 min", "43 min", "2 h", "2 h 10 min", "1 day", "1 day 1 h", "2 days", "2 days 3 h"];
        assert_eq!(all, wanted);
    }

    #[test]
    fn large_numbers_have_their_commas() {
        assert_eq!([0, 999, 1_204, 1_234_567].map(thousands), ["0", "999", "1,204", "1,234,567"]);
    }

    #[test]
    fn the_newest_gaps_are_named_and_the_rest_is_said_to_be_there() {
        let numbers = |missing| NumbersSeen { missing, ..NumbersSeen::default() };
        assert_eq!(numbers_words(&numbers(vec![])), None);
        let one = numbers_words(&numbers(vec![(7, 7)])).unwrap();
        assert_eq!(one, "1 message missing by number: 7");
        let four = numbers_words(&numbers(vec![(1, 1), (3, 4), (6, 6), (9, 11)])).unwrap();
        assert_eq!(four, "7 messages missing by number: 9–11, 6, 3–4 and others");
    }
}
