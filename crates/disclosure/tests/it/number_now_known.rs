//! A chart that came without an NHS number and tells one later, by the real rules.

use intake::{Intake, Payload};
use record::{Clock, NhsNumber, PersonId, Section, SourceId};
use tokio::task::JoinSet;

use crate::made_up::fields_in;
use crate::world::{World, by_number, doctor, nhs, sources};

const GRACE: &str = "9990000018";
const ADA: &str = "9990000026";

struct Told {
    world: World,
    intake: Intake,
    /// Dropping them would stop them.
    _lanes: JoinSet<()>,
}

impl Told {
    async fn new() -> Self {
        let world = World::new().await;
        let (intake, lanes) = Intake::start(world.inbox.clone(), &sources(), Clock::fixed(world.now()));
        Self { world, intake, _lanes: lanes }
    }

    /// A source tells who its patient is, and one problem of theirs.
    async fn tell(&self, source: &str, number: Option<&str>, given: &str, problem: &str) -> PersonId {
        let identifier = number.map_or_else(String::new, |number| {
            format!(r#""identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],"#)
        });
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[
            {{"resource":{{"resourceType":"Patient","id":"1",{identifier}"name":[{{"family":"Okafor","given":["{given}"]}}],
              "gender":"female","birthDate":"1951-03-04"}}}},
            {{"resource":{{"resourceType":"Condition","id":"{problem}","subject":{{"reference":"Patient/1"}},
              "code":{{"text":"told.{problem}"}}}}}}]}}"#
        );
        let source = SourceId::new(source).unwrap();
        let delivered = self.intake.deliver(&source, Payload::FhirJson, false, bundle.into_bytes()).await.unwrap();
        let message = delivered.message();
        let applied = delivered.applied.unwrap().await.unwrap().unwrap();
        assert!(applied.by_kind.contains_key("Patient"), "{applied:?}");
        let people = self.world.people.in_message(message).await.unwrap();
        assert!(!people.is_empty(), "{applied:?}");
        people[0]
    }

    async fn problems(&self, person: PersonId) -> Vec<String> {
        self.world.ask(&doctor(), person).await;
        let opened = self.world.disclosure.open(&doctor(), person, "problems").await.unwrap();
        let rows = opened.record.section(Section::Problems).with_ledger();
        fields_in(&format!("{:?}", rows.current), "told").into_iter().collect()
    }

    async fn doubts(&self, person: PersonId) -> usize {
        self.world.disclosure.who(&doctor(), person).await.unwrap().view.doubts.len()
    }

    async fn carrying(&self, number: NhsNumber) -> Vec<PersonId> {
        self.world.people.with_number(number).await.unwrap()
    }
}

#[tokio::test]
async fn a_chart_that_stands_alone_joins_the_person_whom_its_number_and_its_name_fit() {
    let told = Told::new().await;
    let grace = told.tell("riverside", Some(GRACE), "Grace", "asthma").await;
    let apart = told.tell("hillside", None, "Grace", "gout").await;
    assert_ne!(grace, apart, "without a number it is a person of its own");
    assert_eq!(told.tell("hillside", Some(GRACE), "Grace", "migraine").await, grace);
    assert_eq!(told.problems(grace).await, ["asthma", "gout", "migraine"], "what it told before has come along");
    assert_eq!(told.carrying(nhs(GRACE)).await, [grace], "nobody is found twice");
    assert_eq!(told.problems(apart).await, Vec::<String>::new());
    let found = told.world.disclosure.search(&doctor(), by_number(GRACE)).await.unwrap();
    assert_eq!(found.hits.len(), 1);
}

#[tokio::test]
async fn a_chart_whose_name_does_not_fit_the_number_stays_and_waits() {
    let told = Told::new().await;
    let grace = told.tell("riverside", Some(GRACE), "Grace", "asthma").await;
    let ada = told.tell("hillside", None, "Ada", "gout").await;
    told.tell("hillside", Some(GRACE), "Ada", "migraine").await;
    assert_eq!(told.problems(grace).await, ["asthma"]);
    assert_eq!(told.problems(ada).await, ["gout"], "the message waits as a whole");
    assert!(told.doubts(grace).await > 0 && told.doubts(ada).await > 0, "both records carry the banner");
}

#[tokio::test]
async fn a_number_that_is_not_told_again_stays_and_another_one_waits() {
    let told = Told::new().await;
    let grace = told.tell("riverside", Some(GRACE), "Grace", "asthma").await;
    assert_eq!(told.tell("hillside", Some(GRACE), "Grace", "gout").await, grace);
    assert_eq!(told.tell("hillside", None, "Grace", "migraine").await, grace, "the number is not told again");
    let other = told.tell("left", Some(ADA), "Grace", "angina").await;
    assert_ne!(other, grace);
    assert_eq!(told.tell("hillside", Some(ADA), "Grace", "eczema").await, grace);
    assert!(told.doubts(grace).await > 0 && told.doubts(other).await > 0, "somebody has to look");
    assert_eq!(told.problems(grace).await, ["asthma", "gout", "migraine"], "the message waits as a whole");
}
