//! A small region in a temporary folder, with the pages over it and a provider
//! that signs anybody in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use access::Policy;
use axum::Router;
use disclosure::{Disclosure, Door, Region};
use intake::{Intake, Payload};
use jiff::{SignedDuration, Timestamp};
use record::{
    Chance, Clock, NhsNumber, OdsCode, Organisation, OrganisationKind, PersonId, Role, Section, Source, SourceFormat,
    SourceId, Staff, StaffId,
};
use sha2::{Digest, Sha256};
use simulator::Persona;
use simulator::openid::{DEMO_ISSUER_MARK, Provider, ProviderPlan};
use tokio::net::TcpListener;
use viewer::{Viewer, ViewerConfig};

use crate::browser::Browser;

pub const PUBLIC_URL: &str = "http://127.0.0.1:8080";
pub const CLIENT: &str = "connect-care";
const HOSPITAL: &str = "ZZ1TH";

/// Time that a test moves by hand.
#[derive(Clone)]
pub struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-22T13:41:00Z".parse().unwrap())))
    }

    pub fn clock(&self) -> Clock {
        let at = Arc::clone(&self.0);
        Clock::new(move || *at.lock().unwrap())
    }

    pub fn forward_minutes(&self, minutes: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

pub struct World {
    pub app: Router,
    pub provider: Router,
    pub hands: Hands,
    pub provider_hands: Hands,
    pub desk: store::Desk,
    pub people: store::People,
    pub feeds: store::Feeds,
    /// What the store does for all of it.
    pub counting: store::Counting,
    inbox: store::Inbox,
    intake: Intake,
    _folder: tempfile::TempDir,
}

impl World {
    /// With the demo's provider behind it.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}{DEMO_ISSUER_MARK}", listener.local_addr().unwrap());
        let provider_hands = Hands::new();
        let plan = ProviderPlan {
            issuer: issuer.clone(),
            client_id: CLIENT.to_owned(),
            redirect_uris: vec![format!("{PUBLIC_URL}/sign-in/return")],
            personas: Role::ALL.iter().map(|role| Persona { staff: staff(*role), about: "" }).collect(),
        };
        let provider = Provider::new(plan, provider_hands.clock(), chance(7)).unwrap().router();
        let served = provider.clone();
        tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
        let mut world = Self::with_issuer(&issuer).await;
        world.provider = provider;
        world.provider_hands = provider_hands;
        world
    }

    /// With whatever answers at this issuer.
    pub async fn with_issuer(issuer: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hands = Hands::new();
        let store = store::open(folder.path(), &sources(), chance(1)).await.unwrap();
        let counting = store.counting();
        let (intake, _lanes) = Intake::start(store.inbox.clone(), &sources(), hands.clock());
        tokio::spawn(async move {
            let mut lanes = _lanes;
            while lanes.join_next().await.is_some() {}
        });
        let disclosure = Disclosure::new(Door {
            clinical: store.clinical,
            log: store.log,
            desk: store.desk.clone(),
            people: store.people.clone(),
            policy: Policy::shipped().unwrap(),
            region: Region::new(organisations(), sources()),
            rules: Arc::new(intake::IDENTITY_RULES),
            clock: hands.clock(),
            chance: chance(2),
        });
        let config = ViewerConfig {
            public_url: PUBLIC_URL.to_owned(),
            issuer: issuer.to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: None,
            secure_cookies: false,
            service_desk: "service desk, 0300 000 0000".to_owned(),
        };
        let app = Viewer::new(config, disclosure, store.desk.clone(), store.feeds.clone(), hands.clock(), chance(3));
        let app = app.router();
        let people = store.people;
        let provider_hands = hands.clone();
        let (provider, desk, feeds, inbox) = (Router::new(), store.desk, store.feeds, store.inbox);
        Self { app, provider, hands, provider_hands, desk, people, feeds, counting, inbox, intake, _folder: folder }
    }

    pub async fn deliver(&self, source: &str, payload: Payload, bytes: Vec<u8>) {
        let delivered = self.intake.deliver(&id(source), payload, false, bytes).await.unwrap();
        assert!(delivered.is_readable && delivered.fault.is_none(), "{:?}", delivered.fault);
        let applied = delivered.applied.unwrap().await.unwrap().unwrap();
        assert!(applied.by_kind.values().all(|kind| kind.quarantined == 0), "{:?}", applied.by_kind);
    }

    /// Delivers what contradicts who its patient is, so that some of it waits.
    pub async fn deliver_that_waits(&self, source: &str, payload: Payload, bytes: Vec<u8>) {
        let delivered = self.intake.deliver(&id(source), payload, false, bytes).await.unwrap();
        let applied = delivered.applied.unwrap().await.unwrap().unwrap();
        assert!(applied.by_kind.values().any(|kind| kind.quarantined > 0), "{:?}", applied.by_kind);
    }

    /// Delivers what cannot be read.
    pub async fn deliver_broken(&self, source: &str, payload: Payload, bytes: Vec<u8>) {
        let delivered = self.intake.deliver(&id(source), payload, false, bytes).await.unwrap();
        assert!(!delivered.is_readable);
    }

    /// The number of the row of quarantine that was added last.
    pub async fn last_in_quarantine(&self) -> u64 {
        self.inbox.quarantined(None).await.unwrap().last().unwrap().id
    }

    /// Lets the intake carry out what was decided.
    pub async fn carry_out(&self) {
        self.intake.carry_out().await.unwrap();
        self.intake.carry_out_links().await.unwrap();
    }

    pub async fn person(&self, number: &str) -> PersonId {
        let people = self.people.with_number(NhsNumber::parse(number).unwrap()).await.unwrap();
        assert_eq!(people.len(), 1, "{number}");
        people[0]
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which somebody of this role has signed in.
    pub async fn signed_in(&self, role: Role) -> Browser<'_> {
        let mut browser = self.browser();
        let page = browser.sign_in(role).await;
        assert_eq!(page.status, 200, "{}", page.body);
        browser
    }
}

/// Bytes that never repeat within a test, the same each time it runs.
pub fn chance(seed: u64) -> Chance {
    let drawn = AtomicU64::new(0);
    Chance::new(move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            let number = drawn.fetch_add(1, Ordering::Relaxed);
            let digest = Sha256::digest([seed.to_be_bytes(), number.to_be_bytes()].concat());
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    })
}

pub fn staff(role: Role) -> Staff {
    Staff {
        id: StaffId::new(role.code()).unwrap(),
        name: format!("Pat {}", role.word()),
        role,
        organisation: OdsCode::new(HOSPITAL).unwrap(),
        organisation_name: "Thameside Hospital".to_owned(),
        team: Some("Ward 7".to_owned()),
    }
}

pub fn id(source: &str) -> SourceId {
    SourceId::new(source).unwrap()
}

fn organisations() -> Vec<Organisation> {
    let one = |code: &str, name: &str, kind| Organisation {
        ods_code: OdsCode::new(code).unwrap(),
        name: name.to_owned(),
        short_name: name.to_owned(),
        kind,
        takes_part: true,
    };
    vec![
        one("ZZ1RS", "Riverside Surgery", OrganisationKind::GeneralPractice),
        one(HOSPITAL, "Thameside Hospital", OrganisationKind::Acute),
        one("ZZ1SM", "Southmere Council", OrganisationKind::Council),
    ]
}

fn sources() -> Vec<Source> {
    let one = |source: &str, name: &str, owner: &str, format, sends: &[Section]| Source {
        id: id(source),
        name: name.to_owned(),
        organisation: OdsCode::new(owner).unwrap(),
        format,
        sends: sends.to_vec(),
        stale_after_minutes: 24 * 60,
    };
    let everything: Vec<Section> = Section::ALL.iter().copied().filter(|it| *it != Section::SocialCare).collect();
    vec![
        one("gp", "Riverside Surgery", "ZZ1RS", SourceFormat::Fhir, &everything),
        one("hospital", "Thameside Hospital", HOSPITAL, SourceFormat::Fhir, &everything),
        one("council", "Southmere Council", "ZZ1SM", SourceFormat::Csv, &[Section::Identity, Section::SocialCare]),
    ]
}
