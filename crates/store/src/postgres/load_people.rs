//! Reading ahead everything of people whose charts somebody decided about: all of it may move.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;

use super::alike::{load_counts_of_others, load_kept_apart};
use super::entry_columns;
use super::load::{CHARTS_OF_PEOPLE, PERSONS, SPARE_PERSONS, WORK_ITEMS, all, letters};
use super::load_joins::{COVERED, JOINS, hold_joins};
use super::load_parting::load_parting;
use super::read_rows::{chart, person, work_item};
use super::who_steps;
use super::working::{HeldWorkItem, State, WorkingSet};
use crate::apply::IdentityRules;
use crate::error::StoreError;

/// Everything of these people, and of those whose their charts were before; of whoever the rules may put one of the charts
/// with, what decides that.
pub(super) async fn load_people(
    transaction: &Transaction<'_>,
    rules: &IdentityRules,
    people: &[i64],
) -> Result<WorkingSet, StoreError> {
    let mut state = State::default();
    let concerned_too = who_steps::concerned(transaction, people, &mut state).await?;
    if concerned_too.is_none() {
        state.steps.clear();
    }
    let people = &concerned_too.unwrap_or_else(|| people.to_vec());
    let found = all(transaction, &[(CHARTS_OF_PEOPLE, &[&people])]).await?;
    let charts = found.iter().flatten().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    let concerned = load_parting(transaction, rules, &charts, &mut state).await?;
    let everybody: BTreeSet<i64> = concerned.people.iter().chain(people).copied().collect();
    let with_others: Vec<i64> = everybody.union(&concerned.others).copied().collect();
    let everybody: Vec<i64> = everybody.into_iter().collect();
    let spare = i64::try_from(2 * charts.len() + 1).unwrap_or(i64::MAX);
    let entries = format!(
        "SELECT {} FROM unnest($1::bigint[]) AS wanted (person) JOIN record.entry e ON e.person = wanted.person",
        entry_columns::COLUMNS
    );
    let found = all(
        transaction,
        &[
            (CHARTS_OF_PEOPLE, &[&with_others]),
            (PERSONS, &[&with_others]),
            (WORK_ITEMS, &[&with_others]),
            (JOINS, &[&everybody]),
            (COVERED, &[&everybody]),
            (&entries, &[&everybody]),
            (SPARE_PERSONS, &[&spare]),
        ],
    )
    .await?;
    let [charts, persons, doubts, joins, covered, entries, spare] = found.as_slice() else {
        return Err(StoreError::Closed);
    };
    for row in charts {
        let chart = chart(row)?;
        if everybody.contains(&chart.row.person.0.cast_signed()) {
            state.whole_charts.insert(chart.row.chart.0.cast_signed());
        }
        state.load_chart(chart);
    }
    for row in persons {
        state.persons.load(row.try_get(0)?, person(row)?);
    }
    for row in doubts {
        state.work_items.load(row.try_get(0)?, HeldWorkItem { item: work_item(row)?, is_open: row.try_get(10)? });
    }
    for row in entries {
        state.load_entry(entry_columns::read(row)?);
    }
    hold_joins(joins, covered, &mut state)?;
    for row in spare {
        state.spare_persons.push(row.try_get(0)?);
    }
    // The lowest number is given first.
    state.spare_persons.reverse();
    load_counts_of_others(transaction, &[], rules, &mut state).await?;
    load_kept_apart(transaction, &mut state).await?;
    letters(transaction, &mut state).await?;
    Ok(WorkingSet { state: state.into() })
}
