//! The keys under which charts and entries are kept.
//!
//! Two servers may give the same id to two people. So a key holds the address of
//! the server, `https://a.example/Patient/1`, unless that server is the source's
//! own: there, and where nothing names a server, it is `Patient/1`. A key follows
//! from its own message alone, never from what came before or after it.

use std::borrow::Cow;

use record::{NewEntry, NhsNumber};
use sha2::{Digest, Sha256};

use super::node::Node;
use super::server::{Named, ServerBase};

/// The identifier system of the NHS number (NHS Data Dictionary; UK Core Patient).
pub(super) const NHS_NUMBER_SYSTEM: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// The identifiers of a resource that have both a system and a value.
pub(super) fn identifiers<'d>(resource: Node<'d>) -> impl Iterator<Item = (Cow<'d, str>, Cow<'d, str>)> {
    resource.list("identifier").filter_map(|identifier| Some((identifier.word("system")?, identifier.word("value")?)))
}

/// The key of a patient known by an identifier alone, in the words of a FHIR search.
pub(super) fn identifier_key(system: &str, value: &str) -> String {
    identifier_key_of("Patient", system, value)
}

/// The key of a resource of this type known by an identifier alone.
pub(super) fn identifier_key_of(kind: &str, system: &str, value: &str) -> String {
    let told = NhsNumber::parse(value).ok().filter(|_| system == NHS_NUMBER_SYSTEM).map(NhsNumber::digits);
    bounded(format!("{kind}?identifier={system}|{}", told.as_deref().unwrap_or(value)))
}

/// A source's own key for a resource: where it lives, else its id, else something
/// that will be the same in the next message too.
pub(super) fn key_of(
    own_server: Option<&ServerBase>,
    kind: &str,
    resource: Node<'_>,
    full_url: Option<&str>,
) -> String {
    if let Some(Named { base: Some(base), name, .. }) = restful(kind, full_url) {
        return key_on(own_server, base, name);
    }
    match resource.word("id") {
        Some(id) if !full_url.is_some_and(is_other_url) => bounded(format!("{kind}/{id}")),
        _ => key_without_id(kind, resource, full_url),
    }
}

/// The key of `Type/id` on a server.
pub(super) fn key_on(own_server: Option<&ServerBase>, base: &str, name: &str) -> String {
    bounded(if is_own(own_server, base) { name.to_owned() } else { format!("{base}/{name}") })
}

/// Whether this is the address of the source's own server.
pub(super) fn is_own(own_server: Option<&ServerBase>, base: &str) -> bool {
    own_server.is_some_and(|own| own.as_str() == base)
}

/// The key of a resource whose id says nothing: that of a patient by their
/// identifier, else the URN, the address, or the text itself.
pub(super) fn key_without_id(kind: &str, resource: Node<'_>, full_url: Option<&str>) -> String {
    let told = || identifiers(resource).filter(|_| kind == "Patient");
    if let Some((system, value)) = told().find(|(system, _)| system == NHS_NUMBER_SYSTEM).or_else(|| told().next()) {
        return identifier_key(&system, &value);
    }
    match full_url {
        Some(url) => bounded(format!("{kind}/{}", url.strip_prefix("urn:uuid:").unwrap_or(url))),
        None => format!("{kind}/{}", digest(resource.raw())),
    }
}

/// A `fullUrl` that is a RESTful URL of this type.
pub(super) fn restful<'t>(kind: &str, full_url: Option<&'t str>) -> Option<Named<'t>> {
    Named::parse(full_url?).filter(|named| named.base.is_some() && named.kind == kind)
}

/// An address that is not a RESTful one: an id beside it may be anybody's.
pub(super) fn is_other_url(url: &str) -> bool {
    url.contains("://")
}

/// A key as it is, or its digest where it is longer than keys may be.
pub(super) fn bounded(key: String) -> String {
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
    fn a_key_longer_than_keys_may_be_becomes_its_digest() {
        let key = bounded("k".repeat(NewEntry::KEY_LENGTH_MAX));
        assert_eq!(key.len(), NewEntry::KEY_LENGTH_MAX);
        assert!(bounded("k".repeat(NewEntry::KEY_LENGTH_MAX + 1)).starts_with("sha256-"));
    }
}
