//! FHIR R4 for other systems
