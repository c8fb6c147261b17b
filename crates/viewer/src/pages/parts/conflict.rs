//! That sources do not agree about who this is: a strip under the banner, and on demand what each tells, field by field.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Moment;

/// What does not agree about who somebody is.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/conflict.html")]
pub(crate) struct Conflict {
    /// In which fields sources differ: "date of birth", "family name".
    pub(crate) fields: Vec<String>,
    /// What each tells; none before the record is open, and for roles that do not see it.
    pub(crate) lines: Vec<ConflictLine>,
    /// What waits for somebody to decide.
    pub(crate) doubts: Vec<ConflictDoubt>,
    /// How much more does.
    pub(crate) more_doubts: usize,
}

impl HtmlSafe for Conflict {}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct ConflictLine {
    /// Which.
    pub(crate) field: &'static str,
    /// Each value that is told.
    pub(crate) values: Vec<ConflictValue>,
    /// How many values more there are.
    pub(crate) more: usize,
}

/// A value, and who tells it.
#[derive(Clone, Debug)]
pub(crate) struct ConflictValue {
    /// As told.
    pub(crate) value: String,
    /// Sources, and when each last said so, where it states a time.
    pub(crate) told_by: Vec<(String, Option<Moment>)>,
}

/// Something about who this is that nobody has decided yet.
#[derive(Clone, Debug)]
pub(crate) struct ConflictDoubt {
    /// What it means for the record.
    pub(crate) words: String,
    /// Which source brought it.
    pub(crate) source: String,
    /// When.
    pub(crate) at: Moment,
}

impl Conflict {
    /// The strip's own sentence.
    fn words(&self) -> String {
        match self.fields.split_last() {
            None => "It is not certain that this record is whole and of one person.".to_owned(),
            Some((only, [])) => format!("Sources do not agree about who this is: {only}."),
            Some((last, others)) => {
                format!("Sources do not agree about who this is: {} and {last}.", others.join(", "))
            }
        }
    }

    fn has_more(&self) -> bool {
        !self.lines.is_empty() || !self.doubts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strip_names_the_fields_or_says_that_it_is_not_certain() {
        let words = |fields: &[&str]| {
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            Conflict { fields, ..Conflict::default() }.words()
        };
        assert_eq!(words(&[]), "It is not certain that this record is whole and of one person.");
        assert_eq!(words(&["gender"]), "Sources do not agree about who this is: gender.");
        let three = "Sources do not agree about who this is: NHS number, gender and family name.";
        assert_eq!(words(&["NHS number", "gender", "family name"]), three);
    }
}
