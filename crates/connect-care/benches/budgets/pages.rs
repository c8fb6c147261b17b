//! The summary page of a long record, from request to last byte.

use anyhow::Context;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use record::PersonId;
use std::io::Write;
use tower::ServiceExt;
use viewer::{Viewer, ViewerConfig};

use crate::measure::{Table, Times, now};
use crate::region::Loaded;

const PAGES: usize = 500;
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(crate) async fn measure(table: &mut Table, loaded: &Loaded) -> anyhow::Result<()> {
    let cookie = loaded.chance.hex32();
    let at = loaded.clock.now();
    loaded.desk.begin_session(&cookie, &loaded.caller.staff, at).await?;
    let session = loaded.desk.session(&cookie, at).await?.context("the session began")?;
    let person = PersonId(loaded.long_records.start);
    loaded.desk.set_open(session.key, person, "bench").await?;
    let config = ViewerConfig {
        public_url: "http://127.0.0.1".to_owned(),
        issuer: "http://127.0.0.1/none".to_owned(),
        client_id: "bench".to_owned(),
        client_secret: None,
        secure_cookies: false,
        service_desk: "nobody".to_owned(),
    };
    let (disclosure, desk) = (loaded.disclosure.clone(), loaded.desk.clone());
    let router = Viewer::new(config, disclosure, desk, loaded.clock.clone(), loaded.chance.clone()).router();
    let mut times = Vec::with_capacity(PAGES);
    let mut html = Vec::new();
    for _ in 0..PAGES {
        let request =
            Request::get("/record/bench").header(header::COOKIE, format!("cc={cookie}")).body(Body::empty())?;
        let start = now();
        let answer = router.clone().oneshot(request).await?;
        anyhow::ensure!(answer.status() == StatusCode::OK, "the page was answered with {}", answer.status());
        html = to_bytes(answer.into_body(), PAGE_BYTES_MAX).await?.to_vec();
        times.push(start.elapsed());
    }
    let times = Times::new(times);
    table.row("record page, server time to last byte, p50", loaded.people, times.p50_ms(), "ms", 5.0);
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&html)?;
    let kib = packed.finish()?.len() as f64 / 1_024.0;
    table.row("record page, HTML, gzip", loaded.people, kib, "KiB", 25.0);
    Ok(())
}
