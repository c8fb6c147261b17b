//! What the door disclosed, made into pages: words ready to be read. Nothing is
//! decided here, and nothing is left out that the record holds for this reader.

pub(crate) mod appointments;
mod banner;
mod completeness;
mod conflict;
mod feeds;
pub(crate) mod identity_list;
pub(crate) mod identity_pair;
pub(crate) mod identity_preview;
pub(crate) mod identity_records;
pub(crate) mod identity_who_saw;
pub(crate) mod immunisations;
pub(crate) mod letters;
mod looks;
pub(crate) mod medicines;
pub(crate) mod one_test;
mod origin;
pub(crate) mod people;
pub(crate) mod problems;
pub(crate) mod quarantine;
mod record_frame;
pub(crate) mod results;
pub(crate) mod sources;
pub(crate) mod summary;

use disclosure::{Disclosed, OpenRecord, Region};
use jiff::civil::Date;
use reconcile::SectionRows;
use record::{Role, Section, SourceId, When, london};

use crate::pages::parts::{Frame, Moment};
pub(crate) use banner::banner_before_permission;
pub(crate) use feeds::feeds;
pub(crate) use looks::{looks, person_label};
pub(crate) use origin::ToldBy;

/// A record that is open, and who reads it.
pub(crate) struct Shown<'a> {
    pub(crate) opened: &'a Disclosed<OpenRecord>,
    pub(crate) region: &'a Region,
    pub(crate) role: Role,
    /// The address of the opening: `/record/…`.
    pub(crate) base: String,
    pub(crate) frame: Frame,
    /// The role sees these sections by name alone.
    pub(crate) names_only: Vec<Section>,
    /// What is said of each source beside its lines.
    pub(crate) told_by: ToldBy,
}

impl Shown<'_> {
    /// A section's rows with its ledger.
    pub(crate) fn rows(&self, section: Section) -> SectionRows<'_> {
        self.opened.record.section(section).with_ledger()
    }

    /// The day on which the record was opened, in London.
    pub(crate) fn today(&self) -> Date {
        self.opened.at.to_zoned(london()).date()
    }

    pub(crate) fn sees_names_only(&self, section: Section) -> bool {
        self.names_only.contains(&section)
    }

    /// A source as staff know it; one that configuration no longer names, by its id.
    pub(crate) fn source_name(&self, source: &SourceId) -> String {
        self.region.source(source).map_or_else(|| source.to_string(), |source| source.name.clone())
    }

    /// An organisation by its name, where it was told by a code that is known here.
    pub(crate) fn organisation_name<'b>(&'b self, told: &'b str) -> &'b str {
        self.region.organisation_told(told).map_or(told, |known| &known.name)
    }
}

/// The day alone, at the precision told.
pub(crate) fn day(when: When) -> Moment {
    Moment::of(when.day_only())
}

/// A text, or that none was told.
pub(crate) fn or_not_recorded(text: &Option<String>) -> String {
    text.clone().unwrap_or_else(|| "Not recorded".to_owned())
}

/// What was told of these, in sentences; `None` where nothing was.
pub(crate) fn sentences(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let told: Vec<String> = parts.into_iter().flatten().filter(|part| !part.trim().is_empty()).collect();
    let ended = |part: &String| if part.ends_with(['.', '!', '?']) { part.clone() } else { format!("{part}.") };
    (!told.is_empty()).then(|| told.iter().map(ended).collect::<Vec<_>>().join(" "))
}
