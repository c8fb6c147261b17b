use std::collections::BTreeMap;

use record::{OdsCode, Organisation, OrganisationKind, Source, SourceId};
use store::StoredSource;

/// Who takes part in the region, and with which record systems.
#[derive(Clone, Debug, Default)]
pub struct Region {
    organisations: BTreeMap<OdsCode, Organisation>,
    sources: Vec<Source>,
}

impl Region {
    /// The region that configuration describes.
    #[must_use]
    pub fn new(organisations: Vec<Organisation>, sources: Vec<Source>) -> Self {
        let organisations = organisations.into_iter().map(|one| (one.ods_code.clone(), one)).collect();
        Self { organisations, sources }
    }

    /// Whether the organisation takes part now. One that is not known does not.
    #[must_use]
    pub fn takes_part(&self, ods_code: &OdsCode) -> bool {
        self.organisations.get(ods_code).is_some_and(|organisation| organisation.takes_part)
    }

    /// The organisation with this code.
    #[must_use]
    pub fn organisation(&self, ods_code: &OdsCode) -> Option<&Organisation> {
        self.organisations.get(ods_code)
    }

    /// The organisation that a source named by this code; `None` where it named it in
    /// words, or by a code that nobody here has.
    #[must_use]
    pub fn organisation_told(&self, told: &str) -> Option<&Organisation> {
        self.organisations.get(told)
    }

    /// Every organisation, by code.
    pub fn organisations(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.values()
    }

    /// Every source, in configuration order.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Whether a record should say what this source answered.
    ///
    /// A region has hundreds of general practices and a person has one: another
    /// practice is left out unless it knows the person, something of it waits or was
    /// removed, or a source names it as theirs. Every other source is always accounted for.
    pub(crate) fn expects(&self, one: &StoredSource, practices_told: &[String]) -> bool {
        let Some(organisation) = self.organisation(&one.source.organisation) else { return true };
        let is_named = |told: &String| {
            let told = identity::fold(told);
            let names = [organisation.name.as_str(), &organisation.short_name, organisation.ods_code.as_str()];
            names.into_iter().any(|name| identity::fold(name) == told)
        };
        organisation.kind != OrganisationKind::GeneralPractice
            || one.knows_person
            || one.waiting_items > 0
            || one.removed.is_some()
            || practices_told.iter().any(is_named)
    }

    /// The source with this id.
    #[must_use]
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == *id)
    }
}
