//! One page: going somewhere, waiting until it is there, and asking it things.

use std::fmt::Display;

use serde_json::{Value, json};

use super::seen::{Seen, text};
use super::wire::{Deadline, Fault, Wire};

/// Functions that run inside the page, as one object.
const IN_PAGE: &str = include_str!("in_page.js");

/// A tab. Its functions fail the test, saying where the page is and what it shows.
pub(crate) struct Page {
    pub(super) wire: Wire,
    pub(super) seen: Seen,
    context: String,
    scripts: bool,
}

impl Page {
    /// Connects to the tab `target` of the browser at `address`.
    pub(super) fn attach(address: &str, target: &str, context: &str) -> Self {
        let wire = Wire::connect(address, &format!("/devtools/page/{target}"))
            .unwrap_or_else(|why| panic!("no connection to a new page: {why}"));
        let mut page = Self { wire, seen: Seen::default(), context: context.to_owned(), scripts: true };
        page.seen.frame = text(&page.call("Page.getFrameTree", json!({}))["frameTree"]["frame"]["id"]).to_owned();
        for domain in ["Page", "Network", "Runtime", "Log"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page.call("Page.setLifecycleEventsEnabled", json!({ "enabled": true }));
        // Without it a page in the background has no focus ring and no `:focus`.
        page.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        page.viewport(1280, 720, false);
        page
    }

    /// The browser context, which holds the cookies.
    pub(super) fn context(&self) -> &str {
        &self.context
    }

    /// Goes to an address and waits until the page has loaded.
    #[track_caller]
    pub(crate) fn goto(&mut self, url: &str) {
        let answer = self.call("Page.navigate", json!({ "url": url }));
        if let Some(why) = answer["errorText"].as_str() {
            panic!("{url} cannot be opened: {why}");
        }
        if let Some(document) = answer["loaderId"].as_str() {
            let document = document.to_owned();
            self.wait("the page to load", |seen| seen.loaded == document);
        }
    }

    /// Loads the page again, as F5 does. A form that was posted is posted again.
    #[track_caller]
    pub(crate) fn reload(&mut self) {
        let before = self.seen.document.clone();
        self.call("Page.reload", json!({}));
        self.arrive(&before);
    }

    /// Goes one page back, as the back button does.
    #[track_caller]
    pub(crate) fn back(&mut self) {
        let history = self.call("Page.getNavigationHistory", json!({}));
        let last = history["currentIndex"].as_u64().and_then(|current| current.checked_sub(1));
        let entry = last.and_then(|i| history["entries"].get(usize::try_from(i).ok()?)).map(|e| e["id"].clone());
        let entry = entry.unwrap_or_else(|| panic!("there is no page to go back to from {}", self.url()));
        let before = self.seen.document.clone();
        self.call("Page.navigateToHistoryEntry", json!({ "entryId": entry }));
        self.arrive(&before);
    }

    /// The size of the window in CSS pixels; `mobile` makes the page lay itself out as a telephone does.
    pub(crate) fn viewport(&mut self, width: u32, height: u32, mobile: bool) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Lets the page run scripts, or not. It holds for pages that are opened after it.
    pub(crate) fn set_javascript(&mut self, on: bool) {
        self.scripts = on;
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": !on }));
    }

    /// Whether scripts of the page may run.
    pub(super) fn has_javascript(&self) -> bool {
        self.scripts
    }

    /// Shows the page as `print` or as `screen`.
    pub(crate) fn emulate_media(&mut self, media: &str) {
        self.call("Emulation.setEmulatedMedia", json!({ "media": media }));
    }

    /// Does something that may lead to another page, and waits until that page has loaded.
    ///
    /// `leads_away` is what the page itself says of the link or button. A navigation that nothing announced, begun
    /// by a script, is noticed too.
    #[track_caller]
    pub(super) fn act(&mut self, leads_away: bool, act: impl FnOnce(&mut Self)) {
        let (document, downloads) = (self.seen.document.clone(), self.seen.downloads);
        act(self);
        // One round trip through the page: whatever the input has set off is known when it comes back.
        let answered = self.try_in_page("url", &Value::Null).is_ok();
        self.catch_up();
        if leads_away || self.seen.navigating || !answered || self.seen.document != document {
            self.wait("another page to load", |seen| {
                seen.downloads > downloads || seen.document != document && seen.loaded == seen.document
            });
        }
    }

    /// Waits until a document other than `before` has loaded.
    #[track_caller]
    fn arrive(&mut self, before: &str) {
        self.wait("another page to load", |seen| seen.document != before && seen.loaded == seen.document);
    }

    /// Waits for events until `done` says so.
    #[track_caller]
    fn wait(&mut self, what: &str, done: impl Fn(&Seen) -> bool) {
        let deadline = Deadline::from_now();
        self.catch_up();
        while !done(&self.seen) {
            match self.wire.next_event(deadline) {
                Ok(event) => self.seen.note(&event),
                Err(why) => self.fail(format_args!("waited for {what}: {why}")),
            }
        }
    }

    /// Waits until the page says yes: `op` is a function of `in_page.js` that answers a true value or not.
    ///
    /// With scripts on, the page itself waits for a change of its content; with scripts off only another page can
    /// change it, so the next load is waited for.
    #[track_caller]
    pub(super) fn wait_in_page(&mut self, op: &str, argument: &Value, what: &str) {
        let deadline = Deadline::from_now();
        loop {
            if self.try_in_page(op, argument).is_ok_and(|answer| answer == true) {
                return;
            }
            let waited = if self.scripts { self.wait_for_change(op, argument) } else { Err(Fault::TimedOut) };
            match waited {
                Ok(true) => return,
                // The page went away while it waited, or it runs no scripts: what comes next decides.
                Ok(false) | Err(Fault::Refused(_)) | Err(Fault::TimedOut) => match self.wire.next_event(deadline) {
                    Ok(event) => self.seen.note(&event),
                    Err(why) => self.fail(format_args!("waited for {what}: {why}")),
                },
                Err(why) => self.fail(format_args!("waited for {what}: {why}")),
            }
        }
    }

    fn wait_for_change(&mut self, op: &str, argument: &Value) -> Result<bool, Fault> {
        let argument = json!([op, argument]);
        self.try_in_page("changed", &argument).map(|answer| answer == true)
    }

    /// Calls a function of `in_page.js` and waits for its promise.
    #[track_caller]
    pub(super) fn in_page(&mut self, op: &str, argument: &Value) -> Value {
        self.try_in_page(op, argument).unwrap_or_else(|why| panic!("{op} in the page: {why}"))
    }

    fn try_in_page(&mut self, op: &str, argument: &Value) -> Result<Value, Fault> {
        self.evaluate(&format!("({IN_PAGE}).{op}({argument})"))
    }

    /// Evaluates an expression in the page. It works with scripts off too: it is the debugger's, not the page's.
    pub(super) fn evaluate(&mut self, expression: &str) -> Result<Value, Fault> {
        let question = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.wire.call("Runtime.evaluate", question)?;
        self.catch_up();
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(Fault::Refused(thrown["exception"]["description"].to_string())),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    #[track_caller]
    pub(super) fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.wire.call(method, params).unwrap_or_else(|why| panic!("{method}: {why}"));
        self.catch_up();
        answer
    }

    /// Takes note of all events that have arrived.
    pub(super) fn catch_up(&mut self) {
        for event in self.wire.take_events() {
            self.seen.note(&event);
        }
    }

    /// Fails the test with what a person would see.
    #[track_caller]
    pub(super) fn fail(&mut self, why: impl Display) -> ! {
        let (url, title, text) = (self.url(), self.title(), self.text());
        let complaints = self.seen.complaints.join("\n");
        panic!("{why}\n  at {url}\n  title: {title}\n  console: {complaints}\n  the page shows:\n{text}\n");
    }
}
