//! What a message tells of its patient is made ready before the transaction that applies it.

use std::sync::Arc;

use record::{Demographics, MessageId};
use store::{IdentityRules, ScoreRules, StoreError, TakenApart, UnitWork, Work};

use crate::kit::*;
use crate::looking_alike::{Region, at_home, known_region};

#[tokio::test]
async fn what_could_not_be_applied_and_is_told_again_is_found_like_anything_else() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    region.tell("H1", &grace).await;
    // Of a message that is nowhere nothing is applied: the chart stays unknown, though it has told this.
    let work = Work::Apply(vec![change("H2", Some(grace.clone()), vec![])]);
    let unit = UnitWork { kind: "ADT^A28".to_owned(), span: 0..1, work };
    let nowhere = application(MessageId(9_999), HOSPITAL, vec![unit]);
    assert!(region.kit.store.inbox.apply(nowhere, Arc::new(known_region())).await.is_err());
    assert_eq!(region.kit.count("SELECT count(*) FROM chart").await, 1);
    region.tell("H2", &grace).await;
    assert_eq!(region.whose("H2").await, region.whose("H1").await);
}

#[tokio::test]
async fn what_a_chart_told_before_the_last_time_finds_it_again_and_what_it_told_since_does_not() {
    let region = Region::new().await;
    let (grace, ada) = (at_home("Okafor", "Grace", "1951-03-04"), at_home("Okafor", "Grace Ada", "1951-03-04"));
    for told in [&grace, &ada, &grace, &grace] {
        region.tell("H1", told).await;
    }
    let keys = region.kit.count("SELECT count(*) FROM look_up").await;
    let other = Region::new().await;
    other.tell("H1", &grace).await;
    assert_eq!(keys, other.kit.count("SELECT count(*) FROM look_up").await);
}

fn panics(_: &Demographics) -> TakenApart {
    panic!("as asked")
}

#[tokio::test]
async fn rules_that_panic_over_a_message_fail_that_message_alone() {
    let region = Region::new().await;
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    let score = ScoreRules { take_apart: panics, ..ScoreRules::NONE };
    let rules = IdentityRules { score, ..known_region() };
    let work = Work::Apply(vec![change("H2", Some(grace.clone()), vec![])]);
    let unit = UnitWork { kind: "ADT^A28".to_owned(), span: 0..1, work };
    let failed = region.kit.store.inbox.apply(application(MessageId(1), HOSPITAL, vec![unit]), Arc::new(rules)).await;
    assert!(matches!(failed, Err(StoreError::Panicked)));
    region.tell("H1", &grace).await;
    assert_eq!(region.kit.count("SELECT count(*) FROM chart").await, 1);
}
