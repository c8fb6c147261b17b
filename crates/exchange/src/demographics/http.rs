use std::time::Duration;

use ureq::Agent;

use super::service::{DemographicsLimits, TraceError};

/// An answer as it came: its status and its bytes.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// One question to the service, without the name of anybody in what can go wrong.
pub(super) struct Question {
    /// The address, people's names and numbers included: never logged or told.
    pub(super) address: String,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) token: Option<String>,
    pub(super) request_id: String,
}

/// An agent that follows no redirect: whoever could send it elsewhere would learn
/// whom we look for.
pub(super) fn agent(limits: &DemographicsLimits) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(limits.answer_ms_max)))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into()
}

/// Asks, and waits on this thread for the answer.
pub(super) fn ask(agent: &Agent, bytes_max: u64, question: &Question) -> Result<Answer, TraceError> {
    let mut request = agent.get(&question.address).header("Accept", "application/fhir+json");
    request = request.header("X-Request-ID", &question.request_id);
    for (name, value) in &question.parameters {
        request = request.query(name, value);
    }
    if let Some(token) = &question.token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.call().map_err(|error| problem(&error))?;
    // One more byte than is taken, so that an answer of just the limit is taken.
    let body = answer.body_mut().with_config().limit(bytes_max + 1).read_to_vec().map_err(|error| problem(&error))?;
    if u64::try_from(body.len()).is_ok_and(|length| length > bytes_max) {
        return Err(TraceError::TooLarge);
    }
    Ok(Answer { status: answer.status().as_u16(), body })
}

/// What went wrong, by kind: the library's own words may hold the address.
fn problem(error: &ureq::Error) -> TraceError {
    match error {
        ureq::Error::Timeout(_) => TraceError::TimedOut,
        ureq::Error::BodyExceedsLimit(_) => TraceError::TooLarge,
        _ => TraceError::NotReached,
    }
}
