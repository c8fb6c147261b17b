//! The project as the rules see it: its files and its packages.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::packages::Packages;
use super::rust_text::{self, Line};

/// Folders that are not the project's own text.
const LEFT_OUT: &[&str] = &[".git", "target", "node_modules"];

/// Files larger than this, in bytes, are looked at by name alone.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Everything a rule may look at.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    pub(super) packages: Packages,
}

/// One file of the project.
pub(super) struct File {
    /// Path from the root, with forward slashes.
    pub(super) path: String,
    /// Its text; empty for pictures and other files that hold none.
    pub(super) text: String,
    /// For Rust files, each line parted into code and comment.
    pub(super) rust: Vec<Line>,
}

impl File {
    pub(super) fn new(path: String, text: String) -> Self {
        let rust = if path.ends_with(".rs") { rust_text::lines(&text) } else { Vec::new() };
        Self { path, text, rust }
    }

    /// The part after the last dot of the name.
    pub(super) fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Copied from elsewhere, unchanged: other people's style is theirs.
    pub(super) fn is_vendored(&self) -> bool {
        self.path.split('/').any(|part| part == "vendor") || self.name().contains(".min.")
    }

    /// Text lines with their numbers from 1.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Lines of Rust with their numbers from 1.
    pub(super) fn numbered_rust(&self) -> impl Iterator<Item = (usize, &Line)> {
        (1..).zip(&self.rust)
    }
}

impl Tree {
    /// Reads the project at `root`.
    ///
    /// # Errors
    /// When a file or the package list cannot be read.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        files.sort_by(|a: &File, b: &File| a.path.cmp(&b.path));
        Ok(Self { files, packages: Packages::read(root)? })
    }

    /// Files that the project itself wrote.
    pub(super) fn own_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| !file.is_vendored())
    }

    /// The same, Rust alone.
    pub(super) fn own_rust(&self) -> impl Iterator<Item = &File> {
        self.own_files().filter(|file| file.extension() == "rs")
    }

    /// The file at a path from the root.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// A made-up project for a test: paths and texts.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| File::new((*path).to_owned(), (*text).to_owned())).collect();
        Self { files, packages: Packages::default() }
    }
}

fn walk(root: &Path, below: &str, files: &mut Vec<File>) -> anyhow::Result<()> {
    let folder = root.join(below);
    for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
            walk(root, &path, files)?;
        } else if kind.is_file() {
            let is_small = entry.metadata()?.len() <= TEXT_BYTES_MAX;
            let bytes = if is_small { fs::read(entry.path())? } else { Vec::new() };
            files.push(File::new(path, String::from_utf8(bytes).unwrap_or_default()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_files_are_told_from_our_own() {
        let tree = Tree::of(&[("crates/a/vendor/x.rs", ""), ("static/y.min.css", ""), ("src/lib.rs", "")]);
        assert_eq!(tree.own_files().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["src/lib.rs"]);
    }

    #[test]
    fn a_file_knows_its_name_and_kind() {
        let file = File::new("docs/add-a-page.md".to_owned(), String::new());
        assert_eq!((file.name(), file.extension()), ("add-a-page.md", "md"));
        assert_eq!(File::new(".ci/run".to_owned(), String::new()).extension(), "");
    }
}
