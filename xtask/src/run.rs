//! The commands that hand over to cargo or to the database: gallery, postgres.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::browser::{self, Browser};
use crate::cluster::{self, Started};
use crate::command::{cargo, counts_tests};

/// Starts a cluster and waits until somebody has had enough of it.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn postgres(root: &Path) -> anyhow::Result<bool> {
    let cluster = match cluster::start(root)? {
        Started::Running(cluster) => cluster,
        Started::Missing(why) => anyhow::bail!("there is no PostgreSQL: {why}"),
    };
    println!("export {}=\"{}\"", cluster::ADDRESS, cluster.address());
    println!("export {}=postgres   # to run tests of the store on it; Ctrl-C ends it", cluster::STORE);
    cluster.wait()
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
