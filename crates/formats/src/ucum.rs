//! Units in UCUM (the Unified Code for Units of Measure, case-sensitive form): the
//! code for a unit as sources print it, where it can mean nothing else. The text
//! stays beside it; what is not in this table stays text alone.

/// UCUM as FHIR R4 names it.
pub(crate) const UCUM_SYSTEM: &str = "http://unitsofmeasure.org";

/// Codes that are printed as they are, but for what [`folded`] makes one.
const CODES: [&str; 47] = [
    "%", "/min", "10*12/L", "10*6/L", "10*9/L", "L", "L/L", "L/min", "U/L", "cm", "d", "fL", "g", "g/L", "g/dL", "h",
    "kPa", "kU/L", "kg", "kg/m2", "mL", "mL/min", "mg", "mg/L", "mg/d", "mg/dL", "mg/g", "mg/mmol", "min", "mm",
    "mm/h", "mmol/L", "mmol/d", "mmol/kg", "mmol/mol", "mosm/kg", "ng/L", "ng/mL", "nmol/L", "pg", "pg/mL", "pmol/L",
    "s", "ug", "ug/L", "ug/mL", "umol/L",
];

/// What sources print for other codes. `mU/L` is none of them: by UCUM it is an
/// enzyme's activity, and laboratories print it for thyrotropin.
const PRINTED: [(&str, &str); 29] = [
    ("IU/L", "[IU]/L"),
    ("IU/mL", "[IU]/mL"),
    ("kIU/L", "k[IU]/L"),
    ("mIU/L", "m[IU]/L"),
    ("[IU]/L", "[IU]/L"),
    ("[IU]/mL", "[IU]/mL"),
    ("m[IU]/L", "m[IU]/L"),
    ("mmHg", "mm[Hg]"),
    ("mm[Hg]", "mm[Hg]"),
    ("mm/hr", "mm/h"),
    ("mmol/24h", "mmol/(24.h)"),
    ("g/24h", "g/(24.h)"),
    ("mg/24h", "mg/(24.h)"),
    ("bpm", "/min"),
    ("beats/min", "/min"),
    ("breaths/min", "/min"),
    ("{beats}/min", "{beats}/min"),
    ("Cel", "Cel"),
    ("degC", "Cel"),
    ("°C", "Cel"),
    ("kg/m*2", "kg/m2"),
    ("kg/m²", "kg/m2"),
    ("mEq/L", "meq/L"),
    ("meq/L", "meq/L"),
    ("mOsm/kg", "mosm/kg"),
    ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
    ("mL/min/1.73m*2", "mL/min/{1.73_m2}"),
    ("mL/min/{1.73_m2}", "mL/min/{1.73_m2}"),
    ("sec", "s"),
];

/// The UCUM code of a unit as it was told; `None` where that is not certain.
pub(crate) fn ucum(told: &str) -> Option<&'static str> {
    let told = folded(told);
    let code = CODES.iter().find(|code| **code == told).copied();
    code.or_else(|| PRINTED.iter().find(|(printed, _)| *printed == told).map(|(_, code)| *code))
}

/// One spelling for those that differ harmlessly: blanks, both micro signs, `x10^9`
/// for `10*9`, `l` for `L`. Nothing else is folded: `Mmol` is not `mmol`.
fn folded(told: &str) -> String {
    let told: String = told.split_whitespace().collect();
    let told = told.replace(['µ', 'μ'], "u").replace('^', "*");
    let power = told.trim_start_matches(['x', 'X', '×']);
    let told = if power.starts_with("10*") { power } else { &told };
    let litre = |part: &str| match part {
        "l" => "L".to_owned(),
        "dl" | "ml" | "ul" | "fl" => part.replace('l', "L"),
        _ => part.to_owned(),
    };
    told.split('/').map(litre).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_as_laboratories_print_them_have_their_code() {
        let table = [
            ("mg/dL", "mg/dL"),
            ("mmol/l", "mmol/L"),
            ("µmol/L", "umol/L"),
            ("10^9/L", "10*9/L"),
            ("x10^9/l", "10*9/L"),
            ("x 10*12/L", "10*12/L"),
            ("ml/min/1.73m2", "mL/min/{1.73_m2}"),
            ("mL/min/1.73 m^2", "mL/min/{1.73_m2}"),
            ("iu/l", ""),
            ("IU/L", "[IU]/L"),
            ("mmHg", "mm[Hg]"),
            ("°C", "Cel"),
            ("kg/m2", "kg/m2"),
            ("fl", "fL"),
            ("%", "%"),
        ];
        for (told, code) in table {
            assert_eq!(ucum(told).unwrap_or_default(), code, "{told}");
        }
    }

    #[test]
    fn what_could_mean_something_else_has_none() {
        for told in ["", "Mmol/L", "MMOL/L", "mU/L", "tablets", "ratio", "K/uL", "g/l/l", "10", "INR", "C", "m"] {
            assert_eq!(ucum(told), None, "{told}");
        }
    }

    #[test]
    fn every_code_of_the_table_is_its_own_and_is_found() {
        for code in CODES.iter().chain(PRINTED.iter().map(|(_, code)| code)) {
            let is_printed_as_such = CODES.contains(code) || PRINTED.iter().any(|(printed, _)| printed == code);
            assert_eq!(ucum(code), is_printed_as_such.then_some(*code), "{code}");
        }
        assert!(CODES.is_sorted() && PRINTED.iter().all(|(printed, _)| folded(printed) == *printed));
    }

    proptest! {
        #[test]
        fn any_text_has_a_code_or_none_and_blanks_make_no_difference(told in "[ -~µ]{0,12}") {
            prop_assert_eq!(ucum(&told), ucum(&format!(" {told} ")));
        }
    }
}
