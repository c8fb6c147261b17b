//! What a bundle entry asks to be done (R4 §3.1.0, §3.1.0.11.2): its `request`.
//!
//! A source tells us what it holds, so creating and updating both say "now it is
//! so". A condition is understood where it names one resource: by an identifier,
//! or by its id. No other search is made, and none is guessed at.

use std::borrow::Cow;

use record::NewEntry;

use super::keys::{self, identifier_key_of};
use super::message::{resource_of, type_name};
use super::node::Node;
use super::request::Request;
use super::server::{Named, ServerBase};

/// What an entry asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// Its resource is told, under this key where the request names one.
    Tell { key: Option<String>, is_only_if_new: bool },
    /// The resource of this type and key is no more.
    Remove { kind: String, key: String },
    /// It asks for something to be read: nothing of it can be applied.
    Nothing,
}

impl Asked {
    /// What an entry without a request asks for.
    pub(super) const PLAIN: Self = Self::Tell { key: None, is_only_if_new: false };
}

/// The words of a request, from a bundle entry or from HTTP itself.
pub(super) struct Asking<'d> {
    pub(super) method: Option<Cow<'d, str>>,
    /// `Type`, `Type/id` or `Type?search`.
    pub(super) url: Cow<'d, str>,
    pub(super) if_none_exist: Option<Cow<'d, str>>,
    pub(super) is_versioned: bool,
    pub(super) resource: Option<Node<'d>>,
    pub(super) full_url: Option<Cow<'d, str>>,
}

impl<'d> Asking<'d> {
    /// The request of a `Bundle.entry`, where it has one.
    pub(super) fn of_entry(entry: Node<'d>) -> Option<Self> {
        let request = entry.get("request")?;
        Some(Self {
            method: request.word("method"),
            url: request.word("url").unwrap_or_default(),
            if_none_exist: request.word("ifNoneExist"),
            is_versioned: request.get("ifMatch").is_some(),
            resource: resource_of(entry),
            full_url: entry.word("fullUrl"),
        })
    }

    /// The request that brought this one resource.
    pub(super) fn of_http(request: &'d Request, resource: Option<Node<'d>>) -> Self {
        Self {
            method: Some(Cow::Borrowed(request.method.name())),
            url: Cow::Borrowed(&request.target),
            if_none_exist: request.if_none_exist.as_deref().map(Cow::Borrowed),
            is_versioned: false,
            resource,
            full_url: None,
        }
    }

    fn kind(&self) -> Option<String> {
        self.resource.and_then(type_name)
    }

    fn id(&self) -> Option<Cow<'d, str>> {
        self.resource?.word("id")
    }
}

/// A part of the request, and what is wrong with it.
pub(super) type Fault = (&'static str, &'static str);

/// What a request asks for.
pub(super) fn asked(own_server: Option<&ServerBase>, asking: &Asking<'_>) -> Result<Asked, Fault> {
    if asking.is_versioned {
        let what = "versions are the source's own and cannot be compared here: send it without ifMatch";
        return Err(("ifMatch", what));
    }
    let at_url = |what| ("url", what);
    match asking.method.as_deref() {
        Some("POST") => created(asking),
        Some("PUT") => updated(own_server, asking).map_err(at_url),
        Some("DELETE") => removed(own_server, &asking.url).map_err(at_url),
        Some("PATCH") => Err(("method", "a PATCH is not applied: send the whole resource with PUT")),
        Some("GET" | "HEAD") => Ok(Asked::Nothing),
        Some(_) => Err(("method", "not a method of FHIR: POST, PUT or DELETE")),
        None => Err(("method", "missing: POST, PUT or DELETE")),
    }
}

/// The key that a deletion names, where it names one resource.
pub(super) fn deleted_key(own_server: Option<&ServerBase>, entry: Node<'_>) -> Option<String> {
    let request = entry.get("request").filter(|request| request.says("method", "DELETE"))?;
    match removed(own_server, &request.word("url")?) {
        Ok(Asked::Remove { key, .. }) => Some(key),
        _ => None,
    }
}

fn created(asking: &Asking<'_>) -> Result<Asked, Fault> {
    let target = last_part(&asking.url);
    if asking.kind().is_some_and(|kind| !target.is_empty() && target != kind) {
        return Err(("url", OTHER_TYPE));
    }
    let Some(condition) = asking.if_none_exist.as_deref() else { return Ok(Asked::PLAIN) };
    // `Flag?identifier=…` is as good as `identifier=…`.
    let search = condition.split_once('?').map_or(condition, |(_, search)| search);
    let key = conditional_key(asking, search).map_err(|what| ("ifNoneExist", what))?;
    Ok(Asked::Tell { key, is_only_if_new: true })
}

fn updated(own_server: Option<&ServerBase>, asking: &Asking<'_>) -> Result<Asked, &'static str> {
    let kind = asking.kind();
    if let Some((target, search)) = asking.url.split_once('?') {
        if kind.is_some_and(|kind| last_part(target) != kind) {
            return Err(OTHER_TYPE);
        }
        return Ok(Asked::Tell { key: conditional_key(asking, search)?, is_only_if_new: false });
    }
    let named = one_resource(&asking.url)?;
    if kind.is_some_and(|kind| kind != named.kind) {
        return Err(OTHER_TYPE);
    }
    if asking.id().is_some_and(|id| named.name.rsplit('/').next() != Some(&*id)) {
        return Err("names another id than the resource has");
    }
    match keys::restful(named.kind, asking.full_url.as_deref()) {
        Some(lives) if lives.name != named.name => Err("names another resource than the fullUrl does"),
        // The fullUrl says on which server it lies.
        Some(_) => Ok(Asked::PLAIN),
        None => Ok(Asked::Tell { key: Some(key_of_named(own_server, named)), is_only_if_new: false }),
    }
}

const OTHER_TYPE: &str = "names another type than the resource is of";

fn last_part(url: &str) -> &str {
    url.trim_matches('/').rsplit('/').next().unwrap_or_default()
}

fn removed(own_server: Option<&ServerBase>, url: &str) -> Result<Asked, &'static str> {
    if url.contains('?') {
        return Err("a deletion by search is not carried out: name the resource, Type/id");
    }
    let named = one_resource(url)?;
    if named.kind == "Patient" {
        return Err("a patient is not removed by a deletion: somebody has to decide what becomes of the record");
    }
    Ok(Asked::Remove { kind: named.kind.to_owned(), key: key_of_named(own_server, named) })
}

fn one_resource(url: &str) -> Result<Named<'_>, &'static str> {
    let url = url.strip_prefix('/').unwrap_or(url);
    Named::parse(url).filter(|named| named.version.is_none()).ok_or("not the address of one resource: Type/id")
}

fn key_of_named(own_server: Option<&ServerBase>, named: Named<'_>) -> String {
    match named.base {
        Some(base) => keys::key_on(own_server, base, named.name),
        None => keys::bounded(named.name.to_owned()),
    }
}

/// The key under which a condition keeps a resource that has no id of its own.
fn conditional_key(asking: &Asking<'_>, search: &str) -> Result<Option<String>, &'static str> {
    const WHAT: &str = "a condition is one identifier=system|value, or one _id=id: no other search is made here";
    if search.len() > NewEntry::KEY_LENGTH_MAX {
        return Err("longer than a condition may be");
    }
    let decoded = super::who::percent_decoded(search).ok_or("not percent-encoded as an address is")?;
    let (name, value) = decoded.split_once('=').ok_or(WHAT)?;
    if search.contains('&') || value.is_empty() {
        return Err(WHAT);
    }
    let (kind, has_id) = (asking.kind().unwrap_or_default(), asking.id().is_some());
    match (name, value.split_once('|')) {
        ("identifier", Some((system, value))) if !system.is_empty() && !value.is_empty() => {
            Ok((!has_id).then(|| identifier_key_of(&kind, system, value)))
        }
        ("_id", None) => Ok((!has_id).then(|| keys::bounded(format!("{kind}/{value}")))),
        _ => Err(WHAT),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::{DEPTH_MAX, scan};
    use super::*;

    fn of(entry: &str) -> Result<Asked, String> {
        let document = scan(entry.as_bytes(), DEPTH_MAX).unwrap();
        let asking = Asking::of_entry(document.root()).unwrap();
        asked(None, &asking).map_err(|(path, what)| format!("{path}: {what}"))
    }

    fn flag(id: &str, method: &str, url: &str, more: &str) -> Result<Asked, String> {
        of(&format!(
            r#"{{"resource":{{"resourceType":"Flag"{id}}},"request":{{"method":"{method}","url":"{url}"{more}}}}}"#
        ))
    }

    fn tell(key: &str, is_only_if_new: bool) -> Result<Asked, String> {
        Ok(Asked::Tell { key: Some(key.to_owned()).filter(|key| !key.is_empty()), is_only_if_new })
    }

    #[test]
    fn a_put_is_known_by_its_address() {
        assert_eq!(flag("", "PUT", "Flag/7", ""), tell("Flag/7", false));
        assert_eq!(
            flag(r#","id":"7""#, "PUT", "https://a.example/Flag/7", ""),
            tell("https://a.example/Flag/7", false)
        );
        assert_eq!(
            flag(r#","id":"8""#, "PUT", "Flag/7", "").unwrap_err(),
            "url: names another id than the resource has"
        );
        assert!(flag("", "PUT", "Goal/7", "").unwrap_err().contains("another type"));
        assert!(flag("", "PUT", "Flag", "").unwrap_err().contains("one resource"));
    }

    #[test]
    fn a_condition_names_one_resource_or_is_refused() {
        let exists = |condition: &str| flag("", "POST", "Flag", &format!(r#","ifNoneExist":"{condition}""#));
        assert_eq!(exists("identifier=urn:x|77"), tell("Flag?identifier=urn:x|77", true));
        assert_eq!(exists("identifier=urn%3Ax%7C77"), tell("Flag?identifier=urn:x|77", true));
        assert_eq!(exists("_id=9"), tell("Flag/9", true));
        assert_eq!(flag(r#","id":"5""#, "POST", "Flag", r#","ifNoneExist":"identifier=urn:x|77""#), tell("", true));
        assert_eq!(flag("", "PUT", "Flag?identifier=urn:x|77", ""), tell("Flag?identifier=urn:x|77", false));
        for other in ["name=x", "identifier=77", "identifier=a|1&status=active", "identifier=|1", "_id=", "%zz"] {
            assert!(exists(other).unwrap_err().starts_with("ifNoneExist: "), "{other}");
        }
        let long = format!("identifier=a|{}", "1".repeat(NewEntry::KEY_LENGTH_MAX));
        assert!(exists(&long).unwrap_err().contains("longer"));
    }

    #[test]
    fn a_deletion_names_one_resource_that_is_not_a_patient() {
        let of = |url: &str| of(&format!(r#"{{"request":{{"method":"DELETE","url":"{url}"}}}}"#));
        assert_eq!(of("Flag/7"), Ok(Asked::Remove { kind: "Flag".into(), key: "Flag/7".into() }));
        assert!(of("Flag?identifier=a|1").unwrap_err().contains("by search"));
        assert!(of("Patient/1").unwrap_err().contains("somebody has to decide"));
        assert!(of("Flag/7/_history/2").is_err());
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_with_what_to_send_instead() {
        assert!(flag("", "PATCH", "Flag/7", "").unwrap_err().contains("send the whole resource with PUT"));
        assert!(flag("", "PUT", "Flag/7", r#","ifMatch":"W/\"3\"""#).unwrap_err().contains("without ifMatch"));
        assert_eq!(flag("", "GET", "Flag/7", ""), Ok(Asked::Nothing));
        assert!(flag("", "DANCE", "Flag/7", "").unwrap_err().contains("not a method of FHIR"));
    }
}
