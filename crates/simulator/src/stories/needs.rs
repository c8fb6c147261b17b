use record::{AlertKind, AppointmentStatus, Demographics, Gender, When};

use super::Somebody;
use crate::chart::Chart;
use crate::diary::Diary;
use crate::drugs;
use crate::letters::Subject;
use crate::organisations::Feed;
use crate::panels;

/// Somebody whose most important source has gone silent.
pub(super) fn stale_source(diary: Diary) -> Vec<Chart> {
    let thanh = Somebody {
        digits: "9990000050",
        title: "Mr",
        given: "Văn Thanh",
        family: "Nguyễn",
        born: "1958-09-23",
        gender: Gender::Male,
        address: ["Flat 12, 3 Hopfield Court", "Camberwell, London"],
        postcode: "SE5 7CV",
        telephone: "07700 900150",
        practice: Some(Feed::Riverside),
    };
    let told = Demographics { interpreter: Some("Vietnamese".to_owned()), ..thanh.told() };
    let mut practice = Chart::new(Feed::Riverside, "RS0000050", told.clone(), "Dr Priya Nair");
    practice.no_known_allergies(diary.day(640));
    practice.problem("Chronic kidney disease stage 4", Some("431857002"), diary.day(700));
    practice.problem("Gout", Some("90560007"), diary.day(1_700));
    for (drug, days_ago) in [
        (drugs::ALLOPURINOL.at_dose("100 mg"), 1_690),
        (drugs::FUROSEMIDE, 500),
        (drugs::AMLODIPINE.at_dose("10 mg"), 2_000),
    ] {
        practice.repeat(drug, diary.day(days_ago));
    }
    let mut hospital = Chart::new(Feed::Kingsbrook, "KB0000050", told, "Dr Adunni Olatunji");
    for visit in 0..8_i32 {
        let fall = f64::from(visit);
        let taken = diary.at(640 - i64::from(visit) * 90, 9, 40);
        for (assay, value) in [
            (panels::POTASSIUM, 4.8 + fall * 0.07),
            (panels::CREATININE, 205.0 + fall * 9.0),
            (panels::EGFR, 28.0 - fall * 1.2),
            (panels::UREA, 15.0 + fall * 0.6),
        ] {
            hospital.result(&panels::KIDNEY, assay, value, taken);
        }
        hospital.appointment("Renal clinic", AppointmentStatus::Attended, taken, "Kingsbrook Hospital");
    }
    hospital.appointment("Renal clinic", AppointmentStatus::Booked, diary.clinic(-12, 9, 40), "Kingsbrook Hospital");
    let written = diary.at(10, 16, 0);
    let text = Subject { from: "Kingsbrook Hospital", who: &hospital.told, author: &hospital.author, written }.clinic(
        "Renal clinic",
        &["Chronic kidney disease stage 4", "Gout"],
        "His kidney function falls slowly. We talked, with an interpreter, about dialysis.",
        "Blood tests monthly. Avoid anti-inflammatory tablets. He would like to visit the dialysis unit.",
    );
    hospital.letter("Renal clinic letter", "Outpatient letter", written, text);
    vec![practice, hospital]
}

/// Somebody who takes sixty medicines.
pub(super) fn sixty_medicines(diary: Diary) -> Vec<Chart> {
    let rajesh = Somebody {
        digits: "9990000115",
        title: "Mr",
        given: "Rajesh Kumar",
        family: "Pillai",
        born: "1944-01-25",
        gender: Gender::Male,
        address: ["131 Bellmaker Road", "Bexleyheath, London"],
        postcode: "DA7 4OC",
        telephone: "020 7946 0115",
        practice: Some(Feed::Millpond),
    };
    let mut practice = Chart::new(Feed::Millpond, "ML0000115", rajesh.told(), "Dr Dinesh Patel");
    practice.allergy("Sulfonamide antibiotics", "Rash", "moderate", When::Year(1971));
    for (term, code) in [
        ("Heart failure", "84114007"),
        ("Chronic obstructive pulmonary disease", "13645005"),
        ("Type 2 diabetes mellitus", "44054006"),
        ("Atrial fibrillation", "49436004"),
        ("Osteoarthritis", "396275006"),
        ("Chronic kidney disease stage 3", "433144002"),
        ("Gout", "90560007"),
    ] {
        practice.problem(term, Some(code), diary.day(3_000));
    }
    for (drug, place) in drugs::ALL.iter().take(60).zip(0_i64..) {
        practice.repeat(*drug, diary.day(40 + place * 37));
    }
    for (assay, value) in [(panels::POTASSIUM, 5.2), (panels::CREATININE, 141.0), (panels::EGFR, 43.0)] {
        practice.result(&panels::KIDNEY, assay, value, diary.at(35, 9, 0));
    }
    for (days_ago, value) in [(90, 2.4), (60, 3.6), (32, 2.8), (4, 2.6)] {
        practice.result(&panels::CLOTTING, panels::INR, value, diary.at(days_ago, 8, 20));
    }
    practice.procedure(
        "Implantation of cardiac pacemaker",
        diary.day(1_100),
        "Atrial fibrillation with slow ventricular rate",
    );
    let mut council = Chart::new(Feed::Ravensmere, "RC0000115", rajesh.told(), "Catalina Muñoz");
    council.social_care(
        "Medication support",
        "Active",
        "Carer prompts medicines four times a day",
        diary.day(300),
        Some(diary.day(-30)),
    );
    vec![practice, council]
}

/// Somebody who needs an interpreter, another format and another way of being seen.
pub(super) fn interpreter_and_adjustments(diary: Diary) -> Vec<Chart> {
    let siu_fong = Somebody {
        digits: "9990000190",
        title: "Mrs",
        given: "Siu Fong",
        family: "Leung",
        born: "1949-01-02",
        gender: Gender::Female,
        address: ["44 Vintner's Walk", "Deptford, London"],
        postcode: "SE8 5IV",
        telephone: "020 7946 0190",
        practice: Some(Feed::Riverside),
    };
    let told = Demographics { interpreter: Some("Cantonese".to_owned()), ..siu_fong.told() };
    let mut practice = Chart::new(Feed::Riverside, "RS0000190", told.clone(), "Dr Bhavna Shah");
    practice.no_known_allergies(diary.day(200));
    practice.alert(
        AlertKind::AccessibleInformation,
        "Interpreter: Cantonese",
        "A woman, if possible; book double time",
        diary.day(1_500),
    );
    practice.alert(
        AlertKind::AccessibleInformation,
        "Large print, at least 18 point",
        "Macular degeneration in both eyes",
        diary.day(800),
    );
    practice.alert(
        AlertKind::ReasonableAdjustment,
        "Quiet room, first appointment of the day",
        "Dementia: noise and waiting distress her",
        diary.day(600),
    );
    practice.alert(
        AlertKind::ReasonableAdjustment,
        "Carer stays with her",
        "Her husband stays for examinations and scans",
        diary.day(600),
    );
    practice.problem("Dementia", Some("52448006"), diary.day(620));
    practice.problem("Age-related macular degeneration", Some("267718000"), diary.day(1_100));
    practice.repeat(drugs::DONEPEZIL, diary.day(600));
    practice.involved("Wong Chi Keung", "Spouse, main carer", "07700 900191", None);
    let mut trust = Chart::new(Feed::Marlowe, "MM0000190", told.clone(), "Dr Segun Balogun");
    trust.problem("Dementia", Some("52448006"), diary.day(630));
    trust.appointment("Memory clinic", AppointmentStatus::Booked, diary.clinic(-20, 9, 0), "Deptford centre");
    let mut community = Chart::new(Feed::Southbank, "SB0000190", told.clone(), "Hodan Warsame");
    community.alert(
        AlertKind::Plan,
        "About me",
        "Sings Cantonese opera. Tea, never coffee. Likes her hand held.",
        diary.day(400),
    );
    let mut council = Chart::new(Feed::Southmere, "SM0000190", told, "Joseph Osei");
    council.social_care(
        "Day centre",
        "Active",
        "Tuesdays and Thursdays, with transport",
        diary.day(350),
        Some(diary.day(-90)),
    );
    council.worker("Joseph Osei", "Social worker", "020 7946 0190", diary.day(350));
    vec![practice, trust, community, council]
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Content;

    fn diary() -> Diary {
        Diary::new("2026-11-22T13:41:30Z".parse().unwrap())
    }

    #[test]
    fn sixty_medicines_are_sixty_current_ones_of_different_names() {
        let names: std::collections::BTreeSet<_> = sixty_medicines(diary())
            .into_iter()
            .flat_map(|chart| chart.entries)
            .filter_map(|entry| match entry.content {
                Content::Medicine(medicine) => Some(medicine.name),
                _ => None,
            })
            .collect();
        assert_eq!(names.len(), 60);
    }

    #[test]
    fn both_kinds_of_need_are_told() {
        let kinds: Vec<AlertKind> = interpreter_and_adjustments(diary())
            .iter()
            .flat_map(|chart| &chart.entries)
            .filter_map(|entry| match &entry.content {
                Content::Alert(alert) => Some(alert.kind),
                _ => None,
            })
            .collect();
        assert!(kinds.contains(&AlertKind::AccessibleInformation) && kinds.contains(&AlertKind::ReasonableAdjustment));
    }
}
