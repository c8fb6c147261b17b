//! The keys under which a chart's person is found. What they are is kept with the chart,
//! so that they are taken away by their own keys: an index of them by chart would have as
//! many rows again. It also holds where a newer program gives other keys for what the chart told.
//!
//! A person has each key once: most charts of somebody tell what the first one told, and write nothing here. A key is the
//! person's as long as any chart of theirs has it.

use record::{ChartId, PersonId};
use rusqlite::{Connection, ToSql, params};

use crate::error::StoreError;
use crate::rows::Keys;

const PUT_NUMBER: &str = "INSERT OR IGNORE INTO number_key (nhs_number, person, chart) VALUES (?1, ?2, ?3)";
const NO_NUMBER: &str = "DELETE FROM number_key WHERE nhs_number = ?1 AND person = ?2 AND chart = ?3";
const PUT_KEY: &str = "INSERT OR IGNORE INTO look_up (key, person) VALUES (?1, ?2)";
const NO_KEY: &str = "DELETE FROM look_up WHERE key = ?1 AND person = ?2";

/// What of a chart stands in the look-ups.
#[derive(Clone, Debug, Default, PartialEq)]
struct Held {
    person: i64,
    number: Option<i64>,
    /// By names, places and looks.
    keys: Vec<i64>,
}

impl Held {
    fn of(connection: &Connection, chart: i64) -> Result<Option<Self>, StoreError> {
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached("SELECT found_by FROM chart WHERE id = ?1")?
            .query_row([chart], |row| row.get(0))?;
        bytes.map(|bytes| Self::from_bytes(&bytes)).transpose()
    }

    fn by(person: PersonId, keys: &Keys) -> Self {
        Self { person: person.0.cast_signed(), number: keys.number, keys: keys.found_by.clone() }
    }

    /// Person, number (nobody has number 0) and keys, eight bytes each.
    fn to_bytes(&self) -> Vec<u8> {
        let numbers = [self.person, self.number.unwrap_or_default()];
        numbers.iter().chain(&self.keys).flat_map(|number| number.to_be_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let (numbers, left) = bytes.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|eight| i64::from_be_bytes(*eight));
        let (Some(person), Some(number), []) = (numbers.next(), numbers.next(), left) else {
            return Err(StoreError::Damaged("what a chart is found by".to_owned()));
        };
        Ok(Self { person, number: Some(number).filter(|number| *number != 0), keys: numbers.collect() })
    }
}

/// Nobody is found by a number that was corrected: the keys are those of what the chart
/// tells now. Only what differs is written. Gives what is kept of it with the chart.
pub(super) fn write_keys(
    connection: &Connection,
    chart: ChartId,
    person: PersonId,
    keys: &Keys,
) -> Result<Vec<u8>, StoreError> {
    let before = Held::of(connection, chart.0.cast_signed())?.unwrap_or_default();
    let now = Held::by(person, keys);
    write(connection, chart, &before, &now)?;
    Ok(now.to_bytes())
}

/// What is kept of its keys with a chart that is not there yet.
pub(super) fn kept_with_chart(person: PersonId, keys: &Keys) -> Vec<u8> {
    Held::by(person, keys).to_bytes()
}

/// The keys of a chart that was not there before.
pub(super) fn write_first_keys(
    connection: &Connection,
    chart: ChartId,
    person: PersonId,
    keys: &Keys,
) -> Result<(), StoreError> {
    write(connection, chart, &Held::default(), &Held::by(person, keys))
}

fn write(connection: &Connection, chart: ChartId, before: &Held, now: &Held) -> Result<(), StoreError> {
    if let Some(number) = now.number.filter(|number| before.number != Some(*number)) {
        connection
            .prepare_cached(
                "UPDATE quarantine SET person = ?2
                 WHERE nhs_number = ?1 AND person IS NULL AND nhs_number IS NOT NULL",
            )?
            .execute([number, now.person])?;
    }
    replace(connection, chart.0.cast_signed(), before, now)
}

/// All that the chart is found by leads to another person.
pub(super) fn move_keys(connection: &Connection, chart: ChartId, to: PersonId) -> Result<(), StoreError> {
    let (chart, to) = (chart.0.cast_signed(), to.0.cast_signed());
    let Some(before) = Held::of(connection, chart)? else { return Ok(()) };
    let now = Held { person: to, ..before.clone() };
    replace(connection, chart, &before, &now)?;
    connection
        .prepare_cached("UPDATE chart SET found_by = ?2 WHERE id = ?1")?
        .execute(params![chart, now.to_bytes()])?;
    Ok(())
}

fn replace(connection: &Connection, chart: i64, before: &Held, now: &Held) -> Result<(), StoreError> {
    let run = |sql: &str, values: &[&dyn ToSql]| connection.prepare_cached(sql)?.execute(values).map(drop);
    if (before.person, before.number) != (now.person, now.number) {
        if let Some(number) = before.number {
            run(NO_NUMBER, &[&number, &before.person, &chart])?;
        }
        if let Some(number) = now.number {
            run(PUT_NUMBER, &[&number, &now.person, &chart])?;
        }
    }
    let stays = |key: &i64, held: &Held| before.person == now.person && held.keys.contains(key);
    let mut gone: Vec<i64> = before.keys.iter().copied().filter(|key| !stays(key, now)).collect();
    if !gone.is_empty() {
        keep_others(connection, chart, before.person, &mut gone)?;
        for key in &gone {
            run(NO_KEY, &[key, &before.person])?;
        }
    }
    let mut put = connection.prepare_cached(PUT_KEY)?;
    for key in now.keys.iter().filter(|key| !stays(key, before)) {
        put.execute([*key, now.person])?;
    }
    Ok(())
}

/// Leaves of these keys those that no other chart of the person has. Whose a chart is, is told by what it is found by:
/// one that is about to move may have no keys here any more.
fn keep_others(connection: &Connection, chart: i64, person: i64, keys: &mut Vec<i64>) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT found_by FROM chart WHERE person = ?1 AND id <> ?2 AND found_by IS NOT NULL")?;
    let mut others = statement.query([person, chart])?;
    while let Some(row) = others.next()? {
        let other = Held::from_bytes(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
        if other.person == person {
            keys.retain(|key| !other.keys.contains(key));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::rows::{Rows, ToldRow};
    use crate::sqlite::SqliteRows;
    use proptest::prelude::*;

    const CHARTS: u64 = 4;
    const PEOPLE: u64 = 3;

    /// Of five keys those whose bit is set.
    fn told(bits: u8) -> ToldRow<'static> {
        let found_by = (0..5).filter(|key| bits & 1 << key != 0).map(i64::from).collect();
        ToldRow { text: "{}", told_at: None, keys: Keys { found_by, ..Keys::default() } }
    }

    fn found(connection: &Connection) -> BTreeSet<(i64, u64)> {
        let mut statement = connection.prepare("SELECT key, person FROM look_up").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    proptest! {
        #[test]
        fn a_person_is_found_by_what_any_chart_of_theirs_tells_and_by_nothing_else(
            all in prop::collection::vec((1..=CHARTS, 1..=PEOPLE, 0u8..32, any::<bool>()), 0..24),
        ) {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(include_str!("record_0001.sql")).unwrap();
            let rows = SqliteRows::new(&connection);
            for person in 1..=PEOPLE {
                prop_assert_eq!(rows.new_person(None).unwrap(), PersonId(person));
            }
            let mut charts: BTreeMap<u64, (u64, u8)> = BTreeMap::new();
            for (chart, person, bits, moves) in all {
                let (id, to) = (ChartId(chart), PersonId(person));
                match charts.get_mut(&chart) {
                    None => {
                        rows.insert_chart(1, &chart.to_string(), to, Some(id), Some(told(bits))).unwrap();
                        charts.insert(chart, (person, bits));
                    }
                    Some((from, _)) if moves && *from != person => {
                        rows.move_chart(id, PersonId(*from), to).unwrap();
                        rows.link(0, id, to, "moved").unwrap();
                        *from = person;
                    }
                    Some((whose, tells)) => {
                        rows.write_told(id, PersonId(*whose), told(bits)).unwrap();
                        *tells = bits;
                    }
                }
                let of_chart = |(person, bits): &(u64, u8)| {
                    told(*bits).keys.found_by.into_iter().map(|key| (key, *person)).collect::<Vec<_>>()
                };
                prop_assert_eq!(found(&connection), charts.values().flat_map(of_chart).collect::<BTreeSet<_>>());
            }
        }

        #[test]
        fn what_is_kept_with_a_chart_is_read_as_it_was(
            person in any::<i64>(), number in prop::option::of(1..10_000_000_000_i64),
            keys in prop::collection::vec(any::<i64>(), 0..9), cut in 1usize..8,
        ) {
            let held = Held { person, number, keys };
            let bytes = held.to_bytes();
            prop_assert_eq!(Held::from_bytes(&bytes).unwrap(), held);
            prop_assert!(Held::from_bytes(bytes.get(..bytes.len() - cut).unwrap()).is_err());
        }
    }
}
