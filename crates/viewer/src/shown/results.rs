use jiff::Span;
use jiff::civil::Date;
use reconcile::{Row, TestKey};
use record::{Content, Section, TestResult, When};
use sha2::{Digest, Sha256};

use super::Shown;
use crate::pages::parts::{Moment, ResultFlag, ResultRow, Tab};
use crate::pages::results::{Filter, FilterChoice, FilterOption, ReportLine, Results};

/// What the reader filters by. Nothing of it is about the person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) out_of_range: bool,
    /// A panel's token.
    pub(crate) kind: String,
    /// `3`, `12`, `60`; anything else is all.
    pub(crate) months: String,
    /// A source's id.
    pub(crate) source: String,
}

/// Periods that may be chosen: months, and their words.
pub(crate) const PERIODS: [(&str, &str); 4] =
    [("", "All"), ("3", "Last 3 months"), ("12", "Last 12 months"), ("60", "Last 5 years")];

impl Shown<'_> {
    /// Results and reports, newest first.
    pub(crate) fn results(&self, wanted: &Wanted) -> Results {
        let rows = self.rows(Section::Results);
        let all: Vec<&Row> = rows.current.iter().chain(rows.past).collect();
        let kept: Vec<&Row> = all.iter().copied().filter(|row| self.is_wanted(row, wanted)).collect();
        let mut state = self.state(Section::Results);
        if !all.is_empty() && kept.is_empty() {
            state.nothing = None;
        }
        Results {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Results),
            filter: Filter {
                out_of_range: wanted.out_of_range,
                choices: self.choices(&all, wanted),
                on: kept.len() < all.len(),
                shown: format!("{} of {} shown", kept.len(), all.len()),
            },
            rows: kept.iter().enumerate().filter_map(|(place, row)| self.result(place, row)).collect(),
            reports: kept.iter().filter_map(|row| self.report(row)).collect(),
            state,
            ledger: self.ledger(Section::Results),
        }
    }

    fn is_wanted(&self, row: &Row, wanted: &Wanted) -> bool {
        let flagged = match &row.entry.content {
            Content::TestResult(it) => flag(it).is_out_of_range(),
            _ => false,
        };
        let kind = || panel(row).map(panel_token).unwrap_or_default();
        (!wanted.out_of_range || flagged)
            && (wanted.kind.is_empty() || kind() == wanted.kind)
            && (wanted.source.is_empty() || row.entry.provenance.source.as_str() == wanted.source)
            && is_within(row.entry.when, &wanted.months, self.today())
    }

    fn choices(&self, all: &[&Row], wanted: &Wanted) -> Vec<FilterChoice> {
        let option = |value: String, words: String| FilterOption { value, words };
        let mut panels: Vec<&str> = all.iter().filter_map(|row| panel(row)).collect();
        panels.sort_unstable();
        panels.dedup();
        let mut kinds = vec![option(String::new(), "All types".to_owned())];
        kinds.extend(panels.into_iter().map(|panel| option(panel_token(panel), panel.to_owned())));
        let mut sources: Vec<_> = all.iter().map(|row| &row.entry.provenance.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let mut from = vec![option(String::new(), "All sources".to_owned())];
        from.extend(sources.into_iter().map(|source| option(source.to_string(), self.source_name(source))));
        let periods = PERIODS.iter().map(|(months, words)| option((*months).to_owned(), (*words).to_owned()));
        vec![
            FilterChoice { name: "kind", label: "Type", options: kinds, chosen: wanted.kind.clone() },
            FilterChoice { name: "months", label: "Period", options: periods.collect(), chosen: wanted.months.clone() },
            FilterChoice { name: "source", label: "Source", options: from, chosen: wanted.source.clone() },
        ]
    }

    fn result(&self, place: usize, row: &Row) -> Option<ResultRow> {
        let Content::TestResult(it) = &row.entry.content else { return None };
        let key = TestKey::of(&row.entry);
        Some(ResultRow {
            id: format!("r{place}"),
            name: it.test.clone(),
            href: key.map(|key| [&self.base, "/results/", &key.token()].concat()),
            value: value(it),
            was: None,
            flag: flag(it),
            range: range(it),
            taken: row.entry.when.map(Moment::of),
            status: it.status.word().to_owned(),
            comment: it.comment.clone(),
            origin: self.origin_in_full(row),
            full: true,
        })
    }

    /// For the summary, which has no room for status and source.
    pub(super) fn result_in_short(&self, row: &Row) -> Option<ResultRow> {
        let mut short = self.result(0, row)?;
        short.id = format!("e{}", row.entry.id.place());
        short.comment = None;
        short.full = false;
        Some(short)
    }

    fn report(&self, row: &Row) -> Option<ReportLine> {
        let Content::Report(it) = &row.entry.content else { return None };
        Some(ReportLine {
            title: it.title.clone(),
            when: row.entry.when.map(Moment::of),
            status: it.status.word().to_owned(),
            category: it.category.clone().unwrap_or_default(),
            conclusion: it.conclusion.clone(),
            origin: self.origin_in_full(row),
        })
    }
}

/// The value with its unit, as told; else why there is none.
pub(super) fn value(it: &TestResult) -> String {
    match (&it.value, &it.unit) {
        (Some(value), Some(unit)) => [value, "\u{a0}", unit].concat(),
        (Some(value), None) => value.clone(),
        (None, _) => it.absent_reason.clone().unwrap_or_else(|| "No value sent".to_owned()),
    }
}

pub(super) fn flag(it: &TestResult) -> ResultFlag {
    ResultFlag::of(it.flag.as_deref(), it.range.is_some())
}

pub(super) fn range(it: &TestResult) -> String {
    it.range.clone().unwrap_or_else(|| "Range not sent".to_owned())
}

/// Whether something lies within the last so many months. What has no date is in
/// every period: it may be recent.
pub(super) fn is_within(when: Option<When>, months: &str, today: Date) -> bool {
    let Ok(months) = months.parse::<i32>() else { return true };
    let from = Span::new().try_months(months).and_then(|span| today.checked_sub(span));
    match (when, from) {
        (Some(when), Ok(from)) => when.first_day() >= from,
        _ => true,
    }
}

fn panel(row: &Row) -> Option<&str> {
    match &row.entry.content {
        Content::TestResult(it) => it.panel.as_deref(),
        Content::Report(it) => it.category.as_deref(),
        _ => None,
    }
}

/// A panel in an address: eight letters that name it to nobody who reads them.
fn panel_token(panel: &str) -> String {
    let digest = Sha256::digest(panel.as_bytes());
    digest.iter().take(8).map(|byte| char::from(b'a' + byte % 26)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_date_is_in_every_period() {
        let today = Date::constant(2026, 11, 22);
        assert!(is_within(None, "3", today));
        assert!(is_within(When::parse_iso("2026-08-22").ok(), "3", today));
        assert!(!is_within(When::parse_iso("2026-08-21").ok(), "3", today));
        assert!(is_within(When::parse_iso("1999").ok(), "", today));
    }

    #[test]
    fn a_panels_token_says_nothing_of_its_name() {
        assert_eq!(panel_token("HIV serology").len(), 8);
        assert_ne!(panel_token("HIV serology"), panel_token("Full blood count"));
    }
}
