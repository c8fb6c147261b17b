use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use record::PersonId;
use serde::{Deserialize, Serialize};

use crate::AuditProblem;
use crate::act::Act;

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was done.
    Allowed,
    /// It was refused: the code of the refusal (`access::Refusal::code`).
    Refused(String),
}

/// One row of the access log: who did what to whose record, why, and what they saw.
///
/// Names are as they were at the time.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Which request, 32 hexadecimal digits.
    pub request: String,
    /// What was done.
    pub act: Act,
    /// Who, as the sign-in provider names them.
    pub staff_id: String,
    /// Their name.
    pub staff_name: String,
    /// The code of the role in which they acted.
    pub role: String,
    /// The ODS code of the organisation for which they acted.
    pub organisation: String,
    /// Its name.
    pub organisation_name: String,
    /// Their department or team, where known.
    pub team: Option<String>,
    /// Whose record, where it is about one person.
    pub person: Option<PersonId>,
    /// On what ground (`access::Basis::code`).
    pub basis: Option<String>,
    /// The written reason: of an emergency, an export, a message shown.
    pub reason: Option<String>,
    /// Which page or answer.
    pub page: Option<String>,
    /// Codes of the sections shown.
    pub sections: Vec<String>,
    /// Codes of the sections that the role does not see.
    pub not_for_role: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Which state of the facts was used.
    pub facts_version: Option<u64>,
    /// SHA-256 of the policy's canonical text.
    pub policy_digest: Option<String>,
    /// SHA-256 of what was shown, in canonical form.
    pub content_digest: Option<String>,
    /// Which state of the stored record was shown.
    pub record_version: Option<u64>,
    /// How many were found or shown.
    pub count: Option<u32>,
}

/// The event as it is written. Fields stand in alphabetical order, which is the
/// canonical one; absent ones are left out, so that a field added later does not
/// change how older events are spelt.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    act: Cow<'a, str>,
    at: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_digest: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts_version: Option<u64>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    not_for_role: Cow<'a, [String]>,
    organisation: Cow<'a, str>,
    organisation_name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy_digest: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Cow<'a, str>>,
    request: Cow<'a, str>,
    role: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    sections: Cow<'a, [String]>,
    staff_id: Cow<'a, str>,
    staff_name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Cow<'a, str>>,
}

impl Event {
    /// The longest event, in bytes of its canonical spelling.
    pub const BYTES_MAX: usize = 64 * 1024;

    /// The one spelling of this event: JSON, keys in alphabetical order, no
    /// spaces, absent fields left out, times in UTC.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        // Strings, numbers and lists of strings always have a JSON spelling.
        serde_json::to_vec(&self.written()).unwrap_or_default()
    }

    /// Reads what [`Event::canonical`] wrote.
    ///
    /// # Errors
    /// When the bytes are too long, not an event, or spelt in any other way.
    pub fn parse(canonical: &[u8]) -> Result<Self, AuditProblem> {
        if canonical.len() > Self::BYTES_MAX {
            return Err(AuditProblem::TooLong);
        }
        // What serde says may quote the event, so it is not passed on.
        let written: Written<'_> = serde_json::from_slice(canonical)
            .map_err(|_| AuditProblem::NotAnEvent("not JSON of the fields that an event has"))?;
        let event = Self::read(written).ok_or(AuditProblem::NotAnEvent("an act or a time that is not known"))?;
        if event.canonical() == canonical { Ok(event) } else { Err(AuditProblem::NotCanonical) }
    }

    fn written(&self) -> Written<'_> {
        fn optional(text: &Option<String>) -> Option<Cow<'_, str>> {
            text.as_deref().map(Cow::Borrowed)
        }
        Written {
            act: self.act.code().into(),
            at: self.at.to_string().into(),
            basis: optional(&self.basis),
            content_digest: optional(&self.content_digest),
            count: self.count,
            facts_version: self.facts_version,
            not_for_role: Cow::Borrowed(&self.not_for_role),
            organisation: Cow::Borrowed(&self.organisation),
            organisation_name: Cow::Borrowed(&self.organisation_name),
            page: optional(&self.page),
            person: self.person.map(|person| person.0),
            policy_digest: optional(&self.policy_digest),
            reason: optional(&self.reason),
            record_version: self.record_version,
            refused: match &self.outcome {
                Outcome::Allowed => None,
                Outcome::Refused(code) => Some(Cow::Borrowed(code)),
            },
            request: Cow::Borrowed(&self.request),
            role: Cow::Borrowed(&self.role),
            sections: Cow::Borrowed(&self.sections),
            staff_id: Cow::Borrowed(&self.staff_id),
            staff_name: Cow::Borrowed(&self.staff_name),
            team: optional(&self.team),
        }
    }

    fn read(written: Written<'_>) -> Option<Self> {
        let optional = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        Some(Self {
            at: written.at.parse().ok()?,
            request: written.request.into_owned(),
            act: Act::from_code(&written.act)?,
            staff_id: written.staff_id.into_owned(),
            staff_name: written.staff_name.into_owned(),
            role: written.role.into_owned(),
            organisation: written.organisation.into_owned(),
            organisation_name: written.organisation_name.into_owned(),
            team: optional(written.team),
            person: written.person.map(PersonId),
            basis: optional(written.basis),
            reason: optional(written.reason),
            page: optional(written.page),
            sections: written.sections.into_owned(),
            not_for_role: written.not_for_role.into_owned(),
            outcome: match optional(written.refused) {
                None => Outcome::Allowed,
                Some(code) => Outcome::Refused(code),
            },
            facts_version: written.facts_version,
            policy_digest: optional(written.policy_digest),
            content_digest: optional(written.content_digest),
            record_version: written.record_version,
            count: written.count,
        })
    }
}

/// Who did what to whom stays in the access log: other logs get the act alone.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {} {:?})", self.request, self.act.code(), self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opening() -> Event {
        Event {
            at: "2026-11-22T13:32:00.25Z".parse().unwrap(),
            request: "00ff00000000000000000000000000a1".into(),
            act: Act::RecordOpened,
            staff_id: "amensah".into(),
            staff_name: "Dr A Mensah".into(),
            role: "doctor".into(),
            organisation: "ZZ901".into(),
            organisation_name: "Kingsbrook Hospital".into(),
            team: Some("Emergency department".into()),
            person: Some(PersonId(41)),
            basis: Some("emergency".into()),
            reason: Some("too-unwell: GCS 8, \"found\" collapsed".into()),
            page: Some("summary".into()),
            sections: vec!["identity".into(), "medicines".into()],
            not_for_role: vec![],
            outcome: Outcome::Allowed,
            facts_version: Some(7),
            policy_digest: Some("ab".repeat(32)),
            content_digest: Some("cd".repeat(32)),
            record_version: Some(12),
            count: Some(9),
        }
    }

    fn sign_in_refused() -> Event {
        Event {
            act: Act::SignedIn,
            team: None,
            person: None,
            basis: None,
            reason: None,
            page: None,
            sections: vec![],
            outcome: Outcome::Refused("organisation-not-taking-part".into()),
            facts_version: None,
            policy_digest: None,
            content_digest: None,
            record_version: None,
            count: None,
            ..opening()
        }
    }

    #[test]
    fn canonical_bytes_are_as_agreed() {
        let text = |event: Event| String::from_utf8(event.canonical()).unwrap();
        insta::assert_snapshot!(text(opening()), @r#"{"act":"record-opened","at":"2026-11-22T13:32:00.25Z","basis":"emergency","content_digest":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","count":9,"facts_version":7,"organisation":"ZZ901","organisation_name":"Kingsbrook Hospital","page":"summary","person":41,"policy_digest":"abababababababababababababababababababababababababababababababab","reason":"too-unwell: GCS 8, \"found\" collapsed","record_version":12,"request":"00ff00000000000000000000000000a1","role":"doctor","sections":["identity","medicines"],"staff_id":"amensah","staff_name":"Dr A Mensah","team":"Emergency department"}"#);
        insta::assert_snapshot!(text(sign_in_refused()), @r#"{"act":"signed-in","at":"2026-11-22T13:32:00.25Z","organisation":"ZZ901","organisation_name":"Kingsbrook Hospital","refused":"organisation-not-taking-part","request":"00ff00000000000000000000000000a1","role":"doctor","staff_id":"amensah","staff_name":"Dr A Mensah"}"#);
    }

    #[test]
    fn keys_stand_in_alphabetical_order() {
        // A map that keeps its keys sorted, whatever the JSON library's own map does.
        let mut event = opening();
        event.not_for_role = vec!["letters".into()];
        event.outcome = Outcome::Refused("opted-out".into());
        let bytes = event.canonical();
        let sorted: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
            serde_json::from_slice(&bytes).unwrap();
        assert_eq!(sorted.len(), 21, "every field is in this event");
        assert_eq!(serde_json::to_vec(&sorted).unwrap(), bytes);
    }

    #[test]
    fn only_the_canonical_spelling_is_an_event() {
        let text = String::from_utf8(opening().canonical()).unwrap();
        for (from, to) in [
            ("{\"act\"", "{ \"act\""),
            ("\"count\":9", "\"count\":9,\"not_for_role\":[]"),
            ("13:32:00.25Z", "13:32:00.250Z"),
            ("13:32:00.25Z", "14:32:00.25+01:00"),
            ("Kingsbrook", "\\u004bingsbrook"),
            ("\"person\":41", "\"person\":41,\"policy_digest\":null"),
        ] {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text, "{from}");
            let problem = Event::parse(other.as_bytes()).unwrap_err();
            assert!(matches!(problem, AuditProblem::NotCanonical | AuditProblem::NotAnEvent(_)), "{to}: {problem}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused_without_quoting_it() {
        let text = String::from_utf8(opening().canonical()).unwrap();
        for bad in [
            String::new(),
            "[]".into(),
            text.replace("record-opened", "record-burnt"),
            text.replace("\"count\"", "\"colour\""),
            text.replace("\"person\":41", "\"person\":41,\"person\":42"),
            text.replace("\"staff_name\":\"Dr A Mensah\",", ""),
        ] {
            let problem = Event::parse(bad.as_bytes()).unwrap_err();
            assert!(matches!(problem, AuditProblem::NotAnEvent(_)), "{bad}");
            assert!(!problem.to_string().contains("Mensah"));
        }
    }

    #[test]
    fn an_event_may_be_as_long_as_the_limit_and_no_longer() {
        let mut event = opening();
        event.reason = Some(String::new());
        let spare = Event::BYTES_MAX - event.canonical().len();
        event.reason = Some("x".repeat(spare));
        assert!(Event::parse(&event.canonical()).is_ok());
        event.reason = Some("x".repeat(spare + 1));
        assert_eq!(Event::parse(&event.canonical()), Err(AuditProblem::TooLong));
    }

    #[test]
    fn debug_output_names_nobody() {
        let shown = format!("{:?}", opening());
        assert_eq!(shown, "Event(00ff00000000000000000000000000a1 record-opened Allowed)");
    }

    prop_compose! {
        fn any_event()(
            second in 0_i64..4_000_000_000,
            nanosecond in 0_i32..1_000_000_000,
            act in prop::sample::select(Act::ALL),
            texts in proptest::collection::vec(".{0,12}", 6),
            optional in proptest::collection::vec(proptest::option::of(".{0,12}"), 7),
            numbers in proptest::collection::vec(proptest::option::of(any::<u64>()), 3),
            sections in proptest::collection::vec(".{0,6}", 0..3),
            count: Option<u32>,
        ) -> Event {
            Event {
                at: Timestamp::new(second, nanosecond).unwrap(),
                request: texts[0].clone(),
                act,
                staff_id: texts[1].clone(),
                staff_name: texts[2].clone(),
                role: texts[3].clone(),
                organisation: texts[4].clone(),
                organisation_name: texts[5].clone(),
                team: optional[0].clone(),
                person: numbers[0].map(PersonId),
                basis: optional[1].clone(),
                reason: optional[2].clone(),
                page: optional[3].clone(),
                not_for_role: sections.iter().rev().cloned().collect(),
                sections,
                outcome: optional[4].clone().map_or(Outcome::Allowed, Outcome::Refused),
                facts_version: numbers[1],
                policy_digest: optional[5].clone(),
                content_digest: optional[6].clone(),
                record_version: numbers[2],
                count,
            }
        }
    }

    proptest! {
        #[test]
        fn every_event_reads_back(event in any_event()) {
            prop_assert_eq!(Event::parse(&event.canonical()), Ok(event));
        }

        #[test]
        fn different_events_have_different_bytes(a in any_event(), b in any_event()) {
            prop_assert_eq!(a == b, a.canonical() == b.canonical());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Event::parse(&bytes);
        }
    }
}
