//! Each guard, end to end, as staff meet it.

use access::{EmergencyReason, EmergencyText, PermissionGiven};
use disclosure::DECIDER_CHARACTERS_MAX;
use jiff::SignedDuration;
use record::{Demographics, PersonId, Role};

use crate::made_up::{one_of_each, person};
use crate::world::{COMMUNITY, HOSPITAL, LEFT, OTHER_SESSION, SESSION, World, caller, code, doctor};

async fn grace() -> (World, PersonId) {
    let world = World::new().await;
    let (grace, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), one_of_each("plain")).await;
    (world, grace)
}

#[tokio::test]
async fn a_record_stays_closed_until_somebody_was_asked_and_the_try_is_logged() {
    let (world, grace) = grace().await;
    assert_eq!(world.refusal(&doctor(), grace).await, "permission-needed");
    assert_eq!(world.log_words(Some(grace)).await, ["refused permission-needed"]);
}

#[tokio::test]
async fn a_yes_opens_the_record_and_both_are_logged_in_this_order() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    assert_eq!(world.refusal(&doctor(), grace).await, "open");
    let rows = world.logged(Some(grace)).await;
    assert_eq!(world.log_words(Some(grace)).await, ["permission-recorded", "record-opened"]);
    assert_eq!(rows[1].basis.as_deref(), Some("permission"));
    assert_eq!(rows[1].page.as_deref(), Some("summary"));
    assert_eq!(rows[1].sections.len(), record::Section::ALL.len());
    assert!(rows[1].facts_version.is_some() && rows[1].record_version.is_some() && rows[1].policy_digest.is_some());
}

#[tokio::test]
async fn somebody_who_can_decide_says_yes_and_is_kept_in_one_bounded_line() {
    let (world, grace) = grace().await;
    let given = |name: &str| PermissionGiven::Decider { name: name.into(), relationship: "daughter\u{0}\r\n".into() };
    let unnamed = world.disclosure.record_yes(&doctor(), grace, given("\u{7} ")).await.unwrap_err();
    assert_eq!(code(&unnamed), "reason-needed");
    world.disclosure.record_yes(&doctor(), grace, given(&format!("Ngozi\n{}", "o".repeat(200)))).await.unwrap();
    let who = world.disclosure.who(&doctor(), grace).await.unwrap();
    let Some(PermissionGiven::Decider { name, relationship }) = who.permission.clone().map(|p| p.given) else {
        panic!("a decider said yes")
    };
    assert!(name.starts_with("Ngozi ooo") && name.chars().count() == DECIDER_CHARACTERS_MAX, "{name}");
    assert_eq!(relationship, "daughter");
    let opened = world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    assert_eq!(opened.basis.code(), "permission-by-decider");
}

#[tokio::test]
async fn a_no_closes_the_record_until_a_later_yes() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    world.pass(SignedDuration::from_mins(1));
    world.disclosure.record_no(&doctor(), grace).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "person-refused");
    let who = world.disclosure.who(&doctor(), grace).await.unwrap();
    assert_eq!(who.permission, None, "the page does not offer an answer that was taken back");
    world.pass(SignedDuration::from_mins(1));
    world.ask(&doctor(), grace).await;
    assert_eq!(world.refusal(&doctor(), grace).await, "open");
}

#[tokio::test]
async fn a_yes_to_one_organisation_is_none_to_another() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    let nurse = caller(Role::CommunityNurse, COMMUNITY);
    assert_eq!(world.refusal(&nurse, grace).await, "permission-needed");
    assert_eq!(world.disclosure.who(&nurse, grace).await.unwrap().permission, None);
    assert_eq!(world.refusal(&caller(Role::Nurse, HOSPITAL), grace).await, "open", "the same team may");
}

#[tokio::test]
async fn a_yes_is_over_at_its_last_second() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    world.pass(SignedDuration::from_hours(24 * 181) - SignedDuration::from_secs(1));
    assert_eq!(world.refusal(&doctor(), grace).await, "open");
    world.pass(SignedDuration::from_secs(1));
    assert_eq!(world.refusal(&doctor(), grace).await, "permission-needed");
}

#[tokio::test]
async fn an_emergency_opens_one_record_for_one_hour() {
    let (world, grace) = grace().await;
    let (other, _) = world.tell("riverside", "2", Some(person("other", "9990000026")), vec![]).await;
    world.emergency(&doctor(), grace).await.unwrap();
    world.pass(SignedDuration::from_mins(59));
    let opened = world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    assert_eq!(opened.basis.code(), "emergency");
    assert_eq!(world.refusal(&doctor(), other).await, "permission-needed");
    world.pass(SignedDuration::from_mins(1));
    assert_eq!(world.refusal(&doctor(), grace).await, "permission-needed");

    let rows = world.logged(Some(grace)).await;
    let reason = rows[0].reason.as_deref();
    assert_eq!(reason, Some("Unconscious or too unwell: GCS 8, found collapsed"));
}

#[tokio::test]
async fn an_emergency_is_one_staff_members_in_one_session() {
    let (world, grace) = grace().await;
    world.emergency(&doctor(), grace).await.unwrap();
    let mut elsewhere = doctor();
    elsewhere.session = Some(OTHER_SESSION);
    assert_eq!(world.refusal(&elsewhere, grace).await, "permission-needed");
    elsewhere.session = None;
    assert_eq!(world.refusal(&elsewhere, grace).await, "permission-needed");
    assert_eq!(world.refusal(&caller(Role::Nurse, HOSPITAL), grace).await, "permission-needed");
}

#[tokio::test]
async fn an_emergency_ends_with_sign_out() {
    let (world, grace) = grace().await;
    world.emergency(&doctor(), grace).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "open");
    world.desk.end_session(SESSION, world.now()).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "permission-needed");
}

#[tokio::test]
async fn commands_and_clerks_have_no_emergencies() {
    let (world, grace) = grace().await;
    let mut command = doctor();
    command.session = None;
    for without in [command, caller(Role::Clerk, HOSPITAL)] {
        let closed = world.emergency(&without, grace).await.unwrap_err();
        assert_eq!(code(&closed), "role-may-not-open-record");
        assert_eq!(world.refusal(&without, grace).await, "permission-needed");
    }
}

#[tokio::test]
async fn who_has_opted_out_stays_closed_to_staff_whatever_was_said_before() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    world.emergency(&doctor(), grace).await.unwrap();
    world.desk.set_opt_out(grace, true).await.unwrap();
    everything_refuses(&world, grace, "opted-out").await;
    world.desk.set_opt_out(grace, false).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "open", "they changed their mind");
}

#[tokio::test]
async fn dissent_recorded_by_the_practice_closes_the_record() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    world.desk.set_dissent(grace, true).await.unwrap();
    everything_refuses(&world, grace, "dissent").await;
}

#[tokio::test]
async fn a_restricted_address_closes_the_record_with_the_next_message() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    let told = Demographics { restricted: true, ..person("plain", "9990000018") };
    world.tell("kingsbrook", "K1", Some(told), vec![]).await;
    everything_refuses(&world, grace, "restricted").await;
}

async fn everything_refuses(world: &World, grace: PersonId, why: &str) {
    let (doctor, door) = (doctor(), &world.disclosure);
    let before = world.logged(Some(grace)).await.len();
    assert_eq!(world.refusal(&doctor, grace).await, why);
    assert_eq!(code(&door.who(&doctor, grace).await.unwrap_err()), why);
    assert_eq!(code(&door.record_yes(&doctor, grace, PermissionGiven::Person).await.unwrap_err()), why);
    assert_eq!(code(&door.record_no(&doctor, grace).await.unwrap_err()), why);
    assert_eq!(code(&world.emergency(&doctor, grace).await.unwrap_err()), why);
    let words = world.log_words(Some(grace)).await;
    let refused = format!("refused {why}");
    assert_eq!(words[before..], vec![refused; 5], "each try is in the person's log");
}

#[tokio::test]
async fn an_organisation_that_does_not_take_part_is_refused_everywhere() {
    let (world, grace) = grace().await;
    let (door, left) = (&world.disclosure, caller(Role::Doctor, LEFT));
    let why = "organisation-not-taking-part";
    assert_eq!(world.refusal(&left, grace).await, why);
    assert_eq!(code(&door.who(&left, grace).await.unwrap_err()), why);
    assert_eq!(code(&door.search(&left, crate::world::by_number("9990000018")).await.unwrap_err()), why);
    assert_eq!(code(&world.emergency(&left, grace).await.unwrap_err()), why);
    let operator = caller(Role::Operator, LEFT);
    assert_eq!(code(&door.copy(&operator, grace, "asked").await.unwrap_err()), why);
    let officer = caller(Role::PrivacyOfficer, LEFT);
    assert_eq!(code(&door.who_looked(&officer, Some(grace), None).await.unwrap_err()), why);
}

#[tokio::test]
async fn a_privacy_officer_sees_accesses_and_no_record() {
    let (world, grace) = grace().await;
    let officer = caller(Role::PrivacyOfficer, HOSPITAL);
    assert_eq!(world.refusal(&officer, grace).await, "role-may-not-open-record");
    let asked = world.disclosure.record_yes(&officer, grace, PermissionGiven::Person).await.unwrap_err();
    assert_eq!(code(&asked), "role-may-not-open-record");
    assert_eq!(code(&world.emergency(&officer, grace).await.unwrap_err()), "role-may-not-open-record");
    assert!(world.disclosure.who_looked(&officer, Some(grace), None).await.is_ok());
}

#[tokio::test]
async fn nobody_is_answered_like_somebody_who_is_restricted() {
    let (world, grace) = grace().await;
    let told = Demographics { restricted: true, ..person("plain", "9990000018") };
    world.tell("kingsbrook", "K1", Some(told), vec![]).await;
    let nobody = PersonId(4711);
    let door = &world.disclosure;
    for role in Role::ALL {
        let caller = caller(*role, HOSPITAL);
        let words = || EmergencyText::parse("GCS 8, found collapsed").unwrap();
        for asked in [grace, nobody] {
            let pair = [
                door.open(&caller, asked, "summary").await.err().map(|closed| closed.to_string()),
                door.who(&caller, asked).await.err().map(|closed| closed.to_string()),
                door.record_yes(&caller, asked, PermissionGiven::Person).await.err().map(|closed| closed.to_string()),
                door.open_emergency(&caller, asked, EmergencyReason::TooUnwell, words())
                    .await
                    .err()
                    .map(|closed| closed.to_string()),
            ];
            let restricted = [
                door.open(&caller, grace, "summary").await.err().map(|closed| closed.to_string()),
                door.who(&caller, grace).await.err().map(|closed| closed.to_string()),
                door.record_yes(&caller, grace, PermissionGiven::Person).await.err().map(|closed| closed.to_string()),
                door.open_emergency(&caller, grace, EmergencyReason::TooUnwell, words())
                    .await
                    .err()
                    .map(|closed| closed.to_string()),
            ];
            assert_eq!(pair, restricted, "{role:?}");
            assert!(pair.iter().all(Option::is_some));
        }
    }
    assert!(world.log_words(None).await.iter().any(|words| words == "refused restricted"), "the try is logged");
    let of_nobody = |row: &audit::Event| row.person == Some(nobody);
    assert!(!world.all_logged().await.iter().any(of_nobody), "nobody has no log that somebody could inherit");
}

#[tokio::test]
async fn whoever_may_not_copy_is_not_told_who_exists() {
    let (world, grace) = grace().await;
    let door = &world.disclosure;
    for asked in [grace, PersonId(4711)] {
        assert_eq!(code(&door.copy(&doctor(), asked, "curious").await.unwrap_err()), "role-may-not-export");
        assert_eq!(code(&door.who_looked(&doctor(), Some(asked), None).await.unwrap_err()), "role-may-not-review-log");
    }
    let operator = caller(Role::Operator, HOSPITAL);
    assert_eq!(code(&door.copy(&operator, PersonId(4711), "asked").await.unwrap_err()), "person");
    assert!(world.log_words(None).await.contains(&"refused not-found".to_owned()));
}

#[tokio::test]
async fn a_choice_not_to_share_is_logged_and_holds_from_the_next_request_until_it_is_taken_back() {
    let (world, grace) = grace().await;
    world.ask(&doctor(), grace).await;
    world.disclosure.record_opt_out(&doctor(), grace, true).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "opted-out");
    world.disclosure.record_opt_out(&doctor(), grace, false).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "open");
    let words = world.log_words(Some(grace)).await;
    let chosen = words.iter().filter(|word| *word == "opt-out-changed").count();
    assert_eq!(chosen, 2, "{words:?}");
}
