//! Nothing is left for later in the text.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "unfinished",
    why: "a mark in the text is read by nobody; what is missing belongs in an issue, where it is decided",
    remedy: "finish it, or delete it and open an issue",
    check,
};

/// Macros that stand for missing code.
const MACROS: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// Words that people leave behind.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.own_rust() {
        for (number, line) in file.numbered_rust() {
            let code = MACROS.iter().filter(|word| line.code.contains(**word));
            let marks = MARKS.iter().filter(|mark| has_word(&line.comment, mark));
            findings.extend(code.chain(marks).map(|what| Finding::new(&file.path, number, *what)));
        }
    }
    // In pages and settings a mark has no business anywhere; in other text it may be data.
    for file in tree.own_files().filter(|file| ["md", "toml", "html", "sql", "css"].contains(&file.extension())) {
        for (number, line) in file.numbered() {
            let marks = MARKS.iter().filter(|mark| has_word(line, mark));
            findings.extend(marks.map(|what| Finding::new(&file.path, number, *what)));
        }
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_for_later_is_found() {
        let bad =
            "fn f() { todo!() }\n// FIXME: later\n/* XXX */ let a = \"TODO\"; // XXXL is a size\nunimplemented!();\n";
        let tree = Tree::of(&[("a.rs", bad), ("b.md", "TODO write this\n")]);
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.to_string()).collect();
        assert_eq!(found, ["a.rs:1: todo!", "a.rs:2: FIXME", "a.rs:3: XXX", "a.rs:4: unimplemented!", "b.md:1: TODO"]);
    }
}
