//! A rhythm in few bytes, to be kept.

use record::HOURS_OF_WEEK;

use super::minutes::{MINUTES, as_fraction};
use super::rests::Waits;
use super::rhythm::{Hour, INTERVAL_MAX, INTERVAL_MIN, Rhythm, WEEKS_REMEMBERED};

/// The first byte of what is kept: another one means another layout.
const STATE_VERSION: u8 = 2;
/// The last minute that is believed: some ten thousand years from 1970.
const LAST_MAX: i64 = 5_000_000_000;

impl Rhythm {
    /// Everything that is known, in few bytes: to be kept.
    pub(crate) fn state(&self) -> Vec<u8> {
        let mut state = vec![STATE_VERSION];
        state.extend((self.interval as f32).to_le_bytes());
        let waits = &self.waits;
        for minutes in [waits.middle, waits.longest, waits.over_rest] {
            state.extend((minutes as f32).to_le_bytes());
        }
        waits.known.iter().for_each(|known| state.extend(known.to_le_bytes()));
        state.extend(self.arrivals.to_le_bytes());
        state.extend(self.gaps.to_le_bytes());
        state.extend(self.last.unwrap_or(-1).to_le_bytes());
        state.push(self.minutes_in_hour);
        state.extend(self.in_hour.to_le_bytes());
        state.extend(self.in_hour_before.to_le_bytes());
        for hour in &self.week {
            state.extend((hour.active as f32).to_le_bytes());
            state.extend((hour.messages as f32).to_le_bytes());
            state.push(hour.weeks);
        }
        state
    }

    /// What [`Rhythm::state`] gave; `None` for what it did not give: then all is
    /// learned anew.
    pub(crate) fn from_state(state: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(state);
        if bytes.take::<1>()? != [STATE_VERSION] {
            return None;
        }
        let mut rhythm = Self {
            interval: bytes.number()?.clamp(INTERVAL_MIN, INTERVAL_MAX),
            waits: Waits::kept([bytes.number()?, bytes.number()?, bytes.number()?], [bytes.count()?, bytes.count()?]),
            arrivals: bytes.count()?,
            gaps: bytes.count()?,
            last: Some(i64::from_le_bytes(bytes.take()?)).filter(|last| (0..=LAST_MAX).contains(last)),
            minutes_in_hour: u8::from_le_bytes(bytes.take()?),
            in_hour: bytes.count()?,
            in_hour_before: bytes.count()?,
            week: Vec::with_capacity(HOURS_OF_WEEK),
        };
        for _ in 0..HOURS_OF_WEEK {
            let (active, messages) = (bytes.number()?, bytes.number()?);
            let weeks = u8::from_le_bytes(bytes.take()?).min(WEEKS_REMEMBERED);
            rhythm.week.push(Hour {
                active: active.clamp(0.0, as_fraction(MINUTES)),
                messages: messages.max(0.0),
                weeks,
            });
        }
        bytes.0.is_empty().then_some(rhythm)
    }
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn count(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn number(&mut self) -> Option<f64> {
        let number = f32::from_le_bytes(self.take()?);
        number.is_finite().then_some(f64::from(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_rhythm_that_was_kept_goes_on_as_if_it_had_not_been(
            heard in prop::collection::vec((1..2_000_i64, 1..50_u32), 0..60),
        ) {
            let mut rhythm = Rhythm::default();
            let mut at = 29_000_000;
            for (step, messages) in heard {
                at += step;
                rhythm.heard(at, messages, None);
            }
            let kept = Rhythm::from_state(&rhythm.state()).unwrap();
            prop_assert_eq!(kept.state(), rhythm.state());
            prop_assert_eq!((kept.last(), kept.counted()), (rhythm.last(), rhythm.counted()));
        }

        #[test]
        fn bytes_of_any_kind_are_a_rhythm_or_none_and_never_panic(
            version in 1..4_u8,
            bytes in prop::collection::vec(any::<u8>(), 1_561..1_563),
        ) {
            let state = [&[version], bytes.as_slice()].concat();
            if let Some(mut rhythm) = Rhythm::from_state(&state) {
                prop_assert_eq!(version, STATE_VERSION);
                rhythm.heard(29_000_000, 1, None);
                prop_assert!(rhythm.due().is_none_or(|due| due > 0));
            }
        }
    }

    #[test]
    fn a_rhythm_that_was_cut_short_or_has_more_behind_it_is_none() {
        let state = Rhythm::default().state();
        assert_eq!(Rhythm::from_state(&state).map(|kept| kept.state()), Some(state.clone()));
        assert_eq!(Rhythm::from_state(&state[..state.len() - 1]), None);
        assert_eq!(Rhythm::from_state(&[state.as_slice(), &[0]].concat()), None);
    }
}
