//! What every form that changes something carries, and what is wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

/// The hidden field that binds a form to its session, person and page.
#[derive(Clone, Debug, Template)]
#[template(source = r#"<input type="hidden" name="form" value="{{ token }}">"#, ext = "html")]
pub(crate) struct ServerForm {
    /// Made by the server, worth nothing elsewhere.
    pub(crate) token: String,
}

impl HtmlSafe for ServerForm {}

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The id of the field.
    pub(crate) field: &'static str,
    /// What is wrong and what to do.
    pub(crate) words: String,
}

/// The words of the error at a field, if it has one.
pub(crate) fn error_at<'a>(errors: &'a [FieldError], field: &str) -> Option<&'a str> {
    errors.iter().find(|error| error.field == field).map(|error| error.words.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_found_by_its_field() {
        let errors = [FieldError { field: "nhs-number", words: "Check the number".into() }];
        assert_eq!(error_at(&errors, "nhs-number"), Some("Check the number"));
        assert_eq!(error_at(&errors, "postcode"), None);
    }
}
