//! The generic name inside a medicine's name as told: `Ramipril 5 mg capsules`
//! is ramipril at 5 mg.
//!
//! A number is a strength only with a unit behind it, so that `NovoMix 30` keeps
//! its 30. Where it is not sure, two names stay two medicines.

/// Units that make a number a strength or an amount.
const STRENGTH_UNITS: [&str; 30] = [
    "mg",
    "g",
    "kg",
    "microgram",
    "micrograms",
    "mcg",
    "ug",
    "µg",
    "μg",
    "nanogram",
    "nanograms",
    "ng",
    "ml",
    "l",
    "unit",
    "units",
    "iu",
    "mmol",
    "meq",
    "%",
    "tablet",
    "tablets",
    "capsule",
    "capsules",
    "puff",
    "puffs",
    "drop",
    "drops",
    "sachet",
    "sachets",
];

/// Words that join the parts of a combined medicine.
const JOINS: [&str; 5] = ["+", "/", "and", "with", "&"];

/// The name as told without strength and what follows it, part by part:
/// `Codeine 30 mg + Paracetamol 500 mg` is `Codeine + Paracetamol`. "Medicine"
/// where nothing is left.
pub(crate) fn without_strength(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let parts: Vec<String> = words.split(|word| is_join(word)).map(part_without_strength).collect();
    let left = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" + ");
    if left.is_empty() { "Medicine".to_owned() } else { left }
}

/// The name that two sources' medicines are compared by.
pub(crate) fn generic_name(name: &str) -> String {
    without_strength(name).to_lowercase()
}

/// The strength inside the name, without spaces and in lower case: `5mg`,
/// `30mg+500mg`. `None` where the name holds none.
pub(crate) fn strength(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let strengths: Vec<String> = words
        .split(|word| is_join(word))
        .filter_map(|part| {
            let mut after = part.iter().skip(strength_at(part));
            let first = after.next()?;
            let unit_apart = !first.contains(|c: char| c.is_alphabetic() || c == '%');
            let unit = if unit_apart { after.next().copied().unwrap_or_default() } else { "" };
            Some(format!("{first}{unit}").to_lowercase().trim_end_matches(',').to_owned())
        })
        .collect();
    (!strengths.is_empty()).then(|| strengths.join("+"))
}

fn is_join(word: &str) -> bool {
    JOINS.iter().any(|join| join.eq_ignore_ascii_case(word))
}

/// The words before the strength; where it comes first, the words around it.
fn part_without_strength(words: &[&str]) -> String {
    let before = words.get(..strength_at(words)).unwrap_or_default();
    let left = if before.is_empty() { words_around_strengths(words) } else { before.to_vec() };
    left.join(" ").trim_end_matches([',', '-', ':']).trim().to_owned()
}

fn words_around_strengths<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut left = Vec::new();
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        match strength_length(first, after.first().copied()) {
            0 => {
                left.push(*first);
                rest = after;
            }
            length => rest = rest.get(length..).unwrap_or_default(),
        }
    }
    left
}

/// The place of the first word that is a strength; the count of words when none is.
fn strength_at(words: &[&str]) -> usize {
    let following = words.iter().skip(1).map(|word| Some(*word)).chain([None]);
    words.iter().zip(following).position(|(word, next)| strength_length(word, next) > 0).unwrap_or(words.len())
}

/// How many words the strength that begins here takes up: none, one (`5mg`,
/// `250mg/5ml`, `0.5%`) or two (`5 mg`).
fn strength_length(word: &str, next: Option<&str>) -> usize {
    let word = word.trim_start_matches(['(', '[']);
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    let behind = word.trim_start_matches(|c: char| c.is_ascii_digit() || ".,-".contains(c));
    match (behind, next) {
        ("", Some(next)) if starts_with_unit(next) => 2,
        (behind, _) if starts_with_unit(behind) => 1,
        _ => 0,
    }
}

fn starts_with_unit(text: &str) -> bool {
    let unit = text.split(['/', ',', ';', '.', ')', ']', '-']).next().unwrap_or_default();
    STRENGTH_UNITS.iter().any(|known| known.eq_ignore_ascii_case(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_generic_name_ends_before_the_strength() {
        for (told, generic) in [
            ("Ramipril 5 mg capsules", "ramipril"),
            ("RAMIPRIL 2.5mg caps", "ramipril"),
            ("ramipril", "ramipril"),
            ("Simvastatin 20 MG Oral Tablet", "simvastatin"),
            ("Levothyroxine sodium 100 micrograms", "levothyroxine sodium"),
            ("Amoxicillin 250mg/5ml oral suspension", "amoxicillin"),
            ("Hydrocortisone 1% cream", "hydrocortisone"),
            ("Warfarin (3mg) tablets", "warfarin"),
            ("Senna 2 tablets", "senna"),
        ] {
            assert_eq!(generic_name(told), generic, "{told}");
        }
    }

    #[test]
    fn a_combined_medicine_is_not_its_first_part() {
        assert_eq!(generic_name("codeine 30 mg + paracetamol 500 mg"), "codeine + paracetamol");
        assert_eq!(generic_name("Codeine + 500 mg paracetamol"), "codeine + paracetamol");
        assert_eq!(generic_name("Amoxicillin 250mg / clavulanic acid 125mg"), "amoxicillin + clavulanic acid");
        assert_ne!(generic_name("codeine 30 mg + paracetamol 500 mg"), generic_name("codeine 30 mg"));
    }

    #[test]
    fn a_number_that_is_part_of_the_name_stays() {
        assert_eq!(generic_name("NovoMix 30"), "novomix 30");
        assert_eq!(generic_name("Vitamin B12"), "vitamin b12");
        assert_eq!(generic_name("24 HR Metformin 500 MG"), "24 hr metformin");
    }

    #[test]
    fn the_strength_is_compared_without_its_spaces() {
        assert_eq!(strength("Ramipril 5 mg capsules").as_deref(), Some("5mg"));
        assert_eq!(strength("Ramipril 5MG").as_deref(), Some("5mg"));
        assert_eq!(strength("codeine 30 mg + paracetamol 500 mg").as_deref(), Some("30mg+500mg"));
        assert_eq!(strength("ramipril"), None);
    }

    #[test]
    fn a_name_that_begins_with_its_strength_loses_it_too() {
        assert_eq!(without_strength("5 mg ramipril"), "ramipril");
        assert_eq!(without_strength("5 mg"), "Medicine");
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(name in ".{0,60}") {
            let _ = without_strength(&name);
            let _ = strength(&name);
        }

        #[test]
        fn no_strength_is_left(generic in "[a-z]{4,12}", amount in 1_u32..2000, space in "|\\ ", unit in "mg|g|micrograms|units|ml|%") {
            let told = format!("{generic} {amount}{space}{unit} tablets");
            prop_assert_eq!(without_strength(&told), generic);
        }
    }
}
