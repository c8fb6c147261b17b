use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use ureq::Agent;
use ureq::http::Method;

/// How long the provider may take over one request, in seconds.
const ANSWER_SECONDS_MAX: u64 = 10;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;

/// An agent that follows no redirect: a provider that sends us elsewhere could
/// make this machine ask its own neighbours.
pub(super) fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into()
}

/// Sends one request of the protocol.
pub(super) fn send(agent: &Agent, request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let mut answer =
        if request.method() == Method::GET { agent.run(request.map(drop))? } else { agent.run(request)? };
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
    Ok(answer.map(|_| body))
}
