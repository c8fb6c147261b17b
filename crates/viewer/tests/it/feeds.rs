use jiff::{SignedDuration, Timestamp};
use record::{HOURS_OF_WEEK, Role, Section};
use store::{ALL_KINDS, Feed};

use crate::people::{GRACE, arrive};
use crate::world::{World, id};

fn feed(kind: &str, last_at: Timestamp, due_at: Timestamp, sections: &[Section]) -> Feed {
    Feed {
        source: id("hospital"),
        kind: kind.to_owned(),
        last_at,
        due_at: Some(due_at),
        sections: sections.to_vec(),
        in_hour: 12,
        in_hour_before: 40,
        usual: vec![41.4; HOURS_OF_WEEK],
        state: Vec::new(),
    }
}

/// Results of the hospital stopped two hours ago; everything else of it goes on.
async fn results_stop(world: &World) {
    arrive(world).await;
    let now = world.hands.clock().now();
    let minutes = |minutes| now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let whole = feed(ALL_KINDS, minutes(-1), minutes(14), &[]);
    let results = feed("ORU^R01", minutes(-120), minutes(-75), &[Section::Results]);
    world.feeds.keep(&[], &[whole, results]).await.unwrap();
}

#[tokio::test]
async fn results_that_stopped_are_stale_on_every_record_and_what_goes_on_is_not() {
    let world = World::new().await;
    results_stop(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let page = doctor.get(&format!("{base}/sources")).await;
    page.sees("Thameside Hospital: nothing new since 11:41 in test results");
    page.sees("nothing new since 22-Nov-2026 11:41, may be out of date");
    let attendances = page.body.split("id=\"ledger-attendances\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(!attendances.contains("nothing new since"), "{attendances}");
    let results = doctor.get(&format!("{base}/results")).await;
    results.sees("Thameside Hospital has sent nothing new: there may be more");
}

#[tokio::test]
async fn an_administrator_sees_the_sources_of_their_own_organisation_and_an_operator_all() {
    let world = World::new().await;
    results_stop(&world).await;
    let own = world.signed_in(Role::Administrator).await.get("/administration/feeds").await;
    assert_eq!(own.status, 200);
    for said in [
        "Sources of Thameside Hospital",
        "1 source, 1 in need of a hand",
        "ORU^R01 silent for 2 h",
        "“Thameside Hospital: nothing new since 22-Nov-2026 11:41 in test results” on every record",
        "12:00 to 13:00",
        "usually 41",
    ] {
        own.sees(said);
    }
    own.does_not_see("Riverside");
    let all = world.signed_in(Role::Operator).await.get("/administration/feeds").await;
    for said in ["All sources", "3 sources", "Riverside Surgery", "Southmere Council", "Nothing received yet"] {
        all.sees(said);
    }
    let (silent, never) = (all.body.find("ORU^R01 silent").unwrap(), all.body.find("Nothing received yet").unwrap());
    assert!(silent < never, "the worst comes first");
}

#[tokio::test]
async fn nothing_on_the_page_is_about_anybody() {
    let world = World::new().await;
    results_stop(&world).await;
    let page = world.signed_in(Role::Operator).await.get("/administration/feeds").await;
    for hidden in ["OKAFOR", "Okafor", "9990000018", "999 000 0018"] {
        page.does_not_see(hidden);
    }
}
