//! Rust files stay short.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "file length",
    why: "a file that fits in the head can be reviewed; a long one is only searched",
    remedy: "part it by what it does, each part with a name from the ward or the standard",
    check,
};

/// The most lines that a Rust file may have.
const LINES_MAX: usize = 400;

fn check(tree: &Tree) -> Vec<Finding> {
    let long = tree.own_rust().map(|file| (file, file.text.lines().count())).filter(|(_, lines)| *lines > LINES_MAX);
    long.map(|(file, lines)| Finding::new(&file.path, 0, format!("{lines} lines; at most {LINES_MAX}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_too_many_is_found() {
        let (full, long) = ("x\n".repeat(LINES_MAX), "x\n".repeat(LINES_MAX + 1));
        let tree = Tree::of(&[("full.rs", &full), ("long.rs", &long), ("long.md", &long), ("vendor/v.rs", &long)]);
        assert_eq!(check(&tree), [Finding::new("long.rs", 0, "401 lines; at most 400")]);
    }
}
