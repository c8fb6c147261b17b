//! Letters: the list, and one to read.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, Origin, RecordFrame, SectionState};

/// The list of letters and documents.
#[derive(Clone, Debug, Template)]
#[template(path = "letters.html")]
pub(crate) struct Letters {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    /// Newest first.
    pub(crate) letters: Vec<LetterRow>,
    pub(crate) state: SectionState,
    pub(crate) ledger: LedgerTable,
}

/// A row of the list.
#[derive(Clone, Debug)]
pub(crate) struct LetterRow {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) written: Option<Moment>,
    /// Or `Not recorded`.
    pub(crate) kind: String,
    /// Never blank.
    pub(crate) status: String,
    pub(crate) origin: Origin,
}

/// One letter.
#[derive(Clone, Debug, Template)]
#[template(path = "one_letter.html")]
pub(crate) struct OneLetter {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    pub(crate) title: String,
    /// `This version was replaced on 18-Nov-2026.`
    pub(crate) replaced: Option<String>,
    /// From, written, received, status, in this order.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Its text with its own line breaks.
    pub(crate) text: Option<String>,
    /// `Original not available from Kingsbrook Hospital`.
    pub(crate) original: Option<String>,
    /// Where the original opens.
    pub(crate) original_href: Option<String>,
    pub(crate) origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn a_letter_is_text_whatever_it_holds() {
        let page = OneLetter { text: Some("<script>alert(1)</script>\nDear Dr Nair".into()), ..made_up::one_letter() };
        assert!(!page.to_string().contains("<script"));
    }

    #[test]
    fn a_letter_without_its_text_says_so() {
        let words = "Original not available from Kingsbrook Hospital".to_owned();
        let page = OneLetter { text: None, original: Some(words), original_href: None, ..made_up::one_letter() };
        assert!(page.to_string().contains("Original not available from Kingsbrook Hospital"));
    }
}
