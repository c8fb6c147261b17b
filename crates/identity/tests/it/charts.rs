use identity::Evidence::{
    BirthDateAgrees, BirthDateDiffers, FamilyNameDiffers, GivenNameAgrees, GivenNameDiffers, GivenNameMissing,
    NhsNumberAgrees, NhsNumberDiffers, SeveralFit, SharedByAnother,
};
use identity::GivenNameAgreement::Exact;
use identity::{ChartPlace, ChartUpdate, Evidence, check_update, place_chart};
use proptest::prelude::*;
use record::{Demographics, Gender, PersonId};

use crate::number_rule::alike;
use crate::{NUMBERS, faith, grace, person, person_with_twin, told};

const GRACE: u64 = 1;
const FAITH: u64 = 2;

fn work_list(conflict_with: &[u64], reasons: &[Evidence]) -> ChartPlace {
    let conflict_with = conflict_with.iter().map(|id| PersonId(*id)).collect();
    ChartPlace::NewPersonAndWorkList { conflict_with, reasons: reasons.to_vec() }
}

fn number_disagrees(reasons: &[Evidence]) -> ChartUpdate {
    ChartUpdate::NumberDisagrees { reasons: reasons.to_vec() }
}

fn identity_disagrees(reasons: &[Evidence]) -> ChartUpdate {
    ChartUpdate::IdentityDisagrees { reasons: reasons.to_vec() }
}

#[test]
fn twins_at_one_address_with_the_number_swapped_on_one_message_stay_two_records() {
    let (of_grace, of_faith) = ([grace()], [faith()]);
    // Another hospital's first message about Faith carries Grace's number.
    let swapped = Demographics { nhs_number: grace().nhs_number, ..faith() };
    let carriers = [person_with_twin(GRACE, &of_grace)];
    assert_eq!(place_chart(&swapped, &carriers), work_list(&[GRACE], &[GivenNameDiffers]));

    // The hospital that knows Faith already sends one message with Grace's number.
    assert_eq!(check_update(&faith(), &swapped, &carriers), number_disagrees(&[NhsNumberDiffers]));

    // Afterwards both go on being found by their own number.
    let again = [person_with_twin(FAITH, &of_faith)];
    assert!(matches!(place_chart(&faith(), &again), ChartPlace::Link(PersonId(FAITH), _)));
    let evidence = vec![NhsNumberAgrees, BirthDateAgrees, GivenNameAgrees(Exact)];
    let swapped_chart = [swapped];
    let both_claim_it = [carriers[0], person(3, &swapped_chart)];
    assert_eq!(place_chart(&grace(), &both_claim_it), ChartPlace::Link(PersonId(GRACE), evidence));
}

#[test]
fn newborn_twins_with_the_number_swapped_before_they_have_names_stay_two_records() {
    let twin = |number, given| told(Some(number), "Okafor", given, "2026-11-20", Some(Gender::Female));
    let first = [twin(NUMBERS[0], "TWIN 1")];
    let swapped = twin(NUMBERS[0], "TWIN 2");
    assert_eq!(place_chart(&swapped, &[person(GRACE, &first)]), work_list(&[GRACE], &[GivenNameDiffers]));

    let unnumbered = twin(NUMBERS[0], "BABY OF");
    let carriers = [person_with_twin(GRACE, &first)];
    assert_eq!(place_chart(&unnumbered, &carriers), work_list(&[GRACE], &[GivenNameMissing, SharedByAnother]));
}

#[test]
fn a_name_that_disagrees_never_links() {
    let of_grace = [grace()];
    let evelyn = told(Some(NUMBERS[0]), "Okafor", "Evelyn", "1951-03-04", Some(Gender::Female));
    let place = place_chart(&evelyn, &[person(GRACE, &of_grace)]);
    assert_eq!(place, work_list(&[GRACE], &[GivenNameDiffers]));
    assert_eq!(check_update(&grace(), &evelyn, &[person(GRACE, &of_grace)]), identity_disagrees(&[GivenNameDiffers]));
}

#[test]
fn a_chart_without_a_number_makes_its_own_person() {
    let of_grace = [grace()];
    let without = Demographics { nhs_number: None, ..grace() };
    assert_eq!(place_chart(&without, &[]), ChartPlace::NewPerson);
    assert_eq!(place_chart(&without, &[person(GRACE, &of_grace)]), ChartPlace::NewPerson);
}

#[test]
fn the_first_chart_with_a_number_makes_its_own_person() {
    assert_eq!(place_chart(&grace(), &[]), ChartPlace::NewPerson);
}

#[test]
fn two_people_who_both_fit_are_no_better_than_none() {
    let (one, two) = ([grace()], [grace()]);
    let place = place_chart(&grace(), &[person(7, &two), person(GRACE, &one)]);
    assert_eq!(place, work_list(&[GRACE, 7], &[SeveralFit]));
}

#[test]
fn a_message_that_says_the_same_or_less_is_consistent() {
    let of_grace = [grace()];
    let carriers = [person(GRACE, &of_grace)];
    assert_eq!(check_update(&grace(), &grace(), &carriers), ChartUpdate::Consistent);
    assert_eq!(check_update(&grace(), &Demographics::default(), &[]), ChartUpdate::Consistent);
    let without = Demographics { nhs_number: None, ..grace() };
    assert_eq!(check_update(&grace(), &without, &[]), ChartUpdate::Consistent);
}

#[test]
fn a_marriage_and_a_corrected_birth_date_are_consistent() {
    let married = told(Some(NUMBERS[0]), "Mensah", "Grace", "1951-03-04", Some(Gender::Female));
    assert_eq!(check_update(&grace(), &married, &[]), ChartUpdate::Consistent);
    let corrected = told(Some(NUMBERS[0]), "Okafor", "Grace", "1951-04-03", Some(Gender::Female));
    assert_eq!(check_update(&grace(), &corrected, &[]), ChartUpdate::Consistent);
}

#[test]
fn another_birth_date_without_the_number_or_with_another_family_name_is_somebody_else() {
    let without = |given: &str, family: &str, born: &str| told(None, family, given, born, Some(Gender::Female));
    let update =
        check_update(&without("Grace", "Okafor", "1951-03-04"), &without("Grace", "Okafor", "1960-01-02"), &[]);
    assert_eq!(update, identity_disagrees(&[BirthDateDiffers]));
    let other = told(Some(NUMBERS[0]), "Mensah", "Grace", "1960-01-02", Some(Gender::Female));
    assert_eq!(check_update(&grace(), &other, &[]), identity_disagrees(&[BirthDateDiffers, FamilyNameDiffers]));
}

#[test]
fn a_baby_who_gets_a_name_stays_the_same_person() {
    let baby = told(Some(NUMBERS[0]), "Okafor", "BABY OF", "2026-11-20", Some(Gender::Female));
    let named = told(Some(NUMBERS[0]), "Okafor", "Grace", "2026-11-20", Some(Gender::Female));
    assert_eq!(check_update(&baby, &named, &[]), ChartUpdate::Consistent);
}

#[test]
fn a_number_that_becomes_known_must_fit_whoever_carries_it() {
    let before = Demographics { nhs_number: None, ..grace() };
    assert_eq!(check_update(&before, &grace(), &[]), ChartUpdate::NumberNowKnown);
    let of_grace = [grace()];
    assert_eq!(check_update(&before, &grace(), &[person(GRACE, &of_grace)]), ChartUpdate::NumberNowKnown);
    let of_evelyn = [told(Some(NUMBERS[0]), "Hart", "Evelyn", "1960-01-02", None)];
    let update = check_update(&before, &grace(), &[person(9, &of_evelyn)]);
    assert_eq!(update, number_disagrees(&[BirthDateDiffers, GivenNameDiffers]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_of_candidates_does_not_matter(
        new in alike(),
        people in proptest::collection::vec((proptest::collection::vec(alike(), 1..3), any::<bool>()), 0..4),
    ) {
        let mut candidates: Vec<_> = people.iter().zip(1..).map(|((charts, twin), id)| {
            if *twin { person_with_twin(id, charts) } else { person(id, charts) }
        }).collect();
        let (place, update) = (place_chart(&new, &candidates), check_update(&grace(), &new, &candidates));
        candidates.reverse();
        prop_assert_eq!(place_chart(&new, &candidates), place);
        prop_assert_eq!(check_update(&grace(), &new, &candidates), update);
    }

    #[test]
    fn another_number_always_disagrees(before in alike(), new in alike()) {
        let two_numbers = before.nhs_number.is_some() && new.nhs_number.is_some() && before.nhs_number != new.nhs_number;
        let disagrees = matches!(check_update(&before, &new, &[]), ChartUpdate::NumberDisagrees { .. });
        prop_assert_eq!(two_numbers, disagrees);
    }

    #[test]
    fn a_message_that_repeats_itself_is_consistent(told in alike()) {
        prop_assert_eq!(check_update(&told, &told, &[]), ChartUpdate::Consistent);
    }
}
