//! What the stories of merges share: messages that tell or ask, spelt as bytes, so that a rebuild reads them again.

use std::sync::Arc;

use record::{Attendance, AttendanceStatus, Content, Demographics, MessageId, NewEntry};
use store::{
    Application, Applied, Arrival, Attended, JoinAsk, JoinVerb, Mentioned, Rearrange, Received, Refile, Store, Terms,
    UnitWork, Work,
};

use crate::kit::*;
use crate::rebuilt::rebuilt_by;

/// The rule about merges in small: two numbers, or another name with another birth date.
pub fn cannot_merge(one: &Demographics, other: &Demographics) -> Option<String> {
    let two_numbers = one.nhs_number.zip(other.nhs_number).is_some_and(|(one, other)| one != other);
    let differs = one.name.given != other.name.given && one.born != other.born;
    let told = !one.name.given.is_empty() && !other.name.given.is_empty();
    (two_numbers || told && differs).then(|| "two people by what they tell".to_owned())
}

/// A message of a source about its own charts.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// So that no two are the same bytes.
    pub number: usize,
    pub source: &'static str,
    pub hour: u8,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Who the patient of this chart is, and a medicine and a result in this wording, if any.
    Tells { chart: &'static str, who: &'static str, wording: Option<u8> },
    /// The first chart is asked to be one with the second, or two again.
    Asks { verb: JoinVerb, prior: &'static str, survivor: &'static str },
    /// An attendance of a chart, at this place, and a letter and a result of it.
    Attends { chart: &'static str, visit: &'static str, place: &'static str },
    /// An attendance of the first chart is filed as this one of the second, or made one with it.
    Refiles { from: (&'static str, &'static str), into: (&'static str, &'static str), makes_one: bool },
}

/// Who is told, by a word.
pub fn who(word: &str) -> Option<Demographics> {
    match word {
        "grace" => Some(grace()),
        "grace-restricted" => Some(Demographics { restricted: true, ..grace() }),
        "grace-unnumbered" => Some(Demographics { nhs_number: None, ..grace() }),
        "ada" => Some(told("Ada", NUMBER)),
        "jamila" => Some(told("Jamila", OTHER_NUMBER)),
        "joan" => Some(told("Joan", NUMBER)),
        "joan-elsewhere" => {
            Some(Demographics { address: None, telephones: vec!["020 7946 0001".into()], ..told("Joan", NUMBER) })
        }
        "joan-born-later" => {
            Some(Demographics { born: record::When::parse_iso("1962-08-19").ok(), ..told("Joan", NUMBER) })
        }
        "joan-restricted" => Some(Demographics { restricted: true, ..told("Joan", NUMBER) }),
        "another-grace" => Some(told("Grace", OTHER_NUMBER)),
        _ => None,
    }
}

impl Said {
    pub fn tells(number: usize, chart: &'static str, who: &'static str, wording: Option<u8>) -> Self {
        let what = What::Tells { chart, who, wording };
        Self { number, source: HOSPITAL, hour: hour(number), what }
    }

    pub fn asks(number: usize, verb: JoinVerb, prior: &'static str, survivor: &'static str) -> Self {
        Self { number, source: HOSPITAL, hour: hour(number), what: What::Asks { verb, prior, survivor } }
    }

    pub fn merges(number: usize, prior: &'static str, survivor: &'static str) -> Self {
        Self::asks(number, JoinVerb::Merge, prior, survivor)
    }

    pub fn attends(number: usize, chart: &'static str, visit: &'static str, place: &'static str) -> Self {
        Self { number, source: HOSPITAL, hour: hour(number), what: What::Attends { chart, visit, place } }
    }

    pub fn refiles(number: usize, from: (&'static str, &'static str), into: (&'static str, &'static str)) -> Self {
        let what = What::Refiles { from, into, makes_one: false };
        Self { number, source: HOSPITAL, hour: hour(number), what }
    }

    pub fn makes_one(number: usize, chart: &'static str, prior: &'static str, survivor: &'static str) -> Self {
        let what = What::Refiles { from: (chart, prior), into: (chart, survivor), makes_one: true };
        Self { number, source: HOSPITAL, hour: hour(number), what }
    }

    pub fn of(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let what = match &self.what {
            What::Tells { chart, who, wording } => {
                format!("tells {chart} {who} {}", wording.map_or_else(String::new, |wording| wording.to_string()))
            }
            What::Asks { verb, prior, survivor } => format!("asks {prior} {survivor} {verb:?}"),
            What::Attends { chart, visit, place } => format!("attends {chart} {visit} {place}"),
            What::Refiles { from, into, makes_one } => {
                format!("refiles {} {} {} {} {makes_one}", from.0, from.1, into.0, into.1)
            }
        };
        format!("{} {} {} {what}", self.number, self.source, self.hour).into_bytes()
    }

    /// The units of what [`Said::bytes`] spelt.
    fn units(bytes: &[u8]) -> Vec<UnitWork> {
        let text = std::str::from_utf8(bytes).unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        let (kind, work) = match words[3] {
            "tells" => {
                let entries = words[6].parse().map(entries).unwrap_or_default();
                ("ADT^A08", Work::Apply(vec![change(words[4], who(words[5]), entries)]))
            }
            "attends" => ("ADT^A01", Work::Apply(vec![change(words[4], None, attended(words[5], words[6]))])),
            "refiles" => {
                let at = |chart: &str, visit: &str| Attended { chart: chart.to_owned(), attendance: visit.to_owned() };
                let refiled = vec![Refile {
                    from: at(words[4], words[5]),
                    into: at(words[6], words[7]),
                    makes_one: words[8] == "true",
                }];
                let about = [words[4], words[6]].map(|key| Mentioned { key: Some(key.to_owned()), nhs_number: None });
                ("ADT^A45", Work::Rearrange(Rearrange { refiled, ..nothing_asked(about.to_vec()) }))
            }
            _ => {
                let verb = match words[6] {
                    "Merge" => JoinVerb::Merge,
                    "Link" => JoinVerb::Link,
                    _ => JoinVerb::Unlink,
                };
                let (prior, survivor) = (words[4].to_owned(), words[5].to_owned());
                let about = [&survivor, &prior].map(|key| Mentioned { key: Some(key.clone()), nhs_number: None });
                let asks = vec![JoinAsk { verb, prior, prior_told: None, survivor }];
                ("ADT^A40", Work::Rearrange(Rearrange { asks, ..nothing_asked(about.to_vec()) }))
            }
        };
        vec![UnitWork { kind: kind.to_owned(), span: 0..bytes.len(), work }]
    }

    pub fn application(bytes: &[u8], message: MessageId, at: jiff::Timestamp) -> Application {
        let text = std::str::from_utf8(bytes).unwrap();
        let mut words = text.split(' ').skip(1);
        let (source, hour) = (words.next().unwrap(), words.next().unwrap().parse().unwrap());
        let whole = application(message, source, Self::units(bytes));
        Application { stated_at: Some(stated(hour)), at, ..whole }
    }
}

fn nothing_asked(about: Vec<Mentioned>) -> Rearrange {
    Rearrange {
        asks: Vec::new(),
        refiled: Vec::new(),
        changes: Vec::new(),
        terms: Terms::default(),
        place: "MRG".to_owned(),
        asks_to: "the source asks to merge patients".to_owned(),
        about,
    }
}

/// An attendance, and a letter and a problem that were told of it.
fn attended(visit: &str, place: &str) -> Vec<NewEntry> {
    let attendance = Attendance {
        kind: "Inpatient".to_owned(),
        status: AttendanceStatus::Current,
        start: None,
        end: None,
        place: Some(place.to_owned()),
        clinician: None,
        reason: None,
        outcome: None,
    };
    let of_it = |entry: NewEntry| NewEntry { part_of: Some(visit.to_owned()), ..entry };
    let written = letter(&format!("letter of {visit}"), Some(&format!("Dear colleague, seen at {place}.")));
    let found = problem(&format!("found at {visit}"), &format!("found at {place}"));
    vec![entry(visit, Content::Attendance(attendance)), of_it(written), of_it(found)]
}

fn hour(number: usize) -> u8 {
    u8::try_from(number % 20 + 1).unwrap()
}

fn stated(hour: u8) -> jiff::Timestamp {
    time(&format!("2026-11-20T{hour:02}:00:00Z"))
}

fn entries(wording: u8) -> Vec<NewEntry> {
    let result = letter("l", Some(&format!("report {wording}")));
    vec![medicine("m", &format!("medicine {wording}")), problem("p", &format!("problem {wording}")), result]
}

/// Receives each and applies it, in this order.
pub async fn say(kit: &Kit, all: &[Said]) -> Vec<Applied> {
    let mut applied = Vec::new();
    for said in all {
        let bytes = said.bytes();
        let arrival = Arrival { stated_at: Some(stated(said.hour)), ..arrival(said.source, bytes.clone()) };
        let Received::New(message) = kit.store.inbox.receive(arrival).await.unwrap() else { continue };
        applied.push(kit.apply(Said::application(&bytes, message, after_noon(1))).await.unwrap());
    }
    applied
}

/// Builds the record anew; it must come to the same.
pub async fn must_be_built_anew_the_same(store: &Store) {
    let (_, before, after) = rebuilt_by(store, &Arc::new(rules()), Said::application).await;
    assert_eq!(before.differs_in(&after), Vec::<&str>::new());
}

/// Which charts are one person's: their keys, sorted, people in the order of their first chart.
pub async fn who_is_who(kit: &Kit) -> Vec<Vec<String>> {
    let rows = kit.home.look("SELECT person, key FROM chart ORDER BY key").await;
    let mut people: Vec<(String, Vec<String>)> = Vec::new();
    for mut row in rows {
        let (key, person) = (row.remove(1), row.remove(0));
        match people.iter_mut().find(|(known, _)| *known == person) {
            Some((_, keys)) => keys.push(key),
            None => people.push((person, vec![key])),
        }
    }
    people.into_iter().map(|(_, keys)| keys).collect()
}

/// What a person's record tells in a canonical order, without numbers that only this store gave.
pub async fn record_of(kit: &Kit, key: &str) -> Vec<String> {
    let id = kit.count(&format!("SELECT person FROM chart WHERE key = '{key}'")).await;
    let record = kit.read(record::PersonId(id.cast_unsigned())).await;
    let mut told: Vec<String> = record
        .charts
        .iter()
        .map(|chart| format!("{} {:?} {:?}", chart.source, chart.told, chart.local_numbers))
        .collect();
    told.extend(record.entries.iter().map(|entry| format!("{:?} {}", entry.standing, entry.content.to_line())));
    told.sort();
    told
}
