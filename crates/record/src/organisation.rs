use crate::ids::{OdsCode, SourceId};
use crate::line::words;
use crate::section::Section;

words! {
    /// What kind of organisation takes part.
    pub enum OrganisationKind {
        /// General practice.
        GeneralPractice = "general-practice" / "GP practice",
        /// Acute hospital trust.
        Acute = "acute" / "Hospital",
        /// Mental-health trust.
        MentalHealth = "mental-health" / "Mental health",
        /// Community health provider.
        Community = "community" / "Community health",
        /// Council social care.
        Council = "council" / "Council social care",
        /// Ambulance or 111 service.
        Ambulance = "ambulance" / "Ambulance and 111",
        /// Anything else: imported test material, a region's own service.
        Other = "other" / "Other",
    }
}
words! {
    /// How a source delivers.
    pub enum SourceFormat {
        /// HL7 v2 messages, by MLLP or in files.
        Hl7v2 = "hl7v2" / "HL7 v2",
        /// FHIR R4 bundles and resources.
        Fhir = "fhir" / "FHIR R4",
        /// CSV files as documented in docs/add-a-source.md.
        Csv = "csv" / "CSV",
    }
}

/// An organisation that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its ODS code.
    pub ods_code: OdsCode,
    /// Its name as shown.
    pub name: String,
    /// A short name for tight places.
    pub short_name: String,
    /// What kind.
    pub kind: OrganisationKind,
    /// Whether it takes part now. One that does not neither sends nor sees.
    pub takes_part: bool,
}

/// A record system of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name as shown to staff: "Kingsbrook Hospital".
    pub name: String,
    /// Whose it is.
    pub organisation: OdsCode,
    /// How it delivers.
    pub format: SourceFormat,
    /// Which sections it sends. What is not here is "does not send this".
    pub sends: Vec<Section>,
    /// How long after its last message what it told counts as stale, in minutes.
    pub stale_after_minutes: u32,
}
