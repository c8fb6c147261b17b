use std::io::{Read as _, Write as _};

use anyhow::bail;
use clap::Args;
use disclosure::{Named, OneRecord, PairChart, PairPerson, RECORDS_MAX, RecordOf};
use record::{NhsNumber, PersonId};

use crate::commands::inbox::StoreArguments;
use crate::operator;

/// The longest number that is read from standard input, in bytes, spaces included.
const NUMBER_BYTES_MAX: u64 = 64;

/// The charts of one person with their numbers, what each tells of who its patient is, and why it is this person's:
/// what `identity unlink` needs. Of restricted people without whereabouts; nothing clinical.
#[derive(Args)]
pub(crate) struct ShowRecord {
    /// An NHS number, or the number of a person as other commands print it. Without it, it is read from standard
    /// input, so that it stands in no shell history.
    of: Option<String>,
    /// Why: kept in the access log of each person who is shown.
    #[arg(long)]
    reason: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

impl ShowRecord {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let of = self.of.map_or_else(on_standard_input, Ok)?;
        let Some(of) = read(&of) else { bail!("neither a valid NHS number nor the number of a person") };
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let found = rooms.disclosure.identity_record(&caller, of, &self.reason).await?;
        let mut out = std::io::stdout().lock();
        for record in &found.records {
            write!(out, "{}", lines(record))?;
        }
        if found.more {
            writeln!(out, "more than {RECORDS_MAX} people carry this number: the others are not shown")?;
        }
        out.flush()?;
        rooms.close().await;
        Ok(())
    }
}

fn on_standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().lock().take(NUMBER_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Ten digits are an NHS number and never a person's: where the check digit is wrong nobody is meant.
fn read(text: &str) -> Option<RecordOf> {
    let digits: String = text.chars().filter(|one| !(one.is_whitespace() || *one == '-')).collect();
    if digits.len() == 10 {
        return NhsNumber::parse(&digits).ok().map(RecordOf::Number);
    }
    digits.parse().ok().map(|person| RecordOf::Person(PersonId(person)))
}

fn lines(record: &OneRecord) -> String {
    record.pair.people.iter().map(|person| of_person(record.number, person)).collect()
}

fn of_person(number: u64, person: &PairPerson) -> String {
    let restricted = if person.is_restricted { "\trestricted" } else { "" };
    let mut text = format!("record {number}\tperson {}{restricted}\n", person.person.0);
    for chart in &person.charts {
        text.push_str(&of_chart(chart));
    }
    let mut others = Vec::new();
    for chart in &person.charts {
        let Some(other) = chart.told_apart_from.filter(|other| !others.contains(other)) else { continue };
        others.push(other);
        let number = Named::ToldApart(chart.chart).number();
        text.push_str(&format!("  told apart from person {}: link them again with {number}\n", other.0));
    }
    text
}

fn of_chart(chart: &PairChart) -> String {
    let told = &chart.told;
    let mut text = format!("  chart {}\t{}\t{}", chart.chart.0, chart.source, told.name.shown());
    if let Some(born) = told.born {
        text.push_str(&format!("\tborn {}", born.to_iso()));
    }
    if let Some(number) = told.nhs_number {
        text.push_str(&format!("\tNHS {number}"));
    }
    for number in &chart.local_numbers {
        text.push_str(&format!("\tlocal {}", number.number));
    }
    text.push('\n');
    if let Some(address) = &told.address {
        text.push_str(&format!("    {}\n", address.shown()));
    }
    if let Some((at, why)) = &chart.linked {
        text.push_str(&format!("    linked {at}: {why}\n"));
    }
    let others: Vec<String> = chart.joined_with.iter().map(|one| one.0.to_string()).collect();
    if !others.is_empty() {
        text.push_str(&format!("    joined by its source with chart {}\n", others.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use record::{ChartId, Demographics, PersonName, SourceId};

    use super::*;

    #[test]
    fn ten_digits_are_an_nhs_number_and_fewer_are_a_person() {
        assert!(matches!(read("999 000 0018"), Some(RecordOf::Number(_))));
        assert!(matches!(read("17"), Some(RecordOf::Person(PersonId(17)))));
        assert!(read("9990000019").is_none(), "a wrong check digit means nobody");
        assert!(matches!(read(" 9990000018\n"), Some(RecordOf::Number(_))));
        for nobody in ["Okafor", "", "-", "18446744073709551616"] {
            assert!(read(nobody).is_none(), "{nobody}");
        }
    }

    #[test]
    fn each_chart_says_its_number_its_source_what_it_tells_why_it_is_there_and_what_its_source_joined_with_it() {
        let name = PersonName { family: "Okafor".into(), given: vec!["Grace".into()], ..PersonName::default() };
        let chart = PairChart {
            chart: ChartId(7),
            source: SourceId::new("riverside").unwrap(),
            told: Demographics { name, nhs_number: NhsNumber::parse("9990000018").ok(), ..Demographics::default() },
            local_numbers: Vec::new(),
            told_at: None,
            linked: Some(("2026-11-23T12:00:00Z".parse().unwrap(), "same number".into())),
            linked_by_hand: None,
            joined_with: vec![ChartId(9)],
            told_apart_from: Some(PersonId(5)),
        };
        let person = PairPerson { person: PersonId(3), is_restricted: false, charts: vec![chart] };
        let text = of_person(Named::Record(ChartId(7)).number(), &person);
        for said in ["person 3", "chart 7\triverside\tOKAFOR, Grace", "NHS 999 000 0018", "same number", "chart 9"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let number = Named::ToldApart(ChartId(7)).number();
        assert!(text.contains(&format!("told apart from person 5: link them again with {number}")), "{text}");
    }
}
