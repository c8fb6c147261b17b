//! What a caller asks of the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::answer::{Answer, Reply};
use crate::error::StoreError;
use crate::fate::Fate;

/// Whether somebody outside waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// A sender or a clinician does.
    Urgent,
    /// These are durable already and only have to be done: so many messages are applied.
    Patient(usize),
}

impl Urgency {
    /// How many messages are done with it that may wait.
    pub(super) fn messages(self) -> usize {
        match self {
            Self::Urgent => 0,
            Self::Patient(messages) => messages,
        }
    }
}

/// A caller's work, its result and where to send it once the commit is durable.
pub(super) trait Job: Send {
    fn name(&self) -> &'static str;
    fn urgency(&self) -> Urgency;
    /// Does the work, perhaps not for the first time; true when its changes are to be kept.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers the caller: with its result, or with why the commit failed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

pub(super) struct Work<T, F> {
    name: &'static str,
    urgency: Urgency,
    /// It is done behind these or not at all.
    behind: Vec<Fate>,
    fate: Fate,
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: Reply<T>,
}

impl<T, F: Fn(&Connection) -> Result<T, StoreError>> Work<T, F> {
    pub(super) fn new(name: &'static str, urgency: Urgency, behind: Vec<Fate>, work: F) -> (Self, Fate, Answer<T>) {
        let (reply, answer) = oneshot::channel();
        let fate = Fate::open();
        let one = Self { name, urgency, behind, fate: fate.clone(), work, result: None, reply };
        (one, fate, answer)
    }
}

impl<T: Send, F: Fn(&Connection) -> Result<T, StoreError> + Send> Job for Work<T, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn urgency(&self) -> Urgency {
        self.urgency
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let is_left_behind = self.behind.iter().any(Fate::has_failed);
        // The work's own fault is told to whoever asked for it; the writer goes on for all others.
        let work = || catch_unwind(AssertUnwindSafe(|| (self.work)(connection))).unwrap_or(Err(StoreError::Panicked));
        let result = if is_left_behind { Err(StoreError::LeftBehind) } else { work() };
        let keep = result.is_ok();
        self.fate.set(!keep);
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = committed.and(self.result.unwrap_or(Err(StoreError::Closed)));
        self.fate.set(result.is_err());
        // A caller that went away meanwhile needs no answer; its work is durable all the same.
        let _ = self.reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_fails_alone_and_is_never_tried_again() {
        let connection = Connection::open_in_memory().unwrap();
        let panics = |_: &Connection| -> Result<(), StoreError> { panic!("as asked") };
        let (mut job, fate, answer) = Work::new("a", Urgency::Urgent, Vec::new(), panics);
        assert!(!job.run(&connection), "its changes are undone");
        Box::new(job).answer(Ok(()));
        let told = answer.await.unwrap();
        assert!(fate.has_failed());
        assert!(matches!(told, Err(StoreError::Panicked)) && !told.unwrap_err().may_pass(), "its message is set aside");
    }
}
