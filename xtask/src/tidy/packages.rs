//! What `cargo metadata` tells of our crates and of everything they build on.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::command::cargo;

/// All packages of the build, for every platform.
#[derive(Default)]
pub(super) struct Packages {
    pub(super) all: Vec<Package>,
}

/// One package.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// SPDX expression, as the package states it.
    pub(super) licence: String,
    /// Whether it is one of our crates.
    pub(super) is_ours: bool,
    /// Path of its manifest from the root, for our crates.
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
    /// Paths of its integration tests from the package's folder.
    pub(super) tests: Vec<String>,
}

/// What a package says that it needs.
pub(super) struct Dependency {
    pub(super) name: String,
    /// Needed by tests and examples alone.
    pub(super) is_dev: bool,
}

impl Packages {
    /// Asks cargo.
    ///
    /// # Errors
    /// When cargo fails, for instance because Cargo.lock is out of date.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let output = cargo(root, &["metadata", "--format-version", "1", "--locked"]).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "cargo metadata: {said}");
        Self::parse(&serde_json::from_slice(&output.stdout).context("cargo metadata speaks JSON")?)
    }

    /// Reads the answer of `cargo metadata`, format version 1.
    ///
    /// # Errors
    /// When it has another shape.
    pub(super) fn parse(told: &Value) -> anyhow::Result<Self> {
        let root = text(told, "workspace_root");
        let packages = told.get("packages").and_then(Value::as_array).context("cargo metadata lists packages")?;
        Ok(Self { all: packages.iter().map(|told| package(told, root)).collect() })
    }

    /// Our own crates.
    pub(super) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.all.iter().filter(|package| package.is_ours)
    }
}

fn package(told: &Value, root: &str) -> Package {
    let manifest = text(told, "manifest_path");
    let folder = manifest.strip_suffix("Cargo.toml").unwrap_or_default();
    let is_test = |target: &&Value| list(target, "kind").iter().any(|kind| kind == "test");
    let tests = list(told, "targets").iter().filter(is_test).map(|target| {
        let source = text(target, "src_path");
        source.strip_prefix(folder).unwrap_or(source).to_owned()
    });
    Package {
        name: text(told, "name").to_owned(),
        version: text(told, "version").to_owned(),
        licence: text(told, "license").to_owned(),
        is_ours: told.get("source").is_none_or(Value::is_null),
        manifest: manifest.strip_prefix(root).unwrap_or(manifest).trim_start_matches('/').to_owned(),
        dependencies: list(told, "dependencies").iter().map(dependency).collect(),
        tests: tests.collect(),
    }
}

fn dependency(told: &Value) -> Dependency {
    Dependency { name: text(told, "name").to_owned(), is_dev: text(told, "kind") == "dev" }
}

fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A made-up crate of ours for a test, with what it needs in the program.
#[cfg(test)]
pub(super) fn ours(name: &str, needs: &[&str]) -> Package {
    let need = |name: &&str| Dependency { name: (*name).to_owned(), is_dev: false };
    Package {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        licence: "Apache-2.0 OR MIT".to_owned(),
        is_ours: true,
        manifest: format!("crates/{name}/Cargo.toml"),
        dependencies: needs.iter().map(need).collect(),
        tests: Vec::new(),
    }
}

/// A made-up package of somebody else.
#[cfg(test)]
pub(super) fn theirs(name: &str, licence: &str) -> Package {
    Package { is_ours: false, licence: licence.to_owned(), manifest: String::new(), ..ours(name, &[]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cargos_answer_is_read() {
        let told = json!({ "workspace_root": "/home/p", "packages": [
            { "name": "store", "version": "0.1.0", "license": "MIT", "source": null,
              "manifest_path": "/home/p/crates/store/Cargo.toml",
              "dependencies": [{ "name": "record", "kind": null }, { "name": "tempfile", "kind": "dev" }],
              "targets": [{ "kind": ["lib"], "src_path": "/home/p/crates/store/src/lib.rs" },
                          { "kind": ["test"], "src_path": "/home/p/crates/store/tests/it/main.rs" }] },
            { "name": "serde", "source": "registry+https://example.invalid", "manifest_path": "/else/Cargo.toml" }
        ]});
        let packages = Packages::parse(&told).expect("it has the shape");
        let [store] = packages.ours().collect::<Vec<_>>()[..] else { panic!("one crate is ours") };
        assert_eq!(store.manifest, "crates/store/Cargo.toml");
        assert_eq!(store.tests, ["tests/it/main.rs"]);
        assert_eq!(store.dependencies.iter().map(|d| d.is_dev).collect::<Vec<_>>(), [false, true]);
    }
}
