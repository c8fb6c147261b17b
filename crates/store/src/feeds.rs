//! What is kept of the rhythm of each source's messages, so that their silence is
//! noticed. Nothing here says anything about anybody.

use std::sync::Arc;

use jiff::Timestamp;
use record::{HOURS_OF_WEEK, Section, SourceId};

use crate::Place;
use crate::error::StoreError;
use crate::gauges::Depth;
use crate::inbox::{Inbox, timestamp};
use crate::source_numbers::SourceNumbers;
use crate::sqlite::feeds;

/// The kind under which all messages of a source are counted together.
pub const ALL_KINDS: &str = "";
/// How many feeds are written at a time, so that nobody waits long behind them.
const WRITTEN_MAX: usize = 100;

/// One type of message of one source, or all its messages together.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// Which source.
    pub source: SourceId,
    /// Its type as the standard names it, such as `ORU^R01`; [`ALL_KINDS`] for all together.
    pub kind: String,
    /// When the last one came, to the minute.
    pub last_at: Timestamp,
    /// Until when silence is usual; `None` while that is not known.
    pub due_at: Option<Timestamp>,
    /// Which sections of records it has brought.
    pub sections: Vec<Section>,
    /// Messages in the hour of `last_at`, and in the hour before it.
    pub in_hour: u32,
    /// Messages in the hour before that of `last_at`.
    pub in_hour_before: u32,
    /// Messages that usually come in each hour of the week; negative where that is not known.
    pub usual: Vec<f32>,
    /// Everything that the rule which learns needs, in its own words.
    pub state: Vec<u8>,
}

/// Numbers that a source gives its messages one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumbersSeen {
    /// The newest number; `None` for a source that numbers nothing.
    pub last: Option<u64>,
    /// First and last number of each gap, in their order.
    pub missing: Vec<(u64, u64)>,
    /// Numbers that never came and no longer can.
    pub never_came: u64,
    /// When its counter last began anew.
    pub began_anew_at: Option<Timestamp>,
    /// The last known number that came again, and how many did so in their order.
    pub again: Option<(u64, u32)>,
}

/// A source as those see it who look after its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSource {
    /// Which source.
    pub source: SourceId,
    /// The newest time that it stated or that we received something.
    pub last_message_at: Option<Timestamp>,
    /// Until when its messages were watched.
    pub watched_until: Option<Timestamp>,
    /// The numbers of its messages.
    pub numbers: NumbersSeen,
}

/// How the messages of all sources stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedsStand {
    /// Every source that is configured and has a number.
    pub sources: Vec<FeedSource>,
    /// Every type of message that was heard.
    pub feeds: Vec<Feed>,
    /// Messages that are durable and not yet applied.
    pub waiting: Vec<Depth>,
    /// Units in quarantine that nobody has settled.
    pub quarantined: Vec<Depth>,
}

/// How the messages of sources stand: for the watch that keeps it, and for those
/// who look after sources.
#[derive(Clone)]
pub struct Feeds {
    pub(crate) inbox: Inbox,
}

impl Feeds {
    /// How the messages of all configured sources stand.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn stand(&self) -> Result<FeedsStand, StoreError> {
        let (waiting, quarantined) = tokio::try_join!(self.inbox.depths(), self.inbox.quarantine_depths())?;
        let (sources, feeds) = self.known().await?;
        Ok(FeedsStand { sources, feeds, waiting, quarantined })
    }

    /// What is kept of the configured sources and their feeds.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn known(&self) -> Result<(Vec<FeedSource>, Vec<Feed>), StoreError> {
        let numbers = Arc::clone(&self.inbox.sources);
        let (sources, feeds) = match &self.inbox.place {
            Place::Sqlite { record, .. } => record.read(feeds::known).await?,
            Place::Postgres(server) => server.feeds_known().await?,
        };
        let sources = sources.into_iter().filter(|row| numbers.configured(row.number).is_some());
        let feeds = feeds.into_iter().filter(|row| numbers.configured(row.source).is_some());
        Ok((
            sources.map(|row| row.told(&numbers)).collect::<Result<_, _>>()?,
            feeds.map(|row| row.told(&numbers)).collect::<Result<_, _>>()?,
        ))
    }

    /// Keeps what was learned: of these sources, and of these feeds.
    ///
    /// # Errors
    /// When a source is unknown, or the file cannot be written.
    pub async fn keep(&self, sources: &[FeedSource], feeds: &[Feed]) -> Result<(), StoreError> {
        let numbers = &self.inbox.sources;
        let sources = sources.iter().map(|one| SourceRow::new(numbers, one)).collect::<Result<Vec<_>, _>>()?;
        let feeds = feeds.iter().map(|one| FeedRow::new(numbers, one)).collect::<Result<Vec<_>, _>>()?;
        self.keep_rows(sources, Vec::new()).await?;
        for some in feeds.chunks(WRITTEN_MAX) {
            self.keep_rows(Vec::new(), some.to_vec()).await?;
        }
        Ok(())
    }

    async fn keep_rows(&self, sources: Vec<SourceRow>, feeds: Vec<FeedRow>) -> Result<(), StoreError> {
        if sources.is_empty() && feeds.is_empty() {
            return Ok(());
        }
        match &self.inbox.place {
            Place::Sqlite { record, .. } => {
                let keep = move |connection: &_| feeds::keep(connection, &sources, &feeds);
                record.write_later("keep feeds", 1, keep).await
            }
            Place::Postgres(server) => server.keep_feeds(&sources, &feeds).await,
        }
    }

    /// Forgets what is known of one type of message, which then is learned anew:
    /// for a type that a source sends no longer, or in another rhythm. `false`
    /// where nothing was known of it.
    ///
    /// # Errors
    /// When the source is unknown, or the file cannot be written.
    pub async fn forget(&self, source: &SourceId, kind: &str) -> Result<bool, StoreError> {
        let (source, kind) = (self.inbox.sources.number(source)?, kind.to_owned());
        match &self.inbox.place {
            Place::Sqlite { record, .. } => {
                record.write("forget a feed", move |connection| feeds::forget(connection, source, &kind)).await
            }
            Place::Postgres(server) => server.forget_feed(source, &kind).await,
        }
    }
}

/// A feed as it is stored.
#[derive(Clone)]
pub(crate) struct FeedRow {
    pub(crate) source: i64,
    pub(crate) kind: String,
    pub(crate) last_at: i64,
    pub(crate) due_at: Option<i64>,
    /// Codes of sections, a blank between two.
    pub(crate) sections: String,
    pub(crate) in_hour: i64,
    pub(crate) in_hour_before: i64,
    /// Little-endian numbers of 4 bytes, one for each hour of the week.
    pub(crate) usual: Vec<u8>,
    pub(crate) state: Vec<u8>,
}

/// What is kept of a source's messages, as it is stored.
#[derive(Clone)]
pub(crate) struct SourceRow {
    pub(crate) number: i64,
    pub(crate) last_message_at: Option<i64>,
    pub(crate) watched_until: Option<i64>,
    pub(crate) numbers: Option<String>,
}

impl FeedRow {
    fn new(numbers: &SourceNumbers, feed: &Feed) -> Result<Self, StoreError> {
        let codes: Vec<&str> = feed.sections.iter().map(|section| section.code()).collect();
        Ok(Self {
            source: numbers.number(&feed.source)?,
            kind: feed.kind.clone(),
            last_at: feed.last_at.as_second(),
            due_at: feed.due_at.map(Timestamp::as_second),
            sections: codes.join(" "),
            in_hour: feed.in_hour.into(),
            in_hour_before: feed.in_hour_before.into(),
            usual: feed.usual.iter().flat_map(|usual| usual.to_le_bytes()).collect(),
            state: feed.state.clone(),
        })
    }

    fn told(self, numbers: &SourceNumbers) -> Result<Feed, StoreError> {
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let (usual, rest) = self.usual.as_chunks::<4>();
        if usual.len() != HOURS_OF_WEEK || !rest.is_empty() {
            return Err(StoreError::Damaged("a feed's hours".to_owned()));
        }
        Ok(Feed {
            source: numbers.id(self.source)?,
            kind: self.kind,
            last_at: timestamp(self.last_at),
            due_at: self.due_at.map(timestamp),
            sections: sections(&self.sections),
            in_hour: count(self.in_hour),
            in_hour_before: count(self.in_hour_before),
            usual: usual.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            state: self.state,
        })
    }
}

/// Sections by their codes, a blank between two.
pub(crate) fn sections(codes: &str) -> Vec<Section> {
    codes.split(' ').filter_map(Section::from_code).collect()
}

impl SourceRow {
    fn new(numbers: &SourceNumbers, source: &FeedSource) -> Result<Self, StoreError> {
        Ok(Self {
            number: numbers.number(&source.source)?,
            last_message_at: None,
            watched_until: source.watched_until.map(Timestamp::as_second),
            numbers: source.numbers.last.map(|_| written(&source.numbers)),
        })
    }

    fn told(self, numbers: &SourceNumbers) -> Result<FeedSource, StoreError> {
        let seen = match self.numbers.as_deref() {
            None => NumbersSeen::default(),
            Some(text) => read(text).ok_or_else(|| StoreError::Damaged("a source's numbers".to_owned()))?,
        };
        Ok(FeedSource {
            source: numbers.id(self.number)?,
            last_message_at: self.last_message_at.map(timestamp),
            watched_until: self.watched_until.map(timestamp),
            numbers: seen,
        })
    }
}

/// `last never-came began-anew again times`, then each gap as `first-last`.
fn written(seen: &NumbersSeen) -> String {
    let number = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
    let (again, times) = seen.again.unzip();
    let mut words = vec![
        number(seen.last.map(|last| last.to_string())),
        seen.never_came.to_string(),
        number(seen.began_anew_at.map(|at| at.as_second().to_string())),
        number(again.map(|again| again.to_string())),
        number(times.map(|times| times.to_string())),
    ];
    words.extend(seen.missing.iter().map(|(first, last)| format!("{first}-{last}")));
    words.join(" ")
}

fn read(text: &str) -> Option<NumbersSeen> {
    fn number<T: std::str::FromStr>(word: &str) -> Option<Option<T>> {
        if word == "-" { Some(None) } else { word.parse().ok().map(Some) }
    }
    let mut words = text.split(' ');
    let (last, never_came) = (number(words.next()?)?, words.next()?.parse().ok()?);
    let began_anew_at = number(words.next()?)?.map(timestamp);
    let (again, times) = (number(words.next()?)?, number(words.next()?)?);
    let gap = |word: &str| word.split_once('-').and_then(|(one, two)| Some((one.parse().ok()?, two.parse().ok()?)));
    let missing = words.map(gap).collect::<Option<Vec<_>>>()?;
    Some(NumbersSeen { last, missing, never_came, began_anew_at, again: again.zip(times) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_were_kept_are_the_same_numbers() {
        let nothing = NumbersSeen { last: Some(u64::MAX), ..NumbersSeen::default() };
        let everything = NumbersSeen {
            last: Some(90),
            missing: vec![(3, 3), (7, 12)],
            never_came: 4,
            began_anew_at: Some(timestamp(1_763_900_000)),
            again: Some((5, 2)),
        };
        for seen in [nothing, everything] {
            assert_eq!(read(&written(&seen)).unwrap(), seen);
        }
        assert_eq!(read("1 2 3"), None);
        assert_eq!(read("1 0 - - - 5"), None);
    }
}
