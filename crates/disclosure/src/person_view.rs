use std::cmp::Reverse;

use access::Seen;
use record::{Address, Demographics, Gender, NhsNumber, OrganisationKind, PersonName, SourceId, When};
use store::{Doubt, StoredChart};

use crate::region::Region;

/// Who the person is, as the sources together tell it.
///
/// The general practice's word comes first, then the newest; what one does not
/// tell is taken from the next. Where sources differ, each difference is said.
#[derive(Clone, Debug, Default)]
pub struct PersonView {
    /// Name.
    pub name: PersonName,
    /// Birth date, at the precision told.
    pub born: Option<When>,
    /// Gender.
    pub gender: Option<Gender>,
    /// NHS number, check digit passed.
    pub nhs_number: Option<NhsNumber>,
    /// Address; `None` too where it is restricted.
    pub address: Option<Address>,
    /// Telephone numbers; none where restricted.
    pub telephones: Vec<String>,
    /// General practice; `None` too where restricted: it tells where they live.
    pub practice: Option<String>,
    /// `Some(None)` when dead with no date told.
    pub died: Option<Option<When>>,
    /// The address must be hidden.
    pub restricted: bool,
    /// Interpreter or language need.
    pub interpreter: Option<String>,
    /// What each source told, without the whereabouts of whoever is restricted.
    pub told: Vec<Told>,
    /// Where sources differ about who the person is.
    pub differences: Vec<Difference>,
    /// What waits for a decision about who the person is.
    pub doubts: Vec<Doubt>,
}

/// What one source told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which source.
    pub source: SourceId,
    /// Who it says the person is.
    pub demographics: Demographics,
    /// When it said so, by its own clock.
    pub at: Option<jiff::Timestamp>,
}

/// A field in which sources differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field: "NHS number", "Date of birth", "Family name".
    pub field: &'static str,
    /// Which sources tell it differently from the one shown.
    pub sources: Vec<SourceId>,
}

impl PersonView {
    pub(crate) fn of(charts: Vec<StoredChart>, doubts: Vec<Doubt>, region: &Region) -> Self {
        let mut told: Vec<Told> = charts
            .into_iter()
            .filter(|chart| !chart.told.is_empty())
            .map(|chart| Told { source: chart.source, demographics: chart.told, at: chart.told_at })
            .collect();
        told.sort_by_key(|one| (!is_practice(region, &one.source), Reverse(one.at)));
        // What one source marks as restricted is restricted, whichever source told it.
        let restricted = told.iter().any(|one| one.demographics.restricted);
        if restricted {
            told.iter_mut().for_each(|one| hide_whereabouts(&mut one.demographics));
        }
        let first = |pick: &dyn Fn(&Demographics) -> bool| told.iter().map(|one| &one.demographics).find(|d| pick(d));
        let named = first(&|d| d.name != PersonName::default());
        let mut name = named.map(|d| d.name.clone()).unwrap_or_default();
        if name.preferred.is_none() {
            name.preferred = told.iter().find_map(|one| one.demographics.name.preferred.clone());
        }
        let mut view = Self {
            name,
            born: first(&|d| d.born.is_some()).and_then(|d| d.born),
            gender: first(&|d| d.gender.is_some()).and_then(|d| d.gender),
            nhs_number: first(&|d| d.nhs_number.is_some()).and_then(|d| d.nhs_number),
            address: first(&|d| d.address.is_some()).and_then(|d| d.address.clone()),
            telephones: first(&|d| !d.telephones.is_empty()).map(|d| d.telephones.clone()).unwrap_or_default(),
            practice: first(&|d| d.practice.is_some()).and_then(|d| d.practice.clone()),
            died: first(&|d| d.died.is_some()).and_then(|d| d.died),
            restricted,
            interpreter: first(&|d| d.interpreter.is_some()).and_then(|d| d.interpreter.clone()),
            differences: Vec::new(),
            told: Vec::new(),
            doubts,
        };
        view.differences = differences(&view, &told);
        view.told = told;
        view
    }

    /// What a role sees of *Who they are*: all of it, the fields that tell people
    /// apart, or nothing.
    pub(crate) fn as_seen(self, seen: Seen) -> Self {
        match seen {
            Seen::Show => self,
            Seen::NamesOnly => Self {
                name: self.name,
                born: self.born,
                gender: self.gender,
                nhs_number: self.nhs_number,
                died: self.died,
                restricted: self.restricted,
                differences: self.differences,
                doubts: self.doubts,
                ..Self::default()
            },
            Seen::No => Self::default(),
        }
    }
}

fn hide_whereabouts(told: &mut Demographics) {
    (told.address, told.practice) = (None, None);
    told.telephones.clear();
}

fn is_practice(region: &Region, source: &SourceId) -> bool {
    region
        .source(source)
        .and_then(|source| region.organisation(&source.organisation))
        .is_some_and(|organisation| organisation.kind == OrganisationKind::GeneralPractice)
}

/// Fields that tell people apart, where a source tells one otherwise.
fn differences(view: &PersonView, told: &[Told]) -> Vec<Difference> {
    let family = identity::fold(&view.name.family);
    let day = view.born.map(When::day_only);
    let fields: [(&'static str, Box<dyn Fn(&Demographics) -> bool + '_>); 4] = [
        ("NHS number", Box::new(|d| d.nhs_number.is_some() && d.nhs_number != view.nhs_number)),
        ("Date of birth", Box::new(|d| d.born.is_some() && d.born.map(When::day_only) != day)),
        ("Gender", Box::new(|d| d.gender.is_some() && view.gender.is_some() && d.gender != view.gender)),
        ("Family name", Box::new(|d| !d.name.family.is_empty() && identity::fold(&d.name.family) != family)),
    ];
    fields
        .into_iter()
        .filter_map(|(field, differs)| {
            let sources: Vec<SourceId> =
                told.iter().filter(|one| differs(&one.demographics)).map(|one| one.source.clone()).collect();
            (!sources.is_empty()).then_some(Difference { field, sources })
        })
        .collect()
}
