use crate::ids::{OdsCode, StaffId};
use crate::line::words;

words! {
    /// The job in which a staff member is acting. One at a time.
    pub enum Role {
        /// Hospital doctor.
        Doctor = "doctor" / "Doctor",
        /// General practitioner.
        Gp = "gp" / "GP",
        /// Hospital or practice nurse.
        Nurse = "nurse" / "Nurse",
        /// Community or district nurse.
        CommunityNurse = "community-nurse" / "Community nurse",
        /// Physiotherapist, occupational or speech therapist.
        Therapist = "therapist" / "Therapist",
        /// Pharmacist.
        Pharmacist = "pharmacist" / "Pharmacist",
        /// Ambulance or 111 clinician.
        Paramedic = "paramedic" / "Paramedic",
        /// Social worker.
        SocialWorker = "social-worker" / "Social worker",
        /// Receptionist or ward clerk.
        Clerk = "clerk" / "Clerk",
        /// Privacy officer of an organisation.
        PrivacyOfficer = "privacy-officer" / "Privacy officer",
        /// Administrator of an organisation's feeds and quarantine.
        Administrator = "administrator" / "Administrator",
        /// Identity analyst: decides whose records are one person's.
        IdentityAnalyst = "identity-analyst" / "Identity analyst",
        /// Named operator of the service, mapped to a staff member.
        Operator = "operator" / "Operator",
    }
}

/// A staff member acting in one role for one organisation, as they were at the
/// time: this is what the access log keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Who, as the sign-in provider names them.
    pub id: StaffId,
    /// Name as shown.
    pub name: String,
    /// Role they act in.
    pub role: Role,
    /// For which organisation.
    pub organisation: OdsCode,
    /// The organisation's name then.
    pub organisation_name: String,
    /// Department or team, where known.
    pub team: Option<String>,
}
