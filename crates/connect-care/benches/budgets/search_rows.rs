//! Finding a person: the index's time with the log's durable waits in it.

use disclosure::Query;

use crate::measure::{Table, Times, now};
use crate::region::Loaded;

pub(crate) async fn measure(table: &mut Table, loaded: &Loaded) -> anyhow::Result<()> {
    let numbers = loaded.known.iter().filter_map(|told| told.nhs_number).map(Query::NhsNumber).collect();
    let by_number = times(loaded, numbers).await?;
    table.note_at("search by NHS number, two log commits included, p50", loaded.people, by_number.p50_ms(), "ms");
    table.note_at("search by NHS number, two log commits included, p99", loaded.people, by_number.p99_ms(), "ms");
    let names = loaded
        .known
        .iter()
        .filter_map(|told| {
            let born = told.birth_day()?;
            let given = told.name.given.first().cloned().unwrap_or_default();
            Some(Query::NameAndBirth { family: told.name.family.clone(), given, born })
        })
        .collect();
    let by_name = times(loaded, names).await?;
    table.note_at(
        "search by name and birth date, two log commits included, p50",
        loaded.people,
        by_name.p50_ms(),
        "ms",
    );
    table.note_at(
        "search by name and birth date, two log commits included, p99",
        loaded.people,
        by_name.p99_ms(),
        "ms",
    );
    Ok(())
}

async fn times(loaded: &Loaded, queries: Vec<Query>) -> anyhow::Result<Times> {
    let mut times = Vec::new();
    for query in queries {
        let start = now();
        let found = loaded.disclosure.search(&loaded.caller, query).await?;
        times.push(start.elapsed());
        anyhow::ensure!(!found.hits.is_empty() || found.too_many, "everybody who was looked for is there");
    }
    Ok(Times::new(times))
}
