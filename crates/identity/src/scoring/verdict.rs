use crate::scoring::level::{Field, Level};

/// What a score leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Two people, as far as anybody can tell.
    Apart,
    /// Somebody looks.
    WorkList,
    /// One person.
    Automatic,
}

/// Why a pair that scores high is not linked by the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Because {
    /// Two different valid NHS numbers never link.
    NumbersDiffer,
    /// One number, and something that contradicts it.
    NumberContradicted,
    /// Nothing tells them from twins.
    TwinsPossible,
    /// Nothing tells them from relatives of one name.
    NamesakesPossible,
    /// More than one person fits.
    SeveralFit,
    /// Another chart of the same person contradicts.
    PersonContradicts,
    /// The score lies between the two thresholds.
    BetweenThresholds,
    /// So few charts have come that nobody knows which names are common.
    RegionHardlyKnown,
}

impl Because {
    /// What the work list says.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NumbersDiffer => "Two different NHS numbers are never linked by the program",
            Self::NumberContradicted => "The same NHS number, but first name or date of birth contradicts",
            Self::TwinsPossible => "These may be twins: the first names do not settle it",
            Self::NamesakesPossible => "These may be relatives of one name: the dates of birth do not settle it",
            Self::SeveralFit => "More than one person fits",
            Self::PersonContradicts => "Another record of the same person contradicts",
            Self::BetweenThresholds => "Enough agrees to ask, not enough to link",
            Self::RegionHardlyKnown => "Too few people are known yet to tell which names are common",
        }
    }
}

/// One line of an explanation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// What was compared.
    pub field: Field,
    /// How it agrees or differs.
    pub level: Level,
    /// What it counts, in bits; below zero it speaks against.
    pub bits: f64,
}

/// Why a pair scores as it does: it says that fields agree or differ, never what
/// stands in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Field by field, the strongest evidence first.
    pub lines: Vec<Line>,
    /// Fields that one of the two does not tell: they count nothing either way.
    pub not_told: Vec<Field>,
    /// What the size of the region takes off: the more people, the more look alike.
    pub region_bits: f64,
    /// The sum.
    pub odds_bits: f64,
    /// What it leads to.
    pub tier: Tier,
    /// Why not to a link.
    pub because: Option<Because>,
}

impl Explained {
    /// The explanation as sentences, one per line.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.lines.iter().map(|line| format!("{} ({:+.1})", line.level.words(), line.bits)).collect();
        lines.extend(self.not_told.iter().filter_map(|field| field.words_where_not_told()).map(str::to_owned));
        lines.push(format!("Somebody else in the region may look the same ({:+.1})", self.region_bits));
        lines.extend(self.because.map(|because| because.words().to_owned()));
        lines
    }
}
