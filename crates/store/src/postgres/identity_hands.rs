//! What somebody decided about who is who, in PostgreSQL: the desk adds to it, the intake carries it out.

use tokio_postgres::types::ToSql;

use super::server::Server;
use super::statements::Step;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::identity_hands::{AskedStand, IdentityAsked, LinkRow, asked};

/// Two who decide about one doubt at once come one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('identity_act', $1))";
const MARK: &str = "
    INSERT INTO record.identity_act (item, act, chart, staff, staff_name, organisation, reason, at, seen, state, done_at)
    SELECT w.id, $4::bigint, $5::bigint, $6::text, $7::text, $8::text, $9::text, $10::bigint, $11::text, 2, $10::bigint
    FROM record.work_item w
    WHERE w.id = $1 AND w.person = $2 AND w.other_person IS NOT DISTINCT FROM $3::bigint AND w.state = 0
    RETURNING id, state";
/// A first reviewer's decision holds for what they saw.
const INSTEAD: &str = "
    UPDATE record.identity_act a SET state = 2, done_at = $4::bigint, outcome = $5::text
    WHERE a.item = $1 AND a.state = 1 AND (a.act <> $2::bigint OR a.seen <> $3::text)
      AND NOT EXISTS (SELECT FROM record.identity_act o WHERE o.item = $1 AND o.state = 0)";
const ASK: &str = "
    INSERT INTO record.identity_act (item, act, chart, staff, staff_name, organisation, reason, at, seen, state, seconds)
    SELECT w.id, $4::bigint, $5::bigint, $6::text, $7::text, $8::text, $9::text, $10::bigint, $11::text,
      CASE WHEN $12::boolean AND f.id IS NULL THEN 1 ELSE 0 END, f.id
    FROM (
      SELECT id FROM record.work_item
      WHERE id = $1 AND person = $2 AND other_person IS NOT DISTINCT FROM $3::bigint AND (state = 0 OR $5::bigint IS NOT NULL)
      UNION ALL SELECT $1::bigint WHERE $13::boolean) w
    LEFT JOIN record.identity_act f ON f.item = w.id AND f.state = 1
    WHERE f.staff IS DISTINCT FROM $6::text
      AND NOT EXISTS (SELECT FROM record.identity_act o WHERE o.item = w.id AND o.state = 0)
    RETURNING id, state";
const CONFIRMED: &str = "
    UPDATE record.identity_act f SET state = 2, done_at = $2::bigint, outcome = $3::text
    WHERE f.item = $1 AND f.state = 1
      AND EXISTS (SELECT FROM record.identity_act n WHERE n.item = $1 AND n.seconds = f.id)";
const STAND: &str = "
    SELECT w.is_open,
      EXISTS (SELECT FROM record.identity_act o WHERE o.item = w.id AND o.state = 0),
      (SELECT f.id FROM record.identity_act f WHERE f.item = w.id AND f.state = 1)
    FROM (
      SELECT id, state = 0 AS is_open FROM record.work_item
      WHERE id = $1 AND person = $2 AND other_person IS NOT DISTINCT FROM $3::bigint
      UNION ALL SELECT $1::bigint, true WHERE $4::boolean) w";

/// A decision about one doubt, where it still waits; unlinking does not need one that waits.
pub(crate) async fn ask(server: &Server, row: &LinkRow) -> Result<IdentityAsked, StoreError> {
    // A record that nobody doubted may be decided about at any time; what was seen of it is compared when it is done.
    let is_of_a_record = Named::values(row.item).0.is_some();
    let locked = Step { sql: LOCK, values: &[&row.item] };
    let look = Step { sql: STAND, values: &[&row.item, &row.person, &row.other, &is_of_a_record] };
    let instead = Step { sql: INSTEAD, values: &[&row.item, &row.act, &row.seen, &row.at, &row.instead] };
    let confirmed = Step { sql: CONFIRMED, values: &[&row.item, &row.at, &row.confirmed] };
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![
        &row.item,
        &row.person,
        &row.other,
        &row.act,
        &row.chart,
        &row.staff,
        &row.staff_name,
        &row.organisation,
        &row.reason,
        &row.at,
        &row.seen,
    ];
    if !row.is_mark() {
        values.extend([&row.needs_second as &(dyn ToSql + Sync), &is_of_a_record]);
    }
    let write = Step { sql: if row.is_mark() { MARK } else { ASK }, values: &values };
    let (steps, written) =
        if row.is_mark() { (vec![locked, write, look], 1) } else { (vec![locked, instead, write, confirmed, look], 2) };
    let last = steps.len() - 1;
    let found = server.desk_write(&steps).await?;
    let first = |step: usize| found.get(step).and_then(|rows| rows.first());
    let written = first(written).map(|row| Ok::<_, StoreError>((row.try_get(0)?, row.try_get(1)?))).transpose()?;
    let stand = first(last)
        .map(|row| {
            Ok::<_, StoreError>(AskedStand {
                is_open: row.try_get(0)?,
                is_under_way: row.try_get(1)?,
                first: row.try_get(2)?,
            })
        })
        .transpose()?;
    asked(written, stand)
}
