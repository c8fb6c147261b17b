//! What roles see of one record, and what they cannot infer.

use reconcile::SectionRows;
use record::{Content, Ledger, PersonId, Role, Section};

use crate::made_up::{entry, fields_in, one_of_each, person, sensitive};
use crate::world::{HOSPITAL, World, caller, doctor};

async fn two_people(with: Vec<record::NewEntry>, without: Vec<record::NewEntry>) -> (World, PersonId, PersonId) {
    let world = World::new().await;
    let (one, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), with).await;
    let (two, _) = world.tell("riverside", "2", Some(person("plain", "9990000026")), without).await;
    for each in [one, two] {
        world.ask(&doctor(), each).await;
    }
    (world, one, two)
}

async fn ledger(world: &World, role: Role, person: PersonId, section: Section) -> Ledger {
    let opened = world.disclosure.open(&caller(role, HOSPITAL), person, "summary").await.unwrap();
    opened.record.section(section).with_ledger().ledger.clone()
}

#[tokio::test]
async fn a_clerk_sees_when_and_where_the_next_appointment_is_and_nothing_else() {
    let (world, grace, _) = two_people(one_of_each("plain"), vec![]).await;
    let opened = world.disclosure.open(&caller(Role::Clerk, HOSPITAL), grace, "appointments").await.unwrap();
    let rows = opened.record.section(Section::Appointments).with_ledger();
    let Content::Appointment(appointment) = &rows.current[0].entry.content else { panic!("an appointment") };
    assert_eq!(appointment.place.as_deref(), Some("plain.appointment.place"));
    assert_eq!(appointment.start.map(record::When::to_iso).as_deref(), Some("2026-12-01T10:00:00"));
    assert_eq!(
        (appointment.service.as_str(), &appointment.clinician, &appointment.reason),
        ("Appointment", &None, &None)
    );
    let others = opened.record.sections().iter().filter(|view| view.section() != Section::Appointments);
    for rows in others.map(reconcile::SectionView::with_ledger) {
        let SectionRows { current, past, removed_count, .. } = rows;
        assert_eq!((current.len(), past.len(), removed_count), (0, 0, 0), "{:?}", rows.ledger.section);
    }
}

#[tokio::test]
async fn a_social_worker_sees_medicines_without_doses_and_no_results() {
    let (world, grace, _) = two_people(one_of_each("plain"), vec![]).await;
    let opened = world.disclosure.open(&caller(Role::SocialWorker, HOSPITAL), grace, "summary").await.unwrap();
    let fields = fields_in(&format!("{:?}", opened.record), "plain");
    let medicine: Vec<_> = fields.iter().filter(|field| field.starts_with("medicine.")).collect();
    assert_eq!(medicine, ["medicine.name"]);
    assert!(!fields.iter().any(|field| field.starts_with("result.") || field.starts_with("report.")));
    assert!(opened.not_for_role.contains(&Section::Results));
}

#[tokio::test]
async fn what_a_role_does_not_see_looks_the_same_with_data_and_without() {
    let (world, with, without) = two_people(one_of_each("plain"), vec![entry("allergy", "plain")]).await;
    for section in [Section::Results, Section::Letters, Section::Problems, Section::Procedures] {
        let (one, two) = (
            ledger(&world, Role::SocialWorker, with, section).await,
            ledger(&world, Role::SocialWorker, without, section).await,
        );
        assert!(one.not_for_role, "{section:?}");
        assert_eq!(one, two, "{section:?}");
    }
}

#[tokio::test]
async fn a_therapist_is_told_that_something_is_withheld_and_not_how_much() {
    let kinds = ["problem", "medicine", "result", "letter"];
    let few = kinds.iter().flat_map(|kind| [entry(kind, "plain"), sensitive(kind, "hidden")]).collect();
    let many = kinds
        .iter()
        .flat_map(|kind| {
            [
                entry(kind, "plain"),
                sensitive(kind, "hidden"),
                sensitive(kind, "hidden-too"),
                sensitive(kind, "hidden-three"),
            ]
        })
        .collect();
    let (world, few, many) = two_people(few, many).await;
    for section in [Section::Problems, Section::Medicines, Section::Results, Section::Letters] {
        let (one, three) =
            (ledger(&world, Role::Therapist, few, section).await, ledger(&world, Role::Therapist, many, section).await);
        assert!(one.withheld, "{section:?}");
        assert_eq!(one, three, "{section:?}: three withheld entries are told like one");
        assert!(!ledger(&world, Role::Doctor, few, section).await.withheld, "a doctor sees them");
    }
    let opened = world.disclosure.open(&caller(Role::Therapist, HOSPITAL), many, "summary").await.unwrap();
    let text = format!("{opened:?}");
    for tag in ["hidden", "hidden-too", "hidden-three"] {
        assert_eq!(fields_in(&text, tag).len(), 0, "{tag}");
    }
    let sources: Vec<_> =
        opened.record.sources().iter().filter(|line| line.source.id.as_str() == "riverside").collect();
    assert_eq!(sources[0].answer, record::Answer::Answered(4), "only what is shown is counted");
}

#[tokio::test]
async fn a_withheld_letter_is_as_absent_as_one_that_does_not_exist() {
    let (world, grace, other) =
        two_people(vec![sensitive("letter", "hidden"), entry("letter", "plain")], vec![entry("letter", "other")]).await;
    let door = &world.disclosure;
    let letters = async |person| {
        let opened = door.open(&doctor(), person, "letters").await.unwrap();
        let rows = opened.record.section(Section::Letters).with_ledger();
        rows.current.iter().map(|row| (row.entry.sensitivity, row.entry.id)).collect::<Vec<_>>()
    };
    let own = letters(grace).await;
    let hidden = own.iter().find(|(sensitivity, _)| *sensitivity == record::Sensitivity::Sensitive).unwrap().1;
    let others = letters(other).await[0].1;
    let missing = record::EntryId::new(grace, 4000).unwrap();
    let therapist = caller(Role::Therapist, HOSPITAL);
    for letter in [hidden, others, missing] {
        let closed = door.letter(&therapist, grace, letter).await.unwrap_err();
        assert_eq!(closed.to_string(), "There is no such letter.");
    }
    assert_eq!(door.letter(&doctor(), grace, hidden).await.unwrap().text.as_deref(), Some("hidden.letter.text"));
    assert!(
        door.letter(&doctor(), grace, others).await.is_err(),
        "another person's letter, though it could be opened there"
    );
    let worker = caller(Role::SocialWorker, HOSPITAL);
    assert!(door.letter(&worker, grace, hidden).await.is_err());
}
