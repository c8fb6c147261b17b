use record::{Content, Medicine, MedicineStatus, NewEntry, Standing, When};

use crate::hl7v2::read;
use crate::{Outcome, Unit};

fn unit(kind: &str, segments: &str) -> Unit {
    let text = format!(
        "MSH|^~\\&|PHARM|ZZ901|CC|SEL|20261102090000||{kind}|42|P|2.5\rPID|1||77^^^ZZ901^MR||Okafor^Grace\r\
         PV1|1|I|||||||||||||||||555\r{segments}\r"
    );
    read(text.as_bytes()).unwrap().units.remove(0)
}

fn entries(kind: &str, segments: &str) -> Vec<NewEntry> {
    match unit(kind, segments).outcome {
        Outcome::Apply(mut changes) => changes.remove(0).entries,
        other => panic!("{kind} was not applied but {other:?}"),
    }
}

fn medicine(entry: &NewEntry) -> &Medicine {
    let Content::Medicine(medicine) = &entry.content else { panic!("a medicine") };
    medicine
}

const ORDER: &str = "ORC|NW|P1|F1||||||202611020830|||7^Hart^Rosa^^^Dr|||||||||||||||||I\r\
    RXO|^Amoxicillin\r\
    RXE||39113611000001102^Amoxicillin 500 mg capsules^DMD|1|2|capsule|CAP^Capsule|^With food||||||||RX9||||||Shake first||||||^Pneumonia\r\
    TQ1|1||TDS^Three times a day|||5^days|20261102|20261107|||Until the course is finished\rRXR|PO^By mouth\rNTE|1||Check allergies";

#[test]
fn a_prescription_has_dose_route_frequency_and_dates() {
    let found = entries("RDE^O11", ORDER);
    assert_eq!(found.len(), 1);
    let it = medicine(&found[0]);
    assert_eq!(
        (found[0].key.as_str(), found[0].part_of.as_deref()),
        ("medicine|P1|39113611000001102", Some("visit|555"))
    );
    assert_eq!((it.name.as_str(), it.form.as_deref()), ("Amoxicillin 500 mg capsules", Some("Capsule")));
    assert_eq!((it.dose.as_deref(), it.route.as_deref()), (Some("1 to 2 capsule"), Some("By mouth")));
    assert_eq!((it.frequency.as_deref(), it.status), (Some("TDS"), MedicineStatus::Started));
    assert_eq!(it.started.map(When::to_iso).as_deref(), Some("2026-11-02"));
    assert_eq!(it.ended.map(When::to_iso).as_deref(), Some("2026-11-07"));
    assert_eq!((it.reason.as_deref(), it.course.as_deref()), (Some("Pneumonia"), Some("Inpatient order")));
    assert_eq!(
        it.instruction.as_deref(),
        Some("With food\nShake first\nUntil the course is finished\nFor 5 days\nCheck allergies")
    );
    assert_eq!(found[0].author.as_deref(), Some("Dr Rosa Hart"));
    assert_eq!(&*found[0].code.as_ref().unwrap().system, "https://dmd.nhs.uk");
}

#[test]
fn each_control_code_and_status_has_its_state_under_the_same_key() {
    for (orc, status, standing) in [
        ("NW|P1", MedicineStatus::Started, Standing::Current),
        ("XO|P1", MedicineStatus::Started, Standing::Current),
        ("DC|P1", MedicineStatus::Discontinued, Standing::Past),
        ("CA|P1", MedicineStatus::Discontinued, Standing::Past),
        ("HD|P1", MedicineStatus::Suspended, Standing::Current),
        ("RL|P1", MedicineStatus::Started, Standing::Current),
        ("SC|P1|||CM", MedicineStatus::Completed, Standing::Past),
        ("SC|P1|||DC", MedicineStatus::Discontinued, Standing::Past),
        ("SC|P1|||HD", MedicineStatus::Suspended, Standing::Current),
        ("SC|P1|||ER", MedicineStatus::NotTold, Standing::EnteredInError),
        ("ZZ|P1", MedicineStatus::NotTold, Standing::Current),
    ] {
        let found = entries("RDE^O11", &format!("ORC|{orc}\rRXE||d^Drug|1||mg"));
        assert_eq!((medicine(&found[0]).status, found[0].standing), (status, standing), "{orc}");
        assert_eq!(found[0].key, "medicine|P1|d");
    }
}

#[test]
fn before_version_2_5_the_timing_stands_within_the_order() {
    let found = entries("RDE^O01", "ORC|NW|P1\rRXE|1^BD^D5^202611020800^202611070800^^^With water|d^Drug|5||mg");
    let it = medicine(&found[0]);
    assert_eq!((it.frequency.as_deref(), it.dose.as_deref()), (Some("BD"), Some("5 mg")));
    assert_eq!(it.started.map(When::to_iso).as_deref(), Some("2026-11-02T08:00:00"));
    assert_eq!(it.instruction.as_deref(), Some("With water"));
}

#[test]
fn a_supply_with_its_order_says_when_it_was_last_issued() {
    let found = entries("RDS^O13", &format!("{ORDER}\rRXD|1|d^Drug|20261103|21|capsule||RX9"));
    assert_eq!(found.len(), 1);
    assert_eq!(medicine(&found[0]).last_issued.map(When::to_iso).as_deref(), Some("2026-11-03"));
}

#[test]
fn a_supply_without_its_order_is_an_entry_of_its_own_and_replaces_no_prescription() {
    let found =
        entries("RDS^O13", "ORC|RE|P1\rRXD|1|d^Drug 5 mg tablets|20261103|28|tablet|TAB^Tablet|RX9||After food");
    let it = medicine(&found[0]);
    assert_eq!(found[0].key, "supply|P1|d|RX9|1");
    assert_eq!((it.name.as_str(), it.status), ("Drug 5 mg tablets", MedicineStatus::NotTold));
    assert_eq!(it.instruction.as_deref(), Some("After food\nSupplied: 28 tablet"));
}

#[test]
fn what_was_given_or_refused_is_past_and_says_so() {
    let of = |status: &str, action: &str| {
        let rxa = format!("RXA|0|1|202611020900|202611020905|d^Drug|5|mg||||||||||||{status}|{action}");
        let rxa = rxa.replace("||||||||||||", "|||7^Hart^Rosa^^^Dr||||||||^Vomiting||");
        entries("RAS^O17", &format!("ORC|RE|P1\r{rxa}\rRXR|IV^Intravenous")).remove(0)
    };
    let given = of("CP", "A");
    assert_eq!((given.standing, medicine(&given).status), (Standing::Past, MedicineStatus::Completed));
    assert_eq!(
        (medicine(&given).dose.as_deref(), medicine(&given).route.as_deref()),
        (Some("5 mg"), Some("Intravenous"))
    );
    assert_eq!(given.key, "given|P1|d|2026-11-02T09:00:00");
    let refused = of("RE", "A");
    assert_eq!(medicine(&refused).status, MedicineStatus::NotTold);
    assert!(medicine(&refused).instruction.as_deref().unwrap().starts_with("Not given: refused: Vomiting"));
    assert_eq!(of("CP", "D").standing, Standing::EnteredInError);
}

#[test]
fn a_medicine_without_a_name_is_noted_and_a_message_without_any_is_a_fault() {
    let unnamed = unit("RDE^O11", "ORC|NW|P1\rRXE|||5||mg");
    assert_eq!(unnamed.notes.iter().map(|note| note.place.as_str()).collect::<Vec<_>>(), ["RXE-2"]);
    let Outcome::Refuse(problem) = unit("RDE^O11", "ORC|NW|P1").outcome else { panic!("refused") };
    assert_eq!(problem.place, "RXE");
}

#[test]
fn a_pharmacy_order_in_an_orm_is_a_medicine_and_no_test() {
    let found = entries("ORM^O01", "ORC|NW|P1\rRXO|d^Drug|5||mg\rRXR|PO^By mouth\rORC|NW|P2\rOBR|1|P2||us-3^U&E");
    let kinds: Vec<_> = found.iter().map(|entry| entry.content.kind()).collect();
    assert_eq!(kinds, ["medicine", "report"]);
}

#[test]
fn a_confidential_order_is_sensitive() {
    let orc = format!("ORC|NW|P1{}R", "|".repeat(26));
    let found = entries("RDE^O11", &format!("{orc}\rRXE||d^Drug|5||mg"));
    assert_eq!(found[0].sensitivity, record::Sensitivity::Sensitive);
}
