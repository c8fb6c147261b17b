use std::collections::BTreeSet;

use record::{Demographics, Gender, PersonId};

use crate::evidence::Evidence;
use crate::fold::fold;
use crate::given::{self, GivenNames, is_placeholder_family};
use crate::scoring::BirthDigits;

/// A person to whom a chart might belong.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The person.
    pub person: PersonId,
    /// What each chart that is linked to them told.
    pub charts: &'a [Demographics],
    /// Whether someone else is known who shares family name and birth date at
    /// that address: a twin.
    pub shares_family_and_birth_at_address: bool,
}

/// Whether a chart is a candidate's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Same {
        /// What says so.
        evidence: Vec<Evidence>,
    },
    /// It is somebody else's.
    Different {
        /// What says so.
        reasons: Vec<Evidence>,
    },
    /// It cannot be said; not linked.
    Unsure {
        /// What is missing or contradicts.
        reasons: Vec<Evidence>,
    },
}

/// The NHS-number rule.
///
/// A chart is the candidate's when both carry the same valid NHS number, nothing
/// that any of the candidate's charts told contradicts it, and with one of those
/// charts either
/// - birth date and given name agree (letter for letter, as an alias, by sound
///   or by initial; the last two only when no twin is known), or
/// - birth date, family name and sex agree, the given name is missing on one
///   side, and no twin is known.
#[must_use]
pub fn by_nhs_number(told: &Demographics, candidate: &Candidate<'_>) -> Verdict {
    let numbers: BTreeSet<_> = candidate.charts.iter().filter_map(|chart| chart.nhs_number).collect();
    let Some(number) = told.nhs_number.filter(|_| !numbers.is_empty()) else {
        return Verdict::Unsure { reasons: vec![Evidence::NhsNumberMissing] };
    };
    if !numbers.contains(&number) {
        return Verdict::Different { reasons: vec![Evidence::NhsNumberDiffers] };
    }
    let compared: Vec<Compared> = candidate.charts.iter().map(|chart| Compared::new(told, chart)).collect();
    let mut against: BTreeSet<Evidence> = compared.iter().flat_map(Compared::contradictions).collect();
    if numbers.len() > 1 {
        against.insert(Evidence::NhsNumberDiffers);
    }
    if !against.is_empty() {
        let reasons = against.into_iter().collect();
        return if compared.iter().all(|chart| chart.contradictions().count() == 2) {
            Verdict::Different { reasons }
        } else {
            Verdict::Unsure { reasons }
        };
    }
    let twin = candidate.shares_family_and_birth_at_address;
    // The strongest of several agreeing charts is told, whatever their order.
    match compared.iter().filter_map(|chart| chart.links(twin)).min() {
        Some(evidence) => Verdict::Same { evidence },
        None => {
            let doubts: BTreeSet<Evidence> = compared.iter().flat_map(|chart| chart.doubts(twin)).collect();
            Verdict::Unsure { reasons: doubts.into_iter().collect() }
        }
    }
}

/// Two records field by field.
pub(crate) struct Compared {
    pub(crate) birth: Evidence,
    pub(crate) given: Evidence,
    pub(crate) family: Evidence,
    pub(crate) sex: Evidence,
}

impl Compared {
    pub(crate) fn new(a: &Demographics, b: &Demographics) -> Self {
        Self {
            birth: compare_births(a, b),
            given: match given::compare(&a.name, &b.name) {
                GivenNames::Agree(how) => Evidence::GivenNameAgrees(how),
                GivenNames::Missing => Evidence::GivenNameMissing,
                GivenNames::Differ => Evidence::GivenNameDiffers,
            },
            family: compare_families(a, b),
            sex: compare_sexes(a, b),
        }
    }

    /// What cannot be so if they are one person: at most birth date and given
    /// name. Family names change.
    fn contradictions(&self) -> impl Iterator<Item = Evidence> {
        [self.birth, self.given]
            .into_iter()
            .filter(|field| matches!(field, Evidence::BirthDateDiffers | Evidence::GivenNameDiffers))
    }

    /// The evidence that links, when the number agrees already.
    fn links(&self, twin: bool) -> Option<Vec<Evidence>> {
        if self.birth != Evidence::BirthDateAgrees {
            return None;
        }
        let mut evidence = vec![Evidence::NhsNumberAgrees, self.birth, self.given];
        match self.given {
            Evidence::GivenNameAgrees(how) if !(twin && how.is_weak()) => Some(evidence),
            Evidence::GivenNameMissing
                if !twin && self.family == Evidence::FamilyNameAgrees && self.sex == Evidence::SexAgrees =>
            {
                evidence.extend([self.family, self.sex]);
                Some(evidence)
            }
            _ => None,
        }
    }

    /// Why nothing contradicts and nothing links either.
    fn doubts(&self, twin: bool) -> Vec<Evidence> {
        let mut doubts = Vec::new();
        if self.birth != Evidence::BirthDateAgrees {
            doubts.push(self.birth);
        }
        match self.given {
            Evidence::GivenNameMissing => {
                doubts.push(self.given);
                doubts.extend(Some(self.family).filter(|family| *family != Evidence::FamilyNameAgrees));
                doubts.extend(Some(self.sex).filter(|sex| *sex != Evidence::SexAgrees));
                doubts.extend(twin.then_some(Evidence::SharedByAnother));
            }
            Evidence::GivenNameAgrees(how) if twin && how.is_weak() => {
                doubts.extend([self.given, Evidence::SharedByAnother]);
            }
            _ => {}
        }
        doubts
    }
}

fn compare_births(a: &Demographics, b: &Demographics) -> Evidence {
    // 1 January 1900, and 31 December 9999, are what systems write for "not known".
    let known = |person: &Demographics| person.birth_day().filter(|day| BirthDigits::parse(&day.to_string()).is_some());
    match (known(a), known(b)) {
        (Some(a), Some(b)) if a == b => Evidence::BirthDateAgrees,
        (Some(_), Some(_)) => Evidence::BirthDateDiffers,
        _ => Evidence::BirthDateMissing,
    }
}

fn compare_families(a: &Demographics, b: &Demographics) -> Evidence {
    let (a, b) = (&a.name.family, &b.name.family);
    let is_missing = |family: &str| fold(family).is_empty() || is_placeholder_family(family);
    if is_missing(a) || is_missing(b) {
        Evidence::FamilyNameMissing
    } else if fold(a) == fold(b) {
        Evidence::FamilyNameAgrees
    } else {
        Evidence::FamilyNameDiffers
    }
}

fn compare_sexes(a: &Demographics, b: &Demographics) -> Evidence {
    let known = |person: &Demographics| person.gender.filter(|gender| *gender != Gender::Unknown);
    match (known(a), known(b)) {
        (Some(a), Some(b)) if a == b => Evidence::SexAgrees,
        (Some(_), Some(_)) => Evidence::SexDiffers,
        _ => Evidence::SexMissing,
    }
}
