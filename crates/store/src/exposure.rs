//! Who saw a record while it held two people: from what was decided about who is who, when its charts came
//! together and when they were parted; from the access log, who was shown something of it between.

use std::collections::BTreeMap;

use access::ExposureDecision;
use audit::{Act, Event};
use jiff::Timestamp;
use record::{ChartId, OdsCode, PersonId};

use crate::Place;
use crate::desk_log::LogReads;
use crate::error::StoreError;
use crate::inbox::timestamp;
use crate::mixed::{MIXED_LINKS_MAX, MixedRows, Span, spans};
use crate::people::People;
use crate::receipt::Receipt;
use crate::{postgres, sqlite};

/// The most rows of the access log that one report has.
pub const EXPOSURE_ROWS_MAX: usize = 2_000;

/// What lets somebody see whose record it is, or what is in it.
const SHOWS: [Act; 3] = [Act::IdentityShown, Act::RecordOpened, Act::PersonExported];

/// When a record held two people, and whose it is. It is read before anything is decided, and tells nothing
/// but whom a decision about it concerns.
#[derive(Clone, Debug)]
pub struct Mixed {
    spans: Vec<Span>,
    people: Vec<PersonId>,
    owners: BTreeMap<ChartId, PersonId>,
    is_cut: bool,
}

impl Mixed {
    /// Whom it concerns: whose record it was, and whose the charts are by now.
    #[must_use]
    pub fn people(&self) -> &[PersonId] {
        &self.people
    }

    /// Whose each of the charts is by now.
    pub(crate) fn owners(&self) -> &BTreeMap<ChartId, PersonId> {
        &self.owners
    }

    pub(crate) fn was_mixed(&self, person: PersonId) -> bool {
        self.spans.iter().any(|span| span.person == person)
    }

    /// When any of them first held two people, in seconds.
    pub(crate) fn since(&self) -> i64 {
        self.spans.iter().map(|span| span.from).min().unwrap_or(i64::MAX)
    }

    /// Refuses a decision that does not know of everyone concerned.
    pub(crate) fn must_be_known_to(&self, decision: &ExposureDecision) -> Result<(), StoreError> {
        let is_known = |person: &PersonId| decision.concerns().contains(person);
        if self.people.iter().all(is_known) { Ok(()) } else { Err(StoreError::ReceiptForAnother) }
    }
}

/// When one person's record held charts of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedTime {
    /// Whose record.
    pub person: PersonId,
    /// When the charts came together.
    pub from: Timestamp,
    /// When they were parted.
    pub until: Timestamp,
}

/// Who was shown something of a record while it held two people.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it did, oldest first.
    pub times: Vec<MixedTime>,
    /// The rows of the access log, oldest first; at most [`EXPOSURE_ROWS_MAX`].
    pub rows: Vec<Event>,
    /// There are more than these.
    pub more: bool,
}

/// Which rows are wanted. Seconds, both included.
#[derive(Clone)]
pub(crate) struct ShownWanted {
    pub(crate) person: i64,
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) organisation: Option<String>,
    pub(crate) acts: [&'static str; 3],
    pub(crate) at_most: i64,
}

impl People {
    /// Whose record held two people by what was decided about a doubt. `None` where nothing was parted, the
    /// doubt is not there, or any of the charts are sealed from each other.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn mixed(&self, item: u64) -> Result<Option<Mixed>, StoreError> {
        let item = item.cast_signed();
        let rows: MixedRows = match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::exposure::mixed(connection, item)).await?
            }
            Place::Postgres(server) => server.mixed(item).await?,
        };
        let spans = spans(&rows.decided, &rows.links);
        if rows.is_sealed || spans.is_empty() {
            return Ok(None);
        }
        let mut people: Vec<PersonId> = spans.iter().map(|span| span.person).collect();
        let owners = rows.have_them_now();
        people.extend(owners.values());
        people.sort_unstable();
        people.dedup();
        let is_cut = i64::try_from(rows.links.len()).map_or(true, |count| count >= MIXED_LINKS_MAX);
        Ok(Some(Mixed { spans, people, owners, is_cut }))
    }
}

impl LogReads {
    /// Who was shown something of a record while it held two people, as far as they acted for this
    /// organisation where one is given.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], also where the decision does not know of everyone concerned; or when
    /// the store cannot be read.
    pub async fn exposure(
        &self,
        decision: &ExposureDecision,
        receipt: &Receipt,
        mixed: &Mixed,
        organisation: Option<&OdsCode>,
    ) -> Result<Seen, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::ExposureReported)?;
        mixed.must_be_known_to(decision)?;
        let mut rows: Vec<Event> = Vec::new();
        for span in &mixed.spans {
            let wanted = ShownWanted {
                person: span.person.0.cast_signed(),
                from: span.from,
                until: span.until,
                organisation: organisation.map(ToString::to_string),
                acts: SHOWS.map(Act::code),
                at_most: i64::try_from(EXPOSURE_ROWS_MAX + 1).unwrap_or(i64::MAX),
            };
            rows.extend(match &self.place {
                Place::Sqlite { desk, .. } => sqlite::exposure::shown(desk, wanted).await?,
                Place::Postgres(server) => postgres::exposure::shown(server, &wanted).await?,
            });
            rows.sort_by_key(|row| row.at);
            // One more than is shown says that there are more.
            rows.truncate(EXPOSURE_ROWS_MAX + 1);
        }
        let more = mixed.is_cut || rows.len() > EXPOSURE_ROWS_MAX;
        rows.truncate(EXPOSURE_ROWS_MAX);
        let mut times: Vec<MixedTime> = mixed.spans.iter().map(MixedTime::of).collect();
        times.sort_by_key(|time| time.from);
        Ok(Seen { times, rows, more })
    }
}

impl MixedTime {
    fn of(span: &Span) -> Self {
        Self { person: span.person, from: timestamp(span.from), until: timestamp(span.until) }
    }
}
