//! What somebody decided about what waits, in PostgreSQL. Deciding is the desk's,
//! behind row-level security; carrying out is the intake's.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Transaction;
use record::{MessageId, NhsNumber, PersonId};
use tokio_postgres::Row;

use super::connect::Role;
use super::inbox::INBOX_LOCK;
use super::load::{all, alone};
use super::save::insert_quarantine;
use super::server::Server;
use super::statements::{Step, TAKE_LOCK};
use crate::bodies::Bodies;
use crate::by_hand::{
    Corrected, HAND_REQUESTS_MAX, HandAct, HandDone, HandRequest, ITEM_CORRECTED, ITEM_DISMISSED, StillHeld, bounded,
};
use crate::error::StoreError;
use crate::hands::{HandAsked, HandRow};
use crate::inbox::{QuarantineNote, STATE_RECEIVED, STATE_SET_ASIDE, timestamp};
use crate::mentioned::Mentioned;
use crate::order::{ACT_CORRECTED, ACT_DISMISSED, ACT_STILL_WRONG};
use crate::order_by_hand::{Made, dismissed_note, still_wrong_note};
use crate::rows::QuarantineRow;
use crate::source_numbers::SourceNumbers;

/// What row-level security compares with, until the transaction ends.
const SEE_AS: &str = "SELECT set_config('connect_care.organisation', $1, true)";
const ASK: &str = "
    INSERT INTO record.quarantine_act (source, message, item, act, staff, staff_name, organisation, reason, at, digest,
      size, body, done_at)
    SELECT q.source, q.message, q.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM record.quarantine q
    WHERE q.id = $1 AND q.message = $2 AND q.state = 0
      AND q.source IN (SELECT s.number FROM record.source s WHERE s.organisation = $3)
    ON CONFLICT DO NOTHING RETURNING id";
const ASKED_ITEM: &str = "
    SELECT q.state FROM record.quarantine q
    WHERE q.id = $1 AND q.message = $2 AND q.source IN (SELECT s.number FROM record.source s WHERE s.organisation = $3)";

const REQUESTS: &str = "
    SELECT a.id, a.act, a.source, a.message, m.received_at, coalesce(a.body, m.body), coalesce(a.size, m.size), a.item,
      m.state
    FROM record.quarantine_act a JOIN record.message m ON m.id = a.message
    WHERE a.done_at IS NULL AND a.id > $1 ORDER BY a.id LIMIT $2";
const WAITING_UNITS: &str = "SELECT message, unit FROM record.quarantine WHERE message = ANY($1) AND state = 0";

const CLOSE: &str = "
    UPDATE record.quarantine_act SET done_at = $3, outcome = $4, body = NULL
    WHERE id = $1 AND message = $2 AND done_at IS NULL";
const ORDER: &str = "INSERT INTO record.application (act, message, at, note) VALUES ($1, $2, $3, $4)";
const DISMISS: &str = "UPDATE record.quarantine SET state = $3 WHERE id = $1 AND message = $2 AND state = 0";
const DISMISS_WHOLE: &str = "
    UPDATE record.message SET state = 3 WHERE id = $1 AND state = 2
      AND NOT EXISTS (SELECT FROM record.quarantine q WHERE q.message = $1 AND q.state = 0)";
const CORRECTION: &str = "
    SELECT a.correction, m.id FROM record.quarantine_act a
    LEFT JOIN record.message m ON m.source = a.source AND m.digest = a.digest
    WHERE a.id = $1 AND a.message = $2 AND a.done_at IS NULL";
const INSERT_CORRECTION: &str = "
    INSERT INTO record.message (id, source, received_at, digest, size, body, state, corrects)
    SELECT nextval('record.message_id'), a.source, $3, a.digest, a.size, a.body, $4, a.message
    FROM record.quarantine_act a WHERE a.id = $1 AND a.message = $2 RETURNING id";
const NAME_CORRECTION: &str = "UPDATE record.quarantine_act SET correction = $3 WHERE id = $1 AND message = $2
    RETURNING item";
const SAME_PEOPLE: &str = "
    INSERT INTO record.message_chart (message, chart)
    SELECT $2, chart FROM record.message_chart WHERE message = $1 ON CONFLICT DO NOTHING";
const ABOUT: &str = "
    SELECT source, person, chart_key, nhs_number FROM record.quarantine WHERE message = $1 ORDER BY id LIMIT 1";
const STILL_HELD: &str = "
    UPDATE record.quarantine SET place = $3, reason = $4 WHERE message = $1 AND unit = $2 AND state = 0";
const SETTLE: &str = "
    UPDATE record.quarantine SET state = $2 WHERE message = $1 AND state = 0 AND unit <> ALL($3::bigint[])
      AND ($4::bigint IS NULL OR id = $4)";
const CORRECTED_WHOLE: &str = "UPDATE record.message SET state = 3 WHERE id = $1 AND state = 2";
const STILL_FAULTY: &str = "UPDATE record.quarantine SET place = $2, reason = $3 WHERE message = $1 AND state = 0";

/// A decision about one row of quarantine of the organisation, where it still waits.
pub(crate) async fn ask(server: &Server, row: &HandRow) -> Result<HandAsked, StoreError> {
    let ask = Step {
        sql: ASK,
        values: &[
            &row.item,
            &row.message,
            &row.of_organisation,
            &row.act,
            &row.staff,
            &row.staff_name,
            &row.organisation,
            &row.reason,
            &row.at,
            &row.digest,
            &row.size,
            &row.body,
            &row.done_at,
        ],
    };
    let look = Step { sql: ASKED_ITEM, values: &[&row.item, &row.message, &row.of_organisation] };
    let named = Step { sql: SEE_AS, values: &[&row.of_organisation] };
    let found = server.desk_write(&[named, ask, look]).await?;
    let first = |step: usize| found.get(step).and_then(|rows| rows.first());
    if let Some(written) = first(1) {
        return Ok(HandAsked::Noted(written.try_get::<_, i64>(0)?.cast_unsigned()));
    }
    match first(2).map(|row| row.try_get::<_, i64>(0)).transpose()? {
        None => Err(StoreError::NotFound("message in quarantine")),
        Some(0) => Ok(HandAsked::UnderWay),
        Some(_) => Ok(HandAsked::NotWaiting),
    }
}

impl Server {
    pub(crate) async fn hand_requests(
        &self,
        sources: &SourceNumbers,
        bodies: &Bodies,
        after: i64,
    ) -> Result<Vec<HandRequest>, StoreError> {
        let rows = self.rows(Role::Intake, REQUESTS, &[&after, &HAND_REQUESTS_MAX]).await?;
        let messages = rows.iter().map(|row| row.try_get(3)).collect::<Result<Vec<i64>, _>>()?;
        let mut units: BTreeMap<i64, BTreeSet<u32>> = BTreeMap::new();
        for row in self.rows(Role::Intake, WAITING_UNITS, &[&messages]).await? {
            units.entry(row.try_get(0)?).or_default().extend(u32::try_from(row.try_get::<_, i64>(1)?));
        }
        let request = |row: &Row| {
            let message: i64 = row.try_get(3)?;
            let is_whole = row.try_get::<_, i64>(8)? == STATE_SET_ASIDE;
            Ok(HandRequest {
                id: row.try_get::<_, i64>(0)?.cast_unsigned(),
                act: HandAct::from_number(row.try_get(1)?)?,
                source: sources.id(row.try_get(2)?)?,
                message: MessageId(message.cast_unsigned()),
                received_at: timestamp(row.try_get(4)?),
                bytes: bodies.unpack(row.try_get(5)?, row.try_get(6)?)?,
                units: (!is_whole).then(|| units.get(&message).cloned().unwrap_or_default()),
                item: row.try_get(7)?,
            })
        };
        rows.iter().map(request).collect()
    }

    pub(crate) async fn dismiss(&self, request: i64, item: i64, message: MessageId, at: i64) -> Result<(), StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        if close(&transaction, request, message, at, "Dismissed.").await? {
            note(&transaction, ACT_DISMISSED, message, at, &dismissed_note(item)).await?;
            settle_dismissed(&transaction, item, message).await?;
        }
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn correct(
        &self,
        request: i64,
        original: MessageId,
        fault: Option<&QuarantineNote>,
        at: i64,
    ) -> Result<Corrected, StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        // In the order in which whoever receives takes them.
        all(&transaction, &[(TAKE_LOCK, &[&INBOX_LOCK])]).await?;
        alone(&transaction).await?;
        let corrected = correct(&transaction, request, original, fault, at).await?;
        transaction.commit().await?;
        Ok(corrected)
    }

    pub(crate) async fn hand_failed(
        &self,
        request: i64,
        message: MessageId,
        fault: Option<&(String, String)>,
        outcome: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        if close(&transaction, request, message, at, outcome).await?
            && let Some((place, reason)) = fault
        {
            note(&transaction, ACT_STILL_WRONG, message, at, &still_wrong_note(place, reason)).await?;
            still_wrong(&transaction, message, place, reason).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Says what came of a decision; false where that was said before.
async fn close(
    transaction: &Transaction<'_>,
    request: i64,
    message: MessageId,
    at: i64,
    outcome: &str,
) -> Result<bool, StoreError> {
    let statement = transaction.prepare_cached(CLOSE).await?;
    let closed = transaction.execute(&statement, &[&request, &message.0.cast_signed(), &at, &outcome]).await?;
    Ok(closed == 1)
}

async fn correct(
    transaction: &Transaction<'_>,
    request: i64,
    original: MessageId,
    fault: Option<&QuarantineNote>,
    at: i64,
) -> Result<Corrected, StoreError> {
    let id = original.0.cast_signed();
    let statement = transaction.prepare_cached(CORRECTION).await?;
    let Some(row) = transaction.query_opt(&statement, &[&request, &id]).await? else { return Ok(Corrected::Done) };
    let (known, same): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let message = |id: i64| MessageId(id.cast_unsigned());
    match (known, same) {
        (Some(known), _) => return Ok(Corrected::Message(message(known))),
        (None, Some(same)) => {
            close(transaction, request, original, at, "Nothing was done: the same text is a message already.").await?;
            return Ok(Corrected::CameBefore(message(same)));
        }
        (None, None) => {}
    }
    let state = if fault.is_some() { STATE_SET_ASIDE } else { STATE_RECEIVED };
    let statement = transaction.prepare_cached(INSERT_CORRECTION).await?;
    let new: i64 = transaction.query_one(&statement, &[&request, &id, &at, &state]).await?.try_get(0)?;
    let statement = transaction.prepare_cached(NAME_CORRECTION).await?;
    let item: i64 = transaction.query_one(&statement, &[&request, &id, &new]).await?.try_get(0)?;
    let new = message(new);
    let row = match fault {
        Some(fault) => Some(waiting_row(transaction, (original, new), fault, at).await?),
        None => None,
    };
    let correction = Made { message: new, original, item, row };
    made(transaction, &correction).await?;
    note(transaction, ACT_CORRECTED, new, at, &correction.note()).await?;
    let Some(fault) = fault else { return Ok(Corrected::Message(new)) };
    let outcome = bounded(&format!("Still wrong: {}: {}", fault.place, fault.reason));
    close(transaction, request, original, at, &outcome).await?;
    Ok(Corrected::SetAside(new))
}

/// Takes an act into the order of application.
async fn note(
    transaction: &Transaction<'_>,
    act: i64,
    message: MessageId,
    at: i64,
    note: &str,
) -> Result<(), StoreError> {
    all(transaction, &[(ORDER, &[&act, &message.0.cast_signed(), &at, &note])]).await.map(drop)
}

pub(super) async fn settle_dismissed(
    transaction: &Transaction<'_>,
    item: i64,
    message: MessageId,
) -> Result<(), StoreError> {
    let message = message.0.cast_signed();
    all(transaction, &[(DISMISS, &[&item, &message, &ITEM_DISMISSED]), (DISMISS_WHOLE, &[&message])]).await.map(drop)
}

pub(super) async fn still_wrong(
    transaction: &Transaction<'_>,
    message: MessageId,
    place: &str,
    reason: &str,
) -> Result<(), StoreError> {
    all(transaction, &[(STILL_FAULTY, &[&message.0.cast_signed(), &place, &reason])]).await.map(drop)
}

/// Whoever is in the one is in the other. What was corrected and is wrong still waits
/// in the place of the one before.
pub(super) async fn made(transaction: &Transaction<'_>, made: &Made) -> Result<(), StoreError> {
    let (original, message) = (made.original.0.cast_signed(), made.message.0.cast_signed());
    all(transaction, &[(SAME_PEOPLE, &[&original, &message])]).await?;
    let Some(row) = &made.row else { return Ok(()) };
    insert_quarantine(transaction, std::slice::from_ref(row)).await?;
    settle(transaction, made.original, ITEM_CORRECTED, &[], None).await
}

/// What waits of a correction that cannot be read: about whom the one before was.
async fn waiting_row(
    transaction: &Transaction<'_>,
    (original, message): (MessageId, MessageId),
    fault: &QuarantineNote,
    at: i64,
) -> Result<QuarantineRow, StoreError> {
    let statement = transaction.prepare_cached(ABOUT).await?;
    let about = transaction.query_one(&statement, &[&original.0.cast_signed()]).await?;
    let number: Option<i64> = about.try_get(3)?;
    let nhs_number = number.and_then(|number| NhsNumber::from_u64(number.cast_unsigned()).ok());
    Ok(QuarantineRow {
        source: about.try_get(0)?,
        message,
        unit: 0,
        kind: fault.kind.clone(),
        person: about.try_get::<_, Option<i64>>(1)?.map(|person| PersonId(person.cast_unsigned())),
        place: fault.place.clone(),
        reason: fault.reason.clone(),
        at,
        about: vec![Mentioned { key: about.try_get(2)?, nhs_number }],
    })
}

/// Settles what waited of the message and says what came of the decision.
pub(super) async fn finish(transaction: &Transaction<'_>, done: &HandDone) -> Result<(), StoreError> {
    if !done.is_again && !close(transaction, done.request, done.original, done.at, &done.outcome).await? {
        return Ok(());
    }
    let Some(settled_as) = done.settled_as else { return Ok(()) };
    let only = done.is_whole.then_some(done.item);
    settle(transaction, done.original, settled_as, &done.still_held, only).await
}

/// Settles what waits of a message, or one row of it alone, except what is held still.
async fn settle(
    transaction: &Transaction<'_>,
    original: MessageId,
    settled_as: i64,
    still_held: &[StillHeld],
    only: Option<i64>,
) -> Result<(), StoreError> {
    let original = original.0.cast_signed();
    let mut held_units = Vec::with_capacity(still_held.len());
    for held in still_held {
        let unit = i64::from(held.unit);
        held_units.push(unit);
        all(transaction, &[(STILL_HELD, &[&original, &unit, &held.place, &held.reason])]).await?;
    }
    all(transaction, &[(SETTLE, &[&original, &settled_as, &held_units, &only])]).await?;
    if settled_as == ITEM_CORRECTED {
        all(transaction, &[(CORRECTED_WHOLE, &[&original])]).await?;
    }
    Ok(())
}
