//! Connections: a pool for each role, with its time-outs, over a socket or TLS.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::counting::Counters;
use crate::error::StoreError;

/// How many connections each role keeps at the most.
const CONNECTIONS_MAX: usize = 8;
/// How long a connection may take to open.
const CONNECT_SECONDS: u64 = 5;

/// Where the PostgreSQL database is, and who we are there.
#[derive(Clone)]
pub struct PostgresAt {
    config: Config,
    authorities: Option<PathBuf>,
}

/// The address may hold a password: it is never written out.
impl fmt::Debug for PostgresAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresAt").field("database", &self.config.get_dbname()).finish_non_exhaustive()
    }
}

impl PostgresAt {
    /// Reads libpq's own notation: `host=/run/postgresql dbname=connect_care user=…`
    /// or a `postgresql://` address. `authorities` is a PEM file of the certificate
    /// authorities that sign the server's certificate; a server that is reached
    /// over a network must be reached with TLS.
    ///
    /// # Errors
    /// When it cannot be read, or names a host on a network without `authorities`.
    pub fn parse(address: &str, authorities: Option<PathBuf>) -> Result<Self, StoreError> {
        // The parser's own words may quote the address, and with it the password.
        let mut config =
            Config::from_str(address).map_err(|_| StoreError::Address("the address of the database cannot be read"))?;
        let is_remote = config.get_hosts().iter().any(|host| !is_here(host));
        if authorities.is_some() {
            config.ssl_mode(SslMode::Require);
        } else if is_remote {
            return Err(StoreError::Address("a database on another machine must be reached with TLS"));
        }
        config.application_name("connect-care");
        config.connect_timeout(std::time::Duration::from_secs(CONNECT_SECONDS));
        Ok(Self { config, authorities })
    }

    /// The same with a password that stands elsewhere.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// For what a connection is used. Each has the rights of its own role and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Takes in and applies messages.
    Intake,
    /// Keeps permissions, choices, sessions and the access log.
    Desk,
    /// Reads content, behind row-level security.
    Reads,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Intake => "connect_care_intake",
            Self::Desk => "connect_care_desk",
            Self::Reads => "connect_care_reads",
        }
    }

    /// A statement that takes longer is ended: a clinician waits for reads, nobody
    /// for a bulk import.
    fn statement_seconds(self) -> u32 {
        match self {
            Self::Intake => 60,
            Self::Desk | Self::Reads => 5,
        }
    }

    /// Statements are planned once for each connection, perhaps while their tables are
    /// empty: a scan that is cheapest then would be kept when they are full. All look
    /// up by key, so what reads whole tables is not considered.
    fn options(self) -> String {
        format!(
            "-c role={} -c statement_timeout={}s -c lock_timeout={}s -c idle_in_transaction_session_timeout=60s \
             -c synchronous_commit=on -c jit=off -c plan_cache_mode=force_generic_plan \
             -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
             -c max_parallel_workers_per_gather=0",
            self.name(),
            self.statement_seconds(),
            self.statement_seconds(),
        )
    }
}

/// The pools of one database.
#[derive(Clone)]
pub(crate) struct Pools {
    intake: Pool,
    desk: Pool,
    reads: Pool,
    counters: Arc<Counters>,
}

impl Pools {
    /// Prepares the pools; nothing is connected yet.
    pub(crate) fn new(at: &PostgresAt) -> Result<Self, StoreError> {
        Ok(Self {
            intake: pool(at, Role::Intake)?,
            desk: pool(at, Role::Desk)?,
            reads: pool(at, Role::Reads)?,
            counters: Arc::default(),
        })
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// A connection with the rights of `role`.
    pub(crate) async fn get(&self, role: Role) -> Result<Object, StoreError> {
        Ok(self.of(role).get().await?)
    }

    /// Closes the connections that nobody uses now: when one was lost, the others
    /// may be lost too and not know it yet.
    pub(crate) fn forget(&self, role: Role) {
        self.of(role).retain(|_, _| false);
    }

    fn of(&self, role: Role) -> &Pool {
        match role {
            Role::Intake => &self.intake,
            Role::Desk => &self.desk,
            Role::Reads => &self.reads,
        }
    }
}

fn pool(at: &PostgresAt, role: Role) -> Result<Pool, StoreError> {
    let mut config = at.config.clone();
    config.options(role.options());
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match tls(at)? {
        Some(tls) => Manager::from_config(config, tls, settings),
        None => Manager::from_config(config, NoTls, settings),
    };
    Pool::builder(manager).max_size(CONNECTIONS_MAX).build().map_err(|_| StoreError::Closed)
}

/// One connection as the address says, for migrations.
pub(crate) async fn connect_as_owner(at: &PostgresAt) -> Result<tokio_postgres::Client, StoreError> {
    match tls(at)? {
        Some(tls) => {
            let (client, connection) = at.config.connect(tls).await?;
            tokio::spawn(connection);
            Ok(client)
        }
        None => {
            let (client, connection) = at.config.connect(NoTls).await?;
            tokio::spawn(connection);
            Ok(client)
        }
    }
}

fn tls(at: &PostgresAt) -> Result<Option<MakeRustlsConnect>, StoreError> {
    let Some(path) = &at.authorities else { return Ok(None) };
    let unreadable = |cause: String| StoreError::CannotOpen { path: path.clone(), cause };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(MakeRustlsConnect::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_written_out() {
        let at = PostgresAt::parse("host=/tmp dbname=care user=u password=hunter2", None).unwrap();
        assert!(!format!("{at:?}").contains("hunter2"));
        let error = PostgresAt::parse("host=/tmp passwort=hunter2", None).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_database_on_another_machine_is_reached_with_tls_or_not_at_all() {
        let refused = PostgresAt::parse("host=db.example dbname=care", None).unwrap_err();
        assert!(refused.to_string().contains("TLS"), "{refused}");
        assert!(PostgresAt::parse("host=db.example dbname=care", Some("ca.pem".into())).is_ok());
        assert!(PostgresAt::parse("host=localhost dbname=care", None).is_ok());
    }
}
