use std::sync::{Arc, PoisonError};

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::codes::Grant;
use super::page;
use super::provider::Provider;

/// An authentication request (OpenID Connect Core 1.0 §3.1.2.1).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    pub(super) state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// The same with the persona that the visitor chose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    subject: String,
    #[serde(flatten)]
    request: Request,
}

/// What is wrong with a request.
#[derive(Debug)]
enum Fault {
    /// Nobody knows where the answer would go: it is shown, not sent (§3.1.2.6).
    Shown(&'static str),
    /// The client is told, by OAuth's code for it.
    Sent(&'static str),
}

impl Request {
    fn check(&self, provider: &Provider) -> Result<String, Fault> {
        if self.client_id != provider.plan.client_id {
            return Err(Fault::Shown("This client is not known here."));
        }
        if !provider.plan.redirect_uris.contains(&self.redirect_uri) {
            return Err(Fault::Shown("The address to go back to is not one that this client has registered."));
        }
        if self.response_type != "code" {
            return Err(Fault::Sent("unsupported_response_type"));
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Err(Fault::Sent("invalid_scope"));
        }
        // A SHA-256 in base64url has 43 characters (RFC 7636 §4.2); plain is refused.
        match (self.code_challenge.as_deref(), self.code_challenge_method.as_deref()) {
            (Some(challenge), Some("S256")) if challenge.len() == 43 => Ok(challenge.to_owned()),
            _ => Err(Fault::Sent("invalid_request")),
        }
    }

    /// The fields that the page hands back with the choice.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let optional = [
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ];
        let mut fields = vec![
            ("response_type", self.response_type.as_str()),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", self.scope.as_str()),
        ];
        fields.extend(optional.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value))));
        fields
    }
}

/// Shows the personas.
pub(super) async fn ask(State(provider): State<Arc<Provider>>, Query(request): Query<Request>) -> Response {
    match request.check(&provider) {
        Ok(_) => page::personas(&provider.plan.personas, &request),
        Err(fault) => refusal(&provider, &request, fault),
    }
}

/// Sends the visitor back with a code.
pub(super) async fn chosen(State(provider): State<Arc<Provider>>, Form(choice): Form<Choice>) -> Response {
    let request = choice.request;
    let challenge = match request.check(&provider) {
        Ok(challenge) => challenge,
        Err(fault) => return refusal(&provider, &request, fault),
    };
    if !provider.plan.personas.iter().any(|persona| persona.staff.id.as_str() == choice.subject) {
        return refusal(&provider, &request, Fault::Sent("access_denied"));
    }
    let code = provider.chance.hex32();
    let grant = Grant {
        subject: choice.subject,
        redirect_uri: request.redirect_uri.clone(),
        challenge,
        nonce: request.nonce.clone(),
        chosen_at: provider.clock.now(),
    };
    provider.codes.lock().unwrap_or_else(PoisonError::into_inner).put(code.clone(), grant);
    back(&provider, &request, ("code", &code))
}

fn refusal(provider: &Provider, request: &Request, fault: Fault) -> Response {
    match fault {
        Fault::Shown(words) => (StatusCode::BAD_REQUEST, page::refusal(words)).into_response(),
        Fault::Sent(code) => back(provider, request, ("error", code)),
    }
}

/// Back to the client, with the state as it came and the issuer (RFC 9207).
fn back(provider: &Provider, request: &Request, answer: (&str, &str)) -> Response {
    let join = if request.redirect_uri.contains('?') { '&' } else { '?' };
    let mut location = format!("{}{join}{}={}", request.redirect_uri, answer.0, percent_encoded(answer.1));
    if let Some(state) = &request.state {
        location.push_str(&format!("&state={}", percent_encoded(state)));
    }
    location.push_str(&format!("&iss={}", percent_encoded(&provider.plan.issuer)));
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Everything but the unreserved characters (RFC 3986 §2.3).
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_looks_like_a_parameter_stays_a_state() {
        assert_eq!(percent_encoded("a&code=x é"), "a%26code%3Dx%20%C3%A9");
    }
}
