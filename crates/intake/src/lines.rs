//! Lines of NDJSON (FHIR bulk data): each is a message of its own, however the
//! bytes come in.

/// A line, by its number from one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line that is not blank, without its end.
    Whole(u64, Vec<u8>),
    /// A line longer than a message may be: its beginning.
    TooLong(u64, Vec<u8>),
}

/// Cuts what comes in pieces into lines, and holds no more than one of them.
#[derive(Debug)]
pub(crate) struct Lines {
    bytes_max: usize,
    head_bytes: usize,
    number: u64,
    line: Vec<u8>,
    is_too_long: bool,
}

impl Lines {
    /// `bytes_max` is the longest line; of a longer one `head_bytes` are given.
    pub(crate) fn new(bytes_max: usize, head_bytes: usize) -> Self {
        Self { bytes_max, head_bytes: head_bytes.min(bytes_max), number: 1, line: Vec::new(), is_too_long: false }
    }

    /// The lines that end in this piece.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Vec<Line> {
        let mut whole = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.add(part.strip_suffix(b"\n").unwrap_or(part));
            if part.ends_with(b"\n") {
                whole.extend(self.end());
            }
        }
        whole
    }

    /// The last line, where the end of the file ends it.
    pub(crate) fn end(&mut self) -> Option<Line> {
        let number = self.number;
        self.number += 1;
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_too_long) {
            return Some(Line::TooLong(number, line));
        }
        let bare = line.trim_ascii();
        (!bare.is_empty()).then(|| Line::Whole(number, bare.to_vec()))
    }

    fn add(&mut self, part: &[u8]) {
        if self.is_too_long {
            return;
        }
        self.line.extend_from_slice(part);
        if self.line.len() > self.bytes_max {
            self.is_too_long = true;
            self.line.truncate(self.head_bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]], bytes_max: usize) -> Vec<Line> {
        let mut lines = Lines::new(bytes_max, 3);
        let mut all: Vec<Line> = pieces.iter().flat_map(|piece| lines.take(piece)).collect();
        all.extend(lines.end());
        all
    }

    fn whole(number: u64, text: &str) -> Line {
        Line::Whole(number, text.as_bytes().to_vec())
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_are_counted_and_left_out() {
        let expected = [whole(1, "{\"a\":1}"), whole(4, "{\"b\":2}"), whole(5, "{}")];
        assert_eq!(lines(&[b"{\"a\":1}\r\n\n  \n{\"b\":2} \n{}"], 9), expected);
        assert_eq!(lines(&[b"{\"a\"", b":1}\r", b"\n\n  \n{\"b\":2} \n{", b"}"], 9), expected);
    }

    #[test]
    fn a_line_is_as_long_as_a_message_may_be_and_a_longer_one_is_cut() {
        assert_eq!(
            lines(&[b"12345\n123456\n1"], 5),
            [whole(1, "12345"), Line::TooLong(2, b"123".to_vec()), whole(3, "1")]
        );
    }

    proptest! {
        #[test]
        fn where_the_pieces_end_makes_no_difference(text in "[a \n\r]{0,40}", cuts in proptest::collection::vec(0usize..40, 0..4)) {
            let bytes = text.as_bytes();
            let mut pieces = Vec::new();
            let mut from = 0;
            let mut cuts = cuts;
            cuts.sort_unstable();
            for cut in cuts {
                let cut = cut.min(bytes.len()).max(from);
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            prop_assert_eq!(lines(&pieces, 7), lines(&[bytes], 7));
        }
    }
}
