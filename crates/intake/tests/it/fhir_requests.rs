//! One resource at its own address: create, update, conditions, and taking back.

use record::Standing;

use crate::door::{Door, TOKEN};
use crate::hospital::{GRACE, allergy, patient};

const JSON: &str = "Content-Type: application/fhir+json\r\n";

fn grace() -> String {
    patient("g1", GRACE, "Okafor", "Grace", "1961-04-02")
}

fn without_id(resource: &str, id: &str) -> String {
    resource.replace(&format!(r#""id":"{id}","#), "")
}

async fn with_grace() -> Door {
    let door = Door::open().await;
    assert_eq!(door.ask("PUT /Patient/g1", JSON, grace()).await.status, 201);
    door
}

fn standings(shown: &[(Standing, String)]) -> Vec<Standing> {
    shown.iter().map(|(standing, _)| *standing).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_created_and_updated_at_its_own_address() {
    let door = with_grace().await;
    let created = door.ask("PUT /AllergyIntolerance/a1", JSON, allergy("a1", "g1", "Penicillin")).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert!(created.head.contains("location: /sources/riverside-gp/fhir/allergyintolerance/a1/_history/"));
    assert!(created.head.contains("etag: w/\""), "{}", created.head);
    assert_eq!(created.body["resourceType"], "OperationOutcome");
    let updated = door.ask("PUT /AllergyIntolerance/a1", JSON, allergy("a1", "g1", "Amoxicillin")).await;
    assert_eq!(updated.status, 201);
    let posted = door.ask("POST /AllergyIntolerance", JSON, allergy("a2", "g1", "Egg")).await;
    assert_eq!(posted.status, 201);
    let shown = door.shown(GRACE).await;
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown.iter().any(|(_, line)| line.contains("Amoxicillin")) && !format!("{shown:?}").contains("Penicillin"));
}

/// Back to the same words is news: `active`, `on-hold`, `active`.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_may_go_back_to_what_it_said_before() {
    let door = with_grace().await;
    for substance in ["Penicillin", "Egg", "Penicillin"] {
        door.ask("PUT /AllergyIntolerance/a1", JSON, allergy("a1", "g1", substance)).await;
        door.house.wait_days(1);
    }
    assert!(door.shown(GRACE).await[0].1.contains("Penicillin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_is_applied_once() {
    let door = with_grace().await;
    let headers = format!("{JSON}X-Request-Id: 7f3a\r\n");
    let put = || door.ask("PUT /AllergyIntolerance/a1", &headers, allergy("a1", "g1", "Penicillin"));
    assert_eq!(put().await.status, 201);
    let messages = door.house.messages().await;
    assert_eq!(put().await.status, 200);
    assert_eq!(door.house.messages().await, messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_names_something_else_than_the_body_is_refused_and_kept() {
    let door = with_grace().await;
    for (line, words) in [
        ("PUT /AllergyIntolerance/a9", "another id"),
        ("PUT /Flag/a1", "another type"),
        ("POST /Flag", "another type"),
        ("PUT /AllergyIntolerance", "one resource"),
        ("PUT /AllergyIntolerance?code=x", "no other search"),
    ] {
        let answer = door.ask(line, JSON, allergy("a1", "g1", "Penicillin")).await;
        assert_eq!(answer.status, 422, "{line}: {}", answer.body);
        assert!(answer.says(words), "{line}: {}", answer.body);
    }
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.waiting_units().await.len(), 5);
    assert_eq!(door.house.count().await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_create_changes_nothing_where_there_is_one() {
    let door = with_grace().await;
    let condition = format!("{JSON}If-None-Exist: identifier=urn:x|77\r\n");
    let create = |substance: &str| {
        let body = without_id(&allergy("a1", "g1", substance), "a1");
        let (door, condition) = (&door, condition.clone());
        async move { door.ask("POST /AllergyIntolerance", &condition, body).await }
    };
    assert_eq!(create("Penicillin").await.status, 201);
    let again = create("Egg").await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert!(again.body.to_string().contains("nothing was changed"));
    assert!(!again.head.contains("location:"), "a search is never made an address");
    let shown = door.shown(GRACE).await;
    assert!(shown.len() == 1 && shown[0].1.contains("Penicillin"), "{shown:?}");

    // An update on the same condition finds the same entry.
    let update = without_id(&allergy("a1", "g1", "Egg"), "a1");
    assert_eq!(door.ask("PUT /AllergyIntolerance?identifier=urn%3Ax%7C77", JSON, update).await.status, 201);
    let shown = door.shown(GRACE).await;
    assert!(shown.len() == 1 && shown[0].1.contains("Egg"), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_who_is_known_is_left_as_they_are_by_a_conditional_create() {
    let door = with_grace().await;
    let renamed = patient("g1", GRACE, "Okafor-Eze", "Grace", "1961-04-02");
    let condition = format!("{JSON}If-None-Exist: _id=g1\r\n");
    assert_eq!(door.ask("POST /Patient", &condition, &renamed).await.status, 200);
    let record = door.house.record(door.house.person(GRACE).await).await;
    assert_eq!(record.charts[0].told.name.family, "Okafor");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_deletes_is_shown_as_removed_and_never_lost() {
    let door = with_grace().await;
    door.ask("PUT /AllergyIntolerance/a1", JSON, allergy("a1", "g1", "Penicillin")).await;
    let deleted = door.ask("DELETE /AllergyIntolerance/a1", "", "").await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    assert!(deleted.body.to_string().contains("removed by the source"));
    let shown = door.shown(GRACE).await;
    assert_eq!(standings(&shown), [Standing::EnteredInError]);
    assert!(shown[0].1.contains("Penicillin"), "what it said stays");

    let nothing = door.ask("DELETE /AllergyIntolerance/a2", "", "").await;
    assert!(nothing.status == 200 && nothing.body.to_string().contains("nothing of this name"), "{}", nothing.body);

    // Told again it is there again, and may be taken back again.
    door.house.wait_days(1);
    door.ask("PUT /AllergyIntolerance/a1", JSON, allergy("a1", "g1", "Penicillin")).await;
    assert_eq!(standings(&door.shown(GRACE).await), [Standing::Current]);
    door.ask("DELETE /AllergyIntolerance/a1", "", "").await;
    assert_eq!(standings(&door.shown(GRACE).await), [Standing::EnteredInError]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_comes_after_everything_that_came_before_it() {
    let door = with_grace().await;
    for round in 0..20 {
        let id = format!("r{round}");
        let line = format!("/AllergyIntolerance/{id}");
        let put = format!("PUT {line}");
        let put = door.ask(&put, JSON, allergy(&id, "g1", "Egg"));
        assert!(put.await.status < 300);
        assert!(door.ask(&format!("DELETE {line}"), "", "").await.status < 300);
    }
    let shown = door.shown(GRACE).await;
    assert_eq!(standings(&shown), [Standing::EnteredInError; 20]);
}

#[tokio::test(flavor = "multi_thread")]
async fn entered_in_error_is_shown_as_removed_with_its_earlier_words_kept() {
    let door = with_grace().await;
    door.ask("PUT /AllergyIntolerance/a1", JSON, allergy("a1", "g1", "Penicillin")).await;
    let withdrawn = allergy("a1", "g1", "Penicillin").replace(
        r#""code":{"text""#,
        r#""verificationStatus":{"coding":[{"code":"entered-in-error"}]},"code":{"text""#,
    );
    assert_eq!(door.ask("PUT /AllergyIntolerance/a1", JSON, withdrawn).await.status, 201);
    assert_eq!(standings(&door.shown(GRACE).await), [Standing::EnteredInError]);
    assert_eq!(door.house.count().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_not_deleted_and_a_search_deletes_nothing() {
    let door = with_grace().await;
    for (line, words) in [("DELETE /Patient/g1", "somebody has to decide"), ("DELETE /Flag?code=x", "by search")] {
        let answer = door.ask(line, "", "").await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.says(words), "{}", answer.body);
    }
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.waiting_units().await.len(), 2, "both wait for a hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_done_here_is_refused_with_what_to_do_instead() {
    let door = with_grace().await;
    let patched = door.ask("PATCH /AllergyIntolerance/a1", JSON, "[]").await;
    assert_eq!(patched.status, 405);
    assert!(patched.says("send the whole resource with PUT"));
    let versioned = format!("{JSON}If-Match: W/\"1\"\r\n");
    assert_eq!(door.ask("PUT /Patient/g1", &versioned, grace()).await.status, 412);
    let newer = "Content-Type: application/fhir+json; fhirVersion=5.0\r\n";
    assert_eq!(door.ask("PUT /Patient/g1", newer, grace()).await.status, 415);
    let brotli = format!("{JSON}Content-Encoding: br\r\n");
    assert_eq!(door.ask("PUT /Patient/g1", &brotli, grace()).await.status, 415);
    let long = |bytes: usize| format!("POST /{}", "a".repeat(bytes));
    assert_eq!(door.ask(&long(intake::REQUEST_WORDS_BYTES_MAX + 1), JSON, grace()).await.status, 414);
    assert_eq!(door.ask(&long(intake::REQUEST_WORDS_BYTES_MAX), JSON, grace()).await.status, 422);
    let nobody = door.send("PUT /sources/nobody/fhir/Flag/1", TOKEN, "application/fhir+json", "{}").await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_is_not_shown_is_kept_and_said() {
    let door = with_grace().await;
    let answer = door.ask("PUT /Goal/1", JSON, r#"{"resourceType":"Goal","id":"1"}"#).await;
    assert_eq!(answer.status, 202);
    assert!(answer.body.to_string().contains("this is not shown"));
}
