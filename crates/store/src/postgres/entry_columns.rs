//! Entries as rows of PostgreSQL: read one by one, written as columns.

use record::{ChartId, EntryId, MessageId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::entry_row::{EntryRow, Origin};
use crate::error::StoreError;
use crate::rows::StoredEntry;

/// The columns that [`read`] expects, in this order.
pub(super) const COLUMNS: &str = "e.id, e.since, e.key_hash, e.kind, e.standing, e.sensitivity, e.clinical_time, \
     e.recorded, e.author, e.organisation, e.code_system, e.code, e.part_of, e.line, e.source, e.chart, e.message, \
     e.unit, e.span_start, e.span_length, e.stated_at";

/// Reads one row of [`COLUMNS`]; a letter's text is not among them.
pub(super) fn read(row: &Row) -> Result<StoredEntry, StoreError> {
    let unsigned = |index: usize| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
    Ok(StoredEntry {
        id: EntryId(unsigned(0)?),
        since: row.try_get(1)?,
        row: EntryRow {
            key_hash: row.try_get(2)?,
            kind: row.try_get(3)?,
            standing: row.try_get(4)?,
            sensitivity: row.try_get(5)?,
            clinical_time: row.try_get(6)?,
            recorded: row.try_get(7)?,
            author: row.try_get(8)?,
            organisation: row.try_get(9)?,
            code_system: row.try_get(10)?,
            code: row.try_get(11)?,
            part_of: row.try_get(12)?,
            line: row.try_get(13)?,
            letter_text: None,
        },
        origin: Origin {
            source: row.try_get(14)?,
            chart: ChartId(unsigned(15)?),
            message: MessageId(unsigned(16)?),
            unit: u32::try_from(row.try_get::<_, i64>(17)?).unwrap_or_default(),
            start: row.try_get(18)?,
            length: row.try_get(19)?,
            stated_at: row.try_get(20)?,
        },
    })
}

/// Entries turned into columns, for one statement that writes them all.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) person: Vec<i64>,
    pub(super) id: Vec<i64>,
    pub(super) since: Vec<i64>,
    pub(super) key_hash: Vec<i64>,
    pub(super) kind: Vec<i64>,
    pub(super) standing: Vec<i64>,
    pub(super) sensitivity: Vec<i64>,
    pub(super) clinical_time: Vec<Option<String>>,
    pub(super) recorded: Vec<Option<String>>,
    pub(super) author: Vec<Option<i64>>,
    pub(super) organisation: Vec<Option<i64>>,
    pub(super) code_system: Vec<Option<i64>>,
    pub(super) code: Vec<Option<String>>,
    pub(super) part_of: Vec<Option<i64>>,
    pub(super) line: Vec<String>,
    pub(super) source: Vec<i64>,
    pub(super) chart: Vec<i64>,
    pub(super) message: Vec<i64>,
    pub(super) unit: Vec<i64>,
    pub(super) span_start: Vec<i64>,
    pub(super) span_length: Vec<i64>,
    pub(super) stated_at: Vec<Option<i64>>,
    pub(super) letter_body: Vec<Option<Vec<u8>>>,
}

impl Columns {
    pub(super) fn push(&mut self, entry: &StoredEntry) -> Result<(), StoreError> {
        let StoredEntry { id, since, row, origin } = entry;
        self.person.push(id.person().0.cast_signed());
        self.id.push(id.0.cast_signed());
        self.since.push(*since);
        self.key_hash.push(row.key_hash);
        self.kind.push(row.kind);
        self.standing.push(row.standing);
        self.sensitivity.push(row.sensitivity);
        self.clinical_time.push(row.clinical_time.clone());
        self.recorded.push(row.recorded.clone());
        self.author.push(row.author);
        self.organisation.push(row.organisation);
        self.code_system.push(row.code_system);
        self.code.push(row.code.clone());
        self.part_of.push(row.part_of);
        self.line.push(row.line.clone());
        self.source.push(origin.source);
        self.chart.push(origin.chart.0.cast_signed());
        self.message.push(origin.message.0.cast_signed());
        self.unit.push(i64::from(origin.unit));
        self.span_start.push(origin.start);
        self.span_length.push(origin.length);
        self.stated_at.push(origin.stated_at);
        self.letter_body.push(row.letter_body()?);
        Ok(())
    }

    /// The columns that an entry and what it said before have in common, in the order
    /// in which both statements name them.
    pub(super) fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        vec![
            &self.person,
            &self.id,
            &self.since,
            &self.kind,
            &self.standing,
            &self.sensitivity,
            &self.clinical_time,
            &self.recorded,
            &self.author,
            &self.organisation,
            &self.code_system,
            &self.code,
            &self.part_of,
            &self.line,
            &self.source,
            &self.chart,
            &self.message,
            &self.unit,
            &self.span_start,
            &self.span_length,
            &self.stated_at,
        ]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}
