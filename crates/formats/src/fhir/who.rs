//! Whom a resource speaks of, and who wrote it.

use record::{LocalNumber, NhsNumber};

use super::bundle::{Meant, Member};
use super::datatype;
use super::keys::{NHS_NUMBER_SYSTEM, identifier_key, identifiers};
use super::node::Node;
use super::patient;
use super::reading::{Read, Reading};
use super::server::Named;
use crate::ChartClaim;

/// A person and the organisation they act for, as far as a message names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) person: Option<String>,
    pub(super) organisation: Option<String>,
}

impl Who {
    /// What this one names, and what another adds.
    pub(super) fn or(self, other: Self) -> Self {
        Self { person: self.person.or(other.person), organisation: self.organisation.or(other.organisation) }
    }

    /// The person, or the organisation where there is none.
    pub(super) fn person_or_organisation(self) -> Option<String> {
        self.person.or(self.organisation)
    }

    /// The organisation, or the person where there is none.
    pub(super) fn organisation_or_person(self) -> Option<String> {
        self.organisation.or(self.person)
    }
}

impl<'d> Reading<'_, 'd> {
    /// The patient in a reference field.
    pub(super) fn subject(&self, path: &str) -> Read<ChartClaim> {
        match self.resource.get(path) {
            Some(reference) => self.patient_of(reference, path),
            None => Err(self.keep(path, "names no patient")),
        }
    }

    /// The patient that a reference means.
    pub(super) fn patient_of(&self, reference: Node<'d>, path: &str) -> Read<ChartClaim> {
        let literal = reference.word("reference");
        if let Some(literal) = literal.as_deref() {
            if let Some(contained) = literal.strip_prefix('#') {
                return self.contained_patient(contained, path);
            }
            match self.members.meant(literal, self.member) {
                Meant::Here(member) => return self.patient_here(member, path),
                Meant::Elsewhere { kind, key } => return self.patient_elsewhere(&kind, key, literal, path),
                Meant::Several => return Err(self.refuse(path, "may mean more than one resource of this message")),
                Meant::Nothing => {}
            }
            if let Some((system, value)) = conditional(literal) {
                return self.patient_by_identifier(&system, &value, path);
            }
        }
        match (reference.word("identifier.system"), reference.word("identifier.value")) {
            (Some(system), Some(value)) if reference.word("type").is_none_or(|kind| kind == "Patient") => {
                self.patient_by_identifier(&system, &value, path)
            }
            _ if literal.is_some() => Err(self.keep(path, "refers to a patient who is not in this message")),
            _ => Err(self.keep(path, "names a patient without a reference or an identifier")),
        }
    }

    fn patient_here(&self, member: &Member<'d>, path: &str) -> Read<ChartClaim> {
        if member.kind != "Patient" {
            return Err(self.keep(path, "speaks of something that is not a patient"));
        }
        Ok(ChartClaim { key: member.key.clone(), ..ChartClaim::default() })
    }

    fn patient_elsewhere(&self, kind: &str, key: String, literal: &str, path: &str) -> Read<ChartClaim> {
        if kind != "Patient" {
            return Err(self.keep(path, "speaks of something that is not a patient"));
        }
        if self.members.has_named(literal) {
            self.note(path, "means a patient of another server than the one of the same id in this message");
        }
        Ok(ChartClaim { key, ..ChartClaim::default() })
    }

    fn patient_by_identifier(&self, system: &str, value: &str, path: &str) -> Read<ChartClaim> {
        if system == NHS_NUMBER_SYSTEM {
            NhsNumber::parse(value).map_err(|fault| self.refuse(path, &fault.to_string()))?;
        }
        match self.members.patient_with(system, value) {
            Meant::Here(member) => return self.patient_here(member, path),
            Meant::Several => {
                return Err(self.refuse(path, "more than one patient of this message has this identifier"));
            }
            Meant::Elsewhere { .. } | Meant::Nothing => {}
        }
        let number = LocalNumber { assigner: system.to_owned(), number: value.to_owned() };
        Ok(ChartClaim { key: identifier_key(system, value), local_numbers: vec![number], told: None })
    }

    /// A contained Patient has no identity of its own (R4 §2.3.0.2), so only an
    /// identifier can say who it is. The resource itself tells who they are.
    fn contained_patient(&self, id: &str, path: &str) -> Read<ChartClaim> {
        let Some(contained) = self.contained(id).filter(|contained| contained.says("resourceType", "Patient")) else {
            return Err(self.keep(path, "refers to a contained patient who is not there"));
        };
        let all = || identifiers(contained);
        let Some((system, value)) = all().find(|(system, _)| system == NHS_NUMBER_SYSTEM).or_else(|| all().next())
        else {
            return Err(self.keep(path, "the contained patient has no identifier"));
        };
        let claim = self.patient_by_identifier(&system, &value, path)?;
        let (told, local_numbers) = patient::demographics(self, contained, &format!("{path}."))?;
        Ok(ChartClaim { key: claim.key, local_numbers, told: Some(told) })
    }

    /// The resource that a reference means, where the message has it.
    pub(super) fn target(&self, reference: Node<'d>) -> Option<Node<'d>> {
        let literal = reference.word("reference")?;
        match literal.strip_prefix('#') {
            Some(id) => self.contained(id),
            None => match self.members.meant(&literal, self.member) {
                Meant::Here(member) => Some(member.resource),
                Meant::Elsewhere { .. } | Meant::Several | Meant::Nothing => None,
            },
        }
    }

    /// The type of what a reference means: that of its target, else as it says.
    pub(super) fn kind_of(&self, reference: Node<'d>) -> Option<String> {
        let of_target = self.target(reference).and_then(|target| target.string("resourceType"));
        of_target.or_else(|| reference.string("type")).or_else(|| {
            let literal = reference.word("reference")?;
            if literal.contains("Patient?") {
                return Some("Patient".to_owned());
            }
            Named::parse(&literal).map(|named| named.kind.to_owned())
        })
    }

    /// Who is meant by a reference to a practitioner, role, team or organisation.
    pub(super) fn who(&self, reference: Node<'d>) -> Who {
        let display = reference.string("display");
        let target = self.target(reference);
        let kind = self.kind_of(reference).unwrap_or_default();
        let named = target.and_then(name_of);
        match kind.as_str() {
            "Organization" => Who { person: None, organisation: named.or(display) },
            "PractitionerRole" => {
                let part = |name: &str| {
                    target.and_then(|role| role.get(name)).map(|part| self.part_of_role(part)).unwrap_or_default()
                };
                let role = part("practitioner").or(part("organization"));
                Who { person: role.person.or(display), organisation: role.organisation }
            }
            _ => Who { person: named.or(display), organisation: None },
        }
    }

    /// The parts of a role are practitioners and organisations, never roles again.
    fn part_of_role(&self, reference: Node<'d>) -> Who {
        let target = self.target(reference);
        let is_organisation = target.is_some_and(|target| target.says("resourceType", "Organization"))
            || reference.word("reference").is_some_and(|literal| literal.contains("Organization/"));
        let name = target.and_then(name_of).or_else(|| reference.string("display"));
        if is_organisation {
            Who { person: None, organisation: name }
        } else {
            Who { person: name, organisation: None }
        }
    }

    /// The first person and the first organisation in some fields of references.
    pub(super) fn who_in(&self, names: &[&str]) -> Who {
        let references = names.iter().flat_map(|name| self.resource.list(name));
        references.map(|reference| self.who(reference)).fold(Who::default(), Who::or)
    }

    /// The same in a list whose items hold a reference each: `performer.actor`.
    pub(super) fn who_within(&self, list: &str, name: &str) -> Who {
        let references = self.resource.list(list).filter_map(|item| item.get(name));
        references.map(|reference| self.who(reference)).fold(Who::default(), Who::or)
    }

    /// What the reference in a part of the resource is called.
    pub(super) fn called_at(&self, part: Node<'d>, name: &str) -> Option<String> {
        self.called(part.get(name)?)
    }

    /// What a reference is called: its target's name, else its display.
    pub(super) fn called(&self, reference: Node<'d>) -> Option<String> {
        self.target(reference).and_then(name_of).or_else(|| reference.string("display"))
    }
}

/// What a resource is called.
fn name_of(resource: Node<'_>) -> Option<String> {
    match &*resource.word("resourceType")? {
        "Practitioner" | "Patient" | "RelatedPerson" | "Person" => datatype::name_in_use(resource),
        "Device" => resource.string("deviceName.name").or_else(|| resource.get("type").and_then(datatype::concept)),
        "Medication" | "Condition" | "Observation" | "Procedure" | "ServiceRequest" => {
            resource.get("code").and_then(datatype::concept)
        }
        _ => resource.string("name").or_else(|| resource.string("name.text")),
    }
}

/// The system and value of `Patient?identifier=system|value`.
fn conditional(reference: &str) -> Option<(String, String)> {
    let query = reference.split_once("Patient?")?.1;
    let told = query.split('&').find_map(|part| part.strip_prefix("identifier="))?;
    let told = percent_decoded(told)?;
    let (system, value) = told.split_once('|')?;
    (!value.is_empty()).then(|| (system.to_owned(), value.to_owned()))
}

/// A text without the percent signs of addresses (RFC 3986 §2.1).
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conditional_reference_gives_system_and_value() {
        let pair = |system: &str, value: &str| Some((system.to_owned(), value.to_owned()));
        assert_eq!(conditional("Patient?identifier=https://a.example|12"), pair("https://a.example", "12"));
        assert_eq!(conditional("Patient?identifier=https%3A%2F%2Fa.example%7C12"), pair("https://a.example", "12"));
        assert_eq!(conditional("Patient?name=x"), None);
        assert_eq!(conditional("Patient?identifier=%zz|1"), None);
    }
}
