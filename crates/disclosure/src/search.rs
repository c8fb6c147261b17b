use access::{Purpose, RequestId, SearchBy, decide_search};
use audit::Act;
use jiff::civil::Date;
use record::{NhsNumber, PersonId, PersonName, Section};
use store::{HITS_MAX, LogRow, LookUp, StoredHit};

use crate::attempts::Failed;
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::person_view::PersonView;

/// By what staff look for a person.
#[derive(Clone, Debug)]
pub enum Query {
    /// NHS number alone.
    NhsNumber(NhsNumber),
    /// Family name, given name where known, and birth date.
    NameAndBirth {
        /// Family name.
        family: String,
        /// Given name; may be empty.
        given: String,
        /// Birth date.
        born: Date,
    },
    /// Family name, given name where known, and postcode.
    NameAndPostcode {
        /// Family name.
        family: String,
        /// Given name; may be empty.
        given: String,
        /// Postcode.
        postcode: String,
    },
}

/// How well a person fits what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HowFound {
    /// Everything asked for is the same.
    Exact,
    /// Names differ in spelling.
    Possible,
}

/// One person found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Who; the page gives it a handle, never this number.
    pub person: PersonId,
    /// Who they are.
    pub view: PersonView,
    /// How well they fit.
    pub how: HowFound,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Exact ones first. Empty when there are more than are shown.
    pub hits: Vec<Hit>,
    /// More than ten fit: none are shown, more detail is wanted.
    pub too_many: bool,
    /// Two of them have names alike.
    pub similar_names: bool,
}

impl Disclosure {
    /// Looks for a person. Never anything clinical; each person displayed is logged.
    ///
    /// # Errors
    /// When the role may not look, or nothing can be shown safely.
    pub async fn search(&self, caller: &Caller, query: Query) -> Result<Disclosed<Found>, Closed> {
        let id = self.new_request();
        self.search_once(caller, &query, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn search_once(&self, caller: &Caller, query: &Query, id: RequestId) -> Result<Disclosed<Found>, Failed> {
        let by = match query {
            Query::NhsNumber(_) => SearchBy::NhsNumber,
            Query::NameAndBirth { .. } | Query::NameAndPostcode { .. } => SearchBy::Name,
        };
        let door = &self.door;
        let decided = decide_search(&door.policy, &self.actor(caller), id, self.now(), &Purpose::DirectCare, by);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, None, "find a person", refusal).await),
        };
        let receipt = self.log(id, self.event(caller, id, Act::Searched, None)).await?;
        let mut hits = Vec::new();
        for look_up in look_ups(query) {
            hits.extend(door.clinical.search(&decision, &receipt, look_up).await?);
        }
        let mut found = self.found(query, hits);
        let seen = door.policy.seen(caller.staff.role, Section::Identity);
        found.hits.iter_mut().for_each(|hit| hit.view = std::mem::take(&mut hit.view).seen_as(seen));
        let rows = found.hits.iter().map(|hit| LogRow {
            request: id,
            event: self.event(caller, id, Act::IdentityShown, Some(hit.person)),
            rests_on: None,
        });
        door.desk.log_all(rows.collect()).await?;
        Ok(Disclosed::new(found, receipt))
    }

    fn found(&self, query: &Query, stored: Vec<StoredHit>) -> Found {
        let mut hits: Vec<Hit> = Vec::new();
        for hit in stored {
            if hits.iter().any(|known| known.person == hit.person) {
                continue;
            }
            let view = PersonView::of(hit.charts, Vec::new(), &self.door.region);
            hits.push(Hit { person: hit.person, how: how_found(query, &view), view });
        }
        hits.sort_by_cached_key(|hit| (hit.how, hit.view.name.shown()));
        if hits.len() > HITS_MAX {
            return Found { hits: Vec::new(), too_many: true, similar_names: false };
        }
        let similar_names = names_alike(&hits);
        Found { hits, too_many: false, similar_names }
    }
}

/// The keys to look under: what was typed, and the family name alone.
fn look_ups(query: &Query) -> Vec<LookUp> {
    match query {
        Query::NhsNumber(number) => vec![LookUp::NhsNumber(*number)],
        Query::NameAndBirth { family, given, born } => {
            keys(family, given).into_iter().map(|name_key| LookUp::NameAndBirth { name_key, born: *born }).collect()
        }
        Query::NameAndPostcode { family, postcode, .. } => {
            vec![LookUp::NameAndPostcode { place_key: identity::place_key(family, postcode) }]
        }
    }
}

fn keys(family: &str, given: &str) -> Vec<String> {
    let given = if given.trim().is_empty() { vec![] } else { vec![given.to_owned()] };
    identity::search_keys(&PersonName { family: family.to_owned(), given, ..PersonName::default() })
}

fn how_found(query: &Query, view: &PersonView) -> HowFound {
    let same = |family: &str, given: &str| {
        let first = view.name.given.first().map(String::as_str).unwrap_or_default();
        identity::fold(family) == identity::fold(&view.name.family)
            && (given.trim().is_empty() || identity::fold(given) == identity::fold(first))
    };
    let exact = match query {
        Query::NhsNumber(_) => true,
        Query::NameAndBirth { family, given, .. } | Query::NameAndPostcode { family, given, .. } => same(family, given),
    };
    if exact { HowFound::Exact } else { HowFound::Possible }
}

fn names_alike(hits: &[Hit]) -> bool {
    let name = |hit: &Hit| {
        let given = hit.view.name.given.first().map(|given| identity::fold(given)).unwrap_or_default();
        (identity::fold(&hit.view.name.family), given)
    };
    let mut names: Vec<_> = hits.iter().map(name).collect();
    names.sort();
    names.windows(2).any(|pair| pair.first() == pair.last())
}
