use std::io::Write as _;

use clap::Args;
use disclosure::{Closed, HandAct, HandDecision, ItemState, Outline, QuarantinedMessage};

use super::list::plain;
use crate::commands::inbox::StoreArguments;
use crate::operator;

/// Shows one row of quarantine.
#[derive(Args)]
pub(crate) struct Show {
    /// Its id, as `quarantine list` gives it.
    id: u64,
    /// The text of the message as well: needs `--reason`.
    #[arg(long, requires = "reason")]
    text: bool,
    /// Why its text has to be seen.
    #[arg(long)]
    reason: Option<String>,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let mut out = std::io::stdout().lock();
        let shown = rooms.disclosure.quarantined(&caller, self.id).await?;
        write!(out, "{}", about(&shown))?;
        if let (true, Some(reason)) = (self.text, &self.reason) {
            let text = rooms.disclosure.quarantined_text(&caller, self.id, reason).await?;
            // Segments end with a carriage return, which a terminal would overwrite.
            let text = String::from_utf8_lossy(&text).replace("\r\n", "\n").replace('\r', "\n");
            writeln!(out, "text\n{text}")?;
        } else {
            match rooms.disclosure.quarantined_outline(&caller, &shown.item).await {
                Ok(outline) => write!(out, "{}", built(&outline))?,
                Err(Closed::Refused { refusal, .. }) => writeln!(out, "structure\t{refusal}")?,
                Err(closed) => return Err(closed.into()),
            }
        }
        out.flush()?;
        drop(out);
        rooms.close().await;
        Ok(())
    }
}

fn about(shown: &QuarantinedMessage) -> String {
    let item = &shown.item;
    let state = match item.state {
        ItemState::Waiting => "waiting",
        ItemState::Applied => "applied after all",
        ItemState::Corrected => "corrected",
        ItemState::Dismissed => "dismissed",
    };
    let owner = item.owner.as_ref().map_or_else(|| "nobody".to_owned(), |(name, at)| format!("{name} since {at}"));
    let mut lines = vec![
        ("id", item.id.to_string()),
        ("source", item.source.to_string()),
        ("message", item.message.0.to_string()),
        ("unit", item.unit.to_string()),
        ("type", plain(&item.kind)),
        ("place", plain(&item.place)),
        ("reason", plain(&item.reason)),
        ("since", item.at.to_string()),
        ("person", if item.is_person_known { "known" } else { "unknown" }.to_owned()),
        ("state", state.to_owned()),
        ("owner", owner),
    ];
    lines.extend(item.corrects.map(|message| ("corrects", message.0.to_string())));
    lines.extend(shown.decided.iter().map(|decision| ("decided", decided(decision))));
    lines.into_iter().map(|(name, value)| format!("{name}\t{value}\n")).collect()
}

fn decided(decision: &HandDecision) -> String {
    let act = match decision.act {
        HandAct::Take => "taken",
        HandAct::Replay => "replay",
        HandAct::Correct => "correct",
        HandAct::Dismiss => "dismiss",
    };
    let came_of_it = match &decision.done {
        Some((_, outcome)) => plain(outcome),
        None => "being carried out".to_owned(),
    };
    let correction = decision.correction.map(|message| format!(", message {}", message.0)).unwrap_or_default();
    let HandDecision { at, staff_name, reason, .. } = decision;
    format!("{at} {act} by {}: {} [{came_of_it}{correction}]", plain(staff_name), plain(reason))
}

fn built(outline: &Outline) -> String {
    let mut text = String::from("structure\n");
    if outline.lines.is_empty() {
        text.push_str("  it cannot be taken apart\n");
    }
    for line in &outline.lines {
        let mark = if line.is_at_fault { ">" } else { " " };
        text.push_str(&format!("{mark} {}\n", plain(&line.name)));
        for field in line.fields.iter().filter(|field| field.is_filled || field.is_at_fault) {
            let mark = if field.is_at_fault { ">" } else { " " };
            let filled = if field.is_filled { "holds something" } else { "empty" };
            let name = field.name.map(|name| format!(" {name}")).unwrap_or_default();
            text.push_str(&format!("{mark}   {}{name}: {filled}\n", plain(&field.place)));
        }
    }
    if outline.more > 0 {
        text.push_str(&format!("  and {} more\n", outline.more));
    }
    text
}
