use std::ops::Range;

/// Envelopes of batches and files (HL7 v2.5 §2.10.3): they say nothing of a person.
const ENVELOPES: [&[u8]; 4] = [b"FHS", b"BHS", b"BTS", b"FTS"];

/// The messages of a file that may hold many, in order.
///
/// A message begins at `MSH` at the start of a line and ends before the next one
/// or an envelope line (`FHS`, `BHS`, `BTS`, `FTS`). Envelopes, empty lines, frame
/// bytes and a byte-order mark before an envelope belong to nobody. Anything else
/// that stands outside a message has a range of its own, which
/// [`super::read`] then refuses: nothing is dropped in silence.
#[must_use]
pub fn split_file(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for Line { span, skipped, text } in lines(bytes) {
        let starts = text.starts_with(b"MSH");
        let envelope = envelope(text).is_some();
        if starts || envelope {
            parts.extend(open.take());
        }
        if starts {
            open = Some(span.start + skipped..span.end);
        } else if !envelope && !text.is_empty() {
            open = Some(open.map_or(span.start, |part| part.start)..span.end);
        }
    }
    parts.extend(open);
    parts.into_iter().map(|part| without_junk_at_end(bytes, part)).collect()
}

/// A line of a file.
pub(super) struct Line<'a> {
    /// Where it lies, its end included.
    span: Range<usize>,
    /// How many bytes before its text say nothing.
    skipped: usize,
    /// What it says.
    pub(super) text: &'a [u8],
}

pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let line = rest.iter().position(|byte| *byte == b'\r' || *byte == b'\n').unwrap_or(rest.len());
        let length = line + end_length(rest.get(line..).unwrap_or_default());
        let (text, skipped) = bare(rest.get(..line).unwrap_or_default());
        at += length;
        Some(Line { span: at - length..at, skipped, text })
    })
}

/// The name of an envelope line; words that merely begin like one are none.
pub(super) fn envelope(text: &[u8]) -> Option<&[u8]> {
    let (name, rest) = text.split_at_checked(3)?;
    let is_segment = rest.first().is_none_or(u8::is_ascii_punctuation);
    (is_segment && ENVELOPES.contains(&name)).then_some(name)
}

fn end_length(ending: &[u8]) -> usize {
    if ending.starts_with(b"\r\n") { 2 } else { ending.len().min(1) }
}

/// A line without frame bytes, a byte-order mark and blanks before it, and how
/// many bytes those were.
fn bare(line: &[u8]) -> (&[u8], usize) {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control();
    let mark = if line.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let rest = line.get(mark..).unwrap_or_default();
    let skipped = mark + rest.iter().position(|byte| !blank(byte)).unwrap_or(rest.len());
    (line.get(skipped..).unwrap_or_default(), skipped)
}

/// A message keeps the end of its last segment, as its other segments have it. A
/// line feed behind a lone carriage return stands between messages.
fn without_junk_at_end(bytes: &[u8], part: Range<usize>) -> Range<usize> {
    let message = bytes.get(part.clone()).unwrap_or_default();
    let first_end = message.iter().position(|byte| *byte == b'\r' || *byte == b'\n');
    let usual = first_end.and_then(|at| message.get(at..at + end_length(message.get(at..)?)));
    let last = message.iter().rposition(|byte| *byte == b'\r' || *byte == b'\n');
    let kept = match (usual, last) {
        (Some(b"\r"), Some(at)) if at + 1 == message.len() && message.ends_with(b"\r\n") => message.len() - 1,
        _ => message.len(),
    };
    part.start..part.start + kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(file: &str) -> Vec<&str> {
        split_file(file.as_bytes()).into_iter().map(|span| file.get(span).unwrap()).collect()
    }

    #[test]
    fn messages_are_told_apart_whatever_stands_between_them() {
        assert_eq!(parts("MSH|1\rPID|1\r\nMSH|2\rPID|2\r\n"), ["MSH|1\rPID|1\r", "MSH|2\rPID|2\r"]);
        assert_eq!(parts("MSH|1\nPID|1\n\n\nMSH|2"), ["MSH|1\nPID|1\n", "MSH|2"]);
        assert_eq!(parts("MSH|1\r\nPID|1\r\n\r\nMSH|2\r\n"), ["MSH|1\r\nPID|1\r\n", "MSH|2\r\n"]);
        assert_eq!(parts("\u{b}MSH|1\rPID|1\r\u{1c}\r\u{b}MSH|2\r\u{1c}\r"), ["MSH|1\rPID|1\r", "MSH|2\r"]);
        assert_eq!(parts("\u{feff}MSH|1\r"), ["MSH|1\r"]);
    }

    #[test]
    fn envelopes_belong_to_nobody() {
        assert_eq!(parts("FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rMSH|2\rBTS|2\rFTS|1\r"), ["MSH|1\rPID|1\r", "MSH|2\r"]);
    }

    #[test]
    fn words_that_begin_like_an_envelope_are_content() {
        assert_eq!(parts("MSH|1\rOBX|1|TX|x||first\nBTSE is a word\rPID|1\r").len(), 1);
    }

    #[test]
    fn what_is_no_message_is_given_out_to_be_refused() {
        assert_eq!(parts("PID|1\rMSH|2\r"), ["PID|1\r", "MSH|2\r"]);
        assert_eq!(parts("hello"), ["hello"]);
        assert_eq!(parts(" \r\n"), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_and_envelopes_is_left_out(
            pieces in prop::collection::vec(prop::sample::select(vec!["MSH|a", "PID|b", "BHS|c", "\r", "\n", "\r\n", " ", "x", "\u{b}", "\u{1c}"]), 0..40),
        ) {
            let file = pieces.concat();
            let mut at = 0;
            for span in split_file(file.as_bytes()) {
                prop_assert!(span.start >= at && span.end > span.start);
                let left_out = file.get(at..span.start).unwrap();
                let junk = |c: char| c.is_whitespace() || c.is_control();
                let nobodys = |line: &str| line.is_empty() || line.starts_with("BHS");
                prop_assert!(left_out.split(['\r', '\n']).all(|line| nobodys(line.trim_matches(junk))));
                at = span.end;
            }
        }
    }
}
