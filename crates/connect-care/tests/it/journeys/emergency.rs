use super::{TUNDE, find, sign_in};
use crate::browser::Browser;
use crate::demo::Demo;

#[test]
fn emergency_access_is_documented_and_the_privacy_officer_sees_it() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    find(&mut page, &demo, TUNDE);
    page.choose("I cannot ask him");
    page.click_text("Continue");
    page.sees("Open without permission?");

    // Too few words are not enough, and what was typed stays.
    page.choose("Unconscious or too unwell");
    page.fill("What is happening?", "GCS 8");
    page.click_text("Open for 1 hour");
    page.sees("at least 10 characters");
    page.fill("What is happening?", "GCS 8, found collapsed, no next of kin");
    page.click_text("Open for 1 hour");
    page.waits_to_see("All sources");
    page.sees("EMERGENCY ACCESS until");
    page.sees("eanut");
    page.is_accessible();
    page.click_text("Sign out");

    let mut officer = browser.page();
    sign_in(&mut officer, &demo, "Ruth Lockwood");
    officer.goto(&format!("{}/who-looked", demo.url));
    officer.sees("Dr Amara Mensah");
    officer.sees("GCS 8, found collapsed, no next of kin");
    officer.does_not_see("eanut");
    officer.is_accessible();
}
