use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp};
use record::{
    AppointmentStatus, AttendanceStatus, Content, Entry, Ledger, Section, Sensitivity, SourceAnswer, SourceId, Standing,
};

use crate::allergies::{self, AllergyHeadline};
use crate::flag::Flag;
use crate::gathered::{Gathered, SectionSeen, SourceState};
use crate::key::TestKey;
use crate::ledger::{SourceLine, answer, section_answer};
use crate::names_only::names_only;
use crate::same_medicine;
use crate::section_view::{Row, SectionView};
use crate::series::Series;
use crate::standing::is_current;
use crate::time::{Today, clinical_time, last_day, newest_first, soonest_first};

/// One person's record as one reader may see it at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedRecord {
    sections: Vec<SectionView>,
    allergies: AllergyHeadline,
    sources: Vec<SourceLine>,
    today: Today,
}

/// Rows taken out of a section, with the section's ledger beside them.
#[derive(Clone, Debug)]
pub struct Extract<'a> {
    /// The section they stand in.
    pub section: Section,
    /// The rows.
    pub rows: Vec<&'a Row>,
    /// How complete the section is.
    pub ledger: &'a Ledger,
}

/// The last or the next contact, with the ledgers of the sections it may stand in.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// The appointment or attendance; `None` where none is shown.
    pub row: Option<&'a Row>,
    /// How complete appointments are.
    pub appointments: &'a Ledger,
    /// How complete attendances are.
    pub attendances: &'a Ledger,
}

/// Makes the shared record of what was gathered. Total: it never fails, and the
/// order of the entries does not matter.
#[must_use]
pub fn reconcile(mut gathered: Gathered) -> SharedRecord {
    let mut counts: BTreeMap<Section, usize> = BTreeMap::new();
    for entry in &gathered.entries {
        *counts.entry(entry.section()).or_default() += 1;
    }
    let mut by_section: BTreeMap<Section, Vec<Box<Entry>>> =
        counts.into_iter().map(|(section, count)| (section, Vec::with_capacity(count))).collect();
    for entry in std::mem::take(&mut gathered.entries) {
        by_section.entry(entry.section()).or_default().push(Box::new(entry));
    }
    let sections: Vec<SectionView> = Section::ALL
        .iter()
        .map(|section| section_view(*section, by_section.remove(section).unwrap_or_default(), &gathered))
        .collect();
    let sources = source_lines(&sections, &gathered);
    let allergies = sections
        .iter()
        .find(|view| view.section() == Section::Allergies)
        .map_or(AllergyHeadline::Unavailable, |view| allergies::headline(view, &gathered.sources));
    SharedRecord { sections, allergies, sources, today: Today { now: gathered.now, day: gathered.today } }
}

#[expect(clippy::vec_box, reason = "rows are sorted and dealt out, and entries are long")]
fn section_view(section: Section, entries: Vec<Box<Entry>>, gathered: &Gathered) -> SectionView {
    match gathered.seen(section) {
        SectionSeen::NotForRole => not_for_role(section),
        seen => shown(section, entries, seen, gathered),
    }
}

/// The same for every person: it says nothing of what there is, nor of who was asked.
fn not_for_role(section: Section) -> SectionView {
    let ledger = Ledger { section, answers: Vec::new(), withheld: false, not_for_role: true };
    SectionView { current: Vec::new(), past: Vec::new(), removed_count: 0, disagreements: Vec::new(), ledger }
}

#[expect(clippy::vec_box, reason = "rows are sorted and dealt out, and entries are long")]
fn shown(section: Section, entries: Vec<Box<Entry>>, seen: SectionSeen, gathered: &Gathered) -> SectionView {
    let today = Today { now: gathered.now, day: gathered.today };
    let mut kept = Kept { entries: Vec::with_capacity(entries.len()), ..Kept::default() };
    for entry in entries {
        kept.take(entry, gathered);
    }
    let ledger = Ledger {
        section,
        answers: section_answers(section, &kept, gathered),
        withheld: kept.withheld,
        not_for_role: false,
    };
    let reduce = |entry: Box<Entry>| if seen == SectionSeen::NamesOnly { Box::new(names_only(*entry)) } else { entry };
    let (mut current, mut past) = (Vec::with_capacity(kept.entries.len()), Vec::new());
    for row in kept.entries.into_iter().map(reduce).map(Row::new) {
        if is_current(&row.entry, today) { current.push(row) } else { past.push(row) }
    }
    match section {
        Section::Appointments => current.sort_by_cached_key(|row| soonest_first(&row.entry)),
        _ => current.sort_by_cached_key(|row| newest_first(&row.entry)),
    }
    past.sort_by_cached_key(|row| newest_first(&row.entry));
    let disagreements = match section {
        Section::Medicines => same_medicine::mark_disagreements(&mut current, &mut past),
        Section::Allergies => allergies::mark_disagreement(&mut current),
        _ => Vec::new(),
    };
    SectionView { current, past, removed_count: kept.removed_count, disagreements, ledger }
}

/// What is left of a section after hiding, and the marks that hiding leaves.
#[derive(Default)]
struct Kept {
    #[expect(clippy::vec_box, reason = "rows are sorted and dealt out, and entries are long")]
    entries: Vec<Box<Entry>>,
    held: BTreeMap<SourceId, u32>,
    removed_count: u32,
    withheld: bool,
    unknown_sources: BTreeSet<SourceId>,
}

impl Kept {
    fn take(&mut self, entry: Box<Entry>, gathered: &Gathered) {
        let source = gathered.sources.iter().find(|state| state.source.id == entry.provenance.source);
        if source.is_some_and(|state| !state.takes_part) {
            return;
        }
        if entry.sensitivity == Sensitivity::Sensitive && !gathered.sees_sensitive {
            self.withheld = true;
        } else if source.is_none() {
            self.unknown_sources.insert(entry.provenance.source);
        } else if entry.standing == Standing::EnteredInError {
            self.removed_count = self.removed_count.saturating_add(1);
        } else {
            let held = self.held.entry(entry.provenance.source.clone()).or_default();
            *held = held.saturating_add(1);
            self.entries.push(entry);
        }
    }
}

/// Every configured source in its order; then sources that the configuration no
/// longer names, whose entries are not shown.
fn section_answers(section: Section, kept: &Kept, gathered: &Gathered) -> Vec<SourceAnswer> {
    let configured = gathered.sources.iter().map(|state| {
        let held = kept.held.get(&state.source.id).copied().unwrap_or_default();
        section_answer(state, section, held, gathered.now)
    });
    let unknown = kept.unknown_sources.iter().map(|source| SourceAnswer {
        source: source.clone(),
        answer: record::Answer::SharingStopped,
        as_at: None,
        waiting_items: 0,
    });
    configured.chain(unknown).collect()
}

/// The strip: over the sections that this reader sees, and no others.
fn source_lines(sections: &[SectionView], gathered: &Gathered) -> Vec<SourceLine> {
    let mut held: BTreeMap<&SourceId, u32> = BTreeMap::new();
    for row in sections.iter().flat_map(SectionView::rows) {
        let count = held.entry(&row.entry.provenance.source).or_default();
        *count = count.saturating_add(1);
    }
    // Each ledger that is shown begins with the sources in configuration order.
    let line = |(place, state): (usize, &SourceState)| {
        let answer = answer(state, held.get(&state.source.id).copied().unwrap_or_default(), gathered.now);
        SourceLine {
            source: state.source.clone(),
            answer,
            as_at: state.last_message_at,
            waiting_items: sections
                .iter()
                .filter_map(|view| view.ledger.answers.get(place))
                .map(|line| line.waiting_items)
                .max()
                .unwrap_or_default(),
            removed: state.removed.filter(|_| is_sent(sections, place)),
            silent: if answer.is_missing() { Vec::new() } else { silent_sections(sections, place) },
        }
    };
    gathered.sources.iter().enumerate().map(line).collect()
}

/// Whether the source at this place of each ledger sends a section that this reader sees.
fn is_sent(sections: &[SectionView], place: usize) -> bool {
    let answer = |view: &SectionView| view.ledger.answers.get(place).map(|line| line.answer);
    sections.iter().filter_map(answer).any(|answer| answer != record::Answer::DoesNotSend)
}

/// The sections for which the source at this place of each ledger has stopped.
fn silent_sections(sections: &[SectionView], place: usize) -> Vec<(Section, Timestamp)> {
    let silent = |view: &SectionView| match view.ledger.answers.get(place)?.answer {
        record::Answer::StaleSince(since, _) => Some((view.section(), since)),
        _ => None,
    };
    sections.iter().filter(|view| !view.ledger.not_for_role).filter_map(silent).collect()
}

impl SharedRecord {
    /// Every section, in the order in which sections are listed everywhere.
    #[must_use]
    pub fn sections(&self) -> &[SectionView] {
        &self.sections
    }

    /// One section.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "there is a view for each section, in the order of `Section::ALL`")]
    pub fn section(&self, section: Section) -> &SectionView {
        &self.sections[section as usize]
    }

    /// The sections that this reader's role does not see: constant for the role.
    pub fn not_for_role(&self) -> impl Iterator<Item = Section> {
        self.sections.iter().filter(|view| view.ledger.not_for_role).map(SectionView::section)
    }

    /// What to say about allergies first.
    #[must_use]
    pub fn allergies(&self) -> &AllergyHeadline {
        &self.allergies
    }

    /// Every source and its state, in configuration order: the strip.
    #[must_use]
    pub fn sources(&self) -> &[SourceLine] {
        &self.sources
    }

    /// How many sources answered, of how many: "6 of 7 answered".
    #[must_use]
    pub fn answered(&self) -> (usize, usize) {
        (self.sources.iter().filter(|line| line.answer.is_known()).count(), self.sources.len())
    }

    /// One test over time; `None` where this reader sees no result of it.
    #[must_use]
    pub fn series(&self, key: &TestKey) -> Option<Series<'_>> {
        Series::gather(self.section(Section::Results).with_ledger(), *key)
    }

    /// Results of the last `days` that their laboratory flagged as outside what
    /// it expects, newest first. Undated ones are not among them.
    #[must_use]
    pub fn out_of_range(&self, days: u32) -> Extract<'_> {
        let from = Span::new().try_days(days).and_then(|span| self.today.day.checked_sub(span)).ok();
        let is_recent = |row: &Row| {
            let day = clinical_time(&row.entry).map(last_day);
            day.is_some_and(|day| from.is_none_or(|from| day >= from))
        };
        self.extract(Section::Results, |row| {
            let flagged = matches!(&row.entry.content, Content::TestResult(result) if Flag::of(result).out_of_range);
            flagged && is_recent(row)
        })
    }

    /// What has been recorded, or where that was not told has happened, since
    /// `since` (the reader's last look) and up to now, section by section; sections
    /// with nothing new are left out. What is known to the day alone counts when
    /// it may be new.
    #[must_use]
    pub fn new_since(&self, since: Timestamp) -> Vec<Extract<'_>> {
        let since = Today { now: since, day: record::When::from(since).first_day() };
        let is_new = |row: &Row| {
            let at = row.entry.provenance.recorded.or_else(|| clinical_time(&row.entry));
            at.is_some_and(|at| !since.is_over(at) && at.earliest() <= self.today.now)
        };
        let extracts = self.sections.iter().map(|view| self.extract(view.section(), is_new));
        extracts.filter(|extract| !extract.rows.is_empty()).collect()
    }

    /// The latest attendance or kept appointment that has begun.
    #[must_use]
    pub fn last_contact(&self) -> Contact<'_> {
        let took_place = |row: &&Row| match &row.entry.content {
            Content::Attendance(it) => !matches!(it.status, AttendanceStatus::Planned | AttendanceStatus::Cancelled),
            Content::Appointment(it) => {
                matches!(it.status, AppointmentStatus::Arrived | AppointmentStatus::Attended)
            }
            _ => false,
        };
        let has_begun = |row: &&Row| clinical_time(&row.entry).is_some_and(|start| start.earliest() <= self.today.now);
        self.contact(
            self.contact_rows().filter(took_place).filter(has_begun).min_by_key(|row| newest_first(&row.entry)),
        )
    }

    /// The soonest appointment or planned attendance that is not over.
    #[must_use]
    pub fn next_contact(&self) -> Contact<'_> {
        let is_planned = |row: &&Row| match &row.entry.content {
            Content::Attendance(it) => it.status == AttendanceStatus::Planned,
            Content::Appointment(it) => {
                matches!(
                    it.status,
                    AppointmentStatus::Proposed | AppointmentStatus::Booked | AppointmentStatus::NotTold
                )
            }
            _ => false,
        };
        let lies_ahead = |row: &&Row| clinical_time(&row.entry).is_some_and(|start| !self.today.is_over(start));
        self.contact(
            self.contact_rows().filter(is_planned).filter(lies_ahead).min_by_key(|row| soonest_first(&row.entry)),
        )
    }

    fn contact_rows(&self) -> impl Iterator<Item = &Row> {
        self.section(Section::Appointments).rows().chain(self.section(Section::Attendances).rows())
    }

    fn contact<'a>(&'a self, row: Option<&'a Row>) -> Contact<'a> {
        Contact {
            row,
            appointments: &self.section(Section::Appointments).ledger,
            attendances: &self.section(Section::Attendances).ledger,
        }
    }

    fn extract(&self, section: Section, wanted: impl Fn(&Row) -> bool) -> Extract<'_> {
        let view = self.section(section);
        Extract { section, rows: view.rows().filter(|row| wanted(row)).collect(), ledger: &view.ledger }
    }
}
