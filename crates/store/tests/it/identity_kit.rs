//! What the stories of decisions about who is who share.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{PairDecision, decide_pair, decide_pair_act, decide_work_list};
use audit::Act;
use record::{ChartId, PersonId, Role, Staff, StaffId};
use store::{
    Foreseen, Goes, IdentityAsked, IdentityDoubt, IdentityWork, LinkAsk, LogRow, Moving, Receipt, StoreError,
    StoredPair, WouldMove,
};

use crate::kit::*;

pub fn analyst() -> Staff {
    staff(Role::IdentityAnalyst, "ZKB01")
}

pub fn another_analyst() -> Staff {
    Staff { id: StaffId::new("another-analyst").unwrap(), name: "Another Analyst".to_owned(), ..analyst() }
}

pub async fn work(kit: &Kit) -> IdentityWork {
    let decision = decide_work_list(&policy(), &actor(&analyst()), request(), noon()).unwrap();
    let receipt = kit.log(Act::WorkListSeen, &analyst(), None, decision.request()).await;
    kit.store.clinical.identity_work(&decision, &receipt).await.unwrap()
}

pub async fn waiting(kit: &Kit) -> Vec<IdentityDoubt> {
    work(kit).await.waiting
}

/// The number of the only doubt that waits.
pub async fn the_doubt(kit: &Kit) -> u64 {
    let waiting = waiting(kit).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    waiting[0].item.id
}

async fn logged(kit: &Kit, staff: &Staff, act: Act, decision: &PairDecision) -> Receipt {
    let row = |person: Option<PersonId>, rests_on| LogRow {
        request: decision.request(),
        event: event(act, staff, person, decision.request()),
        rests_on,
    };
    let concerns = decision.concerns().iter();
    let mut rows: Vec<LogRow> = concerns.map(|(person, facts)| row(Some(*person), Some(*facts))).collect();
    rows.push(row(None, None));
    kit.store.desk.log_all(rows).await.unwrap().pop().unwrap()
}

async fn decided(kit: &Kit, staff: &Staff, item: u64, reason: Option<&str>) -> PairDecision {
    decided_with(kit, staff, (item, &[]), reason).await
}

/// With others whom it concerns.
async fn decided_with(
    kit: &Kit,
    staff: &Staff,
    (item, beside): (u64, &[PersonId]),
    reason: Option<&str>,
) -> PairDecision {
    let mut people = kit.store.people.in_doubt(item).await.unwrap();
    people.extend(beside.iter().filter(|person| !people.contains(person)).copied().collect::<Vec<_>>());
    let mut facts = Vec::new();
    for person in people {
        facts.push(kit.stand(person, staff).await.facts);
    }
    let (policy, actor) = (policy(), actor(staff));
    match reason {
        Some(reason) => decide_pair_act(&policy, &actor, request(), noon(), &facts, reason).unwrap(),
        None => decide_pair(&policy, &actor, request(), noon(), &facts).unwrap(),
    }
}

/// The people of a doubt as whoever may see others beside them is shown them.
pub async fn pair_with(kit: &Kit, item: u64, beside: &[PersonId]) -> StoredPair {
    let decision = decided_with(kit, &analyst(), (item, beside), None).await;
    let receipt = logged(kit, &analyst(), Act::PairSeen, &decision).await;
    kit.store.clinical.identity_pair(&decision, &receipt, item).await.unwrap()
}

pub async fn try_pair(kit: &Kit, item: u64) -> Result<StoredPair, StoreError> {
    let decision = decided(kit, &analyst(), item, None).await;
    let receipt = logged(kit, &analyst(), Act::PairSeen, &decision).await;
    kit.store.clinical.identity_pair(&decision, &receipt, item).await
}

pub async fn pair(kit: &Kit, item: u64) -> StoredPair {
    try_pair(kit, item).await.unwrap()
}

pub async fn foreseen(kit: &Kit, item: u64, what: WouldMove) -> Foreseen {
    kit.store.people.foresee(item, what, &Arc::new(rules())).await.unwrap()
}

/// What would move, with everything of whoever else it would move something of.
pub async fn moves(kit: &Kit, item: u64, what: WouldMove, after: u64) -> Moving {
    let foreseen = foreseen(kit, item, what).await;
    let decision = decided_with(kit, &analyst(), (item, &foreseen.people()), None).await;
    let receipt = logged(kit, &analyst(), Act::PairSeen, &decision).await;
    kit.store.clinical.identity_moves(&decision, &receipt, &foreseen, after).await.unwrap()
}

/// What would move, as it is told where nobody else may be shown.
pub async fn moves_of_these_alone(kit: &Kit, item: u64, what: WouldMove) -> Moving {
    let foreseen = foreseen(kit, item, what).await;
    let decision = decided(kit, &analyst(), item, None).await;
    let receipt = logged(kit, &analyst(), Act::PairSeen, &decision).await;
    kit.store.clinical.identity_moves(&decision, &receipt, &foreseen, 0).await.unwrap()
}

/// The charts that move, by their keys, each with whether it goes to a record of its own.
pub async fn named(kit: &Kit, moving: &Moving) -> Vec<(String, bool)> {
    let mut named = Vec::new();
    for one in &moving.charts {
        let key = kit.texts(&format!("SELECT key FROM chart WHERE id = {}", one.chart.0)).await.remove(0);
        named.push((key, matches!(one.to, Goes::Alone(_))));
    }
    named.sort();
    named
}

fn would_move(ask: LinkAsk) -> Option<WouldMove> {
    match ask {
        LinkAsk::SamePerson { .. } => Some(WouldMove::Link),
        LinkAsk::Unlink { chart } => Some(WouldMove::Unlink(chart)),
        LinkAsk::TakeBack { decision } => Some(WouldMove::TakeBack(decision)),
        LinkAsk::NotTheSame | LinkAsk::AskTheSource => None,
    }
}

/// Asks for it as a form does that showed what moves: whatever is carried out in these stories is what was shown.
pub async fn ask_as(kit: &Kit, staff: &Staff, item: u64, ask: LinkAsk) -> IdentityAsked {
    let decision = decided(kit, staff, item, Some("compared with the register")).await;
    let receipt = logged(kit, staff, Act::IdentityDecided, &decision).await;
    let mut seen = kit.store.clinical.identity_pair(&decision, &receipt, item).await.unwrap().seen;
    if let Some(what) = would_move(ask) {
        seen = seen.foreseeing(&foreseen(kit, item, what).await);
    }
    kit.store.desk.ask_of_identity(&decision, &receipt, &seen, ask).await.unwrap()
}

pub async fn ask(kit: &Kit, item: u64, ask: LinkAsk) -> IdentityAsked {
    ask_as(kit, &analyst(), item, ask).await
}

pub const MOVES_OTHERWISE: &str = "Nothing was done: other charts would move than were shown. Look again.";
pub const SAME: LinkAsk = LinkAsk::SamePerson { needs_second: false };

/// Carries out whatever was decided; what came of each.
pub async fn carry_out(kit: &Kit) -> Vec<String> {
    let mut outcomes = Vec::new();
    for request in kit.store.inbox.link_requests(0).await.unwrap() {
        let done = kit.store.inbox.carry_out_link(&request, &Arc::new(rules()), after_noon(60)).await.unwrap();
        outcomes.push(done.expect("it was not done before"));
    }
    assert!(kit.store.inbox.link_requests(0).await.unwrap().is_empty());
    outcomes
}

/// Decides and carries it out; what came of it.
pub async fn decide(kit: &Kit, item: u64, what: LinkAsk) -> String {
    let asked = ask(kit, item, what).await;
    assert!(matches!(asked, IdentityAsked::Noted(_)), "{asked:?}");
    carry_out(kit).await.pop().unwrap()
}

/// Decides and carries it out, where that can be; what came of it. Exactly what was shown moves: each chart from whom and to
/// whom, each entry, and nothing else.
pub async fn decide_as_shown(kit: &Kit, item: u64, ask: LinkAsk) -> Option<String> {
    let shown = match would_move(ask) {
        Some(what) => moves(kit, item, what, 0).await,
        None => Moving::default(),
    };
    let (before, entries) = (whose(kit).await, entries_of(kit, &shown).await);
    self::ask(kit, item, ask).await;
    let outcome = carry_out(kit).await.pop();
    let after = whose(kit).await;
    let moved: Vec<u64> = before.keys().filter(|chart| before.get(chart) != after.get(chart)).copied().collect();
    if outcome.as_ref().is_none_or(|outcome| outcome.starts_with("Nothing was done")) {
        assert_eq!(moved, [0; 0], "{outcome:?}");
        assert!(outcome.as_deref() != Some(MOVES_OTHERWISE), "what was shown was not what would be done");
        return outcome;
    }
    assert_eq!(shown.charts.iter().map(|one| one.chart.0).collect::<Vec<_>>(), moved, "{ask:?}: {outcome:?}");
    for one in &shown.charts {
        assert_eq!(before[&one.chart.0], one.from.0, "{one:?}");
        let to = after[&one.chart.0];
        match one.to {
            Goes::To(person) => assert_eq!(to, person.0, "{one:?}"),
            Goes::Alone(_) => {
                let there: Vec<u64> = after.iter().filter(|(_, person)| **person == to).map(|(it, _)| *it).collect();
                let with = shown.charts.iter().filter(|other| other.to == one.to).map(|other| other.chart.0);
                assert_eq!(there, with.collect::<Vec<_>>(), "{one:?}");
            }
        }
    }
    assert_eq!(shown.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), entries);
    outcome
}

/// Whose each chart is.
async fn whose(kit: &Kit) -> BTreeMap<u64, u64> {
    let rows = kit.home.look("SELECT id, person FROM chart").await;
    rows.iter().map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect()
}

async fn entries_of(kit: &Kit, shown: &Moving) -> Vec<u64> {
    let mut ids = Vec::new();
    for one in &shown.charts {
        let of_chart = format!("SELECT id FROM entry WHERE chart = {}", one.chart.0);
        ids.extend(kit.texts(&of_chart).await.iter().map(|id| id.parse::<u64>().unwrap()));
    }
    ids.sort_unstable();
    ids
}

pub async fn chart(kit: &Kit, key: &str) -> ChartId {
    ChartId(kit.count(&format!("SELECT id FROM chart WHERE key = '{key}'")).await.cast_unsigned())
}

pub async fn unlink(kit: &Kit, item: u64, key: &str) -> String {
    let chart = chart(kit, key).await;
    decide(kit, item, LinkAsk::Unlink { chart }).await
}

/// Carries out at this second after noon what was decided.
pub async fn decide_at(kit: &Kit, item: u64, what: LinkAsk, second: i64) {
    ask(kit, item, what).await;
    let request = kit.store.inbox.link_requests(0).await.unwrap().remove(0);
    let rules = Arc::new(rules());
    kit.store.inbox.carry_out_link(&request, &rules, after_noon(second)).await.unwrap().unwrap();
}

/// Decides and carries it out; the number of the decision.
pub async fn decision(kit: &Kit, item: u64, what: LinkAsk) -> u64 {
    let IdentityAsked::Noted(decision) = ask(kit, item, what).await else { panic!("it is not noted") };
    let outcome = carry_out(kit).await.pop().unwrap();
    assert!(!outcome.starts_with("Nothing was done"), "{outcome}");
    decision
}

/// Takes a decision back where it was made; what came of it.
pub async fn take_back(kit: &Kit, decision: u64) -> String {
    let item = kit.count(&format!("SELECT item FROM identity_act WHERE id = {decision}")).await;
    decide(kit, item.cast_unsigned(), LinkAsk::TakeBack { decision }).await
}
