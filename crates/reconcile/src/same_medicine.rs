//! Medicines that several sources tell of and tell differently.
//!
//! Careful on both sides: two rows are the same medicine only by a shared code or
//! an equal generic name, and differ only where both told something.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use record::{Content, Entry, EntryId, Medicine, MedicineStatus, SourceId, When};

use crate::codes::shared_code;
use crate::disagreement::{Disagreement, DisagreementId};
use crate::medicine_name::{generic_name, strength};
use crate::section_view::Row;
use crate::time::{clinical_time, is_certainly_later, last_day, newest_first};

/// Finds the disagreements, marks their rows and puts current medicines in order:
/// by name, those that disagree side by side, then newest first.
pub(crate) fn mark_disagreements(current: &mut [Row], past: &mut [Row]) -> Vec<Disagreement> {
    let mut found = disagreements(current, past);
    found.sort_by(|a, b| (&a.name, &a.entries).cmp(&(&b.name, &b.entries)));
    let mut part_of: BTreeMap<EntryId, DisagreementId> = BTreeMap::new();
    for (number, disagreement) in found.iter_mut().enumerate() {
        disagreement.id = DisagreementId(number);
        part_of.extend(disagreement.entries.iter().map(|entry| (*entry, disagreement.id)));
    }
    let newest: BTreeSet<EntryId> = found.iter().filter_map(|it| newest_of(it, current, past)).collect();
    for row in current.iter_mut().chain(past.iter_mut()) {
        row.disagreement = part_of.get(&row.entry.id).copied();
        row.newer = newest.contains(&row.entry.id);
    }
    let names: BTreeMap<DisagreementId, &str> = found.iter().map(|it| (it.id, it.name.as_str())).collect();
    current.sort_by_cached_key(|row| {
        let group = row.disagreement.and_then(|id| names.get(&id)).map(|name| (*name).to_owned());
        let name = group.unwrap_or_else(|| medicine(&row.entry).map(|it| it.name.to_lowercase()).unwrap_or_default());
        (name, row.disagreement, newest_first(&row.entry))
    });
    found
}

fn disagreements(current: &[Row], past: &[Row]) -> Vec<Disagreement> {
    let stopped =
        past.iter().filter(|row| medicine(&row.entry).is_some_and(|it| it.status == MedicineStatus::Discontinued));
    let candidates: Vec<(&Entry, &Medicine, bool)> = current
        .iter()
        .map(|row| (row, true))
        .chain(stopped.map(|row| (row, false)))
        .filter_map(|(row, is_current)| Some((row.entry.as_ref(), medicine(&row.entry)?, is_current)))
        .collect();
    let names: Vec<Key> = candidates.iter().map(|(_, medicine, _)| name_key(medicine)).collect();
    let mut same = SameAs::default();
    for ((entry, ..), name) in candidates.iter().zip(&names) {
        if let Some(code) = code_key(entry) {
            same.join(&code, name);
        }
    }
    let mut groups: BTreeMap<&Key, Group<'_>> = BTreeMap::new();
    for ((entry, medicine, is_current), name) in candidates.iter().zip(&names) {
        let group = groups.entry(same.root(name)).or_default();
        if *is_current { group.current.push((entry, medicine)) } else { group.stopped.push((entry, medicine)) }
    }
    groups.into_values().filter_map(Group::disagreement).collect()
}

/// Reads what a row tells of one matter, folded for comparison.
type Read = fn(&Medicine) -> Option<String>;

/// What is told of one medicine by all sources.
#[derive(Default)]
struct Group<'a> {
    current: Vec<(&'a Entry, &'a Medicine)>,
    stopped: Vec<(&'a Entry, &'a Medicine)>,
}

impl Group<'_> {
    fn disagreement(mut self) -> Option<Disagreement> {
        self.keep_stops_that_contradict();
        let members = self.current.iter().chain(&self.stopped);
        let mut sources = members.clone().map(|(entry, _)| &entry.provenance.source);
        let first = sources.next();
        if sources.all(|source| Some(source) == first) {
            return None;
        }
        let told: [(&'static str, Read); 4] = [
            ("dose", |it| it.dose.as_deref().and_then(folded)),
            ("strength", |it| strength(&it.name)),
            ("frequency", |it| it.frequency.as_deref().and_then(folded).map(|text| text.replace("daily", "aday"))),
            ("route", |it| it.route.as_deref().and_then(folded).map(same_route)),
        ];
        let mut differs_in: Vec<&'static str> =
            told.into_iter().filter(|(_, read)| sources_differ(&self.current, *read)).map(|(name, _)| name).collect();
        let status = |it: &Medicine| (it.status != MedicineStatus::NotTold).then(|| it.status.code().to_owned());
        if !self.stopped.is_empty() || sources_differ(&self.current, status) {
            differs_in.push("status");
        }
        if differs_in.is_empty() {
            return None;
        }
        let name = members.clone().map(|(_, medicine)| generic_name(&medicine.name)).min()?;
        let mut entries: Vec<EntryId> = members.map(|(entry, _)| entry.id).collect();
        entries.sort_unstable();
        Some(Disagreement { id: DisagreementId(0), name, entries, differs_in })
    }

    /// A stop contradicts when its source has no current row of the medicine and
    /// it does not lie before the others' start. One stop a source: the latest.
    fn keep_stops_that_contradict(&mut self) {
        let going_on: BTreeSet<&SourceId> = self.current.iter().map(|(entry, _)| &entry.provenance.source).collect();
        let starts: Vec<Option<When>> = self.current.iter().map(|(_, medicine)| medicine.started).collect();
        let mut latest: BTreeMap<&SourceId, (&Entry, &Medicine)> = BTreeMap::new();
        let stopped_at =
            |entry: &Entry, medicine: &Medicine| medicine.ended.or(clinical_time(entry)).map(When::sort_key);
        self.stopped.sort_by_key(|(entry, medicine)| (Reverse(stopped_at(entry, medicine)), entry.id));
        for (entry, medicine) in &self.stopped {
            let source = &entry.provenance.source;
            if !going_on.is_empty() && !going_on.contains(source) && !was_before(medicine.ended, &starts) {
                latest.entry(source).or_insert((entry, medicine));
            }
        }
        self.stopped = latest.into_values().collect();
    }
}

/// Whether a stop lies before every one of the starts for certain.
fn was_before(ended: Option<When>, starts: &[Option<When>]) -> bool {
    let Some(ended) = ended else { return false };
    starts.iter().all(|start| start.is_some_and(|start| start.first_day() > last_day(ended)))
}

/// Whether two sources tell different things; a source that tells nothing does
/// not differ, and two rows of one source are not two sources.
fn sources_differ(rows: &[(&Entry, &Medicine)], read: impl Fn(&Medicine) -> Option<String>) -> bool {
    let mut told: BTreeMap<&SourceId, BTreeSet<String>> = BTreeMap::new();
    for (entry, medicine) in rows {
        if let Some(value) = read(medicine) {
            told.entry(&entry.provenance.source).or_default().insert(value);
        }
    }
    let mut values = told.values();
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// The one entry that was told later than all others, for certain.
fn newest_of(disagreement: &Disagreement, current: &[Row], past: &[Row]) -> Option<EntryId> {
    let rows: Vec<&Entry> = current
        .iter()
        .chain(past)
        .map(|row| row.entry.as_ref())
        .filter(|entry| disagreement.entries.contains(&entry.id))
        .collect();
    let newest = rows.iter().max_by_key(|entry| told_at(entry).map(When::sort_key))?;
    let at = told_at(newest)?;
    let is_latest =
        |other: &Entry| other.id == newest.id || told_at(other).is_some_and(|told| is_certainly_later(at, told));
    (rows.len() > 1 && rows.iter().all(|other| is_latest(other))).then_some(newest.id)
}

/// When the source last said so: issued, stopped, else the clinical time.
fn told_at(entry: &Entry) -> Option<When> {
    let medicine = medicine(entry)?;
    let stopped = medicine.ended.filter(|_| medicine.status == MedicineStatus::Discontinued);
    stopped.or(medicine.last_issued).or(entry.when).or(medicine.started).or(entry.provenance.recorded)
}

/// Spaces and case are no difference: `5mg` is `5 mg`.
fn folded(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect::<String>().to_lowercase();
    (!text.is_empty()).then_some(text)
}

fn same_route(folded: String) -> String {
    match folded.as_str() {
        "oral" | "orally" | "bymouth" | "po" | "oraluse" | "oralroute" => "oral".to_owned(),
        _ => folded,
    }
}

fn medicine(entry: &Entry) -> Option<&Medicine> {
    match &entry.content {
        Content::Medicine(medicine) => Some(medicine),
        _ => None,
    }
}

/// What makes two rows the same medicine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Code(String, String),
    Name(String),
}

fn name_key(medicine: &Medicine) -> Key {
    Key::Name(generic_name(&medicine.name))
}

fn code_key(entry: &Entry) -> Option<Key> {
    shared_code(entry).map(|(system, code)| Key::Code(system.to_owned(), code.to_owned()))
}

/// Keys that rows have joined. The smallest key of a set stands for it, so that
/// the order of joining does not matter.
#[derive(Default)]
struct SameAs(BTreeMap<Key, Key>);

impl SameAs {
    fn root<'a>(&'a self, mut key: &'a Key) -> &'a Key {
        while let Some(smaller) = self.0.get(key) {
            key = smaller;
        }
        key
    }

    fn join(&mut self, one: &Key, other: &Key) {
        let (one, other) = (self.root(one).clone(), self.root(other).clone());
        match one.cmp(&other) {
            std::cmp::Ordering::Less => self.0.insert(other, one),
            std::cmp::Ordering::Greater => self.0.insert(one, other),
            std::cmp::Ordering::Equal => None,
        };
    }
}
