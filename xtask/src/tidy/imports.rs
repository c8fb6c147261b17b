//! Crates import only what the table of the house allows, and the table in ARCHITECTURE.md is the same one.

use std::collections::BTreeSet;

use super::tree::{File, Tree};
use super::{Finding, Rule};
use crate::house::{HOUSE, Room, room};

pub(super) const RULE: Rule = Rule {
    name: "imports",
    why: "data flows one way through the house; an import upwards or sideways opens a second way past its checks",
    remedy: "remove the dependency, or change xtask/src/house.rs and the table of ARCHITECTURE.md together and say why",
    check,
};

/// Where the table is printed for people.
const ARCHITECTURE: &str = "ARCHITECTURE.md";

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = edges(tree);
    if let Some(file) = tree.file(ARCHITECTURE) {
        findings.extend(printed(file));
    }
    findings
}

fn edges(tree: &Tree) -> Vec<Finding> {
    let ours: BTreeSet<&str> = tree.packages.ours().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in tree.packages.ours() {
        let Some(room) = room(&package.name) else {
            findings.push(Finding::new(&package.manifest, 0, format!("{} is not in the house", package.name)));
            continue;
        };
        for needed in package.dependencies.iter().filter(|d| !d.is_dev && ours.contains(d.name.as_str())) {
            if !room.may_import.contains(&needed.name.as_str()) {
                let what = format!("{} imports {}; it may import {}", package.name, needed.name, words(room));
                findings.push(Finding::new(&package.manifest, 0, what));
            }
        }
    }
    // A made-up tree of a test, or a project that is not ours, has no rooms at all.
    if !ours.is_empty() {
        let missing = HOUSE.iter().filter(|room| !ours.contains(room.name));
        findings.extend(missing.map(|room| Finding::new("Cargo.toml", 0, format!("there is no crate {}", room.name))));
    }
    findings
}

/// Compares the rows `| crate | … | may import |` with the table.
fn printed(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut inside = false;
    for (number, line) in file.numbered() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { continue };
        if *first == "crate" && *last == "may import" {
            inside = true;
        } else if !line.trim_start().starts_with('|') {
            inside = false;
        } else if inside && !first.starts_with("--") && !first.starts_with(":-") {
            let name = first.trim_matches('`');
            seen.insert(name.to_owned());
            findings.extend(printed_row(name, last).map(|what| Finding::new(&file.path, number, what)));
        }
    }
    let missing = HOUSE.iter().filter(|room| !seen.contains(room.name));
    findings
        .extend(missing.map(|room| Finding::new(&file.path, 0, format!("its import table has no row {}", room.name))));
    findings
}

fn printed_row(name: &str, imports: &str) -> Option<String> {
    let Some(room) = room(name) else { return Some(format!("{name} is not in the house")) };
    let printed: BTreeSet<&str> = match imports {
        "all" => HOUSE.iter().map(|room| room.name).filter(|other| *other != name && *other != "xtask").collect(),
        "–" | "-" | "" => BTreeSet::new(),
        list => list.split(',').map(|crate_name| crate_name.trim().trim_matches('`')).collect(),
    };
    let allowed: BTreeSet<&str> = room.may_import.iter().copied().collect();
    (printed != allowed)
        .then(|| format!("the row says that {name} may import {imports}; it may import {}", words(room)))
}

fn words(room: &Room) -> String {
    if room.may_import.is_empty() { "none of ours".to_owned() } else { room.may_import.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::packages::{Dependency, ours};

    /// The whole house, each room importing all it may.
    fn house() -> Tree {
        let mut tree = Tree::of(&[]);
        tree.packages.all = HOUSE.iter().map(|room| ours(room.name, room.may_import)).collect();
        tree
    }

    fn whats(findings: Vec<Finding>) -> Vec<String> {
        findings.into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn the_house_itself_is_in_order() {
        assert_eq!(whats(check(&house())), Vec::<String>::new());
    }

    #[test]
    fn an_import_sideways_is_found() {
        let mut tree = house();
        tree.packages.all.retain(|package| package.name != "viewer");
        tree.packages.all.push(ours("viewer", &["record", "intake"]));
        assert_eq!(
            whats(check(&tree)),
            [
                "crates/viewer/Cargo.toml: viewer imports intake; it may import record, access, reconcile, disclosure, store"
            ]
        );
    }

    #[test]
    fn tests_may_import_more() {
        let mut tree = house();
        let mut viewer = ours("viewer", &[]);
        viewer.dependencies.push(Dependency { name: "simulator".to_owned(), is_dev: true });
        tree.packages.all.retain(|package| package.name != "viewer");
        tree.packages.all.push(viewer);
        assert_eq!(whats(check(&tree)), Vec::<String>::new());
    }

    #[test]
    fn a_room_too_many_and_a_room_too_few_are_found() {
        let mut tree = house();
        tree.packages.all.retain(|package| package.name != "audit");
        tree.packages.all.push(ours("attic", &[]));
        let found = whats(check(&tree)).join("\n");
        assert!(found.contains("attic is not in the house") && found.contains("there is no crate audit"), "{found}");
    }

    #[test]
    fn a_printed_table_that_differs_is_found() {
        let page = "# Rooms\n| crate | purpose | may import |\n|---|---|---|\n| `formats` | bytes | record, store |\n\
                    | `record` | nouns | – |\n| attic | old things | all |\n\nwords\n| crate | not a table |\n";
        let found = printed(&File::new(ARCHITECTURE.to_owned(), page.to_owned()));
        let found = whats(found);
        assert_eq!(
            found[0],
            "ARCHITECTURE.md:4: the row says that formats may import record, store; it may import record"
        );
        assert_eq!(found[1], "ARCHITECTURE.md:6: attic is not in the house");
        assert_eq!(found.len(), 2 + HOUSE.len() - 2, "and each missing row is named: {found:?}");
    }
}
