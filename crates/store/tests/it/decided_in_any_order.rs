//! The order in which messages come, and in which and when somebody decides the doubts that they raise, does not change who
//! is who, where each doubt is judged of alike: by who is told first of either side, each time that the two are doubted.
//!
//! It does change it, as docs/identity.md states, (1) where two decisions, or a decision and a rule, contradict each other:
//! the first settles the doubt, and whom a rule joins are one person for whoever decides; so in the middle here whoever a
//! rule joins is judged of alike. (2) Where a source merges two whom somebody tells apart, or links though what they tell
//! contradicts the merge: what came before is done, what comes after waits; so in the middle a merge says what is judged.
//! (3) Where a source parts what it had joined, or a chart is taken out: both are about what there is then. (4) As without
//! decisions: where a chart that is merged away was joined by a rule with another source's, or is told otherwise than the one
//! that goes on, so that others fit both (`merged_in_any_order.rs`, and a test below); and adr/0011.

use proptest::prelude::*;
use store::LinkAsk;

use crate::identity_kit::*;
use crate::identity_undone::{run, sequences};
use crate::kit::*;
use crate::merging_kit::*;

/// What each chart tells: three people under one number, two of them in two places, and one of them without it.
const CHARTS: [(&str, &str, &str); 6] = [
    ("H1", HOSPITAL, "grace"),
    ("H2", HOSPITAL, "joan"),
    ("H3", HOSPITAL, "grace-unnumbered"),
    ("P1", PRACTICE, "joan-elsewhere"),
    ("P2", PRACTICE, "grace"),
    ("P3", PRACTICE, "ada"),
];
/// All doubts are decided in fewer turns, or never.
const TURNS_MAX: usize = 60;

/// Of each chart one of two patients whose it is, in truth.
type Truth = [bool; CHARTS.len()];

fn of(chart: usize, wording: u8) -> Said {
    let (key, source, who) = CHARTS[chart];
    Said::tells(0, key, who, Some(wording)).of(source)
}

/// What is said, each chart told at least once, and the same in another order.
fn in_two_orders(merges: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = [Vec<Said>; 2]> {
    let any = prop_oneof![
        3 => (0..CHARTS.len(), 1u8..4).prop_map(|(chart, wording)| of(chart, wording)),
        1 => prop::sample::select(merges).prop_map(|(prior, survivor)| Said::merges(0, prior, survivor)),
    ];
    prop::collection::vec(any, 0..5).prop_flat_map(|mut all| {
        all.extend((0..CHARTS.len()).map(|chart| of(chart, 0)));
        let all: Vec<Said> = all.into_iter().enumerate().map(numbered).collect();
        (Just(all.clone()).prop_shuffle(), Just(all).prop_shuffle()).prop_map(|(one, other)| [one, other])
    })
}

fn numbered((number, said): (usize, Said)) -> Said {
    Said { number, hour: u8::try_from(number % 20 + 1).unwrap(), ..said }
}

/// The doubts about two people that wait, whichever came up first: of the two the first chart of each.
async fn doubts(kit: &Kit) -> Vec<(String, String, u64)> {
    let rows = kit
        .home
        .look(
            "SELECT (SELECT min(c.key) FROM chart c WHERE c.person = w.person),
               (SELECT min(c.key) FROM chart c WHERE c.person = w.other_person), w.id
             FROM work_item w WHERE w.state = 0 AND w.other_person IS NOT NULL AND w.person <> w.other_person",
        )
        .await;
    let mut doubts: Vec<(String, String, u64)> = rows
        .into_iter()
        .map(|row| {
            let (one, other) = (row[0].clone().min(row[1].clone()), row[0].clone().max(row[1].clone()));
            (one, other, row[2].parse().unwrap())
        })
        .collect();
    doubts.sort();
    doubts
}

/// Decides one of the doubts. Whether there was any.
async fn judges(kit: &Kit, truth: &Truth, turn: usize) -> bool {
    let doubts = doubts(kit).await;
    let Some((one, other, item)) = doubts.get(turn % doubts.len().max(1)) else { return false };
    let whose = |key: &str| truth[CHARTS.iter().position(|(known, ..)| *known == key).unwrap()];
    let what = if whose(one) == whose(other) { SAME } else { LinkAsk::NotTheSame };
    decision(kit, *item, what).await;
    true
}

/// Hears all of it, and decides as many doubts after each as these turns say; at last all that are left.
async fn happens(said: &[Said], truth: &Truth, turns: &[Vec<usize>]) -> Kit {
    let kit = Kit::new().await;
    for (number, one) in said.iter().enumerate() {
        say(&kit, std::slice::from_ref(one)).await;
        for turn in turns.get(number).into_iter().flatten() {
            judges(&kit, truth, *turn).await;
        }
    }
    for turn in turns.iter().flatten().copied().chain(0..).take(TURNS_MAX) {
        if !judges(&kit, truth, turn).await {
            return kit;
        }
    }
    panic!("doubts come up for ever");
}

/// What somebody thinks of each who is told, and so of each chart: those that a rule joins are alike.
fn by_who_is_told() -> impl Strategy<Value = Truth> {
    any::<[bool; 3]>().prop_map(|[grace, joan, ada]| [grace, joan, grace, joan, grace, ada])
}

fn turns() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0usize..8, 0..3), 10)
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn what_is_told_in_any_order_and_decided_at_the_end_in_any_order_comes_to_the_same_who_is_who(
        said in in_two_orders(&[("H3", "H1")]), truth in any::<Truth>(), order in prop::collection::vec(0usize..8, 8)
    ) {
        run(async {
            let one = happens(&said[0], &truth, &[]).await;
            let at_the_end: Vec<Vec<usize>> = said[1].iter().map(|_| Vec::new()).chain([order]).collect();
            let other = happens(&said[1], &truth, &at_the_end).await;
            assert_eq!(who_is_who(&one).await, who_is_who(&other).await);
        });
    }

    #[test]
    fn nor_does_it_matter_when_each_doubt_is_decided(
        said in in_two_orders(&[("H3", "H1")]), truth in by_who_is_told(), turns in (turns(), turns())
    ) {
        run(async {
            let one = happens(&said[0], &truth, &turns.0).await;
            let other = happens(&said[1], &truth, &turns.1).await;
            assert_eq!(who_is_who(&one).await, who_is_who(&other).await);
        });
    }
}

/// Grace and Joan at the hospital, whom somebody tells apart and their source merges, in either order.
async fn told_apart_and_merged(apart_first: bool) -> Vec<Vec<String>> {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", None), Said::tells(2, "H2", "joan", None)]).await;
    let item = the_doubt(&kit).await;
    if apart_first {
        decision(&kit, item, LinkAsk::NotTheSame).await;
    }
    say(&kit, &[Said::merges(3, "H2", "H1")]).await;
    assert_eq!(doubts(&kit).await.is_empty(), !apart_first, "once they are one nobody is asked");
    who_is_who(&kit).await
}

#[tokio::test]
async fn the_order_matters_where_a_source_merges_two_whom_somebody_tells_apart() {
    assert_eq!(told_apart_and_merged(true).await, [["H1"], ["H2"]]);
    assert_eq!(told_apart_and_merged(false).await, [["H1", "H2"]]);
}

#[tokio::test]
async fn the_order_matters_where_a_merge_of_two_who_are_told_otherwise_makes_one_whom_a_third_fits() {
    // Grace has no number at the hospital, Joan has; merged, they are as one whom Grace's other chart fits.
    let merged = [Said::tells(1, "H2", "joan", None), Said::tells(2, "H3", "grace-unnumbered", None)];
    let merged = [merged.to_vec(), vec![Said::merges(3, "H3", "H2")]].concat();
    let grace = Said::tells(4, "H1", "grace", None);
    let (after, before) = (Kit::new().await, Kit::new().await);
    say(&after, &merged).await;
    say(&after, std::slice::from_ref(&grace)).await;
    say(&before, &[grace]).await;
    say(&before, &merged).await;
    assert_eq!(who_is_who(&after).await, [["H1", "H2", "H3"]]);
    assert_eq!(who_is_who(&before).await, [vec!["H1"], vec!["H2", "H3"]], "somebody is asked");
}
