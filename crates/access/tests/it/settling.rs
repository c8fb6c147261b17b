//! Who decides whose records are one person's.

use access::{PersonFacts, Refusal, RequestId, What, decide_exposure, decide_pair, decide_pair_act, decide_work_list};
use record::{PersonId, Role};

use crate::{actor, now, open_facts, policy};

const ID: RequestId = RequestId::from_bytes([7; 16]);

#[test]
fn the_identity_analyst_and_the_operator_see_doubts_and_nobody_else() {
    for &role in Role::ALL {
        let wanted = match role {
            Role::IdentityAnalyst | Role::Operator => Ok(()),
            _ => Err(Refusal::RoleMayNot(What::DecideLinks)),
        };
        assert_eq!(decide_work_list(&policy(), &actor(role), ID, now()).map(drop), wanted, "{role:?}");
        let decided = decide_pair(&policy(), &actor(role), ID, now(), &[open_facts()]);
        assert_eq!(decided.map(drop), wanted, "{role:?}");
        let decided = decide_exposure(&policy(), &actor(role), ID, now(), &[PersonId(7)], "asked by them");
        assert_eq!(decided.map(drop), wanted, "{role:?}");
    }
}

#[test]
fn whoever_no_longer_takes_part_decides_nothing() {
    let mut left = actor(Role::IdentityAnalyst);
    left.takes_part = false;
    let decided = decide_work_list(&policy(), &left, ID, now());
    assert_eq!(decided.map(drop), Err(Refusal::OrganisationNotTakingPart));
}

#[test]
fn one_who_has_opted_out_or_dissented_closes_the_pair_and_a_restriction_masks() {
    let analyst = actor(Role::IdentityAnalyst);
    for (closed, refusal) in [
        (PersonFacts { opted_out: true, ..open_facts() }, Refusal::OptedOut),
        (PersonFacts { dissent: true, ..open_facts() }, Refusal::Dissent),
    ] {
        let decided = decide_pair(&policy(), &analyst, ID, now(), &[open_facts(), closed]);
        assert_eq!(decided.map(drop), Err(refusal));
    }
    let hidden = PersonFacts { person: PersonId(99), restricted: true, ..open_facts() };
    let decided = decide_pair(&policy(), &analyst, ID, now(), &[open_facts(), hidden]).unwrap();
    assert!(decided.masks(PersonId(99)) && !decided.masks(open_facts().person));
    assert!(decided.reason().is_none());
}

#[test]
fn whatever_is_decided_has_a_written_reason() {
    let analyst = actor(Role::IdentityAnalyst);
    for (reason, wanted) in [(" ", Err(Refusal::ReasonNeeded)), (" one ", Ok(Some("one".to_owned())))] {
        let decided = decide_pair_act(&policy(), &analyst, ID, now(), &[open_facts()], reason);
        assert_eq!(decided.map(|decision| decision.reason().map(str::to_owned)), wanted);
        let reported = decide_exposure(&policy(), &analyst, ID, now(), &[PersonId(7)], reason);
        assert_eq!(reported.map(|decision| Some(decision.reason().to_owned())), wanted);
    }
}
