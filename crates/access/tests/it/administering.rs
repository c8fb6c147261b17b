//! Who looks after quarantine, and of whose messages nothing is shown.

use access::{PersonFacts, Refusal, RequestId, What, decide_quarantine, decide_quarantine_act, decide_quarantine_text};
use record::{OdsCode, Role};

use crate::{actor, elsewhere, kingsbrook, now, open_facts, policy};

const ID: RequestId = RequestId::from_bytes([7; 16]);

fn text(role: Role, of: &OdsCode, concerns: &[PersonFacts], reason: Option<&str>) -> Result<Vec<u64>, Refusal> {
    let decided = decide_quarantine_text(&policy(), &actor(role), ID, of, concerns, reason);
    decided.map(|decision| decision.concerns().iter().map(|(person, _)| person.0).collect())
}

#[test]
fn an_administrator_looks_after_their_own_organisation_and_an_operator_after_all() {
    for &role in Role::ALL {
        for (of, own) in [(kingsbrook(), true), (elsewhere(), false)] {
            let wanted = match role {
                Role::Operator => Ok(of.clone()),
                Role::Administrator if own => Ok(of.clone()),
                _ => Err(Refusal::RoleMayNot(What::Administer)),
            };
            let decided = decide_quarantine(&policy(), &actor(role), ID, now(), &of);
            assert_eq!(decided.map(|decision| decision.organisation().clone()), wanted, "{role:?} {of}");
            assert_eq!(text(role, &of, &[], None).map(drop), wanted.map(drop), "{role:?} {of}");
        }
    }
}

#[test]
fn whoever_no_longer_takes_part_looks_after_nothing() {
    let mut left = actor(Role::Administrator);
    left.takes_part = false;
    let decided = decide_quarantine(&policy(), &left, ID, now(), &kingsbrook());
    assert_eq!(decided.map(drop), Err(Refusal::OrganisationNotTakingPart));
}

#[test]
fn one_person_whose_record_is_closed_closes_the_message_and_how_it_is_built() {
    let role = Role::Administrator;
    let closed = [
        (PersonFacts { opted_out: true, ..open_facts() }, Refusal::OptedOut),
        (PersonFacts { restricted: true, ..open_facts() }, Refusal::Restricted),
        (PersonFacts { dissent: true, ..open_facts() }, Refusal::Dissent),
    ];
    for (facts, refusal) in closed {
        for reason in [None, Some("a fault")] {
            assert_eq!(text(role, &kingsbrook(), &[open_facts(), facts.clone()], reason), Err(refusal));
        }
    }
    assert_eq!(text(role, &kingsbrook(), &[open_facts()], Some("a fault")), Ok(vec![open_facts().person.0]));
}

#[test]
fn settling_and_opening_need_a_written_reason_of_at_most_500_characters() {
    let act = |reason: &str| {
        let decided = decide_quarantine_act(&policy(), &actor(Role::Administrator), ID, now(), &kingsbrook(), reason);
        decided.map(|decision| decision.reason().map(str::to_owned))
    };
    assert_eq!(act("  "), Err(Refusal::ReasonNeeded));
    assert_eq!(act(&"x".repeat(501)), Err(Refusal::ReasonTooLong));
    assert_eq!(act(" mended "), Ok(Some("mended".to_owned())));
    let role = Role::Administrator;
    assert_eq!(text(role, &kingsbrook(), &[], Some("")), Err(Refusal::ReasonNeeded));
    assert!(text(role, &kingsbrook(), &[], None).is_ok(), "how it is built needs none");
}
