use record::NhsNumber;

/// How many people one message is looked through for.
pub const MENTIONED_MAX: usize = 20;

/// Somebody of whom a message seems to speak that could not be read or applied:
/// enough to say on their record that something waits, and to close its text where
/// their record is closed. Never enough to put anything into a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// The source's own key for its patient, as [`crate::ChartClaim::key`] has it.
    pub key: Option<String>,
    /// An NHS number whose check digit is right.
    pub nhs_number: Option<NhsNumber>,
}
