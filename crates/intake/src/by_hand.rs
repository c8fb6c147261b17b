//! Carrying out what somebody decided about what waits in quarantine. Pages and
//! commands write down what they want; it is durable before anybody is told so, and
//! is done here: at once, and what a crash left over at the next start.

use std::time::Duration;

use formats::Problem;
use record::MessageId;
use store::{Applied, ByHand, Corrected, HandAct, HandRequest, StoreError};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::delivered::UNREADABLE;
use crate::error::IntakeError;
use crate::intake::Intake;
use crate::measure;
use crate::reading::{Payload, ReadMessage, read_in_turn};

/// How often it is looked for what another program has written down.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Carries out what was decided, until told to stop.
pub async fn carry_out_decisions(intake: Intake, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = intake.shared.inbox.hand_asked() => {}
            _ = look.tick() => {}
        }
        if let Err(error) = intake.carry_out().await {
            tracing::error!(reason = error.kind(), "what was decided about quarantine could not be carried out");
        }
        if let Err(error) = intake.carry_out_links().await {
            tracing::error!(reason = error.kind(), "what was decided about who is who could not be carried out");
        }
    }
}

impl Intake {
    /// Carries out everything that was decided and is not yet done, and gives how
    /// many decisions that were. One that fails does not stop those behind it.
    ///
    /// # Errors
    /// When the store cannot be read, or the last failure of what it could not write.
    pub async fn carry_out(&self) -> Result<u64, IntakeError> {
        let (mut done, mut failed) = (0, None);
        let mut after = 0;
        loop {
            let requests = self.shared.inbox.hand_requests(after).await?;
            let Some(last) = requests.last() else { return failed.map_or(Ok(done), Err) };
            after = last.id;
            for request in requests {
                let span = measure::span(&request.source);
                span.record("message_id", request.message.0);
                match self.carry_out_one(&request).instrument(span).await {
                    Ok(()) => done += 1,
                    Err(error) => failed = Some(error),
                }
            }
        }
    }

    async fn carry_out_one(&self, request: &HandRequest) -> Result<(), IntakeError> {
        let now = self.shared.clock.now();
        match request.act {
            HandAct::Take => Ok(()),
            HandAct::Dismiss => Ok(self.shared.inbox.dismiss(request, now).await?),
            HandAct::Replay => match self.taken_apart(request).await? {
                Ok(message) => self.apply_again(request, request.message, request.replay(), message).await,
                Err(problem) => self.still_wrong(request, &problem).await,
            },
            HandAct::Correct => self.correct(request).await,
        }
    }

    async fn correct(&self, request: &HandRequest) -> Result<(), IntakeError> {
        let now = self.shared.clock.now();
        let read = self.taken_apart(request).await?;
        let fault = read.as_ref().err().map(|problem| (UNREADABLE, problem.place.as_str(), problem.what.as_str()));
        match (self.shared.inbox.correct(request, fault, now).await?, read) {
            (Corrected::Message(correction), Ok(message)) => {
                self.apply_again(request, correction, request.correction(), message).await
            }
            _ => Ok(()),
        }
    }

    /// Reads the bytes that were decided about as at their arrival, so that reading
    /// them later changes nothing of what they say.
    async fn taken_apart(&self, request: &HandRequest) -> Result<Result<ReadMessage, Problem>, IntakeError> {
        let source = self.source(&request.source)?;
        let payload = Payload::of(source.format, &request.bytes);
        let own_server = self.shared.own_servers.get(&request.source);
        let aside = self.shared.inbox.aside();
        let bytes = request.bytes.clone();
        let (_, read) = read_in_turn(aside, own_server, payload, request.received_at, bytes).await?;
        Ok(read)
    }

    /// Takes its turn in the lanes of its patients like any message, and waits until it is applied.
    async fn apply_again(
        &self,
        request: &HandRequest,
        message: MessageId,
        by_hand: ByHand,
        read: ReadMessage,
    ) -> Result<(), IntakeError> {
        let room = self.shared.rooms.room(&request.source, request.bytes.len()).await?;
        let turn = self.turn(&request.source, &read).await;
        let application = self.application(message, &request.source, read);
        let applied = turn.apply_by_hand(application, by_hand, room).await?;
        match applied.await.map_err(|_| IntakeError::Closing)? {
            Ok(applied) => {
                told(&applied);
                Ok(())
            }
            Err(error) if error.may_pass() => Err(error.into()),
            Err(error) => self.cannot_be(request, &error).await,
        }
    }

    async fn still_wrong(&self, request: &HandRequest, problem: &Problem) -> Result<(), IntakeError> {
        let outcome = format!("It still cannot be read: {}: {}", problem.place, problem.what);
        let fault = Some((problem.place.as_str(), problem.what.as_str()));
        Ok(self.shared.inbox.hand_failed(request, fault, &outcome, self.shared.clock.now()).await?)
    }

    async fn cannot_be(&self, request: &HandRequest, error: &StoreError) -> Result<(), IntakeError> {
        let outcome = format!("It cannot be added: {error}");
        Ok(self.shared.inbox.hand_failed(request, None, &outcome, self.shared.clock.now()).await?)
    }
}

fn told(applied: &Applied) {
    let quarantined: u64 = applied.by_kind.values().map(|counts| counts.quarantined).sum();
    tracing::info!(quarantined, "a message was applied by hand");
}
