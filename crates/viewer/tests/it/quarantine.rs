//! An administrator settles what waits in their organisation's quarantine.

use intake::Payload;
use record::Role;

use crate::browser::{Browser, Page};
use crate::people::{GRACE, GRACE_CHART, allergy, arrive, bundle};
use crate::world::World;

const LIST: &str = "/administration/quarantine";

/// A bundle about Grace that breaks off, and the same whole.
fn torn_and_whole() -> (String, String) {
    let whole = String::from_utf8(bundle(&GRACE_CHART, vec![allergy("Latex")])).unwrap();
    (whole.strip_suffix('}').unwrap().to_owned(), whole)
}

/// The address of the row that was last added.
async fn held(world: &World, source: &str) -> String {
    world.deliver_broken(source, Payload::FhirJson, torn_and_whole().0.into_bytes()).await;
    format!("{LIST}/{}", world.last_in_quarantine().await)
}

async fn send(browser: &mut Browser<'_>, row: &str, act: &str, fields: &[(&str, &str)]) -> Page {
    let token = browser.get(row).await.token(&format!("{row}/take"));
    let fields: Vec<(&str, &str)> = std::iter::once(("form", token.as_str())).chain(fields.iter().copied()).collect();
    browser.post(&format!("{row}/{act}"), &fields).await
}

#[tokio::test]
async fn the_list_says_where_and_why_and_an_alarm_goes_silent_once_somebody_takes_it() {
    let world = World::new().await;
    arrive(&world).await;
    let row = held(&world, "hospital").await;
    let mut browser = world.signed_in(Role::Administrator).await;
    let list = browser.get(LIST).await;
    list.sees("1 message is waiting");
    list.does_not_see("nobody has taken");
    world.hands.forward_minutes(14);
    browser.get(LIST).await.does_not_see("nobody has taken");
    world.hands.forward_minutes(1);
    let list = browser.get(LIST).await;
    list.sees("1 message has waited 15 minutes or more and nobody has taken it");
    list.sees("Known: their record says that something waits");
    for said in [GRACE, "Okafor", "Latex"] {
        list.does_not_see(said);
        browser.get(&row).await.does_not_see(said);
    }
    let taken = send(&mut browser, &row, "take", &[]).await;
    assert_eq!((taken.status, taken.location()), (303, row.as_str()));
    let list = browser.get(LIST).await;
    list.does_not_see("nobody has taken");
    list.sees("Pat Administrator");
}

#[tokio::test]
async fn a_message_is_opened_for_a_reason_corrected_and_in_the_record() {
    let world = World::new().await;
    arrive(&world).await;
    let row = held(&world, "hospital").await;
    let mut browser = world.signed_in(Role::Administrator).await;
    let refused = send(&mut browser, &row, "open", &[("reason", " ")]).await;
    assert_eq!(refused.status, 422);
    refused.sees("Write down the reason");
    refused.does_not_see("Latex");
    let text = send(&mut browser, &row, "open", &[("reason", "the sender cannot mend it")]).await;
    assert_eq!(text.status, 200);
    text.sees("Latex");
    let (_, whole) = torn_and_whole();
    let wrong = send(&mut browser, &row, "correct", &[("text", &whole), ("reason", "")]).await;
    assert_eq!(wrong.status, 422);
    let sent = send(&mut browser, &row, "correct", &[("text", &whole), ("reason", "a bracket was lost")]).await;
    assert_eq!(sent.status, 303);
    browser.get(&row).await.sees("Its correction is being added.");
    world.carry_out().await;
    let settled = browser.get(&row).await;
    for said in ["Corrected", "a bracket was lost", "Added to the record.", "Pat Administrator"] {
        settled.sees(said);
    }
    let mut doctor = world.signed_in(Role::Doctor).await;
    let record = doctor.open(GRACE).await;
    doctor.get(&record).await.sees("Latex");
}

#[tokio::test]
async fn a_record_says_that_something_waits_until_it_is_dismissed() {
    let world = World::new().await;
    arrive(&world).await;
    let row = held(&world, "hospital").await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let record = doctor.open(GRACE).await;
    doctor.get(&record).await.sees("Thameside Hospital: 1 message waits to be checked");
    let mut browser = world.signed_in(Role::Administrator).await;
    let none = send(&mut browser, &row, "dismiss", &[]).await;
    assert_eq!(none.status, 422);
    none.sees("Write down the reason");
    send(&mut browser, &row, "dismiss", &[("reason", "a test of the supplier")]).await;
    world.carry_out().await;
    browser.get(&row).await.sees("a test of the supplier");
    browser.get(LIST).await.sees("Nothing is waiting");
    doctor.get(&record).await.does_not_see("waits to be checked");
}

#[tokio::test]
async fn a_row_of_another_organisation_is_not_found() {
    let world = World::new().await;
    let row = held(&world, "gp").await;
    let mut browser = world.signed_in(Role::Administrator).await;
    browser.get(LIST).await.sees("Nothing is waiting");
    let nowhere = browser.get(&format!("{LIST}/4711")).await;
    let theirs = browser.get(&row).await;
    assert_eq!((nowhere.status, theirs.status), (404, 404));
    theirs.sees("Page not found");
    assert_eq!(browser.get(&format!("{LIST}/x")).await.status, 404);
}

#[tokio::test]
async fn the_text_of_somebody_whose_record_is_closed_is_not_offered() {
    let world = World::new().await;
    arrive(&world).await;
    world.desk.set_opt_out(world.person(GRACE).await, true).await.unwrap();
    let row = held(&world, "hospital").await;
    let mut browser = world.signed_in(Role::Administrator).await;
    let page = browser.get(&row).await;
    page.sees("Somebody in this message has a closed record");
    page.does_not_see("Open the text");
    let opened = send(&mut browser, &row, "open", &[("reason", "all the same")]).await;
    assert_eq!(opened.status, 403);
    opened.does_not_see("Latex");
}

#[tokio::test]
async fn a_form_of_another_row_is_nobodys() {
    let world = World::new().await;
    let row = held(&world, "hospital").await;
    let mut browser = world.signed_in(Role::Administrator).await;
    let token = browser.get(&row).await.token(&format!("{row}/take"));
    let other = browser.post(&format!("{LIST}/4711/dismiss"), &[("form", &token), ("reason", "x")]).await;
    assert_eq!(other.status, 403);
    other.sees("This form can no longer be used");
}
