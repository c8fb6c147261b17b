//! Two records of one number.

use super::around::form;
use super::identity::analyst;
use crate::pages::identity_records::{IdentityRecords, RecordLine};

pub(crate) fn records() -> IdentityRecords {
    let line = |number, name: &str, born: &str, sources: &[&str]| RecordLine {
        number,
        name: name.into(),
        born: Some(born.into()),
        sources: sources.iter().map(|&source| source.into()).collect(),
    };
    IdentityRecords {
        frame: analyst(),
        form: form(),
        nhs_number: "999 000 0018".into(),
        reason: "The ward called: two patients, one number".into(),
        records: vec![
            line(1, "OKAFOR, Grace", "04-Mar-1951", &["Riverside Surgery", "Thameside Hospital"]),
            line(2, "OKAFOR, Faith", "30-Jan-1999", &["Thameside Hospital"]),
        ],
        more: false,
    }
}
