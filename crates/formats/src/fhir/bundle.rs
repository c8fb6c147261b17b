//! The resources of one message, and how they name each other (R4 §2.36.4.1,
//! "Resolving references in Bundles").
//! What may mean either of two resources means neither.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::keys::{self, bounded, identifiers, is_other_url, restful};
use super::node::Node;
use super::server::{Named, ServerBase};

/// A resource as a message tells it.
pub(super) struct Told<'d> {
    /// Its `Bundle.entry.fullUrl`.
    pub(super) full_url: Option<Cow<'d, str>>,
    pub(super) resource: Node<'d>,
    /// Its key, where the entry's request says so.
    pub(super) known_as: Option<String>,
}

/// One resource of the message.
pub(super) struct Member<'d> {
    pub(super) resource: Node<'d>,
    pub(super) kind: Cow<'d, str>,
    /// The name under which its entries are kept.
    pub(super) key: String,
    full_url: Option<Cow<'d, str>>,
    /// The key is the request's, so nothing else of the message can have it.
    is_named_by_request: bool,
}

impl Member<'_> {
    /// What its `fullUrl` says of server, type and id, where it is a RESTful URL.
    fn lives_at(&self) -> Option<Named<'_>> {
        restful(&self.kind, self.full_url.as_deref())
    }

    /// `Type/id`, on whatever server.
    fn name(&self) -> Option<Cow<'_, str>> {
        if let Some(named) = self.lives_at() {
            return Some(Cow::Borrowed(named.name));
        }
        if self.full_url.as_deref().is_some_and(is_other_url) {
            return None;
        }
        Some(Cow::Owned(format!("{}/{}", self.kind, self.resource.word("id")?)))
    }

    fn has_urn(&self) -> bool {
        self.full_url.as_deref().is_some_and(|url| url.starts_with("urn:"))
    }
}

/// What a literal reference means.
pub(super) enum Meant<'m, 'd> {
    /// A resource of this message.
    Here(&'m Member<'d>),
    /// A resource that did not come with this message: its type and its key.
    Elsewhere { kind: String, key: String },
    /// Any of several resources of this message.
    Several,
    /// Nothing that can be named.
    Nothing,
}

/// One resource, or several between which a name does not decide.
#[derive(Clone, Copy)]
enum Found {
    One(usize),
    Several,
}

/// What looking for a reference came to.
enum Sought {
    Found(Found),
    Elsewhere { kind: String, key: String },
    Nothing,
}

/// All resources of the message by every name that a reference may use.
#[derive(Default)]
pub(super) struct Members<'d> {
    all: Vec<Member<'d>>,
    own_server: Option<&'d ServerBase>,
    by_url: HashMap<Cow<'d, str>, Found>,
    by_key: HashMap<String, usize>,
    /// By `Type/id`, on whatever server.
    by_name: HashMap<String, Found>,
    patients_by_identifier: HashMap<(Cow<'d, str>, Cow<'d, str>), Found>,
    /// Whether the message has resources of more than one server.
    has_several_servers: bool,
    /// A result and the report, or panel, that lists it.
    listed_in: HashMap<usize, usize>,
}

impl<'d> Members<'d> {
    /// Finds the names of resources.
    pub(super) fn new(own_server: Option<&'d ServerBase>, resources: impl Iterator<Item = Told<'d>>) -> Self {
        let mut members = Self { own_server, ..Self::default() };
        for Told { full_url, resource, known_as } in resources {
            let kind = resource.word("resourceType").unwrap_or_default();
            let is_named_by_request = known_as.is_some();
            let key = known_as.unwrap_or_else(|| keys::key_of(own_server, &kind, resource, full_url.as_deref()));
            members.all.push(Member { resource, kind, key, full_url, is_named_by_request });
        }
        members.part_equal_keys();
        members.find_names();
        members.find_lists();
        members
    }

    /// An id beside a URN is not an identity: where two resources of one message
    /// have the same, each such resource is known by its URN.
    fn part_equal_keys(&mut self) {
        let mut urls: HashMap<&str, Option<&str>> = HashMap::new();
        let mut contested: HashSet<String> = HashSet::new();
        for member in &self.all {
            let url = member.full_url.as_deref();
            if *urls.entry(&member.key).or_insert(url) != url {
                contested.insert(member.key.clone());
            }
        }
        let may_change = |member: &&mut Member<'_>| member.has_urn() && !member.is_named_by_request;
        for member in self.all.iter_mut().filter(may_change).filter(|member| contested.contains(&member.key)) {
            member.key = keys::key_without_id(&member.kind, member.resource, member.full_url.as_deref());
        }
    }

    fn find_names(&mut self) {
        let mut server = None;
        for (place, member) in self.all.iter().enumerate() {
            if let Some(url) = &member.full_url {
                if let Some(version) = member.resource.word("meta.versionId") {
                    let url = format!("{url}/_history/{version}").into();
                    note_found(&self.all, &mut self.by_url, url, place);
                }
                note_found(&self.all, &mut self.by_url, url.clone(), place);
            }
            self.by_key.entry(member.key.clone()).or_insert(place);
            if let Some(name) = member.name() {
                note_found(&self.all, &mut self.by_name, name.into_owned(), place);
            }
            if member.kind == "Patient" {
                for identifier in identifiers(member.resource) {
                    note_found(&self.all, &mut self.patients_by_identifier, identifier, place);
                }
            }
            if let Some(base) = member.lives_at().and_then(|named| named.base) {
                self.has_several_servers |= *server.get_or_insert(base) != base;
            }
        }
    }

    fn find_lists(&mut self) {
        for (kind, list) in [("DiagnosticReport", "result"), ("Observation", "hasMember")] {
            for (place, member) in self.all.iter().enumerate().filter(|(_, member)| member.kind == kind) {
                for item in member.resource.list(list) {
                    let reference = item.word("reference");
                    let listed = reference.and_then(|reference| match self.find(&reference, place) {
                        Sought::Found(Found::One(listed)) => Some(listed),
                        _ => None,
                    });
                    if let Some(listed) = listed.filter(|listed| *listed != place) {
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

    /// What a literal reference means in the resource at this place.
    pub(super) fn meant(&self, reference: &str, from: usize) -> Meant<'_, 'd> {
        match self.find(reference, from) {
            Sought::Found(found) => self.told(found),
            Sought::Elsewhere { kind, key } => Meant::Elsewhere { kind, key },
            Sought::Nothing => Meant::Nothing,
        }
    }

    /// The Patient of this message with this identifier.
    pub(super) fn patient_with(&self, system: &str, value: &str) -> Meant<'_, 'd> {
        let found = self.patients_by_identifier.get(&(Cow::Borrowed(system), Cow::Borrowed(value)));
        found.map_or(Meant::Nothing, |found| self.told(*found))
    }

    fn told(&self, found: Found) -> Meant<'_, 'd> {
        match found {
            Found::One(place) => self.all.get(place).map_or(Meant::Nothing, Meant::Here),
            Found::Several => Meant::Several,
        }
    }

    /// Whether the message has a resource of this type and id on any server.
    pub(super) fn has_named(&self, reference: &str) -> bool {
        Named::parse(reference).is_some_and(|named| self.by_name.contains_key(named.name))
    }

    /// Whether this resource lies on another server than the one set for the source.
    pub(super) fn is_foreign(&self, place: usize) -> bool {
        self.own_server.is_some() && self.is_of_other_server(place)
    }

    /// Whether this resource lies on a server that is not known to be the source's own.
    fn is_of_other_server(&self, place: usize) -> bool {
        let base = self.all.get(place).and_then(|member| member.lives_at()?.base);
        base.is_some_and(|base| !keys::is_own(self.own_server, base))
    }

    /// In the standard's order: the entry with this `fullUrl`; a URL of type and id;
    /// a relative reference on the server of the entry that holds it.
    fn find(&self, reference: &str, from: usize) -> Sought {
        if let Some(found) = self.by_url.get(reference).filter(|_| reference.contains(':')) {
            return Sought::Found(*found);
        }
        let Some(named) = Named::parse(reference) else { return Sought::Nothing };
        match named.base.or_else(|| self.all.get(from)?.lives_at()?.base) {
            Some(base) => self.find_on(base, named),
            None => self.find_without_server(named),
        }
    }

    fn find_on(&self, base: &str, named: Named<'_>) -> Sought {
        let of_version = named.version.and_then(|version| {
            let url = format!("{base}/{}/_history/{version}", named.name);
            self.by_url.get(url.as_str()).copied()
        });
        let key = keys::key_on(self.own_server, base, named.name);
        match of_version.or_else(|| self.by_key.get(&key).map(|place| Found::One(*place))) {
            Some(found) => Sought::Found(found),
            None => Sought::Elsewhere { kind: named.kind.to_owned(), key },
        }
    }

    /// The standard gives no meaning to a relative reference in an entry that names
    /// no server. It is taken for the only resource of that name in a message of at
    /// most one server, and never where that leaves a choice.
    fn find_without_server(&self, named: Named<'_>) -> Sought {
        match self.by_name.get(named.name) {
            Some(Found::One(place)) if self.has_several_servers && self.is_of_other_server(*place) => {
                Sought::Found(Found::Several)
            }
            Some(found) => Sought::Found(*found),
            None => Sought::Elsewhere { kind: named.kind.to_owned(), key: bounded(named.name.to_owned()) },
        }
    }
}

/// Notes who has a name. Versions of one resource, which have one key, are one.
fn note_found<N: std::hash::Hash + Eq>(all: &[Member<'_>], names: &mut HashMap<N, Found>, name: N, place: usize) {
    match names.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(Found::One(place));
        }
        Entry::Occupied(mut occupied) => {
            let key = |place: usize| all.get(place).map(|member| &member.key);
            if matches!(occupied.get(), Found::One(first) if key(*first) != key(place)) {
                occupied.insert(Found::Several);
            }
        }
    }
}
