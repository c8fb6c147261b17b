//! Access, proved by trying every case against a second, naive reading of the table.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of tests that fails fails its test")]

mod administering;
mod closed_doors;
mod every_case;
mod oracle;
mod policy_file;
mod settling;
mod table;

use access::{
    Actor, Emergency, EmergencyReason, EmergencyText, FactsVersion, Permission, PermissionGiven, PersonFacts, Policy,
    Purpose, Request, RequestId,
};
use jiff::{SignedDuration, Timestamp};
use record::{OdsCode, PersonId, Role, Staff, StaffId};

pub(crate) const PERSON: PersonId = PersonId(41);

pub(crate) fn policy() -> Policy {
    Policy::shipped().unwrap()
}

/// The time of the request in every test; other times are told from here.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T13:32:00Z".parse().unwrap()
}

/// So many seconds after the request, or before it.
pub(crate) fn seconds(from_now: i64) -> Timestamp {
    now() + SignedDuration::from_secs(from_now)
}

pub(crate) fn kingsbrook() -> OdsCode {
    OdsCode::new("ZZ901").unwrap()
}

pub(crate) fn elsewhere() -> OdsCode {
    OdsCode::new("ZZ902").unwrap()
}

pub(crate) fn actor(role: Role) -> Actor {
    let staff = Staff {
        id: StaffId::new("amensah").unwrap(),
        name: "Dr A Mensah".into(),
        role,
        organisation: kingsbrook(),
        organisation_name: "Kingsbrook Hospital".into(),
        team: None,
    };
    Actor { staff, takes_part: true }
}

pub(crate) fn request() -> Request {
    Request { id: RequestId::from_bytes([7; 16]), person: PERSON, purpose: Purpose::DirectCare, at: now() }
}

/// Nothing closes the record and nobody has been asked.
pub(crate) fn open_facts() -> PersonFacts {
    PersonFacts {
        person: PERSON,
        version: FactsVersion(3),
        opted_out: false,
        restricted: false,
        dissent: false,
        permission: None,
        refused_at: None,
        emergency: None,
    }
}

pub(crate) fn permission(organisation: OdsCode, at: Timestamp, until: Timestamp) -> Permission {
    Permission { given: PermissionGiven::Person, at, until, organisation, recorded_by: "Dr A Mensah".into() }
}

pub(crate) fn emergency(at: Timestamp) -> Emergency {
    let text = EmergencyText::parse("GCS 8, found collapsed").unwrap();
    Emergency::starting(at, EmergencyReason::TooUnwell, text)
}

/// The person said yes a minute ago.
pub(crate) fn permitted_facts() -> PersonFacts {
    PersonFacts { permission: Some(permission(kingsbrook(), seconds(-60), seconds(86_400))), ..open_facts() }
}
