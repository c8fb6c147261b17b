//! An HTTP request that says more than its body does, as it is kept: a short head
//! of our own writing and then the body, byte for byte (`message/http`, RFC 9112).
//!
//! What stands in the address and in the headers (`PUT Flag/7`, `If-None-Exist`,
//! the FHIR version) must be there again when the message is read after a restart,
//! so it is part of what becomes durable. A body that says everything itself is
//! kept as it came, without a head: JSON and XML never begin with a letter.

use super::stu3::FhirVersion;

/// The longest head that is read, in bytes.
pub const REQUEST_HEAD_BYTES_MAX: usize = 4096;
const HEAD_END: &str = "\r\n\r\n";

/// The interactions that tell something (R4 §3.1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Create, or a bundle.
    Post,
    /// Update, or create under the sender's own id.
    Put,
    /// The resource is no more.
    Delete,
}

impl Method {
    const ALL: [Self; 3] = [Self::Post, Self::Put, Self::Delete];

    /// Its name in HTTP.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request says beside its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The interaction.
    pub method: Method,
    /// What it is about, below the server's address: `Flag/7`, `Flag?identifier=a|1`,
    /// `Flag`; empty for a bundle.
    pub target: String,
    /// The FHIR version that the content type names.
    pub version: Option<FhirVersion>,
    /// `If-None-Exist`: the condition of a conditional create.
    pub if_none_exist: Option<String>,
    /// What makes it another request than one of the same words: `X-Request-Id`, or
    /// when it came.
    pub told_apart_by: Option<String>,
}

impl Request {
    /// A bundle or a resource whose body says everything.
    #[must_use]
    pub fn plain() -> Self {
        Self { method: Method::Post, target: String::new(), version: None, if_none_exist: None, told_apart_by: None }
    }

    /// What is kept of this request with this body.
    #[must_use]
    pub fn kept(&self, body: &[u8]) -> Vec<u8> {
        if *self == Self::plain() {
            return body.to_vec();
        }
        let mut head = format!("{} /{} HTTP/1.1", self.method.name(), one_line(&self.target));
        let version = self.version.map(|version| version.name().to_owned());
        let headers =
            [(VERSION, version), (CONDITION, self.if_none_exist.clone()), (APART, self.told_apart_by.clone())];
        for (name, value) in headers {
            if let Some(value) = value {
                head.push_str(&format!("\r\n{name}: {}", one_line(&value)));
            }
        }
        head.push_str(HEAD_END);
        let mut kept = head.into_bytes();
        kept.extend_from_slice(body);
        kept
    }

    /// The request and where its body begins, where these bytes have such a head.
    #[must_use]
    pub fn of_kept(kept: &[u8]) -> Option<(Self, usize)> {
        let method = Method::ALL.into_iter().find(|method| kept.starts_with(method.name().as_bytes()))?;
        let bounded = kept.get(..kept.len().min(REQUEST_HEAD_BYTES_MAX))?;
        let end = bounded.windows(HEAD_END.len()).position(|window| window == HEAD_END.as_bytes())?;
        let head = std::str::from_utf8(kept.get(..end)?).ok()?;
        let mut lines = head.split("\r\n");
        let (target, protocol) = lines.next()?.strip_prefix(method.name())?.strip_prefix(" /")?.rsplit_once(' ')?;
        if protocol != "HTTP/1.1" {
            return None;
        }
        let mut request = Self { method, target: target.to_owned(), ..Self::plain() };
        for line in lines {
            match line.split_once(": ")? {
                (VERSION, name) => request.version = Some(FhirVersion::of_name(name)?),
                (CONDITION, condition) => request.if_none_exist = Some(condition.to_owned()),
                (APART, what) => request.told_apart_by = Some(what.to_owned()),
                _ => return None,
            }
        }
        Some((request, end + HEAD_END.len()))
    }
}

const VERSION: &str = "FHIR-Version";
const CONDITION: &str = "If-None-Exist";
const APART: &str = "X-Request-Id";

/// A header's value never holds a line's end: HTTP lets none through, and none is written.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_that_says_everything_is_kept_as_it_came() {
        assert_eq!(Request::plain().kept(b"{}"), b"{}");
        assert_eq!(Request::of_kept(b"{}"), None);
        assert_eq!(Request::of_kept(b"<Patient/>"), None);
    }

    #[test]
    fn a_head_is_what_http_itself_would_have_said() {
        let request = Request {
            method: Method::Put,
            target: "Flag/7".into(),
            version: Some(FhirVersion::Stu3),
            told_apart_by: Some("r-1".into()),
            ..Request::plain()
        };
        let kept = request.kept(b"{\"a\":1}");
        assert_eq!(
            String::from_utf8(kept).unwrap(),
            "PUT /Flag/7 HTTP/1.1\r\nFHIR-Version: 3.0\r\nX-Request-Id: r-1\r\n\r\n{\"a\":1}"
        );
    }

    #[test]
    fn a_head_longer_than_heads_may_be_is_none() {
        let target = |length: usize| Request { target: "a".repeat(length), ..Request::plain() };
        let around = target(0).kept(b"").len();
        let longest = target(REQUEST_HEAD_BYTES_MAX - b"POST / HTTP/1.1\r\n\r\n".len());
        assert_eq!(around, 0, "a request without a target is plain");
        assert!(Request::of_kept(&longest.kept(b"{}")).is_some());
        let longer = target(REQUEST_HEAD_BYTES_MAX - b"POST / HTTP/1.1\r\n\r\n".len() + 1);
        assert!(Request::of_kept(&longer.kept(b"{}")).is_none());
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_back(put in any::<bool>(), target in "[ -~é]{1,30}", condition in proptest::option::of("[ -~]{1,20}"),
            apart in proptest::option::of("[!-~]{1,9}"), stu3 in any::<bool>(), body in proptest::collection::vec(any::<u8>(), 0..40)) {
            let request = Request {
                method: if put { Method::Put } else { Method::Post },
                target,
                version: Some(if stu3 { FhirVersion::Stu3 } else { FhirVersion::R4 }),
                if_none_exist: condition,
                told_apart_by: apart,
            };
            let kept = request.kept(&body);
            let (read, at) = Request::of_kept(&kept).unwrap();
            prop_assert_eq!(read, request);
            prop_assert_eq!(&kept[at..], &body[..]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), head in "(POST|PUT|DELETE) /[a-z\r\n :]{0,20}") {
            let _ = Request::of_kept(&[head.as_bytes(), &bytes].concat());
        }
    }
}
