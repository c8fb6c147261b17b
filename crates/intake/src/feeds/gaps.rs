//! Gaps in the numbers that a source gives its messages one after another
//! (`MSH-13`, HL7 v2.5.1 §2.10.1): what was sent and never came. A pure rule.

use jiff::Timestamp;
use store::NumbersSeen;

/// How many gaps are kept of one source; of more, the oldest are only counted.
pub const GAPS_MAX: usize = 32;
/// A counter that leaps further ahead than this was set anew: that is no gap.
const LEAP_MAX: u64 = 10_000;
/// A number that is so far back is no late one: the counter began anew.
const LATE_MAX: u64 = 1_000;
/// So many known numbers one after another mean that the counter began anew.
const AGAIN_MAX: u32 = 3;

/// A message with this number came. `at` is the time of the note that a counter
/// began anew.
pub(crate) fn saw(seen: &mut NumbersSeen, number: u64, at: Timestamp) {
    let Some(last) = seen.last else {
        seen.last = Some(number);
        return;
    };
    if number > last {
        seen.again = None;
        if number - last > LEAP_MAX {
            return begin_anew(seen, number, at);
        }
        if number - last > 1 {
            miss(seen, last + 1, number - 1);
        }
        seen.last = Some(number);
    } else if fill(seen, number) {
        seen.again = None;
    } else if number < last && (number == 1 || last - number > LATE_MAX || is_third_again(seen, number)) {
        begin_anew(seen, number, at);
    }
}

/// A counter that began anew can no longer fill what was missing before.
fn begin_anew(seen: &mut NumbersSeen, number: u64, at: Timestamp) {
    let missing: u64 = seen.missing.iter().map(|(first, last)| last - first + 1).sum();
    *seen = NumbersSeen {
        last: Some(number),
        missing: Vec::new(),
        never_came: seen.never_came.saturating_add(missing),
        began_anew_at: Some(at),
        again: None,
    };
}

fn miss(seen: &mut NumbersSeen, first: u64, last: u64) {
    if seen.missing.len() >= GAPS_MAX {
        let (first, last) = seen.missing.remove(0);
        seen.never_came = seen.never_came.saturating_add(last - first + 1);
    }
    seen.missing.push((first, last));
}

/// A late number closes its gap, or parts it in two. Where that would be one gap
/// too many, the shorter half is only counted.
fn fill(seen: &mut NumbersSeen, number: u64) -> bool {
    let Some(place) = seen.missing.iter().position(|(first, last)| (*first..=*last).contains(&number)) else {
        return false;
    };
    let (first, last) = seen.missing.remove(place);
    let halves = [(first, number.saturating_sub(1)), (number.saturating_add(1), last)];
    let mut halves: Vec<(u64, u64)> = halves.into_iter().filter(|(first, last)| first <= last).collect();
    if seen.missing.len() + halves.len() > GAPS_MAX {
        halves.sort_by_key(|(first, last)| last - first);
        let (first, last) = halves.remove(0);
        seen.never_came = seen.never_came.saturating_add(last - first + 1);
    }
    seen.missing.splice(place..place, halves);
    true
}

/// Known numbers that come again in their order are a counter that began anew and
/// whose first message is missing; one alone is a message sent twice.
fn is_third_again(seen: &mut NumbersSeen, number: u64) -> bool {
    let times = match seen.again {
        Some((before, times)) if before.checked_add(1) == Some(number) => times + 1,
        _ => 1,
    };
    seen.again = Some((number, times));
    times >= AGAIN_MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn after(numbers: impl IntoIterator<Item = u64>) -> NumbersSeen {
        let mut seen = NumbersSeen::default();
        numbers.into_iter().for_each(|number| saw(&mut seen, number, at()));
        seen
    }

    #[test]
    fn numbers_one_after_another_miss_nothing() {
        let seen = after(41..50);
        assert_eq!((seen.last, seen.missing.len(), seen.never_came), (Some(49), 0, 0));
        assert_eq!(seen.began_anew_at, None, "the first number that comes begins somewhere");
    }

    #[test]
    fn what_is_left_out_is_missing_until_it_comes_late() {
        assert_eq!(after([1, 2, 6]).missing, [(3, 5)]);
        assert_eq!(after([1, 2, 6, 4]).missing, [(3, 3), (5, 5)]);
        assert_eq!(after([1, 2, 6, 4, 3, 5]).missing, []);
        assert_eq!(after([1, 2, 6, 4, 3, 5]).last, Some(6));
    }

    #[test]
    fn a_message_that_comes_twice_is_neither_a_gap_nor_a_new_beginning() {
        assert_eq!(after([1, 2, 3, 3, 2, 4]), after([1, 2, 3, 4]));
    }

    #[test]
    fn a_counter_that_begins_anew_is_told_and_what_was_missing_stays_counted() {
        let seen = after([500, 503, 1, 2]);
        assert_eq!((seen.last, seen.never_came, seen.began_anew_at), (Some(2), 2, Some(at())));
        assert_eq!(seen.missing, []);
    }

    #[test]
    fn a_counter_that_begins_anew_is_seen_although_its_first_message_is_missing() {
        let seen = after((1..=500).chain(2..=6));
        assert_eq!((seen.last, seen.began_anew_at.is_some()), (Some(6), true));
        assert_eq!(after((1..=500).chain([7, 90, 8, 91])).last, Some(500), "repeats out of order are repeats");
    }

    #[test]
    fn a_leap_is_a_gap_up_to_its_limit_and_a_new_beginning_beyond() {
        assert_eq!(after([1, LEAP_MAX + 1]).missing, [(2, LEAP_MAX)]);
        let beyond = after([1, LEAP_MAX + 2]);
        assert_eq!((beyond.missing.len(), beyond.began_anew_at.is_some()), (0, true));
    }

    #[test]
    fn of_too_many_gaps_the_oldest_are_only_counted() {
        let even = || (1..=GAPS_MAX as u64 + 1).map(|n| 2 * n);
        assert_eq!((after(even()).missing.len(), after(even()).never_came), (GAPS_MAX, 0));
        let more = after(even().chain([2 * GAPS_MAX as u64 + 4]));
        assert_eq!((more.missing.len(), more.never_came, more.missing[0]), (GAPS_MAX, 1, (5, 5)));
        let parted = after(even().take(GAPS_MAX).chain([300, 200]));
        assert_eq!((parted.missing.len(), parted.never_came), (GAPS_MAX, 99), "the shorter half goes");
    }

    proptest! {
        #[test]
        fn whatever_order_a_few_numbers_come_in_nothing_is_missing_in_the_end(
            numbers in Just((101..130_u64).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let seen = after(std::iter::once(100).chain(numbers));
            prop_assert_eq!((seen.last, seen.missing.len(), seen.never_came), (Some(129), 0, 0));
        }

        #[test]
        fn whatever_numbers_come_the_rule_holds_its_bounds(numbers in prop::collection::vec(any::<u64>(), 0..300)) {
            let seen = after(numbers.clone());
            prop_assert!(seen.missing.len() <= GAPS_MAX);
            prop_assert!(seen.missing.iter().all(|(first, last)| first <= last && Some(*last) < seen.last));
            prop_assert!(seen.missing.windows(2).all(|two| two[0].1 < two[1].0));
        }

        #[test]
        fn every_number_of_a_counter_came_or_is_missing(steps in prop::collection::vec(1..20_u64, 1..GAPS_MAX)) {
            let mut number = 1_000;
            let came: Vec<u64> = steps.iter().map(|step| { number += step; number }).collect();
            let seen = after(came.clone());
            for wanted in came[0]..=number {
                let is_missing = seen.missing.iter().any(|(first, last)| (*first..=*last).contains(&wanted));
                prop_assert_eq!(is_missing, !came.contains(&wanted));
            }
        }
    }
}
