//! The NHS typeface is not ours to pass on.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "copied font",
    why: "Frutiger is licensed to the NHS alone; pages fall back to Arial and fetch nothing from elsewhere",
    remedy: "delete the file, and compile nhsuk-frontend with $nhsuk-include-font-face: false",
    check,
};

const FONTS: &[&str] = &["woff", "woff2", "ttf", "otf", "eot"];

/// Where nhsuk-frontend's own style sheet fetches the font from.
const FONT_HOST: &str = concat!("assets.", "nhs.uk");

fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree
        .files
        .iter()
        .filter(|file| FONTS.contains(&file.extension()) && file.name().to_lowercase().contains("frutiger"));
    let mut findings: Vec<_> = files.map(|file| Finding::new(&file.path, 0, "a Frutiger font file")).collect();
    for file in tree.files.iter().filter(|file| ["css", "html", "scss"].contains(&file.extension())) {
        let fetching = file.numbered().filter(|(_, line)| line.contains(FONT_HOST));
        findings
            .extend(fetching.map(|(number, _)| Finding::new(&file.path, number, format!("fetches from {FONT_HOST}"))));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_and_the_way_to_it_are_found_in_copied_files_too() {
        let css = format!("@font-face{{src:url(https://{FONT_HOST}/fonts/x.woff2)}}\n");
        let tree = Tree::of(&[
            ("static/vendor/FrutigerLTW01-55Roman.woff2", ""),
            ("static/vendor/nhsuk.min.css", &css),
            ("static/own.css", "body { font-family: Frutiger, Arial }\n"),
        ]);
        assert_eq!(check(&tree).len(), 2);
    }
}
