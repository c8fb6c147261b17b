use record::{AppointmentStatus, Demographics, Gender, When};

use super::{Somebody, number};
use crate::chart::Chart;
use crate::diary::Diary;
use crate::drugs;
use crate::organisations::Feed;
use crate::panels;

/// A family name of forty characters.
pub(super) fn long_name(diary: Diary) -> Vec<Chart> {
    let morenike = Somebody {
        digits: "9990000123",
        title: "Dr",
        given: "Morenike Oluwaseun",
        family: "Adebayo-Ogunleye-Featherstonehaugh-Smithe",
        born: "1979-06-06",
        gender: Gender::Female,
        address: ["Flat 61, 102 Saltmarsh Terrace", "Rotherhithe, London"],
        postcode: "SE16 5IV",
        telephone: "07700 900123",
        practice: Some(Feed::Riverside),
    };
    let mut practice = Chart::new(Feed::Riverside, "RS0000123", morenike.told(), "Dr Priya Nair");
    practice.allergy("Codeine", "Nausea and vomiting", "mild", When::Year(2016));
    practice.problem("Hypothyroidism", Some("40930008"), diary.day(2_600));
    practice.repeat(drugs::LEVOTHYROXINE, diary.day(2_590));
    practice.result(&panels::THYROID, panels::TSH, 3.1, diary.at(90, 8, 40));
    let mut hospital = Chart::new(Feed::Guildhall, "GH0000123", morenike.told(), "Dr Ximena Peña");
    hospital.appointment("Endocrine clinic", AppointmentStatus::Booked, diary.clinic(-40, 15, 0), "Guildhall Hospital");
    vec![practice, hospital]
}

const TWIN: Somebody<'_> = Somebody {
    digits: ELIF,
    title: "Miss",
    given: "Elif",
    family: "Öztürk",
    born: "2015-08-14",
    gender: Gender::Female,
    address: ["54 Yarrow Street", "Walworth, London"],
    postcode: "SE17 2MO",
    telephone: "07700 900131",
    practice: Some(Feed::Riverside),
};
const ELIF: &str = "9990000131";
const ZEYNEP: &str = "9990000158";
const ELIF_AT_GUILDHALL: &str = "GH0000131";

/// The first of the twins.
pub(super) fn first_twin(diary: Diary) -> Vec<Chart> {
    let mut practice = Chart::new(Feed::Riverside, "RS0000131", TWIN.told(), "Dr Bhavna Shah");
    practice.allergy("Egg", "Urticaria", "mild", diary.day(3_000));
    practice.problem("Asthma", Some("195967001"), diary.day(1_200));
    practice.repeat(drugs::SALBUTAMOL, diary.day(1_190));
    practice.immunisation("MMR", diary.day(3_600), Some(1));
    let mut hospital = Chart::new(Feed::Guildhall, ELIF_AT_GUILDHALL, TWIN.told(), "Dr Mehmet Şahin");
    let (start, end) = (diary.at(140, 17, 0), diary.at(140, 20, 30));
    hospital.attendance(
        "Emergency",
        start,
        Some(end),
        "Children's emergency department",
        "Acute exacerbation of asthma",
    );
    hospital.involved("Ayşe Öztürk", "Mother", "07700 900131", None);
    vec![practice, hospital]
}

/// The second, who is well.
pub(super) fn second_twin(diary: Diary) -> Vec<Chart> {
    let zeynep = Somebody { digits: ZEYNEP, given: "Zeynep", ..TWIN };
    let mut practice = Chart::new(Feed::Riverside, "RS0000158", zeynep.told(), "Dr Bhavna Shah");
    practice.no_known_allergies(diary.day(1_000));
    practice.immunisation("MMR", diary.day(3_600), Some(1));
    let mut hospital = Chart::new(Feed::Guildhall, "GH0000158", zeynep.told(), "Dr Mehmet Şahin");
    hospital.appointment(
        "Children's hearing clinic",
        AppointmentStatus::Attended,
        diary.clinic(400, 10, 0),
        "Guildhall Hospital",
    );
    vec![practice, hospital]
}

/// The message that went astray: Elif's blood test, under her own hospital number,
/// name and birth date, and under Zeynep's NHS number.
pub(crate) fn swapped_between_the_twins(diary: Diary) -> Chart {
    let told = Demographics { nhs_number: number(ZEYNEP), ..TWIN.told() };
    let mut chart = Chart::new(Feed::Guildhall, ELIF_AT_GUILDHALL, told, "Dr Mehmet Şahin");
    for (assay, value) in [(panels::HAEMOGLOBIN, 121.0), (panels::WHITE_CELLS, 12.4), (panels::PLATELETS, 310.0)] {
        let taken = diary.at(140, 17, 40);
        let entry = chart.result(&panels::BLOOD_COUNT, assay, value, taken);
        entry.recorded = Some(When::from(diary.minutes_ago(3)));
    }
    chart
}

/// One man whom a hospital registered again under a number of its own.
pub(super) fn two_numbers(diary: Diary) -> Vec<Chart> {
    let kwame = Somebody {
        digits: "9990000166",
        title: "Mr",
        given: "Kwame",
        family: "Asante",
        born: "1966-10-03",
        gender: Gender::Male,
        address: ["23 Tanner's Road", "Peckham, London"],
        postcode: "SE15 5CV",
        telephone: "07700 900166",
        practice: Some(Feed::Riverside),
    };
    let mut practice = Chart::new(Feed::Riverside, "RS0000166", kwame.told(), "Dr Priya Nair");
    practice.no_known_allergies(diary.day(300));
    practice.problem("Hypertension", Some("38341003"), diary.day(1_800));
    practice.repeat(drugs::AMLODIPINE.at_dose("10 mg"), diary.day(1_790));
    let again = Somebody { digits: "9990000174", ..kwame };
    let mut hospital = Chart::new(Feed::Kingsbrook, "KB0000174", again.told(), "Dr Ciara Nolan");
    hospital.allergy("Aspirin", "Wheeze", "severe", diary.day(44));
    hospital.attendance(
        "Emergency",
        diary.at(44, 2, 10),
        Some(diary.at(44, 9, 0)),
        "Emergency department",
        "Chest pain",
    );
    hospital.result(&panels::CARDIAC, panels::TROPONIN, 9.0, diary.at(44, 3, 0));
    vec![practice, hospital]
}

/// Somebody newly arrived, whom no practice has registered and who has no number yet.
pub(super) fn no_number(diary: Diary) -> Vec<Chart> {
    let luz = Somebody {
        digits: "",
        title: "Ms",
        given: "Luz Marina",
        family: "Restrepo",
        born: "1990-03-21",
        gender: Gender::Female,
        address: ["Flat 2, 77 Quayman Street", "Walworth, London"],
        postcode: "SE17 9VK",
        telephone: "07700 900190",
        practice: None,
    };
    let told = Demographics { interpreter: Some("Spanish".to_owned()), ..luz.told() };
    let mut hospital = Chart::new(Feed::Guildhall, "GH0000190", told.clone(), "Dr Ximena Peña");
    hospital.allergy("Metamizole", "Rash", "moderate", When::Year(2020));
    let (arrived, left) = (diary.at(16, 9, 20), diary.at(16, 15, 0));
    let stay = hospital
        .attendance("Emergency", arrived, Some(left), "Emergency department", "Abdominal pain, 14 weeks pregnant")
        .key
        .clone();
    hospital.problem("Pregnancy", Some("77386006"), diary.day(98)).part_of = Some(stay.clone());
    hospital.result(&panels::BLOOD_COUNT, panels::HAEMOGLOBIN, 104.0, diary.at(16, 10, 0)).part_of = Some(stay);
    hospital.appointment("Antenatal clinic", AppointmentStatus::Booked, diary.clinic(-6, 9, 40), "Guildhall Hospital");
    let mut ambulance = Chart::new(Feed::Ambulance, "CA0000190", told, "Delroy Gayle");
    ambulance.attendance(
        "Ambulance attendance",
        diary.at(16, 8, 40),
        Some(diary.at(16, 9, 25)),
        "Home",
        "Abdominal pain",
    );
    vec![hospital, ambulance]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diary() -> Diary {
        Diary::new("2026-11-22T13:41:30Z".parse().unwrap())
    }

    #[test]
    fn the_long_family_name_has_at_least_forty_characters() {
        let told = &long_name(diary())[0].told;
        assert!(told.name.family.chars().count() >= 40);
    }

    #[test]
    fn the_twins_share_everything_but_given_name_and_number() {
        let (one, other) = (first_twin(diary())[0].told.clone(), second_twin(diary())[0].told.clone());
        assert_eq!((one.born, &one.address, &one.name.family), (other.born, &other.address, &other.name.family));
        assert_ne!(one.name.given, other.name.given);
        assert_ne!(one.nhs_number, other.nhs_number);
    }

    #[test]
    fn the_astray_message_has_one_twins_chart_and_the_others_number() {
        let astray = swapped_between_the_twins(diary());
        let own = first_twin(diary()).into_iter().find(|chart| chart.feed == Feed::Guildhall).unwrap();
        assert_eq!((astray.local, &astray.told.name), (own.local, &own.told.name));
        assert_eq!(astray.told.nhs_number, second_twin(diary())[0].told.nhs_number);
    }

    #[test]
    fn two_valid_numbers_name_one_man() {
        let charts = two_numbers(diary());
        assert_eq!((&charts[0].told.name, charts[0].told.born), (&charts[1].told.name, charts[1].told.born));
        assert_ne!(charts[0].told.nhs_number, charts[1].told.nhs_number);
    }
}
