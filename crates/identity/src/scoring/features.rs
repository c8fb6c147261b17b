use record::{Demographics, Gender, NhsNumber, PersonName};

use crate::fold::{both_sounds, fold};
use crate::given::{is_placeholder_family, is_placeholder_given};
use crate::scoring::place_told::PlaceTold;

/// The most words of a name that are compared.
pub const NAME_WORDS_MAX: usize = 8;
/// The most telephone numbers of a chart that are compared.
pub const TELEPHONES_MAX: usize = 4;
/// The most letters of an address that are compared.
pub const ADDRESS_LETTERS_MAX: usize = 256;
/// The longest word that is compared.
const WORD_LETTERS_MAX: usize = 40;
/// Digits of a telephone number that are compared: the last nine, so that +44 20
/// and 020 are the same.
const TELEPHONE_DIGITS: usize = 9;

/// One word of a name, folded, with its sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) folded: String,
    pub(crate) sounds: (String, String),
}

impl Word {
    pub(crate) fn new(text: &str) -> Option<Self> {
        let folded: String = fold(text).chars().take(WORD_LETTERS_MAX).collect();
        // A name has letters: emoji, dots and numbers are no evidence.
        let named = folded.chars().any(char::is_alphabetic);
        named.then(|| Self { sounds: both_sounds(&folded), folded })
    }
}

/// A birth date as eight digits, year first. It need not be a day of the calendar:
/// a mistyped 1970-13-04 is still evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthDigits([u8; 8]);

impl BirthDigits {
    /// From a text of eight digits, dashes and slashes apart; `None` for anything
    /// else, and for the days that systems write for "not known".
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(|b| !b"-/ ".contains(b)).collect();
        let digits: [u8; 8] = digits.try_into().ok().filter(|d: &[u8; 8]| d.iter().all(u8::is_ascii_digit))?;
        (!PLACEHOLDER_BIRTHS.contains(&&digits)).then_some(Self(digits))
    }

    pub(crate) fn digits(&self) -> &[u8; 8] {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As one number, as keys have it.
    pub(crate) fn number(&self) -> Option<u32> {
        self.text().parse().ok()
    }

    /// The day that is written where only the year is known.
    pub(crate) fn is_first_of_january(&self) -> bool {
        self.0.ends_with(b"0101")
    }

    /// Whether parent and child may be so far apart: 1963 and 1983 are one digit off as well.
    pub(crate) fn is_a_generation_from(&self, other: &Self) -> bool {
        let year = |born: &Self| born.text().get(..4).and_then(|year| year.parse::<u16>().ok()).unwrap_or_default();
        year(self).abs_diff(year(other)) >= GENERATION_YEARS_MIN
    }

    /// Year, month, day.
    pub(crate) fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let (year, rest) = self.0.split_at(4);
        let (month, day) = rest.split_at(2);
        (year, month, day)
    }
}

/// Nobody becomes a parent younger, as far as anybody who compares two dates need know.
const GENERATION_YEARS_MIN: u16 = 12;

/// What systems write for "not known".
const PLACEHOLDER_BIRTHS: [&[u8; 8]; 6] =
    [b"19000101", b"18000101", b"00000000", b"00010101", b"11111111", b"99991231"];

/// What one chart tells of who its patient is, made ready for comparing: folded,
/// placeholders left out, limited in size. Made once per chart, compared often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    pub(crate) family: Vec<Word>,
    pub(crate) family_whole: Option<Word>,
    pub(crate) given: Vec<Word>,
    pub(crate) given_whole: Option<Word>,
    pub(crate) preferred: Option<Word>,
    pub(crate) born: Option<BirthDigits>,
    pub(crate) sex: Option<Gender>,
    pub(crate) place: PlaceTold,
    pub(crate) telephones: Vec<u64>,
    pub(crate) nhs_number: Option<NhsNumber>,
}

impl Features {
    /// What a source told.
    #[must_use]
    pub fn of(told: &Demographics) -> Self {
        Self::with_birth(told, Self::born_of(told))
    }

    /// The birth date that is told, if it is none that stands for "not known".
    pub(crate) fn born_of(told: &Demographics) -> Option<BirthDigits> {
        told.birth_day().and_then(|day| BirthDigits::parse(&day.to_string()))
    }

    /// The same, with a birth date that may be no day of the calendar.
    #[must_use]
    pub fn with_birth(told: &Demographics, born: Option<BirthDigits>) -> Self {
        Self::named(told).with_the_rest(told, born)
    }

    /// The names alone.
    pub(crate) fn named(told: &Demographics) -> Self {
        let name = &told.name;
        let family = if is_placeholder_family(&name.family) { Vec::new() } else { words(&name.family) };
        let given_told = name.given.join(" ");
        let given = if is_placeholder_given(name) { Vec::new() } else { words(&given_told) };
        let preferred = PersonName { given: name.preferred.iter().cloned().collect(), ..PersonName::default() };
        Self {
            family_whole: whole(&family),
            given_whole: whole(&given),
            family,
            given,
            preferred: name.preferred.as_deref().filter(|_| !is_placeholder_given(&preferred)).and_then(Word::new),
            ..Self::default()
        }
    }

    /// Everything but the names, beside them.
    pub(crate) fn with_the_rest(self, told: &Demographics, born: Option<BirthDigits>) -> Self {
        let address = told.address.as_ref();
        let lines = address.map(|address| address.lines.as_slice()).unwrap_or_default();
        let mut telephones: Vec<u64> =
            told.telephones.iter().filter_map(|told| telephone(told)).take(TELEPHONES_MAX).collect();
        telephones.sort_unstable();
        Self {
            born,
            sex: told.gender.filter(|gender| matches!(gender, Gender::Female | Gender::Male)),
            place: PlaceTold::new(lines, address.and_then(|address| address.postcode.as_deref())),
            telephones,
            nhs_number: told.nhs_number,
            ..self
        }
    }

    /// Whether anything is told that could be compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn family_text(&self) -> &str {
        self.family_whole.as_ref().map_or("", |word| word.folded.as_str())
    }

    /// The first given name.
    pub(crate) fn given_text(&self) -> &str {
        self.given.first().map_or("", |word| word.folded.as_str())
    }
}

fn words(text: &str) -> Vec<Word> {
    let parts = text.split(|c: char| c.is_whitespace() || "-‐‑–/,.".contains(c));
    parts.filter_map(Word::new).take(NAME_WORDS_MAX).collect()
}

fn whole(words: &[Word]) -> Option<Word> {
    match words {
        [] => None,
        [one] => Some(one.clone()),
        several => Word::new(&several.iter().map(|word| word.folded.as_str()).collect::<String>()),
    }
}

/// The telling digits of a telephone number; `None` for extensions and for
/// numbers like 00000 000000.
fn telephone(told: &str) -> Option<u64> {
    let digits: Vec<char> = told.chars().filter(char::is_ascii_digit).collect();
    let start = digits.len().checked_sub(TELEPHONE_DIGITS)?;
    let last = digits.get(start..)?;
    let (first, rest) = last.split_first()?;
    if rest.iter().all(|digit| digit == first) {
        return None;
    }
    last.iter().collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use record::{Address, When};

    fn told(family: &str, given: &str, born: &str) -> Demographics {
        Demographics {
            name: PersonName { family: family.into(), given: vec![given.into()], ..PersonName::default() },
            born: When::parse_iso(born).ok(),
            ..Demographics::default()
        }
    }

    #[test]
    fn what_stands_for_not_known_is_no_evidence() {
        for (family, given, born) in [
            ("UNKNOWN", "UNKNOWN", "1900-01-01"),
            ("Test", "Test", ""),
            ("", "BABY OF", ""),
            ("Not Known", "Baby Girl", ""),
            ("👶", "🙂 …", ""),
            ("ZZZTest", "TWIN 1", "1800-01-01"),
        ] {
            assert!(Features::of(&told(family, given, born)).is_empty(), "{family} {given} {born}");
        }
        let mut nowhere = told("", "", "");
        nowhere.address = Some(Address { lines: vec!["No Fixed Abode".into()], postcode: Some("ZZ99 3VZ".into()) });
        nowhere.telephones = vec!["00000 000000".into(), "999".into(), "n/a".into()];
        assert!(Features::of(&nowhere).is_empty());
    }

    #[test]
    fn people_with_one_name_are_not_empty() {
        assert_eq!(Features::of(&told("", "Suharto", "")).given_text(), "SUHARTO");
        assert_eq!(Features::of(&told("de la Cruz", "", "")).family_text(), "DELACRUZ");
    }

    #[test]
    fn a_telephone_number_is_its_last_nine_digits() {
        assert_eq!(telephone("+44 20 7946 0123"), telephone("020 7946 0123"));
        assert_eq!(telephone("0123"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", other in "\\PC{0,60}") {
            let mut told = told(&text, &other, &text);
            told.name.preferred = Some(text.clone());
            told.address = Some(Address { lines: vec![other.clone(), text.clone()], postcode: Some(other.clone()) });
            told.telephones = vec![text.clone(), other];
            let _ = Features::with_birth(&told, BirthDigits::parse(&text));
        }
    }
}
