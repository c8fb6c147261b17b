//! From configuration to the nouns of the record: everything named exists,
//! nothing is named twice.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, anyhow, bail};
use formats::fhir::ServerBase;
use record::{OdsCode, Organisation, OrganisationKind, Section, Source, SourceFormat, SourceId};

use crate::config::{Config, OrganisationConfig, SourceConfig};

/// Who takes part and with which record systems, checked.
pub(crate) fn organisations_and_sources(config: &Config) -> anyhow::Result<(Vec<Organisation>, Vec<Source>)> {
    let organisations = config.organisations.iter().map(organisation).collect::<anyhow::Result<Vec<_>>>()?;
    let sources = config.sources.iter().map(source).collect::<anyhow::Result<Vec<_>>>()?;
    let mut codes = BTreeSet::new();
    for organisation in &organisations {
        if !codes.insert(&organisation.ods_code) {
            bail!("organisation {} stands twice", organisation.ods_code);
        }
    }
    let mut ids = BTreeSet::new();
    for source in &sources {
        if !ids.insert(&source.id) {
            bail!("source {} stands twice", source.id);
        }
        if !codes.contains(&source.organisation) {
            bail!("source {} names organisation {}, which is not configured", source.id, source.organisation);
        }
    }
    Ok((organisations, sources))
}

/// The FHIR servers that sources call their own, checked.
pub(crate) fn own_servers(config: &Config) -> anyhow::Result<BTreeMap<SourceId, ServerBase>> {
    let told = config.sources.iter().filter_map(|source| Some((source, source.fhir_server.as_deref()?)));
    told.map(|(source, address)| {
        let place = || format!("source {}", source.id);
        if source.format != SourceFormat::Fhir.code() {
            bail!("source {}: fhir_server is for sources of fhir alone", source.id);
        }
        let server = ServerBase::parse(address)
            .ok_or_else(|| anyhow!("fhir_server is the http or https address below which its resources lie"));
        Ok((SourceId::new(&source.id).with_context(place)?, server.with_context(place)?))
    })
    .collect()
}

fn organisation(config: &OrganisationConfig) -> anyhow::Result<Organisation> {
    let place = || format!("organisation {}", config.ods_code);
    Ok(Organisation {
        ods_code: OdsCode::new(&config.ods_code).with_context(place)?,
        name: config.name.clone(),
        short_name: config.short_name.clone().unwrap_or_else(|| config.name.clone()),
        kind: OrganisationKind::from_code(&config.kind)
            .ok_or_else(|| unknown("kind", &config.kind, OrganisationKind::ALL.iter().map(|kind| kind.code())))
            .with_context(place)?,
        takes_part: config.takes_part,
    })
}

fn source(config: &SourceConfig) -> anyhow::Result<Source> {
    let place = || format!("source {}", config.id);
    let format = SourceFormat::from_code(&config.format)
        .ok_or_else(|| unknown("format", &config.format, SourceFormat::ALL.iter().map(|format| format.code())))
        .with_context(place)?;
    let sends = config.sends.iter().map(|section| {
        Section::from_code(section)
            .ok_or_else(|| unknown("section", section, Section::ALL.iter().map(|section| section.code())))
    });
    if config.stale_after_minutes == 0 {
        bail!("source {}: stale_after_minutes must be at least 1", config.id);
    }
    Ok(Source {
        id: SourceId::new(&config.id).with_context(place)?,
        name: config.name.clone(),
        organisation: OdsCode::new(&config.organisation).with_context(place)?,
        format,
        sends: sends.collect::<anyhow::Result<_>>().with_context(place)?,
        stale_after_minutes: config.stale_after_minutes,
    })
}

fn unknown<'a>(what: &str, found: &str, known: impl Iterator<Item = &'a str>) -> anyhow::Error {
    anyhow!("{found} is no {what}; there are: {}", known.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        let config: Config = toml::from_str(text).unwrap();
        organisations_and_sources(&config).map_or_else(|error| format!("{error:#}"), |_| "fine".to_owned())
    }

    const TRUST: &str = "[[organisations]]\nods_code = \"ZZ1\"\nname = \"Kingsbrook\"\nkind = \"acute\"\n";

    #[test]
    fn a_source_of_an_unknown_organisation_is_refused() {
        let source = "[[sources]]\nid = \"a\"\nname = \"A\"\norganisation = \"ZZ2\"\nformat = \"csv\"\nsends = []\nstale_after_minutes = 5\n";
        assert_eq!(check(&format!("{TRUST}{source}")), "source a names organisation ZZ2, which is not configured");
    }

    #[test]
    fn what_stands_twice_is_refused() {
        assert_eq!(check(&format!("{TRUST}{TRUST}")), "organisation ZZ1 stands twice");
    }

    #[test]
    fn an_unknown_word_is_told_with_the_known_ones() {
        let told = check(&TRUST.replace("acute", "hospital"));
        assert!(told.contains("hospital is no kind; there are: general-practice, acute"), "{told}");
    }

    #[test]
    fn a_fhir_server_is_an_address_and_of_a_fhir_source() {
        let told = |format: &str, address: &str| {
            let source = format!(
                "[[sources]]\nid = \"a\"\nname = \"A\"\norganisation = \"ZZ1\"\nformat = \"{format}\"\nsends = []\nstale_after_minutes = 5\nfhir_server = \"{address}\"\n"
            );
            let config: Config = toml::from_str(&format!("{TRUST}{source}")).unwrap();
            own_servers(&config).map_or_else(|error| format!("{error:#}"), |servers| format!("{servers:?}"))
        };
        let own = "https://fhir.kingsbrook.example/r4";
        assert!(told("fhir", &format!("{own}/")).contains(&format!("\"{own}\"")));
        assert_eq!(told("csv", own), "source a: fhir_server is for sources of fhir alone");
        let what = "source a: fhir_server is the http or https address below which its resources lie";
        assert_eq!(told("fhir", "fhir.kingsbrook.example"), what);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Config>("opt_outs = false").is_err());
    }
}
