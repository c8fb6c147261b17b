use std::path::{Path, PathBuf};
use std::time::Duration;

use record::SourceId;
use tokio_util::sync::CancellationToken;

use crate::error::IntakeError;
use crate::intake::{Delivered, Intake};
use crate::reading::Payload;

/// How often a folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The longest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Takes files named `*.csv` from a folder until told to stop. Each is durable
/// in the inbox before it moves to `done/`; what is wrong with it is written
/// beside it, row by row.
///
/// # Errors
/// When the folder cannot be read or written.
pub async fn watch_folder(
    folder: PathBuf,
    source: SourceId,
    intake: Intake,
    stop: CancellationToken,
) -> Result<(), IntakeError> {
    let done = folder.join("done");
    let cannot = |path: &Path| {
        let path = path.to_owned();
        move |cause| IntakeError::CannotRead { path, cause }
    };
    tokio::fs::create_dir_all(&done).await.map_err(cannot(&done))?;
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stop.cancelled() => return Ok(()),
        }
        for file in csv_files(&folder).await.map_err(cannot(&folder))? {
            // One file that cannot be taken waits; the others go on.
            if let Err(error) = take(&file, &done, &source, &intake).await {
                tracing::error!(source = %source, error = %error, "a dropped file waits");
            }
        }
    }
}

/// Oldest name first: councils number or date their files.
async fn csv_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut listing = tokio::fs::read_dir(folder).await?;
    let mut files = Vec::new();
    while let Some(file) = listing.next_entry().await? {
        let path = file.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
            && file.file_type().await?.is_file()
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

async fn take(file: &Path, done: &Path, source: &SourceId, intake: &Intake) -> Result<(), IntakeError> {
    let cannot = |cause| IntakeError::CannotRead { path: file.to_owned(), cause };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let length = tokio::fs::metadata(file).await.map_err(cannot)?.len();
    let delivered = if length > FILE_BYTES_MAX {
        let problem = formats::Problem::new("file", format!("longer than {FILE_BYTES_MAX} bytes"));
        intake.deliver_broken(source, name.clone().into_bytes(), problem).await?
    } else {
        let bytes = tokio::fs::read(file).await.map_err(cannot)?;
        intake.deliver(source, Payload::Csv, false, bytes).await?
    };
    let report = done.join(format!("{name}.report.txt"));
    tokio::fs::write(&report, told(&delivered)).await.map_err(cannot)?;
    tokio::fs::rename(file, done.join(&name)).await.map_err(cannot)
}

/// What the sender reads: one line per row that waits.
fn told(delivered: &Delivered) -> String {
    use std::fmt::Write as _;
    let mut text = match &delivered.fault {
        Some(problem) if !delivered.is_readable => format!("The file was not read. {problem}\n"),
        _ => format!("{} rows received, {} refused.\n", delivered.kinds.len(), delivered.unit_faults.len()),
    };
    for (_, problem) in &delivered.unit_faults {
        let _ = writeln!(text, "{problem}");
    }
    text
}

/// Waits until everything dropped into a watched folder has been taken.
///
/// # Errors
/// When the folder cannot be read.
pub async fn folder_is_empty(folder: &Path, intake: &Intake) -> Result<(), IntakeError> {
    let cannot = |cause| IntakeError::CannotRead { path: folder.to_owned(), cause };
    let mut look = tokio::time::interval(LOOK_EVERY / 5);
    while !csv_files(folder).await.map_err(cannot)?.is_empty() {
        look.tick().await;
    }
    intake.settle().await
}
