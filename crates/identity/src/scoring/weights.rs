use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::scoring::level::Level;

/// The version of the file's shape that is understood.
const VERSION: u32 = 1;
/// No single field says more than this, in bits, however rare its value.
const BITS_MAX: f64 = 18.0;

/// What the file of weights may have wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not the shape that is wanted.
    #[error("the file of weights cannot be read: {0}")]
    Shape(#[from] toml::de::Error),
    /// Made for another version of the program.
    #[error("the file of weights has version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// A level is missing or not known.
    #[error("the file of weights must have a line for the level {0}, and for no level that is not known")]
    Level(String),
    /// A probability outside zero to one, or a threshold that makes no sense.
    #[error("the file of weights has a number out of range at {0}")]
    Range(String),
}

/// How likely a level is when two charts are one person's (`m`) and when they are
/// two people's (`u`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Likely {
    pub(crate) m: f64,
    pub(crate) u: f64,
}

/// From where on a pair is linked or listed: bits above even odds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Thresholds {
    pub(crate) automatic_bits: f64,
    pub(crate) work_list_bits: f64,
    pub(crate) relative_risk_max: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    thresholds: Thresholds,
    levels: BTreeMap<String, Likely>,
}

/// The weights file: what every level of agreement counts, and the thresholds.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub(crate) levels: [Likely; Level::ALL.len()],
    pub(crate) thresholds: Thresholds,
}

impl Weights {
    /// The weights that come with the program (`crates/identity/weights.toml`).
    ///
    /// # Errors
    /// None that a test does not find first.
    pub fn built_in() -> Result<Self, WeightsError> {
        Self::parse(include_str!("../../weights.toml"))
    }

    /// Reads a file of weights.
    ///
    /// # Errors
    /// Where the shape, the version, a level or a number is wrong.
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let mut file: File = toml::from_str(text)?;
        if file.version != VERSION {
            return Err(WeightsError::Version(file.version));
        }
        let mut levels = [Likely { m: 0.5, u: 0.5 }; Level::ALL.len()];
        for (level, likely) in Level::ALL.iter().zip(&mut levels) {
            let told = file.levels.remove(level.code()).ok_or_else(|| WeightsError::Level(level.code().to_owned()))?;
            if ![told.m, told.u].iter().all(|p| *p > 0.0 && *p < 1.0) {
                return Err(WeightsError::Range(level.code().to_owned()));
            }
            *likely = told;
        }
        if let Some(unknown) = file.levels.into_keys().next() {
            return Err(WeightsError::Level(unknown));
        }
        let Thresholds { automatic_bits, work_list_bits, relative_risk_max } = file.thresholds;
        if !(automatic_bits > work_list_bits && work_list_bits.is_finite() && (0.0..1.0).contains(&relative_risk_max)) {
            return Err(WeightsError::Range("thresholds".to_owned()));
        }
        Ok(Self { levels, thresholds: file.thresholds })
    }

    /// The file's text, without its comment.
    #[must_use]
    pub fn to_text(&self) -> String {
        use std::fmt::Write as _;
        let Thresholds { automatic_bits, work_list_bits, relative_risk_max } = self.thresholds;
        let mut text = format!(
            "version = {VERSION}\n\n[thresholds]\nautomatic-bits = {automatic_bits:?}\nwork-list-bits = {work_list_bits:?}\n\
             relative-risk-max = {relative_risk_max:?}\n\n[levels]\n"
        );
        for (level, likely) in Level::ALL.iter().zip(&self.levels) {
            let bits = self.bits(*level);
            let _ = writeln!(
                text,
                "{:<24} = {{ m = {:.8}, u = {:.8} }} # {bits:+.1} bits: {}",
                level.code(),
                likely.m,
                likely.u,
                level.words()
            );
        }
        text
    }

    pub(crate) fn likely(&self, level: Level) -> Likely {
        self.levels.get(level.index()).copied().unwrap_or(Likely { m: 0.5, u: 0.5 })
    }

    /// What a level counts, in bits.
    #[must_use]
    pub fn bits(&self, level: Level) -> f64 {
        let Likely { m, u } = self.likely(level);
        (m / u).log2().clamp(-BITS_MAX, BITS_MAX)
    }

    /// What a level counts where the share of others with the same value is known.
    /// Agreement on a common value says less, never less than nothing.
    pub(crate) fn bits_for_share(&self, level: Level, share: f64, share_min: f64) -> f64 {
        let Likely { m, .. } = self.likely(level);
        (m / share.max(share_min)).log2().clamp(0.0, BITS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_weights_are_sound_and_write_back_as_they_are() {
        let weights = Weights::built_in().unwrap();
        assert_eq!(Weights::parse(&weights.to_text()).unwrap(), weights);
        for level in [Level::GivenExact, Level::FamilyExact, Level::BirthExact, Level::HouseSame, Level::NumberSame] {
            assert!(weights.bits(level) > 3.0, "{level:?}");
        }
        for level in [Level::GivenDiffers, Level::BirthDiffers, Level::SexDiffers, Level::NumberDiffers] {
            assert!(weights.bits(level) < -3.0, "{level:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_sound_is_refused_in_words() {
        let sound = Weights::built_in().unwrap().to_text();
        for (from, to, why) in [
            ("version = 1", "version = 2", "version 2"),
            ("given-alias", "given-alibi", "given-alias"),
            ("[levels]", "[levels]\nnobody = { m = 0.5, u = 0.5 }", "nobody"),
            ("relative-risk-max = 0", "relative-risk-max = 7", "thresholds"),
            ("[thresholds]", "[limits]", "cannot be read"),
        ] {
            let refused = Weights::parse(&sound.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
