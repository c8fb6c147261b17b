//! Doubts about who is who, the highest risk first.

use record::MessageId;
use tokio_postgres::Row;

use super::Server;
use super::connect::Role;
use crate::error::StoreError;
use crate::inbox::timestamp;
use crate::source_numbers::SourceNumbers;
use crate::work_list::{DoubtKind, WORK_LIST_MAX, WorkListItem};

impl Server {
    pub(crate) async fn work_list(&self, sources: &SourceNumbers) -> Result<Vec<WorkListItem>, StoreError> {
        let sql = "SELECT id, kind, odds, source, message, reasons, at FROM record.work_item w WHERE state = 0
                     AND NOT EXISTS (SELECT 1 FROM record.chart c JOIN record.sealed_pair s ON s.chart = c.id
                       JOIN record.chart d ON d.id = s.other WHERE c.person = w.person AND d.person = w.other_person)
                   ORDER BY CASE kind WHEN 'demographics' THEN 0 WHEN 'merge' THEN 1 WHEN 'same number' THEN 2 ELSE 3 END,
                     odds DESC NULLS FIRST, at, message, id LIMIT $1";
        let rows = self.rows(Role::Intake, sql, &[&WORK_LIST_MAX]).await?;
        let item = |row: &Row| {
            Ok(WorkListItem {
                id: row.try_get::<_, i64>(0)?.cast_unsigned(),
                kind: DoubtKind::of_stored(row.try_get(1)?),
                odds_centibits: row.try_get(2)?,
                source: sources.id(row.try_get(3)?)?,
                message: MessageId(row.try_get::<_, i64>(4)?.cast_unsigned()),
                reasons: WorkListItem::split(row.try_get(5)?),
                at: timestamp(row.try_get(6)?),
            })
        };
        rows.iter().map(item).collect()
    }
}
