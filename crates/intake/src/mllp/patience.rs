use std::time::Duration;

use tokio::time::Instant;

use super::limits::MllpLimits;

/// How long a connection may still take over what it is doing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    idle_max: Duration,
    whole_max: Duration,
    /// Since when nothing is owed to the sender and no message began.
    quiet_since: Instant,
    /// When the first byte of the message came that is not whole yet.
    began: Option<Instant>,
}

impl Patience {
    pub(super) fn new(limits: &MllpLimits, now: Instant) -> Self {
        Self { idle_max: limits.idle_max, whole_max: limits.whole_max, quiet_since: now, began: None }
    }

    /// A message is coming. Only its first byte counts: those after it buy no time.
    pub(super) fn is_within_message(&mut self, now: Instant) {
        self.began.get_or_insert(now);
    }

    /// It is whole.
    pub(super) fn is_whole(&mut self) {
        self.began = None;
    }

    /// We answered, or took our time ourselves: the sender's begins anew.
    pub(super) fn is_quiet(&mut self, now: Instant) {
        self.quiet_since = now;
    }

    /// We kept the sender waiting for so long in the middle of its message.
    pub(super) fn waited_for_us(&mut self, time: Duration) {
        self.began = self.began.map(|began| began + time);
    }

    /// Until when the next bytes must have come.
    pub(super) fn deadline(&self) -> Instant {
        match self.began {
            Some(began) => began + self.whole_max,
            None => self.quiet_since + self.idle_max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn start() -> (Patience, Instant) {
        let now = tokio::time::Instant::now();
        (Patience::new(&MllpLimits::default(), now), now)
    }

    #[test]
    fn ten_megabytes_at_a_hundred_bytes_a_second_end_two_minutes_after_the_first() {
        let (mut patience, start) = start();
        let (drip, seconds) = (100, 10_000_000 / 100);
        let came = (0..seconds).map(|second| start + second * SECOND).take_while(|now| {
            patience.is_within_message(*now);
            *now < patience.deadline()
        });
        assert_eq!(came.count() as u32 * drip, 120 * drip);
    }

    #[test]
    fn a_message_that_begins_just_before_the_idle_limit_has_its_whole_time() {
        let (mut patience, start) = start();
        let idle_max = MllpLimits::default().idle_max;
        assert_eq!(patience.deadline(), start + idle_max);
        let late = start + idle_max - SECOND;
        patience.is_within_message(late);
        assert_eq!(patience.deadline(), late + MllpLimits::default().whole_max);
    }

    #[test]
    fn what_we_make_a_sender_wait_is_not_its_own_time() {
        let (mut patience, start) = start();
        patience.is_within_message(start);
        patience.waited_for_us(30 * SECOND);
        assert_eq!(patience.deadline(), start + MllpLimits::default().whole_max + 30 * SECOND);
        patience.is_whole();
        patience.is_quiet(start + 60 * SECOND);
        assert_eq!(patience.deadline(), start + 60 * SECOND + MllpLimits::default().idle_max);
    }
}
