use reconcile::Row;
use record::{AlertKind, AllergyStatement, AttendanceStatus, Audience, Content, NoneKnownOf, Section, When, show_day};

use super::medicines::Layout;
use super::{Shown, appointments};
use crate::pages::parts::{AllergyBlock, AllergyLine, Moment, StatedNone, Tab};
use crate::pages::summary::{AlertLine, ContactLine, LetterLine, Line, Summary};

/// How far back results out of range are shown here, in days.
const OUT_OF_RANGE_DAYS: u32 = 90;
/// How many of each are shown here; the rest is one link away.
const OUT_OF_RANGE_SHOWN: usize = 10;
const ALERTS_SHOWN: usize = 12;
const PROBLEMS_SHOWN: usize = 12;
const LETTERS_SHOWN: usize = 5;
const PEOPLE_SHOWN: usize = 6;

impl Shown<'_> {
    /// The front page.
    pub(crate) fn summary(&self) -> Summary {
        let medicines = self.current_medicines(Layout::Tight);
        let results = self.opened.record.out_of_range(OUT_OF_RANGE_DAYS);
        let out_of_range = results.rows.iter().take(OUT_OF_RANGE_SHOWN);
        let contact_sections = [Section::Appointments, Section::Attendances];
        let mut results_state = self.state(Section::Results);
        if results.rows.is_empty() && results_state.nothing.is_none() && results_state.not_for_role.is_none() {
            results_state.nothing = Some("None flagged by a laboratory in the last 90 days".to_owned());
        }
        if results.rows.len() > OUT_OF_RANGE_SHOWN {
            let more = results.rows.len() - OUT_OF_RANGE_SHOWN;
            results_state.notices.push(format!("{more} more out of range: see all results"));
        }
        let mut medicines_state = self.state(Section::Medicines);
        if self.sees_names_only(Section::Medicines) {
            medicines_state.notices.push("Your role sees the names of medicines, not the doses.".to_owned());
        }
        Summary {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Summary),
            alerts: self.alerts(),
            alerts_state: self.cut_state(Section::Alerts, ALERTS_SHOWN),
            allergies: self.allergies(),
            medicines_count: medicines.len(),
            medicines: Summary::first_medicines(medicines),
            medicines_state,
            out_of_range: out_of_range.filter_map(|row| self.result_in_short(row)).collect(),
            results_state,
            problems: self.lines(Section::Problems, PROBLEMS_SHOWN, |row| self.problem_in_short(row)),
            problems_state: self.cut_state(Section::Problems, PROBLEMS_SHOWN),
            new_since: None,
            contacts: self.contacts(),
            contacts_state: self.state_of(&contact_sections, "Appointments and attendances"),
            letters: self.lines(Section::Letters, LETTERS_SHOWN, |row| self.letter_in_short(row)),
            letters_state: self.state(Section::Letters),
            people: self.lines(Section::People, PEOPLE_SHOWN, |row| self.person_in_short(row)),
            people_state: self.state(Section::People),
        }
    }

    /// What is known about allergies, and what may be missing.
    pub(crate) fn allergies(&self) -> AllergyBlock {
        let rows = self.rows(Section::Allergies);
        let mut state = self.state(Section::Allergies);
        // The badge says it, with the words that belong to allergies.
        state.nothing = None;
        AllergyBlock {
            badge: self.allergy_badge().unwrap_or_else(crate::pages::parts::AllergyBadge::unavailable),
            lines: rows.current.iter().filter_map(|row| self.allergy(row)).collect(),
            stated_none: rows.current.iter().filter_map(|row| self.stated_none(row)).collect(),
            state,
        }
    }

    /// A substance; `None` for the statement that none are known.
    pub(super) fn allergy(&self, row: &Row) -> Option<AllergyLine> {
        let Content::Allergy(it) = &row.entry.content else { return None };
        if it.statement != AllergyStatement::Substance {
            return None;
        }
        let told = [&it.reaction, &it.severity, &it.note];
        let detail = told.iter().filter_map(|text| text.as_deref()).collect::<Vec<_>>().join(", ");
        let mut origin = self.origin(row);
        origin.note = row.newer.then(|| "newer".to_owned());
        Some(AllergyLine { substance: it.substance.clone(), detail, origin })
    }

    /// The statement that none are known: of all, or in its own words where it says less.
    fn stated_none(&self, row: &Row) -> Option<StatedNone> {
        let Content::Allergy(it) = &row.entry.content else { return None };
        let of_all = it.none_known_of(row.entry.code.as_ref())? == NoneKnownOf::All;
        let words = if of_all { "States no known allergies".to_owned() } else { it.substance.clone() };
        Some(StatedNone { words, of_all, disagrees: row.disagreement.is_some(), origin: self.origin(row) })
    }

    fn lines<T>(&self, section: Section, most: usize, line: impl Fn(&Row) -> Option<T>) -> Vec<T> {
        self.rows(section).current.iter().filter_map(line).take(most).collect()
    }

    /// The state of a section of which only the first are shown here.
    fn cut_state(&self, section: Section, most: usize) -> crate::pages::parts::SectionState {
        let mut state = self.state(section);
        let all = self.rows(section).current.len();
        if all > most {
            state.notices.push(format!("{} more: open the whole list", all - most));
        } else if all == 0 && state.nothing.is_none() && state.not_for_role.is_none() {
            state.nothing = Some("None current".to_owned());
        }
        state
    }

    /// Hazards with what to do, plans by name. Needs are left to the banner, where
    /// they are always in sight; all of it stands in full on the page of plans.
    fn alerts(&self) -> Vec<AlertLine> {
        let shown = self.rows(Section::Alerts).current.iter().take(ALERTS_SHOWN);
        shown.filter_map(|row| self.alert(row)).collect()
    }

    fn alert(&self, row: &Row) -> Option<AlertLine> {
        let Content::Alert(it) = &row.entry.content else { return None };
        let detail = match it.kind {
            AlertKind::Alert => it.detail.clone().unwrap_or_default(),
            AlertKind::Plan => String::new(),
            AlertKind::AccessibleInformation | AlertKind::ReasonableAdjustment => return None,
        };
        Some(AlertLine {
            warning: it.kind == AlertKind::Alert,
            title: it.title.clone(),
            detail,
            origin: self.origin(row),
        })
    }

    fn problem_in_short(&self, row: &Row) -> Option<Line> {
        let Content::Problem(it) = &row.entry.content else { return None };
        let mut detail = it.status.word().to_lowercase();
        if let Some(significance) = &it.significance {
            detail = format!("{detail}, {significance}");
        }
        Some(Line { title: it.term.clone(), detail, origin: self.origin(row) })
    }

    fn person_in_short(&self, row: &Row) -> Option<Line> {
        let Content::PersonInvolved(it) = &row.entry.content else { return None };
        let title = match &it.telephone {
            Some(telephone) => format!("{}, {telephone}", it.name),
            None => it.name.clone(),
        };
        Some(Line { title, detail: it.role.clone().unwrap_or_default(), origin: self.origin(row) })
    }

    fn letter_in_short(&self, row: &Row) -> Option<LetterLine> {
        let Content::Letter(it) = &row.entry.content else { return None };
        Some(LetterLine { href: self.letter_href(row), title: it.title.clone(), origin: self.origin(row) })
    }

    fn contacts(&self) -> Vec<ContactLine> {
        let (next, last) = (self.opened.record.next_contact(), self.opened.record.last_contact());
        [("Next", next.row), ("Last", last.row)]
            .into_iter()
            .filter_map(|(label, row)| self.contact_in_short(label, row?))
            .collect()
    }

    fn contact_in_short(&self, label: &'static str, row: &Row) -> Option<ContactLine> {
        let (what, place, status, start, end, warning) = match &row.entry.content {
            Content::Appointment(it) => {
                (&it.service, &it.place, it.status.word(), it.start, it.end, appointments::is_missed(it))
            }
            Content::Attendance(it) => {
                (&it.kind, &it.place, it.status.word(), it.start, it.end, it.status == AttendanceStatus::Cancelled)
            }
            _ => return None,
        };
        let from = start.or(row.entry.when)?;
        Some(ContactLine {
            label,
            from: if label == "Next" { Moment::with_weekday(from) } else { Moment::of(from) },
            to: later_day(from, end),
            what: place.as_ref().map_or_else(|| what.clone(), |place| format!("{what}, {place}")),
            status: status.to_owned(),
            warning,
        })
    }
}

/// The end of something that does not end on the day on which it began.
pub(super) fn later_day(from: When, to: Option<When>) -> Option<Moment> {
    let same_day = |to: &When| show_day(to.first_day(), Audience::Staff) == show_day(from.first_day(), Audience::Staff);
    to.filter(|to| !same_day(to)).map(Moment::of)
}
