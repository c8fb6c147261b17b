//! Runs axe-core inside a page.

use std::fmt;

use serde_json::Value;

use super::page::Page;
use super::seen::text;

/// axe-core 4.14.1, unchanged; see the README beside it.
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");

/// All rules that are on by default (WCAG 2.0 to 2.2 A and AA, and good practice), and the size of targets (2.5.8).
const RUN: &str = "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })";

/// A rule that the page breaks.
#[derive(Debug)]
pub(crate) struct Violation {
    rule: String,
    impact: String,
    help: String,
    places: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {} at {}", self.rule, self.impact, self.help, self.places.join(" and "))
    }
}

impl Page {
    /// The accessibility rules that this page breaks. Scripts are let through for axe alone where they are off.
    pub(crate) fn axe(&mut self) -> Vec<Violation> {
        let scripts = self.has_javascript();
        self.set_javascript(true);
        self.evaluate(&format!("{AXE};0")).unwrap_or_else(|why| panic!("axe-core does not load: {why}"));
        let result = self.evaluate(RUN).unwrap_or_else(|why| panic!("axe-core does not run: {why}"));
        self.set_javascript(scripts);
        result["violations"].as_array().into_iter().flatten().map(violation).collect()
    }

    /// Fails the test when the page breaks an accessibility rule.
    #[track_caller]
    pub(crate) fn is_accessible(&mut self) {
        let broken: Vec<String> = self.axe().iter().map(ToString::to_string).collect();
        if !broken.is_empty() {
            self.fail(format_args!("axe-core found:\n  {}", broken.join("\n  ")));
        }
    }
}

fn violation(told: &Value) -> Violation {
    let nodes = told["nodes"].as_array().into_iter().flatten();
    Violation {
        rule: text(&told["id"]).to_owned(),
        impact: text(&told["impact"]).to_owned(),
        help: text(&told["help"]).to_owned(),
        places: nodes.map(|node| format!("{} {}", node["target"], text(&node["html"]))).collect(),
    }
}
