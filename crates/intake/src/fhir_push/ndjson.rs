//! Bulk data: a body of lines, each a message of its own (FHIR Bulk Data, NDJSON).

use axum::http::StatusCode;
use axum::response::Response;
use formats::Problem;
use formats::fhir::Request;
use formats::mllp::OVERSIZE_HEAD_BYTES;
use record::SourceId;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::answer::{self, fhir, outcome};
use super::body::Pieces;
use super::{FhirPush, not_kept};
use crate::delivered::Delivered;
use crate::error::IntakeError;
use crate::lines::{Line, Lines};
use crate::reading::Payload;

/// How many lines one request may have: each has its entry in the answer.
pub const NDJSON_LINES_MAX: u64 = 100_000;
/// How many lines become durable side by side, so that they share commits.
const UNDER_WAY_MAX: usize = 128;

/// Takes in each line and answers with an entry for each, in order. A line that
/// cannot be read waits in quarantine by itself. Sent again, what was kept before
/// is found to be so.
pub(super) async fn receive(push: &FhirPush, source: &SourceId, request: &Request, mut pieces: Pieces) -> Response {
    let mut run = Run { push, source, request, answers: Vec::new(), under_way: JoinSet::new() };
    let mut lines = Lines::new(push.body_bytes_max, OVERSIZE_HEAD_BYTES);
    loop {
        let (piece, is_last) = match pieces.next().await {
            Ok(Some(piece)) => (lines.take(&piece), false),
            Ok(None) => (lines.end().into_iter().collect(), true),
            Err(refusal) => return *refusal,
        };
        for line in piece {
            match run.line(line).await {
                Ok(true) => {}
                Ok(false) => {
                    let what =
                        format!("more than {NDJSON_LINES_MAX} lines; those before are kept: send the rest by itself");
                    return outcome(StatusCode::PAYLOAD_TOO_LARGE, "too-long", &what, None);
                }
                Err(error) => return not_kept(source, &error),
            }
        }
        if is_last {
            return run.answer().await.unwrap_or_else(|error| not_kept(source, &error));
        }
    }
}

struct Run<'a> {
    push: &'a FhirPush,
    source: &'a SourceId,
    request: &'a Request,
    answers: Vec<(u64, Value)>,
    under_way: JoinSet<Result<(u64, Delivered), IntakeError>>,
}

impl Run<'_> {
    /// Takes one line in; whether there may be another.
    async fn line(&mut self, line: Line) -> Result<bool, IntakeError> {
        let intake = &self.push.intake;
        match line {
            Line::Whole(number, _) | Line::TooLong(number, _) if number > NDJSON_LINES_MAX => {
                while self.next().await? {}
                return Ok(false);
            }
            Line::Whole(number, bytes) => {
                let kept = self.request.kept(&bytes);
                // Each has its place in the order here, so that they may become durable side by side.
                let begun = intake.begin(self.source, Payload::FhirJson, false, kept).await?.at_line(number);
                self.under_way.spawn(async move { Ok((number, begun.finish().await?)) });
            }
            Line::TooLong(number, head) => {
                let what = format!("longer than {} bytes; its beginning was kept", self.push.body_bytes_max);
                let problem = Problem::new(format!("line {number} of the file"), what);
                let delivered = intake.deliver_broken(self.source, head, problem).await?;
                self.answers.push((number, answer::line(number, &delivered)));
            }
        }
        if self.under_way.len() >= UNDER_WAY_MAX {
            self.next().await?;
        }
        Ok(true)
    }

    async fn next(&mut self) -> Result<bool, IntakeError> {
        let Some(done) = self.under_way.join_next().await else { return Ok(false) };
        let (number, delivered) = done.map_err(|_| IntakeError::Closing)??;
        self.answers.push((number, answer::line(number, &delivered)));
        Ok(true)
    }

    async fn answer(mut self) -> Result<Response, IntakeError> {
        while self.next().await? {}
        self.answers.sort_by_key(|(number, _)| *number);
        let entries: Vec<Value> = self.answers.into_iter().map(|(_, entry)| entry).collect();
        Ok(fhir(StatusCode::OK, &json!({"resourceType": "Bundle", "type": "batch-response", "entry": entries})))
    }
}
