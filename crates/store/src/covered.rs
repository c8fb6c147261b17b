//! What a source tells of in two charts that it has joined: an order, a result, a visit
//! that it went on reporting under the surviving number. Each chart keeps what it was
//! told, and only the newest is shown: an outdated result beside its correction can kill.

use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, Content, EntryId, PersonId};

use crate::attendances::has_left;
use crate::charts::Placing;
use crate::entry_row::{Origin, at};
use crate::error::StoreError;
use crate::rows::{Rows, StoredEntry};

/// The kinds of entry whose keys are numbers that the source gave. One of these in two
/// joined charts is one and the same; an allergy that two charts tell alike may differ in what matters.
const NUMBERED: [&str; 6] = ["medicine", "result", "report", "appointment", "attendance", "letter"];

/// An entry that is not shown from one version of the person's record on, up to another,
/// because a joined chart tells of the same later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Covered {
    pub(crate) entry: EntryId,
    /// The entry's chart, and the one that tells of it later.
    pub(crate) chart: ChartId,
    pub(crate) by: ChartId,
    pub(crate) since: i64,
    /// `None` while it is.
    pub(crate) until: Option<i64>,
}

/// The newest of what is told of one thing; without stated times the order of arrival decides.
pub(crate) fn newest(entries: &[StoredEntry]) -> Option<&StoredEntry> {
    entries.iter().reduce(|best, one| if is_newer(&one.origin, &best.origin) { one } else { best })
}

fn is_newer(one: &Origin, other: &Origin) -> bool {
    let stated = one.stated_at.zip(other.stated_at).filter(|(one, other)| one != other);
    stated.map_or((one.message.0, one.unit) > (other.message.0, other.unit), |(one, other)| one > other)
}

/// Shows of these, which are of one key in joined charts, the newest alone. `version`
/// gives the person's version from which that is so; it is asked for only where something changes.
pub(crate) fn show_newest(
    rows: &dyn Rows,
    person: PersonId,
    entries: &[StoredEntry],
    version: &mut dyn FnMut() -> Result<i64, StoreError>,
) -> Result<(), StoreError> {
    let covered = rows.covered_of(person)?;
    let here: Vec<StoredEntry> = entries.iter().filter(|one| !has_left(one.id, &covered)).cloned().collect();
    let Some(shown) = newest(&here) else { return Ok(()) };
    for one in &here {
        let known = covered.iter().find(|known| known.entry == one.id);
        let by = shown.origin.chart;
        match known {
            Some(known) if one.id == shown.id => {
                rows.put_covered(person, &Covered { until: Some(version()?), ..known.clone() })?;
            }
            Some(known) if known.by != by => rows.put_covered(person, &Covered { by, ..known.clone() })?,
            None if one.id != shown.id => {
                let since = version()?;
                let new = Covered { entry: one.id, chart: one.origin.chart, by, since, until: None };
                rows.put_covered(person, &new)?;
            }
            _ => {}
        }
    }
    Ok(())
}

impl Placing<'_> {
    /// Where charts are joined that had told of the same order, result or visit before,
    /// the newest is shown from now on. What else they tell alike stays side by side.
    pub(crate) fn cover_what_both_tell(&self, person: PersonId, charts: &BTreeSet<ChartId>) -> Result<(), StoreError> {
        if charts.len() < 2 {
            return Ok(());
        }
        let mut by_key: BTreeMap<i64, Vec<StoredEntry>> = BTreeMap::new();
        for chart in charts {
            for entry in self.rows.entries_of(*chart)? {
                let numbered = at(Content::KINDS, entry.row.kind).is_some_and(|kind| NUMBERED.contains(kind));
                if numbered {
                    by_key.entry(entry.row.key_hash).or_default().push(entry);
                }
            }
        }
        let mut made = None;
        for entries in by_key.into_values().filter(|entries| entries.len() > 1) {
            let mut version = || match made {
                Some(version) => Ok(version),
                None => self.rows.next_version(person).inspect(|version| made = Some(*version)),
            };
            show_newest(self.rows, person, &entries, &mut version)?;
        }
        Ok(())
    }

    /// What charts on one side of a join hid of those on the other side is shown again.
    pub(crate) fn uncover_between(&self, person: PersonId, side: &BTreeSet<ChartId>) -> Result<(), StoreError> {
        let covered = self.rows.covered_of(person)?;
        let between: Vec<_> =
            covered.into_iter().filter(|one| side.contains(&one.chart) != side.contains(&one.by)).collect();
        if between.is_empty() {
            return Ok(());
        }
        let until = Some(self.rows.next_version(person)?);
        between.into_iter().try_for_each(|one| self.rows.put_covered(person, &Covered { until, ..one }))
    }

    /// What was not shown of entries that have just moved is not shown where they are now.
    pub(crate) fn cover_moved(
        &self,
        moved: &[(EntryId, EntryId)],
        from: PersonId,
        to: PersonId,
    ) -> Result<(), StoreError> {
        let (until, since) = (self.rows.version(from)?, self.rows.version(to)?);
        for known in self.rows.covered_of(from)? {
            let Some((_, entry)) = moved.iter().find(|(before, _)| *before == known.entry) else { continue };
            self.rows.put_covered(to, &Covered { entry: *entry, since, ..known.clone() })?;
            self.rows.put_covered(from, &Covered { until: Some(until), ..known })?;
        }
        Ok(())
    }
}
