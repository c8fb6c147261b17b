use std::path::PathBuf;
use std::sync::Arc;

use formats::fhir::{ServerBase, TraceAnswer, TraceFault, TraceMatch, TracedPerson, read_trace};
use jiff::Timestamp;
use record::{Chance, Clock, NhsNumber};
use tokio::sync::Semaphore;
use ureq::Agent;

use super::asked::Asked;
use super::http::{Answer, Question, agent, ask};

/// Limits of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemographicsLimits {
    /// Within how many milliseconds a question must be answered whole.
    pub answer_ms_max: u64,
    /// The longest answer, in bytes.
    pub answer_bytes_max: u64,
    /// How many questions are under way at the same time; others wait their turn.
    pub questions_max: usize,
}

impl Default for DemographicsLimits {
    fn default() -> Self {
        // A searchset of 50 people with everything the service may tell of them stays
        // well below half a megabyte.
        Self { answer_ms_max: 5_000, answer_bytes_max: 1024 * 1024, questions_max: 8 }
    }
}

/// The longest token that is read, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// A demographics service.
pub struct DemographicsService {
    server: ServerBase,
    token_file: Option<PathBuf>,
    limits: DemographicsLimits,
    agent: Agent,
    turns: Arc<Semaphore>,
    clock: Clock,
    chance: Chance,
}

/// What the service told, and when it was asked: its word alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced<T> {
    /// What it told.
    pub told: T,
    /// When it was asked, by our clock.
    pub asked_at: Timestamp,
}

/// What the service says of an NHS number.
#[derive(Clone, Debug, PartialEq)]
pub enum NumberTrace {
    /// Somebody has it.
    Known(Box<TracedPerson>),
    /// It led to another record once; whoever had it has the number told here now.
    Superseded(Box<TracedPerson>),
    /// Its record was made in error and is no longer given out: it names nobody.
    Invalidated,
    /// Nobody has it.
    NotKnown,
}

/// Whom the service finds by demographics.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchTrace {
    /// Nobody.
    Nobody,
    /// One person alone.
    One(Box<TraceMatch>),
    /// Several, best first as the service orders them: nobody is chosen here.
    Several {
        /// Those that can be read.
        people: Vec<TraceMatch>,
        /// How many more there were.
        left_out: usize,
    },
    /// So many that the service tells none.
    TooMany,
}

/// Why the service has told nothing. Without a word about whom it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// No connection, or it broke.
    #[error("the demographics service cannot be reached")]
    NotReached,
    /// No whole answer in time.
    #[error("the demographics service did not answer in time")]
    TimedOut,
    /// A longer answer than is read.
    #[error("the demographics service answered more than is read")]
    TooLarge,
    /// The token is missing, too old, or not for this.
    #[error("the demographics service does not let us in ({0})")]
    NotLetIn(String),
    /// Too many questions in too short a time.
    #[error("the demographics service asks us to wait")]
    Busy,
    /// It takes the question for a faulty one.
    #[error("the demographics service refuses the question ({0})")]
    Refused(String),
    /// It has a fault of its own.
    #[error("the demographics service has a fault (status {0})")]
    Broken(u16),
    /// An answer that is none.
    #[error("the demographics service's answer cannot be read: {0}")]
    NotUnderstood(String),
    /// Our token cannot be read.
    #[error("the token for the demographics service cannot be read")]
    NoToken,
}

impl DemographicsService {
    /// A service at this address. The token is read from its file for each question,
    /// so that whatever renews it need tell nobody.
    #[must_use]
    pub fn new(
        server: ServerBase,
        token_file: Option<PathBuf>,
        limits: DemographicsLimits,
        clock: Clock,
        chance: Chance,
    ) -> Self {
        let (agent, turns) = (agent(&limits), Arc::new(Semaphore::new(limits.questions_max)));
        Self { server, token_file, limits, agent, turns, clock, chance }
    }

    /// Asks who has an NHS number (`GET /Patient/{id}`).
    ///
    /// # Errors
    /// When the service tells nothing that can be relied on.
    pub async fn by_number(&self, number: NhsNumber) -> Result<Traced<NumberTrace>, TraceError> {
        let address = format!("{}/Patient/{}", self.server.as_str(), number.digits());
        let (answer, asked_at) = self.ask(address, Vec::new()).await?;
        let told = match read(&answer)? {
            TraceAnswer::Person(person) if person.nhs_number == number => NumberTrace::Known(person),
            TraceAnswer::Person(person) => NumberTrace::Superseded(person),
            TraceAnswer::Fault(TraceFault::Invalidated) => NumberTrace::Invalidated,
            TraceAnswer::Fault(TraceFault::NotFound) => NumberTrace::NotKnown,
            TraceAnswer::Fault(fault) => return Err(refusal(answer.status, fault)),
            TraceAnswer::Matches(_) => return Err(unexpected("a list of people")),
        };
        Ok(Traced { told, asked_at })
    }

    /// Looks for somebody by demographics (`GET /Patient?family=…`).
    ///
    /// # Errors
    /// When the service tells nothing that can be relied on.
    pub async fn by_demographics(&self, asked: &Asked) -> Result<Traced<SearchTrace>, TraceError> {
        let address = format!("{}/Patient", self.server.as_str());
        let (answer, asked_at) = self.ask(address, asked.parameters()).await?;
        let told = match read(&answer)? {
            TraceAnswer::Matches(found) => {
                let mut people = found.people.into_iter();
                match (people.next(), found.left_out) {
                    (None, 0) => SearchTrace::Nobody,
                    (Some(one), 0) if people.len() == 0 => SearchTrace::One(Box::new(one)),
                    (first, left_out) => {
                        SearchTrace::Several { people: first.into_iter().chain(people).collect(), left_out }
                    }
                }
            }
            TraceAnswer::Fault(TraceFault::TooMany) => SearchTrace::TooMany,
            TraceAnswer::Fault(fault) => return Err(refusal(answer.status, fault)),
            TraceAnswer::Person(_) => return Err(unexpected("one person")),
        };
        Ok(Traced { told, asked_at })
    }

    /// The HTTP client waits on a thread, so not on one that serves.
    async fn ask(
        &self,
        address: String,
        parameters: Vec<(&'static str, String)>,
    ) -> Result<(Answer, Timestamp), TraceError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| TraceError::NotReached)?;
        let question = Question { address, parameters, token: self.token().await?, request_id: self.request_id() };
        let (agent, bytes_max, asked_at) = (self.agent.clone(), self.limits.answer_bytes_max, self.clock.now());
        let asking = tokio::task::spawn_blocking(move || {
            let answer = ask(&agent, bytes_max, &question);
            drop(turn);
            answer
        });
        Ok((asking.await.map_err(|_| TraceError::NotReached)??, asked_at))
    }

    async fn token(&self) -> Result<Option<String>, TraceError> {
        let Some(path) = &self.token_file else { return Ok(None) };
        let bytes = tokio::fs::read(path).await.map_err(|_| TraceError::NoToken)?;
        let text = String::from_utf8(bytes).ok().map(|text| text.trim().to_owned());
        let is_token = |text: &String| {
            (1..=TOKEN_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        text.filter(is_token).map(Some).ok_or(TraceError::NoToken)
    }

    /// A GUID for one question (RFC 4122 §4.4), by which the service's keepers find it.
    fn request_id(&self) -> String {
        let digits = self.chance.hex32();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
    }
}

/// Reads an answer. Its status has to fit what it says: a proxy's fault that bears the
/// words of "nobody has this number" is a fault, and no news about anybody.
fn read(answer: &Answer) -> Result<TraceAnswer, TraceError> {
    let told = match read_trace(&answer.body) {
        Ok(told) => told,
        Err(problem) if answer.status == 200 => return Err(TraceError::NotUnderstood(problem.to_string())),
        Err(_) => return Err(by_status(answer.status)),
    };
    let status = match told {
        TraceAnswer::Person(_) | TraceAnswer::Matches(_) | TraceAnswer::Fault(TraceFault::TooMany) => 200,
        TraceAnswer::Fault(TraceFault::NotFound | TraceFault::Invalidated) => 404,
        TraceAnswer::Fault(TraceFault::Other(_)) => answer.status,
    };
    if status == answer.status { Ok(told) } else { Err(by_status(answer.status)) }
}

/// `RESOURCE_NOT_FOUND` to a search, `TOO_MANY_MATCHES` to a number: no answer.
fn refusal(status: u16, fault: TraceFault) -> TraceError {
    match (status, fault) {
        (401 | 403, TraceFault::Other(code)) => TraceError::NotLetIn(code),
        (400 | 404 | 405 | 412 | 422, TraceFault::Other(code)) => TraceError::Refused(code),
        (200, fault) => TraceError::NotUnderstood(format!("{fault:?}")),
        (status, _) => by_status(status),
    }
}

fn by_status(status: u16) -> TraceError {
    match status {
        401 | 403 => TraceError::NotLetIn(format!("status {status}")),
        429 => TraceError::Busy,
        400..=499 => TraceError::Refused(format!("status {status}")),
        500..=599 => TraceError::Broken(status),
        status => TraceError::NotUnderstood(format!("status {status}")),
    }
}

fn unexpected(what: &str) -> TraceError {
    TraceError::NotUnderstood(format!("it is {what}"))
}
