use axum::http::{HeaderMap, HeaderValue, header};

/// The longest cookie value that is looked at, in characters: ours have 64.
const VALUE_LENGTH_MAX: usize = 64;

/// A cookie of ours. Each is a secret: no script reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session. It comes along only when our own pages ask.
    Session,
    /// Binds a sign-in under way to this browser. It must come along when the
    /// provider sends the browser back, so it is lax and short-lived.
    SignIn,
}

impl Cookie {
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-cc",
            (Self::Session, false) => "cc",
            (Self::SignIn, true) => "__Host-cc-sign-in",
            (Self::SignIn, false) => "cc-sign-in",
        }
    }

    /// Its value in a request, where there is one that could be ours.
    pub(crate) fn read(self, headers: &HeaderMap, secure: bool) -> Option<String> {
        let wanted = self.name(secure);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut values = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = values.find(|(name, _)| *name == wanted)?;
        let is_ours = value.len() == VALUE_LENGTH_MAX && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_ours.then(|| value.to_owned())
    }

    /// The header that sets it.
    pub(crate) fn set(self, value: &str, secure: bool) -> Option<HeaderValue> {
        let life = match self {
            Self::Session => "; SameSite=Strict".to_owned(),
            Self::SignIn => format!("; SameSite=Lax; Max-Age={}", store::SIGN_IN_MINUTES * 60),
        };
        self.line(value, &life, secure)
    }

    /// The header that removes it.
    pub(crate) fn remove(self, secure: bool) -> Option<HeaderValue> {
        self.line("", "; SameSite=Strict; Max-Age=0", secure)
    }

    fn line(self, value: &str, life: &str, secure: bool) -> Option<HeaderValue> {
        let secure_word = if secure { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly{secure_word}{life}", self.name(secure));
        HeaderValue::from_str(&line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(line: &str) -> HeaderMap {
        [(header::COOKIE, HeaderValue::from_str(line).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_session_travels_over_tls_and_to_our_own_pages_alone() {
        let line = Cookie::Session.set("ab", true).unwrap();
        assert_eq!(line, "__Host-cc=ab; Path=/; HttpOnly; Secure; SameSite=Strict");
        assert_eq!(Cookie::Session.set("ab", false).unwrap(), "cc=ab; Path=/; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn only_a_value_that_we_could_have_given_is_read() {
        let value = "0f".repeat(32);
        let read = |line: &str| Cookie::Session.read(&sent(line), false);
        assert_eq!(read(&format!("other=1; cc={value}")), Some(value.clone()));
        assert_eq!(read("cc=short"), None);
        assert_eq!(read(&format!("xcc={value}")), None);
        assert_eq!(read(&format!("cc={}g", "0".repeat(63))), None);
        assert_eq!(Cookie::Session.read(&sent(&format!("cc={value}")), true), None, "the prefix is part of the name");
    }
}
