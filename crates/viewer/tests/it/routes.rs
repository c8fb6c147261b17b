use axum::body::Body;
use axum::http::{Request, header};
use record::Role;
use viewer::{Needs, ROUTES, Route};

use crate::browser::{Browser, Page, ask};
use crate::world::World;

/// An address of this route with made-up parts.
fn address(route: &Route) -> String {
    route
        .path
        .replace("{handle}", &"a".repeat(32))
        .replace("{test}", &"0".repeat(16))
        .replace("{letter}", "1")
        .replace("{item}", "1")
}

async fn knock(browser: &mut Browser<'_>, route: &Route, token: &str) -> Page {
    match route.method {
        "GET" => browser.get(&address(route)).await,
        "POST" => browser.post(&address(route), &[("form", token)]).await,
        other => panic!("{other}"),
    }
}

fn guarded() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.needs != Needs::Nothing)
}

#[test]
fn only_the_way_in_is_open_to_anybody() {
    let open: Vec<_> = ROUTES.iter().filter(|route| route.needs == Needs::Nothing).map(|route| route.path).collect();
    assert_eq!(open, ["/", "/static/{name}", "/sign-in", "/sign-in/return"]);
}

#[tokio::test]
async fn nobody_gets_further_than_the_way_in() {
    let world = World::new().await;
    for route in guarded() {
        let page = knock(&mut world.browser(), route, "").await;
        match route.method {
            "GET" => assert_eq!((page.status, page.location()), (303, "/"), "{}", route.path),
            _ => assert_eq!(page.status, 401, "{}", route.path),
        }
    }
}

#[tokio::test]
async fn a_session_that_is_none_is_told_that_it_ended() {
    let world = World::new().await;
    for route in guarded() {
        let mut browser = world.browser();
        browser.cookies.insert("cc".to_owned(), "0".repeat(64));
        let page = knock(&mut browser, route, "").await;
        assert_eq!(page.status, 401, "{}", route.path);
        page.sees("Your session has ended");
    }
}

#[tokio::test]
async fn a_role_without_the_right_is_refused_at_every_route() {
    let world = World::new().await;
    let policy = access::Policy::shipped().unwrap();
    for role in Role::ALL {
        let mut browser = world.signed_in(*role).await;
        for route in guarded() {
            let may = match route.needs {
                Needs::OpensRecords => policy.may_open_record(*role),
                Needs::ReviewsLog => policy.may_review_log(*role),
                Needs::Administers => policy.may_administer(*role),
                Needs::DecidesWhoIsWho => policy.may_decide_links(*role),
                Needs::Nothing | Needs::Session => continue,
            };
            if may {
                continue;
            }
            let home = if policy.may_open_record(*role) { "/find" } else { "/who-looked" };
            let token = token(browser.get(home).await);
            let page = knock(&mut browser, route, &token).await;
            assert_eq!(page.status, 403, "{role:?} {} {}", route.method, route.path);
            assert!(page.body.contains("cannot open records") || page.body.contains("You cannot see this page"));
        }
    }
}

fn token(page: Page) -> String {
    page.token("/sign-out")
}

#[tokio::test]
async fn every_answer_keeps_itself_out_of_caches_and_frames() {
    let world = World::new().await;
    for route in ROUTES {
        let page = knock(&mut world.browser(), route, "").await;
        let said = |name: &str| page.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let policy = said("content-security-policy");
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' http://"] {
            assert!(policy.contains(rule), "{} {policy}", route.path);
        }
        assert_eq!(said("x-content-type-options"), "nosniff");
        assert_eq!(said("referrer-policy"), "same-origin");
        assert_eq!(said("cross-origin-opener-policy"), "same-origin");
        if !route.path.starts_with("/static/") {
            assert_eq!(said("cache-control"), "no-store", "{}", route.path);
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_in_the_table_is_a_page_with_a_reference() {
    let world = World::new().await;
    for path in ["/nowhere", "/record", "/record/a/b/c/d", "/static/../secret", "/.env"] {
        let page = world.browser().get(path).await;
        assert_eq!(page.status, 404, "{path}");
        page.sees("Page not found");
        page.sees("Reference ");
    }
    let request = Request::delete("/find").body(Body::empty()).unwrap();
    assert_eq!(ask(&world.app, request).await.status, 404);
}

#[tokio::test]
async fn a_stylesheet_is_kept_and_asked_for_again_by_its_tag() {
    let world = World::new().await;
    let sheet = world.browser().get("/static/connect-care.css").await;
    assert_eq!(sheet.status, 200);
    let tag = sheet.headers[header::ETAG].clone();
    let again =
        Request::get("/static/connect-care.css").header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    assert_eq!(ask(&world.app, again).await.status, 304);
    assert_eq!(world.browser().get("/static/none.css").await.status, 404);
}
