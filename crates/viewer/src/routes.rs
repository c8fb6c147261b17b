use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;

use crate::handlers::{
    assets, emergency, feeds, find_person, identity, identity_decide, identity_look, identity_who_saw, one_letter,
    one_test, outside, permission, quarantine, quarantined_text, record_pages, results, start, who_looked,
};
use crate::outermost;
use crate::session::{require_opening_role, require_session};
use crate::sign_in::pages as sign_in;
use crate::state::{Rooms, Viewer};

/// The longest form that is read, in bytes.
pub const FORM_BYTES_MAX: usize = 16 * 1024;
/// The same for the form that holds a whole message: each byte of it may take three.
pub const CORRECTION_FORM_BYTES_MAX: usize = 256 * 1024;

/// Who may ask for a route at all. What they see is decided at the one door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody: nothing about anybody is there.
    Nothing,
    /// A session.
    Session,
    /// A session of a role that opens records.
    OpensRecords,
    /// A session of a role that reviews the access log; the door decides.
    ReviewsLog,
    /// A session of a role that looks after feeds and quarantine; the door decides.
    Administers,
    /// A session of a role that decides whose records are one person's; the door decides.
    DecidesWhoIsWho,
}

/// One route: a page, or where a form goes.
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path; names in braces stand for any text.
    pub path: &'static str,
    /// Who may ask for it.
    pub needs: Needs,
    handler: fn() -> MethodRouter<Arc<Rooms>>,
}

const fn page(path: &'static str, needs: Needs, handler: fn() -> MethodRouter<Arc<Rooms>>) -> Route {
    Route { method: "GET", path, needs, handler }
}

const fn form(path: &'static str, needs: Needs, handler: fn() -> MethodRouter<Arc<Rooms>>) -> Route {
    Route { method: "POST", path, needs, handler }
}

/// Every route there is: the router is made from this table and from nothing else.
pub const ROUTES: &[Route] = &[
    page("/", Needs::Nothing, || get(start::show)),
    page("/static/{name}", Needs::Nothing, || get(assets::send)),
    form("/sign-in", Needs::Nothing, || post(sign_in::begin)),
    page("/sign-in/return", Needs::Nothing, || get(sign_in::come_back)),
    form("/sign-out", Needs::Session, || post(sign_in::sign_out)),
    page("/find", Needs::OpensRecords, || get(find_person::show)),
    form("/find", Needs::OpensRecords, || post(find_person::search)),
    page("/record/{handle}/permission", Needs::OpensRecords, || get(permission::show)),
    form("/record/{handle}/permission", Needs::OpensRecords, || post(permission::answer)),
    page("/record/{handle}/emergency", Needs::OpensRecords, || get(emergency::show)),
    form("/record/{handle}/emergency", Needs::OpensRecords, || post(emergency::open)),
    page("/record/{handle}", Needs::OpensRecords, || get(record_pages::summary)),
    page("/record/{handle}/medicines", Needs::OpensRecords, || get(record_pages::medicines)),
    page("/record/{handle}/results", Needs::OpensRecords, || get(results::show)),
    page("/record/{handle}/results/{test}", Needs::OpensRecords, || get(one_test::show)),
    page("/record/{handle}/appointments", Needs::OpensRecords, || get(record_pages::appointments)),
    page("/record/{handle}/letters", Needs::OpensRecords, || get(record_pages::letters)),
    page("/record/{handle}/letters/{letter}", Needs::OpensRecords, || get(one_letter::show)),
    page("/record/{handle}/problems", Needs::OpensRecords, || get(record_pages::problems)),
    page("/record/{handle}/people", Needs::OpensRecords, || get(record_pages::people)),
    page("/record/{handle}/immunisations", Needs::OpensRecords, || get(record_pages::immunisations)),
    page("/record/{handle}/sources", Needs::OpensRecords, || get(record_pages::sources)),
    page("/administration/feeds", Needs::Administers, || get(feeds::show)),
    page("/who-looked", Needs::ReviewsLog, || get(who_looked::show)),
    form("/who-looked", Needs::ReviewsLog, || post(who_looked::search)),
    page("/administration/quarantine", Needs::Administers, || get(quarantine::show)),
    page("/administration/quarantine/{item}", Needs::Administers, || get(quarantine::show_one)),
    form("/administration/quarantine/{item}/take", Needs::Administers, || post(quarantine::take)),
    form("/administration/quarantine/{item}/replay", Needs::Administers, || post(quarantine::replay)),
    form("/administration/quarantine/{item}/dismiss", Needs::Administers, || post(quarantine::dismiss)),
    form("/administration/quarantine/{item}/open", Needs::Administers, || post(quarantined_text::open)),
    form("/administration/quarantine/{item}/correct", Needs::Administers, || {
        post(quarantined_text::correct).layer(DefaultBodyLimit::max(CORRECTION_FORM_BYTES_MAX))
    }),
    page("/administration/identity", Needs::DecidesWhoIsWho, || get(identity::show)),
    page("/administration/identity/{item}", Needs::DecidesWhoIsWho, || get(identity::show_one)),
    form("/administration/identity/record", Needs::DecidesWhoIsWho, || post(identity_look::look)),
    form("/administration/identity/{item}/preview", Needs::DecidesWhoIsWho, || post(identity_decide::before)),
    form("/administration/identity/{item}/decide", Needs::DecidesWhoIsWho, || post(identity_decide::confirm)),
    page("/administration/identity/{item}/who-saw", Needs::DecidesWhoIsWho, || get(identity_who_saw::show)),
    form("/administration/identity/{item}/who-saw", Needs::DecidesWhoIsWho, || post(identity_who_saw::tell)),
    form("/administration/identity/{item}/who-saw/file", Needs::DecidesWhoIsWho, || post(identity_who_saw::file)),
];

impl Viewer {
    /// The pages, to be served on a listener of their own.
    pub fn router(self) -> Router {
        let rooms = self.rooms;
        let mut router = Router::new();
        for route in ROUTES {
            router = router.route(route.path, guarded(route, &rooms));
        }
        let refused = {
            let rooms = Arc::clone(&rooms);
            move |_| outside::cross_site(&rooms)
        };
        router
            .fallback(outside::not_found)
            .method_not_allowed_fallback(outside::not_found)
            .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
            .layer(CsrfLayer::new().with_rejection_response(refused))
            // A page is short and somebody waits for it: little is gained by pressing harder.
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(from_fn_with_state(Arc::clone(&rooms), outermost::number))
            .layer(from_fn_with_state(Arc::clone(&rooms), outermost::protect))
            .with_state(rooms)
    }
}

fn guarded(route: &Route, rooms: &Arc<Rooms>) -> MethodRouter<Arc<Rooms>> {
    let handler = (route.handler)();
    let signed_in = || from_fn_with_state(Arc::clone(rooms), require_session);
    match route.needs {
        Needs::Nothing => handler,
        Needs::Session | Needs::ReviewsLog | Needs::Administers | Needs::DecidesWhoIsWho => handler.layer(signed_in()),
        Needs::OpensRecords => {
            handler.layer(from_fn_with_state(Arc::clone(rooms), require_opening_role)).layer(signed_in())
        }
    }
}
