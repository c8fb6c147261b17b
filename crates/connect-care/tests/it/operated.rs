//! How the program is operated: whether it lives and is ready, what it measures,
//! and that it stops without losing what it acknowledged.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use record::{Chance, MessageId, OdsCode, Section, Source, SourceFormat, SourceId};
use sha2::{Digest, Sha256};

use crate::service::{Answer, Service, becomes, get};

/// With which the made-up practice pushes.
pub(crate) const TOKEN: &str = "made-up-token";

/// A configuration in a folder of its own: a hospital with an MLLP port, a practice that pushes.
pub(crate) struct Installation {
    pub(crate) folder: tempfile::TempDir,
    config: PathBuf,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("connect-care.toml");
        let digest: String = Sha256::digest(TOKEN).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!(
            "data = \"{}\"\n\
             [listen]\nstaff = \"127.0.0.1:0\"\nmachines = \"127.0.0.1:0\"\noperations = \"127.0.0.1:0\"\n\
             public_url = \"https://record.example\"\n\
             [sign_in]\nissuer = \"https://identity.example\"\nclient_id = \"connect-care\"\n\
             [[organisations]]\nods_code = \"ZZ901\"\nname = \"Kingsbrook (invented)\"\nkind = \"acute\"\n\
             [[sources]]\nid = \"kingsbrook\"\nname = \"Kingsbrook\"\norganisation = \"ZZ901\"\nformat = \"hl7v2\"\n\
             sends = [\"identity\", \"allergies\"]\nstale_after_minutes = 60\nmllp = \"127.0.0.1:0\"\n\
             [[sources]]\nid = \"riverside\"\nname = \"Riverside\"\norganisation = \"ZZ901\"\nformat = \"fhir\"\n\
             sends = [\"identity\"]\nstale_after_minutes = 60\ntoken_sha256 = \"{digest}\"\n",
            folder.path().join("data").display()
        );
        std::fs::write(&config, text).unwrap();
        Self { folder, config }
    }

    pub(crate) fn arguments(&self) -> [&str; 3] {
        ["serve", "--config", self.config.to_str().unwrap()]
    }

    /// Serves, and waits until it is ready.
    pub(crate) fn serve(&self, level: &str) -> (Service, String) {
        Self::ready(Service::start(&self.arguments(), level))
    }

    fn ready(service: Service) -> (Service, String) {
        let operations = service.address("operations", None);
        becomes(&operations, "/ready", |answer| answer.status == 200);
        (service, operations)
    }
}

pub(crate) fn sample(measures: &str, start: &str) -> f64 {
    let line = measures.lines().find(|line| line.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("no {start} in\n{measures}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// A patient like no other, with one allergy.
pub(crate) fn message(id: &str) -> String {
    format!(
        "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{id}|P|2.4\r\
         PID|1||{id}^^^ZZ901^MR||Fam{id}^Giv{id}||19610402|F\rAL1|1|DA|^Penicillin\r"
    )
}

pub(crate) fn framed(message: &str) -> Vec<u8> {
    [b"\x0b", message.as_bytes(), b"\x1c\r"].concat()
}

/// The next acknowledgement's code and the control id that it is about.
pub(crate) fn acknowledgement(stream: &mut impl Read) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\x1c\r") {
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let msa = text.split('\r').find(|segment| segment.starts_with("MSA"))?.to_owned();
    let mut fields = msa.split('|').skip(1).map(str::to_owned);
    Some((fields.next()?, fields.next()?))
}

/// Sends one message and waits for its acknowledgement.
pub(crate) fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> Option<(String, String)> {
    stream.write_all(bytes).ok()?;
    acknowledgement(stream)
}

#[test]
fn operators_have_a_listener_of_their_own() {
    let installation = Installation::new();
    let (service, operations) = installation.serve("info");
    assert_eq!((get(&operations, "/live").status, get(&operations, "/ready").body), (200, "ready\n".to_owned()));
    let staff = service.address("staff", None);
    for listener in [&staff, &service.address("machines", None)] {
        for path in ["/live", "/ready", "/metrics"] {
            assert_eq!(get(listener, path).status, 404, "{path} is for operators alone");
        }
    }
    let mut hospital = TcpStream::connect(service.address("mllp", Some("kingsbrook"))).unwrap();
    assert_eq!(exchange(&mut hospital, &framed(&message("A1"))).unwrap().0, "AA");
    let broken = message("A2").replace("A2^^^ZZ901^MR", "");
    assert_ne!(exchange(&mut hospital, &framed(&broken)).unwrap().0, "AA");

    // What is applied a moment later is waited for.
    let unit = "connect_care_message_units_total{source=\"kingsbrook\",kind=\"ADT^A08\"";
    becomes(&operations, "/metrics", |answer| answer.body.matches(unit).count() == 2);
    let measures = get(&operations, "/metrics").body;
    let new = "connect_care_messages_received_total{source=\"kingsbrook\",outcome=\"new\"}";
    assert!((sample(&measures, new) - 2.0).abs() < 0.1, "{measures}");
    assert!(sample(&measures, "connect_care_ready") > 0.9);
    assert!(sample(&measures, "connect_care_mllp_connections{source=\"kingsbrook\"}") > 0.9);
    assert!(sample(&measures, "connect_care_store_commit_seconds_count{file=\"record\"") > 1.0);
    assert!(sample(&measures, "connect_care_store_size_bytes{file=\"desk\"}") > 0.0);
    let none = "connect_care_http_requests_total{listener=\"staff\",method=\"GET\",route=\"none\",status=\"404\"}";
    assert!((sample(&measures, none) - 3.0).abs() < 0.1, "{measures}");
    service.terminate();
    assert_eq!(service.ended().0.code(), Some(0));
}

#[test]
fn a_request_under_way_is_answered_while_the_program_is_no_longer_ready() {
    let installation = Installation::new();
    let (service, operations) = installation.serve("info");
    let (staff, machines) = (service.address("staff", None), service.address("machines", None));
    let body =
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","id":"p1"}}]}"#;
    let (first, rest) = body.split_at(20);
    let mut pushing = TcpStream::connect(&machines).unwrap();
    let head = format!(
        "POST /sources/riverside/fhir HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{first}",
        body.len()
    );
    pushing.write_all(head.as_bytes()).unwrap();
    let under_way = "connect_care_http_requests_under_way{listener=\"machines\"} 1";
    becomes(&operations, "/metrics", |answer| answer.body.contains(under_way));

    service.terminate();
    let stopping = becomes(&operations, "/ready", |answer| answer.status == 503);
    assert!(stopping.body.contains("program: it is stopping"), "{}", stopping.body);
    assert_eq!(get(&operations, "/live").status, 200, "it lives as long as it answers");
    while TcpStream::connect(&staff).is_ok() {}

    pushing.write_all(rest.as_bytes()).unwrap();
    let answer = Answer::read(pushing);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    assert!(log.last().unwrap().contains("\"stopped\""), "{log:#?}");
}

#[test]
fn a_service_that_can_no_longer_write_is_not_ready_acknowledges_nothing_and_still_stops() {
    let installation = Installation::new();
    let (service, operations) =
        Installation::ready(Service::start_short_of_room(&installation.arguments(), "info", 2_000));
    let mut hospital = TcpStream::connect(service.address("mllp", Some("kingsbrook"))).unwrap();
    let acknowledged =
        (0..2_000).take_while(|n| exchange(&mut hospital, &framed(&message(&format!("F{n}")))).is_some()).count();
    assert!((1..2_000).contains(&acknowledged), "{acknowledged}");
    let missing = becomes(&operations, "/ready", |answer| answer.status == 503).body;
    assert!(missing.contains("record file: the database cannot be written or read: "), "{missing}");
    assert_eq!(get(&operations, "/live").status, 200);
    let measures = get(&operations, "/metrics").body;
    assert!(sample(&measures, "connect_care_ready") < 0.1, "{measures}");
    assert!(
        sample(&measures, "connect_care_messages_received_total{source=\"kingsbrook\",outcome=\"not-kept\"}") > 0.9
    );
    service.terminate();
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(0), "{log:#?}");

    // With room again, what was acknowledged is there and applied.
    let (service, _) = installation.serve("info");
    service.terminate();
    assert_eq!(service.ended().0.code(), Some(0));
    let (messages, waiting, (people, _)) = stored(installation.folder.path());
    assert_eq!((messages, waiting, people), (acknowledged, 0, u64::try_from(acknowledged).unwrap()));
}

/// What senders were told.
#[derive(Default)]
struct Acknowledged {
    ids: Mutex<BTreeSet<String>>,
    more: Condvar,
}

/// Sends windows of messages until the connection ends.
fn send_without_end(address: &str, name: String, window: usize, told: &Acknowledged) {
    let mut stream = TcpStream::connect(address).unwrap();
    for round in 0.. {
        let ids: Vec<String> = (0..window).map(|n| format!("{name}x{round}x{n}")).collect();
        let frames: Vec<u8> = ids.iter().flat_map(|id| framed(&message(id))).collect();
        // Acknowledgements of what was sent before are still read.
        let is_sent = stream.write_all(&frames).is_ok();
        for _ in 0..window {
            let Some((code, id)) = acknowledgement(&mut stream) else { return };
            assert_eq!(code, "AA", "{id}");
            told.ids.lock().unwrap().insert(id);
            told.more.notify_all();
        }
        if !is_sent {
            return;
        }
    }
}

/// Every message of the store by the control id in it, and how much is applied.
pub(crate) fn stored(folder: &Path) -> (usize, usize, (u64, u64)) {
    let source = |id: &str, format| Source {
        id: SourceId::new(id).unwrap(),
        name: id.to_owned(),
        organisation: OdsCode::new("ZZ901").unwrap(),
        format,
        sends: vec![Section::Identity],
        stale_after_minutes: 60,
    };
    let sources = [source("kingsbrook", SourceFormat::Hl7v2), source("riverside", SourceFormat::Fhir)];
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = store::open(&folder.join("data"), &sources, Chance::new(|bytes| bytes.fill(7))).await.unwrap();
        let mut messages = 0;
        let mut after: Option<MessageId> = None;
        loop {
            let page = store.inbox.list(after).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            messages += page.len();
        }
        let waiting = store.inbox.waiting(None, 10_000).await.unwrap().len();
        assert!(store.inbox.quarantined(None).await.unwrap().is_empty());
        (messages, waiting, store.people.count().await.unwrap())
    })
}

#[test]
fn what_was_acknowledged_before_sigterm_is_there_after_a_restart_and_applied_once() {
    let installation = Installation::new();
    let (service, _) = installation.serve("info");
    let port = service.address("mllp", Some("kingsbrook"));
    // One that never finishes what it began must not hold the others up.
    let mut half = TcpStream::connect(&port).unwrap();
    half.write_all(b"\x0bMSH|^~\\&|PAS").unwrap();
    let told = Arc::new(Acknowledged::default());
    let senders: Vec<_> = [1, 1, 16, 16]
        .into_iter()
        .enumerate()
        .map(|(number, window)| {
            let (port, told) = (port.clone(), Arc::clone(&told));
            std::thread::spawn(move || send_without_end(&port, format!("s{number}"), window, &told))
        })
        .collect();
    let mut ids = told.ids.lock().unwrap();
    while ids.len() < 150 {
        ids = told.more.wait(ids).unwrap();
    }
    drop(ids);
    service.terminate();
    let (status, log) = service.ended();
    for sender in senders {
        sender.join().unwrap();
    }
    assert_eq!(status.code(), Some(0), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("cut off")), "{log:#?}");
    let acknowledged = told.ids.lock().unwrap().len();
    let (durable, waiting, _) = stored(installation.folder.path());
    println!("{acknowledged} acknowledged, {durable} durable, {waiting} not yet applied");
    assert_eq!(acknowledged, durable, "what is durable was acknowledged, and the other way round");

    let (service, _) = installation.serve("info");
    service.terminate();
    assert_eq!(service.ended().0.code(), Some(0));
    let (messages, waiting, (people, entries)) = stored(installation.folder.path());
    let all = u64::try_from(acknowledged).unwrap();
    assert_eq!((messages, waiting, people, entries), (acknowledged, 0, all, all));
}
