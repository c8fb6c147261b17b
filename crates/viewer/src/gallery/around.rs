//! What surrounds made-up pages: who is signed in, who the person is, who answered.

use jiff::civil::Date;
use record::{Answer, Section, SourceAnswer, SourceId, When};

use crate::pages::parts::ledger::missing_lines;
use crate::pages::parts::{
    Access, AllergyBadge, Banner, Born, Frame, LedgerLine, LedgerTable, Moment, Origin, Place, RecordFrame,
    SectionState, ServerForm, SignedIn, SourcesStrip, Tab,
};

pub(crate) const BASE: &str = "/record/q7f3a";
const KINGSBROOK: &str = "Kingsbrook Hospital";

/// A moment from ISO text.
pub(crate) fn at(iso: &str) -> Moment {
    When::parse_iso(iso).map_or_else(|_| Moment::of(When::Year(0)), Moment::of)
}

/// A moment with its weekday.
pub(crate) fn on(iso: &str) -> Moment {
    When::parse_iso(iso).map_or_else(|_| Moment::of(When::Year(0)), Moment::with_weekday)
}

pub(crate) fn form() -> ServerForm {
    ServerForm { token: "made-up-token".into() }
}

pub(crate) fn frame() -> Frame {
    Frame {
        signed_in: Some(SignedIn {
            name: "Dr Amara Mensah".into(),
            role: "doctor".into(),
            organisation: "Emergency department, Thameside Hospital".into(),
            finds_people: true,
            sees_who_looked: false,
            administers: false,
            decides_who_is_who: false,
        }),
        place: Place::Elsewhere,
        form: form(),
        help: "Thameside service desk, 0300 000 0000".into(),
    }
}

pub(crate) fn signed_out() -> Frame {
    Frame { signed_in: None, ..frame() }
}

pub(crate) fn banner_before_permission() -> Banner {
    let today = Date::new(2026, 11, 22).ok();
    Banner {
        name: "OKAFOR, Grace Adaeze (Mrs)".into(),
        called: Some("Addy".into()),
        born: When::parse_iso("1951-03-04").ok().map(|born| Born::of(born, today)),
        died: None,
        gender: Some("Female".into()),
        nhs_number: Some("999 000 0018".into()),
        allergies: None,
        flags: vec!["Interpreter: Igbo".into(), "Hearing aid, left".into()],
        access: None,
        restricted: false,
        address: Some("12 Harbour Row, London, SE5 8ZZ".into()),
        telephones: vec!["020 7946 0018".into()],
        practice: Some("Riverside Surgery".into()),
        conflict: None,
    }
}

pub(crate) fn banner() -> Banner {
    Banner {
        allergies: Some(AllergyBadge::known(2)),
        access: Some(Access::Permission("she said yes, 22-Nov-2026 13:40".into())),
        ..banner_before_permission()
    }
}

pub(crate) fn strip() -> SourcesStrip {
    SourcesStrip {
        headline: "6 of 7 sources up to date at 13:41 (24h)".into(),
        missing: vec![format!("{KINGSBROOK}: not available since 12:58")],
        also: vec![
            "Southmere Council: as at 22-Nov-2026 06:00".into(),
            "Thameside Hospital: an item was removed on 03-Nov-2026".into(),
        ],
        sources_href: format!("{BASE}/sources"),
        sources_current: false,
        refresh_href: BASE.into(),
    }
}

pub(crate) fn record(tab: Tab) -> RecordFrame {
    RecordFrame {
        base: BASE.into(),
        banner: banner(),
        tab,
        hidden_tabs: vec![],
        strip: SourcesStrip { sources_current: tab == Tab::Sources, ..strip() },
        not_for_role: vec![],
    }
}

/// Where a line came from, in short.
pub(crate) fn from(source: &str, iso: &str) -> Origin {
    Origin { source: source.into(), when: Some(at(iso)), note: None, full: vec![] }
}

/// Where a line came from, with the full form behind it.
pub(crate) fn from_in_full(source: &str, iso: &str) -> Origin {
    let full = vec![
        format!("From {source}, clinical system."),
        "Recorded by Dr P. Nair, general practitioner.".to_owned(),
        "We last had word of this on 22-Nov-2026 13:41.".to_owned(),
    ];
    Origin { full: full.into_iter().map(Into::into).collect(), ..from(source, iso) }
}

pub(crate) fn state(note: &str) -> SectionState {
    SectionState { heading_note: note.into(), ..SectionState::default() }
}

/// The state of a section that the source which is down should have told of.
pub(crate) fn state_with_gap(note: &str) -> SectionState {
    let down = answer(Answer::Failed(down_since()), None);
    let missing = down.map(|told| missing_lines(&[(KINGSBROOK, &told)])).unwrap_or_default();
    SectionState { missing, ..state(note) }
}

/// The state of a section none of whose sources can be asked.
pub(crate) fn state_without_any(names: &[&str]) -> SectionState {
    let down = answer(Answer::Failed(down_since()), None);
    let missing = down.map(|told| missing_lines(&names.iter().map(|name| (*name, &told)).collect::<Vec<_>>()));
    SectionState { missing: missing.unwrap_or_default(), ..state(&format!("0 of {} sources", names.len())) }
}

fn down_since() -> jiff::Timestamp {
    When::parse_iso("2026-11-22T12:58:00Z").map_or(jiff::Timestamp::UNIX_EPOCH, When::earliest)
}

fn answer(answer: Answer, heard: Option<&str>) -> Option<SourceAnswer> {
    let as_at = heard.and_then(|iso| When::parse_iso(iso).ok()).map(When::earliest);
    Some(SourceAnswer { source: SourceId::new("made-up").ok()?, answer, as_at, waiting_items: 0 })
}

pub(crate) fn ledger(section: Section) -> LedgerTable {
    let now = Some("2026-11-22T13:41:00Z");
    let told = [
        ("Riverside Surgery", answer(Answer::Answered(9), now)),
        ("Thameside Hospital", answer(Answer::Answered(7), Some("2026-11-20T16:12:00Z"))),
        ("Guildhall Hospital", answer(Answer::NothingHeld, now)),
        (KINGSBROOK, answer(Answer::Failed(down_since()), Some("2026-11-22T12:58:00Z"))),
        ("Oakwell Mental Health", answer(Answer::Answered(2), now)),
        ("Southbank Community", answer(Answer::Answered(1), now).map(|told| SourceAnswer { waiting_items: 2, ..told })),
        ("Southmere Council", answer(Answer::DoesNotSend, Some("2026-11-22T06:00:00Z"))),
    ];
    LedgerTable {
        id: format!("ledger-{}", section.code()),
        section: section.word().into(),
        lines: told.iter().filter_map(|(name, told)| Some(LedgerLine::of(name, section, told.as_ref()?))).collect(),
    }
}
