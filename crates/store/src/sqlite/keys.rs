//! The keys under which a chart's person is found. What they are is kept with the chart,
//! so that they are taken away by their own keys: an index of them by chart would have as
//! many rows again. It also holds where a newer program gives other keys for what the chart told.

use record::{ChartId, PersonId};
use rusqlite::{Connection, ToSql, params};

use crate::error::StoreError;
use crate::rows::Keys;

const PUT_NUMBER: &str = "INSERT OR IGNORE INTO number_key (nhs_number, person, chart) VALUES (?1, ?2, ?3)";
const NO_NUMBER: &str = "DELETE FROM number_key WHERE nhs_number = ?1 AND person = ?2 AND chart = ?3";
const PUT_KEY: &str = "INSERT OR IGNORE INTO look_up (key, chart) VALUES (?1, ?2)";
const NO_KEY: &str = "DELETE FROM look_up WHERE key = ?1 AND chart = ?2";

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

/// The same number leads to another person; the other keys lead to the chart.
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
    for key in before.keys.iter().filter(|key| !now.keys.contains(key)) {
        run(NO_KEY, &[key, &chart])?;
    }
    let mut put = connection.prepare_cached(PUT_KEY)?;
    for key in now.keys.iter().filter(|key| !before.keys.contains(key)) {
        put.execute([*key, chart])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
