//! The recorder of what is measured, and the name, unit and meaning of each.

use std::time::Duration;

use anyhow::Context;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// How often what was measured is sorted into buckets while nobody asks.
const KEEP_UP_EVERY: Duration = Duration::from_secs(5);
/// Upper bounds of what takes time, in seconds.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0];
/// Upper bounds of how many callers share a commit.
const CALLERS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Everything that is measured: docs/metrics.md lists the same names.
const MEASURES: &[(&str, Kind, Unit, &str)] = &[
    ("connect_care_build_info", Kind::Gauge, Unit::Count, "1; the version that runs is its label"),
    ("connect_care_ready", Kind::Gauge, Unit::Count, "1 while the program is ready, else 0"),
    (
        "connect_care_readings_failed_total",
        Kind::Counter,
        Unit::Count,
        "Readings that the store did not answer in time",
    ),
    ("connect_care_http_requests_total", Kind::Counter, Unit::Count, "HTTP requests answered"),
    ("connect_care_http_requests_under_way", Kind::Gauge, Unit::Count, "HTTP requests being answered now"),
    ("connect_care_http_request_seconds", Kind::Histogram, Unit::Seconds, "Time to answer an HTTP request"),
    ("connect_care_openings_total", Kind::Counter, Unit::Count, "Records opened, by the ground on which"),
    ("connect_care_refusals_total", Kind::Counter, Unit::Count, "Requests refused and logged, by reason"),
    (
        "connect_care_not_shown_safely_total",
        Kind::Counter,
        Unit::Count,
        "Requests for which nothing could be shown safely",
    ),
    ("connect_care_messages_received_total", Kind::Counter, Unit::Count, "Messages by what became of them on arrival"),
    ("connect_care_message_units_total", Kind::Counter, Unit::Count, "Units of messages by what became of them"),
    ("connect_care_message_durable_seconds", Kind::Histogram, Unit::Seconds, "From arrival until durable"),
    ("connect_care_message_apply_seconds", Kind::Histogram, Unit::Seconds, "From durable until applied"),
    ("connect_care_mllp_connections", Kind::Gauge, Unit::Count, "Open MLLP connections"),
    ("connect_care_inbox_waiting_messages", Kind::Gauge, Unit::Count, "Messages durable and not yet applied"),
    ("connect_care_inbox_oldest_seconds", Kind::Gauge, Unit::Seconds, "Age of the oldest message that waits"),
    ("connect_care_quarantine_waiting_units", Kind::Gauge, Unit::Count, "Units in quarantine that nobody has settled"),
    (
        "connect_care_quarantine_unowned_units",
        Kind::Gauge,
        Unit::Count,
        "Units in quarantine that nobody has taken for 15 minutes",
    ),
    ("connect_care_quarantine_oldest_seconds", Kind::Gauge, Unit::Seconds, "Age of the oldest unit in quarantine"),
    ("connect_care_feeds_silent", Kind::Gauge, Unit::Count, "Types of message, and all together, that are silent"),
    ("connect_care_feed_silent_seconds", Kind::Gauge, Unit::Seconds, "For how long a type of message is silent"),
    ("connect_care_message_numbers_missing", Kind::Gauge, Unit::Count, "Numbers of messages that did not come"),
    ("connect_care_store_commit_seconds", Kind::Histogram, Unit::Seconds, "Time of a commit with all who share it"),
    ("connect_care_store_commit_callers", Kind::Histogram, Unit::Count, "How many share one commit"),
    (
        "connect_care_store_size_bytes",
        Kind::Gauge,
        Unit::Bytes,
        "Size of a file of the store without its write-ahead log",
    ),
    ("connect_care_access_log_rows", Kind::Gauge, Unit::Count, "Rows of the access log"),
];

/// Begins to measure: until then, and without an operators' listener, measuring costs nothing.
pub(super) fn install() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_callers".to_owned()), CALLERS))
        .and_then(PrometheusBuilder::install_recorder)
        .context("what is measured cannot be recorded")?;
    for (name, kind, unit, meaning) in MEASURES {
        match kind {
            Kind::Counter => describe_counter!(*name, *unit, *meaning),
            Kind::Gauge => describe_gauge!(*name, *unit, *meaning),
            Kind::Histogram => describe_histogram!(*name, *unit, *meaning),
        }
    }
    metrics::gauge!("connect_care_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// Keeps what was measured small while nobody asks for it.
pub(super) async fn keep_up(handle: PrometheusHandle) {
    let mut every = tokio::time::interval(KEEP_UP_EVERY);
    loop {
        every.tick().await;
        handle.run_upkeep();
    }
}

pub(super) fn tell_ready(is_ready: bool) {
    metrics::gauge!("connect_care_ready").set(if is_ready { 1.0 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_their_base_unit() {
        for (name, kind, unit, _) in MEASURES {
            assert_eq!(name.ends_with("_total"), matches!(kind, Kind::Counter), "{name}");
            assert_eq!(name.ends_with("_seconds"), *unit == Unit::Seconds, "{name}");
            assert_eq!(name.ends_with("_bytes"), *unit == Unit::Bytes, "{name}");
        }
    }

    #[test]
    fn buckets_go_upwards() {
        assert!(SECONDS.is_sorted() && CALLERS.is_sorted());
    }
}
