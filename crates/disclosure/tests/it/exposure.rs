//! Who saw a record while it held two people: decided, written down, then told per organisation.

use std::sync::Arc;

use access::PermissionGiven;
use audit::Act;
use disclosure::{Caller, Closed, LinkVerdict, Look};
use jiff::SignedDuration;
use record::{PersonId, Role, Section};
use store::{IdentityRules, Placement};

use crate::identity_work::{analyst, doubted};
use crate::made_up;
use crate::world::{COMMUNITY, HOSPITAL, World, caller, code, found_by};

/// Decides and carries it out, a minute after what was before it.
async fn decide(world: &World, item: u64, verdict: LinkVerdict) {
    world.pass(SignedDuration::from_mins(1));
    let door = &world.disclosure;
    let seen = door.identity_preview(&analyst(), item, verdict).await.unwrap().pair.seen.token().to_owned();
    door.decide_identity(&analyst(), item, &seen, verdict, "compared").await.unwrap();
    let rules = Arc::new(IdentityRules {
        place: |_, _| Placement::NewPerson,
        contradiction: |_, _, _| None,
        cannot_merge: |_, _| None,
        found_by,
        score: store::ScoreRules::NONE,
    });
    let request = world.inbox.link_requests(0).await.unwrap().remove(0);
    world.inbox.carry_out_link(&request, &rules, world.now()).await.unwrap().unwrap();
    world.pass(SignedDuration::from_mins(1));
}

async fn opens(world: &World, who: &Caller, person: PersonId) {
    world.disclosure.record_yes(who, person, PermissionGiven::Person).await.unwrap();
    world.disclosure.open(who, person, "summary").await.unwrap();
}

/// Two people were one for four minutes, in which a doctor and a nurse elsewhere saw the record; another doctor
/// saw it before and after. Gives whose it was, who was taken out again, and the doubt.
async fn seen_by_two(world: &World) -> ([PersonId; 2], u64) {
    let (people, item) = doubted(world).await;
    let before_and_after = caller(Role::Pharmacist, HOSPITAL);
    for person in people {
        opens(world, &before_and_after, person).await;
    }
    decide(world, item, LinkVerdict::SamePerson).await;
    let pair = world.disclosure.identity_pair(&analyst(), item).await.unwrap();
    let mixed = pair.people.iter().find(|one| one.charts.len() == 2).unwrap();
    let person = mixed.person;
    let linked = mixed.charts.iter().find(|chart| chart.linked_by_hand.is_some()).unwrap().chart;
    opens(world, &caller(Role::Doctor, HOSPITAL), person).await;
    opens(world, &caller(Role::Nurse, COMMUNITY), person).await;
    decide(world, item, LinkVerdict::Unlink(linked)).await;
    opens(world, &before_and_after, person).await;
    let other = people.into_iter().find(|one| *one != person).unwrap();
    ([person, other], item)
}

#[tokio::test]
async fn the_two_who_opened_the_mixed_record_are_told_by_organisation_and_the_report_is_in_the_log_of_both_people() {
    let world = World::new().await;
    let (people, item) = seen_by_two(&world).await;
    let refused = world.disclosure.exposure(&analyst(), item, None, " ").await.unwrap_err();
    assert_eq!(code(&refused), "reason-needed");
    let exposure = world.disclosure.exposure(&analyst(), item, None, "both have asked").await.unwrap();
    let mut told: Vec<(&str, &str, Act)> = Vec::new();
    for part in &exposure.organisations {
        told.extend(part.looks.iter().map(|look| (part.organisation.as_str(), look.row.role.as_str(), look.row.act)));
    }
    told.sort_unstable();
    assert_eq!(told, [(HOSPITAL, "doctor", Act::RecordOpened), (COMMUNITY, "nurse", Act::RecordOpened)]);
    assert_eq!((exposure.staff, exposure.more, exposure.times.len()), (2, false, 1));
    assert_eq!(exposure.times[0].person, people[0]);
    let looks = || exposure.organisations.iter().flat_map(|part| &part.looks);
    assert!(looks().all(|look| look.row.record_version.is_some() && !look.row.sections.is_empty()));
    for person in people {
        let logged = world.logged(Some(person)).await;
        let reported = logged.iter().find(|row| row.act == Act::ExposureReported).unwrap();
        assert_eq!(reported.reason.as_deref(), Some("both have asked"));
        assert_eq!(reported.page.as_deref(), Some(format!("doubt {item}, who saw it").as_str()));
    }
}

#[tokio::test]
async fn the_entries_that_stood_there_are_counted_for_each_look_and_named_once_for_each_organisation() {
    let world = World::new().await;
    let (_, item) = doubted(&world).await;
    let told = vec![made_up::entry("medicine", "early"), made_up::sensitive("medicine", "hidden")];
    world.tell("riverside", "2", None, told).await;
    decide(&world, item, LinkVerdict::SamePerson).await;
    let pair = world.disclosure.identity_pair(&analyst(), item).await.unwrap();
    let mixed = pair.people.iter().find(|one| one.charts.len() == 2).unwrap();
    let linked = mixed.charts.iter().find(|chart| chart.linked_by_hand.is_some()).unwrap().chart;
    opens(&world, &caller(Role::Doctor, HOSPITAL), mixed.person).await;
    world.pass(SignedDuration::from_mins(1));
    world.tell("riverside", "2", None, vec![made_up::entry("medicine", "late")]).await;
    opens(&world, &caller(Role::Nurse, COMMUNITY), mixed.person).await;
    opens(&world, &caller(Role::Doctor, COMMUNITY), mixed.person).await;
    decide(&world, item, LinkVerdict::Unlink(linked)).await;
    let exposure = world.disclosure.exposure(&analyst(), item, None, "both have asked").await.unwrap();
    let told = |organisation: &str| {
        let part = exposure.organisations.iter().find(|part| part.organisation == organisation).unwrap();
        let counts = |look: &Look| look.stood.iter().map(|one| (one.section, one.count)).collect::<Vec<_>>();
        let looks: Vec<_> = part.looks.iter().map(counts).collect();
        let entries: Vec<_> = part.entries.iter().map(|shown| (shown.entry.section, shown.looks)).collect();
        (looks, entries)
    };
    let (medicines, hidden) = (|count| (Some(Section::Medicines), count), (None, 1));
    assert_eq!(told(HOSPITAL), (vec![vec![medicines(1), hidden]], vec![(Section::Medicines, 1)]));
    let twice = vec![medicines(2), hidden];
    let entries = vec![(Section::Medicines, 2), (Section::Medicines, 2)];
    assert_eq!(told(COMMUNITY), (vec![twice.clone(), twice], entries));
    let kept = format!("{:?}", *exposure);
    assert!(!kept.contains("early.medicine") && !kept.contains("hidden.medicine"), "nothing of what they say");
}

#[tokio::test]
async fn whoever_has_chosen_since_not_to_share_still_has_their_answer_and_one_organisation_has_its_own_part() {
    let world = World::new().await;
    let (people, item) = seen_by_two(&world).await;
    world.desk.set_opt_out(people[1], true).await.unwrap();
    let only = caller(Role::Nurse, COMMUNITY).staff.organisation;
    let exposure = world.disclosure.exposure(&analyst(), item, Some(&only), "asked").await.unwrap();
    let parts: Vec<_> =
        exposure.organisations.iter().map(|part| (part.organisation.as_str(), part.looks.len())).collect();
    assert_eq!(parts, [(COMMUNITY, 1)]);
}

#[tokio::test]
async fn a_role_that_does_not_decide_about_links_is_refused_and_where_nothing_was_parted_there_is_no_report() {
    let world = World::new().await;
    world.tell("kingsbrook", "9", Some(made_up::person("third", "9990000026")), vec![]).await;
    let (_, item) = doubted(&world).await;
    for role in [Role::Doctor, Role::PrivacyOfficer, Role::Administrator] {
        let refused = world.disclosure.exposure(&caller(role, HOSPITAL), item, None, "asked").await.unwrap_err();
        assert_eq!(code(&refused), "role-may-not-decide-links", "{role:?}");
    }
    let nothing = world.disclosure.exposure(&analyst(), item, None, "asked").await;
    assert!(matches!(nothing, Err(Closed::NotFound(_))));
}
