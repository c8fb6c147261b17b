//! Building the record anew from the inbox, by the same reading and the same rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::fhir::ServerBase;
use record::{Source, SourceId};
use store::{Application, Inbox, Rebuilding, RecordDigest, Step};

use crate::error::IntakeError;
use crate::identity_rules::RULES;
use crate::reading::{Payload, ReadMessage, read};

/// What a rebuild did, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Steps of the order of application that were taken again.
    pub steps: u64,
    /// The record that it was built from, as it stands.
    pub before: RecordDigest,
    /// The record that was built.
    pub after: RecordDigest,
}

impl Rebuilt {
    /// Whether both say the same, entry for entry.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.before == self.after
    }
}

/// Builds the record of `from` anew in `into`, which must be empty and opened without
/// sources: each message is read as at its arrival and applied in the recorded order,
/// with the time that was used then.
///
/// `progress` is told how many steps were taken so far.
///
/// # Errors
/// When a store cannot be read or written, or a message is of a source that is no
/// longer configured, so that nobody knows how to read it.
pub async fn rebuild(
    from: &Inbox,
    into: &Inbox,
    sources: &[Source],
    own_servers: &BTreeMap<SourceId, ServerBase>,
    mut progress: impl FnMut(u64),
) -> Result<Rebuilt, IntakeError> {
    let rules = Arc::new(RULES);
    let mut rebuilding = Rebuilding::begin(from, into).await?;
    let mut steps = 0;
    loop {
        let page = rebuilding.next().await?;
        if page.is_empty() {
            break;
        }
        steps += page.len() as u64;
        let mut taken = Vec::with_capacity(page.len());
        for mut step in page {
            let application = application(&mut step, sources, own_servers)?;
            taken.push((step, application));
        }
        rebuilding.take(taken, &rules).await?;
        progress(steps);
    }
    let (before, after) = rebuilding.end().await?;
    Ok(Rebuilt { steps, before, after })
}

/// What a step applies, read as at the arrival of its message.
fn application(
    step: &mut Step,
    sources: &[Source],
    own_servers: &BTreeMap<SourceId, ServerBase>,
) -> Result<Option<Application>, IntakeError> {
    let Some(bytes) = step.bytes.take() else { return Ok(None) };
    let source = sources.iter().find(|source| source.id == step.source);
    let source = source.ok_or_else(|| IntakeError::UnknownSource(step.source.to_string()))?;
    let payload = Payload::of(source.format, &bytes);
    let read = read(own_servers.get(&step.source), payload, step.received_at, &bytes);
    let read = read.unwrap_or_else(|problem| ReadMessage::unreadable(problem, bytes.len()));
    let ReadMessage { stated_at, work, .. } = read;
    Ok(Some(Application { message: step.message, source: step.source.clone(), stated_at, at: step.at, units: work }))
}
