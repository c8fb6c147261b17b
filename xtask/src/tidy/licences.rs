//! Every package's licence is one that deny.toml allows: checked here too, because cargo-deny is not always there.

use std::collections::BTreeSet;

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "licences",
    why: "whoever deploys this must be able to use, change and pass on all of it",
    remedy: "choose another package, or allow its licence in deny.toml with the reason beside it",
    check,
};

const DENY: &str = "deny.toml";

fn check(tree: &Tree) -> Vec<Finding> {
    let Some(file) = tree.file(DENY) else {
        return vec![Finding::new(DENY, 0, "the file is missing")];
    };
    let allowed = allowed(&file.text);
    let refused = tree.packages.all.iter().filter(|package| !is_allowed(&package.licence, &allowed));
    refused
        .map(|package| {
            let what = format!("{} {} has the licence “{}”", package.name, package.version, package.licence);
            Finding::new("Cargo.lock", 0, what)
        })
        .collect()
}

/// The strings of `allow = [ … ]` under `[licenses]`.
fn allowed(deny: &str) -> BTreeSet<&str> {
    deny.lines()
        .skip_while(|line| line.trim() != "[licenses]")
        .skip_while(|line| !line.starts_with("allow = ["))
        .take_while(|line| line.trim() != "]")
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .collect()
}

/// Works out an SPDX expression: `OR` needs one side, `AND` both; the old `MIT/Apache-2.0` means `OR`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "+WITH+");
    let mut words = spaced.split_whitespace().peekable();
    let answer = either(&mut words, allowed);
    answer && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut answer = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        answer |= both(words, allowed);
    }
    answer
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut answer = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        answer &= one(words, allowed);
    }
    answer
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    match words.next() {
        Some("(") => {
            let answer = either(words, allowed);
            words.next_if_eq(&")").is_some() && answer
        }
        Some(licence) => allowed.contains(licence.replace("+WITH+", " WITH ").as_str()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::packages::theirs;

    const SAMPLE: &str =
        "[advisories]\nallow = [\n  \"GPL-3.0\",\n]\n[licenses]\nallow = [\n  \"MIT\", # ours\n  \"ISC\",\n]\n";

    #[test]
    fn a_licence_that_is_not_allowed_is_found() {
        let mut tree = Tree::of(&[(DENY, SAMPLE)]);
        tree.packages.all = vec![theirs("fine", "MIT OR GPL-3.0"), theirs("strict", "GPL-3.0"), theirs("silent", "")];
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.what).collect();
        assert_eq!(found, ["strict 0.1.0 has the licence “GPL-3.0”", "silent 0.1.0 has the licence “”"]);
    }

    #[test]
    fn expressions_are_worked_out() {
        let allowed = allowed(SAMPLE);
        for fine in ["MIT", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND ISC", "MIT AND ISC", "X WITH Y OR MIT"] {
            assert!(is_allowed(fine, &allowed), "{fine}");
        }
        for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT ISC", "MIT WITH Y"] {
            assert!(!is_allowed(refused, &allowed), "{refused}");
        }
    }

    #[test]
    fn a_missing_list_is_found() {
        assert_eq!(check(&Tree::of(&[])), [Finding::new(DENY, 0, "the file is missing")]);
    }
}
