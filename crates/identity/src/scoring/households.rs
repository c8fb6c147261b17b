use std::collections::HashMap;

use crate::scoring::compare::Compared;
use crate::scoring::features::Features;
use crate::scoring::level::Level;

/// The most charts at one house that are looked at for whoever lives together.
const CHARTS_AT_HOUSE_MAX: usize = 24;

/// Of pairs of charts of two relatives under one roof, the share that are twins' (or namesakes',
/// father and son). Above what is found in England (1.5 % of maternities), so that it errs to
/// the careful side.
const TWINS_AMONG_RELATIVES: f64 = 0.03;

/// Of fewer charts nobody can say how people live.
const CHARTS_TO_JUDGE_BY_MIN: usize = 500;

/// Where names are replaced by chance, family names are replaced as well. From so many pairs on
/// that is known, and given names or birth dates that differ so many times more often are no
/// fault: somebody else bears them.
const REPLACED_FAMILIES_MIN: f64 = 3.0;
const REPLACED_MORE_OFTEN_BY: f64 = 3.0;

/// From this share of the pairs that look like twins on, recorded genders that differ are no fault.
const GENDERS_DIFFER_SHARE_MAX: f64 = 0.1;
/// And so are two given names that were each told more than once: chance replaces a name once.
const TOLD_AGAIN_SHARE_MAX: f64 = 0.02;

/// Who lives together, counted over charts of whom nobody knows who is who. Whether two charts
/// of one house that differ in a given name, or in a birth date, are likelier one person's or
/// two people's depends on it, and nobody has to declare it. Wherever it is not plain they are
/// taken to be two people's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Households {
    charts: usize,
    /// Pairs at one house, of one family name, that differ in given name and birth date.
    relatives: f64,
    /// Pairs at one house that differ in all three.
    strangers: f64,
    /// Pairs that differ in the given name alone.
    twin_like: f64,
    /// Of these, those of two genders, and those whose names were each told more than once.
    twin_like_of_two_genders: f64,
    twin_like_told_again: f64,
    /// Pairs that differ in the birth date alone.
    namesake_like: f64,
    /// Pairs that differ in the family name alone.
    renamed_like: f64,
}

impl Households {
    /// Counts the charts; their order matters only at a house of more than [`CHARTS_AT_HOUSE_MAX`].
    pub(crate) fn of(charts: &[Features]) -> Self {
        let mut households = Self { charts: charts.len(), ..Self::default() };
        let mut homes: HashMap<u64, Vec<&Features>> = HashMap::new();
        for chart in charts {
            if let Some(house) = chart.place.house() {
                let home = homes.entry(house).or_default();
                if home.len() < CHARTS_AT_HOUSE_MAX {
                    home.push(chart);
                }
            }
        }
        for home in homes.values() {
            let is_told_again: Vec<bool> = home.iter().map(|chart| is_told_again(chart, home)).collect();
            for (at, (a, a_again)) in home.iter().zip(&is_told_again).enumerate() {
                for (b, b_again) in home.iter().zip(&is_told_again).skip(at + 1) {
                    households.look_at(&Compared::new(a, b), *a_again && *b_again);
                }
            }
        }
        households
    }

    fn look_at(&mut self, compared: &Compared, both_told_again: bool) {
        let (one_family, two_families) =
            (compared.family == Some(Level::FamilyExact), compared.family == Some(Level::FamilyDiffers));
        match (compared.given, compared.birth) {
            (Some(Level::GivenDiffers), Some(Level::BirthDiffers)) if one_family => self.relatives += 1.0,
            // House number and postcode alone may be another street's.
            (Some(Level::GivenDiffers), Some(Level::BirthDiffers)) if two_families => {
                self.strangers += one_if(compared.place == Some(Level::HouseSame));
            }
            (Some(Level::GivenDiffers), Some(Level::BirthExact)) if one_family => {
                self.twin_like += 1.0;
                self.twin_like_of_two_genders += one_if(compared.sex == Some(Level::SexDiffers));
                self.twin_like_told_again += one_if(both_told_again);
            }
            (Some(Level::GivenExact), Some(Level::BirthDiffers)) if one_family => self.namesake_like += 1.0,
            (Some(Level::GivenExact), Some(Level::BirthExact)) if two_families => self.renamed_like += 1.0,
            _ => {}
        }
    }

    /// Of pairs of charts that share family name, birth date and house but not the given name,
    /// the share that are two people: at most so many. One where that is not plain.
    pub(crate) fn twin_risk(&self) -> f64 {
        let plainly_twins = self.twin_like_of_two_genders > self.twin_like * GENDERS_DIFFER_SHARE_MAX
            || self.twin_like_told_again > self.twin_like * TOLD_AGAIN_SHARE_MAX;
        if plainly_twins { 1.0 } else { self.risk(self.twin_like) }
    }

    /// The same for pairs that share both names and the house, not the birth date.
    pub(crate) fn namesake_risk(&self) -> f64 {
        self.risk(self.namesake_like)
    }

    fn risk(&self, like: f64) -> f64 {
        let are_faults = self.charts >= CHARTS_TO_JUDGE_BY_MIN
            && self.renamed_like >= REPLACED_FAMILIES_MIN
            && self.strangers <= self.renamed_like
            && like <= self.renamed_like * REPLACED_MORE_OFTEN_BY;
        if are_faults { ((self.relatives + 1.0) * TWINS_AMONG_RELATIVES / (like + 1.0)).min(1.0) } else { 1.0 }
    }
}

fn one_if(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

/// Whether another chart of the house tells the same names and birth date.
fn is_told_again(chart: &Features, home: &[&Features]) -> bool {
    let same = |other: &&&Features| {
        (chart.given_text(), chart.family_text(), chart.born) == (other.given_text(), other.family_text(), other.born)
    };
    home.iter().filter(same).count() > 1
}
