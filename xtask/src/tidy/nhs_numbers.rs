//! An NHS number in the project that could belong to somebody lies in the range for tests.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "NHS numbers",
    why: "a number outside 999 may be a living person's, and a public repository cannot be called back",
    remedy: "take a number that begins with 999; if it is no NHS number at all, add it below with its reason",
    check,
};

/// Kinds of file in which numbers are looked for.
const READ: &[&str] = &["rs", "md", "toml", "html", "sql", "csv", "json", "ndjson", "xml", "hl7", "txt"];

/// Numbers that pass the check and are not a person's, each with its reason.
const EXCEPTED: &[(&str, &str)] = &[
    ("9000000009", "the national sandbox's own example person"),
    ("1500000000", "a round number of seconds or of nanoseconds"),
];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.own_files().filter(|file| READ.contains(&file.extension())) {
        for (number, line) in file.numbered() {
            let found = candidates(line).into_iter().filter(|digits| could_be_somebodys(digits));
            findings.extend(found.map(|digits| {
                let what = format!("{digits} passes the check digit and does not begin with 999");
                Finding::new(&file.path, number, what)
            }));
        }
    }
    findings
}

/// Runs of ten digits, and runs of 3, 3 and 4 with a space, a dash or an underline between, as `digits` alone.
fn candidates(line: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-';
    let plain = line.split(|c: char| !is_part(c)).filter(|word| is_digits(word, 10)).map(str::to_owned);
    let parted = [' ', '-', '_'].into_iter().flat_map(|separator| {
        let words: Vec<&str> = line.split(|c: char| c != separator && !c.is_ascii_alphanumeric()).collect();
        words.into_iter().flat_map(move |words| parted(words, separator))
    });
    plain.chain(parted).collect()
}

fn parted(words: &str, separator: char) -> Vec<String> {
    let parts: Vec<&str> = words.split(separator).collect();
    let whole = parts
        .windows(3)
        .filter(|window| matches!(window, [a, b, c] if is_digits(a, 3) && is_digits(b, 3) && is_digits(c, 4)));
    whole.map(|window| window.concat()).collect()
}

fn is_digits(word: &str, count: usize) -> bool {
    word.len() == count && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn could_be_somebodys(digits: &str) -> bool {
    // Ten times the same digit passes the check too; senders write it where they have no number.
    let is_filler = digits.chars().all(|digit| digits.starts_with(digit));
    let is_excepted = EXCEPTED.iter().any(|(excepted, _)| *excepted == digits);
    passes_modulus_11(digits) && !digits.starts_with("999") && !is_filler && !is_excepted
}

/// NHS Data Dictionary, "NHS NUMBER": weights 10 to 2, and the tenth digit brings the sum to a multiple of 11.
fn passes_modulus_11(digits: &str) -> bool {
    let sum: u32 = digits.chars().filter_map(|c| c.to_digit(10)).zip((1..=10).rev()).map(|(d, w)| d * w).sum();
    sum.is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Built here, because written out it would break the rule.
    fn outside() -> [String; 4] {
        let (a, b, c) = ("943", "476", "5919");
        [format!("{a}{b}{c}"), format!("{a} {b} {c}"), format!("{a}-{b}-{c}"), format!("{a}_{b}_{c}")]
    }

    #[test]
    fn a_number_that_may_be_somebodys_is_found_in_every_spelling() {
        for written in outside() {
            let tree = Tree::of(&[("a.rs", &format!("let n = \"{written}\";\n"))]);
            assert_eq!(check(&tree).len(), 1, "{written}");
        }
        let tree = Tree::of(&[("a.hl7", &format!("PID|1||{}^^^NHS||\n", outside()[0]))]);
        assert_eq!(check(&tree).len(), 1);
    }

    #[test]
    fn numbers_for_tests_and_other_digits_pass() {
        let fine =
            "999 000 0018, 9990000018, 1234567890, 1111111111, 0000000000, 2026-11-23, 1.9434765919, v20260101\n";
        assert_eq!(check(&Tree::of(&[("a.md", fine)])), []);
    }
}
