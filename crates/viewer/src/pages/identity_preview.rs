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
    /// Each chart that moves, with every item that it holds.
    pub(crate) charts: Vec<ChartWay>,
    /// How many more of records that are not shown.
    pub(crate) not_shown: usize,
    /// What would be without the decision that is undone cannot be told: the careful way is taken.
    pub(crate) is_careful: bool,
    /// The items that move; `None` where nothing does.
    pub(crate) moving: Option<MovingItems>,
    /// Why somebody else has to say the same.
    pub(crate) second_reviewer: Option<&'static str>,
}

/// A chart that moves.
#[derive(Clone, Debug)]
pub(crate) struct ChartWay {
    /// `Thameside Hospital, since 20-Nov-2026: OKAFOR, Faith`.
    pub(crate) chart: String,
    /// `from this record to a record of its own`.
    pub(crate) way: String,
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
                "What is left is what would be, had it never been decided: charts go where what is told of them puts them, also those that came or were merged since, and what waits only because of it is done. What moves is listed here, and nothing else does. The two may be asked about again."
            }
            Decision::TakeOut => {
                "What moves is listed here, and nothing else does. What leaves is not joined to this record again unless it is told otherwise."
            }
        }
    }

    /// It would move something, and nothing is left to move.
    fn moves_nothing(&self) -> bool {
        self.moving.is_some() && self.charts.is_empty() && self.not_shown == 0
    }

    /// Why nothing is left to move.
    fn why_nothing(&self) -> &'static str {
        match self.decision {
            Decision::TakeBack => {
                "what is told of them puts every chart where it is; or a later decision rests on this one, and then nothing is done and you are told so."
            }
            _ => "what is told makes them one record without the decision too, or this is all that the record holds.",
        }
    }

    /// What is done where that cannot be worked out.
    fn the_careful_way(&self) -> &'static str {
        match self.decision {
            Decision::Link => "So all that the one record holds now goes to the other.",
            _ => "So what that decision had brought goes back, and what came since is placed by what it tells now.",
        }
    }

    fn others(&self) -> String {
        match self.not_shown {
            1 => "1 chart of another record that is not shown here moves too.".to_owned(),
            count => format!("{count} charts of other records that are not shown here move too."),
        }
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
    use super::IdentityPreview;
    use crate::gallery::identity::{preview_apart, preview_careful, preview_link, preview_out};

    #[test]
    fn each_chart_that_moves_is_named_with_where_it_leaves_and_where_it_goes() {
        let html = preview_out().to_string();
        for (chart, way) in [
            ("Thameside Hospital, since 20-Nov-2026: OKAFOR, Faith", "from this record to a record of its own"),
            ("Southmere Council, since 22-Nov-2026: OKAFOR, F", "from this record to another record"),
            ("Riverside Surgery: name not shown here", "from another record to this record"),
        ] {
            let (_, after) = html.split_once(chart).unwrap_or_else(|| panic!("{chart}"));
            assert!(after.split("</div>").next().is_some_and(|line| line.contains(way)), "{chart}: {way}");
        }
        assert!(html.contains("Everything that they hold goes with them"));
        assert!(!html.contains("not shown here move"));
    }

    #[test]
    fn charts_of_records_that_may_not_be_shown_are_counted_and_no_more() {
        let one = IdentityPreview { not_shown: 1, ..preview_out() }.to_string();
        assert!(one.contains("1 chart of another record that is not shown here moves too."));
        let some = IdentityPreview { not_shown: 2, ..preview_out() }.to_string();
        assert!(some.contains("2 charts of other records that are not shown here move too."));
    }

    #[test]
    fn where_the_past_cannot_be_worked_out_it_is_said_what_is_done_instead() {
        assert!(!preview_out().to_string().contains("cannot be worked out"));
        let html = preview_careful().to_string();
        assert!(html.contains("cannot be worked out any more") && html.contains("placed by what it tells now"));
        let linked = IdentityPreview { is_careful: true, ..preview_link() }.to_string();
        assert!(linked.contains("So all that the one record holds now goes to the other."));
    }

    #[test]
    fn where_nothing_is_left_to_move_that_is_said() {
        let html = IdentityPreview { charts: vec![], ..preview_out() }.to_string();
        assert!(html.contains("No chart will move") && !html.contains(">What moves<"));
        assert!(!preview_apart().to_string().contains("No chart will move"));
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
