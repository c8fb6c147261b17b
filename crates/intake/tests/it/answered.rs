//! What a sender is told, as it asked to be told (HL7 v2.5 §2.9).

use intake::MllpLimits;

use crate::hospital::{GRACE, admitted, pid};
use crate::house::House;
use crate::over_mllp::{Port, Sender, framed};

/// An admission that asks for answers in enhanced mode (`MSH-15`, `MSH-16`).
fn enhanced(control_id: &str, commit: &str, application: &str, pid: &str) -> Vec<u8> {
    let header = format!(
        "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08^ADT_A01|{control_id}|P|2.5|||{commit}|{application}"
    );
    format!("{header}\r{pid}\r").into_bytes()
}

/// `MSA-1` and `MSA-2` of the next answer.
async fn told(sender: &mut Sender) -> (String, String) {
    let answer = sender.acknowledgement().await.unwrap();
    let msa = answer.split('\r').find(|segment| segment.starts_with("MSA|")).unwrap().to_owned();
    let mut fields = msa.split('|').skip(1).map(str::to_owned);
    (fields.next().unwrap(), fields.next().unwrap())
}

fn pair(code: &str, id: &str) -> (String, String) {
    (code.to_owned(), id.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_is_answered_as_it_asks_to_be() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let grace = pid("77", GRACE, "Okafor^Grace", "19610402");
    let wrong = pid("77", "9990000019", "Okafor^Grace", "19610402");
    let cases: [(&str, &str, &str, &[&str]); 8] = [
        ("AL", "NE", &grace, &["CA"]),
        ("AL", "AL", &grace, &["CA", "AA"]),
        ("NE", "AL", &grace, &["AA"]),
        ("ER", "ER", &grace, &[]),
        ("NE", "NE", &grace, &[]),
        ("AL", "AL", &wrong, &["CA", "AE"]),
        ("AL", "NE", &wrong, &["CE"]),
        ("ER", "NE", &wrong, &["CE"]),
    ];
    for (number, (commit, application, pid, codes)) in cases.into_iter().enumerate() {
        let id = format!("E{number}");
        sender.write(&framed(&enhanced(&id, commit, application, pid))).await;
        for code in codes {
            assert_eq!(told(&mut sender).await, pair(code, &id), "{commit} {application}");
        }
    }
    // Nothing was said that was not asked for, and all of it is kept.
    sender.write(&framed(&admitted("LAST"))).await;
    assert_eq!(told(&mut sender).await, pair("AA", "LAST"));
    assert_eq!(house.messages().await, cases.len() + 1);
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_again_gets_the_answer_of_the_first_time_good_or_bad() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let wrong = enhanced("R2", "", "", &pid("78", "9990000019", "Okafor^Grace", "19610402"));
    let unreadable = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000|||R3|P|2.5\r".to_vec();
    for (message, code, id) in [(admitted("R1"), "AA", "R1"), (wrong, "AE", "R2"), (unreadable, "AR", "R3")] {
        let mut answers = Vec::new();
        for _ in 0..3 {
            let mut sender = Sender::connect(&port).await;
            answers.push(sender.send(&message).await);
        }
        assert!(answers[0].contains(&format!("\rMSA|{code}|{id}")), "{}", answers[0]);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "the clock stands still: {answers:#?}");
    }
    house.intake.settle().await.unwrap();
    assert_eq!((house.messages().await, house.quarantined().await.len()), (3, 2));
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_in_one_frame_is_as_many_messages_and_gets_one_answer_with_theirs() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let body = [admitted("B1"), b"MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000|||B2|P|2.4\r".to_vec(), admitted("B3")];
    let batch = [b"BHS|^~\\&|PAS|ZZ901\r".as_slice(), &body.concat(), b"BTS|3\r"].concat();
    sender.write(&[framed(&admitted("B0")), framed(&batch), framed(&admitted("B4"))].concat()).await;
    assert_eq!(told(&mut sender).await, pair("AA", "B0"));
    let answer = sender.acknowledgement().await.unwrap();
    let told_of: Vec<&str> = answer.split('\r').filter(|segment| segment.starts_with("MSA|")).collect();
    assert_eq!(told_of.len(), 3, "{answer}");
    for (msa, wanted) in told_of.iter().zip(["MSA|AA|B1", "MSA|AR|B2", "MSA|AA|B3"]) {
        assert!(msa.starts_with(wanted), "{answer}");
    }
    assert_eq!(told(&mut sender).await, pair("AA", "B4"));
    assert_eq!(house.messages().await, 5);

    // One that holds nothing is no message that anybody can read, and not lost either.
    let empty = sender.send(b"BHS|^~\\&|PAS|ZZ901\rBTS|0\r").await;
    assert!(empty.contains("MSA|AR|"), "{empty}");
    assert_eq!(house.messages().await, 6);
    port.close().await;
}
