//! An identity analyst's pages, made up.

use record::When;

use super::around::{at, form, frame};
use crate::pages::identity_list::{DoubtLine, IdentityList, Likely, SettledLine};
use crate::pages::identity_pair::{
    Agreement, ChartLine, ComparedField, DecidedLine, Doubt, IdentityPair, Standing, Told,
};
use crate::pages::identity_preview::{ChartWay, Decision, IdentityPreview, MovingItems, MovingLine};
use crate::pages::identity_record::{ChartTold, IdentityRecord};
use crate::pages::parts::{Frame, Moment, Place, SignedIn};

pub(super) const BASE: &str = "/administration/identity/7";
const SURGERY: &str = "Riverside Surgery";
const HOSPITAL: &str = "Thameside Hospital";

pub(super) fn analyst() -> Frame {
    let signed_in = SignedIn {
        name: "Noor Haddad".into(),
        role: "identity analyst".into(),
        organisation: "Identity desk, Southbank Community Health".into(),
        finds_people: false,
        sees_who_looked: false,
        administers: false,
        decides_who_is_who: true,
    };
    Frame { signed_in: Some(signed_in), place: Place::Identity, ..frame() }
}

fn very_likely() -> Likely {
    Likely { words: "Very likely one person", figure: Some("about 99 in 100".into()) }
}

fn not_weighed() -> Likely {
    Likely { words: "Not weighed", figure: None }
}

fn line(about: &'static str, risk: &'static str, likely: Likely, since: &str) -> DoubtLine {
    DoubtLine { href: BASE.into(), about, risk, likely, source: HOSPITAL.into(), since: at(since), under_way: None }
}

pub(crate) fn list() -> IdentityList {
    let two = "Staff may see one person's record in another's";
    let asks = "Noor Haddad asks the source, since 21-Nov-2026 15:02";
    IdentityList {
        form: form(),
        nhs_number: String::new(),
        reason: String::new(),
        reason_chars_max: 500,
        errors: vec![],
        frame: analyst(),
        waiting: vec![
            line("One record may hold two people", two, not_weighed(), "2026-11-22T11:30:00Z"),
            DoubtLine {
                under_way: Some(asks.into()),
                ..line(
                    "Two people under one number",
                    "Whoever looks for one may open the other",
                    not_weighed(),
                    "2026-11-21T09:00:00Z",
                )
            },
            line(
                "Two records may be one person's",
                "Each may lack what the other has",
                very_likely(),
                "2026-11-20T08:12:00Z",
            ),
            line(
                "Two records may be one person's",
                "Each may lack what the other has",
                Likely { words: "Perhaps one person", figure: Some("about 60 in 100".into()) },
                "2026-11-19T17:40:00Z",
            ),
        ],
        listed_max: 200,
        needs_second: vec![SettledLine {
            href: BASE.into(),
            what: "Said that they are one person",
            who: "Noor Haddad".into(),
            when: at("2026-11-21T09:05:00Z"),
            came_of_it: "It waits for a second reviewer.".into(),
        }],
        settled: vec![SettledLine {
            href: BASE.into(),
            what: "Took a chart out",
            who: "Noor Haddad".into(),
            when: at("2026-11-18T16:20:00Z"),
            came_of_it: "Taken out: its items are back in the record whose they were.".into(),
        }],
    }
}

pub(crate) fn empty() -> IdentityList {
    IdentityList { waiting: vec![], needs_second: vec![], settled: vec![], ..list() }
}

fn told(value: &str, by: &str) -> Vec<Told> {
    vec![Told { value: value.into(), by: vec![by.into()] }]
}

fn field(name: &'static str, a: Vec<Told>, b: Vec<Told>, agreement: Agreement) -> ComparedField {
    ComparedField { name, sides: [a, b], agreement, also_differs: false }
}

fn chart(source: &str, since: &str) -> ChartLine {
    ChartLine { source: source.into(), since: Some(at(since)) }
}

fn doubt(about: &'static str, likely: Likely, reasons: &[&str]) -> Doubt {
    let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
    Doubt { about, likely, source: HOSPITAL.into(), since: at("2026-11-20T08:12:00Z"), reasons }
}

pub(crate) fn pair() -> IdentityPair {
    let (gp, pas) = ("Riverside Surgery, 12-May-2026", "Thameside Hospital, 20-Nov-2026");
    let names = vec![
        Told {
            value: "OKAFOR, Grace Adaeze (Mrs)".into(),
            by: vec![gp.into(), "Marlowe Mental Health, 08-Oct-2024".into()],
        },
        Told { value: "OKAFOR, Addy".into(), by: vec!["Southbank Community Health, 02-Sep-2026".into()] },
    ];
    IdentityPair {
        frame: analyst(),
        base: BASE.into(),
        form: form(),
        doubt: doubt(
            "Two records may be one person's",
            very_likely(),
            &[
                "Same date of birth (+14.2)",
                "Same last name (+9.6)",
                "First names are forms of one name (+7.1)",
                "No NHS number to compare",
                "Somebody else in the region may look the same (-17.6)",
                "Enough agrees to ask, not enough to link",
            ],
        ),
        sides: [
            vec![
                chart(SURGERY, "2009-05-12"),
                chart("Marlowe Mental Health", "2021-10-08"),
                chart("Southbank Community Health", "2026-09-02"),
            ],
            vec![chart(HOSPITAL, "2026-11-20")],
        ],
        fields: vec![
            ComparedField {
                also_differs: true,
                ..field("Name", names, told("OKAFOR, Grace", pas), Agreement::Similar)
            },
            field("Born", told("04-Mar-1951", gp), told("04-Mar-1951", pas), Agreement::Same),
            field("Gender", told("Female", gp), told("Female", pas), Agreement::Same),
            field("NHS No.", told("999 000 0018", gp), vec![], Agreement::Missing),
            field(
                "Address",
                told("12 Harbour Row, London, SE5 8ZZ", gp),
                told("7 Chandler Court, London, SE15 2ZZ", pas),
                Agreement::Differs,
            ),
            field("Telephone", told("020 7946 0018", gp), vec![], Agreement::Missing),
            field("Practice", told("Riverside Surgery", gp), told("Riverside Surgery", pas), Agreement::NotCompared),
        ],
        is_masked: false,
        has_two_numbers: false,
        is_doubted: true,
        standing: Standing::Waiting(None),
        decided: vec![],
        was_parted: false,
        compared_again: None,
        chosen: String::new(),
        reason: String::new(),
        reason_chars_max: 500,
        errors: vec![],
    }
}

pub(crate) fn masked() -> IdentityPair {
    let hidden = || told("Restricted: not shown", "Riverside Surgery");
    let mut page = pair();
    for field in &mut page.fields {
        if matches!(field.name, "Address" | "Telephone" | "Practice") {
            field.sides = [hidden(), vec![]];
            field.agreement = Agreement::NotCompared;
        }
    }
    IdentityPair { is_masked: true, ..page }
}

pub(crate) fn second_reviewer() -> IdentityPair {
    let words = "Noor Haddad said that they are one person, 22-Nov-2026 13:35";
    IdentityPair {
        standing: Standing::SecondReviewer(words.into()),
        decided: vec![decided("It waits for a second reviewer.")],
        ..pair()
    }
}

fn decided(came_of_it: &str) -> DecidedLine {
    DecidedLine {
        when: at("2026-11-22T13:35:00Z"),
        who: "Noor Haddad".into(),
        what: "Said that they are one person",
        why: "Called the ward: married, and moved in September".into(),
        came_of_it: came_of_it.into(),
        taken_back_by: None,
    }
}

pub(crate) fn settled() -> IdentityPair {
    let standing = Standing::Settled("They are linked: their records are shown as one.".into());
    let line = DecidedLine { taken_back_by: Some(3), ..decided("Linked.") };
    IdentityPair { standing, decided: vec![line], ..pair() }
}

fn chart_told(chart: u64, source: &str, since: &str, name: &str, born: &str) -> ChartTold {
    let fields = vec![
        ("Name", name.to_owned()),
        ("Born", born.to_owned()),
        ("NHS No.", "999 000 0018".to_owned()),
        ("Address", "12 Harbour Row, London, SE5 8ZZ".to_owned()),
    ];
    let why = if chart == 1 { "first seen" } else { "Same NHS number; Same date of birth" };
    let why = Some(why.to_owned());
    ChartTold { chart, source: source.into(), since: Some(at(since)), fields, why }
}

pub(crate) fn record() -> IdentityRecord {
    let joined = chart_told(3, HOSPITAL, "2026-11-21", "OKAFOR, Faith", "30-Jan-1999");
    IdentityRecord {
        frame: analyst(),
        base: BASE.into(),
        form: form(),
        doubt: doubt(
            "One record may hold two people",
            not_weighed(),
            &["The date of birth differs from what the chart told before", "The first name differs"],
        ),
        charts: vec![
            chart_told(1, SURGERY, "2009-05-12", "OKAFOR, Grace Adaeze (Mrs)", "04-Mar-1951"),
            chart_told(2, HOSPITAL, "2026-11-20", "OKAFOR, Faith", "30-Jan-1999"),
            joined,
        ],
        told_apart: vec![],
        is_masked: false,
        standing: Standing::Waiting(None),
        decided: vec![],
        was_parted: false,
        reason: String::new(),
        reason_chars_max: 500,
        errors: vec![],
    }
}

/// Nobody doubts it; one of its charts was told apart from another record before.
pub(crate) fn record_looked_up() -> IdentityRecord {
    let doubt = doubt("The charts of one record", not_weighed(), &[]);
    IdentityRecord { doubt, told_apart: vec![BASE.into()], standing: Standing::Undoubted, ..record() }
}

/// Two who were told apart, which may be taken back.
pub(crate) fn pair_told_apart() -> IdentityPair {
    let doubt = doubt("Two records that were told apart", not_weighed(), &[]);
    IdentityPair { doubt, standing: Standing::Undoubted, is_doubted: false, ..pair() }
}

/// Two who have different NHS numbers are never linked, and it is not offered.
pub(crate) fn pair_of_two_numbers() -> IdentityPair {
    let told = pair();
    let mut fields = told.fields.clone();
    for field in fields.iter_mut().filter(|field| field.name == "NHS No.") {
        let [_, other] = &mut field.sides;
        *other = self::told("999 000 0026", "Thameside Hospital, 20-Nov-2026");
        field.agreement = Agreement::Differs;
    }
    IdentityPair { fields, has_two_numbers: true, ..told }
}

/// It was decided that they are one person's, which may be undone.
pub(crate) fn record_decided() -> IdentityRecord {
    let words = "Said that they are one person: Both are one person's record now: 1 chart and 37 entries moved.";
    IdentityRecord { standing: Standing::Settled(words.into()), ..record() }
}

const TAKEN_OUT: &str = "1 chart and 37 entries were taken out of the record.";

/// What a doubt says under which a chart was taken out: who saw the record before can be told.
fn taken_out() -> (Standing, Vec<DecidedLine>) {
    let line = DecidedLine { what: "Took a chart out", taken_back_by: Some(4), ..decided(TAKEN_OUT) };
    (Standing::Settled(format!("Took a chart out: {TAKEN_OUT}")), vec![line])
}

/// A chart was taken out of a record that nobody had linked by hand.
pub(crate) fn record_parted() -> IdentityRecord {
    let (standing, decided) = taken_out();
    IdentityRecord { standing, decided, was_parted: true, ..record_of_one_chart() }
}

/// A link was undone: both are two records again.
pub(crate) fn pair_parted() -> IdentityPair {
    let (standing, decided) = taken_out();
    IdentityPair { standing, decided, was_parted: true, compared_again: Some(BASE.into()), ..pair() }
}

pub(crate) fn record_of_one_chart() -> IdentityRecord {
    let charts = record().charts.into_iter().take(1).collect();
    IdentityRecord { charts, ..record() }
}

fn preview(decision: Decision, answer: &'static str) -> IdentityPreview {
    IdentityPreview {
        frame: analyst(),
        base: BASE.into(),
        back: BASE.into(),
        form: form(),
        decision,
        answer,
        chart: String::new(),
        seen: "5ee2".into(),
        reason: "Called the ward: two patients, one number".into(),
        charts: vec![],
        not_shown: 0,
        is_careful: false,
        moving: None,
        second_reviewer: None,
    }
}

fn way(chart: &str, way: &str) -> ChartWay {
    ChartWay { chart: chart.into(), way: way.into() }
}

fn chart_that_moves() -> ChartWay {
    way("Thameside Hospital, since 20-Nov-2026: OKAFOR, Faith", "from this record to a record of its own")
}

fn items_that_move() -> MovingItems {
    let line = |section, when: Option<&str>| MovingLine {
        section,
        when: when.and_then(|when| When::parse_iso(when).ok()).map(Moment::of),
        source: "Thameside Hospital".into(),
    };
    MovingItems {
        by_section: vec![("Medicines", 4), ("Results", 26), ("Appointments", 5)],
        sensitive: 2,
        lines: vec![
            line("Results", Some("2026-11-21T08:10:00Z")),
            line("Medicines", Some("2026-11-20")),
            line("Appointments", None),
        ],
        more: true,
    }
}

pub(crate) fn preview_out() -> IdentityPreview {
    let moving = Some(items_that_move());
    let charts = vec![
        chart_that_moves(),
        way("Thameside Hospital, since 21-Nov-2026: OKAFOR, Faith", "from this record to a record of its own"),
        way("Southmere Council, since 22-Nov-2026: OKAFOR, F", "from this record to another record"),
        way("Riverside Surgery: name not shown here", "from another record to this record"),
    ];
    IdentityPreview { chart: "2".into(), charts, moving, ..preview(Decision::TakeOut, "out") }
}

/// What would be without the earlier decision cannot be told.
pub(crate) fn preview_careful() -> IdentityPreview {
    let charts = vec![chart_that_moves()];
    IdentityPreview { charts, is_careful: true, ..preview_out() }
}

pub(crate) fn preview_link() -> IdentityPreview {
    let why = Some("names and date of birth both differ");
    let charts = vec![way("Thameside Hospital, since 20-Nov-2026: OKAFOR, Faith", "from record A to record B")];
    let moving = Some(items_that_move());
    IdentityPreview { charts, moving, second_reviewer: why, ..preview(Decision::Link, "same") }
}

pub(crate) fn preview_apart() -> IdentityPreview {
    preview(Decision::KeepApart, "apart")
}
