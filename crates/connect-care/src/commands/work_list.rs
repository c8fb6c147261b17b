use std::io::Write as _;

use clap::Args;
use serde::Serialize;
use store::{WORK_LIST_MAX, WorkListItem};

use crate::commands::inbox::StoreArguments;
use crate::commands::written::Written;

/// Lists what is doubted about who is who, the highest risk first. It says that fields agree or differ, never what
/// stands in them, and not whose records they are.
#[derive(Args)]
pub(crate) struct WorkList {
    /// How the list is written.
    #[arg(long, value_enum, default_value_t = Written::Text)]
    format: Written,
    #[command(flatten)]
    store: StoreArguments,
}

/// A doubt as it is written.
#[derive(Serialize)]
struct Row<'a> {
    id: u64,
    kind: &'static str,
    odds_bits: Option<f64>,
    source: &'a str,
    message: u64,
    at: String,
    reasons: &'a [String],
}

impl WorkList {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (_, rooms) = self.store.open().await?;
        let items = rooms.inbox.work_list().await?;
        let rows: Vec<Row<'_>> = items.iter().map(Row::of).collect();
        let mut out = std::io::stdout().lock();
        match self.format {
            Written::Json => writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?,
            Written::Text => rows.iter().try_for_each(|row| write!(out, "{}", row.lines()))?,
        }
        out.flush()?;
        if i64::try_from(items.len()).is_ok_and(|count| count >= WORK_LIST_MAX) {
            eprintln!("the first {WORK_LIST_MAX}; more come up as these are decided");
        }
        rooms.close().await;
        Ok(())
    }
}

impl<'a> Row<'a> {
    fn of(item: &'a WorkListItem) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand hundredths")]
        let odds_bits = item.odds_centibits.map(|odds| odds as f64 / 100.0);
        Self {
            id: item.id,
            kind: item.kind.words(),
            odds_bits,
            source: item.source.as_str(),
            message: item.message.0,
            at: item.at.to_string(),
            reasons: &item.reasons,
        }
    }

    fn lines(&self) -> String {
        let Self { id, kind, source, message, at, .. } = self;
        let odds = self.odds_bits.map_or_else(|| "-".to_owned(), |odds| format!("{odds:+.1}"));
        let reasons: String = self.reasons.iter().map(|reason| format!("    {reason}\n")).collect();
        format!("{id}\t{kind}\t{odds}\t{source}\t{message}\t{at}\n{reasons}")
    }
}

#[cfg(test)]
mod tests {
    use record::{MessageId, SourceId};
    use store::DoubtKind;

    use super::*;

    #[test]
    fn a_doubt_is_a_line_and_its_reasons_stand_under_it() {
        let item = WorkListItem {
            id: 7,
            kind: DoubtKind::LooksAlike,
            odds_centibits: Some(-125),
            source: SourceId::new("kingsbrook").unwrap(),
            message: MessageId(41),
            reasons: vec!["Same date of birth (+14.2)".to_owned(), "Different first names (-5.0)".to_owned()],
            at: "2026-11-23T12:00:00Z".parse().unwrap(),
        };
        insta::assert_snapshot!(Row::of(&item).lines().replace('\t', " | "), @r"
        7 | looks alike | -1.2 | kingsbrook | 41 | 2026-11-23T12:00:00Z
            Same date of birth (+14.2)
            Different first names (-5.0)
        ");
        let json = serde_json::to_value(Row::of(&item)).unwrap();
        assert_eq!((&json["kind"], &json["odds_bits"]), (&"looks alike".into(), &(-1.25).into()));
    }
}
