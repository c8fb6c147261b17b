use std::path::{Path, PathBuf};

use formats::{MESSAGE_BYTES_MAX, Problem};
use record::{SourceFormat, SourceId};
use store::Applied;
use tokio::task::JoinSet;

use crate::delivered::Delivered;
use crate::error::IntakeError;
use crate::files;
use crate::intake::{Begun, Intake};
use crate::lines::Line;
use crate::reading::Payload;
use crate::report::Report;

/// How many messages an import has under way, so that they share commits.
const UNDER_WAY_MAX: usize = 128;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportProgress {
    /// Bytes of all files.
    pub bytes_total: u64,
    /// Bytes handed over.
    pub bytes_done: u64,
}

/// Imports files and folders from a source, in the order of their names, through
/// the same inbox as every delivery. `progress` is called after each message.
///
/// # Errors
/// When a file cannot be read or a message could not be made durable; what was
/// done until then stays, and a second import finds it.
pub async fn import(
    intake: &Intake,
    source: &SourceId,
    control_id_is_unique: bool,
    paths: &[PathBuf],
    mut progress: impl FnMut(ImportProgress),
) -> Result<Report, IntakeError> {
    let format = intake.source(source)?.format;
    let mut files = Vec::new();
    for path in paths {
        collect_files(path, &mut files)?;
    }
    let mut state = ImportProgress {
        bytes_total: files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|about| about.len()).sum(),
        bytes_done: 0,
    };
    let mut run = Run { report: Report::default(), under_way: JoinSet::new() };
    for file in &files {
        if format == SourceFormat::Fhir && files::is_ndjson(file) {
            import_lines(intake, source, file, &mut run, |bytes| {
                state.bytes_done += bytes;
                progress(state);
            })
            .await?;
            continue;
        }
        let bytes = files::read_whole(file).await?;
        for (payload, message) in messages(format, &bytes) {
            let begun = intake.begin(source, payload, control_id_is_unique, message.to_vec()).await?;
            run.go_on(begun).await?;
            state.bytes_done += message.len() as u64;
            progress(state);
        }
    }
    run.finish().await
}

/// Each line of NDJSON is a message of its own; the file is never in memory whole.
/// One that cannot be read waits in quarantine by itself, with its number.
async fn import_lines(
    intake: &Intake,
    source: &SourceId,
    file: &Path,
    run: &mut Run,
    mut progress: impl FnMut(u64),
) -> Result<(), IntakeError> {
    let mut lines = files::lines(file)?;
    while let Some(piece) = lines.recv().await {
        let piece = piece.map_err(|cause| IntakeError::CannotRead { path: file.to_owned(), cause })?;
        for line in piece.lines {
            match line {
                Line::Whole(number, bytes) => {
                    let begun = intake.begin(source, Payload::FhirJson, false, bytes).await?.at_line(number);
                    run.go_on(begun).await?;
                }
                Line::TooLong(number, head) => {
                    let what = format!("longer than {MESSAGE_BYTES_MAX} bytes; its beginning was kept");
                    let problem = Problem::new(format!("line {number} of the file"), what);
                    let delivered = intake.deliver_broken(source, head, problem).await?;
                    run.count(&delivered, None);
                }
            }
        }
        progress(piece.bytes_read);
    }
    Ok(())
}

struct Run {
    report: Report,
    under_way: JoinSet<Result<(Delivered, Option<Applied>), IntakeError>>,
}

impl Run {
    /// Each message has its place in the order already, so that they may become
    /// durable and be applied side by side.
    async fn go_on(&mut self, begun: Begun) -> Result<(), IntakeError> {
        self.under_way.spawn(async move {
            let mut delivered = begun.finish().await?;
            let applied = match delivered.applied.take() {
                Some(applied) => Some(applied.await.map_err(|_| IntakeError::Closing)??),
                None => None,
            };
            Ok((delivered, applied))
        });
        if self.under_way.len() >= UNDER_WAY_MAX { self.count_next().await } else { Ok(()) }
    }

    async fn count_next(&mut self) -> Result<(), IntakeError> {
        let Some(done) = self.under_way.join_next().await else { return Ok(()) };
        let (delivered, applied) = done.map_err(|_| IntakeError::Closing)??;
        self.count(&delivered, applied.as_ref());
        Ok(())
    }

    fn count(&mut self, delivered: &Delivered, applied: Option<&Applied>) {
        let kinds = delivered.units.iter().map(|unit| unit.kind.as_str());
        match applied {
            Some(applied) => self.report.add_applied(applied),
            None if delivered.is_duplicate() => self.report.add_duplicates(kinds),
            None => self.report.add_quarantined(kinds),
        }
    }

    async fn finish(mut self) -> Result<Report, IntakeError> {
        while !self.under_way.is_empty() {
            self.count_next().await?;
        }
        Ok(self.report)
    }
}

/// A file, or every file below a folder, by name; names that begin with a dot are not ours.
fn collect_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), IntakeError> {
    let cannot = |cause| IntakeError::CannotRead { path: path.to_owned(), cause };
    let about = std::fs::metadata(path).map_err(cannot)?;
    if !about.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let listing = std::fs::read_dir(path).map_err(cannot)?;
    let mut below =
        listing.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    below.retain(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
    below.sort();
    below.iter().try_for_each(|path| collect_files(path, files))
}

/// The messages of a file: HL7 v2 files hold many, others one.
fn messages(format: SourceFormat, bytes: &[u8]) -> Vec<(Payload, &[u8])> {
    let whole = |payload| vec![(payload, bytes)];
    let slices = |payload, ranges: Vec<std::ops::Range<usize>>| {
        ranges.into_iter().filter_map(|range| bytes.get(range)).map(|slice| (payload, slice)).collect()
    };
    match format {
        SourceFormat::Hl7v2 => match formats::hl7v2::split_file(bytes) {
            // A file without a single message is still accounted for.
            ranges if ranges.is_empty() => whole(Payload::Hl7v2),
            ranges => slices(Payload::Hl7v2, ranges),
        },
        SourceFormat::Fhir => whole(Payload::of(format, bytes)),
        SourceFormat::Csv => whole(Payload::Csv),
    }
}
