use std::fmt;

use jiff::Timestamp;
use record::{PersonId, Staff};

/// One request, from the click to the last row of the access log that it wrote.
/// 16 unguessable bytes, so that it can be handed to sources and to the person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; 16]);

/// A text that is not 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request id has 32 lower-case hexadecimal digits")]
pub struct NotARequestId;

impl RequestId {
    /// The id made of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.to_string()
    }

    /// Reads what [`RequestId::hex`] wrote.
    ///
    /// # Errors
    /// When the text is anything but 32 lower-case hexadecimal digits: one id
    /// has one spelling, so that log rows can be compared as text.
    pub fn parse_hex(text: &str) -> Result<Self, NotARequestId> {
        let is_lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_lower_hex) {
            return Err(NotARequestId);
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| NotARequestId)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the record is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Care of this person by this staff member.
    DirectCare,
    /// Anything else, in the caller's words. Always refused, and the caller logs it.
    Other(String),
}

/// Who asks: a staff member in one role for one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The staff member.
    pub staff: Staff,
    /// Whether their organisation takes part now.
    pub takes_part: bool,
}

/// A question about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which request.
    pub id: RequestId,
    /// About whom.
    pub person: PersonId,
    /// What for.
    pub purpose: Purpose,
    /// When it is asked. Permissions and emergencies are measured against this.
    pub at: Timestamp,
}

/// What every decision says of itself: for which request it was made, when and for whom.
macro_rules! by_whom {
    ($decision:ident) => {
        impl $decision {
            /// For which request.
            #[must_use]
            pub fn request(&self) -> $crate::RequestId {
                self.request
            }

            /// When it was decided.
            #[must_use]
            pub fn at(&self) -> jiff::Timestamp {
                self.at
            }

            /// For whom it was decided.
            #[must_use]
            pub fn staff(&self) -> &record::Staff {
                &self.staff
            }
        }
    };
}
pub(crate) use by_whom;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_request_id_has_one_spelling() {
        let text = "00ff00000000000000000000000000a1";
        assert_eq!(RequestId::parse_hex(text).unwrap().hex(), text);
        for bad in [
            "",
            "00FF00000000000000000000000000a1",
            "+0ff00000000000000000000000000a1",
            "ff00000000000000000000000000a1",
            "é",
        ] {
            assert_eq!(RequestId::parse_hex(bad), Err(NotARequestId), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_request_id_reads_back(bytes: [u8; 16]) {
            let id = RequestId::from_bytes(bytes);
            prop_assert_eq!(RequestId::parse_hex(&id.hex()), Ok(id));
            prop_assert_eq!(id.as_bytes(), &bytes);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = RequestId::parse_hex(&text);
        }
    }
}
