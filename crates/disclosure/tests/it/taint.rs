//! Every field of every kind of entry is traceable. For each role, whatever can
//! be read from whatever the door gives is searched for fields that are not in
//! the role's row of the table.

use std::collections::BTreeSet;

use access::{Policy, Seen};
use record::{Content, NewEntry, PersonId, Role, Section};

use crate::made_up::{entry, fields_in, one_of_each, person, sensitive};
use crate::ways_out::{About, read_everything};
use crate::world::{HOSPITAL, World, caller, doctor};

/// What is left of an entry of which only the name is shown, as a guardian would
/// read `policy/README.md`: what it is, and where.
const NAMES: [&str; 16] = [
    "alert.title",
    "allergy.substance",
    "medicine.name",
    "problem.term",
    "result.test",
    "report.title",
    "appointment.place",
    "attendance.place",
    "letter.title",
    "immunisation.vaccine",
    "immunisation.given",
    "procedure.term",
    "procedure.status",
    "person-involved.name",
    "social-care.title",
    "social-care.status",
];

/// What tells two people apart.
const IDENTITY_NAMES: [&str; 4] = ["identity.family", "identity.given", "identity.title", "identity.preferred"];

async fn tainted() -> (World, About) {
    let world = World::new().await;
    let mut entries = one_of_each("canary");
    entries.extend(Content::KINDS.iter().map(|kind| sensitive(kind, "secret")));
    let (grace, message) = world.tell("riverside", "1", Some(person("canary", "9990000018")), entries).await;
    world.tell("riverside", "2", Some(person("stranger", "9990000026")), one_of_each("stranger")).await;
    world.ask(&doctor(), grace).await;
    let opened = world.disclosure.open(&doctor(), grace, "letters").await.unwrap();
    let letters = opened.record.section(Section::Letters).with_ledger().current;
    let is_plain = |row: &&reconcile::Row| row.entry.sensitivity == record::Sensitivity::Ordinary;
    let letter = letters.iter().find(is_plain).unwrap().entry.id;
    let about = About { person: grace, number: "9990000018", family: "canary.identity.family", letter, message };
    (world, about)
}

fn fields_of(entry: &NewEntry, tag: &str) -> BTreeSet<String> {
    fields_in(&format!("{entry:?}"), tag)
}

/// The entries' fields that a role may see of a record.
fn in_row(policy: &Policy, role: Role, make: fn(&str, &str) -> NewEntry, tag: &str) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for kind in Content::KINDS {
        let fields = fields_of(&make(kind, tag), tag);
        match policy.seen(role, Content::section_of_kind(kind).unwrap()) {
            Seen::Show => allowed.extend(fields),
            Seen::NamesOnly => allowed.extend(fields.into_iter().filter(|field| NAMES.contains(&field.as_str()))),
            Seen::No => {}
        }
    }
    // The text of a letter is read when it is opened, not with the record.
    allowed.remove("letter.text");
    allowed
}

fn identity_in_row(policy: &Policy, role: Role) -> BTreeSet<String> {
    let all = fields_in(&format!("{:?}", person("canary", "9990000018")), "canary");
    match policy.seen(role, Section::Identity) {
        Seen::Show => all,
        Seen::NamesOnly => all.into_iter().filter(|field| IDENTITY_NAMES.contains(&field.as_str())).collect(),
        Seen::No => BTreeSet::new(),
    }
}

#[tokio::test]
async fn no_role_gets_a_field_that_is_not_in_its_row() {
    let (world, about) = tainted().await;
    let policy = Policy::shipped().unwrap();
    for role in Role::ALL {
        let caller = caller(*role, HOSPITAL);
        let entries = in_row(&policy, *role, entry, "canary");
        let identity = identity_in_row(&policy, *role);
        for (way, result) in read_everything(&world, &caller, &about).await {
            let allowed = match (way, policy.may_open_record(*role)) {
                ("copy", _) if policy.may_export(*role) => continue,
                ("open", true) => &entries | &identity,
                ("letter", true) if policy.seen(*role, Section::Letters) == Seen::Show => {
                    &(&entries | &identity) | &BTreeSet::from(["letter.text".to_owned()])
                }
                ("who", _) => identity.clone(),
                // Until a person is chosen nobody sees more of them than it takes to choose.
                ("search by number" | "search by name", _) => {
                    identity.iter().filter(|field| IDENTITY_NAMES.contains(&field.as_str())).cloned().collect()
                }
                _ => BTreeSet::new(),
            };
            let sensitive_allowed = match way {
                "open" | "letter" if policy.sees_sensitive(*role) && !allowed.is_empty() => {
                    in_row(&policy, *role, sensitive, "secret")
                }
                _ => BTreeSet::new(),
            };
            let (is_shown, text) = match result {
                Ok(text) => (true, text),
                Err(closed) => (false, format!("{closed} {closed:?}")),
            };
            let (plain, secret) = (fields_in(&text, "canary"), fields_in(&text, "secret"));
            if is_shown {
                assert_eq!(plain, allowed, "{role:?}, {way}");
                assert_eq!(secret, sensitive_allowed, "{role:?}, {way}: sensitive entries");
            } else {
                assert_eq!((plain.len(), secret.len()), (0, 0), "{role:?}, {way}: {text}");
            }
            assert_eq!(fields_in(&text, "stranger").len(), 0, "{role:?}, {way}: somebody else");
        }
    }
}

#[tokio::test]
async fn a_copy_holds_every_field_and_only_the_role_that_may_export_gets_one() {
    let (world, about) = tainted().await;
    let policy = Policy::shipped().unwrap();
    for role in Role::ALL {
        let copy = world.disclosure.copy(&caller(*role, HOSPITAL), about.person, "asked by the person").await;
        assert_eq!(copy.is_ok(), policy.may_export(*role), "{role:?}");
        let Ok(copy) = copy else { continue };
        let text = format!("{copy:?}");
        for kind in Content::KINDS {
            assert!(fields_in(&text, "canary").is_superset(&fields_of(&entry(kind, "canary"), "canary")), "{kind}");
            assert!(fields_in(&text, "secret").is_superset(&fields_of(&entry(kind, "secret"), "secret")), "{kind}");
        }
    }
}

#[tokio::test]
async fn a_policy_of_names_alone_leaves_names_alone_everywhere() {
    let text = include_str!("../../../../policy/roles.toml");
    let doctor_row = text.lines().find(|line| line.starts_with("doctor ") && line.contains("\"show\"")).unwrap();
    let policy = Policy::parse(&text.replace(doctor_row, &doctor_row.replace("\"show\" ", "\"names\""))).unwrap();
    let world = World::open(tempfile::tempdir().unwrap(), policy.clone()).await;
    let (grace, _) = world.tell("riverside", "1", Some(person("canary", "9990000018")), one_of_each("canary")).await;
    world.ask(&doctor(), grace).await;
    let opened = world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    let wanted = &in_row(&policy, Role::Doctor, entry, "canary") | &identity_in_row(&policy, Role::Doctor);
    assert!(wanted.contains("problem.term") && !wanted.contains("problem.note"));
    assert_eq!(fields_in(&format!("{opened:?}"), "canary"), wanted);
}

#[tokio::test]
async fn no_field_of_a_record_is_in_any_row_of_the_access_log() {
    let (world, about) = tainted().await;
    for role in Role::ALL {
        read_everything(&world, &caller(*role, HOSPITAL), &about).await;
    }
    let mut rows = 0;
    for person in [None, Some(about.person), Some(PersonId(about.person.0 + 1))] {
        for row in world.logged(person).await {
            let text = String::from_utf8(row.canonical()).unwrap();
            for tag in ["canary", "secret", "stranger"] {
                assert_eq!(fields_in(&text, tag).len(), 0, "{text}");
            }
            rows += 1;
        }
    }
    assert!(rows > Role::ALL.len(), "{rows} rows");
}
