use std::fmt;

use jiff::{SignedDuration, Timestamp};
use record::{OdsCode, PersonId};

/// Which state of the facts a decision used. It moves whenever one of them does,
/// so that what is about to be shown can be checked against it once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactsVersion(pub u64);

/// Who said yes.
#[derive(Clone, PartialEq, Eq)]
pub enum PermissionGiven {
    /// The person.
    Person,
    /// Someone who can decide for them.
    Decider {
        /// That one's name.
        name: String,
        /// What they are to the person: daughter, attorney for health and welfare.
        relationship: String,
    },
}

/// Names of relatives stay out of logs.
impl fmt::Debug for PermissionGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "Person",
            Self::Decider { .. } => "Decider",
        })
    }
}

/// A yes that was asked for and recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Who said yes.
    pub given: PermissionGiven,
    /// When.
    pub at: Timestamp,
    /// It is over at this instant.
    pub until: Timestamp,
    /// The organisation that asked: it holds for that organisation's staff alone.
    pub organisation: OdsCode,
    /// The staff member who recorded it, as they were named then.
    pub recorded_by: String,
}

impl Permission {
    /// Whether it holds at `at` for staff of `organisation`.
    #[must_use]
    pub fn covers(&self, organisation: &OdsCode, at: Timestamp) -> bool {
        self.organisation == *organisation && self.at <= at && at < self.until
    }
}

/// Why the person cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmergencyReason {
    /// Unconscious or too unwell to answer.
    TooUnwell,
    /// Cannot make this decision (Mental Capacity Act 2005).
    LacksCapacity,
    /// Waiting would endanger the person or others.
    ImmediateDanger,
}

impl EmergencyReason {
    /// Every reason, in the order in which the page offers them.
    pub const ALL: &'static [Self] = &[Self::TooUnwell, Self::LacksCapacity, Self::ImmediateDanger];

    /// The code under which it is logged and posted.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooUnwell => "too-unwell",
            Self::LacksCapacity => "lacks-capacity",
            Self::ImmediateDanger => "immediate-danger",
        }
    }

    /// The words beside the choice on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::TooUnwell => "Unconscious or too unwell",
            Self::LacksCapacity => "Lacks capacity for this decision",
            Self::ImmediateDanger => "Immediate danger to them or others",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

/// What is happening, in the staff member's words: 10 to 200 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct EmergencyText(String);

/// A text that does not say enough, or too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEmergencyText {
    /// Fewer than ten characters.
    #[error("say what is happening in at least {} characters", EmergencyText::CHARACTERS_MIN)]
    TooShort,
    /// More than two hundred characters.
    #[error("say what is happening in at most {} characters", EmergencyText::CHARACTERS_MAX)]
    TooLong,
}

impl EmergencyText {
    /// The fewest characters, spaces at the ends not counted.
    pub const CHARACTERS_MIN: usize = 10;
    /// The most characters.
    pub const CHARACTERS_MAX: usize = 200;

    /// Reads what was typed: line breaks, control characters and runs of spaces
    /// become one space, so that a screenful of blanks does not count as text.
    ///
    /// # Errors
    /// When fewer than 10 or more than 200 characters are left.
    pub fn parse(text: &str) -> Result<Self, NotAnEmergencyText> {
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
        let text = words.join(" ");
        match text.chars().count() {
            0..Self::CHARACTERS_MIN => Err(NotAnEmergencyText::TooShort),
            Self::CHARACTERS_MIN..=Self::CHARACTERS_MAX => Ok(Self(text)),
            _ => Err(NotAnEmergencyText::TooLong),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It says how a person is, so it stays out of logs.
impl fmt::Debug for EmergencyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmergencyText")
    }
}

/// Access without permission, opened by this staff member to this one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Why the person cannot be asked.
    pub reason: EmergencyReason,
    /// What is happening.
    pub text: EmergencyText,
    /// When it was opened.
    pub at: Timestamp,
    /// It is over at this instant, or at sign-out.
    pub until: Timestamp,
}

impl Emergency {
    /// How long an emergency lasts, in hours.
    pub const HOURS: i64 = 1;

    /// One that begins at `at` and lasts its hour.
    #[must_use]
    pub fn starting(at: Timestamp, reason: EmergencyReason, text: EmergencyText) -> Self {
        Self { reason, text, at, until: hour_after(at) }
    }

    /// Whether it holds at `at`. A stored end later than its hour does not count.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.at <= at && at < self.until && at < hour_after(self.at)
    }
}

fn hour_after(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(Emergency::HOURS)).unwrap_or(Timestamp::MAX)
}

/// What is known about a person that bears on who may see their record, as one
/// staff member's request needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonFacts {
    /// Whose facts.
    pub person: PersonId,
    /// Which state of them.
    pub version: FactsVersion,
    /// The person has chosen not to share.
    pub opted_out: bool,
    /// Their record is restricted: a sensitive address, a sealed identity.
    pub restricted: bool,
    /// Their general practice recorded that they dissent from sharing.
    pub dissent: bool,
    /// The newest permission that the actor's organisation holds.
    pub permission: Option<Permission>,
    /// When the person last said no to the actor's organisation.
    pub refused_at: Option<Timestamp>,
    /// The emergency that this very staff member opened in this very session.
    pub emergency: Option<Emergency>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn emergency_words_are_between_ten_and_two_hundred_characters() {
        assert_eq!(EmergencyText::parse("123456789"), Err(NotAnEmergencyText::TooShort));
        assert_eq!(EmergencyText::parse("1234567890").unwrap().as_str(), "1234567890");
        assert!(EmergencyText::parse(&"é".repeat(200)).is_ok());
        assert_eq!(EmergencyText::parse(&"é".repeat(201)), Err(NotAnEmergencyText::TooLong));
    }

    #[test]
    fn blanks_are_not_words() {
        assert_eq!(EmergencyText::parse("a          b"), Err(NotAnEmergencyText::TooShort));
        assert_eq!(EmergencyText::parse(" GCS 8,\r\n\tfound  collapsed ").unwrap().as_str(), "GCS 8, found collapsed");
    }

    #[test]
    fn an_emergency_is_over_when_its_hour_is() {
        let at: Timestamp = "2026-11-22T13:32:00Z".parse().unwrap();
        let text = EmergencyText::parse("GCS 8, found collapsed").unwrap();
        let mut emergency = Emergency::starting(at, EmergencyReason::TooUnwell, text);
        assert_eq!(emergency.until.to_string(), "2026-11-22T14:32:00Z");
        let just_before: Timestamp = "2026-11-22T14:31:59.999999999Z".parse().unwrap();
        assert!(emergency.in_force(at) && emergency.in_force(just_before));
        assert!(!emergency.in_force(emergency.until));
        assert!(!emergency.in_force("2026-11-22T13:31:59Z".parse().unwrap()));

        emergency.until = "2027-11-22T13:32:00Z".parse().unwrap();
        assert!(!emergency.in_force("2026-11-22T14:32:00Z".parse().unwrap()), "a longer stored end does not count");
    }

    #[test]
    fn an_emergency_at_the_end_of_time_does_not_overflow() {
        let text = EmergencyText::parse("GCS 8, found collapsed").unwrap();
        assert_eq!(Emergency::starting(Timestamp::MAX, EmergencyReason::TooUnwell, text).until, Timestamp::MAX);
    }

    #[test]
    fn debug_output_holds_no_words_about_people() {
        let text = EmergencyText::parse("Jamila found collapsed").unwrap();
        let decider = PermissionGiven::Decider { name: "Jamila".into(), relationship: "daughter".into() };
        let shown =
            format!("{:?} {decider:?}", Emergency::starting(Timestamp::UNIX_EPOCH, EmergencyReason::TooUnwell, text));
        assert!(!shown.contains("Jamila") && !shown.contains("daughter"), "{shown}");
    }

    #[test]
    fn reason_codes_read_back() {
        for reason in EmergencyReason::ALL {
            assert_eq!(EmergencyReason::from_code(reason.code()), Some(*reason));
        }
        assert_eq!(EmergencyReason::from_code("quickest"), None);
    }

    proptest! {
        #[test]
        fn any_accepted_text_keeps_to_its_limits(text in ".{0,260}") {
            if let Ok(parsed) = EmergencyText::parse(&text) {
                prop_assert!((10..=200).contains(&parsed.as_str().chars().count()));
                prop_assert_eq!(EmergencyText::parse(parsed.as_str()), Ok(parsed.clone()));
            }
        }
    }
}
