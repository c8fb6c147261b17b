//! Entries that their source has deleted. Whoever deletes names a resource and no
//! patient, so the chart is looked for before the message is applied.

use std::collections::HashMap;
use std::sync::Arc;

use record::Standing;

use crate::Place;
use crate::apply::{Application, Applying, ChartChange, UnitWork, Work};
use crate::charts::ChartOutcome;
use crate::entry_row::{EntryRow, key_hash, position};
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::sqlite;

/// The keys of entries that a message removes, each with the keys of the charts
/// that hold it: one, or none.
pub(crate) type Removals = HashMap<String, Vec<String>>;

impl Inbox {
    /// Finds the charts of what a message removes. Nothing of the source is applied
    /// meanwhile: whoever applies in lanes holds them all.
    pub(crate) async fn charts_of_removed(
        &self,
        application: &Application,
        source: i64,
    ) -> Result<Arc<Removals>, StoreError> {
        let keys = application.units.iter().filter_map(|unit| match &unit.work {
            Work::Remove(key) => Some(key.clone()),
            _ => None,
        });
        let keys: Vec<String> = keys.collect();
        if keys.is_empty() {
            return Ok(Arc::default());
        }
        let hashes: Vec<i64> = keys.iter().map(|key| key_hash(key)).collect();
        let found = match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::removing::charts_holding(connection, source, &hashes)).await?
            }
            Place::Postgres(server) => server.charts_holding(source, &hashes).await?,
        };
        let charts = |key: &str| -> Vec<String> {
            let here = found.iter().filter(|(hash, _)| *hash == key_hash(key));
            here.map(|(_, chart)| chart.clone()).collect()
        };
        Ok(Arc::new(keys.iter().map(|key| (key.clone(), charts(key))).collect()))
    }
}

impl Applying<'_> {
    /// Marks an entry as removed by its source; what it said stays as a version.
    /// What was never here is kept and counted.
    pub(crate) fn remove(&mut self, number: u32, unit: &UnitWork, key: &str) -> Result<(), StoreError> {
        if let Some(held) = self.all_wait.clone() {
            return self.hold(number, unit, held.person, "who the person is", &held.reasons);
        }
        let charts = self.removals.get(key).map(Vec::as_slice).unwrap_or_default();
        let mut is_here = false;
        for key_of_chart in charts {
            let Some(there) = self.rows.chart(self.source, key_of_chart)? else { continue };
            let Some(known) = self.rows.entry(there.chart, key_hash(key))? else { continue };
            let of =
                ChartChange { key: key_of_chart.clone(), local_numbers: Vec::new(), told: None, entries: Vec::new() };
            let ChartOutcome::Placed { chart, person } = self.chart(&of)? else { continue };
            let row = EntryRow { standing: position(Standing::ALL, &Standing::EnteredInError), ..known.row.clone() };
            let origin = self.origin(number, unit, chart);
            self.entry_again(person, &known, origin, row, false)?;
            is_here = true;
        }
        if !is_here {
            self.applied.unchanged.insert(number);
            return self.keep(number, unit);
        }
        self.count(unit).applied += 1;
        Ok(())
    }
}
