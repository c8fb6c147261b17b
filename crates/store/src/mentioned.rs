use record::NhsNumber;

use crate::apply::{UnitWork, Work};

/// Somebody of whom a message seems to speak that waits for a hand: enough to say
/// so on their record and to close its text where their record is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// The source's own key for its patient.
    pub key: Option<String>,
    /// An NHS number.
    pub nhs_number: Option<NhsNumber>,
}

impl Mentioned {
    /// Everybody of whom these units speak.
    #[must_use]
    pub fn in_units(units: &[UnitWork]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for unit in units {
            let of_unit = match &unit.work {
                Work::Quarantine { about, .. } => about.clone(),
                Work::Rearrange(asked) => asked.about.clone(),
                // Whoever deletes names an entry and nobody.
                Work::Keep | Work::Remove(_) => Vec::new(),
                Work::Apply(changes) | Work::ApplyOn(_, changes) => changes
                    .iter()
                    .map(|change| Self {
                        key: Some(change.key.clone()),
                        nhs_number: change.told.as_ref().and_then(|told| told.nhs_number),
                    })
                    .collect(),
            };
            all.extend(of_unit.into_iter().filter(|one| *one != Self::default()));
        }
        all.dedup();
        all
    }

    pub(crate) fn number(&self) -> Option<i64> {
        self.nhs_number.map(|number| number.as_u64().cast_signed())
    }
}

/// The one whose record says that something waits: whoever is told with a number,
/// else the first.
pub(crate) fn main_one(about: &[Mentioned]) -> Mentioned {
    about.iter().find(|one| one.nhs_number.is_some()).or_else(|| about.first()).cloned().unwrap_or_default()
}
