//! A chart came without its number, and now tells it: somebody else carries it already.

use record::{Demographics, NhsNumber, PersonId};
use store::LookUp;

use crate::kit::*;

/// Grace at the hospital with her number, and at the practice without it.
async fn apart() -> (Kit, PersonId, PersonId) {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![problem("p", "asthma")])]).await;
    let (message, _) =
        kit.tell(PRACTICE, NOON, vec![change("P1", Some(told("Grace", "")), vec![medicine("m", "ramipril")])]).await;
    let apart = kit.store.people.in_message(message).await.unwrap()[0];
    let person = kit.person(NUMBER).await;
    assert_ne!(person, apart, "without a number nobody is linked");
    (kit, person, apart)
}

async fn tell_number(kit: &Kit) {
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![])]).await;
}

#[tokio::test]
async fn a_chart_that_stands_alone_goes_where_it_would_have_gone_at_once() {
    let (kit, person, apart) = apart().await;
    let (decision, receipt) = kit.open(apart, &doctor()).await;
    tell_number(&kit).await;
    let opened = kit.store.clinical.record(&decision, &receipt).await;
    assert!(matches!(opened, Err(store::StoreError::FactsMoved)), "whoever was opening them begins anew");
    assert_eq!(lines(&kit.read(person).await), ["asthma", "ramipril"]);
    assert_eq!(kit.store.people.count().await.unwrap(), (1, 2));
    let nobody = kit.read(apart).await;
    assert!(nobody.charts.is_empty() && nobody.entries.is_empty() && nobody.doubts.is_empty());
}

#[tokio::test]
async fn whoever_is_moved_is_found_once_and_only_where_they_are() {
    let (kit, person, _) = apart().await;
    tell_number(&kit).await;
    let id = request();
    let by = access::SearchBy::Name;
    let care = access::Purpose::DirectCare;
    let decision = access::decide_search(&policy(), &actor(&doctor()), id, noon(), &care, by).unwrap();
    let receipt = kit.log(audit::Act::Searched, &doctor(), None, id).await;
    let look_ups = [
        LookUp::NameAndBirth { name_key: "okafor".into(), born: "1951-03-04".parse().unwrap() },
        LookUp::NameAndPostcode { place_key: "okafor|se5 0zz".into() },
        LookUp::NhsNumber(NhsNumber::parse(NUMBER).unwrap()),
    ];
    for look_up in look_ups {
        let hits = kit.store.clinical.search(&decision, &receipt, look_up).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.person).collect::<Vec<_>>(), [person]);
    }
}

#[tokio::test]
async fn what_waits_and_what_is_doubted_moves_along() {
    let (kit, person, _) = apart().await;
    let somebody_else = change("P1", Some(told("Jamila", "")), vec![]);
    kit.tell(PRACTICE, NOON, vec![somebody_else]).await;
    tell_number(&kit).await;
    let record = kit.read(person).await;
    assert_eq!(record.doubts.len(), 1);
    let waiting: Vec<u32> = record.sources.iter().map(|stored| stored.waiting_items).collect();
    assert_eq!(waiting, [0, 1], "the held message of the practice");
}

#[tokio::test]
async fn a_choice_not_to_share_follows_the_chart_and_can_be_taken_back() {
    for dissent in [false, true] {
        let (kit, person, apart) = apart().await;
        let desk = &kit.store.desk;
        match dissent {
            false => desk.set_opt_out(apart, true).await.unwrap(),
            true => desk.set_dissent(apart, true).await.unwrap(),
        }
        let before = kit.stand(person, &doctor()).await.facts;
        assert!(!before.opted_out && !before.dissent);
        tell_number(&kit).await;
        let after = kit.stand(person, &doctor()).await.facts;
        assert_eq!((after.opted_out, after.dissent), (!dissent, dissent), "a link never opens what was closed");
        assert_ne!(after.version, before.version);
        match dissent {
            false => desk.set_opt_out(person, false).await.unwrap(),
            true => desk.set_dissent(person, false).await.unwrap(),
        }
        let after = kit.stand(person, &doctor()).await.facts;
        assert!(!after.opted_out && !after.dissent);
    }
}

#[tokio::test]
async fn a_restriction_follows_the_chart_too() {
    let (kit, person, _) = apart().await;
    let restricted = Demographics { restricted: true, ..grace() };
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(restricted), vec![])]).await;
    assert!(kit.stand(person, &doctor()).await.facts.restricted);
}

#[tokio::test]
async fn a_chart_that_shares_its_person_with_another_is_moved_by_people_only() {
    let (kit, person, apart) = apart().await;
    // A second chart on the same person, as a link made by hand would leave it.
    let insert = "INSERT INTO chart (id, source, key, since, person) SELECT max(id) + 1, 1, 'H9', 1,";
    kit.home.tamper(&format!("{insert} {} FROM chart", apart.0)).await;
    tell_number(&kit).await;
    assert_eq!(lines(&kit.read(person).await), ["asthma"]);
    let stays = kit.read(apart).await;
    assert_eq!(lines(&stays), ["ramipril"]);
    assert_eq!(stays.doubts.len(), 1, "and somebody must look");
    let people = kit.store.people.with_number(NhsNumber::parse(NUMBER).unwrap()).await.unwrap();
    assert_eq!(people, [person, apart]);
}
