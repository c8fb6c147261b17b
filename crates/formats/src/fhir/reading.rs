//! Reading one resource: its fields, its faults, and the entry it becomes.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use record::{Code, Content, NewEntry, Sensitivity, Standing, When};

use super::bundle::{Meant, Member, Members};
use super::datatype;
use super::node::Node;
use super::who::Who;
use crate::{Change, ChartClaim, Problem};

/// Why a resource of a type that is read changes nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// It can be kept but not placed; here is why.
    Keep(Problem),
    /// It is faulty.
    Refuse(Problem),
}

pub(super) type Read<T> = Result<T, Stop>;

/// How many notes one unit carries; a resource of which more is not understood
/// is looked at by hand anyway.
const NOTES_MAX: usize = 50;

/// One resource being read.
pub(super) struct Reading<'r, 'd> {
    pub(super) members: &'r Members<'d>,
    pub(super) resource: Node<'d>,
    pub(super) member: usize,
    place: &'r str,
    notes: RefCell<Vec<Problem>>,
    contained: OnceCell<HashMap<Cow<'d, str>, Node<'d>>>,
}

impl<'r, 'd> Reading<'r, 'd> {
    pub(super) fn new(members: &'r Members<'d>, member: usize, resource: Node<'d>, place: &'r str) -> Self {
        Self { members, resource, member, place, notes: RefCell::default(), contained: OnceCell::new() }
    }

    pub(super) fn into_notes(self) -> Vec<Problem> {
        self.notes.into_inner()
    }

    /// Says that a field was not understood.
    pub(super) fn note(&self, path: &str, what: &str) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < NOTES_MAX {
            notes.push(self.problem(path, what));
        }
    }

    /// The resource contained in this one under this id.
    pub(super) fn contained(&self, id: &str) -> Option<Node<'d>> {
        let by_id = self.contained.get_or_init(|| {
            let all = self.resource.list("contained");
            all.filter_map(|contained| Some((contained.word("id")?, contained))).collect()
        });
        by_id.get(id).copied()
    }

    /// A reason to keep the resource and not to place it.
    pub(super) fn keep(&self, path: &str, what: &str) -> Stop {
        Stop::Keep(self.problem(path, what))
    }

    /// A fault at a field.
    pub(super) fn refuse(&self, path: &str, what: &str) -> Stop {
        Stop::Refuse(self.problem(path, what))
    }

    fn problem(&self, path: &str, what: &str) -> Problem {
        Problem::new(format!("{}.{path}", self.place), what)
    }

    /// A text of the resource.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.resource.string(path)
    }

    /// A `CodeableConcept` of the resource in words.
    pub(super) fn concept(&self, path: &str) -> Option<String> {
        self.resource.at(path).and_then(datatype::concept)
    }

    /// All concepts of a list, in words.
    pub(super) fn concepts(&self, name: &str) -> Option<String> {
        joined(self.resource.list(name).filter_map(datatype::concept), ", ")
    }

    /// A `date`, `dateTime` or `instant` of the resource.
    pub(super) fn when(&self, path: &str) -> Read<Option<When>> {
        self.when_in(self.resource, path, "")
    }

    /// The same of a part of the resource that lies at `part`.
    pub(super) fn when_in(&self, node: Node<'d>, path: &str, part: &str) -> Read<Option<When>> {
        let Some(told) = node.word(path) else { return Ok(None) };
        When::parse_iso(&told).map(Some).map_err(|_| self.refuse(&format!("{part}{path}"), "not a date that exists"))
    }

    /// A choice of a time or the start of a period: `effective[x]` and its like.
    pub(super) fn when_or_start(&self, name: &str) -> Read<Option<When>> {
        match self.when(&format!("{name}DateTime"))? {
            Some(when) => Ok(Some(when)),
            None => self.when(&format!("{name}Period.start")),
        }
    }

    /// The resource's status code, empty where it was not told.
    pub(super) fn status(&self) -> Cow<'d, str> {
        self.resource.word("status").unwrap_or_default()
    }

    /// A status that FHIR does not define is not guessed.
    pub(super) fn note_unknown_status(&self) {
        if !matches!(&*self.status(), "" | "unknown" | "entered-in-error") {
            self.note("status", "not a status that FHIR defines here; shown as not sent");
        }
    }

    /// Past or current, unless the source says that it never was so.
    pub(super) fn standing(&self, is_past: bool) -> Standing {
        let is_error = "entered-in-error";
        let withdrawn = self.status() == is_error
            || self.resource.list("verificationStatus").any(|status| datatype::has_code(status, is_error))
            || self.resource.says("docStatus", is_error);
        match (withdrawn, is_past) {
            (true, _) => Standing::EnteredInError,
            (false, true) => Standing::Past,
            (false, false) => Standing::Current,
        }
    }

    /// The entry of this resource, with what every type says in the same way.
    pub(super) fn entry(&self, content: Content, standing: Standing) -> NewEntry {
        NewEntry {
            key: self.own_key(),
            content,
            standing,
            sensitivity: self.sensitivity(),
            when: None,
            recorded: self.resource.word("meta.lastUpdated").and_then(|told| When::parse_iso(&told).ok()),
            author: None,
            organisation: None,
            code: None,
            part_of: None,
        }
    }

    /// The key under which this resource's entry, or this patient's chart, is kept.
    pub(super) fn own_key(&self) -> String {
        self.members.member(self.member).map_or_else(String::new, |member| member.key.clone())
    }

    /// A change of one entry for one patient.
    pub(super) fn change(&self, chart: ChartClaim, entry: NewEntry) -> Vec<Change> {
        vec![Change { chart, entries: vec![entry] }]
    }

    /// The best code of a concept: SNOMED CT, LOINC, dm+d, any other.
    pub(super) fn code(&self, path: &str) -> Option<Code> {
        self.resource.get(path).and_then(datatype::best_code)
    }

    /// The report or panel that lists this resource.
    pub(super) fn list(&self) -> Option<&'r Member<'d>> {
        self.members.list_of(self.member)
    }

    /// The key of the entry that a reference field means, whether it came with
    /// this message or not.
    pub(super) fn key_at(&self, path: &str) -> Option<String> {
        match self.members.meant(&self.resource.word(path)?, self.member) {
            Meant::Here(member) => Some(member.key.clone()),
            Meant::Elsewhere { key, .. } => Some(key),
            Meant::Several | Meant::Nothing => None,
        }
    }

    /// Whether this resource lies on another server than the one set for the source.
    pub(super) fn is_foreign(&self) -> bool {
        self.members.is_foreign(self.member)
    }

    /// Names what was recorded by whom, where each is not told already.
    pub(super) fn signed(&self, mut entry: NewEntry, who: Who) -> NewEntry {
        entry.author = entry.author.or(who.person);
        entry.organisation = entry.organisation.or(who.organisation);
        entry
    }

    /// `R` and `V` of HL7's confidentiality codes, and the codes of HL7's
    /// sensitivity policies, mark what only named roles may see.
    fn sensitivity(&self) -> Sensitivity {
        let marked = self.resource.at("meta").is_some_and(|meta| {
            meta.list("security").any(|label| label.word("code").is_some_and(|code| SENSITIVE_LABELS.contains(&&*code)))
        });
        if marked { Sensitivity::Sensitive } else { Sensitivity::Ordinary }
    }
}

/// v3-Confidentiality restricted and very restricted; v3-ActCode
/// `_InformationSensitivityPolicy`.
const SENSITIVE_LABELS: [&str; 14] =
    ["R", "V", "ETH", "GDIS", "HIV", "MST", "PREGNANT", "PSY", "PSYTHPN", "SDV", "SEX", "SPI", "STD", "SUD"];

/// Texts with a separator between, or nothing where there are none.
pub(super) fn joined(texts: impl Iterator<Item = String>, separator: &str) -> Option<String> {
    let mut seen = HashSet::new();
    let once: Vec<String> = texts.filter(|text| seen.insert(text.clone())).collect();
    (!once.is_empty()).then(|| once.join(separator))
}

/// A code as a word that staff can read: `in-progress` is `In progress`.
pub(super) fn word_of(code: &str) -> String {
    let spaced = code.replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is told more than the parts say, in one text.
pub(super) fn notes_of(resource: Node<'_>) -> Option<String> {
    joined(resource.list("note").filter_map(|note| note.string("text")), "\n")
}
