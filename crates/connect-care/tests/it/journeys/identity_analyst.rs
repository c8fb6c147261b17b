use super::sign_in;
use crate::browser::Browser;
use crate::demo::Demo;

/// Noor Haddad looks at the first doubt of the region, says that she asks the source, and finds it so on the list.
#[test]
fn an_identity_analyst_compares_and_asks_the_source_with_scripts_off() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    page.set_javascript(false);
    sign_in(&mut page, &demo, "Noor Haddad");
    page.click_text("Who is who");
    page.sees("Nobody yet");
    for hidden in ["999 000", "ÖZTÜRK", "Elif", "Zeynep"] {
        assert!(!page.text().contains(hidden), "{hidden}");
    }
    page.click("tbody tr:nth-child(1) a");
    page.sees("Why it is asked");
    page.fill("Why? What did you look at?", "Called the records team");
    if page.text().contains("The charts of this record") {
        page.click_text("Not sure: ask the source");
    } else {
        page.choose("Not sure: ask the source");
        page.click_text("Continue");
    }
    page.sees("Ask the source?");
    page.sees("Called the records team");
    page.click_text("Confirm: I ask the source");
    page.sees("Noor Haddad asks the source, since");
    page.click_text("Back to who is who");
    page.sees("Noor Haddad asks the source, since");
}

/// Noor Haddad links two records, takes a chart out again, and is told for a reason who saw the record between.
#[test]
fn an_identity_analyst_is_told_who_saw_a_record_that_held_two_people() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    page.set_javascript(false);
    sign_in(&mut page, &demo, "Noor Haddad");
    page.click_text("Who is who");
    let doubts = page.text().matches("Nobody yet").count();
    let linked = (1..=doubts).any(|row| links(&mut page, &demo, row));
    assert!(linked, "a story of the region has two records that may be linked");
    page.fill("Why? What did you look at?", "The ward says two people");
    page.click(".cc-charts li:nth-child(2) button");
    page.sees("Take this chart out of the record?");
    page.click_text("Confirm: take it out");
    reload_until(&mut page, "Who saw the record while it held two people");
    page.click_text("Who saw the record while it held two people");
    page.click_text("Show who saw it");
    page.sees("Write down the reason");
    page.fill("Why do you need it?", "Both have asked");
    page.click_text("Show who saw it");
    page.sees("saw the record while it held two people");
    page.sees("Both have asked");
    assert!(!page.url().contains("asked"), "no reason in an address");
}

/// Noor Haddad takes a chart out of a record that nobody doubts, finds that it was a mistake, and links it again.
#[test]
fn an_identity_analyst_takes_out_a_chart_that_nobody_doubted_and_links_it_again_with_scripts_off() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    page.set_javascript(false);
    sign_in(&mut page, &demo, "Noor Haddad");
    page.click_text("Who is who");
    page.fill("NHS number", "999 000 0018");
    page.fill("Why? What did you look at?", "The ward called");
    page.click_text("Show the charts");
    page.sees("The charts of one record");
    assert!(page.url().ends_with("/administration/identity/record"), "no NHS number in an address: {}", page.url());
    page.fill("Why? What did you look at?", "Two passports");
    page.click(".cc-charts li:nth-child(2) button");
    page.sees("Take this chart out of the record?");
    page.click_text("Confirm: take it out");
    reload_until(&mut page, "taken out of the record.");
    page.click_text("It was told apart from another record: compare and link again");
    page.choose("Same person: link");
    page.fill("Why? What did you look at?", "The papers were mixed up");
    page.click_text("Continue");
    page.click_text("Confirm: link");
    reload_until(&mut page, "Both are one person");
}

/// Links the two records of a line of the list, where one analyst alone may.
fn links(page: &mut crate::browser::Page, demo: &Demo, row: usize) -> bool {
    page.goto(&format!("{}/administration/identity", demo.url));
    page.click(&format!("tbody tr:nth-child({row}) a"));
    if !page.text().contains("Same person: link") {
        return false;
    }
    page.choose("Same person: link");
    page.fill("Why? What did you look at?", "Called the ward");
    page.click_text("Continue");
    if !page.text().contains("Confirm: link") {
        return false;
    }
    page.click_text("Confirm: link");
    reload_until(page, "Take this chart out");
    true
}

/// What was decided is carried out beside the page, which says what came of it once it is asked again.
fn reload_until(page: &mut crate::browser::Page, words: &str) {
    for _ in 0..100 {
        if page.text().contains(words) {
            return;
        }
        page.reload();
    }
    panic!("{words} is not told: {}", page.text());
}

#[test]
fn an_identity_analyst_needs_the_keyboard_alone() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Noor Haddad");
    page.goto(&format!("{}/administration/identity", demo.url));
    tab_to(&mut page, "a \"");
    page.press("Enter");
    page.waits_to_see("Why it is asked");
    tab_to(&mut page, "#reason");
    page.press("Enter");
    page.waits_to_see("There is a problem");
}

/// Presses Tab until a link of the list, or the field, has the focus.
fn tab_to(page: &mut crate::browser::Page, words: &str) {
    for _ in 0..40 {
        let at = page.focused();
        let is_of_the_frame = ["Connect Care", "Who is who", "Skip", "Back"].iter().any(|frame| at.contains(frame));
        if at.contains(words) && !is_of_the_frame {
            return;
        }
        page.press("Tab");
    }
    panic!("Tab does not reach {words}; it is at {}", page.focused());
}
