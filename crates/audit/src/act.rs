macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident = $code:literal / $word:literal,)+) => {
        /// What was done, or tried.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($(#[$doc])* $act,)+ }

        impl Act {
            /// Every act.
            pub const ALL: &'static [Self] = &[$(Self::$act,)+];

            /// The stable code that is stored.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$act => $code,)+ }
            }

            /// The words that the person and the privacy officer read.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$act => $word,)+ }
            }

            /// The act with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$act),)+ _ => None }
            }
        }
    };
}

acts! {
    /// A staff member signed in.
    SignedIn = "signed-in" / "Signed in",
    /// A staff member signed out, or their session ended.
    SignedOut = "signed-out" / "Signed out",
    /// A person was looked for; `count` says how many were found.
    Searched = "searched" / "Looked for a person",
    /// It was shown who a person is, before permission.
    IdentityShown = "identity-shown" / "Saw who the person is",
    /// The person, or someone for them, said yes.
    PermissionRecorded = "permission-recorded" / "Recorded that permission was given",
    /// The person said no.
    PermissionRefused = "permission-refused" / "Recorded that permission was refused",
    /// Emergency access was opened.
    EmergencyOpened = "emergency-opened" / "Opened emergency access",
    /// Emergency access was ended before its hour.
    EmergencyEnded = "emergency-ended" / "Ended emergency access",
    /// A page of a record was shown.
    RecordOpened = "record-opened" / "Saw the record",
    /// It was shown who has looked.
    LogReviewed = "log-reviewed" / "Saw who has looked",
    /// A received message was shown to an operator.
    MessageShown = "message-shown" / "Saw a received message",
    /// It was shown what waits in an organisation's quarantine.
    QuarantineListed = "quarantine-listed" / "Saw what waits in quarantine",
    /// It was shown how a message in quarantine is built, and where its fault is.
    QuarantineShown = "quarantine-shown" / "Saw where a message in quarantine is wrong",
    /// The text of a message in quarantine was shown.
    QuarantineOpened = "quarantine-opened" / "Saw a message in quarantine",
    /// Something was decided about a message in quarantine.
    QuarantineDecided = "quarantine-decided" / "Decided about a message in quarantine",
    /// The list of doubts about who is who was shown.
    WorkListSeen = "work-list-seen" / "Saw which records may be one person's",
    /// It was shown who each source says that the people of one doubt are.
    PairSeen = "pair-seen" / "Compared who the person is with another record",
    /// Something was decided about whose records are one person's.
    IdentityDecided = "identity-decided" / "Decided whose records are one person's",
    /// It was reported who had seen a record that held two people.
    ExposureReported = "exposure-reported" / "Reported who had seen a record that held two people",
    /// A lawful copy of a record was made.
    PersonExported = "person-exported" / "Made a copy of the record",
    /// A received message was removed for good.
    MessageRemoved = "message-removed" / "Removed a received message",
    /// What retention no longer keeps was swept.
    RetentionApplied = "retention-applied" / "Swept what is no longer kept",
    /// A legal hold was added or lifted.
    HoldChanged = "hold-changed" / "Changed a legal hold",
    /// The person's choice not to share was set or taken back.
    OptOutChanged = "opt-out-changed" / "Changed the choice to share",
    /// A record was restricted, or the restriction lifted.
    RestrictionChanged = "restriction-changed" / "Changed a restriction",
    /// Something was asked that is none of the above, and refused.
    Refused = "refused" / "Was refused",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_acts_read_back_and_differ() {
        for act in Act::ALL {
            assert_eq!(Act::from_code(act.code()), Some(*act));
        }
    }
}
