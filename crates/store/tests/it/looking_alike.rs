//! Who is one person where no number says so: charts placed by the score as they come.

use std::sync::Arc;

use record::{Address, Demographics, Gender, NhsNumber, PersonId, PersonName, When};
use store::{ALIKE_SHARED_BY_MAX, Alikes, Applied, IdentityRules, Placement, ScoreRules, TakenApart, UnitWork, Work};

use crate::kit::*;

/// The rules of the program, in a region of which something is known.
pub fn known_region() -> IdentityRules {
    fn place(told: &TakenApart, alikes: &Alikes) -> Placement {
        let known = Alikes { charts: alikes.charts + 50_000, ..alikes.clone() };
        (intake::IDENTITY_RULES.score.place)(told, &known)
    }
    let score = ScoreRules { place, ..intake::IDENTITY_RULES.score };
    IdentityRules { score, ..intake::IDENTITY_RULES }
}

/// A region, and who came to it.
pub struct Region {
    pub kit: Kit,
    rules: Arc<IdentityRules>,
}

impl Region {
    pub async fn new() -> Self {
        Self::by(Kit::new().await, Arc::new(known_region()))
    }

    pub fn by(kit: Kit, rules: Arc<IdentityRules>) -> Self {
        Self { kit, rules }
    }

    /// A message in which a chart of the hospital tells who its patient is.
    pub async fn tell(&self, chart: &str, told: &Demographics) -> Applied {
        let bytes = self.kit.fresh_bytes();
        let span = 0..bytes.len();
        let message = self.kit.receive(arrival(HOSPITAL, bytes)).await;
        let work = Work::Apply(vec![change(chart, Some(told.clone()), vec![])]);
        let unit = UnitWork { kind: "ADT^A28".to_owned(), span, work };
        let application = application(message, HOSPITAL, vec![unit]);
        self.kit.store.inbox.apply(application, Arc::clone(&self.rules)).await.unwrap()
    }

    /// Whose the chart is.
    pub async fn whose(&self, chart: &str) -> i64 {
        self.kit.count(&format!("SELECT person FROM chart WHERE key = '{chart}'")).await
    }

    /// Whether all these charts are one person's, or each somebody else's.
    async fn are_one(&self, charts: &[&str]) -> bool {
        let mut people = Vec::new();
        for chart in charts {
            people.push(self.whose(chart).await);
        }
        people.dedup();
        assert!(people.len() == 1 || people.len() == charts.len(), "{people:?}");
        people.len() == 1
    }

    /// Why somebody is asked, doubt by doubt.
    async fn asked(&self) -> Vec<String> {
        self.kit.texts("SELECT reasons FROM work_item WHERE kind = 'alike' AND state = 0 ORDER BY id").await
    }
}

pub fn at_home(family: &str, given: &str, born: &str) -> Demographics {
    Demographics {
        name: PersonName { family: family.into(), given: vec![given.into()], ..PersonName::default() },
        born: When::parse_iso(born).ok(),
        gender: Some(Gender::Female),
        address: Some(Address { lines: vec!["12 Invented Road".into()], postcode: Some("SE5 8ZQ".into()) }),
        ..Demographics::default()
    }
}

pub fn elsewhere(told: Demographics, line: &str, postcode: &str) -> Demographics {
    Demographics { address: Some(Address { lines: vec![line.into()], postcode: Some(postcode.into()) }), ..told }
}

fn numbered(told: Demographics, number: &str) -> Demographics {
    Demographics { nhs_number: NhsNumber::parse(number).ok(), ..told }
}

#[tokio::test]
async fn bill_and_william_of_one_house_and_birth_date_are_one_person_and_the_link_says_why() {
    let region = Region::new().await;
    let man = |given| Demographics { gender: Some(Gender::Male), ..at_home("Okafor", given, "1951-03-04") };
    region.tell("H1", &man("William")).await;
    let applied = region.tell("H2", &man("Bill")).await;
    assert_eq!(applied.persons, 0);
    assert!(region.are_one(&["H1", "H2"]).await);
    let evidence = region.kit.texts("SELECT evidence FROM link_event ORDER BY id").await;
    for why in ["First names are forms of one name (+", "Same date of birth (+", "Same address (+", "Same last name (+"]
    {
        assert!(evidence[1].contains(why), "{why}: {}", evidence[1]);
    }
    assert!(!evidence[1].contains("Okafor") && !evidence[1].contains("1951"), "it tells no value");
    assert_eq!(region.asked().await.len(), 0);
}

#[tokio::test]
async fn names_in_each_others_field_are_one_person() {
    let region = Region::new().await;
    region.tell("H1", &at_home("Okafor", "Grace", "1951-03-04")).await;
    region.tell("H2", &at_home("Grace", "Okafor", "1951-03-04")).await;
    assert!(region.are_one(&["H1", "H2"]).await);
}

#[tokio::test]
async fn twins_are_never_linked_and_somebody_is_asked_where_they_might_be_one() {
    let region = Region::new().await;
    for (chart, given) in [("H1", "Amara"), ("H2", "Zainab"), ("H3", "BABY OF"), ("H4", "A"), ("H5", "Amira")] {
        region.tell(chart, &at_home("Adeyemi", given, "2019-05-06")).await;
    }
    assert!(!region.are_one(&["H1", "H2", "H3", "H4", "H5"]).await);
    let asked = region.asked().await;
    assert!(asked.len() >= 4, "{asked:?}");
    assert!(asked.iter().all(|why| why.contains("These may be twins")), "{asked:?}");
    let record = region.kit.read(PersonId(region.whose("H1").await.unsigned_abs())).await;
    assert!(!record.doubts.is_empty(), "a banner");
}

#[tokio::test]
async fn father_and_son_of_one_name_are_two_people_and_nobody_is_asked() {
    let region = Region::new().await;
    region.tell("H1", &at_home("Okafor", "Emeka", "1951-03-04")).await;
    region.tell("H2", &at_home("Okafor", "Emeka", "1983-11-27")).await;
    assert!(!region.are_one(&["H1", "H2"]).await);
    assert_eq!(region.asked().await.len(), 0);
}

#[tokio::test]
async fn somebody_whose_postcode_changed_is_the_same_and_of_a_birth_date_that_is_not_known_somebody_is_asked() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    region.tell("H2", &elsewhere(grace.clone(), "12 Invented Road", "SE22 9ZQ")).await;
    assert!(region.are_one(&["H1", "H2"]).await);
    region.tell("H3", &at_home("Okafor", "Grace", "1900-01-01")).await;
    assert!(!region.are_one(&["H1", "H3"]).await, "1 January 1900 is what systems write for not known");
    assert_eq!(region.asked().await.len(), 1);
}

#[tokio::test]
async fn nobody_lives_at_zz99() {
    let region = Region::new().await;
    let nowhere = |told| elsewhere(told, "No fixed abode", "ZZ99 3VZ");
    region.tell("H1", &nowhere(at_home("Okafor", "Grace", "1951-03-04"))).await;
    region.tell("H2", &nowhere(at_home("Okafor", "Faith", "1962-01-02"))).await;
    region.tell("H3", &nowhere(at_home("", "UNKNOWN", "1900-01-01"))).await;
    region.tell("H4", &nowhere(at_home("", "UNKNOWN", "1900-01-01"))).await;
    assert!(!region.are_one(&["H1", "H2", "H3", "H4"]).await);
    assert_eq!(region.asked().await.len(), 0);
}

#[tokio::test]
async fn one_number_for_two_people_waits_and_two_numbers_for_one_are_never_linked() {
    let region = Region::new().await;
    region.tell("H1", &numbered(at_home("Okafor", "Grace", "1951-03-04"), NUMBER)).await;
    region.tell("H2", &numbered(at_home("Nwosu", "Peter", "1974-10-30"), NUMBER)).await;
    assert!(!region.are_one(&["H1", "H2"]).await);
    let kinds = region.kit.texts("SELECT kind FROM work_item ORDER BY id").await;
    assert_eq!(kinds, ["same number"]);
    region.tell("H3", &numbered(at_home("Okafor", "Grace", "1951-03-04"), OTHER_NUMBER)).await;
    assert!(!region.are_one(&["H1", "H3"]).await);
    let asked = region.asked().await;
    assert!(asked[0].contains("Two different NHS numbers are never linked"), "{asked:?}");
    // Of two numbers that look alike, the one that is told decides.
    region.tell("H4", &numbered(at_home("Okafor", "Grace", "1951-03-04"), OTHER_NUMBER)).await;
    assert!(region.are_one(&["H3", "H4"]).await);
}

#[tokio::test]
async fn a_chart_that_fits_two_people_joins_neither() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &numbered(grace.clone(), NUMBER)).await;
    region.tell("H2", &numbered(grace.clone(), OTHER_NUMBER)).await;
    region.tell("H3", &grace).await;
    assert!(!region.are_one(&["H1", "H2", "H3"]).await);
    let asked = region.asked().await;
    assert_eq!(asked.iter().filter(|why| why.contains("More than one person fits")).count(), 2, "{asked:?}");
}

#[tokio::test]
async fn where_hardly_anybody_is_known_somebody_is_asked_instead() {
    let region = Region { rules: Arc::new(intake::IDENTITY_RULES), ..Region::new().await };
    region.tell("H1", &at_home("Okafor", "Grace", "1951-03-04")).await;
    region.tell("H2", &at_home("Okafor", "Grace", "1951-03-04")).await;
    assert!(!region.are_one(&["H1", "H2"]).await);
    assert_eq!(region.asked().await.len(), 1);
}

#[tokio::test]
async fn a_chart_that_stands_alone_joins_whom_it_comes_to_look_like_and_any_other_is_asked_about() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    let before = Demographics { born: None, address: None, ..grace.clone() };
    region.tell("H1", &grace).await;
    region.tell("H2", &before).await;
    assert!(!region.are_one(&["H1", "H2"]).await, "a name alone says nothing");
    region.tell("H2", &grace).await;
    assert!(region.are_one(&["H1", "H2"]).await);

    let joy = at_home("Nwosu", "Joy", "1974-10-30");
    let old = elsewhere(joy.clone(), "3 Former Street", "SE1 1ZZ");
    let old = Demographics { born: None, ..old };
    region.tell("H3", &numbered(old.clone(), NUMBER)).await;
    region.tell("H4", &Demographics { born: When::parse_iso("1974-10-30").ok(), ..numbered(old, NUMBER) }).await;
    let asked = region.asked().await.len();
    region.tell("H5", &joy).await;
    assert!(region.asked().await.len() >= asked);
}

#[tokio::test]
async fn two_charts_that_were_linked_before_they_told_different_numbers_are_doubted_first_of_all() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    region.tell("H2", &grace).await;
    assert!(region.are_one(&["H1", "H2"]).await);
    region.tell("H1", &numbered(grace.clone(), NUMBER)).await;
    assert!(region.kit.store.inbox.work_list().await.unwrap().is_empty());
    region.tell("H2", &numbered(grace, OTHER_NUMBER)).await;
    let list = region.kit.store.inbox.work_list().await.unwrap();
    assert_eq!(list[0].reasons, ["Different NHS numbers"]);
    assert!(region.are_one(&["H1", "H2"]).await, "people part them, the program does not");
}

#[tokio::test]
async fn what_is_sealed_is_neither_linked_nor_listed() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    region.tell("H2", &Demographics { born: None, address: None, ..grace.clone() }).await;
    let id = |key| format!("(SELECT id FROM chart WHERE key = '{key}')");
    let (one, other) = (id("H1"), id("H2"));
    let both = format!("INSERT INTO sealed_pair (chart, other) SELECT {one}, {other} UNION SELECT {other}, {one}");
    region.kit.home.tamper(&both).await;
    region.tell("H2", &grace).await;
    assert!(!region.are_one(&["H1", "H2"]).await);
    region.tell("H3", &grace).await;
    assert!(!region.are_one(&["H1", "H2", "H3"]).await, "whoever fits both would tell of them");
    assert_eq!(region.asked().await.len(), 0);
}

#[tokio::test]
async fn a_slip_in_the_given_name_under_one_number_and_birth_date_is_one_person_where_the_name_is_met_often() {
    let jayden = numbered(at_home("Okafor", "Jayden", "2019-05-06"), "9990000018");
    let slip = numbered(at_home("Okafor", "Jayxen", "2019-05-06"), "9990000018");
    let another_day = numbered(at_home("Okafor", "Jayxen", "2019-06-05"), "9990000018");
    for (told, met, are_one) in [(&slip, 100, true), (&slip, 20, false), (&another_day, 100, false)] {
        let region = Region::new().await;
        region.tell("H1", &jayden).await;
        let counted = (intake::IDENTITY_RULES.score.take_apart)(&jayden).keys.counted;
        let often = format!("UPDATE alike_count SET charts = {met} WHERE key = {}", counted[1]);
        region.kit.home.tamper(&often).await;
        region.tell("H2", told).await;
        assert_eq!(region.are_one(&["H1", "H2"]).await, are_one, "{met}");
        let waiting = region.kit.count("SELECT count(*) FROM work_item WHERE kind = 'same number'").await;
        assert_eq!(waiting, i64::from(!are_one));
    }
}

#[tokio::test]
async fn what_a_chart_no_longer_tells_neither_finds_nor_counts() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    let keys = region.kit.count("SELECT count(*) FROM look_up").await;
    let moved = elsewhere(
        Demographics { name: PersonName { family: "Eze".into(), ..grace.name.clone() }, ..grace },
        "7 Other Road",
        "SE1 1ZZ",
    );
    region.tell("H1", &moved).await;
    assert_eq!(region.kit.count("SELECT count(*) FROM look_up").await, keys);
    assert_eq!(
        region.kit.count("SELECT sum(charts) FROM alike_count").await,
        4,
        "one chart, its names and its birth date"
    );
    assert_eq!(region.kit.count("SELECT count(*) FROM alike_count WHERE charts > 0").await, 4);
}

#[tokio::test]
async fn all_that_one_chart_is_found_by_lies_at_its_birth_date_and_at_its_postcode() {
    let region = Region::new().await;
    region.tell("H1", &at_home("Okafor-Eze", "Grace", "1951-03-04")).await;
    let keys = region.kit.count("SELECT count(*) FROM look_up").await;
    assert!(keys >= 6, "names, places, sounds and the house: {keys}");
    let places =
        "SELECT count(*) FROM (SELECT DISTINCT key >> CASE WHEN key < 0 THEN 40 ELSE 47 END FROM look_up) AS places";
    assert_eq!(region.kit.count(places).await, 2);
    assert!(region.kit.count("SELECT count(*) FROM look_up WHERE key >> 47 = 25995").await > 0);
}

/// Distinct: PostgreSQL has a row for each chart beside.
async fn rows_found_by(region: &Region) -> i64 {
    region.kit.count("SELECT count(*) FROM (SELECT DISTINCT key, person FROM look_up) AS theirs").await
}

#[tokio::test]
async fn another_chart_that_tells_the_same_of_somebody_is_found_by_what_they_are_found_by_already() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    let rows = rows_found_by(&region).await;
    region.tell("H2", &grace).await;
    assert!(region.are_one(&["H1", "H2"]).await);
    assert_eq!(rows_found_by(&region).await, rows);
    // She has moved, as one of the two knows: she is found at both places, and only there.
    region.tell("H2", &elsewhere(grace.clone(), "7 Other Road", "SE1 1ZZ")).await;
    assert_eq!(rows_found_by(&region).await, rows + 2, "a house, and the family name at a postcode");
    region.tell("H1", &elsewhere(grace, "7 Other Road", "SE1 1ZZ")).await;
    assert_eq!(rows_found_by(&region).await, rows);
}

#[tokio::test]
async fn whoever_has_more_charts_than_people_may_share_a_key_is_still_found() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    let charts: Vec<String> = (0..=ALIKE_SHARED_BY_MAX + 1).map(|at| format!("H{at}")).collect();
    for chart in &charts {
        region.tell(chart, &grace).await;
    }
    assert!(region.are_one(&charts.iter().map(String::as_str).collect::<Vec<_>>()).await);
}

#[tokio::test]
async fn a_thousand_people_at_one_address_are_not_one_by_their_address() {
    let region = Region::new().await;
    let bytes = region.kit.fresh_bytes();
    let span = 0..bytes.len();
    let message = region.kit.receive(arrival(HOSPITAL, bytes)).await;
    let crowd = |at: usize| {
        let told = at_home(
            &format!("Name{}", letters(at)),
            &letters(at * 7),
            &format!("19{:02}-0{}-1{}", at % 90, 1 + at % 9, at % 9),
        );
        change(&format!("C{at}"), Some(told), vec![])
    };
    let work = Work::Apply((0..1_000).map(crowd).collect());
    let unit = UnitWork { kind: "ADT^A28".to_owned(), span, work };
    let applied = region.kit.store.inbox.apply(application(message, HOSPITAL, vec![unit]), Arc::new(known_region()));
    assert_eq!(applied.await.unwrap().persons, 1_000);
    // Given name, birth date and house agree; the house says nothing here.
    region.tell("H1", &at_home("Okafor", &letters(7), "1901-02-11")).await;
    let count = region.kit.count("SELECT count(DISTINCT person) FROM chart").await;
    assert_eq!(count, 1_001);
}

/// A made-up word for a number.
fn letters(number: usize) -> String {
    let letter = |at: usize| char::from(b"bdfgklmnprstvz"[at % 14]);
    let vowel = |at: usize| char::from(b"aeiou"[at % 5]);
    [number, number / 14, number / 196].map(|at| format!("{}{}", letter(at), vowel(at / 3 + number))).concat()
}

#[tokio::test]
async fn the_list_begins_with_the_highest_risk_and_says_field_by_field_why() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    // Likely the same, but for what is not told; then a likelier one; then one number for two; then a contradiction.
    region.tell("H2", &at_home("Okafor", "G", "1951-03-04")).await;
    region.tell("H3", &numbered(at_home("Eze", "Joy", "1974-10-30"), NUMBER)).await;
    region.tell("H4", &numbered(at_home("Eze", "Joy", "1974-10-30"), OTHER_NUMBER)).await;
    region.tell("H5", &numbered(at_home("Nwosu", "Peter", "1990-01-02"), NUMBER)).await;
    region.tell("H1", &at_home("Okafor", "Mary", "1951-03-04")).await;
    let list = region.kit.store.inbox.work_list().await.unwrap();
    let kinds: Vec<&str> = list.iter().map(|item| item.kind.words()).collect();
    assert_eq!(kinds, ["contradiction", "same number", "looks alike", "looks alike"]);
    assert!(list[2].odds_centibits >= list[3].odds_centibits, "{list:?}");
    for item in &list[2..] {
        assert!(item.reasons.iter().any(|why| why.starts_with("Same date of birth (+")), "{:?}", item.reasons);
        assert!(item.reasons.iter().any(|why| why.starts_with("Somebody else in the region")), "{:?}", item.reasons);
    }
}
