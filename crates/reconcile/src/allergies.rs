//! The headline over allergies. "No known allergies" can kill when it is wrong,
//! so it is the hardest value to make.

use std::collections::{BTreeMap, BTreeSet};

use record::{Allergy, AllergyStatement, Answer, Content, Entry, EntryId, Ledger, NoneKnownOf, SourceId, When};

use crate::codes::shared_code;
use crate::disagreement::{Disagreement, DisagreementId};
use crate::gathered::SourceState;
use crate::section_view::{Row, SectionView};
use crate::time::newest_first;

/// What the banner and the allergies section say first (NHS CUI PAB-0064 to 0072).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllergyHeadline {
    /// "Known allergies" and how many different substances are listed: the same
    /// one told by two sources is one, by its code in a shared system or its name.
    Known(u32),
    /// "Allergies may be incomplete": none is known, and a source that should
    /// have told did not, or something waits or is withheld, or a source lists a
    /// past allergy, or what is stated is less than that no allergy is known: "No
    /// known drug allergies" is silent about nuts.
    MaybeIncomplete,
    /// "No known allergies", with who said so and when.
    NoneKnown(NoKnownAllergies),
    /// "Allergies not recorded": every source answered and none states anything.
    NotRecorded,
    /// "Allergies unavailable": no source's word can be relied on.
    Unavailable,
    /// The role does not see allergies.
    NotForRole,
}

/// The statement that no allergies are known, which may be shown as a headline.
///
/// It exists only when every source that sends allergies and takes part has
/// answered, freshly and in full, nothing is withheld, no allergy is listed, past
/// ones included, and at least one of them states it of all allergies
/// ([`NoneKnownOf::All`]). Nobody outside this crate can make one:
///
/// ```compile_fail,E0451
/// let forged = reconcile::NoKnownAllergies { stated_by: vec![] };
/// ```
///
/// It is read from a record:
///
/// ```
/// fn who_says_so(record: &reconcile::SharedRecord) -> Vec<record::SourceId> {
///     match record.allergies() {
///         reconcile::AllergyHeadline::NoneKnown(none) => none.stated_by().iter().map(|by| by.source.clone()).collect(),
///         _ => vec![],
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoKnownAllergies {
    stated_by: Vec<StatedNone>,
}

/// One source's statement that none are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedNone {
    /// The entry that states it.
    pub entry: EntryId,
    /// Which source.
    pub source: SourceId,
    /// When it was stated; else when it was recorded. `None` shows as "Not recorded".
    pub when: Option<When>,
    /// Who recorded it, where told.
    pub author: Option<String>,
}

impl NoKnownAllergies {
    /// Who states it and when, newest first. Never empty.
    #[must_use]
    pub fn stated_by(&self) -> &[StatedNone] {
        &self.stated_by
    }
}

/// The combining rule over sources, in the order of its precedence.
pub(crate) fn headline(view: &SectionView, sources: &[SourceState]) -> AllergyHeadline {
    if view.ledger.not_for_role {
        return AllergyHeadline::NotForRole;
    }
    let current = || view.current.iter().map(|row| row.entry.as_ref());
    let known = substance_count(current());
    if known > 0 {
        return AllergyHeadline::Known(u32::try_from(known).unwrap_or(u32::MAX));
    }
    let says_none = current().any(|entry| none_known_of(entry).is_some());
    let mut stated: Vec<&Entry> = current().filter(|entry| none_known_of(entry) == Some(NoneKnownOf::All)).collect();
    let word = word_of_sources(&view.ledger, sources);
    // An allergy that its source calls past is listed; no tick may stand above it.
    let any_past = view.past.iter().any(|row| states(&row.entry) == Some(AllergyStatement::Substance));
    match (word, says_none) {
        (Word::None, false) => AllergyHeadline::Unavailable,
        (Word::None | Word::Part, _) => AllergyHeadline::MaybeIncomplete,
        (Word::All, _) if any_past => AllergyHeadline::MaybeIncomplete,
        (Word::All, false) => AllergyHeadline::NotRecorded,
        (Word::All, true) if stated.is_empty() => AllergyHeadline::MaybeIncomplete,
        (Word::All, true) => {
            stated.sort_by_key(|entry| newest_first(entry));
            AllergyHeadline::NoneKnown(NoKnownAllergies { stated_by: stated.into_iter().map(statement).collect() })
        }
    }
}

/// How many different substances: two entries name the same one where they share
/// a code that means the same everywhere, or the name. What connects them may be a
/// third entry.
fn substance_count<'a>(entries: impl Iterator<Item = &'a Entry>) -> usize {
    let mut unnamed = 0;
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in entries {
        let Content::Allergy(allergy) = &entry.content else { continue };
        if allergy.statement != AllergyStatement::Substance {
            continue;
        }
        let names = names_of(allergy, entry);
        unnamed += usize::from(names.is_empty());
        for name in &names {
            beside.entry(name.clone()).or_default().extend(names.iter().cloned());
        }
    }
    let mut count = unnamed;
    while let Some((_, names)) = beside.pop_first() {
        count += 1;
        let mut same: Vec<String> = names.into_iter().collect();
        while let Some(name) = same.pop() {
            same.extend(beside.remove(&name).into_iter().flatten());
        }
    }
    count
}

/// By what an allergy's substance is known: its shared code, its name without
/// regard to case and spaces. A substance that was not named is like no other.
fn names_of(allergy: &Allergy, entry: &Entry) -> Vec<String> {
    let code = shared_code(entry).map(|(system, code)| format!("code\u{1f}{system}\u{1f}{code}"));
    let name = allergy.substance.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let is_named = !name.is_empty() && allergy.substance != Allergy::UNNAMED;
    code.into_iter().chain(is_named.then(|| format!("name\u{1f}{name}"))).collect()
}

/// How much of what was to be told about allergies is known.
enum Word {
    /// No source's word can be relied on.
    None,
    /// Some of it.
    Part,
    /// All of it, and nothing waits or is withheld.
    All,
}

fn word_of_sources(ledger: &Ledger, sources: &[SourceState]) -> Word {
    let mut expected = ledger.answers.iter().filter(|line| is_expected(line.answer, &line.source, sources)).peekable();
    if expected.peek().is_none() {
        return Word::None;
    }
    let (mut any, mut all) = (false, !ledger.withheld);
    for line in expected {
        any |= line.answer.is_known();
        all &= line.answer.is_known() && line.waiting_items == 0;
    }
    match (any, all) {
        (_, true) => Word::All,
        (true, false) => Word::Part,
        (false, false) => Word::None,
    }
}

/// Every source that sends allergies and takes part; and one that has stopped
/// sharing but has a chart of this person, because what it held is not shown.
fn is_expected(answer: Answer, source: &SourceId, sources: &[SourceState]) -> bool {
    match answer {
        Answer::DoesNotSend => false,
        Answer::SharingStopped => {
            sources.iter().find(|state| state.source.id == *source).is_none_or(|state| state.knows_person)
        }
        _ => true,
    }
}

fn states(entry: &Entry) -> Option<AllergyStatement> {
    match &entry.content {
        Content::Allergy(allergy) => Some(allergy.statement),
        _ => None,
    }
}

/// How much an entry says that states that none are known.
fn none_known_of(entry: &Entry) -> Option<NoneKnownOf> {
    match &entry.content {
        Content::Allergy(allergy) => allergy.none_known_of(entry.code.as_ref()),
        _ => None,
    }
}

fn statement(entry: &Entry) -> StatedNone {
    StatedNone {
        entry: entry.id,
        source: entry.provenance.source.clone(),
        when: entry.when.or(entry.provenance.recorded),
        author: entry.provenance.author.as_deref().map(str::to_owned),
    }
}

/// One source's "no known allergies" against another's recorded allergy. No row
/// is marked newer: a later statement of none does not undo an allergy. "No known
/// drug allergies" is not among them: whether latex is a drug is not for us to say.
pub(crate) fn mark_disagreement(current: &mut [Row]) -> Vec<Disagreement> {
    let names = |row: &Row| states(&row.entry) == Some(AllergyStatement::Substance);
    let denies = |row: &Row| none_known_of(&row.entry) == Some(NoneKnownOf::All);
    let sources = |of: &dyn Fn(&Row) -> bool| -> BTreeSet<SourceId> {
        current.iter().filter(|row| of(row)).map(|row| row.entry.provenance.source.clone()).collect()
    };
    let (none, substance) = (sources(&denies), sources(&names));
    let disagree = none.iter().any(|one| substance.iter().any(|other| one != other));
    if !disagree {
        return Vec::new();
    }
    let id = DisagreementId(0);
    let mut entries = Vec::new();
    for row in current.iter_mut().filter(|row| names(row) || denies(row)) {
        row.disagreement = Some(id);
        entries.push(row.entry.id);
    }
    vec![Disagreement {
        id,
        name: AllergyStatement::NoneKnown.word().to_owned(),
        entries,
        differs_in: vec!["statement"],
    }]
}
