//! Nothing in the project depends on one machine.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "forbidden words",
    why: "a path of one machine or an address that one machine downloads from works nowhere else",
    remedy: "write a path relative to the project, or name the package and let its client find it",
    check,
};

/// Beginnings of paths that exist on one machine alone. Each is written in parts, so that this file passes its own rule.
const PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home", "/runner/")];

/// Parts of the addresses from which package clients download.
const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs"),
    concat!("static.", "crates"),
    concat!("index.", "crates"),
    concat!("python", "hosted"),
    concat!("py", "pi.org"),
    concat!("proxy.", "golang"),
    concat!("deb.", "debian"),
];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.own_files() {
        for (number, line) in file.numbered() {
            let paths = PATHS.iter().filter(|path| starts_a_path(line, path));
            let hosts = HOSTS.iter().filter(|host| line.contains(**host));
            findings.extend(paths.chain(hosts).map(|word| Finding::new(&file.path, number, format!("says {word}"))));
        }
    }
    findings
}

/// The path stands at the beginning of a word: inside an address it is somebody else's.
fn starts_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || ['.', '-', '_', '}', '/', '~'].contains(&c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found_and_an_address_is_not() {
        let bad = format!("see {}main\nhttps://example.org{}\n", PATHS[0], PATHS[0]);
        assert_eq!(check(&Tree::of(&[("a.md", &bad)])).into_iter().map(|f| f.line).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn an_address_of_downloads_is_found() {
        let bad = format!("{{\"resolved\": \"https://{}.org/x.tgz\"}}\n", HOSTS[0]);
        assert_eq!(check(&Tree::of(&[("package-lock.json", &bad)])).len(), 1);
    }
}
