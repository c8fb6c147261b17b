//! Doubts about who is who, the highest risk first.

use record::MessageId;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::inbox::timestamp;
use crate::source_numbers::SourceNumbers;
use crate::work_list::{DoubtKind, WORK_LIST_MAX, WorkListItem};

pub(crate) fn work_list(connection: &Connection, sources: &SourceNumbers) -> Result<Vec<WorkListItem>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, odds, source, message, reasons, at FROM work_item w WHERE state = 0
           AND NOT EXISTS (SELECT 1 FROM chart c JOIN sealed_pair s ON s.chart = c.id
             JOIN chart d ON d.id = s.other WHERE c.person = w.person AND d.person = w.other_person)
         ORDER BY CASE kind WHEN 'demographics' THEN 0 WHEN 'merge' THEN 1 WHEN 'same number' THEN 2 ELSE 3 END,
           odds DESC NULLS FIRST, at, message, id LIMIT ?1",
    )?;
    let mut rows = statement.query([WORK_LIST_MAX])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(WorkListItem {
            id: row.get::<_, i64>(0)?.cast_unsigned(),
            kind: DoubtKind::of_stored(&row.get::<_, String>(1)?),
            odds_centibits: row.get(2)?,
            source: sources.id(row.get(3)?)?,
            message: MessageId(row.get::<_, i64>(4)?.cast_unsigned()),
            reasons: WorkListItem::split(&row.get::<_, String>(5)?),
            at: timestamp(row.get(6)?),
        });
    }
    Ok(items)
}
