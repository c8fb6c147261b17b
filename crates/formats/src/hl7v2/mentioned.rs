use super::message::Message;
use super::patient;
use super::separators::Separators;
use crate::mentioned::{MENTIONED_MAX, Mentioned};

/// How far into a message its header is looked for, in bytes.
const HEADER_WITHIN_BYTES: usize = 256;

/// Whom a message seems to speak of, also where it cannot be read: by each `PID`
/// that still stands on a line of its own. Nothing else of it is looked at.
#[must_use]
pub fn mentioned(bytes: &[u8]) -> Vec<Mentioned> {
    let separators = separators(bytes);
    let lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    let people =
        lines.filter(|line| line.strip_prefix(b"PID").is_some_and(|rest| rest.first() == Some(&separators.field)));
    people.take(MENTIONED_MAX).filter_map(|line| of_line(line, separators)).collect()
}

/// Those that the message declares, else the usual ones.
fn separators(bytes: &[u8]) -> Separators {
    let start = bytes.get(..HEADER_WITHIN_BYTES.min(bytes.len())).unwrap_or_default();
    let header = start.windows(3).position(|three| three == b"MSH").and_then(|at| bytes.get(at..));
    header.and_then(|header| Separators::of_header(header).ok()).unwrap_or_default()
}

fn of_line(line: &[u8], separators: Separators) -> Option<Mentioned> {
    let header = [b"MSH".as_slice(), &[separators.field], &separators.declared(), &[separators.field]].concat();
    let alone = [header.as_slice(), b"\r", line].concat();
    let message = Message::parse(&alone).ok()?;
    let person = message.segment("PID")?;
    let mentioned = Mentioned { key: patient::key(person), nhs_number: patient::recognised(person) };
    (mentioned != Mentioned::default()).then_some(mentioned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(message: &str) -> Vec<(Option<String>, Option<String>)> {
        let people = mentioned(message.as_bytes()).into_iter();
        people.map(|one| (one.key, one.nhs_number.map(record::NhsNumber::digits))).collect()
    }

    fn person(key: &str, number: &str) -> (Option<String>, Option<String>) {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (told(key), told(number))
    }

    #[test]
    fn a_person_is_recognised_although_the_message_cannot_be_read() {
        let line = "PID|1||9990000018^^^NHS^NH~77^^^RXX^MR||Okafor^Grace";
        let known = [person("RXX|77", "9990000018")];
        assert_eq!(told(&format!("MSH|^~\\&|A|||||||||\r{line}\r")), known, "no type and no control id");
        assert_eq!(told(&format!("no header at all\r\n{line}\r\n")), known);
        assert_eq!(told(line), known);
        let odd = "MSH$*+?!$A\rPID$1$$9990000018***NHS*NH+77***RXX*MR";
        assert_eq!(told(odd), known, "by the separators that it declares");
    }

    #[test]
    fn one_of_two_numbers_is_enough_and_a_wrong_one_is_none() {
        assert_eq!(told("PID|1||77^^^RXX^MR"), [person("RXX|77", "")]);
        assert_eq!(told("PID|1||9990000019^^^NHS^NH~77^^^RXX^MR"), [person("RXX|77", "")], "its check digit is wrong");
        assert_eq!(
            told("PID|1||9990000018"),
            [person("|9990000018", "9990000018")],
            "cut off before it says what it is"
        );
        assert_eq!(told("PID|1||||Okafor^Grace"), []);
        assert_eq!(told("OBX|1|TX|||PID|9990000018"), []);
    }

    #[test]
    fn everybody_is_recognised_up_to_a_limit() {
        let message: String = (0..=MENTIONED_MAX).map(|number| format!("PID|1||{number}^^^RXX^MR\r")).collect();
        assert_eq!(told(&message).len(), MENTIONED_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = mentioned(&bytes);
            let _ = mentioned(&[b"PID|".as_slice(), &bytes].concat());
        }
    }
}
