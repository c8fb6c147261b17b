//! Applying a message because somebody decided so.

use crate::apply::Applying;
use crate::by_hand::{HandDone, ITEM_APPLIED, ITEM_CORRECTED, bounded};
use crate::error::StoreError;
use crate::inbox::{STATE_DONE, STATE_SET_ASIDE};

impl Applying<'_> {
    /// A decision that was carried out before is not carried out again.
    pub(crate) fn is_to_be_done(&self) -> Result<bool, StoreError> {
        self.by_hand.map_or(Ok(true), |by_hand| self.rows.hand_is_open(by_hand.request))
    }

    /// Settles what waited of the message, except what cannot be applied now either.
    pub(crate) fn finish_hand(&mut self) -> Result<(), StoreError> {
        let Some(by_hand) = self.by_hand else { return Ok(()) };
        let is_correction = by_hand.is_correction(self.application.message);
        let still_held = std::mem::take(&mut self.still_held);
        let held = self.applied.by_kind.values().map(|counts| counts.quarantined).sum::<u64>();
        let done = self.applied.by_kind.values().map(|counts| counts.applied + counts.kept).sum::<u64>();
        let fault = still_held.first().map(|held| format!(" Still wrong: {}: {}", held.place, held.reason));
        let outcome = match (done, held) {
            (_, 0) => "Added to the record.".to_owned(),
            (0, _) => format!("It cannot be added yet.{}", fault.unwrap_or_default()),
            (done, held) => {
                format!("{done} parts were added, {held} cannot be added yet.{}", fault.unwrap_or_default())
            }
        };
        self.rows.finish_hand(HandDone {
            request: by_hand.request,
            original: by_hand.original,
            at: self.application.at.as_second(),
            settled_as: if is_correction { ITEM_CORRECTED } else { ITEM_APPLIED },
            is_whole: by_hand.units.is_none() && !is_correction,
            still_held,
            outcome: bounded(&outcome),
        })
    }

    /// A replay is of what was set aside, or of what was held of a message that is done.
    pub(crate) fn is_replay_of(&self, state: i64) -> bool {
        let is_replay = self.by_hand.is_some_and(|by_hand| !by_hand.is_correction(self.application.message));
        is_replay && matches!(state, STATE_SET_ASIDE | STATE_DONE)
    }
}
