//! What a decision about who is who will do, before it is confirmed: which charts move and
//! what they hold by section, date and source, and nothing of what it says.

use askama::Template;

use super::parts::{Frame, Moment, ServerForm};

/// What will happen.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_preview.html")]
pub(crate) struct IdentityPreview {
    pub(crate) frame: Frame,
    /// The address of the doubt.
    pub(crate) base: String,
    /// Where to go without deciding.
    pub(crate) back: String,
    /// Binds the confirmation to this session, this doubt and this decision.
    pub(crate) form: ServerForm,
    pub(crate) decision: Decision,
    /// As the form sends it: `same`, `apart`, `ask`, `out` or `back`.
    pub(crate) answer: &'static str,
    /// The chart that is to be taken out, or the decision that is taken back, as the form sends it; empty for other decisions.
    pub(crate) chart: String,
    /// What was seen of the doubt: the decision is carried out only where it still holds.
    pub(crate) seen: String,
    pub(crate) reason: String,
    /// Whose charts move, with every item that they hold: `Thameside Hospital, since 20-Nov-2026: OKAFOR, Faith`.
    pub(crate) charts: Vec<String>,
    /// Other charts that leave with one that is taken out.
    pub(crate) along: Vec<String>,
    /// Charts that came while the record held two people, and may leave too.
    pub(crate) came_since: Vec<String>,
    /// The items that move; `None` where nothing does.
    pub(crate) moving: Option<MovingItems>,
    /// Why somebody else has to say the same.
    pub(crate) second_reviewer: Option<&'static str>,
}

/// The items that move.
#[derive(Clone, Debug, Default)]
pub(crate) struct MovingItems {
    /// How many of each section: `Medicines`, 4.
    pub(crate) by_section: Vec<(&'static str, u64)>,
    /// How many are sensitive: those are counted and not listed.
    pub(crate) sensitive: u64,
    /// A part of the others.
    pub(crate) lines: Vec<MovingLine>,
    /// There are more than are listed.
    pub(crate) more: bool,
}

impl MovingItems {
    /// `37 items will move`.
    fn headline(&self) -> String {
        match self.by_section.iter().map(|(_, count)| count).sum::<u64>() + self.sensitive {
            0 => "No item will move: nothing is recorded yet".to_owned(),
            1 => "1 item will move".to_owned(),
            count => format!("{count} items will move"),
        }
    }
}

/// An item that moves.
#[derive(Clone, Debug)]
pub(crate) struct MovingLine {
    pub(crate) section: &'static str,
    /// The date that it was told with.
    pub(crate) when: Option<Moment>,
    pub(crate) source: String,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Link,
    KeepApart,
    AskTheSource,
    TakeOut,
    /// One record holds one person after all.
    KeepTogether,
    /// A decision is taken back.
    TakeBack,
}

impl IdentityPreview {
    fn heading(&self) -> &'static str {
        match self.decision {
            Decision::Link => "Link the two records?",
            Decision::KeepApart => "Keep the two records apart?",
            Decision::AskTheSource => "Ask the source?",
            Decision::TakeOut => "Take this chart out of the record?",
            Decision::KeepTogether => "Leave the record as it is?",
            Decision::TakeBack => "Take this decision back?",
        }
    }

    fn what_happens(&self) -> &'static str {
        match self.decision {
            Decision::Link => {
                "Staff who open either of them see both as one person's. It can be undone at any time, exactly."
            }
            Decision::KeepTogether => {
                "Nothing moves: this record holds one person. Nobody is asked again until it is told otherwise."
            }
            Decision::KeepApart => {
                "Nothing moves. Nobody is asked about the two again until one of them is told otherwise."
            }
            Decision::AskTheSource => {
                "Nothing moves. The doubt stays on the list and says that you are asking. Call the source: nothing is sent to it."
            }
            Decision::TakeBack => {
                "What is left is what would be, had it never been decided: charts go where what is told of them puts them, also those that came or were merged since, and what waits only because of it is done. The two may be asked about again."
            }
            Decision::TakeOut => {
                "The chart goes back to the person whose it was, or to a new record. It is not joined to this one again unless it is told otherwise."
            }
        }
    }

    fn takes_out(&self) -> bool {
        self.decision == Decision::TakeOut
    }

    fn button(&self) -> &'static str {
        match (self.decision, self.second_reviewer.is_some()) {
            (Decision::Link, true) => "Confirm, and wait for a second reviewer",
            (Decision::Link, false) => "Confirm: link",
            (Decision::KeepApart, _) => "Confirm: keep apart",
            (Decision::AskTheSource, _) => "Confirm: I ask the source",
            (Decision::KeepTogether, _) => "Confirm: one person",
            (Decision::TakeOut, _) => "Confirm: take it out",
            (Decision::TakeBack, _) => "Confirm: take it back",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::gallery::identity::{preview_apart, preview_link, preview_out};

    #[test]
    fn which_charts_move_is_said_before_it_is_confirmed() {
        let html = preview_out().to_string();
        assert!(
            html.contains("Thameside Hospital, since 20-Nov-2026: OKAFOR, Faith")
                && html.contains("Everything that it holds")
        );
    }

    #[test]
    fn other_charts_that_leave_with_it_are_named_with_whom_each_tells_of() {
        let html = preview_out().to_string();
        assert!(html.contains("Leaves with it") && html.contains("since 21-Nov-2026: OKAFOR, Faith"));
        assert!(!preview_apart().to_string().contains("Leaves with it"));
    }

    #[test]
    fn charts_that_came_while_two_were_one_are_named_and_it_is_said_that_each_may_leave_too() {
        let html = preview_out().to_string();
        assert!(html.contains("Came meanwhile") && html.contains("Southmere Council, since 22-Nov-2026: OKAFOR, F"));
        assert!(html.contains("not counted below"));
        assert!(!preview_apart().to_string().contains("Came meanwhile"));
    }

    #[test]
    fn what_moves_is_counted_by_section_and_listed_with_date_and_source_alone() {
        let html = preview_out().to_string();
        assert!(html.contains("37 items will move") && html.contains("Medicines <b>4</b>"));
        assert!(html.contains("Sensitive <b>2</b>") && html.contains("Date not recorded"));
        assert!(html.contains("More are counted above than are listed"));
    }

    #[test]
    fn a_second_reviewer_is_announced_before_anything_is_confirmed() {
        let html = preview_link().to_string();
        assert!(html.contains("A second reviewer has to say the same") && html.contains("wait for a second reviewer"));
    }

    #[test]
    fn what_moves_nothing_says_so_and_lists_nothing() {
        let html = preview_apart().to_string();
        assert!(html.contains("Nothing moves") && !html.contains("What moves") && !html.contains("<table"));
    }

    #[test]
    fn the_confirmation_carries_the_decision_and_its_reason() {
        let html = preview_out().to_string();
        for carried in ["name=\"answer\" value=\"out\"", "name=\"chart\" value=\"2\"", "name=\"reason\" value=\""] {
            assert!(html.contains(carried), "{carried}");
        }
    }
}
