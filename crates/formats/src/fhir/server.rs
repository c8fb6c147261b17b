//! Servers, and the names that resources have on them: a RESTful URL is
//! `base/Type/id`, with `/_history/version` where one version is meant (R4 §2.3.0.1).

/// The address of a FHIR server, below which its resources lie:
/// `https://fhir.kingsbrook.example/r4`. Addresses are compared letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerBase(String);

impl ServerBase {
    /// The longest address that is taken, in bytes.
    pub const LENGTH_MAX: usize = 256;

    /// An address that begins with `http://` or `https://`, has a host, and has
    /// neither a query nor a fragment. A slash at its end is cut off.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let base = server(text.trim())?;
        (base.len() <= Self::LENGTH_MAX).then(|| Self(base.to_owned()))
    }

    /// The address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A literal reference, or a `fullUrl`, that names a resource by type and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'t> {
    /// The server's address; a relative reference has none.
    pub(super) base: Option<&'t str>,
    /// `Type`.
    pub(super) kind: &'t str,
    /// `Type/id`.
    pub(super) name: &'t str,
    pub(super) version: Option<&'t str>,
}

impl<'t> Named<'t> {
    /// Takes a reference apart. A URN, a query, a fragment and any other address
    /// name nothing by type and id.
    pub(super) fn parse(reference: &'t str) -> Option<Self> {
        let (bare, version) = match reference.split_once("/_history/") {
            Some((bare, version)) => (bare, Some(version)),
            None => (reference, None),
        };
        let (rest, id) = bare.rsplit_once('/')?;
        let (base, kind) = rest.rsplit_once('/').map_or((None, rest), |(base, kind)| (Some(base), kind));
        if !is_type(kind) || !is_id(id) || !version.is_none_or(is_id) {
            return None;
        }
        let name = bare.get(bare.len() - kind.len() - 1 - id.len()..)?;
        let base = match base {
            Some(base) => Some(server(base)?),
            None => None,
        };
        Some(Self { base, kind, name, version })
    }
}

fn server(text: &str) -> Option<&str> {
    let base = text.trim_end_matches('/');
    let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"))?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '?' | '#');
    (!rest.is_empty() && !rest.starts_with('/') && rest.chars().all(is_plain)).then_some(base)
}

fn is_type(kind: &str) -> bool {
    kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_restful_url_gives_its_server_its_name_and_its_version() {
        let parts =
            |reference: &'static str| Named::parse(reference).map(|named| (named.base, named.name, named.version));
        assert_eq!(parts("Patient/1"), Some((None, "Patient/1", None)));
        assert_eq!(
            parts("https://fhir.example/r4/Patient/1/_history/3"),
            Some((Some("https://fhir.example/r4"), "Patient/1", Some("3")))
        );
        assert_eq!(parts("http://fhir.example//Patient/1"), Some((Some("http://fhir.example"), "Patient/1", None)));
    }

    #[test]
    fn what_is_no_restful_url_names_nothing() {
        for reference in [
            "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
            "Patient?identifier=a|b/C/d",
            "https://fhir.example/Patient?identifier=a|b/C/d",
            "https://fhir.example/Patient/1#p2",
            "Patient/a b",
            "Patient/1/_history/",
            "fhir/Patient/1",
            "/Patient/1",
            "https:///Patient/1",
            "Patient/",
            "",
        ] {
            assert_eq!(Named::parse(reference), None, "{reference}");
        }
    }

    #[test]
    fn a_server_is_an_http_address_without_a_slash_at_its_end() {
        let base = |text: &str| ServerBase::parse(text).map(|base| base.as_str().to_owned());
        assert_eq!(base(" https://fhir.example/r4/ ").as_deref(), Some("https://fhir.example/r4"));
        for text in ["", "fhir.example", "ftp://fhir.example", "https://", "https://a.example/r4?x", "https://a b"] {
            assert_eq!(base(text), None, "{text}");
        }
        let of_length = |length: usize| format!("https://{}", "a".repeat(length - 8));
        assert!(base(&of_length(ServerBase::LENGTH_MAX)).is_some());
        assert_eq!(base(&of_length(ServerBase::LENGTH_MAX + 1)), None);
    }

    proptest! {
        #[test]
        fn parts_put_together_are_the_reference(base in "(https?://[a-z.:/%éA-Z0-9]{1,12}/)?", name in "[A-Z][A-Za-z]{0,4}/[A-Za-z0-9._-]{1,5}", rest in "(/_history/[a-z0-9]{0,2})?[?#/]?") {
            let reference = format!("{base}{name}{rest}");
            if let Some(named) = Named::parse(&reference) {
                prop_assert!(reference.contains(named.name));
                prop_assert!(reference.starts_with(named.base.unwrap_or_default()));
                prop_assert_eq!(named.name.split_once('/').map(|(kind, _)| kind), Some(named.kind));
            }
        }
    }
}
