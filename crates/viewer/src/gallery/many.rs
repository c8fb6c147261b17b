//! The states that strain a page: very much, very long, nothing, not for a role.

use record::When;

use super::around::{banner, frame, from, from_in_full, record, state, strip};
use super::made_up::{alone, medicine, medicines, summary};
use crate::pages::medicines::Medicines;
use crate::pages::parts::{
    AllergyBadge, AllergyBlock, Banner, Born, Conflict, ConflictDoubt, ConflictLine, ConflictValue, Frame,
    MedicineGroup, MedicineLine, MedicineRow, Moment, RecordFrame, SectionState, SignedIn, SourcesStrip, Tab,
};
use crate::pages::summary::Summary;

pub(crate) fn sixty_medicines(dated: bool) -> Vec<MedicineGroup> {
    let forms = ["tablet", "capsule", "modified-release capsule", "oral solution sugar free", "inhaler", "cream"];
    let names =
        ["aclidinium", "bendroflumethiazide", "co-careldopa 12.5 mg + 50 mg", "dexamethasone", "hydroxychloroquine"];
    let one = |n: usize| {
        let name = names.iter().cycle().nth(n).copied().unwrap_or_default();
        let form = forms.iter().cycle().nth(n).copied().unwrap_or_default();
        let origin = if dated {
            from_in_full("Riverside Surgery", "2026-11-02")
        } else {
            from("Riverside Surgery", "2026-11-02")
        };
        alone(&medicine(name, form, "500 micrograms", "every other day before breakfast"), origin, dated)
    };
    (0..60).map(one).collect()
}

pub(crate) fn sixty_medicines_summary() -> Summary {
    Summary { medicines: Summary::first_medicines(sixty_medicines(false)), medicines_count: 60, ..summary() }
}

/// Two sources tell of somebody else, and nobody has decided about it.
pub(crate) fn conflict() -> Conflict {
    let told = |source: &str, at: &str| (source.to_owned(), When::parse_iso(at).ok().map(Moment::of));
    let value = |value: &str, told_by| ConflictValue { value: value.to_owned(), told_by };
    let line = |field, values| ConflictLine { field, values, more: 0 };
    let practice = || told("Riverside Surgery", "2026-11-02");
    let others = || vec![told("Southbank Community", "2026-10-14"), told("Kingsbrook Hospital", "2026-11-20")];
    Conflict {
        fields: vec!["date of birth".into(), "given name".into()],
        lines: vec![
            line("Date of birth", vec![value("04-Mar-1951", vec![practice()]), value("04-Mar-1957", others())]),
            line("Given name", vec![value("Grace Adaeze", vec![practice()]), value("Glory", others())]),
        ],
        doubts: vec![ConflictDoubt {
            words: "This record may hold another person's information: Different first names.".into(),
            source: "Kingsbrook Hospital".into(),
            at: Moment::of(When::Day(jiff::civil::date(2026, 11, 20))),
        }],
        more_doubts: 0,
    }
}

/// The record of somebody about whom sources do not agree.
pub(crate) fn conflict_summary() -> Summary {
    let banner = Banner { conflict: Some(conflict()), ..banner() };
    Summary { record: RecordFrame { banner, ..record(Tab::Summary) }, ..summary() }
}

/// A family name of forty characters, and everything that a banner can hold.
pub(crate) fn long_name_summary() -> Summary {
    let page = summary();
    let name = "FEATHERSTONEHAUGH-CHOLMONDELEY-OLUWASEUN, Maximiliana Anuoluwapo Persephone (Professor Dame)";
    let long = Banner { name: name.into(), conflict: Some(conflict()), restricted: true, ..banner() };
    Summary { record: RecordFrame { banner: long, ..record(Tab::Summary) }, ..page }
}

pub(crate) fn nothing_recorded() -> Summary {
    let empty = |words: &str| SectionState { nothing: Some(words.into()), ..state("7 of 7 sources") };
    let born = record::When::parse_iso("2026-11-21").ok();
    let newborn = Banner {
        born: born.map(|born| Born::of(born, jiff::civil::Date::new(2026, 11, 22).ok())),
        name: "OKAFOR, Baby of Grace".into(),
        called: None,
        allergies: Some(AllergyBadge::not_recorded()),
        flags: vec![],
        nhs_number: None,
        ..banner()
    };
    let complete = SourcesStrip {
        headline: "All 7 sources up to date at 13:41 (24h)".into(),
        missing: vec![],
        also: vec![],
        ..strip()
    };
    Summary {
        frame: frame(),
        record: RecordFrame { banner: newborn, strip: complete, ..record(Tab::Summary) },
        alerts: vec![],
        alerts_state: empty("Alerts and plans not recorded"),
        allergies: AllergyBlock {
            badge: AllergyBadge::not_recorded(),
            lines: vec![],
            stated_none: vec![],
            state: state("7 of 7 sources"),
        },
        medicines: vec![],
        medicines_count: 0,
        medicines_state: empty("Medicines not recorded"),
        out_of_range: vec![],
        results_state: empty("Test results not recorded"),
        problems: vec![],
        problems_state: empty("Problems not recorded"),
        new_since: None,
        contacts: vec![],
        contacts_state: empty("Appointments and attendances not recorded"),
        letters: vec![],
        letters_state: empty("Letters not recorded"),
        people: vec![],
        people_state: empty("People involved not recorded"),
    }
}

fn social_worker() -> Frame {
    let signed_in = SignedIn {
        name: "Joseph Osei".into(),
        role: "social worker".into(),
        organisation: "Adult social care, Southmere Council".into(),
        finds_people: true,
        sees_who_looked: false,
        administers: false,
        decides_who_is_who: false,
    };
    Frame { signed_in: Some(signed_in), ..frame() }
}

fn social_worker_record(tab: Tab) -> RecordFrame {
    RecordFrame {
        hidden_tabs: vec![Tab::Results, Tab::Problems],
        not_for_role: vec!["problems".into(), "test results".into()],
        ..record(tab)
    }
}

fn names_only(dated: bool) -> Vec<MedicineGroup> {
    let row = |name: &str| MedicineRow {
        line: MedicineLine::name_only(&medicine(name, "tablet", "5 mg", "twice a day")),
        status: "Started".into(),
        start: None,
        note: None,
        newer: false,
        origin: from("Riverside Surgery", "2026-11-02"),
    };
    ["apixaban", "metformin", "amlodipine"]
        .map(|name| MedicineGroup { rows: vec![row(name)], differs: None, dated })
        .into()
}

pub(crate) fn social_worker_summary() -> Summary {
    let hidden = || SectionState { not_for_role: Some("Not shown for your role".into()), ..SectionState::default() };
    let names = SectionState {
        notices: vec!["Your role sees the names of medicines, not the doses.".into()],
        ..state("4 of 5 sources")
    };
    Summary {
        frame: social_worker(),
        record: social_worker_record(Tab::Summary),
        medicines: names_only(false),
        medicines_count: 3,
        medicines_state: names,
        results_state: hidden(),
        problems_state: hidden(),
        ..summary()
    }
}

pub(crate) fn social_worker_medicines() -> Medicines {
    Medicines {
        frame: social_worker(),
        record: social_worker_record(Tab::Medicines),
        current: names_only(true),
        current_count: 3,
        past: vec![],
        names_only: true,
        ..medicines()
    }
}
