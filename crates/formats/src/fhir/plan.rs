//! What is to be done with each entry of a bundle, before any resource is read.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use record::When;

use super::bundle::Members;
use super::interaction::{self, Asked, Asking};
use super::message::{kept, resource_of, type_name};
use super::node::Node;
use super::server::ServerBase;
use crate::{Outcome, Problem, Unit};

/// What becomes of an entry.
pub(super) enum Plan {
    /// What it asks for.
    Do(Asked),
    /// It is kept, and here is why nothing of it is applied.
    Keep(&'static str),
    /// It cannot be done.
    Refuse(Problem),
}

impl Plan {
    /// The key that the entry's request gives its resource.
    pub(super) fn take_key(&mut self) -> Option<String> {
        match self {
            Self::Do(Asked::Tell { key, .. }) => key.take(),
            Self::Do(_) | Self::Keep(_) | Self::Refuse(_) => None,
        }
    }

    /// The unit of an entry whose resource is not read.
    pub(super) fn unit(self, resource: Option<Node<'_>>, place: &str, span: Range<usize>) -> Unit {
        let kind = match resource {
            Some(resource) => type_name(resource).unwrap_or_else(|| "unknown".to_owned()),
            None => "Bundle.entry".to_owned(),
        };
        let keep = |kind, what: &str, span| kept(kind, span, Problem::new(place, what));
        match self {
            Self::Do(Asked::Remove { kind, key }) => {
                Unit { kind, span, outcome: Outcome::Remove(key), notes: Vec::new() }
            }
            Self::Do(Asked::Nothing) => keep(kind, "asks to read; nothing is read out here", span),
            Self::Do(Asked::Tell { .. }) => keep(kind, "the entry has no resource", span),
            Self::Keep(what) => keep(kind, what, span),
            Self::Refuse(fault) => Unit { kind, span, outcome: Outcome::Refuse(fault), notes: Vec::new() },
        }
    }
}

/// What each entry's own words ask for. Only batches, transactions and histories
/// have requests; in any other bundle an entry tells its resource.
pub(super) fn plans(bundle: Node<'_>, own_server: Option<&ServerBase>, entries: &[Node<'_>]) -> Vec<Plan> {
    let is_interactive = bundle.says("type", "transaction") || bundle.says("type", "batch");
    let plan = |(number, entry): (usize, &Node<'_>)| {
        let asking = Asking::of_entry(*entry).filter(|_| is_interactive);
        let asked = asking.map_or(Ok(Asked::PLAIN), |asking| interaction::asked(own_server, &asking));
        asked.map_or_else(
            |(path, what)| Plan::Refuse(Problem::new(format!("entry[{number}].request.{path}"), what)),
            Plan::Do,
        )
    };
    entries.iter().enumerate().map(plan).collect()
}

/// What the entries say together: the newest version of a history, and two
/// requests about one resource.
pub(super) fn decide(
    bundle: Node<'_>,
    own_server: Option<&ServerBase>,
    entries: &[Node<'_>],
    members: &Members<'_>,
    plans: &mut [Plan],
) {
    if bundle.says("type", "history") {
        newest_of_history(own_server, entries, members, plans);
        return;
    }
    let is_transaction = bundle.says("type", "transaction");
    if is_transaction || plans.iter().any(|plan| matches!(plan, Plan::Do(Asked::Remove { .. }))) {
        refuse_what_contradicts(is_transaction, entries, members, plans);
    }
}

/// A history lists the newest version first (R4 §3.1.0.11); only a later time beats
/// that. Where a resource was deleted last, none of its versions is applied.
fn newest_of_history(own_server: Option<&ServerBase>, entries: &[Node<'_>], members: &Members<'_>, plans: &mut [Plan]) {
    let mut keys = Vec::with_capacity(entries.len());
    let mut member = 0;
    for entry in entries {
        let of_member = resource_of(*entry).and_then(|_| members.member(member)).map(|member| member.key.clone());
        member += usize::from(resource_of(*entry).is_some());
        keys.push(of_member.or_else(|| interaction::deleted_key(own_server, *entry)));
    }
    let mut newest: HashMap<&str, (Option<i64>, usize)> = HashMap::new();
    for (number, (entry, key)) in entries.iter().zip(&keys).enumerate() {
        let Some(key) = key else { continue };
        let told = entry.word("resource.meta.lastUpdated").or_else(|| entry.word("response.lastModified"));
        let updated = told.and_then(|told| When::parse_iso(&told).ok()).map(When::sort_key);
        let best = newest.entry(key).or_insert((updated, number));
        if updated > best.0 {
            *best = (updated, number);
        }
    }
    for (number, ((entry, key), plan)) in entries.iter().zip(&keys).zip(plans).enumerate() {
        let is_newest = key.as_deref().and_then(|key| newest.get(key)).is_some_and(|(_, newest)| *newest == number);
        let is_deletion = resource_of(*entry).is_none() && key.is_some();
        match (is_newest, key) {
            (true, Some(key)) if is_deletion => {
                let kind = key.rsplit('/').nth(1).unwrap_or_default().to_owned();
                *plan = Plan::Do(Asked::Remove { kind, key: key.clone() });
            }
            (false, Some(_)) => *plan = Plan::Keep("an older version; this history holds a newer one"),
            _ => {}
        }
    }
}

/// Two requests of one bundle about one resource: in a batch nobody says which
/// comes first, and in a transaction FHIR forbids it (R4 §3.1.0.11.2).
fn refuse_what_contradicts(is_transaction: bool, entries: &[Node<'_>], members: &Members<'_>, plans: &mut [Plan]) {
    let mut told: HashSet<&str> = HashSet::new();
    let mut member = 0;
    for (number, entry) in entries.iter().enumerate() {
        let Some(of_member) = resource_of(*entry).and_then(|_| members.member(member)) else { continue };
        member += 1;
        let is_again = !told.insert(&of_member.key);
        let is_put = entry.says("request.method", "PUT");
        if is_transaction
            && is_again
            && is_put
            && let Some(plan) = plans.get_mut(number).filter(|plan| matches!(plan, Plan::Do(_)))
        {
            let what = "another entry of this transaction tells the same resource: send it once";
            *plan = Plan::Refuse(Problem::new(format!("entry[{number}].request.url"), what));
        }
    }
    for (number, plan) in plans.iter_mut().enumerate() {
        if let Plan::Do(Asked::Remove { key, .. }) = plan
            && told.contains(key.as_str())
        {
            let what = "another entry of this bundle tells the same resource: send the deletion by itself";
            *plan = Plan::Refuse(Problem::new(format!("entry[{number}].request.url"), what));
        }
    }
}

/// A transaction is applied as a whole or not at all: where one entry is refused,
/// the message is one unit that waits, with every fault said.
pub(super) fn all_or_nothing(units: Vec<Unit>, whole: Range<usize>) -> Vec<Unit> {
    let faults: Vec<Problem> = units
        .iter()
        .filter_map(|unit| match &unit.outcome {
            Outcome::Refuse(fault) => Some(fault.clone()),
            _ => None,
        })
        .collect();
    let Some((first, others)) = faults.split_first() else { return units };
    let what = format!("{}; nothing of this transaction is applied", first.what);
    let outcome = Outcome::Refuse(Problem::new(first.place.clone(), what));
    vec![Unit { kind: "Bundle".to_owned(), span: whole, outcome, notes: others.to_vec() }]
}
