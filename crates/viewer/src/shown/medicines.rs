use reconcile::{DisagreementId, Row, SectionRows};
use record::{Content, Medicine, Section};

use super::{Shown, day, sentences};
use crate::pages::medicines::Medicines;
use crate::pages::parts::{MedicineGroup, MedicineLine, MedicineRow, Origin, Tab};

/// How much room a medicine table has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Name, status, source: the summary.
    Tight,
    /// With dates, notes and full origins.
    Dated,
}

impl Shown<'_> {
    /// Medicines and allergies across sources.
    pub(crate) fn medicines(&self) -> Medicines {
        let rows = self.rows(Section::Medicines);
        let current = self.current_medicines(Layout::Dated);
        Medicines {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Medicines),
            allergies: self.allergies(),
            past_allergies: self.rows(Section::Allergies).past.iter().filter_map(|row| self.allergy(row)).collect(),
            current_count: current.len(),
            current,
            past: rows.past.iter().filter_map(|row| self.alone(row, Layout::Dated)).collect(),
            names_only: self.sees_names_only(Section::Medicines),
            medicines_state: self.state(Section::Medicines),
            allergies_ledger: self.ledger(Section::Allergies),
            medicines_ledger: self.ledger(Section::Medicines),
        }
    }

    /// Current medicines: what sources disagree about first, then newest start first.
    pub(super) fn current_medicines(&self, layout: Layout) -> Vec<MedicineGroup> {
        let rows = self.rows(Section::Medicines);
        let disagreeing = rows.disagreements.iter().map(|it| self.disagreeing(&rows, it.id, &it.differs_in, layout));
        let agreed = rows.agreed().filter_map(|row| self.alone(row, layout));
        disagreeing.filter(|group| !group.rows.is_empty()).chain(agreed).collect()
    }

    fn disagreeing(
        &self,
        rows: &SectionRows<'_>,
        id: DisagreementId,
        differs: &[&str],
        layout: Layout,
    ) -> MedicineGroup {
        MedicineGroup {
            rows: rows.disagreeing(id).filter_map(|row| self.medicine(row, layout)).collect(),
            differs: Some(differs.join(", ")),
            dated: layout == Layout::Dated,
        }
    }

    fn alone(&self, row: &Row, layout: Layout) -> Option<MedicineGroup> {
        let row = self.medicine(row, layout)?;
        Some(MedicineGroup { rows: vec![row], differs: None, dated: layout == Layout::Dated })
    }

    fn medicine(&self, row: &Row, layout: Layout) -> Option<MedicineRow> {
        let Content::Medicine(it) = &row.entry.content else { return None };
        let names_only = self.sees_names_only(Section::Medicines);
        Some(MedicineRow {
            line: if names_only { MedicineLine::name_only(it) } else { MedicineLine::of(it) },
            status: it.status.word().to_owned(),
            start: it.started.or(row.entry.when).map(day),
            newer: row.newer,
            note: (layout == Layout::Dated).then(|| note(it)).flatten(),
            origin: self.origin_for(row, layout),
        })
    }

    fn origin_for(&self, row: &Row, layout: Layout) -> Origin {
        if layout == Layout::Dated { self.origin_in_full(row) } else { self.origin(row) }
    }
}

fn note(it: &Medicine) -> Option<String> {
    let date = |words: &str, when: Option<record::When>| Some(format!("{words} {}", day(when?).text()));
    // The instruction stands in the line itself where nothing else could be told
    // apart, and is not repeated where it says what the line says.
    let parts = [&it.dose, &it.route, &it.frequency].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let told_apart = it.dose.is_some() || it.frequency.is_some();
    let instruction = it.instruction.clone().filter(|words| told_apart && *words != parts);
    sentences([
        it.course.clone(),
        it.reason.as_ref().map(|reason| format!("For {reason}")),
        date("Last issued", it.last_issued),
        date("Ended", it.ended),
        instruction,
    ])
}
