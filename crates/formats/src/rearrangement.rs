//! What a source says about which of its own charts and numbers belong together.
//! Nothing here is carried out by reading: that is done where the message is applied,
//! and only where nothing that is told of the patients speaks against it.

use crate::{Change, ChartClaim};

/// What one message asks to be merged, moved, changed or linked.
#[derive(Clone, Debug, PartialEq)]
pub struct Rearrangement {
    /// What it asks, in order; at least one.
    pub asks: Vec<Ask>,
    /// What it says beside that of the charts that go on, to be applied with it.
    pub changes: Vec<Change>,
}

impl Rearrangement {
    /// The keys of all charts that it speaks of: what is before it and behind it in
    /// the lanes of each of them must keep its place.
    pub fn chart_keys(&self) -> impl Iterator<Item = &str> {
        let asked = self.asks.iter().flat_map(|ask| [Some(&ask.from), ask.into.as_ref()]).flatten();
        asked
            .map(|named| &named.chart)
            .chain(self.changes.iter().map(|change| &change.chart))
            .map(|chart| chart.key.as_str())
    }

    /// The segment that asks for it.
    #[must_use]
    pub fn place(&self) -> &'static str {
        let by_patient = |ask: &Ask| matches!(ask.verb, Verb::Link | Verb::Unlink | Verb::Delete);
        if self.asks.iter().all(by_patient) { "PID" } else { "MRG" }
    }

    /// Why it waits where nobody has decided, in words that name nobody.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("{}; this waits for somebody to decide", self.asks_to())
    }

    /// What it asks, in words that name nobody.
    #[must_use]
    pub fn asks_to(&self) -> String {
        let mut asked: Vec<String> = Vec::new();
        for ask in &self.asks {
            let words = format!("{} {}", ask.verb.words(), ask.of.words());
            if !asked.contains(&words) {
                asked.push(words);
            }
        }
        format!("the source asks to {}", asked.join(" and to "))
    }
}

/// One thing that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What to do.
    pub verb: Verb,
    /// With what.
    pub of: Rearranged,
    /// What is to be no more, or the first of two that are linked.
    pub from: Named,
    /// What it becomes part of; `None` where it is to be deleted.
    pub into: Option<Named>,
}

/// What is to be done (HL7 v2.5 §3.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Two are one: the first is to be no more.
    Merge,
    /// It belongs to another.
    Move,
    /// The same under another number.
    Change,
    /// Two charts are of one person, and stay two.
    Link,
    /// They are of one person no longer.
    Unlink,
    /// It is to be no more.
    Delete,
}

impl Verb {
    fn words(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Move => "move",
            Self::Change => "change the number of",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Delete => "delete",
        }
    }
}

/// What is merged, moved or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rearranged {
    /// All that the source knows of a patient.
    Patient,
    /// What stands under one account number.
    Account,
    /// What stands under one visit number: the key of an attendance.
    Visit,
}

impl Rearranged {
    fn words(self) -> &'static str {
        match self {
            Self::Patient => "patients",
            Self::Account => "accounts",
            Self::Visit => "visits",
        }
    }
}

/// A chart, or an account or visit of it, as the source names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Whose.
    pub chart: ChartClaim,
    /// The number of the account or visit, where it is one.
    pub number: Option<String>,
}

impl Named {
    /// The key under which the visit stands among the entries of its chart.
    #[must_use]
    pub fn visit_key(&self) -> Option<String> {
        self.number.as_deref().map(visit_key)
    }
}

/// The key of the attendance that has this number at its source.
pub(crate) fn visit_key(number: &str) -> String {
    format!("visit|{number}")
}
