//! Carrying out what identity analysts decided about whose records are one person's. Pages and commands
//! write down what they want; it is durable before anybody is told so, and is done here.

use std::sync::Arc;

use crate::error::IntakeError;
use crate::identity_rules::RULES;
use crate::intake::Intake;

impl Intake {
    /// Carries out everything that was decided and is not yet done, in the order in which it was decided, and gives
    /// how many decisions that were. One that fails does not stop those behind it.
    ///
    /// # Errors
    /// When the store cannot be read, or the last failure of what it could not write.
    pub async fn carry_out_links(&self) -> Result<u64, IntakeError> {
        let rules = Arc::new(RULES);
        let (mut done, mut failed) = (0, None);
        let mut after = 0;
        loop {
            let requests = self.shared.inbox.link_requests(after).await?;
            let Some(last) = requests.last() else {
                return failed.map_or(Ok(done), |error| Err(IntakeError::from(error)));
            };
            after = last.id;
            for request in requests {
                match self.shared.inbox.carry_out_link(&request, &rules, self.shared.clock.now()).await {
                    Ok(Some(_)) => {
                        tracing::info!("a decision about who is who was carried out");
                        done += 1;
                    }
                    Ok(None) => {}
                    Err(error) => failed = Some(error),
                }
            }
        }
    }
}
