use record::{AppointmentStatus, Gender, When};

use super::Somebody;
use crate::chart::Chart;
use crate::diary::Diary;
use crate::drugs;
use crate::letters::Subject;
use crate::organisations::Feed;
use crate::panels;

/// The hospital knows of an anaphylaxis that nobody has told the practice.
pub(super) fn one_source_knows(diary: Diary) -> Vec<Chart> {
    let tunde = Somebody {
        digits: "9990000034",
        title: "Mr",
        given: "Tunde",
        family: "Oyelaran",
        born: "1987-11-02",
        gender: Gender::Male,
        address: ["Flat 9, 31 Ropewalker Street", "Bermondsey, London"],
        postcode: "SE1 4VK",
        telephone: "07700 900134",
        practice: Some(Feed::Millpond),
    };
    let mut practice = Chart::new(Feed::Millpond, "ML0000034", tunde.told(), "Dr Kavita Rao");
    practice.problem("Asthma", Some("195967001"), When::Year(1996));
    practice.repeat(drugs::SALBUTAMOL, diary.day(2_000));
    practice.repeat(drugs::BECLOMETASONE, diary.day(900));
    practice.immunisation("Influenza, inactivated", diary.day(45), None);

    let mut hospital = Chart::new(Feed::Guildhall, "GH0000034", tunde.told(), "Dr Łukasz Nowak");
    hospital.allergy("Peanut", "Anaphylaxis", "severe", diary.day(61));
    let (arrived, left) = (diary.at(61, 20, 15), diary.at(60, 8, 0));
    let stay = hospital
        .attendance("Emergency", arrived, Some(left), "Emergency department", "Anaphylaxis after a meal")
        .key
        .clone();
    for (assay, value) in
        [(panels::SYSTOLIC, 82.0), (panels::PULSE, 128.0), (panels::SATURATION, 90.0), (panels::BREATHS, 28.0)]
    {
        hospital.result(&panels::VITAL_SIGNS, assay, value, diary.at(61, 20, 18)).part_of = Some(stay.clone());
    }
    let text = Subject { from: "Guildhall Hospital", who: &hospital.told, author: &hospital.author, written: left }
        .discharge(
            "Swelling of the face and wheeze ten minutes after a satay dish.",
            "Anaphylaxis. Adrenaline given twice, then watched overnight. No further reaction.",
            &["adrenaline auto-injector 300 micrograms, two given (NEW)".to_owned()],
            "GP: please add peanut allergy to the record and prescribe two auto-injectors. Allergy clinic will write.",
        );
    hospital.letter("Discharge summary", "Discharge summary", left, text).part_of = Some(stay);
    hospital.appointment("Allergy clinic", AppointmentStatus::Booked, diary.clinic(-26, 14, 10), "Guildhall Hospital");

    let mut ambulance = Chart::new(Feed::Ambulance, "CA0000034", tunde.told(), "Delroy Gayle");
    ambulance.attendance(
        "Ambulance attendance",
        diary.at(61, 19, 48),
        Some(diary.at(61, 20, 20)),
        "Home",
        "Difficulty breathing",
    );
    vec![practice, hospital, ambulance]
}

/// The practice states that none are known; a hospital recorded one since.
pub(super) fn stated_none_against_known(diary: Diary) -> Vec<Chart> {
    let mary = Somebody {
        digits: "9990000042",
        title: "Mrs",
        given: "Mary Kathleen",
        family: "Brennan",
        born: "1946-07-19",
        gender: Gender::Female,
        address: ["88 Wherry Terrace", "Lewisham, London"],
        postcode: "SE13 6MO",
        telephone: "020 7946 0142",
        practice: Some(Feed::Riverside),
    };
    let mut practice = Chart::new(Feed::Riverside, "RS0000042", mary.told(), "Dr Priya Nair");
    practice.no_known_allergies(diary.day(925));
    practice.problem("Hypertension", Some("38341003"), When::Year(2004));
    practice.past_problem("Urinary tract infection", Some("68566005"), diary.day(74), diary.day(66));
    practice.repeat(drugs::AMLODIPINE, diary.day(3_000));
    practice.repeat(drugs::INDAPAMIDE, diary.day(1_200));
    practice.result(&panels::KIDNEY, panels::SODIUM, 131.0, diary.at(74, 10, 0));
    practice.result(&panels::KIDNEY, panels::POTASSIUM, 3.4, diary.at(74, 10, 0));

    let mut hospital = Chart::new(Feed::Thameside, "TH0000042", mary.told(), "Dr Femi Akinola");
    hospital.allergy("Trimethoprim", "Widespread rash, swollen lips", "moderate", diary.day(72));
    hospital.attendance(
        "Emergency",
        diary.at(72, 11, 0),
        Some(diary.at(72, 17, 30)),
        "Emergency department",
        "Rash after an antibiotic",
    );
    vec![practice, hospital]
}
