//! Where a decision is carried out without anything being written: what it would write stays here, everything else is read
//! as it is. PostgreSQL needs none of it: what is carried out there is in memory before it is written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, PersonId};

use crate::apply::IdentityRules;
use crate::error::StoreError;
use crate::joins::Join;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::rows::{ChartRow, Keys, Rows};

/// Rows that are read and not written.
pub(crate) struct ReadOnly<'a> {
    pub(crate) real: &'a dyn Rows,
    rules: &'a IdentityRules,
    pub(crate) state: RefCell<State>,
}

/// What is otherwise than in the store.
#[derive(Default)]
pub(crate) struct State {
    /// Whoever has lost or got a chart, and all charts of theirs.
    pub(crate) people: BTreeSet<PersonId>,
    pub(crate) charts: BTreeMap<ChartId, (ChartRow, Keys)>,
    /// Each event that linked a chart.
    pub(crate) events: Vec<(ChartId, PersonId)>,
    pub(crate) joins: BTreeMap<(ChartId, ChartId), Join>,
    /// Nothing where they were told apart and are not any more.
    pub(crate) kept: BTreeMap<(ChartId, ChartId), Option<KeptApart>>,
    /// Nothing where that was taken back.
    pub(crate) links: BTreeMap<(ChartId, i64), Option<HandLink>>,
    pub(crate) made: u64,
}

impl<'a> ReadOnly<'a> {
    pub(crate) fn new(real: &'a dyn Rows, rules: &'a IdentityRules) -> Self {
        Self { real, rules, state: RefCell::default() }
    }

    /// From now on the person's charts are those that are here.
    pub(crate) fn take(&self, person: PersonId) -> Result<(), StoreError> {
        if self.state.borrow().people.contains(&person) {
            return Ok(());
        }
        let mut charts = Vec::new();
        for row in self.real.charts_of(person)? {
            let keys = Keys::of(&row, self.rules)?;
            charts.push((row.chart, (row, keys)));
        }
        let mut state = self.state.borrow_mut();
        state.people.insert(person);
        state.charts.extend(charts);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use record::{Address, ChartId, Demographics, MessageId, NhsNumber, PersonName, When};
    use rusqlite::Connection;

    use super::*;
    use crate::alike::ScoreRules;
    use crate::apply::{FoundBy, Placement};
    use crate::joins::{JOIN_DOUBTED, JOIN_HOLDS, JOIN_LEFT, JOIN_PARTED};
    use crate::look_up::whoever_has_it;
    use crate::ready::indexed;
    use crate::rows::ToldRow;
    use crate::sqlite::SqliteRows;
    use crate::told::{self, Told};

    const CHARTS: u64 = 6;
    /// The last of them has no chart at first.
    const PEOPLE: u64 = 4;
    const AT_MOST: usize = 20;

    /// Something that is written.
    #[derive(Clone, Debug)]
    enum Does {
        Moves(u64, u64),
        Links(u64),
        Joins(u64, u64, i64),
        Apart(u64, u64),
        Together(u64, u64),
        LinksByHand(u64, i64),
        TakesBack(u64, i64),
    }

    fn any() -> impl Strategy<Value = Does> {
        let (chart, person, step) = (1..=CHARTS, 1..=PEOPLE, 1i64..5);
        let states = prop::sample::select(vec![JOIN_HOLDS, JOIN_PARTED, JOIN_DOUBTED, JOIN_LEFT]);
        prop_oneof![
            3 => (chart.clone(), person).prop_map(|(chart, to)| Does::Moves(chart, to)),
            1 => chart.clone().prop_map(Does::Links),
            1 => (chart.clone(), chart.clone(), states).prop_map(|(one, other, state)| Does::Joins(one, other, state)),
            1 => (chart.clone(), chart.clone()).prop_map(|(one, other)| Does::Apart(one, other)),
            1 => (chart.clone(), chart.clone()).prop_map(|(one, other)| Does::Together(one, other)),
            1 => (chart.clone(), step.clone()).prop_map(|(chart, step)| Does::LinksByHand(chart, step)),
            1 => (chart, step).prop_map(|(chart, step)| Does::TakesBack(chart, step)),
        ]
    }

    fn rules() -> IdentityRules {
        let found_by = |told: &Demographics| {
            let postcode = told.address.iter().filter_map(|address| address.postcode.clone()).collect();
            FoundBy { names: vec![told.name.family.clone()], places: postcode, families_at: vec![] }
        };
        let score = ScoreRules::NONE;
        let place = |_: &Demographics, _: &[crate::apply::Candidate]| Placement::NewPerson;
        IdentityRules { place, contradiction: |_, _, _| None, cannot_merge: |_, _| None, found_by, score }
    }

    /// Charts two and two of one number, three at each place, of whom one was born on another day, and the first two of them
    /// tell the very same.
    fn told_by(chart: u64) -> Demographics {
        let numbers = ["9990000018", "9990000026", "9990000034"];
        let (family, postcode) = if chart <= 3 { ("Okafor", "SE5 0ZZ") } else { ("Mensah", "SE8 0ZZ") };
        Demographics {
            nhs_number: NhsNumber::parse(numbers[usize::try_from(chart - 1).unwrap() / 2]).ok(),
            name: PersonName { family: family.into(), given: vec![chart.max(2).to_string()], ..PersonName::default() },
            address: Some(Address { lines: vec![], postcode: Some(postcode.into()) }),
            born: When::parse_iso(if chart.is_multiple_of(3) { "1951-03-05" } else { "1951-03-04" }).ok(),
            ..Demographics::default()
        }
    }

    fn a_store() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("sqlite/record_0001.sql")).unwrap();
        let rows = SqliteRows::new(&connection);
        for person in 1..=PEOPLE {
            assert_eq!(rows.new_person(None).unwrap(), PersonId(person));
        }
        for chart in 1..=CHARTS {
            let who = told_by(chart);
            let found_by = indexed(&[], &who, &rules()).found_by.clone();
            let number = who.nhs_number.map(|number| number.as_u64().cast_signed());
            let text = told::to_text(&Told { who, numbers: vec![] });
            let keys = Keys { number, found_by, counted: vec![] };
            let (person, told) = (PersonId(chart.div_ceil(2)), ToldRow { text: &text, told_at: None, keys });
            rows.insert_chart(1, &chart.to_string(), person, Some(ChartId(chart)), Some(told)).unwrap();
            rows.link(0, ChartId(chart), person, "first seen").unwrap();
        }
        connection
    }

    fn join(one: u64, other: u64, person: PersonId, state: i64) -> Join {
        let (prior, survivor, from) = (ChartId(one), ChartId(other), PersonId(PEOPLE));
        let kind = "ADT^A40".to_owned();
        Join { prior, survivor, person, from, source: 1, message: MessageId(one), unit: 0, kind, state }
    }

    fn does(rows: &dyn Rows, does: &Does) {
        let whose = |chart: u64| rows.chart_row(ChartId(chart)).unwrap().unwrap().person;
        match *does {
            Does::Moves(chart, to) => {
                let (chart, from, to) = (ChartId(chart), whose(chart), PersonId(to));
                if from != to {
                    rows.move_chart(chart, from, to).unwrap();
                    rows.link(0, chart, to, "moved").unwrap();
                }
            }
            Does::Links(chart) => rows.link(0, ChartId(chart), whose(chart), "again").unwrap(),
            Does::Joins(one, other, state) => rows.put_join(&join(one, other, whose(one), state)).unwrap(),
            Does::Apart(one, other) => {
                let kept = KeptApart { chart: ChartId(one), other: ChartId(other), facts: 1, other_facts: 2 };
                rows.keep_apart(kept).unwrap();
            }
            Does::Together(one, other) => rows.bring_together(ChartId(one), ChartId(other)).unwrap(),
            Does::LinksByHand(chart, step) => {
                let link = HandLink { chart: ChartId(chart), step, from: PersonId(PEOPLE), person: whose(chart) };
                rows.take_hand_link(link.chart, step).unwrap();
                rows.put_hand_link(link).unwrap();
            }
            Does::TakesBack(chart, step) => rows.take_hand_link(ChartId(chart), step).unwrap(),
        }
    }

    /// One join and one link by hand of a chart are known of before: of several the rows tell the last alone.
    fn is_of_before(does: &Does) -> bool {
        matches!(does, Does::Moves(..) | Does::Links(_) | Does::Apart(..) | Does::LinksByHand(_, 1))
            || matches!(does, Does::Joins(one, other, _) if one < other)
    }

    /// All that is read of charts and people, as text.
    fn read(rows: &dyn Rows) -> String {
        let (mut all, postcodes) = (String::new(), ["SE5 0ZZ", "SE8 0ZZ"]);
        let keys: Vec<i64> =
            (1..=CHARTS).flat_map(|chart| indexed(&[], &told_by(chart), &rules()).places.clone()).collect();
        assert_eq!(keys.len(), usize::try_from(CHARTS).unwrap() * postcodes.len() / 2);
        let mut said = |what: &dyn std::fmt::Debug| all.push_str(&format!("{what:?}\n"));
        for number in [9_990_000_018, 9_990_000_026, 9_990_000_034] {
            said(&rows.people_with_number(number, AT_MOST).unwrap());
        }
        let ranges: Vec<_> = keys.iter().flat_map(|key| [*key..=*key, whoever_has_it(*key)]).collect();
        for at_most in [1, 2, AT_MOST] {
            said(&rows.found_under(&ranges, at_most).unwrap());
        }
        for person in (1..=PEOPLE).map(PersonId) {
            said(&(rows.charts_of(person).unwrap(), rows.joins_of(person).unwrap()));
            let came = (1..=CHARTS).map(|chart| (rows.came(ChartId(chart), person).unwrap(), chart));
            let mut came: Vec<(Option<i64>, u64)> = came.filter(|(came, _)| came.is_some()).collect();
            came.sort_unstable();
            said(&came.into_iter().map(|(_, chart)| chart).collect::<Vec<_>>());
        }
        for chart in (1..=CHARTS).map(ChartId) {
            said(&(
                rows.chart_row(chart).unwrap(),
                rows.people_before(chart).unwrap(),
                rows.kept_apart(chart).unwrap(),
            ));
            for other in (1..=CHARTS).map(ChartId) {
                said(&rows.was_parted(chart, other).unwrap());
            }
            for person in (1..=PEOPLE).map(PersonId) {
                said(&rows.hand_link_to(chart, person).unwrap());
            }
        }
        all
    }

    #[test]
    fn what_was_parted_stays_so_where_a_preview_joins_them_the_other_way_round() {
        let (store, rules) = (a_store(), rules());
        let rows = SqliteRows::new(&store);
        does(&rows, &Does::Joins(5, 6, JOIN_PARTED));
        let not_written = ReadOnly::new(&rows, &rules);
        does(&not_written, &Does::Joins(6, 5, JOIN_HOLDS));
        assert!(crate::joins::were_parted(&not_written, ChartId(5), ChartId(6)).unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_of_what_is_not_written_is_what_is_read_once_it_is(
            before in prop::collection::vec(any(), 0..8),
            all in prop::collection::vec(any(), 0..24)
        ) {
            let (written, kept) = (a_store(), a_store());
            let (written, kept, rules) = (SqliteRows::new(&written), SqliteRows::new(&kept), rules());
            for one in before.iter().filter(|one| is_of_before(one)) {
                does(&written, one);
                does(&kept, one);
            }
            let (before, not_written) = (read(&kept), ReadOnly::new(&kept, &rules));
            for one in &all {
                does(&written, one);
                does(&not_written, one);
                prop_assert_eq!(read(&not_written), read(&written));
            }
            prop_assert_eq!(read(&kept), before);
        }
    }
}
