//! Rows of a medicine table that belong together: one medicine, or the versions
//! of it that sources disagree about. All are shown; none is chosen.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{MedicineLine, Moment, Origin};

/// One medicine, or the versions that differ.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/medicine_rows.html")]
pub(crate) struct MedicineGroup {
    /// One row, or one for each version.
    pub(crate) rows: Vec<MedicineRow>,
    /// What differs, where something does: `dose`.
    pub(crate) differs: Option<String>,
    /// Whether the table has a column for the start.
    pub(crate) dated: bool,
}

impl HtmlSafe for MedicineGroup {}

/// One source's word about one medicine.
#[derive(Clone, Debug)]
pub(crate) struct MedicineRow {
    /// The medicine itself.
    pub(crate) line: MedicineLine,
    /// Never blank.
    pub(crate) status: String,
    /// When it began.
    pub(crate) start: Option<Moment>,
    /// `Repeat. For atrial fibrillation. Last issued 02-Nov-2026.`
    pub(crate) note: Option<String>,
    /// The newest of versions that differ; it is not thereby preferred.
    pub(crate) newer: bool,
    /// Where it came from.
    pub(crate) origin: Origin,
}
