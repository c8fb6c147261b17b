//! Signing in with OpenID Connect: code flow with PKCE, state and nonce.

mod http;
pub(crate) mod pages;
mod provider;
mod staff_claims;

pub(crate) use provider::Provider;

/// Why signing in did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInProblem {
    /// The provider did not answer, or not as agreed.
    #[error("the sign-in provider did not answer as agreed: {0}")]
    Provider(String),
    /// The configuration holds an address that is none.
    #[error("an address of the sign-in configuration cannot be read: {0}")]
    Configuration(String),
    /// What came back is not the answer to what was asked in this browser.
    #[error("the answer does not belong to a sign-in of this browser")]
    NotAsked,
    /// The provider says no: its code for why.
    #[error("the sign-in provider refused: {0}")]
    Refused(String),
    /// The ID token does not prove who signed in.
    #[error("the ID token does not hold: {0}")]
    Token(String),
    /// Signed in, and not as anybody whom this service knows what to show.
    #[error("the claim {0} is missing or unknown")]
    Claim(&'static str),
}

/// What a provider may say when it refuses (RFC 6749 §4.1.2.1 and §5.2, OpenID
/// Connect Core 1.0 §3.1.2.6). Anything else came from who knows where.
const REFUSALS: &[&str] = &[
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
];

impl SignInProblem {
    /// What it was, for logs: nothing that a browser could have made up.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Refused(code) if !REFUSALS.contains(&code.as_str()) => {
                "the sign-in provider refused with a code that is not in the standards".to_owned()
            }
            other => other.to_string(),
        }
    }

    /// What the start page says.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Provider(_) | Self::Configuration(_) => {
                "Your organisation's sign-in did not answer. Try again, or call the service desk.".to_owned()
            }
            Self::NotAsked => {
                "This sign-in is no longer valid: it took too long, was used already, or began in another window. Sign in again."
                    .to_owned()
            }
            Self::Refused(_) => "Your organisation's sign-in did not let you in. Sign in again.".to_owned(),
            Self::Token(_) => "Your sign-in could not be checked. Sign in again, or call the service desk.".to_owned(),
            Self::Claim(_) => {
                "You are known, but your role or your organisation is not set up for Connect Care. Call the service desk."
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_logged_in_the_words_of_the_standards_alone() {
        let refused = |code: &str| SignInProblem::Refused(code.to_owned()).kind();
        assert_eq!(refused("access_denied"), "the sign-in provider refused: access_denied");
        assert!(!refused("Okafor").contains("Okafor"));
    }
}
