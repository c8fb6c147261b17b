use super::sign_in;
use crate::browser::Browser;
use crate::demo::Demo;

/// Ada Obi settles what waits in Thameside's quarantine, with the keyboard's own forms alone.
#[test]
fn an_administrator_takes_opens_corrects_and_dismisses() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Ada Obi");
    page.goto(&format!("{}/administration/quarantine", demo.url));
    page.sees("3 messages are waiting");
    for hidden in ["LEUNG", "PEREIRA", "HENNESSY", "999 000"] {
        assert!(!page.text().contains(hidden), "{hidden}");
    }
    page.click("tbody tr:nth-child(2) a");
    page.sees("The fault is here");
    page.click_text("I take it");
    page.waits_to_see("Ada Obi, since");
    page.fill("Why must it not be added?", "A test of the supplier");
    page.click_text("Dismiss it");
    page.waits_to_see("A test of the supplier");
}
