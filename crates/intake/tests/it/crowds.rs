//! More connections than a source may have, and from where it may not.

use intake::{MllpLimits, Peers};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::hospital::{hl7, pid};
use crate::house::{House, hospital};
use crate::over_mllp::{Port, Sender, code};

/// How many of a crowd knock at the same time.
const AT_ONCE: usize = 100;

/// One legitimate sender exchanges messages while so many others knock at a port
/// that has no place for them. All of them are sent away, and it is answered.
async fn a_crowd_is_sent_away(knocks: usize) {
    let house = House::open().await;
    let limits = MllpLimits { connections_max: 64, ..MllpLimits::default() };
    let port = Port::open(&house, limits).await;
    let mut senders = Vec::new();
    for number in 0..limits.connections_max {
        let mut sender = Sender::connect(&port).await;
        assert_eq!(code(&sender.send(&message(&format!("L{number}"))).await), "AA");
        senders.push(sender);
    }
    let mut crowd = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (address, share) = (port.address, knocks / AT_ONCE);
        crowd.spawn(async move {
            let mut sent_away = 0;
            for _ in 0..share {
                let mut stream = TcpStream::connect(address).await.unwrap();
                // An end or a reset: nothing is ever said.
                sent_away += usize::from(!matches!(stream.read(&mut [0]).await, Ok(1..)));
            }
            sent_away
        });
    }
    let (mut sent_away, mut exchanged) = (0, 0);
    loop {
        let sender = &mut senders[exchanged % limits.connections_max];
        assert_eq!(code(&sender.send(&message(&format!("M{exchanged}"))).await), "AA");
        exchanged += 1;
        match crowd.try_join_next() {
            Some(done) => sent_away += done.unwrap(),
            None if crowd.is_empty() => break,
            None => {}
        }
    }
    assert_eq!(sent_away, knocks);
    assert_eq!(house.messages().await, limits.connections_max + exchanged);
    // A place that becomes free goes to the next who asks.
    drop(senders.pop());
    let mut next = loop {
        let mut next = Sender::connect(&port).await;
        if next.try_send(&message("N1")).await.is_some() {
            break next;
        }
    };
    assert_eq!(code(&next.send(&message("N2")).await), "AA");
    drop((senders, next));
    port.close().await;
}

fn message(control_id: &str) -> Vec<u8> {
    hl7("ADT^A08", control_id, &[&pid(control_id, "", "Name^Given", "19700101")])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_connections_too_many_are_closed_while_the_others_are_served() {
    a_crowd_is_sent_away(2_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "deep: ten thousand connections"]
async fn ten_thousand_connections_too_many_are_closed_while_the_others_are_served() {
    a_crowd_is_sent_away(10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_a_peer_takes_no_place() {
    let house = House::open().await;
    let limits = MllpLimits { connections_max: 1, ..MllpLimits::default() };
    let elsewhere = Peers::parse(&["192.0.2.0/24"]).unwrap();
    let port = Port::open_as(&house, hospital(), limits, |listener| listener.only_from(Some(elsewhere))).await;
    for _ in 0..3 {
        assert_eq!(Sender::connect(&port).await.acknowledgement().await, None);
    }
    port.close().await;
    let here = Peers::parse(&["192.0.2.0/24", "127.0.0.1"]).unwrap();
    let port = Port::open_as(&house, hospital(), limits, |listener| listener.only_from(Some(here))).await;
    assert_eq!(code(&Sender::connect(&port).await.send(&message("A1")).await), "AA");
    port.close().await;
}
