//! What each source said to each section, and what it says as a whole.

use jiff::Timestamp;
use record::{Answer, RemovedItems, Section, Source, SourceAnswer};

use crate::gathered::SourceState;

/// One source's place in the strip at the head of the record page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The source as configured.
    pub source: Source,
    /// What it said over all sections that this reader sees.
    pub answer: Answer,
    /// When we last had word from it.
    pub as_at: Option<Timestamp>,
    /// Messages from it about this person that wait for a hand; 0 where this
    /// reader sees none of its sections.
    pub waiting_items: u32,
    /// Items of it that were taken out of this record for good; nothing where this
    /// reader sees none of its sections.
    pub removed: Option<RemovedItems>,
    /// Sections of those that this reader sees for which a type of its messages
    /// has stopped, and since when, although the source as a whole goes on.
    pub silent: Vec<(Section, Timestamp)>,
}

/// One source's line in one section's ledger. `held` counts what is shown, so
/// that an answer never tells of what is hidden.
pub(crate) fn section_answer(state: &SourceState, section: Section, held: u32, now: Timestamp) -> SourceAnswer {
    let sends = sends(state, section, held);
    let silent_since = state.silence.since(section);
    SourceAnswer {
        source: state.source.id.clone(),
        answer: match silent_since {
            _ if !sends => Answer::DoesNotSend,
            Some(since) if state.takes_part => Answer::StaleSince(since, held),
            _ => answer(state, held, now),
        },
        as_at: silent_since.or(state.last_message_at),
        waiting_items: if sends { state.waiting_items } else { 0 },
    }
}

/// A source of which something is shown sends the section, whatever its configuration says.
fn sends(state: &SourceState, section: Section, held: u32) -> bool {
    held > 0 || state.source.sends.contains(&section)
}

/// What a source that sends has to say.
pub(crate) fn answer(state: &SourceState, held: u32, now: Timestamp) -> Answer {
    if !state.takes_part {
        return Answer::SharingStopped;
    }
    let Some(last) = state.last_message_at else { return Answer::Waiting };
    if state.silence.is_stale(&state.source, last, now) {
        Answer::StaleSince(last, held)
    } else if held > 0 {
        Answer::Answered(held)
    } else {
        Answer::NothingHeld
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use record::Silence;

    use super::*;
    use crate::testing::{now, source};

    fn state() -> SourceState {
        SourceState {
            source: source("gp", &[Section::Medicines]),
            last_message_at: Some(now() - SignedDuration::from_mins(60)),
            silence: Silence::default(),
            knows_person: true,
            waiting_items: 2,
            removed: None,
            takes_part: true,
        }
    }

    fn said(state: &SourceState, held: u32) -> Answer {
        section_answer(state, Section::Medicines, held, now()).answer
    }

    #[test]
    fn a_source_answers_with_what_it_holds_or_that_it_holds_nothing() {
        assert_eq!(said(&state(), 3), Answer::Answered(3));
        assert_eq!(said(&state(), 0), Answer::NothingHeld);
    }

    #[test]
    fn a_source_turns_stale_one_second_after_its_limit_and_keeps_its_count() {
        let limit = SignedDuration::from_mins(60);
        let at = |last| said(&SourceState { last_message_at: Some(last), ..state() }, 1);
        assert_eq!(at(now() - limit), Answer::Answered(1));
        let late = now() - limit - SignedDuration::from_secs(1);
        assert_eq!(at(late), Answer::StaleSince(late, 1));
    }

    #[test]
    fn a_learned_rhythm_counts_for_more_than_the_configured_limit() {
        let last = now() - SignedDuration::from_hours(60);
        let due = |minutes| Some(now() + SignedDuration::from_mins(minutes));
        let said = |due_at| {
            let silence = Silence { due_at, ..Silence::default() };
            said(&SourceState { last_message_at: Some(last), silence, ..state() }, 1)
        };
        assert_eq!(said(due(1)), Answer::Answered(1), "a quiet weekend is usual for it");
        assert_eq!(said(due(0)), Answer::Answered(1));
        assert_eq!(said(due(-1)), Answer::StaleSince(last, 1));
    }

    #[test]
    fn one_type_that_stopped_makes_its_sections_stale_and_no_other() {
        let since = now() - SignedDuration::from_hours(24 * 180);
        let silence = Silence { due_at: None, sections: vec![(Section::Results, since)] };
        let state = SourceState { source: source("lab", &[Section::Medicines, Section::Results]), silence, ..state() };
        let results = section_answer(&state, Section::Results, 4, now());
        assert_eq!((results.answer, results.as_at), (Answer::StaleSince(since, 4), Some(since)));
        let medicines = section_answer(&state, Section::Medicines, 2, now());
        assert_eq!((medicines.answer, medicines.as_at), (Answer::Answered(2), state.last_message_at));
        let left = SourceState { takes_part: false, ..state };
        assert_eq!(section_answer(&left, Section::Results, 4, now()).answer, Answer::SharingStopped);
    }

    #[test]
    fn a_source_whose_clock_is_ahead_is_not_stale() {
        let ahead = Some(now() + SignedDuration::from_hours(5));
        assert_eq!(said(&SourceState { last_message_at: ahead, ..state() }, 0), Answer::NothingHeld);
    }

    #[test]
    fn a_source_that_never_delivered_is_waited_for() {
        assert_eq!(said(&SourceState { last_message_at: None, ..state() }, 0), Answer::Waiting);
    }

    #[test]
    fn a_source_whose_organisation_left_has_stopped_sharing() {
        assert_eq!(said(&SourceState { takes_part: false, ..state() }, 0), Answer::SharingStopped);
    }

    #[test]
    fn a_source_that_does_not_send_a_section_has_nothing_waiting_in_it() {
        let line = section_answer(&state(), Section::Letters, 0, now());
        assert_eq!((line.answer, line.waiting_items), (Answer::DoesNotSend, 0));
        assert_eq!(section_answer(&state(), Section::Medicines, 0, now()).waiting_items, 2);
    }

    #[test]
    fn a_source_that_sent_what_its_configuration_does_not_name_has_sent_it() {
        assert_eq!(section_answer(&state(), Section::Letters, 1, now()).answer, Answer::Answered(1));
    }
}
