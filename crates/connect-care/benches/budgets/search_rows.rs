//! Finding a person: the index by itself, and the whole way with the log's waits.

use access::{Actor, Policy, Purpose, RequestId, SearchBy, SearchDecision, decide_search};
use anyhow::Context;
use audit::{Act, Event, Outcome};
use disclosure::Query;
use jiff::civil::Date;
use record::{Demographics, PersonName};
use store::{LogRow, LookUp, Receipt};

use crate::arguments::Effort;
use crate::house::House;
use crate::load::Loaded;
use crate::rows;
use crate::table::Table;
use crate::times::{Times, now};

/// Searches of each kind in one run.
const SEARCHES: u64 = 1_000;

pub(crate) async fn measure(table: &mut Table, loaded: &Loaded, effort: Effort, runs: u32) -> anyhow::Result<()> {
    let (house, at) = (&loaded.house, loaded.house.at().people(loaded.size.people));
    let count = usize::try_from(effort.of(SEARCHES))?;
    let numbers: Vec<Vec<LookUp>> =
        loaded.known.iter().filter_map(|told| Some(vec![LookUp::NhsNumber(told.nhs_number?)])).take(count).collect();
    let names: Vec<Vec<LookUp>> =
        loaded.known.iter().filter_map(name_and_birth).map(|who| who.keys()).take(count).collect();
    let queries: Vec<Query> =
        loaded.known.iter().filter_map(|told| told.nhs_number.map(Query::NhsNumber)).take(count).collect();
    let name_queries: Vec<Query> =
        loaded.known.iter().filter_map(name_and_birth).map(NameAndBirth::query).take(count).collect();
    for _ in 0..runs {
        let by_number = index_times(house, SearchBy::NhsNumber, &numbers).await?;
        table.add_noted(&rows::SEARCH_NUMBER, at, by_number.p99_ms(), &format!("p50 {:.3} ms", by_number.p50_ms()));
        let by_name = index_times(house, SearchBy::Name, &names).await?;
        table.add_noted(&rows::SEARCH_NAME, at, by_name.p99_ms(), &format!("p50 {:.3} ms", by_name.p50_ms()));
        let whole = whole_times(house, &queries).await?;
        table.add_noted(&rows::SEARCH_NUMBER_WHOLE, at, whole.p99_ms(), &format!("p50 {:.3} ms", whole.p50_ms()));
        let whole = whole_times(house, &name_queries).await?;
        table.add_noted(&rows::SEARCH_NAME_WHOLE, at, whole.p99_ms(), &format!("p50 {:.3} ms", whole.p50_ms()));
    }
    Ok(())
}

/// What a member of staff types.
struct NameAndBirth {
    family: String,
    given: String,
    born: Date,
}

fn name_and_birth(told: &Demographics) -> Option<NameAndBirth> {
    let given = told.name.given.first().cloned().unwrap_or_default();
    Some(NameAndBirth { family: told.name.family.clone(), given, born: told.birth_day()? })
}

impl NameAndBirth {
    fn query(self) -> Query {
        Query::NameAndBirth { family: self.family, given: self.given, born: self.born }
    }

    /// As the door makes them of the query.
    fn keys(self) -> Vec<LookUp> {
        let name = PersonName { family: self.family, given: vec![self.given], ..PersonName::default() };
        let born = self.born;
        let both = identity::both_sound_keys(&name).map(|name_keys| LookUp::NamesAndBirth { name_keys, born });
        let each = identity::sound_keys(&name).into_iter();
        both.into_iter().chain(each.map(|name_key| LookUp::NameAndBirth { name_key, born })).collect()
    }
}

/// The store's part of each search: all its look-ups, one after the other.
async fn index_times(house: &House, by: SearchBy, searches: &[Vec<LookUp>]) -> anyhow::Result<Times> {
    let (decision, receipt) = may_search(house, by).await?;
    let mut times = Vec::new();
    for look_ups in searches {
        let mut hits = 0;
        let start = now();
        for look_up in look_ups {
            hits += house.clinical.search(&decision, &receipt, look_up.clone()).await?.len();
        }
        times.push(start.elapsed());
        anyhow::ensure!(hits > 0, "everybody who was looked for is there");
    }
    Ok(Times::new(times))
}

/// The whole way through the door.
async fn whole_times(house: &House, queries: &[Query]) -> anyhow::Result<Times> {
    let mut times = Vec::new();
    for query in queries {
        let start = now();
        let found = house.disclosure.search(&house.caller, query.clone()).await?;
        times.push(start.elapsed());
        anyhow::ensure!(!found.hits.is_empty() || found.too_many, "everybody who was looked for is there");
    }
    Ok(Times::new(times))
}

/// One decision and one logged row stand for all searches that time the index alone.
async fn may_search(house: &House, by: SearchBy) -> anyhow::Result<(SearchDecision, Receipt)> {
    let bytes = house.chance.bytes32();
    let id = RequestId::from_bytes(bytes.first_chunk::<16>().copied().context("32 bytes hold 16")?);
    let (staff, at) = (house.caller.staff.clone(), house.clock.now());
    let actor = Actor { staff: staff.clone(), takes_part: true };
    let decision = decide_search(&Policy::shipped()?, &actor, id, at, &Purpose::DirectCare, by)
        .map_err(|refusal| anyhow::anyhow!("a doctor may search: {refusal}"))?;
    let event = Event {
        at,
        request: id.hex(),
        act: Act::Searched,
        staff_id: staff.id.to_string(),
        staff_name: staff.name,
        role: staff.role.code().to_owned(),
        organisation: staff.organisation.to_string(),
        organisation_name: staff.organisation_name,
        team: staff.team,
        person: None,
        basis: None,
        reason: None,
        page: None,
        sections: Vec::new(),
        not_for_role: Vec::new(),
        outcome: Outcome::Allowed,
        facts_version: None,
        policy_digest: None,
        content_digest: None,
        record_version: None,
        count: None,
    };
    let receipt = house.desk.log(LogRow { request: id, event, rests_on: None }).await?;
    Ok((decision, receipt))
}
