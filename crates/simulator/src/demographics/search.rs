use std::collections::BTreeMap;

use super::people::DemographicsPerson;

/// The most people that the service tells, and where it is not said how many.
pub(super) const RESULTS_MAX: usize = 50;
/// How well somebody fits whose names only begin alike.
const SCORE_ALIKE: f64 = 0.8827;

/// What a search asks for, as far as this stub knows it.
#[derive(Debug)]
pub(super) struct Asked {
    family: String,
    given: Option<String>,
    born: String,
    gender: Option<String>,
    postcode: Option<String>,
    pub(super) results_max: usize,
}

/// Why a search is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Family name and birth date are the least.
    Missing,
    /// A value that is none.
    Invalid,
}

impl Asked {
    pub(super) fn read(query: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let told = |name: &str| query.get(name).map(|value| folded(value)).filter(|value| !value.is_empty());
        let born = told("birthdate").ok_or(Fault::Missing)?;
        let results_max = match query.get("_max-results") {
            None => RESULTS_MAX,
            Some(count) => {
                count.parse().ok().filter(|count| (1..=RESULTS_MAX).contains(count)).ok_or(Fault::Invalid)?
            }
        };
        Ok(Self {
            family: told("family").ok_or(Fault::Missing)?,
            given: told("given"),
            born: born.strip_prefix("eq").filter(|born| born.len() == 10).ok_or(Fault::Invalid)?.to_owned(),
            gender: told("gender"),
            postcode: told("address-postalcode"),
            results_max,
        })
    }

    /// How well somebody fits; nobody restricted is found by where they live.
    pub(super) fn score(&self, person: &DemographicsPerson) -> Option<f64> {
        let same = |asked: &Option<String>, told: &str| asked.as_ref().is_none_or(|asked| *asked == folded(told));
        let by_postcode = self.postcode.is_some();
        let fits = !person.invalidated
            && self.family == folded(&person.family)
            && self.born == person.born
            && same(&self.gender, &person.gender)
            && same(&self.postcode, &person.postcode)
            && !(by_postcode && person.restricted);
        let first = person.given.first().map(|given| folded(given)).unwrap_or_default();
        match &self.given {
            _ if !fits => None,
            None => Some(1.0),
            Some(given) if *given == first => Some(1.0),
            Some(given) if given.chars().take(2).eq(first.chars().take(2)) => Some(SCORE_ALIKE),
            Some(_) => None,
        }
    }
}

/// Letters and digits alone, in small letters.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '-').flat_map(char::to_lowercase).collect()
}
