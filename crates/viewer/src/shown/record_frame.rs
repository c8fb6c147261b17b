use reconcile::SourceLine;
use record::{Answer, Audience, Section, When, show_clock};

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
        let waiting = record.sources().iter().filter(|line| line.waiting_items > 0);
        SourcesStrip {
            headline: format!(
                "{known} of {all} sources answered at {} (24h)",
                show_clock(self.opened.at, Audience::Staff)
            ),
            missing: missing.collect(),
            also: waiting
                .map(|line| format!("{}: {} to be checked", line.source.name, waits(line.waiting_items)))
                .collect(),
            sources_href: format!("{}/sources", self.base),
            sources_current: tab == Tab::Sources,
            refresh_href: format!("{}{}", self.base, tab.path()),
        }
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
