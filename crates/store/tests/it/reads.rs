use record::{Content, EntryId, PersonId, Role, Section, Sensitivity};
use store::{StoreError, UnitWork, Work};

use crate::kit::*;

/// Grace with a medicine, a problem, an alert and a letter, each in a unit of its own.
async fn grace_with_four() -> (Kit, PersonId) {
    let kit = Kit::new().await;
    let bytes = b"medicine|problem|alert|letter".to_vec();
    let entries = [medicine("m", "ramipril"), problem("p", "asthma"), alert("a", "Falls"), letter("l", Some("Dear"))];
    let spans = [0..8, 9..16, 17..22, 23..29];
    let units = entries.into_iter().zip(spans).map(|(entry, span)| UnitWork {
        kind: "unit".into(),
        span,
        work: Work::Apply(vec![change("H1", Some(grace()), vec![entry])]),
    });
    let message = kit.receive(arrival(HOSPITAL, bytes)).await;
    kit.apply(application(message, HOSPITAL, units.collect())).await.unwrap();
    let person = kit.person(NUMBER).await;
    (kit, person)
}

#[tokio::test]
async fn kinds_that_a_decision_does_not_see_never_leave_the_store() {
    let (kit, person) = grace_with_four().await;
    for role in Role::ALL {
        let staff = staff(*role, "ZKB01");
        kit.permit(person, &staff).await;
        let Ok((decision, stand)) = kit.decide(person, &staff).await else {
            assert!(!policy().may_open_record(*role), "{role:?}");
            continue;
        };
        let receipt = kit.log_opening(&decision, &stand).await.unwrap();
        let record = kit.store.clinical.record(&decision, &receipt).await.unwrap();
        let left: Vec<Section> = record.entries.iter().map(record::Entry::section).collect();
        let stored = [Section::Medicines, Section::Problems, Section::Alerts, Section::Letters];
        let seen = decision.sections_shown();
        let wanted: Vec<Section> = stored.into_iter().filter(|section| seen.contains(section)).collect();
        assert_eq!(left, wanted, "{role:?}");
    }
}

#[tokio::test]
async fn the_roles_differ_so_that_the_story_above_proves_something() {
    let (kit, person) = grace_with_four().await;
    let mut counts = Vec::new();
    for role in [Role::Doctor, Role::SocialWorker, Role::Clerk] {
        let (decision, receipt) = kit.open(person, &staff(role, "ZKB01")).await;
        counts.push(kit.store.clinical.record(&decision, &receipt).await.unwrap().entries.len());
    }
    assert_eq!(counts, [4, 2, 0]);
}

#[tokio::test]
async fn sensitive_entries_leave_marked_so_that_the_ledger_can_say_that_something_is_withheld() {
    let kit = Kit::new().await;
    let sensitive = record::NewEntry { sensitivity: Sensitivity::Sensitive, ..problem("p", "x") };
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![sensitive])]).await;
    let (decision, receipt) = kit.open(kit.person(NUMBER).await, &staff(Role::Therapist, "ZKB01")).await;
    assert!(!decision.sees_sensitive());
    let record = kit.store.clinical.record(&decision, &receipt).await.unwrap();
    assert_eq!(record.entries[0].sensitivity, Sensitivity::Sensitive);
}

#[tokio::test]
async fn one_persons_record_holds_nothing_of_the_people_beside_them() {
    let kit = Kit::new().await;
    for (key, number) in [("H1", "9990000018"), ("H2", "9990000026"), ("H3", "9990000034")] {
        kit.tell(HOSPITAL, NOON, vec![change(key, Some(told(key, number)), vec![medicine("m", key)])]).await;
    }
    for (key, number) in [("H1", "9990000018"), ("H2", "9990000026"), ("H3", "9990000034")] {
        assert_eq!(lines(&kit.read(kit.person(number).await).await), [key]);
    }
}

#[tokio::test]
async fn a_copy_holds_everything_with_letter_text_and_the_bytes_of_each_entry() {
    let (kit, person) = grace_with_four().await;
    let id = request();
    let decision =
        access::decide_export(&policy(), &actor(&operator()), id, noon(), person, "the person asked").unwrap();
    let receipt = kit.log(audit::Act::PersonExported, &operator(), Some(person), id).await;
    let (record, raw) = kit.store.clinical.export(&decision, &receipt).await.unwrap();
    assert_eq!(lines(&record), ["ramipril", "asthma", "alert", "Clinic letter"]);
    let Content::Letter(letter) = &record.entries[3].content else { panic!("a letter") };
    assert_eq!(letter.text.as_deref(), Some("Dear"));
    let raw: Vec<String> = raw.into_iter().map(|bytes| String::from_utf8(bytes.unwrap()).unwrap()).collect();
    assert_eq!(raw, ["medicine", "problem", "alert", "letter"]);
    assert_eq!(record.charts[0].told, grace());
}

#[tokio::test]
async fn the_source_of_an_entry_is_shown_to_those_who_see_all_that_its_unit_said() {
    let (kit, person) = grace_with_four().await;
    let entry = |place| EntryId::new(person, place).unwrap();
    let (decision, receipt) = kit.open(person, &doctor()).await;
    assert_eq!(kit.store.clinical.source_text(&decision, &receipt, entry(1)).await.unwrap(), b"problem");

    let (decision, receipt) = kit.open(person, &staff(Role::SocialWorker, "ZKB01")).await;
    assert_eq!(kit.store.clinical.source_text(&decision, &receipt, entry(2)).await.unwrap(), b"alert");
    for (place, why) in [(0, "a medicine is named, not shown"), (1, "problems are not seen"), (9, "there is none")] {
        let refused = kit.store.clinical.source_text(&decision, &receipt, entry(place)).await;
        assert!(matches!(refused, Err(StoreError::NotFound("entry"))), "{why}");
    }
}

#[tokio::test]
async fn a_unit_that_also_speaks_of_what_the_role_does_not_see_stays_closed() {
    let kit = Kit::new().await;
    let both = vec![alert("a", "Falls"), problem("p", "asthma")];
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), both)]).await;
    let person = kit.person(NUMBER).await;
    // The problem is replaced by another message: the first still speaks of it.
    kit.tell(HOSPITAL, NOON, vec![change("H1", None, vec![problem("p", "mild asthma")])]).await;
    let (decision, receipt) = kit.open(person, &staff(Role::SocialWorker, "ZKB01")).await;
    let alert = EntryId::new(person, 0).unwrap();
    let refused = kit.store.clinical.source_text(&decision, &receipt, alert).await;
    assert!(matches!(refused, Err(StoreError::NotFound("entry"))));
    let (decision, receipt) = kit.open(person, &doctor()).await;
    assert!(kit.store.clinical.source_text(&decision, &receipt, alert).await.is_ok());
}
