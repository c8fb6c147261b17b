use record::Role;

use crate::people::{GRACE, arrive};
use crate::world::World;

async fn emergency(world: &World) {
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    let to = format!("{base}/emergency");
    let token = doctor.get(&to).await.token(&to);
    doctor.post(&to, &[("form", &token), ("reason", "too-unwell"), ("explanation", "GCS 8, found collapsed")]).await;
    doctor.get(&base).await;
    doctor.get(&format!("{base}/medicines")).await;
}

#[tokio::test]
async fn the_officer_sees_who_looked_why_and_what_and_nothing_clinical() {
    let world = World::new().await;
    arrive(&world).await;
    emergency(&world).await;
    let mut officer = world.signed_in(Role::PrivacyOfficer).await;
    let recent = officer.get("/who-looked").await;
    assert_eq!(recent.status, 200);
    for said in ["Pat Doctor", "Unconscious or too unwell", "GCS 8, found collapsed", "OKAFOR, Grace, 999 000 0018"] {
        recent.sees(said);
    }
    let fields = [("form", recent.token("/who-looked")), ("nhs_number", "999 000 0018".to_owned())];
    let list = officer.post("/who-looked", &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert_eq!(list.status, 200);
    for said in ["OKAFOR, Grace, 999 000 0018", "summary: ", "medicines: ", "Emergency", "22-Nov-2026 13:41"] {
        list.sees(said);
    }
    for hidden in ["penicillin", "apixaban", "fibrillation", "not whole"] {
        recent.does_not_see(hidden);
        list.does_not_see(hidden);
    }
}

#[tokio::test]
async fn a_number_that_is_wrong_or_nobodys_is_said() {
    let world = World::new().await;
    let mut officer = world.signed_in(Role::PrivacyOfficer).await;
    let token = officer.get("/who-looked").await.token("/who-looked");
    let page = officer.post("/who-looked", &[("form", &token), ("nhs_number", "9990000019")]).await;
    assert_eq!(page.status, 422);
    page.sees("at least one digit is wrong");
    officer
        .post("/who-looked", &[("form", &token), ("nhs_number", GRACE)])
        .await
        .sees("Nobody is known by this NHS number");
}

#[tokio::test]
async fn somebody_who_opted_out_keeps_a_list_of_who_looked() {
    let world = World::new().await;
    arrive(&world).await;
    emergency(&world).await;
    world.desk.set_opt_out(world.person(GRACE).await, true).await.unwrap();
    let mut officer = world.signed_in(Role::PrivacyOfficer).await;
    let recent = officer.get("/who-looked").await;
    recent.sees("GCS 8, found collapsed");
    recent.sees("has chosen not to share");
}
