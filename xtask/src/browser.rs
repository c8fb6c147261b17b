//! Debian's Chromium for the journeys: found, or installed where that is allowed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;

/// Where Debian puts Chromium.
const CHROMIUM: &str = "/usr/bin/chromium";

/// A font as wide as Arial, so that pages are measured as they look on the ward.
const ARIAL_ALIKE: &str = "/usr/share/fonts/truetype/liberation";

/// What to type where this program may not install.
const REMEDY: &str = "apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation (as root)";

/// Whether the journeys can be driven.
pub(crate) enum Browser {
    /// The program to start.
    Found(PathBuf),
    /// How to get it.
    Missing(String),
}

/// Finds the browser that `CONNECT_CARE_BROWSER` names or Debian's, and installs the latter when root has apt.
///
/// # Errors
/// When apt cannot be started.
pub(crate) fn ensure() -> anyhow::Result<Browser> {
    if let Some(named) = std::env::var_os("CONNECT_CARE_BROWSER").map(PathBuf::from) {
        return Ok(match named.is_file() {
            true => Browser::Found(named),
            false => Browser::Missing(format!("CONNECT_CARE_BROWSER names {}, which is no file", named.display())),
        });
    }
    let wanted = [("chromium", CHROMIUM), ("fonts-liberation", ARIAL_ALIKE)];
    let missing: Vec<&str> =
        wanted.iter().filter(|(_, path)| !Path::new(path).exists()).map(|(name, _)| *name).collect();
    if !missing.is_empty() && apt::may_install() {
        apt::install(&missing)?;
    }
    Ok(match Path::new(CHROMIUM).is_file() {
        true => Browser::Found(CHROMIUM.into()),
        false => Browser::Missing(format!("install it with: {REMEDY}")),
    })
}

/// Tells a test run which browser to use, and that there must be one.
pub(crate) fn tell(command: &mut Command, program: &Path) {
    command.env("CONNECT_CARE_BROWSER", program).env("CONNECT_CARE_REQUIRE_BROWSER", "1");
}
