use jiff::Timestamp;
use record::{OdsCode, PersonId, Staff};

use crate::facts::{FactsVersion, PersonFacts};
use crate::opening::{guard_closed, guard_organisation};
use crate::policy::{Policy, Review};
use crate::refusal::{Refusal, What};
use crate::request::{Actor, RequestId, by_whom};

/// The longest written reason for showing a message or making a copy, in characters.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// That a staff member may see who has looked.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::ReviewDecision) -> access::ReviewDecision {
///     access::ReviewDecision { everyone: true, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::ReviewDecision>();
/// ```
#[derive(Debug)]
pub struct ReviewDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    about: Option<PersonId>,
    everyone: bool,
}

/// Whether a staff member may see who has looked: at one person, or at anyone.
///
/// An opt-out does not refuse it: the log of a person who has opted out is the
/// proof that nobody looked.
///
/// # Errors
/// The first guard that fails.
pub fn decide_review(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    about: Option<PersonId>,
) -> Result<ReviewDecision, Refusal> {
    let review = policy.review(actor.staff.role);
    if review == Review::No {
        return Err(Refusal::RoleMayNot(What::ReviewLog));
    }
    guard_organisation(actor)?;
    Ok(ReviewDecision { request: id, at, staff: actor.staff.clone(), about, everyone: review == Review::All })
}

by_whom!(ReviewDecision);

impl ReviewDecision {
    /// Accesses to this person's record, or to anyone's.
    #[must_use]
    pub fn about(&self) -> Option<PersonId> {
        self.about
    }

    /// The one organisation whose staff's accesses may be seen; `None` means every organisation's.
    #[must_use]
    pub fn organisation(&self) -> Option<&OdsCode> {
        (!self.everyone).then_some(&self.staff.organisation)
    }
}

/// That an operator may see one received message.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::MessageDecision, reason: String) -> access::MessageDecision {
///     access::MessageDecision { reason, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::MessageDecision>();
/// ```
#[derive(Debug)]
pub struct MessageDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    concerns: Vec<(PersonId, FactsVersion)>,
    reason: String,
}

/// Whether an operator may see a received message that concerns these people.
///
/// # Errors
/// The first guard that fails; one person who is closed closes the message.
pub fn decide_message(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    concerns: &[PersonFacts],
    reason: &str,
) -> Result<MessageDecision, Refusal> {
    if !policy.may_show_messages(actor.staff.role) {
        return Err(Refusal::RoleMayNot(What::ShowMessage));
    }
    guard_organisation(actor)?;
    concerns.iter().try_for_each(guard_closed)?;
    Ok(MessageDecision {
        request: id,
        at,
        staff: actor.staff.clone(),
        concerns: concerns.iter().map(|facts| (facts.person, facts.version)).collect(),
        reason: written(reason)?,
    })
}

by_whom!(MessageDecision);

impl MessageDecision {
    /// Whom the message concerns, and which state of their facts was used.
    #[must_use]
    pub fn concerns(&self) -> &[(PersonId, FactsVersion)] {
        &self.concerns
    }

    /// The written reason, trimmed.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// That an operator may make a lawful copy of one person's record.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::ExportDecision, person: record::PersonId) -> access::ExportDecision {
///     access::ExportDecision { person, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::ExportDecision>();
/// ```
#[derive(Debug)]
pub struct ExportDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    person: PersonId,
    reason: String,
}

/// Whether an operator may make a lawful copy of a record.
///
/// An opt-out does not refuse it: the copy is the person's own right (UK GDPR
/// article 15), or a court's order.
///
/// # Errors
/// The first guard that fails.
pub fn decide_export(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    person: PersonId,
    reason: &str,
) -> Result<ExportDecision, Refusal> {
    if !policy.may_export(actor.staff.role) {
        return Err(Refusal::RoleMayNot(What::Export));
    }
    guard_organisation(actor)?;
    Ok(ExportDecision { request: id, at, staff: actor.staff.clone(), person, reason: written(reason)? })
}

by_whom!(ExportDecision);

impl ExportDecision {
    /// Whose record.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// The written reason, trimmed.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

pub(crate) fn written(reason: &str) -> Result<String, Refusal> {
    match reason.trim() {
        "" => Err(Refusal::ReasonNeeded),
        text if text.chars().count() > REASON_CHARACTERS_MAX => Err(Refusal::ReasonTooLong),
        text => Ok(text.to_owned()),
    }
}
