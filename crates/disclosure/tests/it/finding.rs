//! Finding a person.

use disclosure::{Found, HowFound, Query};
use jiff::civil::date;
use record::{Address, Demographics, PersonId, Role};
use store::LOOK_UP_PEOPLE_MAX;

use crate::made_up::{named, one_of_each};
use crate::world::{HOSPITAL, World, by_number, caller, code, doctor};

fn by_name(family: &str, given: &str) -> Query {
    Query::NameAndBirth { family: family.into(), given: given.into(), born: date(1951, 3, 4) }
}

fn by_postcode(family: &str, given: &str, postcode: &str) -> Query {
    Query::NameAndPostcode { family: family.into(), given: given.into(), postcode: postcode.into() }
}

fn at(postcode: &str, told: Demographics) -> Demographics {
    let address = Address { lines: vec!["12 Invented Road".into()], postcode: Some(postcode.into()) };
    let telephones = vec!["020 7946 0000".into()];
    Demographics { address: Some(address), telephones, practice: Some("Riverside Surgery".into()), ..told }
}

async fn okafors() -> (World, PersonId) {
    let world = World::new().await;
    let grace = at("SE5 0ZZ", named("Okafor", "Grace", "1951-03-04", Some("9990000018")));
    let (grace, _) = world.tell("riverside", "1", Some(grace), one_of_each("plain")).await;
    world.tell("riverside", "2", Some(named("Oyelaran", "Tunde", "1987-11-02", Some("9990000026"))), vec![]).await;
    (world, grace)
}

async fn found(world: &World, query: Query) -> Found {
    (*world.disclosure.search(&doctor(), query).await.unwrap()).clone()
}

#[tokio::test]
async fn by_number_by_name_and_birth_date_and_by_name_and_postcode() {
    let (world, grace) = okafors().await;
    for query in [
        by_number("9990000018"),
        by_name("okafor", "GRACE"),
        by_name("Okafor", ""),
        by_postcode("Okafor", "Grace", "se50zz"),
    ] {
        let found = found(&world, query.clone()).await;
        let hits: Vec<_> = found.hits.iter().map(|hit| (hit.person, hit.how)).collect();
        assert_eq!(hits, [(grace, HowFound::Exact)], "{query:?}");
    }
    assert_eq!(found(&world, by_number("9990000034")).await.hits.len(), 0);
    assert_eq!(found(&world, by_name("Bello", "Grace")).await.hits.len(), 0);
}

#[tokio::test]
async fn a_misspelt_first_name_is_found_and_called_possible() {
    let (world, grace) = okafors().await;
    for query in [by_name("Okafor", "Grcae"), by_postcode("Okafor", "Gracie", "SE5 0ZZ")] {
        let hits = found(&world, query).await.hits;
        assert_eq!(hits.iter().map(|hit| (hit.person, hit.how)).collect::<Vec<_>>(), [(grace, HowFound::Possible)]);
    }
}

#[tokio::test]
async fn exact_ones_come_first_and_names_alike_are_said() {
    let (world, _) = okafors().await;
    assert!(!found(&world, by_name("Okafor", "Grace")).await.similar_names);
    world.tell("riverside", "3", Some(named("Okafor", "Ada", "1951-03-04", None)), vec![]).await;
    let two = found(&world, by_name("Okafor", "Grace")).await;
    let order: Vec<_> = two.hits.iter().map(|hit| (hit.view.name.shown(), hit.how)).collect();
    assert_eq!(order, [("OKAFOR, Grace".into(), HowFound::Exact), ("OKAFOR, Ada".into(), HowFound::Possible)]);
    assert!(!two.similar_names);
    world.tell("kingsbrook", "K3", Some(named("O'Kafor", "Grace", "1951-03-04", None)), vec![]).await;
    assert!(found(&world, by_name("Okafor", "Grace")).await.similar_names);
}

#[tokio::test]
async fn ten_are_shown_and_of_eleven_none() {
    let world = World::new().await;
    for number in 0..10 {
        let key = number.to_string();
        world.tell("riverside", &key, Some(named("Okafor", "Grace", "1951-03-04", None)), vec![]).await;
    }
    let ten = found(&world, by_name("Okafor", "Grace")).await;
    assert_eq!((ten.hits.len(), ten.too_many), (10, false));
    let (eleventh, _) = world.tell("riverside", "11", Some(named("Okafor", "Grace", "1951-03-04", None)), vec![]).await;
    let eleven = found(&world, by_name("Okafor", "Grace")).await;
    assert_eq!((eleven.hits.len(), eleven.too_many), (0, true));
    assert_eq!(world.log_words(Some(eleventh)).await, Vec::<String>::new(), "nobody was shown, so nobody is logged");
}

#[tokio::test]
async fn those_who_fit_exactly_are_shown_by_themselves_where_too_many_fit_possibly() {
    let (world, grace) = okafors().await;
    let mut adas = Vec::new();
    for number in 10..20 {
        let ada = named("Okafor", "Ada", "1951-03-04", None);
        adas.push(world.tell("riverside", &number.to_string(), Some(ada), vec![]).await.0);
    }
    let exact = found(&world, by_name("Okafor", "Grace")).await;
    assert_eq!(exact.hits.iter().map(|hit| hit.person).collect::<Vec<_>>(), [grace]);
    assert!(exact.possible_left_out && !exact.too_many);
    assert_eq!(world.log_words(Some(adas[0])).await, Vec::<String>::new());
    let possible = found(&world, by_name("Okafor", "Zoe")).await;
    assert_eq!((possible.hits.len(), possible.too_many), (0, true));
}

#[tokio::test]
async fn in_a_crowd_of_one_family_name_and_birth_date_whoever_is_meant_is_found_by_both_names() {
    let world = World::new().await;
    for number in 0..=LOOK_UP_PEOPLE_MAX {
        let another = named("Okafor", ["Zoe", "Tunde"][number % 2], "1951-03-04", None);
        world.tell("riverside", &number.to_string(), Some(another), vec![]).await;
    }
    let (grace, _) = world.tell("riverside", "G", Some(named("Okafor", "Grace", "1951-03-04", None)), vec![]).await;
    let meant = found(&world, by_name("Okafor", "Grace")).await;
    assert_eq!(meant.hits.iter().map(|hit| hit.person).collect::<Vec<_>>(), [grace]);
    assert!(meant.possible_left_out && !meant.too_many);
    assert!(found(&world, by_name("Okafor", "")).await.too_many);
}

#[tokio::test]
async fn where_more_have_both_names_than_are_read_nobody_is_shown() {
    let world = World::new().await;
    for number in 0..=LOOK_UP_PEOPLE_MAX {
        let sounds_so = named("Okafor", "Grece", "1951-03-04", None);
        world.tell("riverside", &number.to_string(), Some(sounds_so), vec![]).await;
    }
    world.tell("riverside", "G", Some(named("Okafor", "Grace", "1951-03-04", None)), vec![]).await;
    let found = found(&world, by_name("Okafor", "Grace")).await;
    assert_eq!((found.hits.len(), found.too_many), (0, true), "the one who fits may not be among those who were read");
}

#[tokio::test]
async fn each_person_displayed_has_a_row_and_the_search_has_one() {
    let (world, grace) = okafors().await;
    let (ada, _) = world.tell("riverside", "3", Some(named("Okafor", "Ada", "1951-03-04", None)), vec![]).await;
    found(&world, by_name("Okafor", "Grace")).await;
    assert_eq!(world.log_words(None).await, ["searched"]);
    for person in [grace, ada] {
        assert_eq!(world.log_words(Some(person)).await, ["identity-shown"]);
    }
    let requests: Vec<_> = [None, Some(grace), Some(ada)].into_iter().collect();
    let mut ids = std::collections::BTreeSet::new();
    for about in requests {
        ids.insert(world.logged(about).await[0].request.clone());
    }
    assert_eq!(ids.len(), 1, "they belong to one request");
}

#[tokio::test]
async fn names_are_found_however_they_are_spelt_and_in_whichever_field() {
    let (world, grace) = okafors().await;
    for (family, given) in [("Okafro", "Grace"), ("Okaphor", ""), ("Grace", "Okafor"), ("okafor-bello", "grace")] {
        for query in [by_name(family, given), by_postcode(family, given, "SE5 0ZZ")] {
            let hits = found(&world, query.clone()).await.hits;
            let hits: Vec<_> = hits.iter().map(|hit| (hit.person, hit.how)).collect();
            assert_eq!(hits, [(grace, HowFound::Possible)], "{query:?}");
        }
    }
    let by_given = found(&world, by_name("Okagor", "Grace")).await.hits;
    assert_eq!(by_given.iter().map(|hit| (hit.person, hit.how)).collect::<Vec<_>>(), [(grace, HowFound::Possible)]);
    for (family, given) in [("Okaphor", "Ada"), ("Bello", "Grace"), ("", ""), ("😀", "")] {
        assert_eq!(found(&world, by_name(family, given)).await.hits.len(), 0, "{family} {given}");
    }
}

#[tokio::test]
async fn a_former_name_finds_whoever_had_it_and_says_possible() {
    let (world, grace) = okafors().await;
    let mut told = named("Okafor", "Grace", "1951-03-04", Some("9990000018"));
    told.other_names =
        vec![record::PersonName { family: "Eze".into(), given: vec!["Grace".into()], ..Default::default() }];
    world.tell("kingsbrook", "K1", Some(told), vec![]).await;
    let hits = found(&world, by_name("Eze", "Grace")).await.hits;
    assert_eq!(hits.iter().map(|hit| (hit.person, hit.how)).collect::<Vec<_>>(), [(grace, HowFound::Possible)]);
}

#[tokio::test]
async fn until_they_are_chosen_a_person_lives_in_a_postcode_district() {
    let (world, _) = okafors().await;
    let hit = found(&world, by_number("9990000018")).await.hits.remove(0);
    assert_eq!(hit.view.postcode_district.as_deref(), Some("SE5"));
    let text = format!("{hit:?}");
    for secret in ["Invented Road", "0ZZ", "7946", "Riverside"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn a_restricted_person_is_masked_and_found_by_number_or_whole_name_with_birth_date_alone() {
    let (world, grace) = okafors().await;
    let told = at("SE5 0ZZ", named("Okafor", "Grace", "1951-03-04", Some("9990000018")));
    world.tell("kingsbrook", "K1", Some(Demographics { restricted: true, ..told }), vec![]).await;
    for query in [by_number("9990000018"), by_name("okafor", "GRACE")] {
        let hit = found(&world, query).await.hits.remove(0);
        assert_eq!((hit.person, hit.view.restricted, hit.view.postcode_district.as_deref()), (grace, true, None));
        let text = format!("{hit:?}");
        for secret in ["Invented Road", "SE5", "7946", "Riverside"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    let logged = world.log_words(Some(grace)).await.len();
    for query in [
        by_name("Okafor", ""),
        by_name("Okafor", "G"),
        by_name("Okafor", "Gracie"),
        by_name("Okafro", "Grace"),
        by_name("Grace", "Okafor"),
        by_postcode("Okafor", "Grace", "SE5 0ZZ"),
        by_postcode("Okafro", "Grace", "SE5 0ZZ"),
    ] {
        let nobody = found(&world, query.clone()).await;
        assert_eq!((nobody.hits.len(), nobody.too_many), (0, false), "{query:?}");
    }
    assert_eq!(world.log_words(Some(grace)).await.len(), logged, "not displayed, so not logged");
}

#[tokio::test]
async fn whoever_is_restricted_and_has_one_name_is_found_by_it_with_their_birth_date() {
    let world = World::new().await;
    let told = Demographics { restricted: true, ..at("SE5 0ZZ", named("", "Suharto", "1951-03-04", None)) };
    let (person, _) = world.tell("riverside", "1", Some(told), vec![]).await;
    let hits = found(&world, by_name("Suharto", "")).await.hits;
    assert_eq!(hits.iter().map(|hit| (hit.person, hit.how)).collect::<Vec<_>>(), [(person, HowFound::Exact)]);
    assert_eq!(found(&world, by_postcode("Suharto", "", "SE5 0ZZ")).await.hits.len(), 0);
}

#[tokio::test]
async fn a_birth_date_that_is_not_the_one_shown_finds_possibly() {
    let (world, grace) = okafors().await;
    world.tell("kingsbrook", "K1", Some(named("Okafor", "Grace", "1951-04-03", Some("9990000018"))), vec![]).await;
    let query = |born| Query::NameAndBirth { family: "Okafor".into(), given: "Grace".into(), born };
    for (born, how) in [(date(1951, 3, 4), HowFound::Exact), (date(1951, 4, 3), HowFound::Possible)] {
        let hits = found(&world, query(born)).await.hits;
        assert_eq!(hits.iter().map(|hit| (hit.person, hit.how)).collect::<Vec<_>>(), [(grace, how)], "{born}");
    }
}

#[tokio::test]
async fn roles_without_direct_contact_get_no_search_by_name() {
    let (world, _) = okafors().await;
    for role in [Role::PrivacyOfficer, Role::Administrator, Role::Operator] {
        for query in [by_name("Okafor", "Grace"), by_postcode("Okafor", "Grace", "SE5 0ZZ")] {
            let closed = world.disclosure.search(&caller(role, HOSPITAL), query).await.unwrap_err();
            assert!(code(&closed).starts_with("role-may-not-search"), "{}", code(&closed));
        }
    }
}

#[tokio::test]
async fn twins_with_names_alike_are_told_with_a_warning() {
    let world = World::new().await;
    for (key, given) in [("1", "Jayden"), ("2", "Hayden")] {
        world.tell("riverside", key, Some(named("Smith", given, "2015-06-01", None)), vec![]).await;
    }
    let query = Query::NameAndBirth { family: "Smith".into(), given: "Jayden".into(), born: date(2015, 6, 1) };
    let twins = found(&world, query).await;
    assert_eq!(twins.hits.iter().map(|hit| hit.how).collect::<Vec<_>>(), [HowFound::Exact, HowFound::Possible]);
    assert!(twins.similar_names);
}

#[tokio::test]
async fn who_has_opted_out_is_found_and_stays_closed() {
    let (world, grace) = okafors().await;
    world.desk.set_opt_out(grace, true).await.unwrap();
    assert_eq!(found(&world, by_number("9990000018")).await.hits.len(), 1);
    assert_eq!(world.refusal(&doctor(), grace).await, "opted-out");
}

#[tokio::test]
async fn a_search_that_the_role_may_not_make_is_refused_and_logged() {
    let (world, grace) = okafors().await;
    let officer = caller(Role::PrivacyOfficer, HOSPITAL);
    let closed = world.disclosure.search(&officer, by_name("Okafor", "Grace")).await.unwrap_err();
    assert_eq!(code(&closed), "role-may-not-search-by-name");
    assert_eq!(world.log_words(None).await, ["refused role-may-not-search-by-name"]);
    assert_eq!(world.log_words(Some(grace)).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_privacy_officer_finds_by_number_what_tells_people_apart() {
    let (world, _) = okafors().await;
    let officer = caller(Role::PrivacyOfficer, HOSPITAL);
    let found = world.disclosure.search(&officer, by_number("9990000018")).await.unwrap();
    let view = &found.hits[0].view;
    assert_eq!(view.name.shown(), "OKAFOR, Grace");
    assert!(view.born.is_some() && view.nhs_number.is_some());
    assert!(view.postcode_district.is_none());
}
