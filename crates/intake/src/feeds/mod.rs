//! Whether the messages of each source come as they usually do: what came is
//! counted in memory, once in a while the watch keeps what it teaches, and a type
//! that stops is told. An opening never asks the watch: when a silence begins is
//! worked out beforehand and kept, so that a record says *stale* even where the
//! watch itself has stopped.

mod due;
mod gaps;
mod kept;
mod minutes;
mod rests;
mod rhythm;
mod state;
mod tally;
mod watch;

pub use due::SILENCE_MINUTES_MIN;
pub use gaps::GAPS_MAX;
pub use tally::KINDS_MAX;
pub use watch::{FeedWatch, LOOK_EVERY};

pub(crate) use tally::Tally;
