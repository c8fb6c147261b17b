//! Power loss: the program runs under `strace`, and its files are made again as a disk may hold them when the power
//! goes at some moment. Whatever was acknowledged by then must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::disk_image::{Unsynced, after_power_loss};
use super::judge::{Expected, Order, judge};
use super::machine::{Machine, address_of};
use super::messages::source_id;
use super::operations::{Dice, MLLP_SOURCES};
use super::sender::{Answers, Sender};
use super::{Wish, can_trace, now};
use crate::syscalls::{Call, calls, finished};

/// What is traced: what changes files, and what is said to senders.
const TRACED: &str = "trace=pwrite64,ftruncate,fdatasync,fsync,unlink,sendto,write,writev";
/// How many messages each hospital sends where much is asked for: enough for the log to be moved into the file more
/// than once.
const MESSAGES: usize = 120;
/// How many where not.
const FEW_MESSAGES: usize = 30;
/// How many rounds are run where nobody asks for more.
const FEW_ROUNDS: usize = 3;

/// A program that ran, and what it did.
struct Run {
    machine: Machine,
    before: BTreeMap<String, Vec<u8>>,
    calls: Vec<Call>,
    senders: Vec<Sender>,
}

/// `None`, and said, where `strace` may not trace.
fn run(seed: u64, messages: usize) -> Option<Run> {
    if !can_trace() {
        return None;
    }
    let machine = Machine::new();
    machine.start().stop();
    let before = files(&machine.data());
    let trace = machine.data().with_file_name("trace");
    let mut strace = Command::new("strace");
    strace.args(["-D", "-f", "-yy", "-s", "20000", "-e", TRACED, "-o"]).arg(&trace);
    strace.arg(env!("CARGO_BIN_EXE_connect-care"));
    let service = machine.start_by(strace);
    let answers = Arc::new(Answers::default());
    let mut senders: Vec<Sender> = (0..MLLP_SOURCES).map(|source| Sender::new(source, &answers)).collect();
    let mut dice = Dice::new(seed);
    for sender in &mut senders {
        sender.turn_to(address_of(&service, sender.source));
        sender.write(messages, &mut dice);
    }
    std::thread::scope(|scope| {
        for (sender, window) in senders.iter_mut().zip([1, 4, 16]) {
            scope.spawn(move || assert!(sender.send_all(window), "it acknowledges everything"));
        }
    });
    let program = service.id();
    service.stop();
    let calls = calls(&finished(&trace, program));
    Some(Run { machine, before, calls, senders })
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())).collect()
}

impl Run {
    /// The control ids that were acknowledged before this line, as far as anybody was told.
    fn said_before(&self, line: usize) -> BTreeSet<&str> {
        let words = self.calls.iter().filter(|call| call.began < line && call.on.starts_with("TCP"));
        words.flat_map(|call| call.arguments.split("MSA|AA|").skip(1)).map(|rest| control_id(rest)).collect()
    }

    /// What is wrong after the power went at this line; and how many messages had been acknowledged.
    fn loses_power(&self, line: usize, unsynced: Unsynced, dice: &mut Dice) -> (Vec<String>, usize) {
        let left = after_power_loss(&self.calls, line, &self.before, &self.machine.data(), unsynced, dice);
        let after = Machine::new();
        for (name, bytes) in left {
            std::fs::write(after.data().join(name), bytes).unwrap();
        }
        after.start().stop();
        let said = self.said_before(line);
        let expected: Vec<Expected> = self.senders.iter().flat_map(|sender| expected(sender, &said)).collect();
        (judge(&after, &expected, None), said.len())
    }
}

fn control_id(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    &text[..end]
}

fn expected(sender: &Sender, said: &BTreeSet<&str>) -> Vec<Expected> {
    let of = |place: usize| Expected {
        name: format!("patient {place} of {}", source_id(sender.source)),
        numbers: vec![sender.patients[place].nhs_number()],
        acknowledged: sender.numbers_of(place, |control_id| said.contains(control_id)),
        is_all: false,
        order: Order::PlacesAndWards,
    };
    (0..sender.patients.len()).map(of).collect()
}

#[test]
fn a_power_loss_at_any_moment_takes_nothing_that_was_acknowledged() {
    let (wish, began) = (Wish::told(FEW_ROUNDS), now());
    let messages = if wish.rounds > FEW_ROUNDS { MESSAGES } else { FEW_MESSAGES };
    let Some(run) = run(wish.seed, messages) else { return };
    let lines = run.calls.iter().filter(|call| call.on.starts_with("TCP")).map(|call| call.began);
    let (first, last) = (lines.clone().min().unwrap(), run.calls.iter().map(|call| call.began).max().unwrap());
    let mut dice = Dice::new(wish.seed);
    let mut acknowledged = 0;
    for round in 0..wish.rounds {
        let line = first + dice.below(last - first);
        let (faults, said) = run.loses_power(line, Unsynced::ByChance, &mut dice);
        assert!(faults.is_empty(), "seed {} round {round}, power lost at line {}: {faults:#?}", wish.seed, line + 1);
        acknowledged += said;
    }
    println!(
        "power loss: {} rounds, {acknowledged} acknowledgements before them; 0 lost, 0 applied twice, 0 out of order per \
         patient; {:.0} s",
        wish.rounds,
        began.elapsed().as_secs_f64()
    );
    // A disk that says that it has synced and has not is seen.
    let (faults, said) = run.loses_power(last, Unsynced::NothingAtAll, &mut dice);
    assert!(said > 0 && faults.iter().any(|fault| fault.contains("acknowledged and lost")), "{faults:#?}");
}
