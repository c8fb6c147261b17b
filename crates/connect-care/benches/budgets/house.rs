//! A store that is open, the door above it, and a doctor who asks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::{PermissionGiven, Policy};
use anyhow::Context;
use disclosure::{Caller, Disclosure, Door, Region};
use jiff::{SignedDuration, Timestamp};
use record::{Chance, Clock, Organisation, PersonId, Role, Source, Staff, StaffId};
use store::{Asked, ClinicalReads, Desk, Inbox, People};

use crate::store_kind::{StoreKind, open_store};
use crate::table::At;

pub(crate) struct House {
    pub(crate) kind: StoreKind,
    pub(crate) folder: PathBuf,
    pub(crate) inbox: Inbox,
    pub(crate) clinical: ClinicalReads,
    pub(crate) desk: Desk,
    pub(crate) feeds: store::Feeds,
    pub(crate) people: People,
    pub(crate) disclosure: Disclosure,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) caller: Caller,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) sources: Vec<Source>,
}

impl House {
    /// Opens the store of this kind in the folder, empty where there was none.
    pub(crate) async fn open(
        kind: StoreKind,
        folder: &Path,
        organisations: &[Organisation],
        sources: &[Source],
    ) -> anyhow::Result<Self> {
        let (clock, chance) = (clock(), chance());
        let store = open_store(kind, folder, sources, chance.clone()).await?;
        let disclosure = Disclosure::new(Door {
            clinical: store.clinical.clone(),
            log: store.log,
            desk: store.desk.clone(),
            people: store.people.clone(),
            policy: Policy::shipped()?,
            region: Region::new(organisations.to_vec(), sources.to_vec()),
            rules: Arc::new(intake::IDENTITY_RULES),
            clock: clock.clone(),
            chance: chance.clone(),
        });
        Ok(Self {
            kind,
            folder: folder.to_owned(),
            inbox: store.inbox,
            clinical: store.clinical,
            desk: store.desk,
            feeds: store.feeds,
            people: store.people,
            disclosure,
            clock,
            chance,
            caller: Caller { staff: doctor(organisations)?, session: None },
            organisations: organisations.to_vec(),
            sources: sources.to_vec(),
        })
    }

    /// The same over the sources of a made-up region.
    pub(crate) async fn open_region(
        kind: StoreKind,
        folder: &Path,
        region: &simulator::Region,
    ) -> anyhow::Result<Self> {
        Self::open(kind, folder, region.organisations(), region.sources()).await
    }

    pub(crate) fn at(&self) -> At {
        At::store(self.kind)
    }

    /// Each of them has told the doctor yes.
    pub(crate) async fn permit(&self, people: impl IntoIterator<Item = PersonId>) -> anyhow::Result<()> {
        let at = self.clock.now();
        let until = at.checked_add(SignedDuration::from_hours(24))?;
        for person in people {
            let asked = Asked::Yes(PermissionGiven::Person);
            self.desk.record_answer(person, &self.caller.staff, asked, at, until).await?;
        }
        Ok(())
    }

    /// Everybody of whom a message speaks, in the order in which they came.
    pub(crate) async fn everybody(&self) -> anyhow::Result<Vec<PersonId>> {
        let mut everybody = Vec::new();
        let mut after = None;
        loop {
            let listed = self.inbox.list(after).await?;
            let Some(last) = listed.last() else { break };
            after = Some(last.id);
            for message in listed {
                everybody.extend(self.people.in_message(message.id).await?);
            }
        }
        everybody.sort();
        everybody.dedup();
        Ok(everybody)
    }

    /// A session in which this person's record is open under the handle `bench`;
    /// gives its cookie's value.
    pub(crate) async fn open_session(&self, person: PersonId) -> anyhow::Result<String> {
        let (cookie, at) = (self.chance.hex32(), self.clock.now());
        self.desk.begin_session(&cookie, &self.caller.staff, at).await?;
        let session = self.desk.session(&cookie, at).await?.context("the session began")?;
        self.desk.set_open(session.key, person, HANDLE).await?;
        Ok(cookie)
    }
}

/// The handle of every record that is open in a session here.
pub(crate) const HANDLE: &str = "bench";

fn doctor(organisations: &[Organisation]) -> anyhow::Result<Staff> {
    let organisation = organisations.first().context("there are organisations")?;
    Ok(Staff {
        id: StaffId::new("bench-doctor")?,
        name: "Dr Bench".to_owned(),
        role: Role::Doctor,
        organisation: organisation.ods_code.clone(),
        organisation_name: organisation.name.clone(),
        team: None,
    })
}

pub(crate) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "a bench runs in real time")]
    Clock::new(Timestamp::now)
}

fn chance() -> Chance {
    Chance::new(|bytes| {
        #[expect(clippy::disallowed_methods, reason = "a bench makes real session ids")]
        getrandom::fill(bytes).unwrap_or_default();
    })
}
