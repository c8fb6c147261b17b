//! Carrying out what identity analysts decided, in PostgreSQL: everything of the people concerned is
//! read ahead, moved in memory and written at once.

use deadpool_postgres::Transaction;
use record::{ChartId, PersonId};
use tokio_postgres::{IsolationLevel, Row};

use super::connect::Role;
use super::identity_reads::{PEOPLE_OF, stand};
use super::load::{all, alone};
use super::load_people::{Numbers, load_people};
use super::save::save;
use super::server::Server;
use super::working::State;
use crate::apply::IdentityRules;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::foreseen::{Foreseen, WouldMove, foresee};
use crate::identity_hands::LinkAct;
use crate::kept_apart::KeptApart;
use crate::link_by_hand::carry_out;
use crate::link_to_do::{DoubtStand, HandLink, How, LinkToDo};
use crate::linking::{LINK_REQUESTS_MAX, LinkRequest};
use crate::sent_away::SentAway;

const REQUESTS: &str = "
    SELECT id, act, item, chart, seen, seconds IS NOT NULL FROM record.identity_act
    WHERE state = 0 AND id > $1 ORDER BY id LIMIT $2";
const IS_OPEN: &str = "SELECT id FROM record.identity_act WHERE id = $1 AND state = 0 FOR UPDATE";
const CLOSE: &str = "
    UPDATE record.identity_act SET state = 2, done_at = $2, outcome = $3, did = $4 WHERE id = $1";
const FIRSTS_ASIDE: &str = "
    UPDATE record.identity_act SET state = 2, done_at = $2, outcome = $3 WHERE item = $1 AND state = 1";
const CLOSE_DOUBT: &str = "UPDATE record.work_item SET state = 1 WHERE id = $1";
const PEOPLE_OF_CHARTS: &str = "SELECT DISTINCT person FROM record.chart WHERE id = ANY($1)";
/// Beyond any number that the database gives to the link of a chart to a person.
const EVENTS_HERE: i64 = 1 << 62;
const ORDER: &str = "INSERT INTO record.application (act, message, at, note) VALUES ($1, 0, $2, $3)";

pub(super) const KEPT_APART: &str = "
    SELECT chart, other, facts, other_facts FROM record.kept_apart WHERE chart = ANY($1)";
const KEEP_APART: &str = "
    INSERT INTO record.kept_apart (chart, other, facts, other_facts)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
    ON CONFLICT (chart, other) DO UPDATE SET facts = excluded.facts, other_facts = excluded.other_facts";
const NO_LONGER_APART: &str = "
    DELETE FROM record.kept_apart k USING unnest($1::bigint[], $2::bigint[]) AS gone (chart, other)
    WHERE k.chart = gone.chart AND k.other = gone.other";
const LINKED: &str = "
    INSERT INTO record.hand_link (chart, step, from_person, person)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) ON CONFLICT DO NOTHING";
const UNLINKED: &str = "
    DELETE FROM record.hand_link h USING unnest($1::bigint[], $2::bigint[]) AS gone (chart, step)
    WHERE h.chart = gone.chart AND h.step = gone.step";

impl Server {
    pub(crate) async fn link_requests(&self, after: i64) -> Result<Vec<LinkRequest>, StoreError> {
        let request = |row: &Row| {
            Ok(LinkRequest {
                id: row.try_get::<_, i64>(0)?.cast_unsigned(),
                act: LinkAct::from_number(row.try_get(1)?)?,
                item: row.try_get(2)?,
                chart: row.try_get(3)?,
                seen: row.try_get(4)?,
                is_seconded: row.try_get(5)?,
            })
        };
        self.rows(Role::Intake, REQUESTS, &[&after, &LINK_REQUESTS_MAX]).await?.iter().map(request).collect()
    }

    pub(crate) async fn carry_out_link(
        &self,
        request: &LinkRequest,
        rules: &IdentityRules,
        at: i64,
    ) -> Result<Option<String>, StoreError> {
        let step = request.id.cast_signed();
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        // Nothing is applied meanwhile.
        alone(&transaction).await?;
        if all(&transaction, &[(IS_OPEN, &[&step])]).await?.iter().all(Vec::is_empty) {
            return Ok(None);
        }
        let doubt = doubt(&transaction, request.item).await?;
        let people = doubt.map(|doubt| vec![Some(doubt.person), doubt.other]).unwrap_or_default();
        let people: Vec<i64> = people.into_iter().flatten().map(|person| person.0.cast_signed()).collect();
        let todo = LinkToDo {
            step,
            item: request.item,
            act: request.act,
            chart: request.chart.map(|chart| ChartId(chart.cast_unsigned())),
            is_seconded: request.is_seconded,
            at,
            how: How::Now { seen: Some(request.seen.clone()), doubt },
        };
        let rows = load_people(&transaction, rules, &people, Numbers::Given).await?;
        let done = carry_out(&rows, rules, &todo)?;
        let did = done.noted.as_ref().and_then(|noted| noted.note.clone());
        all(&transaction, &[(CLOSE, &[&step, &done.at, &done.outcome, &did])]).await?;
        if let Some(noted) = &done.noted {
            all(
                &transaction,
                &[
                    (ORDER, &[&noted.act, &noted.at, &noted.note]),
                    (FIRSTS_ASIDE, &[&done.item, &at, &done.outcome]),
                    (CLOSE_DOUBT, &[&done.item]),
                ],
            )
            .await?;
            save(&transaction, rows).await?;
        }
        transaction.commit().await?;
        Ok(Some(done.outcome))
    }

    /// What a decision would move that is not made yet: carried out in memory, and not written. What is read is one moment.
    pub(crate) async fn foresee(
        &self,
        item: i64,
        what: WouldMove,
        rules: &IdentityRules,
    ) -> Result<Foreseen, StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        self.pools.counters().read();
        let reading = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = reading.start().await?;
        let doubt = doubt(&transaction, item).await?;
        let people = doubt.map(DoubtStand::people).unwrap_or_default();
        let people: Vec<i64> = people.into_iter().map(|person| person.0.cast_signed()).collect();
        let rows = load_people(&transaction, rules, &people, Numbers::Foreseen).await?;
        transaction.rollback().await?;
        foresee(&rows, rules, (item, doubt), what)
    }

    /// Does again what was carried out once.
    pub(super) async fn link_again(&self, todo: &LinkToDo, rules: &IdentityRules) -> Result<(), StoreError> {
        let How::Again { sides, home, sent } = &todo.how else { return Ok(()) };
        let charts: Vec<i64> = sides.iter().flatten().map(|chart| chart.0.cast_signed()).collect();
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        alone(&transaction).await?;
        let found = all(&transaction, &[(PEOPLE_OF_CHARTS, &[&charts])]).await?;
        let mut people: Vec<i64> =
            found.iter().flatten().map(|row| row.try_get(0)).collect::<Result<_, tokio_postgres::Error>>()?;
        people.extend(home.map(|home| home.0.cast_signed()));
        people.extend(SentAway::people(sent));
        let rows = load_people(&transaction, rules, &people, Numbers::Given).await?;
        let done = carry_out(&rows, rules, todo)?;
        if done.noted.is_some() {
            all(&transaction, &[(CLOSE_DOUBT, &[&done.item])]).await?;
            save(&transaction, rows).await?;
        }
        Ok(transaction.commit().await?)
    }
}

async fn doubt(transaction: &Transaction<'_>, item: i64) -> Result<Option<DoubtStand>, StoreError> {
    let (chart, is_apart) = Named::values(item);
    let found = all(transaction, &[(PEOPLE_OF, &[&item, &chart, &is_apart])]).await?;
    found.iter().flatten().next().map(stand).transpose()
}

impl State {
    pub(super) fn kept_apart_from(&self, chart: ChartId) -> Vec<KeptApart> {
        let mut kept: Vec<KeptApart> = self.kept_apart.values().filter(|kept| kept.chart == chart).copied().collect();
        kept.sort_unstable_by_key(|kept| kept.other.0);
        kept
    }

    pub(super) fn bring_together(&mut self, one: i64, other: i64) {
        for key in [(one, other), (other, one)] {
            if self.kept_apart.get(&key).is_some() {
                self.kept_apart.remove(key);
            }
        }
    }

    /// The last decision by which the chart came to this person.
    pub(super) fn hand_link_to(&mut self, chart: ChartId, person: PersonId) -> Result<Option<HandLink>, StoreError> {
        self.links_of(chart)?;
        let to = self.hand_links.values().filter(|link| link.chart == chart && link.person == person);
        Ok(to.max_by_key(|link| link.step).copied())
    }

    /// Whose a chart was and by which event. Where that is not here, the message has to be applied anew with it.
    fn links_of(&mut self, chart: ChartId) -> Result<&[(i64, i64)], StoreError> {
        if self.people_before.get(&chart.0.cast_signed()).is_none() {
            self.missing_entries_of = Some(chart.0.cast_signed());
            return Err(StoreError::NotFound("links of a chart in memory"));
        }
        Ok(self.people_before.get(&chart.0.cast_signed()).map(Vec::as_slice).unwrap_or_default())
    }

    /// By which event the chart came to this person last.
    pub(super) fn came_to(&mut self, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError> {
        let events = self.links_of(chart)?;
        Ok(events.iter().filter(|(one, _)| *one == person.0.cast_signed()).map(|(_, event)| *event).max())
    }

    /// The chart has come to this person, after whatever the database knows of.
    pub(super) fn comes_to(&mut self, chart: i64, person: i64) {
        let Some(mut events) = self.people_before.get(&chart).cloned() else { return };
        let number = i64::try_from(self.added.links.len()).unwrap_or_default();
        events.insert(0, (person, EVENTS_HERE + number));
        self.people_before.set(chart, events);
    }

    pub(super) fn close_doubts(&mut self, item: i64, between: Option<(PersonId, PersonId)>) {
        let is_between = |one: PersonId, other: Option<PersonId>| {
            let known = |person| between.is_some_and(|(first, second)| [first, second].contains(&person));
            known(one) && other.is_some_and(known)
        };
        let closed: Vec<i64> = self
            .work_items
            .all()
            .filter(|(key, held)| **key == item || is_between(held.item.person, held.item.other))
            .map(|(key, _)| *key)
            .collect();
        for key in closed {
            let Some(mut held) = self.work_items.get(&key).cloned() else { continue };
            held.is_open = false;
            self.work_items.set(key, held);
        }
    }

    pub(super) fn name_both(&mut self, item: i64, person: PersonId, other: PersonId) {
        let held = self.work_items.get(&item).filter(|held| held.item.other == Some(held.item.person)).cloned();
        if let Some(mut held) = held {
            (held.item.person, held.item.other) = (person, Some(other));
            self.work_items.set(item, held);
        }
    }

    pub(super) fn open_doubt(&mut self, item: i64, (person, other): (PersonId, PersonId)) {
        if let Some(mut held) = self.work_items.get(&item).cloned() {
            let is_of_one = held.item.other.is_none() && person == other;
            (held.item.person, held.item.other) = (person, Some(other).filter(|_| !is_of_one));
            held.is_open = true;
            self.work_items.set(item, held);
        }
    }
}

/// Which charts somebody told apart, as the database has it.
pub(super) fn hold_kept_apart(rows: &[Row], state: &mut State) -> Result<(), StoreError> {
    for row in rows {
        let key: (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (chart, other) = (ChartId(key.0.cast_unsigned()), ChartId(key.1.cast_unsigned()));
        state.kept_apart.load(key, KeptApart { chart, other, facts: row.try_get(2)?, other_facts: row.try_get(3)? });
    }
    Ok(())
}

/// Which charts were linked by hand, as the database has it.
pub(super) fn hold_hand_links(rows: &[Row], state: &mut State) -> Result<(), StoreError> {
    for row in rows {
        let (chart, step): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let person = |index| row.try_get::<_, i64>(index).map(|id| PersonId(id.cast_unsigned()));
        let link = HandLink { chart: ChartId(chart.cast_unsigned()), step, from: person(2)?, person: person(3)? };
        state.hand_links.load((chart, step), link);
    }
    Ok(())
}

/// Writes what has changed of both.
pub(super) async fn links(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let (mut gone, mut kept): (Vec<(i64, i64)>, Vec<KeptApart>) = (Vec::new(), Vec::new());
    for (key, row) in state.kept_apart.changed() {
        match row {
            Some(row) => kept.push(*row),
            None => gone.push(*key),
        }
    }
    let (mut unlinked, mut linked): (Vec<(i64, i64)>, Vec<HandLink>) = (Vec::new(), Vec::new());
    for (key, row) in state.hand_links.changed() {
        match row {
            Some(row) => linked.push(*row),
            None => unlinked.push(*key),
        }
    }
    if gone.is_empty() && kept.is_empty() && unlinked.is_empty() && linked.is_empty() {
        return Ok(());
    }
    let of_chart = |chart: ChartId| chart.0.cast_signed();
    let (gone_charts, gone_others): (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
    let charts: Vec<i64> = kept.iter().map(|one| of_chart(one.chart)).collect();
    let others: Vec<i64> = kept.iter().map(|one| of_chart(one.other)).collect();
    let facts: Vec<i64> = kept.iter().map(|one| one.facts).collect();
    let other_facts: Vec<i64> = kept.iter().map(|one| one.other_facts).collect();
    let (unlinked_charts, unlinked_steps): (Vec<i64>, Vec<i64>) = unlinked.into_iter().unzip();
    let linked_charts: Vec<i64> = linked.iter().map(|one| of_chart(one.chart)).collect();
    let steps: Vec<i64> = linked.iter().map(|one| one.step).collect();
    let from: Vec<i64> = linked.iter().map(|one| one.from.0.cast_signed()).collect();
    let people: Vec<i64> = linked.iter().map(|one| one.person.0.cast_signed()).collect();
    all(
        transaction,
        &[
            (NO_LONGER_APART, &[&gone_charts, &gone_others]),
            (KEEP_APART, &[&charts, &others, &facts, &other_facts]),
            (UNLINKED, &[&unlinked_charts, &unlinked_steps]),
            (LINKED, &[&linked_charts, &steps, &from, &people]),
        ],
    )
    .await
    .map(drop)
}
