//! Who shares a name and a birth date with whoever arrives, and is told apart by their key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use access::{Purpose, SearchBy};
use audit::Act;
use record::Demographics;
use store::{IdentityRules, LookUp, OtherChart, ScoreRules, TakenApart};

use crate::kit::*;
use crate::looking_alike::{Region, at_home, elsewhere, known_region};

static WEIGHED: AtomicUsize = AtomicUsize::new(0);

/// The rules of the program; how many charts of others they looked at is counted.
fn counting() -> Arc<IdentityRules> {
    fn if_worth_weighing(told: &TakenApart, other: &Demographics) -> Option<OtherChart> {
        WEIGHED.fetch_add(1, Ordering::Relaxed);
        (intake::IDENTITY_RULES.score.if_worth_weighing)(told, other)
    }
    let rules = known_region();
    Arc::new(IdentityRules { score: ScoreRules { if_worth_weighing, ..rules.score }, ..rules })
}

#[tokio::test]
async fn of_those_of_one_family_name_and_birth_date_nobody_is_read_who_has_another_given_name() {
    let region = Region::by(Kit::new().await, counting());
    let strangers = ["Emmanuel", "Wale", "Dayo", "Kofi"].map(|given| at_home("Okafor", given, "1951-03-04"));
    for (chart, stranger) in ["H1", "H2", "H3", "H4"].into_iter().zip(strangers) {
        region.tell(chart, &elsewhere(stranger, &format!("{chart} Other Road"), "SE1 1ZZ")).await;
    }
    assert_eq!(WEIGHED.load(Ordering::Relaxed), 0);
    region.tell("H5", &at_home("Okafor", "Grace", "1951-03-04")).await;
    assert_eq!(WEIGHED.load(Ordering::Relaxed), 0, "she is none of them");
    region.tell("H6", &at_home("Okafor", "Gracie", "1951-03-04")).await;
    assert_eq!(WEIGHED.load(Ordering::Relaxed), 1, "she may be Grace");
}

#[tokio::test]
async fn whoever_has_told_two_given_names_is_found_once_by_either() {
    let region = Region::new().await;
    let man = |given| at_home("Okafor", given, "1951-03-04");
    region.tell("H1", &man("William")).await;
    region.tell("H2", &man("Bill")).await;
    let person = region.whose("H1").await;
    assert_eq!(region.whose("H2").await, person);
    let sounds = |given| <[String; 2]>::try_from((intake::IDENTITY_RULES.found_by)(&man(given)).names);
    let born = "1951-03-04".parse().unwrap();
    for given in ["William", "Bill"] {
        let both = sounds(given).unwrap();
        let [family, by_given] = both.clone().map(|name_key| LookUp::NameAndBirth { name_key, born });
        for look_up in [family, by_given, LookUp::NamesAndBirth { name_keys: both, born }] {
            assert_eq!(found(&region, look_up.clone()).await, [person], "{look_up:?}");
        }
    }
    let never_told = LookUp::NamesAndBirth { name_keys: sounds("Emmanuel").unwrap(), born };
    assert_eq!(found(&region, never_told).await, [0; 0]);
}

async fn found(region: &Region, look_up: LookUp) -> Vec<i64> {
    let (id, purpose) = (request(), Purpose::DirectCare);
    let decision = access::decide_search(&policy(), &actor(&doctor()), id, noon(), &purpose, SearchBy::Name).unwrap();
    let receipt = region.kit.log(Act::Searched, &doctor(), None, id).await;
    let hits = region.kit.store.clinical.search(&decision, &receipt, look_up).await.unwrap();
    hits.into_iter().map(|hit| hit.person.0.cast_signed()).collect()
}
