use jiff::Timestamp;
use record::{NhsNumber, Organisation, Source, SourceFormat, SourceId};

use crate::bulk::Bulk;
use crate::chart::Chart;
use crate::csv_writer;
use crate::diary::Diary;
use crate::dice::Dice;
use crate::fhir_writer;
use crate::hl7v2_writer;
use crate::household::{NumberRoll, household};
use crate::life;
use crate::organisations::{Feed, organisations, sources};
use crate::stories::{self, stories};

/// What a region is made from: the same plan gives the same region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionPlan {
    /// How many people, the story people among them.
    pub people: u32,
    /// Another seed gives other people.
    pub seed: u64,
    /// The region's now: everything is dated back from it.
    pub now: Timestamp,
}

impl RegionPlan {
    /// How many people a region has where nobody says.
    pub const PEOPLE_USUAL: u32 = 1_000;
}

/// One thing that a record system sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which record system.
    pub source: SourceId,
    /// When the record system made it: `MSH-7`, `Bundle.timestamp`. HL7 messages
    /// of one patient come in this order.
    pub at: Timestamp,
    /// What it sends.
    pub body: Body,
}

/// What a record system sends, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// One HL7 v2 message, segments ended by carriage returns, not yet framed.
    Hl7(Vec<u8>),
    /// One FHIR R4 transaction bundle as JSON.
    Fhir(Vec<u8>),
    /// One CSV file.
    Csv {
        /// Its file name.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// A made-up region.
#[derive(Clone, Debug)]
pub struct Region {
    plan: RegionPlan,
    organisations: Vec<Organisation>,
    sources: Vec<Source>,
}

/// How many households share one of the councils' files.
const HOUSEHOLDS_A_FILE: u64 = 100;

impl Region {
    /// Lays the region out. People are made when they are asked for.
    #[must_use]
    pub fn new(plan: RegionPlan) -> Self {
        Self { plan, organisations: organisations(), sources: sources() }
    }

    /// The plan that it was made from.
    #[must_use]
    pub fn plan(&self) -> RegionPlan {
        self.plan
    }

    /// Every organisation that takes part.
    #[must_use]
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// Every record system, in the order of the ledger.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Everybody who has chosen not to share.
    #[must_use]
    pub fn opted_out(&self) -> Vec<NhsNumber> {
        stories::number(stories::OPTED_OUT).into_iter().collect()
    }

    /// What the record systems send of the story people: first of all, so that a
    /// visitor finds them at once.
    #[must_use]
    pub fn story_deliveries(&self) -> Vec<Delivery> {
        let diary = Diary::new(self.plan.now);
        let charts: Vec<Chart> = stories().iter().flat_map(|story| story.charts(diary)).collect();
        let mut deliveries = deliveries(&charts, diary, "stories");
        let astray = stories::identity::swapped_between_the_twins(diary);
        deliveries.extend(hl7v2(&astray, diary, false));
        deliveries
    }

    /// What Thameside's system sends that cannot be added to the record: something
    /// for its administrator to settle.
    #[must_use]
    pub fn quarantine_deliveries(&self) -> Vec<Delivery> {
        stories::quarantine::deliveries(self.plan.now)
    }

    /// What they send of everybody else, household by household.
    pub fn crowd_deliveries(&self) -> impl Iterator<Item = Delivery> + Send + use<> {
        let diary = Diary::new(self.plan.now);
        crowd(self.plan).flat_map(move |(batch, charts)| deliveries(&charts, diary, &format!("crowd-{batch:04}")))
    }

    /// All of it: the story people, then the crowd.
    pub fn deliveries(&self) -> impl Iterator<Item = Delivery> + Send + use<> {
        self.story_deliveries().into_iter().chain(self.crowd_deliveries())
    }

    /// People with entries ready made, for measuring stores and pages: no message
    /// is written and none must be read.
    #[must_use]
    pub fn bulk(&self, people: u64, entries_per_person: u32) -> Bulk {
        Bulk::new(self.plan.seed, Diary::new(self.plan.now), people, entries_per_person)
    }
}

/// Charts of everybody but the story people, in batches of whole households.
fn crowd(plan: RegionPlan) -> impl Iterator<Item = (u64, Vec<Chart>)> + Send {
    let diary = Diary::new(plan.now);
    let told = u64::try_from(stories().len()).unwrap_or_default();
    let mut left = u64::from(plan.people).saturating_sub(told);
    let mut place = 1_000;
    let mut numbers = NumberRoll::new();
    let batches = (0_u64..).map(move |batch| {
        let mut charts = Vec::new();
        for stream in batch * HOUSEHOLDS_A_FILE..(batch + 1) * HOUSEHOLDS_A_FILE {
            let mut dice = Dice::new(plan.seed, stream);
            for resident in household(&mut dice, diary, place, &mut numbers) {
                place += 1;
                if left == 0 {
                    return (batch, charts);
                }
                left -= 1;
                charts.extend(life::charts(&resident, &mut dice, diary));
            }
        }
        (batch, charts)
    });
    batches.take_while(|(_, charts)| !charts.is_empty())
}

/// Each chart in the format of its record system; the councils' charts in a file each.
fn deliveries(charts: &[Chart], diary: Diary, batch: &str) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for chart in charts {
        match chart.feed.format() {
            SourceFormat::Hl7v2 => deliveries.extend(hl7v2(chart, diary, true)),
            SourceFormat::Fhir => deliveries.push(fhir(chart, diary)),
            SourceFormat::Csv => {}
        }
    }
    deliveries
        .extend([Feed::Southmere, Feed::Ravensmere].into_iter().filter_map(|feed| csv(feed, charts, diary, batch)));
    deliveries
}

fn hl7v2(chart: &Chart, diary: Diary, announced: bool) -> Vec<Delivery> {
    let source = chart.feed.id();
    let messages = hl7v2_writer::messages(chart, diary, announced).into_iter();
    messages.map(|(at, bytes)| Delivery { source: source.clone(), at, body: Body::Hl7(bytes) }).collect()
}

fn fhir(chart: &Chart, diary: Diary) -> Delivery {
    let at = diary.minutes_ago(chart.feed.newest_minutes_ago());
    Delivery { source: chart.feed.id(), at, body: Body::Fhir(fhir_writer::bundle(chart, at)) }
}

fn csv(feed: Feed, charts: &[Chart], diary: Diary, batch: &str) -> Option<Delivery> {
    let own: Vec<Chart> = charts.iter().filter(|chart| chart.feed == feed).cloned().collect();
    if own.is_empty() {
        return None;
    }
    let at = diary.minutes_ago(feed.newest_minutes_ago());
    let name = format!("{}-{}-{batch}.csv", feed.id(), diary.today());
    Some(Delivery { source: feed.id(), at, body: Body::Csv { name, bytes: csv_writer::file(&own, at) } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{OdsCode, OrganisationKind};
    use std::collections::BTreeSet;

    fn plan() -> RegionPlan {
        RegionPlan { people: 120, seed: 7, now: "2026-11-22T13:41:30Z".parse().unwrap() }
    }

    #[test]
    fn the_same_plan_gives_the_same_region_byte_for_byte() {
        let all = |plan| Region::new(plan).deliveries().collect::<Vec<_>>();
        assert_eq!(all(plan()), all(plan()));
        assert_ne!(all(plan()), all(RegionPlan { seed: 8, ..plan() }));
    }

    #[test]
    fn the_crowd_has_as_many_people_as_were_asked_for() {
        let people = |people| {
            let charts = crowd(RegionPlan { people, ..plan() }).flat_map(|(_, charts)| charts);
            charts.map(|chart| chart.told.nhs_number).collect::<BTreeSet<_>>().len() + stories().len()
        };
        assert_eq!(people(120), 120);
        assert_eq!(people(900), 900);
        assert_eq!(people(3), stories().len(), "the story people are always there");
    }

    #[test]
    fn every_number_is_in_999_and_belongs_to_one_name_and_birth_date() {
        let mut owners = std::collections::BTreeMap::new();
        for chart in crowd(RegionPlan { people: 2_000, ..plan() }).flat_map(|(_, charts)| charts) {
            let number = chart.told.nhs_number.unwrap();
            assert!(number.is_test());
            let owner = (chart.told.name.family.clone(), chart.told.born.unwrap().to_iso());
            assert_eq!(owners.entry(number).or_insert(owner.clone()), &owner);
            assert!(stories().iter().all(|story| story.nhs_number.and_then(stories::number) != Some(number)));
        }
    }

    #[test]
    fn every_control_id_of_a_source_stands_once() {
        let mut ids = BTreeSet::new();
        for delivery in Region::new(plan()).deliveries() {
            let Body::Hl7(message) = delivery.body else { continue };
            let text = String::from_utf8(message).unwrap();
            let id = text.split('|').nth(9).unwrap().to_owned();
            assert!(id.len() <= 20, "{id}: MSH-10 holds 20 characters in version 2.4");
            assert!(ids.insert((delivery.source, id)), "a control id stands twice");
        }
        assert!(ids.len() > 100);
    }

    #[test]
    fn messages_of_one_patient_come_in_the_order_in_which_they_were_made() {
        let region = Region::new(plan());
        let mut newest: std::collections::BTreeMap<String, Timestamp> = std::collections::BTreeMap::new();
        for delivery in region.deliveries() {
            let Body::Hl7(message) = &delivery.body else { continue };
            let text = String::from_utf8_lossy(message);
            let patient = text.split("PID|1||").nth(1).unwrap().split('^').next().unwrap().to_owned();
            let before = newest.insert(patient, delivery.at);
            assert!(before.is_none_or(|before| before <= delivery.at), "{text}");
        }
    }

    #[test]
    fn one_source_is_silent_and_every_other_has_just_sent() {
        let region = Region::new(plan());
        for source in region.sources() {
            let newest = region.deliveries().filter(|d| d.source == source.id).map(|d| d.at).max().unwrap();
            let minutes = (plan().now.as_second() - newest.as_second()) / 60;
            let stale = minutes > i64::from(source.stale_after_minutes);
            assert_eq!(stale, source.id.as_str() == "kingsbrook-hospital", "{} {minutes}", source.id);
        }
    }

    #[test]
    fn the_region_has_organisations_of_every_kind_with_codes_that_are_plainly_fake() {
        let region = Region::new(plan());
        assert!(region.organisations().len() >= 10);
        let kinds: BTreeSet<OrganisationKind> = region.organisations().iter().map(|o| o.kind).collect();
        assert_eq!(kinds.len(), OrganisationKind::ALL.len() - 1);
        let codes: BTreeSet<OdsCode> = region.organisations().iter().map(|o| o.ods_code.clone()).collect();
        assert!(region.sources().iter().all(|source| codes.contains(&source.organisation)));
    }
}
