//! docs/hl7v2-mapping.md says which messages are shown: the code must agree.

use std::collections::BTreeSet;
use std::path::Path;

use formats::hl7v2::is_shown;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hl7v2-mapping.md");
    std::fs::read_to_string(path).unwrap()
}

/// The types and events of the rows of the first table: `| `ORU` R01, R30 to R32 | … |`.
fn listed() -> BTreeSet<String> {
    let text = document();
    let section = text.split("\n## ").find(|section| section.starts_with("Which messages")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")).filter(|row| !row.contains("any other"));
    let mut kinds = BTreeSet::new();
    for row in rows {
        let (code, rest) = row.split_once('`').unwrap();
        for range in rest.split('|').next().unwrap().split(',') {
            let ends: Vec<&str> = range.split(" to ").map(str::trim).collect();
            let number = |event: &str| event.get(1..).unwrap().parse::<u8>().unwrap();
            let (first, last) = (ends[0], ends[ends.len() - 1]);
            for event in number(first)..=number(last) {
                kinds.insert(format!("{code}^{}{event:02}", first.get(..1).unwrap()));
            }
        }
    }
    kinds
}

#[test]
fn the_document_lists_exactly_the_messages_that_are_shown() {
    let codes = [
        "ADT", "ORU", "OUL", "ORM", "OML", "OMG", "SIU", "MDM", "RDE", "RDS", "RAS", "RGV", "VXU", "REF", "BAR", "DFT",
        "ACK",
    ];
    let mut shown = BTreeSet::new();
    for code in codes {
        for letter in 'A'..='Z' {
            let kinds = (0..=99).map(|event| format!("{code}^{letter}{event:02}"));
            shown.extend(kinds.filter(|kind| is_shown(kind)));
        }
    }
    assert_eq!(listed(), shown);
}

/// The issue's own list; a type that is dropped from the code must not go unnoticed.
#[test]
fn every_message_that_a_care_record_needs_is_shown() {
    let ranges = [
        ("ADT^A", vec![1..=14, 16..=16, 18..=18, 21..=25, 27..=31, 34..=36, 38..=38, 40..=47, 60..=60]),
        ("ORU^R", vec![1..=1, 30..=32]),
        ("OUL^R", vec![21..=23]),
        ("ORM^O", vec![1..=1]),
        ("OML^O", vec![21..=21]),
        ("SIU^S", vec![12..=26]),
        ("MDM^T", vec![1..=11]),
        ("RDE^O", vec![11..=11]),
        ("RDS^O", vec![13..=13]),
        ("RAS^O", vec![17..=17]),
        ("VXU^V", vec![4..=4]),
        ("REF^I", vec![12..=12]),
    ];
    for (code, events) in ranges {
        for event in events.into_iter().flatten() {
            assert!(is_shown(&format!("{code}{event:02}")), "{code}{event:02}");
        }
    }
}
