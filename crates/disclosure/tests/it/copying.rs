//! One message byte for byte, and a lawful copy.

use record::{Content, Demographics, MessageId, PersonId, Role};

use crate::made_up::{entry, one_of_each, person};
use crate::world::{HOSPITAL, World, caller, code, doctor};

fn operator() -> disclosure::Caller {
    caller(Role::Operator, HOSPITAL)
}

async fn grace() -> (World, PersonId, MessageId) {
    let world = World::new().await;
    let (grace, message) =
        world.tell("riverside", "1", Some(person("plain", "9990000018")), one_of_each("plain")).await;
    (world, grace, message)
}

#[tokio::test]
async fn a_message_comes_byte_for_byte_and_is_logged_for_whom_it_concerns() {
    let (world, grace, message) = grace().await;
    let bytes = world.disclosure.message(&operator(), message, "a fault at the sender").await.unwrap();
    assert_eq!(**bytes, *b"message 0 of riverside");
    for about in [Some(grace), None] {
        let rows = world.logged(about).await;
        assert_eq!(world.log_words(about).await, ["message-shown"]);
        assert_eq!(rows[0].reason.as_deref(), Some("a fault at the sender"));
        assert_eq!(rows[0].page.as_deref(), Some("message 1"));
    }
}

#[tokio::test]
async fn a_message_is_refused_without_a_reason_to_other_roles_and_for_whoever_is_closed() {
    let (world, grace, message) = grace().await;
    let door = &world.disclosure;
    assert_eq!(code(&door.message(&operator(), message, " ").await.unwrap_err()), "reason-needed");
    assert_eq!(code(&door.message(&operator(), message, &"x".repeat(501)).await.unwrap_err()), "reason-too-long");
    assert_eq!(code(&door.message(&doctor(), message, "a fault").await.unwrap_err()), "role-may-not-show-message");
    world.desk.set_opt_out(grace, true).await.unwrap();
    assert_eq!(code(&door.message(&operator(), message, "a fault").await.unwrap_err()), "opted-out");
    assert_eq!(
        world.log_words(Some(grace)).await,
        ["refused reason-needed", "refused reason-too-long", "refused role-may-not-show-message", "refused opted-out"]
    );
}

#[tokio::test]
async fn one_closed_person_closes_a_message_about_two_and_both_find_it_in_their_log() {
    let world = World::new().await;
    let (one, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), vec![]).await;
    let (two, _) = world.tell("riverside", "2", Some(person("other", "9990000026")), vec![]).await;
    let message = about_two(&world).await;
    assert_eq!(world.people.in_message(message).await.unwrap(), [one, two]);
    world.desk.set_opt_out(two, true).await.unwrap();
    let closed = world.disclosure.message(&operator(), message, "a fault").await.unwrap_err();
    assert_eq!(code(&closed), "opted-out");
    world.desk.set_opt_out(two, false).await.unwrap();
    world.disclosure.message(&operator(), message, "a fault").await.unwrap();
    for person in [one, two] {
        assert_eq!(world.log_words(Some(person)).await, ["refused opted-out", "message-shown"]);
    }
}

#[tokio::test]
async fn an_opt_out_while_a_message_about_two_is_being_logged_closes_it_and_nobodys_log_says_that_it_was_shown() {
    let world = World::new().await;
    let (one, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), vec![]).await;
    let (two, _) = world.tell("riverside", "2", Some(person("other", "9990000026")), vec![]).await;
    let message = about_two(&world).await;
    let desk = world.desk.clone();
    world.before_next_row(async move { desk.set_opt_out(two, true).await.unwrap() });
    let closed = world.disclosure.message(&operator(), message, "a fault").await.unwrap_err();
    assert_eq!(code(&closed), "opted-out");
    for person in [one, two] {
        assert_eq!(world.log_words(Some(person)).await, ["refused opted-out"]);
    }
    assert_eq!(world.log_words(None).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_message_whose_people_never_stand_still_is_given_up_after_five_new_beginnings() {
    let world = World::new().await;
    let (one, message) = world.tell("riverside", "1", Some(person("plain", "9990000018")), vec![]).await;
    // Each choice is taken back at once: the facts move, and the message may be
    // shown. Six attempts of two rows each.
    for _ in 0..6 * 2 {
        let desk = world.desk.clone();
        world.before_next_row(async move {
            desk.set_opt_out(one, true).await.unwrap();
            desk.set_opt_out(one, false).await.unwrap();
        });
    }
    let closed = world.disclosure.message(&operator(), message, "a fault").await.unwrap_err();
    assert_eq!(code(&closed), "cannot show safely");
    assert_eq!(world.log_words(Some(one)).await, Vec::<String>::new());
    world.disclosure.message(&operator(), message, "a fault").await.unwrap();
    assert_eq!(world.log_words(Some(one)).await, ["message-shown"]);
}

/// One message of two units, each about one of two known patients.
async fn about_two(world: &World) -> MessageId {
    use crate::world::change;
    use store::{Application, Arrival, IdentityRules, Placement, Received, UnitWork, Work};
    let (source, one) = change("riverside", "1", None, vec![entry("alert", "plain")]);
    let (_, two) = change("riverside", "2", None, vec![entry("alert", "other")]);
    let (bytes, at) = (b"about two".to_vec(), world.now());
    let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: at, bytes };
    let Received::New(message) = world.inbox.receive(arrival).await.unwrap() else { panic!("told twice") };
    let unit = |change| UnitWork { kind: "made-up".into(), span: 0..9, work: Work::Apply(vec![change]) };
    let units = vec![unit(one), unit(two)];
    let found_by = crate::world::found_by;
    let rules = IdentityRules {
        place: |_, _| Placement::NewPerson,
        contradiction: |_, _, _| None,
        cannot_merge: |_, _| None,
        found_by,
        score: store::ScoreRules::NONE,
    };
    let application = Application { message, source, stated_at: None, at, units };
    world.inbox.apply(application, std::sync::Arc::new(rules)).await.unwrap();
    message
}

#[tokio::test]
async fn a_message_that_does_not_exist_is_said_and_the_try_is_logged() {
    let (world, _, _) = grace().await;
    let closed = world.disclosure.message(&operator(), MessageId(99), "a fault").await.unwrap_err();
    assert_eq!(closed.to_string(), "There is no such message.");
    assert_eq!(world.log_words(None).await, ["message-shown"]);
}

#[tokio::test]
async fn a_copy_holds_everything_and_the_bytes_that_it_came_from() {
    let (world, grace, _) = grace().await;
    world.tell("kingsbrook", "K1", Some(person("plain", "9990000018")), vec![entry("letter", "hospital")]).await;
    let copy = world.disclosure.copy(&operator(), grace, "asked by the person").await.unwrap();
    let kinds: std::collections::BTreeSet<&str> = copy.entries.iter().map(|entry| entry.content.kind()).collect();
    assert_eq!(kinds.len(), Content::KINDS.len());
    assert_eq!(copy.entries.len(), copy.source_texts.len());
    let letters: Vec<_> = copy
        .entries
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Letter(letter) => letter.text.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(letters, ["plain.letter.text", "hospital.letter.text"]);
    assert!(
        copy.source_texts
            .iter()
            .take(Content::KINDS.len())
            .all(|text| text.as_deref() == Some(b"message 0 of riverside"))
    );
    assert_eq!(copy.who.told.len(), 2);

    let rows = world.logged(Some(grace)).await;
    assert_eq!(world.log_words(Some(grace)).await, ["person-exported"]);
    assert_eq!(rows[0].reason.as_deref(), Some("asked by the person"));
}

#[tokio::test]
async fn an_opt_out_does_not_take_the_copy_away_and_a_reason_is_wanted() {
    let (world, grace, _) = grace().await;
    world.desk.set_opt_out(grace, true).await.unwrap();
    assert!(world.disclosure.copy(&operator(), grace, "asked by the person").await.is_ok());
    assert_eq!(code(&world.disclosure.copy(&operator(), grace, "").await.unwrap_err()), "reason-needed");
}

#[tokio::test]
async fn a_copy_does_not_tell_where_somebody_restricted_lives() {
    let (world, grace, _) = grace().await;
    let told = Demographics { restricted: true, ..person("plain", "9990000018") };
    world.tell("kingsbrook", "K1", Some(told), vec![]).await;
    let copy = world.disclosure.copy(&operator(), grace, "asked by the person").await.unwrap();
    let fields = crate::made_up::fields_in(&format!("{:?}", copy.who), "plain");
    for secret in ["identity.address", "identity.postcode", "identity.telephone", "identity.practice"] {
        assert!(!fields.contains(secret), "{secret}");
    }
}
