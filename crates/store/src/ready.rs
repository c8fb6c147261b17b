//! What a message tells of a patient, made ready before the transaction that applies it. One thread
//! writes a file, and whoever waits for it waits for all of this too; those who bring messages are many.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use record::Demographics;

use crate::alike::TakenApart;
use crate::apply::{Application, ChartChange, FoundBy, IdentityRules};
use crate::charts::Placing;
use crate::describe::changes;
use crate::error::StoreError;
use crate::look_up::{name_key, place_key, whoever_has_it};
use crate::rows::{ChartRow, Keys};
use crate::told::{self, Told};

/// Of how many charts it is remembered what they told last: half of a hospital's day, in 64 kB.
const TOLD_LATELY_MAX: usize = 8 * 1024;
/// Of how many patients of one message this is made ready: more than any but a bulk delivery describes. They are looked
/// through one by one, so a hundred thousand would cost the writer more than they save it.
const READY_MAX: usize = 64;

/// Whoever is told, as they stand in the look-ups.
#[derive(Debug)]
pub(crate) struct Indexed {
    /// By names, places and looks, each once.
    pub(crate) found_by: Vec<i64>,
    /// By how their family names sound, where they live and when they were born.
    pub(crate) places: Vec<i64>,
    /// Their family names, with where they live.
    pub(crate) families_at: Vec<String>,
    /// By how they look.
    pub(crate) apart: TakenApart,
}

impl Indexed {
    fn of(who: &Demographics, rules: &IdentityRules) -> Self {
        let FoundBy { names, places, families_at } = (rules.found_by)(who);
        let apart = (rules.score.take_apart)(who);
        let places: Vec<i64> = places.iter().map(|place| place_key(place, who.birth_day())).collect();
        // Nobody is looked for by a name alone.
        let names = who.birth_day().into_iter().flat_map(|born| names.iter().map(move |name| name_key(name, born)));
        // Of the same name the score's own key tells more.
        let told_by_looks: HashSet<_> = apart.keys.found_by.iter().map(|key| whoever_has_it(*key)).collect();
        let names = names.filter(|key| !told_by_looks.contains(&whoever_has_it(*key)));
        let keys = names.chain(places.iter().copied()).chain(apart.keys.found_by.iter().copied());
        let mut found_by: Vec<i64> = keys.collect();
        found_by.sort_unstable();
        found_by.dedup();
        Self { found_by, places, families_at, apart }
    }
}

impl Keys {
    /// By what a chart is found that stands.
    pub(crate) fn of(row: &ChartRow, rules: &IdentityRules) -> Result<Self, StoreError> {
        let Some(told) = row.told.as_deref().map(told::from_text).transpose()? else { return Ok(Self::default()) };
        let number = told.who.nhs_number.map(|number| number.as_u64().cast_signed());
        let found_by = indexed(&[], &told.who, rules).found_by.clone();
        Ok(Self { number, found_by, counted: Vec::new() })
    }
}

/// Which charts told what lately, as hashes: most messages say again what is known, and of
/// those nobody is looked up. It may forget, and then something is made ready that nobody needs.
#[derive(Debug)]
pub(crate) struct ToldLately(Vec<AtomicU64>);

impl Default for ToldLately {
    fn default() -> Self {
        Self(std::iter::repeat_with(AtomicU64::default).take(TOLD_LATELY_MAX).collect())
    }
}

impl ToldLately {
    /// Whether the chart told just that when it last told anything, and remembers that it does.
    fn is_told_again(&self, source: i64, key: &str, text: &str) -> bool {
        let chart = hash_of(&(source, key));
        let told = hash_of(&(chart, text));
        let place = usize::try_from(chart).unwrap_or_default().checked_rem(self.0.len()).unwrap_or_default();
        self.0.get(place).is_some_and(|last| last.swap(told, Ordering::Relaxed) == told)
    }
}

fn hash_of(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// What a change tells, as text, and as it stands in the look-ups, where that may be wanted.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) told: Told,
    pub(crate) text: String,
    pub(crate) indexed: Option<Arc<Indexed>>,
}

impl Ready {
    fn of(change: &ChartChange) -> Option<Self> {
        let told = Told { who: change.told.clone()?, numbers: change.local_numbers.clone() };
        Some(Self { text: told::to_text(&told), indexed: None, told })
    }

    /// Of those whom a message describes, the first [`READY_MAX`]. Rules that panic over it fail that message alone, as where it is
    /// applied: whoever brings messages brings the next.
    pub(crate) fn all_of(
        application: &Application,
        source: i64,
        rules: &IdentityRules,
        lately: &ToldLately,
    ) -> Result<Arc<[Arc<Self>]>, StoreError> {
        let all = || Self::each_of(application, source, rules, lately);
        catch_unwind(AssertUnwindSafe(all)).map_err(|_| StoreError::Panicked)
    }

    fn each_of(application: &Application, source: i64, rules: &IdentityRules, lately: &ToldLately) -> Arc<[Arc<Self>]> {
        let described = application.units.iter().flat_map(changes);
        let ready = described.filter_map(|change| {
            let mut one = Self::of(change)?;
            if !lately.is_told_again(source, &change.key, &one.text) {
                one.indexed = Some(Arc::new(Indexed::of(&one.told.who, rules)));
            }
            Some(Arc::new(one))
        });
        ready.take(READY_MAX).collect()
    }

    /// The one of these for a change.
    fn find<'a>(ready: &'a [Arc<Self>], change: &ChartChange) -> Option<&'a Arc<Self>> {
        let is_it =
            |one: &&Arc<Self>| Some(&one.told.who) == change.told.as_ref() && one.told.numbers == change.local_numbers;
        ready.iter().find(is_it)
    }
}

/// Whoever is told, as they stand in the look-ups: made ready before, or now.
pub(crate) fn indexed(ready: &[Arc<Ready>], who: &Demographics, rules: &IdentityRules) -> Arc<Indexed> {
    made_ready(ready, who).map_or_else(|| Arc::new(Indexed::of(who, rules)), Arc::clone)
}

/// Mostly it is the very same that is asked for, and need not be compared.
fn made_ready<'a>(ready: &'a [Arc<Ready>], who: &Demographics) -> Option<&'a Arc<Indexed>> {
    let is_it = |one: &&Arc<Ready>| std::ptr::eq(&one.told.who, who) || one.told.who == *who;
    ready.iter().find(is_it)?.indexed.as_ref()
}

impl<'a> Placing<'a> {
    /// What a change tells, made ready.
    pub(crate) fn ready(&self, change: &ChartChange) -> Option<Arc<Ready>> {
        let before = Ready::find(self.ready, change).map(Arc::clone);
        before.or_else(|| Ready::of(change).map(Arc::new))
    }

    /// Whoever is told, as they stand in the look-ups. Placing and writing ask for the same.
    pub(crate) fn indexed(&self, who: &Demographics) -> Arc<Indexed> {
        if let Some(ready) = made_ready(self.ready, who) {
            return Arc::clone(ready);
        }
        let mut last = self.indexed.borrow_mut();
        match last.as_ref() {
            Some((of, known)) if of == who => Arc::clone(known),
            _ => Arc::clone(&last.insert((who.clone(), Arc::new(Indexed::of(who, self.rules)))).1),
        }
    }

    /// What is told as text.
    pub(crate) fn text_of(&self, told: &Told) -> Cow<'a, str> {
        let is_it = |one: &&Arc<Ready>| std::ptr::eq(&one.told, told) || one.told == *told;
        let before = self.ready.iter().find(is_it).map(|one| Cow::Borrowed(one.text.as_str()));
        before.unwrap_or_else(|| Cow::Owned(told::to_text(told)))
    }
}

#[cfg(test)]
mod tests {
    use record::{MessageId, SourceId};

    use super::*;
    use crate::alike::ScoreRules;
    use crate::apply::{Placement, UnitWork, Work};

    #[test]
    fn a_chart_that_tells_the_same_again_is_known_by_it_until_it_tells_something_else() {
        let lately = ToldLately::default();
        assert!(!lately.is_told_again(1, "A", "Grace"));
        assert!(lately.is_told_again(1, "A", "Grace"));
        assert!(!lately.is_told_again(1, "A", "Gracie"));
        assert!(!lately.is_told_again(1, "A", "Grace"), "what it told before the last time is not remembered");
        assert!(!lately.is_told_again(2, "A", "Grace"), "another source's patient is another chart");
    }

    #[test]
    fn it_remembers_no_more_charts_than_it_has_room_for() {
        let lately = ToldLately::default();
        let count = 4 * TOLD_LATELY_MAX;
        for number in 0..count {
            lately.is_told_again(1, &number.to_string(), "Grace");
        }
        assert_eq!(lately.0.len(), TOLD_LATELY_MAX);
        let known = (0..count).filter(|number| lately.is_told_again(1, &number.to_string(), "Grace")).count();
        assert!(known <= TOLD_LATELY_MAX);
    }

    #[test]
    fn of_the_patients_of_one_message_so_many_are_made_ready_and_no_more() {
        let rules = IdentityRules {
            place: |_, _| Placement::NewPerson,
            contradiction: |_, _, _| None,
            cannot_merge: |_, _| None,
            found_by: |_| FoundBy::default(),
            score: ScoreRules::NONE,
        };
        let told = |number: usize| ChartChange {
            key: number.to_string(),
            local_numbers: Vec::new(),
            told: Some(Demographics::default()),
            entries: Vec::new(),
        };
        for (patients, ready) in [(1, 1), (READY_MAX, READY_MAX), (READY_MAX + 1, READY_MAX)] {
            let work = Work::Apply((0..patients).map(told).collect());
            let application = Application {
                message: MessageId(1),
                source: SourceId::new("riverside").unwrap(),
                stated_at: None,
                at: jiff::Timestamp::UNIX_EPOCH,
                units: vec![UnitWork { kind: "Patient".into(), span: 0..1, work }],
            };
            let all = Ready::all_of(&application, 1, &rules, &ToldLately::default()).unwrap();
            assert_eq!(all.len(), ready);
        }
    }
}
