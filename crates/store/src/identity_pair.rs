//! The people of one doubt side by side, made of what is stored of them.

use access::PairDecision;
use record::{ChartId, Demographics, NhsNumber, PersonId};

use crate::candidates::ChartTold;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::facts::Seen;
use crate::homes::back_and_out;
use crate::identity_hands::{IdentityAsked, LinkAct, LinkAsk};
use crate::identity_moves::WouldMove;
use crate::identity_reads::{DoubtColumns, LinkDecision, PAIR_CHARTS_MAX, PairChart, PairPerson, StoredPair};
use crate::inbox::timestamp;
use crate::joins::{Join, root, together};
use crate::rows::ChartRow;
use crate::source_numbers::SourceNumbers;

/// What was shown of a doubt: a decision is carried out only where this still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairSeen {
    pub(crate) item: u64,
    pub(crate) person: PersonId,
    pub(crate) other: Option<PersonId>,
    pub(crate) seen: String,
    charts: Vec<SeenChart>,
    has_two_numbers: bool,
    /// The decisions that were carried out about it: each may be taken back.
    decided: Vec<u64>,
}

/// A chart that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenChart {
    chart: ChartId,
    person: PersonId,
    /// Those that go with it where it is unlinked, itself among them.
    goes_with: Vec<ChartId>,
    /// Those that came while it was in the record: each is placed by what it tells where it is unlinked.
    came_since: Vec<ChartId>,
}

impl PairSeen {
    /// As a form carries it.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.seen
    }

    /// The charts of the two tell two different NHS numbers: they are never linked.
    #[must_use]
    pub fn has_two_numbers(&self) -> bool {
        self.has_two_numbers
    }

    /// Whose charts would move, which, and which others may follow them.
    pub(crate) fn moves(&self, what: WouldMove) -> Option<(PersonId, Vec<ChartId>, Vec<ChartId>)> {
        match what {
            WouldMove::Link => {
                self.other.filter(|other| *other != self.person)?;
                let own = self.charts.iter().filter(|one| one.person == self.person);
                Some((self.person, own.map(|one| one.chart).collect(), Vec::new()))
            }
            WouldMove::Unlink(chart) => {
                let found = self.charts.iter().find(|one| one.chart == chart)?;
                Some((found.person, found.goes_with.clone(), found.came_since.clone()))
            }
        }
    }

    /// Why what is asked is never done, whoever asks.
    pub(crate) fn refuses(&self, ask: LinkAsk) -> Option<IdentityAsked> {
        match (Named::of(self.item), ask) {
            // Where nobody doubts, there is nothing to close and no source to ask.
            (Named::Record(_) | Named::ToldApart(_), LinkAsk::NotTheSame | LinkAsk::AskTheSource)
            | (Named::Record(_), LinkAsk::SamePerson { .. }) => return Some(IdentityAsked::CannotBe),
            (Named::ToldApart(_), LinkAsk::SamePerson { .. }) if self.other.is_none() => {
                return Some(IdentityAsked::CannotBe);
            }
            _ => {}
        }
        match ask {
            LinkAsk::SamePerson { .. } if self.other.is_some() && self.has_two_numbers => {
                Some(IdentityAsked::TwoNumbers)
            }
            LinkAsk::NotTheSame if self.other.is_none() => Some(IdentityAsked::CannotBe),
            LinkAsk::Unlink { chart } if !self.charts.iter().any(|one| one.chart == chart) => {
                Some(IdentityAsked::CannotBe)
            }
            LinkAsk::TakeBack { decision } if !self.decided.contains(&decision) => Some(IdentityAsked::CannotBe),
            _ => None,
        }
    }
}

/// A chart of a pair as stored.
pub(crate) struct PairRow {
    pub(crate) row: ChartRow,
    pub(crate) linked: Option<(i64, String)>,
    pub(crate) by_hand: Option<i64>,
    pub(crate) told_apart_from: Option<i64>,
    /// By which event it came to its person last: a larger one is later.
    pub(crate) came: Option<i64>,
}

/// Everything that is read of one doubt.
pub(crate) struct PairRows {
    pub(crate) doubt: DoubtColumns,
    pub(crate) charts: Vec<PairRow>,
    pub(crate) joins: Vec<Join>,
    pub(crate) restricted: Vec<i64>,
    pub(crate) decided: Vec<LinkDecision>,
    pub(crate) is_sealed: bool,
}

impl PairRows {
    pub(crate) fn pair(self, sources: &SourceNumbers, decision: &PairDecision) -> Result<StoredPair, StoreError> {
        let people = self.doubt.people();
        let is_concerned = |person: &PersonId| decision.concerns().iter().any(|(known, _)| known == person);
        if !people.iter().all(is_concerned) {
            return Err(StoreError::FactsMoved);
        }
        let of = |person: &PersonId| -> Vec<ChartRow> {
            self.charts.iter().filter(|one| one.row.person == *person).map(|one| one.row.clone()).collect()
        };
        let sides: Vec<Vec<ChartRow>> = people.iter().map(of).collect();
        let sides: Vec<&[ChartRow]> = sides.iter().map(Vec::as_slice).collect();
        let with: Vec<Vec<ChartId>> = self.charts.iter().map(|one| self.goes_with(one)).collect();
        let decided = taken_back_too(self.decided.clone());
        let seen = PairSeen {
            item: self.doubt.item.id,
            person: PersonId(self.doubt.person.cast_unsigned()),
            other: self.doubt.other.map(|other| PersonId(other.cast_unsigned())),
            seen: Seen::of(&sides)?.hex(),
            charts: self
                .charts
                .iter()
                .zip(&with)
                .map(|(one, with)| SeenChart {
                    chart: one.row.chart,
                    person: one.row.person,
                    goes_with: with.clone(),
                    came_since: self.came_since(one, with),
                })
                .collect(),
            has_two_numbers: have_two_numbers(&sides)?,
            decided: decided.iter().filter(|one| one.can_be_taken_back).map(|one| one.id).collect(),
        };
        let masks = |person: PersonId| decision.masks(person) || self.restricted.contains(&person.0.cast_signed());
        let mut shown: Vec<PairPerson> = people
            .iter()
            .map(|person| PairPerson { person: *person, is_restricted: masks(*person), charts: Vec::new() })
            .collect();
        for (one, goes_with) in self.charts.into_iter().zip(with) {
            let Some(person) = shown.iter_mut().find(|person| person.person == one.row.person) else { continue };
            if person.charts.len() < PAIR_CHARTS_MAX {
                let is_restricted = person.is_restricted;
                person.charts.push(one.chart(sources, is_restricted, goes_with)?);
            }
        }
        Ok(StoredPair { doubt: self.doubt.doubt()?, people: shown, decided, seen })
    }
}

impl PairRows {
    /// The charts that go where this one goes: what its source has joined with it, and what came by the same decision.
    fn goes_with(&self, one: &PairRow) -> Vec<ChartId> {
        let asked = together(one.row.chart, &self.joins);
        let first = root(&asked, &self.joins);
        let theirs = || self.charts.iter().filter(|other| other.row.person == one.row.person);
        let by_first = theirs().find(|other| Some(other.row.chart) == first).and_then(|other| other.by_hand);
        let Some(step) = by_first.or(one.by_hand) else { return asked.into_iter().collect() };
        let brought = theirs().filter(|other| other.by_hand == Some(step)).map(|other| other.row.chart).collect();
        let charts = theirs().map(|other| other.row.chart).collect();
        let (back, out) = back_and_out(one.row.chart, &charts, &brought, &self.joins);
        back.union(&out).copied().collect()
    }

    /// The charts that came by a rule once this one, with those that go with it, and the others of the record were one.
    fn came_since(&self, one: &PairRow, going: &[ChartId]) -> Vec<ChartId> {
        let staying = || {
            let all = self.charts.iter().filter(|other| other.row.person == one.row.person);
            all.filter(|other| !going.contains(&other.row.chart))
        };
        let leaves = self.charts.iter().filter(|other| going.contains(&other.row.chart));
        let Some(first) = staying().min_by_key(|other| other.came) else { return Vec::new() };
        let since = leaves.map(|other| other.came).min().flatten().max(first.came);
        let stays = together(first.row.chart, &self.joins);
        let is_since = |other: &&PairRow| {
            let by_a_rule = other.by_hand.is_none() || other.by_hand == one.by_hand;
            other.came > since && by_a_rule && !stays.contains(&other.row.chart)
        };
        staying().filter(is_since).map(|other| other.row.chart).collect()
    }
}

impl PairRow {
    fn chart(self, sources: &SourceNumbers, is_masked: bool, goes_with: Vec<ChartId>) -> Result<PairChart, StoreError> {
        let read = ChartTold::read(self.row)?;
        let told = if is_masked { masked(&read.told) } else { read.told };
        Ok(PairChart {
            chart: read.chart,
            source: sources.id(read.source)?,
            told,
            local_numbers: if is_masked { Vec::new() } else { read.local_numbers },
            told_at: read.told_at.map(timestamp),
            linked: self.linked.map(|(at, evidence)| (timestamp(at), evidence)),
            linked_by_hand: self.by_hand.map(i64::cast_unsigned),
            goes_with,
            told_apart_from: self.told_apart_from.map(|person| PersonId(person.cast_unsigned())),
        })
    }
}

/// What was taken back is not offered again; and where that was a link, its record was parted.
fn taken_back_too(mut decided: Vec<LinkDecision>) -> Vec<LinkDecision> {
    for place in 0..decided.len() {
        let Some(taken) = decided.get(place).filter(|one| one.done_something).and_then(|one| one.takes_back) else {
            continue;
        };
        let mut was_link = false;
        for one in decided.iter_mut().filter(|one| one.id == taken) {
            (one.can_be_taken_back, was_link) = (false, one.act == LinkAct::SamePerson);
        }
        if let Some(one) = decided.get_mut(place) {
            one.parted = was_link;
        }
    }
    decided
}

/// What tells two people apart, and nothing by which either is found.
fn masked(told: &Demographics) -> Demographics {
    Demographics {
        nhs_number: told.nhs_number,
        name: told.name.clone(),
        other_names: told.other_names.clone(),
        born: told.born,
        gender: told.gender,
        died: told.died,
        restricted: true,
        ..Demographics::default()
    }
}

/// Whether a chart of one side tells another number than one of the other side.
pub(crate) fn have_two_numbers(sides: &[&[ChartRow]]) -> Result<bool, StoreError> {
    let numbers = |side: &&[ChartRow]| -> Result<Vec<NhsNumber>, StoreError> {
        let told = side.iter().map(|row| Ok(ChartTold::read(row.clone())?.told.nhs_number));
        Ok(told.collect::<Result<Vec<_>, StoreError>>()?.into_iter().flatten().collect())
    };
    let [one, other] = sides else { return Ok(false) };
    let (one, other) = (numbers(one)?, numbers(other)?);
    Ok(one.iter().any(|one| other.iter().any(|other| one != other)))
}
