//! No file and no folder is called after nothing.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "file names",
    why: "a name that says nothing collects what belongs nowhere, and nobody finds it there",
    remedy: "name it after what it does",
    check,
};

const NAMELESS: &[&str] = &["util", "utils", "helper", "helpers", "misc", "common", "stuff"];

fn check(tree: &Tree) -> Vec<Finding> {
    let nameless = tree
        .own_rust()
        .filter(|file| file.path.split('/').any(|part| NAMELESS.contains(&part.strip_suffix(".rs").unwrap_or(part))));
    nameless.map(|file| Finding::new(&file.path, 0, "the name says nothing")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_says_nothing_is_found() {
        let tree = Tree::of(&[("src/utils.rs", ""), ("src/helpers/dates.rs", ""), ("src/common_names.rs", "")]);
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.file).collect();
        assert_eq!(found, ["src/utils.rs", "src/helpers/dates.rs"]);
    }
}
