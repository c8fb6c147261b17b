use record::{AlertKind, AppointmentStatus, Content, Demographics, Gender, MedicineStatus, When};

use super::Somebody;
use crate::chart::Chart;
use crate::diary::Diary;
use crate::drugs;
use crate::letters::Subject;
use crate::organisations::Feed;
use crate::panels;

const GRACE: Somebody<'_> = Somebody {
    digits: "9990000018",
    title: "Mrs",
    given: "Grace Adaeze",
    family: "Okafor",
    born: "1951-03-04",
    gender: Gender::Female,
    address: ["12 Kestrel Road", "Camberwell, London"],
    postcode: "SE5 8CV",
    telephone: "020 7946 0118",
    practice: Some(Feed::Riverside),
};

/// Known to eight record systems, which do not agree about ramipril.
pub(super) fn grace(diary: Diary) -> Vec<Chart> {
    vec![
        practice(diary),
        thameside(diary),
        discharge_medicines(diary),
        kingsbrook(diary),
        guildhall(diary),
        mental_health(diary),
        community(diary),
        council(diary),
    ]
}

fn told() -> Demographics {
    let mut told = GRACE.told();
    told.name.preferred = Some("Addy".to_owned());
    told.telephones.push("07700 900118".to_owned());
    told.ethnicity = Some("Black or Black British - African".to_owned());
    told.interpreter = Some("Igbo".to_owned());
    told
}

fn practice(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Riverside, "RS0000018", told(), "Dr Priya Nair");
    chart.allergy("Penicillin", "Anaphylaxis", "severe", day("2009-05-12"));
    chart.alert(
        AlertKind::AccessibleInformation,
        "Interpreter: Igbo",
        "Her daughter may not interpret at appointments",
        diary.day(2_100),
    );
    chart.alert(
        AlertKind::ReasonableAdjustment,
        "Hearing aid, left",
        "Speak to her right side, face to face",
        diary.day(900),
    );
    problems(&mut chart, diary);
    practice_medicines(&mut chart, diary);
    for (days_ago, hba1c, creatinine, egfr, potassium) in [
        (1_180, 66.0, 88.0, 58.0, 4.6),
        (815, 63.0, 96.0, 52.0, 4.7),
        (448, 61.0, 104.0, 48.0, 4.9),
        (81, 58.0, 112.0, 44.0, 5.0),
    ] {
        let taken = diary.at(days_ago, 9, 10);
        chart.result(&panels::DIABETES, panels::HBA1C, hba1c, taken);
        chart.result(&panels::KIDNEY, panels::CREATININE, creatinine, taken);
        chart.result(&panels::KIDNEY, panels::EGFR, egfr, taken);
        chart.result(&panels::KIDNEY, panels::POTASSIUM, potassium, taken);
        chart.result(&panels::KIDNEY, panels::SODIUM, 139.0, taken);
        chart.result(&panels::PRESSURE, panels::SYSTOLIC, 146.0, taken);
        chart.result(&panels::PRESSURE, panels::DIASTOLIC, 82.0, taken);
    }
    for year in 0..4 {
        chart.immunisation("Influenza, inactivated", diary.day(40 + 365 * year), None);
    }
    chart.immunisation("Pneumococcal polysaccharide", day("2016-10-11"), None);
    chart.attendance(
        "GP consultation",
        diary.clinic(81, 9, 0),
        Some(diary.clinic(81, 9, 15)),
        "Riverside Surgery",
        "Diabetes review",
    );
    chart.appointment("Medication review", AppointmentStatus::Booked, diary.clinic(-17, 11, 20), "Riverside Surgery");
    chart.involved("Chidinma Okafor", "Daughter", "07700 900219", None);
    chart.involved("Dr Priya Nair", "Registered GP", "020 7946 0100", Some(diary.day(4_000)));
    chart
}

fn problems(chart: &mut Chart, diary: Diary) {
    chart.problem("Hypertension", Some("38341003"), When::Year(1998));
    chart.problem("Type 2 diabetes mellitus", Some("44054006"), day("2006-09-18"));
    chart.problem("Atrial fibrillation", Some("49436004"), day("2024-02-11"));
    chart.problem("Chronic kidney disease stage 3", Some("433144002"), diary.day(810));
    chart.problem("Osteoarthritis", Some("396275006"), When::Year(2015));
    chart.problem("Depressive disorder", Some("35489007"), day("2021-06-30"));
    chart.past_problem("Lower respiratory tract infection", Some("50417007"), diary.day(420), diary.day(410));
}

fn practice_medicines(chart: &mut Chart, diary: Diary) {
    let issued = diary.day(20);
    for (drug, started) in [
        (drugs::RAMIPRIL, diary.day(2_400)),
        (drugs::APIXABAN, day("2024-02-11")),
        (drugs::METFORMIN, day("2006-10-02")),
        (drugs::AMLODIPINE, day("2012-03-20")),
        (drugs::ATORVASTATIN, day("2010-01-14")),
        (drugs::BISOPROLOL, day("2024-02-11")),
        (drugs::SERTRALINE.at_dose("50 mg"), day("2021-07-05")),
        (drugs::OMEPRAZOLE, day("2018-11-01")),
    ] {
        if let Content::Medicine(medicine) = &mut chart.repeat(drug, started).content {
            medicine.last_issued = Some(issued);
        }
    }
    chart.medicine(drugs::CO_CODAMOL, MedicineStatus::Suspended, "Acute", diary.day(81));
    for (drug, days_ago, ended) in
        [(drugs::NAPROXEN, 2_000, 810), (drugs::DOXYCYCLINE, 420, 415), (drugs::GLICLAZIDE, 1_500, 60)]
    {
        let entry = chart.medicine(drug, MedicineStatus::Discontinued, "Repeat", diary.day(days_ago));
        if let Content::Medicine(medicine) = &mut entry.content {
            medicine.ended = Some(diary.day(ended));
        }
    }
}

fn thameside(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Thameside, "TH0000018", told(), "Dr Amara Mensah");
    chart.allergy("Penicillin", "Anaphylaxis", "severe", When::Year(2009));
    let (arrived, left) = (diary.at(3, 13, 5), diary.at(2, 16, 0));
    let stay = chart
        .attendance("Inpatient", arrived, Some(left), "Acute medical unit", "Fast heart rate, dizziness")
        .key
        .clone();
    chart.problem("Hyperkalaemia", Some("14140009"), diary.at(3, 15, 0)).part_of = Some(stay.clone());
    for (taken, potassium, creatinine, egfr) in
        [(diary.at(3, 13, 40), 5.8, 131.0, 36.0), (diary.at(2, 9, 10), 6.1, 126.0, 38.0)]
    {
        for (assay, value) in [
            (panels::SODIUM, 138.0),
            (panels::POTASSIUM, potassium),
            (panels::UREA, 11.2),
            (panels::CREATININE, creatinine),
            (panels::EGFR, egfr),
        ] {
            chart.result(&panels::KIDNEY, assay, value, taken).part_of = Some(stay.clone());
        }
    }
    for (assay, value) in [(panels::HAEMOGLOBIN, 118.0), (panels::WHITE_CELLS, 8.2), (panels::PLATELETS, 241.0)] {
        chart.result(&panels::BLOOD_COUNT, assay, value, diary.at(3, 13, 40)).part_of = Some(stay.clone());
    }
    for (assay, value) in [
        (panels::SYSTOLIC, 108.0),
        (panels::DIASTOLIC, 64.0),
        (panels::PULSE, 134.0),
        (panels::SATURATION, 96.0),
        (panels::BREATHS, 19.0),
        (panels::TEMPERATURE, 36.8),
    ] {
        chart.result(&panels::VITAL_SIGNS, assay, value, diary.at(3, 13, 15)).part_of = Some(stay.clone());
    }
    let medicines = [
        "ramipril 2.5 mg once a day (REDUCED from 5 mg: potassium 6.1 mmol/L)".to_owned(),
        "bisoprolol 5 mg once a day (INCREASED from 2.5 mg)".to_owned(),
        "apixaban 5 mg twice a day (no change)".to_owned(),
    ];
    let text = subject(&chart, left).discharge(
        "Fast heart rate and dizziness for one day.",
        "Atrial fibrillation at 134 a minute, settled with a higher dose of bisoprolol. Potassium was 6.1 mmol/L, so ramipril was halved. Interpreter (Igbo) used throughout.",
        &medicines,
        "GP: please repeat urea and electrolytes within one week and review ramipril.\nCardiology clinic at Guildhall Hospital is arranged.",
    );
    chart.letter("Discharge summary", "Discharge summary", left, text).part_of = Some(stay);
    chart.involved("Chidinma Okafor", "Daughter", "07700 900219", None);
    chart
}

fn discharge_medicines(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::ThamesideMedicines, "TM0000018", told(), "Linh Trần, pharmacist");
    let at = diary.at(2, 16, 0);
    for drug in [
        drugs::RAMIPRIL.at_dose("2.5 mg"),
        drugs::BISOPROLOL.at_dose("5 mg"),
        drugs::APIXABAN,
        drugs::METFORMIN,
        drugs::AMLODIPINE,
        drugs::ATORVASTATIN,
        drugs::OMEPRAZOLE,
    ] {
        chart.medicine(drug, MedicineStatus::Started, "Discharge", at);
    }
    chart
}

fn kingsbrook(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Kingsbrook, "KB0000018", told(), "Mr Olumide Fashola");
    let seen = diary.clinic(210, 14, 0);
    chart.appointment("Orthopaedic clinic", AppointmentStatus::Attended, seen, "Kingsbrook Hospital");
    let text = subject(&chart, seen).clinic(
        "Orthopaedic clinic",
        &["Osteoarthritis of the left knee"],
        "She walks a quarter of a mile with a stick. X-ray shows moderate change.",
        "Physiotherapy first. She does not want an operation now.",
    );
    chart.letter("Orthopaedic clinic letter", "Outpatient letter", seen, text);
    chart
}

fn guildhall(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Guildhall, "GH0000018", told(), "Dr Niamh Tierney");
    chart.appointment(
        "Anticoagulation clinic",
        AppointmentStatus::DidNotAttend,
        diary.clinic(20, 9, 0),
        "Guildhall Hospital",
    );
    chart.appointment("Cardiology clinic", AppointmentStatus::Booked, diary.clinic(-9, 10, 30), "Guildhall Hospital");
    chart.appointment(
        "Cardiology clinic",
        AppointmentStatus::Cancelled,
        diary.clinic(150, 10, 30),
        "Guildhall Hospital",
    );
    let seen = diary.clinic(330, 10, 30);
    chart.appointment("Cardiology clinic", AppointmentStatus::Attended, seen, "Guildhall Hospital");
    let text = subject(&chart, seen).clinic(
        "Cardiology clinic",
        &["Atrial fibrillation", "Hypertension"],
        "Her heart rate was 88 a minute at rest and she has had no bleeding on apixaban.",
        "Continue apixaban 5 mg twice a day. Echocardiogram in a year.",
    );
    chart.letter("Cardiology clinic letter", "Outpatient letter", seen, text);
    chart
}

fn mental_health(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Marlowe, "MM0000018", told(), "Dr Yetunde Balogun");
    chart.allergy("Latex", "Rash", "", day("2021-10-08"));
    chart.problem("Depressive disorder", Some("35489007"), day("2021-06-30"));
    chart.alert(
        AlertKind::Plan,
        "Crisis and contingency plan",
        "Ring her daughter first. She settles with company and prayer.",
        diary.day(160),
    );
    chart.attendance(
        "Community mental health contact",
        diary.clinic(160, 15, 0),
        Some(diary.clinic(160, 15, 50)),
        "Camberwell community team",
        "Review of mood",
    );
    chart.involved("Obinna Eze", "Care co-ordinator", "020 7946 0155", Some(diary.day(700)));
    chart
}

fn community(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Southbank, "SB0000018", told(), "Hodan Warsame");
    chart.alert(
        AlertKind::Plan,
        "Treatment escalation plan",
        "For admission and ward care. Not for ventilation. Agreed with her and her daughter.",
        diary.day(172),
    );
    chart.alert(
        AlertKind::Plan,
        "Care and support plan",
        "Goal: walk to church on Sundays. Left knee exercises daily.",
        diary.day(100),
    );
    chart.attendance(
        "Home visit",
        diary.clinic(12, 10, 0),
        Some(diary.clinic(12, 10, 30)),
        "Home",
        "Blood pressure and weight",
    );
    chart.result(&panels::PRESSURE, panels::SYSTOLIC, 152.0, diary.at(12, 10, 10));
    chart.result(&panels::BODY, panels::WEIGHT, 81.4, diary.at(12, 10, 15));
    chart.appointment("District nurse visit", AppointmentStatus::Booked, diary.clinic(-3, 10, 0), "Home");
    chart.involved("District nursing team, Camberwell", "District nurses", "020 7946 0177", Some(diary.day(100)));
    chart
}

fn council(diary: Diary) -> Chart {
    let mut chart = Chart::new(Feed::Southmere, "SM0000018", told(), "Joseph Osei");
    chart.alert(AlertKind::Alert, "Lives alone, key safe", "Ask Mrs Okafor or the council for the code", diary.day(81));
    chart.social_care(
        "Home care",
        "Active",
        "14 visits a week: washing, dressing, breakfast",
        diary.day(240),
        Some(diary.day(-60)),
    );
    chart.social_care("Care Act assessment", "Completed", "Eligible for support at home", diary.day(260), None);
    chart.worker("Joseph Osei", "Social worker", "020 7946 0190", diary.day(260));
    chart.social_care("Telephone contact", "Completed", "Care restarted after discharge", diary.day(1), None);
    chart
}

/// Somebody else of the same name, born ten days later, round the corner.
pub(super) fn the_other_grace(diary: Diary) -> Vec<Chart> {
    let other = Somebody {
        digits: "9990000026",
        title: "Ms",
        given: "Grace",
        born: "1951-03-14",
        address: ["7 Lanternmaker Court", "Peckham, London"],
        postcode: "SE15 2KM",
        telephone: "020 7946 0126",
        ..GRACE
    };
    let mut practice = Chart::new(Feed::Riverside, "RS0000026", other.told(), "Dr Priya Nair");
    practice.no_known_allergies(diary.day(700));
    practice.problem("Hypertension", Some("38341003"), day("2011-02-01"));
    practice.repeat(drugs::LOSARTAN, day("2011-02-01"));
    practice.result(&panels::KIDNEY, panels::POTASSIUM, 4.2, diary.at(200, 9, 30));
    let mut hospital = Chart::new(Feed::Kingsbrook, "KB0000026", other.told(), "Dr Ciara Nolan");
    let start = diary.at(95, 18, 20);
    hospital.attendance("Emergency", start, Some(diary.at(95, 21, 40)), "Emergency department", "Wrist injury");
    vec![practice, hospital]
}

fn subject(chart: &Chart, written: When) -> Subject<'_> {
    Subject { from: chart.feed.organisation(), who: &chart.told, author: &chart.author, written }
}

fn day(iso: &str) -> When {
    When::parse_iso(iso).unwrap_or(When::Year(2000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charts() -> Vec<Chart> {
        grace(Diary::new("2026-11-22T13:41:30Z".parse().unwrap()))
    }

    #[test]
    fn practice_and_discharge_disagree_about_the_dose_of_ramipril() {
        let doses: Vec<String> = charts()
            .iter()
            .flat_map(|chart| &chart.entries)
            .filter_map(|entry| match &entry.content {
                Content::Medicine(m) if m.name == "ramipril" => m.dose.clone(),
                _ => None,
            })
            .collect();
        assert_eq!(doses, ["5 mg", "2.5 mg"]);
    }

    #[test]
    fn each_of_two_sources_knows_an_allergy_that_the_other_does_not() {
        let knows = |feed, substance: &str| {
            charts()
                .iter()
                .filter(|c| c.feed == feed)
                .flat_map(|c| c.entries.clone())
                .any(|e| matches!(&e.content, Content::Allergy(a) if a.substance == substance))
        };
        assert!(knows(Feed::Riverside, "Penicillin") && !knows(Feed::Riverside, "Latex"));
        assert!(knows(Feed::Marlowe, "Latex") && !knows(Feed::Marlowe, "Penicillin"));
    }

    #[test]
    fn at_least_five_kinds_of_source_know_her() {
        let feeds: std::collections::BTreeSet<_> = charts().iter().map(|chart| chart.feed).collect();
        assert_eq!(feeds.len(), 8);
    }
}
