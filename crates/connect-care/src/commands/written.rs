use clap::ValueEnum;

/// How a command writes what it found.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Written {
    /// Lines to read; in a list, with a tab between their fields.
    Text,
    /// JSON, for other programs: a list as one array, figures as one object.
    Json,
}
