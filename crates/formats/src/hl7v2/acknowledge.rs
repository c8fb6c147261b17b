use jiff::Timestamp;
use record::london;

use super::escape::escape;
use super::message::{Message, Segment};
use super::separators::Separators;
use crate::Problem;

/// The answer to a message (HL7 table 0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckCode {
    /// `AA`: safely stored.
    Accept,
    /// `AE`: it has a fault; sending it again unchanged is of no use.
    Error,
    /// `AR`: it was not read or not stored.
    Reject,
}

impl AckCode {
    /// The code as written in `MSA-1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
        }
    }
}

/// Writes the acknowledgement of a message (HL7 v2.5 §2.9.2).
///
/// It uses the sender's separators and version, swaps sender and receiver and
/// names the original in `MSA-2` byte for byte. Where the original cannot be read
/// it says so with an empty `MSA-2`. `control_id` is the acknowledgement's own name.
#[must_use]
pub fn acknowledge(
    original: &[u8],
    code: AckCode,
    problem: Option<&Problem>,
    control_id: &str,
    at: Timestamp,
) -> Vec<u8> {
    let header = Segment::header(original).ok();
    let separators = header.map_or_else(Separators::default, |header| header.form().separators);
    let told = |number: usize| header.map(|header| header.field(number).bytes()).unwrap_or_default();
    let or = |bytes: &'static [u8], number: usize| if told(number).is_empty() { bytes } else { told(number) };
    let made = at.to_zoned(london()).strftime("%Y%m%d%H%M%S%z").to_string();
    let version = or(b"2.5", 12);

    let mut reply = Vec::with_capacity(256);
    let mut segment = |name: &[u8], fields: &[&[u8]]| {
        reply.extend_from_slice(name);
        for field in fields {
            reply.push(separators.field);
            reply.extend_from_slice(field);
        }
        reply.push(b'\r');
    };
    let own_name = escape(control_id, &separators);
    let kind = acknowledged_kind(header, &separators);
    let declared = separators.declared();
    segment(
        b"MSH",
        &[&declared, told(5), told(6), told(3), told(4), made.as_bytes(), b"", &kind, &own_name, or(b"P", 11), version],
    );
    let text = problem.map(|problem| escape(&problem.to_string(), &separators)).unwrap_or_default();
    segment(b"MSA", &[code.as_str().as_bytes(), told(10), &text]);
    if let Some(problem) = problem {
        let [name, number, field] = location(&problem.place);
        let (fault, meaning) = fault(original, &problem.place);
        let coded = [fault, meaning.as_bytes(), b"HL70357"];
        let component = separators.component;
        if is_before_2_5(version) {
            let code = coded.join(&separators.subcomponent.unwrap_or(b' '));
            segment(b"ERR", &[&[name, number, field, &code].join(&component)]);
        } else {
            let what = escape(&problem.what, &separators);
            let place = [name, number, field].join(&component);
            let place = if name.is_empty() { &b""[..] } else { &place };
            segment(b"ERR", &[b"", place, &coded.join(&component), b"E", b"", b"", &what, &what]);
        }
    }
    reply
}

/// `ACK^A01`, or `ACK` where the event is not known.
fn acknowledged_kind(header: Option<Segment<'_>>, separators: &Separators) -> Vec<u8> {
    let event = header.map(|header| header.field(9).component(2).bytes()).unwrap_or_default();
    if event.is_empty() { b"ACK".to_vec() } else { [b"ACK", event].join(&separators.component) }
}

fn is_before_2_5(version: &[u8]) -> bool {
    [b"2.1", b"2.2", b"2.3", b"2.4"].iter().any(|old| version.starts_with(*old))
}

/// `PID-3` as segment, its number in the message, field.
fn location(place: &str) -> [&[u8]; 3] {
    match split_place(place) {
        None => [b"", b"", b""],
        Some((segment, field)) => [segment.as_bytes(), b"1", field.as_bytes()],
    }
}

/// A code of HL7 table 0357 and its meaning there.
type Fault = (&'static [u8], &'static str);

fn fault(original: &[u8], place: &str) -> Fault {
    let Ok(message) = Message::parse(original) else { return (b"207", "Application internal error") };
    match split_place(place) {
        None => (b"207", "Application internal error"),
        Some((segment, field)) => {
            let number = field.split('.').next().and_then(|number| number.parse().ok());
            match (message.segment(segment), number) {
                (None, _) | (_, None) => (b"100", "Segment sequence error"),
                (Some(segment), Some(number)) if segment.field(number).is_absent() => {
                    (b"101", "Required field missing")
                }
                _ => (b"102", "Data type error"),
            }
        }
    }
}

fn split_place(place: &str) -> Option<(&str, &str)> {
    let (segment, field) = place.split_once('-').unwrap_or((place, ""));
    let named = segment.len() == 3 && segment.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let numbered = field.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (named && numbered).then_some((segment, field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn reply(original: &str, code: AckCode, problem: Option<Problem>) -> String {
        String::from_utf8(acknowledge(original.as_bytes(), code, problem.as_ref(), "A1", AT)).unwrap()
    }

    #[test]
    fn it_swaps_sender_and_receiver_and_names_the_original() {
        let original = "MSH|^~\\&|PAS|RXX01|CC|SEL|20261101||ADT^A01^ADT_A01|42\\T\\3|T|2.4\rPID|1\r";
        insta::assert_snapshot!(reply(original, AckCode::Accept, None).replace('\r', "\n"), @r"
        MSH|^~\&|CC|SEL|PAS|RXX01|19700101010000+0100||ACK^A01|A1|T|2.4
        MSA|AA|42\T\3|
        ");
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let problem = Problem::new("PID-3", "the NHS number's check digit | does not fit");
        let told = |version: &str| {
            let original = format!("MSH|^~\\&|PAS|RXX01|CC|SEL|||ADT^A01|42|P|{version}\rPID|1||7\r");
            reply(&original, AckCode::Error, Some(problem.clone())).replace('\r', "\n")
        };
        assert!(told("2.4").contains("\nMSA|AE|42|PID-3: the NHS number's check digit \\F\\ does not fit\n"));
        assert!(told("2.4").contains("\nERR|PID^1^3^102&Data type error&HL70357\n"));
        assert!(told("2.5.1").contains("\nERR||PID^1^3|102^Data type error^HL70357|E|||the NHS"));
    }

    #[test]
    fn what_is_missing_is_called_missing() {
        let original = "MSH|^~\\&|PAS|RXX01|CC|SEL|||ADT^A01||P|2.3\rPID|1||7\r";
        let missing = |place: &str| reply(original, AckCode::Error, Some(Problem::new(place, "missing")));
        assert!(missing("MSH-10").contains("ERR|MSH^1^10^101&Required field missing&HL70357"));
        assert!(missing("TXA").contains("ERR|TXA^1^^100&Segment sequence error&HL70357"));
    }

    #[test]
    fn an_original_that_cannot_be_read_is_answered_too() {
        let problem = Problem::new("message", "the message is longer than the limit");
        insta::assert_snapshot!(reply("no message", AckCode::Reject, Some(problem)).replace('\r', "\n"), @r"
        MSH|^~\&|||||19700101010000+0100||ACK|A1|P|2.5
        MSA|AR||message: the message is longer than the limit
        ERR|||207^Application internal error^HL70357|E|||the message is longer than the limit|the message is longer than the limit
        ");
    }

    #[test]
    fn the_senders_own_separators_are_used() {
        let text = reply("MSH$*+?!$PAS$$CC$$$$ORU*R01$42", AckCode::Accept, None);
        assert!(text.starts_with("MSH$*+?!$CC$$PAS$$") && text.contains("$$ACK*R01$A1$P$2.5\rMSA$AA$42$\r"), "{text}");
    }

    proptest! {
        #[test]
        fn any_original_gets_an_answer_that_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let original = [b"MSH|^~\\&|".as_slice(), &bytes].concat();
            for original in [&original, &bytes] {
                let reply = acknowledge(original, AckCode::Reject, None, "A1", AT);
                prop_assert!(Segment::header(&reply).is_ok());
            }
        }
    }
}
