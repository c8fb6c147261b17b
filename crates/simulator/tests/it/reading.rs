use std::collections::{BTreeMap, BTreeSet};

use formats::{Change, Delivery as Read, Outcome, Unit};
use record::{
    AlertKind, AllergyStatement, AppointmentStatus, Content, NewEntry, NhsNumber, ResultStatus, Section, SourceFormat,
};
use simulator::{Body, Delivery, Region, RegionPlan, stories};

fn region(people: u32) -> Region {
    Region::new(RegionPlan { people, seed: 7, now: "2026-11-22T13:41:30Z".parse().unwrap() })
}

fn read(delivery: &Delivery) -> Read {
    let read = match &delivery.body {
        Body::Hl7(bytes) => formats::hl7v2::read(bytes),
        Body::Fhir(bytes) => formats::fhir::read_json(bytes),
        Body::Csv { bytes, .. } => formats::csv::read(bytes),
    };
    read.unwrap_or_else(|problem| panic!("{}: {problem}", delivery.source))
}

fn shown(delivery: &Delivery) -> String {
    let (Body::Hl7(bytes) | Body::Fhir(bytes) | Body::Csv { bytes, .. }) = &delivery.body;
    String::from_utf8_lossy(bytes).replace('\r', "\n")
}

fn changes(unit: Unit) -> Vec<Change> {
    match unit.outcome {
        Outcome::Apply(changes) | Outcome::ApplyIfNew(changes) => changes,
        Outcome::Keep | Outcome::Refuse(_) | Outcome::Remove(_) => vec![],
    }
}

/// One record per source and chart, entries by key, the latest version of each.
type Charts = BTreeMap<(String, String), BTreeMap<String, NewEntry>>;

fn charts_of(digits: &str) -> Charts {
    let number = NhsNumber::parse(digits).ok();
    let (mut own, mut charts) = (BTreeSet::new(), Charts::new());
    for delivery in region(0).story_deliveries() {
        for change in read(&delivery).units.into_iter().flat_map(changes) {
            let chart = (delivery.source.to_string(), change.chart.key.clone());
            if change.chart.told.is_some_and(|told| told.nhs_number == number) {
                own.insert(chart.clone());
            }
            let entries = change.entries.into_iter().map(|entry| (entry.key.clone(), entry));
            charts.entry(chart).or_default().extend(entries);
        }
    }
    charts.retain(|chart, _| own.contains(chart));
    charts
}

fn entries_of(digits: &str) -> Vec<NewEntry> {
    charts_of(digits).into_values().flat_map(BTreeMap::into_values).collect()
}

#[test]
fn the_readers_take_every_message_and_refuse_and_keep_none() {
    for delivery in region(300).deliveries() {
        let read = read(&delivery);
        assert!(!read.units.is_empty());
        for unit in read.units {
            let applied = matches!(unit.outcome, Outcome::Apply(_));
            assert!(applied, "{} {}: {:?}\n{}", delivery.source, unit.kind, unit.outcome, shown(&delivery));
            assert!(unit.notes.is_empty(), "{} {}: {:?}\n{}", delivery.source, unit.kind, unit.notes, shown(&delivery));
        }
    }
}

#[test]
fn a_source_sends_the_sections_that_it_says_it_sends_and_no_other() {
    let region = region(300);
    let mut sent: BTreeMap<String, BTreeSet<Section>> = BTreeMap::new();
    for delivery in region.deliveries() {
        let sections = sent.entry(delivery.source.to_string()).or_default();
        for change in read(&delivery).units.into_iter().flat_map(changes) {
            sections.extend(change.chart.told.map(|_| Section::Identity));
            sections.extend(change.entries.iter().map(|entry| entry.content.section()));
        }
    }
    for source in region.sources() {
        let said: BTreeSet<Section> = source.sends.iter().copied().collect();
        assert_eq!(sent[source.id.as_str()], said, "{}", source.id);
    }
}

#[test]
fn the_messages_are_in_the_format_of_their_source() {
    let region = region(100);
    for delivery in region.deliveries() {
        let source = region.sources().iter().find(|source| source.id == delivery.source).unwrap();
        let format = match delivery.body {
            Body::Hl7(_) => SourceFormat::Hl7v2,
            Body::Fhir(_) => SourceFormat::Fhir,
            Body::Csv { .. } => SourceFormat::Csv,
        };
        assert_eq!(source.format, format);
    }
}

#[test]
fn a_region_of_a_thousand_has_as_many_entries_as_a_demo_can_carry() {
    let (mut messages, mut entries) = (0, 0);
    for delivery in region(1_000).deliveries() {
        messages += 1;
        entries +=
            read(&delivery).units.into_iter().flat_map(changes).map(|change| change.entries.len()).sum::<usize>();
    }
    println!("1,000 people: {messages} messages, {entries} entries");
    assert!((30_000..=100_000).contains(&entries), "{entries} entries");
    assert!(messages < 25_000, "{messages} messages");
}

#[test]
fn grace_is_told_by_eight_sources_with_both_doses_and_both_allergies() {
    let charts = charts_of("9990000018");
    assert_eq!(charts.len(), 8, "{:?}", charts.keys());
    let entries = entries_of("9990000018");
    let ramipril = |entry: &NewEntry| match &entry.content {
        Content::Medicine(m) if m.name.contains("ramipril") => m.dose.clone(),
        _ => None,
    };
    let doses: BTreeSet<String> = entries.iter().filter_map(ramipril).collect();
    assert_eq!(doses.into_iter().collect::<Vec<_>>(), ["2.5 mg", "5 mg"]);
    let substances: BTreeSet<String> = entries
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Allergy(a) if a.statement == AllergyStatement::Substance => Some(a.substance.to_lowercase()),
            _ => None,
        })
        .collect();
    assert!(substances.contains("penicillin") && substances.contains("latex"), "{substances:?}");
    let kinds: BTreeSet<AlertKind> = entries
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Alert(alert) => Some(alert.kind),
            _ => None,
        })
        .collect();
    assert_eq!(kinds.len(), AlertKind::ALL.len(), "{kinds:?}");
}

#[test]
fn a_medicine_keeps_every_part_that_the_practice_told() {
    let ramipril = entries_of("9990000018").into_iter().find_map(|entry| match entry.content {
        Content::Medicine(m) if m.name == "ramipril" && m.dose.as_deref() == Some("5 mg") => Some(m),
        _ => None,
    });
    let told = ramipril.expect("the practice prescribes ramipril 5 mg");
    let parts = [told.form, told.route, told.frequency, told.course].map(Option::unwrap_or_default);
    assert_eq!(parts, ["capsule", "oral", "once a day", "Repeat"]);
    assert_eq!(told.status, record::MedicineStatus::Started);
    assert!(told.started.is_some() && told.last_issued.is_some());
}

#[test]
fn graces_potassium_is_flagged_as_the_laboratory_flagged_it() {
    let very_high = entries_of("9990000018").into_iter().any(|entry| match entry.content {
        Content::TestResult(r) => {
            r.test == "Potassium" && r.value.as_deref() == Some("6.1") && r.flag.as_deref() == Some("HH")
        }
        _ => false,
    });
    assert!(very_high);
}

#[test]
fn appointments_of_every_state_are_told() {
    let mut states = BTreeSet::new();
    for entry in entries_of("9990000018") {
        if let Content::Appointment(appointment) = entry.content {
            states.insert(appointment.status);
        }
    }
    for state in [
        AppointmentStatus::Booked,
        AppointmentStatus::Attended,
        AppointmentStatus::Cancelled,
        AppointmentStatus::DidNotAttend,
    ] {
        assert!(states.contains(&state), "{state:?} {states:?}");
    }
}

#[test]
fn stated_none_stands_against_a_known_allergy() {
    let mut statements = BTreeSet::new();
    for entry in entries_of("9990000042") {
        if let Content::Allergy(allergy) = entry.content {
            statements.insert(allergy.statement);
        }
    }
    assert_eq!(statements.len(), 2);
}

#[test]
fn sensitive_entries_are_read_as_sensitive() {
    let marked = entries_of("9990000069")
        .into_iter()
        .filter(|entry| entry.sensitivity == record::Sensitivity::Sensitive)
        .count();
    assert!(marked >= 5, "{marked}");
}

#[test]
fn restricted_and_dead_are_read_as_such_from_either_format() {
    let told = |digits: &str| {
        let number = NhsNumber::parse(digits).ok();
        let deliveries = region(0).story_deliveries();
        let changes = deliveries.iter().flat_map(|delivery| read(delivery).units).flat_map(changes);
        changes.filter_map(|change| change.chart.told).filter(move |told| told.nhs_number == number).collect::<Vec<_>>()
    };
    assert!(told("9990000077").iter().filter(|told| told.restricted).count() >= 2);
    assert!(told("9990000093").iter().all(|told| told.died.is_some()));
    assert!(told("9990000018").iter().any(|told| told.name.preferred.as_deref() == Some("Addy")));
    assert!(told("9990000018").iter().any(|told| told.interpreter.is_some()));
}

#[test]
fn a_corrected_result_replaces_its_first_version_and_a_cancelled_one_has_no_value() {
    let results: Vec<_> = entries_of("9990000212")
        .into_iter()
        .filter_map(|entry| match entry.content {
            Content::TestResult(result) => Some(result),
            _ => None,
        })
        .collect();
    let potassium: Vec<_> = results.iter().filter(|r| r.test == "Potassium").collect();
    assert_eq!(potassium.len(), 1, "{potassium:?}");
    assert_eq!((potassium[0].status, potassium[0].value.as_deref()), (ResultStatus::Corrected, Some("4.6")));
    assert!(results.iter().any(|r| r.status == ResultStatus::Cancelled && r.value.is_none()));
    assert!(results.iter().any(|r| r.status == ResultStatus::Preliminary));
}

#[test]
fn letters_arrive_with_their_lines() {
    let letters: Vec<String> = entries_of("9990000018")
        .into_iter()
        .filter_map(|entry| match entry.content {
            Content::Letter(letter) => letter.text,
            _ => None,
        })
        .collect();
    assert!(letters.iter().any(|text| text.contains("What should happen next\nGP: please repeat")), "{letters:?}");
}

#[test]
fn every_story_is_delivered_and_found_by_its_number() {
    for story in stories() {
        let Some(digits) = story.nhs_number else { continue };
        assert!(!charts_of(digits).is_empty(), "{}", story.title);
    }
}
