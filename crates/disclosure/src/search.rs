use access::{Purpose, RequestId, SearchBy, Seen, decide_search};
use audit::Act;
use identity::NameFit;
use jiff::civil::Date;
use record::{Gender, NhsNumber, PersonId, PersonName, Section, When};
use store::{HITS_MAX, LOOK_UP_PEOPLE_MAX, LogRow, LookUp, StoredHit};

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
    /// Names differ in spelling, or are former ones.
    Possible,
}

/// What is shown of a person until they are chosen: enough to tell people apart,
/// and where they live only roughly.
#[derive(Clone, Debug)]
pub struct HitView {
    /// Name.
    pub name: PersonName,
    /// Birth date, at the precision told.
    pub born: Option<When>,
    /// Gender.
    pub gender: Option<Gender>,
    /// NHS number, check digit passed.
    pub nhs_number: Option<NhsNumber>,
    /// `Some(None)` when dead with no date told.
    pub died: Option<Option<When>>,
    /// The outward half of the postcode; never of whoever is restricted.
    pub postcode_district: Option<String>,
    /// Their address must be hidden.
    pub restricted: bool,
}

/// One person found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Who; the page gives it a handle, never this number.
    pub person: PersonId,
    /// Who they are.
    pub view: HitView,
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
    /// So many fit possibly that only those who fit exactly are shown.
    pub possible_left_out: bool,
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
        let mut looked_up = LookedUp::default();
        for (place, look_up) in look_ups(query).into_iter().enumerate() {
            looked_up.add(place, door.clinical.search(&decision, &receipt, look_up).await?);
        }
        let found = self.found(query, looked_up, door.policy.seen(caller.staff.role, Section::Identity));
        let rows = found.hits.iter().map(|hit| LogRow {
            request: id,
            event: self.event(caller, id, Act::IdentityShown, Some(hit.person)),
            rests_on: None,
        });
        door.desk.log_all(rows.collect()).await?;
        Ok(Disclosed::new(found, receipt))
    }

    /// Exact ones first. Where all that fit are more than are shown, those that fit
    /// exactly are shown by themselves; where those are too many, or may be more than were read, nobody is.
    fn found(&self, query: &Query, looked_up: LookedUp, seen: Seen) -> Found {
        let (mut exact, mut possible) = (Vec::new(), Vec::new());
        for hit in looked_up.hits {
            let mut view = PersonView::of(hit.charts, Vec::new(), &self.door.region);
            view.restricted |= hit.restricted;
            let Some(how) = how_found(query, &view).filter(|how| may_match(query, &view, *how)) else { continue };
            let hit = Hit { person: hit.person, view: HitView::of(view, seen), how };
            if how == HowFound::Exact { exact.push(hit) } else { possible.push(hit) }
        }
        let all_fit = !looked_up.is_cut && exact.len() + possible.len() <= HITS_MAX;
        if looked_up.exact_are_cut || exact.len() > HITS_MAX || (exact.is_empty() && !all_fit) {
            return Found { hits: Vec::new(), too_many: true, possible_left_out: false, similar_names: false };
        }
        let mut hits = exact;
        if all_fit {
            hits.append(&mut possible);
        }
        hits.sort_by_cached_key(|hit| (hit.how, hit.view.name.shown()));
        let similar_names = any_similar(&hits);
        Found { hits, too_many: false, possible_left_out: !all_fit, similar_names }
    }
}

impl HitView {
    fn of(view: PersonView, seen: Seen) -> Self {
        let view = view.seen_as(seen);
        Self {
            postcode_district: view.address.as_ref().and_then(record::Address::postcode_district),
            name: view.name,
            born: view.born,
            gender: view.gender,
            nhs_number: view.nhs_number,
            died: view.died,
            restricted: view.restricted,
        }
    }
}

/// Everybody that the look-ups found, once.
#[derive(Default)]
struct LookedUp {
    hits: Vec<StoredHit>,
    /// A look-up found more people than are read.
    is_cut: bool,
    /// The first did: somebody who fits exactly may not be among those who were read.
    exact_are_cut: bool,
}

impl LookedUp {
    fn add(&mut self, place: usize, hits: Vec<StoredHit>) {
        let is_cut = hits.len() > LOOK_UP_PEOPLE_MAX;
        self.is_cut |= is_cut;
        self.exact_are_cut |= is_cut && place == 0;
        for hit in hits {
            if self.hits.iter().all(|known| known.person != hit.person) {
                self.hits.push(hit);
            }
        }
    }
}

/// The keys to look under, all by sound. Whoever fits exactly is under the first, but for a given name that is written as
/// one word here and as two there; what is looked up besides brings them, who is spelt otherwise, and who has the names in
/// each other's place.
fn look_ups(query: &Query) -> Vec<LookUp> {
    match query {
        Query::NhsNumber(number) => vec![LookUp::NhsNumber(*number)],
        Query::NameAndBirth { family, given, born } => {
            let typed = typed(family, given);
            let both = identity::both_sound_keys(&typed);
            let both = both.map(|name_keys| LookUp::NamesAndBirth { name_keys, born: *born });
            let each = identity::sound_keys(&typed).into_iter();
            both.into_iter().chain(each.map(|name_key| LookUp::NameAndBirth { name_key, born: *born })).collect()
        }
        Query::NameAndPostcode { family, given, postcode } => {
            let places = identity::sound_place_keys(&typed(family, given), postcode).into_iter();
            places.map(|place_key| LookUp::NameAndPostcode { place_key }).collect()
        }
    }
}

fn typed(family: &str, given: &str) -> PersonName {
    let given = if given.trim().is_empty() { vec![] } else { vec![given.to_owned()] };
    PersonName { family: family.to_owned(), given, ..PersonName::default() }
}

/// How a person fits; `None` where only the sound of a name or its key did.
fn how_found(query: &Query, view: &PersonView) -> Option<HowFound> {
    let typed = match query {
        Query::NhsNumber(_) => return Some(HowFound::Exact),
        Query::NameAndBirth { family, given, .. } | Query::NameAndPostcode { family, given, .. } => {
            typed(family, given)
        }
    };
    // A birth date that only one of several sources tells finds, and is not the one shown.
    let born_as_shown = match query {
        Query::NameAndBirth { born, .. } => view.born.map(When::day_only) == Some(When::Day(*born)),
        Query::NhsNumber(_) | Query::NameAndPostcode { .. } => true,
    };
    if born_as_shown && identity::name_fit(&typed, &view.name) == Some(NameFit::Same) {
        return Some(HowFound::Exact);
    }
    let told = view.told.iter().map(|one| &one.demographics);
    let mut names = told.flat_map(|told| std::iter::once(&told.name).chain(&told.other_names));
    names.any(|name| identity::name_fit(&typed, name).is_some()).then_some(HowFound::Possible)
}

/// Whoever is restricted is found by number, or by their whole name as it is with
/// their birth date: nobody comes upon them.
fn may_match(query: &Query, view: &PersonView, how: HowFound) -> bool {
    match query {
        _ if !view.restricted => true,
        Query::NhsNumber(_) => true,
        Query::NameAndBirth { given, .. } => {
            let has_one_name = view.name.family.is_empty() || view.name.given.is_empty();
            how == HowFound::Exact && (has_one_name || !given.trim().is_empty())
        }
        Query::NameAndPostcode { .. } => false,
    }
}

fn any_similar(hits: &[Hit]) -> bool {
    let mut pairs =
        hits.iter().enumerate().flat_map(|(at, one)| hits.iter().skip(at + 1).map(move |other| (one, other)));
    pairs.any(|(one, other)| identity::names_are_similar(&one.view.name, &other.view.name))
}
