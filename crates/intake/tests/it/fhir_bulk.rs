//! Bulk data: lines of JSON, packed or not, by push and by import.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use intake::import;

use crate::door::{BODY_BYTES_MAX, Door};
use crate::hospital::{GRACE, allergy, bundle, patient};
use crate::house::{House, practice};

const NDJSON: &str = "Content-Type: application/fhir+ndjson\r\n";

fn grace() -> String {
    patient("g1", GRACE, "Okafor", "Grace", "1961-04-02")
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Grace, a line that is broken, a type that is not shown, and an allergy behind them.
fn lines() -> String {
    [
        grace().as_str(),
        r#"{"resourceType":"Pat"#,
        "",
        r#"{"resourceType":"Goal","id":"x"}"#,
        &allergy("a1", "g1", "Egg"),
    ]
    .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_is_a_message_and_a_broken_one_waits_alone_with_its_number() {
    let door = Door::open().await;
    let answer = door.ask("POST ", NDJSON, lines()).await;
    assert_eq!(answer.statuses(), ["201", "400", "202", "201"]);
    let issue = &answer.body["entry"][1]["response"]["outcome"]["issue"][0];
    assert_eq!(issue["details"]["text"], "line 2 of the file", "{issue}");
    assert_eq!(door.shown(GRACE).await.len(), 1);
    let held = door.house.quarantined().await;
    assert_eq!(held.len(), 1);
    assert!(held[0].place.starts_with("line 2 of the file: "), "{held:?}");
    assert_eq!(held[0].bytes, br#"{"resourceType":"Pat"#);

    // Sent again, all of it is found to be here.
    let messages = door.house.messages().await;
    assert_eq!(door.ask("POST ", NDJSON, lines()).await.statuses(), ["200", "400", "200", "200"]);
    assert_eq!(door.house.messages().await, messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_lines_may_be_longer_than_a_message_and_a_line_may_not() {
    let door = Door::open().await;
    let fitting = format!("{}{}", " ".repeat(BODY_BYTES_MAX - grace().len()), grace());
    let long = format!("{fitting} ");
    let body = [fitting.as_str(), &long, &allergy("a1", "g1", "Egg")].join("\n");
    let answer = door.ask("POST ", NDJSON, &body).await;
    assert_eq!(answer.statuses(), ["201", "400", "201"]);
    assert!(answer.body["entry"][1].to_string().contains("longer than 20000 bytes"));
    let packed_body = door.ask("POST ", &format!("{NDJSON}Content-Encoding: gzip\r\n"), packed(&body)).await;
    assert_eq!(packed_body.statuses(), ["200", "400", "200"], "packed, the same is found to be here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_body_is_kept_as_what_it_holds() {
    let door = Door::open().await;
    let gzip = "Content-Type: application/fhir+json\r\nContent-Encoding: gzip\r\n";
    let text = bundle(&[grace(), allergy("a1", "g1", "Egg")]);
    assert_eq!(door.ask("POST ", gzip, packed(&text)).await.statuses(), ["201", "201"]);
    assert_eq!(door.post(&text).await.statuses(), ["200", "200"], "unpacked it is the same message");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_is_refused_at_the_limit_and_what_is_cut_short_is_not_taken_for_whole() {
    let door = Door::open().await;
    let gzip = "Content-Type: application/fhir+json\r\nContent-Encoding: gzip\r\n";
    let of_length = |length: usize| format!("{}{}", grace(), " ".repeat(length - grace().len()));
    assert_eq!(door.ask("POST ", gzip, packed(&of_length(BODY_BYTES_MAX))).await.statuses(), ["201"]);
    let refused = door.ask("POST ", gzip, packed(&of_length(BODY_BYTES_MAX + 1))).await;
    assert_eq!(refused.status, 413);
    assert!(refused.says("longer than 20000 bytes"));
    let bomb = door.ask("POST ", gzip, packed(&" ".repeat(200_000_000))).await;
    assert_eq!(bomb.status, 413);
    let whole = packed(&of_length(5_000));
    let cut = door.ask("POST ", gzip, &whole[..whole.len() - 5]).await;
    assert_eq!(cut.status, 400, "{}", cut.body);
    assert!(cut.says("cut short"));
    assert_eq!(door.ask("POST ", gzip, "{}").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_lines_are_imported_packed_or_not_and_may_be_taken_up_again() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("a.ndjson");
    let import = |file: &std::path::Path| {
        let (house, paths) = (&house, [file.to_owned()]);
        async move { import(&house.intake, &practice(), false, &paths, |_| {}).await.unwrap() }
    };
    // The first try ends in the middle of a line.
    let cut = lines().len() - 40;
    std::fs::write(&plain, lines().as_bytes().get(..cut).unwrap()).unwrap();
    let first = import(&plain).await;
    assert_eq!((first.received, first.applied, first.kept, first.quarantined), (4, 1, 1, 2));
    std::fs::write(&plain, lines()).unwrap();
    let second = import(&plain).await;
    assert_eq!((second.received, second.applied, second.duplicates), (4, 1, 3));
    let gz = folder.path().join("a.ndjson.gz");
    std::fs::write(&gz, packed(&lines())).unwrap();
    assert_eq!(import(&gz).await.duplicates, 4);
    let one = folder.path().join("one.json.gz");
    std::fs::write(&one, packed(&bundle(&[allergy("a9", "g1", "Nuts")]))).unwrap();
    assert_eq!(import(&one).await.entries, 1);
    let held = house.quarantined().await;
    let mut places: Vec<&str> = held.iter().map(|held| held.place.split(':').next().unwrap()).collect();
    // Lines become durable side by side.
    places.sort_unstable();
    assert_eq!(places, ["line 2 of the file", "line 5 of the file"]);
}
