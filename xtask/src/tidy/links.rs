//! Links between the pages of the documentation lead somewhere.

use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "links",
    why: "a newcomer follows the documentation; a dead link is where she stops",
    remedy: "correct the path or the heading; paths are relative to the page",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in tree.own_files().filter(|file| file.extension() == "md") {
        for (number, line) in prose(page) {
            for target in targets(&line).into_iter().filter(|target| is_local(target)) {
                if let Some(what) = fault(tree, page, target) {
                    findings.push(Finding::new(&page.path, number, what));
                }
            }
        }
    }
    findings
}

/// Lines outside code blocks, without the code inside them.
fn prose(page: &File) -> Vec<(usize, String)> {
    let mut in_block = false;
    let mut lines = Vec::new();
    for (number, line) in page.numbered() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            lines.push((number, line.split('`').step_by(2).collect::<Vec<_>>().join("``")));
        }
    }
    lines
}

/// What a line links to: `[words](target)`, `![words](target)`, `src="target"` and `href="target"`.
fn targets(line: &str) -> Vec<&str> {
    let after = |mark: &'static str, end: &'static [char]| {
        line.split(mark).skip(1).filter_map(move |rest| rest.split(end).next()).filter(|target| !target.is_empty())
    };
    after("](", &[')', ' ']).chain(after("src=\"", &['"'])).chain(after("href=\"", &['"'])).collect()
}

fn is_local(target: &str) -> bool {
    !["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
}

fn fault(tree: &Tree, page: &File, target: &str) -> Option<String> {
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path)? };
    let folder = format!("{path}/");
    if tree.files.iter().any(|file| file.path.starts_with(&folder)) {
        return None;
    }
    let Some(file) = tree.file(&path) else {
        return Some(format!("{target} leads nowhere"));
    };
    let is_missing = !heading.is_empty() && file.extension() == "md" && !headings(file).contains(&heading.to_owned());
    is_missing.then(|| format!("{path} has no heading #{heading}"))
}

/// The path from the root, or `None` for the root itself. What leads out of the project stays as it is and is not found.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." && parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The names by which the headings of a page are linked: lower case, dashes for spaces, no punctuation.
fn headings(page: &File) -> Vec<String> {
    let lines = page.text.lines().filter(|line| line.starts_with('#'));
    lines
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_and_a_missing_heading_are_found() {
        let readme = "[a](docs/a.md) [b](docs/b.md#second-part) ![p](docs/p.png)\n[c](docs/c.md) <img src=\"q.png\">\n\
                      [d](docs/b.md#third) [e](../outside.md) [f](https://example.org/x.md) [g](docs/) [h](#top)\n\
                      ```\n[code](nowhere.md)\n```\n`[code](nowhere.md)`\n# Top\n";
        let tree = Tree::of(&[
            ("README.md", readme),
            ("docs/a.md", "[up](../README.md#top) [beside](./b.md)\n"),
            ("docs/b.md", "# One\n## Second part!\n"),
            ("docs/p.png", ""),
        ]);
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.to_string()).collect();
        assert_eq!(
            found,
            [
                "README.md:2: docs/c.md leads nowhere",
                "README.md:2: q.png leads nowhere",
                "README.md:3: docs/b.md has no heading #third",
                "README.md:3: ../outside.md leads nowhere",
            ]
        );
    }
}
