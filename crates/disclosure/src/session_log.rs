use audit::Act;

use crate::door::{Caller, Closed, Disclosure};

impl Disclosure {
    /// Logs that a staff member signed in.
    ///
    /// # Errors
    /// When the row could not be made durable: the sign-in must not go on.
    pub async fn signed_in(&self, caller: &Caller) -> Result<(), Closed> {
        let id = self.new_request();
        self.log(id, self.event(caller, id, Act::SignedIn, None))
            .await
            .map(drop)
            .map_err(|error| self.closed(id, error))
    }

    /// Logs that a staff member signed out.
    ///
    /// # Errors
    /// When the row could not be made durable.
    pub async fn signed_out(&self, caller: &Caller) -> Result<(), Closed> {
        let id = self.new_request();
        self.log(id, self.event(caller, id, Act::SignedOut, None))
            .await
            .map(drop)
            .map_err(|error| self.closed(id, error))
    }
}
