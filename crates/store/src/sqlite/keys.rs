//! The keys under which a chart's person is found. What they are is kept with the chart,
//! so that they are taken away by their own keys: an index of them by chart would have as
//! many rows again. It also holds where a newer program gives other keys for what the chart told.

use record::{ChartId, PersonId};
use rusqlite::{Connection, ToSql, params};

use crate::error::StoreError;
use crate::rows::Keys;

const PUT_NUMBER: &str = "INSERT OR IGNORE INTO number_key (nhs_number, person, chart) VALUES (?1, ?2, ?3)";
const NO_NUMBER: &str = "DELETE FROM number_key WHERE nhs_number = ?1 AND person = ?2 AND chart = ?3";
const PUT_NAME: &str = "INSERT OR IGNORE INTO name_key (key, born, person, chart) VALUES (?1, ?2, ?3, ?4)";
const NO_NAME: &str = "DELETE FROM name_key WHERE key = ?1 AND born = ?2 AND person = ?3 AND chart = ?4";
const PUT_PLACE: &str = "INSERT OR IGNORE INTO place_key (key, person, chart) VALUES (?1, ?2, ?3)";
const NO_PLACE: &str = "DELETE FROM place_key WHERE key = ?1 AND person = ?2 AND chart = ?3";

/// What of a chart stands in the look-ups.
#[derive(Clone, Default)]
struct Held {
    person: i64,
    number: Option<i64>,
    born: i64,
    names: Vec<String>,
    places: Vec<String>,
}

impl Held {
    fn of(connection: &Connection, chart: i64) -> Result<Option<Self>, StoreError> {
        let text: Option<String> = connection
            .prepare_cached("SELECT found_by FROM chart WHERE id = ?1")?
            .query_row([chart], |row| row.get(0))?;
        let Some(text) = text else { return Ok(None) };
        let (person, number, born, names, places) =
            serde_json::from_str(&text).map_err(|error| StoreError::Damaged(error.to_string()))?;
        Ok(Some(Self { person, number, born, names, places }))
    }

    fn text(&self) -> Result<String, StoreError> {
        serde_json::to_string(&(self.person, self.number, self.born, &self.names, &self.places))
            .map_err(|error| StoreError::Damaged(error.to_string()))
    }
}

/// Nobody is found by a number that was corrected: the keys are those of what the chart
/// tells now. Only what differs is written. Gives what is kept of it with the chart.
pub(super) fn write_keys(
    connection: &Connection,
    chart: ChartId,
    person: PersonId,
    keys: Keys,
) -> Result<String, StoreError> {
    let (chart, person) = (chart.0.cast_signed(), person.0.cast_signed());
    let before = Held::of(connection, chart)?;
    if let Some(number) = keys.number.filter(|number| before.as_ref().and_then(|held| held.number) != Some(*number)) {
        connection
            .prepare_cached(
                "UPDATE quarantine SET person = ?2
                 WHERE nhs_number = ?1 AND person IS NULL AND nhs_number IS NOT NULL",
            )?
            .execute([number, person])?;
    }
    let now = Held { person, number: keys.number, born: keys.born, names: keys.names, places: keys.places };
    replace(connection, chart, &before.unwrap_or_default(), &now)?;
    now.text()
}

/// The same keys lead to another person.
pub(super) fn move_keys(connection: &Connection, chart: ChartId, to: PersonId) -> Result<(), StoreError> {
    let (chart, to) = (chart.0.cast_signed(), to.0.cast_signed());
    let Some(before) = Held::of(connection, chart)? else { return Ok(()) };
    let now = Held { person: to, ..before.clone() };
    replace(connection, chart, &before, &now)?;
    connection.prepare_cached("UPDATE chart SET found_by = ?2 WHERE id = ?1")?.execute(params![chart, now.text()?])?;
    Ok(())
}

fn replace(connection: &Connection, chart: i64, before: &Held, now: &Held) -> Result<(), StoreError> {
    let run = |sql: &str, values: &[&dyn ToSql]| connection.prepare_cached(sql)?.execute(values).map(drop);
    let same_person = before.person == now.person;
    let has_number = |one: &Held, number: i64| same_person && one.number == Some(number);
    let has_name = |one: &Held, name: &String| same_person && before.born == now.born && one.names.contains(name);
    let has_place = |one: &Held, place: &String| same_person && one.places.contains(place);
    for number in before.number.iter().filter(|number| !has_number(now, **number)) {
        run(NO_NUMBER, &[number, &before.person, &chart])?;
    }
    for name in before.names.iter().filter(|name| !has_name(now, name)) {
        run(NO_NAME, &[name, &before.born, &before.person, &chart])?;
    }
    for place in before.places.iter().filter(|place| !has_place(now, place)) {
        run(NO_PLACE, &[place, &before.person, &chart])?;
    }
    for number in now.number.iter().filter(|number| !has_number(before, **number)) {
        run(PUT_NUMBER, &[number, &now.person, &chart])?;
    }
    for name in now.names.iter().filter(|name| !has_name(before, name)) {
        run(PUT_NAME, &[name, &now.born, &now.person, &chart])?;
    }
    for place in now.places.iter().filter(|place| !has_place(before, place)) {
        run(PUT_PLACE, &[place, &now.person, &chart])?;
    }
    Ok(())
}
