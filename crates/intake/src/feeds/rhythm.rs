//! How often messages of one type of one source usually come, hour of week by
//! hour of week, and from when on their absence is unusual. A pure rule: the time
//! is an argument.
//!
//! What is counted for silence are minutes in which something came, so that a
//! burst of any size counts little. Between two such minutes lies a gap, and a gap
//! is measured in what would usually have come meanwhile: a night in which nothing
//! ever comes adds nothing to it. The learned interval is the gap that 49 of 50 of
//! its gaps keep within, about four times the mean for a feed that comes at random;
//! or the longest wait of late outside of rests, which is its period for one that
//! keeps the clock. Silence is three learned intervals, whichever of the two is over
//! sooner, and never less than a quarter of an hour.

use record::HOURS_OF_WEEK;

use super::due::SILENCE_MINUTES_MIN;
use super::minutes::{MINUTES, as_fraction, place_in_week};
use super::rests::Waits;

/// Which part of all gaps the learned interval holds.
const KEPT: f64 = 0.98;
/// How far one gap moves the learned interval at least, as a part of it; the first ones move it further.
const INTERVAL_STEP_MIN: f64 = 0.05;
/// So little more than the learned interval is no more.
const INTERVAL_SLACK: f64 = 0.01;
/// The learned interval while nothing is known: that of what comes at random, -ln(1 - 0.98).
const INTERVAL_USUAL: f64 = 3.9;
/// What the learned interval never leaves, so that neither chance nor a long
/// outage makes the watch blind. In what usually comes.
pub(super) const INTERVAL_MIN: f64 = 1.0;
pub(super) const INTERVAL_MAX: f64 = 6.0;
/// So many weeks are remembered alike; older ones fade.
pub(super) const WEEKS_REMEMBERED: u8 = 8;
/// From this many weeks on, a week that is out of all measure is cut down first.
const WEEKS_TRUSTED: u8 = 3;
/// How much less an hour within a silence teaches than any other.
const SILENCE_TEACHES: f64 = 0.25;
/// How many minutes with something in them have to be known before silence is judged.
const ARRIVALS_MIN: u32 = 20;
/// How many hours of the week have to be known before silence is judged.
const HOURS_KNOWN_MIN: usize = 160;

/// Minutes during which the program did not listen: from, until.
pub(crate) type Deaf = (i64, i64);

/// What is usual in one hour of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Hour {
    /// Minutes in which something comes.
    pub(super) active: f64,
    /// Messages.
    pub(super) messages: f64,
    /// In how many weeks it was seen; no more than can be remembered.
    pub(super) weeks: u8,
}

/// How often messages of one type of one source usually come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rhythm {
    pub(super) week: Vec<Hour>,
    pub(super) interval: f64,
    pub(super) waits: Waits,
    pub(super) arrivals: u32,
    /// How many gaps the learned interval rests on.
    pub(super) gaps: u32,
    pub(super) last: Option<i64>,
    /// Minutes of the last hour in which something came, and messages in it and
    /// in the hour before.
    pub(super) minutes_in_hour: u8,
    pub(super) in_hour: u32,
    pub(super) in_hour_before: u32,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            week: vec![Hour::default(); HOURS_OF_WEEK],
            interval: INTERVAL_USUAL,
            waits: Waits::default(),
            arrivals: 0,
            gaps: 0,
            last: None,
            minutes_in_hour: 0,
            in_hour: 0,
            in_hour_before: 0,
        }
    }
}

impl Rhythm {
    /// So many messages came in this minute. What comes out of order adds to the
    /// rate of its hour at most. `deaf` is when the program last did not listen: an
    /// hour that it missed teaches nothing.
    pub(crate) fn heard(&mut self, minute: i64, messages: u32, deaf: Option<Deaf>) {
        let Some(last) = self.last else {
            self.begin_hour(minute, messages, 0);
            return;
        };
        if minute <= last {
            if minute.div_euclid(MINUTES) == last.div_euclid(MINUTES) {
                self.in_hour = self.in_hour.saturating_add(messages);
            }
            return;
        }
        let missed = deaf.filter(|(from, until)| until - from >= SILENCE_MINUTES_MIN && *until > last);
        let silent = self.is_silent_at(minute);
        if self.is_learned() && missed.is_none() {
            let open = self.open_between(last, minute);
            self.waits.learn(as_fraction(minute - last), open, silent);
            self.learn_gap(self.usual_between(last, minute));
        }
        let (hour, hour_before) = (minute.div_euclid(MINUTES), last.div_euclid(MINUTES));
        if hour == hour_before {
            self.last = Some(minute);
            self.minutes_in_hour = self.minutes_in_hour.saturating_add(1);
            self.in_hour = self.in_hour.saturating_add(messages);
        } else {
            self.learn(hour_before, f64::from(self.minutes_in_hour), f64::from(self.in_hour), 1.0);
            let weight = if silent { SILENCE_TEACHES } else { 1.0 };
            let is_missed =
                |hour: i64| missed.is_some_and(|(from, until)| (from / MINUTES..=until / MINUTES).contains(&hour));
            let week = i64::try_from(HOURS_OF_WEEK).unwrap_or_default();
            for quiet in (hour_before + 1).max(hour - week)..hour {
                if !is_missed(quiet) {
                    self.learn(quiet, 0.0, 0.0, weight);
                }
            }
            let before = if hour == hour_before + 1 { self.in_hour } else { 0 };
            self.begin_hour(minute, messages, before);
        }
        self.arrivals = self.arrivals.saturating_add(1);
    }

    fn begin_hour(&mut self, minute: i64, messages: u32, before: u32) {
        self.last = Some(minute);
        (self.minutes_in_hour, self.in_hour, self.in_hour_before) = (1, messages, before);
    }

    fn learn(&mut self, hour: i64, active: f64, messages: f64, weight: f64) {
        let Some(usual) = self.week.get_mut(place_in_week(hour)) else { return };
        let (mut active, mut messages) = (active, messages);
        if usual.weeks >= WEEKS_TRUSTED {
            active = active.min(3.0 * usual.active + 2.0);
            messages = messages.min(5.0 * usual.messages + 10.0);
        }
        let share = weight / f64::from(usual.weeks.min(WEEKS_REMEMBERED - 1) + 1);
        usual.active += share * (active - usual.active);
        usual.messages += share * (messages - usual.messages);
        usual.weeks = (usual.weeks + 1).min(WEEKS_REMEMBERED);
    }

    fn learn_gap(&mut self, gap: f64) {
        self.gaps = self.gaps.saturating_add(1);
        let step = INTERVAL_STEP_MIN.max(40.0 / (10.0 + f64::from(self.gaps)));
        let way = if gap > self.interval + INTERVAL_SLACK { KEPT } else { KEPT - 1.0 };
        self.interval = (self.interval * (1.0 + step * way)).clamp(INTERVAL_MIN, INTERVAL_MAX);
    }

    /// Whether enough is known to tell silence from rest.
    pub(crate) fn is_learned(&self) -> bool {
        self.arrivals >= ARRIVALS_MIN && self.week.iter().filter(|hour| hour.weeks > 0).count() >= HOURS_KNOWN_MIN
    }

    /// The last minute in which something came.
    pub(crate) fn last(&self) -> Option<i64> {
        self.last
    }

    /// Messages that usually come, for each hour of the week; negative where an
    /// hour was never seen.
    pub(crate) fn usual_messages(&self) -> Vec<f32> {
        let told = |hour: &Hour| if hour.weeks == 0 { -1.0 } else { hour.messages as f32 };
        self.week.iter().map(told).collect()
    }

    /// The last hour in which something came, counted from 1970; messages in it and
    /// in the hour before it.
    pub(crate) fn counted(&self) -> Option<(i64, u32, u32)> {
        self.last.map(|last| (last.div_euclid(MINUTES), self.in_hour, self.in_hour_before))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::minutes::time_of;
    use super::*;

    /// Monday, 00:00 in London.
    const MONDAY: i64 = 29_368_800;
    const WEEK: i64 = 7 * 24 * 60;

    /// What has been learned from messages in the minutes for which `comes` holds.
    fn learned(weeks: i64, comes: impl Fn(i64) -> bool) -> Rhythm {
        let mut rhythm = Rhythm::default();
        for minute in (0..weeks * WEEK).filter(|minute| comes(*minute)) {
            rhythm.heard(MONDAY + minute, 1, None);
        }
        rhythm
    }

    /// In working hours, Monday to Friday from 8 to 18, every `period` minutes.
    fn office(minute: i64, period: i64) -> bool {
        minute % WEEK < 5 * 1_440 && (480..1_080).contains(&(minute % 1_440)) && minute % period == 0
    }

    /// How long after its last message a feed is told to be silent, in minutes.
    fn patience(rhythm: &Rhythm) -> i64 {
        rhythm.due().unwrap() - rhythm.last().unwrap()
    }

    #[test]
    fn the_tests_week_begins_on_a_monday() {
        assert_eq!(time_of(MONDAY).to_string(), "2025-11-03T00:00:00Z");
        assert_eq!(place_in_week(MONDAY / MINUTES), 0);
    }

    #[test]
    fn nothing_is_told_before_a_week_is_known() {
        assert_eq!(learned(1, |minute| minute % 5 == 0 && minute < WEEK - 600).due(), None);
        assert!(learned(2, |minute| minute % 5 == 0).due().is_some());
        assert_eq!(learned(8, |minute| minute % (WEEK / 2) == 0).due(), None, "too little came to judge it");
    }

    #[test]
    fn a_feed_that_comes_each_minute_is_silent_after_a_quarter_of_an_hour() {
        assert_eq!(patience(&learned(2, |_| true)), SILENCE_MINUTES_MIN);
    }

    #[test]
    fn a_night_and_a_weekend_without_messages_are_no_silence() {
        let friday_evening = learned(5, |minute| office(minute, 5) && minute < 4 * WEEK + 5 * 1_440);
        let monday_morning = MONDAY + 5 * WEEK + 480;
        let due = friday_evening.due().unwrap();
        assert!((monday_morning..=monday_morning + 15).contains(&due), "{}", time_of(due));
    }

    #[test]
    fn a_burst_of_any_size_hardly_moves_what_is_usual() {
        let mut rhythm = learned(5, |minute| minute % 30 == 0);
        let before = patience(&rhythm);
        for minute in 0..60 {
            rhythm.heard(MONDAY + 5 * WEEK + minute, u32::MAX, None);
        }
        for minute in (60..WEEK).filter(|minute| minute % 30 == 0) {
            rhythm.heard(MONDAY + 5 * WEEK + minute, 1, None);
        }
        assert!((before - 30..=before).contains(&patience(&rhythm)), "{before} {}", patience(&rhythm));
        assert!(rhythm.usual_messages().iter().all(|messages| *messages < 10.0));
    }

    #[test]
    fn half_a_year_of_silence_is_still_a_silence_and_does_not_become_usual() {
        let mut rhythm = learned(8, |minute| minute % 10 == 0);
        let (due, before) = (rhythm.due().unwrap(), patience(&rhythm));
        assert!(due < MONDAY + 8 * WEEK + 60);
        rhythm.heard(MONDAY + 34 * WEEK, 1, None);
        assert!(patience(&rhythm) <= 2 * before, "it is told as soon when it stops again");
    }

    #[test]
    fn a_feed_that_slows_down_for_good_is_believed_in_the_end() {
        let mut rhythm = learned(8, |minute| minute % 10 == 0);
        let heard: Vec<i64> = (8 * WEEK..40 * WEEK).filter(|minute| minute % 60 == 0).collect();
        let told = |rhythm: &mut Rhythm, minute: i64| {
            let is_told = rhythm.due().is_some_and(|due| MONDAY + minute > due);
            rhythm.heard(MONDAY + minute, 1, None);
            is_told
        };
        let silences: Vec<bool> = heard.iter().map(|minute| told(&mut rhythm, *minute)).collect();
        assert!(silences[1], "six times slower is a silence at first");
        assert!(!silences[silences.len() - 168..].contains(&true), "and the new rhythm in the end");
    }

    #[test]
    fn what_the_program_missed_teaches_nothing_and_leaves_as_much_silence_as_before() {
        let mut rhythm = learned(4, |minute| minute % 5 == 0);
        let (before, due) = (rhythm.clone(), rhythm.due().unwrap());
        let deaf = (rhythm.last().unwrap() + 3, rhythm.last().unwrap() + 2 * 1_440);
        assert_eq!(rhythm.due_after(due, deaf), deaf.1 + SILENCE_MINUTES_MIN);
        assert_eq!(rhythm.due_after(deaf.0, deaf), deaf.0, "what was silent already stays so");
        rhythm.heard(deaf.1 + 1, 1, Some(deaf));
        for (hour, usual) in rhythm.week.iter().zip(&before.week).enumerate().filter(|(_, (now, old))| now != old) {
            assert!(usual.0.active > 0.9 * usual.1.active, "hour {hour} was learned as quiet");
        }
    }

    #[test]
    fn minutes_that_come_late_count_for_their_hour_and_move_nothing_back() {
        let mut rhythm = Rhythm::default();
        rhythm.heard(MONDAY + 10, 2, None);
        rhythm.heard(MONDAY + 8, 3, None);
        rhythm.heard(MONDAY + 10, 1, None);
        rhythm.heard(MONDAY - 10, 7, None);
        assert_eq!((rhythm.last(), rhythm.counted()), (Some(MONDAY + 10), Some((MONDAY / 60, 6, 0))));
        rhythm.heard(MONDAY + 70, 4, None);
        assert_eq!(rhythm.counted(), Some((MONDAY / 60 + 1, 4, 6)));
    }

    #[test]
    fn a_feed_that_keeps_the_clock_in_working_hours_is_told_within_three_of_its_periods() {
        for period in [5, 7, 20, 45, 60, 90, 120] {
            let monday_noon = 4 * WEEK + 720;
            let rhythm = learned(5, |minute| office(minute, period) && minute <= monday_noon);
            let (patience, bound) = (patience(&rhythm), (3 * period).max(SILENCE_MINUTES_MIN));
            assert!(period < patience && patience <= bound, "every {period}: {patience}");
            let friday = learned(5, |minute| office(minute, period) && minute < 4 * WEEK + 5 * 1_440);
            let monday_morning = MONDAY + 5 * WEEK + 480;
            let due = friday.due().unwrap();
            assert!(due >= monday_morning, "every {period}: {}", time_of(due));
        }
    }

    #[test]
    fn a_feed_that_stood_still_for_a_day_is_soon_told_within_three_of_its_periods_again() {
        let stood_still = |minute: i64| (5 * WEEK..5 * WEEK + 1_440).contains(&minute);
        let comes = |minute: i64| minute % 90 == 0 && !stood_still(minute);
        let at_once = patience(&learned(6, |minute| comes(minute) && minute < 5 * WEEK + 2_880));
        assert!(at_once <= 4 * 90, "{at_once}");
        assert!(patience(&learned(7, comes)) <= 3 * 90);
    }

    /// What is told of a feed that comes at random: how long after its last message, in mean waits;
    /// how many false alarms there are among how many waits.
    fn at_random(every: i64, weeks: i64, seed: u64) -> (f64, u32, u32) {
        let mut dice = seed | 1;
        let mut comes = |_: &i64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33).cast_signed().rem_euclid(every) == 0
        };
        let (mut rhythm, mut told, mut waits, mut patience_sum) = (Rhythm::default(), 0, 0, 0);
        for minute in (0..weeks * WEEK).filter(&mut comes) {
            let due = rhythm.due().filter(|_| minute > 3 * WEEK);
            if let (Some(due), Some(last)) = (due, rhythm.last()) {
                told += u32::from(MONDAY + minute > due);
                waits += 1;
                patience_sum += due - last;
            }
            rhythm.heard(MONDAY + minute, 1, None);
        }
        (as_fraction(patience_sum) / f64::from(waits) / as_fraction(every), told, waits)
    }

    #[test]
    fn a_feed_that_comes_at_random_is_told_after_about_twelve_mean_waits_and_once_in_thousands_falsely() {
        for (every, weeks) in [(15, 5), (60, 10), (720, 40)] {
            let told = [3, 5].map(|seed| at_random(every, weeks, seed));
            let (falsely, waits) = told.iter().fold((0, 0), |(f, w), one| (f + one.1, w + one.2));
            assert!(told.iter().all(|one| (9.0..14.0).contains(&one.0)), "every {every}: {told:?}");
            assert!(falsely * 1_000 <= waits, "every {every}: {told:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_feed_that_keeps_the_clock_is_told_within_three_of_its_periods(
            period in prop::sample::select(vec![1_i64, 2, 5, 7, 8, 9, 10, 15, 20, 30, 40, 45, 50, 60, 80, 90, 100, 120, 140, 180, 210, 240]),
            offset in 0..240_i64,
        ) {
            let patience = patience(&learned(4, |minute| minute % period == offset % period));
            let bound = (3 * period).max(SILENCE_MINUTES_MIN);
            prop_assert!(period < patience && patience <= bound, "{patience} of {bound}");
        }

        #[test]
        fn what_comes_at_random_is_hardly_ever_told_while_it_comes(every in 10..120_i64, seed: u64) {
            let (_, told, _) = at_random(every, 6, seed);
            prop_assert!(told <= 2, "{told} false alarms in three weeks");
        }

        #[test]
        fn whatever_comes_the_rule_holds_its_bounds(
            heard in prop::collection::vec((0..3_000_i64, any::<u32>()), 0..200),
            deaf in prop::option::of((0..100_000_i64, 0..5_000_i64)),
        ) {
            let mut rhythm = Rhythm::default();
            let mut at = MONDAY;
            for (step, messages) in heard {
                at += step;
                rhythm.heard(at, messages, deaf.map(|(from, long)| (MONDAY + from, MONDAY + from + long)));
                prop_assert!((INTERVAL_MIN..=INTERVAL_MAX).contains(&rhythm.interval));
                prop_assert!(rhythm.week.iter().all(|hour| (0.0..=60.0).contains(&hour.active)));
                prop_assert!(rhythm.due().is_none_or(|due| due >= at + SILENCE_MINUTES_MIN));
            }
        }
    }
}
