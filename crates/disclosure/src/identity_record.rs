use access::RequestId;
use record::{NhsNumber, PersonId};
use store::{Named, StoredPair};

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::identity_work::Why;

const PAGE: &str = "charts of a record";
/// What is told where nobody is found.
const NOBODY: &str = "record of this number";
/// More records of one number than this are not shown at once.
pub const RECORDS_MAX: usize = 5;

/// Whose charts are asked for.
#[derive(Clone, Copy, Debug)]
pub enum RecordOf {
    /// Whoever tells this NHS number: usually one person.
    Number(NhsNumber),
    /// The person of this id.
    Person(PersonId),
}

/// The charts of one person, for a written reason, whether or not anybody doubts that they are one person's.
#[derive(Debug)]
pub struct OneRecord {
    /// By what a decision about it names it.
    pub number: u64,
    /// The record, as that of a doubt.
    pub pair: StoredPair,
}

/// The records that were asked for.
#[derive(Debug)]
pub struct RecordsFound {
    /// At most [`RECORDS_MAX`].
    pub records: Vec<Disclosed<OneRecord>>,
    /// More people than are shown carry the number.
    pub more: bool,
}

impl Disclosure {
    /// The charts of a person with what each tells and why it is this person's, so that one that is somebody else's
    /// can be taken out though no rule ever doubted it. Restricted people without whereabouts. Logged for each
    /// person with the reason before it is read. At most [`RECORDS_MAX`] records.
    ///
    /// # Errors
    /// When the role may not; where the reason is missing or too long; where one of them has opted out or dissented;
    /// [`Closed::NotFound`] where nobody is found; or when nothing can be shown safely.
    pub async fn identity_record(&self, caller: &Caller, of: RecordOf, reason: &str) -> Result<RecordsFound, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.charts_of(caller, of, reason, id).await {
                Ok(records) => return Ok(records),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn charts_of(
        &self,
        caller: &Caller,
        of: RecordOf,
        reason: &str,
        id: RequestId,
    ) -> Result<RecordsFound, Failed> {
        // Whoever may not learns nothing of who is known.
        self.may_decide_links(caller, id, PAGE).await?;
        let people = match of {
            RecordOf::Number(number) => self.door.people.with_number(number).await?,
            RecordOf::Person(person) => vec![person],
        };
        let more = people.len() > RECORDS_MAX;
        let mut records = Vec::new();
        for person in people.into_iter().take(RECORDS_MAX) {
            let Some(chart) = self.door.people.first_chart(person).await? else { continue };
            let number = Named::Record(chart).number();
            let why = Why::SeenFor(reason);
            let (pair, _, receipt) = self.logged_pair(caller, number, why, PAGE.to_owned(), self.new_request()).await?;
            records.push(Disclosed::new(OneRecord { number, pair }, receipt));
        }
        if records.is_empty() {
            return Err(self.not_found(caller, id, PAGE, NOBODY).await);
        }
        Ok(RecordsFound { records, more })
    }
}
