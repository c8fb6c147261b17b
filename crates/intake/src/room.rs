//! How many bytes of messages are in memory. Each source has a share of its own, so
//! that one which sends faster than it is applied waits for itself alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use record::SourceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::IntakeError;

/// How many bytes of messages may be in memory before senders have to wait.
pub const UNDER_WAY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The unit in which they are counted, in bytes.
const ROOM_BYTES: usize = 1024;

/// Half of the room is shared out among the sources. The other half is for what is
/// longer than a share: each source has one such message under way at most.
pub(crate) struct Rooms {
    shares: BTreeMap<SourceId, Arc<Semaphore>>,
    /// How much one source may have under way, in units.
    share: usize,
    /// For what is longer than that.
    common: Arc<Semaphore>,
    /// How much that is, in units.
    common_size: usize,
}

/// A message's share of what may be in memory, until it is dropped.
pub(crate) struct Room {
    _share: OwnedSemaphorePermit,
    _beyond: Option<OwnedSemaphorePermit>,
}

impl Rooms {
    pub(crate) fn new(bytes_max: usize, sources: impl ExactSizeIterator<Item = SourceId>) -> Self {
        let common_size = (bytes_max / 2 / ROOM_BYTES).max(1);
        let share = (common_size / sources.len().max(1)).max(1);
        let shares = sources.map(|source| (source, Arc::new(Semaphore::new(share)))).collect();
        Self { shares, share, common: Arc::new(Semaphore::new(common_size)), common_size }
    }

    /// Waits until the source may have so many bytes more in memory.
    pub(crate) async fn room(&self, source: &SourceId, bytes: usize) -> Result<Room, IntakeError> {
        let share = self.shares.get(source).ok_or_else(|| IntakeError::UnknownSource(source.to_string()))?;
        let units = bytes.div_ceil(ROOM_BYTES).max(1);
        let own = take(share, units.min(self.share)).await?;
        let beyond = units.saturating_sub(self.share).min(self.common_size);
        let beyond = if beyond > 0 { Some(take(&self.common, beyond).await?) } else { None };
        Ok(Room { _share: own, _beyond: beyond })
    }
}

async fn take(from: &Arc<Semaphore>, units: usize) -> Result<OwnedSemaphorePermit, IntakeError> {
    let units = u32::try_from(units).unwrap_or(u32::MAX);
    Arc::clone(from).acquire_many_owned(units).await.map_err(|_| IntakeError::Closing)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn id(number: usize) -> SourceId {
        SourceId::new(&format!("source-{number}")).unwrap()
    }

    /// Two sources, with four kilobytes each and eight for what is longer.
    fn rooms() -> Rooms {
        Rooms::new(16 * ROOM_BYTES, [id(0), id(1)].into_iter())
    }

    fn now(rooms: &Rooms, source: usize, bytes: usize) -> Option<Room> {
        let source = id(source);
        match pin!(rooms.room(&source, bytes)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(room) => Some(room.unwrap()),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_source_that_has_used_its_share_up_waits_and_no_other_does() {
        let rooms = rooms();
        let whole = now(&rooms, 0, 4 * ROOM_BYTES).expect("its share, to the last byte");
        assert!(now(&rooms, 0, 1).is_none(), "not a byte more");
        assert!(now(&rooms, 1, 4 * ROOM_BYTES).is_some(), "another source has its own");
        drop(whole);
        assert!(now(&rooms, 0, 1).is_some());
    }

    #[test]
    fn what_is_longer_than_a_share_takes_room_that_all_have_in_common_one_message_of_a_source_at_a_time() {
        let rooms = rooms();
        let long = now(&rooms, 0, 12 * ROOM_BYTES).expect("its share and all that is common");
        assert!(now(&rooms, 0, 1).is_none());
        assert!(now(&rooms, 1, 4 * ROOM_BYTES + 1).is_none(), "nothing is left in common");
        assert!(now(&rooms, 1, 4 * ROOM_BYTES).is_some(), "what is not long never waits for what is");
        drop(long);
        assert!(now(&rooms, 1, 4 * ROOM_BYTES + 1).is_some());
    }

    #[test]
    fn what_is_longer_than_all_the_room_still_gets_through_alone() {
        let rooms = rooms();
        assert!(now(&rooms, 0, usize::MAX).is_some());
    }

    #[test]
    fn nobody_has_room_for_a_source_that_is_not_configured() {
        let (rooms, nobody) = (rooms(), id(7));
        let asked = pin!(rooms.room(&nobody, 1)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(asked, Poll::Ready(Err(IntakeError::UnknownSource(_)))));
    }
}
