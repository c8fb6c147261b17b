//! The second wall: what PostgreSQL itself refuses to the roles that serve, with the program's own filter removed.

use audit::{Act, Outcome};
use record::{PersonId, Role};
use store::{PostgresAt, ServerFailure, StoreError};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::database::{Database, rows};
use crate::kit::*;

const GRACE: PersonId = PersonId(1);

/// A connection with the rights of a role that serves, and no more.
pub async fn as_role(kit: &Kit, role: &str) -> Client {
    let client = kit.home.database().connect().await;
    client.batch_execute(&format!("SET ROLE connect_care_{role}")).await.unwrap();
    client
}

async fn refused(client: &Client, sql: &str) {
    let error = client.batch_execute(sql).await.expect_err(sql);
    assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{sql}");
}

#[tokio::test]
async fn rows_of_the_log_are_there_for_their_own_organisation_alone() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    kit.log(Act::RecordOpened, &doctor(), Some(GRACE), request()).await;
    kit.log(Act::RecordOpened, &staff(Role::Doctor, "ZXX99"), Some(GRACE), request()).await;
    let reads = as_role(&kit, "reads").await;
    for (organisation, wanted) in [("", ""), ("ZKB01", "ZKB01"), ("ZXX99", "ZXX99"), ("Z", ""), ("*", "ZKB01 ZXX99")] {
        reads.batch_execute(&format!("SET connect_care.organisation = '{organisation}'")).await.unwrap();
        let answer = reads.simple_query("SELECT organisation FROM desk.access_log ORDER BY 1").await.unwrap();
        let seen: Vec<String> = rows(answer).into_iter().flatten().collect();
        assert_eq!(seen.join(" "), wanted, "as {organisation:?}");
    }
    let unnamed = as_role(&kit, "reads").await;
    assert!(rows(unnamed.simple_query("SELECT id FROM desk.access_log").await.unwrap()).is_empty());
}

#[tokio::test]
async fn whoever_writes_the_log_cannot_alter_it_and_whoever_reads_cannot_see_the_rest_of_the_desk() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    kit.log(Act::RecordOpened, &doctor(), Some(GRACE), request()).await;
    let desk = as_role(&kit, "desk").await;
    for table in ["access_log", "permission"] {
        refused(&desk, &format!("DELETE FROM desk.{table}")).await;
        refused(&desk, &format!("UPDATE desk.{table} SET at = 0")).await;
        refused(&desk, &format!("TRUNCATE desk.{table}")).await;
        refused(&desk, &format!("ALTER TABLE desk.{table} NO FORCE ROW LEVEL SECURITY")).await;
    }
    refused(&desk, "DELETE FROM desk.chain_head").await;
    refused(&desk, "DELETE FROM desk.person_facts").await;
    refused(&desk, "UPDATE desk.session SET staff = ''").await;
    refused(&desk, "SELECT line FROM record.entry").await;
    refused(&desk, "SELECT told FROM record.chart").await;
    refused(&desk, "CREATE TABLE desk.another (id bigint)").await;
    for role in ["reads", "intake"] {
        let other = as_role(&kit, role).await;
        for table in ["chain_head", "person_facts", "permission", "emergency", "session", "sign_in"] {
            refused(&other, &format!("SELECT 1 FROM desk.{table}")).await;
        }
        refused(&other, "SELECT salt FROM desk.access_log").await;
        refused(&other, "INSERT INTO desk.access_log (person) VALUES (1)").await;
    }
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 1);
}

#[tokio::test]
async fn every_table_of_the_desk_is_behind_a_wall_that_its_owner_too_meets() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    let open = "SELECT relname FROM pg_class WHERE relnamespace = 'desk'::regnamespace AND relkind = 'r'
                AND NOT (relrowsecurity AND relforcerowsecurity)";
    assert!(kit.texts(open).await.is_empty());
    assert!(kit.count("SELECT count(*) FROM pg_class WHERE relnamespace = 'desk'::regnamespace").await > 6);
}

async fn opens(kit: &Kit, person: PersonId, counter: u64) -> bool {
    kit.texts(&format!("SELECT desk.receipt_opens({}, {counter})", person.0)).await == ["t"]
}

#[tokio::test]
async fn a_receipt_opens_what_its_row_says_until_the_person_chooses_not_to_share() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    let mut refusal = event(Act::RecordOpened, &doctor(), Some(GRACE), request());
    refusal.outcome = Outcome::Refused("permission-needed".into());
    let row = store::LogRow { request: request(), event: refusal, rests_on: None };
    let refusal = kit.store.desk.log(row).await.unwrap().counter();
    let opening = kit.log(Act::RecordOpened, &doctor(), Some(GRACE), request()).await.counter();
    let identity = kit.log(Act::IdentityShown, &doctor(), Some(GRACE), request()).await.counter();
    let copy = kit.log(Act::PersonExported, &operator(), Some(GRACE), request()).await.counter();
    assert!(opens(&kit, GRACE, opening).await && opens(&kit, GRACE, copy).await);
    assert!(!opens(&kit, GRACE, refusal).await, "it says that it was refused");
    assert!(!opens(&kit, GRACE, identity).await, "it says that something else was shown");
    assert!(!opens(&kit, GRACE, copy + 1).await, "there is no such row");
    assert!(!opens(&kit, PersonId(2), opening).await, "it is about somebody else");

    kit.store.desk.set_opt_out(GRACE, true).await.unwrap();
    assert!(!opens(&kit, GRACE, opening).await);
    assert!(opens(&kit, GRACE, copy).await, "the lawful copy is the person's own");
    kit.store.desk.set_opt_out(GRACE, false).await.unwrap();
    assert!(opens(&kit, GRACE, opening).await);
}

#[tokio::test]
async fn a_receipt_does_not_open_what_somebody_closed_before_their_chart_was_linked() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let (message, _) = kit.tell(PRACTICE, NOON, vec![change("P1", None, vec![medicine("m", "ramipril")])]).await;
    let provisional = kit.store.people.in_message(message).await.unwrap()[0];
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![])]).await;
    let person = kit.person(NUMBER).await;
    let receipt = kit.log(Act::RecordOpened, &doctor(), Some(person), request()).await;
    assert!(opens(&kit, person, receipt.counter()).await);
    kit.store.desk.set_opt_out(provisional, true).await.unwrap();
    assert!(!opens(&kit, person, receipt.counter()).await);
}

/// The same database, as a role that serves.
fn serving(database: &Database) -> PostgresAt {
    PostgresAt::parse(&format!("{} options='-c role=connect_care_desk'", database.address), None).unwrap()
}

#[tokio::test]
async fn a_migration_is_refused_to_the_role_that_serves() {
    if has_no_server() {
        return;
    }
    for database in [Database::new().await, Database::empty().await] {
        let error = store::migrate_postgres(&serving(&database)).await.unwrap_err();
        assert!(matches!(error, StoreError::Server(ServerFailure::NotAllowed)), "{error}");
    }
}

#[tokio::test]
async fn two_programs_that_migrate_at_the_same_time_do_it_once() {
    if has_no_server() {
        return;
    }
    // The roles exist already: they belong to the cluster.
    let database = Database::empty().await;
    let (one, other) = (database.at(), database.at());
    let (first, second) = tokio::join!(store::migrate_postgres(&one), store::migrate_postgres(&other));
    first.unwrap();
    second.unwrap();
    assert_eq!(database.look("SELECT version FROM public.connect_care_schema").await, [["1"]]);
    store::open_postgres(&database.at(), &sources(), chance()).await.map(drop).unwrap();
}

#[tokio::test]
async fn a_schema_of_a_later_version_is_refused_with_what_to_do_and_not_touched() {
    if has_no_server() {
        return;
    }
    let database = Database::new().await;
    database.owner.batch_execute("INSERT INTO public.connect_care_schema VALUES (99)").await.unwrap();
    let migrated = store::migrate_postgres(&database.at()).await.unwrap_err();
    let opened = store::open_postgres(&database.at(), &sources(), chance()).await.map(drop).unwrap_err();
    for error in [migrated, opened] {
        assert!(matches!(error, StoreError::UnknownSchema { found: 99, known: 1, .. }), "{error}");
        assert!(error.to_string().contains("run the program version that wrote it"), "{error}");
    }
    assert_eq!(database.look("SELECT count(*) FROM public.connect_care_schema").await, [["2"]]);
}

#[tokio::test]
async fn a_database_whose_look_ups_other_rules_made_is_refused_until_its_record_is_built_anew() {
    if has_no_server() {
        return;
    }
    let database = Database::new().await;
    for made in ["UPDATE record.look_up_rules SET version = 7", "DROP TABLE record.look_up_rules"] {
        database.owner.batch_execute(made).await.unwrap();
        let error = store::open_postgres(&database.at(), &sources(), chance()).await.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::OtherLookUps { known: store::LOOK_UP_RULES, .. }), "{error}");
        store::open_postgres_to_rebuild(&database.at(), &sources(), chance()).await.map(drop).unwrap();
    }
}

#[tokio::test]
async fn a_database_that_was_never_migrated_is_not_opened() {
    if has_no_server() {
        return;
    }
    let database = Database::empty().await;
    let error = store::open_postgres(&database.at(), &sources(), chance()).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::UnknownSchema { found: 0, known: 1, .. }), "{error}");
}

#[tokio::test]
async fn quarantine_and_what_is_decided_about_it_are_there_for_their_own_organisation_alone() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    let broken = arrival(HOSPITAL, b"half a message".to_vec());
    kit.store.inbox.receive_unreadable(broken, "unreadable", "MSH", "cut off", vec![]).await.unwrap();
    let insert =
        "INSERT INTO record.quarantine_act (source, message, item, act, staff, staff_name, organisation, reason, at)
        SELECT source, message, id, 3, 'x', 'x', 'ZKB01', 'x', 0 FROM record.quarantine";
    let desk = as_role(&kit, "desk").await;
    desk.batch_execute("SET connect_care.organisation = 'ZXX99'").await.unwrap();
    desk.batch_execute(insert).await.unwrap();
    assert_eq!(kit.count("SELECT count(*) FROM quarantine_act").await, 0, "there is nothing to decide about");
    refused(
        &desk,
        "INSERT INTO record.quarantine_act (source, message, item, act, staff, staff_name, organisation, reason, at)
        VALUES (1, 1, 1, 3, 'x', 'x', 'ZKB01', 'x', 0)",
    )
    .await;
    desk.batch_execute("SET connect_care.organisation = 'ZKB01'").await.unwrap();
    desk.batch_execute(insert).await.unwrap();
    refused(&desk, "UPDATE record.quarantine_act SET done_at = 0").await;
    refused(&desk, "DELETE FROM record.quarantine_act").await;
    refused(&desk, "UPDATE record.quarantine SET state = 3").await;
    refused(&desk, "SELECT reason FROM record.quarantine").await;
    let reads = as_role(&kit, "reads").await;
    refused(&reads, "SELECT body FROM record.quarantine_act").await;
    for (organisation, wanted) in [("", 0), ("ZXX99", 0), ("*", 0), ("ZKB01", 1)] {
        reads.batch_execute(&format!("SET connect_care.organisation = '{organisation}'")).await.unwrap();
        for table in ["quarantine", "quarantine_act"] {
            let seen = rows(reads.simple_query(&format!("SELECT id FROM record.{table}")).await.unwrap()).len();
            assert_eq!(seen, wanted, "{table} as {organisation:?}");
        }
    }
}

#[tokio::test]
async fn the_bytes_of_a_message_in_quarantine_need_their_organisation_and_a_receipt_that_says_so() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    let broken = arrival(HOSPITAL, b"half a message".to_vec());
    kit.store.inbox.receive_unreadable(broken, "unreadable", "MSH", "cut off", vec![]).await.unwrap();
    kit.receive(arrival(HOSPITAL, b"another message".to_vec())).await;
    let listed = kit.log(Act::QuarantineListed, &operator(), None, request()).await.counter();
    let opened = kit.log(Act::QuarantineOpened, &operator(), None, request()).await.counter();
    let reads = as_role(&kit, "reads").await;
    for (organisation, counter, wanted) in
        [("ZKB01", listed, 0), ("ZXX99", opened, 0), ("", opened, 0), ("ZKB01", opened + 1, 0), ("ZKB01", opened, 1)]
    {
        reads
            .batch_execute(&format!(
                "SET connect_care.organisation = '{organisation}'; SET connect_care.counter = '{counter}'"
            ))
            .await
            .unwrap();
        let seen = rows(reads.simple_query("SELECT body FROM record.message").await.unwrap()).len();
        assert_eq!(seen, wanted, "as {organisation:?} with {counter}");
    }
}

#[tokio::test]
async fn entries_of_a_record_that_held_two_people_are_told_only_with_a_row_that_reports_who_saw_it() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, "", vec![change("H1", Some(grace()), vec![medicine("m", "ramipril")])]).await;
    let analyst = staff(Role::IdentityAnalyst, "ZKB01");
    let seen = kit.log(Act::PairSeen, &analyst, None, request()).await.counter();
    let reported = kit.log(Act::ExposureReported, &analyst, None, request()).await.counter();
    let reads = as_role(&kit, "reads").await;
    for (counter, told) in [(seen, 0), (reported + 1, 0), (reported, 1)] {
        let charts = "ARRAY(SELECT id FROM record.chart WHERE person = 1)";
        let sql = format!("SELECT id FROM record.stood_entries({counter}, 1, {charts}, 0) WHERE what = 0");
        assert_eq!(rows(reads.simple_query(&sql).await.unwrap()).len(), told, "row {counter}");
    }
    refused(&as_role(&kit, "desk").await, "SELECT id FROM record.stood_entries(1, 1, ARRAY[]::bigint[], 0)").await;
}
