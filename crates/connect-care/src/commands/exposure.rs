use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use disclosure::{ExposedAt, Exposure, Look, StoodCount};
use record::{OdsCode, Section, SourceId};
use serde::Serialize;

use crate::commands::inbox::StoreArguments;
use crate::operator;

/// Who was shown something of a record while it held two people, per organisation: when, which sections of which
/// version of it, which entries stood there, and nothing of what they say.
#[derive(Args)]
pub(crate) struct ReportExposure {
    /// The doubt under which it was linked or parted, as `identity work-list` gave it; or the record, as `identity show` did.
    id: u64,
    /// Why: kept in the access log of each person concerned.
    #[arg(long)]
    reason: String,
    /// The ODS code of the one organisation whose staff are told of.
    #[arg(long)]
    organisation: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Lines to read, with a tab between their fields.
    Text,
    /// A line for each look, with a header.
    Csv,
    /// A line for each entry that stood in what an organisation's staff were shown, with a header.
    CsvEntries,
    /// One object: the looks and the entries.
    Json,
}

/// A look as it is written; its fields are the columns of the CSV.
#[derive(Serialize)]
struct LookLine<'a> {
    at: String,
    organisation: &'a str,
    organisation_name: &'a str,
    staff_id: &'a str,
    staff_name: &'a str,
    role: &'a str,
    act: &'static str,
    page: Option<&'a str>,
    sections: String,
    record: Option<u64>,
    record_version: Option<u64>,
    entries_at_most: Vec<Count>,
    some_may_have_come_later: bool,
}

/// How many entries of a section stood there, and whose they are by now; those that are sensitive have none.
#[derive(Serialize)]
struct Count {
    record: u64,
    section: Option<&'static str>,
    count: u64,
}

/// An entry as it is written; its fields are the columns of the CSV.
#[derive(Serialize)]
struct EntryLine<'a> {
    organisation: &'a str,
    organisation_name: &'a str,
    entry: u64,
    in_record: Option<u64>,
    record_now: u64,
    section: &'static str,
    date: Option<&'a str>,
    source: String,
    first_shown_at: String,
    last_shown_at: String,
    looks: u64,
}

/// Messages of a source that were removed since.
#[derive(Serialize)]
struct Removed {
    source: String,
    messages: u64,
}

/// When a record held two people.
#[derive(Serialize)]
struct Time {
    record: u64,
    from: String,
    until: String,
}

/// What `--format json` emits.
#[derive(Serialize)]
struct Report<'a> {
    held_two_people: Vec<Time>,
    staff: usize,
    looks: Vec<LookLine<'a>>,
    more: bool,
    entries: Vec<EntryLine<'a>>,
    more_entries: bool,
    removed_since: Vec<Removed>,
}

impl ReportExposure {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let organisation = self.organisation.as_deref().map(OdsCode::new).transpose().context("the organisation")?;
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let exposure = rooms.disclosure.exposure(&caller, self.id, organisation.as_ref(), &self.reason).await?;
        let written = match self.format {
            Format::Text => text(&exposure).into_bytes(),
            Format::Csv => exposure.looks_csv()?,
            Format::CsvEntries => exposure.entries_csv()?,
            Format::Json => serde_json::to_vec_pretty(&report(&exposure))?,
        };
        let mut out = std::io::stdout().lock();
        out.write_all(&written)?;
        out.flush()?;
        if exposure.more || exposure.more_entries {
            eprintln!("there are more than these: ask for one organisation at a time");
        }
        rooms.close().await;
        Ok(())
    }
}

fn report(exposure: &Exposure) -> Report<'_> {
    let held_two_people = exposure.times.iter().map(|time| Time {
        record: time.person.0,
        from: time.from.to_string(),
        until: time.until.to_string(),
    });
    let removed = |(source, messages): &(SourceId, u64)| Removed { source: source.to_string(), messages: *messages };
    Report {
        held_two_people: held_two_people.collect(),
        staff: exposure.staff,
        looks: exposure.organisations.iter().flat_map(|part| &part.looks).map(LookLine::of).collect(),
        more: exposure.more,
        entries: exposure.organisations.iter().flat_map(EntryLine::of).collect(),
        more_entries: exposure.more_entries,
        removed_since: exposure.removed.iter().map(removed).collect(),
    }
}

fn text(exposure: &Exposure) -> String {
    let mut text = String::new();
    for time in &exposure.times {
        text.push_str(&format!("record {} held two people from {} until {}\n", time.person.0, time.from, time.until));
    }
    let staff = exposure.staff;
    text.push_str(&if staff == 1 {
        "1 member of staff saw it\n".to_owned()
    } else {
        format!("{staff} staff saw it\n")
    });
    for part in &exposure.organisations {
        text.push_str(&format!("\n{} ({})\n", part.name, part.organisation));
        for look in &part.looks {
            text.push_str(&look_text(look));
        }
        for line in EntryLine::of(part) {
            let EntryLine { entry, record_now, section, date, source, first_shown_at, last_shown_at, .. } = line;
            let date = date.unwrap_or("-");
            text.push_str(&format!(
                "entry {entry}\trecord {record_now}\t{section}\t{date}\t{source}\t{first_shown_at}\t{last_shown_at}\n"
            ));
        }
    }
    for (source, messages) in &exposure.removed {
        text.push_str(&format!("\nremoved since: {messages} of {source}; what came of them can no longer be named\n"));
    }
    text
}

fn look_text(look: &Look) -> String {
    let LookLine { at, staff_name, role, act, page, sections, record, record_version, .. } = LookLine::of(look);
    let page = page.unwrap_or("-");
    let record = record.map_or_else(|| "-".to_owned(), |record| record.to_string());
    let version = record_version.map_or_else(|| "-".to_owned(), |version| version.to_string());
    let stood: Vec<String> = look.stood.iter().map(StoodCount::in_short).collect();
    let stood = if stood.is_empty() { "no entries".to_owned() } else { format!("at most {}", stood.join("; ")) };
    format!("{at}\t{staff_name}\t{role}\t{act}\t{page}\t{sections}\t{record}\t{version}\t{stood}\n")
}

impl<'a> LookLine<'a> {
    fn of(look: &'a Look) -> Self {
        let row = &look.row;
        let count = |count: &StoodCount| Count {
            record: count.record.0,
            section: count.section.map(Section::code),
            count: count.count,
        };
        Self {
            at: row.at.to_string(),
            organisation: &row.organisation,
            organisation_name: &row.organisation_name,
            staff_id: &row.staff_id,
            staff_name: &row.staff_name,
            role: &row.role,
            act: row.act.code(),
            page: row.page.as_deref(),
            sections: row.sections.join(" "),
            record: row.person.map(|person| person.0),
            record_version: row.record_version,
            entries_at_most: look.stood.iter().map(count).collect(),
            some_may_have_come_later: look.may_have_come_later,
        }
    }
}

impl<'a> EntryLine<'a> {
    fn of(part: &'a ExposedAt) -> impl Iterator<Item = Self> {
        part.entries.iter().map(|shown| Self {
            organisation: &part.organisation,
            organisation_name: &part.name,
            entry: shown.entry.id,
            in_record: shown.in_record.map(|person| person.0),
            record_now: shown.entry.record.0,
            section: shown.entry.section.code(),
            date: shown.entry.when.as_deref(),
            source: shown.entry.source.to_string(),
            first_shown_at: shown.first.to_string(),
            last_shown_at: shown.last.to_string(),
            looks: shown.looks,
        })
    }
}

#[cfg(test)]
mod tests {
    use disclosure::{Act, ENTRY_COLUMNS, EntryShown, Event, LOOK_COLUMNS, MixedTime, Outcome, StoodEntry};
    use record::PersonId;

    use super::*;

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
        let time = |text: &str| text.parse().unwrap();
        let entry = StoodEntry {
            id: 77,
            record: PersonId(42),
            section: Section::Medicines,
            source: SourceId::new("riverside").unwrap(),
            when: Some("2026-11-20".into()),
            is_sensitive: false,
        };
        let shown = EntryShown { entry, in_record: Some(PersonId(41)), first: row.at, last: row.at, looks: 1 };
        let stood = vec![StoodCount { record: PersonId(42), section: Some(Section::Medicines), count: 1 }];
        Exposure {
            times: vec![MixedTime {
                person: PersonId(41),
                from: time("2026-11-20T09:12:00Z"),
                until: time("2026-11-22T13:35:00Z"),
            }],
            organisations: vec![ExposedAt {
                organisation: "ZKB01".into(),
                name: "Kingsbrook Hospital".into(),
                looks: vec![Look { row, stood, may_have_come_later: false }],
                entries: vec![shown],
            }],
            staff: 1,
            more: false,
            more_entries: false,
            removed: vec![(SourceId::new("riverside").unwrap(), 2)],
        }
    }

    #[test]
    fn a_look_is_a_line_under_its_organisation_and_so_is_each_entry() {
        insta::assert_snapshot!(text(&exposure()).replace('\t', " | "), @r#"
        record 41 held two people from 2026-11-20T09:12:00Z until 2026-11-22T13:35:00Z
        1 member of staff saw it

        Kingsbrook Hospital (ZKB01)
        2026-11-22T13:32:00Z | =Invented "Doctor" | doctor | record-opened | summary | medicines results | 41 | 7 | at most record 42 medicines 1
        entry 77 | record 42 | medicines | 2026-11-20 | riverside | 2026-11-22T13:32:00Z | 2026-11-22T13:32:00Z

        removed since: 2 of riverside; what came of them can no longer be named
        "#);
    }

    #[test]
    fn the_json_has_the_columns_of_the_files_and_says_when_it_held_two_people() {
        let exposure = exposure();
        let json = serde_json::to_value(report(&exposure)).unwrap();
        assert_eq!((&json["held_two_people"][0]["record"], &json["more"]), (&41.into(), &false.into()));
        assert_eq!((&json["looks"][0]["record_version"], &json["staff"]), (&7.into(), &1.into()));
        let names = |one: &serde_json::Value| -> Vec<String> { one.as_object().unwrap().keys().cloned().collect() };
        let sorted = |columns: &[&str]| {
            let mut columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            columns.sort();
            columns
        };
        let found = [&json["looks"][0], &json["entries"][0]].map(names).map(|mut names| {
            names.sort();
            names
        });
        assert_eq!(found, [sorted(&LOOK_COLUMNS), sorted(&ENTRY_COLUMNS)]);
    }
}
