use anyhow::bail;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use record::SourceId;
use store::{ALL_KINDS, Feed, FeedsStand};

use super::inbox::StoreArguments;

/// How all messages of a source together are called.
const ALL: &str = "all";

/// Shows how the messages of each source stand.
#[derive(Subcommand)]
pub(crate) enum FeedsCommand {
    /// Lists each type of message of each source, silent ones first: source, type, state, when the last one came, by
    /// when the next one is expected, and which sections it brings.
    List(List),
    /// Forgets what is usual for one type of message, which is then learned anew: for one that is sent no longer, or
    /// in another rhythm.
    Forget(Forget),
}

/// Lists each type of message.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    store: StoreArguments,
}

/// Forgets what is usual for one type of message.
#[derive(Args)]
pub(crate) struct Forget {
    /// Of which source.
    #[arg(long)]
    source: String,
    /// Which type, such as `ORU^R01`; `all` for all messages of the source together.
    #[arg(long)]
    kind: String,
    #[command(flatten)]
    store: StoreArguments,
}

impl FeedsCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Forget(forget) => forget.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let (_, rooms) = self.store.open().await?;
        let stand = rooms.feeds.stand().await?;
        for line in lines(&stand, rooms.clock.now()) {
            println!("{line}");
        }
        rooms.close().await;
        Ok(())
    }
}

impl Forget {
    async fn run(self) -> anyhow::Result<()> {
        let (_, rooms) = self.store.open().await?;
        let kind = if self.kind == ALL { ALL_KINDS } else { &self.kind };
        let is_known = rooms.feeds.forget(&SourceId::new(&self.source)?, kind).await?;
        rooms.close().await;
        if !is_known {
            bail!("nothing is known of {} from {}", self.kind, self.source);
        }
        println!("forgotten: {} from {}", self.kind, self.source);
        Ok(())
    }
}

/// Silent ones first, the longest silence first; then what never came.
fn lines(stand: &FeedsStand, now: Timestamp) -> Vec<String> {
    let mut feeds: Vec<&Feed> = stand.feeds.iter().collect();
    let order = |feed: &Feed| (!is_silent(feed, now), feed.due_at.unwrap_or(Timestamp::MAX));
    feeds.sort_by(|one, other| {
        order(one).cmp(&order(other)).then_with(|| (&one.source, &one.kind).cmp(&(&other.source, &other.kind)))
    });
    let mut lines: Vec<String> = feeds.into_iter().map(|feed| line(feed, now)).collect();
    let silent_from_the_start = stand.sources.iter().filter(|one| one.last_message_at.is_none());
    lines.extend(silent_from_the_start.map(|one| format!("{}\t{ALL}\tnothing received yet\t-\t-\t-", one.source)));
    lines
}

fn line(feed: &Feed, now: Timestamp) -> String {
    let state = match feed.due_at {
        _ if is_silent(feed, now) => "silent",
        Some(_) => "working",
        None => "being learned",
    };
    let kind = if feed.kind == ALL_KINDS { ALL } else { &feed.kind };
    let sections: Vec<&str> = feed.sections.iter().map(|section| section.code()).collect();
    let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let due = or_none(feed.due_at.map(|due| due.to_string()).unwrap_or_default());
    format!("{}\t{kind}\t{state}\t{}\t{due}\t{}", feed.source, feed.last_at, or_none(sections.join(" ")))
}

fn is_silent(feed: &Feed, now: Timestamp) -> bool {
    feed.due_at.is_some_and(|due| now > due)
}

#[cfg(test)]
mod tests {
    use record::{HOURS_OF_WEEK, Section};
    use store::{FeedSource, NumbersSeen};

    use super::*;

    fn feed(kind: &str, due_at: Option<&str>) -> Feed {
        Feed {
            source: SourceId::new("kingsbrook").unwrap(),
            kind: kind.to_owned(),
            last_at: "2026-11-24T14:10:00Z".parse().unwrap(),
            due_at: due_at.map(|due| due.parse().unwrap()),
            sections: vec![Section::Results],
            in_hour: 0,
            in_hour_before: 0,
            usual: vec![0.0; HOURS_OF_WEEK],
            state: Vec::new(),
        }
    }

    #[test]
    fn what_is_silent_stands_first_and_what_never_came_is_not_left_out() {
        let never = FeedSource {
            source: SourceId::new("riverside").unwrap(),
            last_message_at: None,
            watched_until: None,
            numbers: NumbersSeen::default(),
        };
        let feeds = vec![
            feed("", Some("2026-11-26T15:00:00Z")),
            feed("ADT^A01", None),
            feed("ORU^R01", Some("2026-11-24T14:40:00Z")),
        ];
        let stand = FeedsStand { sources: vec![never], feeds, ..FeedsStand::default() };
        let wanted = [
            "kingsbrook\tORU^R01\tsilent\t2026-11-24T14:10:00Z\t2026-11-24T14:40:00Z\tresults",
            "kingsbrook\tall\tworking\t2026-11-24T14:10:00Z\t2026-11-26T15:00:00Z\tresults",
            "kingsbrook\tADT^A01\tbeing learned\t2026-11-24T14:10:00Z\t-\tresults",
            "riverside\tall\tnothing received yet\t-\t-\t-",
        ];
        assert_eq!(lines(&stand, "2026-11-26T14:00:00Z".parse().unwrap()), wanted);
    }
}
