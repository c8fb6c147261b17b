//! Allergies as every page shows them: what is known, who states that none
//! are, and what may be missing. A missing answer is never read as "none".

use askama::Template;
use askama::filters::HtmlSafe;

use super::{AllergyBadge, Origin, SectionState};

/// The allergies of a record.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/allergy_block.html")]
pub(crate) struct AllergyBlock {
    /// The combined statement; read out where there are no lines.
    pub(crate) badge: AllergyBadge,
    /// What is known, current.
    pub(crate) lines: Vec<AllergyLine>,
    /// Sources that state that none are known.
    pub(crate) stated_none: Vec<StatedNone>,
    /// Completeness.
    pub(crate) state: SectionState,
}

impl HtmlSafe for AllergyBlock {}

/// One allergy or intolerance.
#[derive(Clone, Debug)]
pub(crate) struct AllergyLine {
    /// As the source names it.
    pub(crate) substance: String,
    /// `anaphylaxis, severe`; empty where nothing was told.
    pub(crate) detail: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// A source's statement that none are known.
#[derive(Clone, Debug)]
pub(crate) struct StatedNone {
    /// What the line says: the source's own words where it speaks of one kind only.
    pub(crate) words: String,
    /// It speaks of all allergies; only then does it have the tick.
    pub(crate) of_all: bool,
    /// Another source lists an allergy.
    pub(crate) disagrees: bool,
    /// Where it came from.
    pub(crate) origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: &str) -> Origin {
        Origin { source: source.into(), when: None, note: None, full: vec![] }
    }

    fn of_all(source: &str, disagrees: bool) -> StatedNone {
        StatedNone { words: "States no known allergies".into(), of_all: true, disagrees, origin: origin(source) }
    }

    #[test]
    fn no_known_allergies_stands_beside_a_known_one_as_a_disagreement() {
        let block = AllergyBlock {
            badge: AllergyBadge::known(1),
            lines: vec![AllergyLine { substance: "penicillin".into(), detail: "rash".into(), origin: origin("GP") }],
            stated_none: vec![of_all("Thameside Hospital", true)],
            state: SectionState::default(),
        };
        let html = block.to_string();
        assert!(html.contains("penicillin") && html.contains("sources disagree"));
        assert!(html.contains("States no known allergies") && html.contains("Thameside Hospital"));
    }

    #[test]
    fn the_statement_is_read_where_there_are_no_lines() {
        let state = SectionState { missing: vec!["Kingsbrook: not available".into()], ..SectionState::default() };
        let block = AllergyBlock {
            badge: AllergyBadge::may_be_incomplete(),
            lines: vec![],
            stated_none: vec![of_all("GP", false)],
            state,
        };
        let html = block.to_string();
        assert!(html.contains("<b>Allergies may be incomplete</b>") && html.contains("Kingsbrook: not available"));
        assert!(!html.contains("disagree"));
    }

    #[test]
    fn no_known_drug_allergies_is_said_in_its_own_words_without_tick_or_warning() {
        let words = "No known drug allergies".to_owned();
        let less = StatedNone { words, of_all: false, disagrees: false, origin: origin("GP") };
        let block = AllergyBlock {
            badge: AllergyBadge::may_be_incomplete(),
            lines: vec![],
            stated_none: vec![less],
            state: SectionState::default(),
        };
        let html = block.to_string();
        let row = html.split("<ul").nth(1).unwrap();
        assert!(row.contains("<li>No known drug allergies"), "{row}");
        assert!(!row.contains("✓") && !row.contains("⚠") && !html.contains("no known allergies"), "{html}");
    }
}
