//! The desk: facts about who may look, what was asked and answered.

use access::{Emergency, EmergencyReason, EmergencyText, FactsVersion, Permission, PermissionGiven, PersonFacts};
use jiff::Timestamp;
use record::{Chance, OdsCode, PersonId, Staff};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::inbox::timestamp;
use crate::sqlite::File;

/// Facts, permissions, opt-outs, sessions and the access log's writing side.
#[derive(Clone)]
pub struct Desk {
    pub(crate) place: crate::Place,
    pub(crate) file: File,
    pub(crate) record: File,
    pub(crate) chance: Chance,
}

/// Facts about a person, and the version of the record to which they belong.
#[derive(Clone, Debug)]
pub struct PersonStand {
    /// What a decision needs.
    pub facts: PersonFacts,
    /// The version of the person's record now.
    pub record_version: u64,
}

/// An answer to "may I look?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Somebody said yes.
    Yes(PermissionGiven),
    /// The person said no.
    No,
}

/// The session in which an emergency was opened: it ends with it.
pub type SessionKey = [u8; 32];

impl Desk {
    /// What is known about a person that bears on who may look, for this staff
    /// member in this session.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such person.
    pub async fn stand(
        &self,
        person: PersonId,
        staff: &Staff,
        session: Option<SessionKey>,
        at: Timestamp,
    ) -> Result<PersonStand, StoreError> {
        let stored = self.record.read(move |connection| read_stored(connection, person)).await?;
        let (organisation, id) = (staff.organisation.clone(), staff.id.to_string());
        let facts = self
            .file
            .read(move |connection| {
                let (version, mut opted_out, mut dissent) = read_closed(connection, person)?;
                for earlier in &stored.earlier_people {
                    let (_, earlier_opted_out, earlier_dissent) = read_closed(connection, *earlier)?;
                    opted_out |= earlier_opted_out;
                    dissent |= earlier_dissent;
                }
                Ok(PersonFacts {
                    person,
                    version: facts_version(version, stored.link_version),
                    opted_out,
                    restricted: stored.restricted,
                    dissent,
                    permission: read_permission(connection, person, &organisation)?,
                    refused_at: read_refusal(connection, person, &organisation)?,
                    emergency: match session {
                        Some(session) => read_emergency(connection, person, &id, session, at)?,
                        None => None,
                    },
                })
            })
            .await?;
        Ok(PersonStand { facts, record_version: stored.version })
    }

    /// Records the answer to "may I look?".
    ///
    /// # Errors
    /// When it could not be made durable: nothing may be shown.
    pub async fn record_answer(
        &self,
        person: PersonId,
        staff: &Staff,
        asked: Asked,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let staff = staff.clone();
        self.file
            .write("record answer", move |connection| {
                let (answer, decider, relationship) = match asked {
                    Asked::No => (ANSWER_NO, None, None),
                    Asked::Yes(PermissionGiven::Person) => (ANSWER_YES, None, None),
                    Asked::Yes(PermissionGiven::Decider { name, relationship }) => {
                        (ANSWER_YES_BY_DECIDER, Some(name), Some(relationship))
                    }
                };
                connection
                    .prepare_cached(
                        "INSERT INTO permission
                           (person, organisation, answer, decider, relationship, staff, staff_name, at, until)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    )?
                    .execute(params![
                        person.0.cast_signed(),
                        staff.organisation.as_str(),
                        answer,
                        decider,
                        relationship,
                        staff.id.as_str(),
                        staff.name,
                        at.as_second(),
                        until.as_second()
                    ])?;
                facts_moved(connection, person)
            })
            .await
    }

    /// Records emergency access: this staff member, this person, this session, one hour.
    ///
    /// # Errors
    /// When it could not be made durable: nothing may be shown.
    pub async fn record_emergency(
        &self,
        person: PersonId,
        staff: &Staff,
        session: SessionKey,
        emergency: Emergency,
    ) -> Result<(), StoreError> {
        let id = staff.id.to_string();
        self.file
            .write("record emergency", move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO emergency (person, staff, session, reason, text, at, until)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )?
                    .execute(params![
                        person.0.cast_signed(),
                        id,
                        session,
                        emergency.reason.code(),
                        emergency.text.as_str(),
                        emergency.at.as_second(),
                        emergency.until.as_second()
                    ])?;
                facts_moved(connection, person)
            })
            .await
    }

    /// Sets whether the person has chosen not to share. Effective with the next request.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_opt_out(&self, person: PersonId, opted_out: bool) -> Result<(), StoreError> {
        self.set_choice(person, Fact::OptedOut, opted_out).await
    }

    /// Sets whether the person's general practice recorded dissent.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_dissent(&self, person: PersonId, dissent: bool) -> Result<(), StoreError> {
        self.set_choice(person, Fact::Dissent, dissent).await
    }

    /// A choice is one for all that the person's charts were linked to before:
    /// taking it back must not leave an earlier one in force.
    async fn set_choice(&self, person: PersonId, fact: Fact, value: bool) -> Result<(), StoreError> {
        let mut people = self.record.read(move |connection| read_earlier_people(connection, person)).await?;
        people.push(person);
        self.file
            .write("set choice", move |connection| {
                people.iter().try_for_each(|person| set_fact(connection, *person, fact, value))
            })
            .await
    }
}

const ANSWER_NO: i64 = 0;
const ANSWER_YES: i64 = 1;
const ANSWER_YES_BY_DECIDER: i64 = 2;

struct StoredStand {
    version: u64,
    link_version: u64,
    restricted: bool,
    earlier_people: Vec<PersonId>,
}

/// The people to whom this person's charts were linked before. What they chose
/// follows their charts: a link never opens what somebody closed.
fn read_earlier_people(connection: &Connection, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT l.person FROM chart c JOIN link_event l ON l.chart = c.id
         WHERE c.person = ?1 AND l.person <> ?1 ORDER BY l.person",
    )?;
    let people = statement.query_map([person.0.cast_signed()], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}

fn read_stored(connection: &Connection, person: PersonId) -> Result<StoredStand, StoreError> {
    let row = connection
        .prepare_cached("SELECT version, link_version, restricted FROM person WHERE id = ?1")?
        .query_row([person.0.cast_signed()], |row| {
            Ok(StoredStand {
                version: row.get::<_, i64>(0)?.cast_unsigned(),
                link_version: row.get::<_, i64>(1)?.cast_unsigned(),
                restricted: row.get(2)?,
                earlier_people: Vec::new(),
            })
        })
        .optional()?;
    let stored = row.ok_or(StoreError::NotFound("person"))?;
    Ok(StoredStand { earlier_people: read_earlier_people(connection, person)?, ..stored })
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

/// Version, opted out, dissent.
pub(crate) fn read_closed(connection: &Connection, person: PersonId) -> Result<(u64, bool, bool), StoreError> {
    let row = connection
        .prepare_cached("SELECT version, opted_out, dissent FROM person_facts WHERE person = ?1")?
        .query_row([person.0.cast_signed()], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(row.unwrap_or((0, false, false)))
}

/// A choice that closes a record.
#[derive(Clone, Copy)]
enum Fact {
    OptedOut,
    Dissent,
}

fn set_fact(connection: &Connection, person: PersonId, fact: Fact, value: bool) -> Result<(), StoreError> {
    facts_moved(connection, person)?;
    let sql = match fact {
        Fact::OptedOut => "UPDATE person_facts SET opted_out = ?2 WHERE person = ?1",
        Fact::Dissent => "UPDATE person_facts SET dissent = ?2 WHERE person = ?1",
    };
    connection.prepare_cached(sql)?.execute(params![person.0.cast_signed(), value])?;
    Ok(())
}

/// Moves the version of a person's facts, so that no decision that rests on the
/// earlier ones is logged any more.
pub(crate) fn facts_moved(connection: &Connection, person: PersonId) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO person_facts (person, version, opted_out, dissent) VALUES (?1, 1, 0, 0)
             ON CONFLICT (person) DO UPDATE SET version = version + 1",
        )?
        .execute([person.0.cast_signed()])?;
    Ok(())
}

fn read_permission(
    connection: &Connection,
    person: PersonId,
    organisation: &OdsCode,
) -> Result<Option<Permission>, StoreError> {
    let row = connection
        .prepare_cached(
            "SELECT answer, decider, relationship, at, until, staff_name FROM permission
             WHERE person = ?1 AND organisation = ?2 AND answer <> 0 ORDER BY at DESC, id DESC LIMIT 1",
        )?
        .query_row(params![person.0.cast_signed(), organisation.as_str()], |row| {
            let given = if row.get::<_, i64>(0)? == ANSWER_YES_BY_DECIDER {
                PermissionGiven::Decider {
                    name: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                    relationship: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                }
            } else {
                PermissionGiven::Person
            };
            Ok(Permission {
                given,
                at: timestamp(row.get(3)?),
                until: timestamp(row.get(4)?),
                organisation: organisation.clone(),
                recorded_by: row.get(5)?,
            })
        })
        .optional()?;
    Ok(row)
}

fn read_refusal(
    connection: &Connection,
    person: PersonId,
    organisation: &OdsCode,
) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = connection
        .prepare_cached("SELECT max(at) FROM permission WHERE person = ?1 AND organisation = ?2 AND answer = 0")?
        .query_row(params![person.0.cast_signed(), organisation.as_str()], |row| row.get(0))?;
    Ok(at.map(timestamp))
}

fn read_emergency(
    connection: &Connection,
    person: PersonId,
    staff: &str,
    session: SessionKey,
    at: Timestamp,
) -> Result<Option<Emergency>, StoreError> {
    let row: Option<(String, String, i64, i64)> = connection
        .prepare_cached(
            "SELECT reason, text, at, until FROM emergency
             WHERE person = ?1 AND staff = ?2 AND session = ?3 AND until > ?4 ORDER BY until DESC LIMIT 1",
        )?
        .query_row(params![person.0.cast_signed(), staff, session, at.as_second()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((reason, text, at, until)) = row else { return Ok(None) };
    let damaged = || StoreError::Damaged("an emergency access".to_owned());
    Ok(Some(Emergency {
        reason: EmergencyReason::from_code(&reason).ok_or_else(damaged)?,
        text: EmergencyText::parse(&text).map_err(|_| damaged())?,
        at: timestamp(at),
        until: timestamp(until),
    }))
}
