//! Entries and sources for tests.

use jiff::Timestamp;
use record::{
    ChartId, Code, Content, Entry, EntryId, MessageId, OdsCode, Provenance, ResultStatus, Section, Sensitivity, Source,
    SourceFormat, SourceId, Standing, TestResult,
};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T13:00:00Z".parse().unwrap()
}

pub(crate) fn source(id: &str, sends: &[Section]) -> Source {
    Source {
        id: SourceId::new(id).unwrap(),
        name: id.to_owned(),
        organisation: OdsCode::new("ZZ001").unwrap(),
        format: SourceFormat::Fhir,
        sends: sends.to_vec(),
        stale_after_minutes: 60,
    }
}

pub(crate) fn entry(id: u64, source: &str, content: Content) -> Entry {
    Entry {
        id: EntryId(id),
        content,
        standing: Standing::Current,
        sensitivity: Sensitivity::Ordinary,
        when: None,
        code: None,
        provenance: Provenance {
            source: SourceId::new(source).unwrap(),
            chart: ChartId(1),
            message: MessageId(1),
            unit: 0,
            recorded: None,
            author: None,
            organisation: None,
        },
    }
}

pub(crate) fn coded(entry: Entry, system: &str, code: &str) -> Entry {
    Entry { code: Some(Code { system: system.into(), code: code.to_owned() }), ..entry }
}

pub(crate) fn result(test: &str, value: &str, unit: &str) -> TestResult {
    TestResult {
        test: test.to_owned(),
        value: Some(value.to_owned()),
        unit: (!unit.is_empty()).then(|| unit.to_owned()),
        range: None,
        flag: None,
        status: ResultStatus::Final,
        panel: None,
        specimen: None,
        laboratory: None,
        comment: None,
        absent_reason: None,
    }
}
