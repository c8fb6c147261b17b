//! The compact display line: what the pages show of an entry, written once at
//! intake so that nothing is parsed when a record is opened.
//!
//! Fields stand in a fixed order, separated by U+001F. Fields may be added at
//! the end: a line written before has them absent.

use crate::when::When;

const SEPARATOR: char = '\u{1f}';

/// A stored line that does not fit its kind: the store was damaged or written
/// by a later version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored {kind} line cannot be read at field {field}")]
pub struct LineProblem {
    /// The kind of content.
    pub kind: &'static str,
    /// The number of the field, from zero.
    pub field: usize,
}

pub(crate) struct LineWriter {
    line: String,
    pending: usize,
    first: bool,
}

impl LineWriter {
    pub(crate) fn new() -> Self {
        Self { line: String::new(), pending: 0, first: true }
    }

    /// Absent fields at the end cost nothing.
    pub(crate) fn put(&mut self, field: &str) {
        if !self.first {
            self.pending += 1;
        }
        self.first = false;
        if field.is_empty() {
            return;
        }
        self.line.reserve(self.pending + field.len());
        (0..self.pending).for_each(|_| self.line.push(SEPARATOR));
        self.pending = 0;
        field.split(SEPARATOR).for_each(|part| self.line.push_str(part));
    }

    pub(crate) fn finish(self) -> String {
        self.line
    }
}

/// Fields are short and many: looking byte by byte is quicker than a search that is
/// made for long texts. The separator is one byte and part of no other character.
pub(crate) struct LineReader<'a> {
    kind: &'static str,
    rest: &'a str,
    at: usize,
}

impl<'a> LineReader<'a> {
    pub(crate) fn new(kind: &'static str, line: &'a str) -> Self {
        Self { kind, rest: line, at: 0 }
    }

    pub(crate) fn take(&mut self) -> &'a str {
        self.at += 1;
        let end = self.rest.bytes().position(|byte| char::from(byte) == SEPARATOR);
        let (field, rest) = end.and_then(|end| self.rest.split_at_checked(end)).unwrap_or((self.rest, ""));
        self.rest = rest.get(1..).unwrap_or_default();
        field
    }

    pub(crate) fn problem(&self) -> LineProblem {
        LineProblem { kind: self.kind, field: self.at.saturating_sub(1) }
    }
}

/// A field of a display line.
pub(crate) trait LineField: Sized {
    fn put(&self, line: &mut LineWriter);
    fn take(line: &mut LineReader<'_>) -> Result<Self, LineProblem>;
}

impl LineField for String {
    fn put(&self, line: &mut LineWriter) {
        line.put(self);
    }
    fn take(line: &mut LineReader<'_>) -> Result<Self, LineProblem> {
        Ok(line.take().to_owned())
    }
}

impl LineField for Option<String> {
    fn put(&self, line: &mut LineWriter) {
        line.put(self.as_deref().unwrap_or_default());
    }
    fn take(line: &mut LineReader<'_>) -> Result<Self, LineProblem> {
        let text = line.take();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

impl LineField for Option<When> {
    fn put(&self, line: &mut LineWriter) {
        line.put(&self.map(When::to_iso).unwrap_or_default());
    }
    fn take(line: &mut LineReader<'_>) -> Result<Self, LineProblem> {
        match line.take() {
            "" => Ok(None),
            text => When::parse_iso(text).map(Some).map_err(|_| line.problem()),
        }
    }
}

/// An enum whose values have a stored code and a word for the page.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $value:ident = $code:literal / $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $value,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The code under which it is stored and configured.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$value => $code,)+ }
            }

            /// The word that staff read.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// The value with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$value),)+ _ => None }
            }
        }

        impl crate::line::LineField for $name {
            fn put(&self, line: &mut crate::line::LineWriter) {
                line.put(self.code());
            }
            fn take(line: &mut crate::line::LineReader<'_>) -> Result<Self, crate::line::LineProblem> {
                Self::from_code(line.take()).ok_or_else(|| line.problem())
            }
        }
    };
}
pub(crate) use words;

/// A struct that is written as a display line, field by field in this order.
macro_rules! lines {
    ($($(#[$doc:meta])* pub struct $name:ident { $($(#[$fdoc:meta])* pub $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type,)+ }

        impl $name {
            pub(crate) fn to_line(&self) -> String {
                let mut line = crate::line::LineWriter::new();
                $(crate::line::LineField::put(&self.$field, &mut line);)+
                line.finish()
            }

            pub(crate) fn from_line(line: &str) -> Result<Self, crate::line::LineProblem> {
                let mut line = crate::line::LineReader::new(stringify!($name), line);
                Ok(Self { $($field: crate::line::LineField::take(&mut line)?,)+ })
            }
        }
    )+};
}
pub(crate) use lines;
