//! The rules of the house that no compiler checks. One file for each rule, with a bad example that shows it failing.

mod copied_font;
mod crate_opening;
mod database_drivers;
mod distribution_keys;
mod file_length;
mod file_names;
mod forbidden_words;
mod imports;
mod licences;
mod links;
mod lint_exceptions;
mod native_libraries;
mod nhs_numbers;
mod one_test_binary;
mod packages;
mod rust_text;
mod sleep;
mod sql_keys;
mod sql_text;
mod tree;
mod unfinished;
mod white_space;

use std::fmt;
use std::path::Path;

use tree::Tree;

/// All rules, in the order in which they are reported.
const RULES: &[&Rule] = &[
    &imports::RULE,
    &database_drivers::RULE,
    &distribution_keys::RULE,
    &native_libraries::RULE,
    &licences::RULE,
    &one_test_binary::RULE,
    &crate_opening::RULE,
    &file_length::RULE,
    &file_names::RULE,
    &lint_exceptions::RULE,
    &unfinished::RULE,
    &sleep::RULE,
    &white_space::RULE,
    &links::RULE,
    &forbidden_words::RULE,
    &nhs_numbers::RULE,
    &copied_font::RULE,
];

/// One rule: what it is called, why there is such a rule, what to do when it is broken, and how it is checked.
struct Rule {
    name: &'static str,
    why: &'static str,
    remedy: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

/// A place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// Path from the root of the project.
    file: String,
    /// Counted from 1; 0 stands for the whole file.
    line: usize,
    what: String,
}

impl Finding {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }
}

/// `crates/store/src/lib.rs:12: what`, as editors and terminals can follow.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// Checks the project and prints each finding with its reason and its remedy. True when there are none.
///
/// # Errors
/// When the project cannot be read.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::read(root)?;
    let mut findings = 0;
    for rule in RULES {
        for finding in (rule.check)(&tree) {
            findings += 1;
            println!("{finding}\n    rule: {}\n    why: {}\n    do: {}", rule.name, rule.why, rule.remedy);
        }
    }
    println!("tidy: {} rules, {} files, {findings} findings", RULES.len(), tree.files.len());
    Ok(findings == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_file_line_and_fault() {
        assert_eq!(Finding::new("a/b.rs", 3, "too long").to_string(), "a/b.rs:3: too long");
        assert_eq!(Finding::new("a/b.rs", 0, "too long").to_string(), "a/b.rs: too long");
    }

    #[test]
    fn rules_have_names_of_their_own_and_say_why_and_what_to_do() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        assert!(RULES.iter().all(|rule| !rule.why.is_empty() && !rule.remedy.is_empty()));
    }
}
