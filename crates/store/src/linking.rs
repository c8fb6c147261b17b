//! Carrying out what identity analysts decided: each in one transaction that first looks whether it is
//! still to be done, so that a crash loses nothing and does nothing twice.

use std::sync::Arc;

use jiff::Timestamp;

use crate::Place;
use crate::apply::IdentityRules;
use crate::error::StoreError;
use crate::identity_hands::LinkAct;
use crate::inbox::Inbox;
use crate::sqlite;

/// How many decisions are read at a time.
pub const LINK_REQUESTS_MAX: i64 = 100;

/// A decision that is durable and not yet carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRequest {
    /// Its own number.
    pub id: u64,
    /// What is to be done.
    pub act: LinkAct,
    pub(crate) item: i64,
    pub(crate) chart: Option<i64>,
    pub(crate) seen: String,
    pub(crate) is_seconded: bool,
}

impl Inbox {
    /// What was decided about who is who and is not yet carried out, oldest first, from after this number; 0 begins.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn link_requests(&self, after: u64) -> Result<Vec<LinkRequest>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::linking::requests(connection, after)).await
            }
            Place::Postgres(server) => server.link_requests(after).await,
        }
    }

    /// Carries one out, with its place in the order of application. Doing it again changes nothing. Gives what
    /// came of it, in words; nothing where it was done before.
    ///
    /// # Errors
    /// When the store cannot be written: it is still to be done.
    pub async fn carry_out_link(
        &self,
        request: &LinkRequest,
        rules: &Arc<IdentityRules>,
        at: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let at = at.as_second();
        match &self.place {
            Place::Sqlite { record, .. } => {
                let (request, rules) = (request.clone(), Arc::clone(rules));
                let carry_out = move |connection: &_| sqlite::linking::carry_out(connection, &request, &rules, at);
                record.write("carry out who is who", carry_out).await
            }
            Place::Postgres(server) => server.carry_out_link(request, rules, at).await,
        }
    }
}
