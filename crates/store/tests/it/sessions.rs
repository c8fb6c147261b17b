use record::PersonId;
use sha2::{Digest, Sha256};
use store::{SESSION_HOURS, SESSION_IDLE_MINUTES, SIGN_IN_MINUTES, SignIn};

use crate::kit::*;

const COOKIE: &str = "an unguessable value";

async fn signed_in() -> Kit {
    let kit = Kit::new().await;
    kit.store.desk.begin_session(COOKIE, &doctor(), noon()).await.unwrap();
    kit
}

async fn in_force(kit: &Kit, seconds: i64) -> bool {
    kit.store.desk.session(COOKIE, after_noon(seconds)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_says_who_and_what_they_look_at() {
    let kit = signed_in().await;
    let desk = &kit.store.desk;
    let session = desk.session(COOKIE, noon()).await.unwrap().unwrap();
    assert_eq!((session.staff, session.created_at), (doctor(), noon()));
    assert!(session.open.is_none() && session.found.is_empty());

    let found = vec![("h1".to_owned(), PersonId(3)), ("h2".to_owned(), PersonId(1))];
    desk.remember_found(session.key, &found).await.unwrap();
    desk.set_open(session.key, PersonId(3), "r1").await.unwrap();
    let kit = kit.reopened().await;
    let session = kit.store.desk.session(COOKIE, noon()).await.unwrap().unwrap();
    assert_eq!((session.open, session.found), (Some((PersonId(3), "r1".to_owned())), found));
    kit.store.desk.set_open(session.key, PersonId(1), "r2").await.unwrap();
    let open = kit.store.desk.session(COOKIE, noon()).await.unwrap().unwrap().open;
    assert_eq!(open, Some((PersonId(1), "r2".to_owned())), "one person at a time");
}

#[tokio::test]
async fn a_session_ends_fifteen_minutes_after_the_last_click() {
    let idle = SESSION_IDLE_MINUTES * 60;
    assert_eq!(idle, 15 * 60);
    let kit = signed_in().await;
    assert!(in_force(&kit, idle - 1).await, "that was a click");
    assert!(in_force(&kit, 2 * idle - 2).await, "and moved the limit");
    assert!(!in_force(&kit, 3 * idle - 2).await);
    assert!(!signed_in_then(idle).await);
}

async fn signed_in_then(seconds: i64) -> bool {
    in_force(&signed_in().await, seconds).await
}

#[tokio::test]
async fn clicks_close_together_keep_a_session_within_half_a_minute_of_its_limit() {
    let kit = signed_in().await;
    let idle = SESSION_IDLE_MINUTES * 60;
    assert!(in_force(&kit, 29).await);
    assert!(in_force(&kit, idle - 1).await, "at most half a minute early");
    assert!(!in_force(&kit, 29 + 2 * idle).await, "and never late");
}

#[tokio::test]
async fn a_session_ends_after_ten_hours_however_busy() {
    assert_eq!(SESSION_HOURS, 10);
    let kit = signed_in().await;
    for minute in (10..SESSION_HOURS * 60).step_by(10) {
        assert!(in_force(&kit, minute * 60).await, "minute {minute}");
    }
    assert!(in_force(&kit, SESSION_HOURS * 3600 - 1).await);
    assert!(!in_force(&kit, SESSION_HOURS * 3600).await);
}

#[tokio::test]
async fn an_ended_session_stays_ended() {
    let kit = signed_in().await;
    let key = kit.store.desk.session(COOKIE, noon()).await.unwrap().unwrap().key;
    kit.store.desk.end_session(key, noon()).await.unwrap();
    kit.store.desk.set_open(key, PersonId(1), "r1").await.unwrap();
    assert!(!in_force(&kit, 0).await && !in_force(&kit, 120).await);
    let kit = kit.reopened().await;
    assert!(!in_force(&kit, 0).await);
    assert!(kit.store.desk.session("another value", noon()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_cookies_value_is_not_in_the_file() {
    let kit = signed_in().await;
    let stored = Sha256::digest(COOKIE.as_bytes()).to_vec();
    assert_eq!(kit.texts("SELECT id FROM session").await, [hex(&stored)]);
    if has_no_files() {
        return;
    }
    let bytes: Vec<u8> = ["", "-wal"]
        .iter()
        .flat_map(|end| std::fs::read(kit.home.folder().join(format!("{}{end}", store::DESK_FILE))).unwrap())
        .collect();
    assert!(bytes.windows(stored.len()).any(|window| window == stored), "the file holds the hash");
    assert!(!bytes.windows(COOKIE.len()).any(|window| window == COOKIE.as_bytes()), "and not the cookie");
}

#[tokio::test]
async fn sessions_that_are_over_are_forgotten_when_the_next_begins() {
    let kit = signed_in().await;
    kit.store.desk.begin_session("next", &doctor(), after_noon(SESSION_HOURS * 3600)).await.unwrap();
    assert_eq!(kit.count("SELECT count(*) FROM session").await, 1);
}

#[tokio::test]
async fn a_sign_in_comes_back_once() {
    let kit = Kit::new().await;
    let sign_in = SignIn { nonce: "n".into(), verifier: "v".into() };
    kit.store.desk.begin_sign_in("state", &sign_in, noon()).await.unwrap();
    assert!(kit.store.desk.take_sign_in("another", noon()).await.unwrap().is_none());
    let taken = kit.store.desk.take_sign_in("state", noon()).await.unwrap().unwrap();
    assert_eq!((taken.nonce, taken.verifier), (sign_in.nonce, sign_in.verifier));
    assert!(kit.store.desk.take_sign_in("state", noon()).await.unwrap().is_none(), "and no second time");
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_begins_anew() {
    let kit = Kit::new().await;
    let sign_in = SignIn { nonce: "n".into(), verifier: "v".into() };
    let limit = SIGN_IN_MINUTES * 60;
    for (state, seconds, comes_back) in [("a", limit, true), ("b", limit + 1, false)] {
        kit.store.desk.begin_sign_in(state, &sign_in, noon()).await.unwrap();
        let taken = kit.store.desk.take_sign_in(state, after_noon(seconds)).await.unwrap();
        assert_eq!(taken.is_some(), comes_back, "after {seconds} s");
    }
    kit.store.desk.begin_sign_in("c", &sign_in, after_noon(limit + 1)).await.unwrap();
    assert_eq!(kit.count("SELECT count(*) FROM sign_in").await, 1, "what is over is forgotten");
}
