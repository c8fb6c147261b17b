//! Statements that no allergy is known, and how much each of them says.

use crate::content::Allergy;
use crate::entry::Code;
use crate::states::AllergyStatement;

/// How much a statement that none are known says. "No known drug allergies" is
/// silent about nuts and latex: read as "no known allergies" it can kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoneKnownOf {
    /// Less than all: of one kind of allergy, or only that none were recorded.
    Less,
    /// Of all allergies.
    All,
}

/// SNOMED CT: no known allergy; then HL7's absent-unknown code, and the usual
/// abbreviation where a sender uses it as a code.
const CODES_OF_ALL: [&str; 3] = ["716186003", "no-known-allergies", "NKA"];

/// SNOMED CT: no known drug, environmental, food, insect, latex and animal
/// allergy; then HL7's absent-unknown codes, and the usual abbreviation.
const CODES_OF_LESS: [&str; 11] = [
    "409137002",
    "428607008",
    "429625007",
    "428197003",
    "1003774007",
    "716184000",
    "716220001",
    "no-known-medication-allergies",
    "no-known-environmental-allergies",
    "no-known-food-allergies",
    "NKDA",
];

/// A statement of more words says more than that none are known.
const WORDS_MAX: usize = 12;

impl NoneKnownOf {
    /// What a code states; `None` for any other code.
    #[must_use]
    pub fn code(code: &str) -> Option<Self> {
        if CODES_OF_ALL.contains(&code) { Some(Self::All) } else { CODES_OF_LESS.contains(&code).then_some(Self::Less) }
    }

    /// What these words state: "No known drug allergies", "NKDA", "nil known".
    /// `None` for words that say anything more or else: "no known allergies apart
    /// from nuts" names an allergy.
    #[must_use]
    pub fn words(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let all = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        // The tags that end SNOMED CT's full names.
        let mut words: Vec<&str> = all.filter(|word| !matches!(*word, "situation" | "finding")).collect();
        let abbreviated = words.pop_if(|word| abbreviation(word).is_some()).and_then(abbreviation);
        let spelt = match words.split_first() {
            None => return abbreviated,
            Some((first, rest)) if matches!(*first, "no" | "nil" | "none") && rest.len() < WORDS_MAX => spelt(rest)?,
            Some(_) => return None,
        };
        Some(abbreviated.map_or(spelt, |abbreviated| abbreviated.min(spelt)))
    }
}

fn abbreviation(word: &str) -> Option<NoneKnownOf> {
    match word {
        "nka" => Some(NoneKnownOf::All),
        "nkda" | "nkma" | "nkfa" => Some(NoneKnownOf::Less),
        _ => None,
    }
}

/// What follows "no": every word must be one that such statements are made of.
fn spelt(words: &[&str]) -> Option<NoneKnownOf> {
    let (mut known, mut allergies, mut less) = (false, false, false);
    for word in words {
        match *word {
            "known" => known = true,
            "allergy" | "allergies" | "allergic" => allergies = true,
            "history" | "of" | "to" | "or" | "and" | "any" | "reaction" | "reactions" => {}
            "recorded" | "reported" | "documented" | "noted" => less = true,
            "drug" | "drugs" | "medicine" | "medicines" | "medication" | "medications" | "medicinal" | "food"
            | "foods" | "environmental" | "insect" | "insects" | "latex" | "animal" | "animals" | "adverse"
            | "substance" | "substances" => less = true,
            _ => return None,
        }
    }
    match (known || allergies, known && !less) {
        (false, _) => None,
        (true, true) => Some(NoneKnownOf::All),
        (true, false) => Some(NoneKnownOf::Less),
    }
}

impl Allergy {
    /// What stands in `substance` where the source names none.
    pub const UNNAMED: &str = "Substance not named by the source";

    /// How much it says where it states that none are known; `None` where it names
    /// a substance. Of its code and its words the one that says less counts, and a
    /// statement of which neither is understood says less.
    #[must_use]
    pub fn none_known_of(&self, code: Option<&Code>) -> Option<NoneKnownOf> {
        if self.statement != AllergyStatement::NoneKnown {
            return None;
        }
        let by_code = code.and_then(|code| NoneKnownOf::code(code.code.trim()));
        let said = [by_code, NoneKnownOf::words(&self.substance)].into_iter().flatten().min();
        Some(said.unwrap_or(NoneKnownOf::Less))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::states::AllergyKind;
    use proptest::prelude::*;

    fn none_known(words: &str, code: &str) -> Option<NoneKnownOf> {
        let allergy = Allergy {
            statement: AllergyStatement::NoneKnown,
            kind: AllergyKind::NotTold,
            substance: words.into(),
            reaction: None,
            severity: None,
            onset: None,
            note: None,
        };
        allergy.none_known_of(Some(&Code { system: "http://snomed.info/sct".into(), code: code.into() }))
    }

    #[test]
    fn words_about_all_allergies_say_that_none_are_known() {
        for text in [
            "No known allergies",
            "NO KNOWN ALLERGIES.",
            "No known allergy (situation)",
            "no known  allergies (NKA)",
            "Nil known",
            "None known",
            "nil known allergies",
            "No allergies known",
            "No known history of allergy",
            "NKA",
        ] {
            assert_eq!(NoneKnownOf::words(text), Some(NoneKnownOf::All), "{text}");
        }
    }

    #[test]
    fn words_about_one_kind_or_about_what_was_recorded_say_less() {
        for text in [
            "No known drug allergies",
            "No known drug allergy (situation)",
            "No known history of drug allergy",
            "No known allergies to drugs",
            "No known food or latex allergies",
            "No known allergies (NKDA)",
            "No known environmental allergy",
            "NKDA",
            "no drug allergies",
            "No allergies recorded",
            "No allergies",
        ] {
            assert_eq!(NoneKnownOf::words(text), Some(NoneKnownOf::Less), "{text}");
        }
    }

    #[test]
    fn words_that_say_anything_more_state_nothing_of_the_kind() {
        for text in [
            "",
            "Penicillin",
            "No",
            "Known allergies",
            "Not known",
            "Allergies unknown",
            "No known allergies apart from nuts",
            "No known allergies other than penicillin allergy",
            "No known penicillin allergy",
            "NKDA, nuts",
            "No information about allergies",
        ] {
            assert_eq!(NoneKnownOf::words(text), None, "{text}");
        }
        let long = format!("no known {}", "drug ".repeat(WORDS_MAX));
        assert_eq!(NoneKnownOf::words(&long), None);
    }

    #[test]
    fn of_code_and_words_the_one_that_says_less_counts() {
        assert_eq!(none_known("anything", "716186003"), Some(NoneKnownOf::All));
        assert_eq!(none_known("No known allergies", "local-1"), Some(NoneKnownOf::All));
        assert_eq!(none_known("No known drug allergies", "716186003"), Some(NoneKnownOf::Less));
        assert_eq!(none_known("No known allergies", "409137002"), Some(NoneKnownOf::Less));
        assert_eq!(none_known("anything", "local-1"), Some(NoneKnownOf::Less));
    }

    proptest! {
        #[test]
        fn a_statement_with_one_more_word_that_is_not_its_own_is_none(word in "[b-df-z]{3,9}", first in any::<bool>()) {
            prop_assume!(abbreviation(&word).is_none() && spelt(&["known", &word]).is_none());
            let text = if first { format!("{word} no known allergies") } else { format!("no known allergies {word}") };
            prop_assert_eq!(NoneKnownOf::words(&text), None);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = NoneKnownOf::words(&text);
        }
    }
}
