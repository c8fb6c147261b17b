//! The councils' CSV files, as docs/csv-social-care.md lays their columns out.

use jiff::Timestamp;
use record::{AlertKind, Content, NewEntry, NhsNumber, When};

use crate::chart::{Chart, WORKER_TELEPHONE};

/// The columns in their order.
pub(crate) const COLUMNS: [&str; 21] = [
    "record_type",
    "person_ref",
    "nhs_number",
    "family_name",
    "given_names",
    "title",
    "born",
    "gender",
    "address",
    "postcode",
    "telephone",
    "entry_ref",
    "title_text",
    "status",
    "detail",
    "worker",
    "worker_telephone",
    "start",
    "end",
    "review",
    "recorded",
];

/// One row: what stands in each named column.
type Row<'a> = Vec<(&'a str, String)>;

/// One file: a header and every row of these charts, the person before their entries.
pub(crate) fn file(charts: &[Chart], sent: Timestamp) -> Vec<u8> {
    let mut text = COLUMNS.join(",") + "\r\n";
    for chart in charts {
        text.push_str(&line(&person(chart, sent)));
        for row in chart.entries.iter().filter_map(|entry| entry_row(chart, entry)) {
            text.push_str(&line(&row));
        }
    }
    text.into_bytes()
}

fn line(row: &Row<'_>) -> String {
    let cells = COLUMNS
        .iter()
        .map(|column| row.iter().find(|(name, _)| name == column).map_or_else(String::new, |(_, cell)| quoted(cell)));
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

/// Quotes a cell where it must be (RFC 4180 §2).
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

fn person(chart: &Chart, sent: Timestamp) -> Row<'static> {
    let who = &chart.told;
    let address = who.address.clone().unwrap_or_default();
    vec![
        ("record_type", "person".to_owned()),
        ("person_ref", chart.local.clone()),
        ("nhs_number", who.nhs_number.map(NhsNumber::digits).unwrap_or_default()),
        ("family_name", who.name.family.clone()),
        ("given_names", who.name.given.join(" ")),
        ("title", who.name.title.clone().unwrap_or_default()),
        ("born", day(who.born)),
        ("gender", who.gender.map(|gender| gender.code().to_owned()).unwrap_or_default()),
        ("address", address.lines.join("\n")),
        ("postcode", address.postcode.unwrap_or_default()),
        ("telephone", who.telephones.first().cloned().unwrap_or_default()),
        ("recorded", When::from(sent).to_iso()),
    ]
}

fn entry_row(chart: &Chart, entry: &NewEntry) -> Option<Row<'static>> {
    let mut row = vec![
        ("person_ref", chart.local.clone()),
        ("entry_ref", format!("{}-{}", chart.local, entry.key)),
        ("recorded", entry.recorded.map(When::to_iso).unwrap_or_default()),
    ];
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |when: Option<When>| when.map(When::to_iso).unwrap_or_default();
    match &entry.content {
        Content::SocialCare(care) => {
            let worker = text(&care.worker);
            let (worker, telephone) = worker.split_once(WORKER_TELEPHONE).unwrap_or((&worker, ""));
            row.extend([
                ("record_type", record_type(&care.title).to_owned()),
                ("title_text", care.title.clone()),
                ("status", care.status.clone()),
                ("detail", text(&care.detail)),
                ("worker", worker.to_owned()),
                ("worker_telephone", telephone.to_owned()),
                ("start", time(care.start)),
                ("end", time(care.end)),
                ("review", time(care.review)),
            ]);
        }
        Content::Alert(alert) => {
            let status = if alert.kind == AlertKind::Alert { "Active" } else { alert.kind.word() };
            row.extend([
                ("record_type", "alert".to_owned()),
                ("title_text", alert.title.clone()),
                ("status", status.to_owned()),
                ("detail", text(&alert.detail)),
                ("start", time(alert.from)),
                ("end", time(alert.until)),
            ]);
        }
        _ => return None,
    }
    Some(row)
}

/// Which of the documented kinds of row a piece of social care is.
fn record_type(title: &str) -> &'static str {
    let kinds = [("assessment", "assessment"), ("contact", "contact"), ("Social worker", "involvement")];
    kinds.into_iter().find(|(word, _)| title.contains(word)).map_or("package", |(_, kind)| kind)
}

fn day(when: Option<When>) -> String {
    when.map(|when| when.day_only().to_iso()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_quotes_and_line_breaks_are_quoted() {
        assert_eq!(quoted("12 Yarrow Road, Camberwell"), "\"12 Yarrow Road, Camberwell\"");
        assert_eq!(quoted("says \"no\""), "\"says \"\"no\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }

    #[test]
    fn every_row_has_every_column() {
        assert_eq!(line(&vec![("status", "Active".to_owned())]).matches(',').count(), 20);
    }
}
