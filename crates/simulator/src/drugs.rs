/// A medicine as the region's prescribers write it. Codes are a few well-known
/// SNOMED CT substances, for test data only: this is no formulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drug {
    pub(crate) name: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) form: &'static str,
    pub(crate) dose: &'static str,
    pub(crate) route: &'static str,
    pub(crate) frequency: &'static str,
}

impl Drug {
    /// The same medicine at another dose.
    pub(crate) const fn at_dose(self, dose: &'static str) -> Self {
        Self { dose, ..self }
    }
}

macro_rules! drugs {
    ($($id:ident = $name:literal $(($code:literal))?, $form:literal, $dose:literal, $route:literal, $frequency:literal;)+) => {
        $(pub(crate) const $id: Drug = Drug {
            name: $name,
            code: drugs!(@code $($code)?),
            form: $form,
            dose: $dose,
            route: $route,
            frequency: $frequency,
        };)+
        /// Every medicine of the region.
        pub(crate) const ALL: &[Drug] = &[$($id,)+];
    };
    (@code $code:literal) => { Some($code) };
    (@code) => { None };
}

drugs! {
    RAMIPRIL = "ramipril" ("386872004"), "capsule", "5 mg", "oral", "once a day";
    AMLODIPINE = "amlodipine" ("386864001"), "tablet", "5 mg", "oral", "once a day";
    INDAPAMIDE = "indapamide", "tablet", "2.5 mg", "oral", "once a day in the morning";
    LOSARTAN = "losartan", "tablet", "50 mg", "oral", "once a day";
    BISOPROLOL = "bisoprolol" ("386868003"), "tablet", "2.5 mg", "oral", "once a day";
    ATORVASTATIN = "atorvastatin" ("373444002"), "tablet", "20 mg", "oral", "once a day";
    METFORMIN = "metformin" ("372567009"), "modified-release tablet", "1 g", "oral", "twice a day";
    GLICLAZIDE = "gliclazide", "tablet", "80 mg", "oral", "twice a day";
    EMPAGLIFLOZIN = "empagliflozin", "tablet", "10 mg", "oral", "once a day";
    INSULIN_GLARGINE = "insulin glargine" ("411529005"), "injection", "18 units", "subcutaneous", "once a day at night";
    SALBUTAMOL = "salbutamol" ("372897005"), "inhaler", "2 puffs", "inhaled", "as required";
    BECLOMETASONE = "beclometasone + formoterol", "inhaler", "2 puffs", "inhaled", "twice a day";
    TIOTROPIUM = "tiotropium", "inhaler", "2 puffs", "inhaled", "once a day";
    MONTELUKAST = "montelukast", "tablet", "10 mg", "oral", "once a day at night";
    PREDNISOLONE = "prednisolone" ("116601002"), "tablet", "30 mg", "oral", "once a day for 5 days";
    APIXABAN = "apixaban", "tablet", "5 mg", "oral", "twice a day";
    WARFARIN = "warfarin" ("372756006"), "tablet", "3 mg", "oral", "once a day, as the anticoagulation clinic directs";
    FUROSEMIDE = "furosemide" ("387475002"), "tablet", "40 mg", "oral", "once a day in the morning";
    SPIRONOLACTONE = "spironolactone" ("387078006"), "tablet", "25 mg", "oral", "once a day";
    ASPIRIN = "aspirin" ("387458008"), "dispersible tablet", "75 mg", "oral", "once a day";
    CLOPIDOGREL = "clopidogrel", "tablet", "75 mg", "oral", "once a day";
    SERTRALINE = "sertraline" ("372594008"), "tablet", "100 mg", "oral", "once a day";
    MIRTAZAPINE = "mirtazapine", "tablet", "15 mg", "oral", "once a day at night";
    CITALOPRAM = "citalopram", "tablet", "20 mg", "oral", "once a day";
    OLANZAPINE = "olanzapine", "tablet", "10 mg", "oral", "once a day at night";
    LITHIUM = "lithium carbonate (Priadel)", "modified-release tablet", "600 mg", "oral", "once a day at night";
    LAMOTRIGINE = "lamotrigine", "tablet", "100 mg", "oral", "twice a day";
    LEVETIRACETAM = "levetiracetam", "tablet", "500 mg", "oral", "twice a day";
    HYDROXYCARBAMIDE = "hydroxycarbamide", "capsule", "1 g", "oral", "once a day";
    PHENOXYMETHYLPENICILLIN = "phenoxymethylpenicillin", "tablet", "250 mg", "oral", "twice a day";
    FOLIC_ACID = "folic acid" ("63718003"), "tablet", "5 mg", "oral", "once a day";
    DONEPEZIL = "donepezil", "tablet", "10 mg", "oral", "once a day at night";
    MEMANTINE = "memantine", "tablet", "20 mg", "oral", "once a day";
    LEVOTHYROXINE = "levothyroxine", "tablet", "100 micrograms", "oral", "once a day in the morning";
    ALLOPURINOL = "allopurinol", "tablet", "200 mg", "oral", "once a day";
    FERROUS = "ferrous sulfate", "tablet", "200 mg", "oral", "once a day";
    OMEPRAZOLE = "omeprazole" ("387137007"), "capsule", "20 mg", "oral", "once a day";
    PARACETAMOL = "paracetamol" ("387517004"), "tablet", "1 g", "oral", "up to four times a day as required";
    CO_CODAMOL = "codeine 30 mg + paracetamol 500 mg", "tablet", "2 tablets", "oral", "as required";
    NAPROXEN = "naproxen", "tablet", "250 mg", "oral", "twice a day with food";
    ALENDRONIC = "alendronic acid", "tablet", "70 mg", "oral", "once a week";
    CALCIUM = "calcium carbonate + colecalciferol", "chewable tablet", "1 tablet", "oral", "twice a day";
    SUMATRIPTAN = "sumatriptan", "tablet", "50 mg", "oral", "as required";
    CETIRIZINE = "cetirizine", "tablet", "10 mg", "oral", "once a day";
    HYDROCORTISONE = "hydrocortisone 1% cream", "cream", "1 application", "topical", "twice a day";
    EMOLLIENT = "emollient cream", "cream", "1 application", "topical", "as required";
    AMOXICILLIN = "amoxicillin" ("372687004"), "capsule", "500 mg", "oral", "three times a day for 5 days";
    NITROFURANTOIN = "nitrofurantoin", "modified-release capsule", "100 mg", "oral", "twice a day for 3 days";
    DOXYCYCLINE = "doxycycline", "capsule", "100 mg", "oral", "once a day for 5 days";
    FLUCLOXACILLIN = "flucloxacillin", "capsule", "500 mg", "oral", "four times a day for 7 days";
    ADRENALINE = "adrenaline auto-injector", "injection", "300 micrograms", "intramuscular", "as required for anaphylaxis";
    LATANOPROST = "latanoprost 0.005% eye drops", "eye drops", "1 drop", "both eyes", "once a day at night";
    TAMSULOSIN = "tamsulosin", "modified-release capsule", "400 micrograms", "oral", "once a day";
    MIRABEGRON = "mirabegron", "modified-release tablet", "50 mg", "oral", "once a day";
    SENNA = "senna", "tablet", "15 mg", "oral", "once a day at night";
    MACROGOL = "macrogol compound", "oral powder", "1 sachet", "oral", "twice a day";
    GABAPENTIN = "gabapentin", "capsule", "300 mg", "oral", "three times a day";
    AMITRIPTYLINE = "amitriptyline", "tablet", "10 mg", "oral", "once a day at night";
    MORPHINE = "morphine sulfate oral solution 10 mg/5 ml", "oral solution", "2.5 ml", "oral", "as required";
    COLECALCIFEROL = "colecalciferol", "capsule", "800 units", "oral", "once a day";
    CYANOCOBALAMIN = "hydroxocobalamin", "injection", "1 mg", "intramuscular", "every three months";
    METHOTREXATE = "methotrexate", "tablet", "15 mg", "oral", "once a WEEK, on Mondays";
    CARBOCISTEINE = "carbocisteine", "capsule", "750 mg", "oral", "three times a day";
    ISOSORBIDE = "isosorbide mononitrate", "modified-release tablet", "60 mg", "oral", "once a day in the morning";
    GTN = "glyceryl trinitrate spray", "sublingual spray", "1 to 2 sprays", "sublingual", "as required for chest pain";
    NICORANDIL = "nicorandil", "tablet", "10 mg", "oral", "twice a day";
    QUININE = "quinine sulfate", "tablet", "200 mg", "oral", "once a day at night";
    BUPRENORPHINE = "buprenorphine patch", "patch", "10 micrograms/hour", "transdermal", "one patch every 7 days";
    CARBAMAZEPINE = "carbamazepine", "modified-release tablet", "400 mg", "oral", "twice a day";
    THIAMINE = "thiamine", "tablet", "100 mg", "oral", "twice a day";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_medicines_for_somebody_who_takes_sixty() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|drug| drug.name).collect();
        assert_eq!(names.len(), ALL.len(), "a name stands twice");
        assert!(ALL.len() >= 62, "{}", ALL.len());
    }
}
