//! What one installation is: its region, its listeners, its sign-in, its operators.
//! Unknown keys are refused: a mistyped guard must not be a missing guard.

mod demographics;
mod mllp;
mod read;
mod retention;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

pub(crate) use demographics::DemographicsConfig;
pub(crate) use mllp::{MllpLimitsConfig, MllpTlsConfig};
pub(crate) use read::{for_command, load};
pub(crate) use retention::RetentionConfig;

/// The configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the embedded store lies; with another store, what belongs to this program.
    pub(crate) data: Option<PathBuf>,
    /// The database, where it is not the embedded one.
    pub(crate) store: Option<StoreConfig>,
    /// Where the program listens; not needed for commands.
    pub(crate) listen: Option<Listen>,
    /// How staff sign in; not needed for commands.
    pub(crate) sign_in: Option<SignIn>,
    /// The table of roles and sections; the shipped one where absent.
    pub(crate) policy: Option<PathBuf>,
    /// What staff are told to call when something does not work.
    #[serde(default = "service_desk")]
    pub(crate) service_desk: String,
    /// Who takes part.
    #[serde(default)]
    pub(crate) organisations: Vec<OrganisationConfig>,
    /// Their record systems.
    #[serde(default)]
    pub(crate) sources: Vec<SourceConfig>,
    /// Named accounts of those who run the service.
    #[serde(default)]
    pub(crate) operators: Vec<OperatorConfig>,
    /// The service that is asked who somebody is; nobody is asked where absent.
    pub(crate) demographics: Option<DemographicsConfig>,
    /// How long what is kept.
    #[serde(default)]
    pub(crate) retention: RetentionConfig,
}

/// A PostgreSQL database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreConfig {
    /// Where it is, as libpq spells it: `host=/run/postgresql dbname=connect_care`.
    /// Without a password, so that a copy of this file opens nothing.
    pub(crate) postgres: String,
    /// A file that holds the password, where one is needed.
    pub(crate) password_file: Option<PathBuf>,
    /// A PEM file of who signs the server's certificate; needed over a network.
    pub(crate) authorities: Option<PathBuf>,
}

/// Where the program listens: staff, machines, and operators where they want to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    /// For staff.
    pub(crate) staff: SocketAddr,
    /// For machines that push FHIR.
    pub(crate) machines: SocketAddr,
    /// For those who run the service: health and measures. Not opened where absent.
    /// Anybody who reaches it may read it, so it belongs on loopback or on a network
    /// of the operators' own.
    pub(crate) operations: Option<SocketAddr>,
    /// The origin under which staff reach it: `https://record.example`.
    pub(crate) public_url: String,
}

/// The OpenID provider by which staff sign in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// Its issuer URL.
    pub(crate) issuer: String,
    /// Our client id there.
    pub(crate) client_id: String,
    /// A file that holds our client secret, where there is one.
    pub(crate) client_secret_file: Option<PathBuf>,
}

/// An organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationConfig {
    /// Its ODS code.
    pub(crate) ods_code: String,
    /// Its name.
    pub(crate) name: String,
    /// A short name; the name where absent.
    pub(crate) short_name: Option<String>,
    /// Its kind, such as `acute`.
    pub(crate) kind: String,
    /// Whether it takes part now.
    #[serde(default = "yes")]
    pub(crate) takes_part: bool,
}

/// A record system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceConfig {
    /// Its id.
    pub(crate) id: String,
    /// Its name as staff read it.
    pub(crate) name: String,
    /// The ODS code of its organisation.
    pub(crate) organisation: String,
    /// `hl7v2`, `fhir` or `csv`.
    pub(crate) format: String,
    /// Sections that it sends.
    pub(crate) sends: Vec<String>,
    /// After how many minutes without a message its word is stale.
    pub(crate) stale_after_minutes: u32,
    /// The port on which it delivers HL7 v2.
    pub(crate) mllp: Option<SocketAddr>,
    /// Where it listens itself, as `host:port`: we connect, and it sends.
    pub(crate) mllp_dial: Option<String>,
    /// Certificates on both sides of its MLLP connections.
    pub(crate) mllp_tls: Option<MllpTlsConfig>,
    /// The addresses and networks from which it connects.
    pub(crate) mllp_peers: Option<Vec<String>>,
    /// Other limits than the usual ones.
    #[serde(default)]
    pub(crate) mllp_limits: MllpLimitsConfig,
    /// The SHA-256, in hexadecimal, of the token with which it pushes FHIR.
    pub(crate) token_sha256: Option<String>,
    /// The address of its own FHIR server: there, and where no server is named, ids
    /// mean one patient.
    pub(crate) fhir_server: Option<String>,
    /// The folder into which it drops CSV files.
    pub(crate) folder: Option<PathBuf>,
    /// Whether its control ids name one message each within 30 days. A feed's do;
    /// a collection of samples from many senders repeats them.
    #[serde(default = "yes")]
    pub(crate) control_ids_unique: bool,
    /// The longest message, in bytes.
    pub(crate) message_bytes_max: Option<usize>,
}

/// A named account of somebody who runs the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorConfig {
    /// Their staff id.
    pub(crate) id: String,
    /// Their name, as the access log shows it.
    pub(crate) name: String,
    /// The ODS code of their organisation.
    pub(crate) organisation: String,
}

fn yes() -> bool {
    true
}

fn service_desk() -> String {
    "your service desk".to_owned()
}
