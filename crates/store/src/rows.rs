//! What applying a message reads and writes, as both back-ends offer it. The
//! embedded one runs a statement for each; PostgreSQL reads ahead, answers from
//! memory and writes everything at once (`postgres/working.rs`).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{ChartId, EntryId, MessageId, PersonId};

use crate::attendances::Refiled;
use crate::by_hand::HandDone;
use crate::covered::Covered;
use crate::entry_row::{EntryRow, Origin};
use crate::error::StoreError;
use crate::joins::Join;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::mentioned::Mentioned;
use crate::order::Noted;
use crate::who_step::{FirstSight, StoredStep};

/// A source's patient as stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChartRow {
    pub(crate) chart: ChartId,
    pub(crate) source: i64,
    pub(crate) person: PersonId,
    /// Demographics as `told.rs` writes them; `None` while only referred to.
    pub(crate) told: Option<String>,
    /// The stated time of the message that told it, in seconds.
    pub(crate) told_at: Option<i64>,
}

/// An entry as stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredEntry {
    pub(crate) id: EntryId,
    /// The version of the person's record at which it came to say this.
    pub(crate) since: i64,
    pub(crate) row: EntryRow,
    pub(crate) origin: Origin,
}

/// The keys under which a chart's person is found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Keys {
    pub(crate) number: Option<i64>,
    /// By names, places and looks, each once (`look_up.rs`).
    pub(crate) found_by: Vec<i64>,
    /// What is counted of what is told, and how many charts more or fewer tell it now.
    pub(crate) counted: Vec<(i64, i64)>,
}

/// Somebody who is found under a key that is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) key: i64,
    pub(crate) person: PersonId,
}

/// What a chart tells.
#[derive(Clone, Debug)]
pub(crate) struct ToldRow<'a> {
    /// Demographics as `told.rs` writes them.
    pub(crate) text: &'a str,
    /// The stated time of the message that tells it, in seconds.
    pub(crate) told_at: Option<i64>,
    /// By what it is found.
    pub(crate) keys: Keys,
}

/// A doubt about who is who.
#[derive(Clone, Debug)]
pub(crate) struct WorkItem {
    pub(crate) at: i64,
    pub(crate) kind: Cow<'static, str>,
    pub(crate) person: PersonId,
    pub(crate) other: Option<PersonId>,
    pub(crate) chart: ChartId,
    pub(crate) source: i64,
    pub(crate) message: MessageId,
    pub(crate) reasons: String,
    /// How likely the two are one person, in hundredths of a bit above even odds, where
    /// that was weighed.
    pub(crate) odds: Option<i64>,
}

/// A unit of a message that waits for a hand.
#[derive(Clone, Debug)]
pub(crate) struct QuarantineRow {
    pub(crate) source: i64,
    pub(crate) message: MessageId,
    pub(crate) unit: u32,
    pub(crate) kind: String,
    /// Whose record it concerns, where that is known.
    pub(crate) person: Option<PersonId>,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) at: i64,
    /// Whom it seems to speak of, known or not.
    pub(crate) about: Vec<Mentioned>,
}

/// The rows behind one transaction that applies a message.
pub(crate) trait Rows {
    /// The message's state, where there is such a message.
    fn message_state(&self, message: MessageId) -> Result<Option<i64>, StoreError>;
    /// The message has been applied; what is noted goes into the order of application.
    fn finish_message(
        &self,
        message: MessageId,
        stated_at: Option<i64>,
        noted: Option<Noted>,
    ) -> Result<(), StoreError>;
    /// A unit of a type that is not shown is kept and counted.
    fn keep_unit(&self, message: MessageId, unit: u32, kind: &str) -> Result<(), StoreError>;
    /// A unit waits for a hand.
    fn quarantine(&self, row: QuarantineRow) -> Result<(), StoreError>;
    /// Whether a decision about quarantine is still to be carried out.
    fn hand_is_open(&self, request: i64) -> Result<bool, StoreError>;
    /// A decision was carried out: what waited is settled, and what came of it is said.
    fn finish_hand(&self, done: HandDone) -> Result<(), StoreError>;
    /// The message speaks of this chart.
    fn note_chart(&self, message: MessageId, chart: ChartId) -> Result<(), StoreError>;
    /// The message speaks of this chart, where it is known, and of everybody who
    /// carries this number.
    fn note_mentioned(&self, message: MessageId, source: i64, key: &str, number: Option<i64>)
    -> Result<(), StoreError>;

    /// The chart that has this key at its source.
    fn chart(&self, source: i64, key: &str) -> Result<Option<ChartRow>, StoreError>;
    /// The charts linked to a person, oldest first.
    fn charts_of(&self, person: PersonId) -> Result<Vec<ChartRow>, StoreError>;
    /// The people whose charts carry this number, at most `count_max`.
    fn people_with_number(&self, number: i64, count_max: usize) -> Result<Vec<PersonId>, StoreError>;
    /// Who is found under each of these ranges of keys, at most `count_max` of each: by key, then by person, each once
    /// however many charts of theirs have the key.
    fn found_under(&self, keys: &[RangeInclusive<i64>], count_max: usize) -> Result<Vec<Vec<Found>>, StoreError>;
    /// How many charts tell what is counted under each of these keys.
    fn counted(&self, keys: &[i64]) -> Result<Vec<i64>, StoreError>;
    /// From which charts each of these is sealed.
    fn sealed_from(&self, charts: &BTreeSet<ChartId>) -> Result<Vec<(ChartId, ChartId)>, StoreError>;
    /// A person who was not known; the one that is wanted, where nobody else is that.
    fn new_person(&self, wanted: Option<PersonId>) -> Result<PersonId, StoreError>;
    /// A chart that was not known, with the number that is wanted and what it tells, if anything.
    fn insert_chart(
        &self,
        source: i64,
        key: &str,
        person: PersonId,
        wanted: Option<ChartId>,
        told: Option<ToldRow<'_>>,
    ) -> Result<ChartId, StoreError>;
    /// Links the chart to the person, as an event with its evidence.
    fn link(&self, at: i64, chart: ChartId, person: PersonId, evidence: &str) -> Result<(), StoreError>;
    /// What the chart tells from now on, and the keys by which that is found.
    fn write_told(&self, chart: ChartId, person: PersonId, told: ToldRow<'_>) -> Result<(), StoreError>;
    /// The same was told again, later.
    fn confirm_told(&self, chart: ChartId, told_at: Option<i64>) -> Result<(), StoreError>;
    /// A person is restricted when any of their charts says so; record and links move.
    fn update_restriction(&self, person: PersonId) -> Result<(), StoreError>;
    /// A chart was linked as it was written: nothing else of it moves.
    fn first_link(&self, at: i64, chart: ChartId, person: PersonId, evidence: &str) -> Result<(), StoreError> {
        self.link(at, chart, person, evidence)
    }
    /// A chart that was not there before is the person's, who is restricted if it says so; record and links move.
    fn chart_came(&self, person: PersonId, says_restricted: bool) -> Result<(), StoreError>;
    /// Something about who the person is has moved.
    fn links_moved(&self, person: PersonId) -> Result<(), StoreError>;
    /// Puts a doubt on the work list, unless the same one waits there; whether it was put there.
    fn work_item(&self, item: WorkItem) -> Result<bool, StoreError>;
    /// Moves a chart from the person `from` to the person `to`: its entries, the keys by
    /// which it is found, what waits and what is doubted about it. Where it was the only
    /// chart of `from`, nothing is left behind under a person who is nobody any more.
    /// What moves holds from the person's next version on; what it said before was never
    /// shown under this person. Gives each entry's id before and after.
    fn move_chart(&self, chart: ChartId, from: PersonId, to: PersonId) -> Result<Vec<(EntryId, EntryId)>, StoreError>;

    /// The joins between charts of a person, oldest first: those that hold, and those that
    /// only tell where a chart came from.
    fn joins_of(&self, person: PersonId) -> Result<Vec<Join>, StoreError>;
    /// Whether the source has joined the one to the other and taken that back, or what was told since contradicts it.
    fn was_parted(&self, prior: ChartId, survivor: ChartId) -> Result<bool, StoreError>;
    /// Writes a join, in place of what was known of these two charts.
    fn put_join(&self, join: &Join) -> Result<(), StoreError>;
    /// What the source has said of where attendances of this chart are filed.
    fn refiled_of(&self, chart: ChartId) -> Result<Vec<Refiled>, StoreError>;
    /// Writes down that an attendance is filed elsewhere.
    fn put_refiled(&self, refiled: &Refiled) -> Result<(), StoreError>;
    /// All entries of a chart, without the texts of letters.
    fn entries_of(&self, chart: ChartId) -> Result<Vec<StoredEntry>, StoreError>;
    /// The entries of a person that are not shown now because a joined chart tells of them later.
    fn covered_of(&self, person: PersonId) -> Result<Vec<Covered>, StoreError>;
    /// Writes that an entry of the person is not shown, in place of what was known from that version on.
    fn put_covered(&self, person: PersonId, covered: &Covered) -> Result<(), StoreError>;

    /// The chart with this number.
    fn chart_row(&self, chart: ChartId) -> Result<Option<ChartRow>, StoreError>;
    /// From which charts somebody told this one apart.
    fn kept_apart(&self, chart: ChartId) -> Result<Vec<KeptApart>, StoreError>;
    /// Somebody told these two apart, one way round.
    fn keep_apart(&self, kept: KeptApart) -> Result<(), StoreError>;
    /// Somebody decided that these two are one person's after all.
    fn bring_together(&self, one: ChartId, other: ChartId) -> Result<(), StoreError>;
    /// By which decision a chart came to this person last.
    fn hand_link_to(&self, chart: ChartId, person: PersonId) -> Result<Option<HandLink>, StoreError>;
    /// A chart was linked by hand.
    fn put_hand_link(&self, link: HandLink) -> Result<(), StoreError>;
    /// That was taken back.
    fn take_hand_link(&self, chart: ChartId, step: i64) -> Result<(), StoreError>;
    /// Whose a chart was, the last first.
    fn people_before(&self, chart: ChartId) -> Result<Vec<PersonId>, StoreError>;
    /// By which event a chart came to the person last: what came later has a higher number.
    fn came(&self, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError>;
    /// A doubt is decided, and with it whatever else is doubted about the same two people.
    fn close_doubts(&self, item: i64, between: Option<(PersonId, PersonId)>) -> Result<(), StoreError>;
    /// A doubt that names one person twice, since two were one, names both again.
    fn name_both(&self, item: i64, person: PersonId, other: PersonId) -> Result<(), StoreError>;

    /// A doubt waits again, about these two; about one record where they are the same.
    fn open_doubt(&self, item: i64, people: (PersonId, PersonId)) -> Result<(), StoreError>;

    /// Writes a step of who is who down under each of these charts (`who_step.rs`).
    fn note_step(&self, charts: &[ChartId], step: &str) -> Result<(), StoreError>;
    /// The steps that are written down under a chart, oldest first; nothing where they are too many to be at hand.
    fn steps_of(&self, chart: ChartId) -> Result<Option<Vec<StoredStep>>, StoreError>;
    /// When a chart was seen first.
    fn first_sight_of(&self, chart: ChartId) -> Result<Option<FirstSight>, StoreError>;
    /// With whom a person was ever doubted to be one.
    fn doubted_with(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError>;
    /// Whether a unit of a message waits in quarantine.
    fn unit_waits(&self, message: MessageId, unit: u32) -> Result<bool, StoreError>;
    /// A unit waits no longer: what it asks is done.
    fn settle_unit(&self, message: MessageId, unit: u32) -> Result<(), StoreError>;

    /// The version of the person's record.
    fn version(&self, person: PersonId) -> Result<i64, StoreError>;
    /// Moves the version of the person's record and gives the new one.
    fn next_version(&self, person: PersonId) -> Result<i64, StoreError>;
    /// The next free place among a person's entries.
    fn next_place(&self, person: PersonId) -> Result<EntryId, StoreError>;
    /// The number of a short text that repeats.
    fn word(&self, text: &str) -> Result<i64, StoreError>;
    /// The entry of the chart that has this key.
    fn entry(&self, chart: ChartId, key_hash: i64) -> Result<Option<StoredEntry>, StoreError>;
    /// An entry that was not known.
    fn insert_entry(&self, entry: &StoredEntry) -> Result<(), StoreError>;
    /// What an entry says from now on, a letter's text included; the caller has
    /// kept the earlier version.
    fn replace_entry(&self, entry: &StoredEntry) -> Result<(), StoreError>;
    /// The same was said again, later.
    fn confirm_entry(&self, id: EntryId, stated_at: Option<i64>) -> Result<(), StoreError>;
    /// What an entry said from its `since` up to `until`; where both are the same it
    /// was never shown under this id: it arrived late, or was replaced at once.
    fn keep_version(&self, entry: &StoredEntry, until: i64) -> Result<(), StoreError>;

    /// What follows may be undone by [`Rows::undo_attempt`].
    fn begin_attempt(&self) -> Result<(), StoreError>;
    /// Undoes everything since [`Rows::begin_attempt`].
    fn undo_attempt(&self) -> Result<(), StoreError>;
    /// The attempt is over.
    fn end_attempt(&self) -> Result<(), StoreError>;
}
