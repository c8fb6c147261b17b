//! A store filled straight from the simulator, as large as asked for.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::{PermissionGiven, Policy};
use anyhow::Context;
use disclosure::{Caller, Disclosure, Door, Region};
use jiff::{SignedDuration, Timestamp};
use record::{Chance, Clock, Demographics, NewEntry, OdsCode, PersonId, Role, Source, Staff, StaffId};
use simulator::RegionPlan;
use store::{
    Application, Arrival, Asked, ChartChange, Desk, FoundBy, IdentityRules, Inbox, Placement, Received, UnitWork, Work,
};

use crate::measure::now;

/// How many people are handed to the store before their answers are awaited.
const UNDER_WAY: usize = 64;
/// How many entries a long record has.
const LONG: u32 = 300;

pub(crate) struct Loaded {
    pub(crate) folder: PathBuf,
    pub(crate) people: u64,
    pub(crate) disclosure: Disclosure,
    pub(crate) desk: Desk,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) caller: Caller,
    pub(crate) long_records: Range<u64>,
    pub(crate) known: Vec<Demographics>,
    pub(crate) entries_per_second: f64,
}

/// `10k` is ten thousand, `1m` a million.
pub(crate) fn size(text: &str) -> anyhow::Result<u64> {
    let (digits, unit) = match text.to_lowercase().strip_suffix('k') {
        Some(digits) => (digits.to_owned(), 1_000),
        None => match text.to_lowercase().strip_suffix('m') {
            Some(digits) => (digits.to_owned(), 1_000_000),
            None => (text.to_owned(), 1),
        },
    };
    Ok(digits.parse::<u64>().with_context(|| format!("{text} is no size"))? * unit)
}

pub(crate) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "a bench runs in real time")]
    Clock::new(Timestamp::now)
}

pub(crate) fn chance() -> Chance {
    Chance::new(|bytes| {
        #[expect(clippy::disallowed_methods, reason = "a bench makes real session ids")]
        getrandom::fill(bytes).unwrap_or_default();
    })
}

pub(crate) async fn load(folder: &Path, people: u64, entries: u32, long_records: u32) -> anyhow::Result<Loaded> {
    std::fs::create_dir_all(folder)?;
    let (clock, chance) = (clock(), chance());
    let region = simulator::Region::new(RegionPlan { people: 1_000, seed: 1, now: clock.now() });
    let store = store::open(folder, region.sources(), chance.clone()).await?;
    let source = region.sources().first().context("the region has sources")?.clone();
    let start = now();
    let mut filler =
        Filler { inbox: store.inbox.clone(), source, clock: clock.clone(), number: 0, under_way: Vec::new() };
    let mut known = Vec::new();
    for (told, record) in region.bulk(people, entries) {
        if known.len() < 1_000 {
            known.push(told.clone());
        }
        filler.add(told, record).await?;
    }
    let first_long = people + 1;
    let other = simulator::Region::new(RegionPlan { people: 1_000, seed: 2, now: clock.now() });
    for (mut told, record) in other.bulk(u64::from(long_records), LONG) {
        told.nhs_number = None;
        filler.add(told, record).await?;
    }
    filler.finish().await?;
    let total = people * u64::from(entries) + u64::from(long_records) * u64::from(LONG);
    let entries_per_second = f64::from(u32::try_from(total)?) / start.elapsed().as_secs_f64();
    let disclosure = Disclosure::new(Door {
        clinical: store.clinical,
        log: store.log,
        desk: store.desk.clone(),
        people: store.people,
        policy: Policy::shipped()?,
        region: Region::new(region.organisations().to_vec(), region.sources().to_vec()),
        clock: clock.clone(),
        chance: chance.clone(),
    });
    let caller = caller(&region)?;
    let long_records = first_long..first_long + u64::from(long_records);
    permit(&store.desk, &caller, long_records.clone(), clock.now()).await?;
    let folder = folder.to_owned();
    Ok(Loaded {
        folder,
        people,
        disclosure,
        desk: store.desk,
        clock,
        chance,
        caller,
        long_records,
        known,
        entries_per_second,
    })
}

fn caller(region: &simulator::Region) -> anyhow::Result<Caller> {
    let organisation = region.organisations().first().context("the region has organisations")?;
    let staff = Staff {
        id: StaffId::new("bench-doctor")?,
        name: "Dr Bench".to_owned(),
        role: Role::Doctor,
        organisation: OdsCode::new(organisation.ods_code.as_str())?,
        organisation_name: organisation.name.clone(),
        team: None,
    };
    Ok(Caller { staff, session: None })
}

async fn permit(desk: &Desk, caller: &Caller, people: Range<u64>, at: Timestamp) -> anyhow::Result<()> {
    let until = at.checked_add(SignedDuration::from_hours(24))?;
    for person in people {
        let asked = Asked::Yes(PermissionGiven::Person);
        desk.record_answer(PersonId(person), &caller.staff, asked, at, until).await?;
    }
    Ok(())
}

/// Hands people to the store as messages of their own, with the display lines as
/// the message's bytes, so that the inbox has its share of the file.
struct Filler {
    inbox: Inbox,
    source: Source,
    clock: Clock,
    number: u64,
    under_way: Vec<tokio::task::JoinHandle<Result<(), store::StoreError>>>,
}

impl Filler {
    async fn add(&mut self, told: Demographics, entries: Vec<NewEntry>) -> anyhow::Result<()> {
        self.number += 1;
        let key = format!("bench|{}", self.number);
        let mut bytes = key.clone().into_bytes();
        for entry in &entries {
            bytes.push(b'\n');
            bytes.extend(entry.content.to_line().as_bytes());
        }
        let (inbox, source, at) = (self.inbox.clone(), self.source.id.clone(), self.clock.now());
        let change = ChartChange { key, local_numbers: Vec::new(), told: Some(told), entries };
        self.under_way.push(tokio::spawn(async move {
            let length = bytes.len();
            let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: at, bytes };
            if let Received::New(message) = inbox.receive(arrival).await? {
                let units =
                    vec![UnitWork { kind: "bench".to_owned(), span: 0..length, work: Work::Apply(vec![change]) }];
                let application = Application { message, source, stated_at: None, at, units };
                inbox.apply(application, Arc::new(EVERYBODY_IS_NEW)).await?;
            }
            Ok(())
        }));
        if self.under_way.len() >= UNDER_WAY {
            self.finish().await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> anyhow::Result<()> {
        for added in self.under_way.drain(..) {
            added.await??;
        }
        Ok(())
    }
}

const EVERYBODY_IS_NEW: IdentityRules =
    IdentityRules { place: |_, _| Placement::NewPerson, contradiction: |_, _, _| None, found_by };

fn found_by(told: &Demographics) -> FoundBy {
    let postcode = told.address.as_ref().and_then(|address| address.postcode.as_deref());
    let places = postcode.iter().map(|postcode| identity::place_key(&told.name.family, postcode)).collect();
    FoundBy { names: identity::search_keys(&told.name), places }
}
