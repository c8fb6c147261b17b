//! A source files attendances elsewhere: under another number, as one with another, or
//! with another of its patients. What was told under them goes with them, in any order.

use crate::kit::*;
use crate::merging_kit::*;

fn two_patients() -> [Said; 2] {
    [Said::tells(1, "H1", "grace", None), Said::tells(2, "H2", "jamila", None)]
}

/// The places that a patient's record tells of, each attendance, letter and finding.
async fn told(kit: &Kit, key: &str) -> Vec<String> {
    let all = record_of(kit, key).await;
    all.into_iter().filter(|line| line.starts_with("Current")).map(|line| line.replace('\u{1f}', "|")).collect()
}

fn of(place: &str) -> Vec<String> {
    let letter = "Current Clinic letter|final".to_owned();
    vec![letter, format!("Current Inpatient|current|||{place}"), format!("Current found at {place}|active")]
}

#[tokio::test]
async fn an_attendance_that_is_moved_to_another_patient_leaves_the_record_it_was_in_with_all_that_was_told_of_it() {
    let kit = Kit::new().await;
    say(&kit, &two_patients()).await;
    say(&kit, &[Said::attends(3, "H1", "V8", "North"), Said::refiles(4, ("H1", "V8"), ("H2", "V8"))]).await;
    assert_eq!(told(&kit, "H1").await, Vec::<String>::new());
    assert_eq!(told(&kit, "H2").await, of("North"));
    let text = kit.count("SELECT count(*) FROM entry e JOIN letter_text l ON l.entry = e.id").await;
    assert_eq!(text, 2, "the letter's text came along, and is where it was for whoever asks what was shown then");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn what_was_said_before_the_move_and_comes_after_it_is_the_other_patients_and_what_is_said_since_waits() {
    let kit = Kit::new().await;
    say(&kit, &two_patients()).await;
    let [admitted, moved] = [Said::attends(3, "H1", "V8", "North"), Said::refiles(4, ("H1", "V8"), ("H2", "V8"))];
    say(&kit, &[moved, admitted]).await;
    assert_eq!((told(&kit, "H1").await, told(&kit, "H2").await), (Vec::new(), of("North")));
    say(&kit, &[Said::attends(5, "H1", "V8", "South")]).await;
    assert_eq!((told(&kit, "H1").await, told(&kit, "H2").await), (Vec::new(), of("North")));
    let reasons = kit.texts("SELECT reason FROM quarantine WHERE state = 0").await;
    assert_eq!(reasons, ["it tells of an attendance that its source has moved to another patient"]);
    say(&kit, &[Said::attends(6, "H1", "V9", "West")]).await;
    assert_eq!(told(&kit, "H1").await, of("West"), "another attendance of the same patient is told as ever");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn an_attendance_that_is_moved_back_is_where_it_was_in_whichever_order_that_comes() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1]] {
        let kit = Kit::new().await;
        say(&kit, &two_patients()).await;
        let all = [
            Said::attends(3, "H1", "V8", "North"),
            Said::refiles(4, ("H1", "V8"), ("H2", "V8")),
            Said::refiles(5, ("H2", "V8"), ("H1", "V8")),
        ];
        say(&kit, &order.map(|at: usize| all[at].clone())).await;
        assert_eq!((told(&kit, "H1").await, told(&kit, "H2").await), (of("North"), Vec::new()), "{order:?}");
        say(&kit, &[Said::attends(6, "H1", "V8", "South")]).await;
        let after = told(&kit, "H1").await;
        assert!(after.contains(&of("South")[1]) && !after.contains(&of("North")[1]), "{order:?}: {after:?}");
        must_be_built_anew_the_same(&kit.store).await;
    }
}

#[tokio::test]
async fn of_two_attendances_that_are_made_one_the_surviving_is_shown_and_takes_what_was_told_of_both() {
    let kit = Kit::new().await;
    let story = [
        Said::tells(1, "H1", "grace", None),
        Said::attends(2, "H1", "V7", "South"),
        Said::attends(3, "H1", "V8", "North"),
        Said::makes_one(4, "H1", "V8", "V7"),
    ];
    say(&kit, &story).await;
    let mut both = of("South");
    both.extend([of("North")[0].clone(), of("North")[2].clone()]);
    both.sort();
    assert_eq!(told(&kit, "H1").await, both);
    let late = Said { hour: 4, ..Said::attends(25, "H1", "V8", "East") };
    say(&kit, &[late]).await;
    let shown = told(&kit, "H1").await;
    assert!(shown.contains(&of("South")[1]), "what is told late of the prior one overwrites nothing: {shown:?}");
    assert_eq!(shown.iter().filter(|line| line.contains("Inpatient")).count(), 1);
    say(&kit, &[Said::attends(6, "H1", "V8", "West")]).await;
    let shown = told(&kit, "H1").await;
    assert!(shown.contains(&of("West")[1]), "and what is told anew is told of the one that it is: {shown:?}");
    assert_eq!(shown.iter().filter(|line| line.contains("Inpatient")).count(), 1);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn numbers_that_change_twice_lead_to_the_last() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let kit = Kit::new().await;
        say(&kit, &two_patients()).await;
        let all = [
            Said::attends(3, "H1", "V8", "North"),
            Said::refiles(4, ("H1", "V8"), ("H1", "V9")),
            Said::refiles(5, ("H1", "V9"), ("H2", "V1")),
        ];
        say(&kit, &order.map(|at: usize| all[at].clone())).await;
        assert_eq!((told(&kit, "H1").await, told(&kit, "H2").await), (Vec::new(), of("North")), "{order:?}");
        must_be_built_anew_the_same(&kit.store).await;
    }
}

#[tokio::test]
async fn charts_that_are_joined_and_parted_show_a_moved_attendance_in_the_one_it_was_moved_to() {
    let kit = Kit::new().await;
    let story = [
        Said::tells(1, "H1", "grace", None),
        Said::tells(2, "H2", "grace-unnumbered", None),
        Said::attends(3, "H1", "V8", "North"),
        Said::refiles(4, ("H1", "V8"), ("H2", "V8")),
        Said::merges(5, "H2", "H1"),
    ];
    say(&kit, &story).await;
    assert_eq!(told(&kit, "H1").await, of("North"), "one person, and once");
    say(&kit, &[Said::asks(6, store::JoinVerb::Unlink, "H2", "H1")]).await;
    assert_eq!((told(&kit, "H1").await, told(&kit, "H2").await), (Vec::new(), of("North")));
    must_be_built_anew_the_same(&kit.store).await;
}
