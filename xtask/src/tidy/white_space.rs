//! Text ends its lines with one line feed, without spaces before it and without tabs.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "white space",
    why: "invisible differences fill reviews with lines that nobody changed",
    remedy: "remove the spaces, tabs or carriage returns, and end the file with one line feed",
    check,
};

/// Kinds of file that people write. Messages and tables of test material keep their own line ends.
const WRITTEN: &[&str] = &["rs", "toml", "md", "html", "sql", "css", "js", "sh", "yml", "yaml"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.own_files().filter(|file| WRITTEN.contains(&file.extension())) {
        for (number, line) in (1..).zip(file.text.split('\n')) {
            findings.extend(fault(line).map(|what| Finding::new(&file.path, number, what)));
        }
        if !file.text.is_empty() && (!file.text.ends_with('\n') || file.text.ends_with("\n\n")) {
            let last = file.text.lines().count();
            findings.push(Finding::new(&file.path, last, "does not end with one line feed"));
        }
    }
    findings
}

fn fault(line: &str) -> Option<&'static str> {
    match line {
        line if line.ends_with('\r') => Some("a carriage return"),
        line if line.contains('\t') => Some("a tab"),
        line if line.ends_with(char::is_whitespace) => Some("spaces at the end of the line"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_faults_are_found() {
        let tree = Tree::of(&[
            ("a.rs", "one \n\ttwo\nthree\r\nfour"),
            ("b.md", "five\n\n"),
            ("message.hl7", "MSH\r"),
            ("fine.rs", "six\n\nseven\n"),
        ]);
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.to_string()).collect();
        assert_eq!(
            found,
            [
                "a.rs:1: spaces at the end of the line",
                "a.rs:2: a tab",
                "a.rs:3: a carriage return",
                "a.rs:4: does not end with one line feed",
                "b.md:2: does not end with one line feed",
            ]
        );
    }
}
