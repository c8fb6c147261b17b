//! Made-up pages in their ordinary state.

use record::{Medicine, MedicineStatus, Section};

use super::around::{BASE, at, form, from, from_in_full, ledger, on, state, state_with_gap};
pub(crate) use super::around::{banner_before_permission, frame, record};
pub(crate) use super::past::{appointments, immunisations, letters, one_letter, people, problems, sources, who_looked};
pub(crate) use super::tests_over_time::{one_test, results};
use crate::pages::emergency::{Emergency, Reason};
use crate::pages::find_person::{FindPerson, Found, Outcome, Search};
use crate::pages::medicines::Medicines;
use crate::pages::parts::{
    AllergyBadge, AllergyBlock, AllergyLine, MedicineGroup, MedicineLine, MedicineRow, Origin, Place, ResultFlag,
    ResultRow, Tab,
};
use crate::pages::permission::{Permission, Pronouns};
use crate::pages::summary::{AlertLine, ContactLine, LetterLine, Line, NewLine, NewSince, Summary};

pub(crate) fn find_person() -> FindPerson {
    FindPerson {
        frame: crate::pages::parts::Frame { place: Place::Find, ..frame() },
        search: Search::default(),
        errors: vec![],
        notice: None,
        outcome: None,
    }
}

pub(crate) fn two_alike() -> FindPerson {
    let found = |name: &str, born: &str, number: &str, postcode: &str, matched: &str| Found {
        href: "/person/a1".into(),
        name: name.into(),
        born: born.into(),
        gender: "Female".into(),
        nhs_number: number.into(),
        postcode: postcode.into(),
        matched: matched.into(),
    };
    let people = vec![
        found("OKAFOR, Grace Adaeze (Mrs)", "04-Mar-1951 (75y)", "999 000 0018", "SE5 …", "Exact"),
        found("OKAFOR, Grace (Ms)", "14-Mar-1951 (75y)", "999 000 0026", "Restricted", "Possible"),
    ];
    let search = Search {
        family_name: "okafor".into(),
        birth_month: "3".into(),
        birth_year: "1951".into(),
        ..Search::default()
    };
    FindPerson {
        search,
        outcome: Some(Outcome { people, too_many: false, possible_left_out: false, alike: true }),
        ..find_person()
    }
}

/// Somebody of a common name born on a first of January.
pub(crate) fn only_exact() -> FindPerson {
    let mut found = two_alike();
    if let Some(outcome) = &mut found.outcome {
        outcome.people.truncate(1);
        (outcome.possible_left_out, outcome.alike) = (true, false);
    }
    found
}

pub(crate) fn search_not_working() -> FindPerson {
    let words = "Search is not working at the moment. Nobody was looked for. Reference 5f0a91c2.";
    let search = Search { family_name: "Okafor".into(), postcode: "SE5 8ZZ".into(), ..Search::default() };
    FindPerson { search, notice: Some(words.into()), ..find_person() }
}

pub(crate) fn permission() -> Permission {
    Permission {
        frame: frame(),
        base: BASE.into(),
        banner: banner_before_permission(),
        form: form(),
        called: "Addy".into(),
        pronouns: Pronouns::of(Some(record::Gender::Female)),
        agreed_before: Some("02-Sep-2026, Camberwell care team, lasts to 02-Mar-2027".into()),
        chosen: "yes".into(),
        decider_name: String::new(),
        decider_relationship: String::new(),
        may_use_emergency: true,
        errors: vec![],
    }
}

pub(crate) fn emergency() -> Emergency {
    let reasons = [
        ("unwell", "Unconscious or too unwell"),
        ("capacity", "Lacks capacity for this decision"),
        ("danger", "Immediate danger to the person or others"),
    ];
    Emergency {
        frame: frame(),
        base: BASE.into(),
        banner: banner_before_permission(),
        form: form(),
        called: "Addy".into(),
        pronouns: Pronouns::of(Some(record::Gender::Female)),
        reasons: reasons.map(|(code, words)| Reason { code: code.into(), words: words.into() }).into(),
        chosen: String::new(),
        explanation: String::new(),
        explanation_chars_min: 10,
        explanation_chars_max: 200,
        errors: vec![],
    }
}

pub(crate) fn medicine(name: &str, form: &str, dose: &str, frequency: &str) -> Medicine {
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Medicine {
        name: name.into(),
        form: told(form),
        dose: told(dose),
        route: told(if form == "inhaler" { "inhaled" } else { "oral" }),
        frequency: told(frequency),
        status: MedicineStatus::Started,
        course: None,
        started: None,
        ended: None,
        last_issued: None,
        reason: None,
        instruction: None,
    }
}

fn row(medicine: &Medicine, origin: Origin) -> MedicineRow {
    MedicineRow {
        line: MedicineLine::of(medicine),
        status: medicine.status.word().into(),
        start: Some(at("2024-02-11")),
        note: None,
        newer: false,
        origin,
    }
}

pub(crate) fn alone(medicine: &Medicine, origin: Origin, dated: bool) -> MedicineGroup {
    MedicineGroup { rows: vec![row(medicine, origin)], differs: None, dated }
}

/// Current medicines; `dated` for the page that has room for dates and full origins.
pub(crate) fn current_medicines(dated: bool) -> Vec<MedicineGroup> {
    let origin = |source: &str, iso: &str| if dated { from_in_full(source, iso) } else { from(source, iso) };
    let surgery = || origin("Riverside Surgery", "2026-11-02");
    let ramipril = |dose| medicine("ramipril", "capsule", dose, "once a day");
    let newer = MedicineRow { newer: true, ..row(&ramipril("2.5 mg"), origin("Thameside Hospital", "2026-11-20")) };
    let mut suspended = medicine("codeine 30 mg + paracetamol 500 mg", "tablet", "2 tablets", "as required");
    suspended.status = MedicineStatus::Suspended;
    let differing = vec![row(&ramipril("5 mg"), surgery()), newer];
    let mut groups = vec![MedicineGroup { rows: differing, differs: Some("dose".into()), dated }];
    let plain = [
        medicine("apixaban", "tablet", "5 mg", "twice a day"),
        medicine("metformin", "modified-release tablet", "1 g", "twice a day"),
        medicine("amlodipine", "tablet", "5 mg", "once a day"),
        suspended,
        medicine("atorvastatin", "tablet", "20 mg", "at night"),
        medicine("salbutamol 100 micrograms/dose", "inhaler", "2 puffs", "as required"),
        medicine("folic acid", "tablet", "5 mg", "once a day"),
    ];
    groups.extend(plain.iter().map(|medicine| alone(medicine, surgery(), dated)));
    groups
}

pub(crate) fn allergies(note: &str) -> AllergyBlock {
    let line = |substance: &str, detail: &str, origin| AllergyLine {
        substance: substance.into(),
        detail: detail.into(),
        origin,
    };
    let second = Origin { note: Some("+1 source".into()), ..from("Riverside Surgery", "2009-05-12") };
    AllergyBlock {
        badge: AllergyBadge::known(2),
        lines: vec![
            line("penicillin", "anaphylaxis, severe", second),
            line("latex", "rash", from("Oakwell Mental Health", "2021-10-08")),
        ],
        stated_none: vec![],
        state: state_with_gap(note),
    }
}

fn out_of_range() -> Vec<ResultRow> {
    let row = |id: &str, name: &str, value: &str, flag: &str, range: &str| ResultRow {
        id: id.into(),
        name: name.into(),
        href: Some(format!("{BASE}/results/{id}")),
        value: value.into(),
        was: None,
        flag: ResultFlag::of(Some(flag), true),
        range: range.into(),
        taken: Some(at("2026-11-21T09:10:00Z")),
        status: "Final".into(),
        comment: None,
        origin: from("Thameside Hospital", "2026-11-21"),
        full: false,
    };
    vec![
        row("t1", "Potassium", "6.1 mmol/L", "HH", "3.5 to 5.3"),
        row("t2", "eGFR", "38 mL/min/1.73 m²", "L", "above 60"),
        row("t3", "Haemoglobin", "104 g/L", "L", "115 to 165"),
    ]
}

pub(crate) fn summary() -> Summary {
    let alert = |warning, title: &str, detail: &str, origin| AlertLine {
        warning,
        title: title.into(),
        detail: detail.into(),
        origin,
    };
    let line = |title: &str, detail: &str, origin| Line { title: title.into(), detail: detail.into(), origin };
    let new = |words: &str, path: &str| NewLine { words: words.into(), href: Some(format!("{BASE}/{path}")) };
    let contact = |label, from, to, what: &str, status: &str| ContactLine {
        label,
        from,
        to,
        what: what.into(),
        status: status.into(),
        warning: status == "Did not attend",
    };
    Summary {
        frame: frame(),
        record: record(Tab::Summary),
        alerts: vec![
            alert(false, "Treatment escalation plan", "", from("Thameside Hospital", "2026-06-03")),
            alert(false, "Care and support plan", "", from("Southbank Community", "2026-08-14")),
            alert(true, "Lives alone", "key safe", from("Southmere Council", "2026-09-02")),
        ],
        alerts_state: state("5 of 6 sources"),
        allergies: allergies("5 of 6 sources"),
        medicines: current_medicines(false),
        medicines_count: 8,
        medicines_state: state_with_gap("4 of 5 sources"),
        out_of_range: out_of_range(),
        results_state: state_with_gap("3 of 4 sources"),
        problems: vec![
            line("Atrial fibrillation", "active", from("Riverside Surgery", "2024-02-11")),
            line("Type 2 diabetes", "active", from("Riverside Surgery", "2011-06")),
            line("Chronic kidney disease stage 3b", "active", from("Thameside Hospital", "2025")),
        ],
        problems_state: state("5 of 6 sources"),
        new_since: Some(NewSince {
            since: at("2026-08-14"),
            lines: vec![
                new("Emergency attendance 19-Nov-2026, Thameside Hospital", "appointments"),
                new("Letter 20-Nov-2026: discharge summary", "letters/l1"),
                new("14 results, 3 out of range", "results"),
            ],
        }),
        contacts: vec![
            contact("Next", on("2026-12-01T10:30:00Z"), None, "Cardiology clinic, Guildhall Hospital", "Booked"),
            contact(
                "Last",
                at("2026-11-19"),
                Some(at("2026-11-20")),
                "Emergency, then ward, Thameside Hospital",
                "Discharged",
            ),
            contact("", at("2026-11-02"), None, "Anticoagulation clinic", "Did not attend"),
        ],
        contacts_state: state_with_gap("5 of 6 sources"),
        letters: vec![
            LetterLine {
                href: format!("{BASE}/letters/l1"),
                title: "Discharge summary".into(),
                origin: from("Thameside Hospital", "2026-11-20"),
            },
            LetterLine {
                href: format!("{BASE}/letters/l2"),
                title: "Diabetic eye screening".into(),
                origin: from("Guildhall Hospital", "2026-09-08"),
            },
        ],
        letters_state: state_with_gap("4 of 5 sources"),
        people: vec![
            line("Dr P. Nair", "GP", from("Riverside Surgery", "2019")),
            line("District nurse team", "Nursing", from("Southbank Community", "2026-08-14")),
            line("J. Osei", "Social worker", from("Southmere Council", "2026-09-02")),
        ],
        people_state: state("6 of 7 sources"),
    }
}

pub(crate) fn medicines() -> Medicines {
    let mut stopped = medicine("bisoprolol", "tablet", "2.5 mg", "once a day");
    stopped.status = MedicineStatus::Discontinued;
    let mut done = medicine("amoxicillin", "capsule", "500 mg", "three times a day");
    done.status = MedicineStatus::Completed;
    let mut current = current_medicines(true);
    if let Some(row) = current.get_mut(1).and_then(|group| group.rows.first_mut()) {
        row.note = Some("Repeat. For atrial fibrillation. Last issued 02-Nov-2026.".into());
    }
    Medicines {
        frame: frame(),
        record: record(Tab::Medicines),
        allergies: allergies("5 of 6 sources"),
        past_allergies: vec![],
        current,
        current_count: 8,
        past: [stopped, done]
            .iter()
            .map(|medicine| alone(medicine, from_in_full("Riverside Surgery", "2025-03-01"), true))
            .collect(),
        names_only: false,
        medicines_state: state_with_gap("4 of 5 sources"),
        allergies_ledger: ledger(Section::Allergies),
        medicines_ledger: ledger(Section::Medicines),
    }
}
