use crate::line::words;

words! {
    /// A part of the record that a role may or may not see. The order is the
    /// order in which sections are listed everywhere.
    pub enum Section {
        /// Name, address, telephone, NHS number, general practice.
        Identity = "identity" / "Who they are",
        /// Alerts, plans, accessible-information and reasonable-adjustment flags.
        Alerts = "alerts" / "Alerts and plans",
        /// Allergies and adverse reactions.
        Allergies = "allergies" / "Allergies and reactions",
        /// Medicines prescribed, supplied or stated.
        Medicines = "medicines" / "Medicines",
        /// Diagnoses and problems.
        Problems = "problems" / "Problems",
        /// Laboratory results, vital signs, reports.
        Results = "results" / "Test results",
        /// Appointments booked, past and cancelled.
        Appointments = "appointments" / "Appointments",
        /// Admissions, emergency attendances, contacts.
        Attendances = "attendances" / "Attendances",
        /// Letters and documents.
        Letters = "letters" / "Letters",
        /// Immunisations.
        Immunisations = "immunisations" / "Immunisations",
        /// Procedures and operations.
        Procedures = "procedures" / "Procedures",
        /// Relatives, carers, care professionals and teams.
        People = "people" / "People involved",
        /// Council social care: involvement, packages, workers.
        SocialCare = "social-care" / "Social care",
    }
}
