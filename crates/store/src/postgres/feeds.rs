//! The rhythm of sources' messages, in PostgreSQL.

use tokio_postgres::Row;

use super::connect::Role;
use super::load::all;
use super::server::Server;
use crate::error::StoreError;
use crate::feeds::{FeedRow, SourceRow};

const SOURCES: &str = "
    SELECT s.number, s.last_message_at, w.until, w.numbers
    FROM record.source s LEFT JOIN record.watched w ON w.source = s.number ORDER BY s.number";
const FEEDS: &str = "
    SELECT source, kind, last_at, due_at, sections, in_hour, in_hour_before, usual, state
    FROM record.feed ORDER BY source, kind";
const KEEP_SOURCES: &str = "
    INSERT INTO record.watched (source, until, numbers)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS now (source, until, numbers) ORDER BY source
    ON CONFLICT (source) DO UPDATE SET until = excluded.until, numbers = excluded.numbers";
const KEEP_FEEDS: &str = "
    INSERT INTO record.feed (source, kind, last_at, due_at, sections, in_hour, in_hour_before, usual, state)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
      $8::bytea[], $9::bytea[]) AS now (source, kind) ORDER BY source, kind
    ON CONFLICT (source, kind) DO UPDATE SET last_at = excluded.last_at, due_at = excluded.due_at,
      sections = excluded.sections, in_hour = excluded.in_hour, in_hour_before = excluded.in_hour_before,
      usual = excluded.usual, state = excluded.state";
const FORGET: &str = "DELETE FROM record.feed WHERE source = $1 AND kind = $2 RETURNING kind";

impl Server {
    /// Every source that ever had a number, and every feed.
    pub(crate) async fn feeds_known(&self) -> Result<(Vec<SourceRow>, Vec<FeedRow>), StoreError> {
        let sources = self.rows(Role::Intake, SOURCES, &[]).await?;
        let feeds = self.rows(Role::Intake, FEEDS, &[]).await?;
        let source = |row: &Row| -> Result<SourceRow, StoreError> {
            Ok(SourceRow {
                number: row.try_get(0)?,
                last_message_at: row.try_get(1)?,
                watched_until: row.try_get(2)?,
                numbers: row.try_get(3)?,
            })
        };
        let feed = |row: &Row| -> Result<FeedRow, StoreError> {
            Ok(FeedRow {
                source: row.try_get(0)?,
                kind: row.try_get(1)?,
                last_at: row.try_get(2)?,
                due_at: row.try_get(3)?,
                sections: row.try_get(4)?,
                in_hour: row.try_get(5)?,
                in_hour_before: row.try_get(6)?,
                usual: row.try_get(7)?,
                state: row.try_get(8)?,
            })
        };
        Ok((sources.iter().map(source).collect::<Result<_, _>>()?, feeds.iter().map(feed).collect::<Result<_, _>>()?))
    }

    pub(crate) async fn keep_feeds(&self, sources: &[SourceRow], feeds: &[FeedRow]) -> Result<(), StoreError> {
        let numbers: Vec<i64> = sources.iter().map(|row| row.number).collect();
        let watched: Vec<Option<i64>> = sources.iter().map(|row| row.watched_until).collect();
        let seen: Vec<Option<&str>> = sources.iter().map(|row| row.numbers.as_deref()).collect();
        let of: Vec<i64> = feeds.iter().map(|row| row.source).collect();
        let kinds: Vec<&str> = feeds.iter().map(|row| row.kind.as_str()).collect();
        let last: Vec<i64> = feeds.iter().map(|row| row.last_at).collect();
        let due: Vec<Option<i64>> = feeds.iter().map(|row| row.due_at).collect();
        let sections: Vec<&str> = feeds.iter().map(|row| row.sections.as_str()).collect();
        let in_hour: Vec<i64> = feeds.iter().map(|row| row.in_hour).collect();
        let before: Vec<i64> = feeds.iter().map(|row| row.in_hour_before).collect();
        let usual: Vec<&[u8]> = feeds.iter().map(|row| row.usual.as_slice()).collect();
        let states: Vec<&[u8]> = feeds.iter().map(|row| row.state.as_slice()).collect();
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        all(
            &transaction,
            &[
                (KEEP_SOURCES, &[&numbers, &watched, &seen]),
                (KEEP_FEEDS, &[&of, &kinds, &last, &due, &sections, &in_hour, &before, &usual, &states]),
            ],
        )
        .await?;
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn forget_feed(&self, source: i64, kind: &str) -> Result<bool, StoreError> {
        Ok(!self.rows(Role::Intake, FORGET, &[&source, &kind]).await?.is_empty())
    }
}
