//! Whom and what references mean in a bundle (R4 §2.36.4.1), and the keys that follow.

use formats::fhir::{ServerBase, read_json_of};
use formats::{Change, Outcome, Unit};
use proptest::prelude::*;

/// Entries of `fullUrl` and resource, and who or what each is: its chart and its entry.
fn keys(own_server: Option<&str>, entries: &[(&str, &str)]) -> Vec<String> {
    units(own_server, entries).iter().map(key).collect()
}

fn units(own_server: Option<&str>, entries: &[(&str, &str)]) -> Vec<Unit> {
    let entry = |(url, resource): &(&str, &str)| match *url {
        "" => format!("{{\"resource\":{resource}}}"),
        url => format!("{{\"fullUrl\":\"{url}\",\"resource\":{resource}}}"),
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    let text = format!("{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}", entries.join(","));
    let own_server = own_server.and_then(ServerBase::parse);
    read_json_of(own_server.as_ref(), text.as_bytes()).map(|delivery| delivery.units).unwrap_or_default()
}

fn key(unit: &Unit) -> String {
    match &unit.outcome {
        Outcome::Apply(changes) | Outcome::ApplyIfNew(changes) => changes.iter().map(claimed).collect(),
        Outcome::Remove(key) => format!("removed: {key}"),
        Outcome::Keep => unit.notes.iter().map(|note| format!("kept: {}", note.what)).collect(),
        Outcome::Refuse(fault) => format!("refused: {}", fault.what),
    }
}

fn claimed(change: &Change) -> String {
    let chart = &change.chart.key;
    change.entries.first().map_or_else(|| chart.clone(), |entry| format!("{} of {chart}", entry.key))
}

fn patient(id: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#)
}

fn flag(id: &str, subject: &str) -> String {
    format!(r#"{{"resourceType":"Flag","id":"{id}","subject":{{"reference":"{subject}"}}}}"#)
}

#[test]
fn a_relative_reference_means_the_server_of_its_own_entry() {
    let (one, flag) = (patient("23"), flag("14", "Patient/23"));
    let told = keys(
        None,
        &[
            ("http://a.example/fhir/Patient/23", &one),
            ("http://a.example/fhir/Flag/14", &flag),
            ("http://a.example/fhir-2/Flag/14", &flag),
        ],
    );
    assert_eq!(
        told,
        [
            "http://a.example/fhir/Patient/23",
            "http://a.example/fhir/Flag/14 of http://a.example/fhir/Patient/23",
            "http://a.example/fhir-2/Flag/14 of http://a.example/fhir-2/Patient/23",
        ]
    );
}

#[test]
fn one_reads_that_a_reference_means_a_patient_of_another_server() {
    let (one, flag) = (patient("23"), flag("14", "Patient/23"));
    let entries = [("https://a.example/Patient/23", one.as_str()), ("https://b.example/Flag/14", &flag)];
    assert_eq!(units(None, &entries)[0].notes, [], "no server is the source's own");
    let units = units(Some("https://b.example"), &entries);
    assert_eq!(units[0].notes[0].place, "entry[0].resource.id");
    assert_eq!(
        units[1].notes[0].to_string(),
        "entry[1].resource.subject: means a patient of another server than the one of the same id in this message"
    );
}

#[test]
fn patients_of_two_servers_never_share_a_key_whatever_the_source_calls_its_own() {
    let one = patient("1");
    for own in [None, Some("https://a.example"), Some("https://b.example"), Some("https://c.example")] {
        // One message each: a key depends on no other message.
        let of = |url: &str| keys(own, &[(url, &one)]).remove(0);
        let all =
            [of("https://a.example/Patient/1"), of("https://b.example/Patient/1"), of("http://b.example/Patient/1")];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), 3, "{own:?} {all:?}");
    }
}

#[test]
fn on_the_sources_own_server_absolute_relative_and_bare_mean_one_chart() {
    let own = Some("https://a.example/r4/");
    let (one, relative, absolute) =
        (patient("1"), flag("f", "Patient/1"), flag("f", "https://a.example/r4/Patient/1/_history/2"));
    assert_eq!(keys(own, &[("https://a.example/r4/Patient/1", &one)]), ["Patient/1"]);
    for (url, flag) in [
        ("", &relative),
        ("", &absolute),
        ("urn:uuid:aa", &relative),
        ("https://a.example/r4/Flag/f", &relative),
        ("https://a.example/r4/Flag/f", &absolute),
    ] {
        assert_eq!(keys(own, &[(url, flag)]), ["Flag/f of Patient/1"], "{url}");
    }
}

#[test]
fn a_reference_that_names_no_server_means_the_only_patient_of_that_id_in_a_message_of_one_server() {
    let (one, flag, firm) = (patient("1"), flag("f", "Patient/1"), r#"{"resourceType":"Organization","id":"o"}"#);
    let (at_a, at_b) = ("https://a.example/Patient/1", "https://b.example/Patient/1");
    assert_eq!(keys(None, &[("", &flag), (at_a, &one)])[0], format!("Flag/f of {at_a}"));
    assert_eq!(keys(None, &[("", &flag), ("urn:uuid:aa", &one)])[0], "Flag/f of Patient/1");
    let several = "refused: may mean more than one resource of this message";
    assert_eq!(keys(None, &[("", &flag), (at_a, &one), (at_b, &one)])[0], several);
    assert_eq!(keys(None, &[("", &flag), (at_a, &one), ("urn:uuid:aa", &one)])[0], several);
    let two_servers = [("", flag.as_str()), (at_a, &one), ("https://b.example/Organization/o", firm)];
    let told = units(None, &two_servers);
    assert_eq!(key(&told[0]), several);
}

#[test]
fn two_urns_with_one_id_or_two_ids_under_one_urn_are_never_taken_for_each_other() {
    let (one, two, by_id) = (patient("1"), patient("2"), flag("f", "Patient/1"));
    let by_urn = flag("g", "urn:uuid:aa");
    let told = keys(None, &[("urn:uuid:aa", &one), ("urn:uuid:bb", &one), ("", &by_id), ("urn:uuid:cc", &by_urn)]);
    let several = "refused: may mean more than one resource of this message";
    assert_eq!(told, ["Patient/aa", "Patient/bb", several, "Flag/g of Patient/aa"]);
    let told = keys(None, &[("urn:uuid:aa", &one), ("urn:uuid:aa", &two), ("urn:uuid:cc", &by_urn)]);
    assert_eq!(told, ["Patient/1", "Patient/2", several]);
}

#[test]
fn a_full_url_tells_more_than_the_id_beside_it() {
    let two = patient("2");
    assert_eq!(keys(None, &[("https://a.example/Patient/12", &two)]), ["https://a.example/Patient/12"]);
    let told = keys(None, &[("https://a.example/people?n=7", &two), ("", &flag("f", "Patient/2"))]);
    assert_eq!(told, ["Patient/https://a.example/people?n=7", "Flag/f of Patient/2"]);
}

#[test]
fn an_identifier_that_two_patients_of_a_message_have_means_neither() {
    let one = r#"{"resourceType":"Patient","id":"1","identifier":{"system":"urn:x","value":"77"}}"#;
    let flag = r#"{"resourceType":"Flag","id":"f","subject":{"identifier":{"system":"urn:x","value":"77"}}}"#;
    let (at_a, at_b) = ("https://a.example/Patient/1", "https://b.example/Patient/1");
    assert_eq!(keys(None, &[(at_a, one), (at_a, one), ("", flag)])[2], format!("Flag/f of {at_a}"));
    let told = keys(None, &[(at_a, one), (at_b, one), ("", flag)]);
    assert_eq!(told[2], "refused: more than one patient of this message has this identifier");
}

#[test]
fn what_a_result_belongs_to_is_on_its_own_server() {
    let result = r#"{"resourceType":"Observation","id":"k","code":{"text":"Potassium"},"subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/9"}}"#;
    let report = r#"{"resourceType":"DiagnosticReport","id":"r","code":{"text":"U&E"},"subject":{"reference":"Patient/1"},"result":[{"reference":"Observation/k"}]}"#;
    let part_of = |entries: &[(&str, &str)]| match &units(None, entries)[0].outcome {
        Outcome::Apply(changes) => changes[0].entries[0].part_of.clone().unwrap(),
        other => panic!("{other:?}"),
    };
    let (of_a, of_b) = ("https://a.example/DiagnosticReport/r", "https://b.example/DiagnosticReport/r");
    assert_eq!(part_of(&[("https://a.example/Observation/k", result), (of_a, report)]), of_a);
    assert_eq!(
        part_of(&[("https://a.example/Observation/k", result), (of_b, report)]),
        "https://a.example/Encounter/9"
    );
}

const PLACES: [&str; 8] = [
    "",
    "urn:uuid:aa",
    "urn:uuid:bb",
    "https://a.example/TYPE/ID",
    "https://b.example/TYPE/ID",
    "https://a.example/TYPE/2",
    "https://a.example/else?TYPE",
    "TYPE/ID",
];

const SUBJECTS: [&str; 7] = [
    "Patient/1",
    "Patient/2/_history/1",
    "https://a.example/Patient/1",
    "https://b.example/Patient/1/_history/2",
    "urn:uuid:aa",
    "urn:uuid:bb",
    "Flag/1",
];

fn any_entry() -> impl Strategy<Value = (String, String)> {
    let (places, subjects) = (proptest::sample::select(&PLACES[..]), proptest::sample::select(&SUBJECTS[..]));
    (places, any::<bool>(), "[12]", subjects).prop_map(|(place, is_patient, id, subject)| {
        let (kind, resource) = if is_patient { ("Patient", patient(&id)) } else { ("Flag", flag(&id, subject)) };
        (place.replace("TYPE", kind).replace("ID", &id), resource)
    })
}

proptest! {
    #[test]
    fn the_order_of_a_bundle_decides_nothing(
        mut entries in proptest::collection::vec(any_entry(), 1..6),
        own in proptest::option::of(Just("https://a.example")),
    ) {
        let as_refs = |entries: &[(String, String)]| -> Vec<String> {
            let entries: Vec<(&str, &str)> = entries.iter().map(|(url, text)| (url.as_str(), text.as_str())).collect();
            keys(own, &entries)
        };
        let forwards = as_refs(&entries);
        entries.reverse();
        let mut backwards = as_refs(&entries);
        backwards.reverse();
        prop_assert_eq!(forwards, backwards);
    }

    /// In one bundle two patients share a key only where one `fullUrl`, or no server at all, is told of both.
    #[test]
    fn two_patients_of_one_bundle_share_a_key_only_where_nothing_tells_them_apart(
        first in any_entry(), second in any_entry(), own in proptest::option::of(Just("https://a.example")),
    ) {
        prop_assume!(first.1.contains("Patient\"") && second.1.contains("Patient\""));
        let told = keys(own, &[(&first.0, &first.1), (&second.0, &second.1)]);
        let is_bare = |url: &str| !url.contains(':') || own.is_some_and(|own| url.starts_with(own));
        if told[0] == told[1] {
            prop_assert!(first.0 == second.0 || (is_bare(&first.0) && is_bare(&second.0)), "{first:?} {second:?}");
        }
    }
}
