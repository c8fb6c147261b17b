//! The machine on which the program runs: its disk, its clock, its power.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use record::{Chance, OdsCode, Section, Source, SourceFormat, SourceId};
use sha2::{Digest, Sha256};
use store::{PostgresAt, Store};

use super::messages::source_id;
use super::operations::{MLLP_SOURCES, SOURCES};
use crate::operated::TOKEN;
use crate::service::{Service, becomes};

/// Room for what a case writes, and not for much more.
const DISK_SIZE: &str = "size=64m";
/// Where Debian puts the library that sets a program's clock.
const FAKE_CLOCK: &str = "faketime/libfaketimeMT.so.1";

/// A folder, on a disk of its own where that is asked for.
pub(super) struct Machine {
    folder: tempfile::TempDir,
    is_mounted: bool,
    fake_clock: Option<PathBuf>,
    /// The database, where it is not in the folder.
    postgres: Option<String>,
}

impl Machine {
    /// One whose disk can be filled; `None`, and said, where this user may not mount one.
    pub(super) fn with_small_disk() -> Option<Self> {
        let mut machine = Self::new();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", DISK_SIZE, "none"]).arg(machine.data()).output();
        machine.is_mounted = mount.is_ok_and(|output| output.status.success());
        if !machine.is_mounted {
            println!("skipped: this user may not mount a small disk");
        }
        machine.is_mounted.then_some(machine)
    }

    pub(super) fn new() -> Self {
        Self::over(None)
    }

    /// One with a database of its own on the cluster that the tests were told of; `None`, and said, where there is none.
    pub(super) fn on_postgres() -> Option<Self> {
        let told = |name: &str| std::env::var(name).ok();
        let (Some(cluster), Some(programs)) =
            (told("CONNECT_CARE_TEST_POSTGRES"), told("CONNECT_CARE_POSTGRES_PROGRAMS"))
        else {
            println!("skipped: no PostgreSQL; `cargo xtask test` and `cargo xtask deep faults` start one");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let name: String = folder.path().to_str().unwrap().chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("faults_{}", name.to_lowercase());
        let psql = Path::new(&programs).join("psql");
        succeeds(Command::new(psql).args([&cluster, "-q", "-c", &format!("CREATE DATABASE {name}")]));
        let address = format!("{cluster} dbname={name}");
        let machine = Self::over(Some(address.clone()));
        let config = machine.config();
        let migrate = ["migrate", "--config", config.to_str().unwrap(), "--postgres", &address];
        succeeds(Command::new(env!("CARGO_BIN_EXE_connect-care")).args(migrate));
        Some(machine)
    }

    fn over(postgres: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self { folder, is_mounted: false, fake_clock: fake_clock(), postgres };
        std::fs::create_dir(machine.data()).unwrap();
        std::fs::write(machine.config(), configuration(&machine.data(), machine.postgres.as_deref())).unwrap();
        machine.set_clock(0);
        machine
    }

    /// What the program left behind.
    pub(super) async fn store(&self) -> Store {
        let chance = Chance::new(|bytes| bytes.fill(7));
        match &self.postgres {
            None => store::open(&self.data(), &sources(), chance).await.unwrap(),
            Some(address) => {
                let at = PostgresAt::parse(address, None).unwrap();
                store::open_postgres(&at, &sources(), chance).await.unwrap()
            }
        }
    }

    /// Where the program keeps its files.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("connect-care.toml")
    }

    fn clock(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// The machine's clock goes so many seconds before or after the true time from now on. False where it cannot be
    /// set.
    pub(super) fn set_clock(&self, seconds: i64) -> bool {
        // In its place at once: it is read at any time.
        let new = self.folder.path().join("clock.new");
        std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(&new, self.clock()).unwrap();
        self.fake_clock.is_some()
    }

    /// Writes until not a byte more has room.
    pub(super) fn fill_disk(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        for size in [65_536, 4_096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    pub(super) fn free_disk(&self) {
        // There is none where the disk was not full.
        let _ = std::fs::remove_file(self.ballast());
    }

    fn ballast(&self) -> PathBuf {
        self.data().join("ballast")
    }

    /// Starts the program and waits until it is ready.
    pub(super) fn start(&self) -> Service {
        self.start_by(Command::new(env!("CARGO_BIN_EXE_connect-care")))
    }

    /// The same where each sync of a thread from its n-th on fails.
    pub(super) fn start_with_failing_sync(&self, nth: usize) -> Service {
        let mut strace = Command::new("strace");
        let fault = format!("inject=fdatasync,fsync:error=EIO:when={nth}+");
        strace.args(["-D", "-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", &fault, "-o", "/dev/null"]);
        strace.arg(env!("CARGO_BIN_EXE_connect-care"));
        // Proving that it is ready needs syncs too.
        self.launch(strace)
    }

    /// The same by another command that ends with the program's name.
    pub(super) fn start_by(&self, command: Command) -> Service {
        let service = self.launch(command);
        becomes(&service.address("operations", None), "/ready", |answer| answer.status == 200);
        service
    }

    fn launch(&self, mut command: Command) -> Service {
        if let Some(library) = &self.fake_clock {
            command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", self.clock());
            // Only what people call the time jumps; how long something took does not.
            for set in ["FAKETIME_NO_CACHE", "DONT_FAKE_MONOTONIC", "FAKETIME_DONT_FAKE_MONOTONIC"] {
                command.env(set, "1");
            }
        }
        Service::start_as(command, &["serve", "--config", self.config().to_str().unwrap()], "info")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if self.is_mounted {
            let _ = Command::new("umount").arg("-l").arg(self.data()).status();
        }
    }
}

fn fake_clock() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    folders.flatten().map(|folder| folder.path().join(FAKE_CLOCK)).find(|library| library.exists())
}

/// Where a source's messages go.
pub(super) fn address_of(service: &Service, source: usize) -> String {
    if source < MLLP_SOURCES {
        service.address("mllp", Some(&source_id(source)))
    } else {
        service.address("machines", None)
    }
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn configuration(data: &Path, postgres: Option<&str>) -> String {
    let digest: String = Sha256::digest(TOKEN).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = format!(
        "data = \"{}\"\n\
         [listen]\nstaff = \"127.0.0.1:0\"\nmachines = \"127.0.0.1:0\"\noperations = \"127.0.0.1:0\"\n\
         public_url = \"https://record.example\"\n\
         [sign_in]\nissuer = \"https://identity.example\"\nclient_id = \"connect-care\"\n\
         [[organisations]]\nods_code = \"ZZ901\"\nname = \"Kingsbrook (invented)\"\nkind = \"acute\"\n",
        data.display()
    );
    if let Some(address) = postgres {
        text.push_str(&format!("[store]\npostgres = \"{address}\"\n"));
    }
    for source in 0..SOURCES {
        let id = source_id(source);
        let entrance = if source < MLLP_SOURCES {
            "format = \"hl7v2\"\nmllp = \"127.0.0.1:0\"".to_owned()
        } else {
            format!("format = \"fhir\"\ntoken_sha256 = \"{digest}\"")
        };
        text.push_str(&format!(
            "[[sources]]\nid = \"{id}\"\nname = \"{id} (invented)\"\norganisation = \"ZZ901\"\n{entrance}\n\
             sends = [\"identity\", \"results\", \"attendances\"]\nstale_after_minutes = 60\n"
        ));
    }
    text
}

/// The sources as the store is opened with them to be looked into.
fn sources() -> Vec<Source> {
    let source = |number: usize| Source {
        id: SourceId::new(&source_id(number)).unwrap(),
        name: format!("{} (invented)", source_id(number)),
        organisation: OdsCode::new("ZZ901").unwrap(),
        format: if number < MLLP_SOURCES { SourceFormat::Hl7v2 } else { SourceFormat::Fhir },
        sends: vec![Section::Identity, Section::Results, Section::Attendances],
        stale_after_minutes: 60,
    };
    (0..SOURCES).map(source).collect()
}
