//! An identity analyst looks at doubts about who is who, and decides.

use intake::Payload;
use record::Role;

use crate::browser::{Browser, Page, between};
use crate::people::{Chart, GRACE, GRACE_CHART, allergy, arrive, bundle};
use crate::world::World;

pub const LIST: &str = "/administration/identity";

/// Somebody else under Grace's number.
const FAITH_CHART: Chart<'static> = Chart { number: GRACE, family: "Mensah", given: "Faith", born: "1999-01-30" };

/// Grace at her practice, and Faith under her number at the council's neighbour.
pub async fn two_under_one_number(world: &World) {
    world.deliver("gp", Payload::FhirJson, bundle(&GRACE_CHART, vec![allergy("penicillin")])).await;
    world.deliver("hospital", Payload::FhirJson, bundle(&FAITH_CHART, vec![allergy("Latex")])).await;
}

/// The address of the first doubt of the list.
pub async fn first(browser: &mut Browser<'_>) -> String {
    let list = browser.get(LIST).await;
    assert_eq!(list.status, 200, "{}", list.body);
    format!("{LIST}/{}", between(&list.body, "href=\"/administration/identity/", "\""))
}

pub async fn preview(browser: &mut Browser<'_>, doubt: &str, fields: &[(&str, &str)]) -> Page {
    let token = browser.get(doubt).await.token(&format!("{doubt}/preview"));
    let fields: Vec<(&str, &str)> = std::iter::once(("form", token.as_str())).chain(fields.iter().copied()).collect();
    browser.post(&format!("{doubt}/preview"), &fields).await
}

/// Sends the confirmation of a preview as a browser would.
pub async fn confirm(browser: &mut Browser<'_>, doubt: &str, shown: &Page) -> Page {
    let hidden = |name: &str| between(&shown.body, &format!("name=\"{name}\" value=\""), "\"").to_owned();
    let (answer, chart, seen, reason) = (hidden("answer"), hidden("chart"), hidden("seen"), hidden("reason"));
    let token = shown.token(&format!("{doubt}/decide"));
    let fields =
        [("form", token.as_str()), ("answer", &answer), ("chart", &chart), ("seen", &seen), ("reason", &reason)];
    browser.post(&format!("{doubt}/decide"), &fields).await
}

pub async fn decide(browser: &mut Browser<'_>, doubt: &str, answer: &str, reason: &str) -> Page {
    let shown = preview(browser, doubt, &[("answer", answer), ("reason", reason)]).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    confirm(browser, doubt, &shown).await
}

#[tokio::test]
async fn the_list_says_what_each_doubt_is_about_and_names_nobody() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    browser.get(LIST).await.sees("Nothing is waiting");
    two_under_one_number(&world).await;
    let list = browser.get(LIST).await;
    for said in ["1 doubt is waiting", "Two people under one number", "Thameside Hospital", "Nobody yet"] {
        list.sees(said);
    }
    for told in [GRACE, "999 000 0018", "Okafor", "OKAFOR", "Mensah", "MENSAH", "1951", "Latex", "penicillin"] {
        list.does_not_see(told);
    }
}

#[tokio::test]
async fn a_pair_shows_who_tells_what_and_how_it_agrees_and_nothing_clinical() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let page = browser.get(&doubt).await;
    for said in ["OKAFOR, Grace", "MENSAH, Faith", "Riverside Surgery", "Thameside Hospital", "DIFFERS", "Same"] {
        page.sees(said);
    }
    for clinical in ["penicillin", "Latex"] {
        page.does_not_see(clinical);
    }
    assert!(!doubt.contains(GRACE), "{doubt}");
}

#[tokio::test]
async fn nothing_is_decided_without_a_choice_and_a_reason_and_what_was_typed_stays() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let none = preview(&mut browser, &doubt, &[("reason", "both seen on the ward")]).await;
    assert_eq!(none.status, 422);
    none.sees("Choose what is to be done");
    assert!(none.body.contains("value=\"both seen on the ward\""));
    let silent = preview(&mut browser, &doubt, &[("answer", "apart"), ("reason", " ")]).await;
    assert_eq!(silent.status, 422);
    silent.sees("Write down the reason");
    assert!(silent.body.contains("value=\"apart\" checked"));
    let long = "x".repeat(501);
    let long = preview(&mut browser, &doubt, &[("answer", "apart"), ("reason", &long)]).await;
    assert_eq!(long.status, 422);
    browser.get(LIST).await.sees("Nobody yet");
}

#[tokio::test]
async fn where_names_and_birth_dates_differ_a_second_reviewer_has_to_say_the_same() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut analyst = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut analyst).await;
    let shown = preview(&mut analyst, &doubt, &[("answer", "same"), ("reason", "married and moved")]).await;
    shown.sees("A second reviewer has to say the same");
    shown.sees("from record A to record B");
    let done = confirm(&mut analyst, &doubt, &shown).await;
    assert_eq!((done.status, done.location()), (303, doubt.as_str()));
    let page = analyst.get(&doubt).await;
    page.sees("Pat Identity analyst said that they are one person");
    page.sees("married and moved");
    analyst.get(LIST).await.sees("a second reviewer is needed");
    decide(&mut analyst, &doubt, "same", "I am sure").await;
    analyst.get(&doubt).await.sees("Pat Identity analyst said that they are one person");
    let mut second = world.signed_in(Role::Operator).await;
    decide(&mut second, &doubt, "same", "seen the papers").await;
    second.get(&doubt).await.sees("The two are being linked.");
}

#[tokio::test]
async fn whoever_is_not_sure_asks_the_source_and_the_list_says_who_does() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let done = decide(&mut browser, &doubt, "ask", "called records").await;
    assert_eq!(done.status, 303);
    browser.get(LIST).await.sees("Pat Identity analyst asks the source, since 22-Nov-2026 13:41");
    browser.get(&doubt).await.sees("asks the source");
}

#[tokio::test]
async fn a_decision_is_written_down_once_and_others_see_that_it_is_under_way() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let mut late = world.signed_in(Role::Operator).await;
    let late_preview = preview(&mut late, &doubt, &[("answer", "same"), ("reason", "one person")]).await;
    decide(&mut browser, &doubt, "apart", "two passports").await;
    let page = browser.get(&doubt).await;
    page.sees("It is being noted that they are two people.");
    let late = confirm(&mut late, &doubt, &late_preview).await;
    assert_eq!(late.status, 303, "the page of the doubt says who was quicker: {}", late.body);
}

#[tokio::test]
async fn what_a_source_tells_meanwhile_stops_a_decision() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let shown = preview(&mut browser, &doubt, &[("answer", "apart"), ("reason", "two passports")]).await;
    let renamed = Chart { given: "Faith Efua", ..FAITH_CHART };
    world.deliver("hospital", Payload::FhirJson, bundle(&renamed, vec![])).await;
    let stopped = confirm(&mut browser, &doubt, &shown).await;
    assert_eq!(stopped.status, 422);
    stopped.sees("has changed since you looked");
    browser.get(LIST).await.sees("Nobody yet");
}

#[tokio::test]
async fn a_chart_is_taken_out_of_a_record_that_may_hold_two_people() {
    let world = World::new().await;
    arrive(&world).await;
    world.deliver_that_waits("hospital", Payload::FhirJson, bundle(&FAITH_CHART, vec![allergy("Latex")])).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let page = browser.get(&doubt).await;
    page.sees("One record may hold two people");
    assert_eq!(page.body.matches("Take this chart out").count(), 2);
    let chart = between(&page.body, "name=\"chart\" value=\"", "\"").to_owned();
    let shown = preview(&mut browser, &doubt, &[("chart", &chart), ("reason", "the ward says two people")]).await;
    shown.sees("Take this chart out of the record?");
    shown.does_not_see("penicillin");
    let done = confirm(&mut browser, &doubt, &shown).await;
    assert_eq!(done.status, 303);
    browser.get(&doubt).await.sees("The chart is being taken out.");
    let none = preview(&mut browser, &doubt, &[("chart", "4711"), ("reason", "x")]).await;
    assert_eq!(none.status, 422);
}

#[tokio::test]
async fn a_link_that_was_decided_is_undone_on_the_page_where_it_was_decided() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    decide(&mut browser, &doubt, "same", "the ward knows her").await;
    decide(&mut world.signed_in(Role::Operator).await, &doubt, "same", "the practice too").await;
    world.carry_out().await;
    let one = browser.get(&doubt).await;
    one.sees("Both are one person&#39;s record now");
    one.does_not_see("One person: leave it as it is");
    let chart = between(&one.body, "name=\"chart\" value=\"", "\"").to_owned();
    let shown = preview(&mut browser, &doubt, &[("chart", &chart), ("reason", "two passports")]).await;
    shown.sees("1 item will move");
    shown.sees("from this record to a record of its own");
    assert_eq!(confirm(&mut browser, &doubt, &shown).await.status, 303);
    world.carry_out().await;
    let settled = browser.get(&doubt).await;
    settled.sees("1 chart and 1 entry were taken out of the record");
    settled.does_not_see("Your decision");
    let address = format!("{doubt}/preview");
    let form = one.token(&address);
    let again = browser.post(&address, &[("form", &form), ("answer", "same"), ("reason", "x")]).await;
    assert_eq!(again.status, 422, "what is settled is not decided anew, from a page of before either");
}

#[tokio::test]
async fn whatever_was_decided_is_taken_back_beside_where_it_stands_and_the_doubt_waits_again() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    decide(&mut browser, &doubt, "apart", "two passports").await;
    browser.get(&doubt).await.does_not_see("Take this back");
    world.carry_out().await;
    let page = browser.get(&doubt).await;
    let decision = between(&page.body, "name=\"back\" value=\"", "\"").to_owned();
    let silent = preview(&mut browser, &doubt, &[("back", &decision), ("reason", " ")]).await;
    assert_eq!(silent.status, 422);
    assert!(silent.body.contains("id=\"why-back-error\""), "the reason is asked for where it was typed");
    let shown = preview(&mut browser, &doubt, &[("back", &decision), ("reason", "one of them was forged")]).await;
    shown.sees("Take this decision back?");
    shown.sees("Confirm: take it back");
    assert_eq!(confirm(&mut browser, &doubt, &shown).await.status, 303);
    browser.get(&doubt).await.sees("A decision is being taken back.");
    world.carry_out().await;
    let waiting = browser.get(&doubt).await;
    for said in ["It was taken back that they are two people&#39;s", "one of them was forged", "Your decision"] {
        waiting.sees(said);
    }
    waiting.does_not_see("Take this back");
    browser.get(LIST).await.sees("1 doubt is waiting");
    for nobodys in [decision.as_str(), "4711", "x"] {
        let refused = preview(&mut browser, &doubt, &[("back", nobodys), ("reason", "again")]).await;
        assert_eq!(refused.status, 422, "{nobodys}");
    }
}

#[tokio::test]
async fn a_doubt_about_somebody_whose_record_is_closed_is_not_shown() {
    let world = World::new().await;
    arrive(&world).await;
    world.deliver_that_waits("hospital", Payload::FhirJson, bundle(&FAITH_CHART, vec![])).await;
    world.desk.set_opt_out(world.person(GRACE).await, true).await.unwrap();
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let page = browser.get(&doubt).await;
    assert_eq!(page.status, 403);
    for told in ["OKAFOR", "1951", "Harbour"] {
        page.does_not_see(told);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    for number in ["4711", "x", "-1", "99999999999999999999"] {
        let page = browser.get(&format!("{LIST}/{number}")).await;
        assert_eq!(page.status, 404, "{number}");
        page.sees("Page not found");
    }
}

#[tokio::test]
async fn a_confirmation_is_good_for_what_was_shown_and_for_nothing_else() {
    let world = World::new().await;
    two_under_one_number(&world).await;
    let mut browser = world.signed_in(Role::IdentityAnalyst).await;
    let doubt = first(&mut browser).await;
    let shown = preview(&mut browser, &doubt, &[("answer", "apart"), ("reason", "two passports")]).await;
    let seen = between(&shown.body, "name=\"seen\" value=\"", "\"").to_owned();
    let token = shown.token(&format!("{doubt}/decide"));
    let other = [("form", token.as_str()), ("answer", "same"), ("chart", ""), ("seen", &seen), ("reason", "x")];
    let other = browser.post(&format!("{doubt}/decide"), &other).await;
    assert_eq!(other.status, 403);
    other.sees("This form can no longer be used");
    let elsewhere = browser.post(&format!("{LIST}/4711/preview"), &[("form", &token)]).await;
    assert_eq!(elsewhere.status, 403);
    browser.get(LIST).await.sees("Nobody yet");
}

#[tokio::test]
async fn whoever_does_not_decide_is_told_which_role_does() {
    let world = World::new().await;
    let page = world.signed_in(Role::Administrator).await.get(LIST).await;
    assert_eq!(page.status, 403);
    page.sees("such as identity analyst");
}
