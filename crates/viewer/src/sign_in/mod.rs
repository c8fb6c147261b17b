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

impl SignInProblem {
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
