use record::Role;

use crate::people::{GRACE, TUNDE, arrive};
use crate::world::World;

const PAGES: [&str; 12] = [
    "",
    "/permission",
    "/emergency",
    "/medicines",
    "/results",
    "/results/0000000000000000",
    "/appointments",
    "/letters",
    "/letters/1",
    "/problems",
    "/people",
    "/sources",
];

#[tokio::test]
async fn a_handle_of_another_session_opens_nothing() {
    let world = World::new().await;
    arrive(&world).await;
    let theirs = world.signed_in(Role::Doctor).await.open(GRACE).await;
    let mut nurse = world.signed_in(Role::Nurse).await;
    for path in PAGES {
        let page = nurse.get(&format!("{theirs}{path}")).await;
        assert_eq!(page.status, 404, "{path}");
        page.does_not_see("OKAFOR");
    }
    let mine = nurse.open(TUNDE).await;
    for path in PAGES {
        let page = nurse.get(&format!("{theirs}{path}")).await;
        assert_eq!(page.status, 409, "{path}");
        page.sees(&format!("href=\"{mine}\""));
        for hidden in ["OKAFOR", "OYELARAN", "penicillin", "Asthma"] {
            page.does_not_see(hidden);
        }
    }
}

#[tokio::test]
async fn one_record_is_open_at_a_time() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let grace = doctor.open(GRACE).await;
    let tunde = doctor.open(TUNDE).await;
    let page = doctor.get(&format!("{grace}/medicines")).await;
    assert_eq!(page.status, 409);
    page.sees("another person&#39;s record");
    page.sees(&format!("href=\"{tunde}\""));
    page.does_not_see("apixaban");
    doctor.get(&tunde).await.sees("Asthma");
}

#[tokio::test]
async fn somebody_who_was_only_found_is_asked_first() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    for path in PAGES.iter().filter(|path| !matches!(**path, "/permission" | "/emergency")) {
        let page = doctor.get(&format!("{base}{path}")).await;
        assert_eq!((page.status, page.location()), (303, format!("{base}/permission").as_str()), "{path}");
    }
    let opened = doctor.answer(&base, "before").await;
    assert_eq!(opened.status, 303, "an answer that claims a permission which nobody gave");
    assert_eq!(doctor.get(&base).await.location(), format!("{base}/permission"));
}

#[tokio::test]
async fn a_letters_number_leads_to_nobody_elses_letter() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(TUNDE).await;
    for number in 0..20 {
        let page = doctor.get(&format!("{base}/letters/{number}")).await;
        assert_eq!(page.status, 404, "{number}");
        page.does_not_see("stay at home");
    }
    for nonsense in ["x", "-1", "99999999999999999999", "1048576"] {
        assert_eq!(doctor.get(&format!("{base}/letters/{nonsense}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_handle_is_letters_alone_and_never_the_same() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let (first, second) = (doctor.find(GRACE).await, doctor.find(GRACE).await);
    assert_ne!(first, second);
    let handle = first.strip_prefix("/record/").unwrap();
    assert!(handle.len() == 32 && handle.bytes().all(|byte| (b'a'..=b'p').contains(&byte)), "{handle}");
}
