use super::{GRACE, OPTED_OUT, TUNDE, find, open_with_permission, sign_in};
use crate::browser::Browser;
use crate::demo::Demo;

#[test]
fn the_record_of_somebody_who_opted_out_stays_closed() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    find(&mut page, &demo, OPTED_OUT);
    page.sees("This person has chosen not to share");
    page.sees("This record cannot be opened here, in an emergency either.");
    page.does_not_see("I cannot ask");

    // Nor by the address of the emergency page.
    let address = page.url().replace("/permission", "/emergency");
    page.goto(&address);
    page.does_not_see("Open for 1 hour");
}

#[test]
fn when_the_person_says_no_the_record_stays_closed() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    find(&mut page, &demo, TUNDE);
    page.choose("He said no");
    page.click_text("Continue");
    page.sees("said no");
    page.does_not_see("Peanut");
}

#[test]
fn another_persons_page_in_an_old_tab_shows_nothing() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    open_with_permission(&mut page, &demo, GRACE);
    let graces = page.url();
    let mut other = browser.tab_beside(&page);
    open_with_permission(&mut other, &demo, TUNDE);
    page.goto(&graces);
    page.does_not_see("Penicillin");
    page.does_not_see("OKAFOR");
}

#[test]
fn after_sign_out_the_back_button_shows_nothing() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    open_with_permission(&mut page, &demo, GRACE);
    page.click_text("Sign out");
    page.waits_to_see("Sign in");
    page.back();
    page.does_not_see("Penicillin");
    page.does_not_see("OKAFOR");
}
