//! What is known of charts and of who they were, in the order in which it was applied: gathered for all whom a decision
//! may concern, so that they can be placed anew without it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use record::{ChartId, MessageId, PersonId};

use crate::charts::{FIRST_SEEN, Placing};
use crate::error::StoreError;
use crate::rows::ChartRow;
use crate::who_step::{AskedStep, DecidedStep, FirstSight, StoredStep, WhoStep};

/// How many charts are gone through where one decision is undone. Beyond it only what that decision had linked goes back.
pub(crate) const CONCERNED_MAX: usize = 200;
/// How many steps of their past are.
pub(crate) const STEPS_MAX: usize = 2_000;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Happened {
    /// The chart was seen for the first time.
    Seen(ChartId),
    /// It told something else: the text of this place among those that it told.
    Told(ChartId, usize),
    Asked(AskedStep),
    Decided(DecidedStep),
}

/// A chart and what it told, one after the other.
pub(crate) struct Known {
    pub(crate) row: ChartRow,
    pub(crate) told: Vec<Option<String>>,
}

/// What is known.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) charts: BTreeMap<ChartId, Known>,
    /// Whoever has or had one of them.
    pub(crate) people: BTreeSet<PersonId>,
    /// Who began with which chart.
    pub(crate) began: BTreeMap<ChartId, PersonId>,
    /// For which charts people were made since, and who that was.
    pub(crate) made: Vec<(u64, u64)>,
    pub(crate) happened: Vec<Happened>,
    /// Decisions that were taken back.
    pub(crate) undone: BTreeSet<i64>,
}

/// Where something stands in the order: after which link of a chart, first sights first.
type Order = (i64, bool, i64);

#[derive(Default)]
struct Gathering {
    history: History,
    in_order: Vec<(Order, Happened)>,
    /// Steps that several charts have in common are taken once.
    taken: HashSet<String>,
    /// What had waited and is done since a decision was taken back.
    settled: BTreeSet<(u64, u32)>,
    steps: usize,
}

impl History {
    /// The decision of this number, where it is one of these.
    pub(crate) fn decided(&self, step: i64) -> Option<&DecidedStep> {
        self.happened.iter().find_map(|one| match one {
            Happened::Decided(decided) if decided.step == step => Some(decided),
            _ => None,
        })
    }

    /// What this unit of a message asked.
    pub(crate) fn asked(&self, message: u64, unit: u32) -> Option<&AskedStep> {
        self.happened.iter().find_map(|one| match one {
            Happened::Asked(asked) if (asked.message, asked.unit) == (message, unit) => Some(asked),
            _ => None,
        })
    }

    pub(crate) fn rows(&self) -> BTreeMap<ChartId, ChartRow> {
        self.charts.iter().map(|(chart, known)| (*chart, known.row.clone())).collect()
    }
}

impl Placing<'_> {
    /// All that happened to these people's charts, and to whatever is tied to them: by a doubt, by what a source asked, by a
    /// decision, or because it was once somebody's of theirs. Nothing where that is more than is gone through.
    pub(crate) fn history_of(&self, people: &[PersonId]) -> Result<Option<History>, StoreError> {
        let mut gathering = Gathering::default();
        let (mut people, mut charts): (Vec<PersonId>, Vec<ChartId>) = (people.to_vec(), Vec::new());
        loop {
            if let Some(person) = people.pop() {
                if gathering.history.people.insert(person) {
                    charts.extend(self.rows.charts_of(person)?.into_iter().map(|row| row.chart));
                    people.extend(self.rows.doubted_with(person)?);
                }
            } else if let Some(chart) = charts.pop() {
                if gathering.history.charts.contains_key(&chart) {
                    continue;
                }
                let Some(row) = self.rows.chart_row(chart)? else { continue };
                people.push(row.person);
                people.extend(self.rows.people_before(chart)?);
                let (Some(sight), Some(steps)) = (self.rows.first_sight_of(chart)?, self.rows.steps_of(chart)?) else {
                    return Ok(None);
                };
                charts.extend(self.gather(&mut gathering, row, sight, &steps)?);
            } else {
                break;
            }
            if gathering.history.charts.len() > CONCERNED_MAX || gathering.steps > STEPS_MAX {
                return Ok(None);
            }
        }
        gathering.in_order.sort_by_key(|(order, _)| *order);
        for (_, happened) in std::mem::take(&mut gathering.in_order) {
            if !self.was_settled_by_hand(&happened, &gathering.settled)? {
                gathering.history.happened.push(happened);
            }
        }
        Ok(Some(gathering.history))
    }

    /// What waited and waits no longer was settled by hand, one way or the other, unless a decision that was taken back did it.
    fn was_settled_by_hand(&self, happened: &Happened, settled: &BTreeSet<(u64, u32)>) -> Result<bool, StoreError> {
        let Happened::Asked(asked) = happened else { return Ok(false) };
        let is_done = asked.waits && !settled.contains(&(asked.message, asked.unit));
        Ok(is_done && !self.rows.unit_waits(MessageId(asked.message), asked.unit)?)
    }

    /// Takes in what is known of a chart, and gives the others that this names.
    fn gather(
        &self,
        gathering: &mut Gathering,
        row: ChartRow,
        sight: FirstSight,
        steps: &[StoredStep],
    ) -> Result<Vec<ChartId>, StoreError> {
        let (chart, mut told, mut named) = (row.chart, Vec::new(), Vec::new());
        let history = &mut gathering.history;
        gathering.steps += steps.len() + 1;
        gathering.in_order.push(((sight.event, false, 0), Happened::Seen(chart)));
        let mut made_when_seen = None;
        for step in steps {
            let order = (step.after, true, step.id);
            let read = step.read()?;
            named.extend(read.charts());
            let happened = match read {
                WhoStep::Told(before) => {
                    told.push(before);
                    Happened::Told(chart, told.len())
                }
                WhoStep::Made(person, is_seen) => {
                    history.people.insert(PersonId(person));
                    if is_seen {
                        made_when_seen = Some(PersonId(person));
                    } else {
                        history.made.push((chart.0, person));
                    }
                    continue;
                }
                WhoStep::Undone(of) => {
                    history.undone.insert(of);
                    continue;
                }
                WhoStep::Settled(message, unit) => {
                    gathering.settled.insert((message, unit));
                    continue;
                }
                WhoStep::Asked(asked) => Happened::Asked(asked),
                WhoStep::Decided(decided) => Happened::Decided(decided),
            };
            if matches!(happened, Happened::Told(..)) || gathering.taken.insert(step.text.clone()) {
                gathering.in_order.push((order, happened));
            }
        }
        told.push(row.told.clone());
        let first = sight.evidence.starts_with(FIRST_SEEN).then_some(sight.person);
        if let Some(person) = first.or(made_when_seen) {
            history.began.insert(chart, person);
        }
        history.charts.insert(chart, Known { row, told });
        Ok(named)
    }
}
