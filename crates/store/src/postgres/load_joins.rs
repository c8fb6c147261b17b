//! Reading ahead what joined charts need: the joins of the people concerned, what is
//! not shown because of them, what joined charts tell under the same keys, and the
//! whole of the charts that a message asks to move.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;
use record::{ChartId, EntryId, MessageId, PersonId};
use tokio_postgres::Row;

use super::entry_columns;
use super::load::all;
use super::working::State;
use crate::apply::{ToApply, Work};
use crate::covered::Covered;
use crate::error::StoreError;
use crate::joins::Join;

/// Whose charts were before they were joined with those that are named: they may go back.
pub(super) const PEOPLE_BEFORE: &str = "
    SELECT j.from_person
    FROM unnest($1::bigint[], $2::text[]) AS wanted (source, key)
    JOIN record.chart c ON c.source = wanted.source AND c.key = wanted.key
    JOIN record.chart_join j ON j.person = c.person AND j.state IN (0, 3)";
pub(super) const JOINS: &str = "
    SELECT prior, survivor, person, from_person, source, message, unit, kind, state FROM record.chart_join
    WHERE person = ANY($1) AND state IN (0, 3)";
/// Those that were taken back, between charts that are in memory.
pub(super) const PARTED: &str = "
    SELECT prior, survivor, person, from_person, source, message, unit, kind, state FROM record.chart_join
    WHERE prior = ANY($1) AND state IN (1, 2)";
pub(super) const COVERED: &str = "
    SELECT entry, since, chart, by_chart FROM record.entry_covered WHERE person = ANY($1) AND until IS NULL";

/// The charts that messages of a group ask to join or to part, and others that are wanted whole.
pub(super) struct Asked {
    keys: BTreeSet<(i64, String)>,
    charts: Vec<i64>,
}

impl Asked {
    pub(super) fn by(group: &[&ToApply], charts: Vec<i64>) -> Self {
        let of_one = |one: &&ToApply| {
            let source = one.source;
            let asks = one.application.units.iter().filter_map(|unit| match &unit.work {
                Work::Rearrange(asked) => Some(asked.keys()),
                _ => None,
            });
            asks.flatten().map(|key| (source, key.to_owned())).collect::<Vec<_>>()
        };
        Self { keys: group.iter().flat_map(of_one).collect(), charts }
    }
}

/// Joins, and what is not shown because of them, as the database has them.
pub(super) fn hold_joins(joins: &[Row], covered: &[Row], state: &mut State) -> Result<(), StoreError> {
    for row in joins {
        let join = join(row)?;
        state.joins.load((join.prior.0.cast_signed(), join.survivor.0.cast_signed()), join);
    }
    for row in covered {
        let covered = covered_row(row)?;
        state.covered.load((covered.entry.0.cast_signed(), covered.since), covered);
    }
    Ok(())
}

/// Reads what joined charts need more than others. `told` are the people and keys of the entries that are told.
pub(super) async fn joined(
    transaction: &Transaction<'_>,
    asked: &Asked,
    told: (&[i64], &[i64]),
    state: &mut State,
) -> Result<(), StoreError> {
    if state.joins.values().next().is_some() {
        what_they_tell(transaction, told, state).await?;
    }
    if asked.keys.is_empty() && asked.charts.is_empty() { Ok(()) } else { whole(transaction, asked, state).await }
}

/// What the charts of the same people that are joined tell under the same keys.
async fn what_they_tell(
    transaction: &Transaction<'_>,
    (people, hashes): (&[i64], &[i64]),
    state: &mut State,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {} FROM unnest($1::bigint[], $2::bigint[]) AS wanted (person, key_hash)
         JOIN record.chart_join j ON j.person = wanted.person AND j.state = 0
         JOIN record.entry e ON e.person = wanted.person AND e.chart IN (j.prior, j.survivor)
           AND e.key_hash = wanted.key_hash",
        entry_columns::COLUMNS
    );
    for row in all(transaction, &[(&sql, &[&people, &hashes])]).await?.iter().flatten() {
        state.load_entry(entry_columns::read(row)?);
    }
    Ok(())
}

/// Whatever is joined with a chart that is named is of the same person and source.
async fn whole(transaction: &Transaction<'_>, asked: &Asked, state: &mut State) -> Result<(), StoreError> {
    let named = asked.keys.iter().filter_map(|key| state.chart_by_key.get(key)).filter_map(|id| state.charts.get(id));
    let of: BTreeSet<(i64, i64)> = named.map(|chart| (chart.row.person.0.cast_signed(), chart.row.source)).collect();
    let (mut people, mut charts) = (Vec::new(), Vec::new());
    for (id, chart) in state.charts.all() {
        let person = chart.row.person.0.cast_signed();
        if of.contains(&(person, chart.row.source)) || asked.charts.contains(id) {
            people.push(person);
            charts.push(*id);
        }
    }
    let sql = format!(
        "SELECT {} FROM unnest($1::bigint[], $2::bigint[]) AS wanted (person, chart)
         JOIN record.entry e ON e.person = wanted.person AND e.chart = wanted.chart",
        entry_columns::COLUMNS
    );
    for row in all(transaction, &[(&sql, &[&people, &charts])]).await?.iter().flatten() {
        state.load_entry(entry_columns::read(row)?);
    }
    state.whole_charts.extend(charts);
    Ok(())
}

fn join(row: &Row) -> Result<Join, StoreError> {
    let unsigned = |index: usize| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
    Ok(Join {
        prior: ChartId(unsigned(0)?),
        survivor: ChartId(unsigned(1)?),
        person: PersonId(unsigned(2)?),
        from: PersonId(unsigned(3)?),
        source: row.try_get(4)?,
        message: MessageId(unsigned(5)?),
        unit: u32::try_from(row.try_get::<_, i64>(6)?).unwrap_or_default(),
        kind: row.try_get(7)?,
        state: row.try_get(8)?,
    })
}

fn covered_row(row: &Row) -> Result<Covered, StoreError> {
    let unsigned = |index: usize| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
    Ok(Covered {
        entry: EntryId(unsigned(0)?),
        since: row.try_get(1)?,
        chart: ChartId(unsigned(2)?),
        by: ChartId(unsigned(3)?),
        until: None,
    })
}
