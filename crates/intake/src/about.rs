//! Of whom a message seems to speak that has to wait: so that their record says so,
//! and its text stays closed where their record is closed.

use std::ops::Range;

use store::{Mentioned, Work};

use crate::reading::{Payload, ReadMessage};

/// Of whom a whole message seems to speak that cannot be taken apart.
pub(crate) fn about_message(payload: Payload, bytes: &[u8]) -> Vec<Mentioned> {
    match payload {
        Payload::Hl7v2 => told(formats::hl7v2::mentioned(bytes)),
        Payload::FhirJson | Payload::FhirXml => told(formats::fhir::mentioned(bytes)),
        // A file is about many people and about none of them in particular.
        Payload::Csv => Vec::new(),
    }
}

/// Of whom a unit seems to speak that was refused.
pub(crate) fn about_unit(payload: Payload, bytes: &[u8], span: Range<usize>) -> Vec<Mentioned> {
    match payload {
        Payload::Csv => told(formats::csv::mentioned(bytes, span)),
        _ => about_message(payload, bytes.get(span).unwrap_or_default()),
    }
}

/// Whoever is to be merged, moved or linked is spoken of as well as the first of them.
pub(crate) fn about_all<'a>(mut about: Vec<Mentioned>, keys: impl Iterator<Item = &'a str>) -> Vec<Mentioned> {
    for key in keys {
        if !about.iter().any(|one| one.key.as_deref() == Some(key)) {
            about.push(Mentioned { key: Some(key.to_owned()), nhs_number: None });
        }
    }
    about
}

/// What a refused unit does not say itself is said by the rest of its message,
/// where that speaks of one patient alone.
pub(crate) fn about_the_only_one(message: &mut ReadMessage) {
    let mut keys = message.chart_keys.iter();
    let (Some(only), None) = (keys.next(), keys.next()) else { return };
    let only = Mentioned { key: Some(only.clone()), nhs_number: None };
    for unit in &mut message.work {
        if let Work::Quarantine { about, .. } = &mut unit.work
            && about.is_empty()
        {
            about.push(only.clone());
        }
    }
}

fn told(mentioned: Vec<formats::Mentioned>) -> Vec<Mentioned> {
    mentioned.into_iter().map(|one| Mentioned { key: one.key, nhs_number: one.nhs_number }).collect()
}
