//! Merges, links, unlinks and messages in any order: who is who, what a rebuild comes to, and what is left when all is undone.

use proptest::prelude::*;
use store::JoinVerb;

use crate::kit::*;
use crate::merging_kit::*;

const CHARTS: [&str; 4] = ["H1", "H2", "H3", "H4"];

/// A database for each case costs PostgreSQL more than a folder costs SQLite.
fn cases(on_sqlite: u32) -> u32 {
    if on_postgres() { 5 } else { on_sqlite }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn numbered(all: &[Said]) -> Vec<Said> {
    let number =
        |(number, said): (usize, &Said)| Said { number, hour: u8::try_from(number % 20 + 1).unwrap(), ..said.clone() };
    all.iter().enumerate().map(number).collect()
}

/// What is told of each chart, the same whenever it is told: one has a number, one has another.
fn tells(chart: &'static str, wording: Option<u8>) -> Said {
    let who = match chart {
        "H1" | "P1" => "grace",
        "H4" => "another-grace",
        _ => "grace-unnumbered",
    };
    let said = Said::tells(0, chart, who, wording);
    if chart == "P1" { said.of(PRACTICE) } else { said }
}

/// Merges into one with a number, merges of those without, and one that must never be.
fn any_of_a_family() -> impl Strategy<Value = Said> {
    let merges = [("H2", "H1"), ("H3", "H1"), ("H2", "H3"), ("H3", "H2"), ("H4", "H1")];
    prop_oneof![
        prop::sample::select(vec!["H1", "H2", "H3", "H4", "P1"]).prop_map(|chart| tells(chart, None)),
        prop::sample::select(merges.to_vec()).prop_map(|(prior, survivor)| Said::merges(0, prior, survivor)),
    ]
}

fn any_said() -> impl Strategy<Value = Said> {
    let chart = || prop::sample::select(CHARTS.to_vec());
    let verb = prop::sample::select(vec![JoinVerb::Merge, JoinVerb::Link, JoinVerb::Unlink]);
    let who =
        prop::sample::select(vec!["grace", "grace-unnumbered", "none", "jamila", "another-grace", "grace-restricted"]);
    prop_oneof![
        3 => (chart(), who.clone(), prop::option::of(0u8..4)).prop_map(|(chart, who, wording)| Said::tells(0, chart, who, wording)),
        1 => (who, prop::option::of(0u8..4)).prop_map(|(who, wording)| Said::tells(0, "P1", who, wording).of(PRACTICE)),
        4 => (verb, chart(), chart()).prop_map(|(verb, prior, survivor)| Said::asks(0, verb, prior, survivor)),
    ]
}

/// Messages that tell what no link makes another's, and links and merges between the charts.
fn any_to_be_undone() -> impl Strategy<Value = Said> {
    let chart = || prop::sample::select(vec!["H1", "H2", "H3"]);
    let verb = prop::sample::select(vec![JoinVerb::Merge, JoinVerb::Link, JoinVerb::Unlink]);
    prop_oneof![
        (chart(), 0u8..4).prop_map(|(chart, wording)| tells(chart, Some(wording))),
        (verb, chart(), chart()).prop_map(|(verb, prior, survivor)| Said::asks(0, verb, prior, survivor)),
    ]
}

async fn all_are_unlinked(kit: &Kit, mut number: usize) {
    for (at, prior) in CHARTS.iter().enumerate() {
        for survivor in CHARTS.iter().skip(at + 1) {
            let joined = format!(
                "SELECT count(*) FROM chart_join j JOIN chart p ON p.id = j.prior JOIN chart s ON s.id = j.survivor
                 WHERE j.state = 0 AND p.key IN ('{prior}', '{survivor}') AND s.key IN ('{prior}', '{survivor}')"
            );
            if kit.count(&joined).await > 0 {
                number += 1;
                say(kit, &[Said::asks(number, JoinVerb::Unlink, prior, survivor)]).await;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_merges_and_messages_arrive_does_not_change_who_is_who(
        all in prop::collection::vec(any_of_a_family(), 1..9).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        run(async {
            // Each patient is described in the end, so that nobody is left of whom nothing is known.
            let known: Vec<Said> = ["H1", "H2", "H3", "H4", "P1"].map(|chart| tells(chart, None)).to_vec();
            let (one, other) = (Kit::new().await, Kit::new().await);
            say(&one, &numbered(&[all.0.clone(), known.clone()].concat())).await;
            say(&other, &numbered(&[known, all.1.clone()].concat())).await;
            assert_eq!(who_is_who(&one).await, who_is_who(&other).await);
        });
    }

    #[test]
    fn whatever_was_joined_and_parted_the_record_is_built_anew_the_same(
        all in prop::collection::vec(any_said(), 1..14)
    ) {
        run(async {
            let kit = Kit::new().await;
            say(&kit, &numbered(&all)).await;
            must_be_built_anew_the_same(&kit.store).await;
        });
    }

    #[test]
    fn any_links_merges_and_messages_then_undone_leave_what_the_messages_alone_leave(
        all in prop::collection::vec(any_to_be_undone(), 1..14)
    ) {
        run(async {
            let (joined, alone) = (Kit::new().await, Kit::new().await);
            let all = numbered(&all);
            say(&joined, &all).await;
            all_are_unlinked(&joined, all.len()).await;
            let told: Vec<Said> = all.iter().filter(|said| matches!(said.what, What::Tells { .. })).cloned().collect();
            say(&alone, &told).await;
            for chart in CHARTS {
                if alone.count(&format!("SELECT count(*) FROM chart WHERE key = '{chart}'")).await > 0 {
                    assert_eq!(record_of(&joined, chart).await, record_of(&alone, chart).await, "{chart}");
                }
            }
            assert_eq!(joined.count("SELECT count(*) FROM entry_covered WHERE until IS NULL").await, 0);
        });
    }
}
