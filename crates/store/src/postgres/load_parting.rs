//! Reading ahead what the parting of a record needs: when each of its charts came and by which decision, and whoever the
//! rules may put those with that came meanwhile.

use std::collections::{BTreeSet, HashMap};

use deadpool_postgres::Transaction;

use super::alike::{ALIKE, COUNTED, READ_MAX, ranges_of};
use super::linking::hold_hand_links;
use super::load::{AT_PLACE_MAX, CHARTS_BY_NUMBER, all};
use super::read_rows::chart;
use super::working::State;
use crate::alike::ALL_CHARTS;
use crate::apply::IdentityRules;
use crate::error::StoreError;
use crate::ready::indexed;
use crate::told;
use crate::who_step::WhoStep;

/// All charts of the people whose these are.
const BESIDE: &str = "
    SELECT c.id, c.source, c.person, c.told, c.told_at, c.key, c.since FROM record.chart c
    WHERE c.person IN (SELECT w.person FROM record.chart w WHERE w.id = ANY($1))";
const CAME: &str = "SELECT chart, person, id FROM record.link_event WHERE chart = ANY($1) ORDER BY id DESC";
const HAND_LINKS: &str = "SELECT chart, step, from_person, person FROM record.hand_link WHERE chart = ANY($1)";

/// The people of whom something was read.
#[derive(Default)]
pub(super) struct Concerned {
    /// Whose the charts are, and whose they were.
    pub(super) people: BTreeSet<i64>,
    /// Those with whom a rule may put one of them.
    pub(super) others: BTreeSet<i64>,
}

/// Reads it for all charts of the people whose these charts are.
pub(super) async fn load_parting(
    transaction: &Transaction<'_>,
    rules: &IdentityRules,
    charts: &[i64],
    state: &mut State,
) -> Result<Concerned, StoreError> {
    let mut concerned = Concerned::default();
    if charts.is_empty() {
        return Ok(concerned);
    }
    let (mut ids, mut told) = (Vec::new(), Vec::new());
    for row in all(transaction, &[(BESIDE, &[&charts])]).await?.iter().flatten() {
        let chart = chart(row)?;
        ids.push(chart.row.chart.0.cast_signed());
        concerned.people.insert(chart.row.person.0.cast_signed());
        told.extend(chart.row.told.clone());
        state.load_chart(chart);
    }
    // Whoever is placed anew tells again what they told before.
    for step in state.steps.values().flatten() {
        if let WhoStep::Told(before) = step.read()? {
            told.extend(before);
        }
    }
    let found = all(transaction, &[(CAME, &[&ids]), (HAND_LINKS, &[&ids])]).await?;
    let [came, links] = found.as_slice() else { return Err(StoreError::Closed) };
    let mut histories: HashMap<i64, Vec<(i64, i64)>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for row in came {
        let person: i64 = row.try_get(1)?;
        histories.entry(row.try_get(0)?).or_default().push((person, row.try_get(2)?));
        concerned.people.insert(person);
    }
    for (chart, history) in histories {
        state.people_before.load(chart, history);
    }
    for row in links {
        concerned.people.insert(row.try_get(2)?);
    }
    hold_hand_links(links, state)?;
    placed_with(transaction, rules, &told, state, &mut concerned.others).await?;
    Ok(concerned)
}

/// Whoever carries a number that is told, or looks like somebody who is.
async fn placed_with(
    transaction: &Transaction<'_>,
    rules: &IdentityRules,
    told: &[String],
    state: &mut State,
    others: &mut BTreeSet<i64>,
) -> Result<(), StoreError> {
    let (mut numbers, mut places, mut keys) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut counted = BTreeSet::from([ALL_CHARTS]);
    for text in told {
        let who = told::from_text(text)?.who;
        let known = indexed(&[], &who, rules);
        if let Some(number) = who.nhs_number {
            numbers.insert(number.as_u64().cast_signed());
            places.extend(&known.places);
        }
        keys.extend(&known.apart.keys.found_by);
        counted.extend(&known.apart.keys.counted);
    }
    let list = |keys: BTreeSet<i64>| keys.into_iter().collect::<Vec<i64>>();
    let (numbers, places, counted) = (list(numbers), list(places), list(counted));
    let (first, last) = ranges_of(keys);
    let found = all(
        transaction,
        &[
            (CHARTS_BY_NUMBER, &[&numbers]),
            (ALIKE, &[&places, &places, &AT_PLACE_MAX]),
            (ALIKE, &[&first, &last, &READ_MAX]),
            (COUNTED, &[&counted]),
        ],
    )
    .await?;
    let [by_number, at_place, alike, counts] = found.as_slice() else { return Err(StoreError::Closed) };
    for row in by_number {
        state.charts_by_number.load_one(row.try_get(0)?, row.try_get(1)?);
        others.insert(row.try_get(2)?);
    }
    for row in at_place.iter().chain(alike) {
        let chart = chart(row)?;
        others.insert(chart.row.person.0.cast_signed());
        state.charts_found.load_one(row.try_get(7)?, chart.row.chart.0.cast_signed());
        state.load_chart(chart);
    }
    for row in counts {
        state.alike_counts.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(())
}
