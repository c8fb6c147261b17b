use std::fmt;

/// How two given names agree. Ordered from strong to weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GivenNameAgreement {
    /// Letter for letter, after folding.
    Exact,
    /// One is a form of the other: Bill and William.
    Alias,
    /// They sound alike: Catherine and Kathryn.
    SoundsAlike,
    /// One is the other's first letter.
    Initial,
}

impl GivenNameAgreement {
    /// Whether a brother or sister born on the same day may well agree in the
    /// same way: Hassan and Hussein sound alike and share their initial.
    #[must_use]
    pub fn is_weak(self) -> bool {
        matches!(self, Self::SoundsAlike | Self::Initial)
    }
}

/// One thing that speaks for or against two records being one person's.
///
/// It says that a field agrees or differs, never what stands in it, so that it
/// can be kept, logged and shown on a work list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The same NHS number.
    NhsNumberAgrees,
    /// Two different valid NHS numbers.
    NhsNumberDiffers,
    /// One or both have no valid NHS number.
    NhsNumberMissing,
    /// The same whole day.
    BirthDateAgrees,
    /// Two different whole days.
    BirthDateDiffers,
    /// One or both have no whole birth date, or the one that stands for "unknown".
    BirthDateMissing,
    /// The given names agree.
    GivenNameAgrees(GivenNameAgreement),
    /// The given names differ.
    GivenNameDiffers,
    /// One or both have no given name, or a placeholder such as BABY OF.
    GivenNameMissing,
    /// The same family name, after folding.
    FamilyNameAgrees,
    /// Two different family names.
    FamilyNameDiffers,
    /// One or both have no family name.
    FamilyNameMissing,
    /// The same recorded gender.
    SexAgrees,
    /// Two different recorded genders.
    SexDiffers,
    /// One or both have none, or "unknown".
    SexMissing,
    /// Somebody else shares family name and birth date at the address: a twin.
    SharedByAnother,
    /// More than one person fits.
    SeveralFit,
}

impl Evidence {
    /// The stable code that is stored with a link.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NhsNumberAgrees => "nhs-number-agrees",
            Self::NhsNumberDiffers => "nhs-number-differs",
            Self::NhsNumberMissing => "nhs-number-missing",
            Self::BirthDateAgrees => "birth-date-agrees",
            Self::BirthDateDiffers => "birth-date-differs",
            Self::BirthDateMissing => "birth-date-missing",
            Self::GivenNameAgrees(GivenNameAgreement::Exact) => "given-name-agrees",
            Self::GivenNameAgrees(GivenNameAgreement::Alias) => "given-name-alias",
            Self::GivenNameAgrees(GivenNameAgreement::SoundsAlike) => "given-name-sounds-alike",
            Self::GivenNameAgrees(GivenNameAgreement::Initial) => "given-name-initial",
            Self::GivenNameDiffers => "given-name-differs",
            Self::GivenNameMissing => "given-name-missing",
            Self::FamilyNameAgrees => "family-name-agrees",
            Self::FamilyNameDiffers => "family-name-differs",
            Self::FamilyNameMissing => "family-name-missing",
            Self::SexAgrees => "sex-agrees",
            Self::SexDiffers => "sex-differs",
            Self::SexMissing => "sex-missing",
            Self::SharedByAnother => "shared-by-another",
            Self::SeveralFit => "several-fit",
        }
    }

    /// What the work list says.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NhsNumberAgrees => "Same NHS number",
            Self::NhsNumberDiffers => "Different NHS numbers",
            Self::NhsNumberMissing => "No NHS number to compare",
            Self::BirthDateAgrees => "Same date of birth",
            Self::BirthDateDiffers => "Different dates of birth",
            Self::BirthDateMissing => "No date of birth to compare",
            Self::GivenNameAgrees(GivenNameAgreement::Exact) => "Same first name",
            Self::GivenNameAgrees(GivenNameAgreement::Alias) => "First names are forms of one name",
            Self::GivenNameAgrees(GivenNameAgreement::SoundsAlike) => "First names sound alike",
            Self::GivenNameAgrees(GivenNameAgreement::Initial) => "First name and initial agree",
            Self::GivenNameDiffers => "Different first names",
            Self::GivenNameMissing => "No first name to compare",
            Self::FamilyNameAgrees => "Same last name",
            Self::FamilyNameDiffers => "Different last names",
            Self::FamilyNameMissing => "No last name to compare",
            Self::SexAgrees => "Same gender",
            Self::SexDiffers => "Different genders",
            Self::SexMissing => "No gender to compare",
            Self::SharedByAnother => "Someone else at the address has this last name and date of birth",
            Self::SeveralFit => "More than one person fits",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
