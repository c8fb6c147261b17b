//! A server that restarts, a connection that is lost, a statement that takes too long.

use std::collections::BTreeSet;
use std::sync::Arc;

use audit::Act;
use record::{PersonId, Role};
use store::{LogRow, Receipt, ServerFailure, StoreError};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::kit::*;

const GRACE: PersonId = PersonId(1);

fn row() -> LogRow {
    let id = request();
    LogRow { request: id, event: event(Act::RecordOpened, &doctor(), Some(GRACE), id), rests_on: None }
}

#[tokio::test]
async fn after_a_restart_of_the_server_the_next_call_of_each_kind_succeeds() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![medicine("m", "ramipril")])]).await;
    let person = kit.person(NUMBER).await;
    let officer = staff(Role::PrivacyOfficer, "ZKB01");
    kit.store.desk.begin_session("cookie", &doctor(), noon()).await.unwrap();
    for round in 0..3 {
        assert_eq!(lines(&kit.read(person).await), ["ramipril"]);
        let (opening, receipt) = kit.open(person, &doctor()).await;
        let id = request();
        let review = access::decide_review(&policy(), &actor(&officer), id, noon(), Some(person)).unwrap();
        let reviewed = kit.log(Act::LogReviewed, &officer, Some(person), id).await;
        assert!(kit.home.database().end_connections().await > 0);
        match round {
            0 => assert_eq!(kit.stand(person, &doctor()).await.facts.person, person),
            1 => assert!(kit.log(Act::RecordOpened, &doctor(), Some(person), request()).await.counter() > 0),
            _ => assert!(kit.store.desk.session("cookie", noon()).await.unwrap().is_some()),
        }
        assert_eq!(lines(&kit.store.clinical.record(&opening, &receipt).await.unwrap()), ["ramipril"]);
        assert!(!kit.store.log.rows(&review, &reviewed, None).await.unwrap().0.is_empty());
        kit.home.database().end_connections().await;
        kit.permit(person, &doctor()).await;
        kit.receive(arrival(HOSPITAL, kit.fresh_bytes())).await;
        kit.home.database().end_connections().await;
        kit.store.log.verify(person).await.unwrap();
    }
}

/// Holds the table of the log until the connection is dropped or rolls back.
async fn hold_the_log(kit: &Kit) -> Client {
    let holder = kit.home.database().connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE desk.access_log IN ACCESS EXCLUSIVE MODE").await.unwrap();
    holder
}

fn log(kit: &Arc<Kit>) -> JoinHandle<Result<Receipt, StoreError>> {
    let kit = Arc::clone(kit);
    tokio::spawn(async move { kit.store.desk.log(row()).await })
}

/// Waits until somebody waits for a lock, and says who.
async fn somebody_waits(kit: &Kit) -> String {
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        if let Some(waiting) = kit.texts(sql).await.pop() {
            return waiting;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_that_is_lost_in_mid_transaction_leaves_nothing_half_written() {
    if has_no_server() {
        return;
    }
    let kit = Arc::new(Kit::new().await);
    kit.store.desk.log(row()).await.unwrap();
    let holder = hold_the_log(&kit).await;
    let writing = log(&kit);
    let writer = somebody_waits(&kit).await;
    kit.texts(&format!("SELECT pg_terminate_backend({writer}, 5000)")).await;
    let error = writing.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Server(ServerFailure::Unreachable)) && error.may_pass(), "{error}");
    holder.batch_execute("ROLLBACK").await.unwrap();

    assert_eq!(kit.count("SELECT count(*) FROM access_log").await, 1);
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 1);
    assert_eq!(kit.store.desk.log(row()).await.unwrap().counter(), 2, "and the log goes on");
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 2);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_and_said_to_be_slow() {
    if has_no_server() {
        return;
    }
    let kit = Arc::new(Kit::new().await);
    let holder = hold_the_log(&kit).await;
    let error = log(&kit).await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Server(ServerFailure::TooSlow)) && error.may_pass(), "{error}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(kit.store.desk.log(row()).await.unwrap().counter(), 1, "nothing of it was kept");
}

#[tokio::test]
async fn a_row_that_the_server_cannot_hold_fails_alone() {
    if has_no_server() {
        return;
    }
    let kit = Arc::new(Kit::new().await);
    // Until this goes, rows wait and come together.
    let holder = hold_the_log(&kit).await;
    let mut unfit = row();
    unfit.event.staff_id = "a\0b".to_owned();
    let first = log(&kit);
    somebody_waits(&kit).await;
    let desk = kit.store.desk.clone();
    let unfit = tokio::spawn(async move { desk.log(unfit).await });
    let others: Vec<_> = (0..5).map(|_| log(&kit)).collect();
    tokio::task::yield_now().await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert!(first.await.unwrap().is_ok());
    assert!(unfit.await.unwrap().is_err());
    let mut counters = BTreeSet::new();
    for other in others {
        counters.insert(other.await.unwrap().unwrap().counter());
    }
    assert_eq!(counters, (2..=6).collect());
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_order_of_the_log_is_the_order_of_its_numbers_on_two_servers_at_once() {
    if has_no_server() {
        return;
    }
    let kit = Arc::new(Kit::new().await);
    let other = Arc::new(kit.home.open(&sources()).await.unwrap());
    let mut writing = tokio::task::JoinSet::new();
    for number in 0..60 {
        let desk = if number % 2 == 0 { kit.store.desk.clone() } else { other.desk.clone() };
        writing.spawn(async move { desk.log(row()).await.unwrap().counter() });
    }
    let counters: BTreeSet<u64> = writing.join_all().await.into_iter().collect();
    assert_eq!(counters, (1..=60).collect());
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 60);
    let disordered = "SELECT count(*) FROM access_log a JOIN access_log b
                      ON a.person = b.person AND a.counter < b.counter AND a.id > b.id";
    assert_eq!(kit.count(disordered).await, 0);
}
