//! The front page of a record: alerts, allergies and medicines first.

use askama::Template;

use super::parts::{AllergyBlock, Frame, MedicineGroup, Moment, Origin, RecordFrame, ResultRow, SectionState};

/// Up to this many medicine rows are all shown here.
pub(crate) const MEDICINES_ALL_SHOWN_MAX: usize = 12;
/// Of more than that, this many are, and the rest is counted.
pub(crate) const MEDICINES_SHOWN: usize = 8;

/// The front page of a record.
#[derive(Clone, Debug, Template)]
#[template(path = "summary.html")]
pub(crate) struct Summary {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    pub(crate) alerts: Vec<AlertLine>,
    pub(crate) alerts_state: SectionState,
    pub(crate) allergies: AllergyBlock,
    /// At most [`MEDICINES_ALL_SHOWN_MAX`].
    pub(crate) medicines: Vec<MedicineGroup>,
    /// All current ones, shown or not.
    pub(crate) medicines_count: usize,
    pub(crate) medicines_state: SectionState,
    pub(crate) out_of_range: Vec<ResultRow>,
    pub(crate) results_state: SectionState,
    pub(crate) problems: Vec<Line>,
    pub(crate) problems_state: SectionState,
    pub(crate) new_since: Option<NewSince>,
    pub(crate) contacts: Vec<ContactLine>,
    pub(crate) contacts_state: SectionState,
    pub(crate) letters: Vec<LetterLine>,
    pub(crate) letters_state: SectionState,
    pub(crate) people: Vec<Line>,
    pub(crate) people_state: SectionState,
}

impl Summary {
    /// Cuts a list of medicines to what the page has room for.
    pub(crate) fn first_medicines(mut groups: Vec<MedicineGroup>) -> Vec<MedicineGroup> {
        if groups.len() > MEDICINES_ALL_SHOWN_MAX {
            groups.truncate(MEDICINES_SHOWN);
        }
        groups
    }

    fn more_medicines(&self) -> Option<String> {
        match self.medicines_count.saturating_sub(self.medicines.len()) {
            0 => None,
            1 => Some("1 more current medicine".to_owned()),
            more => Some(format!("{more} more current medicines")),
        }
    }
}

/// A line of *Alerts and plans*.
#[derive(Clone, Debug)]
pub(crate) struct AlertLine {
    /// A risk, not a plan or a need.
    pub(crate) warning: bool,
    /// Its short name.
    pub(crate) title: String,
    /// More, in the source's words; may be empty.
    pub(crate) detail: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// A problem or somebody involved, on one line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What leads.
    pub(crate) title: String,
    /// What goes with it; may be empty.
    pub(crate) detail: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// What has come since this staff member last looked.
#[derive(Clone, Debug)]
pub(crate) struct NewSince {
    /// When that was.
    pub(crate) since: Moment,
    /// What has come.
    pub(crate) lines: Vec<NewLine>,
}

/// One thing that has come.
#[derive(Clone, Debug)]
pub(crate) struct NewLine {
    /// `14 results, 3 out of range`.
    pub(crate) words: String,
    /// Where to read it.
    pub(crate) href: Option<String>,
}

/// The next, the last and the missed contact.
#[derive(Clone, Debug)]
pub(crate) struct ContactLine {
    /// `Next`, `Last` or empty.
    pub(crate) label: &'static str,
    /// From.
    pub(crate) from: Moment,
    /// To.
    pub(crate) to: Option<Moment>,
    /// What and where.
    pub(crate) what: String,
    /// Never blank.
    pub(crate) status: String,
    /// Did not attend, cancelled: said in bold.
    pub(crate) warning: bool,
}

/// A recent letter.
#[derive(Clone, Debug)]
pub(crate) struct LetterLine {
    /// Its page.
    pub(crate) href: String,
    /// Its title.
    pub(crate) title: String,
    /// Where it came from.
    pub(crate) origin: Origin,
}

#[cfg(test)]
mod tests {
    use crate::gallery::{made_up, many};

    #[test]
    fn sixty_medicines_are_counted_and_the_rest_is_one_link_away() {
        let html = many::sixty_medicines_summary().to_string();
        assert!(html.contains("Current medicines 60") && html.contains("52 more current medicines"));
    }

    #[test]
    fn what_a_role_does_not_see_has_no_heading_and_one_constant_line() {
        let html = many::social_worker_summary().to_string();
        assert!(!html.contains("id=\"results\""));
        assert!(html.contains("Not shown for your role: problems, test results."));
    }

    #[test]
    fn the_title_of_the_page_names_nobody() {
        let html = made_up::summary().to_string();
        assert!(html.contains("<title>Summary – Connect Care</title>"));
    }

    #[test]
    fn a_missing_source_is_named_at_the_allergies() {
        let html = made_up::summary().to_string();
        let (_, allergies) = html.split_once("id=\"allergies\"").unwrap();
        let (allergies, _) = allergies.split_once("</section>").unwrap();
        assert!(allergies.contains("Kingsbrook Hospital is not available: there may be more"));
    }
}
