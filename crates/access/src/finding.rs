use jiff::Timestamp;
use record::{PersonId, Section, Staff};

use crate::facts::{FactsVersion, PersonFacts};
use crate::opening::{guard_closed, guard_organisation, guard_purpose, guard_question};
use crate::policy::{Policy, Seen};
use crate::refusal::{Refusal, What};
use crate::request::{Actor, Purpose, Request, RequestId, by_whom};

/// That a staff member may see who a person is, before permission is asked:
/// enough to be sure that it is the right one, nothing clinical.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::IdentityDecision, person: record::PersonId) -> access::IdentityDecision {
///     access::IdentityDecision { person, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::IdentityDecision>();
/// ```
#[derive(Debug)]
pub struct IdentityDecision {
    request: RequestId,
    at: Timestamp,
    person: PersonId,
    staff: Staff,
    facts_version: FactsVersion,
    seen: Seen,
    may_ask: bool,
    may_use_emergency: bool,
}

/// Whether a staff member may see who a person is.
///
/// Permission is not needed; an opt-out, a restriction or a dissent refuses.
///
/// # Errors
/// The first guard that fails.
pub fn decide_identity(
    policy: &Policy,
    actor: &Actor,
    facts: &PersonFacts,
    request: &Request,
) -> Result<IdentityDecision, Refusal> {
    let role = actor.staff.role;
    guard_question(facts, request)?;
    let seen = policy.seen(role, Section::Identity);
    if seen == Seen::No {
        return Err(Refusal::RoleMayNot(What::SeeIdentity));
    }
    guard_organisation(actor)?;
    guard_closed(facts)?;
    Ok(IdentityDecision {
        request: request.id,
        at: request.at,
        person: facts.person,
        staff: actor.staff.clone(),
        facts_version: facts.version,
        seen,
        may_ask: policy.may_open_record(role),
        may_use_emergency: policy.may_use_emergency(role),
    })
}

by_whom!(IdentityDecision);

impl IdentityDecision {
    /// Who.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Which state of the facts it used.
    #[must_use]
    pub fn facts_version(&self) -> FactsVersion {
        self.facts_version
    }

    /// All of *Who they are*, or only the fields that tell people apart.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Whether the page may go on to ask for permission.
    #[must_use]
    pub fn may_ask_permission(&self) -> bool {
        self.may_ask
    }

    /// Whether the page may offer emergency access.
    #[must_use]
    pub fn may_use_emergency(&self) -> bool {
        self.may_use_emergency
    }
}

/// By what a person is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SearchBy {
    /// The NHS number: finds one person or none.
    NhsNumber,
    /// Name, with birth date or postcode: may find several.
    Name,
}

/// That a staff member may look for a person.
///
/// ```compile_fail,E0451
/// fn forge(decision: access::SearchDecision, by: access::SearchBy) -> access::SearchDecision {
///     access::SearchDecision { by, ..decision }
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::SearchDecision>();
/// ```
#[derive(Debug)]
pub struct SearchDecision {
    request: RequestId,
    at: Timestamp,
    staff: Staff,
    by: SearchBy,
}

/// Whether a staff member may look for a person in this way.
///
/// # Errors
/// The first guard that fails.
pub fn decide_search(
    policy: &Policy,
    actor: &Actor,
    id: RequestId,
    at: Timestamp,
    purpose: &Purpose,
    by: SearchBy,
) -> Result<SearchDecision, Refusal> {
    guard_purpose(purpose)?;
    let role = actor.staff.role;
    match by {
        _ if !policy.may_search_by_number(role) => return Err(Refusal::RoleMayNot(What::SearchByNumber)),
        SearchBy::Name if !policy.may_search_by_name(role) => return Err(Refusal::RoleMayNot(What::SearchByName)),
        SearchBy::NhsNumber | SearchBy::Name => {}
    }
    guard_organisation(actor)?;
    Ok(SearchDecision { request: id, at, staff: actor.staff.clone(), by })
}

by_whom!(SearchDecision);

impl SearchDecision {
    /// By what.
    #[must_use]
    pub fn by(&self) -> SearchBy {
        self.by
    }
}
