use super::{GRACE, find, open_with_permission, sign_in};
use crate::browser::Browser;
use crate::demo::Demo;

#[test]
fn a_doctor_asks_permission_and_reads_one_record_from_many_sources() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    find(&mut page, &demo, GRACE);

    // Before permission: who she is, and nothing clinical.
    page.sees("OKAFOR, Grace Adaeze (Mrs)");
    page.does_not_see("Penicillin");
    page.does_not_see("ramipril");
    page.choose("Yes, she said yes");
    page.click_text("Continue");
    page.waits_to_see("All sources");

    // The summary: banner, allergies, medicines with their disagreement, and who told what.
    page.sees("Born");
    page.sees("04-Mar-1951");
    page.sees("999 000 0018");
    page.sees("Known allergies 2");
    page.sees("Penicillin");
    page.sees("Latex");
    page.sees("ramipril");
    page.sees("sources disagree");
    assert!(!page.url().contains("9990000018"), "no NHS number in an address");
    assert!(!page.title().contains("OKAFOR"), "no name in a title, which stays in the history");

    // Entries of five record systems stand on this one page, each under its name.
    let entries = page.texts("main").join(" ");
    for source in
        ["Riverside Surgery", "Thameside Hospital", "Marlowe Mental Health", "Southbank Community", "Southmere Council"]
    {
        assert!(entries.contains(source), "no entry of {source}");
    }

    // Every source is accounted for, with its state.
    page.sees("Kingsbrook Hospital: nothing new since");
    page.click_text("All sources");
    for source in ["Riverside Surgery", "Thameside Hospital", "Guildhall Hospital", "Kingsbrook Hospital"] {
        page.sees(source);
    }
    page.is_accessible();
}

#[test]
fn each_part_of_the_record_has_its_page() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    open_with_permission(&mut page, &demo, GRACE);
    for (tab, words) in [
        ("Medicines and allergies", "Each version is shown; Connect Care does not choose."),
        ("Results", "Potassium"),
        ("Appointments and attendances", "Coming up"),
        ("Letters", "Title"),
        ("Problems and plans", "Chronic kidney disease"),
        ("People and social care", "Social worker"),
        ("Summary", "Known allergies"),
    ] {
        let tab = tab_selector(&mut page, tab);
        page.click(&tab);
        page.sees(words);
        page.sees("OKAFOR, Grace Adaeze (Mrs)");
        page.is_accessible();
    }
}

/// The link of a section's tab, by its words.
fn tab_selector(page: &mut crate::browser::Page, words: &str) -> String {
    let labels = page.texts(".cc-tabs a");
    let place = labels.iter().position(|label| label.trim() == words).expect("there is such a tab") + 1;
    format!(".cc-tabs li:nth-child({place}) a, .cc-tabs > a:nth-child({place})")
}

#[test]
fn one_test_over_time_is_a_chart_with_every_value_in_a_table() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    open_with_permission(&mut page, &demo, "999 000 0182");
    page.click("a[href$='/results']");
    page.click_text("HbA1c");
    page.sees("Latest");
    page.sees("Previous");
    page.click_text("All");
    assert_eq!(page.attributes("svg.cc-chart--wide", "aria-labelledby").len(), 1, "one chart with a title");
    assert!(page.texts("table tbody tr").len() >= 40, "every value stands in the table");
    page.is_accessible();
}

#[test]
fn two_people_alike_are_told_apart_before_anything_is_opened() {
    let Some(mut browser) = Browser::launch() else { return };
    let demo = Demo::start();
    let mut page = browser.page();
    sign_in(&mut page, &demo, "Dr Amara Mensah");
    page.goto(&format!("{}/find", demo.url));
    page.fill("NHS number", "999 123 4567");
    page.click_text("Find");
    page.sees("at least one digit is wrong");
    page.fill("NHS number", "");
    page.fill("Last name", "Okafor");
    page.fill("Day", "14");
    page.fill("Month", "3");
    page.fill("Year", "1951");
    page.click_text("Find");
    page.sees("OKAFOR, Grace (Ms)");
    page.sees("14-Mar-1951");
    page.does_not_see("04-Mar-1951");
}
