//! What went wrong, what to do, and a reference for whoever helps.

use askama::Template;

use super::parts::Frame;

/// A page that is not the one that was asked for.
#[derive(Clone, Debug, Template)]
#[template(path = "problem.html")]
pub(crate) struct Problem {
    frame: Frame,
    heading: &'static str,
    explanation: Vec<String>,
    ways: Vec<(&'static str, String)>,
    reference: Option<String>,
}

const FIND: &str = "Find a person";

impl Problem {
    /// 403: names what is missing and who grants it.
    pub(crate) fn forbidden(frame: Frame, missing: &str, granted_by: &str, reference: &str) -> Self {
        let explanation = vec![format!("This page needs {missing}. {granted_by} can grant it.")];
        Self::new(frame, "You cannot see this page", explanation, Some(reference))
    }

    /// 404.
    pub(crate) fn not_found(frame: Frame, reference: &str) -> Self {
        let explanation = vec!["The address may be mistyped, or belong to a record that is no longer open.".to_owned()];
        Self::new(frame, "Page not found", explanation, Some(reference)).with_way(FIND, "/find")
    }

    /// 500.
    pub(crate) fn failed(frame: Frame, reference: &str) -> Self {
        let explanation = vec!["Something went wrong here. What you opened before is recorded; try again.".to_owned()];
        Self::new(frame, "This page did not work", explanation, Some(reference)).with_way(FIND, "/find")
    }

    /// 503: a look could not be recorded, so nothing clinical is shown.
    pub(crate) fn unavailable(frame: Frame, reference: &str) -> Self {
        let explanation = vec![
            "A look at a record could not be stored, so nothing is shown. Nothing is wrong with the record itself."
                .to_owned(),
            "Try again in a minute. Until then, call the organisations that care for the person.".to_owned(),
        ];
        Self::new(frame, "Records cannot be shown safely at the moment", explanation, Some(reference))
    }

    /// 403: a form that was made for another page, person or session.
    pub(crate) fn foreign_form(frame: Frame, reference: &str) -> Self {
        let explanation = vec![
            "The page that you sent is out of date, or belongs to another person or session. Nothing was changed."
                .to_owned(),
            "Go back to the page and load it again.".to_owned(),
        ];
        Self::new(frame, "This form can no longer be used", explanation, Some(reference)).with_way(FIND, "/find")
    }

    /// The session has ended.
    pub(crate) fn session_ended(frame: Frame) -> Self {
        let explanation = vec!["Sign in again to go on. Nothing that you had open can be seen until then.".to_owned()];
        Self::new(frame, "Your session has ended", explanation, None).with_way("Sign in", "/")
    }

    /// This page belongs to a person who is no longer the open one.
    pub(crate) fn another_person_open(frame: Frame, open_href: String) -> Self {
        let explanation = vec![
            "You have opened another person's record in this session.".to_owned(),
            "One record is open at a time, so that nothing is read or written for the wrong person.".to_owned(),
        ];
        let page = Self::new(frame, "This record is no longer open", explanation, None);
        page.with_way("Go to the record that is open", &open_href).with_way(FIND, "/find")
    }

    fn new(frame: Frame, heading: &'static str, explanation: Vec<String>, reference: Option<&str>) -> Self {
        Self { frame, heading, explanation, ways: Vec::new(), reference: reference.map(str::to_owned) }
    }

    fn with_way(mut self, words: &'static str, href: &str) -> Self {
        self.ways.push((words, href.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn an_error_says_what_to_do_and_gives_a_reference() {
        let html = Problem::unavailable(made_up::frame(), "7F3A-22C1").to_string();
        assert!(html.contains("Records cannot be shown safely at the moment"));
        assert!(html.contains("7F3A-22C1") && html.contains("0300 000 0000"));
    }

    #[test]
    fn another_open_person_is_not_named() {
        let html = Problem::another_person_open(made_up::frame(), "/record/b".into()).to_string();
        assert!(html.contains("You have opened another person&#39;s record in this session."));
        assert!(!html.contains("OKAFOR"));
    }
}
