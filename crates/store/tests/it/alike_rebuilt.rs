//! A record whose charts were placed by how they look is built anew as it is, whatever came and however it was grouped.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;
use proptest::prelude::*;
use record::{Demographics, NhsNumber, When};
use store::{Application, UnitWork, Work};

use crate::kit::*;
use crate::looking_alike::{at_home, known_region};
use crate::rebuilt::rebuilt_by;

/// Which chart tells which of [`people`].
type Tells = (usize, usize);

/// People who are easily mistaken for each other, and what little is told of them at times.
fn people() -> Vec<Demographics> {
    let grace = at_home("Okafor", "Grace", "1951-03-04");
    let number =
        |told: &Demographics, number| Demographics { nhs_number: NhsNumber::parse(number).ok(), ..told.clone() };
    vec![
        grace.clone(),
        number(&grace, NUMBER),
        number(&grace, OTHER_NUMBER),
        Demographics { born: None, address: None, ..grace.clone() },
        Demographics { address: None, ..grace.clone() },
        Demographics { born: When::parse_iso("1951-04-03").ok(), ..grace.clone() },
        at_home("Okafor", "Faith", "1951-03-04"),
        at_home("Grace", "Okafor", "1951-03-04"),
        at_home("Okafor", "", "1951-03-04"),
    ]
}

fn bytes((chart, who): Tells, at: usize) -> Vec<u8> {
    format!("{at} {chart} {who}").into_bytes()
}

fn told_by(bytes: &[u8]) -> (usize, Tells) {
    let text = std::str::from_utf8(bytes).unwrap();
    let numbers: Vec<usize> = text.split(' ').map(|number| number.parse().unwrap()).collect();
    (numbers[0], (numbers[1], numbers[2]))
}

fn application_of(bytes: &[u8], message: record::MessageId, at: jiff::Timestamp) -> Application {
    let (_, (chart, who)) = told_by(bytes);
    let changes = vec![change(&format!("C{chart}"), Some(people()[who].clone()), vec![medicine("m", "ramipril")])];
    let unit = UnitWork { kind: "ADT^A08".to_owned(), span: 0..bytes.len(), work: Work::Apply(changes) };
    Application { at, ..application(message, HOSPITAL, vec![unit]) }
}

/// Applies three at a time, as they come, then builds anew; gives in what the two differ.
async fn differs(story: &[Tells]) -> Vec<&'static str> {
    let kit = Kit::new().await;
    let rules = Arc::new(known_region());
    for (at, group) in (0..).zip(story.chunks(3)) {
        let mut work = HashMap::new();
        for (place, tells) in (0..).zip(group) {
            let bytes = bytes(*tells, at * 3 + place);
            let message = kit.receive(arrival(HOSPITAL, bytes.clone())).await;
            // Messages about one chart are applied one after the other, as lanes do.
            work.entry(tells.0).or_insert_with(Vec::new).push(application_of(&bytes, message, noon()));
        }
        let lanes = work.into_values().map(|lane| async {
            for application in lane {
                kit.store.inbox.apply(application, Arc::clone(&rules)).await.unwrap();
            }
        });
        join_all(lanes).await;
    }
    let (_, before, after) = rebuilt_by(&kit.store, &rules, application_of).await;
    before.differs_in(&after)
}

#[tokio::test]
async fn what_the_score_linked_moved_and_doubted_is_built_anew_as_it_is() {
    let story = [(0, 0), (1, 3), (2, 6), (1, 0), (3, 5), (4, 1), (0, 7), (5, 2), (6, 8), (3, 0), (2, 8), (7, 4)];
    assert_eq!(differs(&story).await, Vec::<&str>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_the_score_places_it_the_same_in_a_rebuild(
        story in proptest::collection::vec((0_usize..5, 0_usize..9), 1..16),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        prop_assert_eq!(runtime.block_on(differs(&story)), Vec::<&str>::new());
    }
}
