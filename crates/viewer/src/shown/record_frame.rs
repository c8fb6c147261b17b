use reconcile::SourceLine;
use record::{Answer, Audience, RemovedItems, Section, When, show_clock};

use super::Shown;
use crate::pages::parts::{Moment, RecordFrame, SourcesStrip, Tab};

/// Each tab with its sections: it leads nowhere for a role that sees none of them.
const TABS: [(Tab, &[Section]); 7] = [
    (Tab::Medicines, &[Section::Medicines, Section::Allergies]),
    (Tab::Results, &[Section::Results]),
    (Tab::Appointments, &[Section::Appointments, Section::Attendances]),
    (Tab::Letters, &[Section::Letters]),
    (Tab::Problems, &[Section::Problems, Section::Alerts]),
    (Tab::People, &[Section::People, Section::SocialCare]),
    (Tab::Immunisations, &[Section::Immunisations, Section::Procedures]),
];

/// For how long the head of every page says that something was removed, in days. The
/// page of the sources says it always.
const REMOVED_IN_STRIP_DAYS: i64 = 90;

impl Shown<'_> {
    /// What surrounds every page of this record.
    pub(super) fn record_frame(&self, tab: Tab) -> RecordFrame {
        let hidden = &self.opened.not_for_role;
        let is_hidden = |sections: &[Section]| sections.iter().all(|section| hidden.contains(section));
        RecordFrame {
            base: self.base.clone(),
            banner: self.banner(),
            tab,
            hidden_tabs: TABS.iter().filter(|(_, sections)| is_hidden(sections)).map(|(tab, _)| *tab).collect(),
            strip: self.strip(tab),
            not_for_role: hidden.iter().map(|section| section.word().to_lowercase()).collect(),
        }
    }

    fn strip(&self, tab: Tab) -> SourcesStrip {
        let record = &self.opened.record;
        let (known, all) = record.answered();
        let missing = record.sources().iter().filter_map(|line| {
            let words = line_words(line, self.opened.at)?;
            Some(format!("{}: {words}", line.source.name))
        });
        let waits =
            |items: u32| if items == 1 { "1 message waits".to_owned() } else { format!("{items} messages wait") };
        let removed = record.sources().iter().filter_map(|line| {
            let removed = line.removed.filter(|removed| is_recent(removed.last_at, self.opened.at))?;
            Some(format!("{}: {}", line.source.name, removed_words(removed)))
        });
        let waiting = record.sources().iter().filter(|line| line.waiting_items > 0);
        SourcesStrip {
            headline: format!(
                "{known} of {all} sources answered at {} (24h)",
                show_clock(self.opened.at, Audience::Staff)
            ),
            missing: missing.collect(),
            also: waiting
                .map(|line| format!("{}: {} to be checked", line.source.name, waits(line.waiting_items)))
                .chain(removed)
                .collect(),
            sources_href: format!("{}/sources", self.base),
            sources_current: tab == Tab::Sources,
            refresh_href: format!("{}{}", self.base, tab.path()),
        }
    }
}

/// Whether somebody may have seen what was removed, and look for it now.
fn is_recent(removed_at: jiff::Timestamp, now: jiff::Timestamp) -> bool {
    now.duration_since(removed_at) <= jiff::SignedDuration::from_hours(24 * REMOVED_IN_STRIP_DAYS)
}

/// That something was removed, and when: neither what it was nor why.
pub(super) fn removed_words(removed: RemovedItems) -> String {
    let day = When::from(removed.last_at).show_date(Audience::Staff);
    match removed.count {
        1 => format!("an item was removed on {day}"),
        more => format!("{more} items were removed, the last on {day}"),
    }
}

/// The same for a source of which a type of message alone has stopped.
pub(super) fn line_words(line: &SourceLine, now: jiff::Timestamp) -> Option<String> {
    let silent = |(section, at): &(Section, jiff::Timestamp)| {
        format!("nothing new since {} in {}", since(*at, now), section.word().to_lowercase())
    };
    let parts: Vec<String> = line.silent.iter().map(silent).collect();
    missing_words(line.answer, now).or_else(|| (!parts.is_empty()).then(|| parts.join(", ")))
}

/// A moment; the date is left out today.
fn since(at: jiff::Timestamp, now: jiff::Timestamp) -> String {
    let is_today = When::from(at).first_day() == When::from(now).first_day();
    if is_today { show_clock(at, Audience::Staff) } else { Moment::of(When::from(at)).text() }
}

/// Why a source's word cannot be relied on, and since when.
fn missing_words(answer: Answer, now: jiff::Timestamp) -> Option<String> {
    let since = |at| since(at, now);
    match answer {
        Answer::Answered(_) | Answer::NothingHeld | Answer::DoesNotSend => None,
        Answer::Waiting => Some("nothing received yet".to_owned()),
        Answer::Late => Some("asked, no answer yet".to_owned()),
        Answer::Failed(at) => Some(format!("not available since {}", since(at))),
        Answer::StaleSince(at, _) => Some(format!("nothing new since {}", since(at))),
        Answer::SharingStopped => Some("has stopped sharing".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(iso: &str) -> jiff::Timestamp {
        iso.parse().unwrap()
    }

    #[test]
    fn what_was_removed_is_said_with_its_day_and_neither_what_nor_why() {
        let removed = |count| removed_words(RemovedItems { count, last_at: time("2026-11-03T23:30:00Z") });
        assert_eq!(removed(1), "an item was removed on 03-Nov-2026");
        assert_eq!(removed(214), "214 items were removed, the last on 03-Nov-2026");
    }

    #[test]
    fn the_head_of_a_page_says_it_for_ninety_days() {
        let removed_at = time("2026-01-01T00:00:00Z");
        assert!(is_recent(removed_at, removed_at));
        assert!(is_recent(removed_at, time("2026-04-01T00:00:00Z")));
        assert!(!is_recent(removed_at, time("2026-04-01T00:00:01Z")));
    }
}
