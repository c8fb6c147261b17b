use reconcile::SourceLine;
use record::{Section, When};

use super::Shown;
use super::record_frame::{line_words, removed_words};
use crate::pages::parts::{Moment, Tab};
use crate::pages::sources::{Sources, System};

impl Shown<'_> {
    /// Every source and what it said to every section that the role sees.
    pub(crate) fn sources(&self) -> Sources {
        let hidden = &self.opened.not_for_role;
        let seen = Section::ALL.iter().filter(|section| **section != Section::Identity && !hidden.contains(section));
        Sources {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Sources),
            systems: self.opened.record.sources().iter().map(|line| self.system(line)).collect(),
            ledgers: seen.map(|section| self.ledger(*section)).collect(),
        }
    }

    fn system(&self, line: &SourceLine) -> System {
        let owner = self.region.organisation(&line.source.organisation);
        let missing = line_words(line, self.opened.at);
        let sends: Vec<String> = line.source.sends.iter().map(|section| section.word().to_lowercase()).collect();
        System {
            name: line.source.name.clone(),
            kind: owner.map_or_else(|| "Not recorded".to_owned(), |owner| owner.kind.word().to_owned()),
            state: missing.as_deref().map_or_else(|| "Up to date".to_owned(), capital),
            removed: line.removed.map(|removed| capital(&removed_words(removed))),
            missing: missing.is_some(),
            last: line.as_at.map(|at| Moment::of(When::from(at))),
            sends: sends.join(", "),
        }
    }
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}
