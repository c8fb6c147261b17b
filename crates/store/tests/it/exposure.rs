//! Who saw a record while it held two people, on both databases.

use access::decide_exposure;
use audit::Act;
use record::{PersonId, Role, Staff};
use store::{EXPOSURE_ROWS_MAX, LinkAsk, LogRow, Mixed, Receipt, Seen, StoreError};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

/// Grace of the hospital and Joan of the practice were linked by hand a minute after noon.
async fn linked() -> (Kit, u64, PersonId) {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "joan", Some(2)).of(PRACTICE)]).await;
    let item = the_doubt(&kit).await;
    decide_at(&kit, item, SAME, 60).await;
    let mixed = kit.count("SELECT person FROM chart WHERE key = 'H1'").await;
    (kit, item, PersonId(mixed.cast_unsigned()))
}

/// The same, parted again three minutes after noon.
async fn parted() -> (Kit, u64, PersonId) {
    let (kit, item, mixed) = linked().await;
    let chart = chart(&kit, "P1").await;
    decide_at(&kit, item, LinkAsk::Unlink { chart }, 180).await;
    (kit, item, mixed)
}

async fn sees(kit: &Kit, act: Act, staff: &Staff, person: PersonId, second: i64) {
    let request = request();
    let event = audit::Event { at: after_noon(second), ..event(act, staff, Some(person), request) };
    kit.store.desk.log(LogRow { request, event, rests_on: None }).await.unwrap();
}

async fn report(kit: &Kit, mixed: &Mixed, only: Option<&Staff>) -> Result<Seen, StoreError> {
    let (who, id) = (analyst(), request());
    let decision = decide_exposure(&policy(), &actor(&who), id, noon(), mixed.people(), "asked by them").unwrap();
    let receipt = kit.log(Act::ExposureReported, &who, None, id).await;
    kit.store.log.exposure(&decision, &receipt, mixed, only.map(|staff| &staff.organisation)).await
}

fn names(seen: &Seen) -> Vec<String> {
    seen.rows.iter().map(|row| format!("{} {}", row.staff_id, row.act.code())).collect()
}

#[tokio::test]
async fn those_who_saw_the_mixed_record_are_reported_and_nobody_who_saw_it_before_or_after() {
    let (kit, item, mixed) = parted().await;
    let (nurse, elsewhere) = (staff(Role::Nurse, "ZKB01"), staff(Role::Doctor, "ZXX99"));
    sees(&kit, Act::RecordOpened, &nurse, mixed, 59).await;
    sees(&kit, Act::RecordOpened, &doctor(), mixed, 60).await;
    sees(&kit, Act::LogReviewed, &staff(Role::PrivacyOfficer, "ZKB01"), mixed, 90).await;
    sees(&kit, Act::IdentityShown, &elsewhere, mixed, 180).await;
    sees(&kit, Act::RecordOpened, &nurse, mixed, 181).await;
    let record = kit.store.people.mixed(item).await.unwrap().unwrap();
    assert_eq!(record.people().len(), 2);
    let seen = report(&kit, &record, None).await.unwrap();
    assert_eq!(names(&seen), ["doctor-ZKB01 record-opened", "doctor-ZXX99 identity-shown"]);
    assert!(!seen.more);
    let times: Vec<_> = seen.times.iter().map(|time| (time.person, time.from, time.until)).collect();
    assert_eq!(times, [(mixed, after_noon(60), after_noon(180))]);
    let of_one = report(&kit, &record, Some(&elsewhere)).await.unwrap();
    assert_eq!(names(&of_one), ["doctor-ZXX99 identity-shown"]);
    must_be_built_anew_the_same(&kit.store).await;
    let again = report(&kit, &kit.store.people.mixed(item).await.unwrap().unwrap(), None).await.unwrap();
    assert_eq!(names(&again), names(&seen));
}

#[tokio::test]
async fn while_nothing_was_parted_there_is_nothing_to_report_nor_of_a_doubt_that_is_not_there() {
    let (kit, item, _) = linked().await;
    assert!(kit.store.people.mixed(item).await.unwrap().is_none());
    assert!(kit.store.people.mixed(item + 1).await.unwrap().is_none());
}

#[tokio::test]
async fn of_charts_that_are_sealed_from_each_other_there_is_no_report() {
    let (kit, item, _) = parted().await;
    let (one, other) = (chart(&kit, "H1").await.0, chart(&kit, "P1").await.0);
    kit.home.tamper(&format!("INSERT INTO sealed_pair (chart, other) VALUES ({one}, {other}), ({other}, {one})")).await;
    assert!(kit.store.people.mixed(item).await.unwrap().is_none());
}

#[tokio::test]
async fn a_report_has_so_many_rows_and_says_that_there_are_more() {
    let (kit, item, mixed) = parted().await;
    let row = || {
        let request = request();
        let event = audit::Event { at: after_noon(90), ..event(Act::RecordOpened, &doctor(), Some(mixed), request) };
        LogRow { request, event, rests_on: None }
    };
    let record = kit.store.people.mixed(item).await.unwrap().unwrap();
    kit.store.desk.log_all((0..EXPOSURE_ROWS_MAX).map(|_| row()).collect()).await.unwrap();
    let seen = report(&kit, &record, None).await.unwrap();
    assert_eq!((seen.rows.len(), seen.more), (EXPOSURE_ROWS_MAX, false));
    kit.store.desk.log(row()).await.unwrap();
    let seen = report(&kit, &record, None).await.unwrap();
    assert_eq!((seen.rows.len(), seen.more), (EXPOSURE_ROWS_MAX, true));
}

#[tokio::test]
async fn a_report_needs_its_own_row_of_the_log_and_a_decision_that_knows_of_everyone_concerned() {
    let (kit, item, mixed) = parted().await;
    let record = kit.store.people.mixed(item).await.unwrap().unwrap();
    let (who, id) = (analyst(), request());
    let decide = |people: &[PersonId]| decide_exposure(&policy(), &actor(&who), id, noon(), people, "asked").unwrap();
    let read = async |people: &[PersonId], receipt: &Receipt| {
        kit.store.log.exposure(&decide(people), receipt, &record, None).await.map(|seen| seen.rows.len())
    };
    let reported = kit.log(Act::ExposureReported, &who, None, id).await;
    assert!(matches!(read(&[mixed], &reported).await, Err(StoreError::ReceiptForAnother)));
    let other_act = kit.log(Act::PairSeen, &who, None, id).await;
    assert!(matches!(read(record.people(), &other_act).await, Err(StoreError::ReceiptForAnother)));
    assert_eq!(read(record.people(), &reported).await.unwrap(), 0);
}
