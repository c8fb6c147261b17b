use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use formats::mllp::OVERSIZE_HEAD_BYTES;
use formats::{MESSAGE_BYTES_MAX, Problem};
use record::SourceId;
use store::Applied;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use crate::delivered::Delivered;
use crate::error::IntakeError;
use crate::intake::Intake;
use crate::reading::Payload;

/// How often a folder is looked at. A file is taken once two looks find it
/// unchanged, so that one that is still being written is left alone.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The longest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = MESSAGE_BYTES_MAX as u64;
/// Where a file waits while it is read: nobody can replace it there.
const TAKEN: &str = "taken";
/// Where a file goes when it is durable, with its report beside it.
const DONE: &str = "done";

/// Takes files named `*.csv` from a folder until told to stop. Each is moved to
/// `taken/`, is durable in the inbox and then goes to `done/`, where what is wrong
/// with it is written beside it, row by row.
///
/// # Errors
/// When the folders below it cannot be made. Later troubles are logged and what
/// waits is tried again.
pub async fn watch_folder(
    folder: PathBuf,
    source: SourceId,
    intake: Intake,
    stop: CancellationToken,
) -> Result<(), IntakeError> {
    for below in [folder.join(TAKEN), folder.join(DONE)] {
        tokio::fs::create_dir_all(&below).await.map_err(|cause| IntakeError::CannotRead { path: below, cause })?;
    }
    let mut watch = Watch { folder, source, intake, seen: BTreeMap::new(), in_trouble: BTreeSet::new() };
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return Ok(()),
        }
        watch.look().await;
    }
}

/// Waits until everything dropped into a watched folder has been taken.
///
/// # Errors
/// When the folder cannot be read.
pub async fn folder_is_empty(folder: &Path, intake: &Intake) -> Result<(), IntakeError> {
    let cannot = |cause| IntakeError::CannotRead { path: folder.to_owned(), cause };
    let mut look = tokio::time::interval(LOOK_EVERY / 4);
    // In this order: a file that moves in between is seen in one of them.
    while !csv_files(folder).await.map_err(cannot)?.is_empty()
        || !csv_files(&folder.join(TAKEN)).await.unwrap_or_default().is_empty()
    {
        look.tick().await;
    }
    intake.settle().await
}

struct Watch {
    folder: PathBuf,
    source: SourceId,
    intake: Intake,
    /// How each file looked when it was last looked at.
    seen: BTreeMap<OsString, Stamp>,
    /// What could not be taken and was said already.
    in_trouble: BTreeSet<OsString>,
}

type Stamp = (u64, Option<SystemTime>);

impl Watch {
    async fn look(&mut self) {
        let claimed = self.claim().await;
        self.say(OsStr::new(""), claimed);
        let taken = csv_files(&self.folder.join(TAKEN)).await.unwrap_or_default();
        for name in taken {
            let took = self.take(&name).await;
            // One file that cannot be taken waits; the others go on.
            self.say(&name, took);
        }
    }

    /// Says once that something went wrong, and forgets it when it goes well again.
    fn say(&mut self, name: &OsStr, result: Result<(), IntakeError>) {
        match result {
            Ok(()) => {
                self.in_trouble.remove(name);
            }
            Err(error) => {
                if self.in_trouble.insert(name.to_owned()) {
                    // Without the file's name: whoever dropped it may have put anybody's into it.
                    tracing::error!(source = %self.source, reason = error.kind(), "a dropped file waits");
                }
            }
        }
    }

    /// Moves files that have settled to where nobody replaces them.
    async fn claim(&mut self) -> Result<(), IntakeError> {
        let cannot = |cause| IntakeError::CannotRead { path: self.folder.clone(), cause };
        let mut seen = BTreeMap::new();
        for name in csv_files(&self.folder).await.map_err(cannot)? {
            let (dropped, taken) = (self.folder.join(&name), self.folder.join(TAKEN).join(&name));
            // It may have been taken away again since.
            let Ok(stamp) = stamp(&dropped).await else { continue };
            let is_free = !tokio::fs::try_exists(&taken).await.map_err(cannot)?;
            if is_free && self.seen.get(&name) == Some(&stamp) {
                tokio::fs::rename(&dropped, &taken).await.map_err(cannot)?;
            } else {
                seen.insert(name, stamp);
            }
        }
        self.seen = seen;
        Ok(())
    }

    async fn take(&self, name: &OsStr) -> Result<(), IntakeError> {
        let file = self.folder.join(TAKEN).join(name);
        let cannot = |cause| IntakeError::CannotRead { path: file.clone(), cause };
        let before = stamp(&file).await.map_err(cannot)?;
        let bytes = read_file(&file).await.map_err(cannot)?;
        if stamp(&file).await.map_err(cannot)? != before {
            return Ok(());
        }
        let mut delivered = if before.0 > FILE_BYTES_MAX {
            let what = format!("longer than {FILE_BYTES_MAX} bytes; its beginning was kept");
            self.intake.deliver_broken(&self.source, bytes, Problem::new("file", what)).await?
        } else {
            self.intake.deliver(&self.source, Payload::Csv, false, bytes).await?
        };
        let applied = match delivered.applied.take() {
            Some(applied) => Some(applied.await.map_err(|_| IntakeError::Closing)??),
            None => None,
        };
        let done = free_name(&self.folder.join(DONE), name).await.map_err(cannot)?;
        let mut report = done.clone().into_os_string();
        report.push(".report.txt");
        tokio::fs::write(&report, told(&delivered, applied.as_ref())).await.map_err(cannot)?;
        tokio::fs::rename(&file, done).await.map_err(cannot)
    }
}

async fn stamp(file: &Path) -> std::io::Result<Stamp> {
    let about = tokio::fs::metadata(file).await?;
    Ok((about.len(), about.modified().ok()))
}

/// The whole file, or the beginning of one that is too long.
async fn read_file(file: &Path) -> std::io::Result<Vec<u8>> {
    let file = tokio::fs::File::open(file).await?;
    let length = file.metadata().await?.len();
    let wanted = if length > FILE_BYTES_MAX { OVERSIZE_HEAD_BYTES as u64 } else { FILE_BYTES_MAX };
    let mut bytes = Vec::new();
    file.take(wanted).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Oldest name first: councils number or date their files. Names that begin with
/// a dot are being written.
async fn csv_files(folder: &Path) -> std::io::Result<Vec<OsString>> {
    let mut listing = tokio::fs::read_dir(folder).await?;
    let mut files = Vec::new();
    while let Some(file) = listing.next_entry().await? {
        let path = file.path();
        let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let is_hidden = file.file_name().as_encoded_bytes().starts_with(b".");
        if is_csv && !is_hidden && file.file_type().await?.is_file() {
            files.push(file.file_name());
        }
    }
    files.sort();
    Ok(files)
}

/// A name in `folder` that nothing has: a council may use the same one every day.
async fn free_name(folder: &Path, name: &OsStr) -> std::io::Result<PathBuf> {
    let mut path = folder.join(name);
    let mut number = 1_u64;
    while tokio::fs::try_exists(&path).await? {
        number += 1;
        let mut numbered = Path::new(name).file_stem().unwrap_or_default().to_owned();
        numbered.push(format!(".{number}.csv"));
        path = folder.join(numbered);
    }
    Ok(path)
}

/// What the sender reads: a line for each row that waits, and for each field that
/// was not read.
fn told(delivered: &Delivered, applied: Option<&Applied>) -> String {
    let refused = delivered.refused().count();
    let mut text = match &delivered.fault {
        Some(problem) if !delivered.is_readable => return format!("The file was not read. {problem}\n"),
        _ => format!("{} rows received, {refused} refused.\n", delivered.units.len()),
    };
    if delivered.is_duplicate() {
        text.push_str("The same file came before: nothing was applied again.\n");
    }
    let waiting = applied.map_or(0, |applied| applied.by_kind.values().map(|counts| counts.quarantined).sum());
    let contradicting = waiting.saturating_sub(refused as u64);
    if contradicting > 0 {
        let _ = writeln!(text, "{contradicting} rows wait: they contradict who the person was said to be before.");
    }
    for problem in delivered.refused() {
        let _ = writeln!(text, "{problem}");
    }
    for note in delivered.units.iter().flat_map(|unit| &unit.notes) {
        let _ = writeln!(text, "note: {note}");
    }
    text
}
