//! How fast the intake is on this machine: `cargo run --release -p intake --example throughput`.
//!
//! Prints durable acknowledgements over 16 connections, how long one takes, and
//! how fast messages and bundle entries get into the record.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a stopwatch that fails stops")]

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use formats::mllp::{Frame, MllpCodec};
use futures_util::{SinkExt, StreamExt};
use intake::{Intake, MllpLimits, Payload, listen_mllp};
use record::{Chance, Clock, OdsCode, Section, Source, SourceFormat, SourceId};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

const CONNECTIONS: usize = 16;
const MESSAGES: usize = 1_500;
const BUNDLES: usize = 100;
const ENTRIES: usize = 300;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [source("hospital", SourceFormat::Hl7v2), source("practice", SourceFormat::Fhir)];
    let store = store::open(folder.path(), &sources, Chance::new(|bytes| bytes.fill(7))).await.unwrap();
    let clock = Clock::fixed("2026-11-22T13:32:00Z".parse().unwrap());
    let (intake, _lanes) = Intake::start(store.inbox.clone(), &sources, clock);
    hl7(&intake).await;
    fhir(&intake).await;
    println!("people and entries: {:?}", store.people.count().await.unwrap());
}

fn source(id: &str, format: SourceFormat) -> Source {
    Source {
        id: SourceId::new(id).unwrap(),
        name: id.to_owned(),
        organisation: OdsCode::new("ZZ901").unwrap(),
        format,
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 60,
    }
}

async fn hl7(intake: &Intake) {
    let hospital = SourceId::new("hospital").unwrap();
    let listener = listen_mllp((Ipv4Addr::LOCALHOST, 0).into(), hospital, MllpLimits::default()).await.unwrap();
    let (address, stop) = (listener.address, CancellationToken::new());
    let serving = tokio::spawn(listener.serve(intake.clone(), stop.clone()));
    let start = Instant::now();
    let mut senders = JoinSet::new();
    for connection in 0..CONNECTIONS {
        senders.spawn(async move {
            let mut framed = Framed::new(TcpStream::connect(address).await.unwrap(), MllpCodec::default());
            let mut waits = Vec::with_capacity(MESSAGES);
            for number in 0..MESSAGES {
                let message = message(connection, number);
                let sent = Instant::now();
                framed.send(message.as_bytes()).await.unwrap();
                let answer = framed.next().await.unwrap().unwrap().frame;
                waits.push(sent.elapsed());
                let is_accepted = |answer: &[u8]| String::from_utf8_lossy(answer).contains("MSA|AA");
                assert!(matches!(&answer, Frame::Message(answer) if is_accepted(answer)), "no acknowledgement");
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = Vec::new();
    while let Some(done) = senders.join_next().await {
        waits.extend(done.unwrap());
    }
    let acknowledged = start.elapsed();
    intake.settle().await.unwrap();
    let applied = start.elapsed();
    waits.sort();
    let all = CONNECTIONS * MESSAGES;
    let at = |percent: usize| waits.get(all * percent / 100).copied().unwrap_or_default();
    println!(
        "HL7 v2: {:.0} acknowledged/s (p50 {:?}, p99 {:?}), {:.0} applied/s",
        rate(all, acknowledged),
        at(50),
        at(99),
        rate(all, applied)
    );
    stop.cancel();
    serving.await.unwrap();
}

/// Every patient gets an admission, then results.
fn message(connection: usize, number: usize) -> String {
    let patient = connection * MESSAGES + number / 4;
    let head = |kind: &str| {
        format!(
            "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||{kind}|{connection}-{number}|P|2.4\rPID|1||{patient}^^^ZZ901^MR||Name{patient}^Given^Second||19610402|F|||12 Marsh Lane^^London^^SE5 0ZZ||020 7946 0018\r"
        )
    };
    if number.is_multiple_of(4) {
        return head("ADT^A01")
            + &format!("EVN|A01|20261122090000\rPV1|1|I|WARD 7^A^1||||||||||||||||V{patient}\rAL1|1|DA|^Penicillin\r");
    }
    let mut text = head("ORU^R01");
    text.push_str(&format!(
        "OBR|1||L{patient}-{number}^LAB|FBC^Full blood count|||20261122083000|||||||||||||||20261122085500||LAB|F\r"
    ));
    for (row, (code, value)) in [("HB", 121), ("WBC", 7), ("PLT", 250), ("MCV", 88)].into_iter().enumerate() {
        text.push_str(&format!(
            "OBX|{}|NM|{code}^{code} in blood||{value}|g/L|1-400|N|||F|||20261122083000\r",
            row + 1
        ));
    }
    text
}

async fn fhir(intake: &Intake) {
    let practice = SourceId::new("practice").unwrap();
    let bundles: Vec<String> = (0..BUNDLES).map(bundle).collect();
    let start = Instant::now();
    let mut pushes = JoinSet::new();
    for bundle in bundles {
        let (intake, practice) = (intake.clone(), practice.clone());
        pushes.spawn(async move {
            let delivered = intake.deliver(&practice, Payload::FhirJson, false, bundle.into_bytes()).await.unwrap();
            delivered.applied.unwrap().await.unwrap().unwrap();
        });
    }
    while pushes.join_next().await.is_some() {}
    println!("FHIR: {:.0} entries/s durable and applied", rate(BUNDLES * ENTRIES, start.elapsed()));
}

fn bundle(patient: usize) -> String {
    let mut entries = vec![format!(
        r#"{{"fullUrl":"urn:uuid:p{patient}","resource":{{"resourceType":"Patient","id":"p{patient}","name":[{{"family":"Name{patient}","given":["Given"]}}],"birthDate":"1961-04-02"}}}}"#
    )];
    for number in 1..ENTRIES {
        entries.push(format!(
            r#"{{"fullUrl":"urn:uuid:o{patient}-{number}","resource":{{"resourceType":"Observation","id":"o{patient}-{number}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"8302-2","display":"Body height"}}],"text":"Body height"}},"subject":{{"reference":"urn:uuid:p{patient}"}},"effectiveDateTime":"2020-03-04T09:{:02}:00+00:00","issued":"2020-03-04T10:00:00.000+00:00","valueQuantity":{{"value":{number}.25,"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}}}}}}"#,
            number % 60
        ));
    }
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#, entries.join(","))
}

fn rate(count: usize, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate to be read")]
    let count = count as f64;
    count / took.as_secs_f64()
}
