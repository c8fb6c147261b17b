//! The reads that let content out. Each takes a decision and the receipt of the
//! same request: without both there is nothing to call.

use std::sync::Arc;

use access::{Decision, ExportDecision, IdentityDecision, MessageDecision, SearchBy, SearchDecision, Seen};
use audit::Act;
use jiff::Timestamp;
use record::{
    ChartId, Content, Demographics, Entry, EntryId, LocalNumber, MessageId, NhsNumber, PersonId, Source, SourceId,
};

use crate::clinical_rows::{kinds_mask, read_charts, read_doubts, read_hits, read_record, version_must_stand};
use crate::desk::links_must_stand;
use crate::entry_row::stored_letter_text;
use crate::error::StoreError;
use crate::people::people_in_message;
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::source_texts::{ShownWhole, SourceTexts, read_message, shows_letter, shows_unit};
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
    /// The stored part of one person's record: entries of the sections that the
    /// decision shows. Sensitive ones are among them and marked, so that a ledger
    /// can say that something is withheld.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the record, its links or its restriction
    /// changed since the decision and the receipt's row: read the facts and decide
    /// again; [`StoreError::ReceiptForAnother`].
    pub async fn record(&self, decision: &Decision, receipt: &Receipt) -> Result<StoredRecord, StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person), Act::RecordOpened)?;
        let kinds = kinds_mask(|section| decision.seen(section) != Seen::No);
        let (version, facts) = (receipt.record_version(), decision.facts_version());
        let sources = Arc::clone(&self.sources);
        self.file
            .read(move |connection| {
                links_must_stand(connection, person, facts)?;
                version_must_stand(connection, person, version)?;
                read_record(connection, &sources, person, kinds)
            })
            .await
    }

    /// Who the person is, for the page that asks for permission.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] as [`ClinicalReads::record`];
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn identity(
        &self,
        decision: &IdentityDecision,
        receipt: &Receipt,
    ) -> Result<(Vec<StoredChart>, Vec<Doubt>), StoreError> {
        let (person, facts) = (decision.person(), decision.facts_version());
        receipt.must_be_for(decision.request(), Some(person), Act::IdentityShown)?;
        let sources = Arc::clone(&self.sources);
        self.file
            .read(move |connection| {
                links_must_stand(connection, person, facts)?;
                Ok((read_charts(connection, &sources, person)?, read_doubts(connection, &sources, person)?))
            })
            .await
    }

    /// People found, at most [`HITS_MAX`] and one more. Where a person is
    /// restricted, nothing that tells where they live or are registered is among it.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], also for a look-up by name with a decision
    /// that allows only a number; or when the file cannot be read.
    pub async fn search(
        &self,
        decision: &SearchDecision,
        receipt: &Receipt,
        look_up: LookUp,
    ) -> Result<Vec<StoredHit>, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::Searched)?;
        if decision.by() == SearchBy::NhsNumber && !matches!(look_up, LookUp::NhsNumber(_)) {
            return Err(StoreError::ReceiptForAnother);
        }
        let sources = Arc::clone(&self.sources);
        self.file.read(move |connection| read_hits(connection, &sources, &look_up)).await
    }

    /// The text of one letter of a record that the decision opens; `None` where it
    /// came without text.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not a letter of that person's that the
    /// decision shows whole; [`StoreError::FactsMoved`], [`StoreError::ReceiptForAnother`].
    pub async fn letter_text(
        &self,
        decision: &Decision,
        receipt: &Receipt,
        entry: EntryId,
    ) -> Result<Option<String>, StoreError> {
        let shown = self.shown_whole(decision, receipt, entry)?;
        self.file
            .read(move |connection| {
                links_must_stand(connection, shown.person, shown.facts)?;
                if !shows_letter(connection, &shown, entry)? {
                    return Err(StoreError::NotFound("letter"));
                }
                stored_letter_text(connection, entry)
            })
            .await
    }

    /// The bytes that an entry came from, as the source sent them. They are a whole
    /// unit of its message, which may say more than this entry: they are read only
    /// where the decision shows everything that the unit said.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the decision does not show that much;
    /// [`StoreError::FactsMoved`], [`StoreError::ReceiptForAnother`].
    pub async fn source_text(
        &self,
        decision: &Decision,
        receipt: &Receipt,
        entry: EntryId,
    ) -> Result<Vec<u8>, StoreError> {
        let shown = self.shown_whole(decision, receipt, entry)?;
        self.file
            .read(move |connection| {
                links_must_stand(connection, shown.person, shown.facts)?;
                if !shows_unit(connection, &shown, entry)? {
                    return Err(StoreError::NotFound("entry"));
                }
                SourceTexts::default().of(connection, entry)?.ok_or(StoreError::NotFound("entry"))
            })
            .await
    }

    /// One message of the inbox, byte for byte.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the message concerns somebody of whom the
    /// decision does not know; [`StoreError::NotFound`], [`StoreError::ReceiptForAnother`].
    pub async fn message(
        &self,
        decision: &MessageDecision,
        receipt: &Receipt,
        message: MessageId,
    ) -> Result<Vec<u8>, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::MessageShown)?;
        let concerns = decision.concerns().to_vec();
        self.file
            .read(move |connection| {
                for person in people_in_message(connection, message)? {
                    let known = concerns.iter().find(|(known, _)| *known == person);
                    let (_, facts) = known.ok_or(StoreError::FactsMoved)?;
                    links_must_stand(connection, person, *facts)?;
                }
                read_message(connection, message)?.ok_or(StoreError::NotFound("message"))
            })
            .await
    }

    /// Everything stored of one person with the bytes that each entry came from,
    /// for a lawful copy.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the record changed since the receipt's row;
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn export(
        &self,
        decision: &ExportDecision,
        receipt: &Receipt,
    ) -> Result<(StoredRecord, Vec<Option<Vec<u8>>>), StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person), Act::PersonExported)?;
        let (version, sources) = (receipt.record_version(), Arc::clone(&self.sources));
        self.file
            .read(move |connection| {
                version_must_stand(connection, person, version)?;
                let mut record = read_record(connection, &sources, person, i64::MAX)?;
                let mut texts = SourceTexts::default();
                let mut raw = Vec::with_capacity(record.entries.len());
                for entry in &mut record.entries {
                    raw.push(texts.of(connection, entry.id)?);
                    if let Content::Letter(letter) = &mut entry.content {
                        letter.text = stored_letter_text(connection, entry.id)?;
                    }
                }
                Ok((record, raw))
            })
            .await
    }

    /// What the decision shows whole, for reading further into one of its entries.
    fn shown_whole(&self, decision: &Decision, receipt: &Receipt, entry: EntryId) -> Result<ShownWhole, StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person), Act::RecordOpened)?;
        if entry.person() != person {
            return Err(StoreError::NotFound("entry"));
        }
        Ok(ShownWhole {
            person,
            facts: decision.facts_version(),
            kinds: kinds_mask(|section| decision.seen(section) == Seen::Show),
            sees_sensitive: decision.sees_sensitive(),
        })
    }
}
