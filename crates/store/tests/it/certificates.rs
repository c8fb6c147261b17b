//! Certificates that nobody uses but tests, made anew each time.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

/// Who signs certificates, with a folder for them.
pub struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, as files.
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub der: CertificateDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("authorities.pem"), pem("CERTIFICATE", issuer.der())).unwrap();
        Self { folder, issuer }
    }

    /// The list with this authority alone.
    pub fn list(&self) -> PathBuf {
        self.folder.path().join("authorities.pem")
    }

    /// A certificate that names this host.
    pub fn sign(&self, host: &str) -> Certificate {
        self.sign_until(host, 2999)
    }

    /// The same, valid until the beginning of a year.
    pub fn sign_until(&self, host: &str, year: i32) -> Certificate {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        let at = |kind: &str| self.folder.path().join(format!("{host}-{year}.{kind}.pem"));
        std::fs::write(at("certificate"), pem("CERTIFICATE", signed.der())).unwrap();
        std::fs::write(at("key"), pem("PRIVATE KEY", &key.serialize_der())).unwrap();
        Certificate { certificate: at("certificate"), key: at("key"), der: signed.der().clone() }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
