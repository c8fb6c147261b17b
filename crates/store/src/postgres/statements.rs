//! Statements that the desk and the log's readers run: reads that are tried again
//! on a new connection, writes in one transaction.

use deadpool_postgres::Object;
use futures_util::future::try_join_all;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connect::Role;
use super::{Server, ServerFailure};
use crate::error::StoreError;

/// Values of a statement's parameters.
pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A statement of a transaction.
pub(crate) struct Step<'a> {
    pub(crate) sql: &'static str,
    pub(crate) values: Values<'a>,
}

/// Held while rows of the log are written and while facts move, so that the order
/// of the log is the truth: whichever comes second sees the first. The number
/// spells `CCdesklo`.
pub(crate) const LOG_LOCK: i64 = i64::from_be_bytes(*b"CCdesklo");
pub(crate) const TAKE_LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

impl Server {
    /// Runs one statement that reads, or that may as well be run twice. One that
    /// lost its connection is tried once more on a new one: after a restart of the
    /// server the old ones are all lost.
    pub(crate) async fn rows(&self, role: Role, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        self.twice(role, || self.rows_once(role, sql, values)).await
    }

    /// Does it once more, on a new connection, when the first was lost.
    pub(crate) async fn twice<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        role: Role,
        once: impl Fn() -> F,
    ) -> Result<T, StoreError> {
        match once().await {
            Err(StoreError::Server(ServerFailure::Unreachable)) => {
                self.pools.forget(role);
                once().await
            }
            answered => answered,
        }
    }

    async fn rows_once(&self, role: Role, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let client = self.pools.get(role).await?;
        let statement = client.prepare_cached(sql).await?;
        self.pools.counters().read();
        Ok(client.query(&statement, values).await?)
    }

    /// Runs the steps as the desk, in one transaction, and answers once it is
    /// durable: with the rows of each step.
    ///
    /// A transaction that lost its connection before COMMIT was sent is certainly
    /// undone and is tried once more. After that nobody knows: the caller is told
    /// that it failed, shows nothing, and the row stands in the log or does not.
    pub(crate) async fn desk_write(&self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let (transaction, rows) = self.twice(Role::Desk, || self.run_steps(steps)).await?;
        self.waited(transaction.commit().await)?;
        Ok(rows)
    }

    /// The same for steps that move facts: under the log's lock.
    pub(crate) async fn move_facts(&self, steps: &[Step<'_>]) -> Result<(), StoreError> {
        let lock: Values<'_> = &[&LOG_LOCK];
        let locked = std::iter::once(Step { sql: TAKE_LOCK, values: lock });
        let steps: Vec<Step<'_>> =
            locked.chain(steps.iter().map(|step| Step { sql: step.sql, values: step.values })).collect();
        self.desk_write(&steps).await.map(drop)
    }

    async fn run_steps(&self, steps: &[Step<'_>]) -> Result<(Transaction, Vec<Vec<Row>>), StoreError> {
        let mut transaction = Transaction::new(self.pools.get(Role::Desk).await?);
        let rows = transaction.begin(steps).await?;
        Ok((transaction, rows))
    }
}

/// A transaction whose statements are sent without waiting for each other's
/// answers. Unless it was committed, its connection is closed with it, so that
/// nobody else finds themselves in it; the server then undoes it.
pub(crate) struct Transaction {
    client: Option<Object>,
}

impl Transaction {
    pub(crate) fn new(client: Object) -> Self {
        Self { client: Some(client) }
    }

    fn client(&self) -> Result<&Object, StoreError> {
        self.client.as_ref().ok_or(StoreError::Closed)
    }

    /// Begins, with these statements: one round trip once they are prepared.
    pub(crate) async fn begin(&mut self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let client = self.client()?;
        let statements = try_join_all(steps.iter().map(|step| client.prepare_cached(step.sql))).await?;
        // All are sent in this order before the first answer is awaited. When one
        // fails, the server refuses those after it.
        let all =
            try_join_all(statements.iter().zip(steps).map(|(statement, step)| client.query(statement, step.values)));
        let ((), rows) = tokio::try_join!(biased; client.batch_execute("BEGIN"), all)?;
        Ok(rows)
    }

    /// Ends, with these statements: one round trip once they are prepared.
    pub(crate) async fn end(mut self, steps: &[Step<'_>]) -> Result<(), StoreError> {
        let client = self.client()?;
        let statements = try_join_all(steps.iter().map(|step| client.prepare_cached(step.sql))).await?;
        let all =
            try_join_all(statements.iter().zip(steps).map(|(statement, step)| client.query(statement, step.values)));
        // When a statement fails, COMMIT undoes everything, and its error is ours.
        tokio::try_join!(biased; all, client.batch_execute("COMMIT"))?;
        // Back to the pool.
        self.client.take();
        Ok(())
    }

    /// Ends.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.end(&[]).await
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
