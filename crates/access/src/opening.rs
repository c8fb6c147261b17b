use jiff::Timestamp;
use record::{PersonId, Section, Staff};

use crate::facts::{FactsVersion, PermissionGiven, PersonFacts};
use crate::policy::{Policy, Seen};
use crate::refusal::{Refusal, What};
use crate::request::{Actor, Purpose, Request, RequestId, by_whom};

/// On what ground a record is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The person, or someone who can decide for them, said yes.
    Permission {
        /// Who said yes.
        given: PermissionGiven,
        /// When they were asked.
        at: Timestamp,
        /// It is over at this instant.
        until: Timestamp,
    },
    /// The person cannot be asked.
    Emergency {
        /// It is over at this instant.
        until: Timestamp,
    },
}

impl Basis {
    /// The code under which it is logged.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Permission { given: PermissionGiven::Person, .. } => "permission",
            Self::Permission { given: PermissionGiven::Decider { .. }, .. } => "permission-by-decider",
            Self::Emergency { .. } => "emergency",
        }
    }
}

/// What one staff member may see of one person's record, for one request.
///
/// Holding one proves that [`decide`] allowed it. It is usable as follows:
///
/// ```
/// fn sections_to_read(decision: &access::Decision) -> Vec<record::Section> {
///     decision.sections_shown()
/// }
/// ```
///
/// It cannot be built (its fields are private):
///
/// ```compile_fail,E0451
/// fn forge(decision: access::Decision, person: record::PersonId) -> access::Decision {
///     access::Decision { person, ..decision }
/// }
/// ```
///
/// nor altered:
///
/// ```compile_fail,E0616
/// fn alter(decision: &mut access::Decision, person: record::PersonId) {
///     decision.person = person;
/// }
/// ```
///
/// nor copied to outlive its request:
///
/// ```compile_fail,E0277
/// fn keep<T: Clone>() {}
/// keep::<access::Decision>();
/// ```
///
/// nor defaulted:
///
/// ```compile_fail,E0277
/// fn make<T: Default>() {}
/// make::<access::Decision>();
/// ```
///
/// nor read from text:
///
/// ```compile_fail,E0277
/// fn read<T: serde::de::DeserializeOwned>() {}
/// read::<access::Decision>();
/// ```
#[derive(Debug)]
pub struct Decision {
    request: RequestId,
    at: Timestamp,
    person: PersonId,
    staff: Staff,
    facts_version: FactsVersion,
    basis: Basis,
    seen: Vec<(Section, Seen)>,
    sees_sensitive: bool,
}

/// Whether a staff member may open a person's record now, and which sections.
///
/// The guards stand in the order of `policy/README.md`; deny wins, and
/// the first that fails is the one that is told.
///
/// # Errors
/// The first guard that fails.
pub fn decide(policy: &Policy, actor: &Actor, facts: &PersonFacts, request: &Request) -> Result<Decision, Refusal> {
    let role = actor.staff.role;
    guard_question(facts, request)?;
    if !policy.may_open_record(role) {
        return Err(Refusal::RoleMayNot(What::OpenRecord));
    }
    guard_organisation(actor)?;
    guard_closed(facts)?;
    let basis = basis(policy, actor, facts, request.at)?;
    Ok(Decision {
        request: request.id,
        at: request.at,
        person: facts.person,
        staff: actor.staff.clone(),
        facts_version: facts.version,
        basis,
        seen: Section::ALL.iter().map(|section| (*section, policy.seen(role, *section))).collect(),
        sees_sensitive: policy.sees_sensitive(role),
    })
}

/// The facts are the right person's and the purpose is the only one allowed.
pub(crate) fn guard_question(facts: &PersonFacts, request: &Request) -> Result<(), Refusal> {
    if facts.person != request.person {
        return Err(Refusal::FactsOfAnotherPerson);
    }
    guard_purpose(&request.purpose)
}

pub(crate) fn guard_purpose(purpose: &Purpose) -> Result<(), Refusal> {
    match purpose {
        Purpose::DirectCare => Ok(()),
        Purpose::Other(_) => Err(Refusal::NotDirectCare),
    }
}

pub(crate) fn guard_organisation(actor: &Actor) -> Result<(), Refusal> {
    if actor.takes_part { Ok(()) } else { Err(Refusal::OrganisationNotTakingPart) }
}

/// The three that close a record to staff whatever else holds.
pub(crate) fn guard_closed(facts: &PersonFacts) -> Result<(), Refusal> {
    if facts.opted_out {
        Err(Refusal::OptedOut)
    } else if facts.restricted {
        Err(Refusal::Restricted)
    } else if facts.dissent {
        Err(Refusal::Dissent)
    } else {
        Ok(())
    }
}

/// Permission if there is one, else an emergency: the weaker ground is never
/// used where the stronger holds.
fn basis(policy: &Policy, actor: &Actor, facts: &PersonFacts, at: Timestamp) -> Result<Basis, Refusal> {
    let organisation = &actor.staff.organisation;
    let own = facts.permission.as_ref().filter(|permission| permission.organisation == *organisation);
    let refused = facts.refused_at.filter(|refused_at| own.is_none_or(|permission| *refused_at >= permission.at));
    if let Some(permission) = own
        && refused.is_none()
        && permission.covers(organisation, at)
    {
        let given = permission.given.clone();
        return Ok(Basis::Permission { given, at: permission.at, until: permission.until });
    }
    match (&facts.emergency, refused) {
        (Some(emergency), _) if policy.may_use_emergency(actor.staff.role) && emergency.in_force(at) => {
            Ok(Basis::Emergency { until: emergency.until })
        }
        (_, Some(at)) => Err(Refusal::PersonRefused { at }),
        (_, None) => Err(Refusal::PermissionNeeded),
    }
}

by_whom!(Decision);

impl Decision {
    /// Whose record.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Which state of the facts it used.
    #[must_use]
    pub fn facts_version(&self) -> FactsVersion {
        self.facts_version
    }

    /// On what ground.
    #[must_use]
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// What may be seen of a section.
    #[must_use]
    pub fn seen(&self, section: Section) -> Seen {
        self.seen.iter().find(|(of, _)| *of == section).map_or(Seen::No, |(_, seen)| *seen)
    }

    /// Whether entries marked sensitive may be seen, within the sections above.
    #[must_use]
    pub fn sees_sensitive(&self) -> bool {
        self.sees_sensitive
    }

    /// Sections of which anything may be seen, in their usual order.
    #[must_use]
    pub fn sections_shown(&self) -> Vec<Section> {
        self.seen.iter().filter(|(_, seen)| *seen != Seen::No).map(|(section, _)| *section).collect()
    }

    /// Sections that the role does not see: constant for the role, data or none.
    #[must_use]
    pub fn sections_not_for_role(&self) -> Vec<Section> {
        self.seen.iter().filter(|(_, seen)| *seen == Seen::No).map(|(section, _)| *section).collect()
    }
}
