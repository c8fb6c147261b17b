//! What a person does: click, type, choose, press a key.

use serde_json::{Value, json};

use super::page::Page;
use super::seen::text;

/// A key by name, with the code and the text that the browser wants to be told: name, key, code, number, text.
const KEYS: &[(&str, &str, &str, u32, &str)] = &[
    ("Enter", "Enter", "Enter", 13, "\r"),
    ("Tab", "Tab", "Tab", 9, ""),
    ("Space", " ", "Space", 32, " "),
    ("Escape", "Escape", "Escape", 27, ""),
    ("Up", "ArrowUp", "ArrowUp", 38, ""),
    ("Down", "ArrowDown", "ArrowDown", 40, ""),
    ("Left", "ArrowLeft", "ArrowLeft", 37, ""),
    ("Right", "ArrowRight", "ArrowRight", 39, ""),
    ("Home", "Home", "Home", 36, ""),
    ("End", "End", "End", 35, ""),
];

/// The protocol's bit for the shift key.
const SHIFT: u32 = 8;

impl Page {
    /// Clicks the one link, button, label or summary with these words: all of its words, or else part of them.
    #[track_caller]
    pub(crate) fn click_text(&mut self, words: &str) {
        let place = self.in_page("clickText", &json!(words));
        self.click_at(&place);
    }

    /// Clicks the one visible element that a CSS selector finds.
    #[track_caller]
    pub(crate) fn click(&mut self, css: &str) {
        let place = self.in_page("clickCss", &json!(css));
        self.click_at(&place);
    }

    /// Types into the field with this label, in place of what it holds.
    #[track_caller]
    pub(crate) fn fill(&mut self, label: &str, value: &str) {
        let place = self.in_page("field", &json!(label));
        self.click_at(&place);
        self.in_page("selectAll", &json!(label));
        if value.is_empty() {
            self.key("Delete", "Delete", 46, "", 0);
        } else {
            self.call("Input.insertText", json!({ "text": value }));
        }
        let held = self.in_page("value", &json!(label));
        if text(&held) != value {
            self.fail(format_args!("the field “{label}” took “{}” instead of “{value}”", text(&held)));
        }
    }

    /// Chooses the radio button or tick box with this label.
    #[track_caller]
    pub(crate) fn choose(&mut self, label: &str) {
        self.choose_where(&json!([label]));
    }

    /// The same where two questions offer the same answer: `question` is the legend, or part of it.
    #[track_caller]
    pub(crate) fn choose_in(&mut self, question: &str, label: &str) {
        self.choose_where(&json!([label, question]));
    }

    /// Picks an option of a list by its words.
    #[track_caller]
    pub(crate) fn select(&mut self, label: &str, option: &str) {
        let problem = self.in_page("select", &json!([label, option]));
        if !text(&problem).is_empty() {
            self.fail(text(&problem));
        }
    }

    /// Presses `Enter`, `Tab`, `Shift+Tab`, `Space`, `Escape`, an arrow (`Up` …), `Home` or `End`.
    #[track_caller]
    pub(crate) fn press(&mut self, key: &str) {
        let (modifiers, name) = key.strip_prefix("Shift+").map_or((0, key), |name| (SHIFT, name));
        let Some(&(_, key, code, number, typed)) = KEYS.iter().find(|k| k.0 == name) else {
            panic!("no key is called {name}");
        };
        let leads_away = self.in_page("leadsAwayByKey", &json!(name)) == true;
        self.act(leads_away, |page| page.key(key, code, number, typed, modifiers));
    }

    #[track_caller]
    fn choose_where(&mut self, which: &Value) {
        let place = self.in_page("choice", which);
        self.click_at(&place);
        if self.in_page("chosen", which) != true {
            self.fail(format_args!("{which} was clicked and is not chosen"));
        }
    }

    #[track_caller]
    fn click_at(&mut self, place: &Value) {
        if let Some(error) = place["error"].as_str() {
            self.fail(error);
        }
        let (x, y) = (&place["x"], &place["y"]);
        self.act(place["leadsAway"] == true, |page| {
            page.call("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
            for kind in ["mousePressed", "mouseReleased"] {
                let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
                page.call("Input.dispatchMouseEvent", event);
            }
        });
    }

    #[track_caller]
    fn key(&mut self, key: &str, code: &str, number: u32, typed: &str, modifiers: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers,
            });
            if kind == "keyDown" && !typed.is_empty() {
                event["text"] = json!(typed);
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }
}
