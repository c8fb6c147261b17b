use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// One person, as this region knows them. Never reused; means nothing outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub u64);

/// One source's patient: a local record in one record system. It is never
/// rewritten; a link joins it to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartId(pub u64);

/// One message in the inbox, in the order in which it was made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// One entry: its person and its place among that person's entries.
///
/// Both are packed into one integer, so that a person's entries lie side by
/// side on disk and a record is one range read (adr/0004).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

impl EntryId {
    /// How many bits hold the place; the person has the rest.
    pub const PLACE_BITS: u32 = 20;
    /// The most entries that one person may have.
    pub const PLACES_MAX: u64 = 1 << Self::PLACE_BITS;

    /// Packs a person and a place; `None` when either does not fit.
    #[must_use]
    pub fn new(person: PersonId, place: u64) -> Option<Self> {
        let person_fits = person.0 < 1 << (63 - Self::PLACE_BITS);
        (person_fits && place < Self::PLACES_MAX).then_some(Self(person.0 << Self::PLACE_BITS | place))
    }

    /// Whose entry it is.
    #[must_use]
    pub fn person(self) -> PersonId {
        PersonId(self.0 >> Self::PLACE_BITS)
    }

    /// The person's place number of this entry.
    #[must_use]
    pub fn place(self) -> u64 {
        self.0 & (Self::PLACES_MAX - 1)
    }
}

/// A short name made of letters, digits, dot, dash and underscore, as
/// configuration files use it.
fn is_short_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

/// Why a text cannot be used as an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("1 to 64 letters, digits, dots, dashes or underscores are wanted")]
pub struct NotAnIdentifier;

/// Shared, not copied: every entry of a record names its source.
macro_rules! name_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the characters and the length.
            ///
            /// # Errors
            /// When the text is empty, too long or holds other characters.
            pub fn new(text: &str) -> Result<Self, NotAnIdentifier> {
                if is_short_name(text) { Ok(Self(text.into())) } else { Err(NotAnIdentifier) }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

/// Looked up by a text that may be no such code.
impl Borrow<str> for OdsCode {
    fn borrow(&self) -> &str {
        &self.0
    }
}

name_ids! {
    /// A record system of an organisation, as configuration names it.
    SourceId;
    /// An organisation's code in the Organisation Data Service.
    OdsCode;
    /// A staff member, as their sign-in provider names them.
    StaffId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_id_gives_back_its_person_and_place() {
        let id = EntryId::new(PersonId(1_900_000), 1_048_575).unwrap();
        assert_eq!((id.person(), id.place()), (PersonId(1_900_000), 1_048_575));
    }

    #[test]
    fn one_entry_more_than_fits_is_refused() {
        assert_eq!(EntryId::new(PersonId(1), EntryId::PLACES_MAX), None);
        assert_eq!(EntryId::new(PersonId(1 << 43), 0), None);
    }

    #[test]
    fn identifiers_refuse_what_could_be_a_path_or_a_query() {
        assert!(SourceId::new("kingsbrook-adt").is_ok());
        for bad in ["", "../x", "a b", "a'b", &"x".repeat(65)] {
            assert_eq!(SourceId::new(bad), Err(NotAnIdentifier), "{bad}");
        }
    }
}
