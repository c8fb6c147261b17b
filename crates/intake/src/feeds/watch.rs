//! The watch over all feeds: keeps what came, and tells what stopped, once when it
//! stops and once when it comes again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use record::{Clock, SourceId};
use store::{ALL_KINDS, Feed, FeedSource, Feeds, StoreError};
use tokio_util::sync::CancellationToken;

use super::kept::{after_deafness, bring_up_to_date, deaf_between, numbers_missing};
use super::rhythm::Deaf;
use super::tally::{Heard, Tally};
use crate::intake::Intake;
use crate::measure;

/// How often the watch looks.
pub const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How all messages of a source together are called where they are told.
const EVERYTHING: &str = "all";

/// Watches over the messages of every source.
pub struct FeedWatch {
    tally: Arc<Tally>,
    feeds: Feeds,
    clock: Clock,
    /// What came and is not yet kept.
    heard: BTreeMap<SourceId, Heard>,
    /// When the program did not listen before it was started.
    deaf: BTreeMap<SourceId, Deaf>,
    /// Feeds that were told to be silent.
    silent: BTreeSet<(SourceId, String)>,
    /// Feeds of which a measure says whether they are.
    measured: BTreeSet<(SourceId, String)>,
    /// What was told of each source's numbers: how many are missing, when they began anew.
    numbers: BTreeMap<SourceId, (u64, Option<Timestamp>)>,
}

impl FeedWatch {
    /// Takes up what was known when the program last stopped. Silences that had
    /// begun by then go on; others get back the time in which nobody listened.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn begin(intake: &Intake, feeds: Feeds) -> Result<Self, StoreError> {
        let (clock, now) = (intake.clock().clone(), intake.clock().now());
        let (sources, known) = feeds.known().await?;
        let deaf: BTreeMap<SourceId, Deaf> = sources
            .iter()
            .filter_map(|one| Some((one.source.clone(), deaf_between(one.watched_until?, now)?)))
            .collect();
        let mut silent = BTreeSet::new();
        let mut moved = Vec::new();
        for feed in &known {
            let watched_until = sources.iter().find(|one| one.source == feed.source).and_then(|one| one.watched_until);
            if watched_until.is_some_and(|until| is_silent(feed, until)) {
                silent.insert((feed.source.clone(), feed.kind.clone()));
            } else if let Some(deaf) = deaf.get(&feed.source) {
                moved.extend(after_deafness(feed, *deaf));
            }
        }
        feeds.keep(&[], &moved).await?;
        let told = |one: &FeedSource| (one.source.clone(), (numbers_missing(one), one.numbers.began_anew_at));
        let numbers = sources.iter().map(told).collect();
        let measured = silent.clone();
        Ok(Self { tally: intake.tally(), feeds, clock, heard: BTreeMap::new(), deaf, silent, measured, numbers })
    }

    /// Looks every so often until it is told to stop, and once more then.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            let is_stopping = tokio::select! {
                _ = every.tick() => false,
                () = stop.cancelled() => true,
            };
            if let Err(error) = self.look().await {
                tracing::error!(%error, "feeds could not be watched");
            }
            if is_stopping {
                return;
            }
        }
    }

    /// Keeps what came since the last look, and tells what stopped or came again.
    ///
    /// # Errors
    /// When the store cannot be read or written: the next look does it then.
    pub async fn look(&mut self) -> Result<(), StoreError> {
        for (source, heard) in self.tally.take() {
            self.heard.entry(source).or_default().add(heard);
        }
        let now = self.clock.now();
        let (mut sources, mut feeds) = self.feeds.known().await?;
        let mut changed = Vec::new();
        for source in &mut sources {
            source.watched_until = Some(now);
            let Some(heard) = self.heard.get(&source.source) else { continue };
            let of_source = feeds.iter().filter(|feed| feed.source == source.source);
            let known: BTreeMap<&str, &Feed> = of_source.map(|feed| (feed.kind.as_str(), feed)).collect();
            let deaf = self.deaf.get(&source.source).copied();
            changed.extend(bring_up_to_date(source, &known, heard, deaf, now));
        }
        self.feeds.keep(&sources, &changed).await?;
        self.heard.clear();
        feeds.retain(|feed| !changed.iter().any(|new| new.source == feed.source && new.kind == feed.kind));
        feeds.extend(changed);
        self.tell_silences(&feeds, now);
        self.tell_numbers(&sources);
        self.measure(&sources, &feeds, now);
        Ok(())
    }

    fn tell_silences(&mut self, feeds: &[Feed], now: Timestamp) {
        let silent_now: BTreeSet<(SourceId, String)> = feeds
            .iter()
            .filter(|feed| is_silent(feed, now))
            .map(|feed| (feed.source.clone(), feed.kind.clone()))
            .collect();
        for feed in feeds {
            let key = (feed.source.clone(), feed.kind.clone());
            let (source, kind, last) = (&feed.source, name(&feed.kind), feed.last_at);
            match (self.silent.contains(&key), silent_now.contains(&key)) {
                (false, true) => {
                    tracing::warn!(%source, kind, %last, "a feed is silent");
                }
                (true, false) => {
                    tracing::warn!(%source, kind, %last, "a feed that was silent has come again");
                }
                _ => {}
            }
        }
        self.measured.extend(silent_now.iter().cloned());
        self.silent = silent_now;
    }

    fn tell_numbers(&mut self, sources: &[FeedSource]) {
        for one in sources {
            let (missing, began_anew) = (numbers_missing(one), one.numbers.began_anew_at);
            let told = self.numbers.insert(one.source.clone(), (missing, began_anew)).unwrap_or_default();
            let source = &one.source;
            if began_anew.is_some() && began_anew != told.1 {
                tracing::warn!(%source, "a source's numbers began anew");
            }
            if missing > told.0 {
                tracing::warn!(%source, messages = missing, "numbers of a source's messages are missing");
            }
        }
    }

    fn measure(&self, sources: &[FeedSource], feeds: &[Feed], now: Timestamp) {
        for one in sources {
            let types = self.silent.iter().filter(|(source, _)| *source == one.source).count();
            measure::silent(&one.source, types, numbers_missing(one));
        }
        for (source, kind) in &self.measured {
            let feed = feeds.iter().find(|feed| feed.source == *source && feed.kind == *kind);
            let since = feed.filter(|feed| is_silent(feed, now)).map(|feed| now.duration_since(feed.last_at).as_secs());
            measure::silent_for(source, name(kind), since.unwrap_or_default().max(0).unsigned_abs());
        }
    }
}

fn is_silent(feed: &Feed, at: Timestamp) -> bool {
    feed.due_at.is_some_and(|due| at > due)
}

fn name(kind: &str) -> &str {
    if kind == ALL_KINDS { EVERYTHING } else { kind }
}
