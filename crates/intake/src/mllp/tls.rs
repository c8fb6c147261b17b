use std::path::Path;
use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::refusals::Refusal;
use crate::error::IntakeError;

/// The files that TLS needs, all PEM.
#[derive(Clone, Copy, Debug)]
pub struct TlsFiles<'a> {
    /// Our certificate, and those between it and its authority.
    pub certificate: &'a Path,
    /// Its private key.
    pub key: &'a Path,
    /// Who signs the certificates of the source.
    pub authorities: &'a Path,
}

/// TLS with certificates on both sides.
#[derive(Clone)]
pub struct MllpTls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    allowed: Arc<[Allowed]>,
}

/// A certificate that a source may show. An authority signs many organisations'.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    /// One that names this host.
    Name(ServerName<'static>),
    /// This very one, by the SHA-256 of its bytes.
    Fingerprint([u8; 32]),
}

impl MllpTls {
    /// Reads the files, and `allowed`: host names in certificates of the source, or
    /// SHA-256 fingerprints of such certificates in hexadecimal, with or without
    /// colons.
    ///
    /// # Errors
    /// When a file cannot be read, the key is not the certificate's, or something
    /// allowed is neither a name nor a fingerprint.
    pub fn read(files: &TlsFiles<'_>, allowed: &[String]) -> Result<Self, IntakeError> {
        let roots = Arc::new(authorities(files.authorities)?);
        let chain = certificates(files.certificate)?;
        let key = || PrivateKeyDer::from_pem_file(files.key).map_err(|error| cannot_use(files.key, error));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
            .build()
            .map_err(|error| cannot_use(files.authorities, error))?;
        let of_pair = |error| cannot_use(files.certificate, error);
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(of_pair)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain.clone(), key()?)
            .map_err(of_pair)?;
        // Connections last; each shows its certificate anew.
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(of_pair)?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key()?)
            .map_err(of_pair)?;
        let allowed = allowed.iter().map(|text| Allowed::parse(text)).collect::<Result<_, _>>()?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client), allowed })
    }

    /// A sender's handshake with us.
    pub(super) async fn accept(&self, stream: TcpStream) -> Result<server::TlsStream<TcpStream>, Refusal> {
        let accepted = TlsAcceptor::from(Arc::clone(&self.server)).accept(stream).await;
        let stream = accepted.map_err(|_| Refusal::NoTls)?;
        let shown = stream.get_ref().1.peer_certificates();
        if self.allows(shown) { Ok(stream) } else { Err(Refusal::NotAllowed) }
    }

    /// Our handshake with a sender that listens under this name.
    pub(super) async fn connect(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
    ) -> Result<client::TlsStream<TcpStream>, Refusal> {
        let connected = TlsConnector::from(Arc::clone(&self.client)).connect(name, stream).await;
        let stream = connected.map_err(|_| Refusal::NoTls)?;
        // Its name was checked; a list narrows that further.
        let is_allowed = self.allowed.is_empty() || self.allows(stream.get_ref().1.peer_certificates());
        if is_allowed { Ok(stream) } else { Err(Refusal::NotAllowed) }
    }

    fn allows(&self, shown: Option<&[CertificateDer<'_>]>) -> bool {
        let own = shown.and_then(|chain| chain.first());
        own.is_some_and(|certificate| self.allowed.iter().any(|allowed| allowed.fits(certificate)))
    }
}

impl Allowed {
    fn parse(text: &str) -> Result<Self, IntakeError> {
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        if let Some(fingerprint) = fingerprint(&digits) {
            return Ok(Self::Fingerprint(fingerprint));
        }
        let unreadable = |_| IntakeError::Setting(format!("{text} is neither a host name nor a SHA-256 fingerprint"));
        ServerName::try_from(text.to_owned()).map(Self::Name).map_err(unreadable)
    }

    fn fits(&self, certificate: &CertificateDer<'_>) -> bool {
        match self {
            Self::Fingerprint(fingerprint) => Sha256::digest(certificate).as_slice() == fingerprint,
            Self::Name(name) => {
                ParsedCertificate::try_from(certificate).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
            }
        }
    }
}

fn fingerprint(digits: &str) -> Option<[u8; 32]> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let is_hex = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
        std::str::from_utf8(pair).ok().filter(|_| is_hex).and_then(|pair| u8::from_str_radix(pair, 16).ok())
    });
    pairs.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, IntakeError> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| cannot_use(path, error))?;
    let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| cannot_use(path, error))?;
    if certificates.is_empty() {
        return Err(cannot_use(path, "it holds no certificate"));
    }
    Ok(certificates)
}

fn authorities(path: &Path) -> Result<RootCertStore, IntakeError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| cannot_use(path, error))?;
    }
    Ok(roots)
}

fn cannot_use(path: &Path, cause: impl ToString) -> IntakeError {
    IntakeError::CannotUse { path: path.to_owned(), cause: cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_a_host_name_or_a_fingerprint() {
        let digits = "0f".repeat(32);
        assert_eq!(Allowed::parse(&digits).unwrap(), Allowed::Fingerprint([0x0f; 32]));
        let with_colons = vec!["0F"; 32].join(":");
        assert_eq!(Allowed::parse(&with_colons).unwrap(), Allowed::Fingerprint([0x0f; 32]));
        assert!(matches!(Allowed::parse("pas.kingsbrook.example").unwrap(), Allowed::Name(_)));
        for bad in ["", "King's engine", "*.example/"] {
            let refused = Allowed::parse(bad).unwrap_err().to_string();
            assert_eq!(refused, format!("{bad} is neither a host name nor a SHA-256 fingerprint"));
        }
    }
}
