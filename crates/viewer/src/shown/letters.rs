use disclosure::LetterRead;
use reconcile::Row;
use record::{Content, Entry, Letter, LetterStatus, Section};

use super::{Shown, day, or_not_recorded};
use crate::pages::letters::{LetterRow, Letters, OneLetter};
use crate::pages::parts::{Moment, Tab};

impl Shown<'_> {
    /// The list of letters, newest first.
    pub(crate) fn letters(&self) -> Letters {
        let rows = self.rows(Section::Letters);
        Letters {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Letters),
            letters: rows.current.iter().chain(rows.past).filter_map(|row| self.letter_row(row)).collect(),
            state: self.state(Section::Letters),
            ledger: self.ledger(Section::Letters),
        }
    }

    /// Where a letter is read: its place among the person's entries says nothing about it.
    pub(super) fn letter_href(&self, row: &Row) -> String {
        format!("{}/letters/{}", self.base, row.entry.id.place())
    }

    fn letter_row(&self, row: &Row) -> Option<LetterRow> {
        let Content::Letter(it) = &row.entry.content else { return None };
        Some(LetterRow {
            href: self.letter_href(row),
            title: it.title.clone(),
            written: it.written.or(row.entry.when).map(day),
            kind: or_not_recorded(&it.kind),
            status: it.status.word().to_owned(),
            origin: self.origin_in_full(row),
        })
    }

    /// One letter; `None` where the entry is no letter.
    pub(crate) fn one_letter(&self, read: &LetterRead) -> Option<OneLetter> {
        let Content::Letter(it) = &read.entry.content else { return None };
        let rows = self.rows(Section::Letters);
        let row = rows.current.iter().chain(rows.past).find(|row| row.entry.id == read.entry.id)?;
        let source = self.source_name(&read.entry.provenance.source);
        let text = read.text.clone().or_else(|| it.text.clone());
        let original = match (&text, &it.elsewhere) {
            (_, Some(_)) => Some(format!("The original is kept at {source}.")),
            (None, None) => Some(format!("Original not available from {source}.")),
            (Some(_), None) => None,
        };
        Some(OneLetter {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Letters),
            title: it.title.clone(),
            replaced: (it.status == LetterStatus::Superseded)
                .then(|| "This version was replaced by a later one.".to_owned()),
            facts: self.facts(&read.entry, it, &source),
            text,
            original,
            original_href: None,
            origin: self.origin_in_full(row),
        })
    }

    fn facts(&self, entry: &Entry, it: &Letter, source: &str) -> Vec<(&'static str, String)> {
        let told = &entry.provenance;
        let organisation = told.organisation.as_ref().map(|told| self.organisation_name(told));
        let from = [told.author.as_deref(), organisation, Some(source)];
        let mut names: Vec<&str> = from.into_iter().flatten().collect();
        names.dedup();
        let moment =
            |when: Option<record::When>| when.map_or_else(|| "Not recorded".to_owned(), |at| Moment::of(at).text());
        vec![
            ("From", names.join(", ")),
            ("Written", moment(it.written.or(entry.when))),
            ("Recorded", moment(told.recorded)),
            ("Kind", or_not_recorded(&it.kind)),
            ("Status", it.status.word().to_owned()),
        ]
    }
}
