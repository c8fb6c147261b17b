//! What an administrator decides about their organisation's quarantine, written
//! durably for the intake to carry out.

use access::QuarantineDecision;
use audit::Act;
use record::MessageId;

use crate::bodies::Bodies;
use crate::by_hand::HandAct;
use crate::desk::Desk;
use crate::error::StoreError;
use crate::known_by::known_by;
use crate::receipt::Receipt;
use crate::{Place, postgres, sqlite};

/// The longest corrected message, in bytes.
pub const CORRECTION_BYTES_MAX: usize = 1024 * 1024;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// I take it.
    Take,
    /// Read and apply it again as it is.
    Replay,
    /// Apply these bytes instead.
    Correct(Vec<u8>),
    /// Never apply it.
    Dismiss,
}

impl Ask {
    /// What it comes to.
    #[must_use]
    pub fn act(&self) -> HandAct {
        match self {
            Self::Take => HandAct::Take,
            Self::Replay => HandAct::Replay,
            Self::Correct(_) => HandAct::Correct,
            Self::Dismiss => HandAct::Dismiss,
        }
    }
}

/// What became of the asking. Where it is noted, it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandAsked {
    /// It will be carried out, also after a crash; its number.
    Noted(u64),
    /// It no longer waits: somebody has settled it.
    NotWaiting,
    /// Something else was decided about the same message and is being carried out.
    UnderWay,
}

/// A row of `quarantine_act` ready to be written.
#[derive(Clone)]
pub(crate) struct HandRow {
    pub(crate) item: i64,
    pub(crate) message: i64,
    pub(crate) act: i64,
    pub(crate) staff: String,
    pub(crate) staff_name: String,
    pub(crate) organisation: String,
    /// The one whose quarantine it is.
    pub(crate) of_organisation: String,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) digest: Option<Vec<u8>>,
    pub(crate) size: Option<i64>,
    pub(crate) body: Option<Vec<u8>>,
    /// Taking is done with its writing.
    pub(crate) done_at: Option<i64>,
}

impl Desk {
    /// Writes down what was decided about one row of quarantine and lets the
    /// intake know. When it is noted, it is durable.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`]; [`StoreError::TooLong`] for a correction
    /// over [`CORRECTION_BYTES_MAX`]; or when it could not be made durable.
    pub async fn ask_of_quarantine(
        &self,
        decision: &QuarantineDecision,
        receipt: &Receipt,
        (item, message): (u64, MessageId),
        ask: Ask,
    ) -> Result<HandAsked, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::QuarantineDecided)?;
        let act = ask.act();
        let (staff, at) = (decision.staff(), decision.at().as_second());
        let mut row = HandRow {
            item: item.cast_signed(),
            message: message.0.cast_signed(),
            act: act.number(),
            staff: staff.id.to_string(),
            staff_name: staff.name.clone(),
            organisation: staff.organisation.to_string(),
            of_organisation: decision.organisation().to_string(),
            reason: decision.reason().unwrap_or_default().to_owned(),
            at,
            digest: None,
            size: None,
            body: None,
            done_at: (act == HandAct::Take).then_some(at),
        };
        if let Ask::Correct(bytes) = ask {
            if bytes.len() > CORRECTION_BYTES_MAX {
                return Err(StoreError::TooLong("the corrected message"));
            }
            row.digest = Some(known_by(&bytes).to_vec());
            row.size = i64::try_from(bytes.len()).ok();
            row.body = Some(Bodies::default().pack(&bytes)?);
        }
        let asked = match &self.place {
            Place::Sqlite { record, .. } => {
                record
                    .write("decide about quarantine", move |connection| sqlite::by_hand::ask(connection, &row))
                    .await?
            }
            Place::Postgres(server) => postgres::by_hand::ask(server, &row).await?,
        };
        if let (HandAsked::Noted(_), false) = (asked, act == HandAct::Take) {
            self.asked.notify_one();
        }
        Ok(asked)
    }
}
