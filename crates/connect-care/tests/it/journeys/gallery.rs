use std::path::PathBuf;

use super::{GRACE, find, open_with_permission, sign_in};
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
