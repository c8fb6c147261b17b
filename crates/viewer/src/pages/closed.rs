//! Why a record does not open.

use askama::Template;

use super::parts::{Banner, Frame};

/// A record that does not open.
#[derive(Clone, Debug, Template)]
#[template(path = "closed.html")]
pub(crate) struct Closed {
    frame: Frame,
    banner: Option<Banner>,
    heading: String,
    explanation: Vec<String>,
    next: Option<(String, String)>,
}

impl Closed {
    /// The person opted out. Emergency access is not offered: it would not open either.
    pub(crate) fn opted_out(frame: Frame, banner: impl Into<Option<Banner>>) -> Self {
        Self::new(
            frame,
            banner,
            "This person has chosen not to share",
            &[
                "This record cannot be opened here, in an emergency either.",
                "Each organisation still keeps its own record of the person. If you need something, ask the person, or call the organisation.",
            ],
        )
    }

    /// A restricted record.
    pub(crate) fn restricted(frame: Frame, banner: impl Into<Option<Banner>>) -> Self {
        Self::new(
            frame,
            banner,
            "This record is restricted",
            &[
                "It cannot be opened here. If you are caring for this person, call the privacy officer of your organisation.",
            ],
        )
    }

    /// The general practice recorded that the person does not agree to sharing.
    pub(crate) fn dissent(frame: Frame, banner: impl Into<Option<Banner>>) -> Self {
        Self::new(
            frame,
            banner,
            "The person told their GP practice that they do not want to share",
            &["This record cannot be opened here. If the person wants to change that, they tell their GP practice."],
        )
    }

    /// The role opens no records.
    pub(crate) fn role_may_not(frame: Frame, role: &str) -> Self {
        let explanation = vec![
            format!("You are signed in as: {role}. Records open only for roles that care for people directly."),
            "If you also have another role, sign out and sign in with that one.".to_owned(),
        ];
        Self { frame, banner: None, heading: "Your role cannot open records".into(), explanation, next: None }
    }

    /// The person said no, just now.
    pub(crate) fn said_no(frame: Frame, banner: Banner, called: &str, permission_href: String) -> Self {
        let words = format!("{called} said no. That is noted, with your name and the time. Nothing else happens.");
        let mut page = Self::new(frame, banner, "The record stays closed", &[&words]);
        page.next = Some((format!("{called} has changed their mind"), permission_href));
        page
    }

    /// Any other refusal, in its own words.
    pub(crate) fn refused(frame: Frame, words: &str, reference: &str) -> Self {
        let quote = format!("Reference {reference}.");
        Self::new(frame, None, "This record cannot be opened", &[words, &quote])
    }

    fn new(frame: Frame, banner: impl Into<Option<Banner>>, heading: &str, explanation: &[&str]) -> Self {
        Self {
            frame,
            banner: banner.into(),
            heading: heading.to_owned(),
            explanation: explanation.iter().map(|words| (*words).to_owned()).collect(),
            next: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn an_opted_out_record_offers_no_way_in() {
        let html = Closed::opted_out(made_up::frame(), made_up::banner_before_permission()).to_string();
        assert!(html.contains("This person has chosen not to share"));
        assert!(html.contains("This record cannot be opened here"));
        assert!(!html.contains("/emergency") && !html.to_lowercase().contains("allerg"));
    }

    #[test]
    fn after_a_no_the_question_can_be_asked_again() {
        let page = Closed::said_no(
            made_up::frame(),
            made_up::banner_before_permission(),
            "Addy",
            "/record/a/permission".into(),
        );
        assert!(page.to_string().contains(r#"<a href="/record/a/permission">Addy has changed their mind</a>"#));
    }
}
