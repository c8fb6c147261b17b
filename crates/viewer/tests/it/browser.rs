//! A browser without scripts: cookies, links and forms.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use record::Role;
use tower::ServiceExt as _;

use crate::world::World;

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    /// The hidden field of the form that goes to this address.
    pub fn token(&self, action: &str) -> String {
        let form = self.body.split(&format!("action=\"{action}\"")).nth(1).unwrap_or_else(|| panic!("{self:?}"));
        between(form, "name=\"form\" value=\"", "\"").to_owned()
    }

    /// Every address that the page leads to.
    pub fn links(&self) -> Vec<String> {
        let hrefs = self.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        hrefs.map(|href| href.replace("&amp;", "&")).collect()
    }

    pub fn sees(&self, words: &str) {
        assert!(self.body.contains(words), "{words:?} is not on the page:\n{}", self.body);
    }

    pub fn does_not_see(&self, words: &str) {
        assert!(!self.body.contains(words), "{words:?} is on the page:\n{}", self.body);
    }
}

pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_else(|| panic!("no {from:?} in {text}"))
}

pub struct Browser<'a> {
    pub world: &'a World,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(world: &'a World) -> Self {
        Self { world, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = Request::get(path);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encoded(fields))).unwrap()).await
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Page {
        let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !line.is_empty() {
            request.headers_mut().insert(header::COOKIE, line.join("; ").parse().unwrap());
        }
        let page = ask(&self.world.app, request).await;
        for set in page.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }

    /// Chooses a persona at the provider; the address to which it sends the browser back.
    pub async fn choose_persona(&mut self, role: Role, authorize_url: &str) -> String {
        let query = authorize_url.split_once('?').unwrap().1;
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            fields.push((name.to_owned(), value.to_owned()));
        }
        let mut body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        body.push(format!("subject={}", role.code()));
        let path = authorize_url.split_once("://").unwrap().1.split_once('/').unwrap().1.split('?').next().unwrap();
        let request = Request::post(format!("/{path}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        let sent_back = ask(&self.world.provider, request).await;
        let location = sent_back.location().to_owned();
        let path = location.strip_prefix(crate::world::PUBLIC_URL).unwrap_or_else(|| panic!("{sent_back:?}"));
        path.to_owned()
    }

    /// Signs in as somebody of this role.
    pub async fn sign_in(&mut self, role: Role) -> Page {
        let to_provider = self.post("/sign-in", &[]).await;
        assert_eq!(to_provider.status, 303, "{}", to_provider.body);
        let back = self.choose_persona(role, to_provider.location()).await;
        self.get(&back).await
    }

    /// Finds somebody by NHS number; the address of their opening.
    pub async fn find(&mut self, number: &str) -> String {
        let form = self.get("/find").await;
        let found = self.post("/find", &[("form", &form.token("/find")), ("nhs_number", number)]).await;
        assert_eq!(found.status, 303, "{}", found.body);
        found.location().strip_suffix("/permission").unwrap().to_owned()
    }

    /// Answers the question about permission.
    pub async fn answer(&mut self, base: &str, answer: &str) -> Page {
        let to = format!("{base}/permission");
        let asked = self.get(&to).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        self.post(&to, &[("form", &asked.token(&to)), ("answer", answer)]).await
    }

    /// Finds somebody, who says yes; the address of their opening.
    pub async fn open(&mut self, number: &str) -> String {
        let base = self.find(number).await;
        let opened = self.answer(&base, "yes").await;
        assert_eq!((opened.status, opened.location()), (303, base.as_str()), "{}", opened.body);
        base
    }
}

pub async fn ask(app: &Router, request: Request<Body>) -> Page {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 8 * 1024 * 1024).await.unwrap();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Page { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        text.bytes().map(|b| if unreserved(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", {
                let v: String = encode(value);
                v
            })
        })
        .collect();
    pairs.join("&")
}
