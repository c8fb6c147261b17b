//! What surrounds every HTTP request of every listener: its number, its line in
//! the log and its place in what is measured. Of an address only the route is
//! told, as it stands in the table; of the sender's words nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use record::Chance;
use tokio::time::Instant;
use tracing::Instrument as _;
use viewer::RequestId;

/// The header under which an answer carries its request's number. It is never
/// read from a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The route of an address that is in no table.
const NO_ROUTE: &str = "none";

/// A listener by its name: `staff`, `machines`, `demo-sign-in`.
#[derive(Clone)]
pub(crate) struct Listening {
    pub(crate) name: &'static str,
    pub(crate) chance: Chance,
}

impl Listening {
    /// The router with everything of this file around it.
    pub(crate) fn around(self, router: Router) -> Router {
        router.layer(from_fn_with_state(Arc::new(self), surround))
    }
}

async fn surround(State(listening): State<Arc<Listening>>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(&listening.chance);
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let (listener, method) = (listening.name, method(request.method()));
    // At the level of errors, so that what is logged at any level carries it.
    let span = tracing::error_span!("request", request = id.as_str(), listener, method, route);
    request.extensions_mut().insert(id.clone());
    let under_way = span.in_scope(|| UnderWay::begin(listener, method, route));
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| under_way.answered(response.status()));
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A method by its name; one that a sender made up has none.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "other",
    }
}

/// A request that is being answered. Dropped before it was: whoever asked has gone.
struct UnderWay {
    listener: &'static str,
    method: &'static str,
    route: String,
    began: Instant,
    span: tracing::Span,
    is_answered: bool,
}

impl UnderWay {
    fn begin(listener: &'static str, method: &'static str, route: String) -> Self {
        metrics::gauge!("connect_care_http_requests_under_way", "listener" => listener).increment(1.0);
        let span = tracing::Span::current();
        Self { listener, method, route, began: Instant::now(), span, is_answered: false }
    }

    fn answered(mut self, status: StatusCode) {
        self.is_answered = true;
        let duration = self.began.elapsed();
        let duration_ms = duration.as_secs_f64() * 1_000.0;
        tracing::info!(status = status.as_u16(), duration_ms, "answered");
        metrics::histogram!("connect_care_http_request_seconds", "listener" => self.listener, "route" => self.route.clone())
            .record(duration.as_secs_f64());
        self.count(status.as_str().to_owned());
    }

    fn count(&self, status: String) {
        let (listener, method, route) = (self.listener, self.method, self.route.clone());
        metrics::counter!("connect_care_http_requests_total", "listener" => listener, "method" => method, "route" => route, "status" => status)
            .increment(1);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        metrics::gauge!("connect_care_http_requests_under_way", "listener" => self.listener).decrement(1.0);
        if !self.is_answered {
            self.span.in_scope(|| tracing::info!("whoever asked went away before the answer"));
            self.count("gone".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(request: Request) -> Response {
        let listening = Listening { name: "staff", chance: Chance::new(|bytes| bytes.fill(0xab)) };
        let router = Router::new().route(
            "/{name}",
            get(async |request: Request| {
                request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default()
            }),
        );
        listening.around(router).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_request_has_a_number_of_our_own_and_its_answer_carries_it() {
        let request = Request::get("/a").header(REQUEST_ID, "made-up").body(Body::empty()).unwrap();
        let response = ask(request).await;
        assert_eq!(response.headers()[REQUEST_ID], "abababababababab");
        let body = axum::body::to_bytes(response.into_body(), 64).await.unwrap();
        assert_eq!(&body[..], b"abababababababab", "handlers are given the same");
    }

    #[tokio::test]
    async fn what_is_in_no_table_has_a_number_too() {
        let response = ask(Request::get("/a/b/c").body(Body::empty()).unwrap()).await;
        assert_eq!((response.status().as_u16(), response.headers().contains_key(REQUEST_ID)), (404, true));
    }

    #[test]
    fn a_made_up_method_is_not_repeated() {
        assert_eq!(method(&Method::from_bytes(b"OKAFOR").unwrap()), "other");
        assert_eq!(method(&Method::GET), "GET");
    }
}
