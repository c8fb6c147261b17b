//! What the browser's events have told about a page: which document it shows, and what came over the network.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request of the current document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) url: String,
    /// HTTP status, 0 until there is an answer.
    pub(crate) status: u64,
    /// Names in lower case. A header sent twice is joined by a line feed.
    pub(crate) headers: BTreeMap<String, String>,
    /// Bytes on the wire, headers included, as compressed.
    pub(crate) bytes: u64,
}

/// The state of one page, as told by events alone.
#[derive(Default)]
pub(crate) struct Seen {
    /// The main frame's id.
    pub(crate) frame: String,
    /// The id of the document shown.
    pub(crate) document: String,
    /// The id of the document whose load event has fired.
    pub(crate) loaded: String,
    /// A navigation of the main frame has been asked for and not yet shown.
    pub(crate) navigating: bool,
    /// How many downloads have begun.
    pub(crate) downloads: usize,
    /// Requests by id, of the document shown or being fetched.
    pub(crate) requests: BTreeMap<String, Request>,
    /// What the console, the policy checks and failing scripts said since the document was fetched.
    pub(crate) complaints: Vec<String>,
}

impl Seen {
    /// Takes note of one event.
    pub(crate) fn note(&mut self, event: &Value) {
        let about = &event["params"];
        match text(&event["method"]) {
            "Page.frameNavigated" if about["frame"].get("parentId").is_none() => self.note_document(about),
            "Page.frameRequestedNavigation" | "Page.frameStartedNavigating" if about["frameId"] == *self.frame => {
                self.navigating = true;
            }
            "Page.navigatedWithinDocument" if about["frameId"] == *self.frame => self.navigating = false,
            "Page.lifecycleEvent" if about["name"] == "load" && about["frameId"] == *self.frame => {
                self.loaded = text(&about["loaderId"]).to_owned();
            }
            "Page.downloadWillBegin" => {
                self.downloads += 1;
                self.navigating = false;
            }
            "Log.entryAdded" => {
                let entry = &about["entry"];
                if matches!(text(&entry["level"]), "error" | "warning") {
                    self.complaints.push(format!("{} {}", text(&entry["text"]), text(&entry["url"])));
                }
            }
            "Runtime.exceptionThrown" => {
                let details = &about["exceptionDetails"];
                self.complaints.push(format!("{} {}", text(&details["text"]), details["exception"]["description"]));
            }
            method => self.note_network(method, about),
        }
    }

    /// The request that fetched the document shown.
    pub(crate) fn document_request(&self) -> Option<&Request> {
        self.requests.get(&self.document)
    }

    fn note_document(&mut self, about: &Value) {
        let frame = &about["frame"];
        self.frame = text(&frame["id"]).to_owned();
        self.document = text(&frame["loaderId"]).to_owned();
        self.navigating = false;
        // A page from the back-forward cache is complete at once and fires no load event.
        if about["type"] == "BackForwardCacheRestore" {
            self.loaded.clone_from(&self.document);
        }
    }

    fn note_network(&mut self, method: &str, about: &Value) {
        let id = text(&about["requestId"]).to_owned();
        match method {
            "Network.requestWillBeSent" => {
                // The main document's request carries the id of its document; what went before belongs to the last one.
                let is_new_document = about["loaderId"] == *id && about["frameId"] == *self.frame;
                if is_new_document && about.get("redirectResponse").is_none() {
                    self.requests.clear();
                    self.complaints.clear();
                }
                let request = self.requests.entry(id).or_default();
                text(&about["request"]["url"]).clone_into(&mut request.url);
                request.bytes += about["redirectResponse"]["encodedDataLength"].as_f64().unwrap_or(0.0) as u64;
            }
            "Network.responseReceived" => {
                let request = self.requests.entry(id).or_default();
                request.status = about["response"]["status"].as_u64().unwrap_or(0);
                for (name, value) in headers(&about["response"]["headers"]) {
                    request.headers.entry(name).or_insert(value);
                }
            }
            // The same headers as sent, cookies among them. A redirect's come first and are replaced.
            "Network.responseReceivedExtraInfo" => {
                let request = self.requests.entry(id).or_default();
                request.headers = headers(&about["headers"]).collect();
            }
            "Network.loadingFinished" => {
                let bytes = about["encodedDataLength"].as_f64().unwrap_or(0.0) as u64;
                self.requests.entry(id).or_default().bytes += bytes;
            }
            _ => {}
        }
    }
}

fn headers(of: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    of.as_object().into_iter().flatten().map(|(name, value)| (name.to_ascii_lowercase(), text(value).to_owned()))
}

/// The text of a JSON string, or nothing.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
