//! Running other programs, so that what they print is seen as it comes.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::count::{Count, TestOutput};

/// `cargo`, in the workspace's folder.
///
/// What cargo told this very program about itself is taken out of the environment: some build scripts watch those
/// variables, and would otherwise build again on every change between `cargo test` and `cargo xtask test`.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    let own = |name: &OsString| {
        let name = name.to_string_lossy();
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|own| name.starts_with(own))
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| own(name)) {
        command.env_remove(name);
    }
    command
}

/// Runs it and tells whether it succeeded.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    println!("$ {}", words(command));
    let status = command.status().with_context(|| format!("{} cannot be started", words(command)))?;
    Ok(status.success())
}

/// Runs it in silence and gives its standard output, or nothing when it is missing or fails.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `cargo test …`, repeats what it prints and counts the tests.
///
/// # Errors
/// When it cannot be started or its output cannot be read.
pub(crate) fn counts_tests(command: &mut Command) -> anyhow::Result<(bool, Count)> {
    println!("$ {}", words(command));
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("{} cannot be started", words(command)))?;
    let stdout = child.stdout.take().context("its standard output was asked for")?;
    let mut seen = TestOutput::default();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if seen.note(&line) {
            println!("{line}");
        }
    }
    Ok((child.wait()?.success(), seen.into_count()))
}

/// The command as one would type it.
fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
