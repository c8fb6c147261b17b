use std::future::Future;
use std::task::{Context, Poll, Waker};

use record::{Chance, OdsCode, Section, SourceFormat};

use super::*;

/// How many messages the hostile source sends at once.
const HOSTILE: usize = 1_000;

fn source(id: &str) -> Source {
    Source {
        id: SourceId::new(id).unwrap(),
        name: format!("{id} (invented)"),
        organisation: OdsCode::new("ZZ901").unwrap(),
        format: SourceFormat::Hl7v2,
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 60,
    }
}

fn message(id: &str) -> Vec<u8> {
    let header = format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{id}|P|2.4");
    format!("{header}\rPID|1||{id}^^^ZZ901^MR||Fam{id}^Giv||19610402|F\r").into_bytes()
}

/// A message's number is its place in the order in which messages became durable.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_sends_a_thousand_at_once_delays_anothers_acknowledgement_by_no_more_than_one_commit() {
    let sources = [source("kingsbrook"), source("aldersey")];
    let folder = tempfile::tempdir().unwrap();
    let store = store::open(folder.path(), &sources, Chance::new(|bytes| bytes.fill(7))).await.unwrap();
    let clock = Clock::new(|| "2026-11-22T13:32:00Z".parse().unwrap());
    let (intake, _workers) = Intake::start(store.inbox.clone(), &sources, clock);
    let [hostile, quiet] = sources.map(|source| source.id);
    let mut held = Vec::new();
    for _ in 0..RECEIVED_AT_ONCE {
        held.push(intake.shared.arrivals.place(&hostile).await);
    }
    let mut waiting = Vec::new();
    for number in 0..=HOSTILE {
        let (id, source) = if number == HOSTILE { ("Q".to_owned(), &quiet) } else { (format!("H{number}"), &hostile) };
        let mut one = Box::pin(intake.deliver(source, Payload::Hl7v2, true, message(&id)));
        // As far as it comes: to where it waits for its place.
        let polled = one.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        waiting.push(one);
    }
    while intake.shared.arrivals.waiting(&hostile) < HOSTILE || intake.shared.arrivals.waiting(&quiet) < 1 {
        tokio::task::yield_now().await;
    }
    drop(held);
    let delivered = futures_util::future::join_all(waiting).await;
    let numbers: Vec<u64> = delivered.into_iter().map(|one| one.unwrap().message().0).collect();
    let before = numbers.iter().filter(|number| *number < numbers.last().unwrap()).count();
    println!("{before} of {HOSTILE} became durable before");
    assert!(before <= RECEIVED_AT_ONCE + 1, "{before} of {HOSTILE} became durable before");
    assert_eq!(numbers.iter().max(), Some(&u64::try_from(HOSTILE + 1).unwrap()));
}

#[test]
fn the_first_segment_ends_at_the_first_line_break_behind_its_name() {
    for (message, first) in [
        ("MSH|^~\\&|PAS\rPID|1\r", "MSH|^~\\&|PAS"),
        ("\r\n MSH|^~\\&|PAS\nPID|1", "\r\n MSH|^~\\&|PAS"),
        ("MSH|^~\\&", "MSH|^~\\&"),
        ("\r\n", ""),
        ("", ""),
    ] {
        assert_eq!(first_segment(message.as_bytes()), first.as_bytes());
    }
}
