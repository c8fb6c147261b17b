//! Control ids and counters in PostgreSQL.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::load::{Query, all};
use crate::control_id::{ControlId, Holder, judge};
use crate::error::StoreError;
use crate::inbox::{MessageRow, STATE_SET_ASIDE};

const HOLDERS: &str = "
    SELECT DISTINCT ON (m.source, m.control_id) m.source, m.control_id, m.id, m.received_at,
      m.stated_at
    FROM unnest($1::bigint[], $2::text[]) AS wanted (source, control_id)
    JOIN record.message m ON m.source = wanted.source AND m.control_id = wanted.control_id
    WHERE m.state <> $3 ORDER BY m.source, m.control_id, m.id DESC";
const COUNTS_SINCE: &str =
    "SELECT source, max(message) FROM record.counter_restart WHERE source = ANY($1) GROUP BY source";
const USED_SINCE: &str = "
    SELECT 1 FROM record.message
    WHERE source = $1 AND control_id = ANY($2) AND id > $3 AND state <> $4 LIMIT 1";
const RESTARTED: &str = "INSERT INTO record.counter_restart (source, message, at) VALUES ($1, $2, $3)";

/// What the control id of a new message says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Free,
    Reused,
    /// The sender's counter has begun again with this message.
    Restarted,
}

/// The control ids of a group of messages that become durable together.
pub(super) struct ControlIds {
    holders: Vec<(i64, String, Holder)>,
    counts_since: Vec<(i64, i64)>,
    /// Messages behind which ids that follow theirs were used: their sender counted past them.
    passed: Vec<i64>,
    restarted: Vec<(i64, i64, i64)>,
}

impl ControlIds {
    pub(super) async fn load(transaction: &Transaction<'_>, rows: &[&MessageRow]) -> Result<Self, StoreError> {
        let sources: Vec<i64> = rows.iter().map(|row| row.source).collect();
        let control_ids: Vec<Option<&str>> = rows.iter().map(|row| row.control_id.as_deref()).collect();
        let found =
            all(transaction, &[(HOLDERS, &[&sources, &control_ids, &STATE_SET_ASIDE]), (COUNTS_SINCE, &[&sources])])
                .await?;
        let [holders, counts_since] = found.as_slice() else { return Err(StoreError::Closed) };
        let holder = |row: &Row| -> Result<_, StoreError> {
            let holder = Holder { message: row.try_get(2)?, received_at: row.try_get(3)?, stated_at: row.try_get(4)? };
            Ok((row.try_get(0)?, row.try_get(1)?, holder))
        };
        let since = |row: &Row| -> Result<_, StoreError> { Ok((row.try_get(0)?, row.try_get(1)?)) };
        let mut ids = Self {
            holders: holders.iter().map(holder).collect::<Result<_, _>>()?,
            counts_since: counts_since.iter().map(since).collect::<Result<_, _>>()?,
            passed: Vec::new(),
            restarted: Vec::new(),
        };
        for row in rows {
            ids.look_behind(transaction, row).await?;
        }
        Ok(ids)
    }

    async fn look_behind(&mut self, transaction: &Transaction<'_>, row: &MessageRow) -> Result<(), StoreError> {
        let Some(holder) = self.holder(row) else { return Ok(()) };
        let ControlId::Restarted { successors } = self.judge(row) else { return Ok(()) };
        let asked: Query<'_> = (USED_SINCE, &[&row.source, &successors, &holder.message, &STATE_SET_ASIDE]);
        if all(transaction, &[asked]).await?.iter().any(|rows| !rows.is_empty()) {
            self.passed.push(holder.message);
        }
        Ok(())
    }

    pub(super) fn ask(&self, row: &MessageRow) -> Said {
        match self.judge(row) {
            ControlId::Free => Said::Free,
            ControlId::Restarted { .. } if self.holder(row).is_some_and(|one| self.passed.contains(&one.message)) => {
                Said::Restarted
            }
            ControlId::Reused | ControlId::Restarted { .. } => Said::Reused,
        }
    }

    /// Whether another message has the control id within the window. One that was
    /// refused for that is not judged anew: its sender gets the same answer.
    pub(super) fn is_in_use(&self, row: &MessageRow) -> bool {
        self.holder(row).is_some_and(|holder| holder.received_at >= row.window_start())
    }

    /// A message of the group has its number now.
    pub(super) fn received(&mut self, row: &MessageRow, message: i64, has_restarted: bool) {
        if has_restarted {
            self.restarted.push((row.source, message, row.received_at));
            self.counts_since.push((row.source, message));
        }
        if let Some(control_id) = &row.control_id {
            let holder = Holder { message, received_at: row.received_at, stated_at: row.stated_at };
            self.holders.push((row.source, control_id.clone(), holder));
        }
    }

    pub(super) async fn save(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        for (source, message, at) in &self.restarted {
            all(transaction, &[(RESTARTED, &[source, message, at])]).await?;
        }
        Ok(())
    }

    fn judge(&self, row: &MessageRow) -> ControlId {
        let since = self.counts_since.iter().filter(|(source, _)| *source == row.source).map(|(_, since)| *since);
        judge(row, self.holder(row), since.max())
    }

    /// The last message that has the same control id.
    fn holder(&self, row: &MessageRow) -> Option<Holder> {
        let control_id = row.control_id.as_ref()?;
        let same = |(source, known, _): &&(i64, String, Holder)| *source == row.source && known == control_id;
        self.holders.iter().rev().find(same).map(|(.., holder)| *holder)
    }
}
