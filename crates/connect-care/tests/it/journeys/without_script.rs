use super::{GRACE, open_with_permission, sign_in};
use crate::browser::Browser;
use crate::demo::Demo;

#[test]
fn everything_works_with_scripts_off() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    page.set_javascript(false);
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    open_with_permission(&mut page, &demo, GRACE);
    page.sees("Penicillin");
    for address in ["/medicines", "/results", "/appointments", "/letters", "/problems", "/people", "/sources"] {
        page.click(&format!("a[href$='{address}']"));
        page.sees("OKAFOR, Grace Adaeze (Mrs)");
    }
    let elsewhere: Vec<String> = page.fetched().into_iter().filter(|url| !url.starts_with(&demo.url)).collect();
    assert!(elsewhere.is_empty(), "pages load nothing from elsewhere: {elsewhere:?}");
}

#[test]
fn the_way_to_allergies_needs_the_keyboard_alone() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    page.goto(&format!("{}/find", demo.url));
    page.fill("NHS number", GRACE);
    page.press("Enter");
    page.waits_to_see("agreed to you looking at");
    tab_to(&mut page, "answer");
    page.press("Space");
    page.press("Enter");
    page.waits_to_see("Known allergies 2");
}

/// Presses Tab until what has the focus says these words.
fn tab_to(page: &mut crate::browser::Page, words: &str) {
    for _ in 0..40 {
        if page.focused().contains(words) {
            return;
        }
        page.press("Tab");
    }
    panic!("Tab does not reach {words}; it is at {}", page.focused());
}
