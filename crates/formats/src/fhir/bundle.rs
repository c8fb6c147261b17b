//! The resources of one message, and how they name each other (R4 §2.36.4,
//! "Resolving references in bundles").

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use record::{NewEntry, NhsNumber, When};
use sha2::{Digest, Sha256};

use super::node::Node;

/// The identifier system of the NHS number (NHS Data Dictionary; UK Core Patient).
pub(super) const NHS_NUMBER_SYSTEM: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// One resource of the message.
pub(super) struct Member<'d> {
    pub(super) resource: Node<'d>,
    pub(super) kind: Cow<'d, str>,
    /// The name under which its entries are kept.
    pub(super) key: String,
}

/// All resources of the message by every name that a reference may use.
#[derive(Default)]
pub(super) struct Members<'d> {
    all: Vec<Member<'d>>,
    by_url: HashMap<Cow<'d, str>, usize>,
    by_key: HashMap<String, usize>,
    patients_by_identifier: HashMap<(Cow<'d, str>, Cow<'d, str>), usize>,
    /// A result and the report, or panel, that lists it.
    listed_in: HashMap<usize, usize>,
}

impl<'d> Members<'d> {
    /// Finds the names of resources given with their `Bundle.entry.fullUrl`.
    pub(super) fn new(resources: impl Iterator<Item = (Option<Cow<'d, str>>, Node<'d>)>) -> Self {
        let mut members = Self::default();
        for (full_url, resource) in resources {
            members.add(full_url, resource);
        }
        members.find_lists();
        members
    }

    fn add(&mut self, full_url: Option<Cow<'d, str>>, resource: Node<'d>) {
        let place = self.all.len();
        let kind = resource.word("resourceType").unwrap_or_default();
        let key = if kind == "Patient" {
            patient_key(resource, full_url.as_deref())
        } else {
            entry_key(&kind, resource, full_url.as_deref())
        };
        if let Some(url) = &full_url {
            self.by_url.entry(url.clone()).or_insert(place);
        }
        if let Some(id) = resource.word("id") {
            self.by_key.entry(format!("{kind}/{id}")).or_insert(place);
        }
        if kind == "Patient" {
            for identifier in identifiers(resource) {
                self.patients_by_identifier.entry(identifier).or_insert(place);
            }
        }
        self.all.push(Member { resource, kind, key });
    }

    fn find_lists(&mut self) {
        for (kind, list) in [("DiagnosticReport", "result"), ("Observation", "hasMember")] {
            for (place, member) in self.all.iter().enumerate().filter(|(_, member)| member.kind == kind) {
                for item in member.resource.list(list) {
                    let Some(listed) = item.word("reference").and_then(|reference| self.place_of(&reference)) else {
                        continue;
                    };
                    if listed != place {
                        self.listed_in.entry(listed).or_insert(place);
                    }
                }
            }
        }
    }

    pub(super) fn member(&self, place: usize) -> Option<&Member<'d>> {
        self.all.get(place)
    }

    /// The report or panel that lists this resource.
    pub(super) fn list_of(&self, place: usize) -> Option<&Member<'d>> {
        self.all.get(*self.listed_in.get(&place)?)
    }

    /// The resource of this message that a literal reference means.
    pub(super) fn resolve(&self, reference: &str) -> Option<&Member<'d>> {
        self.all.get(self.place_of(reference)?)
    }

    /// The Patient of this message with this identifier.
    pub(super) fn patient_with(&self, system: &str, value: &str) -> Option<&Member<'d>> {
        let place = self.patients_by_identifier.get(&(Cow::Borrowed(system), Cow::Borrowed(value)))?;
        self.all.get(*place)
    }

    /// The key of the entry that a reference means, whether it came with this
    /// message or not.
    pub(super) fn key_of(&self, reference: &str) -> Option<String> {
        match self.resolve(reference) {
            Some(member) => Some(member.key.clone()),
            None => Some(bounded(type_and_id(reference)?)),
        }
    }

    /// Of each key the newest version: what a history says last about each resource.
    pub(super) fn newest(&self) -> HashSet<usize> {
        let mut newest: HashMap<&str, (Option<i64>, usize)> = HashMap::new();
        for (place, member) in self.all.iter().enumerate() {
            let told = member.resource.word("meta.lastUpdated");
            let updated = told.and_then(|told| When::parse_iso(&told).ok()).map(When::sort_key);
            // A history lists the newest version first (R4 §3.1.0.11): only a later time beats it.
            let best = newest.entry(&member.key).or_insert((updated, place));
            if updated > best.0 {
                *best = (updated, place);
            }
        }
        newest.into_values().map(|(_, place)| place).collect()
    }

    fn place_of(&self, reference: &str) -> Option<usize> {
        let by_url = self.by_url.get(reference).copied();
        by_url.or_else(|| self.by_key.get(&type_and_id(reference)?).copied())
    }
}

/// `Type/id` at the end of a relative or absolute reference, version cut off.
pub(super) fn type_and_id(reference: &str) -> Option<String> {
    if reference.contains('?') {
        return None;
    }
    let bare = reference.split("/_history").next().unwrap_or(reference);
    let mut ends = bare.rsplit('/');
    let (id, kind) = (ends.next()?, ends.next()?);
    let is_type = kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphabetic());
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    (is_type && is_id).then(|| format!("{kind}/{id}"))
}

/// The identifiers of a resource that have both a system and a value.
pub(super) fn identifiers<'d>(resource: Node<'d>) -> impl Iterator<Item = (Cow<'d, str>, Cow<'d, str>)> {
    resource.list("identifier").filter_map(|identifier| Some((identifier.word("system")?, identifier.word("value")?)))
}

/// The key of a patient known by an identifier alone, in the words of a FHIR search.
pub(super) fn identifier_key(system: &str, value: &str) -> String {
    let told = NhsNumber::parse(value).ok().filter(|_| system == NHS_NUMBER_SYSTEM).map(NhsNumber::digits);
    bounded(format!("Patient?identifier={system}|{}", told.as_deref().unwrap_or(value)))
}

/// A source's own key for its patient: its id; where it has none, something
/// that will be the same in the next message too.
fn patient_key(patient: Node<'_>, full_url: Option<&str>) -> String {
    if let Some(id) = patient.word("id") {
        return bounded(format!("Patient/{id}"));
    }
    let all = || identifiers(patient);
    match all().find(|(system, _)| system == NHS_NUMBER_SYSTEM).or_else(|| all().next()) {
        Some((system, value)) => identifier_key(&system, &value),
        None => entry_key("Patient", patient, full_url),
    }
}

fn entry_key(kind: &str, resource: Node<'_>, full_url: Option<&str>) -> String {
    match (resource.word("id"), full_url) {
        (Some(id), _) => bounded(format!("{kind}/{id}")),
        (None, Some(url)) => bounded(format!("{kind}/{}", url.strip_prefix("urn:uuid:").unwrap_or(url))),
        (None, None) => format!("{kind}/{}", digest(resource.raw())),
    }
}

/// A key as it is, or its digest where it is longer than keys may be.
fn bounded(key: String) -> String {
    if key.len() <= NewEntry::KEY_LENGTH_MAX { key } else { digest(&key) }
}

fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().fold(String::from("sha256-"), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_ends_in_type_and_id_however_long_it_is() {
        let id = |reference: &str| type_and_id(reference).unwrap_or_default();
        assert_eq!(id("Patient/1"), "Patient/1");
        assert_eq!(id("https://fhir.example/r4/Patient/1/_history/3"), "Patient/1");
        assert_eq!(id("urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"), "");
        assert_eq!(id("Patient?identifier=a|b/C/d"), "");
        assert_eq!(id("Patient/a b"), "");
    }

    #[test]
    fn a_key_longer_than_keys_may_be_becomes_its_digest() {
        let key = bounded("k".repeat(NewEntry::KEY_LENGTH_MAX));
        assert_eq!(key.len(), NewEntry::KEY_LENGTH_MAX);
        assert!(bounded("k".repeat(NewEntry::KEY_LENGTH_MAX + 1)).starts_with("sha256-"));
    }
}
