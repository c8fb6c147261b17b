//! The inbox in PostgreSQL.

use deadpool_postgres::Transaction;
use record::MessageId;
use tokio_postgres::Row;

use super::connect::{Pools, Role};
use super::control_ids::{ControlIds, Said};
use super::failure::ServerFailure;
use super::load::{all, alone};
use super::save::insert_quarantine;
use super::server::Server;
use super::statements::TAKE_LOCK;
use crate::bodies::Bodies;
use crate::error::StoreError;
use crate::inbox::{
    Against, Kept, LISTED_MAX, ListedMessage, MessageRow, Received, STATE_RECEIVED, STATE_REMOVED, STATE_SET_ASIDE,
    WaitingMessage, control_id_reused, timestamp,
};
use crate::known_by::digest_of;
use crate::order::{self, ACT_CAME_AGAIN, ACT_SET_ASIDE, ACT_TAKEN_UP};
use crate::quarantined::{QUARANTINED_MAX, QuarantinedUnit};
use crate::removal;
use crate::rows::QuarantineRow;
use crate::source_numbers::SourceNumbers;

/// Held while messages become durable, so that their numbers are the order in
/// which they did. The number spells `CCinbox_`.
pub(super) const INBOX_LOCK: i64 = i64::from_be_bytes(*b"CCinbox_");

const SAME_BYTES: &str = "
    SELECT m.source, m.digest, m.id, m.state, t.reason, EXISTS (
      SELECT FROM record.quarantine q WHERE q.message = t.message AND q.state = 0)
    FROM unnest($1::bigint[], $2::bytea[]) AS wanted (source, digest)
    JOIN record.message m ON m.source = wanted.source AND m.digest = wanted.digest
    LEFT JOIN record.tombstone t ON t.message = m.id AND m.state = 4";
const SPARE: &str = "SELECT nextval('record.message_id') FROM generate_series(1, $1::bigint)";
const INSERT: &str = "
    INSERT INTO record.message (id, source, control_id, stated_at, received_at, digest, size, body, state)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[],
      $7::bigint[], $8::bytea[], $9::bigint[])";
const TAKE_UP: &str = "UPDATE record.message SET state = $2, control_id = $3, stated_at = $4 WHERE id = $1";
const SETTLE: &str = "UPDATE record.quarantine SET state = 1 WHERE message = $1";
const SET_ASIDE: &str = "UPDATE record.message SET state = $2 WHERE id = $1 AND state = $3";
const ORDER: &str = "INSERT INTO record.application (act, message, at, note) VALUES ($1, $2, $3, $4)";
const TOLD_AGAINST: &str = "
    INSERT INTO record.told_against (source, message, place, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const ALIVE: &str = "
    UPDATE record.source s SET last_message_at = now.at
    FROM (SELECT source, max(at) AS at FROM unnest($1::bigint[], $2::bigint[]) AS told (source, at) GROUP BY 1) AS now
    WHERE s.number = now.source AND (s.last_message_at IS NULL OR s.last_message_at < now.at)";

/// Tries anew when the server went away before it was asked to commit. After that
/// nobody knows whether it did: the sender is told to send again, and is answered
/// as for any message that comes twice.
pub(super) async fn receive(pools: &Pools, rows: &[&MessageRow]) -> Result<Vec<Kept>, StoreError> {
    match receive_once(pools, rows).await? {
        Attempt::Done(received) => Ok(received),
        Attempt::NothingAsked(_) => {
            pools.forget(Role::Intake);
            match receive_once(pools, rows).await? {
                Attempt::Done(received) => Ok(received),
                Attempt::NothingAsked(error) => Err(error),
            }
        }
    }
}

enum Attempt {
    Done(Vec<Kept>),
    /// It failed before the commit was sent.
    NothingAsked(StoreError),
}

async fn receive_once(pools: &Pools, rows: &[&MessageRow]) -> Result<Attempt, StoreError> {
    let mut client = pools.get(Role::Intake).await?;
    let prepared = async {
        let transaction = client.transaction().await?;
        let mut group = Group::load(&transaction, rows).await?;
        let received = rows.iter().map(|row| group.receive(row)).collect::<Result<Vec<_>, _>>()?;
        group.save(&transaction).await?;
        Ok((transaction, received))
    };
    match prepared.await {
        Ok((transaction, received)) => {
            transaction.commit().await?;
            Ok(Attempt::Done(received))
        }
        Err(StoreError::Server(ServerFailure::Unreachable)) => {
            Ok(Attempt::NothingAsked(StoreError::Server(ServerFailure::Unreachable)))
        }
        Err(error) => Err(error),
    }
}

/// What waits whole, and its place in the order of application.
async fn wait_in_order(transaction: &Transaction<'_>, act: i64, rows: &[QuarantineRow]) -> Result<(), StoreError> {
    insert_quarantine(transaction, rows).await?;
    for row in rows {
        let (message, note) = (row.message.0.cast_signed(), Some(order::note_of(row)));
        all(transaction, &[(ORDER, &[&act, &message, &row.at, &note])]).await?;
    }
    Ok(())
}

/// A group of messages that become durable together; decided in memory.
struct Group<'a> {
    known: Vec<Known>,
    spare: Vec<i64>,
    inserted: Vec<(i64, &'a MessageRow, i64)>,
    taken_up: Vec<(i64, &'a MessageRow)>,
    set_aside: Vec<i64>,
    quarantine: Vec<QuarantineRow>,
    against: Vec<(i64, i64, &'a Against)>,
    control_ids: ControlIds,
    /// What waits because bytes came again that were removed.
    came_again: Vec<QuarantineRow>,
}

/// A message that the inbox holds.
struct Known {
    source: i64,
    digest: Vec<u8>,
    id: i64,
    state: i64,
    /// Why it was removed, where it was, and nobody was told yet that it came again.
    removed: Option<String>,
}

impl<'a> Group<'a> {
    async fn load(transaction: &Transaction<'_>, rows: &[&MessageRow]) -> Result<Group<'a>, StoreError> {
        let lock = transaction.prepare_cached(TAKE_LOCK).await?;
        let locked = async { Ok(transaction.query_one(&lock, &[&INBOX_LOCK]).await?) };
        let sources: Vec<i64> = rows.iter().map(|row| row.source).collect();
        let digests: Vec<&[u8]> = rows.iter().map(|row| row.digest.as_slice()).collect();
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let looked_up = async { all(transaction, &[(SAME_BYTES, &[&sources, &digests]), (SPARE, &[&count])]).await };
        // The lock is asked for first: what is sent behind it is looked up under it.
        let (_, found, control_ids) = tokio::try_join!(biased; locked, looked_up, ControlIds::load(transaction, rows))?;
        let [same, spare] = found.as_slice() else { return Err(StoreError::Closed) };
        let known = |row: &Row| -> Result<Known, StoreError> {
            let removed: Option<String> = row.try_get(4)?;
            let is_told: bool = row.try_get(5)?;
            Ok(Known {
                source: row.try_get(0)?,
                digest: row.try_get(1)?,
                id: row.try_get(2)?,
                state: row.try_get(3)?,
                removed: removed.filter(|_| !is_told),
            })
        };
        let spare = spare.iter().rev().map(|row| Ok(row.try_get(0)?));
        Ok(Group {
            known: same.iter().map(known).collect::<Result<_, _>>()?,
            spare: spare.collect::<Result<_, StoreError>>()?,
            inserted: Vec::new(),
            taken_up: Vec::new(),
            set_aside: Vec::new(),
            quarantine: Vec::new(),
            came_again: Vec::new(),
            against: Vec::new(),
            control_ids,
        })
    }

    fn receive(&mut self, row: &'a MessageRow) -> Result<Kept, StoreError> {
        if let Some(received) = self.again(row) {
            return Ok(received.into());
        }
        let said = if row.unreadable.is_some() { Said::Free } else { self.control_ids.ask(row) };
        let is_reused = said == Said::Reused;
        let note = row.unreadable.clone().or_else(|| is_reused.then(control_id_reused));
        let state = if note.is_some() { STATE_SET_ASIDE } else { STATE_RECEIVED };
        let id = self.insert(row, state, said == Said::Restarted)?;
        if let Some(note) = &note {
            self.quarantine.push(row.quarantined(id, note));
        }
        let received = if is_reused { Received::ControlIdReused(id) } else { Received::New(id) };
        Ok(Kept { received, has_restarted: said == Said::Restarted })
    }

    /// What becomes of bytes that came before.
    fn again(&mut self, row: &'a MessageRow) -> Option<Received> {
        let same = |known: &&mut Known| known.source == row.source && known.digest == row.digest;
        let known = self.known.iter_mut().find(same)?;
        let earlier = MessageId(known.id.cast_unsigned());
        Some(match (&row.unreadable, known.state) {
            (_, STATE_REMOVED) => {
                let reason = known.removed.take();
                self.came_again.extend(reason.map(|reason| removal::came_again(earlier, row, &reason)));
                Received::Removed(earlier)
            }
            (Some(note), STATE_RECEIVED) => {
                known.state = STATE_SET_ASIDE;
                self.set_aside.push(known.id);
                self.quarantine.push(row.quarantined(earlier, note));
                Received::Duplicate(earlier)
            }
            (None, STATE_SET_ASIDE) if self.control_ids.is_in_use(row) => Received::SetAsideBefore(earlier),
            (None, STATE_SET_ASIDE) => {
                known.state = STATE_RECEIVED;
                self.taken_up.push((known.id, row));
                self.against.extend(row.against.as_ref().map(|against| (row.source, known.id, against)));
                Received::New(earlier)
            }
            _ => Received::Duplicate(earlier),
        })
    }

    fn insert(&mut self, row: &'a MessageRow, state: i64, has_restarted: bool) -> Result<MessageId, StoreError> {
        let id = self.spare.pop().ok_or(StoreError::NotFound("number for a new message"))?;
        self.known.push(Known { source: row.source, digest: row.digest.to_vec(), id, state, removed: None });
        if state == STATE_RECEIVED {
            self.control_ids.received(row, id, has_restarted);
            self.against.extend(row.against.as_ref().map(|against| (row.source, id, against)));
        }
        self.inserted.push((id, row, state));
        Ok(MessageId(id.cast_unsigned()))
    }

    async fn save(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        if !self.quarantine.is_empty() {
            alone(transaction).await?;
        }
        for (id, row) in &self.taken_up {
            let values: (i64, Option<&str>) = (STATE_RECEIVED, row.control_id.as_deref());
            let order: (i64, Option<&str>) = (ACT_TAKEN_UP, None);
            all(
                transaction,
                &[
                    (TAKE_UP, &[id, &values.0, &values.1, &row.stated_at]),
                    (SETTLE, &[id]),
                    (ORDER, &[&order.0, id, &row.received_at, &order.1]),
                ],
            )
            .await?;
        }
        for id in &self.set_aside {
            all(transaction, &[(SET_ASIDE, &[id, &STATE_SET_ASIDE, &STATE_RECEIVED])]).await?;
        }
        if !self.quarantine.is_empty() {
            wait_in_order(transaction, ACT_SET_ASIDE, &self.quarantine).await?;
        }
        if !self.came_again.is_empty() {
            wait_in_order(transaction, ACT_CAME_AGAIN, &self.came_again).await?;
        }
        for (source, message, against) in &self.against {
            all(transaction, &[(TOLD_AGAINST, &[source, message, &against.place, &against.reason])]).await?;
        }
        self.control_ids.save(transaction).await?;
        self.save_inserted(transaction).await
    }

    async fn save_inserted(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let new = &self.inserted;
        let ids: Vec<i64> = new.iter().map(|(id, ..)| *id).collect();
        let sources: Vec<i64> = new.iter().map(|(_, row, _)| row.source).collect();
        let control_ids: Vec<Option<&str>> = new.iter().map(|(_, row, _)| row.control_id.as_deref()).collect();
        let stated: Vec<Option<i64>> = new.iter().map(|(_, row, _)| row.stated_at).collect();
        let received: Vec<i64> = new.iter().map(|(_, row, _)| row.received_at).collect();
        let digests: Vec<&[u8]> = new.iter().map(|(_, row, _)| row.digest.as_slice()).collect();
        let sizes: Vec<i64> = new.iter().map(|(_, row, _)| row.size).collect();
        let bodies: Vec<&[u8]> = new.iter().map(|(_, row, _)| row.body.as_slice()).collect();
        let states: Vec<i64> = new.iter().map(|(.., state)| *state).collect();
        let readable = new.iter().map(|(_, row, _)| row).filter(|row| row.unreadable.is_none());
        let (alive, told_at): (Vec<i64>, Vec<i64>) = readable.map(|row| (row.source, row.told_at())).unzip();
        all(
            transaction,
            &[
                (INSERT, &[&ids, &sources, &control_ids, &stated, &received, &digests, &sizes, &bodies, &states]),
                (ALIVE, &[&alive, &told_at]),
            ],
        )
        .await
        .map(drop)
    }
}

impl Server {
    pub(crate) async fn told_against(&self, source: i64, message: MessageId) -> Result<Option<Against>, StoreError> {
        let sql = "SELECT place, reason FROM record.told_against WHERE source = $1 AND message = $2";
        let rows = self.rows(Role::Intake, sql, &[&source, &message.0.cast_signed()]).await?;
        let against = |row: &Row| Ok(Against { place: row.try_get(0)?, reason: row.try_get(1)? });
        rows.first().map(against).transpose()
    }

    pub(crate) async fn list(&self, sources: &SourceNumbers, after: i64) -> Result<Vec<ListedMessage>, StoreError> {
        let sql = "SELECT id, source, received_at, size, digest FROM record.message WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = self.rows(Role::Intake, sql, &[&after, &LISTED_MAX]).await?;
        let listed = |row: &Row| {
            let digest: &[u8] = row.try_get(4)?;
            Ok(ListedMessage {
                id: MessageId(row.try_get::<_, i64>(0)?.cast_unsigned()),
                source: sources.id(row.try_get(1)?)?,
                received_at: timestamp(row.try_get(2)?),
                size_bytes: row.try_get::<_, i64>(3)?.cast_unsigned(),
                digest: digest_of(digest)?,
            })
        };
        rows.iter().map(listed).collect()
    }

    pub(crate) async fn waiting(
        &self,
        sources: &SourceNumbers,
        bodies: &Bodies,
        after: i64,
        count_max: u32,
    ) -> Result<Vec<WaitingMessage>, StoreError> {
        let sql = "SELECT id, source, body, size, received_at FROM record.message
                   WHERE state = 0 AND corrects IS NULL AND id > $1 ORDER BY id LIMIT $2";
        let rows = self.rows(Role::Intake, sql, &[&after, &i64::from(count_max)]).await?;
        let waiting = |row: &Row| {
            Ok(WaitingMessage {
                id: MessageId(row.try_get::<_, i64>(0)?.cast_unsigned()),
                source: sources.id(row.try_get(1)?)?,
                bytes: bodies.unpack(row.try_get(2)?, row.try_get(3)?)?,
                received_at: timestamp(row.try_get(4)?),
            })
        };
        rows.iter().map(waiting).collect()
    }

    /// A message that was received and turns out to be unreadable must not wait for ever.
    pub(crate) async fn set_aside(&self, row: QuarantineRow) -> Result<(), StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        let statement = transaction.prepare_cached(SET_ASIDE).await?;
        let id = row.message.0.cast_signed();
        alone(&transaction).await?;
        if transaction.execute(&statement, &[&id, &STATE_SET_ASIDE, &STATE_RECEIVED]).await? > 0 {
            wait_in_order(&transaction, ACT_SET_ASIDE, &[row]).await?;
        }
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn quarantined(
        &self,
        sources: &SourceNumbers,
        after: i64,
    ) -> Result<Vec<QuarantinedUnit>, StoreError> {
        let sql = "SELECT id, source, message, unit, kind, place, reason, at, person IS NOT NULL, state = 0
                   FROM record.quarantine WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = self.rows(Role::Intake, sql, &[&after, &QUARANTINED_MAX]).await?;
        let unit = |row: &Row| {
            Ok(QuarantinedUnit {
                id: row.try_get::<_, i64>(0)?.cast_unsigned(),
                source: sources.id(row.try_get(1)?)?,
                message: MessageId(row.try_get::<_, i64>(2)?.cast_unsigned()),
                unit: u32::try_from(row.try_get::<_, i64>(3)?).unwrap_or_default(),
                kind: row.try_get(4)?,
                place: row.try_get(5)?,
                reason: row.try_get(6)?,
                at: timestamp(row.try_get(7)?),
                is_person_known: row.try_get(8)?,
                is_waiting: row.try_get(9)?,
            })
        };
        rows.iter().map(unit).collect()
    }
}
