//! By what a message is known again when its bytes come a second time: when it says that it was made, and SHA-256 of all
//! of its bytes. The time stands first so that messages of one hour lie together in the index that every arrival is looked up in:
//! by their digests alone each would be at a random place of it, a page of its own among a million.
//!
//! Both are told by the bytes alone, so the same bytes are always known by the same. **What is read as the time must never
//! change**: a message that came before would not be known again.

use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// Four bytes of time, and the digest.
pub(crate) const KNOWN_BY_BYTES: usize = TIME_BYTES + DIGEST_BYTES;
const TIME_BYTES: usize = 4;
const DIGEST_BYTES: usize = 32;

/// So much of a message is looked at for its time.
const LOOKED_AT_BYTES: usize = 2_048;
/// Which field of a segment that begins a message or a batch says when it was made, counted from its name (`MSH-7`,
/// `BHS-7`, `FHS-7`): `MSH-1` is the separator itself.
const MADE_AT_FIELD: usize = 6;
/// Where FHIR says when a resource or a bundle was made. Neither says anything of its patient, as the date of a birth would.
const MADE_AT_NAMES: [&[u8]; 2] = [b"\"lastUpdated\"", b"\"timestamp\""];
/// Year to second.
const DIGITS_MAX: usize = 14;
/// With fewer there is no day.
const DIGITS_MIN: usize = 8;
const YEARS: std::ops::RangeInclusive<u32> = 1970..=2099;

pub(crate) fn known_by(bytes: &[u8]) -> [u8; KNOWN_BY_BYTES] {
    let mut known_by = [0; KNOWN_BY_BYTES];
    let (time, digest) = known_by.split_at_mut(TIME_BYTES);
    time.copy_from_slice(&made_at(bytes).unwrap_or_default().to_be_bytes());
    digest.copy_from_slice(&Sha256::digest(bytes));
    known_by
}

/// The digest alone.
pub(crate) fn digest_of(known_by: &[u8]) -> Result<[u8; DIGEST_BYTES], StoreError> {
    let digest = known_by.last_chunk().filter(|_| known_by.len() == KNOWN_BY_BYTES);
    digest.copied().ok_or_else(|| StoreError::Damaged("a message's digest".to_owned()))
}

/// Seconds, as if every month had 31 days: later is larger, and no calendar is asked.
fn made_at(bytes: &[u8]) -> Option<u32> {
    let start = bytes.get(..LOOKED_AT_BYTES).unwrap_or(bytes).trim_ascii_start();
    let told = match start {
        [b'M', b'S', b'H', separator, rest @ ..] | [b'B' | b'F', b'H', b'S', separator, rest @ ..] => {
            rest.split(|byte| byte == separator).nth(MADE_AT_FIELD - 1)?
        }
        _ => MADE_AT_NAMES.iter().find_map(|name| after(start, name))?,
    };
    let digits = told.iter().filter(|byte| !matches!(byte, b'-' | b':' | b'T')).take(DIGITS_MAX);
    let digits: Vec<u32> = digits.map_while(|byte| byte.is_ascii_digit().then(|| u32::from(byte - b'0'))).collect();
    if digits.len() < DIGITS_MIN {
        return None;
    }
    let number = |from: usize, to: usize| {
        (from..to).fold(0, |number, place| number * 10 + digits.get(place).copied().unwrap_or_default())
    };
    let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
    if !YEARS.contains(&year) || month > 12 || day > 31 {
        return None;
    }
    let days = ((year - YEARS.start()) * 12 + month) * 31 + day;
    let (hour, minute, second) = (number(8, 10).min(23), number(10, 12).min(59), number(12, 14).min(59));
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// What stands in quotation marks behind a name.
fn after<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(name.len()).position(|part| part == name)?;
    let told = text.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    told.strip_prefix(b"\"")?.split(|byte| *byte == b'"').next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> u32 {
        u32::from_be_bytes(*known_by(text.as_bytes()).first_chunk().unwrap())
    }

    fn header(made_at: &str) -> String {
        format!("MSH|^~\\&|APP|ZZH01|||{made_at}||ADT^A28|1|T|2.4\rPID|1||H1||||19430412\r")
    }

    // Never to be altered: what was received before would not be known again.
    #[test]
    fn what_a_message_is_known_by_is_for_ever() {
        let hex =
            |text: &str| known_by(text.as_bytes()).iter().fold(String::new(), |all, byte| format!("{all}{byte:02x}"));
        insta::assert_snapshot!(hex(&header("20261127101500")), @"6d2dc824b48f37946c2c93d760c611f09c4ceaa14696a7725979c95f3c0cffda454c33c1");
        insta::assert_snapshot!(hex("{\"meta\": {\"lastUpdated\": \"2026-11-27T10:15:00.5+00:00\"}}"), @"6d2dc82404dbbef57cbb083450158479ee32a75a2583b2a443d59179e5c93103e34396ba");
        insta::assert_snapshot!(hex("nothing"), @"000000001785cfc3bc6ac7738e8b38cdccd1af12563c2b9070e07af336a1bf8c0f772b6a");
    }

    #[test]
    fn a_message_that_was_made_later_lies_behind() {
        let made = ["19991231235959", "20261127", "202611271015", "20261127101501.25+0000", "20261201", "20270101"];
        let times: Vec<u32> = made.iter().map(|made| time(&header(made))).collect();
        assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
        assert_eq!(time("\n{\"timestamp\":\"2026-11-27T10:15:00Z\"}"), time(&header("20261127101500")));
        assert_eq!(time("BHS|^~\\&|A|B|C|D|20261127101500"), time(&header("20261127101500")));
    }

    // What is removed leaves what it was known by.
    #[test]
    fn no_other_date_is_taken_for_that_time() {
        for told in [
            "{\"resourceType\": \"Patient\", \"birthDate\": \"1943-04-12\"}",
            "{\"effectiveDateTime\": \"2026-11-27T10:15:00Z\"}",
            "PID|1||H1||||19430412",
            "MSH|^~\\&|APP|ZZH01||||||19430412",
            &header(""),
            &header("soon"),
            &header("202611"),
            &header("18880101"),
            &header("21000101"),
            &header("20261327"),
        ] {
            assert_eq!(time(told), 0, "{told}");
        }
        assert_ne!(time(&header("20991231235959")), 0);
    }

    #[test]
    fn no_more_of_it_is_looked_at_than_the_limit() {
        let behind = |blanks: usize| format!("{{{}\"timestamp\": \"2026-11-27\"}}", " ".repeat(blanks));
        assert_ne!(time(&behind(LOOKED_AT_BYTES - 27)), 0);
        assert_eq!(time(&behind(LOOKED_AT_BYTES)), 0);
    }

    proptest! {
        #[test]
        fn other_bytes_are_known_by_something_else(one in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
            prop_assert_eq!(known_by(&one) == known_by(&other), one == other);
            prop_assert_eq!(digest_of(&known_by(&one)).unwrap(), <[u8; 32]>::from(Sha256::digest(&one)));
        }
    }
}
