//! How long what is kept: rules as data.

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::Retention;

/// The access log is kept at least so long: an adult's hospital record is kept for
/// eight years, and who looked at it must be known for as long.
pub(crate) const ACCESS_LOG_YEARS_MIN: u32 = 8;

/// `[retention]`. What has no rule is kept for ever; messages that were applied and the
/// access log are, whatever is said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionConfig {
    /// How long an earlier version of an entry is kept after it was superseded.
    pub(crate) superseded_versions_days: Option<u32>,
    /// How long a settled item of quarantine is kept.
    pub(crate) settled_quarantine_days: Option<u32>,
    /// How long the bytes of a message are kept that was set aside whole, once nothing
    /// of it waits.
    pub(crate) set_aside_messages_days: Option<u32>,
    /// How long the organisation wants to keep the access log. Nothing deletes it; less
    /// than the least is refused.
    pub(crate) access_log_years: Option<u32>,
}

impl RetentionConfig {
    /// What is older than the rules allow at this moment.
    ///
    /// # Errors
    /// When the rules are not lawful.
    pub(crate) fn at(&self, now: Timestamp) -> anyhow::Result<Retention> {
        if let Some(years) = self.access_log_years
            && years < ACCESS_LOG_YEARS_MIN
        {
            bail!(
                "[retention] access_log_years is {years}: the access log is kept at least {ACCESS_LOG_YEARS_MIN} years"
            );
        }
        let before = |days: Option<u32>| {
            let age = |days| SignedDuration::from_hours(24 * i64::from(days));
            days.map(|days| now.checked_sub(age(days)).unwrap_or(Timestamp::MIN))
        };
        Ok(Retention {
            superseded_before: before(self.superseded_versions_days),
            settled_before: before(self.settled_quarantine_days),
            set_aside_before: before(self.set_aside_messages_days),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> RetentionConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn days_count_back_from_now_and_what_has_no_rule_is_kept() {
        let now = "2026-11-26T12:00:00Z".parse().unwrap();
        let rules = config("settled_quarantine_days = 2").at(now).unwrap();
        let settled_before = Some("2026-11-24T12:00:00Z".parse().unwrap());
        assert_eq!(rules, Retention { settled_before, ..Retention::default() });
    }

    #[test]
    fn the_access_log_is_never_kept_shorter_than_the_least() {
        let now = "2026-11-26T12:00:00Z".parse().unwrap();
        assert!(config("access_log_years = 8").at(now).is_ok());
        let refused = config("access_log_years = 7").at(now).unwrap_err().to_string();
        assert!(refused.contains("at least 8 years"), "{refused}");
    }
}
