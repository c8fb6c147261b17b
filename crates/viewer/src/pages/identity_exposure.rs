//! Who viewed a record while it held two people, per organisation: when, who and which
//! sections, and nothing clinical.

use askama::Template;

use super::parts::{Frame, Moment};

/// The exposure report.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_exposure.html")]
pub(crate) struct IdentityExposure {
    pub(crate) frame: Frame,
    /// The address of the doubt.
    pub(crate) base: String,
    /// When the record was joined.
    pub(crate) from: Moment,
    /// When it was parted.
    pub(crate) until: Moment,
    /// How many members of staff.
    pub(crate) staff: usize,
    /// The organisation with the most looks first.
    pub(crate) organisations: Vec<OrganisationLooks>,
    /// Looks that are in the file and not on this page.
    pub(crate) more: usize,
}

/// An organisation's staff who looked.
#[derive(Clone, Debug)]
pub(crate) struct OrganisationLooks {
    pub(crate) name: String,
    /// Oldest first.
    pub(crate) looks: Vec<ExposedLook>,
}

/// One look.
#[derive(Clone, Debug)]
pub(crate) struct ExposedLook {
    pub(crate) when: Moment,
    pub(crate) who: String,
    pub(crate) role: String,
    /// `Medicines, results`.
    pub(crate) seen: String,
}

impl IdentityExposure {
    fn headline(&self) -> String {
        let (from, until) = (self.from.text(), self.until.text());
        match self.staff {
            0 => format!("Nobody viewed the joined record {from} to {until}"),
            1 => format!("1 member of staff viewed the joined record {from} to {until}"),
            count => format!("{count} staff viewed the joined record {from} to {until}"),
        }
    }
}

impl OrganisationLooks {
    fn headline(&self) -> String {
        match self.looks.len() {
            1 => "1 look".to_owned(),
            count => format!("{count} looks"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::identity::{exposure, exposure_of_nobody};

    #[test]
    fn it_says_how_many_looked_between_when_and_when_and_lists_them_by_organisation() {
        let html = exposure().to_string();
        assert!(html.contains("4 staff viewed the joined record 20-Nov-2026 09:12 to 22-Nov-2026 13:35"));
        for said in ["Thameside Hospital", "Dr Amara Mensah", "exposure.csv", "Medicines, results"] {
            assert!(html.contains(said), "{said}");
        }
    }

    #[test]
    fn nobody_is_said_and_is_no_empty_table() {
        let html = exposure_of_nobody().to_string();
        assert!(html.contains("Nobody viewed the joined record") && !html.contains("<table"));
    }
}
