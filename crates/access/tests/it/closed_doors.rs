//! Single rules as sentences, and the decisions that are not about opening a record.

use access::{
    Actor, Basis, PermissionGiven, PersonFacts, Purpose, REASON_CHARACTERS_MAX, Refusal, RequestId, SearchBy, What,
    decide, decide_export, decide_message, decide_review, decide_search,
};
use record::{PersonId, Role};

use crate::{
    PERSON, actor, emergency, kingsbrook, now, open_facts, permission, permitted_facts, policy, request, seconds,
};

const ID: RequestId = RequestId::from_bytes([7; 16]);

fn refusal_for(facts: &PersonFacts) -> Option<Refusal> {
    decide(&policy(), &actor(Role::Doctor), facts, &request()).err()
}

#[test]
fn permission_opens_and_says_who_gave_it() {
    let mut facts = permitted_facts();
    let given = PermissionGiven::Decider { name: "Ada Okafor".into(), relationship: "daughter".into() };
    facts.permission.as_mut().unwrap().given = given.clone();
    let decision = decide(&policy(), &actor(Role::Doctor), &facts, &request()).unwrap();
    assert_eq!(decision.basis(), &Basis::Permission { given, at: seconds(-60), until: seconds(86_400) });
    assert_eq!(decision.basis().code(), "permission-by-decider");
}

#[test]
fn an_emergency_in_force_opens_after_a_no_but_not_after_an_opt_out() {
    let refused = PersonFacts { refused_at: Some(seconds(-10)), ..open_facts() };
    assert_eq!(refusal_for(&refused), Some(Refusal::PersonRefused { at: seconds(-10) }));
    let unwell = PersonFacts { emergency: Some(emergency(seconds(-5))), ..refused };
    assert_eq!(refusal_for(&unwell), None);
    let opted_out = PersonFacts { opted_out: true, ..unwell };
    assert_eq!(refusal_for(&opted_out), Some(Refusal::OptedOut));
}

#[test]
fn a_yes_after_a_no_opens_and_a_no_after_a_yes_closes() {
    let yes_then_no = PersonFacts { refused_at: Some(seconds(-59)), ..permitted_facts() };
    assert_eq!(refusal_for(&yes_then_no), Some(Refusal::PersonRefused { at: seconds(-59) }));
    let no_then_yes = PersonFacts { refused_at: Some(seconds(-61)), ..permitted_facts() };
    assert_eq!(refusal_for(&no_then_yes), None);
}

#[test]
fn a_permission_that_is_over_must_be_asked_for_again() {
    let over = permission(kingsbrook(), seconds(-60), seconds(0));
    let facts = PersonFacts { permission: Some(over), refused_at: Some(seconds(-100)), ..open_facts() };
    assert_eq!(refusal_for(&facts), Some(Refusal::PermissionNeeded), "the older no was overtaken by the yes");
}

#[test]
fn permission_is_told_before_emergency() {
    let facts = PersonFacts { emergency: Some(emergency(seconds(-5))), ..permitted_facts() };
    let decision = decide(&policy(), &actor(Role::Doctor), &facts, &request()).unwrap();
    assert_eq!(decision.basis().code(), "permission");
}

fn search(role: Role, by: SearchBy) -> Result<SearchBy, Refusal> {
    decide_search(&policy(), &actor(role), ID, now(), &Purpose::DirectCare, by).map(|decision| decision.by())
}

#[test]
fn a_privacy_officer_finds_by_nhs_number_only() {
    assert_eq!(search(Role::PrivacyOfficer, SearchBy::NhsNumber), Ok(SearchBy::NhsNumber));
    let refused = Err(Refusal::RoleMayNot(What::SearchByName));
    assert_eq!(search(Role::PrivacyOfficer, SearchBy::Name), refused);
    assert_eq!(search(Role::Clerk, SearchBy::Name), Ok(SearchBy::Name));
}

#[test]
fn a_search_for_another_purpose_or_from_outside_is_refused() {
    let (policy, doctor) = (policy(), actor(Role::Doctor));
    let research = Purpose::Other("research".into());
    let refusal = decide_search(&policy, &doctor, ID, now(), &research, SearchBy::NhsNumber).unwrap_err();
    assert_eq!(refusal, Refusal::NotDirectCare);
    let outside = Actor { takes_part: false, ..doctor };
    let refusal = decide_search(&policy, &outside, ID, now(), &Purpose::DirectCare, SearchBy::Name).unwrap_err();
    assert_eq!(refusal, Refusal::OrganisationNotTakingPart);
}

#[test]
fn only_the_privacy_officer_sees_who_has_looked_and_only_at_their_own_organisation() {
    let policy = policy();
    for &role in Role::ALL {
        let decision = decide_review(&policy, &actor(role), ID, now(), Some(PERSON));
        if role == Role::PrivacyOfficer {
            let decision = decision.unwrap();
            assert_eq!((decision.organisation(), decision.about()), (Some(&kingsbrook()), Some(PERSON)));
            assert_eq!((decision.request(), decision.at()), (ID, now()));
        } else {
            assert_eq!(decision.unwrap_err(), Refusal::RoleMayNot(What::ReviewLog), "{role:?}");
        }
    }
}

#[test]
fn an_officer_for_the_whole_region_sees_every_organisation() {
    let region = include_str!("../../../../policy/roles.toml").replace("\"own\" ", "\"all\" ");
    let policy = access::Policy::parse(&region).unwrap();
    let decision = decide_review(&policy, &actor(Role::PrivacyOfficer), ID, now(), None).unwrap();
    assert_eq!((decision.organisation(), decision.about()), (None, None));
}

fn message(role: Role, concerns: &[PersonFacts], reason: &str) -> Result<String, Refusal> {
    let decision = decide_message(&policy(), &actor(role), ID, now(), concerns, reason)?;
    let people: Vec<_> = decision.concerns().iter().map(|(person, _)| *person).collect();
    assert_eq!(people, concerns.iter().map(|facts| facts.person).collect::<Vec<_>>());
    Ok(decision.reason().to_owned())
}

#[test]
fn an_operator_sees_a_message_for_a_written_reason() {
    assert_eq!(
        message(Role::Operator, &[open_facts()], " sender asked, case 12 ").as_deref(),
        Ok("sender asked, case 12")
    );
    assert_eq!(
        message(Role::Operator, &[], "nobody could be told from it").as_deref(),
        Ok("nobody could be told from it")
    );
    assert_eq!(message(Role::Operator, &[open_facts()], " \n"), Err(Refusal::ReasonNeeded));
    assert_eq!(message(Role::Doctor, &[open_facts()], "curious"), Err(Refusal::RoleMayNot(What::ShowMessage)));
}

#[test]
fn one_closed_person_closes_the_message() {
    let other = PersonFacts { person: PersonId(42), ..open_facts() };
    for (closed, refusal) in [
        (PersonFacts { opted_out: true, ..open_facts() }, Refusal::OptedOut),
        (PersonFacts { restricted: true, ..open_facts() }, Refusal::Restricted),
        (PersonFacts { dissent: true, ..open_facts() }, Refusal::Dissent),
    ] {
        assert_eq!(message(Role::Operator, &[other.clone(), closed], "case 12"), Err(refusal));
    }
}

#[test]
fn a_lawful_copy_needs_an_operator_and_a_reason() {
    let export =
        |role, reason: &str| decide_export(&policy(), &actor(role), ID, now(), PERSON, reason).map(|d| d.person());
    assert_eq!(export(Role::Operator, "the person asked for it"), Ok(PERSON));
    assert_eq!(export(Role::Operator, ""), Err(Refusal::ReasonNeeded));
    assert_eq!(export(Role::Operator, &"é".repeat(REASON_CHARACTERS_MAX)), Ok(PERSON));
    assert_eq!(export(Role::Operator, &"é".repeat(REASON_CHARACTERS_MAX + 1)), Err(Refusal::ReasonTooLong));
    for &role in Role::ALL.iter().filter(|role| **role != Role::Operator) {
        assert_eq!(export(role, "the person asked for it"), Err(Refusal::RoleMayNot(What::Export)), "{role:?}");
    }
}
