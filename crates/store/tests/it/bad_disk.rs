//! Disks that are read-only, full, damaged or held by another program: what is wrong is said with what to do,
//! nothing is half-written, and nobody sees another person's row.

use std::path::Path;
use std::process::Command;

use record::PersonId;
use rusqlite::Connection;
use store::{DESK_FILE, RECORD_FILE, Received, Store, StoreError};

use crate::kit::*;

/// The size of the full disk: room for an empty store and some messages.
const SMALL_DISK: &str = "size=1m";

async fn opened(folder: &Path) -> Result<Store, StoreError> {
    store::open(folder, &sources(), chance()).await
}

/// A disk of its own in a folder, gone with the value.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None`, and said, where this user may not mount.
    fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "none"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: this user may not mount a small disk");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount").args(["-o", &options]).arg(self.path()).status().unwrap();
        assert!(status.success(), "{options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Something that compresses badly: its own words all over again in another order.
fn long_message(number: usize) -> Vec<u8> {
    let mut state = u64::try_from(number).unwrap() + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap()
    };
    (0..8_000).map(|_| next()).collect()
}

/// Receives messages until one is refused; how many were acknowledged, and why not the next.
async fn receive_until_full(store: &Store) -> (usize, StoreError) {
    for number in 0..10_000 {
        match store.inbox.receive(arrival(HOSPITAL, long_message(number))).await {
            Ok(received) => assert!(matches!(received, Received::New(_)), "{received:?}"),
            Err(error) => return (number, error),
        }
    }
    panic!("the disk is never full");
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_acknowledged_and_with_room_again_it_goes_on_unattended() {
    if has_no_files() {
        return;
    }
    let Some(disk) = Disk::mount(SMALL_DISK) else { return };
    let store = opened(disk.path()).await.unwrap();
    let (acknowledged, error) = receive_until_full(&store).await;
    assert!(acknowledged > 0 && error.may_pass(), "{acknowledged} before {error}");
    assert!(error.to_string().contains("make room"), "it says what to do: {error}");
    for number in 0..20 {
        let again = store.inbox.receive(arrival(HOSPITAL, long_message(20_000 + number))).await;
        assert!(again.is_err(), "no positive answer after the first failure");
    }
    let waiting = store.inbox.waiting(None, 10_000).await.unwrap();
    assert_eq!(waiting.len(), acknowledged, "what was acknowledged can be read");

    disk.remount("size=64m");
    let after = store.inbox.receive(arrival(HOSPITAL, long_message(30_000))).await.unwrap();
    assert!(matches!(after, Received::New(_)), "nobody has to start the program anew");
    drop(store);
    let store = opened(disk.path()).await.unwrap();
    let kept: Vec<Vec<u8>> =
        store.inbox.waiting(None, 10_000).await.unwrap().into_iter().map(|one| one.bytes).collect();
    let told: Vec<Vec<u8>> = (0..acknowledged).chain([30_000]).map(long_message).collect();
    assert!(kept == told, "exactly what was acknowledged is kept: {} and {}", kept.len(), told.len());
    drop(store);
    is_sound(disk.path());
}

fn is_sound(folder: &Path) {
    for file in [RECORD_FILE, DESK_FILE] {
        let connection = Connection::open(folder.join(file)).unwrap();
        let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(found, "ok", "{file}");
    }
}

#[tokio::test]
async fn a_disk_that_turns_read_only_is_named_when_the_store_opens() {
    if has_no_files() {
        return;
    }
    let Some(disk) = Disk::mount("size=16m") else { return };
    let store = opened(disk.path()).await.unwrap();
    store.inbox.receive(arrival(HOSPITAL, b"before".to_vec())).await.unwrap();
    drop(store);
    disk.remount("ro");
    let Err(error) = opened(disk.path()).await else { panic!("a store that cannot be written must not open") };
    let text = error.to_string();
    assert!(matches!(&error, StoreError::CannotOpen { path, .. } if path.ends_with(RECORD_FILE)), "{error:?}");
    assert!(text.contains("is writable"), "{text}");
    disk.remount("rw");
    let store = opened(disk.path()).await.unwrap();
    assert_eq!(store.inbox.waiting(None, 10).await.unwrap().len(), 1);
}

/// The people of a record file large enough to damage: each with entries of their own.
async fn many_people(kit: &Kit) -> Vec<PersonId> {
    let mut people = Vec::new();
    for number in 0..40 {
        let entries = (0..30).map(|entry| problem(&format!("p{entry}"), &format!("problem {entry} of {number}")));
        let who = told(&format!("Given{number}"), "");
        let (message, _) =
            kit.tell(HOSPITAL, NOON, vec![change(&format!("H{number}"), Some(who), entries.collect())]).await;
        people.push(kit.store.people.in_message(message).await.unwrap()[0]);
    }
    people
}

/// Overwrites some of the pages that hold entries.
fn spoil_entries(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let page_bytes = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let holds_entries = |page: &[u8]| page.windows(8).any(|window| window == b"problem ");
    let pages = bytes.chunks_mut(page_bytes).skip(1).filter(|page| holds_entries(page));
    let spoilt = pages.skip(1).step_by(5).map(|page| page.iter_mut().for_each(|byte| *byte = !*byte)).count();
    assert!(spoilt > 1, "only {spoilt} pages hold entries");
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_page_is_named_with_what_to_do_and_shows_nobody_elses_row() {
    if has_no_files() {
        return;
    }
    let kit = Kit::new().await;
    let people = many_people(&kit).await;
    let Kit { home, store, .. } = kit;
    drop(store);
    spoil_entries(&home.folder().join(RECORD_FILE));
    let kit = Kit::over(home).await;
    let (mut damaged, mut whole) = (0, 0);
    for (number, person) in people.iter().enumerate() {
        let (decision, receipt) = kit.open(*person, &doctor()).await;
        match kit.store.clinical.record(&decision, &receipt).await {
            Ok(record) => {
                let of_them = |line: &String| line.ends_with(&format!(" of {number}"));
                assert!(lines(&record).iter().all(of_them), "{number}: {:?}", lines(&record));
                assert_eq!(record.entries.len(), 30, "a part of a record must not look like the whole");
                whole += 1;
            }
            Err(error) => {
                let text = error.to_string();
                println!("{number}: {text}");
                assert!(text.contains("restore the data folder from a backup"), "{text}");
                assert!(!text.contains("problem") && !error.may_pass(), "{text}");
                damaged += 1;
            }
        }
    }
    println!("{damaged} records damaged, {whole} whole");
    assert!(damaged > 0 && whole > 0, "{damaged} damaged, {whole} whole");
}

/// SQLite keeps no checksums, so a flipped letter may go unnoticed; a row of somebody else must not.
#[tokio::test]
async fn flipped_bytes_anywhere_cause_no_panic_and_show_nobody_elses_row() {
    if has_no_files() {
        return;
    }
    let kit = Kit::new().await;
    let people = many_people(&kit).await;
    for person in &people {
        kit.permit(*person, &doctor()).await;
    }
    let Kit { home, store, .. } = kit;
    drop(store);
    let path = home.folder().join(RECORD_FILE);
    let whole = std::fs::read(&path).unwrap();
    let (mut state, mut refused, mut read) = (1u64, 0, 0);
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..40 {
        let mut bytes = whole.clone();
        for _ in 0..24 {
            // Not the first page: a file that does not open is another story.
            let at = 8_192 + next(bytes.len() - 8_192);
            bytes[at] ^= 1 << next(8);
        }
        std::fs::write(&path, &bytes).unwrap();
        let Ok(store) = opened(home.folder()).await else { continue };
        for (number, person) in people.iter().enumerate() {
            match look(&store, *person).await {
                Ok(told) => {
                    let others = (0..people.len()).filter(|other| *other != number).map(|other| format!(" of {other}"));
                    let others: Vec<String> = others.collect();
                    let is_anothers = |line: &&String| others.iter().any(|other| line.ends_with(other));
                    // One flipped bit makes one digit of a number another.
                    assert!(told.iter().filter(is_anothers).count() <= 1, "{number}: {told:?}");
                    read += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    println!("{read} records read, {refused} refused");
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}

/// What a doctor who has permission sees of a person in whatever state the store is.
async fn look(store: &Store, person: PersonId) -> Result<Vec<String>, StoreError> {
    let stand = store.desk.stand(person, &doctor(), None, noon()).await?;
    let asked = access::Request { id: request(), person, purpose: access::Purpose::DirectCare, at: noon() };
    let Ok(decision) = access::decide(&policy(), &actor(&doctor()), &stand.facts, &asked) else {
        return Err(StoreError::NotFound("permission"));
    };
    let mut row = event(audit::Act::RecordOpened, &doctor(), Some(person), asked.id);
    row.record_version = Some(stand.record_version);
    let rests_on = Some(decision.facts_version());
    let receipt = store.desk.log(store::LogRow { request: asked.id, event: row, rests_on }).await?;
    let record = store.clinical.record(&decision, &receipt).await?;
    assert!(record.entries.iter().all(|entry| entry.id.person() == person), "only ids of their own");
    let names = record.charts.iter().flat_map(|chart| &chart.told.name.given);
    let names = names.map(|given| given.replace("Given", "somebody of ")).collect::<Vec<_>>();
    Ok([lines(&record), names].concat())
}

#[tokio::test]
async fn a_file_whose_first_page_is_damaged_is_refused_with_what_to_do() {
    if has_no_files() {
        return;
    }
    let Kit { home, store, .. } = Kit::new().await;
    drop(store);
    let path = home.folder().join(RECORD_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..400].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();
    let Err(error) = opened(home.folder()).await else { panic!("must not open") };
    let text = error.to_string();
    assert!(text.contains(RECORD_FILE) && text.contains("backup"), "{text}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "it is left for whoever can mend it");
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_named_and_opens_once_it_is_free() {
    if has_no_files() {
        return;
    }
    let kit = Kit::new().await;
    let holder = Connection::open(kit.home.folder().join(RECORD_FILE)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE; UPDATE source SET last_message_at = 1").unwrap();
    let refused = kit.store.inbox.receive(arrival(HOSPITAL, b"meanwhile".to_vec())).await;
    let error = refused.unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("another program"), "{error}");
    holder.execute_batch("ROLLBACK").unwrap();
    let received = kit.store.inbox.receive(arrival(HOSPITAL, b"meanwhile".to_vec())).await.unwrap();
    assert!(matches!(received, Received::New(_)));
    assert_eq!(kit.store.inbox.waiting(None, 10).await.unwrap().len(), 1);
}
