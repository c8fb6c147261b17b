//! What surrounds every request: its number, and the headers that keep its answer
//! where it belongs.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::answers::{RequestId, page};
use crate::pages::problem::Problem;
use crate::state::Rooms;

/// Gives the request a number where whoever serves the pages gave none, and lets
/// no panic out.
pub(crate) async fn number(State(rooms): State<Arc<Rooms>>, mut request: Request, next: Next) -> Response {
    let given = request.extensions().get::<RequestId>().cloned();
    let id = given.unwrap_or_else(|| RequestId::new(&rooms.chance));
    request.extensions_mut().insert(id.clone());
    carried_through(next.run(request).in_current_span()).await.unwrap_or_else(|| {
        tracing::error!("a page did not work");
        page(StatusCode::INTERNAL_SERVER_ERROR, &Problem::failed(rooms.signed_out_frame(), &id.reference()))
    })
}

/// Carries a request through although whoever asked has gone: what was begun on
/// the desk is finished, not dropped in the middle. `None` where it panicked.
async fn carried_through(answer: impl Future<Output = Response> + Send + 'static) -> Option<Response> {
    tokio::spawn(answer).await.ok()
}

/// Keeps pages out of caches, frames and other people's hands.
pub(crate) async fn protect(State(rooms): State<Arc<Rooms>>, request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/static/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    put(headers, header::CONTENT_SECURITY_POLICY, &content_policy(&rooms));
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "same-origin");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if rooms.config.secure_cookies {
        put(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if !is_asset {
        put(headers, header::CACHE_CONTROL, "no-store");
    }
    response
}

fn content_policy(rooms: &Rooms) -> String {
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
        origin(&rooms.config.issuer)
    )
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after_scheme..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| after_scheme + at);
    url.get(..end).unwrap_or_default()
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_is_told_from_one_that_answers() {
        assert!(carried_through(async { Response::default() }).await.is_some());
        assert!(carried_through(async { panic!("made up") }).await.is_none());
    }

    #[test]
    fn an_origin_is_what_stands_before_the_path() {
        assert_eq!(origin("http://127.0.0.1:4000/demo-identity"), "http://127.0.0.1:4000");
        assert_eq!(origin("https://id.example"), "https://id.example");
    }
}
