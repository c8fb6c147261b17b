//! What a decision about who is who will move, known before it is confirmed: it is carried out by the same code, over rows
//! that write nothing. So what is shown is what is done, and where it would be something else by then, nothing is done.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use record::{ChartId, PersonId};
use sha2::{Digest as _, Sha256};

use crate::Place;
use crate::apply::IdentityRules;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::facts::hex;
use crate::identity_hands::LinkAct;
use crate::link_by_hand::carry_out;
use crate::link_to_do::{DoubtStand, How, LinkToDo};
use crate::people::People;
use crate::rows::Rows;
use crate::sqlite;

/// Numbers from here on are given to people who are made where nothing is written. No store gives as many, nor is
/// any of them given where charts are placed anew (`imagined.rs`).
pub(crate) const MADE_WHERE_FORESEEN: u64 = 1 << 41;
/// The decision that is not made yet: it comes after all that are.
const NOT_YET: i64 = i64::MAX;

/// What somebody thinks of deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WouldMove {
    /// That both are one person's.
    Link,
    /// That this chart is somebody else's.
    Unlink(ChartId),
    /// That the decision of this number should not have been made.
    TakeBack(u64),
}

/// To whom a chart goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goes {
    /// To a person who has other charts.
    To(PersonId),
    /// To a record in which nothing else is: a new one, or one that was left without a chart. Charts with the same number
    /// here go to the same one.
    Alone(usize),
}

/// A chart that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MovedChart {
    pub(crate) chart: ChartId,
    /// Of which source.
    pub(crate) source: i64,
    pub(crate) from: PersonId,
    pub(crate) to: Goes,
}

/// What a decision will move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreseen {
    pub(crate) charts: Vec<MovedChart>,
    pub(crate) is_careful: bool,
}

impl Foreseen {
    /// Whose charts will move.
    #[must_use]
    pub fn people(&self) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = self.charts.iter().map(|one| one.from).collect();
        people.sort_unstable_by_key(|person| person.0);
        people.dedup();
        people
    }

    /// Which charts move and to whom, as a form carries it. What a chart has come to hold since goes with it.
    pub(crate) fn digest(&self) -> String {
        let mut text = String::new();
        for MovedChart { chart, from, to, .. } in &self.charts {
            // Writing into a text never fails.
            let _ = match to {
                Goes::To(person) => write!(text, "{} {} to {};", chart.0, from.0, person.0),
                Goes::Alone(place) => write!(text, "{} {} alone {place};", chart.0, from.0),
            };
        }
        hex(Sha256::digest(text).into())
    }
}

/// What has been moved so far.
#[derive(Default)]
pub(crate) struct Moved {
    /// Whose each chart was before.
    from: RefCell<BTreeMap<ChartId, PersonId>>,
    is_careful: Cell<bool>,
}

impl Moved {
    pub(crate) fn add(&self, chart: ChartId, from: PersonId) {
        self.from.borrow_mut().entry(chart).or_insert(from);
    }

    pub(crate) fn is_any(&self) -> bool {
        !self.from.borrow().is_empty()
    }

    /// What would be without a decision cannot be told: the careful way is taken.
    pub(crate) fn carefully(&self) {
        self.is_careful.set(true);
    }
}

impl Placing<'_> {
    /// What has been moved, and where it is now.
    pub(crate) fn foreseen(&self) -> Result<Foreseen, StoreError> {
        let before = self.moved.from.borrow();
        let (mut charts, mut alone): (Vec<MovedChart>, Vec<PersonId>) = (Vec::new(), Vec::new());
        for (chart, from) in before.iter() {
            let Some(row) = self.rows.chart_row(*chart)?.filter(|row| row.person != *from) else { continue };
            let was_theirs = before.values().any(|person| *person == row.person);
            let came = |chart: ChartId| before.get(&chart).is_some_and(|from| *from != row.person);
            let is_alone = !was_theirs && self.rows.charts_of(row.person)?.iter().all(|one| came(one.chart));
            let to = if is_alone {
                let known = alone.iter().position(|person| *person == row.person);
                Goes::Alone(known.unwrap_or_else(|| {
                    alone.push(row.person);
                    alone.len() - 1
                }))
            } else {
                Goes::To(row.person)
            };
            charts.push(MovedChart { chart: *chart, source: row.source, from: *from, to });
        }
        Ok(Foreseen { charts, is_careful: self.moved.is_careful.get() })
    }
}

/// What would be done about a doubt that stands like this; a second reviewer is taken to say the same.
pub(crate) fn foresee(
    rows: &dyn Rows,
    rules: &IdentityRules,
    (item, doubt): (i64, Option<DoubtStand>),
    what: WouldMove,
) -> Result<Foreseen, StoreError> {
    let (act, chart) = match what {
        WouldMove::Link => (LinkAct::SamePerson, None),
        WouldMove::Unlink(chart) => (LinkAct::Unlink, Some(chart)),
        WouldMove::TakeBack(decision) => (LinkAct::TakeBack, Some(ChartId(decision))),
    };
    let how = How::Now { seen: None, doubt };
    let todo = LinkToDo { step: NOT_YET, item, act, chart, is_seconded: true, at: 0, how };
    Ok(carry_out(rows, rules, &todo)?.moved)
}

impl People {
    /// Which charts would move, from whom to whom, were this decided about a doubt now: the numbers of charts and people, and
    /// nothing of what they tell. Nothing is written.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn foresee(
        &self,
        item: u64,
        what: WouldMove,
        rules: &Arc<IdentityRules>,
    ) -> Result<Foreseen, StoreError> {
        let item = item.cast_signed();
        match &self.place {
            Place::Sqlite { record, .. } => {
                let rules = Arc::clone(rules);
                record.read(move |connection| sqlite::linking::foresee(connection, item, what, &rules)).await
            }
            Place::Postgres(server) => server.foresee(item, what, rules).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(chart: u64, from: u64, to: Goes) -> MovedChart {
        MovedChart { chart: ChartId(chart), source: 1, from: PersonId(from), to }
    }

    #[test]
    fn whoever_confirms_confirms_which_charts_move_and_to_whom_each_goes() {
        let shown = |charts: Vec<MovedChart>| Foreseen { charts, is_careful: false };
        let one = shown(vec![moved(1, 7, Goes::Alone(0)), moved(2, 7, Goes::Alone(0))]);
        let others = [
            shown(Vec::new()),
            shown(vec![moved(1, 7, Goes::Alone(0))]),
            shown(vec![moved(1, 7, Goes::Alone(0)), moved(2, 7, Goes::Alone(1))]),
            shown(vec![moved(1, 7, Goes::Alone(0)), moved(2, 8, Goes::Alone(0))]),
            shown(vec![moved(1, 7, Goes::Alone(0)), moved(2, 7, Goes::To(PersonId(0)))]),
        ];
        assert!(others.iter().all(|other| other.digest() != one.digest()));
        assert_eq!(one.digest(), one.clone().digest());
        assert_eq!(one.people(), [PersonId(7)]);
    }
}
