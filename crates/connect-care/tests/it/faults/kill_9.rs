//! The program is killed while messages are on their way.

use super::machine::Machine;
use super::operations::{About, generate};
use super::{Sum, Wish, now};

/// How many `kill -9` one case holds, each of them a round.
const KILLS: usize = 5;

fn kill_rounds(what: &str, machine: impl Fn() -> Option<Machine>) {
    let (wish, began, mut sum) = (Wish::told(2), now(), Sum::default());
    while sum.verdict.kills < wish.rounds {
        let seed = wish.seed + u64::try_from(sum.cases).unwrap();
        let kills = KILLS.min(wish.rounds - sum.verdict.kills);
        if !sum.add(seed, generate(seed, About::Kills(kills)), &machine) {
            return;
        }
    }
    sum.tell(what, sum.verdict.kills, began.elapsed());
}

#[test]
fn on_the_embedded_store_nothing_that_was_acknowledged_is_lost_doubled_or_reordered() {
    kill_rounds("kill -9", || Some(Machine::new()));
}

#[test]
fn on_postgresql_nothing_that_was_acknowledged_is_lost_doubled_or_reordered() {
    kill_rounds("kill -9 on PostgreSQL", Machine::on_postgres);
}
