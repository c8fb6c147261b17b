//! The pages of a record that need nothing but the record.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};

use super::opening::{open, ready};
use crate::answers::{Answer, RequestId, shown};
use crate::session::Visit;
use crate::state::Rooms;

macro_rules! record_page {
    ($($(#[$doc:meta])* $name:ident = $logged:literal;)+) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(
            State(rooms): State<Arc<Rooms>>,
            Extension(id): Extension<RequestId>,
            Path(handle): Path<String>,
            visit: Visit,
        ) -> Answer {
            let opened = open(&rooms, &visit, &id, &handle, $logged).await?;
            shown(&ready(&rooms, &visit, &handle, &opened).$name())
        }
    )+};
}

record_page! {
    /// The front page.
    summary = "summary";
    /// Medicines and allergies.
    medicines = "medicines";
    /// Appointments and attendances.
    appointments = "appointments";
    /// The list of letters.
    letters = "letters";
    /// Problems, alerts and plans.
    problems = "problems";
    /// People involved, and social care.
    people = "people";
    /// Immunisations, and procedures and operations.
    immunisations = "immunisations";
    /// Every source and its state.
    sources = "sources";
}
