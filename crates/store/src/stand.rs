//! What one statement reads about a person for a decision, the same on both back-ends.

use access::{Emergency, EmergencyReason, EmergencyText, FactsVersion, Permission, PermissionGiven, PersonFacts};
use jiff::Timestamp;
use record::{OdsCode, PersonId, Staff};

use crate::desk::{Asked, PersonStand, SessionKey};
use crate::error::StoreError;
use crate::inbox::timestamp;

/// Stored in place of an answer: the person said no.
pub(crate) const ANSWER_NO: i64 = 0;
const ANSWER_YES: i64 = 1;
const ANSWER_YES_BY_DECIDER: i64 = 2;

/// For whom the facts are read.
#[derive(Clone)]
pub(crate) struct StandAsked {
    pub(crate) person: PersonId,
    pub(crate) organisation: OdsCode,
    pub(crate) staff: String,
    pub(crate) session: Option<SessionKey>,
    pub(crate) at: i64,
}

impl StandAsked {
    pub(crate) fn new(person: PersonId, staff: &Staff, session: Option<SessionKey>, at: Timestamp) -> Self {
        let (organisation, staff) = (staff.organisation.clone(), staff.id.to_string());
        Self { person, organisation, staff, session, at: at.as_second() }
    }
}

/// The facts as stored.
pub(crate) struct StandRow {
    pub(crate) record_version: i64,
    pub(crate) link_version: i64,
    pub(crate) restricted: bool,
    pub(crate) desk_version: i64,
    /// Of this person or of anybody to whom their charts were linked before: what
    /// somebody chose follows their charts, and a link opens nothing.
    pub(crate) opted_out: bool,
    pub(crate) dissent: bool,
    /// The organisation's newest permission.
    pub(crate) permission: Option<PermissionRow>,
    /// When the person last said no to it.
    pub(crate) refused_at: Option<i64>,
    /// The emergency in force, of this staff member in this session.
    pub(crate) emergency: Option<EmergencyRow>,
}

pub(crate) struct PermissionRow {
    pub(crate) answer: i64,
    pub(crate) decider: Option<String>,
    pub(crate) relationship: Option<String>,
    pub(crate) at: i64,
    pub(crate) until: i64,
    pub(crate) staff_name: String,
}

pub(crate) struct EmergencyRow {
    pub(crate) reason: String,
    pub(crate) text: String,
    pub(crate) at: i64,
    pub(crate) until: i64,
}

impl StandRow {
    pub(crate) fn into_stand(self, asked: &StandAsked) -> Result<PersonStand, StoreError> {
        let version = facts_version(self.desk_version.cast_unsigned(), self.link_version.cast_unsigned());
        let facts = PersonFacts {
            person: asked.person,
            version,
            opted_out: self.opted_out,
            restricted: self.restricted,
            dissent: self.dissent,
            permission: self.permission.map(|row| row.into_permission(&asked.organisation)),
            refused_at: self.refused_at.map(timestamp),
            emergency: self.emergency.map(EmergencyRow::into_emergency).transpose()?,
        };
        Ok(PersonStand { facts, record_version: self.record_version.cast_unsigned() })
    }
}

impl PermissionRow {
    fn into_permission(self, organisation: &OdsCode) -> Permission {
        let given = if self.answer == ANSWER_YES_BY_DECIDER {
            let (name, relationship) = (self.decider.unwrap_or_default(), self.relationship.unwrap_or_default());
            PermissionGiven::Decider { name, relationship }
        } else {
            PermissionGiven::Person
        };
        Permission {
            given,
            at: timestamp(self.at),
            until: timestamp(self.until),
            organisation: organisation.clone(),
            recorded_by: self.staff_name,
        }
    }
}

impl EmergencyRow {
    fn into_emergency(self) -> Result<Emergency, StoreError> {
        let damaged = || StoreError::Damaged("an emergency access".to_owned());
        Ok(Emergency {
            reason: EmergencyReason::from_code(&self.reason).ok_or_else(damaged)?,
            text: EmergencyText::parse(&self.text).map_err(|_| damaged())?,
            at: timestamp(self.at),
            until: timestamp(self.until),
        })
    }
}

/// An answer as stored: its code, and whoever could decide and said yes, with
/// their relationship.
pub(crate) fn answer_columns(asked: Asked) -> (i64, Option<String>, Option<String>) {
    match asked {
        Asked::No => (ANSWER_NO, None, None),
        Asked::Yes(PermissionGiven::Person) => (ANSWER_YES, None, None),
        Asked::Yes(PermissionGiven::Decider { name, relationship }) => {
            (ANSWER_YES_BY_DECIDER, Some(name), Some(relationship))
        }
    }
}

/// The desk's version in the upper half, the links' in the lower: either moving
/// moves the whole.
fn facts_version(desk: u64, links: u64) -> FactsVersion {
    FactsVersion(desk << 32 | (links & LINKS_MASK))
}

/// The lower half of a facts version.
const LINKS_MASK: u64 = 0xffff_ffff;

/// The links' part of a facts version.
pub(crate) fn links_part(version: FactsVersion) -> u64 {
    version.0 & LINKS_MASK
}

/// The desk's part of a facts version.
pub(crate) fn desk_part(version: FactsVersion) -> u64 {
    version.0 >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_halves_of_a_facts_version_move_apart() {
        let version = facts_version(3, 5);
        assert_eq!((desk_part(version), links_part(version)), (3, 5));
        assert_eq!(desk_part(facts_version(3, u64::MAX)), 3, "links never spill into the desk's half");
        assert_eq!(links_part(facts_version(u64::MAX, 5)), 5);
    }
}
