//! Frames that come in pieces, mixed up, late or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use intake::MllpLimits;

use crate::hospital::{GRACE, admitted, hl7, pid, result};
use crate::house::House;
use crate::over_mllp::{Port, Sender, code, framed};

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_cut_anywhere_are_whole_again_in_order() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let wire = [framed(&admitted("H1")), framed(&result("H2")), framed(&admitted("H3"))].concat();
    for piece in wire.chunks(7) {
        sender.write(piece).await;
    }
    for id in ["H1", "H2", "H3"] {
        let answer = sender.acknowledgement().await.unwrap();
        assert!(answer.contains(&format!("MSA|AA|{id}|")), "{answer}");
    }
    assert_eq!(house.messages().await, 3);
    port.close().await;
}

/// Two threads of a sender that write to one connection at once.
#[tokio::test(flavor = "multi_thread")]
async fn of_interleaved_frames_the_one_that_was_broken_into_is_refused_and_the_other_applied() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let (broken, whole) = (framed(&admitted("I1")), framed(&result("I2")));
    let (beginning, rest) = broken.split_at(broken.len() / 2);
    sender.write(&[beginning, &whole, rest, &framed(&result("I3"))].concat()).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(sender.acknowledgement().await.unwrap());
    }
    let codes: Vec<&str> = answers.iter().map(|answer| code(answer)).collect();
    // The third has an id of its own and is another message: its rest is nobody's.
    assert_eq!(codes, ["AR", "AA", "AA"]);
    assert!(answers[0].contains("MSA|AR|I1|") && answers[0].contains("cut short"), "{}", answers[0]);
    house.intake.settle().await.unwrap();
    let held = house.quarantined().await;
    assert_eq!((held.len(), held[0].bytes.as_slice()), (1, &beginning[1..]));
    let record = house.record(house.person(GRACE).await).await;
    assert!(record.entries.iter().all(|entry| entry.content.kind() == "result"), "nothing of the broken one");

    // Sent again whole, it is taken.
    assert_eq!(code(&sender.send(&admitted("I1")).await), "AA");
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_drips_is_cut_in_its_time_kept_and_answered_and_the_others_go_on() {
    let house = House::open().await;
    // No time at all: the first piece that is not the whole is one too many.
    let slow = MllpLimits { whole_max: Duration::ZERO, ..MllpLimits::default() };
    let port = Port::open(&house, slow).await;
    let mut dripping = Sender::connect(&port).await;
    let beginning = &admitted("S1")[..80];
    dripping.write(&[b"\x0b", beginning].concat()).await;
    let refused = dripping.acknowledgement().await.unwrap();
    assert!(refused.contains("MSA|AR|S1|") && refused.contains("cut short"), "{refused}");
    assert_eq!(dripping.acknowledgement().await, None, "and hung up");
    assert_eq!(house.quarantined().await[0].bytes, beginning);
    assert_eq!(code(&Sender::connect(&port).await.send(&result("S2")).await), "AA");
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_without_waiting_are_durable_and_answered_in_the_order_of_sending() {
    const MESSAGES: usize = 60;
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    // Of the same patient, of others, unreadable ones and cut ones, all mixed.
    let one = |number: usize| {
        let id = format!("P{number:02}");
        match number % 5 {
            0 | 1 => admitted(&id),
            2 => format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000|||{id}|P|2.4\r").into_bytes(),
            _ => hl7("ADT^A08", &id, &[&pid(&id, "", &format!("Name{number}^Given"), "19700101")]),
        }
    };
    let frames: Vec<u8> = (0..MESSAGES).flat_map(|number| framed(&one(number))).collect();
    sender.write(&frames).await;
    let mut numbers = Vec::new();
    for number in 0..MESSAGES {
        let answer = sender.acknowledgement().await.unwrap();
        let wanted = if number % 5 == 2 { "AR" } else { "AA" };
        assert!(answer.contains(&format!("MSA|{wanted}|P{number:02}|")), "{answer}");
        let own = answer.split('|').find_map(|field| field.strip_prefix("CC")?.parse::<u64>().ok());
        numbers.push(own.unwrap());
    }
    assert!(numbers.is_sorted(), "the inbox's own numbers are the order of becoming durable: {numbers:?}");
    assert_eq!(house.messages().await, MESSAGES);
    port.close().await;
}

/// Its answers are long, so that they fill what the connection holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_takes_no_answers_holds_up_nobody_else() {
    let house = House::open().await;
    let patient = Duration::from_secs(3600);
    let port = Port::open(&house, MllpLimits { answer_max: patient, ..MllpLimits::default() }).await;
    let mut deaf = Sender::connect(&port).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = tokio::spawn({
        let sent = Arc::clone(&sent);
        async move {
            for number in 0.. {
                let text = String::from_utf8(one(number, "D")).unwrap();
                deaf.write(&framed(text.replace("|PAS|", &format!("|{}|", "P".repeat(30_000))).as_bytes())).await;
                sent.store(number, Ordering::Relaxed);
            }
        }
    });
    let mut sender = Sender::connect(&port).await;
    let (mut before, mut exchanged) = (usize::MAX, 0);
    // Until it is stuck: as many patients as there are lanes, and it got no further.
    while before != sent.load(Ordering::Relaxed) {
        before = sent.load(Ordering::Relaxed);
        for _ in 0..intake::LANES {
            assert_eq!(code(&sender.send(&one(exchanged, "E")).await), "AA");
            exchanged += 1;
        }
    }
    for _ in 0..2 * intake::LANES {
        assert_eq!(code(&sender.send(&one(exchanged, "E")).await), "AA");
        exchanged += 1;
    }
    sending.abort();
    drop(sender);
    port.close().await;
}

fn one(number: usize, letter: &str) -> Vec<u8> {
    let id = format!("{letter}{number}");
    hl7("ADT^A08", &id, &[&pid(&id, "", &format!("Name{number}^Given"), "19700101")])
}
