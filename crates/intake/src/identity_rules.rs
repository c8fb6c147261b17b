use identity::{Candidate, ChartPlace, ChartUpdate, Evidence};
use record::Demographics;
use store::{IdentityRules, Placement};

/// The rules of `identity`, in the shape in which the store runs them inside the
/// transaction that acts on them.
pub(crate) const RULES: IdentityRules = IdentityRules { place, contradiction };

fn place(told: &Demographics, candidates: &[store::Candidate]) -> Placement {
    match identity::place_chart(told, &with_charts(candidates)) {
        ChartPlace::Link(person, evidence) => Placement::Link(person, words(&evidence)),
        ChartPlace::NewPerson => Placement::NewPerson,
        ChartPlace::NewPersonAndWorkList { conflict_with, reasons } => {
            Placement::NewPersonAndWorkList { conflicts: conflict_with, reasons: words(&reasons) }
        }
    }
}

fn contradiction(before: &Demographics, told: &Demographics, candidates: &[store::Candidate]) -> Option<String> {
    match identity::check_update(before, told, &with_charts(candidates)) {
        ChartUpdate::Consistent | ChartUpdate::NumberNowKnown => None,
        ChartUpdate::NumberDisagrees { reasons } | ChartUpdate::IdentityDisagrees { reasons } => Some(words(&reasons)),
    }
}

fn with_charts(candidates: &[store::Candidate]) -> Vec<Candidate<'_>> {
    candidates
        .iter()
        .map(|candidate| Candidate {
            person: candidate.person,
            charts: &candidate.charts,
            shares_family_and_birth_at_address: candidate.shares_family_and_birth_at_address,
        })
        .collect()
}

fn words(evidence: &[Evidence]) -> String {
    evidence.iter().map(|one| one.word()).collect::<Vec<_>>().join("; ")
}
