use audit::Act;
use record::PersonId;

use crate::door::{Caller, Closed, Disclosure};

impl Disclosure {
    /// Records that a person has chosen not to share, or to share again. The log
    /// row is durable first; the choice holds from the next request on. Nothing is
    /// shown, and the table of roles has no line for it yet: the command or page
    /// that offers it says who may.
    ///
    /// # Errors
    /// When either could not be made durable: the choice may then not hold.
    pub async fn record_opt_out(&self, caller: &Caller, person: PersonId, opted_out: bool) -> Result<(), Closed> {
        let id = self.new_request();
        let mut event = self.event(caller, id, Act::OptOutChanged, Some(person));
        event.reason = Some(if opted_out { "chose not to share" } else { "chose to share again" }.to_owned());
        self.log(id, event).await.map_err(|error| self.closed(id, error))?;
        let set = self.door.desk.set_opt_out(person, opted_out).await;
        set.map_err(|error| self.closed(id, error))
    }
}
