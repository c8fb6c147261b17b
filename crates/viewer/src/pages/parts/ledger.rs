//! What is known about a section's completeness, in words. Absence is data: no
//! two of these states read alike, and a blank is none of them.

use askama::Template;
use askama::filters::HtmlSafe;
use record::{Answer, Section, SourceAnswer, When};

use super::moment::Moment;

/// What is said about a section beside its heading and under its lines.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/section_state.html")]
pub(crate) struct SectionState {
    /// Beside the heading: `as at 13:41 · 3 of 4 sources`.
    pub(crate) heading_note: String,
    /// What to read where there are no lines: `Problems not recorded`.
    pub(crate) nothing: Option<String>,
    /// What ought to be here and is not: `Kingsbrook Hospital: not available since …`.
    pub(crate) missing: Vec<String>,
    /// Notices that a source sent with its answer.
    pub(crate) notices: Vec<String>,
    /// Something is hidden; never what, whose or how much.
    pub(crate) withheld: bool,
    /// The role does not see this section: `Test results are not shown for your role (social worker).`
    pub(crate) not_for_role: Option<String>,
}

impl HtmlSafe for SectionState {}

/// Every source's answer about one section.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/ledger_table.html")]
pub(crate) struct LedgerTable {
    /// Unique on its page.
    pub(crate) id: String,
    /// `Medicines`.
    pub(crate) section: String,
    /// In configuration order.
    pub(crate) lines: Vec<LedgerLine>,
}

impl HtmlSafe for LedgerTable {}

/// One source's answer about one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerLine {
    /// The source's name.
    pub(crate) source: String,
    look: &'static str,
    mark: &'static str,
    words: String,
    waiting: Option<String>,
    as_at: Option<String>,
    as_at_iso: String,
}

impl LedgerLine {
    /// The words for one answer.
    pub(crate) fn of(source: &str, section: Section, told: &SourceAnswer) -> Self {
        let (look, mark, words) = answer_words(section, told.answer);
        let as_at = told.as_at.map(When::from);
        Self {
            source: source.to_owned(),
            look,
            mark,
            words,
            waiting: waiting_words(told.waiting_items),
            as_at: as_at.map(|at| at.show(record::Audience::Staff)),
            as_at_iso: as_at.map(When::to_iso).unwrap_or_default(),
        }
    }
}

/// What a section says of a source whose word cannot be relied on, if so. Since
/// when is said once on the page, in the sources strip, and in every ledger.
pub(crate) fn missing_words(source: &str, told: &SourceAnswer) -> Option<String> {
    let why = match told.answer {
        Answer::Waiting => "has sent nothing yet",
        Answer::Late => "has not answered yet",
        Answer::Failed(_) => "is not available",
        Answer::StaleSince(..) => "has sent nothing new",
        Answer::SharingStopped => "has stopped sharing",
        Answer::Answered(_) | Answer::NothingHeld | Answer::DoesNotSend => return waiting_at(source, told),
    };
    Some(format!("{source} {why}: there may be more"))
}

fn waiting_at(source: &str, told: &SourceAnswer) -> Option<String> {
    waiting_words(told.waiting_items).map(|words| format!("{source}: {words}"))
}

fn waiting_words(items: u32) -> Option<String> {
    match items {
        0 => None,
        1 => Some("1 message waits to be checked and is not shown yet".to_owned()),
        more => Some(format!("{more} messages wait to be checked and are not shown yet")),
    }
}

fn answer_words(section: Section, answer: Answer) -> (&'static str, &'static str, String) {
    let since = |at| Moment::of(When::from(at)).text();
    let entries = |count: u32| if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
    match answer {
        Answer::Answered(count) => ("told", "●", entries(count)),
        Answer::NothingHeld => ("empty", "○", "Nothing recorded".to_owned()),
        Answer::Waiting => ("missing", "◌", "Waiting: nothing received yet".to_owned()),
        Answer::Late => ("missing", "◌", "Waiting: asked, no answer yet".to_owned()),
        Answer::Failed(at) => ("missing", "◌", format!("Not available since {}", since(at))),
        Answer::StaleSince(at, count) => {
            ("missing", "◌", format!("{}; nothing new since {}, may be out of date", entries(count), since(at)))
        }
        Answer::DoesNotSend => ("none", "–", format!("Does not send {}", section.word().to_lowercase())),
        Answer::SharingStopped => ("missing", "◌", "Has stopped sharing".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::SourceId;

    fn told(answer: Answer, waiting_items: u32) -> SourceAnswer {
        SourceAnswer { source: SourceId::new("kingsbrook").unwrap(), answer, as_at: None, waiting_items }
    }

    #[test]
    fn every_answer_reads_differently_and_none_is_blank() {
        let at = "2026-11-22T12:58:00Z".parse().unwrap();
        let answers = [
            Answer::Answered(9),
            Answer::NothingHeld,
            Answer::Waiting,
            Answer::Late,
            Answer::Failed(at),
            Answer::StaleSince(at, 9),
            Answer::DoesNotSend,
            Answer::SharingStopped,
        ];
        let words: Vec<_> = answers.map(|answer| answer_words(Section::Medicines, answer).2).into();
        assert_eq!(
            words,
            [
                "9 entries",
                "Nothing recorded",
                "Waiting: nothing received yet",
                "Waiting: asked, no answer yet",
                "Not available since 22-Nov-2026 12:58",
                "9 entries; nothing new since 22-Nov-2026 12:58, may be out of date",
                "Does not send medicines",
                "Has stopped sharing",
            ]
        );
    }

    #[test]
    fn a_section_says_what_is_missing_exactly_when_an_answer_is() {
        let at = "2026-11-22T12:58:00Z".parse().unwrap();
        for answer in [Answer::Answered(1), Answer::NothingHeld, Answer::DoesNotSend, Answer::Late, Answer::Failed(at)]
        {
            assert_eq!(missing_words("Kingsbrook", &told(answer, 0)).is_some(), answer.is_missing());
        }
        assert_eq!(
            missing_words("Kingsbrook", &told(Answer::Answered(1), 2)).as_deref(),
            Some("Kingsbrook: 2 messages wait to be checked and are not shown yet")
        );
    }

    #[test]
    fn what_is_missing_is_said_at_the_section_in_few_words() {
        let at = "2026-11-22T12:58:00Z".parse().unwrap();
        assert_eq!(
            missing_words("Kingsbrook Hospital", &told(Answer::Failed(at), 0)).as_deref(),
            Some("Kingsbrook Hospital is not available: there may be more")
        );
    }

    #[test]
    fn what_is_withheld_is_said_without_telling_how_much() {
        let html = SectionState { withheld: true, ..SectionState::default() }.to_string();
        assert!(html.contains("Some items are not shown because of confidentiality or the person’s choice"));
        assert!(!html.chars().any(|c| c.is_ascii_digit()));
    }
}
