//! The access log comes first: where its row cannot be made durable, nothing is shown.

use std::path::Path;

use audit::Event;
use disclosure::Caller;
use record::{PersonId, Role};
use store::DESK_FILE;

use crate::made_up::{fields_in, one_of_each, person};
use crate::ways_out::{About, Way, read_everything, write_everything};
use crate::world::{HOSPITAL, World, caller, code, doctor};

/// Grace, whose record is open to the doctor.
async fn open_to_all() -> (World, About) {
    let world = World::new().await;
    let (grace, message) =
        world.tell("riverside", "1", Some(person("plain", "9990000018")), one_of_each("plain")).await;
    world.ask(&doctor(), grace).await;
    let opened = world.disclosure.open(&doctor(), grace, "letters").await.unwrap();
    let letter = opened.record.section(record::Section::Letters).with_ledger().current[0].entry.id;
    (world, About { person: grace, number: "9990000018", family: "plain.identity.family", letter, message })
}

/// Each role that one of the functions lets in.
fn callers() -> [Caller; 3] {
    [Role::Doctor, Role::Operator, Role::PrivacyOfficer].map(|role| caller(role, HOSPITAL))
}

async fn everything(world: &World, caller: &Caller, about: &About) -> Vec<Way> {
    let mut ways = read_everything(world, caller, about).await;
    ways.extend(write_everything(world, caller, about.person).await);
    ways
}

fn nothing_was_shown(ways: Vec<Way>) {
    for (way, result) in ways {
        let closed = result.map(|_| ()).expect_err(way);
        assert_eq!(code(&closed), "cannot show safely", "{way}");
        let said = format!("{closed} {closed:?}");
        assert!(said.starts_with("Records cannot be shown safely at the moment."), "{said}");
        assert_eq!(fields_in(&said, "plain").len(), 0, "{way}: {said}");
    }
}

#[tokio::test]
async fn every_function_answers_when_the_log_can_be_written() {
    let (world, about) = open_to_all().await;
    let mut answered = std::collections::BTreeSet::new();
    for caller in callers() {
        let ways = everything(&world, &caller, &about).await;
        answered.extend(ways.iter().filter(|(_, result)| result.is_ok()).map(|(way, _)| *way));
    }
    assert_eq!(answered.len(), 15, "the tests below would prove nothing of the others: {answered:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_kept_closes_every_function() {
    let (world, about) = open_to_all().await;
    let before = world.logged(Some(about.person)).await.len();
    for mut caller in callers() {
        // One row may have so many bytes; a name as long as that leaves none.
        caller.staff.name = "x".repeat(Event::BYTES_MAX);
        nothing_was_shown(everything(&world, &caller, &about).await);
    }
    assert_eq!(world.logged(Some(about.person)).await.len(), before);
}

#[tokio::test]
async fn a_desk_whose_disk_has_gone_bad_closes_every_function_and_every_refusal() {
    let (world, about) = open_to_all().await;
    let world = world.reopen_after(spoil_the_log).await;
    for caller in callers() {
        nothing_was_shown(everything(&world, &caller, &about).await);
    }
    let (shut, _) = world.tell("riverside", "2", Some(person("plain", "9990000026")), vec![]).await;
    world.desk.set_opt_out(shut, true).await.unwrap();
    assert_eq!(world.refusal(&doctor(), shut).await, "cannot show safely", "a refusal that cannot be logged");
    assert_eq!(world.refusal(&doctor(), PersonId(4711)).await, "cannot show safely");
}

/// Overwrites the pages that hold rows of the access log. Facts and permissions
/// can still be read.
fn spoil_the_log(folder: &Path) {
    let path = folder.join(DESK_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let page_bytes = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let mut spoilt = 0;
    for page in bytes.chunks_mut(page_bytes) {
        if page.windows(8).any(|window| window == b"{\"act\":\"") {
            page.fill(0);
            spoilt += 1;
        }
    }
    assert!(spoilt > 0, "no page holds rows of the log");
    std::fs::write(&path, bytes).unwrap();
}
