use std::borrow::Cow;

/// The text without the spaces that some programs write between a comma and a quote (`1, "Okafor"`):
/// with them the quote would be a letter of the name.
pub(super) fn without_spaces_before_quotes(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.windows(3).any(|three| three == b", \"") {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    let (mut is_quoted, mut is_at_start, mut before) = (false, true, 0);
    for byte in text.iter().copied() {
        match byte {
            // A quote within quotes is written twice: it ends them and begins them again.
            b'"' if is_quoted => is_quoted = false,
            b'"' => is_quoted = is_at_start || before == b'"',
            b' ' if is_at_start && !is_quoted => continue,
            _ => {}
        }
        is_at_start = !is_quoted && matches!(byte, b',' | b'\n' | b'\r');
        before = byte;
        kept.push(byte);
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_after_a_space_is_a_quote_and_quoted_text_stays_as_it_is() {
        for (told, read) in [
            (&b"1, \"Okafor, Grace\", x"[..], &b"1,\"Okafor, Grace\",x"[..]),
            (b"1,\"a \"\", \"\" b\"", b"1,\"a \"\", \"\" b\""),
            (b"1, Okafor, 12", b"1, Okafor, 12"),
            (b"a\n  \"b\", \"c\"\n", b"a\n\"b\",\"c\"\n"),
        ] {
            assert_eq!(&*without_spaces_before_quotes(told), read);
        }
    }
}
