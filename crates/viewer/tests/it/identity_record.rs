//! An identity analyst looks up a record that nobody doubts, takes a chart out of it, and links it again.

use intake::Payload;
use record::Role;

use crate::browser::{Browser, Page, between};
use crate::identity::{LIST, confirm, decide, first, two_under_one_number};
use crate::people::{Chart, GRACE, GRACE_CHART, arrive, bundle};
use crate::world::World;

const LOOK: &str = "/administration/identity/record";
const REASON: &str = "the ward called: two patients";

/// Types a number and a reason into the form of the list.
async fn look(browser: &mut Browser<'_>, number: &str, reason: &str) -> Page {
    let token = browser.get(LIST).await.token(LOOK);
    browser.post(LOOK, &[("form", &token), ("nhs_number", number), ("reason", reason)]).await
}

/// The address under which the record of a page is decided about.
fn base(page: &Page) -> String {
    format!("{LIST}/{}", between(&page.body, "action=\"/administration/identity/", "/preview\""))
}

/// The number of the chart that this source tells.
fn chart_of<'a>(page: &'a Page, source: &str) -> &'a str {
    let from_it = page.body.split(&format!(". {source} <small")).nth(1).unwrap();
    between(from_it, "name=\"chart\" value=\"", "\"")
}

/// What taking this chart out would do.
async fn out(browser: &mut Browser<'_>, page: &Page, chart: &str, reason: &str) -> Page {
    let to = format!("{}/preview", base(page));
    browser.post(&to, &[("form", &page.token(&to)), ("chart", chart), ("reason", reason)]).await
}

/// Grace's hospital chart is taken out of her record. The address of her record.
async fn taken_out(world: &World, browser: &mut Browser<'_>) -> String {
    let page = look(browser, GRACE, REASON).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let shown = out(browser, &page, chart_of(&page, "Thameside Hospital"), "two passports").await;
    assert_eq!(confirm(browser, &base(&page), &shown).await.status, 303);
    world.carry_out().await;
    base(&page)
}

#[tokio::test]
async fn a_record_that_nobody_doubts_is_looked_up_for_a_reason_and_shows_its_charts_and_nothing_clinical() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let page = look(&mut browser, "999 000 0018", REASON).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for said in ["The charts of one record", "OKAFOR, Grace", "Riverside Surgery", "Thameside Hospital", "04-Mar-1951"]
    {
        page.sees(said);
    }
    page.sees("Same NHS number");
    assert_eq!(page.body.matches("Take this chart out").count(), 2);
    for clinical in ["penicillin", "apixaban", "Potassium", "Care plan", "ask the source", "leave it as it is"] {
        page.does_not_see(clinical);
    }
    let mut officer = world.signed_in(Role::PrivacyOfficer).await;
    let token = officer.get("/who-looked").await.token("/who-looked");
    let log = officer.post("/who-looked", &[("form", &token), ("nhs_number", GRACE)]).await;
    log.sees(REASON);
}

#[tokio::test]
async fn a_chart_that_a_rule_linked_is_taken_out_after_what_moves_was_shown_and_the_page_says_what_came_of_it() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let page = look(&mut browser, GRACE, REASON).await;
    let shown = out(&mut browser, &page, chart_of(&page, "Thameside Hospital"), "two passports").await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    for said in ["Take this chart out of the record?", "items will move", "Thameside Hospital", "Confirm: take it out"]
    {
        shown.sees(said);
    }
    for clinical in ["Potassium", "Cardiology", "penicillin"] {
        shown.does_not_see(clinical);
    }
    let done = confirm(&mut browser, &base(&page), &shown).await;
    assert_eq!((done.status, done.location()), (303, base(&page).as_str()));
    browser.get(&base(&page)).await.sees("The chart is being taken out.");
    world.carry_out().await;
    let settled = browser.get(&base(&page)).await;
    settled.sees("1 chart and 4 entries were taken out of the record");
    settled.sees("two passports");
    assert!(settled.links().contains(&format!("{}/who-saw", base(&page))));
    browser.get(LIST).await.sees("Took a chart out");
}

#[tokio::test]
async fn what_was_taken_out_by_mistake_is_compared_and_linked_again() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let record = taken_out(&world, &mut browser).await;
    let page = browser.get(&record).await;
    page.sees("It was told apart from another record: compare and link again");
    let again = page.links().into_iter().find(|href| leads_elsewhere(href, &record)).unwrap();
    let pair = browser.get(&again).await;
    pair.sees("Two records that were told apart");
    pair.does_not_see("Not the same person");
    decide(&mut browser, &again, "same", "the papers were mixed up").await;
    world.carry_out().await;
    let page = look(&mut browser, GRACE, REASON).await;
    assert_eq!(page.body.matches("Take this chart out").count(), 2);
    page.does_not_see("told apart");
}

/// To another pair or record than this one.
fn leads_elsewhere(href: &str, base: &str) -> bool {
    href.starts_with(&format!("{LIST}/")) && !href.starts_with(base)
}

#[tokio::test]
async fn where_several_records_carry_the_number_it_is_asked_which_is_meant() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    taken_out(&world, &mut browser).await;
    let which = look(&mut browser, GRACE, REASON).await;
    assert_eq!(which.status, 200, "{}", which.body);
    which.sees("Which record do you mean?");
    which.sees("2 records carry this NHS number");
    assert_eq!(
        which.body.matches("OKAFOR, Grace</h2>").count() + which.body.matches("OKAFOR, Grace <small").count(),
        2
    );
    let chosen = between(&which.body, "name=\"record\" value=\"", "\"").to_owned();
    let token = which.token(LOOK);
    let fields = [("form", token.as_str()), ("nhs_number", GRACE), ("reason", REASON), ("record", &chosen)];
    let page = browser.post(LOOK, &fields).await;
    page.sees("The charts of this record <small>1</small>");
}

#[tokio::test]
async fn two_who_were_told_apart_on_the_list_are_linked_from_their_page_when_it_was_a_mistake() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    decide(&mut browser, &doubt, "apart", "two passports").await;
    world.carry_out().await;
    let settled = browser.get(&doubt).await;
    settled.sees("Was that a mistake? Compare the two and link them again");
    let again = settled.links().into_iter().find(|href| leads_elsewhere(href, &doubt)).unwrap();
    decide(&mut browser, &again, "same", "the papers were mixed up").await;
    browser.get(&again).await.sees("Pat Identity analyst said that they are one person");
    browser.get(LIST).await.sees("Waits for a second reviewer");
    decide(&mut world.signed_in(Role::Operator).await, &again, "same", "seen the papers").await;
    world.carry_out().await;
    assert_eq!(look(&mut browser, GRACE, REASON).await.body.matches("Take this chart out").count(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_number_or_reason_stands_at_its_field_and_nobody_is_shown() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let long = "x".repeat(access::REASON_CHARACTERS_MAX + 1);
    for (number, reason, said) in [
        ("", REASON, "Enter an NHS number of 10 digits"),
        ("999 000 0019", REASON, "Check the NHS number"),
        ("999 000 0026", REASON, "No record carries this number"),
        (GRACE, " ", "Write down the reason"),
        (GRACE, &long, "Write the reason in at most 500 characters"),
    ] {
        let page = look(&mut browser, number, reason).await;
        assert_eq!(page.status, 422, "{number} {said}");
        page.sees(said);
        page.does_not_see("OKAFOR");
    }
    let page = look(&mut browser, GRACE, &"x".repeat(access::REASON_CHARACTERS_MAX)).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

#[tokio::test]
async fn nobody_goes_through_records_by_changing_an_address() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let page = look(&mut browser, GRACE, REASON).await;
    let by_address = browser.get(&base(&page)).await;
    assert_eq!(by_address.status, 404);
    by_address.does_not_see("OKAFOR");
    let foreign = browser.post(LOOK, &[("nhs_number", GRACE), ("reason", REASON)]).await;
    assert_eq!(foreign.status, 403);
    foreign.does_not_see("OKAFOR");
}

#[tokio::test]
async fn what_a_source_tells_meanwhile_stops_the_decision_and_the_charts_are_shown_again() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let page = look(&mut browser, GRACE, REASON).await;
    let shown = out(&mut browser, &page, chart_of(&page, "Thameside Hospital"), "two passports").await;
    let renamed = Chart { given: "Grace Adaeze", ..GRACE_CHART };
    world.deliver("gp", Payload::FhirJson, bundle(&renamed, vec![])).await;
    let stopped = confirm(&mut browser, &base(&page), &shown).await;
    assert_eq!(stopped.status, 422);
    stopped.sees("has changed since you looked");
    assert_eq!(stopped.body.matches("Take this chart out").count(), 2);
    stopped.sees("OKAFOR, Grace Adaeze");
}

#[tokio::test]
async fn a_chart_is_not_taken_out_without_a_reason_and_the_record_is_shown_again() {
    let world = World::new().await;
    arrive(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let page = look(&mut browser, GRACE, REASON).await;
    let silent = out(&mut browser, &page, chart_of(&page, "Thameside Hospital"), " ").await;
    assert_eq!(silent.status, 422);
    silent.sees("Write down the reason");
    silent.sees("The charts of one record");
}

#[tokio::test]
async fn a_record_of_somebody_who_has_opted_out_is_not_shown() {
    let world = World::new().await;
    arrive(&world).await;
    world.desk.set_opt_out(world.person(GRACE).await, true).await.unwrap();
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let page = look(&mut browser, GRACE, REASON).await;
    assert_eq!(page.status, 403);
    page.does_not_see("OKAFOR");
}
