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

/// By how any name sounds that they have or had, and where they live under each.
fn found_by(told: &Demographics) -> FoundBy {
    let all = || std::iter::once(&told.name).chain(&told.other_names);
    let postcode = told.address.as_ref().and_then(|address| address.postcode.as_deref());
    let names = once_each(all().flat_map(identity::sound_keys));
    let places = postcode
        .map_or_else(Vec::new, |at| once_each(all().flat_map(|name| identity::kept_sound_place_keys(name, at))));
    let families = all().map(|name| &name.family).filter(|family| !family.is_empty());
    let families_at = postcode
        .map_or_else(Vec::new, |postcode| families.map(|family| identity::place_key(family, postcode)).collect());
    FoundBy { names, places, families_at }
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

#[cfg(test)]
mod tests {
    use record::{Address, Glance, LookUpKey, PersonName, When, day_digits};

    use super::*;

    fn told(family: &str, given: &str) -> Demographics {
        Demographics {
            name: PersonName { family: family.into(), given: vec![given.into()], ..PersonName::default() },
            born: When::parse_iso("1951-03-04").ok(),
            address: Some(Address { lines: vec!["12 Invented Road".into()], postcode: Some("SE5 0ZZ".into()) }),
            ..Demographics::default()
        }
    }

    #[test]
    fn most_charts_have_two_rows_by_name_and_two_by_place_whichever_look_up_they_are_of() {
        let grace = told("Okafor", "Grace");
        let born = day_digits(grace.birth_day().unwrap());
        let FoundBy { names, places, .. } = found_by(&grace);
        let begins = |key: LookUpKey| *key.whoever_has_it().start();
        let by_name = |name: &String| begins(LookUpKey::by_name(name, born, Glance::NOTHING));
        let mut rows: BTreeSet<i64> = names.iter().map(by_name).collect();
        let family = |place: &String| place.strip_prefix("SE50ZZ|").unwrap().to_owned();
        let at = |place: &String| begins(LookUpKey::at_postcode("SE50ZZ", &family(place), Some(born)));
        rows.extend(places.iter().map(at));
        assert_eq!(rows.len(), 3, "family and given name, and the family name at the postcode");
        let by_looks = (SCORE.take_apart)(&grace).keys.found_by;
        rows.extend(by_looks.into_iter().map(|key| begins(LookUpKey::from_i64(key))));
        assert_eq!(rows.len(), 4, "and the house: by name the score looks for the rows that a search needs");
    }

    #[test]
    fn family_names_that_sound_alike_share_a_row_at_a_place_and_are_not_one_family() {
        let (smith, smyth) = (found_by(&told("Smith", "Ada")), found_by(&told("Smyth", "Ada")));
        assert_eq!(smith.places, smyth.places);
        assert_ne!(smith.families_at, smyth.families_at);
    }

    /// Records hold what these rules made. Whoever sees this fail, be it after an update of the library that says how names sound, raises
    /// `store::LOOK_UP_RULES` first: so a record of before is refused and built anew, and nobody looks for people in vain.
    #[test]
    fn what_people_are_found_by_goes_with_the_version_of_the_look_up_rules() {
        let people = [
            told("Okafor", "Grace"),
            told("Łukaszewicz-O'Neill", "Mohammed"),
            told("de la Cruz", ""),
            told("", "Nguyễn"),
            told("Okafor", "Grace Adaeze"),
        ];
        let of = |told: &Demographics| format!("{:?} {:?}", found_by(told), (SCORE.take_apart)(told).keys);
        let all = people.iter().map(of).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(format!("version {}\n{all}", store::LOOK_UP_RULES), @r#"
        version 3
        FoundBy { names: ["~AKFR", "~KRS"], places: ["SE50ZZ|~AKFR"], families_at: ["SE50ZZ|OKAFOR"] } AlikeKeys { found_by: [3658510432435841043, 3658593814930925587, -2848799567375669877], counted: [-4844427645568919559, -4464662051020091002, 19510304] }
        FoundBy { names: ["~ANL", "~LKSTS", "~LKSTSNL", "~MHMT"], places: ["SE50ZZ|~ANL", "SE50ZZ|~LKSTS", "SE50ZZ|~LKSTSNL"], families_at: ["SE50ZZ|LUKASZEWICZONEILL"] } AlikeKeys { found_by: [3658489298599595587, 3658500113327246915, -2848799567375669877], counted: [7913525326403773018, -5779251670431202786, 19510304] }
        FoundBy { names: ["~KRS", "~TLKRS"], places: ["SE50ZZ|~KRS", "SE50ZZ|~TLKRS"], families_at: ["SE50ZZ|DELACRUZ"] } AlikeKeys { found_by: [3658489632774946815, -2848799567375669877], counted: [-2360131048400871569, 19510304] }
        FoundBy { names: ["~NKN"], places: ["SE50ZZ|~NKN"], families_at: [] } AlikeKeys { found_by: [3658600994258739210, -2848799567375669877], counted: [-1458280124013402808, 19510304] }
        FoundBy { names: ["~AKFR", "~KRS"], places: ["SE50ZZ|~AKFR"], families_at: ["SE50ZZ|OKAFOR"] } AlikeKeys { found_by: [3658510446723426323, 3658593829218510867, -2848799567375669877], counted: [-4844427645568919559, -4464662051020091002, 19510304] }
        "#);
    }
}
