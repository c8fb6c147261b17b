//! Libraries that must not come in, by whatever way.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "native libraries",
    why: "one cryptographic library is enough to keep up to date; two panic at start-up or need a system's OpenSSL",
    remedy: "find who brings it with `cargo tree -i NAME --target all` and switch that feature off (we use rustls with ring)",
    check,
};

/// The packages that are banned, as in deny.toml.
const BANNED: &[&str] = &["aws-lc-sys", "aws-lc-rs", "openssl-sys", "native-tls"];

fn check(tree: &Tree) -> Vec<Finding> {
    let found = tree.packages.all.iter().filter(|package| BANNED.contains(&package.name.as_str()));
    found
        .map(|package| Finding::new("Cargo.lock", 0, format!("{} {} is there", package.name, package.version)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::packages::theirs;

    #[test]
    fn a_second_cryptographic_library_is_found() {
        let mut tree = Tree::of(&[]);
        tree.packages.all = vec![theirs("ring", "ISC"), theirs("aws-lc-sys", "ISC")];
        assert_eq!(check(&tree), [Finding::new("Cargo.lock", 0, "aws-lc-sys 0.1.0 is there")]);
    }
}
