use record::SourceId;
use store::{Depth, UnitWork, Work};

use crate::database::has_no_files;
use crate::kit::*;

fn depth(source: &str, count: u64, seconds: i64) -> Depth {
    Depth { source: SourceId::new(source).unwrap(), count, oldest_at: after_noon(seconds) }
}

#[tokio::test]
async fn what_waits_is_counted_by_source_with_the_age_of_the_oldest() {
    let kit = Kit::new().await;
    assert_eq!(kit.store.inbox.depths().await.unwrap(), []);
    let at = |seconds, source, text: &str| store::Arrival {
        received_at: after_noon(seconds),
        ..arrival(source, text.as_bytes().to_vec())
    };
    let first = kit.receive(at(5, HOSPITAL, "one")).await;
    kit.receive(at(7, HOSPITAL, "two")).await;
    kit.receive(at(9, PRACTICE, "three")).await;
    let by_source = |mut depths: Vec<Depth>| {
        depths.sort_by(|one, other| one.source.cmp(&other.source));
        depths
    };
    let depths = by_source(kit.store.inbox.depths().await.unwrap());
    assert_eq!(depths, [depth(HOSPITAL, 2, 5), depth(PRACTICE, 1, 9)]);

    let refused =
        Work::Quarantine { place: "PID-7".to_owned(), reason: "the day does not exist".to_owned(), about: vec![] };
    let unit = UnitWork { kind: "ADT^A01".to_owned(), span: 0..1, work: refused };
    kit.apply(application(first, HOSPITAL, vec![unit])).await.unwrap();
    let depths = by_source(kit.store.inbox.depths().await.unwrap());
    assert_eq!(depths, [depth(HOSPITAL, 1, 7), depth(PRACTICE, 1, 9)], "what is applied no longer waits");
    let held = kit.store.inbox.quarantine_depths().await.unwrap();
    assert_eq!(held.iter().map(|held| (held.source.as_str(), held.count)).collect::<Vec<_>>(), [(HOSPITAL, 1)]);
}

#[tokio::test]
async fn rows_and_bytes_grow_with_what_is_written() {
    let kit = Kit::new().await;
    assert_eq!(kit.store.desk.log_rows().await.unwrap(), 0);
    kit.log(audit::Act::Searched, &doctor(), None, request()).await;
    kit.log(audit::Act::Searched, &doctor(), None, request()).await;
    assert_eq!(kit.store.desk.log_rows().await.unwrap(), 2);
    let before = kit.store.inbox.size_bytes().await.unwrap();
    let body: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    kit.receive(arrival(HOSPITAL, body)).await;
    assert!(kit.store.inbox.size_bytes().await.unwrap() > before);
    assert!(kit.store.desk.size_bytes().await.unwrap() > 0);
}

#[tokio::test]
async fn a_proof_that_the_store_can_be_written_changes_nothing() {
    let kit = Kit::new().await;
    kit.store.inbox.prove_writable().await.unwrap();
    kit.store.desk.prove_writable().await.unwrap();
    assert_eq!(kit.store.desk.log_rows().await.unwrap(), 0);
    assert_eq!(kit.count("SELECT count(*) FROM message").await, 0);
}

#[tokio::test]
async fn a_proof_that_a_file_can_be_written_fails_where_it_cannot() {
    if has_no_files() {
        return;
    }
    let kit = Kit::new().await;
    let version = kit.count("PRAGMA user_version").await;
    // Somebody else holds the file's write lock until the writer gives up.
    let other = rusqlite::Connection::open(kit.home.folder().join(store::RECORD_FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(kit.store.inbox.prove_writable().await.is_err());
    other.execute_batch("ROLLBACK").unwrap();
    kit.store.inbox.prove_writable().await.unwrap();
    assert_eq!(kit.count("PRAGMA user_version").await, version);
}
