//! The reads that let content out. Each takes a decision and the receipt of the
//! same request: without both there is nothing to call.

use std::sync::Arc;

use access::{
    Decision, ExportDecision, FactsVersion, IdentityDecision, MessageDecision, SearchBy, SearchDecision, Seen,
};
use audit::Act;
use jiff::Timestamp;
use record::{
    ChartId, Demographics, Entry, EntryId, LocalNumber, MessageId, NhsNumber, PersonId, RemovedItems, Silence, Source,
    SourceId,
};

use crate::Place;
use crate::bodies::Bodies;
use crate::clinical_rows::{Stands, Wanted, kinds_mask};
use crate::error::StoreError;
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::sqlite;
use crate::word_cache::WordCache;
use crate::work_list::DoubtKind;

/// The most people that a search shows.
pub const HITS_MAX: usize = 10;
/// The most people that one look-up reads, and one more to say "more". Names that sound
/// alike bring people whom the search then leaves out.
pub const LOOK_UP_PEOPLE_MAX: usize = 50;

/// Reads that let content out of the store. Only `disclosure` is handed one.
#[derive(Clone)]
pub struct ClinicalReads {
    pub(crate) place: Place,
    pub(crate) sources: Arc<SourceNumbers>,
    pub(crate) words: Arc<WordCache>,
    pub(crate) bodies: Arc<Bodies>,
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
    /// Items of its that were taken out of this record for good.
    pub removed: Option<RemovedItems>,
    /// Whether it keeps to its usual rhythm.
    pub silence: Silence,
}

/// Something about who the person is that does not agree and waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What kind.
    pub kind: DoubtKind,
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

/// A record, and for each of its entries the bytes that it came from.
pub type WithSources = (StoredRecord, Vec<Option<Vec<u8>>>);

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
    /// By two names that one person has, and a birth date: on the first of January many share either.
    NamesAndBirth {
        /// Folded names.
        name_keys: [String; 2],
        /// Birth date.
        born: jiff::civil::Date,
    },
    /// By postcode and folded family name.
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
        self.read(decision, receipt, None).await
    }

    /// The stored part of one person's record as it was at an earlier version:
    /// what each chart told and each entry said then, of the sections that the
    /// decision shows now. Which messages wait is told as it is now; a chart that has
    /// told the same again since bears the time at which it last did.
    ///
    /// # Errors
    /// As [`ClinicalReads::record`]; [`StoreError::NotFound`] for a version that is yet to come.
    pub async fn record_as_of(
        &self,
        decision: &Decision,
        receipt: &Receipt,
        version: u64,
    ) -> Result<StoredRecord, StoreError> {
        self.read(decision, receipt, Some(version)).await
    }

    async fn read(
        &self,
        decision: &Decision,
        receipt: &Receipt,
        as_of: Option<u64>,
    ) -> Result<StoredRecord, StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person), Act::RecordOpened)?;
        let kinds = kinds_mask(|section| decision.seen(section) != Seen::No);
        let stands = Stands { links: Some(decision.facts_version()), record: receipt.record_version() };
        let wanted = Wanted { person, kinds, stands, as_of, at: decision.at(), counter: receipt.counter() };
        let (sources, words) = (Arc::clone(&self.sources), Arc::clone(&self.words));
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::clinical::record(connection, &sources, &words, &wanted)).await
            }
            Place::Postgres(server) => server.record(&sources, &words, &wanted).await,
        }
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
        let stands = Stands { links: Some(facts), record: None };
        // No kind of entry: only charts and doubts are read.
        let wanted = Wanted { person, kinds: 0, stands, as_of: None, at: decision.at(), counter: receipt.counter() };
        let (sources, words) = (Arc::clone(&self.sources), Arc::clone(&self.words));
        let stored = match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::clinical::record(connection, &sources, &words, &wanted)).await?
            }
            Place::Postgres(server) => server.record(&sources, &words, &wanted).await?,
        };
        Ok((stored.charts, stored.doubts))
    }

    /// People found, at most [`LOOK_UP_PEOPLE_MAX`] and one more. Where a person is
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
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::clinical::hits(connection, &sources, &look_up)).await
            }
            Place::Postgres(server) => server.hits(&sources, &look_up).await,
        }
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
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::source_texts::letter(connection, &shown, entry)).await
            }
            Place::Postgres(server) => server.letter(&shown, entry).await,
        }
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
        match self.unit(shown, entry).await {
            Err(StoreError::UnknownDictionary(_)) => {
                self.place.learn_dictionaries(&self.bodies).await?;
                self.unit(shown, entry).await
            }
            text => text,
        }
    }

    async fn unit(&self, shown: ShownWhole, entry: EntryId) -> Result<Vec<u8>, StoreError> {
        let bodies = Arc::clone(&self.bodies);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::source_texts::unit(connection, &bodies, &shown, entry)).await
            }
            Place::Postgres(server) => server.unit(&bodies, &shown, entry).await,
        }
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
        match self.bytes_of(decision, receipt.counter(), message).await {
            Err(StoreError::UnknownDictionary(_)) => {
                self.place.learn_dictionaries(&self.bodies).await?;
                self.bytes_of(decision, receipt.counter(), message).await
            }
            bytes => bytes,
        }
    }

    async fn bytes_of(
        &self,
        decision: &MessageDecision,
        counter: u64,
        message: MessageId,
    ) -> Result<Vec<u8>, StoreError> {
        let (concerns, bodies) = (decision.concerns().to_vec(), Arc::clone(&self.bodies));
        match &self.place {
            Place::Sqlite { record, .. } => {
                record
                    .read(move |connection| sqlite::source_texts::message(connection, &bodies, message, &concerns))
                    .await
            }
            Place::Postgres(server) => server.message(&bodies, counter, message, &concerns).await,
        }
    }

    /// Everything stored of one person with the bytes that each entry came from,
    /// for a lawful copy.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the record changed since the receipt's row;
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn export(&self, decision: &ExportDecision, receipt: &Receipt) -> Result<WithSources, StoreError> {
        let person = decision.person();
        receipt.must_be_for(decision.request(), Some(person), Act::PersonExported)?;
        let stands = Stands { links: None, record: receipt.record_version() };
        let wanted =
            Wanted { person, kinds: i64::MAX, stands, as_of: None, at: decision.at(), counter: receipt.counter() };
        match self.everything(wanted).await {
            Err(StoreError::UnknownDictionary(_)) => {
                self.place.learn_dictionaries(&self.bodies).await?;
                self.everything(wanted).await
            }
            copy => copy,
        }
    }

    async fn everything(&self, wanted: Wanted) -> Result<WithSources, StoreError> {
        let (sources, words) = (Arc::clone(&self.sources), Arc::clone(&self.words));
        let bodies = Arc::clone(&self.bodies);
        match &self.place {
            Place::Sqlite { record, .. } => {
                let export =
                    move |connection: &_| sqlite::clinical::export(connection, &sources, &words, &bodies, &wanted);
                record.read(export).await
            }
            Place::Postgres(server) => server.export(&sources, &words, &bodies, &wanted).await,
        }
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
            counter: receipt.counter(),
            kinds: kinds_mask(|section| decision.seen(section) == Seen::Show),
            sees_sensitive: decision.sees_sensitive(),
        })
    }
}

/// What a decision shows whole of one person's record.
#[derive(Clone, Copy)]
pub(crate) struct ShownWhole {
    pub(crate) person: PersonId,
    pub(crate) facts: FactsVersion,
    /// The place of the receipt's row in the person's log.
    pub(crate) counter: u64,
    /// Kinds that are shown, not merely named.
    pub(crate) kinds: i64,
    pub(crate) sees_sensitive: bool,
}
