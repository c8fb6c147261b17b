//! Reading ahead what a group of messages may look at: two or three round trips
//! for all of them.
//!
//! A message looks up the charts that it names by key, the charts that carry a
//! number that it tells, all charts of the people of either, the charts at a place
//! that it tells, and the entries that it names by key in its own charts. All of
//! that is read for every message of the group before the first is applied; what a
//! message of the group adds is added in memory. A chart that has told no number
//! yet may turn out to belong to somebody else: its entries are read whole.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use deadpool_postgres::Transaction;
use futures_util::future::try_join_all;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::alike::{ALIKE, load_alike, load_counts_of_others, load_kept_apart};
use super::entry_columns;
use super::load_joins::{Asked, COVERED, JOINS, PEOPLE_BEFORE, hold_joins, joined};
use super::load_parting::load_parting;
use super::read_rows::{chart, person, work_item};
use super::refiled::{REFILED, hold};
use super::statements::TAKE_LOCK;
use super::working::{HeldWorkItem, MessageState, State, WorkingSet};
use crate::apply::{ChartChange, ToApply};
use crate::describe::{changes, keys_named, waits_about};
use crate::entry_row::{is_letter, key_hash, letter_text, words_of};
use crate::error::StoreError;
use crate::ready::indexed;
use crate::sent_away::SentAway;
use crate::told;

/// Held while one group of messages is applied, whichever server brings it. It spells `CCapply_`.
pub(super) const APPLY_LOCK: i64 = i64::from_be_bytes(*b"CCapply_");
/// How many people of one family name at one place who were born on one day are looked at.
pub(super) const AT_PLACE_MAX: i64 = 64;

const MESSAGES: &str = "SELECT id, state, stated_at FROM record.message WHERE id = ANY($1)";
const OPEN_HANDS: &str = "
    SELECT id FROM record.quarantine_act WHERE message = ANY($1) AND id = ANY($2) AND done_at IS NULL FOR UPDATE";
const CHARTS_BY_KEY: &str = "
    SELECT c.id, c.source, c.person, c.told, c.told_at, c.key, c.since
    FROM unnest($1::bigint[], $2::text[]) AS wanted (source, key)
    JOIN record.chart c ON c.source = wanted.source AND c.key = wanted.key";
pub(super) const CHARTS_BY_NUMBER: &str = "
    SELECT nhs_number, chart, person FROM record.number_key WHERE nhs_number = ANY($1)";
const WORDS: &str = "SELECT text, number FROM record.word WHERE text = ANY($1)";
pub(super) const CHARTS_OF_PEOPLE: &str = "
    SELECT id, source, person, told, told_at, key, since FROM record.chart WHERE person = ANY($1)";
pub(super) const PERSONS: &str = "
    SELECT id, version, link_version, next_place, restricted FROM record.person WHERE id = ANY($1)";
/// Those that are decided too: they follow the charts that they were about.
pub(super) const WORK_ITEMS: &str = "
    SELECT id, at, kind, person, other_person, chart, source, message, reasons, odds, state = 0 FROM record.work_item
    WHERE person = ANY($1) OR other_person = ANY($1)";
pub(super) const SPARE_PERSONS: &str = "SELECT nextval('record.person_id') FROM generate_series(1, $1::bigint)";
const SPARE_CHARTS: &str = "SELECT nextval('record.chart_id') FROM generate_series(1, $1::bigint)";
const NEW_WORDS: &str = "
    INSERT INTO record.word (text) SELECT unnest($1::text[]) ON CONFLICT (text) DO NOTHING
    RETURNING text, number";
const LETTERS: &str = "
    SELECT l.entry, l.body FROM unnest($1::bigint[], $2::bigint[]) AS wanted (person, entry)
    JOIN record.letter_text l ON l.person = wanted.person AND l.entry = wanted.entry";

/// What the messages of a group name.
#[derive(Default)]
struct Named {
    messages: Vec<i64>,
    /// Decisions about quarantine, and the messages that they are about.
    hands: Vec<i64>,
    hand_messages: Vec<i64>,
    sources: Vec<i64>,
    keys: Vec<String>,
    numbers: BTreeSet<i64>,
    places: BTreeSet<i64>,
    words: BTreeSet<String>,
    /// Chart keys with the key hashes of the entries that are told in them.
    entries: Vec<(i64, String, i64)>,
    /// For whom charts were first seen, in a record that is built anew.
    persons: BTreeSet<i64>,
    /// Chart keys for which a number is told.
    told_number: HashSet<(i64, String)>,
}

impl Named {
    fn by(group: &[&ToApply]) -> Self {
        let mut named = Self::default();
        let mut keys = BTreeSet::new();
        for one in group {
            named.messages.push(one.application.message.0.cast_signed());
            named.persons.extend(SentAway::people(&one.sent));
            named.hands.extend(one.by_hand.as_ref().map(|by_hand| by_hand.request));
            named.hand_messages.extend(one.by_hand.as_ref().map(|by_hand| by_hand.original.0.cast_signed()));
            for about in one.application.units.iter().flat_map(waits_about) {
                keys.extend(about.key.clone().map(|key| (one.source, key)));
                named.numbers.extend(about.number());
            }
            for key in one.application.units.iter().flat_map(keys_named) {
                keys.insert((one.source, key.to_owned()));
            }
            for change in one.application.units.iter().flat_map(changes) {
                named.change(one, change);
            }
            for (entry, chart) in
                one.removals.iter().flat_map(|(entry, charts)| charts.iter().map(move |it| (entry, it)))
            {
                keys.insert((one.source, chart.clone()));
                named.entries.push((one.source, chart.clone(), key_hash(entry)));
            }
        }
        (named.sources, named.keys) = keys.into_iter().unzip();
        named
    }

    /// The people and keys of the entries that are told.
    fn told(&self, state: &State) -> Result<(Vec<i64>, Vec<i64>), StoreError> {
        let (mut people, mut hashes) = (Vec::new(), Vec::new());
        for (source, key, hash) in &self.entries {
            if let Some(chart) = state.chart_by_key.get(&(*source, key.clone())) {
                people.push(person_of(*chart, state)?);
                hashes.push(*hash);
            }
        }
        Ok((people, hashes))
    }

    fn change(&mut self, one: &ToApply, change: &ChartChange) {
        let given = one.given.as_ref().and_then(|given| given.person(&change.key));
        self.persons.extend(given.map(|person| person.0.cast_signed()));
        if let Some(told) = &change.told
            && let Some(number) = told.nhs_number
        {
            self.numbers.insert(number.as_u64().cast_signed());
            self.places.extend(&indexed(&one.ready, told, &one.rules).places);
            self.told_number.insert((one.source, change.key.clone()));
        }
        for entry in &change.entries {
            self.entries.push((one.source, change.key.clone(), key_hash(&entry.key)));
            self.words.extend(words_of(entry).map(str::to_owned));
        }
    }
}

/// Reads ahead for a group. `whole` are charts whose entries are wanted whatever
/// they have told.
pub(super) async fn load(
    transaction: &Transaction<'_>,
    group: &[&ToApply],
    whole: &[i64],
) -> Result<WorkingSet, StoreError> {
    let named = Named::by(group);
    let mut state = State::default();
    let mut people = first(transaction, &named, &mut state).await?;
    people.extend(load_alike(transaction, group, &mut state).await?);
    let rules = group.first().map(|one| Arc::clone(&one.rules));
    if let Some(rules) = &rules {
        // What has to be moved may have to be placed anew.
        let concerned = load_parting(transaction, rules, whole, &mut state).await?;
        people.extend(concerned.people.into_iter().chain(concerned.others));
    }
    // A chart that is joined with one that is named is known once the people are.
    let (whole, joined_whole) = whole.iter().partition::<Vec<i64>, _>(|chart| state.charts.get(*chart).is_some());
    second(transaction, &named, &whole, &people, &mut state).await?;
    let (of_people, hashes) = named.told(&state)?;
    joined(transaction, &Asked::by(group, joined_whole), (&of_people, &hashes), &mut state).await?;
    if let Some(rules) = &rules {
        load_counts_of_others(transaction, group, rules, &mut state).await?;
    }
    load_kept_apart(transaction, &mut state).await?;
    letters(transaction, &mut state).await?;
    Ok(WorkingSet { state: state.into() })
}

/// What is found by what the messages name; gives the people concerned.
async fn first(transaction: &Transaction<'_>, named: &Named, state: &mut State) -> Result<Vec<i64>, StoreError> {
    let numbers: Vec<i64> = named.numbers.iter().copied().collect();
    let places: Vec<i64> = named.places.iter().copied().collect();
    let words: Vec<&String> = named.words.iter().collect();
    let found = all(
        transaction,
        &[
            // Asked for first: what is sent behind it is read under it.
            (TAKE_LOCK, &[&APPLY_LOCK]),
            (MESSAGES, &[&named.messages]),
            (CHARTS_BY_KEY, &[&named.sources, &named.keys]),
            (CHARTS_BY_NUMBER, &[&numbers]),
            (ALIKE, &[&places, &places, &AT_PLACE_MAX]),
            (WORDS, &[&words]),
            (OPEN_HANDS, &[&named.hand_messages, &named.hands]),
            (PEOPLE_BEFORE, &[&named.sources, &named.keys]),
            (REFILED, &[&named.sources, &named.keys]),
        ],
    )
    .await?;
    let [_, messages, by_key, by_number, at_place, words, hands, before, said] = found.as_slice() else {
        return Err(StoreError::Closed);
    };
    for row in messages {
        let message = MessageState { state: row.try_get(1)?, stated_at: row.try_get(2)? };
        state.messages.load(row.try_get(0)?, message);
    }
    for row in hands {
        state.open_hands.insert(row.try_get(0)?);
    }
    let mut people = named.persons.clone();
    people.extend(hold(said, state)?);
    for row in before {
        people.insert(row.try_get::<_, i64>(0)?);
    }
    for row in by_key {
        people.insert(row.try_get::<_, i64>(2)?);
        state.load_chart(chart(row)?);
    }
    for row in by_number {
        state.charts_by_number.load_one(row.try_get(0)?, row.try_get(1)?);
        people.insert(row.try_get::<_, i64>(2)?);
    }
    for row in at_place {
        let chart = chart(row)?;
        people.insert(chart.row.person.0.cast_signed());
        state.charts_found.load_one(row.try_get(7)?, chart.row.chart.0.cast_signed());
        state.load_chart(chart);
    }
    for row in words {
        state.words.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(people.into_iter().collect())
}

/// What is known of those people, the entries that are named, and numbers for
/// whoever is new.
async fn second(
    transaction: &Transaction<'_>,
    named: &Named,
    whole: &[i64],
    people: &[i64],
    state: &mut State,
) -> Result<(), StoreError> {
    let (mut of_people, mut of_charts, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for (source, key, hash) in &named.entries {
        if let Some(chart) = state.chart_by_key.get(&(*source, key.clone())) {
            of_people.push(person_of(*chart, state)?);
            of_charts.push(*chart);
            hashes.push(*hash);
        }
    }
    let whole = may_move(named, whole, state)?;
    let people_of_whole = whole.iter().map(|chart| person_of(*chart, state)).collect::<Result<Vec<_>, _>>()?;
    let known = |(source, key): &(&i64, &String)| state.chart_by_key.get(&(**source, (*key).clone())).is_some();
    let unknown = named.sources.iter().zip(&named.keys).filter(|pair| !known(pair)).count();
    // An attempt that is undone has used its numbers up.
    let spare = i64::try_from(2 * (unknown + state.people_before.all().count())).unwrap_or(i64::MAX);
    let new_words: Vec<&String> = named.words.iter().filter(|word| !state.words.contains_key(*word)).collect();
    let by_key = format!(
        "SELECT {} FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS wanted (person, chart, key_hash)
         JOIN record.entry e ON e.person = wanted.person AND e.chart = wanted.chart AND e.key_hash = wanted.key_hash",
        entry_columns::COLUMNS
    );
    let of_whole = format!(
        "SELECT {} FROM unnest($1::bigint[], $2::bigint[]) AS wanted (person, chart)
         JOIN record.entry e ON e.person = wanted.person AND e.chart = wanted.chart",
        entry_columns::COLUMNS
    );
    let found = all(
        transaction,
        &[
            (CHARTS_OF_PEOPLE, &[&people]),
            (PERSONS, &[&people]),
            (WORK_ITEMS, &[&people]),
            (&by_key, &[&of_people, &of_charts, &hashes]),
            (&of_whole, &[&people_of_whole, &whole]),
            (SPARE_PERSONS, &[&spare]),
            (SPARE_CHARTS, &[&spare]),
            (NEW_WORDS, &[&new_words]),
            (JOINS, &[&people]),
            (COVERED, &[&people]),
        ],
    )
    .await?;
    let [charts, persons, doubts, entries, whole_entries, spare_persons, spare_charts, words, joins, covered] =
        found.as_slice()
    else {
        return Err(StoreError::Closed);
    };
    for row in charts {
        state.load_chart(chart(row)?);
    }
    for row in persons {
        state.persons.load(row.try_get(0)?, person(row)?);
    }
    for row in doubts {
        state.work_items.load(row.try_get(0)?, HeldWorkItem { item: work_item(row)?, is_open: row.try_get(10)? });
    }
    for row in entries.iter().chain(whole_entries) {
        state.load_entry(entry_columns::read(row)?);
    }
    state.whole_charts.extend(whole);
    hold_joins(joins, covered, state)?;
    for row in spare_persons {
        state.spare_persons.push(row.try_get(0)?);
    }
    for row in spare_charts {
        state.spare_charts.push(row.try_get(0)?);
    }
    // The lowest number is given first.
    state.spare_persons.reverse();
    state.spare_charts.reverse();
    for row in words {
        state.words.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(())
}

/// To whom a chart belongs that has been read.
fn person_of(chart: i64, state: &State) -> Result<i64, StoreError> {
    Ok(state.chart(chart)?.row.person.0.cast_signed())
}

/// The known charts that have told no number, and for which one is told now.
fn may_move(named: &Named, whole: &[i64], state: &State) -> Result<Vec<i64>, StoreError> {
    let mut charts = whole.to_vec();
    for key in &named.told_number {
        let chart = state.chart_by_key.get(key).and_then(|id| state.charts.get(id));
        let Some(chart) = chart else { continue };
        let told = chart.row.told.as_deref().map(told::from_text).transpose()?;
        if told.is_none_or(|told| told.who.nhs_number.is_none()) {
            charts.push(chart.row.chart.0.cast_signed());
        }
    }
    Ok(charts)
}

/// The texts of letters that may be told again.
pub(super) async fn letters(transaction: &Transaction<'_>, state: &mut State) -> Result<(), StoreError> {
    let letters = state.entries.values().filter(|entry| is_letter(entry.row.kind));
    let (persons, ids): (Vec<i64>, Vec<i64>) =
        letters.map(|entry| (entry.id.person().0.cast_signed(), entry.id.0.cast_signed())).unzip();
    if ids.is_empty() {
        return Ok(());
    }
    for row in all(transaction, &[(LETTERS, &[&persons, &ids])]).await?.iter().flatten() {
        let id: i64 = row.try_get(0)?;
        if let Some(mut entry) = state.entries.get(&id).cloned() {
            entry.row.letter_text = Some(letter_text(row.try_get(1)?)?);
            state.load_entry(entry);
        }
    }
    Ok(())
}

/// Whoever becomes known and what waits of them must see each other: nothing is applied
/// meanwhile. Asked for before any row is changed.
pub(super) async fn alone(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    all(transaction, &[(TAKE_LOCK, &[&APPLY_LOCK])]).await.map(drop)
}

/// A statement and its values.
pub(super) type Query<'a> = (&'a str, &'a [&'a (dyn ToSql + Sync)]);

/// Runs statements in this order, all on their way before the first answer is back.
pub(super) async fn all(transaction: &Transaction<'_>, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
    let mut prepared = Vec::with_capacity(queries.len());
    for (sql, _) in queries {
        prepared.push(transaction.prepare_cached(sql).await?);
    }
    let sent = prepared.iter().zip(queries).map(|(statement, (_, values))| transaction.query(statement, values));
    Ok(try_join_all(sent).await?)
}
