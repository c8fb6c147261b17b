//! Parts Rust text into code and comments, so that a rule about code is not set off by a sentence or a string.

/// One line of a Rust file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The code; strings are there as `""`.
    pub(super) code: String,
    /// The words of comments, documentation included.
    pub(super) comment: String,
}

/// Where a reader of Rust text is.
#[derive(Clone, Copy)]
enum Place {
    Code,
    LineComment,
    /// Block comments nest.
    BlockComment(usize),
    Text,
    /// A raw string, with the number of `#` that end it.
    RawText(usize),
}

/// Parts a file into its lines. Any text is taken: what is not Rust gives lines too.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut reader =
        Reader { text: text.chars().collect(), at: 0, place: Place::Code, lines: vec![], line: Line::default() };
    while let Some(next) = reader.peek(0) {
        reader.step(next);
    }
    reader.lines.push(reader.line);
    reader.lines
}

struct Reader {
    text: Vec<char>,
    at: usize,
    place: Place,
    lines: Vec<Line>,
    line: Line,
}

impl Reader {
    fn step(&mut self, next: char) {
        if next == '\n' {
            self.end_line();
            return;
        }
        match self.place {
            Place::Code => self.step_code(next),
            Place::LineComment => self.comment(1),
            Place::BlockComment(depth) => match (next, self.peek(1)) {
                ('*', Some('/')) => {
                    self.enter(2, if depth == 1 { Place::Code } else { Place::BlockComment(depth - 1) })
                }
                ('/', Some('*')) => self.enter(2, Place::BlockComment(depth + 1)),
                _ => self.comment(1),
            },
            Place::Text => match next {
                '\\' if self.peek(1) != Some('\n') => self.at += 2,
                '"' => self.enter(1, Place::Code),
                _ => self.at += 1,
            },
            Place::RawText(hashes) => {
                let ends = next == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
                if ends { self.enter(1 + hashes, Place::Code) } else { self.at += 1 }
            }
        }
    }

    fn step_code(&mut self, next: char) {
        match (next, self.peek(1)) {
            ('/', Some('/')) => self.enter(2, Place::LineComment),
            ('/', Some('*')) => self.enter(2, Place::BlockComment(1)),
            ('"', _) => self.open_text(1, Place::Text),
            ('r', Some('"' | '#')) if !self.is_inside_name() || self.follows_byte_prefix() => self.step_raw(),
            ('\'', _) => self.step_quote(),
            _ => self.code(1),
        }
    }

    /// `r"…"`, `r#"…"#`, or a raw name such as `r#type`.
    fn step_raw(&mut self) {
        let hashes = (1..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        if self.peek(1 + hashes) == Some('"') {
            self.open_text(2 + hashes, Place::RawText(hashes));
        } else {
            self.code(1 + hashes);
        }
    }

    /// `'a'`, `'\n'`, or a lifetime.
    fn step_quote(&mut self) {
        let length = match (self.peek(1), self.peek(2)) {
            // The character after the backslash may itself be a quote.
            (Some('\\'), _) => (3..14).find(|ahead| self.peek(*ahead) == Some('\'')).map(|last| last + 1),
            (Some(_), Some('\'')) => Some(3),
            _ => None,
        };
        match length {
            Some(length) => {
                self.line.code.push_str("''");
                self.at += length;
            }
            None => self.code(1),
        }
    }

    fn open_text(&mut self, length: usize, place: Place) {
        self.line.code.push_str("\"\"");
        self.enter(length, place);
    }

    fn enter(&mut self, length: usize, place: Place) {
        self.at += length;
        self.place = place;
    }

    fn code(&mut self, length: usize) {
        let taken: String = (0..length).filter_map(|ahead| self.peek(ahead)).collect();
        self.line.code.push_str(&taken);
        self.at += length;
    }

    fn comment(&mut self, length: usize) {
        self.line.comment.extend(self.peek(0));
        self.at += length;
    }

    fn end_line(&mut self) {
        if matches!(self.place, Place::LineComment) {
            self.place = Place::Code;
        }
        self.at += 1;
        self.lines.push(std::mem::take(&mut self.line));
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn is_inside_name(&self) -> bool {
        self.line.code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    }

    /// After the `b` of `br"…"` or the `c` of `cr"…"`, unless that ends a longer name.
    fn follows_byte_prefix(&self) -> bool {
        let mut back = self.line.code.chars().rev();
        matches!(back.next(), Some('b' | 'c')) && !back.next().is_some_and(|c| c.is_alphanumeric() || c == '_')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Vec<String> {
        lines(text).into_iter().map(|line| line.code.trim_end().to_owned()).collect()
    }

    #[test]
    fn strings_of_all_kinds_are_emptied() {
        assert_eq!(
            code(r##"a("todo!()", b"x", r#"say "hi""#, br"y", 'c', '\'', '"')"##),
            [r#"a("", b"", "", b"", '', '', '')"#]
        );
    }

    #[test]
    fn comments_are_kept_apart() {
        let read = lines("let a = 1; // why /* not\n/* one /* two */ still */ let b;");
        assert_eq!(read[0].code.trim_end(), "let a = 1;");
        assert_eq!(read[0].comment, " why /* not");
        assert_eq!(read[1].code, " let b;");
    }

    #[test]
    fn a_string_over_several_lines_keeps_the_line_count() {
        assert_eq!(code("a(\"one\ntwo \\\n three\");\nb()"), ["a(\"\"", "", ");", "b()"]);
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        assert_eq!(code("fn f<'a>(r#type: &'a str, var: u8) {}"), ["fn f<'a>(r#type: &'a str, var: u8) {}"]);
    }

    #[test]
    fn whatever_comes_ends() {
        for text in ["\"", "r#\"", "/*", "'", "'\\", "b", "r#", "\\"] {
            assert!(!lines(text).is_empty());
        }
    }
}
