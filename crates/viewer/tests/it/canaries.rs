//! Each section holds a word that stands nowhere else. Every page is read as every
//! role: a word outside the role's row of the table appears in no byte.

use std::collections::BTreeSet;

use access::{Policy, Seen};
use intake::Payload;
use record::{Role, Section};
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::people::{GRACE, GRACE_CHART, allergy, appointment, bundle, letter, medicine, problem, result};
use crate::world::World;

/// Words that a section shows even to those who see names only.
const NAMES: [(Section, &str); 12] = [
    (Section::Alerts, "CanaryAlert"),
    (Section::Allergies, "canarysubstance"),
    (Section::Medicines, "canarymedicine"),
    (Section::Problems, "CanaryProblem"),
    (Section::Results, "CanaryTest"),
    (Section::Appointments, "CanaryPlace"),
    (Section::Attendances, "CanaryWard"),
    (Section::Letters, "CanaryLetter"),
    (Section::Immunisations, "CanaryVaccine"),
    (Section::Procedures, "CanaryProcedure"),
    (Section::People, "CanaryRelative"),
    (Section::SocialCare, "CanaryPackage"),
];
/// Words that need the whole section.
const DETAILS: [(Section, &str); 5] = [
    (Section::Medicines, "canarydose"),
    (Section::Appointments, "CanaryClinic"),
    (Section::Results, "canaryunit"),
    (Section::Letters, "CanaryParagraph"),
    (Section::SocialCare, "CanaryVisits"),
];
/// Marked sensitive by its source: only the roles that the table names.
const SENSITIVE: &str = "CanarySecret";

fn resources() -> Vec<Value> {
    let mut measured = result("CanaryTest", 6.1, "2026-11-21T09:10:00Z", "HH");
    measured["valueQuantity"]["unit"] = json!("canaryunit");
    let mut secret = problem("CanarySecret");
    secret["meta"] = json!({ "security": [{ "code": "R" }] });
    vec![
        json!({ "resourceType": "Flag", "status": "active", "code": { "text": "CanaryAlert" } }),
        allergy("canarysubstance"),
        medicine("canarymedicine", "canarydose every day"),
        problem("CanaryProblem"),
        measured,
        appointment("CanaryClinic", "CanaryPlace"),
        json!({ "resourceType": "Encounter", "status": "finished", "class": { "code": "EMER" },
            "period": { "start": "2026-11-19T13:05:00Z", "end": "2026-11-20T16:00:00Z" },
            "location": [{ "location": { "display": "CanaryWard" } }] }),
        letter("CanaryLetter", "CanaryParagraph"),
        json!({ "resourceType": "Immunization", "status": "completed", "vaccineCode": { "text": "CanaryVaccine" },
            "occurrenceDateTime": "2026-10-04" }),
        json!({ "resourceType": "Procedure", "status": "completed", "code": { "text": "CanaryProcedure" },
            "performedDateTime": "2022-05-17" }),
        json!({ "resourceType": "RelatedPerson", "name": [{ "text": "CanaryRelative" }],
            "relationship": [{ "text": "Son" }] }),
        secret,
    ]
}

const CARE: &str = "record_type,person_ref,nhs_number,family_name,given_names,title,born,gender,address,postcode,telephone,entry_ref,title_text,status,detail,worker,worker_telephone,start,end,review,recorded\r\n\
person,c1,9990000018,Okafor,Grace,,1951-03-04,female,,,,,,,,,,,,,2026-11-22T06:00:00Z\r\n\
package,c1,,,,,,,,,,e1,CanaryPackage,Active,CanaryVisits,,,2026-09-02,,,2026-09-02T09:00:00Z\r\n";

async fn arrive(world: &World) {
    world.deliver("gp", Payload::FhirJson, bundle(&GRACE_CHART, resources())).await;
    world.deliver("council", Payload::Csv, CARE.as_bytes().to_vec()).await;
}

/// Every page that can be reached from the record, each once.
async fn crawl(browser: &mut Browser<'_>, base: &str) -> Vec<(String, Page)> {
    let mut known: BTreeSet<String> = [base, "/find", "/"].map(str::to_owned).into();
    let mut waiting = vec![base.to_owned(), "/find".to_owned()];
    let mut pages = Vec::new();
    while let Some(address) = waiting.pop() {
        let page = browser.get(&address).await;
        for link in page.links() {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if link.starts_with('/') && !link.starts_with("/static/") && known.insert(link.clone()) {
                waiting.push(link);
            }
        }
        pages.push((address, page));
    }
    pages
}

#[tokio::test]
async fn every_role_reads_its_row_of_the_table_and_not_a_word_more() {
    let world = World::new().await;
    arrive(&world).await;
    let policy = Policy::shipped().unwrap();
    for role in Role::ALL.iter().copied().filter(|role| policy.may_open_record(*role)) {
        let mut browser = world.signed_in(role).await;
        let base = browser.open(GRACE).await;
        let pages = crawl(&mut browser, &base).await;
        let read: String =
            pages.iter().map(|(address, page)| format!("{address}\n{:?}\n{}", page.headers, page.body)).collect();
        for (section, word) in NAMES {
            assert_eq!(read.contains(word), policy.seen(role, section) != Seen::No, "{role:?} {word}");
        }
        for (section, word) in DETAILS {
            assert_eq!(read.contains(word), policy.seen(role, section) == Seen::Show, "{role:?} {word}");
        }
        let sees_secret = policy.sees_sensitive(role) && policy.seen(role, Section::Problems) != Seen::No;
        assert_eq!(read.contains(SENSITIVE), sees_secret, "{role:?}");
        for (address, page) in &pages {
            assert_eq!(page.status, 200, "{role:?} {address}");
        }
    }
}

#[tokio::test]
async fn what_a_role_does_not_see_is_said_in_the_same_words_with_data_and_without() {
    let world = World::new().await;
    arrive(&world).await;
    let bare = crate::people::Chart { number: "9990000026", family: "Okafor", given: "Ada", born: "1951-03-14" };
    world.deliver("gp", Payload::FhirJson, bundle(&bare, vec![])).await;
    let not_shown =
        |page: &Page| page.body.lines().find(|line| line.contains("Not shown for your role")).unwrap().to_owned();
    for role in [Role::SocialWorker, Role::Clerk] {
        let mut browser = world.signed_in(role).await;
        let full = browser.open(GRACE).await;
        let full = not_shown(&browser.get(&full).await);
        let empty = browser.open("9990000026").await;
        assert_eq!(full, not_shown(&browser.get(&empty).await), "{role:?}");
        assert!(full.contains("letters"), "{full}");
    }
}

#[tokio::test]
async fn something_withheld_is_said_and_neither_what_nor_how_much() {
    let world = World::new().await;
    arrive(&world).await;
    let mut therapist = world.signed_in(Role::Therapist).await;
    let base = therapist.open(GRACE).await;
    let page = therapist.get(&format!("{base}/problems")).await;
    page.sees("Some items are not shown because of confidentiality or the person’s choice");
    page.sees("CanaryProblem");
    page.sees("1 entry");
}

#[tokio::test]
async fn no_address_holds_a_number_and_no_title_a_name() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let pages = crawl(&mut doctor, &base).await;
    assert!(pages.len() > 12, "{}", pages.len());
    for (address, page) in &pages {
        assert!(!address.contains(GRACE) && !page.location().contains(GRACE), "{address}");
        for link in page.links() {
            assert!(!link.contains(GRACE) && !link.to_lowercase().contains("canary"), "{link}");
        }
        let title = crate::browser::between(&page.body, "<title>", "</title>");
        assert!(!title.to_lowercase().contains("okafor") && !title.contains("999"), "{title}");
    }
}

#[tokio::test]
async fn an_opted_out_person_is_in_no_byte_of_any_page() {
    let world = World::new().await;
    arrive(&world).await;
    world.desk.set_opt_out(world.person(GRACE).await, true).await.unwrap();
    for role in Role::ALL.iter().copied().filter(|role| Policy::shipped().unwrap().may_open_record(*role)) {
        let mut browser = world.signed_in(role).await;
        let base = browser.find(GRACE).await;
        for (address, page) in crawl(&mut browser, &base).await {
            for (_, word) in NAMES.into_iter().chain(DETAILS) {
                assert!(!page.body.contains(word), "{role:?} {address} {word}");
            }
            assert!(!page.body.contains("OKAFOR"), "{role:?} {address}");
        }
    }
}
