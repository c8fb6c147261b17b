//! What was told of who somebody is, as a digest: whether what a decision rests on has changed since.

use std::fmt::Write as _;

use record::{ChartId, Demographics};
use sha2::{Digest as _, Sha256};

use crate::entry_row::key_hash;
use crate::error::StoreError;
use crate::rows::ChartRow;
use crate::told::{self, Told};

/// A digest of the fields by which two people are told apart. Whatever else is told (a practice, a
/// death, a language) does not make a decision about who is who another one.
pub(crate) fn facts_of(told: Option<&Demographics>) -> i64 {
    let who = told.map(|told| Demographics {
        nhs_number: told.nhs_number,
        name: told.name.clone(),
        other_names: told.other_names.clone(),
        born: told.born,
        gender: told.gender,
        address: told.address.clone(),
        telephones: told.telephones.clone(),
        ..Demographics::default()
    });
    key_hash(&told::to_text(&Told { who: who.unwrap_or_default(), numbers: Vec::new() }))
}

/// The same of a chart as stored.
pub(crate) fn facts_of_row(row: &ChartRow) -> Result<i64, StoreError> {
    let told = row.told.as_deref().map(told::from_text).transpose()?;
    Ok(facts_of(told.as_ref().map(|told| &told.who)))
}

/// What somebody saw who decided about one person or two: which charts each had, and what these told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen([u8; 32]);

impl Seen {
    pub(crate) fn of(sides: &[&[ChartRow]]) -> Result<Self, StoreError> {
        let mut hash = Sha256::new();
        for side in sides {
            let mut charts: Vec<(ChartId, i64)> =
                side.iter().map(|row| Ok((row.chart, facts_of_row(row)?))).collect::<Result<_, StoreError>>()?;
            charts.sort_unstable_by_key(|(chart, _)| chart.0);
            hash.update((charts.len() as u64).to_be_bytes());
            for (chart, facts) in charts {
                hash.update(chart.0.to_be_bytes());
                hash.update(facts.to_be_bytes());
            }
        }
        Ok(Self(hash.finalize().into()))
    }

    pub(crate) fn hex(self) -> String {
        hex(self.0)
    }
}

/// A digest as a form and a row carry it.
pub(crate) fn hex(digest: [u8; 32]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{NhsNumber, PersonId, PersonName};

    fn told(given: &str) -> Demographics {
        let name = PersonName { family: "Okafor".into(), given: vec![given.into()], ..PersonName::default() };
        Demographics { name, ..Demographics::default() }
    }

    fn row(chart: u64, given: &str) -> ChartRow {
        let text = told::to_text(&Told { who: told(given), numbers: Vec::new() });
        ChartRow { chart: ChartId(chart), source: 1, person: PersonId(1), told: Some(text), told_at: None }
    }

    #[test]
    fn only_what_tells_people_apart_changes_the_facts() {
        let grace = told("Grace");
        let elsewhere = Demographics { practice: Some("Riverside".into()), died: Some(None), ..grace.clone() };
        assert_eq!(facts_of(Some(&grace)), facts_of(Some(&elsewhere)));
        let numbered = Demographics { nhs_number: NhsNumber::parse("9990000018").ok(), ..grace.clone() };
        for other in [&told("Gracie"), &numbered] {
            assert_ne!(facts_of(Some(&grace)), facts_of(Some(other)));
        }
        assert_eq!(facts_of(None), facts_of(Some(&Demographics::default())));
    }

    #[test]
    fn whoever_decides_has_seen_which_charts_are_on_which_side_whatever_their_order() {
        let (one, other) = (row(1, "Grace"), row(2, "Ada"));
        let seen = |sides: &[&[ChartRow]]| Seen::of(sides).unwrap().hex();
        assert_eq!(seen(&[&[one.clone(), other.clone()]]), seen(&[&[other.clone(), one.clone()]]));
        assert_ne!(
            seen(&[&[one.clone(), other.clone()]]),
            seen(&[std::slice::from_ref(&one), std::slice::from_ref(&other)])
        );
        assert_ne!(seen(&[std::slice::from_ref(&one)]), seen(&[&[row(1, "Ada")]]));
    }
}
