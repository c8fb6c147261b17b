//! Writing at once which charts are joined, what is not shown because of it, and the
//! look-ups of charts that have moved.

use deadpool_postgres::Transaction;
use record::EntryId;

use super::load::all;
use super::statements::Values;
use super::working::State;
use crate::error::StoreError;

const NUMBERS_MOVED: &str = "
    UPDATE record.number_key k SET person = now.person FROM unnest($1::bigint[], $2::bigint[]) AS now (chart, person)
    WHERE k.chart = now.chart";
const KEYS_MOVED: &str = "
    UPDATE record.look_up k SET person = now.person FROM unnest($1::bigint[], $2::bigint[]) AS now (chart, person)
    WHERE k.chart = now.chart";
const JOINS: &str = "
    INSERT INTO record.chart_join (prior, survivor, person, from_person, source, message, unit, kind, state)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
      $7::bigint[], $8::text[], $9::bigint[])
    ON CONFLICT (prior, survivor) DO UPDATE SET person = excluded.person, from_person = excluded.from_person,
      message = excluded.message, unit = excluded.unit, kind = excluded.kind, state = excluded.state";
const COVERED: &str = "
    INSERT INTO record.entry_covered (person, entry, since, until, chart, by_chart)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    ON CONFLICT (person, entry, since) DO UPDATE SET until = excluded.until, by_chart = excluded.by_chart";

/// A chart that has moved is found where it is now. What is told anew of it follows.
pub(super) async fn keys_moved(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    if state.added.moves.is_empty() {
        return Ok(());
    }
    // Where a chart is in the end, however often it has moved.
    let mut charts: Vec<i64> = state.added.moves.iter().map(|moved| moved.chart).collect();
    charts.sort_unstable();
    charts.dedup();
    let people: Vec<i64> = charts
        .iter()
        .map(|chart| Ok(state.chart(*chart)?.row.person.0.cast_signed()))
        .collect::<Result<_, StoreError>>()?;
    all(transaction, &[(NUMBERS_MOVED, &[&charts, &people]), (KEYS_MOVED, &[&charts, &people])]).await.map(drop)
}

pub(super) async fn joins(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let joins: Vec<_> = state.joins.changed().filter_map(|(_, join)| join).collect();
    if !joins.is_empty() {
        let prior: Vec<i64> = joins.iter().map(|join| join.prior.0.cast_signed()).collect();
        let survivor: Vec<i64> = joins.iter().map(|join| join.survivor.0.cast_signed()).collect();
        let person: Vec<i64> = joins.iter().map(|join| join.person.0.cast_signed()).collect();
        let from: Vec<i64> = joins.iter().map(|join| join.from.0.cast_signed()).collect();
        let source: Vec<i64> = joins.iter().map(|join| join.source).collect();
        let message: Vec<i64> = joins.iter().map(|join| join.message.0.cast_signed()).collect();
        let unit: Vec<i64> = joins.iter().map(|join| i64::from(join.unit)).collect();
        let kind: Vec<&str> = joins.iter().map(|join| join.kind.as_str()).collect();
        let holds: Vec<i64> = joins.iter().map(|join| join.state).collect();
        let values: Values<'_> = &[&prior, &survivor, &person, &from, &source, &message, &unit, &kind, &holds];
        all(transaction, &[(JOINS, values)]).await?;
    }
    covered(transaction, state).await
}

async fn covered(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let covered: Vec<_> = state.covered.changed().filter_map(|(_, covered)| covered).collect();
    if covered.is_empty() {
        return Ok(());
    }
    let person = |entry: EntryId| entry.person().0.cast_signed();
    let people: Vec<i64> = covered.iter().map(|one| person(one.entry)).collect();
    let entries: Vec<i64> = covered.iter().map(|one| one.entry.0.cast_signed()).collect();
    let since: Vec<i64> = covered.iter().map(|one| one.since).collect();
    let until: Vec<Option<i64>> = covered.iter().map(|one| one.until).collect();
    let charts: Vec<i64> = covered.iter().map(|one| one.chart.0.cast_signed()).collect();
    let by: Vec<i64> = covered.iter().map(|one| one.by.0.cast_signed()).collect();
    all(transaction, &[(COVERED, &[&people, &entries, &since, &until, &charts, &by])]).await.map(drop)
}
