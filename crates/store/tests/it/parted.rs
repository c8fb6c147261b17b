//! A record that held two people is parted: what came to it meanwhile goes with whose it is, and what a source and
//! somebody said of the same two is taken back each for itself.

use store::{JoinVerb, LinkAsk, Named};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

/// Why a chart is whose it is, as the history of links says it last.
async fn why(kit: &Kit, key: &str) -> String {
    let sql = format!(
        "SELECT l.evidence FROM link_event l JOIN chart c ON c.id = l.chart WHERE c.key = '{key}' ORDER BY l.id DESC LIMIT 1"
    );
    kit.texts(&sql).await.remove(0)
}

fn unlinks(number: usize, prior: &'static str, survivor: &'static str) -> Said {
    Said::asks(number, JoinVerb::Unlink, prior, survivor)
}

#[tokio::test]
async fn what_came_while_a_source_had_merged_two_goes_with_the_one_for_whose_name_it_had_come() {
    let kit = Kit::new().await;
    let said = [
        Said::tells(1, "H2", "joan", Some(1)),
        Said::tells(2, "H3", "grace", Some(2)),
        Said::merges(3, "H3", "H2"),
        Said::tells(4, "P1", "grace", Some(3)).of(PRACTICE),
        Said::tells(5, "P2", "joan-elsewhere", Some(0)).of(PRACTICE),
    ];
    say(&kit, &said).await;
    assert_eq!(who_is_who(&kit).await, [["H2", "H3", "P1", "P2"]]);
    say(&kit, &[unlinks(6, "H3", "H2")]).await;
    assert_eq!(who_is_who(&kit).await, [["H2", "P2"], ["H3", "P1"]]);
    for key in ["P1", "P2"] {
        let anew = "placed anew since two people's records were parted: number, given name and birth date agree";
        assert_eq!(why(&kit, key).await, anew, "{key}");
    }
    let never = Kit::new().await;
    say(&never, &[&said[..2], &said[3..]].concat()).await;
    for key in ["H2", "H3"] {
        assert_eq!(record_of(&kit, key).await, record_of(&never, key).await, "{key}");
    }
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn what_had_come_before_a_source_merged_two_stays_where_it_was_when_they_are_parted() {
    let kit = Kit::new().await;
    say(
        &kit,
        &[
            Said::tells(1, "H2", "joan", None),
            Said::tells(2, "P2", "joan-elsewhere", Some(1)).of(PRACTICE),
            Said::tells(3, "H3", "grace-unnumbered", None),
            Said::merges(4, "H3", "H2"),
            unlinks(5, "H3", "H2"),
        ],
    )
    .await;
    assert_eq!(who_is_who(&kit).await, [vec!["H2", "P2"], vec!["H3"]]);
    assert_eq!(why(&kit, "P2").await, "number, given name and birth date agree");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn what_fits_neither_of_two_who_are_parted_goes_to_a_person_of_its_own_and_somebody_is_asked() {
    let kit = Kit::new().await;
    say(
        &kit,
        &[
            Said::tells(1, "H2", "joan", None),
            Said::tells(2, "H3", "grace-unnumbered", None),
            Said::merges(3, "H3", "H2"),
            // The number is Joan's and the name is Grace's: that was one person while they were one.
            Said::tells(4, "P1", "grace", Some(1)).of(PRACTICE),
            Said::tells(5, "P2", "grace", Some(2)).of(PRACTICE),
        ],
    )
    .await;
    assert_eq!(who_is_who(&kit).await, [["H2", "H3", "P1", "P2"]]);
    say(&kit, &[unlinks(6, "H3", "H2")]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H2"], vec!["H3"], vec!["P1", "P2"]], "the two of them fit each other");
    let asked = kit.texts("SELECT kind FROM work_item WHERE state = 0 ORDER BY kind").await;
    assert_eq!(asked, ["merge", "same number"], "about Grace, and about Joan");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn what_somebody_placed_by_hand_stays_when_a_source_parts_two() {
    let kit = Kit::new().await;
    say(
        &kit,
        &[
            Said::tells(1, "H2", "joan", None),
            Said::tells(2, "H3", "grace", None),
            Said::merges(3, "H3", "H2"),
            Said::tells(4, "P1", "ada", Some(1)).of(PRACTICE),
        ],
    )
    .await;
    let of_ada = kit.count("SELECT max(w.id) FROM work_item w JOIN chart c ON c.id = w.chart WHERE c.key = 'P1'").await;
    decide(&kit, of_ada.cast_unsigned(), SAME).await;
    assert_eq!(who_is_who(&kit).await, [["H2", "H3", "P1"]]);
    say(&kit, &[unlinks(5, "H3", "H2")]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H2", "P1"], vec!["H3"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

/// Somebody has linked Joan with Grace, and Joan's chart at the hospital was merged away since, into one of a patient whom nobody
/// has described. Then the link is undone. Of Grace there are as many charts more.
async fn undone_while_a_chart_is_away(more: usize) -> (Kit, u64) {
    let kit = Kit::new().await;
    for number in 0..more {
        let key: &'static str = Box::leak(format!("G{number:03}").into_boxed_str());
        say(&kit, &[Said::tells(100 + number, key, "grace", None)]).await;
    }
    say(
        &kit,
        &[
            Said::tells(1, "H1", "grace", Some(1)),
            Said::tells(2, "H2", "joan", Some(2)),
            Said::tells(3, "P1", "joan-elsewhere", Some(3)).of(PRACTICE),
            Said::tells(4, "H4", "nobody", Some(4)),
        ],
    )
    .await;
    let item = the_doubt(&kit).await;
    decide(&kit, item, SAME).await;
    say(&kit, &[Said::merges(5, "H2", "H4")]).await;
    let record = Named::Record(chart(&kit, "H1").await).number();
    assert_eq!(unlink(&kit, record, "P1").await, "1 chart and 3 entries were taken out of the record.");
    assert_eq!(without_more(&kit).await, [vec!["H1"], vec!["H2", "H4"], vec!["P1"]]);
    (kit, item)
}

async fn without_more(kit: &Kit) -> Vec<Vec<String>> {
    let mut people = who_is_who(kit).await;
    people.iter_mut().for_each(|keys| keys.retain(|key| !key.starts_with('G')));
    people.sort();
    people
}

#[tokio::test]
async fn a_chart_that_was_merged_away_when_a_link_was_undone_comes_back_to_its_own_person_and_never_to_the_other() {
    let (kit, _) = undone_while_a_chart_is_away(0).await;
    assert_eq!(kit.count("SELECT count(*) FROM hand_link").await, 0, "also that of the chart that is away is undone");
    say(&kit, &[unlinks(6, "H2", "H4")]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["H2", "P1"], vec!["H4"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn once_a_link_is_undone_whose_chart_is_away_either_is_told_apart_from_the_other_wherever_it_is() {
    let (kit, item) = undone_while_a_chart_is_away(0).await;
    assert_eq!(kit.count("SELECT count(*) FROM kept_apart").await, 4, "Grace's chart and either of Joan's");
    // A source that merges Joan's chart into Grace's is not believed: somebody has decided about the two.
    say(&kit, &[unlinks(6, "H2", "H4"), Said::merges(7, "H2", "H1")]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["H2", "P1"], vec!["H4"]]);
    assert!(!waiting(&kit).await.iter().any(|doubt| doubt.item.id == item));
}

#[tokio::test]
async fn of_more_than_200_charts_only_what_a_decision_had_brought_goes_back() {
    // With Grace's, Joan's two and the one that nobody has described there are 200 charts, or one more.
    for (more, links_left) in [(196, 0), (197, 1)] {
        let (kit, _) = undone_while_a_chart_is_away(more).await;
        assert_eq!(kit.count("SELECT count(*) FROM hand_link").await, links_left, "{more}");
    }
}

#[tokio::test]
async fn where_the_past_is_not_known_any_more_what_a_decision_had_brought_goes_back_all_the_same() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "joan", Some(2))]).await;
    let item = the_doubt(&kit).await;
    decide(&kit, item, SAME).await;
    kit.home.tamper("DELETE FROM who_step").await;
    assert_eq!(unlink(&kit, item, "H2").await, "1 chart and 3 entries were taken out of the record.");
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
}

#[tokio::test]
async fn where_the_past_is_not_known_any_more_and_a_source_had_merged_the_two_it_is_told_what_was_taken_out() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "joan-born-later", Some(2))]).await;
    let item = the_doubt(&kit).await;
    let second = LinkAsk::SamePerson { needs_second: true };
    ask(&kit, item, second).await;
    ask_as(&kit, &another_analyst(), item, second).await;
    assert_eq!(carry_out(&kit).await.len(), 1);
    // Believed, for the two were one when it came.
    say(&kit, &[Said::merges(3, "H2", "H1")]).await;
    kit.home.tamper("DELETE FROM who_step").await;
    assert_eq!(unlink(&kit, item, "H2").await, "1 chart and 3 entries were taken out of the record.");
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
}
