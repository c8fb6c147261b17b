//! What a source takes back, and changes that are applied on terms.

use record::{Demographics, Standing};
use store::{Applied, ChartChange, Terms, UnitWork, Work};

use crate::kit::*;

fn unit(work: Work) -> UnitWork {
    UnitWork { kind: "unit".into(), span: 0..1, work }
}

/// Applies these units as one message.
async fn tell(kit: &Kit, source: &str, units: Vec<UnitWork>) -> Applied {
    let message = kit.receive(arrival(source, kit.fresh_bytes())).await;
    kit.apply(application(message, source, units)).await.unwrap()
}

async fn with_grace() -> Kit {
    let kit = Kit::new().await;
    let entries = vec![medicine("m", "ramipril"), letter("l", Some("Dear colleague"))];
    kit.tell(HOSPITAL, "", vec![change("H1", Some(grace()), entries)]).await;
    kit
}

fn if_new(changes: Vec<ChartChange>) -> UnitWork {
    unit(Work::ApplyOn(Terms { only_if_new: true, with_all: false }, changes))
}

fn with_all(changes: Vec<ChartChange>) -> UnitWork {
    unit(Work::ApplyOn(Terms { only_if_new: false, with_all: true }, changes))
}

#[tokio::test]
async fn what_a_source_deletes_stays_as_removed_and_its_words_are_kept() {
    let kit = with_grace().await;
    let person = kit.person(NUMBER).await;
    let before = kit.stand(person, &doctor()).await.record_version;
    let removals = ["m", "l"].map(|key| unit(Work::Remove(key.into()))).into();
    let applied = tell(&kit, HOSPITAL, removals).await;
    assert_eq!((applied.by_kind["unit"].applied, applied.unchanged.len()), (2, 0));
    let record = kit.read(person).await;
    assert!(record.entries.len() == 2 && record.entries.iter().all(|entry| entry.standing == Standing::EnteredInError));
    assert_eq!(kit.kept_lines().await.len(), 2);
    assert_eq!(kit.stand(person, &doctor()).await.record_version, before + 1);
    let again = tell(&kit, HOSPITAL, vec![unit(Work::Remove("m".into()))]).await;
    assert_eq!(again.by_kind["unit"].applied, 1, "again it says the same");
    assert_eq!(kit.kept_lines().await.len(), 2);
}

#[tokio::test]
async fn another_source_deletes_nothing_and_what_was_never_here_is_kept_and_counted() {
    let kit = with_grace().await;
    for (source, key) in [(PRACTICE, "m"), (HOSPITAL, "x")] {
        let applied = tell(&kit, source, vec![unit(Work::Remove(key.into()))]).await;
        assert_eq!((applied.by_kind["unit"].kept, applied.unchanged.contains(&0)), (1, true));
    }
    let record = kit.read(kit.person(NUMBER).await).await;
    assert!(record.entries.iter().all(|entry| entry.standing == Standing::Current));
}

#[tokio::test]
async fn a_message_shows_whom_it_takes_something_from() {
    let kit = with_grace().await;
    let message = kit.receive(arrival(HOSPITAL, kit.fresh_bytes())).await;
    kit.apply(application(message, HOSPITAL, vec![unit(Work::Remove("m".into()))])).await.unwrap();
    assert_eq!(kit.store.people.in_message(message).await.unwrap(), [kit.person(NUMBER).await]);
}

#[tokio::test]
async fn what_is_known_is_left_alone_by_what_is_applied_only_where_it_is_new() {
    let kit = with_grace().await;
    let renamed = Demographics { telephones: vec!["020 7946 0099".into()], ..grace() };
    let units = vec![
        if_new(vec![change("H1", Some(renamed), vec![])]),
        if_new(vec![change("H1", None, vec![medicine("m", "warfarin")])]),
        if_new(vec![change("H1", None, vec![medicine("n", "aspirin")])]),
        if_new(vec![change("H2", Some(told("Jamila", OTHER_NUMBER)), vec![])]),
    ];
    let applied = tell(&kit, HOSPITAL, units).await;
    assert_eq!(applied.unchanged.into_iter().collect::<Vec<_>>(), [0, 1]);
    assert_eq!((applied.entries, applied.persons), (1, 1));
    let record = kit.read(kit.person(NUMBER).await).await;
    let mut names = lines(&record);
    names.sort();
    assert!(names.contains(&"aspirin".to_owned()) && names.contains(&"ramipril".to_owned()), "{names:?}");
    assert_eq!(record.charts[0].told.telephones, ["020 7946 0000"]);
}

#[tokio::test]
async fn where_one_contradicts_all_wait_that_are_applied_together() {
    let kit = with_grace().await;
    let units = || {
        let not_grace = change("H1", Some(told("Tunde", NUMBER)), vec![]);
        vec![change("H2", Some(told("Jamila", OTHER_NUMBER)), vec![medicine("m", "aspirin")]), not_grace]
    };
    let together = units().into_iter().map(|change| with_all(vec![change])).chain([unit(Work::Remove("m".into()))]);
    let applied = tell(&kit, HOSPITAL, together.collect()).await;
    assert_eq!((applied.by_kind["unit"].applied, applied.by_kind["unit"].quarantined), (0, 3));
    let record = kit.read(kit.person(NUMBER).await).await;
    assert!(record.entries.iter().all(|entry| entry.standing == Standing::Current));
    let alone = units().into_iter().map(|change| unit(Work::Apply(vec![change]))).collect();
    let applied = tell(&kit, HOSPITAL, alone).await;
    assert_eq!((applied.by_kind["unit"].applied, applied.by_kind["unit"].quarantined), (1, 1));
}
