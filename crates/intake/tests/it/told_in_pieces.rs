//! A stay and an appointment as a hospital tells them: each message says only its own part.

use intake::Payload;
use record::{AllergyStatement, AppointmentStatus, AttendanceStatus, Content, When};
use store::StoredRecord;

use crate::hospital::{GRACE, hl7, pid};
use crate::house::{House, hospital};

const NAMED: &str = "Okafor^Grace";
const BORN: &str = "19610402";

/// A message made at this hour of the day, about Grace.
fn made_at(hour: &str, kind: &str, segments: &[&str]) -> Vec<u8> {
    let message = hl7(kind, &format!("{kind}-{hour}"), segments);
    String::from_utf8(message).unwrap().replace("20261122090000", &format!("20261122{hour}0000")).into_bytes()
}

fn admission() -> Vec<u8> {
    let pid = pid("77", GRACE, NAMED, BORN);
    let visit = format!("PV1|1|I|WARD 7^A^1||||C7^Litherland^Natasha^^^Dr{}V77{}20261122083000", bars(12), bars(25));
    made_at("09", "ADT^A01", &[&pid, "PD1|||RIVERSIDE SURGERY^^Y99999", &visit])
}

/// Neither the ward, nor the clinician, nor when it began; nor where she lives.
fn discharge() -> Vec<u8> {
    let pid = format!("PID|1||77^^^ZZ901^MR~{GRACE}^^^NHS^NH||{NAMED}||{BORN}|F");
    let visit = format!("PV1|1|I|{}V77{}20261122160000", bars(16), bars(26));
    made_at("16", "ADT^A03", &[&pid, &visit])
}

fn bars(count: usize) -> String {
    "|".repeat(count)
}

async fn record_after(messages: [Vec<u8>; 2]) -> StoredRecord {
    let house = House::open().await;
    for message in messages {
        house.apply(&hospital(), Payload::Hl7v2, message).await;
    }
    house.record(house.person(GRACE).await).await
}

#[tokio::test]
async fn a_discharge_keeps_ward_clinician_admission_address_and_practice_in_whatever_order_it_comes() {
    for messages in [[admission(), discharge()], [discharge(), admission()]] {
        let record = record_after(messages).await;
        let [entry] = record.entries.as_slice() else { panic!("one visit: {:?}", record.entries) };
        let Content::Attendance(stay) = &entry.content else { panic!("a visit: {entry:?}") };
        let iso = |when: Option<When>| when.map(When::to_iso).unwrap_or_default();
        assert_eq!(stay.status, AttendanceStatus::Finished);
        assert_eq!(
            (iso(stay.start), iso(stay.end)),
            ("2026-11-22T08:30:00".to_owned(), "2026-11-22T16:00:00".to_owned())
        );
        assert_eq!(stay.place.as_deref(), Some("WARD 7, A, 1"));
        assert_eq!(stay.clinician.as_deref(), Some("Dr Natasha Litherland"));
        let told = &record.charts[0].told;
        assert_eq!(told.practice.as_deref(), Some("RIVERSIDE SURGERY"));
        assert_eq!(told.address.as_ref().unwrap().postcode.as_deref(), Some("SE5 0ZZ"));
    }
}

#[tokio::test]
async fn a_cancellation_that_names_neither_clinic_nor_time_keeps_both() {
    let pid = pid("77", GRACE, NAMED, BORN);
    let booked = made_at(
        "09",
        "SIU^S12",
        &["SCH|1|A5|||||||20|MIN|^^^202612010900", &pid, "AIS|1||DIAB^Diabetes clinic^L", "AIL|1||CLINIC 3"],
    );
    let cancelled = made_at("16", "SIU^S15", &["SCH|1|A5", &pid]);
    let record = record_after([booked, cancelled]).await;
    let [entry] = record.entries.as_slice() else { panic!("one appointment: {:?}", record.entries) };
    let Content::Appointment(told) = &entry.content else { panic!("an appointment: {entry:?}") };
    assert_eq!((told.service.as_str(), told.status), ("Diabetes clinic", AppointmentStatus::Cancelled));
    assert_eq!(told.start.map(When::to_iso).as_deref(), Some("2026-12-01T09:00:00"));
    assert_eq!(told.place.as_deref(), Some("CLINIC 3"));
}

#[tokio::test]
async fn no_known_drug_allergies_comes_through_in_its_own_words() {
    let pid = pid("77", GRACE, NAMED, BORN);
    let house = House::open().await;
    let message = made_at("09", "ADT^A08", &[&pid, "AL1|1|DA|409137002^No known drug allergies^SCT"]);
    house.apply(&hospital(), Payload::Hl7v2, message).await;
    let record = house.record(house.person(GRACE).await).await;
    let Content::Allergy(told) = &record.entries[0].content else { panic!("an allergy: {:?}", record.entries) };
    assert_eq!((told.statement, told.substance.as_str()), (AllergyStatement::NoneKnown, "No known drug allergies"));
}
