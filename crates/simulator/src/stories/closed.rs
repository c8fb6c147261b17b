use record::{AppointmentStatus, Demographics, Gender, MedicineStatus, Sensitivity, When};

use super::{OPTED_OUT, Somebody};
use crate::chart::Chart;
use crate::diary::Diary;
use crate::drugs;
use crate::letters::Subject;
use crate::organisations::Feed;
use crate::panels;

/// Entries that the practice and the mental-health trust marked as very restricted.
pub(super) fn sensitive(diary: Diary) -> Vec<Chart> {
    let natalie = Somebody {
        digits: "9990000069",
        title: "Ms",
        given: "Natalie Simone",
        family: "Francis",
        born: "1994-02-11",
        gender: Gender::Female,
        address: ["Flat 3, 140 Marigold Gardens", "Deptford, London"],
        postcode: "SE8 3OC",
        telephone: "07700 900169",
        practice: Some(Feed::Riverside),
    };
    let mut practice = Chart::new(Feed::Riverside, "RS0000069", natalie.told(), "Dr Bhavna Shah");
    practice.allergy("Ibuprofen", "Wheeze", "moderate", When::Year(2013));
    practice.problem("Asthma", Some("195967001"), When::Year(2002));
    practice.repeat(drugs::SALBUTAMOL, diary.day(1_400));
    let visit = practice.attendance(
        "GP consultation",
        diary.clinic(300, 16, 0),
        Some(diary.clinic(300, 16, 20)),
        "Riverside Surgery",
        "Personal matter",
    );
    visit.sensitivity = Sensitivity::Sensitive;
    let visit = visit.key.clone();
    let problem = practice.problem("Induced termination of pregnancy", Some("57797005"), diary.day(300));
    (problem.sensitivity, problem.part_of) = (Sensitivity::Sensitive, Some(visit.clone()));
    let written = diary.at(296, 9, 0);
    let text = Subject { from: "Riverside Surgery", who: &practice.told, author: "Dr Bhavna Shah", written }
        .plain("Referral", "Referred as discussed. She asks that this letter is not shared.");
    let letter = practice.letter("Referral letter", "Referral letter", written, text);
    (letter.sensitivity, letter.part_of) = (Sensitivity::Sensitive, Some(visit));
    let test = practice.problem("Chlamydial infection", Some("105629000"), diary.day(900));
    test.sensitivity = Sensitivity::Sensitive;
    practice.medicine(drugs::DOXYCYCLINE, MedicineStatus::Completed, "Acute", diary.day(900)).sensitivity =
        Sensitivity::Sensitive;

    let mut trust = Chart::new(Feed::Marlowe, "MM0000069", natalie.told(), "Dr Yetunde Balogun");
    trust.problem("Anxiety disorder", Some("197480006"), diary.day(280));
    trust
        .attendance(
            "Talking therapy",
            diary.clinic(250, 13, 0),
            Some(diary.clinic(250, 13, 50)),
            "Deptford centre",
            "First session",
        )
        .sensitivity = Sensitivity::Sensitive;
    trust.appointment("Talking therapy", AppointmentStatus::Attended, diary.clinic(236, 13, 0), "Deptford centre");
    vec![practice, trust]
}

/// Somebody whose whereabouts must not be found; two sources still send them.
pub(super) fn restricted(diary: Diary) -> Vec<Chart> {
    let ewa = Somebody {
        digits: "9990000077",
        title: "Ms",
        given: "Ewa",
        family: "Kaczmarek",
        born: "1985-05-30",
        gender: Gender::Female,
        address: ["Flat 22, 5 Osierbed Walk", "Catford, London"],
        postcode: "SE6 1IV",
        telephone: "07700 900177",
        practice: Some(Feed::Riverside),
    };
    let told = Demographics { restricted: true, ..ewa.told() };
    let mut practice = Chart::new(Feed::Riverside, "RS0000077", told.clone(), "Dr Priya Nair");
    practice.no_known_allergies(diary.day(410));
    practice.problem("Migraine", Some("37796009"), diary.day(1_500));
    practice.repeat(drugs::SUMATRIPTAN, diary.day(1_490));
    let mut hospital = Chart::new(Feed::Thameside, "TH0000077", told, "Dr Babatunde Sowande");
    hospital.attendance(
        "Emergency",
        diary.at(410, 23, 10),
        Some(diary.at(409, 4, 0)),
        "Emergency department",
        "Head injury, minor",
    );
    vec![practice, hospital]
}

/// Somebody who has chosen not to share: there is plenty, and none of it opens.
pub(super) fn opted_out(diary: Diary) -> Vec<Chart> {
    let declan = Somebody {
        digits: OPTED_OUT,
        title: "Mr",
        given: "Declan Patrick",
        family: "Hennessy",
        born: "1972-12-08",
        gender: Gender::Male,
        address: ["19 Foundry Grove", "Woolwich, London"],
        postcode: "SE18 7CV",
        telephone: "020 7946 0185",
        practice: Some(Feed::Millpond),
    };
    let mut practice = Chart::new(Feed::Millpond, "ML0000085", declan.told(), "Dr Kavita Rao");
    practice.allergy("Penicillin", "Rash", "mild", When::Year(1980));
    practice.problem("Epilepsy", Some("84757009"), When::Year(1990));
    practice.repeat(drugs::LEVETIRACETAM, diary.day(2_200));
    practice.result(&panels::KIDNEY, panels::SODIUM, 137.0, diary.at(120, 9, 0));
    let mut hospital = Chart::new(Feed::Thameside, "TH0000085", declan.told(), "Dr Amara Mensah");
    hospital.attendance("Emergency", diary.at(33, 6, 40), Some(diary.at(33, 12, 0)), "Emergency department", "Seizure");
    vec![practice, hospital]
}

/// Somebody who died in hospital this year.
pub(super) fn deceased(diary: Diary) -> Vec<Chart> {
    let winston = Somebody {
        digits: "9990000093",
        title: "Mr",
        given: "Winston Everton",
        family: "Samuels",
        born: "1939-04-17",
        gender: Gender::Male,
        address: ["6 Dovecote Close", "Orpington, London"],
        postcode: "BR5 2KM",
        telephone: "020 7946 0193",
        practice: Some(Feed::Millpond),
    };
    let died = 316;
    let told = Demographics { died: Some(Some(diary.day(died))), ..winston.told() };
    let mut practice = Chart::new(Feed::Millpond, "ML0000093", told.clone(), "Dr Dinesh Patel");
    practice.no_known_allergies(diary.day(1_900));
    practice.problem("Heart failure", Some("84114007"), diary.day(1_600));
    practice.problem("Chronic kidney disease stage 3", Some("433144002"), diary.day(1_450));
    for drug in [drugs::FUROSEMIDE, drugs::BISOPROLOL, drugs::SPIRONOLACTONE] {
        practice.medicine(drug, MedicineStatus::Discontinued, "Repeat", diary.day(1_500));
    }
    let mut hospital = Chart::new(Feed::Thameside, "TH0000093", told, "Dr Ngozi Eze");
    let (arrived, left) = (diary.at(died + 6, 3, 20), diary.at(died, 5, 45));
    let stay = hospital
        .attendance(
            "Inpatient",
            arrived,
            Some(left),
            "Ward 4, cardiology",
            "Breathlessness, decompensated heart failure",
        )
        .key
        .clone();
    hospital.result(&panels::HEART, panels::NT_PRO_BNP, 8_240.0, diary.at(died + 6, 4, 0)).part_of = Some(stay.clone());
    let written = diary.at(died - 1, 10, 0);
    let text = Subject { from: "Thameside Hospital", who: &hospital.told, author: &hospital.author, written }.plain(
        "Notification of death",
        "Mr Samuels died peacefully on the ward with his family present. Cause: heart failure.",
    );
    hospital.letter("Notification of death", "Letter", written, text).part_of = Some(stay);
    vec![practice, hospital]
}

/// Born days ago in hospital; nothing else has happened yet.
pub(super) fn newborn(diary: Diary) -> Vec<Chart> {
    let baby = Somebody {
        digits: "9990000107",
        title: "",
        given: "Baby",
        family: "Warsame",
        born: "",
        gender: Gender::Female,
        address: ["Flat 40, 11 Gannet Court", "Thamesmead, London"],
        postcode: "SE28 8VK",
        telephone: "07700 900107",
        practice: Some(Feed::Millpond),
    };
    let mut told = baby.told();
    told.born = Some(diary.day(2));
    vec![Chart::new(Feed::Thameside, "TH0000107", told, "Sahra Jama, midwife")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{AlertKind, Content};

    fn diary() -> Diary {
        Diary::new("2026-11-22T13:41:30Z".parse().unwrap())
    }

    #[test]
    fn what_belongs_to_a_sensitive_visit_is_marked_with_it() {
        for chart in sensitive(diary()) {
            for entry in chart.entries.iter().filter(|entry| entry.part_of.is_some()) {
                assert_eq!(entry.sensitivity, Sensitivity::Sensitive, "{:?}", entry.content);
            }
        }
    }

    #[test]
    fn the_newborn_has_no_entry_and_the_restricted_person_no_alert() {
        assert!(newborn(diary()).iter().all(|chart| chart.entries.is_empty()));
        let alerts = restricted(diary())
            .into_iter()
            .flat_map(|chart| chart.entries)
            .filter(|e| matches!(&e.content, Content::Alert(a) if a.kind == AlertKind::Alert));
        assert_eq!(alerts.count(), 0);
    }
}
