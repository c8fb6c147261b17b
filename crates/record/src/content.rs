//! What an entry says, per section. Texts are as the source told them; `None`
//! is "not told", which pages show as "Not recorded".

use crate::line::{LineProblem, lines};
use crate::section::Section;
use crate::states::{
    AlertKind, AllergyKind, AllergyStatement, AppointmentStatus, AttendanceStatus, LetterStatus, MedicineStatus,
    ProblemStatus, ResultStatus,
};
use crate::when::When;

lines! {
    /// A line in *Alerts and plans*.
    pub struct Alert {
        /// What kind.
        pub kind: AlertKind,
        /// Its short name.
        pub title: String,
        /// More, in the source's words.
        pub detail: Option<String>,
        /// From when.
        pub from: Option<When>,
        /// Until when; past alerts are not current.
        pub until: Option<When>,
    }

    /// An allergy, intolerance or the statement that none are known.
    pub struct Allergy {
        /// Substance or none known.
        pub statement: AllergyStatement,
        /// Allergy or intolerance.
        pub kind: AllergyKind,
        /// The substance as named by the source, or its own words where it states
        /// that none are known.
        pub substance: String,
        /// The reaction, in the source's words.
        pub reaction: Option<String>,
        /// Its severity, in the source's words.
        pub severity: Option<String>,
        /// When it began.
        pub onset: Option<When>,
        /// A note.
        pub note: Option<String>,
    }

    /// A medicine prescribed, supplied, administered or stated.
    pub struct Medicine {
        /// Its name as told, generic or brand, strength included where the source puts it there.
        pub name: String,
        /// Tablet, capsule, inhaler and so on.
        pub form: Option<String>,
        /// The amount each time, with its unit: `5 mg`, `2 tablets`.
        pub dose: Option<String>,
        /// By mouth and so on.
        pub route: Option<String>,
        /// How often.
        pub frequency: Option<String>,
        /// State.
        pub status: MedicineStatus,
        /// Repeat, acute, discharge and so on, in the source's words.
        pub course: Option<String>,
        /// When it began.
        pub started: Option<When>,
        /// When it ended, or was last issued to end.
        pub ended: Option<When>,
        /// When it was last issued.
        pub last_issued: Option<When>,
        /// What for.
        pub reason: Option<String>,
        /// The whole instruction, where the parts above could not be told apart.
        pub instruction: Option<String>,
    }

    /// A diagnosis or problem.
    pub struct Problem {
        /// Its name as told.
        pub term: String,
        /// State.
        pub status: ProblemStatus,
        /// Major or minor, in the source's words.
        pub significance: Option<String>,
        /// When it began.
        pub onset: Option<When>,
        /// When it ended.
        pub ended: Option<When>,
        /// A note.
        pub note: Option<String>,
    }

    /// One measured or observed value.
    pub struct TestResult {
        /// The test's name as told.
        pub test: String,
        /// The value as told, never reformatted.
        pub value: Option<String>,
        /// Its unit as told.
        pub unit: Option<String>,
        /// The laboratory's own reference range as told.
        pub range: Option<String>,
        /// The laboratory's own flag code (HL7 table 0078): `H`, `LL`, `A`, …
        pub flag: Option<String>,
        /// State.
        pub status: ResultStatus,
        /// What it was part of: the panel or order.
        pub panel: Option<String>,
        /// What was examined.
        pub specimen: Option<String>,
        /// Who measured it.
        pub laboratory: Option<String>,
        /// Comments that came with it.
        pub comment: Option<String>,
        /// Why there is no value, where the source says so.
        pub absent_reason: Option<String>,
    }

    /// A report on an investigation: its name and conclusion.
    pub struct Report {
        /// Its name as told.
        pub title: String,
        /// State.
        pub status: ResultStatus,
        /// The conclusion in words.
        pub conclusion: Option<String>,
        /// Who reported.
        pub laboratory: Option<String>,
        /// Which kind of investigation.
        pub category: Option<String>,
    }

    /// An appointment.
    pub struct Appointment {
        /// The clinic or service.
        pub service: String,
        /// State.
        pub status: AppointmentStatus,
        /// From.
        pub start: Option<When>,
        /// To.
        pub end: Option<When>,
        /// Where.
        pub place: Option<String>,
        /// With whom.
        pub clinician: Option<String>,
        /// Why, in the source's words.
        pub reason: Option<String>,
    }

    /// An admission, emergency attendance or contact.
    pub struct Attendance {
        /// Emergency, inpatient, outpatient, home visit and so on.
        pub kind: String,
        /// State.
        pub status: AttendanceStatus,
        /// From.
        pub start: Option<When>,
        /// To.
        pub end: Option<When>,
        /// Ward, department or site.
        pub place: Option<String>,
        /// Who was in charge.
        pub clinician: Option<String>,
        /// Why, in the source's words.
        pub reason: Option<String>,
        /// How it ended.
        pub outcome: Option<String>,
    }

    /// A letter or document.
    pub struct Letter {
        /// Its title.
        pub title: String,
        /// State.
        pub status: LetterStatus,
        /// What kind of document.
        pub kind: Option<String>,
        /// When it was written.
        pub written: Option<When>,
        /// Its text, where it came as text.
        pub text: Option<String>,
        /// The media type of the original.
        pub media_type: Option<String>,
        /// Where the original is, where it did not come with the entry.
        pub elsewhere: Option<String>,
    }

    /// An immunisation given or not given.
    pub struct Immunisation {
        /// The vaccine as named.
        pub vaccine: String,
        /// Whether it was given.
        pub given: String,
        /// When.
        pub on: Option<When>,
        /// Which dose of the course.
        pub dose_number: Option<String>,
        /// Body site.
        pub site: Option<String>,
        /// Batch number.
        pub batch: Option<String>,
        /// Why not, where it was not given.
        pub not_given_reason: Option<String>,
    }

    /// A procedure or operation.
    pub struct Procedure {
        /// Its name as told.
        pub term: String,
        /// Its state in the source's words.
        pub status: String,
        /// From.
        pub start: Option<When>,
        /// To.
        pub end: Option<When>,
        /// By whom.
        pub performer: Option<String>,
        /// Why.
        pub reason: Option<String>,
        /// Outcome or note.
        pub outcome: Option<String>,
    }

    /// A relative, carer, professional or team.
    pub struct PersonInvolved {
        /// Their name, or the team's.
        pub name: String,
        /// Relationship or job.
        pub role: Option<String>,
        /// Whom they work for.
        pub organisation: Option<String>,
        /// How to reach them.
        pub telephone: Option<String>,
        /// From.
        pub from: Option<When>,
        /// Until.
        pub until: Option<When>,
    }

    /// A council's involvement: package, assessment, allocation.
    pub struct SocialCare {
        /// What.
        pub title: String,
        /// Its state in the source's words.
        pub status: String,
        /// More, in the source's words.
        pub detail: Option<String>,
        /// The worker or team.
        pub worker: Option<String>,
        /// From.
        pub start: Option<When>,
        /// Until.
        pub end: Option<When>,
        /// Next review.
        pub review: Option<When>,
    }
}

macro_rules! contents {
    ($($(#[$doc:meta])* $kind:ident in $section:ident = $code:literal,)+) => {
        /// What one entry says.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Content { $($(#[$doc])* $kind($kind),)+ }

        impl Content {
            /// Every kind's code.
            pub const KINDS: &'static [&'static str] = &[$($code,)+];

            /// The section it belongs to.
            #[must_use]
            pub fn section(&self) -> Section {
                match self { $(Self::$kind(_) => Section::$section,)+ }
            }

            /// The section to which entries of this kind belong; `None` for a code
            /// that is no kind.
            #[must_use]
            pub fn section_of_kind(kind: &str) -> Option<Section> {
                match kind { $($code => Some(Section::$section),)+ _ => None }
            }

            /// The code of its kind, stored beside its line.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => $code,)+ }
            }

            /// Its display line.
            #[must_use]
            pub fn to_line(&self) -> String {
                match self { $(Self::$kind(content) => content.to_line(),)+ }
            }

            /// Reads a display line of this kind.
            ///
            /// # Errors
            /// When the kind is unknown or a field does not fit it.
            pub fn from_line(kind: &str, line: &str) -> Result<Self, LineProblem> {
                match kind {
                    $($code => $kind::from_line(line).map(Self::$kind),)+
                    _ => Err(LineProblem { kind: "unknown", field: 0 }),
                }
            }
        }
    };
}

contents! {
    /// A line in *Alerts and plans*.
    Alert in Alerts = "alert",
    /// An allergy statement.
    Allergy in Allergies = "allergy",
    /// A medicine.
    Medicine in Medicines = "medicine",
    /// A problem.
    Problem in Problems = "problem",
    /// A measured value.
    TestResult in Results = "result",
    /// A report.
    Report in Results = "report",
    /// An appointment.
    Appointment in Appointments = "appointment",
    /// An attendance.
    Attendance in Attendances = "attendance",
    /// A letter.
    Letter in Letters = "letter",
    /// An immunisation.
    Immunisation in Immunisations = "immunisation",
    /// A procedure.
    Procedure in Procedures = "procedure",
    /// Somebody involved.
    PersonInvolved in People = "person-involved",
    /// Social care.
    SocialCare in SocialCare = "social-care",
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn medicine(name: String, dose: Option<String>, reason: Option<String>) -> Content {
        Content::Medicine(Medicine {
            name,
            form: None,
            dose,
            route: None,
            frequency: None,
            status: MedicineStatus::Started,
            course: None,
            started: When::parse_iso("2024-02").ok(),
            ended: None,
            last_issued: None,
            reason,
            instruction: None,
        })
    }

    #[test]
    fn a_line_is_short_and_absent_fields_at_its_end_cost_nothing() {
        let line = medicine("ramipril".into(), Some("5 mg".into()), None).to_line();
        assert_eq!(line.replace('\u{1f}', "|"), "ramipril||5 mg|||started||2024-02");
    }

    #[test]
    fn a_line_with_a_word_from_a_later_version_is_refused_not_guessed() {
        let problem = Content::from_line("medicine", "ramipril\u{1f}\u{1f}\u{1f}\u{1f}\u{1f}teleported").unwrap_err();
        assert_eq!(problem, LineProblem { kind: "Medicine", field: 5 });
        assert!(Content::from_line("hologram", "x").is_err());
    }

    #[test]
    fn every_kind_belongs_to_the_section_that_its_entries_are_in() {
        let content = medicine("ramipril".into(), None, None);
        assert_eq!(Content::section_of_kind(content.kind()), Some(content.section()));
        assert!(Content::KINDS.iter().all(|kind| Content::section_of_kind(kind).is_some()));
        assert_eq!(Content::section_of_kind("hologram"), None);
    }

    #[test]
    fn a_line_written_before_a_field_was_added_still_reads() {
        assert!(Content::from_line("problem", "asthma\u{1f}active").is_ok());
    }

    proptest! {
        #[test]
        fn reading_a_line_gives_the_same_content(name in "[^\u{1f}]{1,30}", dose in proptest::option::of("[^\u{1f}]{1,9}"), reason in proptest::option::of("[^\u{1f}]{1,9}")) {
            let content = medicine(name, dose, reason);
            prop_assert_eq!(Content::from_line(content.kind(), &content.to_line()), Ok(content));
        }

        #[test]
        fn no_line_makes_it_panic(line in ".{0,80}") {
            for kind in Content::KINDS {
                let _ = Content::from_line(kind, &line);
            }
        }
    }
}
