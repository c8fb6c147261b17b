use std::collections::BTreeMap;

use disclosure::{EntryShown, ExposedAt, Exposure, Look, MixedTime, Region, StoodCount};
use record::{PersonId, Role, When};

use super::identity_list::{moment, source_name};
use super::looks::opened;
use crate::pages::identity_who_saw::{ExposedItem, ExposedLook, MixedLine, OrganisationLooks, Report};
use crate::pages::parts::Moment;
use crate::state::role_in_a_sentence;

/// How many looks of an organisation the page has; the file has them all.
const LOOKS_SHOWN_MAX: usize = 100;
/// How many items of an organisation the page has; the file has them all.
const ITEMS_SHOWN_MAX: usize = 100;

/// Who saw a record while it held two people.
pub(crate) fn report(exposure: &Exposure, region: &Region) -> Report {
    let looks = || exposure.organisations.iter().flat_map(|part| &part.looks);
    Report {
        times: exposure.times.iter().map(mixed).collect(),
        staff: exposure.staff,
        organisations: exposure.organisations.iter().map(|part| organisation(part, region)).collect(),
        more: exposure.more,
        more_items: exposure.more_entries,
        may_have_come_later: looks().any(|look| look.may_have_come_later && !look.stood.is_empty()),
        removed: exposure
            .removed
            .iter()
            .map(|(source, count)| {
                let messages = if *count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
                format!("{messages} of {}", source_name(region, source))
            })
            .collect(),
    }
}

fn mixed(time: &MixedTime) -> MixedLine {
    MixedLine { record: time.person.0, from: moment(time.from), until: moment(time.until) }
}

fn organisation(part: &ExposedAt, region: &Region) -> OrganisationLooks {
    OrganisationLooks {
        name: part.name.clone(),
        looks_count: part.looks.len(),
        looks: part.looks.iter().take(LOOKS_SHOWN_MAX).map(look).collect(),
        items_count: part.entries.len(),
        items: part.entries.iter().take(ITEMS_SHOWN_MAX).map(|shown| item(shown, region)).collect(),
    }
}

fn look(look: &Look) -> ExposedLook {
    let row = &look.row;
    ExposedLook {
        when: moment(row.at),
        who: row.staff_name.clone(),
        role: Role::from_code(&row.role).map_or_else(|| row.role.clone(), role_in_a_sentence),
        shown: opened(row),
        stood: stood(&look.stood, row.person),
    }
}

/// A line for each record whose items stood there; what is another's than the record's that was opened comes first.
fn stood(counts: &[StoodCount], opened: Option<PersonId>) -> Vec<String> {
    let mut by_record: BTreeMap<(bool, u64), Vec<String>> = BTreeMap::new();
    for StoodCount { record, section, count } in counts {
        let section = section.map_or_else(|| "sensitive".to_owned(), |section| section.word().to_lowercase());
        by_record.entry((opened == Some(*record), record.0)).or_default().push(format!("{section} {count}"));
    }
    by_record.into_iter().map(|((_, record), counts)| format!("Record {record}: {}", counts.join(", "))).collect()
}

fn item(shown: &EntryShown, region: &Region) -> ExposedItem {
    let entry = &shown.entry;
    ExposedItem {
        number: entry.id,
        record: entry.record.0,
        section: entry.section.word(),
        when: entry.when.as_deref().and_then(|when| When::parse_iso(when).ok()).map(Moment::of),
        source: source_name(region, &entry.source),
        first: moment(shown.first),
        last: moment(shown.last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use disclosure::{Act, Event, Outcome, StoodEntry};
    use record::{Section, SourceId};

    /// A doctor opened somebody's record at this second.
    fn row(second: i64) -> Event {
        Event {
            at: jiff::Timestamp::from_second(second).unwrap(),
            request: "0".repeat(32),
            act: Act::RecordOpened,
            staff_id: "doctor".into(),
            staff_name: "Pat Doctor".into(),
            role: "doctor".into(),
            organisation: "ZKB01".into(),
            organisation_name: "Kingsbrook".into(),
            team: None,
            person: Some(PersonId(42)),
            basis: None,
            reason: None,
            page: Some("summary".into()),
            sections: Vec::new(),
            not_for_role: Vec::new(),
            outcome: Outcome::Allowed,
            facts_version: None,
            policy_digest: None,
            content_digest: None,
            record_version: None,
            count: None,
        }
    }

    #[test]
    fn of_more_items_than_the_page_has_room_for_the_first_are_shown_and_all_are_counted() {
        let source = SourceId::new("riverside").unwrap();
        let (section, at) = (Section::Medicines, jiff::Timestamp::UNIX_EPOCH);
        let entry = StoodEntry { id: 1, record: PersonId(42), section, source, when: None, is_sensitive: false };
        let shown = EntryShown { entry, in_record: None, first: at, last: at, looks: 1 };
        for count in [ITEMS_SHOWN_MAX, ITEMS_SHOWN_MAX + 1] {
            let entries = vec![shown.clone(); count];
            let part = ExposedAt { organisation: "ZKB01".into(), name: "Kingsbrook".into(), looks: vec![], entries };
            let told = organisation(&part, &Region::new(Vec::new(), Vec::new()));
            assert_eq!((told.items.len(), told.items_count), (ITEMS_SHOWN_MAX, count));
        }
    }

    #[test]
    fn of_more_looks_than_the_page_has_room_for_the_oldest_are_shown_and_all_are_counted() {
        let look = |second: i64| Look { row: row(second), stood: Vec::new(), may_have_come_later: false };
        for count in [LOOKS_SHOWN_MAX, LOOKS_SHOWN_MAX + 1] {
            let looks: Vec<Look> = (0..count).map(|place| look(60 * i64::try_from(place).unwrap())).collect();
            let part = ExposedAt { organisation: "ZKB01".into(), name: "Kingsbrook".into(), looks, entries: vec![] };
            let told = organisation(&part, &Region::new(Vec::new(), Vec::new()));
            assert_eq!((told.looks.len(), told.looks_count), (LOOKS_SHOWN_MAX, count));
            assert_eq!(told.looks.first().map(|look| look.when.text()), Some(moment(row(0).at).text()));
        }
    }

    #[test]
    fn what_is_anothers_than_the_record_that_was_opened_comes_first() {
        let count = |record, section, count| StoodCount { record: PersonId(record), section, count };
        let counts = [count(41, Some(Section::Results), 6), count(42, Some(Section::Medicines), 3), count(42, None, 1)];
        assert_eq!(
            stood(&counts, Some(PersonId(41))),
            ["Record 42: medicines 3, sensitive 1", "Record 41: test results 6"]
        );
    }
}
