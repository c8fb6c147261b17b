//! Only `store` may depend on a database driver.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "database drivers",
    why: "whoever can open the database can read a record without a decision and without a row in the access log",
    remedy: "ask for a function of `store` instead; deny.toml states the same",
    check,
};

/// Libraries that speak to a database.
const DRIVERS: &[&str] =
    &["rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres", "deadpool-postgres", "sqlx", "diesel", "sea-orm"];

/// The only room with SQL.
const ROOM: &str = "store";

fn check(tree: &Tree) -> Vec<Finding> {
    let others = tree.packages.ours().filter(|package| package.name != ROOM);
    others
        .flat_map(|package| {
            let drivers = package.dependencies.iter().filter(|needed| DRIVERS.contains(&needed.name.as_str()));
            drivers.map(|driver| {
                let what = format!("{} depends on {}; only {ROOM} may", package.name, driver.name);
                Finding::new(&package.manifest, 0, what)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::packages::ours;

    #[test]
    fn a_page_that_opens_the_database_itself_is_found() {
        let mut tree = Tree::of(&[]);
        tree.packages.all = vec![ours("store", &["rusqlite"]), ours("viewer", &["rusqlite"])];
        let found = check(&tree);
        assert_eq!(found, [Finding::new("crates/viewer/Cargo.toml", 0, "viewer depends on rusqlite; only store may")]);
    }
}
