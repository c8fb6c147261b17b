//! By which rules a record's look-ups were made. A search, and a chart that arrives, find nobody by rows that other rules
//! made, and would say that there is nobody: such a record is built anew before it is used.

use std::path::PathBuf;

use crate::Place;
use crate::error::StoreError;
use crate::{postgres, sqlite};

/// Goes up with each change of under what a chart is found or counted: `identity::arrival_keys`, `record::LookUpKey`, what
/// names sound like. Both schemas name it too, and a test of `intake` tells when it must.
pub const LOOK_UP_RULES: i64 = 3;

/// Whether a record may be opened whose look-ups other rules made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookUps {
    /// Somebody is looked for in it.
    Ours,
    /// It is what a record is built from, or nobody is looked for.
    Whatever,
}

impl LookUps {
    /// Refuses look-ups that `found` made where they must be ours. Zero where the record does not say.
    pub(crate) fn check(self, path: impl Into<PathBuf>, found: i64) -> Result<(), StoreError> {
        if self == Self::Whatever || found == LOOK_UP_RULES {
            return Ok(());
        }
        Err(StoreError::OtherLookUps { path: path.into(), found, known: LOOK_UP_RULES })
    }
}

impl Place {
    /// Which version of the rules made what people are looked up by here.
    pub(crate) async fn look_up_rules(&self) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite { record, .. } => record.read(sqlite::rebuild::look_up_rules).await,
            Self::Postgres(server) => postgres::look_up_rules(&server.at).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemas_say_that_this_program_s_rules_made_the_look_ups() {
        let said = format!("VALUES ({LOOK_UP_RULES});");
        for schema in [include_str!("sqlite/record_0001.sql"), include_str!("postgres/schema_0001_record.sql")] {
            let line = schema.lines().find(|line| line.contains("look_up_rules (version) VALUES")).unwrap();
            assert!(line.ends_with(&said), "{line}");
        }
    }

    #[test]
    fn look_ups_of_other_rules_are_refused_where_somebody_is_looked_for() {
        assert!(LookUps::Ours.check("record", LOOK_UP_RULES).is_ok());
        for other in [0, LOOK_UP_RULES + 1] {
            assert!(LookUps::Ours.check("record", other).is_err());
            assert!(LookUps::Whatever.check("record", other).is_ok());
        }
    }
}
