use crate::{Delivery, Outcome, Problem};

/// How many lines an outline has at most.
pub const OUTLINE_LINES_MAX: usize = 200;
/// How many fields of one segment an outline names.
pub const OUTLINE_FIELDS_MAX: usize = 64;

/// How a message is built and where its fault is, and nothing of what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Segments, bundle entries or rows, in order; none where it cannot be taken apart.
    pub lines: Vec<OutlineLine>,
    /// How many more there are than are listed.
    pub more: usize,
}

/// One segment, bundle entry or row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineLine {
    /// `PID`, `entry 2 Observation`, `row 14 csv:package`; entries and rows are counted from 0.
    pub name: String,
    /// The fault is in here.
    pub is_at_fault: bool,
    /// What is wrong with it, where it has a fault of its own.
    pub fault: Option<Problem>,
    /// The fields of a segment that is at fault, in order.
    pub fields: Vec<OutlineField>,
}

/// One field of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineField {
    /// `PID-7`.
    pub place: String,
    /// What the standard calls it, where it is one that a patient's segment has.
    pub name: Option<&'static str>,
    /// It holds something.
    pub is_filled: bool,
    /// The fault is here.
    pub is_at_fault: bool,
}

impl Outline {
    /// The units of a delivery; where there are too many, those that are faulty first.
    #[must_use]
    pub fn of_units(delivery: &Delivery, called: &str) -> Self {
        let faulty = |outcome: &Outcome| matches!(outcome, Outcome::Refuse(_) | Outcome::Rearrange(_));
        let all = delivery.units.len();
        let all_fit = all <= OUTLINE_LINES_MAX;
        let wanted = delivery.units.iter().enumerate().filter(|(_, unit)| all_fit || faulty(&unit.outcome));
        let lines: Vec<OutlineLine> = wanted
            .take(OUTLINE_LINES_MAX)
            .map(|(number, unit)| OutlineLine {
                name: format!("{called} {number} {}", plain_kind(&unit.kind)),
                is_at_fault: faulty(&unit.outcome),
                fault: match &unit.outcome {
                    Outcome::Refuse(problem) => Some(problem.clone()),
                    // No fault of its sender's, and what waits of it.
                    Outcome::Rearrange(asked) => Some(Problem::new(asked.place(), asked.reason())),
                    Outcome::Apply(_) | Outcome::ApplyIfNew(_) | Outcome::Remove(_) | Outcome::Keep => None,
                },
                fields: Vec::new(),
            })
            .collect();
        let more = all - lines.len();
        Self { lines, more }
    }
}

/// A sender chooses the word of a type: one that does not look like a type is not repeated.
fn plain_kind(kind: &str) -> &str {
    let is_plain = kind.len() <= 40 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":^-".contains(&byte));
    if is_plain { kind } else { "of an unusual type" }
}
