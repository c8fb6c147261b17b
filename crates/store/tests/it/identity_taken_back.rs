//! Messages, merges and unlinks by a source, and what identity analysts link, unlink, keep apart and take back, all in one
//! sequence; then every decision that holds is taken back, whichever first. What is left is what the messages alone leave,
//! and nothing is left out: who is who, what waits in quarantine, and of each chart the whole record in which it is, what
//! every chart in it tells and every entry, to the byte.

use std::collections::BTreeSet;

use proptest::prelude::*;
use store::{JoinVerb, LinkAsk};

use crate::identity_kit::*;
use crate::identity_undone::{CHARTS, HOSPITALS, run, sequences};
use crate::kit::*;
use crate::merging_kit::*;

/// What happens.
#[derive(Clone, Debug)]
enum Does {
    Tells(usize, u8),
    Asks(JoinVerb, usize, usize),
    /// Decides about one of the doubts that two people have, whichever this is.
    Same(usize),
    Apart(usize),
    /// Takes a chart out under one of the doubts that were ever had.
    Unlink(usize, usize),
    /// Takes back one of the decisions that hold.
    TakeBack(usize),
}

fn any() -> impl Strategy<Value = Does> {
    let verb = prop::sample::select(vec![JoinVerb::Merge, JoinVerb::Merge, JoinVerb::Link, JoinVerb::Unlink]);
    prop_oneof![
        5 => (0..CHARTS.len(), 0u8..4).prop_map(|(chart, wording)| Does::Tells(chart, wording)),
        3 => (verb, 0..HOSPITALS, 0..HOSPITALS).prop_map(|(verb, prior, survivor)| Does::Asks(verb, prior, survivor)),
        4 => (0usize..8).prop_map(Does::Same),
        1 => (0usize..8).prop_map(Does::Apart),
        2 => (0usize..8, 0..CHARTS.len()).prop_map(|(which, chart)| Does::Unlink(which, chart)),
        1 => (0usize..8).prop_map(Does::TakeBack),
    ]
}

/// Does all of it, and gives what was said.
async fn happens(kit: &Kit, all: &[Does]) -> Vec<Said> {
    let mut said = Vec::new();
    for (number, does) in all.iter().enumerate() {
        match *does {
            Does::Tells(chart, wording) => {
                let (key, source, who) = CHARTS[chart];
                said.push(Said::tells(number, key, who, Some(wording)).of(source));
                say(kit, &said[said.len() - 1..]).await;
            }
            Does::Asks(verb, prior, survivor) => {
                said.push(Said::asks(number, verb, CHARTS[prior].0, CHARTS[survivor].0));
                say(kit, &said[said.len() - 1..]).await;
            }
            Does::Same(which) => decides(kit, "WHERE other_person IS NOT NULL", which, SAME).await,
            Does::Apart(which) => decides(kit, "WHERE other_person IS NOT NULL", which, LinkAsk::NotTheSame).await,
            Does::Unlink(which, chart) => {
                let known = kit.texts(&format!("SELECT id FROM chart WHERE key = '{}'", CHARTS[chart].0)).await;
                let Some(chart) = known.first().and_then(|id| id.parse().ok()) else { continue };
                decides(kit, "", which, LinkAsk::Unlink { chart: record::ChartId(chart) }).await;
            }
            Does::TakeBack(which) => {
                let hold = decisions(kit).await;
                if let Some(decision) = hold.get(which % hold.len().max(1)) {
                    take_back(kit, *decision).await;
                }
            }
        }
    }
    said
}

async fn decides(kit: &Kit, of: &str, which: usize, what: LinkAsk) {
    let items = kit.texts(&format!("SELECT id FROM work_item {of} ORDER BY id")).await;
    if let Some(item) = items.get(which % items.len().max(1)) {
        ask(kit, item.parse().unwrap(), what).await;
        carry_out(kit).await;
    }
}

/// The decisions that hold, by number.
async fn decisions(kit: &Kit) -> Vec<u64> {
    let (mut decided, mut undone) = (BTreeSet::new(), BTreeSet::new());
    for text in kit.texts("SELECT DISTINCT step FROM who_step").await {
        let step: serde_json::Value = serde_json::from_str(&text).unwrap();
        decided.extend(step["Decided"]["step"].as_u64());
        undone.extend(step["Undone"].as_u64());
    }
    decided.difference(&undone).copied().collect()
}

/// Takes back every decision, in an order that `turns` chooses; one on which a later one rests once that is taken back.
async fn take_back_all(kit: &Kit, turns: &[usize]) {
    for turn in turns.iter().cycle() {
        let mut left = decisions(kit).await;
        if left.is_empty() {
            return;
        }
        let first = turn % left.len();
        left.rotate_left(first);
        let mut refused = Vec::new();
        for decision in &left {
            let outcome = take_back(kit, *decision).await;
            if !outcome.starts_with("Nothing was done") {
                break;
            }
            refused.push((*decision, outcome));
        }
        assert!(refused.len() < left.len(), "not everything can be taken back: {refused:?}");
    }
}

/// What waits in quarantine: the bytes of each message, and why.
async fn waits(kit: &Kit) -> BTreeSet<(String, String)> {
    let rows = kit.home.look("SELECT q.message, q.reason FROM quarantine q WHERE q.state = 0").await;
    rows.into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect()
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn whatever_was_decided_then_taken_back_in_any_order_leaves_what_the_messages_alone_leave(
        all in prop::collection::vec(any(), 1..18),
        turns in prop::collection::vec(0usize..16, 8)
    ) {
        run(async {
            let (kit, alone) = (Kit::new().await, Kit::new().await);
            let said = happens(&kit, &all).await;
            take_back_all(&kit, &turns).await;
            must_be_built_anew_the_same(&kit.store).await;
            say(&alone, &said).await;
            assert_eq!(who_is_who(&kit).await, who_is_who(&alone).await);
            for chart in who_is_who(&alone).await.into_iter().flatten() {
                assert_eq!(record_of(&kit, &chart).await, record_of(&alone, &chart).await, "{chart}");
            }
            assert_eq!(waits(&kit).await, waits(&alone).await);
        });
    }
}
