//! HL7 v2 messages, versions 2.1 to 2.8, in the "pipes and hats" encoding.
//!
//! The parser is our own because every other one we tried loses bytes of what real
//! senders write (adr/0002): here every byte is accounted for by
//! [`Message::spans`], and what cannot be decoded stays as it was sent.
//!
//! What of a message becomes which entry follows HL7's own v2-to-FHIR tables and
//! stands in docs/hl7v2-mapping.md.
//!
//! - [`read`]: one message to one unit.
//! - [`split_file`], [`read_batch`]: a file of many messages.
//! - [`peek`], [`patient_key`], [`merged_keys`]: cheap looks before the message is stored.
//! - [`answers`], [`acknowledge`]: the answers to the sender.

mod ack_mode;
mod acknowledge;
mod background;
mod batch;
mod charset;
mod charts;
mod datatypes;
mod demographics;
mod documents;
mod draft;
mod err;
mod escape;
mod field;
mod file;
mod header;
mod immunisations;
mod matter;
mod medicines;
#[cfg(test)]
mod medicines_tests;
mod mentioned;
mod merge;
mod message;
mod not_shown;
mod orders;
mod outline;
mod patient;
mod procedure;
mod read;
mod referral;
mod results;
mod schedule;
mod separators;
mod sequence_number;
mod values;
mod visit;

pub use ack_mode::{AckAnswers, AckCode, AckCondition, AckMode, AckVerdict};
pub use acknowledge::{acknowledge, answers};
pub use batch::{Batch, acknowledge_batch, is_batch, read_batch};
pub use charset::Charset;
pub use field::{Component, Field, Repetition, Subcomponent};
pub use file::split_file;
pub use header::{Header, merged_keys, patient_key, peek};
pub use matter::is_shown;
pub use mentioned::mentioned;
pub use message::{Message, SEGMENTS_MAX, Segment, SpanKind};
pub use outline::outline;
pub use read::{read, read_at};
pub use separators::Separators;
pub use sequence_number::sequence_number;
