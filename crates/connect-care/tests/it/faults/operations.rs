//! What happens in one case: generated from a seed, and made smaller once it has shown a fault.

/// How many sources send over MLLP; one more pushes FHIR.
pub(super) const MLLP_SOURCES: usize = 3;
/// How many sources there are.
pub(super) const SOURCES: usize = MLLP_SOURCES + 1;
/// How many cases are tried at most while a list is made smaller.
const SHRINK_TRIES_MAX: usize = 60;

/// One thing that a sender, the machine or its clock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// All sources send so many messages each at once, so many of them before they read an answer. After so many
    /// answers the program is killed, where it is.
    Burst { messages: usize, window: usize, kill_after: Option<usize> },
    /// A source sends an earlier message again.
    Resend { source: usize, pick: usize },
    /// A source sends so many other messages under control ids that it has used: a correction, or a counter that
    /// begins anew.
    ReuseControlIds { source: usize, pick: usize, messages: usize },
    /// A source says that a patient of its is somebody else.
    Contradict { source: usize, pick: usize },
    /// A source merges two of its patients.
    Merge { source: usize },
    /// A source hangs up before it has read the answer to its message, and sends it again.
    HangUp { source: usize },
    /// Everything that is durable becomes applied.
    Wait,
    /// `kill -9`, while nothing is sent.
    Kill,
    /// An orderly stop and a start.
    Restart,
    /// The machine's clock is set.
    ClockJump { seconds: i64 },
    /// Not a byte more can be written.
    FillDisk,
    /// There is room again.
    FreeDisk,
    /// From the n-th sync of a writer on, each one fails.
    FailSync { nth: usize },
    /// A sender's ledger claims what was never acknowledged: never generated, and must be seen.
    Forge { source: usize },
}

impl Operation {
    /// Whether the program is killed in it.
    pub(super) fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::Burst { kill_after: Some(_), .. })
    }
}

/// Numbers like those of dice, the same for the same seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }
}

/// Which kind of fault a case is about, beside what senders do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// So many `kill -9`.
    Kills(usize),
    /// A disk that is full for a while.
    FullDisk,
    /// A sync that fails.
    FailingSync,
}

/// The operations of a case.
pub(super) fn generate(seed: u64, about: About) -> Vec<Operation> {
    let mut dice = Dice::new(seed);
    let mut operations = vec![Operation::Burst { messages: 4, window: 1, kill_after: None }];
    match about {
        About::Kills(kills) => {
            for _ in 0..kills {
                for _ in 0..dice.below(4) {
                    operations.push(harmless(&mut dice));
                }
                operations.push(kill(&mut dice));
            }
        }
        About::FullDisk => {
            operations.push(harmless(&mut dice));
            operations.push(Operation::FillDisk);
            operations.push(burst(&mut dice));
            operations.extend((0..dice.below(3)).map(|_| Operation::HangUp { source: 0 }));
            operations.push(if dice.below(3) == 0 { kill(&mut dice) } else { burst(&mut dice) });
            operations.push(Operation::FreeDisk);
        }
        About::FailingSync => {
            operations.push(harmless(&mut dice));
            operations.push(Operation::FailSync { nth: 3 + dice.below(12) });
        }
    }
    operations.push(burst(&mut dice));
    operations
}

fn burst(dice: &mut Dice) -> Operation {
    let window = [1, 4, 16][dice.below(3)];
    Operation::Burst { messages: 4 + dice.below(20), window, kill_after: None }
}

fn kill(dice: &mut Dice) -> Operation {
    if dice.below(10) == 0 {
        return Operation::Kill;
    }
    let (messages, window) = (8 + dice.below(24), [1, 4, 16, 64][dice.below(4)]);
    Operation::Burst { messages, window, kill_after: Some(dice.below(messages * MLLP_SOURCES)) }
}

fn harmless(dice: &mut Dice) -> Operation {
    let (source, pick) = (dice.below(MLLP_SOURCES), dice.below(1_000));
    match dice.below(14) {
        0..=2 => burst(dice),
        3 | 4 => Operation::Resend { source: dice.below(SOURCES), pick },
        5 => Operation::ReuseControlIds { source, pick, messages: 1 },
        6 => Operation::ReuseControlIds { source, pick: 0, messages: 1 + dice.below(5) },
        7 => Operation::Contradict { source, pick },
        8 => Operation::Merge { source },
        9 | 10 => Operation::HangUp { source: dice.below(SOURCES) },
        11 => Operation::Wait,
        12 => Operation::Restart,
        // Up to two days back or forth.
        _ => Operation::ClockJump { seconds: i64::try_from(dice.below(345_600)).unwrap() - 172_800 },
    }
}

/// A shorter list that still shows a fault: parts are left out as long as `fails` says so of what remains.
pub(super) fn shrink(operations: Vec<Operation>, mut fails: impl FnMut(&[Operation]) -> bool) -> Vec<Operation> {
    let (mut smallest, mut tries) = (operations, 0);
    let mut length = smallest.len() / 2;
    while length > 0 {
        let mut start = 0;
        while start < smallest.len() && tries < SHRINK_TRIES_MAX {
            let end = (start + length).min(smallest.len());
            let rest = [&smallest[..start], &smallest[end..]].concat();
            tries += 1;
            if fails(&rest) {
                smallest = rest;
            } else {
                start = end;
            }
        }
        length /= 2;
    }
    smallest
}

mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_case_with_as_many_kills_as_asked_for() {
        for seed in 0..50 {
            let operations = generate(seed, About::Kills(5));
            assert_eq!(operations, generate(seed, About::Kills(5)));
            assert_eq!(operations.iter().filter(|one| one.kills()).count(), 5);
        }
        assert_ne!(generate(1, About::Kills(5)), generate(2, About::Kills(5)));
    }

    #[test]
    fn a_case_shrinks_to_what_shows_the_fault() {
        let jump = Operation::ClockJump { seconds: -1 };
        let mut operations = generate(3, About::Kills(6));
        operations.insert(4, jump);
        operations.push(Operation::Merge { source: 0 });
        let fails = |rest: &[Operation]| rest.contains(&jump) && rest.last() == Some(&Operation::Merge { source: 0 });
        assert_eq!(shrink(operations, fails), [jump, Operation::Merge { source: 0 }]);
    }
}
