use std::collections::{BTreeMap, BTreeSet};

use record::{Demographics, PersonId};

use crate::evidence::Evidence;
use crate::number_rule::{Candidate, Compared, Verdict, by_nhs_number};

/// Where a chart that is seen for the first time belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartPlace {
    /// To this person, on this evidence.
    Link(PersonId, Vec<Evidence>),
    /// To a person of its own.
    NewPerson,
    /// To a person of its own, and somebody has to look: others carry its number.
    NewPersonAndWorkList {
        /// Who carries the number, in ascending order.
        conflict_with: Vec<PersonId>,
        /// Why it was not linked.
        reasons: Vec<Evidence>,
    },
}

/// Where a chart that is seen for the first time belongs.
///
/// `candidates_with_this_number` are all persons with a linked chart that told
/// the same NHS number. One that fits is linked to, though others with the
/// number do not fit: they are on the work list already. Two that fit are no
/// better than none.
#[must_use]
pub fn place_chart(told: &Demographics, candidates_with_this_number: &[Candidate<'_>]) -> ChartPlace {
    if told.nhs_number.is_none() || candidates_with_this_number.is_empty() {
        return ChartPlace::NewPerson;
    }
    let mut fitting = BTreeMap::new();
    let mut others = BTreeSet::new();
    let mut reasons = BTreeSet::new();
    for candidate in candidates_with_this_number {
        match by_nhs_number(told, candidate) {
            Verdict::Same { evidence } => {
                fitting.insert(candidate.person, evidence);
            }
            Verdict::Different { reasons: why } | Verdict::Unsure { reasons: why } => {
                others.insert(candidate.person);
                reasons.extend(why);
            }
        }
    }
    let mut each = fitting.iter();
    if let (Some((person, evidence)), None) = (each.next(), each.next()) {
        return ChartPlace::Link(*person, evidence.clone());
    }
    if !fitting.is_empty() {
        reasons.insert(Evidence::SeveralFit);
        others.extend(fitting.into_keys());
    }
    ChartPlace::NewPersonAndWorkList {
        conflict_with: others.into_iter().collect(),
        reasons: reasons.into_iter().collect(),
    }
}

/// What a new message means for the identity of a chart that is known already.
/// None of these moves a link: only people do that, except that a chart which is
/// all of its person is placed anew when its number becomes known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartUpdate {
    /// Nothing speaks against its being the same person as before.
    Consistent,
    /// The message carries another NHS number than the chart has, or one that
    /// someone else carries: work list and banner.
    NumberDisagrees {
        /// What disagrees.
        reasons: Vec<Evidence>,
    },
    /// Name and birth date are somebody else's: work list and banner.
    IdentityDisagrees {
        /// What disagrees.
        reasons: Vec<Evidence>,
    },
    /// The chart had no NHS number and now has one that fits everyone who
    /// carries it.
    NumberNowKnown,
}

/// What a new message means for the identity of a chart that is known already.
///
/// `before` is what the chart told until now, `candidates_with_this_number` the
/// persons who carry the number of the new message (the chart's own person may
/// be among them).
///
/// Another number always disagrees. So does another given name, whatever else is
/// the same: it is how one twin's chart is filled with the other's data. Another
/// birth date is taken for a correction only when the number confirms it and the
/// family name is not another's too. Another family name alone is a marriage.
#[must_use]
pub fn check_update(
    before: &Demographics,
    told: &Demographics,
    candidates_with_this_number: &[Candidate<'_>],
) -> ChartUpdate {
    let compared = Compared::new(before, told);
    let number_agrees = before.nhs_number.is_some() && before.nhs_number == told.nhs_number;
    let mut reasons = identity_reasons(&compared, number_agrees);
    match (before.nhs_number, told.nhs_number) {
        (Some(old), Some(new)) if old != new => {
            reasons.insert(Evidence::NhsNumberDiffers);
            ChartUpdate::NumberDisagrees { reasons: reasons.into_iter().collect() }
        }
        _ if !reasons.is_empty() => ChartUpdate::IdentityDisagrees { reasons: reasons.into_iter().collect() },
        (None, Some(_)) => {
            let misfits =
                candidates_with_this_number.iter().filter_map(|candidate| match by_nhs_number(told, candidate) {
                    Verdict::Same { .. } => None,
                    Verdict::Different { reasons } | Verdict::Unsure { reasons } => Some(reasons),
                });
            let reasons: BTreeSet<Evidence> = misfits.flatten().collect();
            if reasons.is_empty() {
                ChartUpdate::NumberNowKnown
            } else {
                ChartUpdate::NumberDisagrees { reasons: reasons.into_iter().collect() }
            }
        }
        _ => ChartUpdate::Consistent,
    }
}

fn identity_reasons(compared: &Compared, number_agrees: bool) -> BTreeSet<Evidence> {
    let given_differs = compared.given == Evidence::GivenNameDiffers;
    let birth_differs = compared.birth == Evidence::BirthDateDiffers;
    let family_differs = compared.family == Evidence::FamilyNameDiffers;
    let somebody_else = given_differs || (birth_differs && (family_differs || !number_agrees));
    let differing = [compared.birth, compared.given, compared.family, compared.sex].into_iter().filter(|field| {
        matches!(
            field,
            Evidence::BirthDateDiffers
                | Evidence::GivenNameDiffers
                | Evidence::FamilyNameDiffers
                | Evidence::SexDiffers
        )
    });
    if somebody_else { differing.collect() } else { BTreeSet::new() }
}
