//! The commands that hand over to cargo: deep, gallery.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::browser::{self, Browser};
use crate::command::{cargo, counts_tests};

/// Runs all tests, the ignored ones too, with many cases for each property.
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn deep(root: &Path, cases: u32) -> anyhow::Result<bool> {
    let run = ["test", "--workspace", "--no-fail-fast", "--", "--include-ignored", "--show-output"];
    let mut command = cargo(root, &run);
    command.env("PROPTEST_CASES", cases.to_string());
    if let Browser::Found(program) = browser::ensure()? {
        browser::tell(&mut command, &program);
    }
    let (succeeded, count) = counts_tests(&mut command)?;
    println!("deep: {count}; {cases} cases of each property");
    Ok(succeeded)
}

/// Runs the journey that photographs the main pages.
///
/// # Errors
/// When there is no browser, or the folder cannot be made.
pub(crate) fn gallery(root: &Path) -> anyhow::Result<bool> {
    let program = match browser::ensure()? {
        Browser::Found(program) => program,
        Browser::Missing(remedy) => anyhow::bail!("the gallery needs a browser: {remedy}"),
    };
    let folder = root.join("target/gallery");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let run = ["test", "--workspace", "--test", "it", "--", "journeys::gallery", "--nocapture"];
    let mut command = cargo(root, &run);
    browser::tell(&mut command, &program);
    command.env("CONNECT_CARE_GALLERY", &folder);
    let (succeeded, count) = counts_tests(&mut command)?;
    anyhow::ensure!(count.passed + count.failed > 0, "there is no test journeys::gallery in connect-care");
    println!("{} pictures in {}", fs::read_dir(&folder)?.count(), folder.display());
    Ok(succeeded)
}
