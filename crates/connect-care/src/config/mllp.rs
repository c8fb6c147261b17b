//! How a source delivers HL7 v2 over MLLP.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use intake::{DialAddress, MllpLimits, MllpTls, Peers, TlsFiles};
use serde::Deserialize;

use super::SourceConfig;
use crate::running::{Entrance, MESSAGE_BYTES_MAX, MllpPort};

/// Certificates on both sides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MllpTlsConfig {
    /// A PEM file of our certificate, and those between it and its authority.
    pub(crate) certificate: PathBuf,
    /// A PEM file of its private key.
    pub(crate) key: PathBuf,
    /// A PEM file of who signs the source's certificates.
    pub(crate) authorities: PathBuf,
    /// Which of the certificates so signed are the source's: host names in them, or
    /// their SHA-256 fingerprints.
    #[serde(default)]
    pub(crate) allowed: Vec<String>,
}

/// Limits that differ from the usual ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MllpLimitsConfig {
    /// The most connections at the same time.
    pub(crate) connections: Option<usize>,
    /// For how many seconds a connection may be silent.
    pub(crate) idle_seconds: Option<u64>,
    /// Within how many seconds of its first byte a message must be whole.
    pub(crate) message_seconds: Option<u64>,
}

impl SourceConfig {
    /// How it delivers over MLLP, if it does.
    pub(crate) fn mllp_entrance(&self) -> anyhow::Result<Option<Entrance>> {
        let limits = self.limits()?;
        let entrance = match (self.mllp, &self.mllp_dial) {
            (Some(_), Some(_)) => bail!("it is either `mllp`, where we listen, or `mllp_dial`, where it does"),
            (None, None) => {
                if self.mllp_tls.is_some() || self.mllp_peers.is_some() {
                    bail!("mllp_tls and mllp_peers are for sources that have `mllp` or `mllp_dial`");
                }
                return Ok(None);
            }
            (Some(address), None) => {
                let (peers, tls) = (self.peers()?, self.tls()?);
                if self.mllp_tls.as_ref().is_some_and(|tls| tls.allowed.is_empty()) {
                    bail!("mllp_tls: `allowed` names the certificates of this source: an authority signs many others");
                }
                if !address.ip().is_loopback() && peers.is_none() && tls.is_none() {
                    bail!("{address} can be reached from other machines: say from which (`mllp_peers`), or `mllp_tls`");
                }
                Entrance::Mllp(MllpPort { address, limits, peers, tls })
            }
            (None, Some(to)) => {
                if self.mllp_peers.is_some() {
                    bail!("mllp_peers is for a source that connects to us: here we connect");
                }
                Entrance::Dial(DialAddress::parse(to).context("mllp_dial")?, limits, self.tls()?)
            }
        };
        Ok(Some(entrance))
    }

    fn peers(&self) -> anyhow::Result<Option<Peers>> {
        let list = self.mllp_peers.as_ref();
        list.map(|list| Peers::parse(list).map_err(|told| anyhow::anyhow!("mllp_peers: {told}"))).transpose()
    }

    fn tls(&self) -> anyhow::Result<Option<MllpTls>> {
        let read = |tls: &MllpTlsConfig| {
            let files = TlsFiles { certificate: &tls.certificate, key: &tls.key, authorities: &tls.authorities };
            MllpTls::read(&files, &tls.allowed).context("mllp_tls")
        };
        self.mllp_tls.as_ref().map(read).transpose()
    }

    fn limits(&self) -> anyhow::Result<MllpLimits> {
        let MllpLimitsConfig { connections, idle_seconds, message_seconds } = self.mllp_limits;
        if connections == Some(0) || idle_seconds == Some(0) || message_seconds == Some(0) {
            bail!("mllp_limits: none of them can be 0");
        }
        let usual = MllpLimits::default();
        Ok(MllpLimits {
            message_bytes_max: self.message_bytes_max.unwrap_or(MESSAGE_BYTES_MAX),
            connections_max: connections.unwrap_or(usual.connections_max),
            idle_max: idle_seconds.map_or(usual.idle_max, Duration::from_secs),
            whole_max: message_seconds.map_or(usual.whole_max, Duration::from_secs),
            ..usual
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a source with these settings delivers, or what is wrong with them.
    fn told(settings: &str) -> String {
        let text = format!(
            "id = \"kingsbrook\"\nname = \"Kingsbrook\"\norganisation = \"ZZ901\"\nformat = \"hl7v2\"\n\
             sends = []\nstale_after_minutes = 60\n{settings}"
        );
        let source: SourceConfig = toml::from_str(&text).unwrap();
        match source.mllp_entrance() {
            Err(error) => format!("{error:#}"),
            Ok(None) => "not at all".to_owned(),
            Ok(Some(Entrance::Dial(..))) => "dialled".to_owned(),
            Ok(Some(_)) => "listens".to_owned(),
        }
    }

    #[test]
    fn a_port_on_this_machine_alone_needs_nothing_more() {
        assert_eq!(told("mllp = \"127.0.0.1:2575\""), "listens");
        assert_eq!(told(""), "not at all");
    }

    #[test]
    fn a_port_that_others_reach_says_who_they_are() {
        let open = told("mllp = \"0.0.0.0:2575\"");
        assert!(open.contains("0.0.0.0:2575 can be reached from other machines"), "{open}");
        assert_eq!(told("mllp = \"0.0.0.0:2575\"\nmllp_peers = [\"10.20.0.0/16\"]"), "listens");
        let slip = told("mllp = \"0.0.0.0:2575\"\nmllp_peers = [\"10.20.1.7/16\"]");
        assert!(slip.starts_with("mllp_peers: 10.20.1.7/16 is an address within a network"), "{slip}");
        assert!(told("mllp = \"0.0.0.0:2575\"\nmllp_peers = []").contains("nobody could connect"));
    }

    #[test]
    fn a_source_is_dialled_or_listened_for_and_not_both() {
        assert_eq!(told("mllp_dial = \"pas.kingsbrook.example:2575\""), "dialled");
        assert!(told("mllp_dial = \"pas.kingsbrook.example\"").contains("is no host and port"));
        assert!(told("mllp = \"127.0.0.1:2575\"\nmllp_dial = \"pas.example:2575\"").contains("either"));
        assert!(told("mllp_dial = \"pas.example:2575\"\nmllp_peers = [\"10.1.2.3\"]").contains("here we connect"));
        assert!(told("mllp_peers = [\"10.1.2.3\"]").contains("are for sources that have"));
    }

    #[test]
    fn certificates_that_cannot_be_read_are_told_before_anything_is_opened() {
        let tls = "mllp_tls = { certificate = \"/gone/c.pem\", key = \"/gone/k.pem\", authorities = \"/gone/a.pem\" }";
        let gone = told(&format!("mllp = \"127.0.0.1:2575\"\n{tls}"));
        assert!(gone.starts_with("mllp_tls: cannot use /gone/a.pem"), "{gone}");
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        assert_eq!(told("mllp = \"127.0.0.1:2575\"\nmllp_limits = { connections = 4, idle_seconds = 30 }"), "listens");
        for zero in ["connections", "idle_seconds", "message_seconds"] {
            let told = told(&format!("mllp = \"127.0.0.1:2575\"\nmllp_limits = {{ {zero} = 0 }}"));
            assert_eq!(told, "mllp_limits: none of them can be 0");
        }
    }
}
