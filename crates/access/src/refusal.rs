use jiff::Timestamp;

/// What a role may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Opening a record.
    OpenRecord,
    /// Seeing who a person is.
    SeeIdentity,
    /// Looking for a person by NHS number.
    SearchByNumber,
    /// Looking for a person by name.
    SearchByName,
    /// Seeing who has looked.
    ReviewLog,
    /// Seeing a received message.
    ShowMessage,
    /// Making a lawful copy.
    Export,
    /// Looking after an organisation's quarantine.
    Administer,
    /// Deciding whose records are one person's.
    DecideLinks,
}

impl What {
    /// Everything that can be refused for the role.
    pub const ALL: &'static [Self] = &[
        Self::OpenRecord,
        Self::SeeIdentity,
        Self::SearchByNumber,
        Self::SearchByName,
        Self::ReviewLog,
        Self::ShowMessage,
        Self::Export,
        Self::Administer,
        Self::DecideLinks,
    ];

    /// How it ends the sentence "Your role does not allow …".
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OpenRecord => "opening records",
            Self::SeeIdentity => "seeing who a person is",
            Self::SearchByNumber => "looking for a person",
            Self::SearchByName => "looking for a person by name",
            Self::ReviewLog => "seeing who has looked",
            Self::ShowMessage => "seeing received messages",
            Self::Export => "making a copy of a record",
            Self::Administer => "looking after feeds and quarantine",
            Self::DecideLinks => "deciding whose records are one person's",
        }
    }
}

/// Why a request was refused. `Display` gives the words that staff read; they
/// name no person and, where the reason itself is confidential, no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The facts are not about the person whom the request names: a fault in the caller.
    #[error("This record cannot be opened at the moment.")]
    FactsOfAnotherPerson,
    /// A purpose other than direct care.
    #[error("Records can be used for direct care only.")]
    NotDirectCare,
    /// The policy table says no for the role.
    #[error("Your role does not allow {}.", .0.word())]
    RoleMayNot(What),
    /// The staff member's organisation does not take part, or no longer does.
    #[error("Your organisation does not take part in Connect Care.")]
    OrganisationNotTakingPart,
    /// The person has opted out.
    #[error("This person has chosen not to share. This record cannot be opened here.")]
    OptedOut,
    /// The record is restricted.
    #[error("This record cannot be opened here. If you need it for care, ask your privacy officer.")]
    Restricted,
    /// The person's general practice recorded dissent.
    #[error("This person has told their GP practice not to share. This record cannot be opened here.")]
    Dissent,
    /// The person has not been asked, or the permission is over or another organisation's.
    #[error("Ask for permission before you open this record.")]
    PermissionNeeded,
    /// The person said no.
    #[error("This person said no when they were asked. This record stays closed.")]
    PersonRefused {
        /// When.
        at: Timestamp,
    },
    /// A written reason is wanted and there is none.
    #[error("Write down the reason.")]
    ReasonNeeded,
    /// The reason is longer than [`crate::REASON_CHARACTERS_MAX`].
    #[error("Write the reason in at most {} characters.", crate::REASON_CHARACTERS_MAX)]
    ReasonTooLong,
}

impl Refusal {
    /// The stable code that the access log keeps.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FactsOfAnotherPerson => "facts-of-another-person",
            Self::NotDirectCare => "not-direct-care",
            Self::RoleMayNot(What::OpenRecord) => "role-may-not-open-record",
            Self::RoleMayNot(What::SeeIdentity) => "role-may-not-see-identity",
            Self::RoleMayNot(What::SearchByNumber) => "role-may-not-search",
            Self::RoleMayNot(What::SearchByName) => "role-may-not-search-by-name",
            Self::RoleMayNot(What::ReviewLog) => "role-may-not-review-log",
            Self::RoleMayNot(What::ShowMessage) => "role-may-not-show-message",
            Self::RoleMayNot(What::Export) => "role-may-not-export",
            Self::RoleMayNot(What::Administer) => "role-may-not-administer",
            Self::RoleMayNot(What::DecideLinks) => "role-may-not-decide-links",
            Self::OrganisationNotTakingPart => "organisation-not-taking-part",
            Self::OptedOut => "opted-out",
            Self::Restricted => "restricted",
            Self::Dissent => "dissent",
            Self::PermissionNeeded => "permission-needed",
            Self::PersonRefused { .. } => "person-refused",
            Self::ReasonNeeded => "reason-needed",
            Self::ReasonTooLong => "reason-too-long",
        }
    }

    /// Whether asking the person, or an emergency, could open the record. Where
    /// this is false neither may be offered.
    #[must_use]
    pub fn can_be_asked_for(self) -> bool {
        matches!(self, Self::PermissionNeeded | Self::PersonRefused { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_refusal() -> Vec<Refusal> {
        let roles = What::ALL.iter().map(|what| Refusal::RoleMayNot(*what));
        let others = [
            Refusal::FactsOfAnotherPerson,
            Refusal::NotDirectCare,
            Refusal::OrganisationNotTakingPart,
            Refusal::OptedOut,
            Refusal::Restricted,
            Refusal::Dissent,
            Refusal::PermissionNeeded,
            Refusal::PersonRefused { at: Timestamp::UNIX_EPOCH },
            Refusal::ReasonNeeded,
            Refusal::ReasonTooLong,
        ];
        roles.chain(others).collect()
    }

    #[test]
    fn each_refusal_has_its_own_code() {
        let mut codes: Vec<_> = every_refusal().into_iter().map(Refusal::code).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn codes_and_words_are_as_agreed() {
        let table: Vec<_> = every_refusal().into_iter().map(|r| format!("{}: {r}", r.code())).collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        role-may-not-open-record: Your role does not allow opening records.
        role-may-not-see-identity: Your role does not allow seeing who a person is.
        role-may-not-search: Your role does not allow looking for a person.
        role-may-not-search-by-name: Your role does not allow looking for a person by name.
        role-may-not-review-log: Your role does not allow seeing who has looked.
        role-may-not-show-message: Your role does not allow seeing received messages.
        role-may-not-export: Your role does not allow making a copy of a record.
        role-may-not-administer: Your role does not allow looking after feeds and quarantine.
        role-may-not-decide-links: Your role does not allow deciding whose records are one person's.
        facts-of-another-person: This record cannot be opened at the moment.
        not-direct-care: Records can be used for direct care only.
        organisation-not-taking-part: Your organisation does not take part in Connect Care.
        opted-out: This person has chosen not to share. This record cannot be opened here.
        restricted: This record cannot be opened here. If you need it for care, ask your privacy officer.
        dissent: This person has told their GP practice not to share. This record cannot be opened here.
        permission-needed: Ask for permission before you open this record.
        person-refused: This person said no when they were asked. This record stays closed.
        reason-needed: Write down the reason.
        reason-too-long: Write the reason in at most 500 characters.
        ");
    }

    #[test]
    fn nothing_can_be_asked_of_someone_whose_record_is_closed() {
        for refusal in [Refusal::OptedOut, Refusal::Restricted, Refusal::Dissent] {
            assert!(!refusal.can_be_asked_for(), "{refusal:?}");
        }
        assert!(Refusal::PermissionNeeded.can_be_asked_for());
    }
}
