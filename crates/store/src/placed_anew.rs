//! Undoing is placing anew: when a decision is taken back, all charts that it may concern are taken as nobody's, and what is
//! known of them is gone through again in the order in which it was applied, by the code that did it the first time,
//! without that decision. So what is left is what would be, had it never been made.
//!
//! It is gone through with the decision too. That must come out as the record is, else something played a part that is not
//! known any more (names that were rare then, a region of fewer charts), and nothing is placed anew.

use std::cell::RefCell;
use std::collections::BTreeSet;

use record::{ChartId, MessageId, PersonId};

use crate::charts::{KnownChart, Placing};
use crate::error::StoreError;
use crate::foreseen::Moved;
use crate::history::{Happened, History};
use crate::identity_hands::LinkAct;
use crate::imagined::{Imagined, ImaginedState, MADE_HERE};
use crate::joins::{AskedBy, JOIN_HOLDS};
use crate::link_to_do::{How, LinkToDo};
use crate::rearrange::JoinVerb;
use crate::rows::{ChartRow, QuarantineRow, Rows};
use crate::sent_away::SentAway;
use crate::told;
use crate::who_step::{AskedStep, DecidedStep};

/// What is come to with a decision and without it.
pub(crate) struct Anew {
    pub(crate) history: History,
    pub(crate) with: ImaginedState,
    pub(crate) without: ImaginedState,
}

/// What can be told of how it would be without a decision.
pub(crate) enum Without {
    /// This.
    Comes(Box<Anew>),
    /// A later decision could not have been made without it.
    RestedOn,
    /// Something played a part that is not known any more.
    NotKnown,
}

impl Without {
    pub(crate) fn anew(self) -> Option<Anew> {
        match self {
            Self::Comes(anew) => Some(*anew),
            Self::RestedOn | Self::NotKnown => None,
        }
    }
}

impl Placing<'_> {
    /// What is come to without the decision of this number.
    pub(crate) fn without(&self, history: History, step: i64) -> Result<Without, StoreError> {
        let mut left_out = history.undone.clone();
        let Some(with) = self.imagine(&history, &left_out)? else { return Ok(Without::NotKnown) };
        if !self.is_as_now(&with, &history)? {
            return Ok(Without::NotKnown);
        }
        left_out.insert(step);
        Ok(match self.imagine(&history, &left_out)? {
            Some(without) => Without::Comes(Box::new(Anew { history, with, without })),
            None => Without::RestedOn,
        })
    }

    fn is_as_now(&self, imagined: &ImaginedState, history: &History) -> Result<bool, StoreError> {
        for known in history.charts.values() {
            if imagined.person(known.row.chart) != Some(known.row.person) {
                return Ok(false);
            }
        }
        for person in &history.people {
            for join in self.rows.joins_of(*person)?.iter().filter(|join| join.state == JOIN_HOLDS) {
                if imagined.joins.get(&(join.prior, join.survivor)).is_none_or(|one| one.state != JOIN_HOLDS) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Goes through what happened, without these decisions. Nothing where one of those that hold cannot be made.
    fn imagine(&self, history: &History, left_out: &BTreeSet<i64>) -> Result<Option<ImaginedState>, StoreError> {
        let rows =
            Imagined::new((self.rows, self.rules), history.rows(), history.people.clone(), history.began.clone());
        let sent = SentAway::again(&history.made);
        for (at_step, happened) in history.happened.iter().enumerate() {
            rows.at_step.set(at_step);
            if !self.happens_again(&rows, &sent, history, left_out, happened)? {
                return Ok(None);
            }
        }
        let mut state = rows.state.into_inner();
        for (chart, person) in sent.now().into_iter().filter(|(_, person)| person.0 >= MADE_HERE) {
            state.made.insert(person, (chart, false));
        }
        Ok(Some(state))
    }

    /// Whether it could be done.
    fn happens_again(
        &self,
        rows: &Imagined<'_>,
        sent: &SentAway,
        history: &History,
        left_out: &BTreeSet<i64>,
        happened: &Happened,
    ) -> Result<bool, StoreError> {
        let placing = |source, message| Placing {
            rows,
            rules: self.rules,
            given: None,
            source,
            message,
            stated_at: None,
            at: self.at,
            is_by_hand: self.is_by_hand,
            moved: Moved::default(),
            ready: &[],
            indexed: RefCell::default(),
            in_question: RefCell::default(),
            sent,
        };
        match happened {
            Happened::Seen(chart) | Happened::Told(chart, _) => {
                let Some(known) = history.charts.get(chart) else { return Ok(true) };
                let place = if let Happened::Told(_, place) = happened { *place } else { 0 };
                let told = known.told.get(place).cloned().flatten();
                let told = told.as_deref().map(told::from_text).transpose()?;
                let (placing, key) = (placing(known.row.source, MessageId(0)), chart.0.to_string());
                match (rows.chart_row(*chart)?, &told) {
                    (None, told) => {
                        rows.seen_first.set(Some(*chart));
                        placing.first_sight(&key, told.as_ref())?;
                        rows.seen_first.set(None);
                    }
                    (Some(row), Some(told)) => placing.tells_from_now(KnownChart::read(row)?, &key, told).map(drop)?,
                    (Some(_), None) => {}
                }
            }
            Happened::Asked(asked) => placing(asked.source, MessageId(asked.message)).asked_again(asked)?,
            Happened::Decided(decided) if left_out.contains(&decided.step) => {}
            Happened::Decided(decided) => return placing(0, MessageId(0)).decided_again(decided),
        }
        Ok(true)
    }

    /// What a unit of a message asked, all of it or nothing.
    fn asked_again(&self, asked: &AskedStep) -> Result<(), StoreError> {
        self.rows.begin_attempt()?;
        let mut against = None;
        for ask in &asked.asks {
            let (prior, survivor) = (ChartId(ask.prior), ChartId(ask.survivor));
            let (Some(prior), Some(survivor)) = (self.rows.chart_row(prior)?, self.rows.chart_row(survivor)?) else {
                continue;
            };
            let by = AskedBy { unit: asked.unit, kind: &asked.kind, evidence: ask.verb.evidence() };
            let reasons = match ask.verb {
                JoinVerb::Unlink if prior.person != survivor.person => None,
                JoinVerb::Unlink => self.part_asked_of(&survivor, &prior, &by)?,
                JoinVerb::Merge | JoinVerb::Link => {
                    let reasons = self.cannot_join(Some(&prior), &survivor, ask.also()?.as_ref())?;
                    if reasons.is_none() {
                        self.join(&prior, &survivor, &by)?;
                    }
                    reasons
                }
            };
            if let Some(reasons) = reasons {
                against = Some((prior, survivor, reasons));
                break;
            }
        }
        let Some((prior, survivor, reasons)) = against else {
            self.rows.settle_unit(self.message, asked.unit)?;
            return self.rows.end_attempt();
        };
        self.rows.undo_attempt()?;
        self.rows.end_attempt()?;
        let reason = format!("the source asks to merge patients; {reasons}");
        let other = Some(prior.person).filter(|other| *other != survivor.person);
        self.work_item("merge", survivor.person, other, prior.chart, &reason, None)?;
        self.rows.quarantine(QuarantineRow {
            source: asked.source,
            message: self.message,
            unit: asked.unit,
            kind: asked.kind.clone(),
            person: Some(survivor.person),
            place: "MRG".to_owned(),
            reason,
            at: self.at,
            about: Vec::new(),
        })
    }

    /// Whether the decision could be made.
    fn decided_again(&self, decided: &DecidedStep) -> Result<bool, StoreError> {
        let [these, those] = self.sides_then(decided)?;
        match LinkAct::from_number(decided.act)? {
            LinkAct::SamePerson => self.linked_again(decided, &these, &those),
            LinkAct::NotTheSame => self.tell_apart(&these, &those).map(|()| true),
            LinkAct::Unlink => {
                let is_done = self.taken_out_again(decided, &those)?;
                let [these, those] = self.sides_then(decided)?;
                let apart: Vec<ChartRow> =
                    those.into_iter().filter(|row| decided.apart.contains(&row.chart.0)).collect();
                self.tell_apart(&these, &apart)?;
                Ok(is_done)
            }
            LinkAct::AskTheSource | LinkAct::TakeBack => Ok(true),
        }
    }

    /// The charts of either side, as far as they are there.
    pub(crate) fn sides_then(&self, decided: &DecidedStep) -> Result<[Vec<ChartRow>; 2], StoreError> {
        let rows = |charts: &[u64]| {
            let found = charts.iter().map(|chart| self.rows.chart_row(ChartId(*chart)));
            Ok::<Vec<ChartRow>, StoreError>(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        };
        let [these, those] = &decided.sides;
        Ok([rows(these)?, rows(those)?])
    }

    fn linked_again(&self, decided: &DecidedStep, these: &[ChartRow], those: &[ChartRow]) -> Result<bool, StoreError> {
        let (Some(first), Some(other)) = (these.first(), those.first()) else { return Ok(true) };
        if these.iter().any(|row| row.person != first.person) {
            return Ok(false);
        }
        let to = those.iter().find(|row| Some(row.person.0) == decided.to).unwrap_or(other).person;
        if first.person != to {
            let there = self.rows.charts_of(to)?;
            self.link_all(decided.step, (first.person, to), &there)?;
        }
        Ok(true)
    }

    /// A chart leaves the record in which a rule has put it, where anything is in it that was there when somebody decided that.
    fn taken_out_again(&self, decided: &DecidedStep, stayed: &[ChartRow]) -> Result<bool, StoreError> {
        let Some(chart) = decided.chart.map(ChartId) else { return Ok(true) };
        let Some(row) = self.rows.chart_row(chart)? else { return Ok(true) };
        let rows = self.rows.charts_of(row.person)?;
        let leaving = self.leaving(chart, row.person, &rows)?;
        if leaving.link.is_some() {
            return Ok(false);
        }
        let stays =
            |row: &ChartRow| stayed.iter().any(|one| one.chart == row.chart) && !leaving.out.contains(&row.chart);
        if !rows.iter().any(stays) {
            return Ok(true);
        }
        let home = match decided.to.map(PersonId) {
            Some(home) if self.rows.charts_of(home)?.is_empty() => Some(home),
            _ => None,
        };
        let how = How::Again { sides: Default::default(), home, sent: Vec::new() };
        let (step, act) = (decided.step, LinkAct::Unlink);
        let todo = LinkToDo { step, item: 0, act, chart: Some(chart), is_seconded: false, at: self.at, how };
        self.take_out(&todo, chart, row.person, &rows, &leaving)?;
        Ok(true)
    }

    /// Tells them apart that are not one person's.
    pub(crate) fn tell_apart(&self, these: &[ChartRow], those: &[ChartRow]) -> Result<(), StoreError> {
        for one in these {
            for other in those.iter().filter(|other| other.person != one.person) {
                self.keep_apart(std::slice::from_ref(one), std::slice::from_ref(other))?;
            }
        }
        Ok(())
    }
}
