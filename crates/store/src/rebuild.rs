//! Building a record anew from its messages, in the recorded order of application.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use record::{MessageId, SourceId};

use crate::apply::{Application, IdentityRules, ToApply};
use crate::by_hand::ByHand;
use crate::describe::keys_named;
use crate::digest::{RecordDigest, Tables};
use crate::error::StoreError;
use crate::inbox::{Inbox, STATE_REMOVED, timestamp};
use crate::known_by::known_by;
use crate::link_to_do::LinkToDo;
use crate::look_up_rules::LOOK_UP_RULES;
use crate::order::{
    ACT_APPLIED, ACT_BY_HAND, ACT_CAME_AGAIN, ACT_CORRECTED, ACT_DISMISSED, ACT_LINKED, ACT_RAISED, ACT_SET_ASIDE,
    ACT_STILL_WRONG, ACT_SWEPT, Given, set_aside_row,
};
use crate::order_by_hand::{Made, applied_sent, dismissed_item, told_against};
use crate::ready::Ready;
use crate::retention::Sweep;
use crate::rows::QuarantineRow;
use crate::sent_away::SentNote;
use crate::{Place, sqlite};

/// The tables that applying messages writes: a rebuild makes them anew. Every other
/// table is carried over.
pub(crate) const DERIVED: &[&str] = &[
    "word",
    "message_chart",
    "kept",
    "quarantine",
    "person",
    "chart",
    "chart_version",
    "link_event",
    "who_step",
    "chart_join",
    "attendance_refiled",
    "entry_covered",
    "kept_apart",
    "hand_link",
    "number_key",
    "look_up",
    "look_up_rules",
    "alike_count",
    "work_item",
    "entry",
    "entry_version",
    "letter_text",
];

/// How many steps are taken at a time.
pub(crate) const STEPS_MAX: i64 = 500;
/// How many bytes of messages are in memory at a time, unless one alone is longer.
const PAGE_BYTES_MAX: i64 = 32 * 1024 * 1024;

/// A record that is being built anew beside the one that it is built from.
pub struct Rebuilding {
    pub(crate) from: Inbox,
    pub(crate) into: Inbox,
    /// The highest number of a chart so far.
    fresh: Arc<AtomicU64>,
    /// The last step that was taken.
    after: i64,
}

/// One step of the order of application.
pub struct Step {
    /// Its number in the order.
    pub number: u64,
    /// Which message.
    pub message: MessageId,
    /// From which source.
    pub source: SourceId,
    /// When the message arrived: it is read as at that time.
    pub received_at: Timestamp,
    /// The time that was used.
    pub at: Timestamp,
    /// Its bytes, where it was applied.
    pub bytes: Option<Vec<u8>>,
    row: StepRow,
}

/// A step as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StepRow {
    pub(crate) number: i64,
    pub(crate) act: i64,
    pub(crate) message: i64,
    pub(crate) at: i64,
    pub(crate) note: Option<String>,
    pub(crate) source: i64,
    pub(crate) received_at: i64,
    pub(crate) size: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) state: i64,
    /// It has a tombstone.
    pub(crate) is_removed: bool,
}

/// What is done again.
pub(crate) enum Again {
    Apply(ToApply),
    SetAside(QuarantineRow),
    TakeUp(i64),
    /// What waits because bytes came again that were removed.
    Wait(QuarantineRow),
    /// What retention no longer kept.
    Sweep(Sweep),
    /// Of a message that is being removed nothing is left but how far it took whom.
    /// The step's number comes first.
    Forget(i64, ToApply),
    /// A message was removed before: versions and places that it took at this step are
    /// passed over. With no message (0): those that records had come to when one was.
    PassOver(i64, i64),
    /// What waited of a message and was dismissed.
    Dismiss(MessageId, i64),
    /// A message that was made in place of another.
    Correct(Made),
    /// What is told against a message since it was tried again.
    StillWrong(MessageId, String, String),
    /// What somebody decided about whose records are one person's.
    Link(LinkToDo, Arc<IdentityRules>),
    Nothing,
}

impl Rebuilding {
    /// Begins: carries over what `into` is built from. It must have nothing in it, and
    /// be opened without sources.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], or when either cannot be read or written.
    pub async fn begin(from: &Inbox, into: &Inbox) -> Result<Self, StoreError> {
        let fresh = match (&from.place, &into.place) {
            (Place::Sqlite { record, .. }, Place::Sqlite { record: new, .. }) => {
                let (from, into) = (record.path().to_owned(), new.path().to_owned());
                let carrying = tokio::task::spawn_blocking(move || sqlite::carry::carry(&from, &into));
                carrying.await.map_err(|_| StoreError::Closed)??;
                record.read(sqlite::rebuild::highest_chart).await?
            }
            (Place::Postgres(from), Place::Postgres(into)) => {
                into.carry_from(from).await?;
                from.highest_chart().await?
            }
            _ => return Err(StoreError::Address("a record is built anew in a database of the same kind")),
        };
        into.place.learn_dictionaries(&into.bodies).await?;
        from.place.learn_dictionaries(&from.bodies).await?;
        let fresh = Arc::new(AtomicU64::new(fresh.cast_unsigned()));
        Ok(Self { from: from.clone(), into: into.clone(), fresh, after: 0 })
    }

    /// The next steps, with the bytes of what was applied; none at the end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a message has not the bytes that were received.
    pub async fn next(&mut self) -> Result<Vec<Step>, StoreError> {
        let mut rows = match &self.from.place {
            Place::Sqlite { record, .. } => {
                let after = self.after;
                record.read(move |connection| sqlite::rebuild::steps(connection, after)).await?
            }
            Place::Postgres(server) => server.steps(self.after).await?,
        };
        let mut bytes = 0;
        let fits = |row: &&StepRow| {
            bytes += row.size;
            bytes <= PAGE_BYTES_MAX
        };
        let count = rows.iter().take_while(fits).count().max(1);
        rows.truncate(count);
        self.after = rows.last().map_or(self.after, |row| row.number);
        let wanted: Vec<i64> = rows.iter().filter(|row| row.has_bytes()).map(|row| row.message).collect();
        let bodies = match &self.from.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::rebuild::bodies(connection, &wanted)).await?
            }
            Place::Postgres(server) => server.bodies(&wanted).await?,
        };
        rows.into_iter().map(|row| self.step(row, &bodies)).collect()
    }

    fn step(&self, row: StepRow, bodies: &[(i64, Vec<u8>)]) -> Result<Step, StoreError> {
        let body = bodies.iter().find(|(message, _)| *message == row.message).filter(|_| row.has_bytes());
        let bytes = body.map(|(_, body)| self.from.bodies.unpack(body, row.size)).transpose()?;
        if bytes.as_ref().is_some_and(|bytes| known_by(bytes).as_slice() != row.digest) {
            return Err(StoreError::Damaged(format!("message {} has not the bytes that were received", row.message)));
        }
        Ok(Step {
            number: row.number.cast_unsigned(),
            message: MessageId(row.message.cast_unsigned()),
            source: self.from.sources.id(row.source)?,
            received_at: timestamp(row.received_at),
            at: timestamp(row.at),
            bytes,
            row,
        })
    }

    /// Takes these steps again, in order. Each that has bytes comes with what they
    /// say, read as at their arrival.
    ///
    /// # Errors
    /// When the new record cannot be written, or something that was applied once
    /// cannot be applied again.
    pub async fn take(
        &self,
        steps: Vec<(Step, Option<Application>)>,
        rules: &Arc<IdentityRules>,
    ) -> Result<(), StoreError> {
        let mut again = Vec::with_capacity(steps.len());
        for (step, application) in steps {
            again.push(self.again(step, application, rules).await?);
        }
        match &self.into.place {
            Place::Sqlite { record, .. } => {
                record.write("apply again", move |connection| sqlite::rebuild::again(connection, &again)).await
            }
            Place::Postgres(server) => server.again(again).await,
        }
    }

    async fn again(
        &self,
        step: Step,
        application: Option<Application>,
        rules: &Arc<IdentityRules>,
    ) -> Result<Again, StoreError> {
        let row = step.row;
        if row.act == ACT_SWEPT {
            return Sweep::of_note(row.note.as_deref()).map(Again::Sweep);
        }
        if row.act == ACT_CAME_AGAIN {
            return set_aside_row(row.source, step.message, row.at, row.note.as_deref()).map(Again::Wait);
        }
        if row.act == ACT_LINKED {
            let todo = LinkToDo::of_note(row.at, row.note.as_deref())?;
            return Ok(Again::Link(todo, Arc::clone(rules)));
        }
        if row.act == ACT_RAISED {
            return Ok(Again::PassOver(row.number, row.message));
        }
        let note = row.note.as_deref();
        if row.is_removed && !row.has_bytes() {
            // What has a note was decided after the removal, when its bytes had come again.
            return match row.act {
                _ if row.is_applied() => Ok(Again::PassOver(row.number, row.message)),
                ACT_DISMISSED if note.is_some() => dismissed_item(note).map(|item| Again::Dismiss(step.message, item)),
                ACT_STILL_WRONG if note.is_some() => {
                    told_against(note).map(|(place, reason)| Again::StillWrong(step.message, place, reason))
                }
                _ => Ok(Again::Nothing),
            };
        }
        match (row.act, application) {
            (ACT_DISMISSED, _) => dismissed_item(note).map(|item| Again::Dismiss(step.message, item)),
            (ACT_CORRECTED, _) => Made::of_note(row.source, step.message, row.at, note).map(Again::Correct),
            (ACT_STILL_WRONG, _) => {
                told_against(note).map(|(place, reason)| Again::StillWrong(step.message, place, reason))
            }
            (ACT_APPLIED | ACT_BY_HAND, Some(application)) => {
                let is_removed = row.is_removed;
                let (by_hand, sent) = if row.act == ACT_BY_HAND {
                    ByHand::of_note(note).map(|(by_hand, sent)| (Some(by_hand), sent))?
                } else {
                    (None, applied_sent(note)?)
                };
                let work = self.to_apply(row.source, application, (by_hand, sent), rules).await?;
                Ok(if is_removed { Again::Forget(row.number, work) } else { Again::Apply(work) })
            }
            (ACT_APPLIED | ACT_BY_HAND, None) => Err(StoreError::NotFound("reading of a message that was applied")),
            (ACT_SET_ASIDE, _) => {
                set_aside_row(row.source, step.message, row.at, row.note.as_deref()).map(Again::SetAside)
            }
            _ => Ok(Again::TakeUp(row.message)),
        }
    }

    async fn to_apply(
        &self,
        source: i64,
        application: Application,
        (by_hand, sent): (Option<ByHand>, SentNote),
        rules: &Arc<IdentityRules>,
    ) -> Result<ToApply, StoreError> {
        let keys: BTreeSet<&str> = application.units.iter().flat_map(keys_named).collect();
        let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
        let charts = match &self.from.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::rebuild::charts(connection, source, &keys)).await?
            }
            Place::Postgres(server) => server.given_charts(source, &keys).await?,
        };
        let mut given = Given::new(&self.fresh);
        for (key, chart, person) in charts {
            given.add(key, chart, person);
        }
        // Where the entry was not here yet when it was taken back, it is not here yet now.
        let removals = self.from.charts_of_removed(&application, source).await?;
        Ok(ToApply {
            ready: Ready::all_of(&application, source, rules, &self.into.told_lately)?,
            application: Arc::new(application),
            rules: Arc::clone(rules),
            source,
            format: self.from.sources.configured(source).map(|source| source.format),
            given: Some(Arc::new(given)),
            removals,
            by_hand,
            sent,
        })
    }

    /// Ends, when no step is left: after a removal nobody's version, nor anybody's next
    /// place, is lower than it was. Gives the digests of the record that this one was
    /// built from, and of this one. Look-ups that other rules made are in neither.
    ///
    /// # Errors
    /// When either cannot be read, or the new one cannot be written.
    pub async fn end(self) -> Result<(RecordDigest, RecordDigest), StoreError> {
        self.raise().await?;
        let is_ours = self.from.place.look_up_rules().await? == LOOK_UP_RULES;
        let tables = if is_ours { Tables::All } else { Tables::AllButLookUps };
        Ok((self.from.digest_of(tables).await?, self.into.digest_of(tables).await?))
    }
}

impl StepRow {
    /// Whether its bytes are there and say what is applied.
    fn has_bytes(&self) -> bool {
        self.is_applied() && self.state != STATE_REMOVED
    }

    fn is_applied(&self) -> bool {
        matches!(self.act, ACT_APPLIED | ACT_BY_HAND)
    }
}
