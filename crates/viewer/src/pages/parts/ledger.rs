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

/// What a section says of the sources whose word cannot be relied on: one line
/// for each reason, naming every source. Since when is said once on the page, in
/// the sources strip, and in every ledger.
pub(crate) fn missing_lines(answers: &[(&str, &SourceAnswer)]) -> Vec<String> {
    let mut reasons: Vec<((&str, &str), Vec<&str>)> = Vec::new();
    for (source, told) in answers {
        let Some(why) = missing_words(told.answer) else { continue };
        match reasons.iter_mut().find(|(said, _)| *said == why) {
            Some((_, sources)) => sources.push(source),
            None => reasons.push((why, vec![source])),
        }
    }
    let mut lines: Vec<_> = reasons.iter().map(|(why, sources)| missing_line(*why, sources)).collect();
    let waiting =
        |(source, told): &(&str, &SourceAnswer)| Some(format!("{source}: {}", waiting_words(told.waiting_items)?));
    lines.extend(answers.iter().filter_map(waiting));
    lines
}

fn missing_line((one, several): (&str, &str), sources: &[&str]) -> String {
    match sources {
        [rest @ .., last] if !rest.is_empty() => {
            format!("{} and {last} {several}: there may be more", rest.join(", "))
        }
        _ => format!("{} {one}: there may be more", sources.concat()),
    }
}

/// Said of one source, and of several.
fn missing_words(answer: Answer) -> Option<(&'static str, &'static str)> {
    match answer {
        Answer::Waiting => Some(("has sent nothing yet", "have sent nothing yet")),
        Answer::Late => Some(("has not answered yet", "have not answered yet")),
        Answer::Failed(_) => Some(("is not available", "are not available")),
        Answer::StaleSince(..) => Some(("has sent nothing new", "have sent nothing new")),
        Answer::SharingStopped => Some(("has stopped sharing", "have stopped sharing")),
        Answer::Answered(_) | Answer::NothingHeld | Answer::DoesNotSend => None,
    }
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
            assert_eq!(!missing_lines(&[("Kingsbrook", &told(answer, 0))]).is_empty(), answer.is_missing());
        }
        let waits = told(Answer::Answered(1), 2);
        assert_eq!(
            missing_lines(&[("Kingsbrook", &waits)]),
            ["Kingsbrook: 2 messages wait to be checked and are not shown yet"]
        );
    }

    #[test]
    fn every_missing_source_is_named_in_as_few_lines_as_there_are_reasons() {
        let at = "2026-11-22T12:58:00Z".parse().unwrap();
        let (down, late) = (told(Answer::Failed(at), 0), told(Answer::Late, 0));
        assert_eq!(
            missing_lines(&[("Kingsbrook", &down), ("Oakwell", &late), ("Guildhall", &down), ("Thameside", &down)]),
            [
                "Kingsbrook, Guildhall and Thameside are not available: there may be more",
                "Oakwell has not answered yet: there may be more",
            ]
        );
    }

    #[test]
    fn what_is_withheld_is_said_without_telling_how_much() {
        let html = SectionState { withheld: true, ..SectionState::default() }.to_string();
        assert!(html.contains("Some items are not shown because of confidentiality or the person’s choice"));
        assert!(!html.chars().any(|c| c.is_ascii_digit()));
    }
}
