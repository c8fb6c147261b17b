//! What comes out where charts are placed anew without a decision is carried over into the record: only where that differs
//! from what comes out with it does anything move.

use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, MessageId, PersonId};

use crate::came_since::ANEW;
use crate::charts::{FIRST_SEEN, Placing};
use crate::covered::show_newest;
use crate::error::StoreError;
use crate::imagined::{ImaginedDoubt, MADE_HERE};
use crate::joins::{JOIN_HOLDS, JOIN_NEVER, Join, together};
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::placed_anew::Anew;
use crate::rows::{QuarantineRow, StoredEntry, WorkItem};
use crate::who_step::{AskedStep, WhoStep};

/// Why a chart is whose it is that a decision had moved, since it was taken back.
const TAKEN_BACK: &str = "somebody decided that it is another person's";

/// Where each chart goes, and who is who of the people that were made meanwhile.
struct Goes<'a> {
    anew: &'a Anew,
    people: BTreeMap<PersonId, PersonId>,
    targets: BTreeMap<ChartId, PersonId>,
    joins: Vec<Join>,
}

impl Goes<'_> {
    fn person(&self, person: PersonId) -> PersonId {
        self.people.get(&person).copied().unwrap_or(person)
    }

    fn now(&self, chart: ChartId) -> Option<PersonId> {
        self.anew.history.charts.get(&chart).map(|known| known.row.person)
    }

    fn moves(&self, chart: ChartId) -> bool {
        self.targets.get(&chart).copied() != self.now(chart)
    }

    /// The charts that are this person's afterwards.
    fn group(&self, person: PersonId) -> BTreeSet<ChartId> {
        self.targets.iter().filter(|(_, to)| **to == person).map(|(chart, _)| *chart).collect()
    }

    /// Whether the join holds, and with the decision did not, or not so early.
    fn holds_from_earlier_on(&self, join: &Join) -> bool {
        let with = self.anew.with.joins.get(&(join.prior, join.survivor)).filter(|with| with.state == JOIN_HOLDS);
        join.state == JOIN_HOLDS && with.is_none_or(|with| with.message.0 > join.message.0)
    }

    /// Whether an entry was told after the join was asked for: by a later message, or again as of a later time.
    fn is_since(&self, entry: &StoredEntry, join: &Join) -> bool {
        let asked_at = self.anew.history.asked(join.message.0, join.unit).and_then(|asked| asked.stated_at);
        let is_again = entry.origin.stated_at.zip(asked_at).is_some_and(|(told, asked)| told > asked);
        is_again || entry.origin.message.0 > join.message.0
    }

    /// The people who get or lose a chart, or of whose charts others are joined.
    fn changed(&self) -> BTreeSet<PersonId> {
        let moving = self.targets.iter().filter(|(chart, _)| self.moves(**chart));
        let mut people: BTreeSet<PersonId> = moving.clone().map(|(_, to)| *to).collect();
        people.extend(moving.filter_map(|(chart, _)| self.now(*chart)));
        for (key, join) in &self.anew.without.joins {
            if self.anew.with.joins.get(key).is_none_or(|with| with.state != join.state) {
                people.insert(self.person(join.person));
            }
        }
        people
    }
}

impl Placing<'_> {
    /// Carries it over; `linked` are the charts that the decision had moved. Which charts moved.
    pub(crate) fn come_out(&self, anew: &Anew, linked: &BTreeSet<ChartId>) -> Result<BTreeSet<ChartId>, StoreError> {
        let goes = self.goes(anew)?;
        let people = goes.changed();
        self.uncover_what_parts(&goes)?;
        self.write_what_holds(&goes)?;
        for person in &people {
            self.move_as_they_came(&goes, *person, linked)?;
        }
        for person in &people {
            let group = goes.group(*person);
            let mut covered: BTreeSet<ChartId> = BTreeSet::new();
            for chart in group {
                if covered.contains(&chart) {
                    continue;
                }
                let cluster = together(chart, &goes.joins);
                self.cover_what_both_tell(*person, &cluster)?;
                self.cover_what_was_told_again(&goes, *person, &cluster)?;
                covered.extend(cluster);
            }
        }
        self.write_what_waits(&goes)?;
        let moved = goes.targets.keys().filter(|chart| goes.moves(**chart)).copied().collect();
        people.iter().try_for_each(|person| self.rows.links_moved(*person))?;
        Ok(moved)
    }

    /// Whoever is nobody yet is made, and whoever was left without a chart is somebody again.
    fn goes<'a>(&self, anew: &'a Anew) -> Result<Goes<'a>, StoreError> {
        let out = &anew.without;
        let mut goes = Goes { anew, people: BTreeMap::new(), targets: BTreeMap::new(), joins: Vec::new() };
        let mut wanted: BTreeSet<PersonId> = out.charts.values().map(|(row, _)| row.person).collect();
        wanted.extend(out.joins.values().flat_map(|join| [join.person, join.from]));
        for person in wanted {
            let now = match out.made.get(&person) {
                Some((chart, is_seen)) if person.0 >= MADE_HERE => self.made_for(*chart, *is_seen)?,
                _ if self.rows.charts_of(person)?.is_empty() => self.rows.new_person(Some(person))?,
                _ => person,
            };
            goes.people.insert(person, now);
        }
        goes.targets = out.charts.iter().map(|(chart, (row, _))| (*chart, goes.person(row.person))).collect();
        let mapped =
            |join: &Join| Join { person: goes.person(join.person), from: goes.person(join.from), ..join.clone() };
        goes.joins = out.joins.values().map(mapped).collect();
        Ok(goes)
    }

    /// A person of whom nothing was known, in a rebuild the one who was made then.
    pub(crate) fn made_for(&self, chart: ChartId, is_seen: bool) -> Result<PersonId, StoreError> {
        let person = self.rows.new_person(self.sent.wanted(chart))?;
        self.sent.add(chart, person);
        self.rows.note_step(&[chart], &WhoStep::Made(person.0, is_seen).text())?;
        Ok(person)
    }

    /// What one chart hid of another is shown again where the two part, or are joined no longer.
    fn uncover_what_parts(&self, goes: &Goes<'_>) -> Result<(), StoreError> {
        for person in &goes.anew.history.people {
            let here: BTreeSet<ChartId> = self.rows.charts_of(*person)?.into_iter().map(|row| row.chart).collect();
            let mut seen: BTreeSet<ChartId> = BTreeSet::new();
            for chart in &here {
                let cluster = together(*chart, &goes.joins);
                if !seen.contains(chart) && !here.is_subset(&cluster) {
                    self.uncover_between(*person, &cluster)?;
                }
                seen.extend(cluster);
            }
        }
        Ok(())
    }

    /// Joins, links by hand and what is told apart, where the decision had made a difference.
    fn write_what_holds(&self, goes: &Goes<'_>) -> Result<(), StoreError> {
        let (with, without) = (&goes.anew.with, &goes.anew.without);
        for join in &goes.joins {
            let key = (join.prior, join.survivor);
            if with.joins.get(&key) != Some(join) {
                self.rows.put_join(join)?;
            }
        }
        for join in with.joins.iter().filter(|(key, _)| !without.joins.contains_key(key)).map(|(_, join)| join) {
            self.rows.put_join(&Join { state: JOIN_NEVER, ..join.clone() })?;
        }
        for (key, link) in with.links.iter().filter(|(key, link)| without.links.get(key) != Some(link)) {
            self.rows.take_hand_link(link.chart, key.1)?;
        }
        for (_, link) in without.links.iter().filter(|(key, link)| with.links.get(key) != Some(link)) {
            let (from, person) = (goes.person(link.from), goes.person(link.person));
            self.rows.put_hand_link(HandLink { from, person, ..*link })?;
        }
        for (one, other) in with.kept.keys().filter(|key| !without.kept.contains_key(key)) {
            self.rows.bring_together(*one, *other)?;
        }
        let kept = without.kept.iter().filter(|(key, kept)| with.kept.get(key) != Some(kept));
        kept.map(|(_, kept)| *kept).try_for_each(|kept: KeptApart| self.rows.keep_apart(kept))
    }

    /// Of what joined charts tell alike the newest alone is shown once it was told again after the join: also where that
    /// holds from earlier on than it did.
    fn cover_what_was_told_again(
        &self,
        goes: &Goes<'_>,
        person: PersonId,
        cluster: &BTreeSet<ChartId>,
    ) -> Result<(), StoreError> {
        if !goes.joins.iter().any(|join| cluster.contains(&join.prior) && goes.holds_from_earlier_on(join)) {
            return Ok(());
        }
        let mut entries = Vec::new();
        for chart in cluster {
            entries.extend(self.rows.entries_of(*chart)?);
        }
        for again in &entries {
            let before: Vec<Join> = goes.joins.iter().filter(|join| goes.is_since(again, join)).cloned().collect();
            let charts = together(again.origin.chart, &before);
            let is_alike =
                |one: &&StoredEntry| one.row.key_hash == again.row.key_hash && charts.contains(&one.origin.chart);
            let alike: Vec<StoredEntry> = entries.iter().filter(is_alike).cloned().collect();
            if alike.len() > 1 {
                show_newest(self.rows, person, &alike, &mut || self.rows.next_version(person))?;
            }
        }
        Ok(())
    }

    /// Moves what comes to a person in the order in which it would have come, so that it is known afterwards too what came
    /// after what.
    fn move_as_they_came(
        &self,
        goes: &Goes<'_>,
        person: PersonId,
        linked: &BTreeSet<ChartId>,
    ) -> Result<(), StoreError> {
        let out = &goes.anew.without;
        let mut in_order: Vec<(Option<usize>, ChartId)> = Vec::new();
        for chart in goes.group(person) {
            let whose = out.person(chart).unwrap_or(person);
            in_order.push((out.came(chart, whose), chart));
        }
        in_order.sort_unstable();
        let mut last = Some(i64::MIN);
        for (event, chart) in in_order {
            let reasons = event.and_then(|event| out.events.get(event)).map(|(.., evidence)| evidence.as_str());
            let evidence = match reasons {
                _ if linked.contains(&chart) => TAKEN_BACK.to_owned(),
                Some(reasons) if !reasons.starts_with(FIRST_SEEN) => format!("{ANEW}: {reasons}"),
                _ => format!("{ANEW}: it fits neither of them"),
            };
            let came = self.rows.came(chart, person)?;
            if let Some(from) = goes.now(chart).filter(|from| *from != person) {
                self.uncover_between(from, &together(chart, &goes.joins))?;
                self.move_each(&[chart], &[], (from, person), &evidence)?;
                last = None;
            } else if last.is_none() || came < last {
                self.rows.link(self.at, chart, person, &evidence)?;
                last = None;
            } else {
                last = came;
            }
        }
        Ok(())
    }

    /// What waits and is doubted without the decision, and with it did not.
    fn write_what_waits(&self, goes: &Goes<'_>) -> Result<(), StoreError> {
        let (with, without) = (&goes.anew.with, &goes.anew.without);
        for (message, unit) in with.waiting.keys().filter(|key| !without.waiting.contains_key(key)) {
            self.rows.settle_unit(MessageId(*message), *unit)?;
            let asked = goes.anew.history.asked(*message, *unit);
            let charts: Vec<ChartId> = asked.into_iter().flat_map(AskedStep::charts).collect();
            self.rows.note_step(&charts, &WhoStep::Settled(*message, *unit).text())?;
        }
        for (_, row) in without.waiting.iter().filter(|(key, _)| !with.waiting.contains_key(key)) {
            let row = row.clone();
            self.rows.quarantine(QuarantineRow { person: row.person.map(|one| goes.person(one)), ..row })?;
        }
        let came_up = |doubt: &&ImaginedDoubt| {
            let is_it = |one: &ImaginedDoubt| {
                (one.at_step, &one.item.kind, one.item.chart) == (doubt.at_step, &doubt.item.kind, doubt.item.chart)
            };
            !with.doubts.iter().any(is_it) && doubt.item.other != Some(doubt.item.person)
        };
        for doubt in without.doubts.iter().filter(came_up) {
            let item = WorkItem {
                at: self.at,
                message: self.message,
                person: goes.person(doubt.item.person),
                other: doubt.item.other.map(|other| goes.person(other)),
                ..doubt.item.clone()
            };
            if self.was_decided(&item)? {
                continue;
            }
            let other = item.other;
            if self.rows.work_item(item)? {
                other.map_or(Ok(()), |other| self.rows.links_moved(other))?;
            }
        }
        Ok(())
    }

    /// Whether somebody has told apart of whom it is doubted.
    fn was_decided(&self, item: &WorkItem) -> Result<bool, StoreError> {
        item.other.map_or(Ok(false), |other| self.was_told_apart(&[item.chart], other))
    }
}
