use std::path::PathBuf;

use super::{GRACE, OPTED_OUT, TUNDE, find, open_with_permission, sign_in};
use crate::browser::{Browser, Page};
use crate::demo::Demo;

/// Widths and heights at which every page is photographed: ward computer, tablet, phone.
const SIZES: [(u32, u32, bool); 4] = [(1280, 720, false), (768, 1024, false), (390, 844, true), (320, 700, true)];

/// `cargo xtask gallery` sets where the pictures go; without it, sizes are checked and nothing is kept.
fn folder() -> Option<PathBuf> {
    std::env::var_os("CONNECT_CARE_GALLERY").map(PathBuf::from)
}

/// At every size: nothing scrolls sideways and nothing is cut off.
fn photograph(page: &mut Page, name: &str) {
    for (width, height, is_phone) in SIZES {
        page.viewport(width, height, is_phone);
        page.reload();
        let overflow = page.overflow();
        assert!(overflow.is_none(), "{name} at {width}: {overflow:?}");
        if let Some(folder) = folder() {
            page.screenshot_whole(&folder.join(format!("{name}-{width}.png")));
        }
    }
    page.viewport(1280, 720, false);
}

#[test]
fn gallery_of_the_record_pages() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    page.goto(&demo.url);
    photograph(&mut page, "sign-in");
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    page.goto(&format!("{}/find", demo.url));
    photograph(&mut page, "find");
    find(&mut page, &demo, GRACE);
    photograph(&mut page, "permission");
    page.choose("Yes, she said yes");
    page.click_text("Continue");
    page.waits_to_see("All sources");
    let base = page.url();
    photograph(&mut page, "summary");
    for name in ["medicines", "results", "appointments", "letters", "problems", "people", "sources"] {
        page.goto(&format!("{base}/{name}"));
        photograph(&mut page, name);
    }
    page.goto(&format!("{base}/results"));
    page.click_text("Potassium");
    photograph(&mut page, "one-test");
    page.goto(&format!("{base}/letters"));
    page.click_text("Discharge summary");
    photograph(&mut page, "one-letter");
}

#[test]
fn gallery_of_finding_and_of_what_stays_closed() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    find(&mut page, &demo, OPTED_OUT);
    photograph(&mut page, "closed-opted-out");
    find(&mut page, &demo, "999 000 0077");
    photograph(&mut page, "closed-restricted");
    find(&mut page, &demo, TUNDE);
    page.choose("I cannot ask him");
    page.click_text("Continue");
    photograph(&mut page, "emergency");
    page.choose("Unconscious or too unwell");
    page.fill("What is happening?", "GCS 8, found collapsed, no next of kin");
    page.click_text("Open for 1 hour");
    page.waits_to_see("EMERGENCY ACCESS until");
    photograph(&mut page, "summary-emergency");
    page.click_text("Sign out");

    let mut officer = browser.page();
    sign_in(&mut officer, &demo, "Ruth Lockwood");
    officer.goto(&format!("{}/who-looked", demo.url));
    photograph(&mut officer, "who-looked");

    let mut worker = browser.page();
    sign_in(&mut worker, &demo, "Joseph Osei");
    open_with_permission(&mut worker, &demo, GRACE);
    photograph(&mut worker, "summary-social-worker");
}

#[test]
fn gallery_of_people_who_are_hard_to_show() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    for (name, nhs_number) in [
        ("long-name", "999 000 0123"),
        ("sixty-medicines", "999 000 0115"),
        ("deceased", "999 000 0093"),
        ("newborn", "999 000 0107"),
        ("stale", "999 000 0050"),
        ("twin", "999 000 0131"),
        ("none-against-known", "999 000 0042"),
    ] {
        open_with_permission(&mut page, &demo, nhs_number);
        photograph(&mut page, &format!("summary-{name}"));
    }
}

#[test]
fn gallery_of_feeds() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    for (who, name) in [("Ada Obi", "feeds-own"), ("Arjun Desai", "feeds-all")] {
        let mut page = browser.page();
        sign_in(&mut page, &demo, who);
        page.goto(&format!("{}/administration/feeds", demo.url));
        photograph(&mut page, name);
    }
}

#[test]
fn gallery_of_quarantine() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Ada Obi");
    let list = format!("{}/administration/quarantine", demo.url);
    page.goto(&list);
    photograph(&mut page, "quarantine");
    for row in 1..=3 {
        page.goto(&list);
        page.click(&format!("tbody tr:nth-child({row}) a"));
        photograph(&mut page, &format!("quarantined-{row}"));
    }
    page.goto(&format!("{list}/4711"));
    photograph(&mut page, "quarantined-not-found");
}

#[test]
fn gallery_of_who_is_who() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Noor Haddad");
    let list = format!("{}/administration/identity", demo.url);
    page.goto(&list);
    photograph(&mut page, "identity");
    let doubts = page.text().matches("Nobody yet").count();
    for row in 1..=doubts.min(4) {
        page.goto(&list);
        page.click(&format!("tbody tr:nth-child({row}) a"));
        photograph(&mut page, &format!("identity-{row}"));
    }
    page.goto(&list);
    page.fill("NHS number", "999 000 0018");
    page.fill("Why? What did you look at?", "The ward called");
    page.click_text("Show the charts");
    photograph(&mut page, "identity-looked-up");
    page.goto(&format!("{list}/4711"));
    photograph(&mut page, "identity-not-found");
}
