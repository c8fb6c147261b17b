//! At most one integration-test program for each crate: `tests/it/main.rs`.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "one test binary",
    why: "each further program links the whole crate once more, which costs everybody seconds on every run",
    remedy: "make it a module of tests/it/main.rs",
    check,
};

const HOME: &str = "tests/it/main.rs";

fn check(tree: &Tree) -> Vec<Finding> {
    let others = tree.packages.ours().flat_map(|package| {
        let folder = package.manifest.trim_end_matches("Cargo.toml");
        package.tests.iter().filter(|test| *test != HOME).map(move |test| format!("{folder}{test}"))
    });
    others.map(|path| Finding::new(&path, 0, "a test program of its own")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::packages::ours;

    #[test]
    fn a_second_test_program_is_found() {
        let mut tree = Tree::of(&[]);
        let mut store = ours("store", &[]);
        store.tests = vec!["tests/it/main.rs".to_owned(), "tests/more.rs".to_owned()];
        tree.packages.all = vec![store];
        assert_eq!(check(&tree), [Finding::new("crates/store/tests/more.rs", 0, "a test program of its own")]);
    }
}
