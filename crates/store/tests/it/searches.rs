use access::{Purpose, SearchBy};
use audit::Act;
use record::{Demographics, NhsNumber, Role, Staff, When};
use store::{LOOK_UP_PEOPLE_MAX, LookUp, StoreError, StoredHit};

use crate::kit::*;

async fn search(kit: &Kit, staff: &Staff, by: SearchBy, look_up: LookUp) -> Result<Vec<StoredHit>, StoreError> {
    let id = request();
    let decision = access::decide_search(&policy(), &actor(staff), id, noon(), &Purpose::DirectCare, by).unwrap();
    let receipt = kit.log(Act::Searched, staff, None, id).await;
    kit.store.clinical.search(&decision, &receipt, look_up).await
}

async fn found(kit: &Kit, look_up: LookUp) -> Vec<StoredHit> {
    let by = if matches!(look_up, LookUp::NhsNumber(_)) { SearchBy::NhsNumber } else { SearchBy::Name };
    search(kit, &doctor(), by, look_up).await.unwrap()
}

fn by_number(number: &str) -> LookUp {
    LookUp::NhsNumber(NhsNumber::parse(number).unwrap())
}

fn by_birth(born: &str) -> LookUp {
    LookUp::NameAndBirth { name_key: "okafor".into(), born: born.parse().unwrap() }
}

fn by_both(one: &str, other: &str) -> LookUp {
    LookUp::NamesAndBirth { name_keys: [one.into(), other.into()], born: "1951-03-04".parse().unwrap() }
}

fn by_postcode(postcode: &str) -> LookUp {
    LookUp::NameAndPostcode { place_key: format!("okafor|{postcode}") }
}

#[tokio::test]
async fn a_person_is_found_by_number_by_name_and_birth_date_and_by_name_and_postcode() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![])]).await;
    let person = kit.person(NUMBER).await;
    for look_up in [by_number(NUMBER), by_birth("1951-03-04"), by_postcode("se5 0zz")] {
        let hits = found(&kit, look_up).await;
        assert_eq!(hits.iter().map(|hit| hit.person).collect::<Vec<_>>(), [person], "once, from two sources");
        assert_eq!((hits[0].charts.len(), hits[0].restricted), (2, false));
    }
    for look_up in [by_number(OTHER_NUMBER), by_birth("1951-03-05"), by_postcode("se5 0zx")] {
        assert!(found(&kit, look_up).await.is_empty());
    }
}

#[tokio::test]
async fn people_born_before_1970_or_with_half_a_birth_date_are_found_or_not_as_they_should() {
    let kit = Kit::new().await;
    let born = |given: &str, on: &str| Demographics { born: When::parse_iso(on).ok(), ..told(given, "") };
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(born("A", "1911-01-01")), vec![])]).await;
    kit.tell(HOSPITAL, NOON, vec![change("2", Some(born("B", "1970-01-01")), vec![])]).await;
    kit.tell(HOSPITAL, NOON, vec![change("3", Some(born("C", "1970")), vec![])]).await;
    kit.tell(HOSPITAL, NOON, vec![change("4", Some(Demographics { born: None, ..told("D", "") }), vec![])]).await;
    assert_eq!(found(&kit, by_birth("1911-01-01")).await.len(), 1);
    let hits = found(&kit, by_birth("1970-01-01")).await;
    let given: Vec<&str> = hits.iter().map(|hit| hit.charts[0].told.name.given[0].as_str()).collect();
    assert_eq!(given, ["B"], "an unknown day is not the first of January");
}

#[tokio::test]
async fn restricted_people_are_never_found_by_postcode_and_their_whereabouts_never_leave() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let restricted = Demographics { restricted: true, practice: Some("Riverside Surgery".into()), ..grace() };
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(restricted), vec![])]).await;
    assert!(found(&kit, by_postcode("se5 0zz")).await.is_empty());
    for look_up in [by_number(NUMBER), by_birth("1951-03-04")] {
        let hits = found(&kit, look_up).await;
        assert!(hits[0].restricted);
        for chart in &hits[0].charts {
            assert_eq!((&chart.told.address, &chart.told.practice), (&None, &None), "{}", chart.source);
            assert!(chart.told.telephones.is_empty() && chart.told.restricted);
        }
    }
    // A message that does not speak of the restriction does not lift it.
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![])]).await;
    assert!(found(&kit, by_postcode("se5 0zz")).await.is_empty());
}

#[tokio::test]
async fn one_look_up_reads_at_most_one_more_than_its_limit() {
    let kit = Kit::new().await;
    for number in 0..LOOK_UP_PEOPLE_MAX + 3 {
        let key = format!("H{number}");
        kit.tell(HOSPITAL, NOON, vec![change(&key, Some(told(&key, "")), vec![])]).await;
    }
    for look_up in [by_birth("1951-03-04"), by_postcode("se5 0zz"), by_both("okafor", "okafor")] {
        assert_eq!(found(&kit, look_up).await.len(), LOOK_UP_PEOPLE_MAX + 1);
    }
    assert_eq!(found(&kit, by_both("okafor", "h1")).await.len(), 1, "however many share the one name");
    assert_eq!(found(&kit, by_both("h2", "okafor")).await.len(), 1, "in either order");
    assert!(found(&kit, by_both("h2", "h1")).await.is_empty(), "one chart has to tell both");
}

#[tokio::test]
async fn by_name_and_postcode_people_are_found_but_for_the_restricted() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let person = kit.person(NUMBER).await;
    let hits = found(&kit, by_postcode("se5 0zz")).await;
    assert_eq!(hits.iter().map(|hit| hit.person).collect::<Vec<_>>(), [person]);
    assert!(found(&kit, by_postcode("se5 0zx")).await.is_empty());
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(Demographics { restricted: true, ..grace() }), vec![])]).await;
    assert!(found(&kit, by_postcode("se5 0zz")).await.is_empty());
}

#[tokio::test]
async fn a_decision_for_a_number_finds_nobody_by_name() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let officer = staff(Role::PrivacyOfficer, "ZKB01");
    let by_name = search(&kit, &officer, SearchBy::NhsNumber, by_birth("1951-03-04")).await;
    assert!(matches!(by_name, Err(StoreError::ReceiptForAnother)), "{by_name:?}");
    assert_eq!(search(&kit, &officer, SearchBy::NhsNumber, by_number(NUMBER)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_corrected_number_name_or_address_no_longer_finds_the_person_by_the_wrong_one() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(told("Grace", OTHER_NUMBER)), vec![])]).await;
    let mut corrected = grace();
    corrected.name.family = "Eze".into();
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(corrected), vec![])]).await;
    assert!(found(&kit, by_number(OTHER_NUMBER)).await.is_empty());
    assert!(found(&kit, by_birth("1951-03-04")).await.is_empty());
    assert!(found(&kit, by_postcode("se5 0zz")).await.is_empty());
    assert_eq!(found(&kit, by_number(NUMBER)).await.len(), 1);

    let silent = Demographics { nhs_number: None, ..told("Grace", "") };
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(silent), vec![])]).await;
    assert_eq!(found(&kit, by_number(NUMBER)).await.len(), 1, "a number that is not told again still finds them");
}

#[tokio::test]
async fn what_is_typed_is_a_value_and_never_part_of_a_statement() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let nasty = "okafor' OR 1=1; DROP TABLE person; --";
    let look_ups = [
        LookUp::NameAndBirth { name_key: nasty.into(), born: "1951-03-04".parse().unwrap() },
        LookUp::NameAndPostcode { place_key: nasty.into() },
    ];
    for look_up in look_ups {
        assert!(found(&kit, look_up).await.is_empty());
    }
    let mut told = told(nasty, "");
    told.name.family = nasty.into();
    kit.tell(HOSPITAL, NOON, vec![change(nasty, Some(told.clone()), vec![medicine(nasty, nasty)])]).await;
    let born = "1951-03-04".parse().unwrap();
    let hits = found(&kit, LookUp::NameAndBirth { name_key: nasty.to_lowercase(), born }).await;
    assert_eq!(hits[0].charts[0].told, told);
    assert_eq!(lines(&kit.read(hits[0].person).await), [nasty]);
}
