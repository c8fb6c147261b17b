use jiff::Timestamp;
use record::{OdsCode, PersonId, Staff};

use crate::facts::{FactsVersion, PersonFacts};
use crate::opening::{guard_closed, guard_organisation};
use crate::overseeing::written;
use crate::policy::{Administer, Policy};
use crate::refusal::{Refusal, What};
use crate::request::{Actor, RequestId, by_whom};

/// That an administrator may see what waits in one organisation's quarantine, and
/// decide about it: where and why, and nothing of what messages say.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::QuarantineDecision, of: record::OdsCode) -> access::QuarantineDecision {
///     access::QuarantineDecision { organisation: of, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::QuarantineDecision>();
/// ```
#[derive(Debug)]
pub struct QuarantineDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    organisation: OdsCode,
    reason: Option<String>,
}

/// Whether a staff member may see what waits in the quarantine of this organisation.
///
/// # Errors
/// The first guard that fails.
pub fn decide_quarantine(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    of: &OdsCode,
) -> Result<QuarantineDecision, Refusal> {
    guard_administers(policy, actor, of)?;
    let (staff, organisation) = (actor.staff.clone(), of.clone());
    Ok(QuarantineDecision { request: id, at, staff, organisation, reason: None })
}

/// Whether a staff member may settle something in that quarantine, for a written reason.
///
/// # Errors
/// The first guard that fails.
pub fn decide_quarantine_act(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    of: &OdsCode,
    reason: &str,
) -> Result<QuarantineDecision, Refusal> {
    let decision = decide_quarantine(policy, actor, id, at, of)?;
    Ok(QuarantineDecision { reason: Some(written(reason)?), ..decision })
}

by_whom!(QuarantineDecision);

impl QuarantineDecision {
    /// Whose quarantine.
    #[must_use]
    pub fn organisation(&self) -> &OdsCode {
        &self.organisation
    }

    /// The written reason, trimmed, where something is settled.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// That an administrator may see one message in quarantine: how it is built, or its
/// very text.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::QuarantineTextDecision) -> access::QuarantineTextDecision {
///     access::QuarantineTextDecision { reason: None, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::QuarantineTextDecision>();
/// ```
#[derive(Debug)]
pub struct QuarantineTextDecision {
    request: RequestId,
    organisation: OdsCode,
    concerns: Vec<(PersonId, FactsVersion)>,
    reason: Option<String>,
}

/// Whether a staff member may see how a message in quarantine is built (no
/// `reason`), or its text, for a written one. It concerns these people.
///
/// # Errors
/// The first guard that fails; one person who is closed closes the message, and
/// with it how it is built.
pub fn decide_quarantine_text(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    of: &OdsCode,
    concerns: &[PersonFacts],
    reason: Option<&str>,
) -> Result<QuarantineTextDecision, Refusal> {
    guard_administers(policy, actor, of)?;
    concerns.iter().try_for_each(guard_closed)?;
    Ok(QuarantineTextDecision {
        request: id,
        organisation: of.clone(),
        concerns: concerns.iter().map(|facts| (facts.person, facts.version)).collect(),
        reason: reason.map(written).transpose()?,
    })
}

impl QuarantineTextDecision {
    /// For which request.
    #[must_use]
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// Whose quarantine it is in.
    #[must_use]
    pub fn organisation(&self) -> &OdsCode {
        &self.organisation
    }

    /// Whom the message concerns, and which state of their facts was used.
    #[must_use]
    pub fn concerns(&self) -> &[(PersonId, FactsVersion)] {
        &self.concerns
    }

    /// The written reason for which its text may be seen; `None` where only how it
    /// is built may be.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// The role administers, the organisation takes part, and it is their own unless
/// the role is of the whole service.
fn guard_administers(policy: &Policy, actor: &Actor, of: &OdsCode) -> Result<(), Refusal> {
    match policy.administer(actor.staff.role) {
        Administer::All => {}
        Administer::Own if actor.staff.organisation == *of => {}
        Administer::Own | Administer::No => return Err(Refusal::RoleMayNot(What::Administer)),
    }
    guard_organisation(actor)
}
