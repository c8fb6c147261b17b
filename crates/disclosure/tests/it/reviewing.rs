//! Who has looked.

use std::path::Path;

use audit::Act;
use jiff::SignedDuration;
use record::{PersonId, Role};
use store::DESK_FILE;

use crate::made_up::person;
use crate::world::{COMMUNITY, HOSPITAL, World, caller, code, doctor};

async fn looked_at() -> (World, PersonId) {
    let world = World::new().await;
    let (grace, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), vec![]).await;
    world.emergency(&doctor(), grace).await.unwrap();
    world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    let nurse = caller(Role::CommunityNurse, COMMUNITY);
    world.ask(&nurse, grace).await;
    world.disclosure.open(&nurse, grace, "summary").await.unwrap();
    (world, grace)
}

fn officer(organisation: &str) -> disclosure::Caller {
    caller(Role::PrivacyOfficer, organisation)
}

#[tokio::test]
async fn the_officer_sees_accesses_of_their_own_organisation_newest_first() {
    let (world, grace) = looked_at().await;
    let looked = world.disclosure.who_looked(&officer(HOSPITAL), Some(grace), None).await.unwrap();
    assert_eq!(
        looked.rows.iter().map(|row| row.act).collect::<Vec<_>>(),
        [Act::LogReviewed, Act::RecordOpened, Act::EmergencyOpened],
        "their own look is there as well"
    );
    assert!(looked.rows.iter().all(|row| row.organisation == HOSPITAL));
    assert_eq!(looked.rows[1].basis.as_deref(), Some("emergency"));
    assert_eq!(looked.rows[2].reason.as_deref(), Some("Unconscious or too unwell: GCS 8, found collapsed"));
    assert_eq!(looked.chain_is_whole, Some(true));
    assert!(!looked.more);

    let other = world.disclosure.who_looked(&officer(COMMUNITY), None, None).await.unwrap();
    assert!(other.rows.iter().all(|row| row.organisation == COMMUNITY));
    assert!(other.rows.iter().any(|row| row.act == Act::RecordOpened));
    assert_eq!(other.chain_is_whole, None, "no one person's chain was asked for");
}

#[tokio::test]
async fn nobody_but_the_officer_sees_who_has_looked() {
    let (world, grace) = looked_at().await;
    for role in Role::ALL.iter().filter(|role| **role != Role::PrivacyOfficer) {
        for about in [Some(grace), None] {
            let closed = world.disclosure.who_looked(&caller(*role, HOSPITAL), about, None).await.unwrap_err();
            assert_eq!(code(&closed), "role-may-not-review-log", "{role:?}");
        }
    }
    let refused = "refused role-may-not-review-log".to_owned();
    assert!(world.log_words(Some(grace)).await.contains(&refused) && world.log_words(None).await.contains(&refused));
}

#[tokio::test]
async fn the_officer_may_ask_since_when() {
    let (world, grace) = looked_at().await;
    world.pass(SignedDuration::from_hours(24));
    let since = world.now();
    world.disclosure.search(&doctor(), crate::world::by_number("9990000018")).await.unwrap();
    let looked = world.disclosure.who_looked(&officer(HOSPITAL), Some(grace), Some(since)).await.unwrap();
    assert_eq!(looked.rows.iter().map(|row| row.act).collect::<Vec<_>>(), [Act::LogReviewed, Act::IdentityShown]);
}

#[tokio::test]
async fn an_opt_out_does_not_hide_who_looked_before() {
    let (world, grace) = looked_at().await;
    world.desk.set_opt_out(grace, true).await.unwrap();
    assert!(world.disclosure.who_looked(&officer(HOSPITAL), Some(grace), None).await.unwrap().rows.len() >= 3);
}

#[tokio::test]
async fn the_chain_survives_a_restart() {
    let (world, grace) = looked_at().await;
    let world = world.reopen_after(|_| ()).await;
    world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    let looked = world.disclosure.who_looked(&officer(HOSPITAL), Some(grace), None).await.unwrap();
    assert_eq!((looked.chain_is_whole, looked.rows.len()), (Some(true), 4));
}

#[tokio::test]
async fn an_altered_row_is_seen_and_said() {
    let (world, grace) = looked_at().await;
    let world = world.reopen_after(|folder| alter(folder, "GCS 8, found collapsed", "GCS 9, found collapsed")).await;
    let looked = world.disclosure.who_looked(&officer(HOSPITAL), Some(grace), None).await.unwrap();
    assert_eq!(looked.chain_is_whole, Some(false));
    assert_eq!(looked.rows.len(), 3, "what is there is shown, with the warning");
}

#[tokio::test]
async fn a_row_that_can_no_longer_be_read_is_said_too() {
    let (world, grace) = looked_at().await;
    let world = world.reopen_after(|folder| alter(folder, "{\"act\":\"emergency", "{\"act\":\"xmergency")).await;
    let looked = world.disclosure.who_looked(&officer(HOSPITAL), Some(grace), None).await.unwrap();
    assert_eq!((looked.chain_is_whole, looked.rows.len()), (Some(false), 0));
}

/// Writes other words over the same number of bytes of the closed desk file.
fn alter(folder: &Path, old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let path = folder.join(DESK_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let found: Vec<usize> = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, window)| *window == old.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!found.is_empty(), "{old} is not in the file");
    for at in found {
        bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
}
