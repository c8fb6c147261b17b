//! What a source asks of its own charts: to join two of them, or to part them again.
//! Done in the transaction that applies the message, after whoever it describes is placed.

use record::{Demographics, PersonId};
use serde::{Deserialize, Serialize};

use crate::apply::{Applying, ChartChange, Terms, UnitWork, Work};
use crate::attendances::Refile;
use crate::candidates::ChartTold;
use crate::charts::{ChartOutcome, Placing};
use crate::describe::already_placed;
use crate::error::StoreError;
use crate::joins::{AskedBy, JOIN_DOUBTED, JOIN_HOLDS, JOIN_PARTED, Join, Parted, together};
use crate::mentioned::Mentioned;
use crate::rows::{ChartRow, QuarantineRow};
use crate::who_step::{AskOfCharts, AskedStep, WhoStep};

/// What one unit asks, and what it says beside that.
pub struct Rearrange {
    /// What it asks, in order.
    pub asks: Vec<JoinAsk>,
    /// Which attendances are filed elsewhere from now on.
    pub refiled: Vec<Refile>,
    /// What it says of the charts that it describes: applied whatever becomes of the asking.
    pub changes: Vec<ChartChange>,
    /// On which terms that is applied.
    pub terms: Terms,
    /// Where in the unit it asks.
    pub place: String,
    /// What it asks, in words that name nobody: the beginning of the reason for which it may wait.
    pub asks_to: String,
    /// Whom it names.
    pub about: Vec<Mentioned>,
}

impl Rearrange {
    /// The source's own keys of the patients of whom something is asked.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let joined = self.asks.iter().flat_map(|ask| [ask.prior.as_str(), ask.survivor.as_str()]);
        let refiled = self.refiled.iter().flat_map(|asked| [asked.from.chart.as_str(), asked.into.chart.as_str()]);
        joined.chain(refiled)
    }
}

/// One thing that is asked.
#[derive(Clone, Debug)]
pub struct JoinAsk {
    /// What.
    pub verb: JoinVerb,
    /// The source's own key of the patient who is to be no more, or of the first of two.
    pub prior: String,
    /// What the message says of that patient.
    pub prior_told: Option<Demographics>,
    /// The key of the patient who goes on.
    pub survivor: String,
}

/// What is to be done with two charts of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinVerb {
    /// They are one patient's: one number was merged into the other.
    Merge,
    /// They are one person's and stay two.
    Link,
    /// They are one person's no longer.
    Unlink,
}

impl JoinVerb {
    /// As the history of links says it.
    pub(crate) fn evidence(self) -> &'static str {
        match self {
            Self::Merge => "the source merged its numbers",
            Self::Link => "the source linked its numbers",
            Self::Unlink => "the source unlinked its numbers",
        }
    }
}

/// Why what is asked is not done, and whom it concerns.
pub(crate) struct Refused {
    person: PersonId,
    reasons: String,
}

/// What was found before anything is doubted about it.
struct Against {
    survivor: ChartRow,
    prior: Option<ChartRow>,
    reasons: String,
}

impl Applying<'_> {
    /// Does what a unit asks, all of it or nothing. Where it cannot be, both people's
    /// records say that somebody has to decide.
    pub(crate) fn rearrange(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        let Work::Rearrange(asked) = &unit.work else { return Ok(()) };
        if self.waits_anyway(number, asked) {
            return Ok(());
        }
        let (charts, persons) = (self.charts.clone(), self.applied.persons);
        self.rows.begin_attempt()?;
        let mut against = None;
        for ask in &asked.asks {
            against = self.ask((number, unit), ask)?;
            if against.is_some() {
                break;
            }
        }
        if against.is_none() {
            for (word, asked) in (0u32..).zip(&asked.refiled) {
                self.refile(number, word, asked)?;
            }
        }
        let waits = against.is_some();
        if let Some(against) = against {
            self.rows.undo_attempt()?;
            (self.charts, self.applied.persons) = (charts, persons);
            let refused = self.doubt(&asked.asks_to, &against)?;
            self.refused.insert(number, refused);
        }
        self.note_asked((number, unit), asked, waits)?;
        self.rows.end_attempt()
    }

    /// Writes down what a unit asked, whether it was done or waits.
    fn note_asked(&self, (number, unit): (u32, &UnitWork), asked: &Rearrange, waits: bool) -> Result<(), StoreError> {
        let (source, message, kind) = (self.source, self.application.message.0, unit.kind.clone());
        let stated_at = self.stated_at();
        let mut step = AskedStep { source, message, unit: number, kind, stated_at, waits, asks: Vec::new() };
        for ask in asked.asks.iter().filter(|ask| ask.prior != ask.survivor) {
            let (prior, survivor) = (self.rows.chart(source, &ask.prior)?, self.rows.chart(source, &ask.survivor)?);
            let (Some(prior), Some(survivor)) = (prior, survivor) else { continue };
            step.asks.push(AskOfCharts::new(ask.verb, prior.chart, survivor.chart, ask.prior_told.as_ref()));
        }
        if step.asks.is_empty() {
            return Ok(());
        }
        let step = WhoStep::Asked(step);
        self.rows.note_step(&step.charts(), &step.text())
    }

    /// Applies what the unit says beside what it asks. Where that was not done, the unit
    /// waits in quarantine about both.
    pub(crate) fn rearranged(&mut self, number: u32, unit: &UnitWork, asked: &Rearrange) -> Result<(), StoreError> {
        let Some(refused) = self.refused.remove(&number) else {
            return self.apply(number, unit, asked.terms, &asked.changes);
        };
        for change in &asked.changes {
            self.entries(number, unit, asked.terms, change)?;
        }
        self.hold(number, unit, Some(refused.person), &asked.place, &refused.reasons)
    }

    /// Whether the unit is held because of whom it describes.
    fn waits_anyway(&self, number: u32, asked: &Rearrange) -> bool {
        let contradicts = |change: &ChartChange| {
            let described = self.charts.get(&change.key).map(Vec::as_slice).unwrap_or_default();
            matches!(already_placed(described, change.told.as_ref()), Some(ChartOutcome::Contradicts { .. }))
        };
        self.held.contains_key(&number)
            || (asked.terms.with_all && self.all_wait.is_some())
            || asked.changes.iter().any(contradicts)
    }

    fn ask(&mut self, (number, unit): (u32, &UnitWork), ask: &JoinAsk) -> Result<Option<Against>, StoreError> {
        if ask.prior == ask.survivor {
            return Ok(None);
        }
        let asked = AskedBy { unit: number, kind: &unit.kind, evidence: ask.verb.evidence() };
        if ask.verb == JoinVerb::Unlink { self.part_asked(ask, &asked) } else { self.join_asked(ask, &asked) }
    }

    /// A patient who is to be no more and was never heard of becomes known by it: what
    /// comes of them later finds its place.
    fn join_asked(&mut self, ask: &JoinAsk, asked: &AskedBy<'_>) -> Result<Option<Against>, StoreError> {
        let survivor = self.row_of(&ask.survivor)?;
        let prior = self.rows.chart(self.source, &ask.prior)?;
        if let Some(reasons) = self.placing().cannot_join(prior.as_ref(), &survivor, ask.prior_told.as_ref())? {
            return Ok(Some(Against { survivor, prior, reasons }));
        }
        let prior = self.row_of(&ask.prior)?;
        if self.placing().join(&prior, &survivor, asked)? {
            self.find_people_again()?;
        }
        Ok(None)
    }

    fn part_asked(&mut self, ask: &JoinAsk, asked: &AskedBy<'_>) -> Result<Option<Against>, StoreError> {
        let (first, second) = (self.row_of(&ask.survivor)?, self.row_of(&ask.prior)?);
        if first.person != second.person {
            return Ok(None);
        }
        let reasons = self.placing().part_asked_of(&first, &second, asked)?;
        if reasons.is_none() {
            self.find_people_again()?;
        }
        Ok(reasons.map(|reasons| Against { survivor: first, prior: Some(second), reasons }))
    }

    /// The chart of this key; one that was not known becomes known by it.
    pub(crate) fn row_of(&mut self, key: &str) -> Result<ChartRow, StoreError> {
        let named = ChartChange { key: key.to_owned(), local_numbers: Vec::new(), told: None, entries: Vec::new() };
        self.chart(&named)?;
        self.rows.chart(self.source, key)?.ok_or(StoreError::NotFound("chart"))
    }

    /// Charts have moved: whatever else the message says of them goes to whose they are now.
    pub(crate) fn find_people_again(&mut self) -> Result<(), StoreError> {
        for (key, described) in &mut self.charts {
            let Some(row) = self.rows.chart(self.source, key)? else { continue };
            for (_, outcome) in described {
                let (ChartOutcome::Placed { person, .. } | ChartOutcome::Contradicts { person, .. }) = outcome;
                *person = row.person;
            }
        }
        Ok(())
    }

    /// Puts on both records that somebody has to decide.
    fn doubt(&self, asks_to: &str, against: &Against) -> Result<Refused, StoreError> {
        let Against { survivor, prior, reasons } = against;
        let chart = prior.as_ref().map_or(survivor.chart, |prior| prior.chart);
        let other = prior.as_ref().map(|prior| prior.person).filter(|other| *other != survivor.person);
        let reasons = format!("{asks_to}; {reasons}");
        self.placing().work_item("merge", survivor.person, other, chart, &reasons, None)?;
        Ok(Refused { person: survivor.person, reasons })
    }
}

impl Placing<'_> {
    /// Takes back what a source had said of these two, who are one person's. Why that cannot be.
    pub(crate) fn part_asked_of(
        &self,
        first: &ChartRow,
        second: &ChartRow,
        asked: &AskedBy<'_>,
    ) -> Result<Option<String>, StoreError> {
        let between = (second.chart, first.chart);
        let reasons = match self.part(first.person, between, JOIN_PARTED, asked.evidence)? {
            Parted::Moved(..) => return Ok(None),
            Parted::StillJoined => "the source unlinked two of its numbers that its other merges still join",
            Parted::OneByHand(_) => "the source unlinked two of its numbers that somebody has linked by hand",
            Parted::OneForOtherReasons => {
                return Ok(Some("they are one person for other reasons than its own link".to_owned()));
            }
        };
        self.work_item("merge", first.person, None, second.chart, reasons, None)?;
        Ok(None)
    }

    /// A chart that was joined before anything was said of its patient, or before its
    /// number was told, may turn out to be somebody else's. Then the join waits for
    /// somebody to decide, as it would had it come now. Whether anything moved.
    pub(crate) fn part_what_contradicts(&self, chart: &ChartRow, told: &Demographics) -> Result<bool, StoreError> {
        let joins = self.rows.joins_of(chart.person)?;
        if joins.is_empty() {
            return Ok(false);
        }
        let rows = self.rows.charts_of(chart.person)?;
        let contradicts = |row: &ChartRow| -> Result<Option<String>, StoreError> {
            let there = ChartTold::read(row.clone())?.told;
            Ok((self.rules.cannot_merge)(told, &there))
        };
        let of_chart = |join: &&Join| [join.prior, join.survivor].contains(&chart.chart) && join.state == JOIN_HOLDS;
        for join in joins.iter().filter(of_chart) {
            let beyond = if join.prior == chart.chart { join.survivor } else { join.prior };
            let others: Vec<Join> = joins.iter().filter(|one| !one.is_between(chart.chart, beyond)).cloned().collect();
            let side = together(beyond, &others);
            for row in rows.iter().filter(|row| row.chart != chart.chart && side.contains(&row.chart)) {
                let Some(reasons) = contradicts(row)? else { continue };
                let evidence = "what was told since contradicts the merge";
                match self.part(chart.person, (chart.chart, beyond), JOIN_DOUBTED, evidence)? {
                    Parted::Moved(join, people) => {
                        self.doubt_join(&join, people, &reasons)?;
                        return Ok(true);
                    }
                    // What else joins them is looked at in its turn.
                    Parted::StillJoined => return Ok(true),
                    Parted::OneByHand(join) => {
                        self.doubt_join(&join, [chart.person; 2], &reasons)?;
                        return Ok(true);
                    }
                    Parted::OneForOtherReasons => {}
                }
            }
        }
        Ok(false)
    }

    /// The message that had joined the two waits from now on.
    pub(crate) fn doubt_join(
        &self,
        join: &Join,
        [told, other]: [PersonId; 2],
        reasons: &str,
    ) -> Result<(), StoreError> {
        let reason = format!("the source asks to merge patients; what was told since contradicts it: {reasons}");
        self.work_item("merge", other, Some(told).filter(|told| *told != other), join.prior, &reason, None)?;
        self.rows.quarantine(QuarantineRow {
            source: join.source,
            message: join.message,
            unit: join.unit,
            kind: join.kind.clone(),
            person: Some(other),
            place: "MRG".to_owned(),
            reason,
            at: self.at,
            about: Vec::new(),
        })
    }
}
