use std::fmt;
use std::sync::Arc;

use disclosure::Disclosure;
use record::{Chance, Clock};
use store::{Desk, Feeds};

use crate::pages::parts::{Frame, Place, ServerForm, SignedIn};
use crate::session::Visit;
use crate::sign_in::Provider;

/// Where the pages are, and who signs staff in.
pub struct ViewerConfig {
    /// The origin of the staff pages: `http://127.0.0.1:8080`.
    pub public_url: String,
    /// The issuer of the sign-in provider.
    pub issuer: String,
    /// As whom Connect Care is registered there.
    pub client_id: String,
    /// The secret of that registration, where it has one.
    pub client_secret: Option<String>,
    /// Whether cookies travel over TLS alone; `false` only on a loopback address without it.
    pub secure_cookies: bool,
    /// Who helps, with a number to call.
    pub service_desk: String,
}

/// The secret stays out of logs.
impl fmt::Debug for ViewerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewerConfig")
            .field("public_url", &self.public_url)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// The staff pages.
pub struct Viewer {
    pub(crate) rooms: Arc<Rooms>,
}

/// What handlers reach: the one door, the desk's sessions, the sign-in provider.
pub(crate) struct Rooms {
    pub(crate) config: ViewerConfig,
    pub(crate) disclosure: Disclosure,
    pub(crate) desk: Desk,
    pub(crate) feeds: Feeds,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) provider: Arc<Provider>,
}

impl Viewer {
    /// The pages over this door. The sign-in provider is first asked when somebody signs in.
    #[must_use]
    pub fn new(
        config: ViewerConfig,
        disclosure: Disclosure,
        desk: Desk,
        feeds: Feeds,
        clock: Clock,
        chance: Chance,
    ) -> Self {
        let provider = Arc::new(Provider::new(&config, clock.clone()));
        Self { rooms: Arc::new(Rooms { config, disclosure, desk, feeds, clock, chance, provider }) }
    }
}

impl Rooms {
    /// What surrounds a page of this visit.
    pub(crate) fn frame(&self, visit: &Visit, place: Place) -> Frame {
        let (staff, policy) = (&visit.session.staff, self.disclosure.policy());
        let organisation = match &staff.team {
            Some(team) => format!("{team}, {}", staff.organisation_name),
            None => staff.organisation_name.clone(),
        };
        Frame {
            signed_in: Some(SignedIn {
                name: staff.name.clone(),
                role: role_in_a_sentence(staff.role),
                organisation,
                finds_people: policy.may_open_record(staff.role),
                sees_who_looked: policy.may_review_log(staff.role),
                administers: policy.may_administer(staff.role),
                decides_who_is_who: policy.may_decide_links(staff.role),
            }),
            place,
            form: visit.frame_form(),
            help: self.config.service_desk.clone(),
        }
    }

    /// What surrounds a page for nobody in particular.
    pub(crate) fn signed_out_frame(&self) -> Frame {
        Frame {
            signed_in: None,
            place: Place::Elsewhere,
            form: ServerForm { token: String::new() },
            help: self.config.service_desk.clone(),
        }
    }

    /// 128 unguessable bits in letters alone: no address looks as if it held a number.
    pub(crate) fn new_handle(&self) -> String {
        let letter = |half: u8| char::from(b'a' + (half & 0x0f));
        self.chance.bytes32().into_iter().take(16).flat_map(|byte| [letter(byte >> 4), letter(byte)]).collect()
    }
}

/// `social worker`, and `GP` as it is written.
pub(crate) fn role_in_a_sentence(role: record::Role) -> String {
    match role {
        record::Role::Gp => role.word().to_owned(),
        _ => role.word().to_lowercase(),
    }
}
