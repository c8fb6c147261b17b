//! Every crate and program opens with its purpose.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "crate opening",
    why: "a reader who opens a room should learn first what it is for and what always holds in it",
    remedy: "open the file with `//!` lines: purpose, then invariants",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let openings = tree.own_rust().filter(|file| {
        ["src/lib.rs", "src/main.rs", "tests/it/main.rs"].iter().any(|end| file.path.ends_with(end))
            || file.path.contains("src/bin/")
    });
    let silent = openings.filter(|file| !file.text.starts_with("//! "));
    silent.map(|file| Finding::new(&file.path, 1, "does not open with `//!`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_without_a_sign_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! What A is for.\n"),
            ("crates/b/src/lib.rs", "mod c;\n"),
            ("crates/b/src/c.rs", "fn f() {}\n"),
        ]);
        assert_eq!(check(&tree), [Finding::new("crates/b/src/lib.rs", 1, "does not open with `//!`")]);
    }
}
