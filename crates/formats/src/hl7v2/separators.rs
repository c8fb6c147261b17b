use crate::Problem;

/// The separators that a message declares in `MSH-1` and `MSH-2` (HL7 v2.5
/// §2.5.4): different punctuation characters of ASCII, usually `|^~\&`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separators {
    /// Between fields: `MSH-1`.
    pub field: u8,
    /// Between components: the first of `MSH-2`.
    pub component: u8,
    /// Between repetitions: the second of `MSH-2`.
    pub repetition: u8,
    /// Around escapes: the third of `MSH-2`, where declared.
    pub escape: Option<u8>,
    /// Between sub-components: the fourth of `MSH-2`, where declared.
    pub subcomponent: Option<u8>,
    /// At the end of a value that was cut: the fifth of `MSH-2`, since v2.7.
    pub truncation: Option<u8>,
}

impl Default for Separators {
    fn default() -> Self {
        Self {
            field: b'|',
            component: b'^',
            repetition: b'~',
            escape: Some(b'\\'),
            subcomponent: Some(b'&'),
            truncation: None,
        }
    }
}

impl Separators {
    /// Reads them from a text that begins with `MSH`.
    ///
    /// # Errors
    /// When there is no `MSH`, it ends too early, or the characters cannot be
    /// told from each other or from content.
    pub fn of_header(header: &[u8]) -> Result<Self, Problem> {
        let rest = header
            .strip_prefix(b"MSH")
            .ok_or_else(|| Problem::new("MSH", "the message does not begin with an MSH segment"))?;
        let (&field, rest) = rest.split_first().ok_or_else(too_short)?;
        let declared = rest.split(|byte| *byte == field || *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
        let all = || std::iter::once(&field).chain(declared);
        if !all().all(u8::is_ascii_punctuation) {
            return Err(Problem::new("MSH-2", "separators must be punctuation characters of ASCII"));
        }
        if all().enumerate().any(|(at, one)| all().skip(at + 1).any(|other| one == other)) {
            return Err(Problem::new("MSH-2", "separators must all be different"));
        }
        let (component, repetition, more) = match declared {
            [component, repetition, more @ ..] if more.len() <= 3 => (*component, *repetition, more),
            [_, _, ..] => return Err(Problem::new("MSH-2", "more than five separators are declared")),
            _ => return Err(too_short()),
        };
        let at = |place: usize| more.get(place).copied();
        Ok(Self { field, component, repetition, escape: at(0), subcomponent: at(1), truncation: at(2) })
    }

    /// `MSH-2` as it is written.
    #[must_use]
    pub fn declared(&self) -> Vec<u8> {
        let more = [self.escape, self.subcomponent, self.truncation];
        [self.component, self.repetition].into_iter().chain(more.into_iter().flatten()).collect()
    }

    /// Whether this byte separates anything within a segment.
    #[must_use]
    pub fn separates(&self, byte: u8) -> bool {
        byte == self.field || byte == self.component || byte == self.repetition || Some(byte) == self.subcomponent
    }
}

fn too_short() -> Problem {
    Problem::new("MSH", "the message ends within the MSH segment")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Result<Separators, String> {
        Separators::of_header(header.as_bytes()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_usual_ones_and_any_others_are_read() {
        assert_eq!(of("MSH|^~\\&|A"), Ok(Separators::default()));
        assert_eq!(of("MSH|^~\\&#|A").unwrap().truncation, Some(b'#'));
        let odd = of("MSH$*+?!$A").unwrap();
        assert_eq!((odd.field, odd.component, odd.repetition), (b'$', b'*', b'+'));
        assert_eq!((odd.escape, odd.subcomponent), (Some(b'?'), Some(b'!')));
        assert_eq!(of("MSH|^~|A").unwrap().escape, None);
        assert_eq!(odd.declared(), b"*+?!");
    }

    #[test]
    fn separators_that_cannot_be_told_apart_are_refused() {
        assert_eq!(of("MSH|^^\\&|A"), Err("MSH-2: separators must all be different".into()));
        assert_eq!(of("MSHx^~\\&xA"), Err("MSH-2: separators must be punctuation characters of ASCII".into()));
        assert_eq!(of("MSH|^~ &|A"), Err("MSH-2: separators must be punctuation characters of ASCII".into()));
        assert_eq!(of("MSH|^~\\&#!|A"), Err("MSH-2: more than five separators are declared".into()));
    }

    #[test]
    fn a_header_that_ends_early_or_is_none_is_refused() {
        for cut in ["MSH", "MSH|", "MSH|^", "MSH||"] {
            assert_eq!(of(cut), Err("MSH: the message ends within the MSH segment".into()), "{cut}");
        }
        assert_eq!(of("PID|1"), Err("MSH: the message does not begin with an MSH segment".into()));
    }
}
