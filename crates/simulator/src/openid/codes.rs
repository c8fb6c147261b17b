use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// How long a code may wait to be redeemed, in seconds.
pub(super) const CODE_LIFE_SECONDS: i64 = 60;
/// How many codes may wait at once; the oldest gives way.
pub(super) const CODES_MAX: usize = 1_000;

/// What the visitor has chosen, until the client fetches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) chosen_at: Timestamp,
}

/// Codes that have been given out: each may be redeemed once, within a minute.
#[derive(Default)]
pub(super) struct Codes(BTreeMap<String, Grant>);

impl Codes {
    pub(super) fn put(&mut self, code: String, grant: Grant) {
        let now = grant.chosen_at;
        self.0.retain(|_, waiting| is_alive(waiting, now));
        if self.0.len() >= CODES_MAX {
            let oldest = self.0.iter().min_by_key(|(_, waiting)| waiting.chosen_at).map(|(code, _)| code.clone());
            oldest.and_then(|code| self.0.remove(&code));
        }
        self.0.insert(code, grant);
    }

    /// Takes the grant of a code: the code is gone, whatever becomes of it.
    pub(super) fn take(&mut self, code: &str, now: Timestamp) -> Option<Grant> {
        self.0.remove(code).filter(|grant| is_alive(grant, now))
    }
}

fn is_alive(grant: &Grant, now: Timestamp) -> bool {
    now.duration_since(grant.chosen_at) <= SignedDuration::from_secs(CODE_LIFE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn grant(second: i64) -> Grant {
        Grant {
            subject: "s".into(),
            redirect_uri: "r".into(),
            challenge: "c".into(),
            nonce: None,
            chosen_at: at(second),
        }
    }

    #[test]
    fn a_code_is_redeemed_once_and_within_a_minute() {
        let mut codes = Codes::default();
        codes.put("a".into(), grant(0));
        assert_eq!(codes.take("a", at(60)), Some(grant(0)));
        assert_eq!(codes.take("a", at(60)), None);
        codes.put("b".into(), grant(0));
        assert_eq!(codes.take("b", at(61)), None);
    }

    #[test]
    fn one_code_too_many_makes_the_oldest_give_way() {
        let mut codes = Codes::default();
        for number in 0..=CODES_MAX {
            codes.put(format!("{number}"), grant(i64::from(number != 0)));
        }
        assert_eq!(codes.take("0", at(2)), None);
        assert!(codes.take("1", at(2)).is_some());
    }
}
