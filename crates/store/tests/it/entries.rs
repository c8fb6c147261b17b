use record::{NewEntry, PersonId, Standing};

use crate::kit::*;

/// Grace with these entries at noon.
async fn grace_with(entries: Vec<NewEntry>) -> (Kit, PersonId) {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), entries)]).await;
    let person = kit.person(NUMBER).await;
    (kit, person)
}

async fn tell_entry(kit: &Kit, stated_at: &str, entry: NewEntry) {
    kit.tell(HOSPITAL, stated_at, vec![change("H1", None, vec![entry])]).await;
}

async fn kept(kit: &Kit) -> Vec<String> {
    kit.kept_lines().await.iter().map(|line| first(line)).collect()
}

async fn version(kit: &Kit, person: PersonId) -> u64 {
    kit.stand(person, &doctor()).await.record_version
}

#[tokio::test]
async fn a_later_version_replaces_and_the_earlier_is_kept() {
    let (kit, person) = grace_with(vec![medicine("m", "ramipril 5 mg")]).await;
    let before = kit.read(person).await;
    let version_before = version(&kit, person).await;
    tell_entry(&kit, "2026-11-23T13:00:00Z", medicine("m", "ramipril 10 mg")).await;
    let after = kit.read(person).await;
    assert_eq!(lines(&after), ["ramipril 10 mg"]);
    assert_eq!(after.entries[0].id, before.entries[0].id, "the entry keeps its id");
    assert_eq!(kept(&kit).await, ["ramipril 5 mg"]);
    assert_eq!(version(&kit, person).await, version_before + 1);
    let since = kit.count("SELECT since FROM entry_version").await;
    assert!(since <= version_before.cast_signed(), "it was shown from then");
    let until = kit.count("SELECT until FROM entry_version").await;
    assert_eq!(until, version_before.cast_signed() + 1, "until the version that replaced it");
}

#[tokio::test]
async fn identical_content_makes_no_version_and_does_not_move_the_record() {
    let (kit, person) = grace_with(vec![medicine("m", "ramipril"), letter("l", Some("Dear colleague"))]).await;
    let before = version(&kit, person).await;
    let same = vec![medicine("m", "ramipril"), letter("l", Some("Dear colleague"))];
    let (_, applied) = kit.tell(HOSPITAL, "2026-11-23T13:00:00Z", vec![change("H1", Some(grace()), same)]).await;
    assert_eq!((applied.entries, version(&kit, person).await), (0, before));
    assert!(kept(&kit).await.is_empty());
}

#[tokio::test]
async fn any_change_beside_the_words_is_a_version_too() {
    let (kit, person) = grace_with(vec![medicine("m", "ramipril")]).await;
    let plain = medicine("m", "ramipril");
    let changed = [
        NewEntry { author: Some("Dr Other".into()), ..plain.clone() },
        NewEntry { author: None, ..plain.clone() },
        NewEntry { standing: Standing::Past, ..plain.clone() },
        NewEntry { sensitivity: record::Sensitivity::Sensitive, ..plain.clone() },
        NewEntry { when: None, ..plain.clone() },
        NewEntry { recorded: plain.when, ..plain.clone() },
        NewEntry { part_of: Some("order 1".into()), ..plain.clone() },
        NewEntry { code: Some(record::Code { system: "sct".into(), code: "1".into() }), ..plain.clone() },
    ];
    for (number, entry) in changed.into_iter().enumerate() {
        let before = version(&kit, person).await;
        tell_entry(&kit, "", entry).await;
        assert_eq!(version(&kit, person).await, before + 1, "change {number}");
    }
    assert_eq!(kept(&kit).await.len(), 8);
}

#[tokio::test]
async fn what_was_entered_in_error_stays_and_says_so() {
    let (kit, person) = grace_with(vec![medicine("m", "ramipril")]).await;
    let error = NewEntry { standing: Standing::EnteredInError, ..medicine("m", "ramipril") };
    tell_entry(&kit, "2026-11-23T13:00:00Z", error).await;
    let record = kit.read(person).await;
    assert_eq!(record.entries.len(), 1);
    assert_eq!(record.entries[0].standing, Standing::EnteredInError);
    assert_eq!(kept(&kit).await, ["ramipril"], "and what it said before is kept");
}

#[tokio::test]
async fn several_versions_in_one_message_are_all_kept() {
    let (kit, person) = grace_with(vec![]).await;
    let drafts = ["one", "two", "three", "four"].map(|name| medicine("m", name)).to_vec();
    kit.tell(HOSPITAL, "2026-11-23T13:00:00Z", vec![change("H1", None, drafts)]).await;
    assert_eq!(lines(&kit.read(person).await), ["four"]);
    assert_eq!(kept(&kit).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn the_same_key_from_two_charts_is_two_entries() {
    let (kit, person) = grace_with(vec![medicine("1", "from the hospital")]).await;
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![medicine("1", "from the practice")])]).await;
    assert_eq!(lines(&kit.read(person).await), ["from the hospital", "from the practice"]);
}

#[tokio::test]
async fn everything_that_an_entry_carries_reads_back() {
    let told = NewEntry {
        standing: Standing::Past,
        sensitivity: record::Sensitivity::Sensitive,
        recorded: record::When::parse_iso("2026-11-21T09:15").ok(),
        organisation: Some("Ward 7".into()),
        code: Some(record::Code { system: "http://snomed.info/sct".into(), code: "386872004".into() }),
        ..medicine("m", "ramipril")
    };
    let (kit, person) = grace_with(vec![told.clone()]).await;
    let entry = kit.read(person).await.entries.remove(0);
    assert_eq!((entry.content, entry.standing, entry.sensitivity), (told.content, told.standing, told.sensitivity));
    assert_eq!((entry.when, entry.code), (told.when, told.code));
    let provenance = entry.provenance;
    assert_eq!((provenance.recorded, provenance.author.as_deref()), (told.recorded, told.author.as_deref()));
    assert_eq!(
        (provenance.organisation.as_deref(), provenance.source.as_str()),
        (told.organisation.as_deref(), HOSPITAL)
    );
    assert_eq!(provenance.unit, 0);
}

#[tokio::test]
async fn entries_of_a_source_that_is_no_longer_configured_stay_readable() {
    let (kit, person) = grace_with(vec![medicine("m", "ramipril")]).await;
    let waiting = kit.receive(arrival(HOSPITAL, b"waits".to_vec())).await;
    let Kit { store, home: _home, .. } = kit.reopened_for(&[source(PRACTICE)]).await;
    let listed = store.inbox.waiting(None, 10).await.unwrap();
    assert_eq!((listed[0].id, listed[0].source.as_str()), (waiting, HOSPITAL));
    let error = store.inbox.receive(arrival(HOSPITAL, b"more".to_vec())).await.unwrap_err();
    assert!(matches!(error, store::StoreError::UnknownSource(_)), "it may not deliver: {error}");

    let facts = store.desk.stand(person, &doctor(), None, noon()).await.unwrap();
    assert_eq!(facts.facts.person, person);
    let id = request();
    let decision =
        access::decide_export(&policy(), &actor(&operator()), id, noon(), person, "the person asked").unwrap();
    let event = event(audit::Act::PersonExported, &operator(), Some(person), id);
    let receipt = store.desk.log(store::LogRow { request: id, event, rests_on: None }).await.unwrap();
    let (record, _) = store.clinical.export(&decision, &receipt).await.unwrap();
    assert_eq!((lines(&record), record.entries[0].provenance.source.as_str()), (vec!["ramipril".into()], HOSPITAL));
    let configured: Vec<_> = record.sources.iter().map(|stored| stored.source.id.as_str()).collect();
    assert_eq!(configured, [PRACTICE], "the ledger speaks of configured sources");
}
