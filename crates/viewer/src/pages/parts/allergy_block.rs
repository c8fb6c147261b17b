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
    pub(crate) stated_none: Vec<Origin>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: &str) -> Origin {
        Origin { source: source.into(), when: None, note: None, full: vec![] }
    }

    #[test]
    fn no_known_allergies_stands_beside_a_known_one_as_a_disagreement() {
        let block = AllergyBlock {
            badge: AllergyBadge::known(1),
            lines: vec![AllergyLine { substance: "penicillin".into(), detail: "rash".into(), origin: origin("GP") }],
            stated_none: vec![origin("Thameside Hospital")],
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
            stated_none: vec![origin("GP")],
            state,
        };
        let html = block.to_string();
        assert!(html.contains("<b>Allergies may be incomplete</b>") && html.contains("Kingsbrook: not available"));
        assert!(!html.contains("disagree"));
    }
}
