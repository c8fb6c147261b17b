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
