//! Links, unlinks, what is told apart, merges and messages in any order: what is left when all is undone, and
//! what a rebuild comes to.

use proptest::prelude::*;
use store::{JoinVerb, LinkAsk};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

const CHARTS: [&str; 4] = ["H1", "H2", "H3", "P1"];

fn cases(on_sqlite: u32) -> u32 {
    if on_postgres() { 4 } else { on_sqlite }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// What happens.
#[derive(Clone, Debug)]
enum Does {
    Said(Said),
    /// Decides about one of those that wait, whichever this is.
    Same(usize),
    Apart(usize),
    /// Takes one of the charts of a doubt out, decided or not.
    Unlink(usize, &'static str),
}

fn any(with_merges: bool) -> impl Strategy<Value = Does> {
    let chart = || prop::sample::select(CHARTS.to_vec());
    let verb = prop::sample::select(vec![JoinVerb::Merge, JoinVerb::Link, JoinVerb::Unlink]);
    let of_hospital = || prop::sample::select(vec!["H1", "H2", "H3"]);
    let tells = (chart(), 0u8..4).prop_map(|(chart, wording)| Does::Said(told_of(chart, wording)));
    let asks = (verb, of_hospital(), of_hospital())
        .prop_map(|(verb, prior, survivor)| Does::Said(Said::asks(0, verb, prior, survivor)));
    prop_oneof![
        4 => tells,
        if with_merges { 2 } else { 0 } => asks,
        3 => (0usize..8).prop_map(Does::Same),
        1 => (0usize..8).prop_map(Does::Apart),
        2 => (0usize..8, chart()).prop_map(|(which, chart)| Does::Unlink(which, chart)),
    ]
}

/// Four who carry one number under four names, each the same whenever it is told.
fn told_of(chart: &'static str, wording: u8) -> Said {
    let who = match chart {
        "H1" => "grace",
        "H2" => "joan",
        "H3" => "grace-unnumbered",
        _ => "joan-elsewhere",
    };
    let said = Said::tells(0, chart, who, Some(wording));
    if chart == "P1" { said.of(PRACTICE) } else { said }
}

async fn items(kit: &Kit) -> Vec<u64> {
    let ids = kit.texts("SELECT id FROM work_item WHERE other_person IS NOT NULL ORDER BY id").await;
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

async fn has(kit: &Kit, key: &str) -> bool {
    kit.count(&format!("SELECT count(*) FROM chart WHERE key = '{key}'")).await > 0
}

/// Does all of it, and gives what was said.
async fn happens(kit: &Kit, all: &[Does]) -> Vec<Said> {
    let mut said = Vec::new();
    for (number, does) in all.iter().enumerate() {
        let (which, verb) = match does {
            Does::Said(one) => {
                let one = Said { number, hour: u8::try_from(number % 20 + 1).unwrap(), ..one.clone() };
                say(kit, std::slice::from_ref(&one)).await;
                said.push(one);
                continue;
            }
            Does::Same(which) => (which, SAME),
            Does::Apart(which) => (which, LinkAsk::NotTheSame),
            Does::Unlink(which, key) if has(kit, key).await => {
                (which, LinkAsk::Unlink { chart: chart(kit, key).await })
            }
            Does::Unlink(..) => continue,
        };
        let items = items(kit).await;
        if let Some(item) = items.get(which % items.len().max(1)) {
            ask(kit, *item, verb).await;
            carry_out(kit).await;
        }
    }
    said
}

/// Takes back whatever was linked by hand, the last first.
async fn undo(kit: &Kit) {
    loop {
        let last = kit.home.look("SELECT c.key, h.step FROM hand_link h JOIN chart c ON c.id = h.chart AND c.person = h.person ORDER BY h.step DESC, c.key LIMIT 1").await;
        let Some(row) = last.first() else { return };
        let item = kit.count(&format!("SELECT item FROM identity_act WHERE id = {}", row[1])).await;
        let outcome = unlink(kit, item.cast_unsigned(), &row[0]).await;
        assert!(outcome.ends_with("taken out of the record."), "{outcome}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(16), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_decided_the_record_is_built_anew_the_same(all in prop::collection::vec(any(true), 1..14)) {
        run(async {
            let kit = Kit::new().await;
            happens(&kit, &all).await;
            must_be_built_anew_the_same(&kit.store).await;
        });
    }

    #[test]
    fn any_links_and_messages_then_undone_leave_in_each_record_what_the_messages_alone_leave(
        all in prop::collection::vec(any(false).prop_filter("unlinking is the undoing", |does| !matches!(does, Does::Unlink(..))), 1..14)
    ) {
        run(async {
            let (decided, alone) = (Kit::new().await, Kit::new().await);
            let said = happens(&decided, &all).await;
            undo(&decided).await;
            say(&alone, &said).await;
            assert_eq!(who_is_who(&decided).await, who_is_who(&alone).await);
            for chart in CHARTS {
                if has(&alone, chart).await {
                    assert_eq!(record_of(&decided, chart).await, record_of(&alone, chart).await, "{chart}");
                }
            }
            assert_eq!(decided.count("SELECT count(*) FROM entry_covered WHERE until IS NULL").await, 0);
            must_be_built_anew_the_same(&decided.store).await;
        });
    }

    #[test]
    fn whoever_was_told_apart_is_never_asked_about_again_by_messages_that_tell_the_same(
        before in prop::collection::vec(any(false), 1..8),
        after in prop::collection::vec((prop::sample::select(CHARTS.to_vec()), 0u8..4), 1..8)
    ) {
        run(async {
            let kit = Kit::new().await;
            happens(&kit, &before).await;
            for chart in CHARTS {
                say(&kit, &[Said { number: 100, ..told_of(chart, 0) }]).await;
            }
            for doubt in waiting(&kit).await {
                ask(&kit, doubt.item.id, LinkAsk::NotTheSame).await;
                carry_out(&kit).await;
            }
            let people = who_is_who(&kit).await;
            for (number, (chart, wording)) in after.iter().enumerate() {
                say(&kit, &[Said { number: 200 + number, ..told_of(chart, *wording) }]).await;
            }
            assert!(waiting(&kit).await.is_empty());
            assert_eq!(who_is_who(&kit).await, people);
        });
    }
}
