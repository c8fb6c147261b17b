use jiff::Timestamp;
use record::london;

use super::ack_mode::{AckCode, AckMode, AckVerdict};
use super::err;
use super::escape::escape;
use super::message::Segment;
use super::separators::Separators;
use crate::Problem;

/// Writes every answer that the sender of a message wants to how it was taken, in
/// the order in which they are to be sent; see [`AckMode`]. There may be none.
///
/// `control_id` is the first answer's own name; where there are two, the second is
/// named like it with an `A` behind.
#[must_use]
pub fn answers(
    original: &[u8],
    verdict: AckVerdict,
    problem: Option<&Problem>,
    control_id: &str,
    at: Timestamp,
) -> Vec<Vec<u8>> {
    let wanted = AckMode::of(original).answers(verdict);
    let commit = wanted.commit.map(|code| acknowledge(original, code, problem, control_id, at));
    let own_name = if commit.is_some() { format!("{control_id}A") } else { control_id.to_owned() };
    let application = wanted.application.map(|code| acknowledge(original, code, problem, &own_name, at));
    commit.into_iter().chain(application).collect()
}

/// Writes one acknowledgement of a message (HL7 v2.5 §2.9.2 and §2.9.3).
///
/// It uses the sender's separators and version, swaps sender and receiver and
/// names the original in `MSA-2` byte for byte. Where the original cannot be read
/// it says so with an empty `MSA-2`. `control_id` is the acknowledgement's own name.
/// A problem is told in `ERR`, in the shape of the sender's version, unless the
/// answer is a positive one. Its own words are ASCII; what it repeats of the original
/// stays in the original's character set, which it then states in `MSH-18`.
#[must_use]
pub fn acknowledge(
    original: &[u8],
    code: AckCode,
    problem: Option<&Problem>,
    control_id: &str,
    at: Timestamp,
) -> Vec<u8> {
    let problem = problem.filter(|_| !matches!(code, AckCode::Accept | AckCode::CommitAccept));
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
    let mut fields: Vec<&[u8]> = vec![
        &declared,
        told(5),
        told(6),
        told(3),
        told(4),
        made.as_bytes(),
        b"",
        &kind,
        &own_name,
        or(b"P", 11),
        version,
    ];
    // A message of its own says that it wants no answer; a commit never gets one.
    if code.is_of_application() && AckMode::of(original) != AckMode::Original {
        fields.extend([&b""[..], b"", b"NE", b"NE"]);
    }
    if !told(10).is_ascii() || !fields.concat().is_ascii() {
        // MSH-2 is the first of them.
        fields.resize(16, b"");
        fields.push(told(18));
    }
    segment(b"MSH", &fields);
    // MSA-3 was withdrawn with v2.7; from then on ERR alone says it.
    let text =
        problem.filter(|_| is_before(version, 7)).map(|problem| escape(&in_ascii(&problem.to_string()), &separators));
    let text = text.unwrap_or_default();
    segment(b"MSA", &[code.as_str().as_bytes(), told(10), &text]);
    if let Some(problem) = problem {
        let fields = err::fields(original, problem, is_before(version, 5), advice(code), &separators);
        segment(b"ERR", &fields.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
    reply
}

/// A text as every character set has it.
pub(super) fn in_ascii(text: &str) -> String {
    text.chars().map(|char| if char.is_ascii() { char } else { '?' }).collect()
}

/// What the sender's engineer can do about it.
fn advice(code: AckCode) -> &'static str {
    match code {
        AckCode::Error | AckCode::CommitError => {
            "The message is kept and waits for a hand; send a mended one under a control id of its own"
        }
        _ => "Nothing of the message was applied; mend it and send it again",
    }
}

/// `ACK^A01`, or `ACK` where the event is not known.
fn acknowledged_kind(header: Option<Segment<'_>>, separators: &Separators) -> Vec<u8> {
    let event = header.map(|header| header.field(9).component(2).bytes()).unwrap_or_default();
    if event.is_empty() { b"ACK".to_vec() } else { [b"ACK", event].join(&separators.component) }
}

/// Whether a version (`MSH-12`) comes before `2.` and this number.
fn is_before(version: &[u8], minor: u8) -> bool {
    let told = version.strip_prefix(b"2.").and_then(|rest| rest.first()).filter(|digit| digit.is_ascii_digit());
    told.is_some_and(|digit| digit - b'0' < minor)
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
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
        ERR|||207^Application internal error^HL70357|E|||the message is longer than the limit. Nothing of the message was applied; mend it and send it again|the message is longer than the limit
        ");
    }

    #[test]
    fn the_senders_own_separators_are_used() {
        let text = reply("MSH$*+?!$PAS$$CC$$$$ORU*R01$42", AckCode::Accept, None);
        assert!(text.starts_with("MSH$*+?!$CC$$PAS$$") && text.contains("$$ACK*R01$A1$P$2.5\rMSA$AA$42$\r"), "{text}");
    }

    #[test]
    fn an_answer_that_repeats_other_characters_says_of_which_set_they_are() {
        let original = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|||ADT^A28|2\xC14|P|2.4||||||8859/1~ASCII\rPID|1||77\r";
        let problem = Problem::new("PID-5", "not the na\u{ef}ve name");
        let text = acknowledge(original, AckCode::Error, Some(&problem), "A1", AT);
        let answer = Message::parse(&text).unwrap();
        assert_eq!(answer.segment("MSH").unwrap().field(18).bytes(), b"8859/1~ASCII");
        assert_eq!(answer.segment("MSA").unwrap().field(2).bytes(), b"2\xC14");
        assert_eq!(answer.segment("MSA").unwrap().field(3).bytes(), b"PID-5: not the na?ve name");
        assert!(!reply("MSH|^~\\&|PAS||CC||||ADT^A28|4|P|2.4||||||8859/1\r", AckCode::Accept, None).contains("8859"));
    }

    #[test]
    fn the_shape_of_err_is_that_of_the_senders_version() {
        let problem = Problem::new("PID[2]-3[1].4", "no assigner");
        let told = |version: &str| {
            let original = format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|||ADT^A40|42|P|{version}\rPID|1||7\rMRG|8\rPID|2||9\r");
            let text = reply(&original, AckCode::Error, Some(problem.clone()));
            let segment = |name: &str| text.split('\r').find(|line| line.starts_with(name)).unwrap().to_owned();
            (segment("MSA"), segment("ERR"))
        };
        for version in ["2.1", "2.2", "2.3", "2.3.1", "2.4"] {
            assert_eq!(told(version).1, "ERR|PID^2^3^102&Data type error&HL70357", "{version}");
        }
        for version in ["2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.2", "nonsense"] {
            let err = told(version).1;
            assert!(
                err.starts_with("ERR||PID^2^3^1^4|102^Data type error^HL70357|E|||no assigner. The message is kept")
            );
            assert!(err.ends_with("|no assigner"), "{version}");
        }
        assert_eq!(told("2.6").0, "MSA|AE|42|PID[2]-3[1].4: no assigner");
        assert_eq!(told("2.7").0, "MSA|AE|42|");
    }

    #[test]
    fn an_enhanced_sender_gets_both_answers_under_names_of_their_own() {
        let original = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|||ADT^A01|42|P|2.5|||AL|AL\rPID|1||7\r";
        let problem = Problem::new("PID-5", "no name");
        let sent = answers(original, AckVerdict::Faulty, Some(&problem), "CC9", AT);
        let text: Vec<String> =
            sent.into_iter().map(|one| String::from_utf8(one).unwrap().replace('\r', "\n")).collect();
        insta::assert_snapshot!(text.join("---\n"), @r"
        MSH|^~\&|CC|SEL|PAS|ZZ901|19700101010000+0100||ACK^A01|CC9|P|2.5
        MSA|CA|42|
        ---
        MSH|^~\&|CC|SEL|PAS|ZZ901|19700101010000+0100||ACK^A01|CC9A|P|2.5|||NE|NE
        MSA|AE|42|PID-5: no name
        ERR||PID^1^5|101^Required field missing^HL70357|E|||no name. The message is kept and waits for a hand; send a mended one under a control id of its own|no name
        ");
        let none = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|||ADT^A01|42|P|2.5|||NE|NE\r";
        assert!(answers(none, AckVerdict::Accepted, None, "CC9", AT).is_empty());
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
