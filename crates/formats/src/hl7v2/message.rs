use std::ops::Range;

use super::charset::Charset;
use super::field::{Field, Form};
use super::separators::Separators;
use crate::Problem;
use crate::mllp::MESSAGE_BYTES_MAX;

/// The most segments that one message may have.
pub const SEGMENTS_MAX: usize = 65_536;

/// A message as it was sent: nothing is copied, changed or lost. Values are
/// decoded when they are asked for.
///
/// Segments may end with a carriage return, a line feed or both. A line feed
/// within the text of an `NTE` or `OBX` is content where the message ends its
/// segments with carriage returns, or where the next line has no field separator.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    form: Form,
    segments: Vec<Range<usize>>,
}

/// One segment of a message.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    bytes: &'a [u8],
    start: usize,
    form: Form,
}

/// What a stretch of a message's bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Outside any segment: segment ends, empty lines, a byte-order mark, junk at the end.
    Between,
    /// A segment's name.
    Name,
    /// A character that separates fields, repetitions, components or sub-components.
    Separator,
    /// A value that holds no separator, escapes still in it.
    Value,
}

impl<'a> Message<'a> {
    /// Finds the segments.
    ///
    /// # Errors
    /// When it is longer than [`MESSAGE_BYTES_MAX`], has more than [`SEGMENTS_MAX`]
    /// segments, does not begin with a whole `MSH`, or is in no known character set.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Problem> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Problem::new("message", "the message is longer than the limit of 16 MiB"));
        }
        if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"M\0S\0H\0") {
            return Err(Problem::new("MSH-18", "the message is in UTF-16, which is not read; send UTF-8"));
        }
        let start = header_start(bytes);
        let header = first_line(bytes.get(start..).unwrap_or_default());
        let separators = Separators::of_header(header)?;
        let declared = Segment { bytes: header, start, form: Form { separators, charset: Charset::Utf8 } }.field(18);
        let charset = Charset::of(bytes, declared.repetition(0).bytes())?;
        let segments = find_segments(bytes, start, separators.field)?;
        Ok(Self { bytes, form: Form { separators, charset }, segments })
    }

    /// The bytes that were read.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its separators.
    #[must_use]
    pub fn separators(&self) -> &Separators {
        &self.form.separators
    }

    /// The number of segments, at least one.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// Its segments in order, `MSH` first.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> + Clone + '_ {
        self.segments.iter().map(|span| self.at(span))
    }

    /// The first segment of this name.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<Segment<'a>> {
        self.segments().find(|segment| segment.name() == name)
    }

    /// What every byte is, in order and without gaps.
    pub fn spans(&self) -> impl Iterator<Item = (SpanKind, Range<usize>)> + '_ {
        let starts = std::iter::once(0).chain(self.segments.iter().map(|span| span.end));
        let ends = self.segments.iter().map(|span| span.start).chain(std::iter::once(self.bytes.len()));
        let between = starts.zip(ends).map(|(start, end)| (SpanKind::Between, start..end));
        let segments = self.segments().map(Some).chain(std::iter::once(None));
        between
            .zip(segments)
            .flat_map(|(between, segment)| {
                std::iter::once(between).chain(segment.into_iter().flat_map(|segment| segment.spans()))
            })
            .filter(|(_, span)| !span.is_empty())
    }

    fn at(&self, span: &Range<usize>) -> Segment<'a> {
        let bytes = self.bytes.get(span.clone()).unwrap_or_default();
        Segment { bytes, start: span.start, form: self.form }
    }
}

impl<'a> Segment<'a> {
    /// The header of a message whose other segments were not looked at.
    pub(super) fn header(bytes: &'a [u8]) -> Result<Self, Problem> {
        let start = header_start(bytes);
        let header = first_line(bytes.get(start..).unwrap_or_default());
        let form = Form { separators: Separators::of_header(header)?, charset: Charset::Utf8 };
        Ok(Self { bytes: header, start, form })
    }

    /// Its name: `PID`. Empty where the line does not begin with one.
    #[must_use]
    pub fn name(&self) -> &'a str {
        let name = self.bytes.get(..3).filter(|_| is_segment(self.bytes, self.form.separators.field));
        name.and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
    }

    /// Its bytes, name included, segment end not.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where it lies in the message.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.bytes.len()
    }

    /// A field by its number in the standard, from 1. Absent ones are empty.
    /// `MSH-1` and `MSH-2` are the separators themselves.
    #[must_use]
    pub fn field(&self, number: usize) -> Field<'a> {
        let mut fields = self.bytes.split(|byte| *byte == self.form.separators.field);
        let bytes = match (self.name(), number) {
            ("MSH", 1) => self.bytes.get(3..4),
            ("MSH", _) => fields.nth(number.saturating_sub(1)),
            _ => fields.nth(number),
        };
        Field::new(bytes.unwrap_or_default(), self.form)
    }

    /// How many fields were sent, separators at its end included: the last one may be
    /// empty.
    #[must_use]
    pub fn field_count(&self) -> usize {
        let separators = self.bytes.iter().filter(|byte| **byte == self.form.separators.field).count();
        separators + usize::from(self.name() == "MSH")
    }

    /// The form in which it is written.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    fn spans(self) -> impl Iterator<Item = (SpanKind, Range<usize>)> + 'a {
        let separators = self.form.separators;
        let declared = separators.declared();
        let is_header = self.name() == "MSH" && self.bytes.get(4..).is_some_and(|rest| rest.starts_with(&declared));
        let header = if is_header { 4 + declared.len() } else { 0 };
        let name = if self.name().is_empty() { 0 } else { 3 };
        let start = self.start;
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let value = |rest: &[u8]| rest.iter().position(|b| separators.separates(*b)).unwrap_or(rest.len());
            let (kind, length) = match at {
                0 if name > 0 => (SpanKind::Name, name),
                4 if header > 0 => (SpanKind::Value, header - 4),
                _ => match value(rest) {
                    0 => (SpanKind::Separator, 1),
                    length => (SpanKind::Value, length),
                },
            };
            at += length;
            Some((kind, start + at - length..start + at))
        })
    }
}

/// Where `MSH` begins: a byte-order mark, white space and a frame's start byte
/// may come before it.
fn header_start(bytes: &[u8]) -> usize {
    let mark = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let rest = bytes.get(mark..).unwrap_or_default();
    mark + rest.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0x0B).unwrap_or(0)
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default()
}

fn is_segment(line: &[u8], field: u8) -> bool {
    match line {
        [a, b, c, rest @ ..] => {
            let named = a.is_ascii_uppercase() && [b, c].iter().all(|x| x.is_ascii_uppercase() || x.is_ascii_digit());
            named && rest.first().is_none_or(|next| *next == field)
        }
        _ => false,
    }
}

fn find_segments(bytes: &[u8], start: usize, field: u8) -> Result<Vec<Range<usize>>, Problem> {
    let mut segments: Vec<Range<usize>> = Vec::with_capacity(16);
    let mut at = start;
    let mut returns_end_segments = false;
    let mut after_lone_feed = false;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().position(|byte| *byte == b'\r' || *byte == b'\n').unwrap_or(rest.len());
        let (line, ending) = rest.split_at(length);
        if segments.is_empty() {
            returns_end_segments = ending.starts_with(b"\r") && !ending.starts_with(b"\r\n");
        }
        let blank = line.iter().all(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control());
        if !blank {
            let text_before = segments.last_mut().filter(|last| holds_text(bytes, last));
            let wrapped = (after_lone_feed && returns_end_segments) || !line.contains(&field);
            match text_before {
                Some(last) if wrapped && !is_segment(line, field) => last.end = at + length,
                _ => segments.push(at..at + length),
            }
            if segments.len() > SEGMENTS_MAX {
                return Err(Problem::new("message", "the message has more than 65,536 segments"));
            }
        }
        after_lone_feed = ending.starts_with(b"\n") || (blank && after_lone_feed);
        at += length + if ending.starts_with(b"\r\n") { 2 } else { 1 };
    }
    Ok(segments)
}

fn holds_text(bytes: &[u8], segment: &Range<usize>) -> bool {
    let name = bytes.get(segment.start..).and_then(|rest| rest.get(..3));
    matches!(name, Some(b"NTE" | b"OBX"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(message: &str) -> Vec<String> {
        let message = Message::parse(message.as_bytes()).unwrap();
        message.segments().map(|segment| segment.name().to_owned()).collect()
    }

    #[test]
    fn every_segment_end_and_empty_segments_are_understood() {
        for end in ["\r", "\n", "\r\n", "\r\r", "\n\n", "\r\n\r\n"] {
            let message = ["MSH|^~\\&|A", "EVN|A01", "", "PID|1||7", "ZZ1|own"].join(end);
            assert_eq!(names(&message), ["MSH", "EVN", "PID", "ZZ1"], "{end:?}");
        }
        assert_eq!(names("\u{FEFF}\r\n MSH|^~\\&|A\rPV1\rPID|1\r\x1A"), ["MSH", "PV1", "PID"]);
    }

    #[test]
    fn a_line_feed_within_a_note_is_content() {
        let message = Message::parse(b"MSH|^~\\&|A\rNTE|1||first\nsecond | third\n\nfourth\rPID|1||7\r").unwrap();
        assert_eq!(message.segment_count(), 3);
        let note = message.segment("NTE").unwrap();
        assert_eq!(note.field(3).text().as_deref(), Some("first\nsecond "));
        assert_eq!(note.field(4).text().as_deref(), Some(" third\n\nfourth"));
        let fed = Message::parse(b"MSH|^~\\&|A\nOBX|1|TX|x||first\nsecond\nPID|1||7\n").unwrap();
        assert_eq!(fed.segment("OBX").unwrap().field(5).text().as_deref(), Some("first\nsecond"));
        assert!(fed.segment("PID").is_some());
    }

    #[test]
    fn a_line_that_is_no_segment_is_kept_apart() {
        assert_eq!(names("MSH|^~\\&|A\rpid|1\rPIDX|2\rPID|3\r"), ["MSH", "", "", "PID"]);
    }

    #[test]
    fn fields_have_the_standards_numbers() {
        let message = Message::parse(b"MSH|^~\\&|APP|FAC^1.2&x\rPID|1||7^^^M11~8|\"\"\r").unwrap();
        let header = message.segment("MSH").unwrap();
        assert_eq!(header.field(1).bytes(), b"|");
        assert_eq!(header.field(2).bytes(), b"^~\\&");
        assert_eq!(header.field(4).component(2).subcomponent(2).text().as_deref(), Some("x"));
        let person = message.segment("PID").unwrap();
        assert_eq!(person.field(3).repetition(1).component(1).text().as_deref(), Some("8"));
        assert_eq!(person.field(3).component(4).text().as_deref(), Some("M11"));
        assert!(person.field(2).is_absent() && person.field(99).is_absent());
        assert!(person.field(4).is_null() && person.field(4).text().is_none());
    }

    #[test]
    fn a_message_in_utf_16_is_refused_by_name() {
        for text in [b"\xFF\xFEM\0S\0H\0|\0".as_slice(), b"\xFE\xFF\0M\0S\0H", b"M\0S\0H\0|\0"] {
            assert!(Message::parse(text).unwrap_err().what.contains("UTF-16"));
        }
    }

    #[test]
    fn too_many_segments_are_refused() {
        let fits = format!("MSH|^~\\&|A\r{}", "A\r".repeat(SEGMENTS_MAX - 1));
        assert!(Message::parse(fits.as_bytes()).is_ok());
        assert!(Message::parse(format!("{fits}A\r").as_bytes()).is_err());
    }

    #[test]
    fn a_message_over_the_limit_is_refused() {
        let mut bytes = b"MSH|^~\\&|A\r".to_vec();
        bytes.resize(MESSAGE_BYTES_MAX, b' ');
        assert!(Message::parse(&bytes).is_ok());
        bytes.push(b' ');
        assert_eq!(Message::parse(&bytes).unwrap_err().place, "message");
    }

    fn rebuilt(message: &Message<'_>) -> Vec<u8> {
        let separators = message.separators();
        let mut bytes = Vec::new();
        let mut at = 0;
        for segment in message.segments() {
            bytes.extend_from_slice(&message.bytes()[at..segment.span().start]);
            let fields: Vec<_> =
                segment.bytes().split(|b| *b == separators.field).count().checked_sub(1).into_iter().collect();
            let first = if segment.name() == "MSH" { 2 } else { 1 };
            bytes.extend_from_slice(segment.bytes().split(|b| *b == separators.field).next().unwrap());
            for number in first..first + fields[0] {
                bytes.push(separators.field);
                bytes.extend(segment.field(number).rebuilt());
            }
            at = segment.span().end;
        }
        bytes.extend_from_slice(&message.bytes()[at..]);
        bytes
    }

    fn soup() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "\r", "\n", "\r\n", "PID", "OBX", "NTE", "ZZZ", "MSH", "|", "^", "~", "&", "\\", "\\X0D\\", "\"\"", "a",
            "é", " ", "\u{b}",
        ]);
        prop::collection::vec(piece, 0..60).prop_map(|pieces| format!("MSH|^~\\&|A|{}", pieces.concat()).into_bytes())
    }

    proptest! {
        #[test]
        fn spans_tile_the_message(bytes in soup()) {
            let message = Message::parse(&bytes).unwrap();
            let mut at = 0;
            for (_, span) in message.spans() {
                prop_assert_eq!(span.start, at);
                prop_assert!(span.end > at);
                at = span.end;
            }
            prop_assert_eq!(at, bytes.len());
        }

        #[test]
        fn the_parts_put_together_again_are_the_message(bytes in soup()) {
            let message = Message::parse(&bytes).unwrap();
            prop_assert_eq!(rebuilt(&message), bytes.clone());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::parse(&bytes);
            let _ = Message::parse(&[b"MSH|^~\\&|".as_slice(), &bytes].concat()).map(|message| message.spans().count());
        }
    }
}
