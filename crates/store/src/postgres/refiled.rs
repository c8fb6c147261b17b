//! Where attendances are filed, read ahead and written at once.

use deadpool_postgres::Transaction;
use record::{ChartId, MessageId};
use tokio_postgres::Row;

use super::load::all;
use super::statements::Values;
use super::working::State;
use crate::attendances::{Asked, Refiled};
use crate::error::StoreError;

/// What was said of the attendances of the charts that are named, followed through other charts, and whose those are.
pub(super) const REFILED: &str = "
    WITH RECURSIVE said AS (
      SELECT r.* FROM unnest($1::bigint[], $2::text[]) AS wanted (source, key)
      JOIN record.chart c ON c.source = wanted.source AND c.key = wanted.key
      JOIN record.attendance_refiled r ON r.chart = c.id
      UNION
      SELECT r.* FROM said s JOIN record.attendance_refiled r ON r.chart = s.to_chart)
    SELECT s.chart, s.key_hash, s.to_chart, s.to_chart_key, s.to_key_hash, s.at, s.message, s.unit, s.word, c.person,
      s.makes_one
    FROM said s JOIN record.chart c ON c.id = s.to_chart";
const PUT: &str = "
    INSERT INTO record.attendance_refiled (chart, key_hash, to_chart, to_chart_key, to_key_hash, at, message, unit, word,
      makes_one)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[],
      $7::bigint[], $8::bigint[], $9::bigint[], $10::boolean[])
    ON CONFLICT DO NOTHING";

/// By which word of which unit of which message.
pub(super) fn key(refiled: &Refiled) -> (i64, u32, u32) {
    (refiled.when.message.0.cast_signed(), refiled.when.unit, refiled.when.word)
}

/// Keeps what was said as the database has it, and gives whose the charts are where attendances are filed.
pub(super) fn hold(rows: &[Row], state: &mut State) -> Result<Vec<i64>, StoreError> {
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let unsigned = |index: usize| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
        let small = |index: usize| row.try_get::<_, i64>(index).map(|it| u32::try_from(it).unwrap_or_default());
        let when = Asked { at: row.try_get(5)?, message: MessageId(unsigned(6)?), unit: small(7)?, word: small(8)? };
        let refiled = Refiled {
            chart: ChartId(unsigned(0)?),
            key_hash: row.try_get(1)?,
            to: ChartId(unsigned(2)?),
            to_chart: row.try_get(3)?,
            to_key_hash: row.try_get(4)?,
            makes_one: row.try_get(10)?,
            when,
        };
        state.refiled.load(key(&refiled), refiled);
        people.push(row.try_get(9)?);
    }
    Ok(people)
}

pub(super) async fn save(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let said: Vec<_> = state.refiled.changed().filter_map(|(_, refiled)| refiled).collect();
    if said.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Refiled) -> i64| said.iter().map(|refiled| of(refiled)).collect::<Vec<i64>>();
    let charts = column(|refiled| refiled.chart.0.cast_signed());
    let keys = column(|refiled| refiled.key_hash);
    let to = column(|refiled| refiled.to.0.cast_signed());
    let to_charts: Vec<&str> = said.iter().map(|refiled| refiled.to_chart.as_str()).collect();
    let to_keys = column(|refiled| refiled.to_key_hash);
    let at = column(|refiled| refiled.when.at);
    let messages = column(|refiled| refiled.when.message.0.cast_signed());
    let units = column(|refiled| i64::from(refiled.when.unit));
    let words = column(|refiled| i64::from(refiled.when.word));
    let makes_one: Vec<bool> = said.iter().map(|refiled| refiled.makes_one).collect();
    let values: Values<'_> = &[&charts, &keys, &to, &to_charts, &to_keys, &at, &messages, &units, &words, &makes_one];
    all(transaction, &[(PUT, values)]).await.map(drop)
}
