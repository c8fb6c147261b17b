use record::Gender;

use crate::drugs::{self, Drug};
use crate::panels::{self, Panel};

/// A long-term condition: whom it meets, and what it brings with it.
pub(crate) struct Condition {
    pub(crate) term: &'static str,
    /// SNOMED CT, a well-known concept.
    pub(crate) code: &'static str,
    pub(crate) from_age: i64,
    pub(crate) to_age: i64,
    pub(crate) only: Option<Gender>,
    /// How many of a thousand have it at 40 and at 80; between them it is drawn straight.
    at_40: i64,
    at_80: i64,
    pub(crate) drugs: &'static [Drug],
    /// What is measured for it, and how often a year.
    pub(crate) panels: &'static [Panel],
    pub(crate) times_a_year: i64,
    /// The hospital clinic that follows it.
    pub(crate) clinic: Option<&'static str>,
    /// What brings people who have it to an emergency department.
    pub(crate) emergency: Option<&'static str>,
    /// How it moves a test: name of the test, new usual value, change per year.
    pub(crate) moves: &'static [(&'static str, f64, f64)],
}

impl Condition {
    /// How many of a thousand people of this age and gender have it.
    pub(crate) fn share(&self, age: i64, gender: Option<Gender>) -> u64 {
        let fits = (self.from_age..=self.to_age).contains(&age) && (self.only.is_none() || self.only == gender);
        let drawn = self.at_40 + (self.at_80 - self.at_40) * (age - 40) / 40;
        if fits { u64::try_from(drawn.max(self.at_40.min(self.at_80) / 3)).unwrap_or_default() } else { 0 }
    }
}

const PLAIN: Condition = Condition {
    term: "",
    code: "",
    from_age: 18,
    to_age: 120,
    only: None,
    at_40: 0,
    at_80: 0,
    drugs: &[],
    panels: &[],
    times_a_year: 1,
    clinic: None,
    emergency: None,
    moves: &[],
};

#[rustfmt::skip]
pub(crate) const CONDITIONS: &[Condition] = &[
    Condition { term: "Hypertension", code: "38341003", from_age: 30, at_40: 120, at_80: 560,
        drugs: &[drugs::RAMIPRIL, drugs::AMLODIPINE, drugs::INDAPAMIDE], panels: &[panels::PRESSURE, panels::KIDNEY], times_a_year: 1,
        moves: &[("Systolic blood pressure", 142.0, 0.2)], ..PLAIN },
    Condition { term: "Type 2 diabetes mellitus", code: "44054006", from_age: 28, at_40: 60, at_80: 210,
        drugs: &[drugs::METFORMIN, drugs::GLICLAZIDE, drugs::EMPAGLIFLOZIN, drugs::ATORVASTATIN],
        panels: &[panels::DIABETES, panels::KIDNEY, panels::LIPIDS], times_a_year: 2, clinic: Some("Diabetes clinic"),
        moves: &[("HbA1c", 60.0, 0.9), ("Creatinine", 92.0, 1.2)], ..PLAIN },
    Condition { term: "Asthma", code: "195967001", from_age: 4, at_40: 80, at_80: 60,
        drugs: &[drugs::SALBUTAMOL, drugs::BECLOMETASONE, drugs::MONTELUKAST], panels: &[], times_a_year: 1, emergency: Some("Acute exacerbation of asthma"), ..PLAIN },
    Condition { term: "Chronic obstructive pulmonary disease", code: "13645005", from_age: 45, at_40: 10, at_80: 90,
        drugs: &[drugs::TIOTROPIUM, drugs::SALBUTAMOL, drugs::CARBOCISTEINE], panels: &[panels::BLOOD_COUNT],
        clinic: Some("Respiratory clinic"), emergency: Some("Infective exacerbation of COPD"), moves: &[("Oxygen saturation", 92.0, -0.1)], ..PLAIN },
    Condition { term: "Atrial fibrillation", code: "49436004", from_age: 50, at_40: 4, at_80: 130,
        drugs: &[drugs::APIXABAN, drugs::BISOPROLOL], panels: &[panels::KIDNEY, panels::BLOOD_COUNT], clinic: Some("Cardiology clinic"),
        emergency: Some("Palpitations"), moves: &[("Heart rate", 88.0, 0.0)], ..PLAIN },
    Condition { term: "Heart failure", code: "84114007", from_age: 55, at_40: 3, at_80: 90,
        drugs: &[drugs::FUROSEMIDE, drugs::BISOPROLOL, drugs::SPIRONOLACTONE], panels: &[panels::HEART, panels::KIDNEY], times_a_year: 2,
        clinic: Some("Heart failure clinic"), emergency: Some("Breathlessness, decompensated heart failure"), moves: &[("NT-proBNP", 1_900.0, 120.0), ("Potassium", 4.9, 0.03)], ..PLAIN },
    Condition { term: "Chronic kidney disease stage 3", code: "433144002", from_age: 45, at_40: 6, at_80: 170,
        drugs: &[drugs::ATORVASTATIN], panels: &[panels::KIDNEY, panels::BLOOD_COUNT], times_a_year: 2, clinic: Some("Renal clinic"),
        moves: &[("Creatinine", 138.0, 4.0), ("eGFR", 44.0, -1.6), ("Potassium", 5.0, 0.03), ("Urea", 10.5, 0.3)], ..PLAIN },
    Condition { term: "Depressive disorder", code: "35489007", from_age: 16, at_40: 130, at_80: 90,
        drugs: &[drugs::SERTRALINE, drugs::MIRTAZAPINE, drugs::CITALOPRAM], ..PLAIN },
    Condition { term: "Schizophrenia", code: "58214004", at_40: 8, at_80: 6, drugs: &[drugs::OLANZAPINE],
        panels: &[panels::DIABETES, panels::LIPIDS], ..PLAIN },
    Condition { term: "Bipolar disorder", code: "13746004", at_40: 8, at_80: 5, drugs: &[drugs::LITHIUM],
        panels: &[panels::KIDNEY, panels::THYROID], times_a_year: 3, ..PLAIN },
    Condition { term: "Epilepsy", code: "84757009", from_age: 3, at_40: 9, at_80: 13, drugs: &[drugs::LEVETIRACETAM, drugs::LAMOTRIGINE],
        clinic: Some("Neurology clinic"), emergency: Some("Seizure"), ..PLAIN },
    Condition { term: "Sickle cell disease", code: "417357006", from_age: 1, to_age: 70, at_40: 4, at_80: 0,
        drugs: &[drugs::HYDROXYCARBAMIDE, drugs::PHENOXYMETHYLPENICILLIN, drugs::FOLIC_ACID], panels: &[panels::BLOOD_COUNT, panels::LIVER], times_a_year: 3,
        clinic: Some("Haemoglobinopathy clinic"), emergency: Some("Sickle cell crisis, pain"), moves: &[("Haemoglobin", 84.0, 0.0), ("Bilirubin", 46.0, 0.0)], ..PLAIN },
    Condition { term: "Dementia", code: "52448006", from_age: 68, at_40: 0, at_80: 130, drugs: &[drugs::DONEPEZIL, drugs::MEMANTINE],
        panels: &[panels::BLOOD_COUNT, panels::THYROID], clinic: Some("Memory clinic"), emergency: Some("Fall at home, confusion"), ..PLAIN },
    Condition { term: "Hypothyroidism", code: "40930008", from_age: 20, at_40: 30, at_80: 80, drugs: &[drugs::LEVOTHYROXINE], panels: &[panels::THYROID], ..PLAIN },
    Condition { term: "Osteoarthritis", code: "396275006", from_age: 45, at_40: 40, at_80: 330, drugs: &[drugs::PARACETAMOL, drugs::NAPROXEN, drugs::OMEPRAZOLE],
        clinic: Some("Orthopaedic clinic"), ..PLAIN },
    Condition { term: "Gout", code: "90560007", from_age: 35, at_40: 15, at_80: 50, drugs: &[drugs::ALLOPURINOL], panels: &[panels::KIDNEY], ..PLAIN },
    Condition { term: "Iron deficiency anaemia", code: "87522002", from_age: 14, at_40: 45, at_80: 50, drugs: &[drugs::FERROUS],
        panels: &[panels::BLOOD_COUNT, panels::IRON], moves: &[("Haemoglobin", 106.0, 1.0), ("Ferritin", 11.0, 1.0)], ..PLAIN },
    Condition { term: "Eczema", code: "43116000", from_age: 1, at_40: 60, at_80: 40, drugs: &[drugs::EMOLLIENT, drugs::HYDROCORTISONE], ..PLAIN },
    Condition { term: "Migraine", code: "37796009", from_age: 12, to_age: 70, at_40: 80, at_80: 10, drugs: &[drugs::SUMATRIPTAN], ..PLAIN },
    Condition { term: "Gastro-oesophageal reflux disease", code: "235595009", from_age: 20, at_40: 70, at_80: 160, drugs: &[drugs::OMEPRAZOLE], ..PLAIN },
    Condition { term: "Pregnancy", code: "77386006", from_age: 18, to_age: 44, only: Some(Gender::Female), at_40: 40, at_80: 40,
        drugs: &[drugs::FOLIC_ACID], panels: &[panels::BLOOD_COUNT, panels::PRESSURE], times_a_year: 3, clinic: Some("Antenatal clinic"), ..PLAIN },
    Condition { term: "Ischaemic heart disease", code: "414545008", from_age: 45, at_40: 10, at_80: 160, drugs: &[drugs::ASPIRIN, drugs::ATORVASTATIN, drugs::GTN, drugs::BISOPROLOL],
        panels: &[panels::LIPIDS, panels::KIDNEY], clinic: Some("Cardiology clinic"), emergency: Some("Chest pain"), ..PLAIN },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_meet_the_people_they_meet() {
        let share = |term: &str, age, gender| CONDITIONS.iter().find(|c| c.term == term).unwrap().share(age, gender);
        assert!(share("Hypertension", 80, None) > share("Hypertension", 40, None));
        assert_eq!(share("Dementia", 30, None), 0);
        assert_eq!(share("Pregnancy", 30, Some(Gender::Male)), 0);
        assert!(share("Pregnancy", 30, Some(Gender::Female)) > 0);
    }

    #[test]
    fn every_condition_that_moves_a_test_moves_one_that_exists() {
        let known: Vec<&str> = [
            panels::KIDNEY,
            panels::BLOOD_COUNT,
            panels::LIVER,
            panels::DIABETES,
            panels::VITAL_SIGNS,
            panels::HEART,
            panels::IRON,
        ]
        .iter()
        .flat_map(|panel| panel.assays.iter().map(|assay| assay.name))
        .collect();
        for (test, ..) in CONDITIONS.iter().flat_map(|c| c.moves) {
            assert!(known.contains(test), "{test}");
        }
    }
}
