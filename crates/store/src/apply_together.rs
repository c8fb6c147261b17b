//! Applying durable messages, alone or several in one transaction.

use std::sync::Arc;

use crate::Place;
use crate::apply::{Application, Applied, IdentityRules, ToApply};
use crate::by_hand::ByHand;
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::ready::Ready;
use crate::sent_away::SentNote;
use crate::sqlite::SqliteRows;

impl Inbox {
    /// Applies a durable message. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the file cannot be written: the message stays received and is
    /// applied at the next start.
    pub async fn apply(
        &self,
        application: impl Into<Arc<Application>>,
        rules: Arc<IdentityRules>,
    ) -> Result<Applied, StoreError> {
        let work = self.to_apply(application.into(), rules, None).await?;
        self.carry_out_one(work).await
    }

    /// Applies durable messages one after the other in one transaction: all of them, or
    /// none. What those of one patient change together is written once.
    ///
    /// # Errors
    /// As [`Inbox::apply`], for whichever of them it was.
    pub async fn apply_together(
        &self,
        applications: Vec<Arc<Application>>,
        rules: &Arc<IdentityRules>,
    ) -> Result<Vec<Applied>, StoreError> {
        let mut work = Vec::with_capacity(applications.len());
        for application in applications {
            work.push(self.to_apply(application, Arc::clone(rules), None).await?);
        }
        self.carry_out(work).await
    }

    /// Applies a message because somebody decided so: an older one never
    /// overwrites what came since, also where it does not say when it was made.
    /// Settles what waits of it, and says what came of the decision.
    ///
    /// # Errors
    /// As [`Inbox::apply`].
    pub async fn apply_by_hand(
        &self,
        application: impl Into<Arc<Application>>,
        rules: Arc<IdentityRules>,
        by_hand: ByHand,
    ) -> Result<Applied, StoreError> {
        let work = self.to_apply(application.into(), rules, Some(by_hand)).await?;
        self.carry_out_one(work).await
    }

    async fn to_apply(
        &self,
        application: Arc<Application>,
        rules: Arc<IdentityRules>,
        by_hand: Option<ByHand>,
    ) -> Result<ToApply, StoreError> {
        let source = self.sources.number(&application.source)?;
        let format = self.sources.configured(source).map(|source| source.format);
        let removals = self.charts_of_removed(&application, source).await?;
        let ready = Ready::all_of(&application, source, &rules, &self.told_lately)?;
        let sent = SentNote::new();
        Ok(ToApply { application, rules, source, format, given: None, removals, ready, by_hand, sent })
    }

    async fn carry_out_one(&self, work: ToApply) -> Result<Applied, StoreError> {
        let applied = self.carry_out(vec![work]).await?;
        applied.into_iter().next().ok_or(StoreError::Closed)
    }

    async fn carry_out(&self, work: Vec<ToApply>) -> Result<Vec<Applied>, StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => {
                let count = work.len();
                // Held here too: what messages said is taken down by whoever brought it, and not by the
                // one thread that all wait for.
                let work = Arc::new(work);
                let held = Arc::clone(&work);
                let all = move |connection: &_| {
                    let rows = SqliteRows::new(connection);
                    work.iter().map(|one| one.run(&rows)).collect::<Result<Vec<_>, _>>()
                };
                let applied = record.write_later("apply messages", count, all).await;
                drop(held);
                applied
            }
            Place::Postgres(server) => server.apply(work).await,
        }
    }
}
