//! Nothing sleeps.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "sleep",
    why: "a sleep is too long on a fast machine and too short on a slow one, and hides what is waited for",
    remedy: "wait for the condition itself (a channel, an event, a time-out around it), or tick with an interval",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.own_rust() {
        let sleeping = file.numbered_rust().filter(|(_, line)| {
            let code: String = line.code.split_whitespace().collect();
            code.contains("thread::sleep") || code.contains("time::sleep") || calls_sleep(&code)
        });
        findings.extend(sleeping.map(|(number, _)| Finding::new(&file.path, number, "sleeps")));
    }
    findings
}

/// `sleep(…)` as a name of its own, however it was imported.
fn calls_sleep(code: &str) -> bool {
    code.match_indices("sleep(").any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_found_however_it_is_written() {
        let bad = "std::thread::sleep(d);\nuse tokio::time::sleep;\nsleep(d).await;\nlet asleep = oversleep(d);\n// sleep(d)\n";
        let lines: Vec<usize> = check(&Tree::of(&[("a.rs", bad)])).into_iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
