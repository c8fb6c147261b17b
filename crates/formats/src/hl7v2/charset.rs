use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::Problem;

/// How the bytes of a message become text (`MSH-18`, HL7 table 0211).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, ASCII among it: the whole message was found valid.
    Utf8,
    /// A character set of one byte a character, as declared.
    Declared(&'static Encoding),
}

impl Charset {
    /// Chooses for a whole message. Text that is valid UTF-8 is read as such
    /// whatever is declared: valid by accident is rare, a stale `MSH-18` is not.
    ///
    /// # Errors
    /// When the bytes are not UTF-8 and no character set that fits is declared, or
    /// the declared one has no such character.
    pub fn of(message: &[u8], declared: &[u8]) -> Result<Self, Problem> {
        if std::str::from_utf8(message).is_ok() {
            return Ok(Self::Utf8);
        }
        let undeclared = "the text is not UTF-8 and MSH-18 declares no other character set";
        let encoding = single_byte(declared).ok_or_else(|| Problem::new("MSH-18", undeclared))?;
        // Some sets of the 8859 family leave bytes without a meaning.
        match encoding.decode_without_bom_handling_and_without_replacement(message) {
            Some(_) => Ok(Self::Declared(encoding)),
            None => Err(Problem::new("MSH-18", "the text holds a byte that the declared character set does not have")),
        }
    }

    /// The text of some bytes. Lossless for every message that [`Charset::of`] passed.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Declared(encoding) => encoding.decode_without_bom_handling(bytes).0,
        }
    }
}

/// The 8859 family and its near relations; anything else is not seen in the
/// region and not guessed at.
fn single_byte(declared: &[u8]) -> Option<&'static Encoding> {
    let name: String =
        declared.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(b.to_ascii_uppercase())).collect();
    let part = name.strip_prefix("ISO").unwrap_or(&name);
    let label = match part.strip_prefix("8859") {
        Some(number) => format!("iso-8859-{number}"),
        None => match part {
            "WINDOWS1252" | "CP1252" | "LATIN1" => "windows-1252".to_owned(),
            _ => return None,
        },
    };
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_single_byte())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf_8_unless_a_character_set_that_fits_is_declared() {
        assert_eq!(Charset::of("Zoë".as_bytes(), b""), Ok(Charset::Utf8));
        assert_eq!(Charset::of("Zoë".as_bytes(), b"8859/1"), Ok(Charset::Utf8));
        let latin = Charset::of(b"Zo\xEB", b"8859/1").unwrap();
        assert_eq!(latin.decode(b"Zo\xEB"), "Zoë");
        assert_eq!(Charset::of(b"\xA4", b"8859/15").unwrap().decode(b"\xA4"), "€");
        assert_eq!(Charset::of(b"Zo\xEB", b"ISO-8859-1").unwrap(), latin);
    }

    #[test]
    fn a_byte_that_the_declared_set_does_not_have_is_refused_and_never_replaced() {
        let problem = Charset::of(b"\xA5", b"8859/3").unwrap_err();
        assert!(problem.what.contains("does not have"), "{problem}");
        assert!(Charset::of(b"\xA6", b"8859/3").is_ok());
    }

    #[test]
    fn bytes_of_no_declared_set_are_refused() {
        for declared in ["", "ASCII", "UNICODE UTF-8", "8859/99", "KS X 1001"] {
            let problem = Charset::of(b"Zo\xEB", declared.as_bytes()).unwrap_err();
            assert!(problem.what.contains("not UTF-8"), "{declared}");
        }
    }
}
