use access::{Actor, Decision, PersonFacts, Policy, Purpose, Refusal, Request, Seen, decide, decide_identity};
use jiff::Timestamp;
use record::{PersonId, Role, Section};

use crate::{actor, elsewhere, emergency, kingsbrook, oracle, permission, policy, request, seconds};

/// Every combination of facts that a rule speaks of, each at its boundaries.
fn every_fact() -> Vec<PersonFacts> {
    let mut all = Vec::new();
    for bits in 0_u8..8 {
        for permission in every_permission() {
            for refused_at in [None, Some(seconds(-61)), Some(seconds(-60)), Some(seconds(-59)), Some(seconds(1))] {
                for emergency_at in [None, Some(1), Some(0), Some(-3_599), Some(-3_600), Some(-3_601)] {
                    all.push(PersonFacts {
                        opted_out: bits & 1 > 0,
                        restricted: bits & 2 > 0,
                        dissent: bits & 4 > 0,
                        permission: permission.clone(),
                        refused_at,
                        emergency: emergency_at.map(|from_now| emergency(seconds(from_now))),
                        ..crate::open_facts()
                    });
                }
            }
        }
    }
    all
}

/// Of both organisations: in force, not yet, over this instant, and for one more nanosecond.
fn every_permission() -> Vec<Option<access::Permission>> {
    let one_more = Timestamp::new(seconds(0).as_second(), 1).unwrap();
    let mut all = vec![None];
    for organisation in [kingsbrook(), elsewhere()] {
        for (at, until) in [
            (seconds(-60), seconds(60)),
            (seconds(0), seconds(60)),
            (seconds(1), seconds(60)),
            (seconds(-60), seconds(0)),
            (seconds(-60), one_more),
        ] {
            all.push(Some(permission(organisation.clone(), at, until)));
        }
    }
    all
}

fn every_request() -> Vec<(Request, bool)> {
    let other_person = Request { person: PersonId(42), ..request() };
    let research = Request { purpose: Purpose::Other("research".into()), ..request() };
    vec![(request(), true), (request(), false), (other_person, true), (research, true)]
}

fn each_case(mut check: impl FnMut(&Policy, &Actor, &PersonFacts, &Request)) -> usize {
    let policy = policy();
    let (facts, requests) = (every_fact(), every_request());
    for &role in Role::ALL {
        for (request, takes_part) in &requests {
            let actor = Actor { takes_part: *takes_part, ..actor(role) };
            facts.iter().for_each(|facts| check(&policy, &actor, facts, request));
        }
    }
    Role::ALL.len() * facts.len() * requests.len()
}

#[test]
fn the_decision_is_the_oracles_in_every_case() {
    let (mut opened, mut closed) = (0, 0);
    let cases = each_case(|policy, actor, facts, request| {
        let decision = decide(policy, actor, facts, request);
        let wanted = oracle::opening(actor, facts, request);
        let found = decision.as_ref().map(|d| d.basis().code()).map_err(|refusal| refusal.code());
        assert_eq!(found, wanted, "{actor:?} {facts:?} {request:?}");
        let Ok(decision) = decision else {
            closed += 1;
            return;
        };
        opened += 1;
        let role = actor.staff.role;
        for &section in Section::ALL {
            assert_eq!(decision.seen(section).code(), oracle::seen(role, section), "{role:?} {section:?} {facts:?}");
        }
        assert_eq!(decision.sees_sensitive(), oracle::cell("may", role, "sensitive") == "yes");
        assert_names_its_question(&decision, actor, facts, request);
    });
    assert_eq!(opened + closed, cases);
    assert!(opened > 1_000 && closed > 100_000, "{opened} opened, {closed} closed: both must be tried");
}

fn assert_names_its_question(decision: &Decision, actor: &Actor, facts: &PersonFacts, request: &Request) {
    assert_eq!((decision.person(), decision.request(), decision.at()), (request.person, request.id, request.at));
    assert_eq!((decision.staff(), decision.facts_version()), (&actor.staff, facts.version));
    let mut sections = [decision.sections_shown(), decision.sections_not_for_role()].concat();
    sections.sort_unstable();
    assert_eq!(sections, Section::ALL, "each section is either shown or said to be not for the role");
}

#[test]
fn who_a_person_is_needs_no_permission_and_every_other_guard() {
    each_case(|policy, actor, facts, request| {
        let mut asked = facts.clone();
        asked.permission = Some(permission(kingsbrook(), seconds(0), seconds(60)));
        asked.refused_at = None;
        let identity = decide_identity(policy, actor, facts, request);
        let role = actor.staff.role;
        if oracle::cell("may", role, "open") == "yes" {
            let wanted = oracle::opening(actor, &asked, request).map(|_| ());
            assert_eq!(identity.as_ref().map(|_| ()).map_err(|refusal| refusal.code()), wanted);
        }
        if let Ok(identity) = identity {
            assert_eq!(identity.seen().code(), oracle::seen(role, Section::Identity));
            assert_eq!(identity.may_ask_permission(), oracle::cell("may", role, "open") == "yes");
            assert_eq!(identity.may_use_emergency(), oracle::cell("may", role, "emergency") == "yes");
            assert_eq!((identity.person(), identity.request()), (request.person, request.id));
        }
    });
}

/// What is granted: nothing, or so much of each section.
fn granted(decision: &Result<Decision, Refusal>) -> Vec<Seen> {
    match decision {
        Ok(decision) => {
            let sensitive = if decision.sees_sensitive() { Seen::Show } else { Seen::No };
            Section::ALL.iter().map(|section| decision.seen(*section)).chain([sensitive]).collect()
        }
        Err(_) => vec![Seen::No; Section::ALL.len() + 1],
    }
}

fn is_no_more(less: &[Seen], more: &[Seen]) -> bool {
    less.iter().zip(more).all(|(less, more)| less <= more)
}

#[test]
fn closing_a_record_or_taking_permission_away_never_grants() {
    let changes: [fn(&mut PersonFacts); 6] = [
        |facts| facts.opted_out = true,
        |facts| facts.restricted = true,
        |facts| facts.dissent = true,
        |facts| facts.permission = None,
        |facts| facts.emergency = None,
        |facts| facts.refused_at = Some(seconds(0)),
    ];
    each_case(|policy, actor, facts, request| {
        let before = granted(&decide(policy, actor, facts, request));
        for change in changes {
            let mut changed = facts.clone();
            change(&mut changed);
            let after = granted(&decide(policy, actor, &changed, request));
            assert!(is_no_more(&after, &before), "{facts:?} then {changed:?}");
        }
    });
}

#[test]
fn an_organisation_that_leaves_never_gains() {
    each_case(|policy, actor, facts, request| {
        let left = Actor { takes_part: false, ..actor.clone() };
        assert!(decide(policy, &left, facts, request).is_err());
    });
}

#[test]
fn an_emergency_shows_no_more_than_permission_would() {
    let policy = policy();
    for &role in Role::ALL {
        let permitted = decide(&policy, &actor(role), &crate::permitted_facts(), &request());
        let facts = PersonFacts { emergency: Some(emergency(seconds(0))), ..crate::open_facts() };
        let emergency = decide(&policy, &actor(role), &facts, &request());
        assert!(is_no_more(&granted(&emergency), &granted(&permitted)), "{role:?}");
    }
}

#[test]
fn a_lower_role_never_sees_more() {
    let order = [
        (Role::SocialWorker, Role::Gp),
        (Role::Clerk, Role::SocialWorker),
        (Role::PrivacyOfficer, Role::Clerk),
        (Role::Operator, Role::PrivacyOfficer),
        (Role::Therapist, Role::Doctor),
        (Role::Paramedic, Role::Doctor),
        (Role::Nurse, Role::Doctor),
        (Role::CommunityNurse, Role::Nurse),
        (Role::Pharmacist, Role::Doctor),
    ];
    let policy = policy();
    for (lower, higher) in order {
        for section in Section::ALL {
            assert!(policy.seen(lower, *section) <= policy.seen(higher, *section), "{lower:?} {section:?}");
        }
        assert!(policy.sees_sensitive(lower) <= policy.sees_sensitive(higher), "{lower:?}");
    }
    each_case(|policy, actor, facts, request| {
        for (lower, higher) in order.iter().filter(|(lower, _)| *lower == actor.staff.role) {
            let less = granted(&decide(policy, actor, facts, request));
            let more = granted(&decide(
                policy,
                &crate::Actor { takes_part: actor.takes_part, ..crate::actor(*higher) },
                facts,
                request,
            ));
            if policy.may_open_record(*higher) {
                assert!(is_no_more(&less, &more), "{lower:?} sees more than {higher:?}");
            }
        }
    });
}
