//! Keys by which look-alikes are found: read ahead for a group, held in memory, written
//! at once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use deadpool_postgres::Transaction;
use record::ChartId;

use super::linking::{KEPT_APART, hold_kept_apart};
use super::load::all;
use super::load_joins::{PARTED, hold_joins};
use super::read_rows::chart;
use super::working::State;
use crate::alike::ALIKE_SHARED_BY_MAX;
use crate::apply::{IdentityRules, ToApply};
use crate::describe::changes;
use crate::error::StoreError;
use crate::look_up::whoever_has_it;
use crate::ready::indexed;
use crate::rows::{Found, Keys};
use crate::told::{self, Told};

/// How many people of one key are read, each with all charts that have it: so many more than are looked at that a group
/// cannot take enough away to matter.
pub(super) const READ_MAX: i64 = 4 * ALIKE_SHARED_BY_MAX as i64;

pub(super) const ALIKE: &str = "
    SELECT c.id, c.source, c.person, c.told, c.told_at, c.key, c.since, k.key
    FROM unnest($1::bigint[], $2::bigint[]) AS wanted (first, last)
    CROSS JOIN LATERAL (SELECT DISTINCT l.key, l.person FROM record.look_up l
      WHERE l.key BETWEEN wanted.first AND wanted.last ORDER BY l.key, l.person LIMIT $3) AS there
    JOIN record.look_up k ON k.key = there.key AND k.person = there.person
    JOIN record.chart c ON c.id = k.chart";
pub(super) const COUNTED: &str = "SELECT key, charts FROM record.alike_count WHERE key = ANY($1)";
const SEALED: &str = "SELECT chart, other FROM record.sealed_pair WHERE chart = ANY($1)";
const COUNTS: &str = "
    INSERT INTO record.alike_count (key, charts) SELECT * FROM unnest($1::bigint[], $2::bigint[])
    ON CONFLICT (key) DO UPDATE SET charts = alike_count.charts + excluded.charts";

/// Reads whoever looks like those whom the group tells anew, and gives the people.
/// Charts that tell what they told before are looked up for nobody.
pub(super) async fn load_alike(
    transaction: &Transaction<'_>,
    group: &[&ToApply],
    state: &mut State,
) -> Result<Vec<i64>, StoreError> {
    let (keys, counted) = wanted(group, state)?;
    if keys.is_empty() && counted.is_empty() {
        return Ok(Vec::new());
    }
    let (first, last) = ranges_of(keys);
    let found = all(transaction, &[(ALIKE, &[&first, &last, &READ_MAX]), (COUNTED, &[&counted])]).await?;
    let [alike, counts] = found.as_slice() else { return Err(StoreError::Closed) };
    let mut people = BTreeSet::new();
    for row in alike {
        let chart = chart(row)?;
        people.insert(chart.row.person.0.cast_signed());
        state.charts_found.load_one(row.try_get(7)?, chart.row.chart.0.cast_signed());
        state.load_chart(chart);
    }
    for row in counts {
        state.alike_counts.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(people.into_iter().collect())
}

/// How often is told what is counted of those who may look alike under another given name.
pub(super) async fn load_counts_of_others(
    transaction: &Transaction<'_>,
    group: &[&ToApply],
    rules: &IdentityRules,
    state: &mut State,
) -> Result<(), StoreError> {
    if state.charts_found.all().next().is_none() {
        return Ok(());
    }
    let told = group.iter().flat_map(|one| one.application.units.iter().flat_map(changes));
    let given: HashSet<&Vec<String>> = told.filter_map(|change| Some(&change.told.as_ref()?.name.given)).collect();
    let mut keys = BTreeSet::new();
    let texts: HashSet<&String> = state.charts.all().filter_map(|(_, chart)| chart.row.told.as_ref()).collect();
    for text in texts {
        let other = told::from_text(text)?.who;
        // Where all tell one name it is counted already.
        if given.len() > 1 || !given.contains(&other.name.given) {
            keys.extend((rules.score.take_other_apart)(&other).given);
        }
    }
    let keys: Vec<i64> = keys.into_iter().filter(|key| !state.alike_counts.contains_key(key)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    for row in all(transaction, &[(COUNTED, &[&keys])]).await?.iter().flatten() {
        state.alike_counts.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(())
}

/// Which of the charts in memory are kept apart from others: sealed, or parted by their source.
pub(super) async fn load_kept_apart(transaction: &Transaction<'_>, state: &mut State) -> Result<(), StoreError> {
    let charts: Vec<i64> = state.charts.all().map(|(chart, _)| *chart).collect();
    if charts.is_empty() {
        return Ok(());
    }
    let found = all(transaction, &[(SEALED, &[&charts]), (PARTED, &[&charts]), (KEPT_APART, &[&charts])]).await?;
    let [sealed, parted, kept] = found.as_slice() else { return Err(StoreError::Closed) };
    hold_kept_apart(kept, state)?;
    for row in sealed {
        state.sealed.load_one(row.try_get(0)?, row.try_get(1)?);
    }
    hold_joins(parted, &[], state)
}

/// Between which keys whoever has one of these is looked for.
pub(super) fn ranges_of(keys: impl IntoIterator<Item = i64>) -> (Vec<i64>, Vec<i64>) {
    keys.into_iter().map(|key| whoever_has_it(key).into_inner()).unzip()
}

/// The keys of whatever a chart may come to tell by the messages of the group, whichever
/// of two is the newer, and what of it and of before is counted.
fn wanted(group: &[&ToApply], state: &State) -> Result<(BTreeSet<i64>, Vec<i64>), StoreError> {
    let (mut keys, mut counted) = (BTreeSet::new(), BTreeSet::new());
    let mut before: HashMap<(i64, &str), Told> = HashMap::new();
    for (one, change) in
        group.iter().flat_map(|one| one.application.units.iter().flat_map(changes).map(move |it| (one, it)))
    {
        let Some(who) = change.told.clone() else { continue };
        let told = Told { who, numbers: change.local_numbers.clone() };
        let place = (one.source, change.key.as_str());
        let earlier = match before.remove(&place) {
            Some(earlier) => Some(earlier),
            None => known(state, place)?,
        };
        let now = earlier.as_ref().map_or_else(|| told.clone(), |earlier| told.filled_from(earlier));
        if earlier.as_ref() != Some(&now) {
            let late = earlier.as_ref().map(|earlier| earlier.filled_from(&told));
            for told in [Some(&now), late.as_ref(), earlier.as_ref()].into_iter().flatten() {
                let alike = &indexed(&one.ready, &told.who, &one.rules).apart.keys;
                keys.extend(&alike.found_by);
                counted.extend(&alike.counted);
            }
            counted.insert(crate::alike::ALL_CHARTS);
        }
        before.insert(place, now);
    }
    Ok((keys, counted.into_iter().collect()))
}

fn known(state: &State, (source, key): (i64, &str)) -> Result<Option<Told>, StoreError> {
    let chart = state.chart_by_key.get(&(source, key.to_owned())).and_then(|id| state.charts.get(id));
    chart.and_then(|chart| chart.row.told.as_deref()).map(told::from_text).transpose()
}

impl State {
    pub(super) fn found_under(&self, range: &RangeInclusive<i64>, count_max: usize) -> Vec<Found> {
        let keyed = self.charts_found.between(range.clone());
        let charts = keyed.flat_map(|(key, charts)| charts.iter().map(|chart| (*key, chart)));
        let found = charts.filter_map(|(key, chart)| Some(Found { key, person: self.charts.get(chart)?.row.person }));
        found.collect::<BTreeSet<_>>().into_iter().take(count_max).collect()
    }

    pub(super) fn counted(&self, key: i64) -> i64 {
        let of = |charts: Option<&i64>| charts.copied().unwrap_or_default();
        of(self.alike_counts.get(&key)) + of(self.alike_moved.get(&key))
    }

    pub(super) fn sealed_from(&self, chart: ChartId) -> Vec<ChartId> {
        self.sealed.of(&chart.0.cast_signed()).iter().map(|other| ChartId(other.cast_unsigned())).collect()
    }

    /// The keys of what a chart tells now. One that told nothing before had none.
    pub(super) fn write_keys(&mut self, chart: i64, keys: Keys, has_told: bool) {
        if has_told {
            let left = |(key, charts): &(&i64, &Vec<i64>)| charts.contains(&chart) && !keys.found_by.contains(key);
            let left: Vec<i64> = self.charts_found.all().filter(left).map(|(key, _)| *key).collect();
            for key in left {
                self.charts_found.take_away(key, chart);
            }
        }
        for key in &keys.found_by {
            self.charts_found.add(*key, chart);
        }
        if let Some(number) = keys.number {
            self.charts_by_number.add(number, chart);
        }
        for (key, by) in &keys.counted {
            let moved = self.alike_moved.get(key).copied().unwrap_or_default();
            self.alike_moved.set(*key, moved + by);
        }
        self.keys.set(chart, keys);
    }
}

pub(super) async fn save_counted(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let (keys, charts): (Vec<i64>, Vec<i64>) =
        state.alike_moved.changed().filter_map(|(key, charts)| Some((*key, *charts?))).unzip();
    if keys.is_empty() {
        return Ok(());
    }
    all(transaction, &[(COUNTS, &[&keys, &charts])]).await.map(drop)
}
