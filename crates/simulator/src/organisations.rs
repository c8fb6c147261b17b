use record::{OdsCode, Organisation, OrganisationKind, Section, Source, SourceFormat, SourceId};

/// One record system of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feed {
    Riverside,
    Millpond,
    Thameside,
    ThamesideMedicines,
    Kingsbrook,
    Guildhall,
    Marlowe,
    Southbank,
    Southmere,
    Ravensmere,
    Ambulance,
}

/// How long ago Kingsbrook's newest message was made, in minutes: its feed has
/// been silent since, well beyond what is allowed it.
pub(crate) const KINGSBROOK_SILENT_MINUTES: i64 = 50 * 60;

struct Row {
    feed: Feed,
    ods: &'static str,
    id: &'static str,
    name: &'static str,
    short: &'static str,
    kind: OrganisationKind,
    format: SourceFormat,
    sends: &'static [Section],
    stale_after_minutes: u32,
}

use Section::{
    Alerts, Allergies, Appointments, Attendances, Identity, Immunisations, Letters, Medicines, People, Problems,
    Procedures, Results, SocialCare,
};

const GP: &[Section] = &[
    Identity,
    Alerts,
    Allergies,
    Medicines,
    Problems,
    Results,
    Appointments,
    Attendances,
    Letters,
    Immunisations,
    Procedures,
    People,
];
const HOSPITAL: &[Section] = &[Identity, Allergies, Problems, Results, Appointments, Attendances, Letters, People];
const MENTAL: &[Section] = &[Identity, Alerts, Allergies, Problems, Appointments, Attendances, Letters, People];
const COMMUNITY: &[Section] = &[Identity, Alerts, Results, Appointments, Attendances, People];
const COUNCIL: &[Section] = &[Identity, Alerts, SocialCare];
const AMBULANCE: &[Section] = &[Identity, Results, Attendances, Letters];

#[rustfmt::skip]
const ROWS: [Row; 11] = [
    Row { feed: Feed::Riverside, ods: "ZZ1RS", id: "riverside-gp", name: "Riverside Surgery", short: "Riverside", kind: OrganisationKind::GeneralPractice, format: SourceFormat::Fhir, sends: GP, stale_after_minutes: 1_440 },
    Row { feed: Feed::Millpond, ods: "ZZ2ML", id: "millpond-gp", name: "Millpond Lane Practice", short: "Millpond", kind: OrganisationKind::GeneralPractice, format: SourceFormat::Fhir, sends: GP, stale_after_minutes: 1_440 },
    Row { feed: Feed::Thameside, ods: "ZZ1TH", id: "thameside-hospital", name: "Thameside Hospital", short: "Thameside", kind: OrganisationKind::Acute, format: SourceFormat::Hl7v2, sends: HOSPITAL, stale_after_minutes: 720 },
    Row { feed: Feed::ThamesideMedicines, ods: "ZZ1TH", id: "thameside-medicines", name: "Thameside discharge", short: "Thameside meds", kind: OrganisationKind::Acute, format: SourceFormat::Fhir, sends: &[Identity, Medicines], stale_after_minutes: 1_440 },
    Row { feed: Feed::Kingsbrook, ods: "ZZ1KB", id: "kingsbrook-hospital", name: "Kingsbrook Hospital", short: "Kingsbrook", kind: OrganisationKind::Acute, format: SourceFormat::Hl7v2, sends: HOSPITAL, stale_after_minutes: 720 },
    Row { feed: Feed::Guildhall, ods: "ZZ1GH", id: "guildhall-hospital", name: "Guildhall Hospital", short: "Guildhall", kind: OrganisationKind::Acute, format: SourceFormat::Hl7v2, sends: HOSPITAL, stale_after_minutes: 720 },
    Row { feed: Feed::Marlowe, ods: "ZZ1MM", id: "marlowe-mental-health", name: "Marlowe Mental Health", short: "Marlowe", kind: OrganisationKind::MentalHealth, format: SourceFormat::Fhir, sends: MENTAL, stale_after_minutes: 1_440 },
    Row { feed: Feed::Southbank, ods: "ZZ1SB", id: "southbank-community", name: "Southbank Community", short: "Southbank", kind: OrganisationKind::Community, format: SourceFormat::Fhir, sends: COMMUNITY, stale_after_minutes: 1_440 },
    Row { feed: Feed::Southmere, ods: "ZZ1SM", id: "southmere-council", name: "Southmere Council", short: "Southmere", kind: OrganisationKind::Council, format: SourceFormat::Csv, sends: COUNCIL, stale_after_minutes: 2_880 },
    Row { feed: Feed::Ravensmere, ods: "ZZ1RC", id: "ravensmere-council", name: "Ravensmere Council", short: "Ravensmere", kind: OrganisationKind::Council, format: SourceFormat::Csv, sends: COUNCIL, stale_after_minutes: 2_880 },
    Row { feed: Feed::Ambulance, ods: "ZZ1CA", id: "capital-ambulance", name: "Capital Ambulance and 111", short: "Ambulance", kind: OrganisationKind::Ambulance, format: SourceFormat::Fhir, sends: AMBULANCE, stale_after_minutes: 1_440 },
];

impl Feed {
    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.feed == self).unwrap_or(&ROWS[0])
    }

    /// Its id as configuration names it.
    pub(crate) fn id(self) -> SourceId {
        let id = SourceId::new(self.row().id);
        id.unwrap_or_else(|_| unreachable!("the region's own ids are short names: a test reads them all"))
    }

    /// Its organisation's code.
    pub(crate) fn ods(self) -> OdsCode {
        let code = OdsCode::new(self.row().ods);
        code.unwrap_or_else(|_| unreachable!("the region's own codes are short names: a test reads them all"))
    }

    /// Its name as staff see it.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// Its organisation's name: that of the organisation's first record system.
    pub(crate) fn organisation(self) -> &'static str {
        ROWS.iter().find(|row| row.ods == self.row().ods).map_or(self.name(), |row| row.name)
    }

    pub(crate) fn format(self) -> SourceFormat {
        self.row().format
    }

    /// How many minutes ago its newest message was made.
    pub(crate) fn newest_minutes_ago(self) -> i64 {
        match self {
            Self::Kingsbrook => KINGSBROOK_SILENT_MINUTES,
            Self::Southmere | Self::Ravensmere => 7 * 60,
            _ => 4,
        }
    }
}

/// Every organisation of the region, once.
pub(crate) fn organisations() -> Vec<Organisation> {
    let mut list: Vec<Organisation> = Vec::with_capacity(ROWS.len());
    for row in &ROWS {
        let ods_code = row.feed.ods();
        if list.iter().all(|known| known.ods_code != ods_code) {
            let (name, short_name) = (row.name.to_owned(), row.short.to_owned());
            list.push(Organisation { ods_code, name, short_name, kind: row.kind, takes_part: true });
        }
    }
    list
}

/// Every record system of the region, in the order of the ledger.
pub(crate) fn sources() -> Vec<Source> {
    let source = |row: &Row| Source {
        id: row.feed.id(),
        name: row.name.to_owned(),
        organisation: row.feed.ods(),
        format: row.format,
        sends: row.sends.to_vec(),
        stale_after_minutes: row.stale_after_minutes,
    };
    ROWS.iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_has_the_shape_of_south_east_london() {
        let kinds = |kind| organisations().iter().filter(|o| o.kind == kind).count();
        assert_eq!(organisations().len(), 10);
        assert_eq!(kinds(OrganisationKind::GeneralPractice), 2);
        assert_eq!(kinds(OrganisationKind::Acute), 3);
        assert_eq!(kinds(OrganisationKind::MentalHealth), 1);
        assert_eq!(kinds(OrganisationKind::Community), 1);
        assert_eq!(kinds(OrganisationKind::Council), 2);
        assert_eq!(kinds(OrganisationKind::Ambulance), 1);
    }

    #[test]
    fn every_ods_code_is_plainly_fake_and_every_source_has_its_own_id() {
        assert!(organisations().iter().all(|o| o.ods_code.as_str().starts_with("ZZ")));
        let ids: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.feed.id()).collect();
        assert_eq!(ids.len(), sources().len());
    }

    #[test]
    fn kingsbrook_alone_is_stale() {
        for (feed, source) in ROWS.iter().map(|row| row.feed).zip(sources()) {
            let stale = feed.newest_minutes_ago() > i64::from(source.stale_after_minutes);
            assert_eq!(stale, feed == Feed::Kingsbrook, "{feed:?}");
        }
    }
}
