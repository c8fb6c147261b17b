//! Every function of the door, called one after the other.

use access::{EmergencyReason, EmergencyText, PermissionGiven};
use disclosure::{Caller, Closed};
use jiff::civil::date;
use record::{EntryId, MessageId, PersonId};

use crate::made_up::day;
use crate::world::{World, by_number};

/// What one of them gave: everything that can be read from it, as text.
pub(crate) type Way = (&'static str, Result<String, Closed>);

/// About whom and what to ask.
#[derive(Clone)]
pub(crate) struct About {
    pub(crate) person: PersonId,
    pub(crate) number: &'static str,
    pub(crate) family: &'static str,
    pub(crate) letter: EntryId,
    pub(crate) message: MessageId,
}

/// Calls every function that lets content out.
pub(crate) async fn read_everything(world: &World, caller: &Caller, about: &About) -> Vec<Way> {
    let door = &world.disclosure;
    let person = about.person;
    let named = disclosure::Query::NameAndBirth {
        family: about.family.into(),
        given: String::new(),
        born: day("1951-03-04").map_or(date(1951, 3, 4), record::When::first_day),
    };
    vec![
        ("search by number", shown(door.search(caller, by_number(about.number)).await.map(|found| (*found).clone()))),
        ("search by name", shown(door.search(caller, named).await.map(|found| (*found).clone()))),
        ("who", shown(door.who(caller, person).await.map(|who| (*who).clone()))),
        ("open", shown(door.open(caller, person, "summary").await)),
        ("letter", shown(door.letter(caller, person, about.letter).await)),
        ("message", door.message(caller, about.message, "a fault").await.map(|bytes| text(&bytes))),
        ("copy", shown(door.copy(caller, person, "asked by the person").await)),
        ("who looked", door.who_looked(caller, Some(person), None).await.map(|looked| rows(&looked.rows))),
        ("who looked at anyone", door.who_looked(caller, None, None).await.map(|looked| rows(&looked.rows))),
    ]
}

/// Calls every function that only writes down.
pub(crate) async fn write_everything(world: &World, caller: &Caller, person: PersonId) -> Vec<Way> {
    let door = &world.disclosure;
    let words = EmergencyText::parse("GCS 8, found collapsed").unwrap();
    let decider = PermissionGiven::Decider { name: "Ngozi Okafor".into(), relationship: "daughter".into() };
    vec![
        ("yes", shown(door.record_yes(caller, person, PermissionGiven::Person).await)),
        ("yes by another", shown(door.record_yes(caller, person, decider).await)),
        ("no", shown(door.record_no(caller, person).await)),
        ("emergency", shown(door.open_emergency(caller, person, EmergencyReason::TooUnwell, words).await)),
        ("signed in", shown(door.signed_in(caller).await)),
        ("signed out", shown(door.signed_out(caller).await)),
    ]
}

fn shown<T: std::fmt::Debug>(result: Result<T, Closed>) -> Result<String, Closed> {
    result.map(|value| format!("{value:?}"))
}

fn rows(rows: &[audit::Event]) -> String {
    rows.iter().map(|row| text(&row.canonical())).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
