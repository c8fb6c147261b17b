//! FHIR by HTTP POST, over real connections.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Waker};

use intake::{FhirPush, Payload, fhir_router};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::hospital::{GRACE, OTHER, allergy, bundle, patient};
use crate::house::{House, hospital, practice};

const TOKEN: &str = "a token of the practice";
const BODY_BYTES_MAX: usize = 20_000;

struct Door {
    house: House,
    address: SocketAddr,
}

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Door {
    async fn open() -> Self {
        let house = House::open().await;
        let digest = |token: &str| -> [u8; 32] { Sha256::digest(token.as_bytes()).into() };
        let token_digests = BTreeMap::from([(practice(), digest(TOKEN)), (hospital(), digest("of the hospital"))]);
        let push = FhirPush { intake: house.intake.clone(), token_digests, body_bytes_max: BODY_BYTES_MAX };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, fhir_router(push)).await.unwrap() });
        Self { house, address }
    }

    async fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.send("POST /sources/riverside-gp/fhir", TOKEN, "application/fhir+json", body).await
    }

    async fn send(&self, line: &str, token: &str, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: cc\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let (mut read, mut write) = TcpStream::connect(self.address).await.unwrap().into_split();
        let body = body.to_vec();
        // A refusal may come while the body is still on its way.
        let sending = tokio::spawn(async move {
            let _ = write.write_all(head.as_bytes()).await;
            let _ = write.write_all(&body).await;
            write
        });
        let mut answer = Vec::new();
        read.read_to_end(&mut answer).await.unwrap();
        drop(sending.await.unwrap());
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: serde_json::from_str(body).unwrap() }
    }

    /// Refused as a whole, with an OperationOutcome that says this.
    async fn refuses(&self, body: impl AsRef<[u8]>, words: &str) {
        let answer = self.post(body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.says(words), "{words}: {}", answer.body);
    }
}

impl Answer {
    fn says(&self, words: &str) -> bool {
        assert!(self.head.contains("content-type: application/fhir+json"), "{}", self.head);
        assert_eq!(self.body["resourceType"], "OperationOutcome");
        self.body["issue"][0]["diagnostics"].as_str().unwrap().contains(words)
    }

    fn statuses(&self) -> Vec<&str> {
        assert_eq!((self.status, &self.body["type"]), (200, &Value::from("batch-response")), "{}", self.body);
        self.body["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["response"]["status"].as_str().unwrap())
            .collect()
    }
}

fn grace() -> String {
    patient("g1", GRACE, "Okafor", "Grace", "1961-04-02")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_answered_entry_by_entry_and_is_in_the_record() {
    let door = Door::open().await;
    let goal = r#"{"resourceType":"Goal","id":"x"}"#.to_owned();
    let answer = door.post(bundle(&[grace(), allergy("a1", "g1", "Penicillin"), goal.clone()])).await;
    assert_eq!(answer.statuses(), ["201", "201", "202"]);
    let kept = &answer.body["entry"][2]["response"]["outcome"]["issue"][0];
    assert_eq!(kept["severity"], "information", "what is not shown is said");
    door.house.intake.settle().await.unwrap();
    let record = door.house.record(door.house.person(GRACE).await).await;
    assert_eq!(record.entries.len(), 1);

    let again = door.post(bundle(&[grace(), allergy("a1", "g1", "Penicillin"), goal])).await;
    assert_eq!(again.statuses(), ["200", "200", "200"]);
    assert_eq!(door.house.messages().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_entry_is_refused_with_its_place_and_the_others_are_applied() {
    let door = Door::open().await;
    let bad = patient("g2", "9990000019", "Nwosu", "Ada", "1961-04-02");
    let resources = [grace(), bad, allergy("a1", "g1", "Penicillin")];
    let answer = door.post(bundle(&resources)).await;
    assert_eq!(answer.statuses(), ["201", "422", "201"]);
    let issue = &answer.body["entry"][1]["response"]["outcome"]["issue"][0];
    assert!(issue["expression"][0].as_str().unwrap().starts_with("entry[1].resource"), "{issue}");
    assert!(issue["diagnostics"].as_str().unwrap().contains("check digit"));
    assert!(!answer.body.to_string().contains("9990000019"), "an answer quotes no number");
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.count().await, (1, 1));
    let held = door.house.quarantined().await;
    assert_eq!((held.len(), held[0].kind.as_str()), (1, "Patient"));
    assert_eq!(held[0].bytes, bundle(&resources).as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_bundle_is_refused_kept_and_harms_nothing() {
    let door = Door::open().await;
    let deep = format!(r#"{{"resourceType":"Patient","x":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    let twice = r#"{"resourceType":"Patient","id":"a","id":"b"}"#;
    door.refuses("{\"resourceType\":\"Pat", "not JSON").await;
    door.refuses(&deep, "").await;
    door.refuses(twice, "twice").await;
    door.refuses(b"{\"resourceType\":\"Patient\",\"id\":\"\xff\"}", "UTF-8").await;
    door.refuses("[1,2]", "object").await;
    door.refuses("", "empty").await;
    door.refuses("<Patient", "").await;
    door.refuses("MSH|^~\\&|", "not JSON").await;
    assert_eq!(door.post(bundle(&[grace()])).await.statuses(), ["201"]);
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.count().await.0, 1);
    let held = door.house.quarantined().await;
    assert_eq!(held.len(), 7, "all but the empty one: {held:?}");
    assert!(
        held.iter().any(|row| row.bytes == deep.as_bytes()) && held.iter().any(|row| row.bytes == twice.as_bytes())
    );
    // The same again is refused again and kept once.
    door.refuses(twice, "twice").await;
    assert_eq!(door.house.quarantined().await.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_unknown_is_listened_to() {
    let door = Door::open().await;
    let body = bundle(&[grace()]);
    let json = "application/fhir+json";
    for (path, token) in [
        ("/sources/riverside-gp/fhir", "another token"),
        ("/sources/riverside-gp/fhir", ""),
        ("/sources/nobody/fhir", TOKEN),
        ("/sources/..%2f..%ff/fhir", TOKEN),
        ("/sources/kingsbrook-pas/fhir", TOKEN),
        ("/sources/kingsbrook-pas/fhir", "of the hospital"),
    ] {
        let answer = door.send(&format!("POST {path}"), token, json, &body).await;
        assert_eq!(answer.status, 401, "{path} {token}");
        assert!(answer.says("not known") && answer.head.contains("www-authenticate: bearer"));
    }
    assert_eq!(door.send("GET /sources/riverside-gp/fhir", TOKEN, json, "").await.status, 405);
    assert_eq!(door.house.messages().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_in_words_and_its_beginning_is_kept() {
    let door = Door::open().await;
    let fits = |bytes: usize| {
        let text = bundle(&[grace()]);
        let blanks = " ".repeat(bytes - text.len());
        format!("{text}{blanks}")
    };
    assert_eq!(door.post(fits(BODY_BYTES_MAX)).await.statuses(), ["201"]);
    let answer = door.post(fits(BODY_BYTES_MAX + 1)).await;
    assert_eq!(answer.status, 413);
    assert!(answer.says("longer than 20000 bytes"));
    let long = door.post(fits(5_000_000)).await;
    assert_eq!(long.status, 413);
    let held = door.house.quarantined().await;
    assert_eq!(held.len(), 1, "both begin alike");
    assert_eq!(held[0].bytes, &fits(BODY_BYTES_MAX).as_bytes()[..formats::mllp::OVERSIZE_HEAD_BYTES]);
}

#[tokio::test(flavor = "multi_thread")]
async fn xml_is_read_whatever_it_is_called() {
    let door = Door::open().await;
    let xml = |id: &str| {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="{id}"/><identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="{OTHER}"/></identifier><name><family value="Nwosu"/><given value="Ada"/></name><birthDate value="1961-04-02"/></Patient>"#
        )
    };
    let line = "POST /sources/riverside-gp/fhir";
    let called = door.send(line, TOKEN, "application/fhir+xml", xml("x1")).await;
    assert_eq!(called.statuses(), ["201"]);
    let miscalled = door.send(line, TOKEN, "application/json", xml("x2")).await;
    assert_eq!(miscalled.statuses(), ["201"]);
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.record(door.house.person(OTHER).await).await.charts.len(), 2);
}

/// A bundle's id is no control id: the same bundle with more in it is news.
#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_of_the_same_name_with_more_in_it_is_applied() {
    let door = Door::open().await;
    let named = |resources: &[String]| bundle(resources).replace(r#""type":"#, r#""id":"daily","type":"#);
    assert_eq!(door.post(named(&[grace()])).await.statuses(), ["201"]);
    assert_eq!(door.post(named(&[grace(), allergy("a1", "g1", "Egg")])).await.statuses(), ["201", "201"]);
    door.house.intake.settle().await.unwrap();
    assert_eq!(door.house.count().await, (1, 1));
}

/// Found by the fault harness: the bundle was durable and acknowledged when it was sent again, and waited for the next
/// start to be applied, overtaken by everything that came after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_hangs_up_before_its_answer_has_its_bundle_applied_at_once_and_in_order() {
    let house = House::open().await;
    let text = bundle(&[patient("g1", GRACE, "Okafor", "Grace", "1961-04-02"), allergy("a1", "g1", "Penicillin")]);
    for round in 0..20 {
        let bytes = text.replace("Penicillin", &format!("Penicillin {round}")).into_bytes();
        let source = practice();
        let mut delivering = Box::pin(house.intake.deliver(&source, Payload::FhirJson, false, bytes.clone()));
        // As far as it comes at once: to where it becomes durable.
        let _ = delivering.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(delivering);

        let again = house.deliver(&source, Payload::FhirJson, bytes).await;
        assert!(again.is_duplicate());
        house.intake.settle().await.unwrap();
        assert!(house.unapplied().await.is_empty(), "what is acknowledged waits for no start");
    }
    assert_eq!(house.version(house.person(GRACE).await).await, 1 + 20, "each of them moved the record once");
}
