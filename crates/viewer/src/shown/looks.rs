use access::EmergencyReason;
use disclosure::{Act, Event, Outcome};
use record::{NhsNumber, PersonName, Role, Section, When};

use crate::pages::parts::Moment;
use crate::pages::who_looked::Look;
use crate::state::role_in_a_sentence;

/// How the officer tells people apart: name and NHS number, nothing more.
pub(crate) fn person_label(name: &PersonName, nhs_number: Option<NhsNumber>) -> String {
    match nhs_number {
        Some(number) => format!("{}, {number}", name.shown()),
        None => name.shown(),
    }
}

/// Rows of the access log about people: emergencies first, then newest first.
pub(crate) fn looks<'a>(
    rows: impl IntoIterator<Item = &'a Event>,
    about: impl Fn(&Event) -> Option<String>,
) -> Vec<Look> {
    let mut looks: Vec<Look> = rows.into_iter().map(|row| look(row, about(row))).collect();
    looks.sort_by_key(|look| !look.emergency);
    looks
}

fn look(row: &Event, about: Option<String>) -> Look {
    let (reason, explanation) = written(row);
    let emergency = row.act == Act::EmergencyOpened || row.basis.as_deref() == Some("emergency");
    let organisation = match &row.team {
        Some(team) => format!("{team}, {}", row.organisation_name),
        None => row.organisation_name.clone(),
    };
    Look {
        when: Moment::of(When::from(row.at)),
        staff: row.staff_name.clone(),
        role: Role::from_code(&row.role).map_or_else(|| row.role.clone(), role_in_a_sentence),
        organisation,
        emergency,
        ground: reason.unwrap_or_else(|| ground(row).to_owned()),
        explanation,
        about,
        opened: opened(row),
    }
}

fn ground(row: &Event) -> &'static str {
    match row.basis.as_deref() {
        Some("permission") => "The person said yes",
        Some("permission-by-decider") => "Someone who can decide for the person said yes",
        Some("emergency") => "Emergency access",
        _ => "None needed for this",
    }
}

/// An emergency's coded reason in words and the text; any other written reason.
fn written(row: &Event) -> (Option<String>, Option<String>) {
    let Some(reason) = &row.reason else { return (None, None) };
    let coded = reason.split_once(": ").and_then(|(code, text)| Some((EmergencyReason::from_code(code)?, text)));
    match coded {
        Some((code, text)) if row.act == Act::EmergencyOpened => (Some(code.word().to_owned()), Some(text.to_owned())),
        _ => (None, Some(reason.clone())),
    }
}

pub(super) fn opened(row: &Event) -> String {
    if let Outcome::Refused(code) = &row.outcome {
        let page = row.page.as_deref().map(|page| format!(" ({page})")).unwrap_or_default();
        return format!("Refused: {}{page}", code.replace('-', " "));
    }
    if row.act != Act::RecordOpened {
        return row.act.word().to_owned();
    }
    let words = |code: &String| Section::from_code(code).map_or_else(|| code.clone(), |it| it.word().to_lowercase());
    let sections: Vec<String> = row.sections.iter().map(words).collect();
    let page = row.page.clone().unwrap_or_else(|| "record".to_owned());
    format!("{page}: {}", sections.join(", "))
}
