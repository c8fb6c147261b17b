//! Charts of one source that it says are one patient's. A join is an event: the charts
//! stay as they are, each with the entries that were told of it, and may be parted again.

use std::collections::BTreeSet;

use record::{ChartId, Demographics, MessageId, PersonId};

use crate::came_since::Two;
use crate::candidates::ChartTold;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::rows::{ChartRow, Rows};

/// The two are one patient's.
pub(crate) const JOIN_HOLDS: i64 = 0;
/// The source has taken it back.
pub(crate) const JOIN_PARTED: i64 = 1;
/// What was told since contradicts it: it waits for somebody to decide.
pub(crate) const JOIN_DOUBTED: i64 = 2;
/// It was taken back while others still join the two: it only tells where the prior chart came from.
pub(crate) const JOIN_LEFT: i64 = 3;
/// It was made while somebody had linked the two by hand, and would not have been without that, which was taken back.
pub(crate) const JOIN_NEVER: i64 = 4;

/// That two charts of a source are one patient's, by its own word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Join {
    /// The chart that is to be no more.
    pub(crate) prior: ChartId,
    /// The one that goes on.
    pub(crate) survivor: ChartId,
    /// Whose both are, while it holds.
    pub(crate) person: PersonId,
    /// Whose the prior chart was before: it goes back there when they are parted.
    pub(crate) from: PersonId,
    /// Whose charts they are.
    pub(crate) source: i64,
    /// Which unit of which message said so.
    pub(crate) message: MessageId,
    pub(crate) unit: u32,
    /// The unit's type.
    pub(crate) kind: String,
    pub(crate) state: i64,
}

impl Join {
    /// Whether it is between these two, whichever of them goes on.
    pub(crate) fn is_between(&self, one: ChartId, other: ChartId) -> bool {
        (self.prior, self.survivor) == (one, other) || (self.survivor, self.prior) == (one, other)
    }
}

/// Which unit asks for a join.
pub(crate) struct AskedBy<'a> {
    pub(crate) unit: u32,
    pub(crate) kind: &'a str,
    /// Why the charts belong together, as the history of links keeps it.
    pub(crate) evidence: &'a str,
}

/// What came of parting two charts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parted {
    /// They are two people's, as they were before: by which join they had been one, and
    /// whose each of them is now.
    Moved(Join, [PersonId; 2]),
    /// Other joins still make them one.
    StillJoined,
    /// They stay one person's, since somebody has linked them by hand: by which join they had been one.
    OneByHand(Join),
    /// They are one person for other reasons than a join.
    OneForOtherReasons,
}

/// The charts that are joined with this one, through others too; itself among them.
pub(crate) fn together(chart: ChartId, joins: &[Join]) -> BTreeSet<ChartId> {
    let mut found = BTreeSet::from([chart]);
    loop {
        let before = found.len();
        for join in joins.iter().filter(|join| join.state == JOIN_HOLDS) {
            if found.contains(&join.prior) || found.contains(&join.survivor) {
                found.extend([join.prior, join.survivor]);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Whose a chart was before it was joined with any other.
pub(crate) fn home(chart: ChartId, person: PersonId, joins: &[Join]) -> PersonId {
    let away = joins.iter().filter(|join| join.prior == chart && join.from != join.person);
    away.min_by_key(|join| (join.message.0, join.unit)).map_or(person, |join| join.from)
}

/// The one of these joined charts that was not merged into another of them; in a circle the oldest.
pub(crate) fn root(charts: &BTreeSet<ChartId>, joins: &[Join]) -> Option<ChartId> {
    let is_prior = |chart: &&ChartId| {
        joins.iter().any(|join| join.state == JOIN_HOLDS && join.prior == **chart && charts.contains(&join.survivor))
    };
    charts.iter().find(|chart| !is_prior(chart)).or(charts.first()).copied()
}

/// Whether the source has joined the two and taken that back, or what was told since contradicts it, whichever of
/// them was to go on.
pub(crate) fn were_parted(rows: &dyn Rows, one: ChartId, other: ChartId) -> Result<bool, StoreError> {
    Ok(rows.was_parted(one, other)? || rows.was_parted(other, one)?)
}

impl Placing<'_> {
    /// Why the charts that would move cannot be of the person whom they would join.
    /// `also` is what the message itself says of the patient who is to be no more.
    pub(crate) fn cannot_join(
        &self,
        prior: Option<&ChartRow>,
        survivor: &ChartRow,
        also: Option<&Demographics>,
    ) -> Result<Option<String>, StoreError> {
        if prior.is_some_and(|prior| prior.person == survivor.person) {
            return Ok(None);
        }
        let mut moving: Vec<Demographics> = also.cloned().into_iter().collect();
        let mut sealed = Vec::new();
        if let Some(prior) = prior {
            let charts = together(prior.chart, &self.rows.joins_of(prior.person)?);
            let rows = self.rows.charts_of(prior.person)?.into_iter().filter(|row| charts.contains(&row.chart));
            for row in rows {
                if self.was_told_apart(&[row.chart], survivor.person)? {
                    return Ok(Some("somebody has decided that they are two people's".to_owned()));
                }
                let from = self.rows.sealed_from(&BTreeSet::from([row.chart]))?;
                sealed.extend(from.into_iter().map(|(_, other)| other));
                moving.push(ChartTold::read(row)?.told);
            }
        }
        for row in self.rows.charts_of(survivor.person)? {
            // Nothing says that it is for this reason: a sealed pair is never explained.
            if sealed.contains(&row.chart) {
                return Ok(Some("this waits for somebody to decide".to_owned()));
            }
            let there = ChartTold::read(row)?.told;
            if let Some(reasons) = moving.iter().find_map(|told| (self.rules.cannot_merge)(told, &there)) {
                return Ok(Some(reasons));
            }
        }
        Ok(None)
    }

    /// Joins a chart, and whatever is joined with it, with another one. What others say
    /// of the person whom it leaves stays with them, and somebody is asked whether that
    /// belongs too. Doing it again changes nothing. Whether anything moved.
    pub(crate) fn join(&self, prior: &ChartRow, survivor: &ChartRow, asked: &AskedBy<'_>) -> Result<bool, StoreError> {
        let (from, to) = (prior.person, survivor.person);
        let joins = self.rows.joins_of(from)?;
        if joins
            .iter()
            .any(|join| join.state == JOIN_HOLDS && (join.prior, join.survivor) == (prior.chart, survivor.chart))
        {
            return Ok(false);
        }
        if from != to {
            let moving = together(prior.chart, &joins);
            self.move_together(&moving, &joins, (from, to), asked.evidence)?;
            if !self.rows.charts_of(from)?.is_empty() {
                let reasons = "the source merged its own chart; the other charts may belong there too";
                self.work_item("merge", to, Some(from), prior.chart, reasons, None)?;
            }
        }
        let join = Join {
            prior: prior.chart,
            survivor: survivor.chart,
            person: to,
            from: home(prior.chart, from, &joins),
            source: self.source,
            message: self.message,
            unit: asked.unit,
            kind: asked.kind.to_owned(),
            state: JOIN_HOLDS,
        };
        // The one with which the prior chart was joined before has left its person too.
        let moving = together(prior.chart, &joins);
        if let Some(root) = root(&moving, &joins).filter(|root| from != to && *root != prior.chart) {
            let from = home(root, from, &joins);
            self.rows.put_join(&Join { prior: root, from, state: JOIN_LEFT, ..join.clone() })?;
        }
        self.rows.put_join(&join)?;
        let charts = together(prior.chart, &self.rows.joins_of(to)?);
        self.cover_what_both_tell(to, &charts)?;
        Ok(from != to)
    }

    /// Takes the joins between two charts of a person back: each, with what is joined with
    /// it otherwise, goes back to whose it was.
    pub(crate) fn part(
        &self,
        person: PersonId,
        (one, other): (ChartId, ChartId),
        state: i64,
        evidence: &str,
    ) -> Result<Parted, StoreError> {
        let joins = self.rows.joins_of(person)?;
        let is_gone = |join: &Join| join.state == JOIN_HOLDS && join.is_between(one, other);
        let (gone, left): (Vec<Join>, Vec<Join>) = joins.iter().cloned().partition(is_gone);
        let Some(join) = gone.first().cloned() else { return Ok(Parted::OneForOtherReasons) };
        let sides = [together(one, &left), together(other, &left)];
        if sides.iter().all(|side| side.contains(&one)) {
            gone.into_iter().try_for_each(|join| self.rows.put_join(&Join { state: JOIN_LEFT, ..join }))?;
            return Ok(Parted::StillJoined);
        }
        let home_of = |side: &BTreeSet<ChartId>| root(side, &left).map_or(person, |root| home(root, person, &joins));
        let homes = sides.each_ref().map(home_of);
        let is_by_hand = homes == [person, person] && self.are_one_by_hand(&sides, &left, person)?;
        if homes == [person, person] && !is_by_hand {
            return Ok(Parted::OneForOtherReasons);
        }
        gone.into_iter().try_for_each(|join| self.rows.put_join(&Join { state, ..join }))?;
        self.uncover_between(person, &sides[0])?;
        if is_by_hand {
            return Ok(Parted::OneByHand(join));
        }
        let settled = sides.iter().flatten().copied().collect();
        let two = Two { each: sides.each_ref(), settled: &settled, joins: &left };
        let since = self.came_since(person, &two)?;
        for (side, home) in sides.iter().zip(homes) {
            if home != person {
                self.move_together(side, &left, (person, home), evidence)?;
            }
            self.cover_what_both_tell(home, side)?;
        }
        self.place_anew_each(person, since, &homes)?;
        Ok(Parted::Moved(join, homes))
    }

    /// Whether the two sides came to the person by different decisions: without those they would be two people's.
    fn are_one_by_hand(
        &self,
        sides: &[BTreeSet<ChartId>; 2],
        joins: &[Join],
        person: PersonId,
    ) -> Result<bool, StoreError> {
        let roots = sides.each_ref().map(|side| root(side, joins));
        let [Some(one), Some(other)] = roots else { return Ok(false) };
        Ok(self.hands_to(one, person)? != self.hands_to(other, person)?)
    }

    /// Whether all charts of the person are joined with this one.
    pub(crate) fn stands_alone(&self, chart: ChartId, person: PersonId) -> Result<bool, StoreError> {
        let charts = together(chart, &self.rows.joins_of(person)?);
        Ok(self.rows.charts_of(person)?.iter().all(|row| charts.contains(&row.chart)))
    }

    /// Whether a chart that turns out to be another person's may go there with what is
    /// joined with it: its source has not parted them from any chart of that person, and
    /// nothing that those which come along tell contradicts them.
    pub(crate) fn may_follow(&self, chart: ChartId, person: PersonId, to: PersonId) -> Result<bool, StoreError> {
        let joined = together(chart, &self.rows.joins_of(person)?);
        let there = self.rows.charts_of(to)?.into_iter().map(ChartTold::read).collect::<Result<Vec<_>, _>>()?;
        for row in self.rows.charts_of(person)?.into_iter().filter(|row| joined.contains(&row.chart)) {
            let moving = ChartTold::read(row)?;
            for other in &there {
                let contradicts =
                    moving.chart != chart && (self.rules.cannot_merge)(&moving.told, &other.told).is_some();
                if contradicts || were_parted(self.rows, moving.chart, other.chart)? {
                    return Ok(false);
                }
            }
            if self.was_told_apart(&[moving.chart], to)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Moves a chart to the person whose it turned out to be, with what is joined with it.
    pub(crate) fn move_with_joined(&self, chart: ChartId, from: PersonId, to: PersonId) -> Result<(), StoreError> {
        let joins = self.rows.joins_of(from)?;
        if joins.is_empty() {
            return self.rows.move_chart(chart, from, to).map(drop);
        }
        self.move_together(
            &together(chart, &joins),
            &joins,
            (from, to),
            "joined with a chart that turned out to be theirs",
        )
    }

    /// Moves joined charts from one person to another, with the joins between them.
    pub(crate) fn move_together(
        &self,
        charts: &BTreeSet<ChartId>,
        joins: &[Join],
        people: (PersonId, PersonId),
        evidence: &str,
    ) -> Result<(), StoreError> {
        let charts: Vec<ChartId> = charts.iter().copied().collect();
        self.move_each(&charts, joins, people, evidence)
    }

    /// Moves them in this order.
    pub(crate) fn move_each(
        &self,
        charts: &[ChartId],
        joins: &[Join],
        (from, to): (PersonId, PersonId),
        evidence: &str,
    ) -> Result<(), StoreError> {
        for chart in charts {
            self.moved.add(*chart, from);
            let moved = self.rows.move_chart(*chart, from, to)?;
            self.cover_moved(&moved, from, to)?;
            self.rows.link(self.at, *chart, to, evidence)?;
        }
        for join in joins.iter().filter(|join| charts.contains(&join.prior)) {
            // Whose chart has come home needs nobody to tell where it came from.
            let is_over = join.state == JOIN_LEFT && join.from == to;
            let state = if is_over { JOIN_PARTED } else { join.state };
            self.rows.put_join(&Join { person: to, state, ..join.clone() })?;
        }
        for person in [from, to] {
            self.rows.update_restriction(person)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(prior: u64, survivor: u64) -> Join {
        Join {
            prior: ChartId(prior),
            survivor: ChartId(survivor),
            person: PersonId(1),
            from: PersonId(2),
            source: 1,
            message: MessageId(1),
            unit: 0,
            kind: "ADT^A40".to_owned(),
            state: JOIN_HOLDS,
        }
    }

    proptest! {
        #[test]
        fn chains_and_circles_of_merges_end_the_same_in_any_order(
            pairs in proptest::collection::vec((0u64..6, 0u64..6), 0..8), turn in 0usize..8
        ) {
            let joins: Vec<Join> = pairs.iter().map(|(prior, survivor)| join(*prior, *survivor)).collect();
            let mut others = joins.clone();
            others.reverse();
            others.rotate_left(turn % joins.len().max(1));
            for chart in 0..6 {
                let found = together(ChartId(chart), &joins);
                prop_assert_eq!(&found, &together(ChartId(chart), &others));
                prop_assert!(found.iter().all(|one| together(*one, &joins) == found));
            }
        }
    }
}
