//! Charts that come one by one, as a store places them: what links, what waits, and in which order does not matter.

use std::sync::Arc;

use identity::{
    ARRIVAL_KEYS_MAX, ARRIVING, BlockingKey, Claimant, Features, LINKING_CHARTS_MIN, Pair, Population, ScorePlace,
    Scorer, Seals, Tier, Truth, Weights, arrival_keys, counted_given_name, counted_values, evaluate_one_by_one,
    found_under, if_worth_weighing, may_be_by_key, place_by_score,
};
use proptest::prelude::*;
use record::{Address, ChartId, Demographics, Gender, NhsNumber, PersonId, PersonName, When};

fn told(family: &str, given: &str, born: &str, house: usize, postcode: &str) -> Demographics {
    Demographics {
        name: PersonName { family: family.into(), given: vec![given.into()], ..PersonName::default() },
        born: When::parse_iso(born).ok(),
        gender: Some(Gender::Female),
        address: Some(Address {
            lines: vec![format!("{house} Juniper Street"), "London".into()],
            postcode: Some(postcode.into()),
        }),
        ..Demographics::default()
    }
}

/// So many people of whom nobody is another, so that something is known of the region.
fn crowd(count: usize) -> Vec<Features> {
    let families = ["Okafor", "Hart", "Nowak", "Khan", "Mercer", "Patel", "Rao", "Chan", "Begum", "Silva"];
    let givens = ["Grace", "Faith", "Hassan", "Ibrahim", "Jayden", "Olga", "Amina", "Petra", "Yusuf"];
    let one = |at: usize| {
        let born = format!("{}-{:02}-{:02}", 1930 + at % 83, 1 + at % 12, 1 + at % 28);
        Features::of(&told(families[at % 10], givens[at % 9], &born, at, &format!("E{} {}AA", 1 + at % 17, at % 10)))
    };
    (0..count).map(one).collect()
}

/// Charts with the number of their person: forms of a name, twins, father and son, a marriage that moved nobody.
fn households() -> Vec<(u32, Features)> {
    [
        (1, "Adebayo", "William", "1951-03-04", 12, "SE5 8ZQ"),
        (1, "Adebayo", "Bill", "1951-03-04", 12, "SE5 8ZQ"),
        (1, "Adebayo", "William", "1951-03-04", 12, "SE5 8ZQ"),
        (2, "Fernando", "Amara", "2019-05-06", 3, "SE1 1ZZ"),
        (2, "Fernando", "Amara", "2019-05-06", 3, "SE1 1ZZ"),
        (3, "Fernando", "Zainab", "2019-05-06", 3, "SE1 1ZZ"),
        (3, "Fernando", "Zainab", "2019-05-06", 3, "SE1 1ZZ"),
        (4, "Castellano", "Emeka", "1951-07-14", 9, "SE8 2ZZ"),
        (4, "Castellano", "Emeka", "1951-07-14", 9, "SE8 2ZZ"),
        (5, "Castellano", "Emeka", "1983-11-27", 9, "SE8 2ZZ"),
        (5, "Castellano", "Emeka", "1983-11-27", 9, "SE8 2ZZ"),
    ]
    .map(|(person, family, given, born, house, postcode)| {
        (person, Features::of(&told(family, given, born, house, postcode)))
    })
    .to_vec()
}

fn figures(order: Vec<(u32, Features)>) -> (u64, u64) {
    let mut charts = crowd(usize::try_from(LINKING_CHARTS_MIN).unwrap());
    let mut persons: Vec<u32> = (0..).map(|at| 1_000_000 + at).take(charts.len()).collect();
    for (person, features) in order {
        persons.push(person);
        charts.push(features);
    }
    let figures = evaluate_one_by_one(&charts, &Truth::new(persons), &Weights::built_in().unwrap());
    (figures.automatic.false_links, figures.automatic.missed_links)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_order_in_which_charts_come_does_not_change_who_is_who(
        order in Just(households()).prop_shuffle(),
    ) {
        prop_assert_eq!(figures(order), (0, 0));
    }

    #[test]
    fn nothing_links_that_shares_no_key(
        family in "(Okafor|Hart|Eze)", given in "(Grace|Faith|Gracie|G)", other in "(Grace|Faith|Gracie|Okafor)",
        day in 1_u32..4, house in 1_usize..3, postcode in "(SE5 8ZQ|SE1 1ZZ)", other_family in "(Okafor|Hart|Ezze)",
    ) {
        let one = Features::of(&told(&family, &given, "1951-03-04", 1, "SE5 8ZQ"));
        let two = Features::of(&told(&other_family, &other, &format!("1951-03-0{}", 3 + day), house, &postcode));
        let population = region(&one, 2_000_000);
        let weights = Weights::built_in().unwrap();
        let seals = Seals::default();
        let pair = Pair::new((ChartId(1), &one), (ChartId(2), &two), &seals).unwrap();
        if Scorer::new(&weights, &population).score(pair).tier == Tier::Automatic {
            let finds = |there: &BlockingKey| {
                let is_asked = arrival_keys(&two).iter().any(|key| found_under(*key).contains(&there.0));
                is_asked && may_be_by_key(&two, *there)
            };
            prop_assert!(arrival_keys(&one).iter().any(finds));
        }
        prop_assert!(arrival_keys(&two).len() <= ARRIVAL_KEYS_MAX);
    }
}

proptest! {
    #[test]
    fn whoever_is_left_out_before_weighing_changes_nothing(
        others in prop::collection::vec(
            ("(Okafor|Hart|Eze)", "(Grace|Faith|Gracie|Bill|William|G)", 1_u32..4, 1_usize..3, "(SE5 8ZQ|SE1 1ZZ)"), 0..5,
        ),
        given in "(Grace|Faith|William)",
    ) {
        let arriving = Features::of(&told("Okafor", &given, "1951-03-01", 1, "SE5 8ZQ"));
        let others: Vec<Demographics> = others
            .iter()
            .map(|(family, given, day, house, postcode)| told(family, given, &format!("1951-03-0{day}"), *house, postcode))
            .collect();
        let claimants: Vec<Claimant> = (1..)
            .zip(&others)
            .map(|(at, told)| (ChartId(at), Arc::new(Features::of(told))))
            .map(|(chart, told)| Claimant { person: PersonId(chart.0), charts: vec![(chart, told)] })
            .collect();
        let worth_it = claimants.iter().zip(&others).filter(|(_, told)| if_worth_weighing(&arriving, told).is_some());
        let fewer: Vec<Claimant> = worth_it.map(|(claimant, _)| claimant.clone()).collect();
        let (region, weights) = (region(&arriving, 2_000_000), Weights::built_in().unwrap());
        let placed = |claimants| place_by_score(ARRIVING, &arriving, claimants, &region, &weights, &Seals::default());
        prop_assert_eq!(placed(&fewer), placed(&claimants));
    }
}

/// A region of so many charts that has met nobody of these names.
fn region(about: &Features, charts: u32) -> Population {
    Population::kept(charts, counted_values(about).into_iter().map(|key| (key, 1)), false)
}

fn place(told: &Features, others: &[&Features], charts: u32) -> ScorePlace {
    let claimants: Vec<Claimant> = (1..)
        .zip(others)
        .map(|(at, other)| Claimant { person: PersonId(at), charts: vec![(ChartId(at), Arc::new((*other).clone()))] })
        .collect();
    let weights = Weights::built_in().unwrap();
    place_by_score(ARRIVING, told, &claimants, &region(told, charts), &weights, &Seals::default())
}

#[test]
fn the_fewer_charts_are_known_the_sooner_somebody_is_asked() {
    let grace = Features::of(&told("Okafor", "Grace", "1951-03-04", 12, "SE5 8ZQ"));
    let moved = Features::of(&told("Okafor", "Grace", "1951-03-04", 70, "N1 1ZZ"));
    let is_link = |place| matches!(place, ScorePlace::Link(..));
    assert!(!is_link(place(&grace, &[&grace], LINKING_CHARTS_MIN - 1)));
    assert!(is_link(place(&grace, &[&grace], LINKING_CHARTS_MIN)));
    assert!(!is_link(place(&moved, &[&grace], LINKING_CHARTS_MIN)), "a name is not known to be rare yet");
}

#[test]
fn a_common_name_and_a_birth_date_alone_never_link() {
    let grace = Features::of(&told("Patel", "Grace", "1951-03-04", 12, "SE5 8ZQ"));
    let other = Features::of(&told("Patel", "Grace", "1951-03-04", 70, "N1 1ZZ"));
    let common = counted_values(&grace).into_iter().map(|key| (key, 20_000));
    let weights = Weights::built_in().unwrap();
    let claimants = [Claimant { person: PersonId(1), charts: vec![(ChartId(1), Arc::new(grace))] }];
    let population = Population::kept(2_000_000, common, false);
    let placed = place_by_score(ARRIVING, &other, &claimants, &population, &weights, &Seals::default());
    assert!(!matches!(placed, ScorePlace::Link(..)), "{placed:?}");
}

#[test]
fn a_house_that_is_too_crowded_says_nothing() {
    let one = Features::of(&told("Okafor", "Grace", "1951-03-04", 12, "SE5 8ZQ"));
    let two = Features::of(&told("Nwosu", "Grace", "1951-03-04", 12, "SE5 8ZQ"));
    let weights = Weights::built_in().unwrap();
    let claimants = [Claimant { person: PersonId(1), charts: vec![(ChartId(1), Arc::new(one))] }];
    let place = |is_crowded| {
        let counts = counted_values(&two).into_iter().map(|key| (key, 1));
        let population = Population::kept(2_000_000, counts, is_crowded);
        place_by_score(ARRIVING, &two, &claimants, &population, &weights, &Seals::default())
    };
    assert!(matches!(place(false), ScorePlace::Link(..)), "somebody who married");
    assert!(!matches!(place(true), ScorePlace::Link(..)));
}

/// Found by the order of arrival: a girl's second chart was doubted where her twin's came between.
#[test]
fn a_twin_does_not_stand_in_the_way_of_a_chart_that_names_her_sister() {
    let amara = Features::of(&told("Fernando", "Amara", "2019-05-06", 3, "SE1 1ZZ"));
    let zainab = Features::of(&told("Fernando", "Zainab", "2019-05-06", 3, "SE1 1ZZ"));
    let placed = place(&amara, &[&zainab, &amara], LINKING_CHARTS_MIN);
    assert!(matches!(placed, ScorePlace::Link(PersonId(2), _)), "{placed:?}");
    let initial = Features::of(&told("Fernando", "A", "2019-05-06", 3, "SE1 1ZZ"));
    let placed = place(&initial, &[&zainab, &amara], LINKING_CHARTS_MIN);
    assert!(!matches!(placed, ScorePlace::Link(..)), "{placed:?}");
}

/// Where a chart belongs beside one other, where the given names are met so often.
fn place_beside(told: &Features, other: &Features, given: [u32; 2]) -> ScorePlace {
    let names = [told, other].map(|one| counted_given_name(one).unwrap());
    let counts = counted_values(told).into_iter().map(|key| (key, 1)).chain(names.into_iter().zip(given));
    let population = Population::kept(200_000, counts, false);
    let claimants = [Claimant { person: PersonId(1), charts: vec![(ChartId(1), Arc::new(other.clone()))] }];
    place_by_score(ARRIVING, told, &claimants, &population, &Weights::built_in().unwrap(), &Seals::default())
}

#[test]
fn under_one_number_a_given_name_one_letter_off_is_a_slip_where_the_other_is_met_so_much_more_often() {
    let told = |given| Demographics {
        nhs_number: NhsNumber::parse("999 000 0018").ok(),
        ..told("Fernando", given, "2019-05-06", 3, "SE1 1ZZ")
    };
    let (jayden, slip) = (Features::of(&told("Jayden")), Features::of(&told("Jayxen")));
    let is_link = |given| matches!(place_beside(&slip, &jayden, given), ScorePlace::Link(..));
    assert!(is_link([0, 75]));
    assert!(!is_link([0, 74]), "three of them may be about of whom none was seen");
    assert!(is_link([2, 125]));
    assert!(!is_link([2, 124]));
    assert!(!is_link([3, 200_000]), "a name that three charts tell is a name: these may be twins");
    let is_link = |given| matches!(place_beside(&jayden, &slip, given), ScorePlace::Link(..));
    assert!(is_link([75, 0]) && !is_link([74, 0]), "whichever came first");
}

/// Found in the generated set of seed 3: Mare is a slip of Marie, and Maria is her twin.
#[test]
fn false_link_a_slip_of_one_twins_name_that_is_near_the_name_of_the_other() {
    let maria = Features::of(&told("Calfield", "Maria", "2021-05-29", 43, "SE16 6ZZ"));
    let slip = Features::of(&told("Calfield", "Mare", "2021-05-29", 43, "SE16 6ZZ"));
    assert!(!matches!(place_beside(&slip, &maria, [0, 5_000]), ScorePlace::Link(..)));
    assert!(!matches!(place_beside(&maria, &slip, [5_000, 0]), ScorePlace::Link(..)));
}

#[test]
fn whoever_has_the_number_goes_before_those_who_only_look_the_same() {
    let number = NhsNumber::parse("999 000 0018").unwrap();
    let grace = told("Okafor", "Grace", "1951-03-04", 12, "SE5 8ZQ");
    let numbered = Features::of(&Demographics { nhs_number: Some(number), ..grace.clone() });
    let grace = Features::of(&grace);
    let placed = place(&numbered, &[&grace, &numbered], 10_000);
    assert!(matches!(placed, ScorePlace::Link(PersonId(2), _)), "{placed:?}");
    let both = place(&numbered, &[&numbered, &numbered], 10_000);
    assert!(!matches!(both, ScorePlace::Link(..)), "of two who have it neither: {both:?}");
    let unnumbered = place(&grace, &[&grace, &numbered], 10_000);
    assert!(!matches!(unnumbered, ScorePlace::Link(..)), "{unnumbered:?}");
}
