//! A store filled straight from the simulator, as large as asked for. People pass
//! through in a stream: memory does not grow with their number.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use record::{Clock, Demographics, MessageId, NewEntry, PersonId, Source};
use simulator::RegionPlan;
use store::{
    Application, Arrival, ChartChange, FoundBy, IdentityRules, Inbox, People, Placement, Received, ScoreRules,
    UnitWork, Work,
};
use tokio::task::JoinSet;

use crate::house::{House, clock};
use crate::rows;
use crate::store_kind::StoreKind;
use crate::table::Table;
use crate::times::now;

/// How many people are under way to the store at a time, while it is filled.
const UNDER_WAY: usize = 64;
/// How many entries a whole record has: the budgets are stated for it.
const WHOLE: u32 = 300;
/// How many people have exactly so many.
const WHOLE_RECORDS: u64 = 200;
/// The longest of the long records; the shortest has as many as a whole one.
const LONGEST: u32 = 3_000;
/// How many people are remembered, to look for them.
pub(crate) const KNOWN: u64 = 1_000;
/// When the first message says that it was made.
const FIRST_MADE_AT: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// After how many people it is said how far the filling is.
pub(crate) const SAID_EACH: u64 = 20_000;

/// How large.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) people: u64,
    pub(crate) entries_per_person: u32,
    /// How many people have 300 to 3,000 entries.
    pub(crate) long_records: u32,
}

impl Size {
    pub(crate) fn spread_in_words(self) -> String {
        format!(
            "{} records of {WHOLE} to {LONGEST} entries, evenly spread, beside people of {} entries",
            self.long_records, self.entries_per_person
        )
    }

    /// The length of one of the long records.
    fn long(self, place: u32) -> u32 {
        WHOLE + (LONGEST - WHOLE) * place / self.long_records.saturating_sub(1).max(1)
    }
}

/// A store that is filled, and who is in it.
pub(crate) struct Loaded {
    pub(crate) house: House,
    pub(crate) size: Size,
    /// People with exactly 300 entries each. They let the doctor in.
    pub(crate) whole: Vec<PersonId>,
    /// People with 300 to 3,000 entries. They let the doctor in.
    pub(crate) spread: Vec<PersonId>,
    /// Some of the others, from the first to the last.
    pub(crate) known: Vec<Demographics>,
}

pub(crate) async fn load(table: &mut Table, kind: StoreKind, folder: &Path, size: Size) -> anyhow::Result<Loaded> {
    let region = made_up(1);
    let house = House::open_region(kind, folder, &region).await?;
    let mut filler = Filler::new(&house, EVERYBODY_IS_NEW, UNDER_WAY)?;
    let start = now();
    let mut known = Vec::new();
    let every = (size.people / KNOWN).max(1);
    for ((told, record), place) in region.bulk(size.people, size.entries_per_person).zip(1_u64..) {
        if place % every == 0 {
            known.push(told.clone());
        }
        filler.add(told, record).await?;
        if place % SAID_EACH == 0 {
            let rate = filler.entries as f64 / start.elapsed().as_secs_f64();
            eprintln!("  {place} of {} people, {rate:.0} entries/s", size.people);
        }
    }
    filler.finish().await?;
    filler.keeps_ids = true;
    for (told, record) in made_up(2).bulk(WHOLE_RECORDS, WHOLE) {
        filler.add(without_number(told), record).await?;
    }
    let whole = filler.finish().await?;
    for ((told, mut record), place) in made_up(3).bulk(u64::from(size.long_records), LONGEST).zip(0_u32..) {
        record.truncate(usize::try_from(size.long(place))?);
        filler.add(without_number(told), record).await?;
    }
    let spread = filler.finish().await?;
    let at = house.at().people(size.people);
    table.add_noted(&rows::LOAD, at, filler.entries as f64 / start.elapsed().as_secs_f64(), "once a size");
    house.permit(whole.iter().chain(&spread).copied()).await?;
    Ok(Loaded { house, size, whole, spread, known })
}

/// A store with one whole record and nobody else, for counting instructions.
pub(crate) async fn load_one(house: &House, region: &simulator::Region) -> anyhow::Result<()> {
    let mut filler = Filler::new(house, EVERYBODY_IS_NEW, UNDER_WAY)?;
    filler.keeps_ids = true;
    for (told, record) in region.bulk(1, WHOLE) {
        filler.add(without_number(told), record).await?;
    }
    house.permit(filler.finish().await?).await
}

pub(crate) fn made_up(seed: u64) -> simulator::Region {
    made_up_at(seed, clock().now())
}

/// The same people on whatever day they are asked for: ages are counted from `now`.
pub(crate) fn made_up_at(seed: u64, now: Timestamp) -> simulator::Region {
    simulator::Region::new(RegionPlan { people: 1_000, seed, now })
}

/// Their numbers are those of the first people: long records go without.
fn without_number(told: Demographics) -> Demographics {
    Demographics { nhs_number: None, ..told }
}

/// Hands people to the store as messages of their own, one made each second, with the display lines as
/// the message's bytes, so that the inbox has its share of the file.
pub(crate) struct Filler {
    inbox: Inbox,
    rules: Arc<IdentityRules>,
    people: People,
    source: Source,
    clock: Clock,
    number: u64,
    entries: u64,
    /// Whether it is asked under which ids people were filed.
    keeps_ids: bool,
    ids: Vec<PersonId>,
    under_way: JoinSet<anyhow::Result<Option<MessageId>>>,
    under_way_max: usize,
}

impl Filler {
    pub(crate) fn new(house: &House, rules: IdentityRules, under_way_max: usize) -> anyhow::Result<Self> {
        Ok(Self {
            rules: Arc::new(rules),
            inbox: house.inbox.clone(),
            people: house.people.clone(),
            source: house.sources.first().context("the region has sources")?.clone(),
            clock: house.clock.clone(),
            number: 0,
            entries: 0,
            keeps_ids: false,
            ids: Vec::new(),
            under_way: JoinSet::new(),
            under_way_max,
        })
    }

    /// So many were there before.
    pub(crate) fn after(self, number: u64) -> Self {
        Self { number, ..self }
    }

    pub(crate) async fn add(&mut self, told: Demographics, entries: Vec<NewEntry>) -> anyhow::Result<()> {
        self.number += 1;
        self.entries += u64::try_from(entries.len())?;
        let key = format!("bench|{}", self.number);
        let made_at = FIRST_MADE_AT.saturating_add(SignedDuration::from_secs(self.number.cast_signed()))?;
        let mut bytes =
            format!(r"MSH|^~\&|BENCH|BENCH|||{}||ADT^A28|{key}", made_at.strftime("%Y%m%d%H%M%S")).into_bytes();
        for entry in &entries {
            bytes.push(b'\n');
            bytes.extend(entry.content.to_line().as_bytes());
        }
        let (inbox, source, at) = (self.inbox.clone(), self.source.id.clone(), self.clock.now());
        let rules = Arc::clone(&self.rules);
        let change = ChartChange { key, local_numbers: Vec::new(), told: Some(told), entries };
        self.under_way.spawn(async move {
            let length = bytes.len();
            let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: at, bytes };
            let Received::New(message) = inbox.receive(arrival).await? else { return Ok(None) };
            let units = vec![UnitWork { kind: "bench".to_owned(), span: 0..length, work: Work::Apply(vec![change]) }];
            let application = Application { message, source, stated_at: None, at, units };
            inbox.apply(application, rules).await?;
            Ok(Some(message))
        });
        if self.under_way.len() >= self.under_way_max { self.next().await.map(drop) } else { Ok(()) }
    }

    /// Waits for one of those under way; tells whether there was one.
    async fn next(&mut self) -> anyhow::Result<bool> {
        let Some(added) = self.under_way.join_next().await else { return Ok(false) };
        if let Some(message) = added??.filter(|_| self.keeps_ids) {
            self.ids.extend(self.people.in_message(message).await?);
        }
        Ok(true)
    }

    /// Waits for all and gives the ids of those who were asked for.
    pub(crate) async fn finish(&mut self) -> anyhow::Result<Vec<PersonId>> {
        while self.next().await? {}
        Ok(std::mem::take(&mut self.ids))
    }
}

const EVERYBODY_IS_NEW: IdentityRules = IdentityRules {
    place: |_, _| Placement::NewPerson,
    contradiction: |_, _, _| None,
    cannot_merge: |_, _| None,
    found_by,
    score: ScoreRules::NONE,
};

fn found_by(told: &Demographics) -> FoundBy {
    let postcode = told.address.as_ref().and_then(|address| address.postcode.as_deref());
    let places = postcode.iter().flat_map(|at| identity::kept_sound_place_keys(&told.name, at)).collect();
    FoundBy { names: identity::sound_keys(&told.name), places, families_at: Vec::new() }
}
