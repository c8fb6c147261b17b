//! Where source systems deliver: MLLP, FHIR by HTTP, CSV files, and imports.
//!
//! Invariants:
//! - A message is durable before it is acknowledged. One that cannot be read is
//!   durable too, in quarantine, and its sender is told why.
//! - Every unit of a message is applied, kept and counted, or in quarantine.
//! - Messages of one patient of one source are applied in the order in which they
//!   became durable; one that cannot be applied does not stop those behind it.
//! - Queues and memory are bounded: a sender that is faster than the disk waits.
//! - Sources take turns: one that sends more than usual delays itself alone.
//! - Nobody is listened to before their source is known.
//! - A type of message that stops is noticed; noticing adds no write to a message.

mod about;
mod by_hand;
mod by_identity;
mod by_score;
mod csv_drop;
mod delivered;
mod error;
mod fair;
mod feeds;
mod fhir_push;
mod files;
mod identity_rules;
mod import;
mod intake;
mod lane;
mod lanes;
mod lines;
mod measure;
mod mllp;
mod reading;
mod rearranging;
mod rebuild;
mod report;
mod room;

pub use by_hand::carry_out_decisions;
pub use csv_drop::{folder_is_empty, watch_folder};
pub use delivered::{Delivered, DeliveredUnit, Fate};
pub use error::IntakeError;
pub use fair::{APPLIED_AT_ONCE, RECEIVED_AT_ONCE};
pub use feeds::{FeedWatch, GAPS_MAX, KINDS_MAX, LOOK_EVERY, SILENCE_MINUTES_MIN};
pub use fhir_push::{FhirPush, NDJSON_LINES_MAX, REQUEST_WORDS_BYTES_MAX, router as fhir_router};
pub use files::{FILE_BYTES_MAX, UNPACKED_BYTES_MAX};
pub use identity_rules::RULES as IDENTITY_RULES;
pub use import::{ImportProgress, import};
pub use intake::Intake;
pub use lanes::{LANE_MESSAGES_MAX, LANES};
pub use mllp::{DialAddress, MllpDialler, MllpLimits, MllpListener, MllpTls, Peers, TlsFiles, listen as listen_mllp};
pub use reading::Payload;
pub use rebuild::{Rebuilt, rebuild};
pub use report::{Report, TypeCounts};
pub use room::UNDER_WAY_BYTES_MAX;
