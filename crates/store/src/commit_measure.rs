//! How long commits take, and how many callers share one.

use tokio::time::Instant;

/// Measures the commits of one writer.
#[derive(Clone)]
pub(crate) struct CommitMeasure {
    /// `record` or `desk`.
    file: String,
}

impl CommitMeasure {
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.to_owned() }
    }

    /// When a group begins.
    pub(crate) fn start() -> Instant {
        Instant::now()
    }

    /// A group of so many callers ended.
    pub(crate) fn ended(&self, began: Instant, callers: usize, is_durable: bool) {
        let outcome = if is_durable { "durable" } else { "failed" };
        let callers = u32::try_from(callers).unwrap_or(u32::MAX);
        metrics::histogram!("connect_care_store_commit_seconds", "file" => self.file.clone(), "outcome" => outcome)
            .record(began.elapsed().as_secs_f64());
        metrics::histogram!("connect_care_store_commit_callers", "file" => self.file.clone())
            .record(f64::from(callers));
    }
}
