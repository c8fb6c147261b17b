use access::RequestId;
use record::{Entry, EntryId, PersonId, Section};

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::open::OpenRecord;

/// One letter, with the record it belongs to.
#[derive(Debug)]
pub struct LetterRead {
    /// The record, for the banner and the sources.
    pub opened: Disclosed<OpenRecord>,
    /// The letter as the list shows it.
    pub entry: Entry,
    /// Its text, where it came as text.
    pub text: Option<String>,
}

impl Disclosure {
    /// Opens one letter of a record.
    ///
    /// # Errors
    /// When the rules refuse, the record shows no such letter to this role, or
    /// nothing can be shown safely.
    pub async fn letter(&self, caller: &Caller, person: PersonId, letter: EntryId) -> Result<LetterRead, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.letter_once(caller, person, letter, id).await {
                Ok(read) => return Ok(read),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn letter_once(
        &self,
        caller: &Caller,
        person: PersonId,
        letter: EntryId,
        id: RequestId,
    ) -> Result<LetterRead, Failed> {
        let (opened, decision) = self.open_once(caller, person, "letter", id).await?;
        let shown = opened.record.section(Section::Letters).with_ledger();
        let row = shown.current.iter().chain(shown.past).find(|row| row.entry.id == letter);
        let Some(entry) = row.map(|row| Entry::clone(&row.entry)) else {
            return Err(Failed::Closed(Closed::NotFound("letter")));
        };
        let text = self.door.clinical.letter_text(&decision, opened.receipt(), letter).await?;
        Ok(LetterRead { opened, entry, text })
    }
}
