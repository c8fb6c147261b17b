//! Reads what `cargo test` prints, and adds it up.

use std::fmt;

/// How many tests there were, over all test programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    pub(crate) filtered_out: u64,
    /// Tests that passed because something they need is missing: their `skipped: …` lines.
    pub(crate) skipped: Vec<String>,
}

impl Count {
    /// Adds another run.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.filtered_out += other.filtered_out;
        self.skipped.extend(other.skipped);
    }
}

/// As a test runner ends: `12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out`.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, ignored, filtered_out, .. } = self;
        write!(f, "{passed} passed; {failed} failed; {ignored} ignored; 0 measured; {filtered_out} filtered out")
    }
}

/// Follows the output of `cargo test … -- --show-output` line by line.
#[derive(Default)]
pub(crate) struct TestOutput {
    count: Count,
    among_successes: bool,
}

impl TestOutput {
    /// Takes note of a line and tells whether it is worth repeating.
    ///
    /// `--show-output` is what makes `skipped: …` of a passing test visible; what else passing tests print, and the
    /// second list of their names, is left out.
    pub(crate) fn note(&mut self, line: &str) -> bool {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.among_successes = false;
            self.count.add(parse(result));
            return true;
        }
        match line {
            "successes:" => self.among_successes = true,
            "failures:" => self.among_successes = false,
            _ => {}
        }
        if self.among_successes && line.starts_with("skipped: ") {
            self.count.skipped.push(line.to_owned());
            return true;
        }
        !self.among_successes
    }

    /// What was counted.
    pub(crate) fn into_count(self) -> Count {
        self.count
    }
}

/// Parses `ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s`.
fn parse(result: &str) -> Count {
    let mut count = Count::default();
    let (_, numbers) = result.split_once(". ").unwrap_or_default();
    for part in numbers.split("; ") {
        let Some((number, word)) = part.split_once(' ') else { continue };
        let Ok(number) = number.parse() else { continue };
        match word {
            "passed" => count.passed = number,
            "failed" => count.failed = number,
            "ignored" => count.ignored = number,
            "filtered out" => count.filtered_out = number,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 3 tests
test a ... ok
test b ... ok

successes:

---- b stdout ----
skipped: no corpus
something long

successes:
    a
    b

failures:

---- c stdout ----
it broke

test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 5 filtered out; finished in 0.02s
test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s";

    #[test]
    fn results_of_all_programs_are_added() {
        let mut seen = TestOutput::default();
        for line in OUTPUT.lines() {
            seen.note(line);
        }
        let count = seen.into_count();
        assert_eq!(count.to_string(), "9 passed; 1 failed; 4 ignored; 0 measured; 5 filtered out");
        assert_eq!(count.skipped, ["skipped: no corpus"]);
    }

    #[test]
    fn passing_tests_are_silent_except_for_what_they_skipped() {
        let mut seen = TestOutput::default();
        let shown: Vec<&str> = OUTPUT.lines().filter(|line| seen.note(line)).collect();
        assert!(shown.contains(&"it broke") && shown.contains(&"skipped: no corpus"));
        assert!(!shown.contains(&"something long") && !shown.contains(&"    a"));
    }
}
