//! The pages of a whole record, from request to last byte, compressed as a browser
//! gets them. There is no page with everything on it: each is measured, and the
//! slowest and the longest are the rows.

use anyhow::Context;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt;
use viewer::{Viewer, ViewerConfig};

use crate::arguments::Effort;
use crate::house::HANDLE;
use crate::load::Loaded;
use crate::rows;
use crate::table::Table;
use crate::times::{Times, now};

/// Requests of each page in one run.
const REQUESTS: u64 = 200;
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Each page of a record, by what follows its handle; the summary is the bare handle.
const PAGES: [&str; 9] =
    ["", "/medicines", "/results", "/appointments", "/letters", "/problems", "/people", "/immunisations", "/sources"];

pub(crate) async fn measure(table: &mut Table, loaded: &Loaded, effort: Effort, runs: u32) -> anyhow::Result<()> {
    let pages = Pages::open(loaded).await?;
    let at = loaded.house.at().people(loaded.size.people);
    let mut addresses: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    addresses.push(pages.one_test().await?);
    for _ in 0..runs {
        let (mut slowest, mut longest) = ((0.0, ""), (0.0, ""));
        for address in &addresses {
            let name = name(address);
            let (times, kb) = pages.page(address, effort.of(REQUESTS)).await?;
            table.add_part(&rows::PAGE_PART_P50, name, at, times.p50_ms());
            table.add_part(&rows::PAGE_PART_KB, name, at, kb);
            if times.p50_ms() > slowest.0 {
                slowest = (times.p50_ms(), name);
            }
            if kb > longest.0 {
                longest = (kb, name);
            }
        }
        table.add_noted(&rows::PAGE_P50, at, slowest.0, slowest.1);
        table.add_noted(&rows::PAGE_KB, at, longest.0, longest.1);
    }
    Ok(())
}

/// What staff call the page.
fn name(address: &str) -> &str {
    match address.trim_start_matches('/').split_once('/') {
        Some((_, _)) => "one test over time",
        None if address.is_empty() => "summary",
        None => address.trim_start_matches('/'),
    }
}

struct Pages {
    router: Router,
    cookie: String,
}

impl Pages {
    async fn open(loaded: &Loaded) -> anyhow::Result<Self> {
        let house = &loaded.house;
        let cookie = house.open_session(*loaded.whole.first().context("there are whole records")?).await?;
        let config = ViewerConfig {
            public_url: "http://127.0.0.1".to_owned(),
            issuer: "http://127.0.0.1/none".to_owned(),
            client_id: "bench".to_owned(),
            client_secret: None,
            secure_cookies: false,
            service_desk: "nobody".to_owned(),
        };
        let (disclosure, desk, feeds) = (house.disclosure.clone(), house.desk.clone(), house.feeds.clone());
        let viewer = Viewer::new(config, disclosure, desk, feeds, house.clock.clone(), house.chance.clone());
        let router = viewer.router();
        Ok(Self { router, cookie })
    }

    /// The times of one page, and its length as sent in kB.
    async fn page(&self, address: &str, count: u64) -> anyhow::Result<(Times, f64)> {
        let mut times = Vec::new();
        let mut sent = 0;
        for _ in 0..count {
            let start = now();
            sent = self.get(address, "gzip").await?.len();
            times.push(start.elapsed());
        }
        Ok((Times::new(times), sent as f64 / 1_000.0))
    }

    async fn get(&self, address: &str, encoding: &str) -> anyhow::Result<Vec<u8>> {
        let request = Request::get(format!("/record/{HANDLE}{address}"))
            .header(header::COOKIE, format!("cc={}", self.cookie))
            .header(header::ACCEPT_ENCODING, encoding)
            .body(Body::empty())?;
        let answer = self.router.clone().oneshot(request).await?;
        anyhow::ensure!(answer.status() == StatusCode::OK, "{address} was answered with {}", answer.status());
        let is_packed = answer.headers().contains_key(header::CONTENT_ENCODING);
        anyhow::ensure!(is_packed == (encoding == "gzip"), "{address} was not sent as {encoding}");
        Ok(to_bytes(answer.into_body(), PAGE_BYTES_MAX).await?.to_vec())
    }

    /// The page of the first test that the results page links to.
    async fn one_test(&self) -> anyhow::Result<String> {
        let html = String::from_utf8(self.get("/results", "identity").await?)?;
        let link = format!("/record/{HANDLE}/results/");
        let after = html.split(&link).nth(1).context("the results page links to a test")?;
        let test = after.split(['"', '?', '#']).next().unwrap_or_default();
        Ok(format!("/results/{test}"))
    }
}
