//! Medicines and allergies across sources.

use askama::Template;

use super::parts::{AllergyBlock, AllergyLine, Frame, LedgerTable, MedicineGroup, RecordFrame, SectionState};

/// Medicines and allergies across sources.
#[derive(Clone, Debug, Template)]
#[template(path = "medicines.html")]
pub(crate) struct Medicines {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    pub(crate) allergies: AllergyBlock,
    /// Resolved or refuted.
    pub(crate) past_allergies: Vec<AllergyLine>,
    /// Not started, started, suspended, and those whose source sent no state.
    pub(crate) current: Vec<MedicineGroup>,
    /// How many those are.
    pub(crate) current_count: usize,
    /// Completed or discontinued.
    pub(crate) past: Vec<MedicineGroup>,
    /// The role sees no doses.
    pub(crate) names_only: bool,
    pub(crate) medicines_state: SectionState,
    pub(crate) allergies_ledger: LedgerTable,
    pub(crate) medicines_ledger: LedgerTable,
}

impl Medicines {
    fn disagreements(&self) -> usize {
        self.current.iter().filter(|group| group.differs.is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::{made_up, many};

    #[test]
    fn a_disagreement_shows_every_version_and_says_that_none_is_chosen() {
        let html = made_up::medicines().to_string();
        assert!(html.contains("Sources disagree about 1 medicine."));
        assert!(html.contains("5\u{a0}mg") && html.contains("2.5\u{a0}mg"));
    }

    #[test]
    fn a_social_worker_reads_names_without_doses_and_is_told_so() {
        let html = many::social_worker_medicines().to_string();
        assert!(html.contains("Your role sees the names of medicines, not the doses."));
        assert!(html.contains("apixaban") && !html.contains("DOSE"));
    }

    #[test]
    fn sixty_medicines_are_all_there() {
        let page = Medicines { current: many::sixty_medicines(true), current_count: 60, ..made_up::medicines() };
        assert_eq!(page.to_string().matches("class=\"cc-med\"").count() - page.past.len(), 60);
    }
}
