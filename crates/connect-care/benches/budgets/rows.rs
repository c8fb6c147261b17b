//! Every row of the table: its name, unit, target (DESIGN, budgets) and the peer
//! that was measured on the same kind of machine.

use crate::store_kind::StoreKind;
use crate::table::Bar;

/// A row.
pub(crate) struct RowKind {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) target: Target,
    /// What the peer took, in words; may be empty.
    pub(crate) peer: &'static str,
}

/// What a figure ought to be on the embedded store. PostgreSQL over a local socket
/// may take twice as much, except where the store has no part in the figure.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    None,
    AtMost(f64),
    AtMostOnAnyStore(f64),
    AtLeast(f64),
    AtLeastOnAnyStore(f64),
    /// At most the first, in ms, or so many times the disk's own sync p99.
    AtMostOrSyncs(f64, f64),
}

impl Target {
    pub(crate) fn bar(self, store: Option<StoreKind>, sync_p99_ms: f64) -> Option<Bar> {
        let times = if store == Some(StoreKind::Postgres) { 2.0 } else { 1.0 };
        match self {
            Self::None => None,
            Self::AtMost(most) => Some(Bar::AtMost(most * times)),
            Self::AtMostOnAnyStore(most) => Some(Bar::AtMost(most)),
            Self::AtLeast(least) => Some(Bar::AtLeast(least / times)),
            Self::AtLeastOnAnyStore(least) => Some(Bar::AtLeast(least)),
            Self::AtMostOrSyncs(most, syncs) => Some(Bar::AtMost(most.max(syncs * sync_p99_ms) * times)),
        }
    }
}

const fn note(name: &'static str, unit: &'static str) -> RowKind {
    RowKind { name, unit, target: Target::None, peer: "" }
}

const fn row(name: &'static str, unit: &'static str, target: Target) -> RowKind {
    RowKind { name, unit, target, peer: "" }
}

const fn beside(name: &'static str, unit: &'static str, target: Target, peer: &'static str) -> RowKind {
    RowKind { name, unit, target, peer }
}

use Target::{AtLeast, AtLeastOnAnyStore, AtMost, AtMostOnAnyStore, AtMostOrSyncs};

const WHOLE_RECORD_OF_PEER: &str = "peer: 106 to 125 ms for a whole record of 238";
const SIXTEEN_OF_PEER: &str = "peer: 18 to 20 a second, whole records of 238";
const IMPORT_OF_PEER: &str = "peer: 643 resources a second";
const DISK_OF_PEER: &str = "peer: 9,567 B a resource";

pub(crate) const SYNC_P50: RowKind = note("disk's own sync of 4 KiB, p50", "ms");
pub(crate) const SYNC_P99: RowKind = note("disk's own sync of 4 KiB, p99", "ms");

pub(crate) const ACKS: RowKind =
    row("HL7 v2 durable acknowledgements, 16 connections, 6 under way each", "1/s", AtLeast(5_000.0));
pub(crate) const ACK_P99: RowKind = row("the same, message sent to its ACK, p99", "ms", AtMost(50.0));
pub(crate) const ACK_ONE_P50: RowKind = note("HL7 v2, 1 connection, 1 under way, message sent to its ACK, p50", "ms");
pub(crate) const ACK_ONE_P99: RowKind =
    row("HL7 v2, 1 connection, 1 under way, message sent to its ACK, p99", "ms", AtMost(50.0));
pub(crate) const APPLIED: RowKind = row("HL7 v2 applied and visible, 16 connections", "1/s", AtLeast(2_000.0));
pub(crate) const VISIBLE_P99: RowKind =
    row("HL7 v2 handed to the intake at 1,500/s, due to visible, p99", "ms", AtMost(2_000.0));
pub(crate) const FHIR_IMPORT: RowKind =
    beside("FHIR import of bundles, durable and visible", "entries/s", AtLeast(10_000.0), IMPORT_OF_PEER);

pub(crate) const DISK_AN_ENTRY: RowKind =
    beside("disk an entry: messages, people, indexes, all of it", "B", AtMost(700.0), DISK_OF_PEER);
pub(crate) const DISK_AN_ENTRY_PART: RowKind = note("disk an entry", "B");
pub(crate) const DISK_AN_OPENING: RowKind =
    row("disk an opening: log row, chain, indexes, all of it", "B", AtMost(1_536.0));
pub(crate) const DISK_AN_OPENING_PART: RowKind = note("disk an opening", "B");

pub(crate) const LOAD: RowKind = row("filling: made-up people straight into the store", "entries/s", AtLeast(20_000.0));
pub(crate) const OPEN_P50: RowKind =
    beside("open a record of 300 entries, 1 client, p50", "ms", AtMost(2.0), WHOLE_RECORD_OF_PEER);
pub(crate) const OPEN_P99: RowKind = note("open a record of 300 entries, 1 client, p99", "ms");
pub(crate) const OPEN_LOOP_P99: RowKind =
    row("open a record of 300 entries, open loop at 500/s, p99", "ms", AtMostOrSyncs(20.0, 2.5));
pub(crate) const OPEN_SIXTEEN: RowKind =
    beside("open a record of 300 entries, 16 clients", "1/s", AtLeast(1_000.0), SIXTEEN_OF_PEER);
pub(crate) const OPEN_SPREAD_P50: RowKind = note("open a record of 300 to 3,000 entries, 1 client, p50", "ms");
pub(crate) const OPENING_RATIO: RowKind =
    row("p50 of an opening, 300 to 3,000 entries, this size ÷ the smallest", "ratio", AtMostOnAnyStore(1.5));
pub(crate) const LOG_ROWS: RowKind = row("durable access-log rows, 64 writers", "1/s", AtLeast(5_000.0));

pub(crate) const PAGE_P50: RowKind =
    row("the slowest record page of 300 entries, request to last byte, p50", "ms", AtMost(5.0));
pub(crate) const PAGE_KB: RowKind =
    row("the longest record page of 300 entries, HTML, gzip as sent", "KB", AtMostOnAnyStore(25.0));
pub(crate) const PAGE_PART_P50: RowKind = note("record page, p50", "ms");
pub(crate) const PAGE_PART_KB: RowKind = note("record page, gzip", "KB");

pub(crate) const SEARCH_NUMBER: RowKind = row("find a person by NHS number, index time, p99", "ms", AtMost(2.0));
pub(crate) const SEARCH_NAME: RowKind =
    row("find a person by name and birth date, index time, p99", "ms", AtMost(10.0));
pub(crate) const SEARCH_NUMBER_WHOLE: RowKind =
    note("the same by NHS number with the log's two durable waits, p99", "ms");
pub(crate) const SEARCH_NAME_WHOLE: RowKind = note("the same by name with the log's two durable waits, p99", "ms");
pub(crate) const LOG_WAIT_P50: RowKind = note("one durable wait of the log, 1 client, p50", "ms");
pub(crate) const LOG_WAIT_P99: RowKind = note("one durable wait of the log, 1 client, p99", "ms");

pub(crate) const REGISTERED: RowKind =
    row("registering charts, durable and placed by who is who, 256 under way", "1/s", AtLeast(2_000.0));
pub(crate) const REGISTRATION_RATIO: RowKind =
    row("registrations a second, this size ÷ the smallest", "ratio", AtLeastOnAnyStore(0.8));
pub(crate) const DISK_A_CHART: RowKind = note("disk a chart that tells who and nothing else: all of it", "B");
pub(crate) const DISK_A_CHART_PART: RowKind = note("disk a chart", "B");

pub(crate) const IDLE_P99: RowKind = note("open a record of 300 entries at 100/s, nothing else going on, p99", "ms");
pub(crate) const BUSY_P99: RowKind = note("open a record of 300 entries at 100/s, during a bulk import, p99", "ms");
pub(crate) const BUSY_RATIO: RowKind =
    row("opening p99 during a bulk import ÷ idle, 100/s", "ratio", AtMostOnAnyStore(2.0));
pub(crate) const BUSY_IMPORT: RowKind = note("the bulk import meanwhile", "entries/s");

pub(crate) const MEMORY_AT_REST: RowKind = beside(
    "memory of `connect-care serve`, resident, at rest after one page",
    "MB",
    AtMostOnAnyStore(150.0),
    "peer: 241 MB after import",
);
pub(crate) const MEMORY_UNDER_LOAD: RowKind = beside(
    "memory of `connect-care serve`, resident, highest, 16 clients on record pages",
    "MB",
    AtMostOnAnyStore(300.0),
    "peer: 920 MB, 16 clients",
);
pub(crate) const SERVED: RowKind = note("record pages of 300 entries over HTTP, 16 clients", "1/s");
pub(crate) const DEMO: RowKind = row("`demo` from the built program to its first page", "s", AtMostOnAnyStore(5.0));
pub(crate) const DEMO_ALL: RowKind = note("`demo`, its 1,000 people delivered and applied", "s");

pub(crate) const DATA_IMPORT: RowKind =
    beside("--data: import, durable and visible", "entries/s", AtLeast(10_000.0), IMPORT_OF_PEER);
pub(crate) const DATA_RESOURCES: RowKind =
    note("--data: the same in resources delivered, those kept unshown too", "1/s");
pub(crate) const DATA_DISK: RowKind =
    beside("--data: disk an entry: messages, people, indexes, all of it", "B", AtMost(700.0), DISK_OF_PEER);
pub(crate) const DATA_DISK_PART: RowKind = note("--data: disk an entry", "B");
pub(crate) const DATA_DISK_RESOURCE: RowKind =
    beside("--data: disk a resource delivered", "B", Target::None, DISK_OF_PEER);
pub(crate) const DATA_OPEN_P50: RowKind =
    beside("--data: open a whole record, 1 client, p50", "ms", Target::None, WHOLE_RECORD_OF_PEER);
pub(crate) const DATA_OPEN_P99: RowKind = note("--data: open a whole record, 1 client, p99", "ms");
