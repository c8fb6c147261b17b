//! What the made-up sources send. Each message about a patient carries that patient's next number twice: as a result
//! that only it tells, and as the ward on which the patient is. A number that is missing was lost; one that the ward
//! shows twice was applied twice; two that the ward or the places of the results show the other way round were
//! reordered.

use std::fmt::Write as _;

use record::NhsNumber;

/// The source that pushes FHIR comes after those with an MLLP port.
use super::operations::MLLP_SOURCES;

/// A patient of one source, and what is to be known of them.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    source: usize,
    place: usize,
    /// The last number that was given out.
    last: u32,
    /// The numbers that were acknowledged, in the order in which they were.
    pub(super) acknowledged: Vec<u32>,
}

impl Patient {
    /// No two patients of a source have a number in common.
    pub(super) fn new(source: usize, place: usize) -> Self {
        Self { source, place, last: first(place), acknowledged: Vec::new() }
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// The number that comes next, without giving it out.
    pub(super) fn next_stated(&self) -> u32 {
        self.last + 1
    }

    /// An NHS number of nobody: those kept for tests begin with 999.
    pub(super) fn nhs_number(&self) -> NhsNumber {
        let first = 999_000_000 + u64::try_from(self.source * 10_000 + self.place * 100).unwrap();
        let valid = (first..).find_map(|nine| Some(nine * 10 + NhsNumber::check_digit(nine)?));
        NhsNumber::from_u64(valid.unwrap()).unwrap()
    }

    fn local(&self) -> String {
        format!("L{}x{}", self.source, self.place)
    }

    fn born(&self) -> (usize, usize, usize) {
        (1930 + self.source * 10 + self.place, 1 + self.place, 10 + self.source)
    }

    fn letters(&self) -> String {
        [self.source, self.place].iter().map(|number| char::from(b'a' + u8::try_from(*number).unwrap())).collect()
    }

    fn pid(&self) -> String {
        let (letters, (year, month, day)) = (self.letters(), self.born());
        format!(
            "PID|1||{}^^^ZZ901^MR~{}^^^NHS^NH||Fam{letters}^Giv{letters}||{year}{month:02}{day:02}|F\r",
            self.local(),
            self.nhs_number().digits()
        )
    }

    /// Every other patient's messages all state the same time, so that only their order says what is newer.
    fn stated(&self, number: u32) -> String {
        let seconds = if self.place.is_multiple_of(2) { number - first(self.place) } else { 0 };
        format!("20261101{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// The message that carries this number.
    pub(super) fn moved(&self, control_id: &str, number: u32) -> String {
        let (header, pid, local) = (self.header("ADT^A02", control_id, number), self.pid(), self.local());
        format!(
            "{header}{pid}PV1|1|I|WARD {number}||||||||||||||||V{local}\r\
             OBX|1|NM|N{number}^Counted {number}||{number}|||||F\r"
        )
    }

    /// A message that says of this patient that they are somebody else. It can only wait.
    pub(super) fn somebody_else(&self, control_id: &str) -> String {
        let header = self.header("ADT^A02", control_id, self.last + 1);
        let pid = format!("PID|1||{}^^^ZZ901^MR||Otherwise^Nobody||20111231|M\r", self.local());
        format!("{header}{pid}PV1|1|I|WARD 99999||||||||||||||||V{}\r", self.local())
    }

    /// The other patient was this one all along.
    pub(super) fn merged(&self, control_id: &str, number: u32, other: &Self) -> String {
        let header = self.header("ADT^A40", control_id, number);
        format!("{header}{}MRG|{}^^^ZZ901^MR\r", self.pid(), other.local())
    }

    fn header(&self, kind: &str, control_id: &str, number: u32) -> String {
        format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|{}||{kind}|{control_id}|P|2.4\r", self.stated(number))
    }

    /// A FHIR bundle that carries these numbers.
    pub(super) fn bundle(&self, numbers: &[u32]) -> String {
        let (letters, (year, month, day)) = (self.letters(), self.born());
        let mut text = format!(
            r#"{{"resourceType":"Bundle","type":"batch","entry":[{{"resource":{{"resourceType":"Patient","id":"{local}","identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{nhs}"}}],"name":[{{"family":"Fam{letters}","given":["Giv{letters}"]}}],"gender":"female","birthDate":"{year}-{month:02}-{day:02}"}},"request":{{"method":"PUT","url":"Patient/{local}"}}}}"#,
            local = self.local(),
            nhs = self.nhs_number().digits(),
        );
        for number in numbers {
            let _ = write!(
                text,
                r#",{{"resource":{{"resourceType":"Observation","id":"{local}-{number}","status":"final","code":{{"text":"Counted {number}"}},"subject":{{"reference":"Patient/{local}"}},"valueQuantity":{{"value":{number}}}}},"request":{{"method":"PUT","url":"Observation/{local}-{number}"}}}}"#,
                local = self.local(),
            );
        }
        text.push_str("]}");
        text
    }
}

fn first(place: usize) -> u32 {
    u32::try_from(place).unwrap() * 100_000
}

/// The id under which a source is configured.
pub(super) fn source_id(source: usize) -> String {
    if source < MLLP_SOURCES { format!("hospital-{source}") } else { "practice".to_owned() }
}
