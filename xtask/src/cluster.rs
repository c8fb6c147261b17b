//! A throw-away PostgreSQL cluster for tests: on a socket in a folder of its own, gone when this program is gone.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use anyhow::Context;

use crate::apt;
use crate::command::output;

/// Tells tests where the cluster is, in libpq's notation.
pub(crate) const ADDRESS: &str = "CONNECT_CARE_TEST_POSTGRES";
/// Tells the store's tests on which back-end to run: `sqlite`, unless it says `postgres`.
pub(crate) const STORE: &str = "CONNECT_CARE_TEST_STORE";

/// What to type where this program may not install.
const REMEDY: &str = "apt-get update && apt-get install -y --no-install-recommends postgresql (as root)";
/// Where Debian puts one folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The oldest version that the store knows.
const OLDEST: u32 = 15;
/// The longest path of a socket that Unix can name, in bytes.
const SOCKET_PATH_MAX: usize = 107;

/// What every test database needs. `fsync` stays on: a test sees what an operator sees.
const SETTINGS: &str = "listen_addresses = ''\n\
                        max_connections = 200\n\
                        shared_buffers = 32MB\n\
                        max_wal_size = 512MB\n\
                        log_min_messages = warning\n\
                        log_min_error_statement = panic\n";

/// What a database that is measured has: memory as an operator would give it.
const SETTINGS_MEASURED: &str = "listen_addresses = ''\n\
                                 max_connections = 100\n\
                                 shared_buffers = 1GB\n\
                                 max_wal_size = 4GB\n\
                                 checkpoint_timeout = 15min\n\
                                 effective_cache_size = 8GB\n\
                                 random_page_cost = 1.1\n\
                                 log_min_messages = warning\n";
/// Tells the bench where the server's own programs are.
const PROGRAMS: &str = "CONNECT_CARE_POSTGRES_PROGRAMS";

/// Initialises and starts the cluster, says so, and removes all of it once its standard input ends: when we are done,
/// and also when we were killed. It is in a process group of its own, so that what kills ours leaves it to tidy up.
const KEEPER: &str = r#"
trap '' INT TERM HUP
finish() { "$@" "$BIN/pg_ctl" stop -D "$FOLDER/data" -m immediate -s >>"$FOLDER/log" 2>&1; rm -rf "$FOLDER"; }
{ "$@" "$BIN/initdb" --no-sync -D "$FOLDER/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 &&
  "$@" cp "$FOLDER/settings" "$FOLDER/data/postgresql.auto.conf" &&
  "$@" "$BIN/pg_ctl" start -D "$FOLDER/data" -w -t 60 -l "$FOLDER/server-log" -o "-k '$FOLDER'"
} >>"$FOLDER/log" 2>&1 </dev/null || { cat "$FOLDER/log" >&2; rm -rf "$FOLDER"; exit 1; }
echo ready
cat >/dev/null
finish "$@"
"#;

/// Whether there is a cluster.
pub(crate) enum Started {
    /// It runs.
    Running(Cluster),
    /// How to get the programs, or why they cannot run.
    Missing(String),
}

/// A running cluster. It ends when this value is dropped or this program ends, in whatever way.
pub(crate) struct Cluster {
    keeper: Child,
    folder: PathBuf,
    programs: PathBuf,
}

impl Cluster {
    /// Where it is, in libpq's notation. The role is the cluster's superuser.
    pub(crate) fn address(&self) -> String {
        format!("host={} user=postgres dbname=postgres", self.folder.display())
    }

    /// Tells a command's tests where it is.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env(ADDRESS, self.address()).env(PROGRAMS, &self.programs);
    }

    /// Waits until somebody ends this program or the cluster.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(crate) fn wait(mut self) -> anyhow::Result<bool> {
        // Its standard input stays open on our side: waiting on the child would close it.
        let stdout = self.keeper.stdout.take().context("it was taken once")?;
        for line in BufReader::new(stdout).lines() {
            println!("{}", line?);
        }
        Ok(true)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Starts a cluster under `target`, or in the system's folder for temporary files where the server's user cannot reach
/// that or its path is too long for a socket.
///
/// # Errors
/// When it cannot be started although its programs are there.
pub(crate) fn start(root: &Path) -> anyhow::Result<Started> {
    start_with(root, SETTINGS)
}

/// The same for a cluster that is measured.
///
/// # Errors
/// As [`start`].
pub(crate) fn start_measured(root: &Path) -> anyhow::Result<Started> {
    start_with(root, SETTINGS_MEASURED)
}

fn start_with(root: &Path, settings: &str) -> anyhow::Result<Started> {
    if programs().is_none() && apt::may_install() {
        apt::install(&["postgresql"])?;
    }
    let Some(programs) = programs() else {
        return Ok(Started::Missing(format!("PostgreSQL {OLDEST} or later is missing; install it with: {REMEDY}")));
    };
    let user = match User::of_server() {
        Ok(user) => user,
        Err(why) => return Ok(Started::Missing(why)),
    };
    let name = format!("postgres-{}", std::process::id());
    let places = [root.join("target"), env::temp_dir()];
    let folder = places.iter().map(|place| place.join(&name)).find(|folder| user.makes_its_own(folder));
    let folder = folder.context("there is no folder in which a database server may live")?;
    fs::write(folder.join("settings"), settings)?;
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .args(user.prefix())
        .env("BIN", &programs)
        .env("FOLDER", &folder)
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("sh cannot be started")?;
    let mut said = String::new();
    let stdout = keeper.stdout.as_mut().context("its standard output was asked for")?;
    BufReader::new(stdout).read_line(&mut said)?;
    let cluster = Cluster { keeper, folder, programs };
    anyhow::ensure!(said.trim() == "ready", "the database server did not start: see above");
    Ok(Started::Running(cluster))
}

/// The folder with the server's programs: Debian's newest, or where `PATH` finds them.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut of_debian: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .filter(|(version, _)| *version >= OLDEST)
        .collect();
    of_debian.sort();
    let of_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let recent = of_path.into_iter().filter(|folder| folder.join("initdb").is_file()).filter(|folder| {
        let said = output(&folder.join("initdb").to_string_lossy(), &["--version"]);
        said.as_deref().and_then(version).is_some_and(|version| version >= OLDEST)
    });
    of_debian
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(recent)
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// The version in `initdb (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`.
fn version(said: &str) -> Option<u32> {
    let (_, after) = said.split_once("(PostgreSQL) ")?;
    let digits = after.find(|c: char| !c.is_ascii_digit()).and_then(|end| after.get(..end)).unwrap_or(after);
    digits.parse().ok()
}

/// As whom the server runs: it refuses to be root.
#[derive(Debug, PartialEq, Eq)]
enum User {
    /// We are not root.
    Ourselves,
    /// A user of the system without rights, and their group.
    Other { name: String, group: String },
}

impl User {
    fn of_server() -> Result<Self, String> {
        if !apt::is_root() {
            return Ok(Self::Ourselves);
        }
        if output("setpriv", &["--version"]).is_none() {
            return Err("we are root, and setpriv (util-linux) is missing to become somebody else".to_owned());
        }
        let found = ["postgres", "nobody"].into_iter().find_map(|name| {
            let group = output("id", &["-g", name])?;
            Some(Self::Other { name: name.to_owned(), group: group.trim().to_owned() })
        });
        found.ok_or_else(|| "we are root, and there is neither a user postgres nor nobody".to_owned())
    }

    /// What stands before a command that is to run as this user.
    fn prefix(&self) -> Vec<String> {
        match self {
            Self::Ourselves => vec!["env".to_owned()],
            Self::Other { name, group } => {
                let become_them = ["setpriv", "--reuid", name, "--regid", group, "--clear-groups"];
                become_them.map(str::to_owned).to_vec()
            }
        }
    }

    /// Makes the folder, and tells whether a server that runs as this user can live in it.
    fn makes_its_own(&self, folder: &Path) -> bool {
        let socket = folder.join(".s.PGSQL.5432");
        if socket.as_os_str().len() > SOCKET_PATH_MAX || fs::create_dir_all(folder).is_err() {
            return false;
        }
        let place = folder.to_string_lossy().into_owned();
        let given = match self {
            Self::Ourselves => true,
            Self::Other { name, group } => output("chown", &[&format!("{name}:{group}"), &place]).is_some(),
        };
        let probe = [self.prefix(), vec!["test".to_owned(), "-w".to_owned(), place]].concat();
        let words: Vec<&str> = probe.iter().map(String::as_str).collect();
        let can = given && words.split_first().is_some_and(|(program, rest)| output(program, rest).is_some());
        if !can {
            let _ = fs::remove_dir_all(folder);
        }
        can
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_initdb_says() {
        assert_eq!(version("initdb (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n"), Some(15));
        assert_eq!(version("initdb (PostgreSQL) 17beta1\n"), Some(17));
        assert_eq!(version("something else"), None);
    }

    #[test]
    fn a_folder_whose_path_is_too_long_for_a_socket_is_not_used() {
        let long = env::temp_dir().join("x".repeat(SOCKET_PATH_MAX));
        assert!(!User::Ourselves.makes_its_own(&long));
        assert!(!long.exists());
    }

    #[test]
    fn the_keeper_removes_what_it_could_not_start() {
        let folder = env::temp_dir().join(format!("keeper-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let kept = Command::new("sh")
            .args(["-c", KEEPER, "keeper", "env"])
            .env("BIN", "/nonexistent")
            .env("FOLDER", &folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!kept.status.success() && !String::from_utf8_lossy(&kept.stdout).contains("ready"));
        assert!(!folder.exists());
    }
}
