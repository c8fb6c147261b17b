use std::mem::discriminant;

use record::{Answer, Ledger, Section, SourceAnswer};

use super::Shown;
use crate::pages::parts::ledger::missing_lines;
use crate::pages::parts::{LedgerLine, LedgerTable, SectionState};
use crate::state::role_in_a_sentence;

impl Shown<'_> {
    /// What is said about one section's completeness.
    pub(super) fn state(&self, section: Section) -> SectionState {
        self.state_of(&[section], section.word())
    }

    /// The same for sections that stand in one list, called `name`.
    pub(super) fn state_of(&self, sections: &[Section], name: &str) -> SectionState {
        let all: Vec<_> = sections.iter().map(|section| self.rows(*section)).collect();
        let seen: Vec<_> = all.iter().filter(|rows| !rows.ledger.not_for_role).collect();
        if seen.is_empty() {
            return SectionState { not_for_role: Some(self.not_for_role(name)), ..SectionState::default() };
        }
        let ledgers: Vec<&Ledger> = seen.iter().map(|rows| rows.ledger).collect();
        let (known, sending) = counted(&ledgers);
        let removed: u32 = seen.iter().map(|rows| rows.removed_count).sum();
        SectionState {
            heading_note: sources_words(known, sending),
            nothing: seen.iter().all(|rows| rows.row_count() == 0).then(|| nothing_words(name, known, sending)),
            missing: self.missing(&ledgers),
            notices: (removed > 0).then(|| format!("{removed} removed by source")).into_iter().collect(),
            withheld: ledgers.iter().any(|ledger| ledger.withheld),
            not_for_role: None,
        }
    }

    /// One constant sentence: it does not depend on whether there is anything.
    pub(super) fn not_for_role(&self, name: &str) -> String {
        format!("Not shown for your role ({}): {}.", role_in_a_sentence(self.role), name.to_lowercase())
    }

    fn missing(&self, ledgers: &[&Ledger]) -> Vec<String> {
        let mut named: Vec<(String, &SourceAnswer)> = Vec::new();
        for told in ledgers.iter().flat_map(|ledger| &ledger.answers) {
            let name = self.source_name(&told.source);
            // Two sections may count differently what the same source told.
            let is_same = |(said, other): &(String, &SourceAnswer)| {
                *said == name && discriminant(&other.answer) == discriminant(&told.answer)
            };
            if !named.iter().any(is_same) {
                named.push((name, told));
            }
        }
        missing_lines(&named.iter().map(|(name, told)| (name.as_str(), *told)).collect::<Vec<_>>())
    }

    /// Every source's answer about one section; empty for a section that the role does not see.
    pub(super) fn ledger(&self, section: Section) -> LedgerTable {
        let answers = &self.rows(section).ledger.answers;
        let line = |told: &SourceAnswer| LedgerLine::of(&self.source_name(&told.source), section, told);
        LedgerTable {
            id: format!("ledger-{}", section.code()),
            section: section.word().to_owned(),
            lines: answers.iter().map(line).collect(),
        }
    }
}

/// How many of the sources that send are known now, over these ledgers.
fn counted(ledgers: &[&Ledger]) -> (usize, usize) {
    let mut known = Vec::new();
    let mut sending = Vec::new();
    for told in ledgers.iter().flat_map(|ledger| &ledger.answers).filter(|told| told.answer != Answer::DoesNotSend) {
        if !sending.contains(&&told.source) {
            sending.push(&told.source);
        }
        if told.answer.is_known() && !known.contains(&&told.source) {
            known.push(&told.source);
        }
    }
    (known.len(), sending.len())
}

fn sources_words(known: usize, sending: usize) -> String {
    match sending {
        0 => "no source sends this".to_owned(),
        1 => format!("{known} of 1 source"),
        _ => format!("{known} of {sending} sources"),
    }
}

/// "Not recorded" is said where somebody answered; never where nobody did.
fn nothing_words(name: &str, known: usize, sending: usize) -> String {
    if sending > 0 && known == 0 { format!("{name} unavailable") } else { format!("{name} not recorded") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_not_recorded_only_where_somebody_answered() {
        assert_eq!(nothing_words("Medicines", 2, 3), "Medicines not recorded");
        assert_eq!(nothing_words("Medicines", 0, 3), "Medicines unavailable");
        assert_eq!(nothing_words("Immunisations", 0, 0), "Immunisations not recorded");
    }

    #[test]
    fn sources_are_counted_in_words() {
        assert_eq!(sources_words(0, 0), "no source sends this");
        assert_eq!(sources_words(1, 1), "1 of 1 source");
        assert_eq!(sources_words(5, 6), "5 of 6 sources");
    }
}
