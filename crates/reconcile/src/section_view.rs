use record::{Entry, Ledger, Section};

use crate::disagreement::{Disagreement, DisagreementId};

/// One entry as a line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was told, and by whom. Behind a pointer: rows are sorted and dealt out,
    /// and entries are long.
    pub entry: Box<Entry>,
    /// It is certainly later than every other row of its disagreement. A mark,
    /// not a preference; absent where dates are missing, equal or overlap.
    pub newer: bool,
    /// The disagreement that it is part of.
    pub disagreement: Option<DisagreementId>,
}

impl Row {
    pub(crate) fn new(entry: Box<Entry>) -> Self {
        Self { entry, newer: false, disagreement: None }
    }
}

/// One section of one person's record, for one reader.
///
/// Its rows can be had together with its ledger, and in no other way:
///
/// ```
/// fn render(section: &reconcile::SectionView) -> usize {
///     let rows = section.with_ledger();
///     rows.current.len() + rows.ledger.answers.len()
/// }
/// ```
///
/// The rows themselves are private:
///
/// ```compile_fail,E0616
/// fn render(section: &reconcile::SectionView) -> usize {
///     section.current.len()
/// }
/// ```
///
/// and nobody outside this crate can build a section:
///
/// ```compile_fail,E0451
/// fn forge(ledger: record::Ledger) -> reconcile::SectionView {
///     reconcile::SectionView { current: vec![], past: vec![], removed_count: 0, disagreements: vec![], ledger }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionView {
    pub(crate) current: Vec<Row>,
    pub(crate) past: Vec<Row>,
    pub(crate) removed_count: u32,
    pub(crate) disagreements: Vec<Disagreement>,
    pub(crate) ledger: Ledger,
}

impl SectionView {
    /// Which section it is.
    #[must_use]
    pub fn section(&self) -> Section {
        self.ledger.section
    }

    /// Its rows and how complete they are.
    #[must_use]
    pub fn with_ledger(&self) -> SectionRows<'_> {
        SectionRows {
            current: &self.current,
            past: &self.past,
            removed_count: self.removed_count,
            disagreements: &self.disagreements,
            ledger: &self.ledger,
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.current.iter().chain(&self.past)
    }
}

/// A section's rows together with its ledger.
#[derive(Clone, Copy, Debug)]
pub struct SectionRows<'a> {
    /// What holds now or lies ahead. Results, letters, immunisations and
    /// procedures are events: all of them stand here, newest first.
    pub current: &'a [Row],
    /// What is over.
    pub past: &'a [Row],
    /// How many entries their sources have since called an error: "1 removed by source".
    pub removed_count: u32,
    /// Where sources disagree. The rows concerned stand in `current` or `past`
    /// as well, side by side in `current`.
    pub disagreements: &'a [Disagreement],
    /// How complete it is: every source accounted for.
    pub ledger: &'a Ledger,
}

impl<'a> SectionRows<'a> {
    /// The rows of one disagreement: current ones first.
    pub fn disagreeing(&self, id: DisagreementId) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.current.iter().chain(self.past).filter(move |row| row.disagreement == Some(id))
    }

    /// The current rows about which nobody disagrees.
    pub fn agreed(&self) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.current.iter().filter(|row| row.disagreement.is_none())
    }

    /// How many rows there are, current and past.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.current.len() + self.past.len()
    }
}
