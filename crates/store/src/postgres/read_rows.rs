//! Charts, people and doubts as the database has them.

use record::{ChartId, MessageId, PersonId};
use tokio_postgres::Row;

use super::working::{HeldChart, PersonRow};
use crate::error::StoreError;
use crate::rows::{ChartRow, WorkItem};

pub(super) fn chart(row: &Row) -> Result<HeldChart, StoreError> {
    Ok(HeldChart { row: chart_row(row)?, key: row.try_get(5)?, since: row.try_get(6)? })
}

/// The first five columns of whatever reads a chart.
pub(super) fn chart_row(row: &Row) -> Result<ChartRow, StoreError> {
    Ok(ChartRow {
        chart: ChartId(row.try_get::<_, i64>(0)?.cast_unsigned()),
        source: row.try_get(1)?,
        person: PersonId(row.try_get::<_, i64>(2)?.cast_unsigned()),
        told: row.try_get(3)?,
        told_at: row.try_get(4)?,
    })
}

pub(super) fn person(row: &Row) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        version: row.try_get(1)?,
        link_version: row.try_get(2)?,
        next_place: row.try_get(3)?,
        restricted: row.try_get(4)?,
    })
}

pub(super) fn work_item(row: &Row) -> Result<WorkItem, StoreError> {
    let unsigned = |index: usize| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
    Ok(WorkItem {
        at: row.try_get(1)?,
        kind: row.try_get::<_, String>(2)?.into(),
        person: PersonId(unsigned(3)?),
        other: row.try_get::<_, Option<i64>>(4)?.map(|other| PersonId(other.cast_unsigned())),
        chart: ChartId(unsigned(5)?),
        source: row.try_get(6)?,
        message: MessageId(unsigned(7)?),
        reasons: row.try_get(8)?,
        odds: row.try_get(9)?,
    })
}
