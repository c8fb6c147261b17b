//! A chart that tells something else than before, or only now whose it is.

use record::Demographics;

use crate::apply::{Candidate, Placement};
use crate::charts::{ChartOutcome, KnownChart, Placed, Placing, already};
use crate::error::StoreError;
use crate::told::Told;

/// What is doubted of a person whose charts tell two numbers.
const TWO_NUMBERS: &str = "Different NHS numbers";

impl Placing<'_> {
    /// The chart tells something else than before and may look like somebody else's now.
    /// One that stands alone belongs where it would have gone had it told this from the
    /// beginning; of any other somebody is asked.
    pub(crate) fn told_otherwise(
        &self,
        known: &KnownChart,
        before: &Demographics,
        told: &Told,
    ) -> Result<Placed, StoreError> {
        if before.nhs_number != told.who.nhs_number && self.has_another_number(known.person, known.chart, &told.who)? {
            self.work_item("demographics", known.person, None, known.chart, TWO_NUMBERS, None)?;
        }
        if (self.rules.score.take_apart)(before).keys == self.indexed(&told.who).apart.keys {
            self.write_told(known.chart, known.person, Some(before), told)?;
            return Ok(already(known.chart, known.person));
        }
        let carrying = self.carrying(&told.who)?;
        match self.place_alike(&told.who, &carrying, (Some(known.chart), Some(known.person)))? {
            placement @ Placement::Link(..) if self.stands_alone(known.chart, known.person)? => {
                return self.place_anew(known, told, placement);
            }
            Placement::Link(person, reasons) => {
                self.work_item("alike", known.person, Some(person), known.chart, &reasons, None)?;
            }
            Placement::NewPersonAndAsk(asked) => self.ask(known.person, known.chart, &asked)?,
            Placement::NewPerson | Placement::NewPersonAndWorkList { .. } => {}
        }
        self.write_told(known.chart, known.person, Some(before), told)?;
        Ok(already(known.chart, known.person))
    }

    pub(crate) fn contradicted(
        &self,
        known: &KnownChart,
        candidates: &[Candidate],
        reasons: String,
    ) -> Result<Placed, StoreError> {
        let others = candidates.iter().map(|candidate| candidate.person).filter(|other| *other != known.person);
        let mut others = others.map(Some).collect::<Vec<_>>();
        if others.is_empty() {
            others.push(None);
        }
        for other in others {
            self.work_item("demographics", known.person, other, known.chart, &reasons, None)?;
        }
        let outcome = ChartOutcome::Contradicts { chart: known.chart, person: known.person, reasons };
        Ok(Placed { outcome, new_person: false })
    }

    /// The chart had no number and now has one that somebody else carries. One that
    /// stands alone belongs where it would have gone had it come with its number;
    /// one that shares its person with other charts is moved by people only.
    pub(crate) fn number_now_known(
        &self,
        known: &KnownChart,
        told: &Told,
        candidates: &[Candidate],
    ) -> Result<Placed, StoreError> {
        let placement = self.placed_by_number(&told.who, candidates, Some(known))?;
        let (conflicts, reasons) = match placement {
            Placement::Link(other, _) if other != known.person && self.stands_alone(known.chart, known.person)? => {
                return self.described_late(known, told, candidates);
            }
            Placement::Link(other, evidence) => (vec![other], evidence),
            Placement::NewPersonAndWorkList { conflicts, reasons } => (conflicts, reasons),
            Placement::NewPerson | Placement::NewPersonAndAsk(_) => (Vec::new(), String::new()),
        };
        for other in conflicts.into_iter().filter(|other| *other != known.person) {
            self.work_item("same number", known.person, Some(other), known.chart, &reasons, None)?;
        }
        self.write_told(known.chart, known.person, known.who(), told)?;
        Ok(already(known.chart, known.person))
    }

    /// Entries came before the patient was described: now that it is, the chart
    /// may turn out to belong to somebody known.
    pub(crate) fn described_late(
        &self,
        known: &KnownChart,
        told: &Told,
        candidates: &[Candidate],
    ) -> Result<Placed, StoreError> {
        let placement = self.placement(&told.who, candidates, Some(known))?;
        self.place_anew(known, told, placement)
    }

    /// Moves the chart of somebody who has no other to the person whom it belongs to.
    fn place_anew(&self, known: &KnownChart, told: &Told, placement: Placement) -> Result<Placed, StoreError> {
        let placement = self.unless_joined_otherwise(known, placement)?;
        let person = match &placement {
            Placement::Link(person, _) => *person,
            _ => known.person,
        };
        if person != known.person {
            self.move_with_joined(known.chart, known.person, person)?;
        }
        self.settle(known.chart, person, &placement)?;
        self.write_told(known.chart, person, known.who(), told)?;
        Ok(already(known.chart, person))
    }

    /// What is joined with a chart goes where that goes, and nobody is brought together
    /// whom their source has parted. Where that forbids it somebody has to look.
    fn unless_joined_otherwise(&self, known: &KnownChart, placement: Placement) -> Result<Placement, StoreError> {
        match placement {
            Placement::Link(to, reasons)
                if to != known.person && !self.may_follow(known.chart, known.person, to)? =>
            {
                self.work_item("merge", known.person, Some(to), known.chart, &reasons, None)?;
                Ok(Placement::NewPerson)
            }
            placement => Ok(placement),
        }
    }
}
