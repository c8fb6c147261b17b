//! The region in which an operator types commands: one organisation, its operator and one hospital.

use std::path::Path;
use std::process::Command;

const HOSPITAL: &str = r#"
[[organisations]]
ods_code = "ZZ901"
name = "Kingsbrook (invented)"
kind = "acute"

[[operators]]
id = "op"
name = "Invented Operator"
organisation = "ZZ901"

[[sources]]
id = "kingsbrook"
name = "Kingsbrook"
organisation = "ZZ901"
format = "hl7v2"
sends = ["identity", "allergies"]
stale_after_minutes = 60
"#;

/// Writes the region's configuration, with more behind it.
pub fn configure(folder: &Path, more: &str) {
    std::fs::write(folder.join("region.toml"), format!("{HOSPITAL}{more}")).unwrap();
}

/// A command of so many words, with the configuration and the data folder behind its name.
pub fn command(folder: &Path, arguments: &[&str], words: usize) -> Command {
    let (name, rest) = arguments.split_at(words);
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect-care"));
    command.args(name).arg("--config").arg(folder.join("region.toml"));
    command.arg("--data").arg(folder.join("data")).args(rest);
    command
}
