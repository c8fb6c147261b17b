use std::io::Write as _;

use clap::Args;
use serde::Serialize;
use store::QuarantinedUnit;

use crate::commands::inbox::StoreArguments;
use crate::commands::written::Written;

/// Lists units in quarantine.
#[derive(Args)]
pub(crate) struct List {
    /// How the list is written.
    #[arg(long, value_enum, default_value_t = Written::Text)]
    format: Written,
    #[command(flatten)]
    store: StoreArguments,
}

/// A unit as it is written; its fields are the columns, in their order.
#[derive(Serialize)]
struct Row<'a> {
    id: u64,
    source: &'a str,
    message: u64,
    unit: u32,
    kind: &'a str,
    place: &'a str,
    reason: &'a str,
    at: String,
    person: &'static str,
    state: &'static str,
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let (_, rooms) = self.store.open().await?;
        let mut out = std::io::stdout().lock();
        let mut after = None;
        // What stands before the next object of the array.
        let mut before = "[";
        loop {
            let page = rooms.inbox.quarantined(after).await?;
            for row in page.iter().map(Row::of) {
                match self.format {
                    Written::Text => writeln!(out, "{}", row.line())?,
                    Written::Json => write!(out, "{}\n{}", std::mem::replace(&mut before, ","), row.json()?)?,
                }
            }
            let Some(last) = page.last() else { break };
            after = Some(last.id);
        }
        if self.format == Written::Json {
            writeln!(out, "{}]", if before == "[" { "[" } else { "\n" })?;
        }
        out.flush()?;
        rooms.close().await;
        Ok(())
    }
}

impl<'a> Row<'a> {
    fn of(unit: &'a QuarantinedUnit) -> Self {
        Self {
            id: unit.id,
            source: unit.source.as_str(),
            message: unit.message.0,
            unit: unit.unit,
            kind: &unit.kind,
            place: &unit.place,
            reason: &unit.reason,
            at: unit.at.to_string(),
            person: if unit.is_person_known { "known" } else { "unknown" },
            state: if unit.is_waiting { "waiting" } else { "settled" },
        }
    }

    fn line(&self) -> String {
        let (kind, place, reason) = (plain(self.kind), plain(self.place), plain(self.reason));
        let Self { id, source, message, unit, at, person, state, .. } = self;
        format!("{id}\t{source}\t{message}\t{unit}\t{kind}\t{place}\t{reason}\t{at}\t{person}\t{state}")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// Senders choose the words of types and places: nothing in them may end a field
/// or a line, or command a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use record::{MessageId, SourceId};

    use super::*;

    fn unit() -> QuarantinedUnit {
        QuarantinedUnit {
            id: 3,
            source: SourceId::new("kingsbrook").unwrap(),
            message: MessageId(7),
            unit: 1,
            kind: "ADT^\u{1b}[2JA08\t".to_owned(),
            place: "PID-3".to_owned(),
            reason: "first\nsecond".to_owned(),
            at: "2026-11-23T12:00:00Z".parse().unwrap(),
            is_person_known: true,
            is_waiting: false,
        }
    }

    #[test]
    fn a_unit_is_one_line_of_ten_fields_whatever_its_sender_wrote() {
        let line = Row::of(&unit()).line();
        let wanted = "3\tkingsbrook\t7\t1\tADT^ [2JA08 \tPID-3\tfirst second\t2026-11-23T12:00:00Z\tknown\tsettled";
        assert_eq!(line, wanted);
    }

    #[test]
    fn json_keeps_what_was_written_and_names_each_field() {
        let json: serde_json::Value = serde_json::from_str(&Row::of(&unit()).json().unwrap()).unwrap();
        assert_eq!((&json["reason"], &json["message"]), (&"first\nsecond".into(), &7.into()));
        assert_eq!((&json["person"], &json["state"]), (&"known".into(), &"settled".into()));
    }
}
