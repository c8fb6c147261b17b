use intake::Payload;
use record::Role;

use crate::people::{Chart, allergy, bundle, letter, medicine, problem, result};
use crate::world::World;

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

#[tokio::test]
async fn what_a_source_writes_is_shown_and_never_run() {
    let world = World::new().await;
    let chart = Chart { number: "9990000018", family: HOSTILE, given: HOSTILE, born: "1951-03-04" };
    let resources = vec![
        allergy(HOSTILE),
        medicine(HOSTILE, HOSTILE),
        problem(HOSTILE),
        result(HOSTILE, 1.0, "2026-11-21T09:10:00Z", "H"),
        result(HOSTILE, 2.0, "2026-10-21T09:10:00Z", "\"><svg onload=x>"),
        letter(HOSTILE, HOSTILE),
    ];
    world.deliver("gp", Payload::FhirJson, bundle(&chart, resources)).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open("9990000018").await;
    let mut pages = vec![base.clone(), format!("{base}/permission"), format!("{base}/emergency")];
    for path in ["medicines", "results", "letters", "problems", "sources"] {
        let page = format!("{base}/{path}");
        pages.extend(doctor.get(&page).await.links().into_iter().filter(|link| link.starts_with(&format!("{page}/"))));
        pages.push(page);
    }
    assert!(pages.len() >= 10, "{pages:?}");
    for address in pages {
        let page = doctor.get(&address).await;
        assert_eq!(page.status, 200, "{address}");
        page.sees("alert(1)");
        for raw in ["<script", "<svg onload", "\"'&"] {
            assert!(!page.body.contains(raw), "{address}: {raw}\n{}", page.body);
        }
    }
}

#[tokio::test]
async fn what_is_typed_comes_back_as_text() {
    let world = World::new().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let token = doctor.get("/find").await.token("/find");
    let page = doctor.post("/find", &[("form", &token), ("nhs_number", "\"><script>alert(1)</script>")]).await;
    assert_eq!(page.status, 422);
    page.sees("&#60;script&#62;");
    page.does_not_see("<script");
}
