//! The rules once more, written as a guardian would read them aloud from
//! `policy/README.md`: the table as text, the guards as a list. It shares no
//! code with the crate and is never faster or cleverer than it has to be.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use access::{Actor, PersonFacts, Purpose, Request};
use record::{Role, Section};

/// What the shipped file says, cell by cell, found by splitting its text.
pub(crate) fn cell(table: &str, role: Role, column: &str) -> &'static str {
    static CELLS: LazyLock<BTreeMap<[&str; 3], &str>> = LazyLock::new(read_cells);
    CELLS[&[table, role.code(), column]]
}

fn read_cells() -> BTreeMap<[&'static str; 3], &'static str> {
    let (mut cells, mut table, mut header) = (BTreeMap::new(), "", Vec::new());
    for line in include_str!("../../../../policy/roles.toml").lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']');
        } else if let Some((role, words)) = line.split_once('=') {
            let words: Vec<_> = words.split(',').map(|word| word.trim_matches([' ', '[', ']', '"'])).collect();
            match role.trim() {
                "role" => header = words,
                role => cells.extend(header.iter().zip(words).map(|(column, word)| ([table, role, *column], word))),
            }
        }
    }
    cells
}

/// `Ok` with the basis, or the code of the refusal.
pub(crate) fn opening(actor: &Actor, facts: &PersonFacts, request: &Request) -> Result<&'static str, &'static str> {
    let role = actor.staff.role;
    let at = request.at;
    let own = |permission: &&access::Permission| permission.organisation == actor.staff.organisation;
    let said_no = match (facts.refused_at, facts.permission.as_ref().filter(own)) {
        (Some(no), Some(yes)) => no >= yes.at,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let said_yes = match &facts.permission {
        Some(yes) => own(&yes) && at >= yes.at && at < yes.until && !said_no,
        None => false,
    };
    let emergency = match &facts.emergency {
        Some(emergency) => {
            let seconds = at.as_second() - emergency.at.as_second();
            (0..3600).contains(&seconds) && at < emergency.until && cell("may", role, "emergency") == "yes"
        }
        None => false,
    };
    let closed = [
        (request.person != facts.person, "facts-of-another-person"),
        (request.purpose != Purpose::DirectCare, "not-direct-care"),
        (cell("may", role, "open") != "yes", "role-may-not-open-record"),
        (!actor.takes_part, "organisation-not-taking-part"),
        (facts.opted_out, "opted-out"),
        (facts.restricted, "restricted"),
        (facts.dissent, "dissent"),
        (!said_yes && !emergency && said_no, "person-refused"),
        (!said_yes && !emergency, "permission-needed"),
    ];
    match closed.iter().find(|(applies, _)| *applies) {
        Some((_, code)) => Err(code),
        None if said_yes => Ok("permission"),
        None => Ok("emergency"),
    }
}

/// The word in the table for a section.
pub(crate) fn seen(role: Role, section: Section) -> &'static str {
    cell("sections", role, section.code())
}
