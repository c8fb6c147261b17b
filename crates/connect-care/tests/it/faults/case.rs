//! Carries out a list of operations against the built program, and asks the judge in the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::judge::{Expected, Order, judge};
use super::machine::{Machine, address_of};
use super::messages::source_id;
use super::operations::{Dice, Operation, SOURCES};
use super::sender::{Answers, MERGED, Sender};
use crate::service::{Service, becomes};

/// How soon after there is room again the first message is acknowledged, nobody having lent a hand.
const RECOVERY_MAX: Duration = Duration::from_secs(10);

/// What a case came to.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) faults: Vec<String>,
    pub(super) acknowledged: usize,
    pub(super) kills: usize,
    /// Times from the moment at which the disk had room again to the first acknowledgement.
    pub(super) recoveries: Vec<Duration>,
    /// Operations that cannot be had on this machine.
    pub(super) left_out: usize,
}

/// What is wrong with the machine at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// Nothing can be written; a connection that broke since is a message that was refused.
    Refusing {
        refused: bool,
    },
}

struct Case<'a> {
    machine: &'a Machine,
    service: Option<Service>,
    senders: Vec<Sender>,
    answers: Arc<Answers>,
    dice: Dice,
    trouble: Trouble,
    verdict: Verdict,
}

/// Runs a case on a machine of its own and gives what is wrong.
pub(super) fn run(machine: &Machine, seed: u64, operations: &[Operation]) -> Verdict {
    let answers = Arc::new(Answers::default());
    let mut case = Case {
        machine,
        service: None,
        senders: (0..SOURCES).map(|source| Sender::new(source, &answers)).collect(),
        answers,
        dice: Dice::new(seed ^ 0x5EED),
        trouble: Trouble::None,
        verdict: Verdict::default(),
    };
    case.start();
    for operation in operations {
        case.step(*operation);
    }
    case.end()
}

impl Case<'_> {
    fn start(&mut self) {
        let service = self.machine.start();
        self.turn_to(service);
    }

    fn turn_to(&mut self, service: Service) {
        for sender in &mut self.senders {
            sender.turn_to(address_of(&service, sender.source));
        }
        self.service = Some(service);
    }

    fn step(&mut self, operation: Operation) {
        match operation {
            Operation::Burst { messages, window, kill_after } => self.burst(messages, window, kill_after),
            Operation::Resend { source, pick } => self.say(source, |sender| sender.write_again(pick)),
            Operation::ReuseControlIds { source, pick, messages } => self.say(source, |sender| {
                (pick..pick + messages).for_each(|pick| sender.write_under_used_control_id(pick));
            }),
            Operation::Contradict { source, pick } => self.say(source, |sender| sender.write_somebody_else(pick)),
            Operation::Merge { source } => self.say(source, Sender::write_merge),
            Operation::HangUp { source } => {
                let (sender, dice) = (&mut self.senders[source], &mut self.dice);
                sender.write(1, dice);
                sender.send_and_hang_up();
                self.say(source, |_| {});
            }
            Operation::Wait => self.wait(),
            Operation::Kill => self.kill(),
            Operation::Restart => self.restart(),
            Operation::ClockJump { seconds } => {
                self.verdict.left_out += usize::from(!self.machine.set_clock(seconds));
            }
            Operation::FillDisk => {
                self.machine.fill_disk();
                self.trouble = Trouble::Refusing { refused: false };
            }
            Operation::FreeDisk => self.free_disk(),
            Operation::FailSync { nth } => self.fail_sync(nth),
            Operation::Forge { source } => self.senders[source].forge(),
        }
    }

    /// One source writes something and sends what waits.
    fn say(&mut self, source: usize, write: impl FnOnce(&mut Sender)) {
        write(&mut self.senders[source]);
        let before = self.answers.count();
        let is_whole = self.senders[source].send_all(1);
        self.note(is_whole, before);
    }

    /// A connection may only break where something is wrong; after a refusal nothing may be acknowledged.
    fn note(&mut self, is_whole: bool, answers_before: usize) {
        let answered = self.answers.count() - answers_before;
        match &mut self.trouble {
            Trouble::None if !is_whole => self.verdict.faults.push("a connection broke".to_owned()),
            Trouble::Refusing { refused: true } if answered > 0 => {
                self.verdict.faults.push(format!("{answered} acknowledged after a message was refused"));
            }
            Trouble::Refusing { refused } => *refused |= !is_whole,
            Trouble::None => {}
        }
    }

    fn burst(&mut self, messages: usize, window: usize, kill_after: Option<usize>) {
        for sender in &mut self.senders {
            sender.write(messages, &mut self.dice);
        }
        let before = self.answers.begin(SOURCES);
        let (answers, service) = (&self.answers, &mut self.service);
        let are_whole = std::thread::scope(|scope| {
            let sending = |sender: &'_ mut Sender| {
                let is_whole = sender.send_all(window);
                answers.ended();
                is_whole
            };
            let sending: Vec<_> = self.senders.iter_mut().map(|sender| scope.spawn(move || sending(sender))).collect();
            if let Some(after) = kill_after {
                answers.wait_for(before + after);
                drop(service.take());
            }
            sending.into_iter().map(|one| one.join().unwrap()).fold(true, |all, one| all && one)
        });
        if kill_after.is_some() {
            self.verdict.kills += 1;
            self.free_before_start();
            self.start();
        } else {
            self.note(are_whole, before);
        }
    }

    fn kill(&mut self) {
        drop(self.service.take());
        self.verdict.kills += 1;
        self.free_before_start();
        self.start();
    }

    /// A program that does not start on a full disk is another story: whoever starts it makes room.
    fn free_before_start(&mut self) {
        self.machine.free_disk();
        self.trouble = Trouble::None;
    }

    fn restart(&mut self) {
        let service = self.service.take().unwrap();
        service.terminate();
        let (status, log) = service.ended();
        if status.code() != Some(0) {
            self.verdict.faults.push(format!("it stopped with {status}: {log:#?}"));
        }
        self.start();
    }

    fn wait(&self) {
        let operations = self.service.as_ref().unwrap().address("operations", None);
        let waits = "connect_care_inbox_waiting_messages{";
        becomes(&operations, "/metrics", |answer| {
            answer.body.lines().filter(|line| line.starts_with(waits)).all(|line| line.ends_with(" 0"))
        });
    }

    /// Whoever was refused tries again until it is taken.
    #[expect(clippy::disallowed_methods, reason = "how long a real program takes to recover is what is asked")]
    fn free_disk(&mut self) {
        self.machine.free_disk();
        let (freed, before) = (Instant::now(), self.answers.count());
        self.trouble = Trouble::None;
        self.senders[0].write(1, &mut self.dice);
        while self.answers.count() == before && freed.elapsed() < RECOVERY_MAX {
            self.senders[0].send_all(1);
        }
        if self.answers.count() == before {
            self.verdict.faults.push(format!("nothing was acknowledged within {RECOVERY_MAX:?} of room"));
        }
        self.verdict.recoveries.push(freed.elapsed());
    }

    /// The program runs until a sync fails, says nothing positive any more, and is started anew.
    fn fail_sync(&mut self, nth: usize) {
        self.service.take().unwrap().stop();
        let failing = self.machine.start_with_failing_sync(nth);
        self.turn_to(failing);
        self.trouble = Trouble::Refusing { refused: false };
        // One message, one commit: at the latest the n-th one fails.
        for _ in 0..2 * nth {
            for source in 0..SOURCES {
                self.senders[source].write(1, &mut self.dice);
                self.say(source, |_| {});
            }
        }
        if self.trouble == (Trouble::Refusing { refused: false }) {
            self.verdict.faults.push("a sync failed and every message was acknowledged".to_owned());
        }
        drop(self.service.take());
        self.trouble = Trouble::None;
        self.start();
    }

    /// Sends what was never acknowledged, lets everything be applied, and looks.
    fn end(mut self) -> Verdict {
        self.machine.free_disk();
        self.trouble = Trouble::None;
        self.burst(0, 8, None);
        self.restart();
        self.service.take().unwrap().stop();
        let mut expected = Vec::new();
        let mut set_aside = BTreeMap::new();
        for sender in &mut self.senders {
            self.verdict.faults.append(&mut sender.faults);
            expected.extend(of_sender(sender));
            if sender.set_aside > 0 {
                set_aside.insert(source_id(sender.source), u64::try_from(sender.set_aside).unwrap());
            }
        }
        self.verdict.acknowledged = self.answers.count();
        self.verdict.faults.extend(judge(self.machine, &expected, Some(&set_aside)));
        self.verdict
    }
}

/// What must be there of a sender's patients; the two that it merges are looked at as one.
fn of_sender(sender: &Sender) -> Vec<Expected> {
    let is_hospital = sender.source + 1 < SOURCES;
    let one = |place: usize| Expected {
        name: format!("patient {place} of {}", source_id(sender.source)),
        numbers: vec![sender.patients[place].nhs_number()],
        acknowledged: sender.patients[place].acknowledged.clone(),
        is_all: true,
        order: if is_hospital { Order::PlacesAndWards } else { Order::Places },
    };
    let mut expected: Vec<Expected> =
        (0..sender.patients.len()).filter(|place| !is_hospital || !MERGED.contains(place)).map(one).collect();
    if is_hospital {
        let [first, second] = MERGED.map(one);
        let numbers = [first.numbers, second.numbers].concat();
        let acknowledged = [first.acknowledged, second.acknowledged].concat();
        expected.push(Expected { numbers, acknowledged, order: Order::Free, ..one(MERGED[0]) });
    }
    expected
}
