//! The people of one doubt side by side, made of what is stored of them.

use access::PairDecision;
use record::{ChartId, Demographics, NhsNumber, PersonId};

use crate::candidates::ChartTold;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::facts::Seen;
use crate::foreseen::Foreseen;
use crate::identity_hands::{IdentityAsked, LinkAct, LinkAsk};
use crate::identity_reads::{DoubtColumns, LinkDecision, PAIR_CHARTS_MAX, PairChart, PairPerson, StoredPair};
use crate::inbox::timestamp;
use crate::joins::{Join, together};
use crate::link_by_hand::MOVES;
use crate::rows::ChartRow;
use crate::source_numbers::SourceNumbers;

/// What was shown of a doubt: a decision is carried out only where this still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairSeen {
    pub(crate) item: u64,
    pub(crate) person: PersonId,
    pub(crate) other: Option<PersonId>,
    pub(crate) seen: String,
    charts: Vec<ChartId>,
    has_two_numbers: bool,
    /// The decisions that were carried out about it: each may be taken back.
    decided: Vec<u64>,
}

impl PairSeen {
    /// As a form carries it.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.seen
    }

    /// With what was shown to move: it is carried out only where just that moves.
    #[must_use]
    pub fn foreseeing(self, foreseen: &Foreseen) -> Self {
        Self { seen: format!("{}{MOVES}{}", self.seen, foreseen.digest()), ..self }
    }

    /// The charts of the two tell two different NHS numbers: they are never linked.
    #[must_use]
    pub fn has_two_numbers(&self) -> bool {
        self.has_two_numbers
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
            LinkAsk::Unlink { chart } if !self.charts.contains(&chart) => Some(IdentityAsked::CannotBe),
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
        let joined: Vec<Vec<ChartId>> = self.charts.iter().map(|one| self.joined_with(one)).collect();
        let decided = taken_back_too(self.decided.clone());
        let seen = PairSeen {
            item: self.doubt.item.id,
            person: PersonId(self.doubt.person.cast_unsigned()),
            other: self.doubt.other.map(|other| PersonId(other.cast_unsigned())),
            seen: Seen::of(&sides)?.hex(),
            charts: self.charts.iter().map(|one| one.row.chart).collect(),
            has_two_numbers: have_two_numbers(&sides)?,
            decided: decided.iter().filter(|one| one.can_be_taken_back).map(|one| one.id).collect(),
        };
        let masks = |person: PersonId| decision.masks(person) || self.restricted.contains(&person.0.cast_signed());
        let mut shown: Vec<PairPerson> = people
            .iter()
            .map(|person| PairPerson { person: *person, is_restricted: masks(*person), charts: Vec::new() })
            .collect();
        for (one, joined_with) in self.charts.into_iter().zip(joined) {
            let Some(person) = shown.iter_mut().find(|person| person.person == one.row.person) else { continue };
            if person.charts.len() < PAIR_CHARTS_MAX {
                let is_restricted = person.is_restricted;
                person.charts.push(one.chart(sources, is_restricted, joined_with)?);
            }
        }
        Ok(StoredPair { doubt: self.doubt.doubt()?, people: shown, decided, seen })
    }
}

impl PairRows {
    /// What its source has joined with this one.
    fn joined_with(&self, one: &PairRow) -> Vec<ChartId> {
        let joined = together(one.row.chart, &self.joins);
        joined.into_iter().filter(|chart| *chart != one.row.chart).collect()
    }
}

impl PairRow {
    fn chart(
        self,
        sources: &SourceNumbers,
        is_masked: bool,
        joined_with: Vec<ChartId>,
    ) -> Result<PairChart, StoreError> {
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
            joined_with,
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
