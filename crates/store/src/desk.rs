//! The desk: facts about who may look, what was asked and answered.

use std::sync::Arc;

use access::{Emergency, PermissionGiven, PersonFacts};
use jiff::Timestamp;
use record::{Chance, PersonId, Staff};
use tokio::sync::Notify;

use crate::error::StoreError;
use crate::stand::StandAsked;
use crate::{Place, postgres, sqlite};

/// Facts, permissions, opt-outs, sessions and the access log's writing side.
#[derive(Clone)]
pub struct Desk {
    pub(crate) place: Place,
    pub(crate) chance: Chance,
    /// Lets the intake know that something was decided about quarantine.
    pub(crate) asked: Arc<Notify>,
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

/// An answer, by whom it was recorded, and for how long it counts.
pub(crate) struct AnswerGiven {
    pub(crate) person: PersonId,
    pub(crate) staff: Staff,
    pub(crate) asked: Asked,
    pub(crate) at: i64,
    pub(crate) until: i64,
}

/// A choice that closes a record.
#[derive(Clone, Copy)]
pub(crate) enum Choice {
    OptedOut,
    Dissent,
}

impl Desk {
    /// What is known about a person that bears on who may look, for this staff
    /// member in this session: one SQL statement.
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
        let asked = StandAsked::new(person, staff, session, at);
        let row = match &self.place {
            Place::Sqlite { desk, .. } => sqlite::desk::stand(desk, asked.clone()).await?,
            Place::Postgres(server) => postgres::desk::stand(server, &asked).await?,
        };
        row.ok_or(StoreError::NotFound("person"))?.into_stand(&asked)
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
        let (at, until) = (at.as_second(), until.as_second());
        let given = AnswerGiven { person, staff: staff.clone(), asked, at, until };
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::desk::record_answer(desk, given).await,
            Place::Postgres(server) => postgres::desk::record_answer(server, given).await,
        }
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
        let staff = staff.id.to_string();
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::desk::record_emergency(desk, person, staff, session, emergency).await,
            Place::Postgres(server) => {
                postgres::desk::record_emergency(server, person, &staff, session, &emergency).await
            }
        }
    }

    /// Sets whether the person has chosen not to share. Effective with the next request.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_opt_out(&self, person: PersonId, opted_out: bool) -> Result<(), StoreError> {
        self.set_choice(person, Choice::OptedOut, opted_out).await
    }

    /// Sets whether the person's general practice recorded dissent.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_dissent(&self, person: PersonId, dissent: bool) -> Result<(), StoreError> {
        self.set_choice(person, Choice::Dissent, dissent).await
    }

    /// A choice is one for all that the person's charts were linked to before:
    /// taking it back must not leave an earlier one in force.
    async fn set_choice(&self, person: PersonId, choice: Choice, value: bool) -> Result<(), StoreError> {
        match &self.place {
            Place::Sqlite { record, desk } => sqlite::desk::set_choice(record, desk, person, choice, value).await,
            Place::Postgres(server) => postgres::desk::set_choice(server, person, choice, value).await,
        }
    }
}
