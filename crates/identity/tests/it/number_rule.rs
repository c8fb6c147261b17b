use identity::Evidence::{
    BirthDateAgrees, BirthDateDiffers, BirthDateMissing, FamilyNameAgrees, FamilyNameDiffers, FamilyNameMissing,
    GivenNameAgrees, GivenNameDiffers, GivenNameMissing, NhsNumberAgrees, NhsNumberDiffers, NhsNumberMissing,
    SexAgrees, SexDiffers, SexMissing, SharedByAnother,
};
use identity::GivenNameAgreement::{Alias, Exact, Initial, SoundsAlike};
use identity::{Evidence, Verdict, by_nhs_number};
use proptest::prelude::*;
use record::{Demographics, Gender};

use crate::{NUMBERS, faith, grace, person, person_with_twin, told};

fn verdict(new: &Demographics, charts: &[Demographics]) -> Verdict {
    by_nhs_number(new, &person(1, charts))
}

fn same(evidence: &[Evidence]) -> Verdict {
    Verdict::Same { evidence: evidence.to_vec() }
}

fn unsure(reasons: &[Evidence]) -> Verdict {
    Verdict::Unsure { reasons: reasons.to_vec() }
}

fn different(reasons: &[Evidence]) -> Verdict {
    Verdict::Different { reasons: reasons.to_vec() }
}

fn named(given: &str) -> Demographics {
    told(Some(NUMBERS[0]), "Okafor", given, "1951-03-04", Some(Gender::Female))
}

#[test]
fn number_birth_date_and_given_name_link() {
    assert_eq!(verdict(&grace(), &[grace()]), same(&[NhsNumberAgrees, BirthDateAgrees, GivenNameAgrees(Exact)]));
}

/// Two of whom nobody knows the name are not of one name.
#[test]
fn a_family_name_that_stands_for_not_known_is_missing() {
    for family in ["UNKNOWN", "Not Known", "Test", "ZZZTest", "NK", ""] {
        let baby = || told(Some(NUMBERS[0]), family, "BABY", "2020-03-04", Some(Gender::Female));
        assert_eq!(verdict(&baby(), &[baby()]), unsure(&[GivenNameMissing, FamilyNameMissing]), "{family}");
    }
}

#[test]
fn a_given_name_agrees_in_four_ways() {
    let william = [told(Some(NUMBERS[0]), "Hart", "William", "1951-03-04", None)];
    for (given, how) in [("WILLIAM", Exact), ("Bill", Alias), ("Wiliam", SoundsAlike), ("W", Initial)] {
        let new = told(Some(NUMBERS[0]), "Hart", given, "1951-03-04", None);
        assert_eq!(verdict(&new, &william), same(&[NhsNumberAgrees, BirthDateAgrees, GivenNameAgrees(how)]), "{given}");
    }
}

#[test]
fn another_family_name_does_not_matter_when_the_given_name_agrees() {
    let married = told(Some(NUMBERS[0]), "Mensah", "Grace", "1951-03-04", Some(Gender::Female));
    assert!(matches!(verdict(&married, &[grace()]), Verdict::Same { .. }));
}

#[test]
fn a_name_that_disagrees_never_links() {
    let evelyn = named("Evelyn");
    assert_eq!(verdict(&evelyn, &[grace()]), unsure(&[GivenNameDiffers]));
    let elsewhere = told(Some(NUMBERS[0]), "Mensah", "Evelyn", "1951-03-04", Some(Gender::Female));
    assert_eq!(verdict(&elsewhere, &[grace()]), unsure(&[GivenNameDiffers]));
    let other_day = told(Some(NUMBERS[0]), "Okafor", "Evelyn", "1960-01-02", Some(Gender::Female));
    assert_eq!(verdict(&other_day, &[grace()]), different(&[BirthDateDiffers, GivenNameDiffers]));
}

#[test]
fn a_birth_date_that_disagrees_never_links() {
    let new = told(Some(NUMBERS[0]), "Okafor", "Grace", "1951-04-03", Some(Gender::Female));
    assert_eq!(verdict(&new, &[grace()]), unsure(&[BirthDateDiffers]));
}

#[test]
fn a_birth_date_must_be_a_whole_day_and_known() {
    for born in ["", "1951", "1951-03", "1900-01-01", "1800-01-01", "9999-12-31", "1111-11-11"] {
        let new = told(Some(NUMBERS[0]), "Okafor", "Grace", born, Some(Gender::Female));
        assert_eq!(verdict(&new, &[grace()]), unsure(&[BirthDateMissing]), "{born}");
        assert_eq!(verdict(&new, std::slice::from_ref(&new)), unsure(&[BirthDateMissing]), "{born} on both sides");
    }
    let at_night = told(Some(NUMBERS[0]), "Okafor", "Grace", "1951-03-04T23:15:00", Some(Gender::Female));
    assert!(matches!(verdict(&at_night, &[grace()]), Verdict::Same { .. }), "a time of birth is on its day");
}

#[test]
fn a_number_that_disagrees_never_links() {
    let mut new = grace();
    new.nhs_number = faith().nhs_number;
    assert_eq!(verdict(&new, &[grace()]), different(&[NhsNumberDiffers]));
}

#[test]
fn two_different_numbers_on_one_person_link_nothing_more() {
    let mut second = grace();
    second.nhs_number = faith().nhs_number;
    assert_eq!(verdict(&grace(), &[grace(), second]), unsure(&[NhsNumberDiffers]));
}

#[test]
fn without_a_number_nothing_links() {
    let mut without = grace();
    without.nhs_number = None;
    assert_eq!(verdict(&without, &[grace()]), unsure(&[NhsNumberMissing]));
    assert_eq!(verdict(&grace(), &[without]), unsure(&[NhsNumberMissing]));
    assert_eq!(verdict(&grace(), &[]), unsure(&[NhsNumberMissing]));
}

#[test]
fn a_placeholder_links_when_birth_date_family_name_and_sex_agree() {
    let linked = same(&[NhsNumberAgrees, BirthDateAgrees, GivenNameMissing, FamilyNameAgrees, SexAgrees]);
    for placeholder in ["", "BABY OF", "Baby", "TWIN 1", "Unknown", "TEST"] {
        assert_eq!(verdict(&named(placeholder), &[grace()]), linked, "{placeholder}");
        assert_eq!(verdict(&grace(), &[named(placeholder)]), linked, "{placeholder} came first");
    }
}

#[test]
fn a_placeholder_does_not_link_when_any_of_the_three_does_not_agree() {
    let baby = |family, born, gender| told(Some(NUMBERS[0]), family, "BABY OF", born, gender);
    let female = Some(Gender::Female);
    for (new, reasons) in [
        (baby("Mensah", "1951-03-04", female), vec![GivenNameMissing, FamilyNameDiffers]),
        (baby("", "1951-03-04", female), vec![GivenNameMissing, FamilyNameMissing]),
        (baby("Okafor", "1951-03-04", Some(Gender::Male)), vec![GivenNameMissing, SexDiffers]),
        (baby("Okafor", "1951-03-04", None), vec![GivenNameMissing, SexMissing]),
        (baby("Okafor", "1951-03-04", Some(Gender::Unknown)), vec![GivenNameMissing, SexMissing]),
        (baby("Okafor", "1951", female), vec![BirthDateMissing, GivenNameMissing]),
        (baby("Okafor", "1951-03-05", female), vec![BirthDateDiffers]),
    ] {
        assert_eq!(verdict(&new, &[grace()]), unsure(&reasons), "{reasons:?}");
    }
}

#[test]
fn a_placeholder_does_not_link_when_a_twin_is_known() {
    let charts = [grace()];
    let verdict = by_nhs_number(&named("BABY OF"), &person_with_twin(1, &charts));
    assert_eq!(verdict, unsure(&[GivenNameMissing, SharedByAnother]));
}

#[test]
fn a_name_that_only_sounds_alike_does_not_link_when_a_twin_is_known() {
    let hassan = [told(Some(NUMBERS[0]), "Ali", "Hassan", "2019-05-06", Some(Gender::Male))];
    for (given, how) in [("Hussein", SoundsAlike), ("H", Initial)] {
        let new = told(Some(NUMBERS[0]), "Ali", given, "2019-05-06", Some(Gender::Male));
        let verdict = by_nhs_number(&new, &person_with_twin(1, &hassan));
        assert_eq!(verdict, unsure(&[GivenNameAgrees(how), SharedByAnother]), "{given}");
    }
    let exact = by_nhs_number(&hassan[0], &person_with_twin(1, &hassan));
    assert!(matches!(exact, Verdict::Same { .. }), "a twin's own name still links");
}

#[test]
fn one_chart_that_contradicts_is_enough() {
    let initial = named("H");
    let hassan = named("Hassan");
    assert!(matches!(verdict(&named("Helen"), std::slice::from_ref(&initial)), Verdict::Same { .. }));
    assert_eq!(verdict(&named("Helen"), &[initial, hassan]), unsure(&[GivenNameDiffers]));
}

#[test]
fn family_name_and_birth_date_alone_never_link() {
    let new = told(Some(NUMBERS[0]), "Okafor", "", "1951-03-04", None);
    assert!(!matches!(verdict(&new, &[grace()]), Verdict::Same { .. }));
}

prop_compose! {
    /// People much alike, so that every clause is met often.
    pub(crate) fn alike()(
        number in prop::sample::select(vec![None, Some(NUMBERS[0]), Some(NUMBERS[0]), Some(NUMBERS[1])]),
        family in prop::sample::select(vec!["Okafor", "OKAFOR", "Mensah", "", "Ọkafọr"]),
        given in prop::sample::select(vec!["Grace", "Gracie", "G", "Faith", "", "BABY OF", "Twin 1", "Twin 2", "Hassan", "Hussein"]),
        born in prop::sample::select(vec!["", "1951-03-04", "1951-03-04", "1951-03-05", "1900-01-01", "1951"]),
        gender in prop::sample::select(vec![None, Some(Gender::Female), Some(Gender::Male), Some(Gender::Unknown)]),
    ) -> Demographics {
        told(number, family, given, born, gender)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn it_does_not_matter_which_of_two_charts_came_first(a in alike(), b in alike(), twin: bool) {
        let verdict = |new: &Demographics, old: &Demographics| {
            let charts = [old.clone()];
            let candidate = if twin { person_with_twin(1, &charts) } else { person(1, &charts) };
            by_nhs_number(new, &candidate)
        };
        prop_assert_eq!(verdict(&a, &b), verdict(&b, &a));
    }

    #[test]
    fn it_does_not_matter_in_which_order_a_persons_charts_come(new in alike(), mut charts in proptest::collection::vec(alike(), 1..5)) {
        let before = verdict(&new, &charts);
        charts.reverse();
        prop_assert_eq!(verdict(&new, &charts), before);
    }

    #[test]
    fn a_link_always_rests_on_number_and_birth_date_and_a_name(new in alike(), charts in proptest::collection::vec(alike(), 1..4), twin: bool) {
        let candidate = if twin { person_with_twin(1, &charts) } else { person(1, &charts) };
        if let Verdict::Same { evidence } = by_nhs_number(&new, &candidate) {
            prop_assert!(charts.iter().any(|chart| chart.nhs_number == new.nhs_number && new.nhs_number.is_some()));
            prop_assert!(charts.iter().any(|chart| chart.birth_day() == new.birth_day() && new.birth_day().is_some()));
            prop_assert!(evidence.contains(&NhsNumberAgrees) && evidence.contains(&BirthDateAgrees));
            let by_name = evidence.iter().any(|field| matches!(field, GivenNameAgrees(_)));
            let by_family = evidence.contains(&FamilyNameAgrees) && evidence.contains(&SexAgrees);
            prop_assert!(by_name || by_family);
        }
    }

    #[test]
    fn knowing_of_a_twin_never_links(new in alike(), charts in proptest::collection::vec(alike(), 1..4)) {
        if matches!(by_nhs_number(&new, &person_with_twin(1, &charts)), Verdict::Same { .. }) {
            let without = by_nhs_number(&new, &person(1, &charts));
            prop_assert!(matches!(without, Verdict::Same { .. }), "linked only because of the twin");
        }
    }

    #[test]
    fn no_text_makes_it_panic(family in "\\PC{0,20}", given in ".{0,20}") {
        let new = told(Some(NUMBERS[0]), &family, &given, "1951-03-04", None);
        let _ = verdict(&new, &[grace(), new.clone()]);
    }
}
