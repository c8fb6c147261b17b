//! The councils' folder.

use std::path::PathBuf;

use intake::{IntakeError, folder_is_empty, watch_folder};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::hospital::{BAD_ROW, GRACE, PACKAGE_ROW, PERSON_ROW, csv};
use crate::house::{House, council};

struct Watched {
    house: House,
    folder: PathBuf,
    stop: CancellationToken,
    watching: JoinHandle<Result<(), IntakeError>>,
}

impl Watched {
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With these files there before anybody looks.
    async fn open_with(files: &[(&str, &str)]) -> Self {
        let house = House::open().await;
        let folder = house.folder.path().join("drop");
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let stop = CancellationToken::new();
        let watching = tokio::spawn(watch_folder(folder.clone(), council(), house.intake.clone(), stop.clone()));
        while !folder.join("done").exists() {
            tokio::task::yield_now().await;
        }
        Self { house, folder, stop, watching }
    }

    async fn drop(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let part = self.folder.join(".being-written");
        std::fs::write(&part, bytes).unwrap();
        std::fs::rename(part, self.folder.join(name)).unwrap();
    }

    async fn all_taken(&self) {
        folder_is_empty(&self.folder, &self.house.intake).await.unwrap();
    }

    fn done(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join("done").join(name)).unwrap()
    }

    fn report(&self, name: &str) -> String {
        String::from_utf8(self.done(&format!("{name}.report.txt"))).unwrap()
    }

    async fn close(self) {
        self.stop.cancel();
        self.watching.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_are_applied_and_bad_ones_named_by_their_line_beside_the_file() {
    let watched = Watched::open().await;
    let text = csv(&[PERSON_ROW, BAD_ROW, PACKAGE_ROW]);
    watched.drop("people.csv", &text).await;
    watched.all_taken().await;
    assert_eq!(watched.done("people.csv"), text.as_bytes());
    insta::assert_snapshot!(watched.report("people.csv"), @r"
    3 rows received, 1 refused.
    line 3, column start: not a date as YYYY-MM-DD that exists
    ");
    let record = watched.house.record(watched.house.person(GRACE).await).await;
    assert_eq!(record.entries.len(), 1);
    let held = watched.house.quarantined().await;
    assert_eq!((held.len(), held[0].kind.as_str()), (1, "csv:package"));
    watched.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_is_wrong_refuses_the_whole_file_with_its_reason() {
    let watched = Watched::open().await;
    let text = csv(&[PERSON_ROW]).replace("born", "date_of_birth");
    watched.drop("people.csv", &text).await;
    watched.drop("right.csv", csv(&[PERSON_ROW])).await;
    watched.all_taken().await;
    assert_eq!(watched.report("people.csv"), "The file was not read. line 1: missing columns: born\n");
    assert_eq!(watched.house.count().await.0, 1, "the other file is not its neighbour's fault");
    assert_eq!(watched.house.quarantined().await[0].bytes, text.as_bytes());
    watched.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_name_every_day_loses_neither_file_nor_report() {
    let watched = Watched::open().await;
    let (first, second) = (csv(&[PERSON_ROW]), csv(&[PERSON_ROW, PACKAGE_ROW]));
    for text in [&first, &second, &first] {
        watched.drop("daily.csv", text).await;
        watched.all_taken().await;
    }
    assert_eq!(watched.done("daily.csv"), first.as_bytes());
    assert_eq!(watched.done("daily.2.csv"), second.as_bytes());
    assert!(watched.report("daily.3.csv").contains("The same file came before: nothing was applied again."));
    assert_eq!(watched.house.count().await, (1, 1));
    watched.close().await;
}

/// Whatever stands under the name when it is taken is what is read: each version
/// either waits nowhere any more or is in the inbox.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_while_it_waits_is_never_moved_unread() {
    let watched = Watched::open().await;
    for version in 0..20 {
        let start = format!("2026-01-{:02}", version + 1);
        let row: Vec<(&str, &str)> = PACKAGE_ROW
            .iter()
            .map(|(name, value)| (*name, if *name == "start" { start.as_str() } else { *value }))
            .collect();
        watched.drop("people.csv", csv(&[PERSON_ROW, &row])).await;
        if version % 7 == 0 {
            watched.all_taken().await;
        }
    }
    watched.all_taken().await;
    let mut after = None;
    let mut inbox = Vec::new();
    for message in watched.house.store.inbox.list(after.take()).await.unwrap() {
        inbox.push(watched.house.raw(message.id).await);
    }
    let done = std::fs::read_dir(watched.folder.join("done")).unwrap().map(|file| file.unwrap().path());
    let taken: Vec<PathBuf> = done.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
    assert_eq!(taken.len(), inbox.len());
    assert!(taken.iter().all(|path| inbox.contains(&std::fs::read(path).unwrap())));
    let record = watched.house.record(watched.house.person(GRACE).await).await;
    assert_eq!(record.entries[0].when.unwrap().to_iso(), "2026-01-20", "the last one holds");
    watched.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_are_taken_and_what_is_no_file_of_ours_is_left() {
    let watched = Watched::open().await;
    let odd = ["a b'c;$(x).csv", "Überblick – März.CSV", "-rf.csv", "%2e%2e%2f.csv", "two\nlines.csv"];
    for (number, name) in odd.iter().enumerate() {
        let reference = format!("Q{number}");
        let row: &[(&str, &str)] =
            &[("record_type", "person"), ("person_ref", &reference), ("family_name", "Nwosu"), ("given_names", "Ada")];
        watched.drop(name, csv(&[row])).await;
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"not-utf8-\xff.csv");
        std::fs::write(watched.folder.join(name), csv(&[PERSON_ROW])).unwrap();
    }
    std::fs::write(watched.folder.join(".hidden.csv"), "x").unwrap();
    std::fs::write(watched.folder.join("notes.txt"), "x").unwrap();
    std::fs::create_dir(watched.folder.join("folder.csv")).unwrap();
    watched.all_taken().await;
    assert_eq!(watched.house.count().await.0, odd.len() as u64 + 1);
    for name in odd {
        assert!(watched.report(name).starts_with("1 rows received, 0 refused."), "{name}");
    }
    for left in [".hidden.csv", "notes.txt", "folder.csv"] {
        assert!(watched.folder.join(left).exists(), "{left}");
    }
    watched.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_being_taken_when_the_program_stopped_is_taken_at_the_next_start() {
    let text = csv(&[PERSON_ROW, PACKAGE_ROW]);
    let watched = Watched::open_with(&[("taken/people.csv", &text)]).await;
    watched.all_taken().await;
    assert_eq!(watched.house.count().await, (1, 1));
    assert_eq!(watched.done("people.csv"), text.as_bytes());
    watched.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_long_is_refused_with_its_beginning_kept() {
    let watched = Watched::open().await;
    let mut bytes = csv(&[PERSON_ROW]).into_bytes();
    bytes.resize(formats::MESSAGE_BYTES_MAX + 1, b'x');
    watched.drop("long.csv", &bytes).await;
    watched.all_taken().await;
    assert!(watched.report("long.csv").starts_with("The file was not read. file: longer than"));
    let held = watched.house.quarantined().await;
    assert_eq!(held[0].bytes, &bytes[..formats::mllp::OVERSIZE_HEAD_BYTES]);
    assert_eq!(watched.done("long.csv").len(), bytes.len());
    watched.close().await;
}

/// Rows of which the record says that they are about somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_contradict_who_the_person_is_are_counted_in_the_report() {
    let watched = Watched::open().await;
    watched.drop("1.csv", csv(&[PERSON_ROW])).await;
    watched.all_taken().await;
    let other: Vec<(&str, &str)> =
        PERSON_ROW.iter().map(|(name, value)| (*name, if *name == "given_names" { "Mary" } else { *value })).collect();
    watched.drop("2.csv", csv(&[&other, PACKAGE_ROW])).await;
    watched.all_taken().await;
    insta::assert_snapshot!(watched.report("2.csv"), @r"
    2 rows received, 0 refused.
    2 rows wait: they contradict who the person was said to be before.
    ");
    watched.close().await;
}
