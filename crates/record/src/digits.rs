/// A text that is put together from numbers of a fixed width. A page holds a thousand
/// dates: the general formatter took a sixth of its time.
pub(crate) struct Digits(String);

impl Digits {
    /// Room for so many bytes is made at once.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// A number in two digits, 0 to 99.
    pub(crate) fn two(mut self, number: i8) -> Self {
        self.digit(number / 10);
        self.digit(number);
        self
    }

    /// A number in four digits, 0 to 9999.
    pub(crate) fn four(mut self, number: i16) -> Self {
        for place in [1000, 100, 10, 1] {
            self.digit(i8::try_from(number / place % 10).unwrap_or_default());
        }
        self
    }

    pub(crate) fn and(mut self, text: &str) -> Self {
        self.0.push_str(text);
        self
    }

    pub(crate) fn text(self) -> String {
        self.0
    }

    /// The last digit of a number; a sign has no place in a date.
    fn digit(&mut self, number: i8) {
        self.0.push(char::from(b'0' + (number % 10).unsigned_abs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_width() {
        let text = |digits: Digits| digits.text();
        assert_eq!(text(Digits::with_room(0).four(7).and("-").two(5)), "0007-05");
        assert_eq!(text(Digits::with_room(7).four(9999).and("-").two(99)), "9999-99");
        assert_eq!(text(Digits::with_room(7).four(2026).and("-").two(0)), "2026-00");
    }
}
