use record::Role;

use crate::people::{GRACE, arrive};
use crate::world::World;

#[tokio::test]
async fn a_doctor_signs_in_finds_asks_and_reads() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;

    let base = doctor.find("999 000 0018").await;
    let question = doctor.get(&format!("{base}/permission")).await;
    question.sees("OKAFOR, Grace");
    question.sees("Has Grace agreed to you looking at her shared record?");
    for clinical in ["penicillin", "apixaban", "fibrillation", "llergies"] {
        question.does_not_see(clinical);
    }
    let opened = doctor.answer(&base, "yes").await;
    assert_eq!((opened.status, opened.location()), (303, base.as_str()));

    let summary = doctor.get(&base).await;
    assert_eq!(summary.status, 200);
    for said in ["Known allergies 1", "penicillin", "States no known allergies", "apixaban", "Atrial fibrillation"] {
        summary.sees(said);
    }
    summary.sees("2 of 3 sources answered at 13:41 (24h)");
    summary.sees("Southmere Council: nothing received yet");
    summary.sees("she said yes, 22-Nov-2026 13:41");
    summary.sees("Very high");
}

#[tokio::test]
async fn every_page_of_the_record_is_reached_and_says_who_answered() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let pages = [
        ("/medicines", "apixaban"),
        ("/results", "6.1\u{a0}mmol/L"),
        ("/appointments", "Cardiology clinic"),
        ("/letters", "Care plan"),
        ("/problems", "Atrial fibrillation"),
        ("/people", "People involved not recorded"),
        ("/immunisations", "Immunisations not recorded"),
        ("/sources", "Record systems 3"),
    ];
    for (path, said) in pages {
        let page = doctor.get(&format!("{base}{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        page.sees(said);
        page.sees("Every source: ");
        page.sees("2 of 3 sources answered");
    }
}

#[tokio::test]
async fn one_test_is_drawn_and_one_letter_is_read() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;

    let results = doctor.get(&format!("{base}/results")).await;
    let test = results.links().into_iter().find(|href| href.starts_with(&format!("{base}/results/"))).unwrap();
    let page = doctor.get(&test).await;
    for said in ["<svg", "Potassium", "Previous", "5.0\u{a0}mmol/L", "2 of 2 shown", "Thameside laboratory"] {
        page.sees(said);
    }
    let recent = doctor.get(&format!("{test}?months=1")).await;
    recent.sees("1 of 2 shown");
    recent.sees("Fewer than two values can be drawn");

    let letters = doctor.get(&format!("{base}/letters")).await;
    let letter = letters.links().into_iter().find(|href| href.starts_with(&format!("{base}/letters/"))).unwrap();
    doctor.get(&letter).await.sees("Grace wishes to stay at home.");
}

#[tokio::test]
async fn results_are_filtered_without_anything_personal_in_the_address() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let out = doctor.get(&format!("{base}/results?out=1")).await;
    out.sees("1 of 2 shown");
    out.sees("Clear filter");
    let none = doctor.get(&format!("{base}/results?source=gp")).await;
    none.sees("0 of 2 shown");
    none.does_not_see("not recorded");
}

#[tokio::test]
async fn a_yes_by_somebody_who_decides_needs_a_name_and_a_relationship() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    let wrong = doctor.answer(&base, "decider").await;
    assert_eq!(wrong.status, 422);
    wrong.sees("Enter the name of the person who decided");
    wrong.sees("Enter their relationship or authority");

    let to = format!("{base}/permission");
    let token = wrong.token(&to);
    let fields = [
        ("form", token.as_str()),
        ("answer", "decider"),
        ("decider_name", "Chidi <b>Okafor"),
        ("decider_relationship", ""),
    ];
    doctor.post(&to, &fields).await.sees("value=\"Chidi &#60;b&#62;Okafor\"");
    let fields = [fields[0], fields[1], fields[2], ("decider_relationship", "son")];
    assert_eq!(doctor.post(&to, &fields).await.location(), base);
    doctor.get(&base).await.sees("Chidi &#60;b&#62;Okafor (son) said yes");
}

#[tokio::test]
async fn a_no_keeps_the_record_closed_until_somebody_says_yes() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let noted = doctor.answer(&base, "no").await;
    assert_eq!(noted.status, 200);
    noted.sees("Grace said no. That is noted");
    let closed = doctor.get(&base).await;
    assert_eq!(closed.location(), format!("{base}/permission"));
    assert_eq!(doctor.answer(&base, "before").await.location(), base);
    assert_eq!(doctor.get(&base).await.status, 303, "an earlier yes does not outweigh a later no");
    world.hands.forward_minutes(1);
    doctor.answer(&base, "yes").await;
    assert_eq!(doctor.get(&base).await.status, 200);
}

#[tokio::test]
async fn permission_in_force_is_offered_to_the_whole_team() {
    let world = World::new().await;
    arrive(&world).await;
    world.signed_in(Role::Doctor).await.open(GRACE).await;
    let mut nurse = world.signed_in(Role::Nurse).await;
    let base = nurse.find(GRACE).await;
    assert_eq!(nurse.get(&base).await.location(), format!("{base}/permission"), "chosen, not yet asked");
    let question = nurse.get(&format!("{base}/permission")).await;
    question.sees("value=\"before\" checked");
    question.sees("recorded by Pat Doctor, lasts to");
    assert_eq!(nurse.answer(&base, "before").await.location(), base);
    nurse.get(&base).await.sees("penicillin");
}

#[tokio::test]
async fn an_emergency_opens_for_one_hour_and_says_so() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    let to = format!("{base}/emergency");
    assert_eq!(doctor.answer(&base, "cannot-ask").await.location(), to);
    let asked = doctor.get(&to).await;
    asked.sees("Open without permission?");
    let token = asked.token(&to);
    let short = doctor.post(&to, &[("form", &token), ("reason", ""), ("explanation", "GCS 8")]).await;
    assert_eq!(short.status, 422);
    short.sees("GCS 8</textarea>");
    short.sees("at least 10 characters");
    short.sees("Choose why the person cannot be asked");
    let fields = [("form", token.as_str()), ("reason", "too-unwell"), ("explanation", "GCS 8, found collapsed")];
    assert_eq!(doctor.post(&to, &fields).await.location(), base);
    doctor.get(&base).await.sees("EMERGENCY ACCESS until 14:41");

    for _ in 0..5 {
        world.hands.forward_minutes(12);
        doctor.get(&base).await;
    }
    assert_eq!(doctor.get(&base).await.location(), format!("{base}/permission"), "the hour is over");
}

#[tokio::test]
async fn an_opted_out_record_opens_for_nobody() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    world.desk.set_opt_out(world.person(GRACE).await, true).await.unwrap();
    for path in ["", "/permission", "/emergency", "/medicines", "/letters", "/sources"] {
        let page = doctor.get(&format!("{base}{path}")).await;
        assert_eq!(page.status, 403, "{path}");
        page.sees("This person has chosen not to share");
        for hidden in ["Okafor", "OKAFOR", "penicillin", "apixaban", "/emergency", "999 000 0018"] {
            page.does_not_see(hidden);
        }
    }
}

#[tokio::test]
async fn somebody_who_is_not_there_is_not_found_and_names_find_by_birth_date() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let token = doctor.get("/find").await.token("/find");
    let nobody = doctor.post("/find", &[("form", &token), ("nhs_number", "9990000026")]).await;
    nobody.sees("No match");
    let fields = [
        ("form", token.as_str()),
        ("family_name", "oyelaran"),
        ("birth_day", "2"),
        ("birth_month", "11"),
        ("birth_year", "1987"),
    ];
    let found = doctor.post("/find", &fields).await;
    found.sees("1 person matches");
    found.sees("OYELARAN, Tunde");
    found.sees("SE5 …");
    found.does_not_see("Harbour Row");
    found.does_not_see("8ZZ");
    let whole = [("form", token.as_str()), ("family_name", "Okafro"), ("birth_day", "04/03/1951")];
    doctor.post("/find", &whole).await.sees("Possible");
    found.does_not_see("Asthma");
    let wrong = doctor.post("/find", &[("form", &token), ("nhs_number", "999 000 0035")]).await;
    assert_eq!(wrong.status, 422);
    wrong.sees("Check the NHS number: at least one digit is wrong");
}
