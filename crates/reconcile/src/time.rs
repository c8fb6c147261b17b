//! Comparing clinical dates that were told at different precision: what is
//! only known to the month is never taken for its first day.

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::civil::Date;
use record::{Content, Entry, EntryId, When};

/// The time of the opening and its London day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Today {
    pub(crate) now: Timestamp,
    pub(crate) day: Date,
}

impl Today {
    /// Whether all of the time that is meant has passed.
    pub(crate) fn is_over(self, when: When) -> bool {
        match when {
            When::Local(_) | When::Instant(..) => when.earliest() < self.now,
            _ => last_day(when) < self.day,
        }
    }
}

/// The last calendar day that may be meant.
pub(crate) fn last_day(when: When) -> Date {
    match when {
        When::Year(_) => when.first_day().last_of_year(),
        When::Month(..) => when.first_day().last_of_month(),
        _ => when.first_day(),
    }
}

/// Whether the one is later than the other whatever exactly was meant.
pub(crate) fn is_certainly_later(one: When, other: When) -> bool {
    let told_with_times = one.time_of_day().is_some() && other.time_of_day().is_some();
    if told_with_times { one.earliest() > other.earliest() } else { one.first_day() > last_day(other) }
}

/// When what the entry tells of happened, began or will be.
pub(crate) fn clinical_time(entry: &Entry) -> Option<When> {
    let own = match &entry.content {
        Content::Appointment(it) => return it.start.or(entry.when),
        Content::Attendance(it) => return it.start.or(entry.when),
        Content::Alert(it) => it.from,
        Content::Allergy(it) => it.onset,
        Content::Medicine(it) => it.started.or(it.last_issued).or(it.ended),
        Content::Problem(it) => it.onset,
        Content::TestResult(_) | Content::Report(_) => None,
        Content::Letter(it) => it.written,
        Content::Immunisation(it) => it.on,
        Content::Procedure(it) => it.start,
        Content::PersonInvolved(it) => it.from,
        Content::SocialCare(it) => it.start,
    };
    entry.when.or(own)
}

/// Sorts newest first, what has no date last.
pub(crate) fn newest_first(entry: &Entry) -> (bool, Reverse<i64>, EntryId) {
    let at = clinical_time(entry).map(When::sort_key);
    (at.is_none(), Reverse(at.unwrap_or(i64::MIN)), entry.id)
}

/// Sorts soonest first, what has no date last.
pub(crate) fn soonest_first(entry: &Entry) -> (bool, i64, EntryId) {
    let at = clinical_time(entry).map(When::sort_key);
    (at.is_none(), at.unwrap_or(i64::MAX), entry.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(text: &str) -> When {
        When::parse_iso(text).unwrap()
    }

    #[test]
    fn a_month_is_later_than_a_day_only_when_all_of_it_is() {
        assert!(is_certainly_later(when("2026-12"), when("2026-11-20")));
        assert!(!is_certainly_later(when("2026-11"), when("2026-11-20")));
        assert!(!is_certainly_later(when("2026-11-20"), when("2026-11")));
        assert!(!is_certainly_later(when("2026"), when("2026")));
    }

    #[test]
    fn a_time_of_day_is_not_later_than_its_own_day() {
        assert!(!is_certainly_later(when("2026-11-20T23:59:00"), when("2026-11-20")));
        assert!(is_certainly_later(when("2026-11-20T10:01:00Z"), when("2026-11-20T10:00:00Z")));
    }

    #[test]
    fn a_day_is_over_when_the_next_one_has_begun_and_a_time_when_it_has_passed() {
        let today = Today { now: "2026-11-23T13:00:00Z".parse().unwrap(), day: Date::new(2026, 11, 23).unwrap() };
        let over = |text| today.is_over(when(text));
        assert!(over("2026-11-22") && over("2026-10") && over("2025") && over("2026-11-23T12:59:00"));
        assert!(!over("2026-11-23") && !over("2026-11") && !over("2026") && !over("2026-11-23T13:00:00"));
    }
}
