use std::borrow::Cow;

use super::charset::Charset;
use super::separators::Separators;

/// The text of a value with its escapes resolved (HL7 v2.5 §2.7). What is no
/// escape, or one that cannot be resolved, stays exactly as it was sent.
pub(super) fn unescape<'a>(value: &'a [u8], separators: &Separators, charset: Charset) -> Cow<'a, str> {
    let Some(mark) = separators.escape.filter(|mark| value.contains(mark)) else {
        return charset.decode(value);
    };
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.iter().position(|byte| *byte == mark) {
        let (before, from) = rest.split_at(at);
        text.push_str(&charset.decode(before));
        let after = from.get(1..).unwrap_or_default();
        let code = after.iter().position(|byte| *byte == mark).and_then(|end| after.get(..end));
        let taken = match code.map(|code| (code, resolve(code, separators, charset))) {
            Some((code, Resolved::Text(resolved))) => {
                text.push_str(&resolved);
                code.len() + 2
            }
            Some((code, Resolved::Verbatim)) => {
                text.push_str(&charset.decode(from.get(..code.len() + 2).unwrap_or_default()));
                code.len() + 2
            }
            Some((_, Resolved::NoEscape)) | None => {
                text.push(char::from(mark));
                1
            }
        };
        rest = from.get(taken..).unwrap_or_default();
    }
    text.push_str(&charset.decode(rest));
    Cow::Owned(text)
}

/// A text as it must be written within a value.
pub(super) fn escape(text: &str, separators: &Separators) -> Vec<u8> {
    let Some(mark) = separators.escape else {
        return text
            .bytes()
            .map(|b| if separators.separates(b) || b == b'\r' || b == b'\n' { b' ' } else { b })
            .collect();
    };
    let mut value = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        let code: &[u8] = match byte {
            b if b == mark => b"E",
            b if b == separators.field => b"F",
            b if b == separators.component => b"S",
            b if b == separators.repetition => b"R",
            b if Some(b) == separators.subcomponent => b"T",
            b'\r' => b"X0D",
            b'\n' => b"X0A",
            other => {
                value.push(other);
                continue;
            }
        };
        value.push(mark);
        value.extend_from_slice(code);
        value.push(mark);
    }
    value
}

enum Resolved {
    Text(Cow<'static, str>),
    /// An escape whose meaning only the sender knows.
    Verbatim,
    /// A lone escape character, as in `4\5 re.`
    NoEscape,
}

fn resolve(code: &[u8], separators: &Separators, charset: Charset) -> Resolved {
    let one = |byte: u8| Resolved::Text(Cow::Owned(char::from(byte).to_string()));
    match code {
        b"F" => one(separators.field),
        b"S" => one(separators.component),
        b"R" => one(separators.repetition),
        b"E" => separators.escape.map_or(Resolved::NoEscape, one),
        b"T" => separators.subcomponent.map_or(Resolved::Verbatim, one),
        b"P" => separators.truncation.map_or(Resolved::Verbatim, one),
        // Emphasis on and off; the words stay.
        b"H" | b"N" => Resolved::Text(Cow::Borrowed("")),
        [b'.', command @ ..] => layout(command),
        [b'X', digits @ ..] => hex(digits, charset),
        [b'C' | b'M' | b'Z', rest @ ..] if is_code(rest) => Resolved::Verbatim,
        _ => Resolved::NoEscape,
    }
}

fn is_code(rest: &[u8]) -> bool {
    !rest.is_empty() && rest.len() <= 16 && rest.iter().all(u8::is_ascii_alphanumeric)
}

/// Formatting commands of `FT` (HL7 v2.5 §2.7.6): those that break lines do so.
fn layout(command: &[u8]) -> Resolved {
    let (name, number) = command.split_at(command.len().min(2));
    let count = std::str::from_utf8(number).ok().and_then(|text| text.trim().trim_start_matches('+').parse().ok());
    match (name, number.is_empty(), count) {
        (b"br" | b"BR" | b"ce" | b"sp", true, _) => Resolved::Text(Cow::Borrowed("\n")),
        (b"sp", false, Some(lines @ 0..=99)) => Resolved::Text(Cow::Owned("\n".repeat(lines))),
        (b"sk", false, Some(spaces @ 0..=99)) => Resolved::Text(Cow::Owned(" ".repeat(spaces))),
        (b"fi" | b"nf", true, _) => Resolved::Text(Cow::Borrowed("")),
        (b"in" | b"ti", false, Some(_)) => Resolved::Text(Cow::Borrowed("")),
        _ if is_code(command) => Resolved::Verbatim,
        _ => Resolved::NoEscape,
    }
}

/// `\X0D0A\` are bytes of the message's character set; some senders write a line
/// end as UTF-16, `\X000D\`.
fn hex(digits: &[u8], charset: Charset) -> Resolved {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Resolved::NoEscape;
    }
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2))
        .map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let Some(bytes) = bytes else { return Resolved::Verbatim };
    let wide = bytes.len().is_multiple_of(2) && bytes.chunks(2).all(|pair| pair.first() == Some(&0));
    let bytes: Vec<u8> = if wide { bytes.into_iter().skip(1).step_by(2).collect() } else { bytes };
    let text = match charset {
        Charset::Utf8 => String::from_utf8(bytes).ok(),
        Charset::Declared(_) => Some(charset.decode(&bytes).into_owned()),
    };
    match text {
        Some(text) if text.chars().all(|c| !c.is_control() || "\r\n\t".contains(c)) => {
            Resolved::Text(Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")))
        }
        _ => Resolved::Verbatim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &str) -> String {
        unescape(value.as_bytes(), &Separators::default(), Charset::Utf8).into_owned()
    }

    #[test]
    fn separators_come_back_from_their_escapes() {
        assert_eq!(text(r"a\F\b\S\c\T\d\R\e\E\f"), r"a|b^c&d~e\f");
        assert_eq!(text(r"10\S\9/L"), "10^9/L");
        assert_eq!(text(r"\E\\E\\T\"), r"\\&");
    }

    #[test]
    fn line_breaks_become_line_breaks() {
        assert_eq!(text(r"a\.br\b\.sp2\c\X0D0A\d\X0D\e\X000d\f"), "a\nb\n\nc\nd\ne\nf");
        assert_eq!(text(r"\H\bold\N\ \.in+4\x"), "bold x");
    }

    #[test]
    fn hexadecimal_is_text_of_the_messages_character_set() {
        assert_eq!(text(r"\XC3AB\"), "ë");
        let latin = Charset::of(b"\xEB", b"8859/1").unwrap();
        assert_eq!(unescape(br"\XEB\", &Separators::default(), latin), "ë");
    }

    #[test]
    fn what_cannot_be_resolved_stays_as_it_was() {
        for kept in
            [r"4\5 re.", r"\Z9\", r"\XFF\", r"\X0\", r"\X00\", r"\C2842\", r"\.zz\", r"C:\new\table", "\\", r"a\"]
        {
            assert_eq!(text(kept), kept);
        }
        assert_eq!(text(r"4\5 re.\T\more"), r"4\5 re.&more");
    }

    proptest! {
        #[test]
        fn what_is_escaped_reads_back(original in "[ -~é\n]{0,40}") {
            let written = escape(&original, &Separators::default());
            prop_assert!(!written.iter().any(|b| b"|^~&\r\n".contains(b)));
            prop_assert_eq!(unescape(&written, &Separators::default(), Charset::Utf8), original);
        }

        #[test]
        fn no_value_makes_it_panic(value in prop::collection::vec(prop::sample::select(br"\XF.brsp019C".to_vec()), 0..30)) {
            let _ = unescape(&value, &Separators::default(), Charset::Utf8);
        }
    }
}
