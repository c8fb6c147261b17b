use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use record::{Chance, Clock};
use serde_json::json;

use super::codes::Codes;
use super::signing::SigningKey;
use super::{authorize, token};
use crate::staff::Persona;

/// Stands in the path of every issuer of this kind. A real installation refuses an
/// issuer that carries it.
pub const DEMO_ISSUER_MARK: &str = "/demo-identity";

/// What a provider is made from.
#[derive(Clone, Debug)]
pub struct ProviderPlan {
    /// Its issuer, such as `http://127.0.0.1:4000/demo-identity`. The routes of
    /// [`Provider::router`] lie under it.
    pub issuer: String,
    /// The one client that it serves.
    pub client_id: String,
    /// The redirect addresses of that client, compared letter by letter.
    pub redirect_uris: Vec<String>,
    /// Whom a visitor can be.
    pub personas: Vec<Persona>,
}

/// Why a provider cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderProblem {
    /// The issuer would pass for a real one.
    #[error("the demo's issuer must be an origin followed by /demo-identity")]
    IssuerUnmarked,
}

/// The provider while it runs. A new one has a new key: sign-ins do not outlive it.
pub struct Provider {
    pub(super) plan: ProviderPlan,
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    pub(super) key: SigningKey,
    pub(super) codes: Mutex<Codes>,
}

impl Provider {
    /// Makes a provider with a fresh key.
    ///
    /// # Errors
    /// When the issuer is anything but an origin followed by [`DEMO_ISSUER_MARK`].
    pub fn new(plan: ProviderPlan, clock: Clock, chance: Chance) -> Result<Self, ProviderProblem> {
        let origin = plan.issuer.strip_suffix(DEMO_ISSUER_MARK).and_then(|origin| origin.split_once("://"));
        if origin.is_none_or(|(_, host)| host.is_empty() || host.contains('/')) {
            return Err(ProviderProblem::IssuerUnmarked);
        }
        let key = SigningKey::new(chance.bytes32());
        Ok(Self { plan, clock, chance, key, codes: Mutex::default() })
    }

    /// Its pages and endpoints, at the issuer's path.
    pub fn router(self) -> Router {
        let under = |path: &str| format!("{DEMO_ISSUER_MARK}{path}");
        Router::new()
            .route(&under("/.well-known/openid-configuration"), get(discovery))
            .route(&under("/jwks"), get(jwks))
            .route(&under("/authorize"), get(authorize::ask).post(authorize::chosen))
            .route(&under("/token"), post(token::redeem))
            .with_state(Arc::new(self))
    }
}

/// OpenID Connect Discovery 1.0 §3.
async fn discovery(State(provider): State<Arc<Provider>>) -> impl IntoResponse {
    let issuer = &provider.plan.issuer;
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile"],
        "claims_supported": ["sub", "name", "auth_time", "nonce", "cc_role", "cc_organisation", "cc_organisation_name", "cc_team"],
        "authorization_response_iss_parameter_supported": true,
    });
    ([(header::CONTENT_TYPE, "application/json")], document.to_string())
}

async fn jwks(State(provider): State<Arc<Provider>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], provider.key.jwks().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_that_would_pass_for_a_real_one_is_refused() {
        let plan = |issuer: &str| ProviderPlan {
            issuer: issuer.to_owned(),
            client_id: "c".to_owned(),
            redirect_uris: vec![],
            personas: vec![],
        };
        let clock = || Clock::fixed("2026-11-22T13:41:00Z".parse().unwrap());
        let chance = || Chance::new(|bytes| bytes.fill(7));
        assert!(Provider::new(plan("http://127.0.0.1:1/demo-identity"), clock(), chance()).is_ok());
        for issuer in ["https://id.example.nhs.uk", "https://id.example/realms/demo-identity", "/demo-identity"] {
            let refused = Provider::new(plan(issuer), clock(), chance());
            assert_eq!(refused.err(), Some(ProviderProblem::IssuerUnmarked), "{issuer}");
        }
    }
}
