use std::sync::{Arc, PoisonError};

use axum::Form;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::codes::Grant;
use super::provider::Provider;
use super::signing::encoded;
use crate::staff::Persona;

/// How long an ID token is valid, in seconds: it is used at once.
const ID_TOKEN_LIFE_SECONDS: i64 = 300;

/// A token request (RFC 6749 §4.1.3, RFC 7636 §4.5).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Redemption {
    grant_type: String,
    code: String,
    redirect_uri: String,
    client_id: String,
    code_verifier: String,
}

/// Gives the ID token for a code, once.
pub(super) async fn redeem(State(provider): State<Arc<Provider>>, Form(redemption): Form<Redemption>) -> Response {
    let answer = match grant(&provider, &redemption) {
        Ok(grant) => id_token(&provider, &grant).ok_or("invalid_grant"),
        Err(code) => Err(code),
    };
    let (status, body) = match answer {
        Ok(id_token) => {
            let access_token = provider.chance.hex32();
            let lifetime = ID_TOKEN_LIFE_SECONDS;
            (
                StatusCode::OK,
                json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": lifetime, "id_token": id_token }),
            )
        }
        Err(code) => (StatusCode::BAD_REQUEST, json!({ "error": code })),
    };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

fn grant(provider: &Provider, redemption: &Redemption) -> Result<Grant, &'static str> {
    if redemption.grant_type != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    if redemption.client_id != provider.plan.client_id {
        return Err("invalid_client");
    }
    let mut codes = provider.codes.lock().unwrap_or_else(PoisonError::into_inner);
    let grant = codes.take(&redemption.code, provider.clock.now()).ok_or("invalid_grant")?;
    let proof = encoded(&Sha256::digest(redemption.code_verifier.as_bytes()));
    let proven = (43..=128).contains(&redemption.code_verifier.len()) && proof == grant.challenge;
    if proven && redemption.redirect_uri == grant.redirect_uri { Ok(grant) } else { Err("invalid_grant") }
}

fn id_token(provider: &Provider, grant: &Grant) -> Option<String> {
    let persona = provider.plan.personas.iter().find(|persona| persona.staff.id.as_str() == grant.subject)?;
    Some(provider.key.signed(&claims(provider, persona, grant)))
}

/// OpenID Connect Core 1.0 §2, and who the staff member is at work.
fn claims(provider: &Provider, persona: &Persona, grant: &Grant) -> Value {
    let staff = &persona.staff;
    let now = provider.clock.now().as_second();
    let mut claims = json!({
        "iss": provider.plan.issuer,
        "aud": provider.plan.client_id,
        "sub": staff.id.as_str(),
        "iat": now,
        "exp": now + ID_TOKEN_LIFE_SECONDS,
        "auth_time": grant.chosen_at.as_second(),
        "name": staff.name,
        "cc_role": staff.role.code(),
        "cc_organisation": staff.organisation.as_str(),
        "cc_organisation_name": staff.organisation_name,
    });
    if let Value::Object(fields) = &mut claims {
        fields.extend(grant.nonce.iter().map(|nonce| ("nonce".to_owned(), json!(nonce))));
        fields.extend(staff.team.iter().map(|team| ("cc_team".to_owned(), json!(team))));
    }
    claims
}
