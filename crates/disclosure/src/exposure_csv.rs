//! The report of who saw a record while it held two people, as files for a spreadsheet.

use std::io;

use record::PersonId;

use crate::exposure::{ExposedAt, Exposure, Look, StoodCount};

/// The columns of the file of looks, one a line.
pub const LOOK_COLUMNS: [&str; 13] = [
    "at",
    "organisation",
    "organisation_name",
    "staff_id",
    "staff_name",
    "role",
    "act",
    "page",
    "sections",
    "record",
    "record_version",
    "entries_at_most",
    "some_may_have_come_later",
];

/// The columns of the file of entries, one a line for each organisation whose staff were shown it.
pub const ENTRY_COLUMNS: [&str; 11] = [
    "organisation",
    "organisation_name",
    "entry",
    "in_record",
    "record_now",
    "section",
    "date",
    "source",
    "first_shown_at",
    "last_shown_at",
    "looks",
];

impl Exposure {
    /// Every look that is told of: a header, then a line for each. No field begins as a formula does.
    ///
    /// # Errors
    /// Never in memory; what writes CSV says so all the same.
    pub fn looks_csv(&self) -> io::Result<Vec<u8>> {
        let looks = self.organisations.iter().flat_map(|part| &part.looks);
        written(&LOOK_COLUMNS, looks.map(look_fields))
    }

    /// Every entry that is told of, once for each organisation: a header, then a line for each. No field begins as
    /// a formula does.
    ///
    /// # Errors
    /// Never in memory; what writes CSV says so all the same.
    pub fn entries_csv(&self) -> io::Result<Vec<u8>> {
        written(&ENTRY_COLUMNS, self.organisations.iter().flat_map(entry_fields))
    }
}

fn written<const N: usize>(header: &[&str; N], lines: impl Iterator<Item = [String; N]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(header)?;
    for line in lines {
        writer.write_record(line.map(as_text))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A spreadsheet takes what begins so for a formula; with the mark before it, for text.
fn as_text(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field }
}

fn look_fields(look: &Look) -> [String; 13] {
    let row = &look.row;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    [
        row.at.to_string(),
        row.organisation.clone(),
        row.organisation_name.clone(),
        row.staff_id.clone(),
        row.staff_name.clone(),
        row.role.clone(),
        row.act.code().to_owned(),
        row.page.clone().unwrap_or_default(),
        row.sections.join(" "),
        number(row.person.map(|person| person.0)),
        number(row.record_version),
        look.stood.iter().map(StoodCount::in_short).collect::<Vec<_>>().join("; "),
        if look.may_have_come_later { "yes" } else { "no" }.to_owned(),
    ]
}

fn entry_fields(part: &ExposedAt) -> impl Iterator<Item = [String; 11]> {
    part.entries.iter().map(|shown| {
        let number = |person: Option<PersonId>| person.map(|person| person.0.to_string()).unwrap_or_default();
        let entry = &shown.entry;
        [
            part.organisation.clone(),
            part.name.clone(),
            entry.id.to_string(),
            number(shown.in_record),
            entry.record.0.to_string(),
            entry.section.code().to_owned(),
            entry.when.clone().unwrap_or_default(),
            entry.source.to_string(),
            shown.first.to_string(),
            shown.last.to_string(),
            shown.looks.to_string(),
        ]
    })
}

impl StoodCount {
    /// `record 42 medicines 3`.
    #[must_use]
    pub fn in_short(&self) -> String {
        let section = self.section.map_or("sensitive", |section| section.code());
        format!("record {} {section} {}", self.record.0, self.count)
    }
}

#[cfg(test)]
mod tests {
    use audit::{Act, Event, Outcome};
    use record::{Section, SourceId};
    use store::StoodEntry;

    use super::*;
    use crate::exposure::EntryShown;

    fn exposure() -> Exposure {
        let row = Event {
            at: "2026-11-22T13:32:00Z".parse().unwrap(),
            request: "00".repeat(16),
            act: Act::RecordOpened,
            staff_id: "doctor-1".into(),
            staff_name: "=Invented \"Doctor\"".into(),
            role: "doctor".into(),
            organisation: "ZKB01".into(),
            organisation_name: "Kingsbrook Hospital".into(),
            team: None,
            person: Some(PersonId(41)),
            basis: None,
            reason: None,
            page: Some("summary".into()),
            sections: vec!["medicines".into(), "results".into()],
            not_for_role: vec![],
            outcome: Outcome::Allowed,
            facts_version: None,
            policy_digest: None,
            content_digest: None,
            record_version: Some(7),
            count: None,
        };
        let entry = StoodEntry {
            id: 42_991_622,
            record: PersonId(42),
            section: Section::Medicines,
            source: SourceId::new("riverside").unwrap(),
            when: Some("2026-11-20".into()),
            is_sensitive: false,
        };
        let count = |section, count| StoodCount { record: PersonId(42), section, count };
        let shown = EntryShown { entry, in_record: Some(PersonId(41)), first: row.at, last: row.at, looks: 1 };
        let stood = vec![count(Some(Section::Medicines), 1), count(None, 2)];
        Exposure {
            times: vec![],
            organisations: vec![ExposedAt {
                organisation: "ZKB01".into(),
                name: "Kingsbrook Hospital".into(),
                looks: vec![Look { row, stood, may_have_come_later: false }],
                entries: vec![shown],
            }],
            staff: 1,
            more: false,
            more_entries: false,
            removed: vec![],
        }
    }

    fn text(csv: io::Result<Vec<u8>>) -> String {
        String::from_utf8(csv.unwrap()).unwrap()
    }

    #[test]
    fn the_file_of_looks_has_no_field_that_a_spreadsheet_would_reckon() {
        insta::assert_snapshot!(text(exposure().looks_csv()), @r#"
        at,organisation,organisation_name,staff_id,staff_name,role,act,page,sections,record,record_version,entries_at_most,some_may_have_come_later
        2026-11-22T13:32:00Z,ZKB01,Kingsbrook Hospital,doctor-1,"'=Invented ""Doctor""",doctor,record-opened,summary,medicines results,41,7,record 42 medicines 1; record 42 sensitive 2,no
        "#);
    }

    #[test]
    fn the_file_of_entries_names_section_date_and_source_and_nothing_of_what_they_say() {
        insta::assert_snapshot!(text(exposure().entries_csv()), @r"
        organisation,organisation_name,entry,in_record,record_now,section,date,source,first_shown_at,last_shown_at,looks
        ZKB01,Kingsbrook Hospital,42991622,41,42,medicines,2026-11-20,riverside,2026-11-22T13:32:00Z,2026-11-22T13:32:00Z,1
        ");
    }

    #[test]
    fn where_nobody_looked_there_is_the_header_alone() {
        let nobody = Exposure { organisations: vec![], ..exposure() };
        assert_eq!(text(nobody.looks_csv()).lines().count(), 1);
        assert_eq!(text(nobody.entries_csv()).lines().count(), 1);
    }

    #[test]
    fn each_way_in_which_a_formula_begins_is_marked_as_text() {
        for begins in ["=1", "+1", "-1", "@a", "\t=1", "\r=1"] {
            assert!(as_text(begins.to_owned()).starts_with('\''), "{begins:?}");
        }
        assert_eq!(as_text("1=1".to_owned()), "1=1");
    }
}
