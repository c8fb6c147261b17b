//! The only room with SQL. It keeps messages, people, links, entries,
//! permissions, opt-outs, sessions and the access log; it decides nothing.
//!
//! Invariants:
//! - [`open`] hands out separate handles. Only `disclosure` is given
//!   [`ClinicalReads`] and [`LogReads`]; each of their functions takes a decision
//!   of `access` and the [`Receipt`] of the same request.
//! - A [`Receipt`] exists only once its row of the access log is durable.
//! - A message is durable before [`Inbox::receive`] returns, and is applied in
//!   one transaction: once, or not at all.
//! - Two files, two writers: *record* and *desk*. No transaction spans them.
//!   Nobody is told that a commit is kept before it is synced: the desk's within it
//!   (`synchronous = FULL`), the record's beside the writer.
//! - A source's patient is never rewritten by a link, and what an entry said
//!   before is kept.

mod alike;
mod answer;
mod apply;
mod apply_by_hand;
mod apply_entries;
mod apply_together;
mod aside;
mod attendances;
mod bodies;
mod by_hand;
mod came_out;
mod came_since;
mod candidates;
mod charts;
mod charts_told_otherwise;
mod clinical;
mod clinical_rows;
mod commit_measure;
mod control_id;
mod counting;
mod covered;
mod describe;
mod desk;
mod desk_log;
mod dictionaries;
mod digest;
mod doubt_number;
mod entry_row;
mod error;
mod exposure;
mod facts;
mod fate;
mod feeds;
mod foreseen;
mod gauges;
mod hands;
mod history;
mod homes;
mod identity_hands;
mod identity_moves;
mod identity_pair;
mod identity_reads;
mod imagined;
mod imagined_rows;
mod inbox;
mod joins;
mod kept_apart;
mod known_by;
mod link_by_hand;
mod link_to_do;
mod linking;
mod look_up;
mod look_up_rules;
mod mentioned;
mod mixed;
mod order;
mod order_by_hand;
mod people;
mod pieces;
mod placed_anew;
mod postgres;
mod quarantine_reads;
mod quarantined;
mod reached;
mod read_only;
mod read_only_rows;
mod ready;
mod rearrange;
mod rebuild;
mod receipt;
mod receiving;
mod removal;
mod removing;
mod retention;
mod rows;
mod sent_away;
mod sessions;
mod sizes;
mod source_numbers;
mod sqlite;
mod stand;
mod stood;
mod take_back;
mod take_out;
mod told;
mod undo;
mod who_step;
mod word_cache;
mod work_list;

use std::path::Path;
use std::sync::Arc;

use record::{Chance, Source};

use look_up_rules::LookUps;
use source_numbers::SourceNumbers;
use tokio::sync::Notify;

pub use alike::{
    ALIKE_SHARED_BY_MAX, AlikeKeys, AlikePerson, Alikes, Looks, LooksLike, OtherChart, ScoreRules, TakenApart,
};
pub use apply::{
    Application, Applied, Candidate, ChartChange, FoundBy, IdentityRules, Placement, Terms, UnitCounts, UnitWork, Work,
};
pub use aside::Aside;
pub use attendances::{Attended, Refile};
pub use by_hand::{ByHand, Corrected, HAND_REQUESTS_MAX, HandAct, HandRequest, OUTCOME_CHARACTERS_MAX};
pub use clinical::{
    ClinicalReads, Doubt, HITS_MAX, LOOK_UP_PEOPLE_MAX, LookUp, StoredChart, StoredHit, StoredRecord, StoredSource,
    WithSources,
};
pub use counting::{Counted, Counting};
pub use desk::{Asked, Desk, PersonStand, SessionKey};
pub use desk_log::{LOG_ROWS_MAX, LogReads, LogRow};
pub use dictionaries::{SAMPLED_MAX, SAMPLES_MIN, Trained};
pub use digest::{RecordDigest, TableDigest};
pub use doubt_number::Named;
pub use error::StoreError;
pub use exposure::{EXPOSURE_ROWS_MAX, Mixed, MixedTime, Seen};
pub use fate::Fate;
pub use feeds::{ALL_KINDS, Feed, FeedSource, Feeds, FeedsStand, NumbersSeen};
pub use foreseen::{Foreseen, Goes, WouldMove};
pub use gauges::Depth;
pub use hands::{Ask, CORRECTION_BYTES_MAX, HandAsked};
pub use identity_hands::{IdentityAsked, LinkAct, LinkAsk};
pub use identity_moves::{MOVING_LISTED_MAX, Moving, MovingChart, MovingEntry};
pub use identity_pair::PairSeen;
pub use identity_reads::{
    IdentityDoubt, IdentityWork, LINK_DECISIONS_MAX, LinkDecision, PAIR_CHARTS_MAX, PairChart, PairPerson,
    SETTLED_DOUBTS_MAX, StoredPair,
};
pub use inbox::{Against, Arrival, CONTROL_ID_WINDOW_DAYS, Inbox, LISTED_MAX, ListedMessage, Received, WaitingMessage};
pub use linking::{LINK_REQUESTS_MAX, LinkRequest};
pub use look_up_rules::LOOK_UP_RULES;
pub use mentioned::Mentioned;
pub use people::People;
pub use postgres::{PostgresAt, ServerFailure};
pub use quarantine_reads::{
    HandDecision, ITEMS_MAX, ItemState, QUARANTINE_ALARM_MINUTES, QuarantineItem, SETTLED_ITEMS_MAX,
};
pub use quarantined::{QUARANTINED_MAX, QuarantinedUnit};
pub use rearrange::{JoinAsk, JoinVerb, Rearrange};
pub use rebuild::{Rebuilding, Step};
pub use receipt::Receipt;
pub use receiving::Receiving;
pub use removal::{Held, Hold, NOTE_BYTES_MAX, Planned, Removal, RemovalReason, Tombstone};
pub use retention::{Retention, Swept};
pub use sessions::{SESSION_HOURS, SESSION_IDLE_MINUTES, SIGN_IN_MINUTES, Session, SignIn};
pub use sizes::sizes;
pub use stood::{STOOD_ROWS_MAX, Stood, StoodEntry};
pub use work_list::{DoubtKind, WORK_LIST_MAX, WorkListItem};

/// The name of the record file within the data folder.
pub const RECORD_FILE: &str = "record.sqlite";
/// The name of the desk file within the data folder.
pub const DESK_FILE: &str = "desk.sqlite";

/// Which database keeps everything.
#[derive(Clone)]
pub(crate) enum Place {
    /// The embedded one: two files.
    Sqlite {
        /// Inbox, people, links, entries.
        record: sqlite::File,
        /// Access log, permissions, choices, sessions.
        desk: sqlite::File,
    },
    /// PostgreSQL.
    Postgres(Box<postgres::Server>),
}

/// The store's handles, each for the one room that needs it.
pub struct Store {
    /// For `intake`.
    pub inbox: Inbox,
    /// For the watch over `intake`, and for those who look after sources.
    pub feeds: Feeds,
    /// For `disclosure` alone.
    pub clinical: ClinicalReads,
    /// For `disclosure` alone.
    pub log: LogReads,
    /// For `disclosure` and the session keeping of `viewer`.
    pub desk: Desk,
    /// For `disclosure` and commands: who there is, without anything about them.
    pub people: People,
}

/// Opens the embedded store in `folder`, which must exist, for these sources.
///
/// # Errors
/// When a file cannot be opened or has an unknown schema version, or when nobody would be found in it
/// ([`StoreError::OtherLookUps`]).
pub async fn open(folder: &Path, sources: &[Source], chance: Chance) -> Result<Store, StoreError> {
    open_embedded(folder, sources, chance, LookUps::Ours).await
}

/// The same for a record that is built anew, or in which nobody is looked for, whatever rules made its look-ups.
///
/// # Errors
/// When a file cannot be opened or has an unknown schema version.
pub async fn open_to_rebuild(folder: &Path, sources: &[Source], chance: Chance) -> Result<Store, StoreError> {
    open_embedded(folder, sources, chance, LookUps::Whatever).await
}

async fn open_embedded(
    folder: &Path,
    sources: &[Source],
    chance: Chance,
    look_ups: LookUps,
) -> Result<Store, StoreError> {
    let record = sqlite::File::open(&folder.join(RECORD_FILE), sqlite::RECORD)?;
    look_ups.check(record.path(), record.read(sqlite::rebuild::look_up_rules).await?)?;
    let desk = sqlite::File::open_beside(&folder.join(DESK_FILE), sqlite::DESK, &record)?;
    let place = Place::Sqlite { record: record.clone(), desk };
    let (configured, registering) = (sources, sources.to_vec());
    let stored =
        record.write("register sources", move |connection| sqlite::sources::register(connection, &registering)).await?;
    let sources = Arc::new(SourceNumbers::new(configured, stored)?);
    let bodies = Arc::<bodies::Bodies>::default();
    place.learn_dictionaries(&bodies).await?;
    let asked = Arc::<Notify>::default();
    let inbox = Inbox {
        place: place.clone(),
        sources: Arc::clone(&sources),
        bodies: Arc::clone(&bodies),
        asked: Arc::clone(&asked),
        aside: Aside::start()?,
        told_lately: Arc::default(),
    };
    Ok(Store {
        feeds: Feeds { inbox: inbox.clone() },
        inbox,
        clinical: ClinicalReads { place: place.clone(), sources, words: Arc::default(), bodies },
        people: People { place: place.clone() },
        log: LogReads { place: place.clone() },
        desk: Desk { place, chance, asked },
    })
}

/// Brings a PostgreSQL database to this program's schema; the login needs the
/// right to make schemas and roles. Several programs may try at the same time.
///
/// # Errors
/// [`StoreError::UnknownSchema`] when a later version of the program was here, or
/// whatever the server says.
pub async fn migrate_postgres(at: &PostgresAt) -> Result<(), StoreError> {
    postgres::migrate(at).await
}

/// Writes the embedded record file anew, without what stands in pages that are free.
/// Nobody may use it meanwhile.
///
/// # Errors
/// When it is in use or cannot be written.
pub fn compact(folder: &Path) -> Result<(), StoreError> {
    sqlite::retention::compact(&folder.join(RECORD_FILE))
}

/// Takes the record that was built in another database of the same server in place of
/// this one's: as a whole, or not at all. Neither may be in use.
///
/// # Errors
/// Whatever the server says; then everything is as it was.
pub async fn take_over_postgres(at: &PostgresAt, built: &PostgresAt) -> Result<(), StoreError> {
    postgres::schema_must_be_ours(at).await?;
    postgres::schema_must_be_ours(built).await?;
    postgres::Server::new(at)?.take_over_from(&postgres::Server::new(built)?).await
}

/// Opens the store in a PostgreSQL database that has this program's schema.
///
/// # Errors
/// When the server is not there, or the schema is another one: migrate first. Also when nobody would be found in it
/// ([`StoreError::OtherLookUps`]).
pub async fn open_postgres(at: &PostgresAt, sources: &[Source], chance: Chance) -> Result<Store, StoreError> {
    open_server(at, sources, chance, LookUps::Ours).await
}

/// The same for a record that is built anew, or in which nobody is looked for, whatever rules made its look-ups.
///
/// # Errors
/// When the server is not there, or the schema is another one: migrate first.
pub async fn open_postgres_to_rebuild(
    at: &PostgresAt,
    sources: &[Source],
    chance: Chance,
) -> Result<Store, StoreError> {
    open_server(at, sources, chance, LookUps::Whatever).await
}

async fn open_server(
    at: &PostgresAt,
    sources: &[Source],
    chance: Chance,
    look_ups: LookUps,
) -> Result<Store, StoreError> {
    postgres::schema_must_be_ours(at).await?;
    look_ups.check("the PostgreSQL database", postgres::look_up_rules(at).await?)?;
    let server = postgres::Server::new(at)?;
    let numbers = Arc::new(SourceNumbers::new(sources, server.register(sources).await?)?);
    let place = Place::Postgres(Box::new(server));
    let bodies = Arc::<bodies::Bodies>::default();
    place.learn_dictionaries(&bodies).await?;
    let asked = Arc::<Notify>::default();
    let inbox = Inbox {
        place: place.clone(),
        sources: Arc::clone(&numbers),
        bodies: Arc::clone(&bodies),
        asked: Arc::clone(&asked),
        aside: Aside::start()?,
        told_lately: Arc::default(),
    };
    Ok(Store {
        feeds: Feeds { inbox: inbox.clone() },
        inbox,
        clinical: ClinicalReads { place: place.clone(), sources: numbers, words: Arc::default(), bodies },
        people: People { place: place.clone() },
        log: LogReads { place: place.clone() },
        desk: Desk { place, chance, asked },
    })
}
