//! Bad input by MLLP: a clear refusal, the bytes in quarantine, and every other
//! message untouched.

use intake::{MllpLimits, Payload};
use record::SourceId;
use store::UnitCounts;

use crate::hospital::{GRACE, admitted, hl7, pid, result};
use crate::house::{House, hospital};
use crate::over_mllp::{Port, Sender, code, framed};

const LIMIT_BYTES: usize = 2_000;

/// Sends a good message, the bad one and another good one on one connection. The
/// bad one is refused with this code, place and words; its bytes wait; the good
/// ones are in the record.
async fn is_refused(bad: &[u8], wanted_code: &str, place: &str, words: &str, kept: &[u8]) {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits { message_bytes_max: LIMIT_BYTES, ..MllpLimits::default() }).await;
    let mut sender = Sender::connect(&port).await;
    assert_eq!(code(&sender.send(&admitted("A1")).await), "AA");
    let refused = sender.send(bad).await;
    assert_eq!(code(&refused), wanted_code, "{refused}");
    assert!(refused.contains("\rERR|"), "{refused}");
    assert_eq!(code(&sender.send(&result("A2")).await), "AA");
    house.intake.settle().await.unwrap();

    let held = house.quarantined().await;
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].place, place);
    assert!(held[0].reason.contains(words) && refused.contains(words), "{} / {refused}", held[0].reason);
    assert!(held[0].bytes == kept, "{:?}", String::from_utf8_lossy(&held[0].bytes));
    let record = house.record(house.person(GRACE).await).await;
    let kinds: Vec<&str> = record.entries.iter().map(|entry| entry.content.kind()).collect();
    assert!(kinds.contains(&"attendance") && kinds.contains(&"result"), "{kinds:?}");
    assert_eq!(house.count().await.0, 1);
    port.close().await;
}

async fn whole_is_refused(bad: &[u8], code: &str, place: &str, words: &str) {
    is_refused(bad, code, place, words, bad).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_message() {
    whole_is_refused(b"MSH|^~\\&|PAS|ZZ901", "AR", "MSH-9", "type and trigger event").await;
    let whole = admitted("A9");
    let cut = whole.windows(3).position(|three| three == b"PID").unwrap();
    whole_is_refused(&whole[..cut], "AE", "PID", "no PID segment").await;
    whole_is_refused(b"", "AR", "MSH", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message() {
    let long =
        hl7("ADT^A01", "A9", &[&pid("9", "", "Long^Name", "19700101"), &format!("NTE|1||{}", "x".repeat(LIMIT_BYTES))]);
    let words = "longer than 2000 bytes";
    is_refused(&long, "AR", "message", words, &long[..LIMIT_BYTES]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_utf_8() {
    let bad = [hl7("ADT^A01", "A9", &[&pid("9", "", "Zo", "19700101")]).as_slice(), b"PV1|1|I|Zo\xEB\r"].concat();
    whole_is_refused(&bad, "AR", "MSH-18", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_wrong_separators() {
    whole_is_refused(b"MSH|^^^^|PAS|ZZ901|||20261122||ADT^A01|A9|P|2.4\rPID|1||9\r", "AR", "MSH-2", "").await;
    whole_is_refused(b"MSH,^~\\&|PAS|ZZ901|||20261122||ADT^A01|A9|P|2.4\rPID|1||9\r", "AR", "MSH-2", "").await;
    whole_is_refused(b"{\"resourceType\":\"Bundle\"}", "AR", "MSH", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_a_segment_that_is_empty_where_it_must_not_be() {
    whole_is_refused(&hl7("ADT^A01", "A9", &["PID", "PV1|1|I"]), "AE", "PID-3", "no number").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_nhs_number_with_a_bad_check_digit() {
    let bad = hl7("ADT^A01", "A9", &[&pid("77", "9990000019", "Okafor^Grace", "19610402")]);
    whole_is_refused(&bad, "AE", "PID-3", "check digit").await;
}

/// Blank lines and line feeds lose nothing, and real senders write them: they are read.
#[tokio::test(flavor = "multi_thread")]
async fn blank_segments_and_bare_line_feeds_are_read_as_they_are_meant() {
    for (end, control_id) in [("\n", "B1"), ("\r\n", "B2"), ("\r\r", "B3"), ("\n\n", "B4")] {
        let house = House::open().await;
        let port = Port::open(&house, MllpLimits::default()).await;
        let text = String::from_utf8(admitted(control_id)).unwrap().replace('\r', end);
        assert_eq!(code(&Sender::connect(&port).await.send(text.as_bytes()).await), "AA", "{end:?}");
        house.intake.settle().await.unwrap();
        let record = house.record(house.person(GRACE).await).await;
        assert_eq!(record.entries.len(), 2, "{end:?}");
        port.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_in_mid_frame() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let half = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A01|A9|P|2.4\rPID|1||77^^^ZZ901";
    sender.write(&[b"\x0b", half.as_slice()].concat()).await;
    sender.finish().await;
    let refused = sender.acknowledgement().await.unwrap();
    assert_eq!(code(&refused), "AR");
    assert!(refused.contains("MSA|AR|A9|") && refused.contains("cut short"), "{refused}");
    let held = house.quarantined().await;
    assert_eq!((held.len(), held[0].bytes.as_slice()), (1, half.as_slice()));
    assert_eq!(house.count().await, (0, 0));
    port.close().await;
}

/// A sender that gives up and begins anew within one connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_begun_anew_is_applied_and_its_beginning_is_kept() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    sender.write(&[b"\x0bMSH|^~\\&|PAS|ZZ901".as_slice(), &framed(&admitted("A1"))].concat()).await;
    assert_eq!(code(&sender.acknowledgement().await.unwrap()), "AR");
    assert_eq!(code(&sender.acknowledgement().await.unwrap()), "AA");
    assert_eq!(house.quarantined().await[0].bytes, b"MSH|^~\\&|PAS|ZZ901");
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_of_an_unknown_source_refuses_and_keeps_nothing() {
    let house = House::open().await;
    let nobody = SourceId::new("nobody").unwrap();
    let port = Port::open_for(&house, nobody.clone(), MllpLimits::default()).await;
    let refused = Sender::connect(&port).await.send(&admitted("A1")).await;
    assert_eq!(code(&refused), "AR");
    assert!(refused.contains("source of this port is not known"), "{refused}");
    assert_eq!(house.messages().await, 0);
    let import = intake::import(&house.intake, &nobody, true, &[], |_| ()).await;
    assert_eq!(import.unwrap_err().to_string(), "there is no source named nobody");
    assert!(house.intake.source(&hospital()).is_ok());
    port.close().await;
}

/// A message of a patient who is fine waits for nobody's fault but its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_no_shown_type_is_kept_and_said() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let message = hl7("BAR^P01", "A1", &[&pid("77", GRACE, "Okafor^Grace", "19610402")]);
    assert_eq!(code(&Sender::connect(&port).await.send(&message).await), "AA");
    house.intake.settle().await.unwrap();
    assert!(house.quarantined().await.is_empty());
    port.close().await;

    let another = hl7("BAR^P01", "A2", &[&pid("77", GRACE, "Okafor^Grace", "19610402")]);
    let applied = house.apply(&hospital(), Payload::Hl7v2, another).await;
    assert_eq!(applied.by_kind["BAR^P01"], UnitCounts { kept: 1, ..UnitCounts::default() });
    assert_eq!((house.count().await, house.messages().await), ((0, 0), 2));
}
