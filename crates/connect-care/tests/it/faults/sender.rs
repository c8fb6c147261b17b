//! A sender as hospitals have them: it sends in order, keeps what was not acknowledged and sends it again.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::messages::Patient;
use super::operations::{Dice, MLLP_SOURCES};
use crate::operated::{TOKEN, acknowledgement, framed};

/// Patients of each source that are in its everyday messages.
pub(super) const PATIENTS: usize = 5;
/// Two more, who are merged into each other now and then.
pub(super) const MERGED: [usize; 2] = [PATIENTS, PATIENTS + 1];
/// How many observations a bundle carries.
const BUNDLE_NUMBERS: usize = 3;
/// How long an answer may take before the connection counts as broken, in seconds.
const ANSWER_SECONDS: u64 = 60;

/// Something that is to be acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    patient: usize,
    numbers: Vec<u32>,
    control_id: String,
    body: String,
    /// Whether the answer is to be a positive one.
    is_welcome: bool,
    /// Whether it has been acknowledged before.
    is_known: bool,
}

/// What was answered until now, for whoever waits for it.
#[derive(Default)]
pub(super) struct Answers {
    /// Answers that came, and senders that are at work.
    counted: Mutex<(usize, usize)>,
    more: Condvar,
}

impl Answers {
    pub(super) fn begin(&self, senders: usize) -> usize {
        let mut counted = self.counted.lock().unwrap();
        counted.1 = senders;
        counted.0
    }

    fn answered(&self) {
        self.counted.lock().unwrap().0 += 1;
        self.more.notify_all();
    }

    pub(super) fn ended(&self) {
        self.counted.lock().unwrap().1 -= 1;
        self.more.notify_all();
    }

    /// Waits until there are so many answers, or nobody sends any more.
    pub(super) fn wait_for(&self, count: usize) {
        let mut counted = self.counted.lock().unwrap();
        while counted.0 < count && counted.1 > 0 {
            counted = self.more.wait(counted).unwrap();
        }
    }

    pub(super) fn count(&self) -> usize {
        self.counted.lock().unwrap().0
    }
}

/// One source's sender and its ledger.
pub(super) struct Sender {
    pub(super) source: usize,
    pub(super) patients: Vec<Patient>,
    /// Messages whose units wait in quarantine once they are acknowledged.
    pub(super) set_aside: usize,
    /// What must not be so.
    pub(super) faults: Vec<String>,
    address: String,
    stream: Option<TcpStream>,
    outbox: VecDeque<Outgoing>,
    /// What was acknowledged, in order.
    sent: Vec<Outgoing>,
    control_ids: usize,
    answers: Arc<Answers>,
}

impl Sender {
    pub(super) fn new(source: usize, answers: &Arc<Answers>) -> Self {
        Self {
            source,
            patients: (0..PATIENTS + MERGED.len()).map(|place| Patient::new(source, place)).collect(),
            set_aside: 0,
            faults: Vec::new(),
            address: String::new(),
            stream: None,
            outbox: VecDeque::new(),
            sent: Vec::new(),
            control_ids: 0,
            answers: Arc::clone(answers),
        }
    }

    /// From now on the source's port is here.
    pub(super) fn turn_to(&mut self, address: String) {
        (self.address, self.stream) = (address, None);
    }

    fn is_mllp(&self) -> bool {
        self.source < MLLP_SOURCES
    }

    fn control_id(&mut self) -> String {
        self.control_ids += 1;
        format!("C{}x{}", self.source, self.control_ids)
    }

    /// Writes so many new messages, each about a patient by chance.
    pub(super) fn write(&mut self, messages: usize, dice: &mut Dice) {
        // A bundle carries several numbers.
        let count = if self.is_mllp() { messages } else { messages.div_ceil(BUNDLE_NUMBERS) };
        for _ in 0..count {
            let place = dice.below(self.patients.len());
            let control_id = self.control_id();
            let is_mllp = self.is_mllp();
            let patient = &mut self.patients[place];
            let (numbers, body) = if is_mllp {
                let number = patient.next();
                (vec![number], patient.moved(&control_id, number))
            } else {
                let numbers: Vec<u32> = (0..BUNDLE_NUMBERS).map(|_| patient.next()).collect();
                let body = patient.bundle(&numbers);
                (numbers, body)
            };
            self.put(place, numbers, control_id, body, true);
        }
    }

    fn put(&mut self, patient: usize, numbers: Vec<u32>, control_id: String, body: String, is_welcome: bool) {
        self.outbox.push_back(Outgoing { patient, numbers, control_id, body, is_welcome, is_known: false });
    }

    /// Writes an earlier message again.
    pub(super) fn write_again(&mut self, pick: usize) {
        if let Some(earlier) = self.sent.get(pick % self.sent.len().max(1)) {
            self.outbox.push_back(Outgoing { is_known: true, ..earlier.clone() });
        }
    }

    /// Writes another message under the control id of an earlier one.
    pub(super) fn write_under_used_control_id(&mut self, pick: usize) {
        let used = self.sent.iter().filter(|earlier| earlier.is_welcome).map(|earlier| earlier.control_id.clone());
        let used: Vec<String> = used.collect();
        let Some(control_id) = used.get(pick % used.len().max(1)) else { return };
        self.control_ids += 1;
        // Like no other message: the same one twice is no second message.
        let body = self.patients[0].moved(control_id, 1_000_000 + u32::try_from(self.control_ids).unwrap());
        self.put(0, Vec::new(), control_id.clone(), body, false);
    }

    /// Writes that a patient is somebody else.
    pub(super) fn write_somebody_else(&mut self, pick: usize) {
        let place = pick % PATIENTS;
        // Whom nobody has told of yet cannot be contradicted.
        if self.patients[place].acknowledged.is_empty() {
            return;
        }
        let control_id = self.control_id();
        let body = self.patients[place].somebody_else(&control_id);
        self.put(place, Vec::new(), control_id, body, true);
        self.set_aside += 1;
    }

    /// Claims an acknowledgement that never came, to prove that it would be missed.
    pub(super) fn forge(&mut self) {
        let number = self.patients[0].next();
        self.patients[0].acknowledged.push(number);
    }

    /// Writes that two patients are one, which waits for somebody's decision.
    pub(super) fn write_merge(&mut self) {
        let [first, second] = MERGED;
        // Of whom nobody has told yet it is not known that they are two people: nothing waits then.
        if MERGED.iter().any(|place| self.patients[*place].acknowledged.is_empty()) {
            return;
        }
        let control_id = self.control_id();
        let body = self.patients[first].merged(&control_id, self.patients[first].next_stated(), &self.patients[second]);
        self.put(first, Vec::new(), control_id, body, true);
        self.set_aside += 1;
    }

    /// The numbers of a patient whose messages were acknowledged, those with a control id that fits.
    pub(super) fn numbers_of(&self, patient: usize, fits: impl Fn(&str) -> bool) -> Vec<u32> {
        let sent = self.sent.iter().filter(|one| one.patient == patient && fits(&one.control_id));
        sent.flat_map(|one| one.numbers.clone()).collect()
    }

    /// Sends the first message that waits and hangs up before its answer can be read.
    pub(super) fn send_and_hang_up(&mut self) {
        let Some(first) = self.outbox.front().cloned() else { return };
        if let Some(mut stream) = self.connected() {
            let _ = stream.write_all(&self.request(&first));
        }
        self.stream = None;
    }

    /// Sends everything that waits, so many messages before it reads an answer. False when the connection broke.
    pub(super) fn send_all(&mut self, window: usize) -> bool {
        let window = if self.is_mllp() { window } else { 1 };
        while !self.outbox.is_empty() {
            let Some(mut stream) = self.connected() else { return false };
            let count = window.min(self.outbox.len());
            let bytes: Vec<u8> = self.outbox.iter().take(count).flat_map(|one| self.request(one)).collect();
            // Answers to what came through are read all the same.
            let mut is_whole = stream.write_all(&bytes).is_ok();
            for _ in 0..count {
                let Some((code, control_id)) = self.answer(&mut stream) else {
                    is_whole = false;
                    break;
                };
                self.answered(&code, &control_id);
            }
            self.stream = (is_whole && self.is_mllp()).then_some(stream);
            if !is_whole {
                return false;
            }
        }
        true
    }

    fn connected(&mut self) -> Option<TcpStream> {
        if let Some(stream) = self.stream.take() {
            return Some(stream);
        }
        let stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS))).unwrap();
        Some(stream)
    }

    fn request(&self, one: &Outgoing) -> Vec<u8> {
        if self.is_mllp() {
            return framed(&one.body);
        }
        format!(
            "POST /sources/practice/fhir HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/fhir+json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
            one.body.len(),
            one.body
        )
        .into_bytes()
    }

    /// The next answer's code and the control id that it is about; an HTTP answer is about what was asked.
    fn answer(&self, stream: &mut TcpStream) -> Option<(String, String)> {
        if self.is_mllp() {
            return acknowledgement(stream);
        }
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text.split(' ').nth(1).filter(|_| text.contains("\r\n\r\n"))?;
        let code = match status {
            // An entry's own status: a tag may say that number too.
            "200" if !text.contains("\"status\":\"422") => "AA",
            // It could not be kept: the sender sends it again.
            "503" => return None,
            other => other,
        };
        Some((code.to_owned(), self.outbox.front()?.control_id.clone()))
    }

    fn answered(&mut self, code: &str, control_id: &str) {
        let Some(one) = self.outbox.pop_front() else {
            return self.faults.push(format!("an answer to {control_id} for which nobody waits"));
        };
        self.answers.answered();
        if one.control_id != control_id {
            self.faults.push(format!("{control_id} is answered where {} is asked for", one.control_id));
        }
        if (code == "AA") != one.is_welcome {
            self.faults.push(format!("{control_id} is answered with {code}: {}", one.body.replace('\r', "\n")));
        }
        if one.is_known {
            return;
        }
        self.patients[one.patient].acknowledged.extend(&one.numbers);
        self.set_aside += usize::from(!one.is_welcome);
        self.sent.push(one);
    }
}
