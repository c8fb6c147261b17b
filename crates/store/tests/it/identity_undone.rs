//! Messages, merges and unlinks by a source, and what identity analysts link, unlink and keep apart, all in one
//! sequence; then everything that was done by hand is undone, in any order. What is left is what the messages alone leave.
//! Before each decision it is shown what would move, and just that moves: each chart, from whom to whom, and each entry.
//!
//! *Undone* means: each chart that was taken out of a record is linked again with what stayed there, the last first, and
//! whatever is linked by hand is taken back, one decision after the other, whichever first. The history of decisions, of
//! links and of doubts stays: it says what happened. Equal are who is who, and of each chart the whole record in which it
//! is: what every chart in it tells, and every entry, to the byte.
//!
//! Whoever is taken out or linked again is told apart or linked by that, and told apart is a decision about what may come
//! (adr/0013). So here what a source asks of two charts that somebody has told apart waits in quarantine, and the messages alone
//! leave it out too; of a patient who was told apart before anything was told of them nothing is told; and no link by hand is
//! taken back in the middle of a sequence while a chart is out of a record that it may have made: there would be no one record
//! any more to link it with again. Where decisions are *taken back* instead, nothing is left out (`identity_taken_back.rs`).

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use record::PersonId;
use store::{JoinVerb, LinkAsk, Named};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

/// What each chart tells, whenever it tells: three of two people under one number, one of them without it, and two of theirs elsewhere.
pub const CHARTS: [(&str, &str, &str); 5] = [
    ("H1", HOSPITAL, "grace"),
    ("H2", HOSPITAL, "joan"),
    ("H3", HOSPITAL, "grace-unnumbered"),
    ("P1", PRACTICE, "joan-elsewhere"),
    ("P2", PRACTICE, "grace"),
];
/// Of the hospital.
pub const HOSPITALS: usize = 3;
/// Whatever was linked is taken back in fewer turns, or never.
const TURNS_MAX: usize = 60;
const LINKED: &str =
    "SELECT DISTINCT c.key FROM hand_link h JOIN chart c ON c.id = h.chart AND c.person = h.person ORDER BY 1";

/// A few sequences, always the same, so that nobody's change fails by chance for what it did not touch; as many as
/// `PROPTEST_CASES` says, each time others, for whoever looks for more.
pub fn sequences() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    let few = if on_postgres() { 6 } else { 24 };
    ProptestConfig { cases: asked.unwrap_or(few), rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

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
}

fn any() -> impl Strategy<Value = Does> {
    let verb = prop::sample::select(vec![JoinVerb::Merge, JoinVerb::Merge, JoinVerb::Link, JoinVerb::Unlink]);
    prop_oneof![
        5 => (0..CHARTS.len(), 0u8..4).prop_map(|(chart, wording)| Does::Tells(chart, wording)),
        3 => (verb, 0..HOSPITALS, 0..HOSPITALS).prop_map(|(verb, prior, survivor)| Does::Asks(verb, prior, survivor)),
        4 => (0usize..8).prop_map(Does::Same),
        1 => (0usize..8).prop_map(Does::Apart),
        2 => (0usize..8, 0..CHARTS.len()).prop_map(|(which, chart)| Does::Unlink(which, chart)),
    ]
}

/// A chart that was taken out of a record in which a rule had put it, by which decision, what left with it and what stayed.
struct TakenOut {
    chart: &'static str,
    decision: i64,
    left: Vec<String>,
    stayed: Vec<String>,
}

/// One store in which all of it happens.
struct Story {
    kit: Kit,
    /// Each with its message, where that waits since somebody has told two apart.
    said: Vec<(Said, Option<i64>)>,
    out: Vec<TakenOut>,
}

impl Story {
    async fn happens(all: &[Does]) -> Self {
        let mut story = Self { kit: Kit::new().await, said: Vec::new(), out: Vec::new() };
        for (number, does) in all.iter().enumerate() {
            match *does {
                Does::Tells(chart, wording) => {
                    let (key, source, who) = CHARTS[chart];
                    if story.was_told_apart_undescribed(key).await {
                        continue;
                    }
                    story.hears(Said::tells(number, key, who, Some(wording)).of(source)).await;
                }
                Does::Asks(verb, prior, survivor) => {
                    let (prior, survivor) = (CHARTS[prior].0, CHARTS[survivor].0);
                    story.hears(Said::asks(number, verb, prior, survivor)).await;
                }
                Does::Same(which) => drop(story.decides(which, SAME).await),
                Does::Apart(which) => drop(story.decides(which, LinkAsk::NotTheSame).await),
                Does::Unlink(which, chart) => story.takes_out(which, CHARTS[chart].0).await,
            }
        }
        story
    }

    async fn hears(&mut self, said: Said) {
        let applied = say(&self.kit, std::slice::from_ref(&said)).await;
        let waits = applied[0].by_kind.get("ADT^A40").is_some_and(|units| units.quarantined > 0);
        let last = self.kit.home.look("SELECT message, reason FROM quarantine ORDER BY message DESC LIMIT 1").await;
        let is_apart = waits && last[0][1].ends_with("somebody has decided that they are two people's");
        self.said.push((said, is_apart.then(|| last[0][0].parse().unwrap())));
    }

    /// What waits still because somebody has told two apart is not among what the messages alone are.
    async fn told_alone(&self) -> Vec<Said> {
        let mut told = Vec::new();
        for (said, message) in &self.said {
            let message = message.unwrap_or_default();
            let waits = format!("SELECT count(*) FROM quarantine WHERE message = {message} AND state = 0");
            if self.kit.count(&waits).await == 0 {
                told.push(said.clone());
            }
        }
        told
    }

    /// Whether the chart, or one with which it is joined, was told apart from another before anything was told of its patient.
    async fn was_told_apart_undescribed(&self, key: &str) -> bool {
        let sql = format!(
            "SELECT count(*) FROM chart c JOIN chart o ON o.person = c.person JOIN kept_apart k ON k.chart = o.id
             WHERE c.key = '{key}' AND c.told IS NULL"
        );
        self.kit.count(&sql).await > 0
    }

    async fn items(&self, of: &str) -> Vec<u64> {
        let ids = self.kit.texts(&format!("SELECT id FROM work_item {of} ORDER BY id")).await;
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    async fn decides(&self, which: usize, what: LinkAsk) -> Option<String> {
        let items = self.items("WHERE other_person IS NOT NULL").await;
        let item = *items.get(which % items.len().max(1))?;
        decide_as_shown(&self.kit, item, what).await
    }

    /// The charts of one person, those with which this one is joined, and the first of these.
    async fn record_of(&self, key: &str) -> (Vec<String>, Vec<String>, String) {
        let all = who_is_who(&self.kit).await.into_iter().find(|charts| charts.iter().any(|one| one == key)).unwrap();
        let joined = self.kit.home.look("SELECT p.key, s.key FROM chart_join j JOIN chart p ON p.id = j.prior JOIN chart s ON s.id = j.survivor WHERE j.state = 0").await;
        let mut together = vec![key.to_owned()];
        for _ in 0..CHARTS.len() {
            for pair in &joined {
                if pair.iter().any(|one| together.contains(one)) {
                    together.extend(pair.iter().filter(|one| !together.contains(one)).cloned().collect::<Vec<_>>());
                }
            }
        }
        let mut by_age = Vec::new();
        for one in &together {
            by_age.push((chart(&self.kit, one).await, one.clone()));
        }
        by_age.sort();
        let goes_on =
            |one: &&(record::ChartId, String)| !joined.iter().any(|pair| pair[0] == one.1 && pair[1] != one.1);
        let first = by_age.iter().find(goes_on).unwrap_or(&by_age[0]).1.clone();
        (all, together, first)
    }

    async fn takes_out(&mut self, which: usize, key: &'static str) {
        let items = self.items("").await;
        let Some(item) = items.get(which % items.len().max(1)).copied() else { return };
        if self.kit.count(&format!("SELECT count(*) FROM chart WHERE key = '{key}'")).await == 0 {
            return;
        }
        let (before, together, first) = self.record_of(key).await;
        let linked = self.kit.texts(LINKED).await;
        // To take out what somebody has linked with all that stays is to take that link back too.
        let all_else = before.iter().all(|one| together.contains(one) || linked.contains(one));
        let is_by_hand = linked.contains(&first) || all_else && before.iter().any(|one| !together.contains(one));
        if is_by_hand && !self.out.is_empty() {
            return;
        }
        let out = LinkAsk::Unlink { chart: chart(&self.kit, key).await };
        let done = decide_as_shown(&self.kit, item, out).await;
        let done = done.is_some_and(|done| !done.starts_with("Nothing was done"));
        let (after, ..) = self.record_of(key).await;
        let stayed: Vec<String> = before.iter().filter(|one| !after.contains(one)).cloned().collect();
        if done && !is_by_hand && !stayed.is_empty() {
            let decision = self.kit.count("SELECT max(id) FROM identity_act").await;
            self.out.push(TakenOut { chart: key, decision, left: after, stayed });
        }
    }

    /// Takes back what hands linked, in an order that `turns` chooses.
    async fn takes_back(&self, turns: &[usize]) {
        for (number, turn) in turns.iter().cycle().enumerate() {
            let left = self.kit.texts(LINKED).await;
            let Some(key) = left.get(turn % left.len().max(1)) else { break };
            assert!(number < TURNS_MAX, "not everything can be taken back: {left:?}");
            let person = self.kit.count(&format!("SELECT person FROM chart WHERE key = '{key}'")).await;
            let first = self.kit.store.people.first_chart(PersonId(person.cast_unsigned())).await.unwrap().unwrap();
            let out = LinkAsk::Unlink { chart: chart(&self.kit, key).await };
            decide_as_shown(&self.kit, Named::Record(first).number(), out).await.unwrap();
        }
        // Whose source has moved every chart on since is in no record of which a chart could be taken out.
        for decision in self.kit.texts("SELECT DISTINCT step FROM hand_link ORDER BY 1").await {
            take_back(&self.kit, decision.parse().unwrap()).await;
        }
    }

    /// Links again what was taken out, the last first, as somebody does who finds that it was a mistake. Whose source has
    /// parted them since are not one with what stayed, one as the other: then the taking out is taken back by itself.
    async fn links_again(&self) {
        for one in self.out.iter().rev() {
            let (together, ..) = self.record_of(one.chart).await;
            if one.left.iter().any(|key| !together.contains(key)) {
                take_back(&self.kit, one.decision.cast_unsigned()).await;
                continue;
            }
            let taken = chart(&self.kit, one.chart).await;
            let mut apart = 0;
            for key in &one.stayed {
                let stayed = chart(&self.kit, key).await;
                let people =
                    format!("SELECT count(DISTINCT person) FROM chart WHERE id IN ({}, {})", taken.0, stayed.0);
                apart += self.kit.count(&people).await - 1;
            }
            if apart > 0 {
                decide_as_shown(&self.kit, Named::ToldApart(taken).number(), SAME).await.unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn whatever_was_linked_unlinked_kept_apart_and_merged_then_undone_leaves_what_the_messages_alone_leave(
        all in prop::collection::vec(any(), 1..18),
        turns in prop::collection::vec(0usize..16, 8)
    ) {
        run(async {
            let (story, alone) = (Story::happens(&all).await, Kit::new().await);
            story.links_again().await;
            must_be_built_anew_the_same(&story.kit.store).await;
            story.takes_back(&turns).await;
            must_be_built_anew_the_same(&story.kit.store).await;
            say(&alone, &story.told_alone().await).await;
            assert_eq!(who_is_who(&story.kit).await, who_is_who(&alone).await);
            for chart in who_is_who(&alone).await.into_iter().flatten() {
                assert_eq!(record_of(&story.kit, &chart).await, record_of(&alone, &chart).await, "{chart}");
            }
        });
    }

    #[test]
    fn whatever_is_decided_moves_just_what_was_shown(
        all in prop::collection::vec(any(), 1..18),
        turns in prop::collection::vec(0usize..16, 8)
    ) {
        run(async {
            let story = Story::happens(&all).await;
            story.takes_back(&turns).await;
        });
    }
}
