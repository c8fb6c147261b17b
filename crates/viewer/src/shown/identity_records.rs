use disclosure::{OneRecord, PairChart, RecordsFound, Region};

use super::identity_list::source_name;
use super::identity_pair::day;
use crate::pages::identity_records::{IdentityRecords, RecordLine};
use crate::pages::parts::{Frame, ServerForm};

/// Several records of one number, for whoever typed it with this reason.
pub(crate) fn records(
    frame: Frame,
    form: ServerForm,
    found: &RecordsFound,
    (nhs_number, reason): (String, String),
    region: &Region,
) -> IdentityRecords {
    let records = found.records.iter().map(|record| line(record, region)).collect();
    IdentityRecords { frame, form, nhs_number, reason, records, more: found.more }
}

fn line(record: &OneRecord, region: &Region) -> RecordLine {
    let charts: Vec<&PairChart> = record.pair.people.iter().flat_map(|person| &person.charts).collect();
    let told = charts.first().map(|chart| &chart.told);
    let mut sources: Vec<String> = Vec::new();
    for chart in &charts {
        let source = source_name(region, &chart.source);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    RecordLine {
        number: record.number,
        name: told.map(|told| told.name.shown()).unwrap_or_default(),
        born: told.and_then(|told| told.born).map(day),
        sources,
    }
}
