use std::cmp::Reverse;

use access::Seen;
use record::{Address, Demographics, Gender, NhsNumber, OrganisationKind, PersonName, SourceId, When};
use store::{Doubt, StoredChart};

use crate::difference::{Difference, differences};
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
    /// Something waits for a decision about who the person is.
    pub is_doubted: bool,
    /// What does, and which source brought it; none for whoever may not see which sources know the person.
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
            is_doubted: !doubts.is_empty(),
            doubts,
        };
        view.differences = differences(&view, &told);
        view.told = told;
        view
    }

    /// What a role sees of *Who they are*: all of it, the fields that tell people
    /// apart, or nothing.
    pub(crate) fn seen_as(self, seen: Seen) -> Self {
        match seen {
            Seen::Show => self,
            Seen::NamesOnly => Self {
                name: self.name,
                born: self.born,
                gender: self.gender,
                nhs_number: self.nhs_number,
                died: self.died,
                restricted: self.restricted,
                differences: self.differences.into_iter().map(Difference::unattributed).collect(),
                is_doubted: self.is_doubted,
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

#[cfg(test)]
mod tests {
    use super::*;
    use record::{ChartId, OdsCode, Organisation, Source, SourceFormat};

    fn region() -> Region {
        let organisation = |code: &str, kind| Organisation {
            ods_code: OdsCode::new(code).unwrap(),
            name: code.into(),
            short_name: code.into(),
            kind,
            takes_part: true,
        };
        let source = |id: &str, code: &str| Source {
            id: SourceId::new(id).unwrap(),
            name: id.into(),
            organisation: OdsCode::new(code).unwrap(),
            format: SourceFormat::Fhir,
            sends: vec![],
            stale_after_minutes: 60,
        };
        Region::new(
            vec![organisation("X01", OrganisationKind::GeneralPractice), organisation("X11", OrganisationKind::Acute)],
            vec![source("gp", "X01"), source("hospital", "X11"), source("clinic", "X11")],
        )
    }

    fn chart(source: &str, told_at: Option<&str>, told: Demographics) -> StoredChart {
        StoredChart {
            source: SourceId::new(source).unwrap(),
            chart: ChartId(1),
            told,
            local_numbers: vec![],
            told_at: told_at.map(|at| at.parse().unwrap()),
        }
    }

    fn named(family: &str) -> Demographics {
        Demographics { name: PersonName { family: family.into(), ..PersonName::default() }, ..Demographics::default() }
    }

    fn view(charts: Vec<StoredChart>) -> PersonView {
        PersonView::of(charts, vec![], &region())
    }

    const OLD: Option<&str> = Some("2026-01-01T00:00:00Z");
    const NEW: Option<&str> = Some("2026-11-01T00:00:00Z");

    #[test]
    fn the_practice_comes_first_then_the_newest_then_what_has_no_time() {
        let shown = view(vec![
            chart("hospital", None, named("Untimed")),
            chart("hospital", OLD, named("Old")),
            chart("clinic", NEW, named("New")),
            chart("gp", OLD, named("Practice")),
        ]);
        let order: Vec<&str> = shown.told.iter().map(|told| told.demographics.name.family.as_str()).collect();
        assert_eq!(order, ["Practice", "New", "Old", "Untimed"]);
        assert_eq!(shown.name.family, "Practice");
    }

    #[test]
    fn what_the_first_does_not_tell_comes_from_the_next() {
        let mut hospital = named("Okafor");
        (hospital.gender, hospital.interpreter) = (Some(Gender::Female), Some("Interpreter: Igbo".into()));
        hospital.name.preferred = Some("Addy".into());
        hospital.died = Some(None);
        let shown = view(vec![chart("hospital", NEW, hospital), chart("gp", OLD, named("Okafor"))]);
        assert_eq!((shown.gender, shown.interpreter.as_deref()), (Some(Gender::Female), Some("Interpreter: Igbo")));
        assert_eq!(shown.name.called(), "Addy");
        assert_eq!(shown.died, Some(None), "one source's word that somebody died is not lost");
        assert_eq!(shown.differences, vec![]);
    }

    #[test]
    fn one_sources_restriction_hides_whereabouts_whichever_source_told_them() {
        let at_home = Demographics {
            address: Some(Address { lines: vec!["12 Invented Road".into()], postcode: Some("SE5 0ZZ".into()) }),
            telephones: vec!["020 7946 0000".into()],
            practice: Some("Riverside Surgery".into()),
            ..named("Okafor")
        };
        let open = view(vec![chart("gp", OLD, at_home.clone()), chart("hospital", NEW, named("Okafor"))]);
        assert!(open.address.is_some() && open.practice.is_some() && !open.telephones.is_empty());
        let restricted = Demographics { restricted: true, ..named("Okafor") };
        let shown = view(vec![chart("gp", OLD, at_home), chart("hospital", NEW, restricted)]);
        assert!(shown.restricted && shown.told.len() == 2);
        let text = format!("{shown:?}");
        for secret in ["Invented Road", "SE5", "7946", "Riverside"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }

    // Which sources know somebody is part of their record.
    #[test]
    fn a_role_that_sees_names_only_learns_that_something_does_not_agree_and_of_no_source() {
        let doubt = Doubt {
            kind: store::DoubtKind::Contradiction,
            reasons: "Different first names".into(),
            source: SourceId::new("clinic").unwrap(),
            at: OLD.unwrap().parse().unwrap(),
        };
        let charts = vec![chart("gp", OLD, named("Okafor")), chart("clinic", NEW, named("Bello"))];
        let shown = PersonView::of(charts, vec![doubt], &region());
        assert!(shown.is_doubted && !shown.doubts.is_empty() && !shown.differences[0].values.is_empty());
        let names_only = shown.seen_as(Seen::NamesOnly);
        assert!(names_only.is_doubted && names_only.differences[0].field == "Family name");
        let text = format!("{names_only:?}");
        assert!(!text.contains("clinic") && !text.contains("Bello"), "{text}");
    }

    #[test]
    fn nobody_has_told_anything() {
        let shown = view(vec![chart("gp", None, Demographics::default())]);
        assert_eq!(shown.name.shown(), "Name not recorded");
        assert_eq!(shown.told.len(), 0);
    }
}
