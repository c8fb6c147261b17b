//! Made-up sources in every state, as an administrator sees them.

use disclosure::Region;
use jiff::{SignedDuration, Timestamp};
use record::{HOURS_OF_WEEK, OdsCode, Organisation, OrganisationKind, Section, Source, SourceFormat, SourceId};
use store::{ALL_KINDS, Depth, Feed, FeedSource, FeedsStand, NumbersSeen};

use super::around::frame;
use crate::pages::feeds::Feeds;
use crate::pages::parts::{Frame, Place, SignedIn};
use crate::shown;

/// Thursday, 14:41 in London.
fn now() -> Timestamp {
    Timestamp::from_second(1_764_254_460).unwrap_or_default()
}

fn ago(minutes: i64) -> Timestamp {
    now().checked_sub(SignedDuration::from_mins(minutes)).unwrap_or_default()
}

fn around() -> Frame {
    let administrator = SignedIn {
        name: "Yusuf Karim".into(),
        role: "administrator".into(),
        organisation: "Kingsbrook Hospital".into(),
        finds_people: false,
        sees_who_looked: false,
        administers: true,
        decides_who_is_who: false,
    };
    Frame { signed_in: Some(administrator), place: Place::Feeds, ..frame() }
}

fn region(sources: &[(&str, &str, SourceFormat)]) -> Region {
    let Ok(code) = OdsCode::new("ZZ1KB") else { return Region::default() };
    let hospital = Organisation {
        ods_code: code.clone(),
        name: "Kingsbrook Hospital".into(),
        short_name: "Kingsbrook".into(),
        kind: OrganisationKind::Acute,
        takes_part: true,
    };
    let source = |(id, name, format): &(&str, &str, SourceFormat)| {
        Some(Source {
            id: SourceId::new(id).ok()?,
            name: (*name).to_owned(),
            organisation: code.clone(),
            format: *format,
            sends: Section::ALL.to_vec(),
            stale_after_minutes: 720,
        })
    };
    Region::new(vec![hospital], sources.iter().filter_map(source).collect())
}

fn feed(source: &SourceId, kind: &str, silent_minutes: i64, due_minutes: Option<i64>, sections: &[Section]) -> Feed {
    let usual = if due_minutes.is_some() { 412.0 } else { -1.0 };
    Feed {
        source: source.clone(),
        kind: kind.to_owned(),
        last_at: ago(silent_minutes),
        due_at: due_minutes.map(|due| ago(silent_minutes - due)),
        sections: sections.to_vec(),
        in_hour: 281,
        in_hour_before: 430,
        usual: vec![usual; HOURS_OF_WEEK],
        state: Vec::new(),
    }
}

fn heard(source: &SourceId, minutes: i64) -> FeedSource {
    let (last_message_at, watched_until) = (Some(ago(minutes)), Some(now()));
    FeedSource { source: source.clone(), last_message_at, watched_until, numbers: NumbersSeen::default() }
}

/// What stands of one source, by its place in the list.
fn stand(region: &Region, tell: impl Fn(usize, &SourceId, &mut FeedsStand)) -> FeedsStand {
    let mut stand = FeedsStand::default();
    for (place, source) in region.sources().iter().enumerate() {
        tell(place, &source.id, &mut stand);
    }
    stand
}

fn page(region: &Region, stand: &FeedsStand) -> Feeds {
    let own = region.sources().first().map(|source| source.organisation.clone());
    let own = own.or_else(|| OdsCode::new("ZZ1KB").ok());
    shown::feeds(around(), region, own.as_ref(), stand, now())
}

/// One silent, one of which a type is, one behind, one with gaps, one that never sent, one that is new, one that is well.
pub(crate) fn some_silent() -> Feeds {
    let region = region(&[
        ("kingsbrook-pas", "Kingsbrook PAS", SourceFormat::Hl7v2),
        ("kingsbrook-pathology", "Kingsbrook pathology", SourceFormat::Hl7v2),
        ("kingsbrook-maternity", "Kingsbrook maternity", SourceFormat::Fhir),
        ("kingsbrook-eye", "Kingsbrook eye clinic", SourceFormat::Hl7v2),
        ("kingsbrook-letters", "Kingsbrook letters", SourceFormat::Hl7v2),
        ("kingsbrook-theatre", "Kingsbrook theatre", SourceFormat::Hl7v2),
        ("kingsbrook-pharmacy", "Kingsbrook pharmacy", SourceFormat::Fhir),
    ]);
    let stand = stand(&region, |place, id, stand| {
        let mut source = heard(id, if place == 0 { 2_911 } else { 1 });
        match place {
            0 => {
                stand.feeds.push(feed(id, ALL_KINDS, 2_911, Some(15), &[]));
                stand.feeds.push(feed(id, "ADT^A01", 2_911, Some(43), &[Section::Attendances]));
            }
            1 => {
                stand.feeds.push(feed(id, ALL_KINDS, 1, Some(15), &[]));
                stand.feeds.push(feed(id, "ADT^A08", 1, Some(15), &[Section::People]));
                stand.feeds.push(feed(id, "ORU^R01", 190, Some(36), &[Section::Results, Section::Letters]));
                stand.quarantined.push(Depth { source: id.clone(), count: 12, oldest_at: ago(2_900) });
            }
            2 => source.last_message_at = None,
            3 => {
                stand.feeds.push(feed(id, ALL_KINDS, 1, None, &[]));
                stand.feeds.push(feed(id, "SIU^S12", 1, None, &[Section::Appointments]));
            }
            4 => {
                stand.feeds.push(feed(id, ALL_KINDS, 1, Some(15), &[]));
                stand.waiting.push(Depth { source: id.clone(), count: 1_204, oldest_at: ago(12) });
            }
            5 => {
                stand.feeds.push(feed(id, ALL_KINDS, 1, Some(90), &[]));
                source.numbers = NumbersSeen {
                    last: Some(4_720),
                    missing: vec![(4_711, 4_713), (4_719, 4_719)],
                    ..NumbersSeen::default()
                };
            }
            _ => stand.feeds.push(feed(id, ALL_KINDS, 1, Some(15), &[])),
        }
        stand.sources.push(source);
    });
    page(&region, &stand)
}

/// Everything comes as it usually does.
pub(crate) fn all_well() -> Feeds {
    let region = region(&[
        ("kingsbrook-pas", "Kingsbrook PAS", SourceFormat::Hl7v2),
        ("kingsbrook-pathology", "Kingsbrook pathology", SourceFormat::Hl7v2),
        ("kingsbrook-pharmacy", "Kingsbrook pharmacy", SourceFormat::Fhir),
    ]);
    let stand = stand(&region, |_, id, stand| {
        stand.sources.push(heard(id, 1));
        stand.feeds.push(feed(id, ALL_KINDS, 1, Some(15), &[]));
        stand.feeds.push(feed(id, "ADT^A08", 1, Some(15), &[Section::Attendances, Section::People]));
    });
    page(&region, &stand)
}

/// An organisation that sends nothing.
pub(crate) fn none() -> Feeds {
    page(&region(&[]), &FeedsStand::default())
}
