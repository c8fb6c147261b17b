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

/// Merges in any direction of patients whom no other source knows, and one that must never be.
fn any_of_a_family() -> impl Strategy<Value = Said> {
    let merges = [("H2", "H1"), ("H1", "H2"), ("H3", "H1"), ("H2", "H3"), ("H3", "H2"), ("H4", "H1")];
    of_a_family(vec!["H1", "H2", "H3", "H4"], merges.to_vec())
}

/// Merges of patients with whom no other source's chart is joined yet. Where one is, it stays
/// where it was (docs/identity.md), and somebody is asked.
fn any_of_two_sources() -> impl Strategy<Value = Said> {
    of_a_family(vec!["H1", "H2", "H3", "H4", "P1"], vec![("H2", "H1"), ("H3", "H2"), ("H4", "H1")])
}

fn of_a_family(charts: Vec<&'static str>, merges: Vec<(&'static str, &'static str)>) -> impl Strategy<Value = Said> {
    prop_oneof![
        prop::sample::select(charts).prop_map(|chart| tells(chart, None)),
        prop::sample::select(merges).prop_map(|(prior, survivor)| Said::merges(0, prior, survivor)),
    ]
}

/// What is said, and the same in another order.
fn in_two_orders(any: impl Strategy<Value = Said>) -> impl Strategy<Value = (Vec<Said>, Vec<Said>)> {
    prop::collection::vec(any, 1..9).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

/// Each patient is described once, before everything or behind it, so that nobody is left of whom nothing is known.
async fn end_the_same(charts: &[&'static str], (one, other): &(Vec<Said>, Vec<Said>)) {
    let known: Vec<Said> = charts.iter().map(|chart| tells(chart, None)).collect();
    let (first, second) = (Kit::new().await, Kit::new().await);
    say(&first, &numbered(&[one.clone(), known.clone()].concat())).await;
    say(&second, &numbered(&[known, other.clone()].concat())).await;
    assert_eq!(who_is_who(&first).await, who_is_who(&second).await);
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
    #![proptest_config(ProptestConfig { cases: cases(16), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_merges_and_messages_arrive_does_not_change_who_is_who(all in in_two_orders(any_of_a_family())) {
        run(end_the_same(&CHARTS, &all));
    }

    #[test]
    fn nor_does_it_where_another_source_knows_the_one_who_goes_on(all in in_two_orders(any_of_two_sources())) {
        run(end_the_same(&["H1", "H2", "H3", "H4", "P1"], &all));
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
