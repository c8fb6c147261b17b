//! The disk is full for a while.

use super::machine::Machine;
use super::operations::{About, generate};
use super::{Sum, Wish, now};

#[test]
fn nothing_is_acknowledged_after_the_first_refusal_and_with_room_again_it_goes_on_unattended() {
    let (wish, began, mut sum) = (Wish::told(1), now(), Sum::default());
    for seed in wish.seeds() {
        if !sum.add(seed, generate(seed, About::FullDisk), Machine::with_small_disk) {
            return;
        }
    }
    sum.tell("full disk", wish.rounds, began.elapsed());
}
