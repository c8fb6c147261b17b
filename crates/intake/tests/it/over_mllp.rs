//! A sender's side of MLLP, and what it may rely on.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use formats::mllp::{Frame, MllpCodec};
use futures_util::StreamExt;
use intake::{MllpLimits, MllpListener, MllpTls, listen_mllp};
use record::SourceId;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinHandle;
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;

use crate::hospital::{GRACE, admitted, hl7, pid, result};
use crate::house::{House, hospital};

/// A port that is open until this is stopped.
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Port {
    pub(crate) async fn open(house: &House, limits: MllpLimits) -> Self {
        Self::open_for(house, hospital(), limits).await
    }

    pub(crate) async fn open_for(house: &House, source: SourceId, limits: MllpLimits) -> Self {
        Self::open_as(house, source, limits, |listener| listener).await
    }

    pub(crate) async fn open_over_tls(house: &House, tls: MllpTls) -> Self {
        Self::open_over_tls_within(house, tls, MllpLimits::default()).await
    }

    pub(crate) async fn open_over_tls_within(house: &House, tls: MllpTls, limits: MllpLimits) -> Self {
        Self::open_as(house, hospital(), limits, |listener| listener.over_tls(Some(tls))).await
    }

    pub(crate) async fn open_as(
        house: &House,
        source: SourceId,
        limits: MllpLimits,
        kind: impl FnOnce(MllpListener) -> MllpListener,
    ) -> Self {
        let listener = kind(listen_mllp((Ipv4Addr::LOCALHOST, 0).into(), source, limits).await.unwrap());
        let (address, stop) = (listener.address, CancellationToken::new());
        let serving = tokio::spawn(listener.serve(house.intake.clone(), stop.clone()));
        Self { address, stop, serving }
    }

    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }
}

/// A sender's connection.
pub(crate) struct Sender {
    acknowledgements: FramedRead<OwnedReadHalf, MllpCodec>,
    write: OwnedWriteHalf,
}

impl Sender {
    pub(crate) async fn connect(port: &Port) -> Self {
        let (read, write) = TcpStream::connect(port.address).await.unwrap().into_split();
        Self { acknowledgements: FramedRead::new(read, MllpCodec::default()), write }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.write.write_all(bytes).await.unwrap();
    }

    /// Ends the sending side: what follows never comes.
    pub(crate) async fn finish(&mut self) {
        self.write.shutdown().await.unwrap();
    }

    /// The next acknowledgement; `None` when the connection was closed instead.
    pub(crate) async fn acknowledgement(&mut self) -> Option<String> {
        match self.acknowledgements.next().await?.ok()?.frame {
            Frame::Message(bytes) => Some(String::from_utf8(bytes).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// The same where the port may have no place: nothing then.
    pub(crate) async fn try_send(&mut self, message: &[u8]) -> Option<String> {
        self.write.write_all(&framed(message)).await.ok()?;
        self.acknowledgement().await
    }

    /// Sends a message and waits for its acknowledgement.
    pub(crate) async fn send(&mut self, message: &[u8]) -> String {
        self.write(&framed(message)).await;
        self.acknowledgement().await.unwrap()
    }
}

pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    [b"\x0b", message, b"\x1c\r"].concat()
}

/// `MSA-1` of an acknowledgement.
pub(crate) fn code(acknowledgement: &str) -> &str {
    let msa = acknowledgement.split('\r').find(|segment| segment.starts_with("MSA|")).unwrap();
    msa.split('|').nth(1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_and_a_result_become_one_person_with_entries() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let first = sender.send(&admitted("A1")).await;
    assert_eq!(code(&first), "AA");
    assert!(first.contains("|ACK^A01|CC1|") && first.contains("\rMSA|AA|A1|"), "{first}");
    // What was acknowledged stands in the file for whoever opens it.
    assert_eq!(house.messages_in_folder().await, 1);
    assert_eq!(code(&sender.send(&result("A2")).await), "AA");
    house.intake.settle().await.unwrap();

    let record = house.record(house.person(GRACE).await).await;
    let kinds: Vec<&str> = record.entries.iter().map(|entry| entry.content.kind()).collect();
    for kind in ["attendance", "allergy", "result"] {
        assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
    }
    assert_eq!(record.charts.len(), 1);
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_again_is_acknowledged_again_and_applied_once() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let mut acknowledgements = vec![sender.send(&admitted("A1")).await];
    house.intake.settle().await.unwrap();
    let person = house.person(GRACE).await;
    let (version, counted) = (house.version(person).await, house.count().await);
    for _ in 0..2 {
        acknowledgements.push(sender.send(&admitted("A1")).await);
    }
    // Another connection, as after a broken one.
    acknowledgements.push(Sender::connect(&port).await.send(&admitted("A1")).await);
    house.intake.settle().await.unwrap();
    assert!(acknowledgements.iter().all(|one| code(one) == "AA" && one.contains("|CC1|")), "{acknowledgements:?}");
    assert_eq!(house.messages().await, 1);
    assert_eq!((house.version(person).await, house.count().await), (version, counted));
    assert!(house.quarantined().await.is_empty());
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_connections_at_once_are_all_answered_and_all_applied() {
    const CONNECTIONS: usize = 24;
    const MESSAGES: usize = 20;
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut senders = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        let mut sender = Sender::connect(&port).await;
        senders.spawn(async move {
            for message in 0..MESSAGES {
                let pid = pid(&format!("{connection}"), "", &format!("Name{connection}^Given"), "19700101");
                let visit = format!("PV1|1|I|WARD {message}||||||||||||||||V{connection}-{message}");
                let message = hl7("ADT^A08", &format!("C{connection}-{message}"), &[&pid, &visit]);
                assert_eq!(code(&sender.send(&message).await), "AA");
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done.unwrap();
    }
    house.intake.settle().await.unwrap();
    assert_eq!(house.messages().await, CONNECTIONS * MESSAGES);
    assert!(house.unapplied().await.is_empty() && house.waiting_units().await.is_empty());
    assert_eq!(house.count().await, (CONNECTIONS as u64, (CONNECTIONS * MESSAGES) as u64));
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_id_used_for_another_message_is_refused_and_kept_each_time_it_comes() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    assert_eq!(code(&sender.send(&admitted("A1")).await), "AA");
    for _ in 0..2 {
        let refused = sender.send(&result("A1")).await;
        assert_eq!(code(&refused), "AE", "the same answer when it is sent again");
        assert!(refused.contains("ERR|MSH^1^10^"), "{refused}");
    }
    house.intake.settle().await.unwrap();
    let held = house.quarantined().await;
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].place.as_str(), held[0].bytes.as_slice()), ("MSH-10", result("A1").as_slice()));
    let record = house.record(house.person(GRACE).await).await;
    assert!(record.entries.iter().all(|entry| entry.content.kind() != "result"));

    // Thirty days later the id is free again: the message is taken up where it waited.
    house.wait_days(31);
    assert_eq!(code(&sender.send(&result("A1")).await), "AA");
    house.intake.settle().await.unwrap();
    let record = house.record(house.person(GRACE).await).await;
    assert!(record.entries.iter().any(|entry| entry.content.kind() == "result"));
    assert!(house.quarantined().await.is_empty());
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn junk_between_frames_is_nobodys_message() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let wire =
        [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &framed(&admitted("A1")), b"\r\n\x00junk", &framed(&result("A2"))];
    sender.write(&wire.concat()).await;
    for _ in 0..2 {
        assert_eq!(code(&sender.acknowledgement().await.unwrap()), "AA");
    }
    assert_eq!(house.messages().await, 2);
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_more_is_closed_and_its_half_message_is_kept() {
    let house = House::open().await;
    let limits = MllpLimits { idle_max: Duration::ZERO, whole_max: Duration::ZERO, ..MllpLimits::default() };
    let port = Port::open(&house, limits).await;
    let half = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A01|A2|P|2.4\rPID|1||7";
    // Where no time is given, some connections are closed before their bytes are seen.
    let mut sender = loop {
        let mut sender = Sender::connect(&port).await;
        let _ = sender.write.write_all(&[framed(&admitted("A1")).as_slice(), b"\x0b", half].concat()).await;
        if let Some(accepted) = sender.acknowledgement().await {
            assert_eq!(code(&accepted), "AA");
            break sender;
        }
    };
    assert_eq!(code(&sender.acknowledgement().await.unwrap()), "AR");
    assert_eq!(sender.acknowledgement().await, None, "closed");
    assert_eq!(house.quarantined().await[0].bytes, half);
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_more_than_allowed_is_closed_and_the_others_go_on() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits { connections_max: 1, ..MllpLimits::default() }).await;
    let mut first = Sender::connect(&port).await;
    assert_eq!(code(&first.send(&admitted("A1")).await), "AA");
    assert_eq!(Sender::connect(&port).await.acknowledgement().await, None);
    assert_eq!(code(&first.send(&result("A2")).await), "AA");
    drop(first);
    // Its place is free as soon as the port has noticed.
    loop {
        let mut next = Sender::connect(&port).await;
        let _ = next.write.write_all(&framed(&result("A3"))).await;
        if let Some(acknowledgement) = next.acknowledgement().await {
            assert_eq!(code(&acknowledgement), "AA");
            break;
        }
    }
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_stops_leaves_what_was_not_whole_to_its_sender() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    assert_eq!(code(&sender.send(&admitted("A1")).await), "AA");
    sender.write(b"\x0bMSH|^~\\&|PAS").await;
    port.close().await;
    assert_eq!(sender.acknowledgement().await, None);
    assert_eq!(house.messages().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_stops_answers_every_message_that_has_arrived_and_then_hangs_up() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    assert_eq!(code(&sender.send(&admitted("S0")).await), "AA");
    let frames: Vec<u8> = ["S1", "S2", "S3"]
        .iter()
        .flat_map(|id| [b"\x0b".as_slice(), admitted(id).as_slice(), b"\x1c\r".as_slice()].concat())
        .chain(b"\x0bMSH|not whole".iter().copied())
        .collect();
    sender.write(&frames).await;
    let answered = async {
        for id in ["S1", "S2", "S3"] {
            let answer = sender.acknowledgement().await.expect("it arrived before the port stopped");
            assert!(answer.contains(&format!("MSA|AA|{id}")), "{answer}");
        }
        assert_eq!(sender.acknowledgement().await, None);
    };
    tokio::join!(port.close(), answered);
    assert_eq!(house.messages().await, 4);
}
