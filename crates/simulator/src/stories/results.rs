use record::{AlertKind, AppointmentStatus, Content, Gender, NewEntry, ResultStatus, When};

use super::Somebody;
use crate::chart::Chart;
use crate::diary::Diary;
use crate::dice::Dice;
use crate::drugs;
use crate::letters::Subject;
use crate::organisations::Feed;
use crate::panels::{self, Panel};

/// Forty values of HbA1c: high, brought down, and creeping up again.
pub(super) fn years_of_one_test(diary: Diary) -> Vec<Chart> {
    let rehana = Somebody {
        digits: "9990000182",
        title: "Mrs",
        given: "Rehana",
        family: "Begum",
        born: "1961-08-12",
        gender: Gender::Female,
        address: ["5 Pepperbox Walk", "Belvedere, London"],
        postcode: "DA17 6KM",
        telephone: "020 7946 0182",
        practice: Some(Feed::Millpond),
    };
    let mut practice = Chart::new(Feed::Millpond, "ML0000182", rehana.told(), "Dr Dinesh Patel");
    practice.no_known_allergies(diary.day(2_300));
    practice.problem("Type 2 diabetes mellitus", Some("44054006"), diary.day(2_250));
    for (drug, days_ago) in [
        (drugs::METFORMIN, 2_240),
        (drugs::EMPAGLIFLOZIN, 1_100),
        (drugs::INSULIN_GLARGINE, 160),
        (drugs::ATORVASTATIN, 2_000),
    ] {
        practice.repeat(drug, diary.day(days_ago));
    }
    let mut hospital = Chart::new(Feed::Thameside, "TH0000182", rehana.told(), "Dr Kiran Mehta");
    let mut dice = Dice::new(182, 0);
    for place in 0..40_i32 {
        let days_ago = 2_200 - i64::from(place) * 55;
        let years = f64::from(place) * 55.0 / 365.0;
        let course = if years < 2.0 { 98.0 - years * 22.0 } else { 54.0 + (years - 2.0) * 6.5 };
        let chart = if place % 5 == 4 { &mut hospital } else { &mut practice };
        let taken = diary.at(days_ago + dice.between(-9, 9), 8, 30);
        chart.result(&panels::DIABETES, panels::HBA1C, dice.about(course, 2.0), taken);
    }
    hospital.appointment("Diabetes clinic", AppointmentStatus::Booked, diary.clinic(-31, 9, 15), "Thameside Hospital");
    vec![practice, hospital]
}

/// A sickle cell crisis: much is out of range, and there is a plan for it.
pub(super) fn out_of_range(diary: Diary) -> Vec<Chart> {
    let jerome = Somebody {
        digits: "9990000204",
        title: "Mr",
        given: "Jerome",
        family: "Campbell",
        born: "1998-11-29",
        gender: Gender::Male,
        address: ["Flat 17, 9 Juniper Court", "Camberwell, London"],
        postcode: "SE5 9CV",
        telephone: "07700 900204",
        practice: Some(Feed::Riverside),
    };
    let mut practice = Chart::new(Feed::Riverside, "RS0000204", jerome.told(), "Dr Priya Nair");
    practice.allergy("Penicillin", "Rash", "mild", When::Year(2003));
    practice.problem("Sickle cell disease", Some("417357006"), When::Year(1998));
    practice.repeat(drugs::HYDROXYCARBAMIDE, diary.day(1_800));
    practice.repeat(drugs::FOLIC_ACID, diary.day(4_000));
    practice.alert(
        AlertKind::Plan,
        "Personal pain plan",
        "Morphine within 30 minutes of arrival. He knows his own dose: ask him.",
        diary.day(200),
    );

    let mut hospital = Chart::new(Feed::Guildhall, "GH0000204", jerome.told(), "Dr Abena Boateng");
    let arrived = diary.at(1, 2, 30);
    let stay = hospital
        .attendance("Inpatient", arrived, None, "Ward 7, haematology", "Sickle cell crisis, pain in the back and legs")
        .key
        .clone();
    let values: [(&Panel, panels::Assay, f64); 12] = [
        (&panels::BLOOD_COUNT, panels::HAEMOGLOBIN, 64.0),
        (&panels::BLOOD_COUNT, panels::WHITE_CELLS, 18.9),
        (&panels::BLOOD_COUNT, panels::PLATELETS, 512.0),
        (&panels::LIVER, panels::BILIRUBIN, 71.0),
        (&panels::LIVER, panels::ALT, 58.0),
        (&panels::LIVER, panels::ALBUMIN, 33.0),
        (&panels::INFLAMMATION, panels::CRP, 146.0),
        (&panels::KIDNEY, panels::POTASSIUM, 4.4),
        (&panels::KIDNEY, panels::CREATININE, 61.0),
        (&panels::VITAL_SIGNS, panels::TEMPERATURE, 38.6),
        (&panels::VITAL_SIGNS, panels::SATURATION, 91.0),
        (&panels::VITAL_SIGNS, panels::PULSE, 118.0),
    ];
    for (panel, assay, value) in values {
        hospital.result(panel, assay, value, diary.at(1, 3, 0)).part_of = Some(stay.clone());
    }
    let written = diary.at(200, 15, 0);
    let text = Subject { from: "Guildhall Hospital", who: &hospital.told, author: &hospital.author, written }.clinic(
        "Haemoglobinopathy clinic",
        &["Sickle cell disease"],
        "Three crises in the past year, two managed at home.",
        "Continue hydroxycarbamide. His pain plan is renewed and shared with his practice.",
    );
    hospital.letter("Haemoglobinopathy clinic letter", "Outpatient letter", written, text);
    vec![practice, hospital]
}

/// Results that are early, changed after they were final, or never came.
pub(super) fn not_yet_final(diary: Diary) -> Vec<Chart> {
    let zbigniew = Somebody {
        digits: "9990000212",
        title: "Mr",
        given: "Zbigniew",
        family: "Pawlak",
        born: "1955-09-15",
        gender: Gender::Male,
        address: ["70 Candlewright Gardens", "Bromley, London"],
        postcode: "BR1 3MO",
        telephone: "020 7946 0212",
        practice: Some(Feed::Millpond),
    };
    let mut practice = Chart::new(Feed::Millpond, "ML0000212", zbigniew.told(), "Dr Kavita Rao");
    practice.no_known_allergies(diary.day(800));
    practice.problem("Chronic obstructive pulmonary disease", Some("13645005"), diary.day(2_900));
    practice.repeat(drugs::TIOTROPIUM, diary.day(2_880));

    let mut hospital = Chart::new(Feed::Thameside, "TH0000212", zbigniew.told(), "Dr Halima Farah");
    hospital.attendance("Inpatient", diary.at(1, 9, 0), None, "Ward 12, respiratory", "Infective exacerbation of COPD");
    let taken = diary.at(1, 9, 20);
    let early = hospital.result(&panels::KIDNEY, panels::POTASSIUM, 7.2, taken);
    order(early, "order-1", ResultStatus::Final, diary.at(1, 10, 5), None);
    let corrected = hospital.result(&panels::KIDNEY, panels::POTASSIUM, 4.6, taken);
    order(
        corrected,
        "order-1",
        ResultStatus::Corrected,
        diary.at(1, 13, 30),
        Some("First value wrong: sample haemolysed. Repeated on a fresh sample."),
    );
    let clotted = hospital.result(&panels::BLOOD_COUNT, panels::HAEMOGLOBIN, 0.0, taken);
    order(
        clotted,
        "order-2",
        ResultStatus::Cancelled,
        diary.at(1, 10, 20),
        Some("Sample clotted. Please send another."),
    );
    if let Content::TestResult(result) = &mut clotted.content {
        (result.value, result.flag) = (None, None);
    }
    let culture = hospital.result(&CULTURE, CULTURE_GROWTH, 0.0, taken);
    order(culture, "order-3", ResultStatus::Preliminary, diary.at(0, 8, 0), None);
    if let Content::TestResult(result) = &mut culture.content {
        result.value = Some("No growth at 24 hours".to_owned());
        (result.unit, result.range, result.flag) = (None, None, None);
    }
    vec![practice, hospital]
}

const CULTURE_GROWTH: panels::Assay =
    panels::Assay { name: "Blood culture", code: "600-7", unit: "", ..panels::WEIGHT };
const CULTURE: Panel = Panel { name: "Blood culture", specimen: Some("Blood"), assays: &[CULTURE_GROWTH] };

/// The state of one result of an order, and when the laboratory said so.
fn order(entry: &mut NewEntry, number: &str, status: ResultStatus, said: When, comment: Option<&str>) {
    entry.part_of = Some(number.to_owned());
    entry.recorded = Some(said);
    if let Content::TestResult(result) = &mut entry.content {
        result.status = status;
        result.comment = comment.map(str::to_owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diary() -> Diary {
        Diary::new("2026-11-22T13:41:30Z".parse().unwrap())
    }

    fn results(charts: &[Chart]) -> Vec<record::TestResult> {
        let entries = charts.iter().flat_map(|chart| &chart.entries);
        let result = |entry: &NewEntry| match &entry.content {
            Content::TestResult(result) => Some(result.clone()),
            _ => None,
        };
        entries.filter_map(result).collect()
    }

    #[test]
    fn one_test_has_forty_values_over_six_years() {
        let charts = years_of_one_test(diary());
        assert_eq!(results(&charts).iter().filter(|r| r.test == "HbA1c").count(), 40);
        let days: Vec<_> = charts
            .iter()
            .flat_map(|c| &c.entries)
            .filter(|e| matches!(e.content, Content::TestResult(_)))
            .filter_map(|e| e.when)
            .collect();
        let (first, last) =
            (days.iter().map(|w| w.first_day()).min().unwrap(), days.iter().map(|w| w.first_day()).max().unwrap());
        assert!((last - first).get_days() > 5 * 365);
    }

    #[test]
    fn some_results_are_far_out_of_range() {
        let flags: std::collections::BTreeSet<_> =
            results(&out_of_range(diary())).into_iter().filter_map(|r| r.flag).collect();
        assert!(["H", "L", "LL"].iter().all(|flag| flags.contains(*flag)), "{flags:?}");
    }

    #[test]
    fn every_state_that_is_not_final_is_there() {
        let states: Vec<_> = results(&not_yet_final(diary())).into_iter().map(|r| r.status).collect();
        for status in [ResultStatus::Preliminary, ResultStatus::Corrected, ResultStatus::Cancelled] {
            assert!(states.contains(&status), "{status:?}");
        }
    }
}
