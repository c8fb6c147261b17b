//! `CarePlan` (R4 §9.6), `Flag` (R4 §9.8), `RelatedPerson` (R4 §8.5) and
//! `CareTeam` (R4 §9.7).

use record::{Alert, AlertKind, Content, PersonInvolved, SocialCare};

use super::datatype::{concept, name_in_use, telephones};
use super::node::Node;
use super::reading::{Read, Reading, joined, notes_of, word_of};
use super::write::SOCIAL_CARE;
use crate::Change;

/// Reads a plan, or a council's package that was written here as a plan.
pub(super) fn read_care_plan(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let status = reading.status();
    let category = reading.concepts("category");
    let title = reading.text("title").or_else(|| category.clone()).or_else(|| reading.text("description"));
    let title = title.unwrap_or_else(|| "Care plan".to_owned());
    let (from, until) = (reading.when("period.start")?, reading.when("period.end")?);
    let activities = reading.resource.list("activity").filter_map(|activity| activity_of(reading, activity));
    let parts = [reading.text("description"), category, joined(activities, "; "), notes_of(reading.resource)];
    let detail = joined(parts.into_iter().flatten().filter(|part| *part != title), "\n");
    let who = reading.who_in(&["author", "contributor"]);
    let is_social_care =
        reading.resource.list("category").any(|category| super::datatype::has_code(category, SOCIAL_CARE));
    let content = if is_social_care {
        let worker = who.clone();
        let (worker, status) = (worker.person.or(worker.organisation), word_of(&status));
        let detail = reading.text("description");
        Content::SocialCare(SocialCare { title, status, detail, worker, start: from, end: until, review: None })
    } else {
        Content::Alert(Alert { kind: AlertKind::Plan, title, detail, from, until })
    };
    let created = reading.when("created")?;
    let mut entry = reading.entry(content, reading.standing(matches!(&*status, "completed" | "revoked")));
    entry.when = from.or(created);
    entry.recorded = created.or(entry.recorded);
    entry.code = reading.code("category");
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, who)))
}

fn activity_of<'d>(reading: &Reading<'_, 'd>, activity: Node<'d>) -> Option<String> {
    let detail = activity.get("detail");
    let told = detail.and_then(|detail| detail.get("code").and_then(concept).or_else(|| detail.string("description")));
    let forbidden = detail.is_some_and(|detail| detail.says("doNotPerform", "true"));
    let told = told.or_else(|| activity.get("reference").and_then(|reference| reading.called(reference)))?;
    Some(if forbidden { format!("Do not: {told}") } else { told })
}

/// Reads a flag. Reasonable adjustments and accessible-information needs are
/// told apart by their category or code, because pages always show them.
pub(super) fn read_flag(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let flag = reading.resource;
    let words = ["category", "code"].iter().flat_map(|name| flag.list(name)).flat_map(words_of);
    let words = words.collect::<Vec<_>>().join("\n").to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let kind = if says(&["reasonable adjustment", "reasonable-adjustment", "nraf"]) {
        AlertKind::ReasonableAdjustment
    } else if says(&["accessible information", "accessible-information", "interpreter", "communication support"]) {
        AlertKind::AccessibleInformation
    } else {
        AlertKind::Alert
    };
    let (from, until) = (reading.when("period.start")?, reading.when("period.end")?);
    let category = reading.concepts("category");
    let title = reading.concept("code").or_else(|| category.clone());
    let title = title.unwrap_or_else(|| {
        reading.note("code", "the flag is not named");
        "Alert not named by the source".to_owned()
    });
    let detail = category.filter(|category| *category != title);
    let content = Content::Alert(Alert { kind, title, detail, from, until });
    let mut entry = reading.entry(content, reading.standing(reading.status() == "inactive"));
    entry.when = from;
    entry.code = reading.code("code");
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, reading.who_in(&["author"]))))
}

fn words_of<'d>(concept: Node<'d>) -> impl Iterator<Item = String> + use<'d> {
    let codings = concept.list("coding").flat_map(|coding| [coding.string("code"), coding.string("display")]);
    concept.string("text").into_iter().chain(codings.flatten())
}

/// Reads a relative, carer or friend.
pub(super) fn read_related_person(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("patient")?;
    let person = reading.resource;
    let (from, until) = (reading.when("period.start")?, reading.when("period.end")?);
    let content = Content::PersonInvolved(PersonInvolved {
        name: name_in_use(person).unwrap_or_else(|| "Name not recorded".to_owned()),
        role: reading.concepts("relationship"),
        organisation: None,
        telephone: joined(telephones(person).into_iter(), ", "),
        from,
        until,
    });
    let mut entry = reading.entry(content, reading.standing(person.says("active", "false")));
    entry.when = from;
    entry.code = reading.code("relationship");
    Ok(reading.change(chart, entry))
}

/// Reads a team as one entry that names its members.
pub(super) fn read_care_team(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let members: Vec<String> = reading.resource.list("participant").filter_map(|one| member_of(reading, one)).collect();
    let (from, until) = (reading.when("period.start")?, reading.when("period.end")?);
    let category = reading.concepts("category").unwrap_or_else(|| "Care team".to_owned());
    let names = joined(members.into_iter(), ", ");
    let name = reading.text("name").or_else(|| names.clone());
    let content = Content::PersonInvolved(PersonInvolved {
        role: match &names {
            Some(names) if name.as_ref() != Some(names) => Some(format!("{category}: {names}")),
            _ => Some(category),
        },
        name: name.unwrap_or_else(|| "Team not named by the source".to_owned()),
        organisation: reading.who_in(&["managingOrganization"]).organisation_or_person(),
        telephone: joined(telephones(reading.resource).into_iter(), ", "),
        from,
        until,
    });
    let mut entry = reading.entry(content, reading.standing(reading.status() == "inactive"));
    entry.when = from;
    entry.code = reading.code("category");
    entry.part_of = reading.key_at("encounter.reference");
    let who = reading.who_in(&["managingOrganization"]);
    Ok(reading.change(chart, reading.signed(entry, who)))
}

/// A member and their role; the patient is in the team but not on the list.
fn member_of<'d>(reading: &Reading<'_, 'd>, participant: Node<'d>) -> Option<String> {
    let member = participant.get("member")?;
    if reading.kind_of(member).as_deref() == Some("Patient") {
        return None;
    }
    let name = reading.who(member).person_or_organisation()?;
    match joined(participant.list("role").filter_map(concept), ", ") {
        Some(role) => Some(format!("{name} ({role})")),
        None => Some(name),
    }
}
