use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _,
};
use record::{Clock, Staff};
use store::SignIn;
use ureq::Agent;

use super::SignInProblem;
use super::http::{agent, send};
use super::staff_claims::{StaffClaims, staff};
use crate::state::ViewerConfig;

/// How long what the provider says about itself is kept, in minutes.
const METADATA_MINUTES: i64 = 60;

type StaffToken = IdToken<StaffClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type StaffFields = IdTokenFields<
    StaffClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type StaffClient = Client<
    StaffClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<StaffFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The sign-in provider of the staff's organisations.
pub(crate) struct Provider {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    return_url: String,
    clock: Clock,
    agent: Agent,
    told: Mutex<Option<Told>>,
}

/// What the provider said about itself, and when.
#[derive(Clone)]
struct Told {
    metadata: Arc<CoreProviderMetadata>,
    at: Timestamp,
}

impl Provider {
    pub(crate) fn new(config: &ViewerConfig, clock: Clock) -> Self {
        Self {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            return_url: format!("{}/sign-in/return", config.public_url.trim_end_matches('/')),
            clock,
            agent: agent(),
            told: Mutex::new(None),
        }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where to send the browser. Asks the provider: not on a thread that serves.
    pub(super) fn authorize_url(&self, state: &str, sign_in: &SignIn) -> Result<String, SignInProblem> {
        let (state, nonce) = (state.to_owned(), sign_in.nonce.clone());
        let verifier = PkceCodeVerifier::new(sign_in.verifier.clone());
        let metadata = self.metadata()?;
        let client = self.client(&metadata)?;
        let (url, _, _) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.into())
    }

    /// Redeems a code and checks who signed in. Asks the provider: not on a
    /// thread that serves.
    pub(super) fn redeem(&self, code: String, sign_in: SignIn) -> Result<Staff, SignInProblem> {
        let metadata = self.metadata()?;
        let client = self.client(&metadata)?;
        let token = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|problem| SignInProblem::Provider(problem.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(sign_in.verifier))
            .request(&|request| send(&self.agent, request))
            .map_err(refusal)?;
        let token = token.id_token().ok_or_else(|| SignInProblem::Token("there is none".to_owned()))?;
        let nonce = Nonce::new(sign_in.nonce);
        match self.verified(&client, token, &nonce) {
            // The provider may have changed its keys since it was last asked.
            Err(SignInProblem::Token(_)) if !Arc::ptr_eq(&metadata, &self.fresh_metadata()?) => {
                let metadata = self.metadata()?;
                let client = self.client(&metadata)?;
                self.verified(&client, token, &nonce)
            }
            verified => verified,
        }
    }

    /// OpenID Connect Core 1.0 §3.1.3.7: issuer, audience, signature, expiry, nonce.
    fn verified(&self, client: &StaffClient, token: &StaffToken, nonce: &Nonce) -> Result<Staff, SignInProblem> {
        let clock = self.clock.clone();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::EdDsa,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            ])
            .set_time_fn(move || SystemTime::from(clock.now()).into());
        let claims = token.claims(&verifier, nonce).map_err(|problem| SignInProblem::Token(problem.to_string()))?;
        staff(claims)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<StaffClient, SignInProblem> {
        let return_url = RedirectUrl::new(self.return_url.clone())
            .map_err(|_| SignInProblem::Configuration(self.return_url.clone()))?;
        let secret = self.client_secret.clone().map(ClientSecret::new);
        let client = Client::from_provider_metadata(metadata.clone(), ClientId::new(self.client_id.clone()), secret);
        Ok(client.set_redirect_uri(return_url))
    }

    fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, SignInProblem> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_fresh =
            |told: &Told| self.clock.now().duration_since(told.at) < SignedDuration::from_mins(METADATA_MINUTES);
        match told {
            Some(told) if is_fresh(&told) => Ok(told.metadata),
            _ => self.fresh_metadata(),
        }
    }

    fn fresh_metadata(&self) -> Result<Arc<CoreProviderMetadata>, SignInProblem> {
        let issuer =
            IssuerUrl::new(self.issuer.clone()).map_err(|_| SignInProblem::Configuration(self.issuer.clone()))?;
        let metadata = CoreProviderMetadata::discover(&issuer, &|request| send(&self.agent, request))
            .map_err(|problem| SignInProblem::Provider(problem.to_string()))?;
        let metadata = Arc::new(metadata);
        let told = Told { metadata: Arc::clone(&metadata), at: self.clock.now() };
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        Ok(metadata)
    }
}

fn refusal<E>(problem: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>) -> SignInProblem
where
    E: std::error::Error + 'static,
{
    match problem {
        RequestTokenError::ServerResponse(answer) => SignInProblem::Refused(answer.error().to_string()),
        RequestTokenError::Request(problem) => SignInProblem::Provider(problem.to_string()),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            SignInProblem::Provider("the token answer cannot be read".to_owned())
        }
    }
}
