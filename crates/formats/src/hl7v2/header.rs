use record::When;

use super::message::{Message, Segment};
use super::patient;

/// What the header segment says: enough to frame an acknowledgement, and to know
/// a message that was sent twice. Reading it does not look at the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// `MSH-10`: the sender's own name for the message.
    pub control_id: Option<String>,
    /// `MSH-7`: when the sender says it was made.
    pub stated_at: Option<When>,
    /// `MSH-9`: `ADT^A01`. `None` unless both its parts are there.
    pub kind: Option<String>,
    /// `MSH-3`: the sending application.
    pub sending_application: Option<String>,
    /// `MSH-4`: the sending facility, in England usually its ODS code.
    pub sending_facility: Option<String>,
    /// `MSH-12`: the version of HL7 v2.
    pub version: Option<String>,
}

impl Header {
    /// Reads it from a parsed header segment.
    pub(super) fn of(header: Segment<'_>) -> Self {
        let first = |number: usize| header.field(number).component(1).joined();
        let part = |number: usize| header.field(9).component(number).told();
        Self {
            control_id: header.field(10).told(),
            stated_at: header.field(7).component(1).told().and_then(|text| When::parse_hl7(&text).ok()),
            kind: part(1).zip(part(2)).map(|(code, event)| format!("{code}^{event}")),
            sending_application: first(3),
            sending_facility: first(4).or_else(|| header.field(4).component(2).told()),
            version: first(12),
        }
    }
}

/// The header of a message; `None` where it has none that can be read.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<Header> {
    Segment::header(bytes).ok().map(Header::of)
}

/// The key of the patient that a message speaks of first: the same that
/// [`super::read`] gives in [`crate::ChartClaim::key`]. It chooses the lane in
/// which the order of messages is kept.
#[must_use]
pub fn patient_key(bytes: &[u8]) -> Option<String> {
    let message = Message::parse(bytes).ok()?;
    let person = message.segment("PID")?;
    patient::key(person)
}

/// The keys of patients that a message says were somebody else all along
/// (`MRG-1`), as [`patient_key`] gives them: a merge has its place in their order too.
#[must_use]
pub fn merged_keys(bytes: &[u8]) -> Vec<String> {
    // Looked for first, because hardly any message has one.
    if !bytes.windows(MERGE.len()).any(|window| window == MERGE) {
        return Vec::new();
    }
    let Ok(message) = Message::parse(bytes) else { return Vec::new() };
    message.segments().filter(|segment| segment.name() == "MRG").flat_map(patient::keys).collect()
}

/// How the segment begins that names them.
const MERGE: &[u8] = b"MRG";

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"MSH|^~\\&|PAS|RXX01^1.2&ISO|CC|SEL|20261101101500+0000||ADT^A01^ADT_A01|42|P|2.4\r\
        PID|1||9990000018^^^NHS^NH~77^^^RXX^MR||Okafor^Grace";

    #[test]
    fn a_header_is_read_without_the_rest() {
        let header = peek(MESSAGE).unwrap();
        assert_eq!(header.control_id.as_deref(), Some("42"));
        assert_eq!(header.kind.as_deref(), Some("ADT^A01"));
        assert_eq!(header.sending_facility.as_deref(), Some("RXX01"));
        assert_eq!(header.stated_at.unwrap().to_iso(), "2026-11-01T10:15:00Z");
        assert_eq!(peek(b"MSH|^~\\&|||||||ACK").unwrap().kind, None);
        assert_eq!(peek(b"EVN|A01"), None);
    }

    #[test]
    fn a_merge_names_the_patients_that_were_somebody_else_all_along() {
        let merge =
            [MESSAGE, b"\rMRG|9990000026^^^NHS^NH~78^^^RXX^MR\rPID|2||79^^^RXX^MR\rMRG|80^^^RXX^MR\rMRG|"].concat();
        assert_eq!(merged_keys(&merge), ["RXX|78", "RXX|80"]);
        let several = b"MSH|^~\\&|A\rMRG|5502^^^RXX^PI~78^^^RXX^MR~9990000026^^^NHS^NH";
        assert_eq!(merged_keys(several), ["RXX|5502", "RXX|78"], "any of them may be the prior one's");
        assert_eq!(merged_keys(b"MSH|^~\\&|A\rMRG|9990000026^^^NHS^NH"), ["NHS|9990000026"]);
        assert!(merged_keys(MESSAGE).is_empty() && merged_keys(b"MRG|78").is_empty());
    }

    #[test]
    fn the_lane_is_that_of_the_first_local_number() {
        assert_eq!(patient_key(MESSAGE).as_deref(), Some("RXX|77"));
        assert_eq!(patient_key(b"MSH|^~\\&|A\rEVN|A20"), None);
    }
}
