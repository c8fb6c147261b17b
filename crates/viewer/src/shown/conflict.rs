use disclosure::{Difference, DifferingValue, DoubtKind, FieldValue, PersonView};
use record::{Audience, When};

use super::{Shown, day};
use crate::pages::parts::{Conflict, ConflictDoubt, ConflictLine, ConflictValue};

/// How many doubts are told on a record; of more it is said how many.
const CONFLICT_DOUBTS_MAX: usize = 8;

/// What does not agree, before the record is open: the fields alone. Which sources know somebody is part of their record.
pub(super) fn conflict(who: &PersonView) -> Option<Conflict> {
    let is_any = who.is_doubted || !who.differences.is_empty();
    is_any.then(|| Conflict { fields: fields(&who.differences), ..Conflict::default() })
}

impl Shown<'_> {
    /// What does not agree: field by field, by whom it is told and when, and what waits for a decision.
    pub(super) fn conflict(&self) -> Option<Conflict> {
        let who = &self.opened.who;
        let attributed = || who.differences.iter().filter(|one| !one.values.is_empty());
        Some(Conflict {
            lines: attributed().map(|one| self.conflict_line(one)).collect(),
            doubts: who.doubts.iter().take(CONFLICT_DOUBTS_MAX).map(|doubt| self.conflict_doubt(doubt)).collect(),
            more_doubts: who.doubts.len().saturating_sub(CONFLICT_DOUBTS_MAX),
            ..conflict(who)?
        })
    }

    fn conflict_line(&self, difference: &Difference) -> ConflictLine {
        let values = difference.values.iter().map(|one| self.conflict_value(one)).collect();
        ConflictLine { field: difference.field, values, more: difference.more }
    }

    fn conflict_value(&self, told: &DifferingValue) -> ConflictValue {
        let value = match &told.value {
            FieldValue::NhsNumber(number) => number.to_string(),
            FieldValue::Born(born) => born.show_date(Audience::Staff),
            FieldValue::Gender(gender) => gender.word().to_owned(),
            FieldValue::Name(name) => name.clone(),
        };
        let by = told.told_by.iter().map(|(source, at)| (self.source_name(source), at.map(|at| day(When::from(at)))));
        ConflictValue { value, told_by: by.collect() }
    }

    fn conflict_doubt(&self, doubt: &disclosure::Doubt) -> ConflictDoubt {
        let words = match doubt.kind {
            DoubtKind::Contradiction | DoubtKind::Merge => {
                format!("This record may hold another person's information: {}.", doubt.reasons)
            }
            DoubtKind::SameNumber => "Another record has the same NHS number.".to_owned(),
            DoubtKind::LooksAlike | DoubtKind::Undoubted => {
                "Another record may be of the same person: this one may lack what that one has.".to_owned()
            }
        };
        ConflictDoubt { words, source: self.source_name(&doubt.source), at: day(When::from(doubt.at)) }
    }
}

fn fields(differences: &[Difference]) -> Vec<String> {
    let in_a_sentence = |field: &str| match field {
        "NHS number" => field.to_owned(),
        other => other.to_lowercase(),
    };
    differences.iter().map(|one| in_a_sentence(one.field)).collect()
}
