//! Whether a control id still names the message that had it before (DESIGN §5).

use crate::inbox::MessageRow;

/// How much later than the earlier message, in its sender's own time, one with the
/// same control id must be made for the sender's counter to have begun again. One
/// that is sent once more with a few bytes changed comes sooner.
const RESTART_SECONDS_MIN: i64 = 10 * 60;
/// Among how many ids behind this one must one have been used since: a sender may
/// give us only some of the messages that it counts.
const SUCCESSORS: u64 = 64;
/// The longest number that an id is read as, in digits.
const DIGITS_MAX: usize = 18;

/// The last message that had the same control id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Its place in the order of becoming durable.
    pub(crate) message: i64,
    /// When it was received, in seconds.
    pub(crate) received_at: i64,
    /// When its sender says that it was made, in seconds, where it says so.
    pub(crate) stated_at: Option<i64>,
}

impl Holder {
    /// How much later this message was made, in seconds: by the sender's own clock
    /// where it tells both times, by ours where it tells neither. Where it tells one of
    /// them nobody knows: the one clock is never compared with the other, and ours may
    /// have been set.
    fn seconds_until(&self, row: &MessageRow) -> i64 {
        match (self.stated_at, row.stated_at) {
            (Some(stated_at), Some(_)) => row.told_at() - stated_at.min(self.received_at),
            (None, None) => row.received_at - self.received_at,
            _ => 0,
        }
    }
}

/// What a control id says about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlId {
    /// No other message has it.
    Free,
    /// Another message has it: one of the two may be wrong.
    Reused,
    /// Another message has it. If one of these ids was used after that one, the
    /// sender counted past it and has begun again; else it is reused.
    Restarted {
        /// Ids that follow it, the nearest first.
        successors: Vec<String>,
    },
}

/// What the control id of `row` says. `counts_since` is the first message after the
/// sender's counter last began again, if it did.
pub(crate) fn judge(row: &MessageRow, holder: Option<Holder>, counts_since: Option<i64>) -> ControlId {
    let (Some(control_id), Some(holder)) = (&row.control_id, holder) else { return ControlId::Free };
    if holder.received_at < row.window_start() {
        return ControlId::Free;
    }
    let later = holder.seconds_until(row);
    if counts_since.is_some_and(|since| holder.message < since) {
        // It was counted before: from then on the time (`MSH-7`) tells them apart.
        return if later > 0 { ControlId::Free } else { ControlId::Reused };
    }
    let successors = if later < RESTART_SECONDS_MIN { Vec::new() } else { successors(control_id) };
    if successors.is_empty() { ControlId::Reused } else { ControlId::Restarted { successors } }
}

/// The ids that a counter gives after this one; none where it does not end in a number.
fn successors(control_id: &str) -> Vec<String> {
    let name = control_id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = control_id.strip_prefix(name).unwrap_or_default();
    match digits.parse::<u64>() {
        Ok(number) if digits.len() <= DIGITS_MAX => {
            let width = digits.len();
            (number + 1..=number + SUCCESSORS).map(|next| format!("{name}{next:0width$}")).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known_by::KNOWN_BY_BYTES;

    const DAY: i64 = 24 * 3600;

    /// A message with this id, made and received at this second.
    fn row(control_id: &str, at: i64) -> MessageRow {
        MessageRow {
            source: 1,
            control_id: Some(control_id.to_owned()),
            stated_at: Some(at),
            received_at: at,
            digest: [0; KNOWN_BY_BYTES],
            size: 0,
            body: Vec::new(),
            unreadable: None,
            about: Vec::new(),
            against: None,
        }
    }

    fn holder(message: i64, at: i64) -> Option<Holder> {
        Some(Holder { message, received_at: at, stated_at: Some(at) })
    }

    #[test]
    fn an_id_that_nobody_has_or_had_long_ago_is_free() {
        let now = 100 * DAY;
        assert_eq!(judge(&row("A1", now), None, None), ControlId::Free);
        assert_eq!(judge(&row("A1", now), holder(5, now - 30 * DAY - 1), None), ControlId::Free);
        assert_eq!(judge(&row("A1", now), holder(5, now - 1), None), ControlId::Reused);
        let nameless = MessageRow { control_id: None, ..row("", now) };
        assert_eq!(judge(&nameless, holder(5, now), None), ControlId::Free);
    }

    #[test]
    fn a_counter_may_have_begun_again_where_the_new_message_is_clearly_later() {
        let now = 100 * DAY;
        let asked = |later| judge(&row("MSG0099", now), holder(5, now - later), None);
        assert_eq!(asked(RESTART_SECONDS_MIN - 1), ControlId::Reused);
        let ControlId::Restarted { successors } = asked(RESTART_SECONDS_MIN) else { panic!("ten minutes later") };
        assert_eq!((successors.len(), successors[0].as_str()), (64, "MSG0100"));
    }

    #[test]
    fn a_message_without_a_time_of_its_own_is_not_later_because_the_other_one_was_late() {
        let now = 100 * DAY;
        let late = Holder { message: 5, received_at: now - 1, stated_at: Some(now - 25 * DAY) };
        let timeless = MessageRow { stated_at: None, ..row("12", now) };
        assert_eq!(judge(&timeless, Some(late), None), ControlId::Reused);
        let other = Holder { stated_at: None, ..late };
        assert_eq!(judge(&row("12", now), Some(other), None), ControlId::Reused);
        let long_ago = Holder { received_at: now - DAY, ..late };
        assert_eq!(judge(&timeless, Some(long_ago), None), ControlId::Reused, "our clock may have been set");
        let long_ago = Holder { received_at: now - RESTART_SECONDS_MIN, ..other };
        assert!(matches!(judge(&timeless, Some(long_ago), None), ControlId::Restarted { .. }));
    }

    #[test]
    fn an_id_that_is_no_number_is_no_counter() {
        let now = 100 * DAY;
        for id in ["MSG-A", "", &"9".repeat(19), "7f3c-"] {
            assert_eq!(judge(&row(id, now), holder(5, 0), None), ControlId::Free, "long ago");
            assert_eq!(judge(&row(id, now), holder(5, now - DAY), None), ControlId::Reused, "{id}");
        }
    }

    #[test]
    fn after_a_restart_ids_of_before_are_told_apart_by_their_time() {
        let now = 100 * DAY;
        assert_eq!(judge(&row("12", now), holder(5, now - 1), Some(6)), ControlId::Free);
        assert_eq!(judge(&row("12", now), holder(5, now), Some(6)), ControlId::Reused, "made at the same time");
        assert_eq!(judge(&row("12", now), holder(6, now - 1), Some(6)), ControlId::Reused, "counted since");
    }

    #[test]
    fn numbers_keep_their_width() {
        assert_eq!(successors("009").first().map(String::as_str), Some("010"));
        assert_eq!(successors("99").first().map(String::as_str), Some("100"));
    }
}
