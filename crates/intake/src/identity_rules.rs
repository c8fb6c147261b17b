use std::collections::BTreeSet;

use identity::{Candidate, ChartPlace, ChartUpdate, Evidence};
use record::Demographics;
use store::{FoundBy, IdentityRules, Placement};

use crate::by_score::SCORE;

/// The rules of `identity`, in the shape in which the store runs them inside the
/// transaction that acts on them.
pub const RULES: IdentityRules = IdentityRules { place, contradiction, cannot_merge, found_by, score: SCORE };

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

fn cannot_merge(one: &Demographics, other: &Demographics) -> Option<String> {
    identity::merge_contradiction(one, other).map(|reasons| words(&reasons))
}

/// By any name that they have or had, by how it sounds, and where they live under each.
fn found_by(told: &Demographics) -> FoundBy {
    let all = || std::iter::once(&told.name).chain(&told.other_names);
    let postcode = told.address.as_ref().and_then(|address| address.postcode.as_deref());
    let names = once_each(all().flat_map(identity::name_keys));
    let families = all().map(|name| &name.family).filter(|family| !family.is_empty());
    let places = postcode
        .map_or_else(Vec::new, |postcode| families.map(|family| identity::place_key(family, postcode)).collect());
    let sounds_at = postcode
        .map_or_else(Vec::new, |at| once_each(all().flat_map(|name| identity::kept_sound_place_keys(name, at))));
    FoundBy { names, places, sounds_at }
}

fn once_each(keys: impl Iterator<Item = String>) -> Vec<String> {
    keys.collect::<BTreeSet<_>>().into_iter().collect()
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
