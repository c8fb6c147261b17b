use std::path::{Path, PathBuf};

use record::{SourceFormat, SourceId};
use store::{Applied, Received};
use tokio::sync::oneshot;

use crate::error::IntakeError;
use crate::intake::{Delivered, Intake};
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
    let mut run = Run { intake, source, control_id_is_unique, report: Report::default(), under_way: Vec::new() };
    for file in &files {
        let bytes = std::fs::read(file).map_err(|cause| IntakeError::CannotRead { path: file.clone(), cause })?;
        for (payload, message) in messages(format, file, &bytes) {
            state.bytes_done += message.len() as u64;
            run.deliver(payload, message.to_vec()).await?;
            progress(state);
        }
    }
    run.finish().await
}

struct Run<'a> {
    intake: &'a Intake,
    source: &'a SourceId,
    control_id_is_unique: bool,
    report: Report,
    under_way: Vec<oneshot::Receiver<Applied>>,
}

impl Run<'_> {
    async fn deliver(&mut self, payload: Payload, bytes: Vec<u8>) -> Result<(), IntakeError> {
        let delivered = self.intake.deliver(self.source, payload, self.control_id_is_unique, bytes).await?;
        self.count(delivered);
        if self.under_way.len() >= UNDER_WAY_MAX {
            self.wait().await?;
        }
        Ok(())
    }

    fn count(&mut self, delivered: Delivered) {
        match (delivered.received, delivered.applied) {
            (Received::New(_), Some(applied)) => self.under_way.push(applied),
            (Received::Duplicate(_), _) => self.report.add_duplicates(&delivered.kinds),
            _ => self.report.add_quarantined(&delivered.kinds),
        }
    }

    async fn wait(&mut self) -> Result<(), IntakeError> {
        for applied in self.under_way.drain(..) {
            self.report.add_applied(&applied.await.map_err(|_| IntakeError::Closing)?);
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Report, IntakeError> {
        self.wait().await?;
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

/// The messages of a file: HL7 v2 files and NDJSON hold many, others one.
fn messages<'a>(format: SourceFormat, file: &Path, bytes: &'a [u8]) -> Vec<(Payload, &'a [u8])> {
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let whole = |payload| vec![(payload, bytes)];
    let slices = |payload, ranges: Vec<std::ops::Range<usize>>| {
        ranges.into_iter().filter_map(|range| bytes.get(range)).map(|slice| (payload, slice)).collect()
    };
    match (format, extension.as_str()) {
        (SourceFormat::Hl7v2, _) => match formats::hl7v2::split_file(bytes) {
            // A file without a single message is still accounted for.
            ranges if ranges.is_empty() => whole(Payload::Hl7v2),
            ranges => slices(Payload::Hl7v2, ranges),
        },
        (SourceFormat::Fhir, "ndjson") => slices(Payload::FhirJson, formats::fhir::split_ndjson(bytes)),
        (SourceFormat::Fhir, "xml") => whole(Payload::FhirXml),
        (SourceFormat::Fhir, _) => whole(Payload::FhirJson),
        (SourceFormat::Csv, _) => whole(Payload::Csv),
    }
}
