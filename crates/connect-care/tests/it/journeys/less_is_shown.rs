use super::{GRACE, open_with_permission, sign_in};
use crate::browser::Browser;
use crate::demo::Demo;

#[test]
fn a_social_worker_sees_less_and_is_told_so() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Joseph Osei");
    open_with_permission(&mut page, &demo, GRACE);

    page.sees("Known allergies 2");
    page.does_not_see("Potassium");
    page.sees("Not shown for your role");
    page.click("a[href$='/medicines']");
    page.sees("ramipril");
    page.does_not_see("mg");
    page.does_not_see("twice a day");
    let base = page.url().replace("/medicines", "");
    for address in ["/results", "/letters"] {
        page.goto(&format!("{base}{address}"));
        page.sees("Not shown for your role");
        page.does_not_see("Potassium");
        page.does_not_see("Discharge summary");
    }
    page.is_accessible();
}

#[test]
fn a_clerk_sees_who_the_person_is_and_when_they_are_expected() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Ewa Mazur");
    open_with_permission(&mut page, &demo, GRACE);

    page.sees("OKAFOR, Grace Adaeze (Mrs)");
    page.does_not_see("allergies 2");
    page.does_not_see("Penicillin");
    page.does_not_see("ramipril");
    page.click("a[href$='/appointments']");
    page.does_not_see("Cardiology");
}
