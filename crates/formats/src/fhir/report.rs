//! `DiagnosticReport` (R4 §10.3).

use record::{Content, Report};

use super::datatype::concept;
use super::letter;
use super::node::Node;
use super::observation::status;
use super::reading::{Read, Reading, joined};
use crate::Change;

/// Reads a report: its name and conclusion. Its results are entries of their own.
pub(super) fn read(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let title = reading.concept("code").unwrap_or_else(|| {
        reading.note("code", "the report is not named");
        "Report not named by the source".to_owned()
    });
    let who = reading.who_in(&["performer", "resultsInterpreter"]);
    let in_words = [reading.text("conclusion"), reading.concepts("conclusionCode")];
    let conclusion = joined(in_words.into_iter().flatten(), "\n").or_else(|| presented(reading));
    let content = Content::Report(Report {
        title,
        status: status(reading),
        conclusion,
        laboratory: who.clone().organisation_or_person(),
        category: reading.resource.get("category").and_then(|told| joined(told.items().filter_map(concept), ", ")),
    });
    let mut entry = reading.entry(content, reading.standing(reading.status() == "cancelled"));
    let issued = reading.when("issued")?;
    entry.when = reading.when_or_start("effective")?.or(issued);
    entry.recorded = issued.or(entry.recorded);
    entry.code = reading.code("code");
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, who)))
}

/// The text of the report as it was issued, where it came as text.
fn presented(reading: &Reading<'_, '_>) -> Option<String> {
    let forms: Vec<Node<'_>> = reading.resource.list("presentedForm").collect();
    let text = forms.iter().find_map(|form| letter::text_of(reading, *form, "presentedForm"));
    if text.is_none() && !forms.is_empty() {
        reading.note("presentedForm", "the report's own document is not text; not shown");
    }
    text
}
