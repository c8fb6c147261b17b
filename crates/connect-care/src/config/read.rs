use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Config;

/// The copy of the configuration that a data folder was last opened with, so
/// that commands on the folder need not be told again.
const LAST_CONFIG: &str = "last-config.toml";

/// Reads a configuration file.
pub(crate) fn load(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a configuration", path.display()))
}

/// The configuration and data folder for a command: from the file that is named,
/// or from the data folder's own copy.
pub(crate) fn for_command(config: Option<&Path>, data: Option<&Path>) -> anyhow::Result<(Config, PathBuf)> {
    match (config, data) {
        (Some(path), data) => {
            let config = load(path)?;
            let Some(folder) = data.map(Path::to_owned).or_else(|| config.data.clone()) else {
                bail!("say where the store lies: --data DIR, or `data` in {}", path.display());
            };
            std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            let copy = folder.join(LAST_CONFIG);
            std::fs::copy(path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
            Ok((config, folder))
        }
        (None, Some(folder)) => Ok((load(&folder.join(LAST_CONFIG))?, folder.to_owned())),
        (None, None) => bail!("say which store is meant: --config FILE, --data DIR, or both"),
    }
}
