//! The disk fails to sync.

use super::machine::Machine;
use super::operations::{About, generate};
use super::{Sum, Wish, can_trace, now};

#[test]
fn nothing_is_acknowledged_any_more_until_a_start_which_finds_everything_acknowledged() {
    if !can_trace() {
        return;
    }
    let (wish, began, mut sum) = (Wish::told(1), now(), Sum::default());
    for seed in wish.seeds() {
        sum.add(seed, generate(seed, About::FailingSync), || Some(Machine::new()));
    }
    sum.tell("failing sync", wish.rounds, began.elapsed());
}
