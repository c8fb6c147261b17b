//! Debian's packages, where this program may install them.

use std::process::Command;

use crate::command::{output, succeeds};

/// Root on a system with apt, as in a container or on a build machine.
pub(crate) fn may_install() -> bool {
    is_root() && output("apt-get", &["--version"]).is_some()
}

/// Whether everything is allowed to us here.
pub(crate) fn is_root() -> bool {
    output("id", &["-u"]).is_some_and(|id| id.trim() == "0")
}

/// Installs packages. A failure shows itself: what was wanted is still missing
/// afterwards, and the caller says how to get it.
///
/// # Errors
/// When apt cannot be started.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        succeeds(&mut command)
    };
    if apt(&["update", "--quiet"])? {
        apt(&[&["install", "--quiet", "--yes", "--no-install-recommends"], packages].concat())?;
    }
    Ok(())
}
