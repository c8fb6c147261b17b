//! Where a line came from. A page may hold hundreds of lines of one source: what is
//! the same for all of them is said once and shared.

use std::sync::Arc;

use disclosure::{OpenRecord, Region};
use reconcile::{Row, SourceLine};
use record::{Audience, Content, Entry, SourceId, When, show_instant};

use super::{Shown, day};
use crate::pages::parts::Origin;

/// The words about each source of a record.
pub(crate) struct ToldBy(Vec<SourceWords>);

struct SourceWords {
    id: SourceId,
    name: Arc<str>,
    from: Arc<str>,
    heard: Option<Arc<str>>,
}

impl ToldBy {
    /// The sources of this record.
    pub(crate) fn of(opened: &OpenRecord, region: &Region) -> Self {
        Self(opened.record.sources().iter().map(|line| SourceWords::of(line, region)).collect())
    }

    fn source(&self, id: &SourceId) -> Option<&SourceWords> {
        self.0.iter().find(|words| words.id == *id)
    }
}

impl SourceWords {
    fn of(line: &SourceLine, region: &Region) -> Self {
        let owner = region.organisation(&line.source.organisation);
        let kind = owner.map(|owner| format!(", {}", owner.kind.word())).unwrap_or_default();
        let name = region.source(&line.source.id).map_or_else(|| line.source.id.to_string(), |it| it.name.clone());
        let heard = |at| format!("We last had word from this source {}.", show_instant(at, Audience::Staff));
        Self {
            id: line.source.id.clone(),
            from: format!("From {name}{kind}.").into(),
            name: name.into(),
            heard: line.as_at.map(|at| heard(at).into()),
        }
    }
}

impl Shown<'_> {
    /// Where an entry came from, in short.
    pub(crate) fn origin(&self, row: &Row) -> Origin {
        let source = &row.entry.provenance.source;
        Origin {
            source: self.told_by.source(source).map_or_else(|| self.source_name(source).into(), |it| it.name.clone()),
            when: recorded(&row.entry).map(day),
            note: None,
            full: Vec::new(),
        }
    }

    /// The same with everything that is known about it.
    pub(crate) fn origin_in_full(&self, row: &Row) -> Origin {
        Origin { full: self.provenance(&row.entry), ..self.origin(row) }
    }

    fn provenance(&self, entry: &Entry) -> Vec<Arc<str>> {
        let told = &entry.provenance;
        let source = self.told_by.source(&told.source);
        let from = source.map(|source| source.from.clone());
        let organisation = told.organisation.as_ref().map(|told| self.organisation_name(told));
        let by = match (&told.author, organisation) {
            (Some(author), Some(organisation)) => ["Recorded by ", author, ", ", organisation, "."].concat(),
            (Some(author), None) => ["Recorded by ", author, "."].concat(),
            (None, Some(organisation)) => ["Recorded at ", organisation, "."].concat(),
            (None, None) => "Who recorded it was not sent.".to_owned(),
        };
        let at = match told.recorded {
            Some(recorded) => ["Recorded ", &recorded.show(Audience::Staff), "."].concat(),
            None => "When it was recorded was not sent.".to_owned(),
        };
        let heard = source.and_then(|source| source.heard.clone());
        [from, Some(by.into()), Some(at.into()), heard].into_iter().flatten().collect()
    }
}

/// What stands beside a line as its date: when it was recorded, else of when it
/// tells. A contact's own date stands in its row and is not said twice.
fn recorded(entry: &Entry) -> Option<When> {
    match entry.content {
        Content::Appointment(_) | Content::Attendance(_) => entry.provenance.recorded,
        _ => entry.provenance.recorded.or(entry.when),
    }
}
