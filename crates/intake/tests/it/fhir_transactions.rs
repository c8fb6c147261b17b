//! Transactions are applied as a whole or not at all; the entries of a batch each by itself.

use record::Standing;
use serde_json::Value;

use crate::door::Door;
use crate::hospital::{GRACE, OTHER, allergy, patient};

fn grace() -> String {
    patient("g1", GRACE, "Okafor", "Grace", "1961-04-02")
}

/// A bundle of requests: method and url, more of the request, and the resource.
fn of_requests(kind: &str, entries: &[(&str, &str, String)]) -> String {
    let entry = |(line, more, resource): &(&str, &str, String)| {
        let (method, url) = line.split_once(' ').unwrap();
        let resource = if resource.is_empty() { String::new() } else { format!(r#""resource":{resource},"#) };
        format!(r#"{{{resource}"request":{{"method":"{method}","url":"{url}"{more}}}}}"#)
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","))
}

fn responses(body: &Value) -> Vec<&Value> {
    body["entry"].as_array().unwrap().iter().map(|entry| &entry["response"]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_answered_entry_by_entry_in_order() {
    let door = Door::open().await;
    let goal = r#"{"resourceType":"Goal","id":"x"}"#.to_owned();
    let answer = door
        .post(of_requests(
            "transaction",
            &[
                ("POST AllergyIntolerance", "", allergy("a1", "g1", "Egg")),
                ("PUT Patient/g1", "", grace()),
                ("PUT Goal/x", "", goal),
            ],
        ))
        .await;
    assert_eq!(answer.statuses_of("transaction-response"), ["201", "201", "202"]);
    let told = responses(&answer.body);
    assert!(told[0]["location"].as_str().unwrap().starts_with("AllergyIntolerance/a1/_history/"), "{}", answer.body);
    assert!(told[1]["location"].as_str().unwrap().starts_with("Patient/g1/_history/"));
    assert!(told[0]["etag"].as_str().unwrap().starts_with("W/\""));
    assert!(told[2].get("location").is_none(), "what is not shown has no place");
    assert_eq!(door.shown(GRACE).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fault_holds_a_whole_transaction_and_every_fault_is_said() {
    let door = Door::open().await;
    let bad = |id: &str| allergy(id, "g1", "Nuts").replace(r#""code""#, r#""recordedDate":"2026-02-30","code""#);
    let requests = [
        ("PUT Patient/g1", "", grace()),
        ("POST AllergyIntolerance", "", allergy("a1", "g1", "Egg")),
        ("POST AllergyIntolerance", "", bad("a2")),
        ("PATCH AllergyIntolerance/a3", "", bad("a3")),
    ];
    let answer = door.post(of_requests("transaction", &requests)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.says("nothing of this transaction is applied"), "{}", answer.body);
    let places: Vec<&str> =
        answer.body["issue"].as_array().unwrap().iter().map(|issue| issue["expression"][0].as_str().unwrap()).collect();
    assert_eq!(places, ["entry[2].resource.recordedDate", "entry[3].request.method"]);
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.count().await, (0, 0));
    let held = door.house.quarantined().await;
    assert_eq!((held.len(), held[0].kind.as_str()), (1, "Bundle"), "one thing to look at, not four");

    let batch = door.post(of_requests("batch", &requests)).await;
    assert_eq!(batch.statuses(), ["201", "201", "422", "422"]);
    assert_eq!(door.shown(GRACE).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_whose_patient_contradicts_waits_as_a_whole() {
    let door = Door::open().await;
    door.post(of_requests("transaction", &[("PUT Patient/g1", "", grace())])).await;
    let somebody_else = patient("g1", OTHER, "Nwosu", "Ada", "1988-01-30");
    let requests = [
        ("PUT Patient/g1", "", somebody_else),
        ("PUT Patient/o1", "", patient("o1", "", "Ito", "Ken", "1950-05-05")),
        ("POST AllergyIntolerance", "", allergy("a1", "o1", "Egg")),
    ];
    let answer = door.post(of_requests("transaction", &requests)).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.count().await.1, 0, "no entry of it is applied");
    assert_eq!(door.house.waiting_units().await.len(), 3);
    // The same as a batch: what is not in doubt is applied.
    let batch = door.post(of_requests("batch", &requests)).await;
    assert_eq!(batch.statuses(), ["201", "201", "201"]);
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.count().await.1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_created_only_where_there_is_none_says_what_it_came_to() {
    let door = Door::open().await;
    let condition = r#","ifNoneExist":"identifier=urn:x|1""#;
    let egg = |reaction: &str| {
        let told = allergy("a1", "g1", "Egg").replace(r#""id":"a1","#, "");
        told.replace(r#""code""#, &format!(r#""note":[{{"text":"{reaction}"}}],"code""#))
    };
    let bundle = |kind: &str, note: &str| {
        of_requests(kind, &[("PUT Patient/g1", "", grace()), ("POST AllergyIntolerance", condition, egg(note))])
    };
    assert_eq!(door.post(bundle("transaction", "first")).await.statuses_of("transaction-response"), ["201", "201"]);
    let again = door.post(bundle("transaction", "second")).await;
    assert_eq!(again.statuses_of("transaction-response"), ["201", "200"]);
    assert_eq!(door.post(bundle("batch", "third")).await.statuses(), ["201", "200"]);
    let shown = door.shown(GRACE).await;
    assert!(shown.len() == 1 && shown[0].1.contains("first"), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_takes_back_and_tells_in_one() {
    let door = Door::open().await;
    let egg = ("POST AllergyIntolerance", "", allergy("a1", "g1", "Egg"));
    door.post(of_requests("batch", &[("PUT Patient/g1", "", grace()), egg.clone()])).await;
    let requests = [
        ("DELETE AllergyIntolerance/a1", "", String::new()),
        ("PUT AllergyIntolerance/a2", "", allergy("a2", "g1", "Nuts")),
    ];
    let answer = door.post(of_requests("transaction", &requests)).await;
    assert_eq!(answer.statuses_of("transaction-response"), ["204", "201"]);
    let shown = door.shown(GRACE).await;
    let standing = |word: &str| shown.iter().find(|(_, line)| line.contains(word)).unwrap().0;
    assert_eq!((standing("Egg"), standing("Nuts")), (Standing::EnteredInError, Standing::Current));

    // Nobody says whether it is told first or taken back first.
    let both = [("DELETE AllergyIntolerance/a1", "", String::new()), ("PUT AllergyIntolerance/a1", "", egg.2)];
    assert_eq!(door.post(of_requests("batch", &both)).await.statuses(), ["422", "201"]);
    assert_eq!(door.post(of_requests("transaction", &both)).await.status, 400);
}
