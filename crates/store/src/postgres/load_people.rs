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
use crate::foreseen::MADE_WHERE_FORESEEN;

/// Which numbers people have who are new.
#[derive(Clone, Copy)]
pub(super) enum Numbers {
    /// Those that the database gives.
    Given,
    /// Some that it never gives: nothing is written, and so none of its own is used up.
    Foreseen,
}

impl Numbers {
    async fn of_new(self, transaction: &Transaction<'_>, count: i64) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Given => {
                let given = all(transaction, &[(SPARE_PERSONS, &[&count])]).await?;
                Ok(given.iter().flatten().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
            }
            Self::Foreseen => {
                let first = MADE_WHERE_FORESEEN.cast_signed();
                Ok((first..first.saturating_add(count)).collect())
            }
        }
    }
}

/// Everything of these people, and of those whose their charts were before; of whoever the rules may put one of the charts
/// with, what decides that.
pub(super) async fn load_people(
    transaction: &Transaction<'_>,
    rules: &IdentityRules,
    people: &[i64],
    numbers: Numbers,
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
        ],
    )
    .await?;
    let [charts, persons, doubts, joins, covered, entries] = found.as_slice() else {
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
    state.spare_persons = numbers.of_new(transaction, spare).await?;
    // The lowest number is given first.
    state.spare_persons.reverse();
    load_counts_of_others(transaction, &[], rules, &mut state).await?;
    load_kept_apart(transaction, &mut state).await?;
    letters(transaction, &mut state).await?;
    Ok(WorkingSet { state: state.into() })
}
