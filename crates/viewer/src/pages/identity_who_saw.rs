//! Who saw a record while it held two people, once it was parted: per organisation when, who, and which items stood in
//! what they were shown. Nothing of what the items say.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{FieldError, Frame, Moment, ServerForm};

/// The report, or the question for a reason that comes before it.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_who_saw.html")]
pub(crate) struct IdentityWhoSaw {
    pub(crate) frame: Frame,
    /// The address of the doubt.
    pub(crate) base: String,
    /// Binds the form to this session and this doubt.
    pub(crate) form: ServerForm,
    pub(crate) reason: String,
    pub(crate) reason_chars_max: usize,
    pub(crate) errors: Vec<FieldError>,
    /// Once a reason was given.
    pub(crate) report: Option<Report>,
}

/// Who saw it.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// When which record held two people, oldest first.
    pub(crate) times: Vec<MixedLine>,
    /// How many members of staff, each counted once for each organisation.
    pub(crate) staff: usize,
    /// The organisation with the most looks first.
    pub(crate) organisations: Vec<OrganisationLooks>,
    /// The log holds more looks than are told.
    pub(crate) more: bool,
    /// There are more items than could be read.
    pub(crate) more_items: bool,
    /// What stood there before was swept since: some items may have come later.
    pub(crate) may_have_come_later: bool,
    /// `2 messages of Riverside Surgery`.
    pub(crate) removed: Vec<String>,
}

/// When a record held two people.
#[derive(Clone, Debug)]
pub(crate) struct MixedLine {
    pub(crate) record: u64,
    pub(crate) from: Moment,
    pub(crate) until: Moment,
}

/// An organisation's staff who looked.
#[derive(Clone, Debug)]
pub(crate) struct OrganisationLooks {
    pub(crate) name: String,
    /// How many looks there are in all.
    pub(crate) looks_count: usize,
    /// Oldest first; a part of them.
    pub(crate) looks: Vec<ExposedLook>,
    /// How many items there are in all.
    pub(crate) items_count: usize,
    /// A part of them.
    pub(crate) items: Vec<ExposedItem>,
}

/// One look.
#[derive(Clone, Debug)]
pub(crate) struct ExposedLook {
    pub(crate) when: Moment,
    pub(crate) who: String,
    pub(crate) role: String,
    /// `Summary: medicines, test results`.
    pub(crate) shown: String,
    /// `Record 42: medicines 3, test results 1`, at most; what is another's than the record's first.
    pub(crate) stood: Vec<String>,
}

/// An item that stood in what was shown.
#[derive(Clone, Debug)]
pub(crate) struct ExposedItem {
    /// Its number, and whose it is by now.
    pub(crate) number: u64,
    pub(crate) record: u64,
    pub(crate) section: &'static str,
    /// The date that it was told with.
    pub(crate) when: Option<Moment>,
    pub(crate) source: String,
    pub(crate) first: Moment,
    pub(crate) last: Moment,
}

impl IdentityWhoSaw {
    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }
}

impl Report {
    /// `4 staff of 2 organisations saw it`.
    fn headline(&self) -> String {
        let organisations = match self.organisations.len() {
            1 => "1 organisation".to_owned(),
            count => format!("{count} organisations"),
        };
        match self.staff {
            0 => "Nobody saw the record while it held two people".to_owned(),
            1 => format!("1 member of staff of {organisations} saw the record while it held two people"),
            count => format!("{count} staff of {organisations} saw the record while it held two people"),
        }
    }
}

impl OrganisationLooks {
    fn headline(&self) -> String {
        let looks = if self.looks_count == 1 { "1 look".to_owned() } else { format!("{} looks", self.looks_count) };
        match self.items_count {
            0 => format!("{looks}, no items"),
            1 => format!("{looks}, at most 1 item"),
            count => format!("{looks}, at most {count} items"),
        }
    }

    fn looks_left_out(&self) -> Option<String> {
        left_out(self.looks_count, self.looks.len(), ["look", "looks"])
    }

    fn items_left_out(&self) -> Option<String> {
        left_out(self.items_count, self.items.len(), ["item", "items"])
    }
}

/// `And 308 more items, in the file.`
fn left_out(all: usize, shown: usize, [one, many]: [&str; 2]) -> Option<String> {
    match all.saturating_sub(shown) {
        0 => None,
        1 => Some(format!("And 1 more {one}, in the file.")),
        count => Some(format!("And {count} more {many}, in the file.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::who_saw::{ask, many, more_than_told, nobody, one};

    #[test]
    fn a_reason_is_asked_for_before_anything_is_told() {
        let html = ask().to_string();
        assert!(html.contains("name=\"reason\"") && !html.contains("<table") && !html.contains("Download"));
    }

    #[test]
    fn a_missing_reason_stands_at_its_field() {
        let errors = vec![FieldError { field: "reason", words: "Write down the reason".to_owned() }];
        let html = IdentityWhoSaw { errors, ..ask() }.to_string();
        assert!(html.contains(r##"href="#reason""##) && html.contains("<title>Error: "));
    }

    #[test]
    fn it_says_how_many_looked_and_when_and_lists_them_by_organisation_with_the_items_that_stood_there() {
        let html = many().to_string();
        assert!(html.contains("4 staff of 2 organisations saw the record while it held two people"));
        for said in ["Thameside Hospital", "Dr Amara Mensah", "Record 42: medicines 3", "20-Nov-2026 09:12"] {
            assert!(html.contains(said), "{said}");
        }
        assert!(one().to_string().contains("1 member of staff of 1 organisation saw"));
    }

    #[test]
    fn both_files_are_asked_for_with_the_reason_and_nothing_of_it_stands_in_an_address() {
        let html = many().to_string();
        assert!(html.contains("name=\"of\" value=\"looks\"") && html.contains("name=\"of\" value=\"items\""));
        assert!(html.contains("name=\"reason\" value=\"Both have asked\"") && !html.contains("?reason"));
    }

    #[test]
    fn that_items_are_counted_rather_too_many_than_too_few_is_said() {
        assert!(many().to_string().contains("at most"));
        let html = more_than_told().to_string();
        for said in ["more looks than are told here", "may have come later", "removed since", "in the file"] {
            assert!(html.contains(said), "{said}");
        }
    }

    #[test]
    fn what_the_page_has_no_room_for_is_counted() {
        let words = |all| left_out(all, 100, ["look", "looks"]);
        assert_eq!(words(100), None);
        assert_eq!(words(101).unwrap(), "And 1 more look, in the file.");
        assert_eq!(words(102).unwrap(), "And 2 more looks, in the file.");
    }

    #[test]
    fn nobody_is_said_and_is_no_empty_table() {
        let html = nobody().to_string();
        assert!(html.contains("Nobody saw the record") && !html.contains("<table") && !html.contains("Download"));
    }
}
