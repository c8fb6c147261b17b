use disclosure::{Disclosed, Lack, PersonCopy, PersonView};
use record::{Audience, Demographics, PersonName, When};

/// One person's whole record as a FHIR R4 collection Bundle (R4 §2.36): the
/// person as Patient, a resource for each entry, and in words what is not there.
#[must_use]
pub fn person_bundle(copy: &Disclosed<PersonCopy>) -> String {
    let texts: Vec<Option<&str>> =
        copy.source_texts.iter().map(|bytes| bytes.as_deref().and_then(as_fhir_resource)).collect();
    let lacks: Vec<String> = copy.lacks.iter().flat_map(in_words).collect();
    formats::fhir::write_bundle(&demographics(&copy.who), &copy.entries, &texts, &lacks)
}

/// What is not there: neither what it says nor why.
fn in_words(lack: &Lack) -> Vec<String> {
    let source = &lack.source;
    let waiting = match lack.waiting_items {
        0 => None,
        1 => Some(format!("1 item from {source} is waiting to be added and is not in this copy.")),
        more => Some(format!("{more} items from {source} are waiting to be added and are not in this copy.")),
    };
    let removed = lack.removed.map(|removed| {
        let day = When::from(removed.last_at).show_date(Audience::Staff);
        match removed.count {
            1 => format!("An item from {source} was removed from this record on {day}."),
            more => format!("{more} items from {source} were removed from this record, the last on {day}."),
        }
    });
    waiting.into_iter().chain(removed).collect()
}

/// What came as a FHIR resource is an object that names its type; HL7 v2, XML and
/// CSV are rebuilt from what they said.
fn as_fhir_resource(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.trim_start().starts_with('{') && text.contains("\"resourceType\"")).then_some(text)
}

fn demographics(who: &PersonView) -> Demographics {
    let other_names = |shown: &PersonName| {
        let mut names: Vec<PersonName> = Vec::new();
        for told in &who.told {
            for name in std::iter::once(&told.demographics.name).chain(&told.demographics.other_names) {
                let is_new = name != shown && *name != PersonName::default() && !names.contains(name);
                if is_new {
                    names.push(name.clone());
                }
            }
        }
        names
    };
    Demographics {
        nhs_number: who.nhs_number,
        nhs_number_rejected: None,
        other_names: other_names(&who.name),
        name: who.name.clone(),
        born: who.born,
        gender: who.gender,
        address: who.address.clone(),
        telephones: who.telephones.clone(),
        practice: who.practice.clone(),
        died: who.died,
        restricted: who.restricted,
        interpreter: who.interpreter.clone(),
        ethnicity: who.told.iter().find_map(|told| told.demographics.ethnicity.clone()),
        taken_back: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::RemovedItems;

    #[test]
    fn what_a_copy_lacks_is_said_and_nothing_of_what_it_was() {
        let last_at = "2026-11-20T12:00:00Z".parse().unwrap();
        let lack = |waiting_items, count| Lack {
            source: "Kingsbrook".to_owned(),
            waiting_items,
            removed: (count > 0).then_some(RemovedItems { count, last_at }),
        };
        let said: Vec<String> = [lack(1, 0), lack(2, 1), lack(0, 3)].iter().flat_map(in_words).collect();
        let expected = [
            "1 item from Kingsbrook is waiting to be added and is not in this copy.",
            "2 items from Kingsbrook are waiting to be added and are not in this copy.",
            "An item from Kingsbrook was removed from this record on 20-Nov-2026.",
            "3 items from Kingsbrook were removed from this record, the last on 20-Nov-2026.",
        ];
        assert_eq!(said, expected);
    }
}
