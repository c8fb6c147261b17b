//! Reading ahead everything of people whose charts somebody decided about: all of it may move.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;

use super::alike::load_kept_apart;
use super::entry_columns;
use super::linking::hold_hand_links;
use super::load::{CHARTS_OF_PEOPLE, PERSONS, SPARE_PERSONS, all, chart, letters, person, work_item};
use super::load_joins::{COVERED, JOINS, hold_joins};
use super::working::{HeldWorkItem, State, WorkingSet};
use crate::error::StoreError;

/// Whose the charts of these people were before: they may go back.
const WHOSE_BEFORE: &str = "
    SELECT c.id, l.person, l.id FROM record.chart c JOIN record.link_event l ON l.chart = c.id
    WHERE c.person = ANY($1) ORDER BY l.id DESC";
/// Those that are decided too: they follow the charts that they were about.
const ALL_WORK_ITEMS: &str = "
    SELECT id, at, kind, person, other_person, chart, source, message, reasons, odds, state = 0 FROM record.work_item
    WHERE person = ANY($1) OR other_person = ANY($1)";
const HAND_LINKS: &str = "
    SELECT h.chart, h.step, h.from_person, h.person FROM record.chart c JOIN record.hand_link h ON h.chart = c.id
    WHERE c.person = ANY($1)";

/// Everything of these people, and of those whose their charts were before.
pub(super) async fn load_people(transaction: &Transaction<'_>, people: &[i64]) -> Result<WorkingSet, StoreError> {
    let mut state = State::default();
    let found = all(transaction, &[(WHOSE_BEFORE, &[&people]), (HAND_LINKS, &[&people])]).await?;
    let [before, links] = found.as_slice() else { return Err(StoreError::Closed) };
    let mut everybody: BTreeSet<i64> = people.iter().copied().collect();
    for row in before {
        let person: i64 = row.try_get(1)?;
        state.people_before.entry(row.try_get(0)?).or_default().push((person, row.try_get(2)?));
        everybody.insert(person);
    }
    for row in links {
        everybody.insert(row.try_get(2)?);
    }
    hold_hand_links(links, &mut state)?;
    let everybody: Vec<i64> = everybody.into_iter().collect();
    let entries = format!(
        "SELECT {} FROM unnest($1::bigint[]) AS wanted (person) JOIN record.entry e ON e.person = wanted.person",
        entry_columns::COLUMNS
    );
    let found = all(
        transaction,
        &[
            (CHARTS_OF_PEOPLE, &[&everybody]),
            (PERSONS, &[&everybody]),
            (ALL_WORK_ITEMS, &[&everybody]),
            (JOINS, &[&everybody]),
            (COVERED, &[&everybody]),
            (&entries, &[&everybody]),
            (SPARE_PERSONS, &[&1_i64]),
        ],
    )
    .await?;
    let [charts, persons, doubts, joins, covered, entries, spare] = found.as_slice() else {
        return Err(StoreError::Closed);
    };
    for row in charts {
        let chart = chart(row)?;
        state.whole_charts.insert(chart.row.chart.0.cast_signed());
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
    load_kept_apart(transaction, &mut state).await?;
    letters(transaction, &mut state).await?;
    Ok(WorkingSet { state: state.into() })
}
