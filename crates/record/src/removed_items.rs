use jiff::Timestamp;

/// That items of one source were taken out of a person's record for good, and nothing
/// of what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovedItems {
    /// How many.
    pub count: u32,
    /// When the last of them was.
    pub last_at: Timestamp,
}
