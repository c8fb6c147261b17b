//! A database that is reached with TLS: a real server, and certificates made for it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use store::{PostgresAt, StoreError};
use tempfile::TempDir;

use crate::certificates::{Authority, Certificate};
use crate::kit::*;

/// A server of its own that takes nobody without TLS.
struct Server {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// Nothing, and said, where there are no programs to run.
    fn start(own: &Certificate) -> Option<Self> {
        let Some(programs) = std::env::var_os("CONNECT_CARE_POSTGRES_PROGRAMS").map(PathBuf::from) else {
            println!("skipped: no programs of PostgreSQL; `cargo xtask test` says where they are");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder: tempfile::tempdir().unwrap(), programs, port };
        server.give(server.folder.path());
        let data = server.data();
        server.run("initdb", &["--no-sync", "-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        for (from, to) in [(&own.certificate, "server.crt"), (&own.key, "server.key")] {
            let to = Path::new(&data).join(to);
            fs::copy(from, &to).unwrap();
            assert!(Command::new("chmod").arg("600").arg(&to).status().unwrap().success());
            server.give(&to);
        }
        let settings = format!(
            "listen_addresses = 'localhost'\nport = {port}\nunix_socket_directories = ''\nfsync = off\n\
             ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n"
        );
        fs::write(Path::new(&data).join("postgresql.auto.conf"), settings).unwrap();
        fs::write(Path::new(&data).join("pg_hba.conf"), "hostssl all all samehost trust\n").unwrap();
        server.run("pg_ctl", &["start", "-D", &data, "-w", "-t", "60", "-s", "-l", &format!("{data}/log")]);
        Some(server)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// The server refuses to be root: it is somebody else then.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let Some((name, group)) = somebody_else() else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &name, "--regid", &group, "--clear-groups"]).arg(program);
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        command.args(arguments).current_dir("/").env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{program}: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(Path::new(&self.data()).join("log")).unwrap_or_default()
    }

    fn give(&self, path: &Path) {
        if let Some((name, group)) = somebody_else() {
            assert!(Command::new("chown").arg(format!("{name}:{group}")).arg(path).status().unwrap().success());
        }
    }

    fn at(&self, host: &str, authorities: Option<PathBuf>) -> PostgresAt {
        let address = format!("host={host} port={} user=postgres dbname=postgres", self.port);
        PostgresAt::parse(&address, authorities).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = self.command("pg_ctl").args(["stop", "-D", &self.data(), "-m", "immediate", "-s"]).status();
        assert!(stopped.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

/// Who runs the server, where we are root.
fn somebody_else() -> Option<(String, String)> {
    let said = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if said(&["-u"])? != "0" {
        return None;
    }
    ["postgres", "nobody"].into_iter().find_map(|name| Some((name.to_owned(), said(&["-g", name])?)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_reached_with_tls_and_only_where_its_certificate_is_right() {
    if has_no_server() {
        return;
    }
    let (authority, other) = (Authority::new(), Authority::new());
    let Some(server) = Server::start(&authority.sign("localhost")) else { return };
    let at = server.at("localhost", Some(authority.list()));
    store::migrate_postgres(&at).await.unwrap_or_else(|error| panic!("{error}: {}", server.log()));
    let store = store::open_postgres(&at, &sources(), chance()).await.unwrap();
    store.inbox.receive(arrival(HOSPITAL, b"over TLS".to_vec())).await.unwrap();
    assert_eq!(store.inbox.list(None).await.unwrap().len(), 1);

    let refused = |at: PostgresAt| async move {
        let opened = store::open_postgres(&at, &sources(), chance()).await.map(drop);
        let migrated = store::migrate_postgres(&at).await.map(drop);
        let refused = |outcome: Result<(), StoreError>| matches!(outcome, Err(StoreError::Server(_)));
        refused(opened) && refused(migrated)
    };
    assert!(refused(server.at("localhost", Some(other.list()))).await, "signed by somebody else");
    assert!(refused(server.at("127.0.0.1", Some(authority.list()))).await, "it names another host");
    assert!(refused(server.at("localhost", None)).await, "without TLS the server takes nobody");
    assert_eq!(store.inbox.list(None).await.unwrap().len(), 1, "the others are not concerned");
}
