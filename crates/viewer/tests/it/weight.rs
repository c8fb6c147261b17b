use std::io::Read as _;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use intake::Payload;
use record::Role;
use tower::ServiceExt as _;

use crate::people::{GRACE, GRACE_CHART, allergy, appointment, bundle, letter, medicine, problem, result};
use crate::world::World;

/// DESIGN's budget for the page that is opened most, compressed, in bytes.
const SUMMARY_BYTES_MAX: usize = 25 * 1024;

#[tokio::test]
async fn the_summary_of_three_hundred_entries_keeps_to_its_weight() {
    let world = World::new().await;
    let resources = (0..300).map(|n| match n % 10 {
        0 => allergy(&format!("substance {n}")),
        1 | 2 => medicine(&format!("medicine {n} 5 mg modified-release tablets"), "5 mg twice a day with food"),
        3 | 4 => problem(&format!("A problem with quite a long name, number {n}")),
        5 => letter(&format!("Clinic letter {n}"), &"A long sentence of a letter. ".repeat(40)),
        6 => appointment(&format!("Clinic {n}"), "Thameside Hospital, outpatients"),
        _ => result(&format!("Test {}", n % 40), f64::from(n), "2026-11-21T09:10:00Z", "HH"),
    });
    world.deliver("gp", Payload::FhirJson, bundle(&GRACE_CHART, resources.collect())).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let cookie = format!("cc={}", doctor.cookies["cc"]);
    let request = Request::get(&base).header(header::COOKIE, cookie).header(header::ACCEPT_ENCODING, "gzip");
    let response = world.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    let bytes = to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    let mut html = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut html).unwrap();
    println!("summary of 300 entries: {} bytes, {} compressed", html.len(), bytes.len());
    assert!(html.contains("Known allergies 30") && html.contains("more current medicines"));
    assert!(bytes.len() <= SUMMARY_BYTES_MAX, "{}", bytes.len());
}
