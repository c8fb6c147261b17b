//! Who looks like the patient of a chart: the people that the score weighs, found by
//! keys that few share, and how often a chart's names and birth date are told here.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use record::{ChartId, Demographics, PersonId};

use crate::apply::Placement;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::kept_apart::Apart;
use crate::look_up::whoever_has_it;
use crate::rows::{ChartRow, Found, Keys};
use crate::told;

/// How many people may share a key before it is no longer looked up: it costs more than
/// it finds. Beyond it the key is told to the score as too common. Whoever has it with several endings, as their charts tell
/// several given names or birth dates, counts once for each.
pub const ALIKE_SHARED_BY_MAX: usize = 60;

/// The key under which all charts that tell somebody are counted.
pub(crate) const ALL_CHARTS: i64 = 0;

/// Under what look-alikes of whoever is told are found, and what of them is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlikeKeys {
    /// Each a row of an index: few.
    pub found_by: Vec<i64>,
    /// Each a count that is kept; zero stands for all charts and is none of them.
    pub counted: Vec<i64>,
}

/// What the score compares, as it took apart whoever is told. The store hands it back unread.
#[derive(Clone)]
pub struct Looks(Arc<dyn Any + Send + Sync>);

impl Looks {
    /// Wraps what the rules compare.
    pub fn new<T: Any + Send + Sync>(looks: Arc<T>) -> Self {
        Self(looks)
    }

    /// What was wrapped; `None` where other rules did that.
    #[must_use]
    pub fn of<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.0).downcast().ok()
    }
}

/// It says nothing about anybody.
impl fmt::Debug for Looks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Looks")
    }
}

/// Whoever is told, taken apart by the rules: once, and before the transaction that needs it
/// where that can be.
#[derive(Clone, Debug)]
pub struct TakenApart {
    /// Under what they are found and counted.
    pub keys: AlikeKeys,
    /// What is compared.
    pub looks: Looks,
}

/// What a chart of somebody else told, as it is compared.
#[derive(Clone, Debug)]
pub struct OtherChart {
    /// The count of the given name: it may be a slip of another one, or a name.
    pub given: Option<i64>,
    /// What is compared.
    pub looks: Looks,
}

/// Somebody who shares a key.
#[derive(Clone, Debug)]
pub struct AlikePerson {
    /// Who.
    pub person: PersonId,
    /// Their charts and what each told; what several told in the same words is the same.
    pub charts: Vec<(ChartId, Arc<OtherChart>)>,
}

/// What the score is given: who looks alike, and what is known of the region.
#[derive(Clone, Debug, Default)]
pub struct Alikes {
    /// The chart, where it is known already.
    pub chart: Option<ChartId>,
    /// Who shares a key with it.
    pub people: Vec<AlikePerson>,
    /// How many charts there are that tell somebody.
    pub charts: i64,
    /// How many of them tell what is counted of this one, and the given names of those who share a key.
    pub counted: Vec<(i64, i64)>,
    /// Keys of this one that more than [`ALIKE_SHARED_BY_MAX`] share.
    pub too_common: Vec<i64>,
    /// Charts that are sealed from each other: nothing may be said about them.
    pub sealed: Vec<(ChartId, ChartId)>,
}

/// Whom somebody is asked about, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooksLike {
    /// Who may be the same.
    pub person: PersonId,
    /// How likely, in hundredths of a bit above even odds.
    pub odds_centibits: i64,
    /// Field by field why, and why not linked.
    pub reasons: String,
}

/// The score, handed in like the other rules.
#[derive(Clone, Copy)]
pub struct ScoreRules {
    /// Under what look-alikes are found, and what of them is compared.
    pub take_apart: fn(&Demographics) -> TakenApart,
    /// What another chart told, taken apart.
    pub take_other_apart: fn(&Demographics) -> OtherChart,
    /// Whether somebody who has this key may be whoever is told, as far as the key tells: of whom it says no, nothing is read.
    pub may_be_by_key: fn(&TakenApart, i64) -> bool,
    /// The same, if whoever is told might be theirs. Where not, `place` would not link or list them for it either.
    pub if_worth_weighing: fn(&TakenApart, &Demographics) -> Option<OtherChart>,
    /// Where a chart belongs for whom no number decides.
    pub place: fn(&TakenApart, &Alikes) -> Placement,
}

impl ScoreRules {
    /// Nobody is found by how they look.
    pub const NONE: Self = Self {
        take_apart: |_| TakenApart { keys: AlikeKeys::default(), looks: Looks::new(Arc::new(())) },
        take_other_apart: |_| OtherChart { given: None, looks: Looks::new(Arc::new(())) },
        may_be_by_key: |_, _| false,
        if_worth_weighing: |_, _| None,
        place: |_, _| Placement::NewPerson,
    };
}

/// How often what is counted is told more or less, from what a chart told before, if it told
/// anything, to what it tells now.
pub(crate) fn counts_moved(before: Option<&AlikeKeys>, now: &AlikeKeys) -> Vec<(i64, i64)> {
    let told = before.map(|before| before.counted.as_slice()).unwrap_or_default();
    let first = before.is_none().then_some((ALL_CHARTS, 1));
    let gone = told.iter().filter(|key| !now.counted.contains(key)).map(|key| (*key, -1));
    gone.chain(now.counted.iter().filter(|key| !told.contains(key)).map(|key| (*key, 1))).chain(first).collect()
}

/// Who is found under each of these where some people are not as the real rows have them: all of their charts stand `here`.
pub(crate) fn found_here<'a>(
    real: Vec<Vec<Found>>,
    keys: &[RangeInclusive<i64>],
    here: impl Iterator<Item = &'a (ChartRow, Keys)> + Clone,
    is_otherwise: impl Fn(&PersonId) -> bool,
    count_max: usize,
) -> Vec<Vec<Found>> {
    let of_range = |(range, real): (&RangeInclusive<i64>, Vec<Found>)| {
        let theirs = here.clone().flat_map(|(row, keys)| keys.found_by.iter().map(|key| (*key, row.person)));
        let theirs = theirs.filter(|(key, _)| range.contains(key)).map(|(key, person)| Found { key, person });
        let found: BTreeSet<Found> = real.into_iter().filter(|one| !is_otherwise(&one.person)).chain(theirs).collect();
        found.into_iter().take(count_max).collect()
    };
    keys.iter().zip(real).map(of_range).collect()
}

/// What charts told, by its text, as many tell the same.
type TextsRead = HashMap<String, TextRead>;

enum TextRead {
    /// Nothing could be linked or listed for it.
    NotWorthIt,
    WorthIt(Arc<OtherChart>),
    /// Taken apart because another chart of theirs is worth it.
    BesideAnother(Arc<OtherChart>),
}

impl Placing<'_> {
    /// Where a chart belongs that nobody's number places, by how it looks. Its own
    /// person, where it has one, is not among those who are weighed; whoever carries its number is, if they share a key.
    pub(crate) fn place_alike(
        &self,
        told: &Demographics,
        carrying: &[PersonId],
        (chart, own): (Option<ChartId>, Option<PersonId>),
    ) -> Result<Placement, StoreError> {
        let indexed = self.indexed(told);
        let apart = &indexed.apart;
        let (found, too_common) = self.found_alike(apart, carrying)?;
        let mut alikes = Alikes { chart, too_common, ..Alikes::default() };
        let mut told_otherwise = Vec::new();
        let mut read = TextsRead::new();
        for person in found.into_iter().filter(|person| Some(*person) != own) {
            let Some(alike) = self.worth_weighing(apart, person, &mut read)? else { continue };
            match chart.map_or(Ok(Apart::No), |chart| self.apart(chart, told, person))? {
                // Somebody has decided that, and nothing is known since that they did not know.
                Apart::Decided => continue,
                Apart::ToldOtherwise => told_otherwise.push(person),
                Apart::No => {}
            }
            alikes.people.push(alike);
        }
        if alikes.people.is_empty() {
            return Ok(Placement::NewPerson);
        }
        let all =
            chart.into_iter().chain(alikes.people.iter().flat_map(|one| one.charts.iter().map(|(chart, _)| *chart)));
        alikes.sealed = self.rows.sealed_from(&all.collect::<BTreeSet<_>>())?;
        let others = alikes.people.iter().flat_map(|one| &one.charts).filter_map(|(_, other)| other.given);
        let counted: BTreeSet<i64> = apart.keys.counted.iter().copied().chain(others).collect();
        // All charts come first: nothing else is counted under that key.
        let keys: Vec<i64> = std::iter::once(ALL_CHARTS).chain(counted).collect();
        let mut charts = keys.iter().copied().zip(self.rows.counted(&keys)?);
        alikes.charts = charts.next().map_or(0, |(_, charts)| charts);
        alikes.counted = charts.collect();
        Ok(self.never_by_itself((self.rules.score.place)(apart, &alikes), &told_otherwise))
    }

    /// Who shares a key with whoever is told and, as far as that tells, may be them, and which keys too many
    /// share. Nobody is weighed who shares none, and of most who share one nothing is read.
    fn found_alike(
        &self,
        apart: &TakenApart,
        carrying: &[PersonId],
    ) -> Result<(BTreeSet<PersonId>, Vec<i64>), StoreError> {
        let keys = &apart.keys.found_by;
        let (mut found, mut too_common) = (BTreeSet::new(), Vec::new());
        let ranges: Vec<_> = keys.iter().map(|key| whoever_has_it(*key)).collect();
        let sharing = self.rows.found_under(&ranges, ALIKE_SHARED_BY_MAX + 1)?;
        for (key, sharing) in keys.iter().zip(sharing) {
            if sharing.len() > ALIKE_SHARED_BY_MAX {
                too_common.push(*key);
            } else {
                for one in sharing {
                    let alike = (self.rules.score.may_be_by_key)(apart, one.key) || carrying.contains(&one.person);
                    if alike && self.stands(&one)? {
                        found.insert(one.person);
                    }
                }
            }
        }
        Ok((found, too_common))
    }

    /// Whether somebody has a key by a chart that is not in question.
    fn stands(&self, found: &Found) -> Result<bool, StoreError> {
        if self.in_question.borrow().is_empty() {
            return Ok(true);
        }
        for row in self.rows.charts_of(found.person)? {
            let is_in_question = self.in_question.borrow().contains(&row.chart);
            if !is_in_question && Keys::of(&row, self.rules)?.found_by.contains(&found.key) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Somebody and what their charts tell, if one of those might be that of whoever is told.
    fn worth_weighing(
        &self,
        apart: &TakenApart,
        person: PersonId,
        read: &mut TextsRead,
    ) -> Result<Option<AlikePerson>, StoreError> {
        let rows = self.rows.charts_of(person)?;
        let told = rows.into_iter().filter(|row| !self.in_question.borrow().contains(&row.chart));
        let told: Vec<(ChartId, String)> = told.filter_map(|row| Some((row.chart, row.told?))).collect();
        let mut is_worth_it = false;
        for (_, text) in &told {
            if !read.contains_key(text) {
                let other = (self.rules.score.if_worth_weighing)(apart, &told::from_text(text)?.who);
                let known = other.map_or(TextRead::NotWorthIt, |other| TextRead::WorthIt(Arc::new(other)));
                read.insert(text.clone(), known);
            }
            is_worth_it |= matches!(read.get(text), Some(TextRead::WorthIt(_)));
        }
        if !is_worth_it {
            return Ok(None);
        }
        let mut charts = Vec::with_capacity(told.len());
        for (chart, text) in told {
            let other = if let Some(TextRead::WorthIt(known) | TextRead::BesideAnother(known)) = read.get(&text) {
                Arc::clone(known)
            } else {
                let other = Arc::new((self.rules.score.take_other_apart)(&told::from_text(&text)?.who));
                read.insert(text, TextRead::BesideAnother(Arc::clone(&other)));
                other
            };
            charts.push((chart, other));
        }
        Ok(Some(AlikePerson { person, charts }))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use record::{MessageId, PersonName};
    use rusqlite::Connection;

    use super::*;
    use crate::apply::{FoundBy, IdentityRules};
    use crate::foreseen::Moved;
    use crate::rows::{Rows, ToldRow};
    use crate::sent_away::SentAway;
    use crate::sqlite::SqliteRows;
    use crate::told::Told;

    fn keys(counted: &[i64]) -> AlikeKeys {
        AlikeKeys { counted: counted.to_vec(), ..AlikeKeys::default() }
    }

    /// Found by their family name alone; everybody who is weighed is asked about.
    fn rules() -> IdentityRules {
        fn take_apart(told: &Demographics) -> TakenApart {
            let found_by = told.name.family.bytes().map(i64::from).collect();
            TakenApart { keys: AlikeKeys { found_by, counted: vec![] }, looks: Looks::new(Arc::new(())) }
        }
        fn place(_: &TakenApart, alikes: &Alikes) -> Placement {
            let asked = |one: &AlikePerson| LooksLike { person: one.person, odds_centibits: 0, reasons: String::new() };
            Placement::NewPersonAndAsk(alikes.people.iter().map(asked).collect())
        }
        let if_worth_weighing =
            |_: &TakenApart, _: &Demographics| Some((ScoreRules::NONE.take_other_apart)(&named("")));
        IdentityRules {
            place: |_, _| Placement::NewPerson,
            contradiction: |_, _, _| None,
            cannot_merge: |_, _| None,
            found_by: |_| FoundBy::default(),
            score: ScoreRules { take_apart, may_be_by_key: |_, _| true, if_worth_weighing, place, ..ScoreRules::NONE },
        }
    }

    fn named(family: &str) -> Demographics {
        Demographics { name: PersonName { family: family.into(), ..PersonName::default() }, ..Demographics::default() }
    }

    /// A record that is parted is found by the very chart that is to be placed.
    #[test]
    fn whoever_is_found_only_by_charts_in_question_is_not_weighed() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("sqlite/record_0001.sql")).unwrap();
        let (rows, rules, sent) = (SqliteRows::new(&connection), rules(), SentAway::default());
        let person = rows.new_person(None).unwrap();
        for (chart, family) in [(1, "A"), (2, "B")] {
            let text = told::to_text(&Told { who: named(family), numbers: vec![] });
            let keys = Keys { found_by: (rules.score.take_apart)(&named(family)).keys.found_by, ..Keys::default() };
            let told = ToldRow { text: &text, told_at: None, keys };
            rows.insert_chart(1, family, person, Some(ChartId(chart)), Some(told)).unwrap();
        }
        let asked = |in_question: &[u64]| {
            let placing = Placing {
                rows: &rows,
                rules: &rules,
                given: None,
                source: 1,
                message: MessageId(1),
                stated_at: None,
                at: 0,
                is_by_hand: false,
                moved: Moved::default(),
                ready: &[],
                indexed: RefCell::default(),
                in_question: RefCell::new(in_question.iter().copied().map(ChartId).collect()),
                sent: &sent,
            };
            placing.place_alike(&named("A"), &[], (None, None)).unwrap() != Placement::NewPerson
        };
        assert!(asked(&[]));
        assert!(asked(&[2]));
        assert!(!asked(&[1]), "only the other one stays, and it shares nothing");
    }

    #[test]
    fn only_what_differs_is_counted() {
        assert_eq!(counts_moved(Some(&keys(&[7, 8])), &keys(&[8, 9])), [(7, -1), (9, 1)]);
    }

    #[test]
    fn a_chart_counts_once_from_when_it_first_tells_somebody() {
        assert_eq!(counts_moved(None, &keys(&[7])), [(7, 1), (ALL_CHARTS, 1)]);
        assert_eq!(counts_moved(Some(&keys(&[7])), &keys(&[7])), []);
    }
}
