//! The demographics service's own examples: each is an answer that is understood.

use std::fs;
use std::path::PathBuf;

use formats::fhir::{Confidentiality, TraceAnswer, TraceFault, read_trace};

/// The files of one folder of `corpus/pds`, by name.
fn answers(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/pds").join(folder);
    let Ok(files) = fs::read_dir(root) else {
        println!("skipped: no corpus");
        return vec![];
    };
    let paths = files.flatten().map(|file| file.path());
    paths.map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn everybody_of_the_examples_is_read_with_number_label_and_version() {
    for (name, bytes) in answers("patientResponses") {
        let TraceAnswer::Person(person) = read_trace(&bytes).unwrap_or_else(|problem| panic!("{name}: {problem}"))
        else {
            panic!("{name} is a Patient");
        };
        assert_eq!(person.confidentiality, Confidentiality::Unrestricted, "{name}");
        assert_eq!(format!("patient_{}", person.nhs_number.digits()), name);
        assert!(person.version.is_some(), "{name}");
        // One of them, the least that the service tells, has no name.
        assert!(name == "patient_9000000033" || !person.told.name.family.is_empty(), "{name}");
    }
}

#[test]
fn every_search_of_the_examples_tells_its_people_or_why_not() {
    let (mut people, mut left_out) = (0, 0);
    for (name, bytes) in answers("searchResponses") {
        match read_trace(&bytes) {
            Ok(TraceAnswer::Matches(found)) => {
                assert!(found.people.iter().all(|one| one.score_per_mille.is_some()), "{name}");
                people += found.people.len();
                left_out += found.left_out;
            }
            Ok(TraceAnswer::Fault(fault)) => {
                assert_eq!((name.as_str(), fault), ("TOO_MANY_MATCHES", TraceFault::TooMany))
            }
            Ok(TraceAnswer::Person(_)) => {}
            Err(problem) => panic!("{name}: {problem}"),
        }
    }
    println!("{people} people in searches, {left_out} left out");
    // Two of the examples have an NHS number whose check digit does not fit.
    assert!(left_out <= 2 && (people == 0 || people > 40));
}

#[test]
fn every_error_of_the_examples_is_told_by_its_code() {
    for (name, bytes) in answers("errorResponses") {
        let Ok(TraceAnswer::Fault(fault)) = read_trace(&bytes) else { panic!("{name}") };
        match name.as_str() {
            "RESOURCE_NOT_FOUND" => assert_eq!(fault, TraceFault::NotFound),
            "INVALIDATED_RESOURCE" => assert_eq!(fault, TraceFault::Invalidated),
            "NOT_SUPPORTED_SEARCH" => assert_eq!(fault, TraceFault::Other("not-supported".into())),
            code => assert_eq!(fault, TraceFault::Other(code.into())),
        }
    }
}

/// Answers to other questions than ours tell of nobody: no Coverage and no relative is taken for the person.
#[test]
fn an_answer_to_another_question_is_nobody() {
    for folder in ["coverageResponses", "relatedPersonResponses"] {
        for (name, bytes) in answers(folder) {
            match read_trace(&bytes) {
                Ok(TraceAnswer::Matches(found)) => assert!(found.people.is_empty(), "{name}"),
                Ok(TraceAnswer::Person(_)) => panic!("{name} is taken for a person"),
                Ok(TraceAnswer::Fault(_)) | Err(_) => {}
            }
        }
    }
}

/// What the service answers to whoever makes a record in it is read as what it says.
#[test]
fn an_answer_to_a_new_record_is_that_person_or_the_fault_by_its_code() {
    for (name, bytes) in ["postPatientResponses", "postPdsRecordAtBirthResponses"].into_iter().flat_map(answers) {
        let read = read_trace(&bytes).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        match (name.as_str(), read) {
            (_, TraceAnswer::Person(person)) => assert!(name.starts_with("new_"), "{name} {:?}", person.nhs_number),
            (name, TraceAnswer::Fault(fault)) => {
                let code = name.trim_end_matches("_FOUND");
                assert_eq!(fault, TraceFault::Other(code.into()));
            }
            (_, TraceAnswer::Matches(_)) => panic!("{name} is no search"),
        }
    }
}
