//! Deciding whose records are one person's.

use jiff::Timestamp;
use record::{PersonId, Staff};

use crate::facts::{FactsVersion, PersonFacts};
use crate::opening::guard_organisation;
use crate::overseeing::written;
use crate::policy::Policy;
use crate::refusal::{Refusal, What};
use crate::request::{Actor, RequestId, by_whom};

/// That a staff member may see the list of doubts about who is who: why each stands
/// there, and nothing of what anybody told.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::WorkListDecision, staff: record::Staff) -> access::WorkListDecision {
///     access::WorkListDecision { staff, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::WorkListDecision>();
/// ```
#[derive(Debug)]
pub struct WorkListDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
}

/// Whether a staff member may see the list of doubts about who is who.
///
/// # Errors
/// The first guard that fails.
pub fn decide_work_list(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
) -> Result<WorkListDecision, Refusal> {
    guard_links(policy, actor)?;
    Ok(WorkListDecision { request: id, at, staff: actor.staff.clone() })
}

by_whom!(WorkListDecision);

/// That a staff member may see who each source says that the people of one doubt are,
/// and, with a written reason, decide about it.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::PairDecision) -> access::PairDecision {
///     access::PairDecision { reason: None, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::PairDecision>();
/// ```
#[derive(Debug)]
pub struct PairDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    concerns: Vec<(PersonId, FactsVersion)>,
    masked: Vec<PersonId>,
    reason: Option<String>,
}

/// Whether a staff member may see who these people are, side by side.
///
/// An opt-out or a dissent refuses: nobody looks at either of the two. A restriction does
/// not: it would leave two people in one record. It hides where somebody is to be found.
///
/// # Errors
/// The first guard that fails; one person who is closed closes the pair.
pub fn decide_pair(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    concerns: &[PersonFacts],
) -> Result<PairDecision, Refusal> {
    guard_links(policy, actor)?;
    for facts in concerns {
        if facts.opted_out {
            return Err(Refusal::OptedOut);
        }
        if facts.dissent {
            return Err(Refusal::Dissent);
        }
    }
    Ok(PairDecision {
        request: id,
        at,
        staff: actor.staff.clone(),
        concerns: concerns.iter().map(|facts| (facts.person, facts.version)).collect(),
        masked: concerns.iter().filter(|facts| facts.restricted).map(|facts| facts.person).collect(),
        reason: None,
    })
}

/// Whether a staff member may decide about these people, for a written reason.
///
/// # Errors
/// The first guard that fails.
pub fn decide_pair_act(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    concerns: &[PersonFacts],
    reason: &str,
) -> Result<PairDecision, Refusal> {
    let decision = decide_pair(policy, actor, id, at, concerns)?;
    Ok(PairDecision { reason: Some(written(reason)?), ..decision })
}

by_whom!(PairDecision);

impl PairDecision {
    /// Whom it concerns, and which state of their facts was used.
    #[must_use]
    pub fn concerns(&self) -> &[(PersonId, FactsVersion)] {
        &self.concerns
    }

    /// Whether it must not be shown where this person is to be found.
    #[must_use]
    pub fn masks(&self, person: PersonId) -> bool {
        self.masked.contains(&person)
    }

    /// The written reason, trimmed, for which something is decided.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

pub(crate) fn guard_links(policy: &Policy, actor: &Actor) -> Result<(), Refusal> {
    if !policy.may_decide_links(actor.staff.role) {
        return Err(Refusal::RoleMayNot(What::DecideLinks));
    }
    guard_organisation(actor)
}
