//! The reads that let content out. Each takes a decision and the receipt of the
//! same request: without both there is nothing to call.

use std::sync::Arc;

use access::{Decision, ExportDecision, IdentityDecision, MessageDecision, SearchDecision, Seen};
use jiff::Timestamp;
use record::{ChartId, Demographics, Entry, EntryId, LocalNumber, MessageId, NhsNumber, PersonId, Source, SourceId};
use rusqlite::{OptionalExtension, params};

use crate::clinical_rows::{
    kinds_mask, person_version, read_charts, read_doubts, read_hits, read_message, read_record, read_source_text,
    restore_letter_text,
};
use crate::entry_row;
use crate::error::StoreError;
use crate::inbox::SourceNumbers;
use crate::receipt::Receipt;
use crate::sqlite::File;

/// The most people that a search returns; one more is fetched to say "more".
pub const HITS_MAX: usize = 10;

/// Reads that let content out of the store. Only `disclosure` is handed one.
#[derive(Clone)]
pub struct ClinicalReads {
    pub(crate) file: File,
    pub(crate) sources: Arc<SourceNumbers>,
}

/// What one source last told about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChart {
    /// Which source.
    pub source: SourceId,
    /// Its patient.
    pub chart: ChartId,
    /// Who it says it is.
    pub told: Demographics,
    /// Its local numbers.
    pub local_numbers: Vec<LocalNumber>,
    /// When it said so, by its own clock.
    pub told_at: Option<Timestamp>,
}

/// A source as this record sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSource {
    /// Which source.
    pub source: Source,
    /// When it last told anything about anybody.
    pub last_message_at: Option<Timestamp>,
    /// It has a chart that is linked to this person.
    pub knows_person: bool,
    /// Its messages about this person that wait for a hand.
    pub waiting_items: u32,
}

/// Something about who the person is that does not agree and waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What kind.
    pub kind: String,
    /// Why, field by field.
    pub reasons: String,
    /// Which source brought it.
    pub source: SourceId,
    /// When.
    pub at: Timestamp,
}

/// Everything stored that a decision lets be seen of one person.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    /// What each source told about who they are.
    pub charts: Vec<StoredChart>,
    /// Entries of the sections that the decision names.
    pub entries: Vec<Entry>,
    /// Every configured source.
    pub sources: Vec<StoredSource>,
    /// What waits for a decision about who they are.
    pub doubts: Vec<Doubt>,
}

/// A person found by a search.
#[derive(Clone, Debug)]
pub struct StoredHit {
    /// Who.
    pub person: PersonId,
    /// What each source told about who they are.
    pub charts: Vec<StoredChart>,
    /// Their address must be hidden.
    pub restricted: bool,
}

/// What to look people up by. Keys are folded by `identity`.
#[derive(Clone, Debug)]
pub enum LookUp {
    /// By NHS number.
    NhsNumber(NhsNumber),
    /// By a folded name and a birth date.
    NameAndBirth {
        /// Folded name.
        name_key: String,
        /// Birth date.
        born: jiff::civil::Date,
    },
    /// By folded family name and postcode.
    NameAndPostcode {
        /// Both, folded and joined.
        place_key: String,
    },
}

impl ClinicalReads {
    /// The stored part of one person's record.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the record changed since the receipt's row
    /// was written: log again; [`StoreError::ReceiptForAnother`].
    pub async fn record(&self, decision: &Decision, receipt: &Receipt) -> Result<StoredRecord, StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person))?;
        let kinds = kinds_mask(|section| decision.seen(section) != Seen::No);
        let (version, sources) = (receipt.record_version(), Arc::clone(&self.sources));
        self.file
            .read(move |connection| {
                if version.is_some_and(|version| person_version(connection, person).ok() != Some(version)) {
                    return Err(StoreError::FactsMoved);
                }
                read_record(connection, &sources, person, kinds)
            })
            .await
    }

    /// Who the person is, for the page that asks for permission.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn identity(
        &self,
        decision: &IdentityDecision,
        receipt: &Receipt,
    ) -> Result<(Vec<StoredChart>, Vec<Doubt>), StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person))?;
        let sources = Arc::clone(&self.sources);
        self.file
            .read(move |connection| {
                Ok((read_charts(connection, &sources, person)?, read_doubts(connection, &sources, person)?))
            })
            .await
    }

    /// People found, at most [`HITS_MAX`] and one more.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn search(
        &self,
        decision: &SearchDecision,
        receipt: &Receipt,
        look_up: LookUp,
    ) -> Result<Vec<StoredHit>, StoreError> {
        receipt.must_be_for(decision.request(), None)?;
        let sources = Arc::clone(&self.sources);
        self.file.read(move |connection| read_hits(connection, &sources, &look_up)).await
    }

    /// The text of one letter of a record that the decision opens.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not that person's, not a letter that
    /// the decision shows, or came without text.
    pub async fn letter_text(
        &self,
        decision: &Decision,
        receipt: &Receipt,
        entry: EntryId,
    ) -> Result<Option<String>, StoreError> {
        self.must_show(decision, receipt, entry)?;
        let sees_sensitive = decision.sees_sensitive();
        self.file
            .read(move |connection| {
                let body: Option<Vec<u8>> = connection
                    .prepare_cached(
                        "SELECT t.body FROM letter_text t JOIN entry e ON e.id = t.entry
                         WHERE e.id = ?1 AND (?2 OR e.sensitivity = 0)",
                    )?
                    .query_row(params![entry.0.cast_signed(), sees_sensitive], |row| row.get(0))
                    .optional()?;
                body.as_deref().map(entry_row::letter_text).transpose()
            })
            .await
    }

    /// The bytes that an entry came from, as the source sent them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the decision does not show the entry.
    pub async fn source_text(
        &self,
        decision: &Decision,
        receipt: &Receipt,
        entry: EntryId,
    ) -> Result<Vec<u8>, StoreError> {
        self.must_show(decision, receipt, entry)?;
        let sees_sensitive = decision.sees_sensitive();
        let kinds = kinds_mask(|section| decision.seen(section) == Seen::Show);
        self.file
            .read(move |connection| {
                let allowed: bool = connection
                    .prepare_cached(
                        "SELECT ((1 << kind) & ?2) <> 0 AND (?3 OR sensitivity = 0) FROM entry WHERE id = ?1",
                    )?
                    .query_row(params![entry.0.cast_signed(), kinds, sees_sensitive], |row| row.get(0))
                    .optional()?
                    .unwrap_or(false);
                if !allowed {
                    return Err(StoreError::NotFound("entry"));
                }
                read_source_text(connection, entry)?.ok_or(StoreError::NotFound("entry"))
            })
            .await
    }

    /// One message of the inbox, byte for byte.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::ReceiptForAnother`].
    pub async fn message(
        &self,
        decision: &MessageDecision,
        receipt: &Receipt,
        message: MessageId,
    ) -> Result<Vec<u8>, StoreError> {
        receipt.must_be_for(decision.request(), None)?;
        self.file
            .read(move |connection| read_message(connection, message)?.ok_or(StoreError::NotFound("message")))
            .await
    }

    /// Everything stored of one person with the bytes that each entry came from,
    /// for a lawful copy.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn export(
        &self,
        decision: &ExportDecision,
        receipt: &Receipt,
    ) -> Result<(StoredRecord, Vec<Option<Vec<u8>>>), StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person))?;
        let sources = Arc::clone(&self.sources);
        self.file
            .read(move |connection| {
                let mut record = read_record(connection, &sources, person, i64::MAX)?;
                let mut raw = Vec::with_capacity(record.entries.len());
                for entry in &mut record.entries {
                    raw.push(read_source_text(connection, entry.id)?);
                    restore_letter_text(connection, entry)?;
                }
                Ok((record, raw))
            })
            .await
    }

    fn must_show(&self, decision: &Decision, receipt: &Receipt, entry: EntryId) -> Result<(), StoreError> {
        receipt.must_be_for(decision.request(), Some(decision.person()))?;
        if entry.person() == decision.person() { Ok(()) } else { Err(StoreError::NotFound("entry")) }
    }
}
