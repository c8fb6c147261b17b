//! The demographics service that is asked who somebody is, where there is one.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use exchange::{DemographicsLimits, DemographicsService};
use formats::fhir::ServerBase;
use record::{Chance, Clock};
use serde::Deserialize;

/// The longest that anybody may be kept waiting for an answer, in milliseconds.
const ANSWER_MS_MAX: u64 = 60_000;
/// The most questions at the same time: each waits on a thread of its own.
const QUESTIONS_MAX: usize = 64;

/// Where the service is. Without this section nobody is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemographicsConfig {
    /// The address below which its Patients lie.
    pub(crate) address: String,
    /// A file that holds the bearer token; read for each question.
    pub(crate) token_file: Option<PathBuf>,
    /// Within how many milliseconds it must answer, when not the usual.
    pub(crate) answer_ms_max: Option<u64>,
    /// How many questions may be under way, when not the usual.
    pub(crate) questions_max: Option<usize>,
}

impl DemographicsConfig {
    /// The service, ready to be asked.
    pub(crate) fn service(&self, clock: Clock, chance: Chance) -> anyhow::Result<DemographicsService> {
        let server = ServerBase::parse(&self.address)
            .ok_or_else(|| anyhow!("[demographics]: address is the https address below which its Patients lie"))?;
        if !server.as_str().starts_with("https://") && !is_this_machine(server.as_str()) {
            bail!("[demographics]: {} must be https: names and numbers travel over it", server.as_str());
        }
        let usual = DemographicsLimits::default();
        let limits = DemographicsLimits {
            answer_ms_max: self.answer_ms_max.unwrap_or(usual.answer_ms_max),
            questions_max: self.questions_max.unwrap_or(usual.questions_max),
            ..usual
        };
        if !(1..=ANSWER_MS_MAX).contains(&limits.answer_ms_max) {
            bail!("[demographics]: answer_ms_max lies between 1 and {ANSWER_MS_MAX}");
        }
        if !(1..=QUESTIONS_MAX).contains(&limits.questions_max) {
            bail!("[demographics]: questions_max lies between 1 and {QUESTIONS_MAX}");
        }
        Ok(DemographicsService::new(server, self.token_file.clone(), limits, clock, chance))
    }
}

/// Whether an address is one of this machine's own, by number and not by name.
fn is_this_machine(address: &str) -> bool {
    let host = address.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(settings: &str) -> String {
        let config: DemographicsConfig = toml::from_str(settings).unwrap();
        let clock = Clock::fixed("2026-11-22T13:41:00Z".parse().unwrap());
        let service = config.service(clock, Chance::new(|bytes| bytes.fill(7)));
        service.map_or_else(|error| format!("{error:#}"), |_| "fine".to_owned())
    }

    #[test]
    fn a_service_is_asked_over_https_or_on_this_machine() {
        let at = |address: &str| told(&format!("address = \"{address}\""));
        assert_eq!(at("https://demographics.example/FHIR/R4"), "fine");
        assert_eq!(at("http://127.0.0.1:9000/personal-demographics/FHIR/R4"), "fine");
        assert_eq!(at("http://[::1]:9000"), "fine");
        for open in ["http://demographics.example", "http://127.0.0.1.example:80/x", "http://localhost@evil.example"] {
            assert!(at(open).contains("must be https"), "{open}: {}", at(open));
        }
        assert!(at("demographics.example").contains("is the https address"));
    }

    #[test]
    fn limits_have_edges_of_their_own() {
        let with = |limit: &str| told(&format!("address = \"https://demographics.example\"\n{limit}"));
        for fine in ["answer_ms_max = 1", "answer_ms_max = 60000", "questions_max = 1", "questions_max = 64"] {
            assert_eq!(with(fine), "fine", "{fine}");
        }
        for refused in ["answer_ms_max = 0", "answer_ms_max = 60001", "questions_max = 0", "questions_max = 65"] {
            assert!(with(refused).contains("lies between 1 and"), "{refused}");
        }
        assert!(toml::from_str::<DemographicsConfig>("address = \"https://a.example\"\ntoken = \"x\"").is_err());
    }
}
