/// One test of a laboratory or at the bedside, with the adult range that the
/// region's laboratory prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assay {
    pub(crate) name: &'static str,
    /// LOINC.
    pub(crate) code: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Beyond these the laboratory telephones: flags `LL` and `HH`.
    pub(crate) panic_low: f64,
    pub(crate) panic_high: f64,
    /// Digits after the decimal point, as the laboratory prints them.
    pub(crate) digits: usize,
    /// What a well adult has, and how far it wanders.
    pub(crate) usual: f64,
    pub(crate) spread: f64,
}

/// What the laboratory writes for one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) value: String,
    pub(crate) range: Option<String>,
    pub(crate) flag: Option<&'static str>,
}

const NO_LOW: f64 = f64::NEG_INFINITY;
const NO_HIGH: f64 = f64::INFINITY;

impl Assay {
    /// The value, range and flag as the laboratory sends them.
    pub(crate) fn printed(&self, value: f64) -> Printed {
        let digits = self.digits;
        let flag = match value {
            v if v < self.panic_low => Some("LL"),
            v if v > self.panic_high => Some("HH"),
            v if v < self.low => Some("L"),
            v if v > self.high => Some("H"),
            _ => None,
        };
        let range = match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) => Some(format!("{:.digits$} - {:.digits$}", self.low, self.high)),
            (true, false) => Some(format!(">{:.digits$}", self.low)),
            (false, true) => Some(format!("<{:.digits$}", self.high)),
            (false, false) => None,
        };
        Printed { value: format!("{value:.digits$}"), range, flag }
    }
}

macro_rules! assays {
    ($($id:ident = $name:literal $code:literal $unit:literal, $low:expr => $high:expr, $plow:expr => $phigh:expr, $digits:literal, $usual:literal +- $spread:literal;)+) => {
        $(pub(crate) const $id: Assay = Assay {
            name: $name, code: $code, unit: $unit, low: $low, high: $high, panic_low: $plow, panic_high: $phigh,
            digits: $digits, usual: $usual, spread: $spread,
        };)+
    };
}

assays! {
    SODIUM = "Sodium" "2951-2" "mmol/L", 133.0 => 146.0, 120.0 => 160.0, 0, 140.0 +- 2.5;
    POTASSIUM = "Potassium" "2823-3" "mmol/L", 3.5 => 5.3, 2.5 => 6.0, 1, 4.3 +- 0.35;
    UREA = "Urea" "22664-7" "mmol/L", 2.5 => 7.8, NO_LOW => 30.0, 1, 5.2 +- 1.2;
    CREATININE = "Creatinine" "14682-9" "umol/L", 45.0 => 104.0, NO_LOW => 354.0, 0, 76.0 +- 11.0;
    EGFR = "eGFR" "62238-1" "mL/min/1.73m2", 60.0 => NO_HIGH, 15.0 => NO_HIGH, 0, 84.0 +- 9.0;
    HBA1C = "HbA1c" "59261-8" "mmol/mol", 20.0 => 41.0, NO_LOW => 120.0, 0, 36.0 +- 2.5;
    HAEMOGLOBIN = "Haemoglobin" "718-7" "g/L", 115.0 => 165.0, 70.0 => 200.0, 0, 136.0 +- 9.0;
    WHITE_CELLS = "White cell count" "6690-2" "10*9/L", 4.0 => 11.0, 1.0 => 30.0, 1, 7.0 +- 1.4;
    PLATELETS = "Platelets" "777-3" "10*9/L", 150.0 => 400.0, 50.0 => 1000.0, 0, 262.0 +- 45.0;
    ALT = "Alanine aminotransferase" "1742-6" "U/L", NO_LOW => 41.0, NO_LOW => 500.0, 0, 22.0 +- 7.0;
    BILIRUBIN = "Bilirubin" "14631-6" "umol/L", NO_LOW => 21.0, NO_LOW => 300.0, 0, 9.0 +- 3.0;
    ALBUMIN = "Albumin" "1751-7" "g/L", 35.0 => 50.0, 20.0 => NO_HIGH, 0, 42.0 +- 3.0;
    CRP = "C-reactive protein" "1988-5" "mg/L", NO_LOW => 5.0, NO_LOW => 300.0, 0, 2.0 +- 1.2;
    TSH = "TSH" "3016-3" "mU/L", 0.27 => 4.2, NO_LOW => 50.0, 2, 2.10 +- 0.6;
    CHOLESTEROL = "Total cholesterol" "14647-2" "mmol/L", NO_LOW => 5.0, NO_LOW => NO_HIGH, 1, 4.7 +- 0.6;
    FERRITIN = "Ferritin" "2276-4" "ug/L", 15.0 => 200.0, NO_LOW => NO_HIGH, 0, 74.0 +- 25.0;
    INR = "INR" "6301-6" "ratio", 2.0 => 3.0, NO_LOW => 5.0, 1, 2.5 +- 0.35;
    NT_PRO_BNP = "NT-proBNP" "33762-6" "ng/L", NO_LOW => 400.0, NO_LOW => NO_HIGH, 0, 160.0 +- 60.0;
    TROPONIN = "High-sensitivity troponin T" "67151-1" "ng/L", NO_LOW => 14.0, NO_LOW => 52.0, 0, 6.0 +- 2.0;
    SYSTOLIC = "Systolic blood pressure" "8480-6" "mmHg", 90.0 => 140.0, 70.0 => 180.0, 0, 124.0 +- 9.0;
    DIASTOLIC = "Diastolic blood pressure" "8462-4" "mmHg", 50.0 => 90.0, 40.0 => 120.0, 0, 76.0 +- 6.0;
    PULSE = "Heart rate" "8867-4" "/min", 51.0 => 90.0, 40.0 => 130.0, 0, 74.0 +- 8.0;
    SATURATION = "Oxygen saturation" "59408-5" "%", 94.0 => NO_HIGH, 88.0 => NO_HIGH, 0, 97.0 +- 0.9;
    BREATHS = "Respiratory rate" "9279-1" "/min", 12.0 => 20.0, 8.0 => 25.0, 0, 16.0 +- 1.5;
    TEMPERATURE = "Body temperature" "8310-5" "°C", 36.1 => 38.0, 35.0 => 39.0, 1, 36.7 +- 0.25;
    WEIGHT = "Body weight" "29463-7" "kg", NO_LOW => NO_HIGH, NO_LOW => NO_HIGH, 1, 74.0 +- 10.0;
}

/// Tests that are asked for together.
pub(crate) struct Panel {
    pub(crate) name: &'static str,
    pub(crate) specimen: Option<&'static str>,
    pub(crate) assays: &'static [Assay],
}

macro_rules! panels {
    ($($id:ident = $name:literal, $specimen:expr, [$($assay:ident)+];)+) => {
        $(pub(crate) const $id: Panel = Panel { name: $name, specimen: $specimen, assays: &[$($assay,)+] };)+
    };
}

panels! {
    KIDNEY = "Urea and electrolytes", Some("Serum"), [SODIUM POTASSIUM UREA CREATININE EGFR];
    BLOOD_COUNT = "Full blood count", Some("Blood"), [HAEMOGLOBIN WHITE_CELLS PLATELETS];
    LIVER = "Liver function", Some("Serum"), [ALT BILIRUBIN ALBUMIN];
    DIABETES = "HbA1c", Some("Blood"), [HBA1C];
    THYROID = "Thyroid function", Some("Serum"), [TSH];
    LIPIDS = "Lipids", Some("Serum"), [CHOLESTEROL];
    IRON = "Iron studies", Some("Serum"), [FERRITIN];
    INFLAMMATION = "Inflammation", Some("Serum"), [CRP];
    CLOTTING = "Anticoagulation control", Some("Blood"), [INR];
    HEART = "Natriuretic peptide", Some("Serum"), [NT_PRO_BNP];
    CARDIAC = "Cardiac markers", Some("Serum"), [TROPONIN];
    PRESSURE = "Blood pressure", None, [SYSTOLIC DIASTOLIC];
    VITAL_SIGNS = "Vital signs", None, [SYSTOLIC DIASTOLIC PULSE SATURATION BREATHS TEMPERATURE];
    BODY = "Weight", None, [WEIGHT];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_laboratory_prints_its_own_digits_range_and_flag() {
        let printed = |assay: Assay, value| {
            let Printed { value, range, flag } = assay.printed(value);
            format!("{value} [{}] {}", range.unwrap_or_default(), flag.unwrap_or("-"))
        };
        assert_eq!(printed(POTASSIUM, 6.14), "6.1 [3.5 - 5.3] HH");
        assert_eq!(printed(POTASSIUM, 5.4), "5.4 [3.5 - 5.3] H");
        assert_eq!(printed(POTASSIUM, 4.0), "4.0 [3.5 - 5.3] -");
        assert_eq!(printed(SODIUM, 118.0), "118 [133 - 146] LL");
        assert_eq!(printed(EGFR, 38.2), "38 [>60] L");
        assert_eq!(printed(CRP, 4.0), "4 [<5] -");
        assert_eq!(printed(WEIGHT, 70.25), "70.2 [] -");
    }
}
