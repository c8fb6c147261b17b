//! Who saw a record while it held two people, once it was parted: as a page, and as files.

use axum::http::header;
use record::Role;

use crate::browser::{Browser, Page, between};
use crate::identity::{LIST, confirm, decide, first, preview, two_under_one_number};
use crate::people::{Chart, GRACE, bundle, problem};
use crate::world::World;

const REASON: &str = "both have asked";

/// Grace and Faith were one, a doctor saw it, something came later, and a chart was taken out. The doubt's address.
async fn seen_and_parted(world: &World, browser: &mut Browser<'_>) -> String {
    two_under_one_number(world).await;
    let doubt = first(browser).await;
    decide(browser, &doubt, "same", "the ward knows her").await;
    decide(&mut world.signed_in(Role::Operator).await, &doubt, "same", "the practice too").await;
    world.carry_out().await;
    world.hands.forward_minutes(1);
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    assert_eq!(doctor.get(&base).await.status, 200);
    world.hands.forward_minutes(1);
    let later = Chart { number: GRACE, family: "Mensah", given: "Faith", born: "1999-01-30" };
    world.deliver("hospital", intake::Payload::FhirJson, bundle(&later, vec![problem("asthma")])).await;
    part(world, browser, &doubt).await;
    doubt
}

async fn part(world: &World, browser: &mut Browser<'_>, doubt: &str) {
    let one = browser.get(doubt).await;
    one.does_not_see("/who-saw");
    let chart = between(&one.body, "name=\"chart\" value=\"", "\"").to_owned();
    let shown = preview(browser, doubt, &[("chart", &chart), ("reason", "two passports")]).await;
    assert_eq!(confirm(browser, doubt, &shown).await.status, 303);
    world.carry_out().await;
}

/// Gives a reason as a browser would.
async fn report(browser: &mut Browser<'_>, doubt: &str, reason: &str) -> Page {
    let to = format!("{doubt}/who-saw");
    let token = browser.get(&to).await.token(&to);
    browser.post(&to, &[("form", &token), ("reason", reason)]).await
}

async fn file(browser: &mut Browser<'_>, doubt: &str, report: &Page, of: &str) -> Page {
    let to = format!("{doubt}/who-saw/file");
    let reason = between(&report.body, "name=\"reason\" value=\"", "\"").to_owned();
    browser.post(&to, &[("form", &report.token(&to)), ("reason", &reason), ("of", of)]).await
}

#[tokio::test]
async fn once_a_record_was_parted_its_page_leads_to_who_saw_it_and_what_stood_there_then() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = seen_and_parted(&world, &mut browser).await;
    let to = format!("{doubt}/who-saw");
    assert!(browser.get(&doubt).await.links().contains(&to));
    let told = report(&mut browser, &doubt, REASON).await;
    assert_eq!(told.status, 200, "{}", told.body);
    for said in [
        "1 member of staff of 1 organisation saw the record while it held two people",
        "Pat Doctor</b>, doctor",
        "Thameside Hospital",
        "allergies and reactions 1",
        "at most 2 items",
        "Riverside Surgery",
    ] {
        told.sees(said);
    }
    for hidden in ["penicillin", "Latex", "asthma", "problems 1", "OKAFOR", "MENSAH", GRACE, "999 000 0018"] {
        told.does_not_see(hidden);
    }
}

#[tokio::test]
async fn both_files_are_attachments_and_say_nothing_of_what_stood_there() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = seen_and_parted(&world, &mut browser).await;
    let told = report(&mut browser, &doubt, REASON).await;
    for (of, name, begins, lines) in
        [("looks", "who-saw-looks.csv", "at,organisation,", 3), ("items", "who-saw-items.csv", "organisation,", 2)]
    {
        let file = file(&mut browser, &doubt, &told, of).await;
        assert_eq!(file.status, 200, "{}", file.body);
        assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        assert_eq!(file.headers[header::CONTENT_DISPOSITION], format!("attachment; filename=\"{name}\""));
        assert_eq!(file.headers[header::CACHE_CONTROL], "no-store");
        assert!(file.body.starts_with(begins), "{}", file.body);
        assert_eq!(file.body.lines().skip(1).filter(|line| line.contains("ZZ1TH")).count(), lines, "{}", file.body);
        for hidden in ["penicillin", "Latex", "OKAFOR", "MENSAH", GRACE] {
            file.does_not_see(hidden);
        }
    }
}

#[tokio::test]
async fn the_report_and_each_file_stand_in_the_log_with_their_reason() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = seen_and_parted(&world, &mut browser).await;
    let told = report(&mut browser, &doubt, REASON).await;
    file(&mut browser, &doubt, &told, "looks").await;
    file(&mut browser, &doubt, &told, "items").await;
    let mut officer = world.signed_in(Role::PrivacyOfficer).await;
    let token = officer.get("/who-looked").await.token("/who-looked");
    let log = officer.post("/who-looked", &[("form", &token), ("nhs_number", GRACE)]).await;
    // Grace and Faith both carry the number, and each has a row for each of the three.
    assert_eq!(log.body.matches(REASON).count(), 6, "{}", log.body);
}

#[tokio::test]
async fn without_a_reason_nothing_is_told_and_what_was_typed_stays() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = seen_and_parted(&world, &mut browser).await;
    let silent = report(&mut browser, &doubt, " ").await;
    assert_eq!(silent.status, 422);
    silent.sees("Write down the reason");
    let long = "x".repeat(access::REASON_CHARACTERS_MAX + 1);
    let too_long = report(&mut browser, &doubt, &long).await;
    assert_eq!(too_long.status, 422);
    assert!(too_long.body.contains(&format!("value=\"{long}\"")));
    for page in [silent, too_long] {
        page.does_not_see("Pat Doctor");
    }
    let told = report(&mut browser, &doubt, REASON).await;
    let to = format!("{doubt}/who-saw/file");
    let unreasoned = browser.post(&to, &[("form", &told.token(&to)), ("of", "looks")]).await;
    assert_eq!(unreasoned.status, 403);
    unreasoned.does_not_see("Pat Doctor");
}

#[tokio::test]
async fn a_form_is_good_for_its_own_doubt_and_for_nobody_elses_session() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = seen_and_parted(&world, &mut browser).await;
    let to = format!("{doubt}/who-saw");
    let token = browser.get(&to).await.token(&to);
    let mut other = world.signed_in(Role::Operator).await;
    for (browser, to, token) in [
        (&mut other, to.clone(), token.as_str()),
        (&mut browser, format!("{LIST}/4711/who-saw"), &token),
        (&mut world.signed_in(Role::IdentityAnalyst).await, format!("{to}/file"), ""),
    ] {
        let refused = browser.post(&to, &[("form", token), ("reason", REASON)]).await;
        assert_eq!(refused.status, 403, "{to}");
        refused.sees("This form can no longer be used");
    }
}

#[tokio::test]
async fn where_nothing_was_parted_there_is_no_report() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    browser.get(&doubt).await.does_not_see("/who-saw");
    assert_eq!(report(&mut browser, &doubt, REASON).await.status, 404);
    assert_eq!(report(&mut browser, &format!("{LIST}/4711"), REASON).await.status, 404);
}

#[tokio::test]
async fn an_address_that_is_no_doubts_is_not_found_and_its_form_is_nobodys() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    for number in ["x", "-1", "99999999999999999999"] {
        let to = format!("{LIST}/{number}/who-saw");
        assert_eq!(browser.get(&to).await.status, 404, "{number}");
        assert_eq!(browser.post(&to, &[("form", ""), ("reason", REASON)]).await.status, 403, "{number}");
    }
}
