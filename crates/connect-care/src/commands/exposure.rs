use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use disclosure::{Event, Exposure};
use record::OdsCode;
use serde::Serialize;

use crate::commands::inbox::StoreArguments;
use crate::operator;

/// Who was shown something of a record while it held two people, per organisation: when, which sections of which
/// version of it, and nothing that stood in them.
#[derive(Args)]
pub(crate) struct ReportExposure {
    /// The doubt under which it was linked or parted, as `identity work-list` gave it.
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
    /// One object.
    Json,
}

/// A look as it is written; a line of the CSV.
#[derive(Serialize)]
struct Look<'a> {
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
    looks: Vec<Look<'a>>,
    more: bool,
}

impl ReportExposure {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let organisation = self.organisation.as_deref().map(OdsCode::new).transpose().context("the organisation")?;
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let exposure = rooms.disclosure.exposure(&caller, self.id, organisation.as_ref(), &self.reason).await?;
        let written = match self.format {
            Format::Text => text(&exposure).into_bytes(),
            Format::Csv => csv(&exposure)?,
            Format::Json => serde_json::to_vec_pretty(&report(&exposure))?,
        };
        let mut out = std::io::stdout().lock();
        out.write_all(&written)?;
        out.flush()?;
        if exposure.more {
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
    Report {
        held_two_people: held_two_people.collect(),
        staff: exposure.staff,
        looks: looks(exposure).collect(),
        more: exposure.more,
    }
}

fn looks(exposure: &Exposure) -> impl Iterator<Item = Look<'_>> {
    exposure.organisations.iter().flat_map(|part| &part.rows).map(Look::of)
}

fn csv(exposure: &Exposure) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record([
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
    ])?;
    for look in looks(exposure) {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let fields = [
            &look.at,
            look.organisation,
            look.organisation_name,
            look.staff_id,
            look.staff_name,
            look.role,
            look.act,
            look.page.unwrap_or_default(),
            &look.sections,
            &number(look.record),
            &number(look.record_version),
        ];
        writer.write_record(fields.map(as_text))?;
    }
    Ok(writer.into_inner()?)
}

/// A spreadsheet takes what begins so for a formula; with the mark before it, for text.
fn as_text(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field.to_owned() }
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
        for Look { at, staff_name, role, act, page, sections, record, record_version, .. } in
            part.rows.iter().map(Look::of)
        {
            let page = page.unwrap_or("-");
            let record = record.map_or_else(|| "-".to_owned(), |record| record.to_string());
            let version = record_version.map_or_else(|| "-".to_owned(), |version| version.to_string());
            text.push_str(&format!("{at}\t{staff_name}\t{role}\t{act}\t{page}\t{sections}\t{record}\t{version}\n"));
        }
    }
    text
}

impl<'a> Look<'a> {
    fn of(row: &'a Event) -> Self {
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
        }
    }
}

#[cfg(test)]
mod tests {
    use disclosure::{Act, ExposedAt, MixedTime, Outcome};
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
        Exposure {
            times: vec![MixedTime {
                person: PersonId(41),
                from: time("2026-11-20T09:12:00Z"),
                until: time("2026-11-22T13:35:00Z"),
            }],
            organisations: vec![ExposedAt {
                organisation: "ZKB01".into(),
                name: "Kingsbrook Hospital".into(),
                rows: vec![row],
            }],
            staff: 1,
            more: false,
        }
    }

    #[test]
    fn a_look_is_a_line_under_its_organisation() {
        insta::assert_snapshot!(text(&exposure()).replace('\t', " | "), @r#"
        record 41 held two people from 2026-11-20T09:12:00Z until 2026-11-22T13:35:00Z
        1 member of staff saw it

        Kingsbrook Hospital (ZKB01)
        2026-11-22T13:32:00Z | =Invented "Doctor" | doctor | record-opened | summary | medicines results | 41 | 7
        "#);
    }

    #[test]
    fn the_csv_has_its_header_also_for_nobody_and_no_field_that_a_spreadsheet_would_reckon() {
        let written = String::from_utf8(csv(&exposure()).unwrap()).unwrap();
        insta::assert_snapshot!(written, @r#"
        at,organisation,organisation_name,staff_id,staff_name,role,act,page,sections,record,record_version
        2026-11-22T13:32:00Z,ZKB01,Kingsbrook Hospital,doctor-1,"'=Invented ""Doctor""",doctor,record-opened,summary,medicines results,41,7
        "#);
        let nobody = Exposure { organisations: vec![], ..exposure() };
        assert_eq!(String::from_utf8(csv(&nobody).unwrap()).unwrap().lines().count(), 1);
    }

    #[test]
    fn the_json_says_when_it_held_two_people_and_who_saw_it() {
        let exposure = exposure();
        let json = serde_json::to_value(report(&exposure)).unwrap();
        assert_eq!((&json["held_two_people"][0]["record"], &json["more"]), (&41.into(), &false.into()));
        assert_eq!((&json["looks"][0]["record_version"], &json["staff"]), (&7.into(), &1.into()));
    }
}
