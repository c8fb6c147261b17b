//! A source merges its own numbers: one person's record holds both, nothing is rewritten, and everything goes back.

use store::{DoubtKind, JoinVerb, StoredRecord};

use crate::kit::*;
use crate::merging_kit::*;

fn waiting(record: &StoredRecord) -> u32 {
    record.sources.iter().map(|stored| stored.waiting_items).sum()
}

async fn person_of(kit: &Kit, key: &str) -> record::PersonId {
    let id = kit.count(&format!("SELECT person FROM chart WHERE key = '{key}'")).await;
    record::PersonId(id.cast_unsigned())
}

async fn kinds(kit: &Kit) -> Vec<String> {
    kit.texts("SELECT kind FROM work_item WHERE state = 0 ORDER BY id").await
}

#[tokio::test]
async fn what_was_told_under_the_prior_number_is_in_the_survivors_record_and_its_chart_stays_as_it_was() {
    let kit = Kit::new().await;
    say(
        &kit,
        &[
            Said::tells(1, "H1", "grace", None),
            Said::tells(2, "H2", "grace-unnumbered", Some(1)),
            Said::merges(3, "H2", "H1"),
            Said::tells(4, "H2", "none", Some(2)),
        ],
    )
    .await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]]);
    let record = kit.read(kit.person(NUMBER).await).await;
    assert_eq!(lines(&record), ["medicine 2", "problem 2", "Clinic letter"]);
    assert_eq!(record.charts.len(), 2);
    assert_eq!(record.charts[1].told.nhs_number, None, "the chart tells what it told");
    let evidence = kit.texts("SELECT evidence FROM link_event ORDER BY id").await;
    assert_eq!(evidence, ["first seen", "first seen", "the source merged its numbers"]);
    assert_eq!(kit.count("SELECT count(*) FROM quarantine").await, 0);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_patient_who_was_merged_before_anything_came_of_them_is_found_when_it_comes() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", None), Said::merges(2, "H2", "H1")]).await;
    say(&kit, &[Said::tells(3, "H2", "grace-unnumbered", Some(1))]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]]);
    assert_eq!(lines(&kit.read(kit.person(NUMBER).await).await).len(), 3);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_merge_that_comes_again_changes_nothing() {
    let kit = Kit::new().await;
    let story =
        [Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "none", None), Said::merges(3, "H2", "H1")];
    say(&kit, &story).await;
    let before = (record_of(&kit, "H1").await, kit.stand(kit.person(NUMBER).await, &doctor()).await.record_version);
    say(&kit, &[Said::merges(4, "H2", "H1"), Said::merges(5, "H1", "H2")]).await;
    let after = (record_of(&kit, "H1").await, kit.stand(kit.person(NUMBER).await, &doctor()).await.record_version);
    assert_eq!(before, after, "nor does the merge the other way round");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn chains_of_merges_end_the_same_in_any_order() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let kit = Kit::new().await;
        let merges = [Said::merges(5, "H1", "H2"), Said::merges(6, "H2", "H3"), Said::merges(7, "H3", "H1")];
        say(&kit, &[Said::tells(1, "H1", "none", Some(1)), Said::tells(2, "H3", "grace", Some(2))]).await;
        say(&kit, &order.map(|at: usize| merges[at].clone())).await;
        assert_eq!(who_is_who(&kit).await, [["H1", "H2", "H3"]], "{order:?}");
        must_be_built_anew_the_same(&kit.store).await;
    }
}

#[tokio::test]
async fn two_nhs_numbers_are_never_merged_by_a_source_and_both_records_say_that_it_waits() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "another-grace", Some(2))]).await;
    let applied = say(&kit, &[Said::merges(3, "H2", "H1")]).await;
    assert_eq!((applied[0].by_kind["ADT^A40"].quarantined, applied[0].by_kind["ADT^A40"].applied), (1, 0));
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
    for key in ["H1", "H2"] {
        let record = kit.read(person_of(&kit, key).await).await;
        assert_eq!((waiting(&record), record.doubts.len(), record.entries.len()), (1, 1, 3), "{key}");
    }
    let reason = kit.texts("SELECT reason FROM quarantine").await;
    assert_eq!(reason, ["the source asks to merge patients; two people by what they tell"]);
    let message = record::MessageId(kit.count("SELECT message FROM quarantine").await.cast_unsigned());
    assert_eq!(kit.store.people.in_message(message).await.unwrap().len(), 2);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn other_sources_charts_of_the_prior_person_stay_and_somebody_is_asked() {
    let kit = Kit::new().await;
    say(
        &kit,
        &[
            Said::tells(1, "P1", "grace", Some(3)).of(PRACTICE),
            Said::tells(2, "H2", "grace", Some(1)),
            Said::tells(3, "H1", "grace-unnumbered", None),
            Said::merges(4, "H2", "H1"),
        ],
    )
    .await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "H2"], vec!["P1"]]);
    assert_eq!(kinds(&kit).await, ["merge"]);
    let practice = kit.read(person_of(&kit, "P1").await).await;
    assert_eq!((lines(&practice).len(), practice.doubts.len()), (3, 1));
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_source_merges_its_own_charts_alone() {
    let kit = Kit::new().await;
    say(
        &kit,
        &[
            Said::tells(1, "H1", "grace", None),
            Said::tells(2, "H2", "jamila", Some(1)).of(PRACTICE),
            Said::merges(3, "H2", "H1"),
        ],
    )
    .await;
    let keys = kit.texts("SELECT count(*) FROM chart GROUP BY person ORDER BY 1").await;
    assert_eq!(keys, ["1", "2"], "the hospital's H2 is another patient than the practice's");
    assert!(lines(&kit.read(kit.person(NUMBER).await).await).is_empty());
}

#[tokio::test]
async fn who_is_restricted_stays_so_by_a_merge_and_whoever_is_left_is_looked_at_anew() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace-unnumbered", None), Said::tells(2, "H2", "grace-restricted", None)]).await;
    let left = person_of(&kit, "H2").await.0;
    say(&kit, &[Said::merges(3, "H2", "H1")]).await;
    let restricted = kit.texts("SELECT CASE WHEN restricted <> (1 = 0) THEN 'y' ELSE 'n' END FROM person ORDER BY id");
    let restricted = if on_postgres() {
        restricted.await
    } else {
        kit.texts("SELECT CASE restricted WHEN 1 THEN 'y' ELSE 'n' END FROM person ORDER BY id").await
    };
    let expected = if person_of(&kit, "H1").await.0 < left { ["y", "n"] } else { ["n", "y"] };
    assert_eq!(restricted, expected);
}

/// The most dangerous of all: a preliminary result that goes on standing beside its correction.
#[tokio::test]
async fn a_report_that_goes_on_under_the_surviving_number_replaces_the_one_under_the_prior_number() {
    for merged_first in [true, false] {
        let kit = Kit::new().await;
        say(&kit, &[Said::tells(1, "H1", "grace", None), Said::tells(2, "H2", "grace-unnumbered", Some(1))]).await;
        let (merge, corrected) = (Said::merges(3, "H2", "H1"), Said::tells(4, "H1", "grace", Some(2)));
        let story = if merged_first { [merge, corrected] } else { [corrected, merge] };
        say(&kit, &story).await;
        let record = kit.read(kit.person(NUMBER).await).await;
        let reports = record.entries.iter().filter(|entry| entry.content.kind() == "letter").count();
        assert_eq!(reports, 1, "merged first: {merged_first}");
        let medicines = lines(&record).into_iter().filter(|line| line.starts_with("medicine")).collect::<Vec<_>>();
        assert_eq!(medicines, ["medicine 2"]);
        let problems = lines(&record).into_iter().filter(|line| line.starts_with("problem")).count();
        assert_eq!(problems, if merged_first { 1 } else { 2 }, "what has no number of its own stays side by side");
        // An older message that comes late under the prior number overwrites nothing.
        say(&kit, &[Said { hour: 1, ..Said::tells(9, "H2", "none", Some(3)) }]).await;
        let record = kit.read(kit.person(NUMBER).await).await;
        assert!(!lines(&record).contains(&"medicine 3".to_owned()));
        must_be_built_anew_the_same(&kit.store).await;
    }
}

#[tokio::test]
async fn charts_that_the_source_links_and_unlinks_again_are_as_they_were() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "grace-unnumbered", Some(2))]).await;
    let before = (record_of(&kit, "H1").await, record_of(&kit, "H2").await);
    say(&kit, &[Said::asks(3, JoinVerb::Link, "H2", "H1")]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]]);
    say(&kit, &[Said::asks(4, JoinVerb::Unlink, "H2", "H1")]).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
    assert_eq!((record_of(&kit, "H1").await, record_of(&kit, "H2").await), before);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn whom_their_source_has_parted_nothing_brings_together_but_their_source() {
    let kit = Kit::new().await;
    let (link, unlink) = (JoinVerb::Link, JoinVerb::Unlink);
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "grace-unnumbered", Some(2))]).await;
    say(&kit, &[Said::asks(3, link, "H2", "H1"), Said::asks(4, unlink, "H2", "H1")]).await;
    // Now it tells the number that the other has, with the same name and birth date.
    say(&kit, &[Said::tells(5, "H2", "grace", None)]).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
    assert_eq!(kinds(&kit).await, ["merge"], "somebody is asked");
    assert_eq!(kit.store.inbox.work_list().await.unwrap()[0].kind, DoubtKind::Merge);
    say(&kit, &[Said::asks(6, link, "H2", "H1")]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]], "a source may join its own charts again");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn two_who_are_one_person_for_other_reasons_are_not_parted_by_their_source() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", None), Said::tells(2, "H2", "grace", None)]).await;
    let applied = say(&kit, &[Said::asks(3, JoinVerb::Unlink, "H2", "H1")]).await;
    assert_eq!(applied[0].by_kind["ADT^A40"].quarantined, 1);
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]]);
}

#[tokio::test]
async fn a_merge_is_taken_back_and_waits_when_the_prior_patient_turns_out_to_be_somebody_else() {
    for merged_first in [true, false] {
        let kit = Kit::new().await;
        let (merge, told) = (Said::merges(3, "H2", "H1"), Said::tells(4, "H2", "another-grace", Some(1)));
        say(&kit, &[Said::tells(1, "H1", "grace", Some(2))]).await;
        say(&kit, &if merged_first { [merge, told] } else { [told, merge] }).await;
        assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]], "merged first: {merged_first}");
        assert_eq!(kit.count("SELECT count(*) FROM quarantine WHERE state = 0").await, 1);
        assert_eq!(kinds(&kit).await, ["merge"]);
        let (one, other) = (record_of(&kit, "H1").await, record_of(&kit, "H2").await);
        assert_eq!((one.len(), other.len()), (4, 4));
        must_be_built_anew_the_same(&kit.store).await;
    }
}

#[tokio::test]
async fn what_was_shown_before_between_and_after_is_told_as_it_was_then() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "grace-unnumbered", Some(2))]).await;
    let mut seen = Vec::new();
    for said in [
        Said::merges(3, "H2", "H1"),
        Said::tells(4, "H1", "none", Some(3)),
        Said::tells(5, "H2", "none", Some(4)),
        Said::asks(6, JoinVerb::Unlink, "H2", "H1"),
        Said::tells(7, "H2", "none", Some(5)),
    ] {
        for person in kit.texts("SELECT id FROM person ORDER BY id").await {
            let person = record::PersonId(person.parse().unwrap());
            seen.push((person, kit.stand(person, &doctor()).await.record_version, lines(&kit.read(person).await)));
        }
        say(&kit, &[said]).await;
    }
    for (person, version, told) in seen {
        let (decision, receipt) = kit.open(person, &doctor()).await;
        let again = kit.store.clinical.record_as_of(&decision, &receipt, version).await.unwrap();
        assert_eq!(lines(&again), told, "{person:?} at {version}");
    }
    must_be_built_anew_the_same(&kit.store).await;
}
