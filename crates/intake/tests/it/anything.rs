//! Whatever comes, from whomever: nothing panics, it is durable, and every unit
//! is accounted for.

use std::sync::LazyLock;

use intake::Payload;
use proptest::prelude::*;
use store::Received;
use tokio::runtime::Runtime;

use crate::hospital::{BAD_ROW, GRACE, PACKAGE_ROW, PERSON_ROW, admitted, allergy, bundle, csv, patient, result};
use crate::house::{House, council, hospital, practice};

/// One house for all cases: what one leaves behind must not harm the next.
static HOUSE: LazyLock<(Runtime, House)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let house = runtime.block_on(House::open());
    (runtime, house)
});

fn messages() -> Vec<Vec<u8>> {
    let grace = patient("g1", GRACE, "Okafor", "Grace", "1961-04-02");
    vec![
        admitted("A1"),
        result("A2"),
        bundle(&[grace, allergy("a1", "g1", "Egg")]).into_bytes(),
        br#"<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient><id value="x"/><birthDate value="1961"/></Patient></resource></entry></Bundle>"#.to_vec(),
        csv(&[PERSON_ROW, PACKAGE_ROW, BAD_ROW]).into_bytes(),
    ]
}

/// Bytes of no meaning, and messages with a piece cut out, doubled or replaced.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let mangled = (
        prop::sample::select(messages()),
        any::<prop::sample::Index>(),
        0usize..40,
        prop::collection::vec(any::<u8>(), 0..12),
        any::<bool>(),
    )
        .prop_map(|(message, at, length, put, doubles)| {
            let from = at.index(message.len());
            let to = (from + length).min(message.len());
            let middle = if doubles { message[from..to].repeat(2) } else { put };
            [&message[..from], &middle, &message[to..]].concat()
        });
    let pieces = prop::collection::vec(
        prop::sample::select(vec![
            "MSH|^~\\&|",
            "PID|1||7",
            "\r",
            "{",
            "\"resourceType\":\"Patient\"",
            "}",
            "[",
            "<a>",
            ",",
            "\n",
            "^",
            "é",
        ]),
        0..30,
    );
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => pieces.prop_map(|pieces| pieces.concat().into_bytes()),
        4 => mangled,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_bytes_of_any_source_are_durable_and_accounted_for(
        bytes in anything(),
        source in prop::sample::select(vec![hospital(), practice(), council()]),
        payload in prop::sample::select(vec![Payload::Hl7v2, Payload::FhirJson, Payload::FhirXml, Payload::Csv]),
        unique in any::<bool>(),
    ) {
        let (runtime, house) = &*HOUSE;
        runtime.block_on(async {
            let delivered = house.intake.deliver(&source, payload, unique, bytes.clone()).await.unwrap();
            let message = delivered.message();
            let units = delivered.units.len() as u64;
            let refused = delivered.refused().count() as u64;
            let is_taken = matches!(delivered.received, Received::New(_) | Received::Duplicate(_));
            assert_eq!(delivered.fault.is_none(), is_taken && refused == 0, "every fault is told");
            if let Some(applied) = delivered.applied {
                let applied = applied.await.unwrap().unwrap();
                let accounted: u64 = applied.by_kind.values().map(|one| one.applied + one.kept + one.quarantined).sum();
                assert_eq!(accounted, units);
                assert!(applied.by_kind.values().map(|one| one.quarantined).sum::<u64>() >= refused);
            }
            assert_eq!(house.unapplied().await, [], "nothing waits for a start that is not needed");
            let waits = house.waiting_units().await.iter().any(|unit| unit.message == message);
            let is_unreadable = matches!(delivered.received, Received::New(_)) && !delivered.is_readable;
            assert!(waits || (is_taken && !is_unreadable), "what is set aside waits for a hand");
            assert!(house.raw(message).await == bytes, "it reads back byte for byte");
        });
    }
}
