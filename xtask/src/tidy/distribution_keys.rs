//! Each hot statement of the store carries the key by which its table will be spread over servers.

use std::collections::BTreeSet;

use super::sql_keys::touched;
use super::sql_text::{Statement, is_statement, statements, strings, words};
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "distribution keys",
    why: "a statement without its table's key asks every server once the tables are spread by person, source and look-up key",
    remedy: "name the key in WHERE, ON or the columns written; where nobody waits for the statement, \
             name it with its reason in crates/store/statements-without-key.txt",
    check,
};

/// Where SQL is.
const ROOM: &str = "crates/store/src/";
/// The statements that do without, each with its reason.
const EXCEPTIONS: &str = "crates/store/statements-without-key.txt";

/// A table and the sets of columns of which one has to be pinned.
struct Table {
    name: &'static str,
    keys: &'static [&'static [&'static str]],
}

const fn table(name: &'static str, keys: &'static [&'static [&'static str]]) -> Table {
    Table { name, keys }
}

/// By person. On SQLite the id of an entry holds its person (`person << 20 | place`), so an id, or a range of ids,
/// is the person's key; PostgreSQL has a column of its own for it. The id of a permission or an emergency has been found
/// by its person in the same statement.
const BY_PERSON: &[Table] = &[
    table("person", &[&["id"]]),
    table("entry", &[&["person"], &["id"]]),
    table("entry_version", &[&["person"], &["id"]]),
    table("letter_text", &[&["person"], &["entry"]]),
    table("chart_version", &[&["person"]]),
    table("removed_item", &[&["person"]]),
    table("entry_covered", &[&["person"]]),
    table("work_item", &[&["person"], &["other_person"]]),
    table("access_log", &[&["person"]]),
    table("chain_head", &[&["person"]]),
    table("person_facts", &[&["person"]]),
    table("permission", &[&["person"], &["id"]]),
    table("emergency", &[&["person"], &["id"]]),
];

/// On PostgreSQL an id alone says nothing of the person: the column must be named.
const BY_PERSON_COLUMN: &[&str] = &["entry", "entry_version", "letter_text", "permission", "emergency"];

/// By the lane of a source. A message's number belongs to one lane.
const BY_LANE: &[Table] = &[
    table("message", &[&["source"], &["id"]]),
    table("message_chart", &[&["message"]]),
    table("kept", &[&["message"]]),
    table("application", &[&["message"]]),
    table("tombstone", &[&["message"]]),
    table("tombstone_person", &[&["message"]]),
    table("counter_restart", &[&["source"]]),
    table("told_against", &[&["source"]]),
    table("quarantine", &[&["source"], &["message"]]),
    table("quarantine_act", &[&["source"], &["message"], &["item"]]),
];

/// By what is looked up. A chart is found by source and number, by its person, or by its own id once found.
const BY_LOOK_UP: &[Table] = &[
    table("chart", &[&["source", "key"], &["person"], &["id"]]),
    table("chart_join", &[&["prior"], &["person"]]),
    table("attendance_refiled", &[&["chart"]]),
    table("link_event", &[&["chart"]]),
    table("who_step", &[&["chart"]]),
    table("kept_apart", &[&["chart"]]),
    table("hand_link", &[&["chart"]]),
    table("identity_act", &[&["item"], &["id"]]),
    table("number_key", &[&["nhs_number"]]),
    table("look_up", &[&["key"]]),
    table("alike_count", &[&["key"]]),
    table("sealed_pair", &[&["chart"]]),
    table("session", &[&["id"]]),
    table("sign_in", &[&["state"]]),
];

/// Small tables of which every server holds a copy, and the schema's own.
const EVERYWHERE: &[&str] =
    &["source", "word", "dictionary", "feed", "watched", "legal_hold", "look_up_rules", "connect_care_schema"];
/// What the databases themselves offer.
const SYSTEM: &[&str] = &["pg_", "pragma_", "sqlite_", "dbstat"];

/// A statement that is excepted: how it begins, and why.
struct Exception<'a> {
    line: usize,
    beginning: String,
    why: &'a str,
}

fn check(tree: &Tree) -> Vec<Finding> {
    let exceptions = tree.file(EXCEPTIONS).map(exceptions).unwrap_or_default();
    let mut used = BTreeSet::new();
    let mut findings = Vec::new();
    let files = tree.own_rust().filter(|file| file.path.starts_with(ROOM));
    for file in files {
        findings.extend(parts_of_statements(file));
        for statement in statements(&file.text) {
            let faults = faults(&statement, file.path.contains("/postgres/"));
            if faults.is_empty() {
                continue;
            }
            match exceptions.iter().position(|one| statement.text.starts_with(&one.beginning)) {
                Some(index) => drop(used.insert(index)),
                None => findings.extend(faults.into_iter().map(|what| Finding::new(&file.path, statement.line, what))),
            }
        }
    }
    for (index, one) in exceptions.iter().enumerate() {
        if one.why.is_empty() {
            findings.push(Finding::new(EXCEPTIONS, one.line, "an exception without its reason"));
        } else if !used.contains(&index) {
            findings.push(Finding::new(EXCEPTIONS, one.line, format!("no statement begins so: {}", one.beginning)));
        }
    }
    findings.extend(schemas(tree));
    findings
}

/// `beginning of a statement` in one line, ` — ` and the reason in the same or indented below it.
fn exceptions(file: &File) -> Vec<Exception<'_>> {
    let mut found: Vec<Exception<'_>> = Vec::new();
    for (number, line) in file.numbered() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match (line.starts_with(' '), found.last_mut()) {
            (true, Some(last)) => last.why = text,
            _ => found.push(Exception { line: number, beginning: text.to_owned(), why: "" }),
        }
    }
    found
}

/// What is wrong with a statement, by table.
fn faults(statement: &Statement, is_postgres: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for touched in touched(&statement.text) {
        let name = touched.table.as_str();
        if EVERYWHERE.contains(&name) || SYSTEM.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let Some(table) = known(name) else {
            faults.push(format!("the key of the table {name} is not stated in xtask/src/tidy/distribution_keys.rs"));
            continue;
        };
        let keys =
            table.keys.iter().filter(|key| !is_postgres || !BY_PERSON_COLUMN.contains(&name) || **key == ["person"]);
        let keys: Vec<_> = keys.collect();
        let carries = |way: &BTreeSet<String>| keys.iter().any(|key| key.iter().all(|column| way.contains(*column)));
        if touched.ways.is_empty() || !touched.ways.iter().all(carries) {
            let keys: Vec<String> = keys.iter().map(|key| key.join(" and ")).collect();
            faults.push(format!("{name} is not reached by {}: {}", keys.join(" or "), shortened(&statement.text)));
        }
    }
    faults
}

fn known(name: &str) -> Option<&'static Table> {
    [BY_PERSON, BY_LANE, BY_LOOK_UP].into_iter().flatten().find(|table| table.name == name)
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

/// A statement that is put together from parts cannot be checked: each is written whole.
fn parts_of_statements(file: &File) -> Vec<Finding> {
    let is_part = |string: &Statement| {
        let words = words(&string.text);
        let names_ours = words.windows(2).any(|two| match two {
            [keyword, name] => {
                ["FROM", "JOIN", "INTO", "UPDATE"].contains(&keyword.as_str())
                    && known(name.rsplit('.').next().unwrap_or_default()).is_some()
            }
            _ => false,
        });
        names_ours && !is_statement(&string.text)
    };
    let parts = strings(&file.text).into_iter().filter(is_part);
    parts.map(|part| Finding::new(&file.path, part.line, "a part of a statement: write statements whole")).collect()
}

/// Every table of the schemas has a key, and the columns of one of its keys.
fn schemas(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.starts_with(ROOM) && file.extension() == "sql") {
        for (line, name, columns) in created(&file.text) {
            if EVERYWHERE.contains(&name.as_str()) {
                continue;
            }
            let has_key = |table: &Table| table.keys.iter().any(|key| key.iter().all(|one| columns.contains(*one)));
            if !known(&name).is_some_and(has_key) {
                findings.push(Finding::new(&file.path, line, format!("the table {name} has no distribution key")));
            }
        }
    }
    findings
}

/// Line, name and columns of each `CREATE TABLE`.
fn created(text: &str) -> Vec<(usize, String, BTreeSet<String>)> {
    let mut tables: Vec<(usize, String, BTreeSet<String>)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            let name = rest.split([' ', '(']).next().unwrap_or_default();
            tables.push((number, name.rsplit('.').next().unwrap_or_default().to_owned(), BTreeSet::new()));
        } else if let (true, Some((.., columns))) = (line.starts_with("    "), tables.last_mut()) {
            columns.insert(first.to_owned());
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "crates/store/src/postgres/x.rs";

    fn found(rust: &str, exceptions: &str) -> Vec<String> {
        let tree = Tree::of(&[(FILE, rust), (EXCEPTIONS, exceptions)]);
        check(&tree).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn a_statement_that_reaches_a_table_without_its_key_is_found() {
        let rust = "const A: &str = \"SELECT line FROM record.entry WHERE id = $1\";\n\
                    const B: &str = \"SELECT line FROM record.entry WHERE person = $1 AND id = $2\";\n\
                    const C: &str = \"DELETE FROM record.message WHERE received_at < $1\";";
        let found = found(rust, "");
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].starts_with(&format!("{FILE}:1: entry is not reached by person: SELECT")), "{found:#?}");
        assert!(found[1].contains("message is not reached by source or id"), "{found:#?}");
    }

    #[test]
    fn on_sqlite_the_id_of_an_entry_holds_its_person() {
        let rust = "const A: &str = \"SELECT line FROM entry WHERE id BETWEEN ?1 AND ?2\";";
        let tree = Tree::of(&[("crates/store/src/sqlite/x.rs", rust)]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn an_exception_needs_a_reason_and_a_statement() {
        let rust = "const A: &str = \"SELECT count(*) FROM record.entry\";";
        assert_eq!(found(rust, "SELECT count(*) FROM record.entry\n  operators count\n"), Vec::<String>::new());
        let silent = found(rust, "SELECT count(*) FROM record.entry\n");
        assert!(silent.len() == 1 && silent[0].contains("without its reason"), "{silent:#?}");
        let stale = found("", "SELECT count(*) FROM record.entry\n  operators count\n");
        assert!(stale.len() == 1 && stale[0].contains("no statement begins so"), "{stale:#?}");
    }

    #[test]
    fn a_table_that_nobody_has_given_a_key_is_found() {
        let found = found("const A: &str = \"SELECT 1 FROM record.attic\";", "");
        assert!(found.len() == 1 && found[0].contains("the table attic"), "{found:#?}");
        let schema =
            "CREATE TABLE record.attic (\n    id bigint\n);\nCREATE TABLE record.chain_head (\n    x bigint\n);";
        let tree = Tree::of(&[("crates/store/src/postgres/a.sql", schema)]);
        assert_eq!(check(&tree).iter().map(|finding| finding.line).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn a_part_of_a_statement_is_found() {
        let found = found("let a = format!(\"{head} FROM entry WHERE id = ?1\");", "");
        assert!(found.len() == 1 && found[0].contains("write statements whole"), "{found:#?}");
    }
}
