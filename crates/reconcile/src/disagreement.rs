use record::EntryId;

/// One disagreement within a section, numbered from zero in order of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisagreementId(pub(crate) usize);

impl DisagreementId {
    /// Its number within the section, from zero: an anchor on the page.
    #[must_use]
    pub fn number(self) -> usize {
        self.0
    }
}

/// Sources that tell different things about the same matter. Every row is
/// shown; none is preferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Which of the section's disagreements.
    pub id: DisagreementId,
    /// What it is about: the medicine's name, or "No known allergies".
    pub name: String,
    /// The entries that disagree. [`crate::SectionRows::disagreeing`] gives their rows.
    pub entries: Vec<EntryId>,
    /// In what they differ: "dose", "strength", "frequency", "route", "status",
    /// or "statement" for allergies.
    pub differs_in: Vec<&'static str>,
}
