//! Rows of the access log for what operators do to what is stored.

use access::RequestId;
use audit::{Act, Event, Outcome};
use disclosure::Caller;
use record::PersonId;
use store::{Desk, LogRow, Planned, StoreError};

use crate::world;

/// One row, about nobody in particular.
pub(crate) async fn log(
    desk: &Desk,
    caller: &Caller,
    act: Act,
    reason: &str,
    outcome: Outcome,
) -> Result<(), StoreError> {
    desk.log(row(caller, request(), act, reason, None, outcome)).await.map(drop)
}

/// A row for each person concerned and one for all of it, in one commit.
pub(crate) async fn log_for_people(
    desk: &Desk,
    caller: &Caller,
    act: Act,
    reason: &str,
    planned: &Planned,
) -> Result<(), StoreError> {
    let request = request();
    let people = planned.people.iter().copied().map(Some).chain([None]);
    let rows = people.map(|person| {
        let mut row = row(caller, request, act, reason, person, Outcome::Allowed);
        row.event.count = person.is_none().then(|| u32::try_from(planned.messages).unwrap_or(u32::MAX));
        row
    });
    desk.log_all(rows.collect()).await.map(drop)
}

fn request() -> RequestId {
    let mut bytes = [0; 16];
    let chance = world::chance().bytes32();
    bytes.iter_mut().zip(chance).for_each(|(byte, by_chance)| *byte = by_chance);
    RequestId::from_bytes(bytes)
}

fn row(
    caller: &Caller,
    request: RequestId,
    act: Act,
    reason: &str,
    person: Option<PersonId>,
    outcome: Outcome,
) -> LogRow {
    let staff = &caller.staff;
    let event = Event {
        at: world::clock().now(),
        request: request.hex(),
        act,
        staff_id: staff.id.to_string(),
        staff_name: staff.name.clone(),
        role: staff.role.code().to_owned(),
        organisation: staff.organisation.to_string(),
        organisation_name: staff.organisation_name.clone(),
        team: staff.team.clone(),
        person,
        basis: None,
        reason: Some(reason.to_owned()),
        page: None,
        sections: Vec::new(),
        not_for_role: Vec::new(),
        outcome,
        facts_version: None,
        policy_digest: None,
        content_digest: None,
        record_version: None,
        count: None,
    };
    LogRow { request, event, rests_on: None }
}
