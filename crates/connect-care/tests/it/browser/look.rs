//! What a person sees, and what the network carried to show it.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::page::Page;
use super::seen::{Request, text};

/// Whether everything fits into the width of the window.
#[derive(Debug)]
pub(crate) struct Overflow {
    /// Width of the content in CSS pixels.
    pub(crate) page: u64,
    /// Width of the window in CSS pixels.
    pub(crate) window: u64,
    /// Elements that pass the right edge outside a scrolling box, or whose text is cut off.
    pub(crate) elements: Vec<String>,
}

impl Overflow {
    /// Nothing scrolls sideways and nothing is cut off.
    pub(crate) fn is_none(&self) -> bool {
        self.page <= self.window && self.elements.is_empty()
    }
}

impl Page {
    /// The address shown.
    pub(crate) fn url(&mut self) -> String {
        self.ask("url", &Value::Null)
    }

    /// The title of the tab.
    pub(crate) fn title(&mut self) -> String {
        self.ask("title", &Value::Null)
    }

    /// The words of the page's main part, or of all of it when it has none.
    pub(crate) fn text(&mut self) -> String {
        self.ask("text", &Value::Null)
    }

    /// The words of each visible element that a CSS selector finds, for instance the cells of a table.
    pub(crate) fn texts(&mut self, css: &str) -> Vec<String> {
        strings(&self.in_page("texts", &json!(css)))
    }

    /// One attribute of each element that a CSS selector finds; empty where it is missing.
    pub(crate) fn attributes(&mut self, css: &str, attribute: &str) -> Vec<String> {
        strings(&self.in_page("attributes", &json!([css, attribute])))
    }

    /// What has the keyboard's focus: kind, id and words, such as `a "Skip to main content"`.
    pub(crate) fn focused(&mut self) -> String {
        self.ask("focused", &Value::Null)
    }

    /// The page shows these words now. Line breaks and repeated spaces count as one space.
    #[track_caller]
    pub(crate) fn sees(&mut self, words: &str) {
        if self.in_page("says", &json!(words)) != true {
            self.fail(format_args!("the page should show “{words}”"));
        }
    }

    /// The page does not show these words now.
    #[track_caller]
    pub(crate) fn does_not_see(&mut self, words: &str) {
        if self.in_page("says", &json!(words)) == true {
            self.fail(format_args!("the page should not show “{words}”"));
        }
    }

    /// Waits until the page shows these words: for what a script or a refreshing page brings later.
    #[track_caller]
    pub(crate) fn waits_to_see(&mut self, words: &str) {
        self.wait_in_page("says", &json!(words), &format!("“{words}”"));
    }

    /// Waits until the page no longer shows these words.
    #[track_caller]
    pub(crate) fn waits_until_gone(&mut self, words: &str) {
        self.wait_in_page("silent", &json!(words), &format!("“{words}” to go"));
    }

    /// Whether the page fits into the width of its window.
    pub(crate) fn overflow(&mut self) -> Overflow {
        let told = self.in_page("overflow", &Value::Null);
        Overflow {
            page: told["page"].as_u64().unwrap_or(u64::MAX),
            window: told["window"].as_u64().unwrap_or(0),
            elements: strings(&told["elements"]),
        }
    }

    /// Writes what the window shows as PNG. Missing folders are made.
    #[track_caller]
    pub(crate) fn screenshot(&mut self, path: &Path) {
        self.shoot(path, json!({ "format": "png" }));
    }

    /// Writes the whole page as PNG, from its top to its end.
    #[track_caller]
    pub(crate) fn screenshot_whole(&mut self, path: &Path) {
        let size = self.call("Page.getLayoutMetrics", json!({}))["cssContentSize"].take();
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        self.shoot(path, json!({ "format": "png", "captureBeyondViewport": true, "clip": clip }));
    }

    /// Writes the page as it is printed on A4.
    #[track_caller]
    pub(crate) fn print_to_pdf(&mut self, path: &Path) {
        let paper = json!({ "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": false });
        let pdf = self.call("Page.printToPDF", paper);
        write_base64(path, text(&pdf["data"]));
    }

    /// HTTP status of the page.
    pub(crate) fn status(&mut self) -> u64 {
        self.document_request().status
    }

    /// The headers that came with the page, names in lower case.
    pub(crate) fn response_headers(&mut self) -> std::collections::BTreeMap<String, String> {
        self.document_request().headers
    }

    /// Bytes of the page's HTML on the wire, as compressed, its headers included.
    pub(crate) fn document_bytes(&mut self) -> u64 {
        self.document_request().bytes
    }

    /// Bytes of the page and all that it fetched, on the wire. What came from a cache counts nothing.
    pub(crate) fn bytes(&mut self) -> u64 {
        self.catch_up();
        self.seen.requests.values().map(|request| request.bytes).sum()
    }

    /// Everything the page fetched, itself included.
    pub(crate) fn fetched(&mut self) -> Vec<String> {
        self.catch_up();
        self.seen.requests.values().map(|request| request.url.clone()).collect()
    }

    /// What the browser complained of on this page: blocked content, failing scripts, missing files.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.catch_up();
        self.seen.complaints.clone()
    }

    /// How many downloads have begun on this page.
    pub(crate) fn downloads(&mut self) -> usize {
        self.catch_up();
        self.seen.downloads
    }

    #[track_caller]
    fn shoot(&mut self, path: &Path, options: Value) {
        self.in_page("fonts", &Value::Null);
        let shot = self.call("Page.captureScreenshot", options);
        write_base64(path, text(&shot["data"]));
    }

    #[track_caller]
    fn document_request(&mut self) -> Request {
        self.catch_up();
        let request = self.seen.document_request().cloned();
        request.unwrap_or_else(|| self.fail("this page did not come over the network"))
    }

    fn ask(&mut self, op: &str, argument: &Value) -> String {
        text(&self.in_page(op, argument)).to_owned()
    }
}

fn strings(values: &Value) -> Vec<String> {
    values.as_array().into_iter().flatten().map(|value| text(value).to_owned()).collect()
}

fn write_base64(path: &Path, data: &str) {
    let bytes = STANDARD.decode(data).expect("the browser sends base64");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).unwrap_or_else(|e| panic!("{} cannot be made: {e}", folder.display()));
    }
    fs::write(path, bytes).unwrap_or_else(|e| panic!("{} cannot be written: {e}", path.display()));
}
