//! More connections than the program has places or file handles for.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::process::Command;

use crate::operated::{Installation, exchange, framed, message, sample};
use crate::service::{Service, becomes, get};

/// How many places a source has.
const PLACES: usize = 64;

/// Whether the other side has closed it, without having said anything.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock),
    }
}

#[test]
fn connections_beyond_the_limit_are_counted_and_told_of_together() {
    const KNOCKS: usize = 300;
    let installation = Installation::new();
    let (service, operations) = installation.serve("info");
    let address = service.address("mllp", Some("kingsbrook"));
    let mut senders: Vec<TcpStream> = (0..PLACES).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let all = format!("connect_care_mllp_connections{{source=\"kingsbrook\"}} {PLACES}");
    becomes(&operations, "/metrics", |answer| answer.body.contains(&all));
    for _ in 0..KNOCKS {
        assert!(is_closed(&mut TcpStream::connect(&address).unwrap()));
    }
    for (number, sender) in senders.iter_mut().enumerate() {
        assert_eq!(exchange(sender, &framed(&message(&format!("M{number}")))).unwrap().0, "AA");
    }
    let refused = "connect_care_mllp_refused_total{source=\"kingsbrook\",reason=\"too-many\"}";
    assert!((sample(&get(&operations, "/metrics").body, refused) - KNOCKS as f64).abs() < 0.1);
    drop(senders);
    service.terminate();
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(0));
    let told: Vec<serde_json::Value> = log.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told: Vec<u64> = told
        .iter()
        .filter(|line| line["message"] == "connections were refused")
        .map(|line| line["connections"].as_u64().unwrap())
        .collect();
    assert!(told.len() <= 3, "a line each would fill the log: {told:?}");
    assert_eq!(told.iter().sum::<u64>(), KNOCKS as u64, "and none is forgotten");
}

/// As many files as the program opens itself, and few more.
#[test]
fn a_port_outlives_a_lack_of_file_handles() {
    let installation = Installation::new();
    let (service, operations) = installation.serve("info");
    let own = std::fs::read_dir(format!("/proc/{}/fd", service.id())).map(Iterator::count);
    service.terminate();
    assert_eq!(service.ended().0.code(), Some(0));
    drop(operations);
    let Ok(own) = own else {
        println!("skipped: no /proc to count file handles in");
        return;
    };
    let mut shell = Command::new("sh");
    let script = format!("ulimit -n {}; exec \"$0\" \"$@\"", own + 20);
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_connect-care")]);
    let service = Service::start_as(shell, &installation.arguments(), "info");
    let address = service.address("mllp", Some("kingsbrook"));
    let mut sender = TcpStream::connect(&address).unwrap();
    assert_eq!(exchange(&mut sender, &framed(&message("F1"))).unwrap().0, "AA");
    // Under the limit of the port, above that of the process.
    let crowd: Vec<TcpStream> = (1..PLACES).map(|_| TcpStream::connect(&address).unwrap()).collect();
    service.logged("no handles", |line| line["message"] == "connections were refused" && line["reason"] == "not-taken");
    assert_eq!(exchange(&mut sender, &framed(&message("F2"))).unwrap().0, "AA");
    drop(crowd);
    let mut next = TcpStream::connect(&address).unwrap();
    assert_eq!(exchange(&mut next, &framed(&message("F3"))).unwrap().0, "AA");
    drop((sender, next));
    service.terminate();
    assert_eq!(service.ended().0.code(), Some(0));
}
