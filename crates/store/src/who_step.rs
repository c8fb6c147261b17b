//! What changed about who is who, in the order in which it was applied: what a chart told before, what a source asked of
//! its charts, what somebody decided. With the first sight of each chart, which the history of links has, it is all
//! that is needed to place charts anew as if a decision had never been made (`placed_anew.rs`).

use record::{ChartId, Demographics, PersonId};
use serde::{Deserialize, Serialize};

use crate::charts::Placing;
use crate::error::StoreError;
use crate::identity_hands::LinkAct;
use crate::link_to_do::LinkToDo;
use crate::rearrange::JoinVerb;
use crate::told::{self, Told};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum WhoStep {
    /// The chart tells something else from now on than this; nothing while nobody had described its patient.
    Told(Option<String>),
    /// A unit of a message asked for joins or for parting.
    Asked(AskedStep),
    /// Somebody decided.
    Decided(DecidedStep),
    /// Somebody took the decision of this number back.
    Undone(i64),
    /// This unit of this message had waited, and is done since a decision was taken back.
    Settled(u64, u32),
    /// A person was made for the chart; whether because it was first seen, as it came out when it was placed anew.
    Made(u64, bool),
}

/// What a unit of a message asked of charts of its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AskedStep {
    pub(crate) source: i64,
    pub(crate) message: u64,
    pub(crate) unit: u32,
    pub(crate) kind: String,
    /// The stated time of the message, in seconds.
    pub(crate) stated_at: Option<i64>,
    /// It was not done and waits in quarantine.
    pub(crate) waits: bool,
    pub(crate) asks: Vec<AskOfCharts>,
}

/// One thing that is asked of two charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AskOfCharts {
    pub(crate) verb: JoinVerb,
    pub(crate) prior: u64,
    pub(crate) survivor: u64,
    /// What the message itself says of the prior patient.
    pub(crate) prior_told: Option<String>,
}

impl AskOfCharts {
    pub(crate) fn new(verb: JoinVerb, prior: ChartId, survivor: ChartId, told: Option<&Demographics>) -> Self {
        let prior_told = told.map(|who| told::to_text(&Told { who: who.clone(), numbers: Vec::new() }));
        Self { verb, prior: prior.0, survivor: survivor.0, prior_told }
    }

    /// What the message itself says of the prior patient.
    pub(crate) fn also(&self) -> Result<Option<Demographics>, StoreError> {
        Ok(self.prior_told.as_deref().map(told::from_text).transpose()?.map(|told| told.who))
    }
}

impl AskedStep {
    pub(crate) fn charts(&self) -> impl Iterator<Item = ChartId> {
        self.asks.iter().flat_map(|ask| [ChartId(ask.prior), ChartId(ask.survivor)])
    }
}

/// What somebody decided, about which charts of either side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DecidedStep {
    pub(crate) step: i64,
    /// A number of [`crate::identity_hands::LinkAct`].
    pub(crate) act: i64,
    pub(crate) chart: Option<u64>,
    /// Where charts were linked, those that moved come first.
    pub(crate) sides: [Vec<u64>; 2],
    /// To whom they went.
    pub(crate) to: Option<u64>,
    /// Where a chart was taken out, what it was told apart from of what stayed: not what had come meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) apart: Vec<u64>,
}

impl DecidedStep {
    pub(crate) fn charts(&self) -> impl Iterator<Item = ChartId> {
        self.sides.iter().flatten().map(|chart| ChartId(*chart))
    }
}

/// A step as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredStep {
    /// The link of a chart to a person after which it came.
    pub(crate) after: i64,
    /// Of several after one link, their order.
    pub(crate) id: i64,
    pub(crate) text: String,
}

impl StoredStep {
    pub(crate) fn read(&self) -> Result<WhoStep, StoreError> {
        serde_json::from_str(&self.text).map_err(|_| StoreError::Damaged("a step of who is who".to_owned()))
    }
}

impl WhoStep {
    pub(crate) fn text(&self) -> String {
        // Texts and numbers always have a JSON spelling.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The charts that it names.
    pub(crate) fn charts(&self) -> Vec<ChartId> {
        match self {
            Self::Told(_) | Self::Undone(_) | Self::Settled(..) | Self::Made(..) => Vec::new(),
            Self::Asked(asked) => asked.charts().collect(),
            Self::Decided(decided) => decided.charts().collect(),
        }
    }
}

/// When a chart was seen first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FirstSight {
    /// The first event that linked it.
    pub(crate) event: i64,
    pub(crate) person: PersonId,
    pub(crate) evidence: String,
}

impl Placing<'_> {
    /// Writes the step down under each chart that it names.
    pub(crate) fn note_decided(
        &self,
        todo: &LinkToDo,
        sides: [Vec<u64>; 2],
        to: Option<PersonId>,
        apart: Vec<u64>,
    ) -> Result<(), StoreError> {
        let chart = todo.chart.map(|chart| chart.0);
        let decided =
            DecidedStep { step: todo.step, act: todo.act.number(), chart, sides, to: to.map(|person| person.0), apart };
        let step = WhoStep::Decided(decided);
        self.rows.note_step(&step.charts(), &step.text())
    }

    /// Writes down that the sides of a link were told apart when a chart was taken out by taking that back: a decision of
    /// its own, which may be taken back too.
    pub(crate) fn note_told_apart(&self, todo: &LinkToDo, sides: [Vec<u64>; 2]) -> Result<(), StoreError> {
        let act = LinkAct::NotTheSame.number();
        let step =
            WhoStep::Decided(DecidedStep { step: todo.step, act, chart: None, sides, to: None, apart: Vec::new() });
        self.rows.note_step(&step.charts(), &step.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_reads_back_and_a_text_that_is_none_is_damage() {
        let ask = AskOfCharts::new(JoinVerb::Unlink, ChartId(4), ChartId(5), Some(&Demographics::default()));
        let asked = AskedStep {
            source: 1,
            message: 9,
            unit: 2,
            kind: "ADT^A37".to_owned(),
            stated_at: Some(60),
            waits: true,
            asks: vec![ask.clone()],
        };
        let decided =
            DecidedStep { step: 3, act: 0, chart: None, sides: [vec![4], vec![5, 6]], to: Some(8), apart: vec![6] };
        for step in [
            WhoStep::Told(None),
            WhoStep::Told(Some("{}".to_owned())),
            WhoStep::Asked(asked),
            WhoStep::Decided(decided),
            WhoStep::Undone(3),
            WhoStep::Settled(9, 2),
            WhoStep::Made(8, true),
        ] {
            let stored = StoredStep { after: 1, id: 1, text: step.text() };
            assert_eq!(stored.read().unwrap(), step);
        }
        assert_eq!(ask.also().unwrap(), Some(Demographics::default()));
        assert!(StoredStep { after: 1, id: 1, text: "soon".to_owned() }.read().is_err());
    }
}
