//! What came to a record while it held two people: a rule brought it there for what either of them told. Once they
//! are parted each such chart is placed anew, by the same rules, against whoever there is now.

use std::collections::BTreeSet;

use record::{ChartId, PersonId};

use crate::apply::Placement;
use crate::candidates::ChartTold;
use crate::charts::{KnownChart, Placing};
use crate::error::StoreError;
use crate::joins::{Join, home, root, together, were_parted};
use crate::rows::{ChartRow, WorkItem};

/// What stands on the work list about a chart that came meanwhile.
const CAME_MEANWHILE: &str = "it came while two people's records were one";
/// Before the reasons for which a chart is whose it is since its record was parted.
pub(crate) const ANEW: &str = "placed anew since two people's records were parted";
/// No person's number: a chart that is placed anew is nobody's.
const NOBODY: PersonId = PersonId(0);

/// Charts that stay joined whatever is parted.
type Cluster = Vec<ChartRow>;

/// What came by a rule while two people were one, in the order in which it came.
#[derive(Default)]
pub(crate) struct CameSince {
    all: Vec<(i64, Came)>,
}

enum Came {
    /// A chart of its own, with what its source has joined with it.
    Chart(Cluster, ChartRow),
    /// A chart that its source has merged since into another: it stays there, and would go back to where a rule puts it.
    Merged(ChartRow),
    /// A chart into which its source has merged one of the two since: it stays with that one, and somebody is asked.
    Stays(ChartRow),
}

impl CameSince {
    /// The charts that leave, or stay because a rule says so, whatever else is parted.
    pub(crate) fn charts(&self) -> BTreeSet<ChartId> {
        let clusters = self.all.iter().filter_map(|(_, came)| match came {
            Came::Chart(cluster, _) => Some(cluster),
            Came::Merged(_) | Came::Stays(_) => None,
        });
        clusters.flatten().map(|row| row.chart).collect()
    }
}

/// Which charts of a record make the two people that it held.
pub(crate) struct Two<'a> {
    /// Charts of the one and of the other, by which it is known since when they were one.
    pub(crate) each: [&'a BTreeSet<ChartId>; 2],
    /// Charts of which it is settled where they go.
    pub(crate) settled: &'a BTreeSet<ChartId>,
    /// The joins that go on.
    pub(crate) joins: &'a [Join],
}

impl Placing<'_> {
    /// What came to the person after both of the two had, by a rule: not by hand, and not because its source merged it.
    pub(crate) fn came_since(&self, person: PersonId, two: &Two<'_>) -> Result<CameSince, StoreError> {
        let [one, other] = two.each;
        let (Some(one_came), Some(other_came)) = (self.first_came(one, person)?, self.first_came(other, person)?)
        else {
            return Ok(CameSince::default());
        };
        let since = one_came.max(other_came);
        let mut steps = BTreeSet::new();
        for chart in one.union(other) {
            steps.extend(self.rows.hand_link_to(*chart, person)?.map(|link| link.step));
        }
        let mut all = Vec::new();
        for cluster in clusters(&self.rows.charts_of(person)?, two.joins) {
            let charts: BTreeSet<ChartId> = cluster.iter().map(|row| row.chart).collect();
            let root = root(&charts, two.joins);
            for row in &cluster {
                // Whoever came along with the two by one decision had been with them before it.
                let hand = self.rows.hand_link_to(row.chart, person)?.filter(|link| !steps.contains(&link.step));
                let came = self.rows.came(row.chart, person)?.filter(|came| *came > since && hand.is_none());
                let Some(came) = came.filter(|_| row.told.is_some() && home(row.chart, person, two.joins) == person)
                else {
                    continue;
                };
                if root != Some(row.chart) {
                    all.push((came, Came::Merged(row.clone())));
                } else if two.settled.contains(&row.chart) {
                    all.push((came, Came::Stays(row.clone())));
                } else {
                    all.push((came, Came::Chart(cluster.clone(), row.clone())));
                }
            }
        }
        all.sort_by_key(|(came, _)| *came);
        Ok(CameSince { all })
    }

    /// When the first of these came to the person.
    fn first_came(&self, charts: &BTreeSet<ChartId>, person: PersonId) -> Result<Option<i64>, StoreError> {
        let came = charts.iter().map(|chart| self.rows.came(*chart, person));
        Ok(came.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().min())
    }

    /// Places each of them anew, in the order in which they came; `parted` are the two people. What fits nobody goes to a
    /// person of its own and somebody is asked: in the wrong record it could kill.
    pub(crate) fn place_anew_each(
        &self,
        person: PersonId,
        since: CameSince,
        parted: &[PersonId],
    ) -> Result<(), StoreError> {
        for (_, came) in &since.all {
            match came {
                Came::Chart(cluster, _) => self.in_question.borrow_mut().extend(cluster.iter().map(|row| row.chart)),
                Came::Merged(row) | Came::Stays(row) => self.in_question.borrow_mut().extend([row.chart]),
            }
        }
        for (_, came) in since.all {
            match came {
                Came::Chart(cluster, row) => {
                    let placement = self.placed_once_parted(&cluster, &row)?;
                    self.send(person, &cluster, &row, placement, parted)?;
                    self.in_question.borrow_mut().retain(|chart| !cluster.iter().any(|row| row.chart == *chart));
                }
                Came::Merged(row) => {
                    let placement = self.placed_once_parted(std::slice::from_ref(&row), &row)?;
                    self.tell_home(person, &row, &placement)?;
                    self.in_question.borrow_mut().remove(&row.chart);
                }
                Came::Stays(row) => {
                    let placement = self.placed_once_parted(std::slice::from_ref(&row), &row)?;
                    let now = self.rows.chart_row(row.chart)?.map_or(person, |row| row.person);
                    let elsewhere = matches!(&placement, Placement::Link(to, _) if *to != now);
                    if elsewhere {
                        self.ask_whose(&row, now, Placement::NewPerson, parted)?;
                    }
                    self.in_question.borrow_mut().remove(&row.chart);
                }
            }
        }
        Ok(())
    }

    /// Where the rules put a chart that is nobody's at the moment.
    fn placed_once_parted(&self, cluster: &[ChartRow], row: &ChartRow) -> Result<Placement, StoreError> {
        let known = KnownChart { person: NOBODY, ..KnownChart::read(row.clone())? };
        let told = ChartTold::read(row.clone())?.told;
        let candidates = self.candidates(&told)?;
        match self.placement(&told, &candidates, Some(&known))? {
            Placement::Link(to, reasons) if !self.may_come(cluster, row.chart, to)? => {
                Ok(Placement::NewPersonAndWorkList { conflicts: vec![to], reasons })
            }
            placement => Ok(placement),
        }
    }

    /// Whether nothing that is told of those which come along contradicts the person, and nobody has parted or told
    /// apart any of them from there.
    fn may_come(&self, cluster: &[ChartRow], chart: ChartId, to: PersonId) -> Result<bool, StoreError> {
        let there = self.rows.charts_of(to)?;
        let there = there.into_iter().filter(|row| !self.in_question.borrow().contains(&row.chart));
        let there = there.map(ChartTold::read).collect::<Result<Vec<_>, _>>()?;
        for row in cluster {
            let moving = ChartTold::read(row.clone())?;
            let kept = self.rows.kept_apart(row.chart)?;
            for other in &there {
                let contradicts = row.chart != chart && (self.rules.cannot_merge)(&moving.told, &other.told).is_some();
                let is_apart = kept.iter().any(|kept| kept.other == other.chart);
                if contradicts || is_apart || were_parted(self.rows, row.chart, other.chart)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Moves a chart, with what is joined with it, to where it was placed.
    fn send(
        &self,
        person: PersonId,
        cluster: &[ChartRow],
        row: &ChartRow,
        placement: Placement,
        parted: &[PersonId],
    ) -> Result<(), StoreError> {
        let charts: BTreeSet<ChartId> = cluster.iter().map(|row| row.chart).collect();
        let (to, evidence) = match &placement {
            Placement::Link(to, reasons) => (*to, format!("{ANEW}: {reasons}")),
            _ => (self.own_person(row.chart)?, format!("{ANEW}: it fits neither of them")),
        };
        if to == person {
            self.rows.link(self.at, row.chart, to, &evidence)?;
            return self.rows.links_moved(to);
        }
        self.uncover_between(person, &charts)?;
        self.move_in_order(&charts, &self.rows.joins_of(person)?, (person, to), &evidence)?;
        self.ask_whose(row, to, placement, parted)?;
        self.rows.links_moved(to)
    }

    /// A person of whom nothing was known, in a rebuild the one who was made then.
    pub(crate) fn own_person(&self, chart: ChartId) -> Result<PersonId, StoreError> {
        self.made_for(chart, false)
    }

    /// Where a chart goes back to once its source parts it from the one into which it has merged it.
    fn tell_home(&self, person: PersonId, row: &ChartRow, placement: &Placement) -> Result<(), StoreError> {
        let home = match placement {
            Placement::Link(to, _) if *to == person => return Ok(()),
            Placement::Link(to, _) => *to,
            _ => self.own_person(row.chart)?,
        };
        let now = self.rows.chart_row(row.chart)?.map_or(person, |row| row.person);
        for join in self.rows.joins_of(now)?.into_iter().filter(|join| join.prior == row.chart && join.from == person) {
            self.rows.put_join(&Join { from: home, ..join })?;
        }
        Ok(())
    }

    /// Somebody is asked whose a chart is that fits neither of two people with whom it was: about those whom the rules
    /// name, and about both of the two.
    fn ask_whose(
        &self,
        row: &ChartRow,
        person: PersonId,
        placement: Placement,
        parted: &[PersonId],
    ) -> Result<(), StoreError> {
        let mut asked: Vec<(&'static str, PersonId, String, Option<i64>)> = match placement {
            Placement::Link(..) => return Ok(()),
            Placement::NewPerson => Vec::new(),
            Placement::NewPersonAndWorkList { conflicts, reasons } => {
                conflicts.into_iter().map(|other| ("same number", other, reasons.clone(), None)).collect()
            }
            Placement::NewPersonAndAsk(alike) => {
                alike.into_iter().map(|one| ("alike", one.person, one.reasons, Some(one.odds_centibits))).collect()
            }
        };
        for other in parted {
            if !asked.iter().any(|(_, known, ..)| known == other) && !self.rows.charts_of(*other)?.is_empty() {
                asked.push(("merge", *other, CAME_MEANWHILE.to_owned(), None));
            }
        }
        for (kind, other, reasons, odds) in asked.into_iter().filter(|(_, other, ..)| *other != person) {
            let item = WorkItem {
                at: self.at,
                kind: kind.into(),
                person,
                other: Some(other),
                chart: row.chart,
                source: row.source,
                message: self.message,
                reasons,
                odds,
            };
            if self.rows.work_item(item)? {
                self.rows.links_moved(other)?;
            }
        }
        Ok(())
    }

    /// Moves charts in the order in which they came: which of them came after which is known afterwards too.
    pub(crate) fn move_in_order(
        &self,
        charts: &BTreeSet<ChartId>,
        joins: &[Join],
        people: (PersonId, PersonId),
        evidence: &str,
    ) -> Result<(), StoreError> {
        let came = charts.iter().map(|chart| Ok((self.rows.came(*chart, people.0)?, *chart)));
        let mut came = came.collect::<Result<Vec<_>, StoreError>>()?;
        came.sort_unstable();
        let in_order: Vec<ChartId> = came.into_iter().map(|(_, chart)| chart).collect();
        self.move_each(&in_order, joins, people, evidence)
    }
}

/// The charts in groups of those that are joined.
fn clusters(rows: &[ChartRow], joins: &[Join]) -> Vec<Cluster> {
    let mut found: Vec<(BTreeSet<ChartId>, Cluster)> = Vec::new();
    for row in rows {
        match found.iter_mut().find(|(charts, _)| charts.contains(&row.chart)) {
            Some((_, cluster)) => cluster.push(row.clone()),
            None => found.push((together(row.chart, joins), vec![row.clone()])),
        }
    }
    found.into_iter().map(|(_, cluster)| cluster).collect()
}
