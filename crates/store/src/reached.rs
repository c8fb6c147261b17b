//! How far people's records have come, and that a removal takes none of them back.
//!
//! Without a message that is gone a later one may change less than it did, so that what
//! is built ends at a lower version than the record had. Those numbers stand in the access
//! log: to give them again would name two contents alike. So the end of a removal compares
//! everybody with the record before, and a step of the order of application raises whoever
//! fell behind. Every later rebuild takes that step again.

use std::collections::HashMap;

use crate::error::StoreError;
use crate::rebuild::Rebuilding;
use crate::{Place, sqlite};

/// How many people are compared at a time.
pub(crate) const PEOPLE_MAX: i64 = 10_000;

/// How far a person's record has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) person: i64,
    pub(crate) version: i64,
    pub(crate) link_version: i64,
    pub(crate) next_place: i64,
}

impl Reached {
    /// Whether any of its numbers is lower than it was.
    fn is_behind(&self, before: &Self) -> bool {
        self.version < before.version || self.link_version < before.link_version || self.next_place < before.next_place
    }
}

impl Rebuilding {
    /// After a removal nobody's record has come less far than it had.
    pub(crate) async fn raise(&self) -> Result<(), StoreError> {
        let removed_at = match &self.from.place {
            Place::Sqlite { record, .. } => record.read(sqlite::rebuild::removed_at).await?,
            Place::Postgres(server) => server.removed_at().await?,
        };
        let Some(at) = removed_at else { return Ok(()) };
        let behind = self.behind().await?;
        match &self.into.place {
            _ if behind.is_empty() => Ok(()),
            Place::Sqlite { record, .. } => {
                record.write("raise", move |connection| sqlite::rebuild::raise(connection, at, &behind)).await
            }
            Place::Postgres(server) => server.raise(at, &behind).await,
        }
    }

    /// Whoever fell behind, as far as their records had come.
    async fn behind(&self) -> Result<Vec<Reached>, StoreError> {
        let (mut behind, mut after) = (Vec::new(), 0);
        loop {
            let before = people_after(&self.from.place, after).await?;
            let built = people_after(&self.into.place, after).await?;
            let built: HashMap<i64, Reached> = built.into_iter().map(|one| (one.person, one)).collect();
            let Some(last) = before.last().map(|one| one.person) else { return Ok(behind) };
            let has_fallen = |one: &Reached| built.get(&one.person).is_some_and(|built| built.is_behind(one));
            // Whoever is new in what was built may stand between: those are seen with the next ones.
            let seen = built.keys().max().map_or(last, |built| last.min(*built));
            behind.extend(before.into_iter().filter(|one| one.person <= seen).filter(has_fallen));
            after = seen;
        }
    }
}

async fn people_after(place: &Place, after: i64) -> Result<Vec<Reached>, StoreError> {
    match place {
        Place::Sqlite { record, .. } => {
            record.read(move |connection| sqlite::rebuild::people_after(connection, after)).await
        }
        Place::Postgres(server) => server.people_after(after).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_behind_where_any_of_its_numbers_is_lower() {
        let before = Reached { person: 1, version: 5, link_version: 2, next_place: 3 };
        assert!(!before.is_behind(&before));
        assert!(!Reached { version: 6, ..before }.is_behind(&before));
        assert!(Reached { version: 4, link_version: 9, next_place: 9, ..before }.is_behind(&before));
        assert!(Reached { link_version: 1, ..before }.is_behind(&before));
        assert!(Reached { next_place: 2, ..before }.is_behind(&before));
    }
}
