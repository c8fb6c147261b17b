//! What the stories of decisions about who is who share.

use std::sync::Arc;

use access::{PairDecision, decide_pair, decide_pair_act, decide_work_list};
use audit::Act;
use record::{ChartId, PersonId, Role, Staff, StaffId};
use store::{
    IdentityAsked, IdentityDoubt, IdentityWork, LinkAsk, LogRow, Moving, Receipt, StoreError, StoredPair, WouldMove,
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
    let mut facts = Vec::new();
    for person in kit.store.people.in_doubt(item).await.unwrap() {
        facts.push(kit.stand(person, staff).await.facts);
    }
    let (policy, actor) = (policy(), actor(staff));
    match reason {
        Some(reason) => decide_pair_act(&policy, &actor, request(), noon(), &facts, reason).unwrap(),
        None => decide_pair(&policy, &actor, request(), noon(), &facts).unwrap(),
    }
}

pub async fn try_pair(kit: &Kit, item: u64) -> Result<StoredPair, StoreError> {
    let decision = decided(kit, &analyst(), item, None).await;
    let receipt = logged(kit, &analyst(), Act::PairSeen, &decision).await;
    kit.store.clinical.identity_pair(&decision, &receipt, item).await
}

pub async fn pair(kit: &Kit, item: u64) -> StoredPair {
    try_pair(kit, item).await.unwrap()
}

pub async fn moves(kit: &Kit, item: u64, what: WouldMove, after: u64) -> Result<Moving, StoreError> {
    let decision = decided(kit, &analyst(), item, None).await;
    let receipt = logged(kit, &analyst(), Act::PairSeen, &decision).await;
    let pair = kit.store.clinical.identity_pair(&decision, &receipt, item).await.unwrap();
    kit.store.clinical.identity_moves(&decision, &receipt, &pair.seen, what, after).await
}

pub async fn ask_as(kit: &Kit, staff: &Staff, item: u64, ask: LinkAsk) -> IdentityAsked {
    let decision = decided(kit, staff, item, Some("compared with the register")).await;
    let receipt = logged(kit, staff, Act::IdentityDecided, &decision).await;
    let pair = kit.store.clinical.identity_pair(&decision, &receipt, item).await.unwrap();
    kit.store.desk.ask_of_identity(&decision, &receipt, &pair.seen, ask).await.unwrap()
}

pub async fn ask(kit: &Kit, item: u64, ask: LinkAsk) -> IdentityAsked {
    ask_as(kit, &analyst(), item, ask).await
}

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
