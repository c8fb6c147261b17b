//! The nouns of a shared care record and their rules: who a person is, what an
//! entry says, where it came from, how complete a section is.
//!
//! Invariants:
//! - This crate does no input or output, knows no wire format and never reads a
//!   clock: [`Clock`] and [`Chance`] are handles that the program passes in.
//! - A value that could be wrong is parsed once, here, and is right afterwards:
//!   an [`NhsNumber`] has passed its check digit, a [`When`] is a date that
//!   exists, at the precision in which it was told.
//! - Nothing here decides who may see what, or which of two sources is right.

mod answer;
mod clock;
mod content;
mod demographics;
mod digits;
mod entry;
mod filled;
mod hour_of_week;
mod ids;
mod line;
mod look_up_key;
mod nhs_number;
mod none_known;
mod organisation;
mod removed_items;
mod section;
mod show_date;
mod silence;
mod stable_hash;
mod staff;
mod states;
mod when;

pub use answer::{Answer, Ledger, SourceAnswer};
pub use clock::{Chance, Clock};
pub use content::{
    Alert, Allergy, Appointment, Attendance, Content, Immunisation, Letter, Medicine, PersonInvolved, Problem,
    Procedure, Report, SocialCare, TestResult,
};
pub use demographics::{Address, Demographics, Gender, LocalNumber, PersonName, TakenBack};
pub use entry::{Code, Entry, NewEntry, Provenance, Sensitivity, Standing};
pub use hour_of_week::{HOURS_OF_WEEK, hour_of_week};
pub use ids::{ChartId, EntryId, MessageId, NotAnIdentifier, OdsCode, PersonId, SourceId, StaffId};
pub use line::LineProblem;
pub use look_up_key::{GLANCE_BITS, Glance, KeyTells, LookUpKey, day_digits};
pub use nhs_number::{NhsNumber, NotAnNhsNumber};
pub use none_known::NoneKnownOf;
pub use organisation::{Organisation, OrganisationKind, Source, SourceFormat};
pub use removed_items::RemovedItems;
pub use section::Section;
pub use show_date::{Audience, show_age, show_clock, show_day, show_instant, show_time};
pub use silence::Silence;
pub use stable_hash::{HASH_START, stable_hash};
pub use staff::{Role, Staff};
pub use states::{
    AlertKind, AllergyKind, AllergyStatement, AppointmentStatus, AttendanceStatus, LetterStatus, MedicineStatus,
    ProblemStatus, ResultStatus,
};
pub use when::{NotADate, When, london};
