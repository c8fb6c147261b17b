//! May this staff member see this section, now, and why?
//!
//! A request goes in with what is known about the actor and the person; a
//! [`Decision`] or a [`Refusal`] comes out. The result is *what may be seen*,
//! section by section, not yes or no.
//!
//! Invariants:
//! - Pure and total: no clock, no store, no log. The caller reads the facts,
//!   passes the time, and writes down the answer.
//! - Deny wins. An opt-out, a restriction or a dissent closes the record
//!   whatever else holds; nothing in the policy file can open it.
//! - Each kind of decision has private fields and one maker. It cannot be built,
//!   copied or defaulted anywhere else, so holding one proves that the question
//!   was asked. It names its request and the version of the facts that it used.
//! - An emergency replaces permission and nothing else: it never widens a role.

mod administering;
mod exposing;
mod facts;
mod finding;
mod opening;
mod overseeing;
mod policy;
mod policy_words;
mod refusal;
mod request;
mod settling;

pub use administering::{
    QuarantineDecision, QuarantineTextDecision, decide_quarantine, decide_quarantine_act, decide_quarantine_text,
};
pub use exposing::{ExposureDecision, decide_exposure};
pub use facts::{
    Emergency, EmergencyReason, EmergencyText, FactsVersion, NotAnEmergencyText, Permission, PermissionGiven,
    PersonFacts,
};
pub use finding::{IdentityDecision, SearchBy, SearchDecision, decide_identity, decide_search};
pub use opening::{Basis, Decision, decide};
pub use overseeing::{
    ExportDecision, MessageDecision, REASON_CHARACTERS_MAX, ReviewDecision, decide_export, decide_message,
    decide_review,
};
pub use policy::{Administer, Policy, PolicyProblem, Review, Seen};
pub use refusal::{Refusal, What};
pub use request::{Actor, NotARequestId, Purpose, Request, RequestId};
pub use settling::{PairDecision, WorkListDecision, decide_pair, decide_pair_act, decide_work_list};
