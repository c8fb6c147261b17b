//! Asking a demographics service that answers as the national one does.

use std::sync::atomic::{AtomicU8, Ordering};

use exchange::{Asked, DemographicsLimits, DemographicsService, NumberTrace, SearchTrace, TraceError};
use formats::fhir::{Confidentiality, ServerBase};
use jiff::civil::date;
use record::{Chance, Clock, Gender, NhsNumber};
use simulator::demographics::{
    DEMOGRAPHICS_PATH, DemographicsPerson, DemographicsStub, ServiceTrouble, demographics_people,
};
use tokio::net::TcpListener;

const NOW: &str = "2026-11-22T13:41:00Z";
const TOKEN: &str = "a-token";

/// The stub at work on a port of this machine.
struct House {
    stub: DemographicsStub,
    server: ServerBase,
    folder: tempfile::TempDir,
}

impl House {
    async fn of(people: Vec<DemographicsPerson>) -> Self {
        let stub = DemographicsStub::new(people, Some(TOKEN));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}{DEMOGRAPHICS_PATH}", listener.local_addr().unwrap());
        let router = stub.clone().router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let house = Self { stub, server: ServerBase::parse(&address).unwrap(), folder: tempfile::tempdir().unwrap() };
        house.write_token(TOKEN);
        house
    }

    async fn new() -> Self {
        Self::of(demographics_people()).await
    }

    fn write_token(&self, token: &str) {
        std::fs::write(self.folder.path().join("token"), format!("{token}\n")).unwrap();
    }

    fn client(&self, limits: DemographicsLimits) -> DemographicsService {
        client(self.server.clone(), Some(self.folder.path().join("token")), limits)
    }

    async fn number(&self, number: &str) -> Result<NumberTrace, TraceError> {
        let number = NhsNumber::parse(number).unwrap();
        Ok(self.client(DemographicsLimits::default()).by_number(number).await?.told)
    }

    async fn search(&self, asked: Asked) -> Result<SearchTrace, TraceError> {
        Ok(self.client(DemographicsLimits::default()).by_demographics(&asked).await?.told)
    }
}

fn client(server: ServerBase, token: Option<std::path::PathBuf>, limits: DemographicsLimits) -> DemographicsService {
    let thrown = AtomicU8::new(1);
    let chance = Chance::new(move |bytes| bytes.fill(thrown.fetch_add(1, Ordering::Relaxed)));
    DemographicsService::new(server, token, limits, Clock::fixed(NOW.parse().unwrap()), chance)
}

fn oyelaran() -> Asked {
    Asked::new("Oyelaran", date(1987, 11, 2)).unwrap()
}

#[tokio::test]
async fn a_number_is_known_and_its_word_comes_with_the_time_of_asking() {
    let house = House::new().await;
    let client = house.client(DemographicsLimits::default());
    let traced = client.by_number(NhsNumber::parse("9990000018").unwrap()).await.unwrap();
    assert_eq!(traced.asked_at.to_string(), NOW);
    let NumberTrace::Known(grace) = traced.told else { panic!("{:?}", traced.told) };
    assert_eq!(grace.told.name.shown(), "OKAFOR, Grace Adaeze");
    assert_eq!(grace.told.address.unwrap().shown(), "12 Invented Road, London, SE5 0ZZ");
}

#[tokio::test]
async fn a_superseded_number_leads_to_the_new_one() {
    let house = House::new().await;
    let Ok(NumberTrace::Superseded(now)) = house.number("9990000069").await else { panic!() };
    assert_eq!(now.nhs_number.digits(), "9990000018");
    assert_eq!(now.told.nhs_number, Some(now.nhs_number));
}

#[tokio::test]
async fn an_invalidated_number_and_one_that_nobody_has_are_told_apart() {
    let house = House::new().await;
    assert_eq!(house.number("9990000050").await, Ok(NumberTrace::Invalidated));
    assert_eq!(house.number("9990000077").await, Ok(NumberTrace::NotKnown));
}

#[tokio::test]
async fn a_restricted_person_has_no_address_even_from_a_service_that_sends_one() {
    let house = House::new().await;
    for trouble in [ServiceTrouble::None, ServiceTrouble::IsCareless] {
        house.stub.set_trouble(trouble);
        let Ok(NumberTrace::Known(nadia)) = house.number("9990000042").await else { panic!() };
        assert_eq!(nadia.confidentiality, Confidentiality::Restricted);
        let text = format!("{nadia:?}");
        assert!(
            nadia.told.restricted && !["Invented", "SE5", "7946", "ZZ1GP"].iter().any(|secret| text.contains(secret))
        );
        let karim = || Asked::new("Karim", date(1990, 6, 15)).unwrap();
        let Ok(SearchTrace::One(found)) = house.search(karim()).await else { panic!() };
        assert!(!format!("{found:?}").contains("Invented"));
        assert_eq!(house.search(karim().postcode("SE5 0ZZ").unwrap()).await, Ok(SearchTrace::Nobody));
    }
}

#[tokio::test]
async fn demographics_find_one_person_several_or_nobody() {
    let house = House::new().await;
    let Ok(SearchTrace::One(tunde)) = house.search(oyelaran().gender(Gender::Male)).await else { panic!() };
    assert_eq!((tunde.person.nhs_number.digits().as_str(), tunde.score_per_mille), ("9990000026", Some(1000)));
    let Ok(SearchTrace::Several { people, left_out: 0 }) = house.search(oyelaran()).await else { panic!() };
    assert_eq!(people.len(), 2);
    let Ok(SearchTrace::One(alike)) = house.search(oyelaran().given("Tunji").unwrap()).await else { panic!() };
    assert_eq!(alike.score_per_mille, Some(883));
    assert_eq!(house.search(oyelaran().given("Zoe").unwrap()).await, Ok(SearchTrace::Nobody));
    let made_up = Asked::new("Made", date(1970, 2, 3)).unwrap();
    assert_eq!(house.search(made_up).await, Ok(SearchTrace::Nobody), "an invalidated record is in no search");
}

#[tokio::test]
async fn of_too_many_people_none_is_told() {
    let many = |count: u64| {
        let person = |number: u64| DemographicsPerson {
            nhs_number: format!("{number:010}"),
            family: "Oyelaran".into(),
            born: "1987-11-02".into(),
            ..DemographicsPerson::default()
        };
        let numbers =
            (999_200_000_u64..).filter_map(|nine| NhsNumber::check_digit(nine).map(|check| nine * 10 + check));
        House::of(numbers.take(usize::try_from(count).unwrap()).map(person).collect())
    };
    let Ok(SearchTrace::Several { people, left_out: 0 }) = many(50).await.search(oyelaran()).await else { panic!() };
    assert_eq!(people.len(), 50);
    assert_eq!(many(51).await.search(oyelaran()).await, Ok(SearchTrace::TooMany));
}

#[tokio::test]
async fn each_question_has_an_id_of_its_own_and_the_token_as_it_is_now() {
    let house = House::new().await;
    let client = house.client(DemographicsLimits::default());
    let number = NhsNumber::parse("9990000018").unwrap();
    client.by_number(number).await.unwrap();
    house.write_token("an-older-token");
    assert_eq!(client.by_number(number).await, Err(TraceError::NotLetIn("ACCESS_DENIED".into())));
    house.write_token(TOKEN);
    client.by_number(number).await.unwrap();
    let ids: std::collections::BTreeSet<String> = house.stub.request_ids().into_iter().collect();
    assert_eq!(ids.len(), 3);
    for token in ["", "two\nlines", &"x".repeat(16 * 1024 + 1)] {
        house.write_token(token);
        assert_eq!(client.by_number(number).await, Err(TraceError::NoToken));
    }
    std::fs::remove_file(house.folder.path().join("token")).unwrap();
    assert_eq!(client.by_number(number).await, Err(TraceError::NoToken));
}

#[tokio::test]
async fn an_answer_is_as_long_as_the_limit_and_no_longer() {
    let house = House::new().await;
    let answer = br#"{"resourceType":"Bundle","type":"searchset","total":0}"#;
    house.stub.set_trouble(ServiceTrouble::Says(answer.to_vec()));
    let limited = |bytes: usize| {
        let answer_bytes_max = u64::try_from(bytes).unwrap();
        house.client(DemographicsLimits { answer_bytes_max, ..DemographicsLimits::default() })
    };
    assert_eq!(limited(answer.len()).by_demographics(&oyelaran()).await.unwrap().told, SearchTrace::Nobody);
    assert_eq!(limited(answer.len() - 1).by_demographics(&oyelaran()).await, Err(TraceError::TooLarge));
}

#[tokio::test]
async fn a_service_that_hangs_is_given_up_and_others_get_their_turn() {
    let house = House::new().await;
    let number = NhsNumber::parse("9990000018").unwrap();
    let limits = DemographicsLimits { answer_ms_max: 200, questions_max: 1, ..DemographicsLimits::default() };
    let client = house.client(limits);
    house.stub.set_trouble(ServiceTrouble::Hangs);
    let (one, other) = tokio::join!(client.by_number(number), client.by_number(number));
    assert_eq!((one, other), (Err(TraceError::TimedOut), Err(TraceError::TimedOut)));
    house.stub.set_trouble(ServiceTrouble::None);
    let patient = house.client(DemographicsLimits { questions_max: 1, ..DemographicsLimits::default() });
    let (one, other) = tokio::join!(patient.by_number(number), patient.by_number(number));
    assert!(one.is_ok() && other.is_ok());
}

#[tokio::test]
async fn each_trouble_has_words_of_its_own_and_none_of_them_names_anybody() {
    let house = House::new().await;
    let broken = |status, code: &str| ServiceTrouble::Answers(status, code.to_owned());
    let elsewhere = ServiceTrouble::SendsElsewhere("http://127.0.0.1:1/9990000018".into());
    let search = |text: &str| ServiceTrouble::Says(text.as_bytes().to_vec());
    for (trouble, words) in [
        (broken(429, "TOO_MANY_REQUESTS"), "the demographics service asks us to wait"),
        (broken(403, "INVALID_METHOD"), "the demographics service does not let us in (INVALID_METHOD)"),
        (broken(400, "INVALID_RESOURCE_ID"), "the demographics service refuses the question (INVALID_RESOURCE_ID)"),
        (broken(503, "no 9990000018 today"), "the demographics service has a fault (status 503)"),
        (broken(500, "RESOURCE_NOT_FOUND"), "the demographics service has a fault (status 500)"),
        (elsewhere, "the demographics service's answer cannot be read: status 302"),
        (search("<html>9990000018</html>"), "not JSON"),
        (search(r#"{"resourceType":"Bundle","type":"searchset"}"#), "it is a list of people"),
        (search(r#"{"resourceType":"Patient","id":"9990000019"}"#), "Patient.id: the check digit does not fit"),
    ] {
        house.stub.set_trouble(trouble.clone());
        let error = house.number("9990000018").await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains(words), "{trouble:?}: {told}");
        assert!(!told.contains("999000001"), "{told}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_cannot_be_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client(ServerBase::parse(&address).unwrap(), None, DemographicsLimits::default());
    let number = NhsNumber::parse("9990000018").unwrap();
    assert_eq!(client.by_number(number).await, Err(TraceError::NotReached));
}
