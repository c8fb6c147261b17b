//! A lint is excepted with `#[expect(…, reason = "…")]`, never allowed.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "lint exceptions",
    why: "an allowance outlives its cause; an expectation fails when the cause has gone",
    remedy: "write #[expect(the_lint, reason = \"a sentence\")], or mend what the lint found",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.own_rust() {
        for (number, line) in file.numbered_rust() {
            let code: String = line.code.split_whitespace().collect();
            let conditional = code.contains("cfg_attr(") && code.contains(",allow(");
            if code.contains("#[allow(") || code.contains("#![allow(") || conditional {
                findings.push(Finding::new(&file.path, number, "a lint is allowed"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_found_and_a_sentence_about_it_is_not() {
        let bad = "#![allow(missing_docs)]\n#[allow(dead_code)]\n#[cfg_attr(test, allow(unused))]\n\
                   // #[allow(x)] is not ours\nlet a = \"#[allow(x)]\";\n#[expect(dead_code, reason = \"r\")]\n";
        let lines: Vec<usize> = check(&Tree::of(&[("a.rs", bad)])).into_iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
