//! One pass over JSON text that remembers where every value lies.
//!
//! `serde_json` says first whether the text is JSON at all; this pass then only
//! has to follow brackets. It checks what JSON leaves open and FHIR forbids: a
//! name given twice in one object, and nesting without end. No value is copied,
//! so a decimal stays exactly as it was told.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::node::{Document, Kind, Slot, decoded};
use crate::Problem;

/// How deep objects and lists may be nested. FHIR's own examples stay below 20.
pub(super) const DEPTH_MAX: usize = 64;
/// How many values one message may hold. A full-size message of ordinary
/// resources holds about half as many; a list of sixteen million zeros is no record.
pub(super) const VALUES_MAX: usize = 2_000_000;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Finds every value of a JSON text. Spans count from the start of `bytes`.
pub(super) fn scan(bytes: &[u8], depth_max: usize) -> Result<Document<'_>, Problem> {
    let text = utf8(bytes)?;
    let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if let Err(fault) = serde_json::from_str::<IgnoredAny>(json) {
        let words = fault.to_string();
        let what = words.split(" at line ").next().unwrap_or("not JSON");
        return Err(Problem::new(
            format!("line {} column {}", fault.line(), fault.column()),
            format!("not JSON: {what}"),
        ));
    }
    let mut scanner = Scanner {
        text,
        at: text.len() - json.len(),
        depth_max,
        slots: Vec::with_capacity(text.len() / 24),
        open: Vec::new(),
        keys: Vec::new(),
        key: None,
    };
    scanner.run()?;
    Ok(Document { text, slots: scanner.slots })
}

/// The text of a message, or where it stops being UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|fault| {
        Problem::new(format!("byte {}", fault.valid_up_to()), "not UTF-8; FHIR is always sent in UTF-8 (R4 §2.6.1)")
    })
}

/// `line 3 column 5` of a byte, both from one.
pub(super) fn line_and_column(text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, str::len) + 1;
    format!("line {line} column {column}")
}

struct Open {
    slot: usize,
    is_object: bool,
    first_key: usize,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth_max: usize,
    slots: Vec<Slot>,
    open: Vec<Open>,
    /// The keys of all open objects; each object's own lie at the end.
    keys: Vec<Range<usize>>,
    key: Option<Range<usize>>,
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), Problem> {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => self.at += 1,
                b'{' => self.enter(Kind::Object)?,
                b'[' => self.enter(Kind::List)?,
                b'}' | b']' => self.leave()?,
                b'"' => self.string()?,
                _ => self.bare()?,
            }
        }
        Ok(())
    }

    fn enter(&mut self, kind: Kind) -> Result<(), Problem> {
        if self.open.len() >= self.depth_max {
            return Err(self.problem(self.at, &format!("nested more than {DEPTH_MAX} deep")));
        }
        let slot = self.push(kind, self.at..self.at + 1)?;
        self.open.push(Open { slot, is_object: kind == Kind::Object, first_key: self.keys.len() });
        self.at += 1;
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Problem> {
        self.at += 1;
        let Some(open) = self.open.pop() else { return Ok(()) };
        self.refuse_repeated_key(open.first_key)?;
        self.keys.truncate(open.first_key);
        let next = self.slots.len();
        if let Some(slot) = self.slots.get_mut(open.slot) {
            slot.value.end = self.at;
            slot.next = next;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Problem> {
        let start = self.at + 1;
        let mut end = start;
        // The text is JSON: every string ends, and a backslash never stands last.
        while let Some(step) =
            self.text.as_bytes().get(end..).and_then(|rest| rest.iter().position(|b| *b == b'"' || *b == b'\\'))
        {
            end += step;
            if self.text.as_bytes().get(end) == Some(&b'"') {
                break;
            }
            end += 2;
        }
        self.at = end + 1;
        if self.key.is_none() && self.open.last().is_some_and(|open| open.is_object) {
            self.keys.push(start..end);
            self.key = Some(start..end);
            return Ok(());
        }
        self.push(Kind::Text, start..end).map(drop)
    }

    fn bare(&mut self) -> Result<(), Problem> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| b",]} \t\r\n".contains(b)).unwrap_or(rest.len()).max(1);
        let value = self.at..self.at + length;
        let kind = if rest.starts_with(b"null") { Kind::Null } else { Kind::Bare };
        self.at += length;
        self.push(kind, value).map(drop)
    }

    fn push(&mut self, kind: Kind, value: Range<usize>) -> Result<usize, Problem> {
        let slot = self.slots.len();
        if slot >= VALUES_MAX {
            return Err(self.problem(value.start, &format!("more than {VALUES_MAX} values in one message")));
        }
        self.slots.push(Slot { key: self.key.take().unwrap_or(0..0), value, next: slot + 1, kind });
        Ok(slot)
    }

    /// Two readers could take different ones of two values with one name, so
    /// neither is a fact.
    fn refuse_repeated_key(&mut self, first_key: usize) -> Result<(), Problem> {
        let text = self.text;
        let Some(keys) = self.keys.get_mut(first_key..) else { return Ok(()) };
        let name = |key: &Range<usize>| decoded(text.get(key.clone()).unwrap_or_default());
        let any_escaped = keys.iter().any(|key| text.get(key.clone()).is_some_and(|raw| raw.contains('\\')));
        if any_escaped {
            keys.sort_by_cached_key(|key| (name(key), key.start));
        } else {
            keys.sort_unstable_by_key(|key| (text.get(key.clone()), key.start));
        }
        let mut pairs = keys.iter().zip(keys.iter().skip(1));
        let Some((_, second)) = pairs.find(|(one, two)| name(one) == name(two)) else { return Ok(()) };
        let place = line_and_column(text, second.start);
        Err(Problem::new(place, format!("the name {} stands twice in one object", shown_name(&name(second)))))
    }

    fn problem(&self, byte: usize, what: &str) -> Problem {
        Problem::new(line_and_column(self.text, byte), what)
    }
}

/// A name as FHIR makes names, or no name at all: problems never carry content.
fn shown_name(name: &str) -> String {
    let is_plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    if is_plain { format!("`{name}`") } else { "(not a FHIR name)".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> String {
        scan(text.as_bytes(), DEPTH_MAX).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_name_given_twice_is_refused_where_it_stands() {
        assert_eq!(fault("{\"a\": 1,\n \"a\": 2}"), "line 2 column 3: the name `a` stands twice in one object");
        assert_eq!(
            fault("{\"a\": [{\"b\":1,\"\\u0062\":2}]}"),
            "line 1 column 16: the name `b` stands twice in one object"
        );
        assert!(scan(br#"{"a":{"a":1},"b":{"a":1}}"#, DEPTH_MAX).is_ok());
    }

    #[test]
    fn nesting_is_allowed_up_to_the_limit_and_a_bomb_is_refused_at_once() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(scan(nested(DEPTH_MAX).as_bytes(), DEPTH_MAX).is_ok());
        assert_eq!(fault(&nested(DEPTH_MAX + 1)), "line 1 column 65: nested more than 64 deep");
        assert_eq!(fault(&nested(1_000_000)), "line 1 column 65: nested more than 64 deep");
    }

    #[test]
    fn more_values_than_a_record_has_are_refused() {
        let zeros = format!("[{}0]", "0,".repeat(VALUES_MAX - 2));
        assert!(scan(zeros.as_bytes(), DEPTH_MAX).is_ok());
        let one_more = format!("[{}0]", "0,".repeat(VALUES_MAX - 1));
        assert!(fault(&one_more).ends_with("more than 2000000 values in one message"));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place_and_without_its_content() {
        assert_eq!(fault("{\"a\":\n x}"), "line 2 column 2: not JSON: expected value");
        assert_eq!(fault("{\"a\":1"), "line 1 column 6: not JSON: EOF while parsing an object");
        assert_eq!(scan(b"{\"a\":\"\xff\"}", DEPTH_MAX).map(drop).unwrap_err().place, "byte 6");
    }

    #[test]
    fn a_byte_order_mark_is_stepped_over_and_spans_count_it() {
        let text = "\u{feff}{\"a\": 1.10}";
        let document = scan(text.as_bytes(), DEPTH_MAX).unwrap();
        assert_eq!(document.root().get("a").unwrap().raw(), "1.10");
        assert_eq!(document.root().span(), 3..text.len());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = scan(&bytes, DEPTH_MAX);
        }

        #[test]
        fn no_text_of_json_marks_makes_it_panic(text in r#"[\[\]{}":,\\ 0-9.a-eu\n-]{0,60}"#) {
            // The raw text of a string is what stands between its marks, so only containers are JSON by themselves.
            let is_container = text.trim_start().starts_with(['{', '[']);
            if let Some(document) = scan(text.as_bytes(), DEPTH_MAX).ok().filter(|_| is_container) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(document.root().raw()).is_ok());
            }
        }
    }
}
