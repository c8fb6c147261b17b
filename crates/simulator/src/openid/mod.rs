//! The demo's own OpenID provider: it asks no password and lets a visitor be any of
//! the personas. It speaks the whole protocol all the same (OpenID Connect Core 1.0,
//! code flow with PKCE), so that signing in to the demo is signing in for real.

mod authorize;
mod codes;
mod page;
mod provider;
mod signing;
mod token;

pub use provider::{DEMO_ISSUER_MARK, Provider, ProviderPlan, ProviderProblem};
