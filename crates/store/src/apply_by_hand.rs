//! Applying a message because somebody decided so.

use crate::apply::Applying;
use crate::by_hand::{ByHand, HandDone, ITEM_APPLIED, ITEM_CORRECTED, StillHeld, bounded};
use crate::error::StoreError;
use crate::inbox::{STATE_DONE, STATE_SET_ASIDE};
use crate::order::{ACT_APPLIED, ACT_BY_HAND, Noted};
use crate::order_by_hand::applied_note;

impl Applying<'_> {
    /// A decision that was carried out before is not carried out again, except where
    /// everything is.
    pub(crate) fn is_to_be_done(&self) -> Result<bool, StoreError> {
        self.by_hand
            .filter(|_| self.given.is_none())
            .map_or(Ok(true), |by_hand| self.rows.hand_is_open(by_hand.request))
    }

    /// Takes the message into the order of application; what is done again stands in it already.
    pub(crate) fn finish_message(&self) -> Result<(), StoreError> {
        let at = self.application.at.as_second();
        let noted = match self.by_hand {
            _ if self.given.is_some() => None,
            Some(by_hand) => Some(Noted { act: ACT_BY_HAND, at, note: Some(by_hand.note(&self.sent.note())) }),
            None => Some(Noted { act: ACT_APPLIED, at, note: applied_note(&self.sent.note()) }),
        };
        self.rows.finish_message(self.application.message, self.stated_at(), noted)
    }

    /// Somebody else has settled the message meanwhile: nothing is left to do but to say so.
    pub(crate) fn came_too_late(&self) -> Result<(), StoreError> {
        let Some(by_hand) = self.by_hand else { return Ok(()) };
        let outcome = "Nothing was done: it was settled meanwhile.".to_owned();
        self.rows.finish_hand(self.hand_done(by_hand, None, Vec::new(), outcome))
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
        let settled_as = if is_correction { ITEM_CORRECTED } else { ITEM_APPLIED };
        self.rows.finish_hand(self.hand_done(by_hand, Some(settled_as), still_held, bounded(&outcome)))
    }

    fn hand_done(
        &self,
        by_hand: &ByHand,
        settled_as: Option<i64>,
        still_held: Vec<StillHeld>,
        outcome: String,
    ) -> HandDone {
        HandDone {
            request: by_hand.request,
            original: by_hand.original,
            item: by_hand.item,
            at: self.application.at.as_second(),
            is_again: self.given.is_some(),
            settled_as,
            is_whole: by_hand.units.is_none() && !by_hand.is_correction(self.application.message),
            still_held,
            outcome,
        }
    }

    /// A replay is of what was set aside, or of what was held of a message that is done.
    pub(crate) fn is_replay_of(&self, state: i64) -> bool {
        let is_replay = self.by_hand.is_some_and(|by_hand| !by_hand.is_correction(self.application.message));
        is_replay && matches!(state, STATE_SET_ASIDE | STATE_DONE)
    }
}
