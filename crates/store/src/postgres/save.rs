//! Writing at once what a group of messages has changed in memory.

use deadpool_postgres::Transaction;
use record::PersonId;

use super::alike::save_counted;
use super::by_hand::finish;
use super::linking::links;
use super::load::{Query, all};
use super::save_entries::{entries, versions, versions_moved};
use super::save_joins::{joins, keys_moved};
use super::statements::Values;
use super::working::{HeldWorkItem, State, WorkingSet};
use super::{refiled, who_steps};
use crate::error::StoreError;
use crate::mentioned::{Mentioned, main_one};
use crate::rows::QuarantineRow;

const FINISH: &str = "
    UPDATE record.message m SET state = done.state, stated_at = coalesce(m.stated_at, done.stated_at)
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS done (id, state, stated_at) WHERE m.id = done.id";
const ORDER: &str = "
    INSERT INTO record.application (act, message, at, note)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])";
const KEPT: &str = "
    INSERT INTO record.kept (message, unit, kind) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])
    ON CONFLICT DO NOTHING";
const QUARANTINE: &str = "
    INSERT INTO record.quarantine (id, source, message, unit, kind, person, place, reason, at, state, chart_key,
      nhs_number)
    SELECT coalesce((SELECT max(q.id) FROM record.quarantine q WHERE q.message = n.message), (n.message << 24) - 1)
        + row_number() OVER (PARTITION BY n.message ORDER BY n.place_in_order),
      n.source, n.message, n.unit, n.kind, coalesce(n.person,
        (SELECT min(k.person) FROM record.number_key k WHERE k.nhs_number = n.number),
        (SELECT c.person FROM record.chart c WHERE c.source = n.source AND c.key = n.chart_key)),
      n.place, n.reason, n.at, 0, n.chart_key, n.number
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[],
      $8::bigint[], $9::text[], $10::bigint[]) WITH ORDINALITY
      AS n (source, message, unit, kind, person, place, reason, at, chart_key, number, place_in_order)";
const QUARANTINE_MENTIONS: &str = "
    INSERT INTO record.message_chart (message, chart)
    SELECT n.message, c.id FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS n (message, source, key)
    JOIN record.chart c ON c.source = n.source AND c.key = n.key
    UNION SELECT n.message, k.chart FROM unnest($1::bigint[], $4::bigint[]) AS n (message, number)
    JOIN record.number_key k ON k.nhs_number = n.number
    ON CONFLICT DO NOTHING";
const QUARANTINE_KNOWN_NUMBER: &str = "
    UPDATE record.quarantine q SET person = now.person
    FROM unnest($1::bigint[], $2::bigint[]) AS now (number, person)
    WHERE q.nhs_number = now.number AND q.person IS NULL AND q.nhs_number IS NOT NULL";
const QUARANTINE_KNOWN_CHART: &str = "
    UPDATE record.quarantine q SET person = now.person
    FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS now (source, key, person)
    WHERE q.source = now.source AND q.chart_key = now.key AND q.person IS NULL AND q.chart_key IS NOT NULL";
const MENTIONS: &str = "
    INSERT INTO record.message_chart (message, chart) SELECT * FROM unnest($1::bigint[], $2::bigint[])
    ON CONFLICT DO NOTHING";
const LINKS: &str = "
    INSERT INTO record.link_event (at, chart, person, evidence)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])";
const PERSONS: &str = "
    INSERT INTO record.person (id, version, link_version, next_place, restricted)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, link_version = excluded.link_version,
      next_place = excluded.next_place, restricted = excluded.restricted";
const CHARTS: &str = "
    INSERT INTO record.chart (id, source, key, person, told, told_at, since)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[])
    ON CONFLICT (id) DO UPDATE SET person = excluded.person, told = excluded.told, told_at = excluded.told_at,
      since = excluded.since";
const CHART_VERSIONS: &str = "
    INSERT INTO record.chart_version (person, since, until, chart, source, told, told_at)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
      $7::bigint[])";
const NO_NUMBERS: &str = "DELETE FROM record.number_key WHERE chart = ANY($1)";
const NO_KEYS: &str = "DELETE FROM record.look_up WHERE chart = ANY($1)";
const NUMBERS: &str = "
    INSERT INTO record.number_key (nhs_number, person, chart)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING";
const KEYS: &str = "
    INSERT INTO record.look_up (key, person, chart)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING";
const WORK_ITEMS: &str = "
    INSERT INTO record.work_item (id, at, kind, person, other_person, chart, source, message, reasons, state, odds)
    SELECT coalesce((SELECT max(w.id) FROM record.work_item w WHERE w.message = n.message), (n.message << 24) - 1)
        + row_number() OVER (PARTITION BY n.message ORDER BY n.place_in_order),
      n.at, n.kind, n.person, n.other, n.chart, n.source, n.message, n.reasons, n.state, n.odds
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
      $7::bigint[], $8::text[], $9::bigint[], $10::bigint[]) WITH ORDINALITY
      AS n (at, kind, person, other, chart, source, message, reasons, state, odds, place_in_order)";
const OLD_WORK_ITEMS: &str = "
    UPDATE record.work_item w SET person = now.person, other_person = now.other_person, state = now.state
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS now (id, person, other_person, state)
    WHERE w.id = now.id";
const QUARANTINE_MOVED: &str = "
    UPDATE record.quarantine SET person = $2 WHERE person = $1 AND ($3 OR source = $4 AND chart_key = $5)";
/// Writes everything that has changed.
pub(super) async fn save(transaction: &Transaction<'_>, rows: WorkingSet) -> Result<(), StoreError> {
    let state = rows.state.into_inner();
    messages(transaction, &state).await?;
    people(transaction, &state).await?;
    joins(transaction, &state).await?;
    refiled::save(transaction, &state).await?;
    links(transaction, &state).await?;
    keys_moved(transaction, &state).await?;
    keys(transaction, &state).await?;
    save_counted(transaction, &state).await?;
    doubts(transaction, &state).await?;
    who_steps::save(transaction, &state).await?;
    versions_moved(transaction, &state).await?;
    entries(transaction, &state).await?;
    versions(transaction, &state).await
}

async fn run(transaction: &Transaction<'_>, queries: &[Query<'_>]) -> Result<(), StoreError> {
    all(transaction, queries).await.map(drop)
}

async fn messages(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let (mut ids, mut states, mut stated) = (Vec::new(), Vec::new(), Vec::new());
    for (id, message) in state.messages.changed() {
        let Some(message) = message else { continue };
        ids.push(*id);
        states.push(message.state);
        stated.push(message.stated_at);
    }
    let added = &state.added;
    let kept_messages: Vec<i64> = added.kept.iter().map(|(message, _, _)| *message).collect();
    let kept_units: Vec<i64> = added.kept.iter().map(|(_, unit, _)| *unit).collect();
    let kept_kinds: Vec<&str> = added.kept.iter().map(|(_, _, kind)| kind.as_str()).collect();
    let (messages, charts): (Vec<i64>, Vec<i64>) = added.mentions.iter().copied().unzip();
    let applied: Vec<i64> = added.order.iter().map(|(message, _)| *message).collect();
    let acts: Vec<i64> = added.order.iter().map(|(_, noted)| noted.act).collect();
    let applied_at: Vec<i64> = added.order.iter().map(|(_, noted)| noted.at).collect();
    let notes: Vec<Option<&str>> = added.order.iter().map(|(_, noted)| noted.note.as_deref()).collect();
    run(
        transaction,
        &[
            (FINISH, &[&ids, &states, &stated]),
            (ORDER, &[&acts, &applied, &applied_at, &notes]),
            (KEPT, &[&kept_messages, &kept_units, &kept_kinds]),
            (MENTIONS, &[&messages, &charts]),
        ],
    )
    .await
}

async fn people(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let persons: Vec<_> = state.persons.changed().filter_map(|(id, row)| Some((*id, row?))).collect();
    let person_ids: Vec<i64> = persons.iter().map(|(id, _)| *id).collect();
    let versions: Vec<i64> = persons.iter().map(|(_, row)| row.version).collect();
    let link_versions: Vec<i64> = persons.iter().map(|(_, row)| row.link_version).collect();
    let next_places: Vec<i64> = persons.iter().map(|(_, row)| row.next_place).collect();
    let restricted: Vec<bool> = persons.iter().map(|(_, row)| row.restricted).collect();
    let charts: Vec<_> = state.charts.changed().filter_map(|(id, chart)| Some((*id, chart?))).collect();
    let chart_ids: Vec<i64> = charts.iter().map(|(id, _)| *id).collect();
    let sources: Vec<i64> = charts.iter().map(|(_, chart)| chart.row.source).collect();
    let keys: Vec<&str> = charts.iter().map(|(_, chart)| chart.key.as_str()).collect();
    let of_persons: Vec<i64> = charts.iter().map(|(_, chart)| chart.row.person.0.cast_signed()).collect();
    let told: Vec<Option<&str>> = charts.iter().map(|(_, chart)| chart.row.told.as_deref()).collect();
    let told_at: Vec<Option<i64>> = charts.iter().map(|(_, chart)| chart.row.told_at).collect();
    let since: Vec<i64> = charts.iter().map(|(_, chart)| chart.since).collect();
    let links = &state.added.links;
    let link_at: Vec<i64> = links.iter().map(|(at, ..)| *at).collect();
    let link_chart: Vec<i64> = links.iter().map(|(_, chart, ..)| *chart).collect();
    let link_person: Vec<i64> = links.iter().map(|(_, _, person, _)| *person).collect();
    let evidence: Vec<&str> = links.iter().map(|(.., evidence)| evidence.as_str()).collect();
    run(
        transaction,
        &[
            (PERSONS, &[&person_ids, &versions, &link_versions, &next_places, &restricted]),
            (CHARTS, &[&chart_ids, &sources, &keys, &of_persons, &told, &told_at, &since]),
            (LINKS, &[&link_at, &link_chart, &link_person, &evidence]),
            (QUARANTINE_KNOWN_CHART, &[&sources, &keys, &of_persons]),
        ],
    )
    .await?;
    chart_versions(transaction, state).await
}

async fn chart_versions(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let versions = &state.added.chart_versions;
    if versions.is_empty() {
        return Ok(());
    }
    let persons: Vec<i64> = versions.iter().map(|version| version.row.person.0.cast_signed()).collect();
    let since: Vec<i64> = versions.iter().map(|version| version.since).collect();
    let until: Vec<i64> = versions.iter().map(|version| version.until).collect();
    let charts: Vec<i64> = versions.iter().map(|version| version.row.chart.0.cast_signed()).collect();
    let sources: Vec<i64> = versions.iter().map(|version| version.row.source).collect();
    let told: Vec<Option<&str>> = versions.iter().map(|version| version.row.told.as_deref()).collect();
    let told_at: Vec<Option<i64>> = versions.iter().map(|version| version.row.told_at).collect();
    run(transaction, &[(CHART_VERSIONS, &[&persons, &since, &until, &charts, &sources, &told, &told_at])]).await
}

/// Nobody is found by what was corrected: the keys of a chart are replaced.
async fn keys(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let changed: Vec<i64> = state.keys.changed().map(|(chart, _)| *chart).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let (mut numbers, mut number_persons, mut number_charts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut found_by, mut found_persons, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for (chart, keys) in state.keys.changed() {
        let Some(keys) = keys else { continue };
        let person = state.chart(*chart)?.row.person.0.cast_signed();
        if let Some(number) = keys.number {
            numbers.push(number);
            number_persons.push(person);
            number_charts.push(*chart);
        }
        for key in &keys.found_by {
            found_by.push(*key);
            found_persons.push(person);
            found.push(*chart);
        }
    }
    run(
        transaction,
        &[
            (NO_NUMBERS, &[&changed]),
            (NO_KEYS, &[&changed]),
            (NUMBERS, &[&numbers, &number_persons, &number_charts]),
            (KEYS, &[&found_by, &found_persons, &found]),
            (QUARANTINE_KNOWN_NUMBER, &[&numbers, &number_persons]),
        ],
    )
    .await
}

/// What waits for a hand and what is doubted; what a person left behind follows.
async fn doubts(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    quarantined(transaction, state).await?;
    let (old, new): (Vec<_>, Vec<_>) =
        state.work_items.changed().filter_map(|(key, held)| Some((*key, held?))).partition(|(key, _)| *key >= 0);
    let column = |held: &[(i64, &HeldWorkItem)], value: fn(&HeldWorkItem) -> i64| -> Vec<i64> {
        held.iter().map(|(_, held)| value(held)).collect()
    };
    let person = |held: &HeldWorkItem| held.item.person.0.cast_signed();
    let state_of = |held: &HeldWorkItem| i64::from(!held.is_open);
    let other = |held: &[(i64, &HeldWorkItem)]| -> Vec<Option<i64>> {
        held.iter().map(|(_, held)| held.item.other.map(|other| other.0.cast_signed())).collect()
    };
    if !old.is_empty() {
        let ids: Vec<i64> = old.iter().map(|(id, _)| *id).collect();
        let values = (column(&old, person), other(&old), column(&old, state_of));
        run(transaction, &[(OLD_WORK_ITEMS, &[&ids, &values.0, &values.1, &values.2])]).await?;
    }
    // The oldest has the key nearest to zero.
    let new: Vec<_> = new.into_iter().rev().collect();
    if new.is_empty() {
        return Ok(());
    }
    let kinds: Vec<&str> = new.iter().map(|(_, held)| held.item.kind.as_ref()).collect();
    let reasons: Vec<&str> = new.iter().map(|(_, held)| held.item.reasons.as_str()).collect();
    let values: (Vec<i64>, Vec<i64>, Vec<Option<i64>>) =
        (column(&new, |held| held.item.at), column(&new, person), other(&new));
    let charts = column(&new, |held| held.item.chart.0.cast_signed());
    let sources = column(&new, |held| held.item.source);
    let messages = column(&new, |held| held.item.message.0.cast_signed());
    let states = column(&new, state_of);
    let odds: Vec<Option<i64>> = new.iter().map(|(_, held)| held.item.odds).collect();
    run(
        transaction,
        &[(
            WORK_ITEMS,
            &[&values.0, &kinds, &values.1, &values.2, &charts, &sources, &messages, &reasons, &states, &odds],
        )],
    )
    .await
}

async fn quarantined(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    for moved in &state.added.moves {
        let values: Values<'_> = &[&moved.from, &moved.to, &moved.is_only, &moved.source, &moved.key];
        run(transaction, &[(QUARANTINE_MOVED, values)]).await?;
    }
    let rows = quarantined_as_moved(state);
    if !rows.is_empty() {
        insert_rows(transaction, &rows).await?;
    }
    for done in &state.added.hands {
        finish(transaction, done).await?;
    }
    Ok(())
}

/// What waited before a chart moved moves with it; what waits since names whose it is now.
fn quarantined_as_moved(state: &State) -> Vec<QuarantineRow> {
    let mut rows = state.added.quarantine.clone();
    for moved in &state.added.moves {
        for row in rows.iter_mut().take(moved.quarantined_before) {
            let is_of_chart = row.source == moved.source && main_one(&row.about).key.as_deref() == Some(&moved.key);
            if row.person.is_some_and(|person| person.0.cast_signed() == moved.from) && (moved.is_only || is_of_chart) {
                row.person = Some(PersonId(moved.to.cast_unsigned()));
            }
        }
    }
    rows
}

/// Writes what waits for a hand, and of whom it speaks.
pub(super) async fn insert_quarantine(transaction: &Transaction<'_>, rows: &[QuarantineRow]) -> Result<(), StoreError> {
    insert_rows(transaction, rows).await?;
    let about = rows.iter().flat_map(|row| row.about.iter().map(move |one| (row, one)));
    let mentions: Vec<_> = about.map(|(row, one)| (row.message.0.cast_signed(), row.source, one)).collect();
    let of_messages: Vec<i64> = mentions.iter().map(|(message, ..)| *message).collect();
    let of_sources: Vec<i64> = mentions.iter().map(|(_, source, _)| *source).collect();
    let by_key: Vec<Option<&str>> = mentions.iter().map(|(.., one)| one.key.as_deref()).collect();
    let by_number: Vec<Option<i64>> = mentions.iter().map(|(.., one)| one.number()).collect();
    run(transaction, &[(QUARANTINE_MENTIONS, &[&of_messages, &of_sources, &by_key, &by_number])]).await
}

async fn insert_rows(transaction: &Transaction<'_>, rows: &[QuarantineRow]) -> Result<(), StoreError> {
    let sources: Vec<i64> = rows.iter().map(|row| row.source).collect();
    let messages: Vec<i64> = rows.iter().map(|row| row.message.0.cast_signed()).collect();
    let units: Vec<i64> = rows.iter().map(|row| i64::from(row.unit)).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    let persons: Vec<Option<i64>> = rows.iter().map(|row| row.person.map(|person| person.0.cast_signed())).collect();
    let places: Vec<&str> = rows.iter().map(|row| row.place.as_str()).collect();
    let reasons: Vec<&str> = rows.iter().map(|row| row.reason.as_str()).collect();
    let at: Vec<i64> = rows.iter().map(|row| row.at).collect();
    let main: Vec<Mentioned> = rows.iter().map(|row| main_one(&row.about)).collect();
    let keys: Vec<Option<&str>> = main.iter().map(|one| one.key.as_deref()).collect();
    let numbers: Vec<Option<i64>> = main.iter().map(Mentioned::number).collect();
    let values: Values<'_> = &[&sources, &messages, &units, &kinds, &persons, &places, &reasons, &at, &keys, &numbers];
    run(transaction, &[(QUARANTINE, values)]).await
}
