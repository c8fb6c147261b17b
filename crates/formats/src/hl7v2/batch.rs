use std::ops::Range;

use jiff::Timestamp;
use record::london;

use super::escape::escape;
use super::file::{envelope, lines, split_file};
use super::separators::Separators;
use crate::Problem;

/// A file or frame of many messages (HL7 v2.5 §2.10.3): each of them is a message
/// of its own, with its own answer and its own place in the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The bytes of its messages, in order; see [`split_file`].
    pub messages: Vec<Range<usize>>,
    /// Where its envelopes say something else than it holds: something may have
    /// been lost on the way. The messages that are there are whole all the same.
    pub problems: Vec<Problem>,
}

/// Whether these bytes begin with the header of a file or a batch.
#[must_use]
pub fn is_batch(bytes: &[u8]) -> bool {
    let first = lines(bytes).map(|line| line.text).find(|text| !text.is_empty());
    first.and_then(envelope).is_some_and(|name| name == b"FHS" || name == b"BHS")
}

/// Takes a file of messages apart and compares what its envelopes say with what it
/// holds: `BTS-1` with the messages of each batch, `FTS-1` with its batches. Where a
/// file has no batch headers, all of it counts as one batch.
#[must_use]
pub fn read_batch(bytes: &[u8]) -> Batch {
    let mut count = Count::default();
    for line in lines(bytes) {
        match envelope(line.text) {
            Some(name) => count.envelope(name, line.text),
            None if line.text.starts_with(b"MSH") => count.messages += 1,
            None => {}
        }
    }
    count.end();
    Batch { messages: split_file(bytes), problems: count.problems }
}

#[derive(Default)]
struct Count {
    in_file: bool,
    in_batch: bool,
    batches: u64,
    /// Since the batch began; outside any batch since the file began.
    messages: u64,
    problems: Vec<Problem>,
}

/// The most differences that are told of one file.
const PROBLEMS_MAX: usize = 100;

impl Count {
    fn envelope(&mut self, name: &[u8], line: &[u8]) {
        match name {
            b"FHS" => {
                self.end();
                (self.in_file, self.batches, self.messages) = (true, 0, 0);
            }
            b"BHS" => {
                self.end_batch();
                (self.in_batch, self.messages) = (true, 0);
                self.batches += 1;
            }
            b"BTS" => {
                if !self.in_batch {
                    self.say("BTS", "a batch ends that did not begin");
                }
                self.compare("BTS-1", line, self.messages, "messages");
                (self.in_batch, self.messages) = (false, 0);
            }
            _ => {
                self.end_batch();
                if !self.in_file {
                    self.say("FTS", "a file ends that did not begin");
                }
                let implicit = u64::from(self.batches == 0 && self.messages > 0);
                self.compare("FTS-1", line, self.batches + implicit, "batches");
                (self.in_file, self.batches, self.messages) = (false, 0, 0);
            }
        }
    }

    /// A count of none is as good as silence: only a number can differ.
    fn compare(&mut self, place: &str, line: &[u8], held: u64, what: &str) {
        let separator = line.get(3).copied().unwrap_or(b'|');
        let told = line.split(|byte| *byte == separator).nth(1).unwrap_or_default().trim_ascii();
        if told.is_empty() || told == b"\"\"" {
            return;
        }
        match std::str::from_utf8(told).ok().and_then(|told| told.parse::<u64>().ok()) {
            Some(told) if told == held => {}
            Some(told) => self.say(place, &format!("it says {told} {what} and {held} are there")),
            None => self.say(place, "not a number"),
        }
    }

    fn end_batch(&mut self) {
        if std::mem::take(&mut self.in_batch) {
            self.say("BTS", "a batch does not end: it may have been cut short");
            self.messages = 0;
        }
    }

    fn end(&mut self) {
        self.end_batch();
        if std::mem::take(&mut self.in_file) {
            self.say("FTS", "a file does not end: it may have been cut short");
        }
    }

    fn say(&mut self, place: &str, what: &str) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem::new(place, what));
        }
    }
}

/// Puts the answers to the messages of a batch into a batch of their own, which
/// names the sender's in `BHS-12` (HL7 v2.5 §2.10.3.3).
#[must_use]
pub fn acknowledge_batch(original: &[u8], answers: &[Vec<u8>], control_id: &str, at: Timestamp) -> Vec<u8> {
    let header = lines(original).map(|line| line.text).find(|text| text.starts_with(b"BHS")).unwrap_or_default();
    // BHS begins as MSH does.
    let as_message = [b"MSH", header.get(3..).unwrap_or_default()].concat();
    let separators = Separators::of_header(&as_message).unwrap_or_default();
    let told = |number: usize| header.split(|byte| *byte == separators.field).nth(number - 1).unwrap_or_default();
    let made = at.to_zoned(london()).strftime("%Y%m%d%H%M%S%z").to_string();
    let own_name = escape(control_id, &separators);
    let declared = separators.declared();
    let fields: [&[u8]; 11] =
        [&declared, told(5), told(6), told(3), told(4), made.as_bytes(), b"", b"", b"", &own_name, told(11)];
    let mut reply = b"BHS".to_vec();
    for field in fields {
        reply.push(separators.field);
        reply.extend_from_slice(field);
    }
    reply.push(b'\r');
    answers.iter().for_each(|answer| reply.extend_from_slice(answer));
    reply.extend_from_slice(b"BTS");
    reply.push(separators.field);
    reply.extend_from_slice(answers.len().to_string().as_bytes());
    reply.push(b'\r');
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(file: &str) -> Vec<String> {
        read_batch(file.as_bytes()).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_message_of_a_batch_is_a_message_of_its_own() {
        let file = "FHS|^~\\&|PAS\rBHS|^~\\&|PAS\rMSH|1\rPID|1\rMSH|2\rBTS|2\rBHS|^~\\&\rMSH|3\rBTS|1\rFTS|2\r";
        let batch = read_batch(file.as_bytes());
        let texts: Vec<_> = batch.messages.iter().map(|span| &file[span.clone()]).collect();
        assert_eq!(texts, ["MSH|1\rPID|1\r", "MSH|2\r", "MSH|3\r"]);
        assert_eq!(batch.problems, []);
        assert!(is_batch(file.as_bytes()) && is_batch(b"\x0b\r\nBHS|^~\\&"));
        assert!(!is_batch(b"MSH|^~\\&\rBHS|") && !is_batch(b""));
    }

    #[test]
    fn a_difference_between_count_and_content_is_said() {
        assert_eq!(problems("BHS|^~\\&\rMSH|1\rBTS|2\r"), ["BTS-1: it says 2 messages and 1 are there"]);
        assert_eq!(problems("BHS$*~\\&\rMSH$1\rMSH$2\rBTS$1$x\r"), ["BTS-1: it says 1 messages and 2 are there"]);
        assert_eq!(problems("FHS|^~\\&\rBHS|^~\\&\rBTS|0\rFTS|2\r"), ["FTS-1: it says 2 batches and 1 are there"]);
        assert_eq!(problems("BHS|^~\\&\rMSH|1\rBTS|two\r"), ["BTS-1: not a number"]);
        assert!(problems("BHS|^~\\&\rMSH|1\rBTS\r").is_empty() && problems("BHS|^~\\&\rMSH|1\rBTS||\r").is_empty());
        assert!(problems("FHS|^~\\&\rMSH|1\rMSH|2\rFTS|1\r").is_empty(), "no batch header: all is one batch");
    }

    #[test]
    fn an_envelope_that_does_not_close_is_said() {
        assert_eq!(problems("BHS|^~\\&\rMSH|1\r"), ["BTS: a batch does not end: it may have been cut short"]);
        assert_eq!(
            problems("FHS|^~\\&\rBHS|^~\\&\rMSH|1\rBHS|^~\\&\rMSH|2\rBTS|1\r"),
            [
                "BTS: a batch does not end: it may have been cut short",
                "FTS: a file does not end: it may have been cut short"
            ]
        );
        assert_eq!(
            problems("MSH|1\rBTS|1\rFTS|1\r"),
            [
                "BTS: a batch ends that did not begin",
                "FTS: a file ends that did not begin",
                "FTS-1: it says 1 batches and 0 are there"
            ]
        );
    }

    #[test]
    fn differences_that_are_told_are_bounded() {
        assert_eq!(problems(&"BTS|9\r".repeat(PROBLEMS_MAX)).len(), PROBLEMS_MAX);
    }

    #[test]
    fn a_batch_is_answered_by_a_batch_that_names_it() {
        let original = b"BHS|^~\\&|PAS|ZZ901|CC|SEL|20261101||||B7|\rMSH|1\rBTS|1\r";
        let reply = acknowledge_batch(original, &[b"MSH|a\r".to_vec()], "CC1B", Timestamp::UNIX_EPOCH);
        assert_eq!(
            String::from_utf8(reply.clone()).unwrap(),
            "BHS|^~\\&|CC|SEL|PAS|ZZ901|19700101010000+0100||||CC1B|B7\rMSH|a\rBTS|1\r"
        );
        assert_eq!(read_batch(&reply).problems, []);
    }
}
