//! What the door disclosed, made into pages: words ready to be read. Nothing is
//! decided here, and nothing is left out that the record holds for this reader.

pub(crate) mod appointments;
mod banner;
mod completeness;
mod feeds;
pub(crate) mod immunisations;
pub(crate) mod letters;
mod looks;
pub(crate) mod medicines;
pub(crate) mod one_test;
pub(crate) mod people;
pub(crate) mod problems;
pub(crate) mod quarantine;
mod record_frame;
pub(crate) mod results;
pub(crate) mod sources;
pub(crate) mod summary;

use disclosure::{Disclosed, OpenRecord, Region};
use jiff::civil::Date;
use reconcile::{Row, SectionRows};
use record::{Content, Entry, OdsCode, Role, Section, SourceId, When, london};

use crate::pages::parts::{Frame, Moment, Origin};
pub(crate) use banner::banner_before_permission;
pub(crate) use feeds::feeds;
pub(crate) use looks::{looks, person_label};

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

    /// Where an entry came from, in short.
    pub(crate) fn origin(&self, row: &Row) -> Origin {
        Origin {
            source: self.source_name(&row.entry.provenance.source),
            when: recorded(&row.entry).map(day),
            note: None,
            full: Vec::new(),
        }
    }

    /// The same with everything that is known about it.
    pub(crate) fn origin_in_full(&self, row: &Row) -> Origin {
        Origin { full: self.provenance(&row.entry), ..self.origin(row) }
    }

    /// An organisation by its name, where it was told by a code that is known here.
    pub(crate) fn organisation_name(&self, told: &str) -> String {
        let known = OdsCode::new(told).ok();
        let known = known.as_ref().and_then(|code| self.region.organisation(code));
        known.map_or_else(|| told.to_owned(), |known| known.name.clone())
    }

    fn provenance(&self, entry: &Entry) -> Vec<String> {
        let told = &entry.provenance;
        let source = self.region.source(&told.source);
        let owner = source.and_then(|source| self.region.organisation(&source.organisation));
        let kind = owner.map(|owner| format!(", {}", owner.kind.word())).unwrap_or_default();
        let mut full = vec![format!("From {}{kind}.", self.source_name(&told.source))];
        let organisation = told.organisation.as_ref().map(|told| self.organisation_name(told));
        full.push(match (&told.author, &organisation) {
            (Some(author), Some(organisation)) => format!("Recorded by {author}, {organisation}."),
            (Some(author), None) => format!("Recorded by {author}."),
            (None, Some(organisation)) => format!("Recorded at {organisation}."),
            (None, None) => "Who recorded it was not sent.".to_owned(),
        });
        full.push(match told.recorded {
            Some(recorded) => format!("Recorded {}.", Moment::of(recorded).text()),
            None => "When it was recorded was not sent.".to_owned(),
        });
        let heard = self.opened.record.sources().iter().find(|line| line.source.id == told.source);
        if let Some(at) = heard.and_then(|line| line.as_at) {
            full.push(format!("We last had word from this source {}.", Moment::of(When::from(at)).text()));
        }
        full
    }
}

/// What stands beside a line as its date: when it was recorded, else of when it
/// tells. A contact's own date stands in its row and is not said twice.
fn recorded(entry: &Entry) -> Option<When> {
    match entry.content {
        Content::Appointment(_) | Content::Attendance(_) => entry.provenance.recorded,
        _ => entry.provenance.recorded.or(entry.when),
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
