//! What people do with Connect Care, in sentences that a clinician can check.
//!
//! Each journey needs Debian's Chromium. Without it a journey prints `skipped: …` and passes, unless
//! `CONNECT_CARE_REQUIRE_BROWSER=1` says that there must be one (`cargo xtask test` does when it has found it).

mod administrator;
mod closed_records;
mod doctor;
mod driver;
mod emergency;
mod gallery;
mod identity_analyst;
mod less_is_shown;
mod without_script;

use crate::browser::Page;
use crate::demo::Demo;

/// Story people, by NHS number (`simulator` has their stories).
const GRACE: &str = "999 000 0018";
const TUNDE: &str = "999 000 0034";
const OPTED_OUT: &str = "999 000 0085";

/// Signs in at the demo's own provider as one of its personas.
fn sign_in(page: &mut Page, demo: &Demo, persona: &str) {
    page.goto(&demo.url);
    page.click_text("Sign in");
    page.waits_to_see("Who would you like to be?");
    page.click_text(persona);
    page.waits_to_see("Sign out");
}

/// Looks for a person by NHS number: the one who has it is shown at once, to be confirmed by eye.
fn find(page: &mut Page, demo: &Demo, nhs_number: &str) {
    page.goto(&format!("{}/find", demo.url));
    page.fill("NHS number", nhs_number);
    page.click_text("Find");
    page.waits_to_see("Back to search");
    assert!(!page.url().contains(&nhs_number.replace(' ', "")), "no NHS number in an address");
}

/// Finds a person, records that they said yes, and sees the summary.
fn open_with_permission(page: &mut Page, demo: &Demo, nhs_number: &str) {
    find(page, demo, nhs_number);
    page.sees("agreed to you looking at");
    let words = ["Yes, she said yes", "Yes, he said yes", "Yes, they said yes"];
    let text = page.text();
    let yes = words.iter().find(|words| text.contains(**words)).expect("the page offers a yes");
    page.choose(yes);
    page.click_text("Continue");
    page.waits_to_see("All sources");
}
