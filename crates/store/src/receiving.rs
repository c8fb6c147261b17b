//! Making messages durable, in the order in which they are sent to the disk.

use std::sync::Arc;

use record::SourceId;

use crate::answer::Answer;
use crate::counting::Counters;
use crate::error::StoreError;
use crate::fate::Fate;
use crate::inbox::{Against, Arrival, Inbox, Kept, MessageRow, QuarantineNote, Received};
use crate::mentioned::Mentioned;
use crate::{Place, sqlite};

/// A message of this length or more is made ready on a thread of its own, in bytes.
const LONG_BYTES: usize = 8 * 1024;

/// A message on its way to the disk.
pub struct Receiving {
    fate: Fate,
    answer: Answer<Kept>,
    counters: Arc<Counters>,
    source: SourceId,
}

impl Receiving {
    /// What becomes of it, for those that are sent behind it.
    #[must_use]
    pub fn fate(&self) -> &Fate {
        &self.fate
    }

    /// Waits until it is durable. When this returns, the message may be acknowledged.
    ///
    /// # Errors
    /// When it could not be made durable: do not acknowledge.
    pub async fn kept(mut self) -> Result<Received, StoreError> {
        let kept = (&mut self.answer).await.unwrap_or(Err(StoreError::Closed));
        self.counters.durable_wait();
        let kept = kept?;
        if let (true, Received::New(message)) = (kept.has_restarted, kept.received) {
            let source = self.source.to_string();
            metrics::counter!("connect_care_control_id_restarts_total", "source" => source.clone()).increment(1);
            tracing::warn!(source, message_id = message.0, "a sender's control ids began again");
        }
        Ok(kept.received)
    }
}

/// Whoever comes from now on was not sent behind it.
impl Drop for Receiving {
    fn drop(&mut self) {
        self.fate.told();
    }
}

impl Inbox {
    /// Makes a message durable. When this returns, the message may be acknowledged.
    ///
    /// # Errors
    /// When the source is unknown or the message could not be made durable: do
    /// not acknowledge.
    pub async fn receive(&self, arrival: Arrival) -> Result<Received, StoreError> {
        self.receive_with(arrival, None).await
    }

    /// The same for a message that may have a fault, of which its sender is told.
    ///
    /// # Errors
    /// As [`Inbox::receive`].
    pub async fn receive_with(&self, arrival: Arrival, against: Option<Against>) -> Result<Received, StoreError> {
        self.send_to_disk(arrival, against, Vec::new(), Vec::new()).await?.kept().await
    }

    /// Sends a message to the disk, knowing of whom it speaks: where it has to wait in
    /// quarantine, their records say so. What is sent next becomes durable after it;
    /// it is not kept itself where one of those is not that it is sent behind.
    ///
    /// # Errors
    /// As [`Inbox::receive`].
    pub async fn send_to_disk(
        &self,
        arrival: Arrival,
        against: Option<Against>,
        about: Vec<Mentioned>,
        behind: Vec<Fate>,
    ) -> Result<Receiving, StoreError> {
        let mut row = self.made_ready(arrival)?;
        (row.against, row.about) = (against, about);
        self.send(row, behind).await
    }

    /// The same for a message that need not keep its place among those that are sent at
    /// the same time: a long one is made ready on a thread of its own, so that nobody
    /// else's answer waits for it.
    ///
    /// # Errors
    /// As [`Inbox::receive`].
    pub async fn send_to_disk_apart(
        &self,
        arrival: Arrival,
        against: Option<Against>,
        about: Vec<Mentioned>,
        behind: Vec<Fate>,
    ) -> Result<Receiving, StoreError> {
        if arrival.bytes.len() < LONG_BYTES {
            return self.send_to_disk(arrival, against, about, behind).await;
        }
        let source = self.sources.configured_number(&arrival.source)?;
        let bodies = Arc::clone(&self.bodies);
        let mut row = self.aside.run(move || MessageRow::new(source, arrival, &bodies)).await??;
        (row.against, row.about) = (against, about);
        self.send(row, behind).await
    }

    /// Makes a message durable that cannot be read, with the reason and whom it
    /// seems to speak of. It waits in quarantine; its sender is told.
    ///
    /// # Errors
    /// As [`Inbox::receive`].
    pub async fn receive_unreadable(
        &self,
        arrival: Arrival,
        kind: &str,
        place: &str,
        reason: &str,
        about: Vec<Mentioned>,
    ) -> Result<Received, StoreError> {
        let mut row = self.made_ready(arrival)?;
        let (kind, place, reason) = (kind.to_owned(), place.to_owned(), reason.to_owned());
        row.unreadable = Some(QuarantineNote { kind, place, reason, about });
        self.send(row, Vec::new()).await?.kept().await
    }

    fn made_ready(&self, arrival: Arrival) -> Result<MessageRow, StoreError> {
        MessageRow::new(self.sources.configured_number(&arrival.source)?, arrival, &self.bodies)
    }

    async fn send(&self, row: MessageRow, behind: Vec<Fate>) -> Result<Receiving, StoreError> {
        let source = self.sources.id(row.source)?;
        let (fate, answer, counters) = match &self.place {
            Place::Sqlite { record, .. } => {
                let receive = move |connection: &_| sqlite::inbox::receive(connection, &row);
                let (fate, answer) = record.send("receive message", behind, receive)?;
                (fate, answer, record.counters())
            }
            Place::Postgres(server) => {
                let (fate, answer) = server.receive(row, behind).await?;
                (fate, answer, server.pools.counters())
            }
        };
        Ok(Receiving { fate, answer, counters, source })
    }
}
