use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Repeatable chance: the same seed and stream throw the same numbers for ever.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice of one household or other part of the region, independent of all others.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from zero to below `limit`; zero where the limit is zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(width)).unwrap_or_default()
    }

    /// True in `share` of a thousand throws.
    pub(crate) fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    /// One of several; `fallback` only where there is none.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, several: &[&'a T], fallback: &'a T) -> &'a T {
        let count = u64::try_from(several.len()).unwrap_or_default();
        let at = usize::try_from(self.below(count)).unwrap_or_default();
        several.get(at).copied().unwrap_or(fallback)
    }

    /// The place of one row, chosen by the rows' weights.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (at, weight) in weights.enumerate() {
            if left < weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// About `usual`, within roughly two `spread`s: the sum of three throws.
    pub(crate) fn about(&mut self, usual: f64, spread: f64) -> f64 {
        let mut throw = || f64::from(u32::try_from(self.below(2_001)).unwrap_or_default()) / 1_000.0 - 1.0;
        usual + (throw() + throw() + throw()) * spread * 0.8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_stream_throw_the_same_and_others_differ() {
        let throw = |seed, stream| (0..8).map(|_| Dice::new(seed, stream).below(1_000_000)).next();
        assert_eq!(throw(1, 2), throw(1, 2));
        assert_ne!(throw(1, 2), throw(1, 3));
        assert_ne!(throw(1, 2), throw(2, 2));
    }

    #[test]
    fn every_side_of_the_dice_comes_up_and_no_other() {
        let mut dice = Dice::new(7, 0);
        let mut seen = [0_u32; 6];
        for _ in 0..600 {
            seen[usize::try_from(dice.between(0, 5)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (50..200).contains(count)), "{seen:?}");
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn a_row_without_weight_is_never_chosen() {
        let mut dice = Dice::new(7, 1);
        assert!((0..500).all(|_| dice.weighted([3, 0, 5].into_iter()) != 1));
    }
}
