//! Reporting who saw a record while it held two people.

use jiff::Timestamp;
use record::{PersonId, Staff};

use crate::overseeing::written;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::request::{Actor, RequestId, by_whom};
use crate::settling::guard_links;

/// That a staff member may see who had seen a record that held these people's charts, for a written reason.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::ExposureDecision) -> access::ExposureDecision {
///     access::ExposureDecision { concerns: Vec::new(), ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::ExposureDecision>();
/// ```
#[derive(Debug)]
pub struct ExposureDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    concerns: Vec<PersonId>,
    reason: String,
}

/// Whether a staff member may see who had seen a record that held these people's charts.
///
/// An opt-out, a dissent or a restriction does not refuse it: nothing of any record is shown, and whoever
/// chooses not to share after they were mixed up is owed the answer all the more.
///
/// # Errors
/// The first guard that fails.
pub fn decide_exposure(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    concerns: &[PersonId],
    reason: &str,
) -> Result<ExposureDecision, Refusal> {
    guard_links(policy, actor)?;
    let (staff, reason) = (actor.staff.clone(), written(reason)?);
    Ok(ExposureDecision { request: id, at, staff, concerns: concerns.to_vec(), reason })
}

by_whom!(ExposureDecision);

impl ExposureDecision {
    /// Whom it concerns.
    #[must_use]
    pub fn concerns(&self) -> &[PersonId] {
        &self.concerns
    }

    /// The written reason, trimmed.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
