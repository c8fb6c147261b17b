use access::{Policy, PolicyProblem};
use proptest::prelude::*;

const SHIPPED: &str = include_str!("../../../../policy/roles.toml");

fn problem(from: &str, to: &str) -> String {
    let changed = SHIPPED.replacen(from, to, 1);
    assert_ne!(changed, SHIPPED, "{from:?} is not in the file");
    Policy::parse(&changed).unwrap_err().to_string()
}

#[test]
fn the_shipped_policy_is_complete() {
    assert_eq!(Policy::shipped(), Policy::parse(SHIPPED));
    assert!(Policy::shipped().is_ok());
}

#[test]
fn what_is_unknown_stops_the_start() {
    assert_eq!(problem("\ngp  ", "\nvet "), "[sections] has a row for \"vet\", which is no role");
    assert_eq!(problem("\"people\"", "\"pets\""), "[sections] has a column \"pets\", which is not known");
    assert_eq!(
        problem("\"names\" ", "\"some\" "),
        "[sections] social-worker, medicines: \"some\" is not one of its words"
    );
    assert_eq!(problem("\"number\"", "\"show\""), "[may] privacy-officer, find: \"show\" is not one of its words");
}

#[test]
fn what_is_missing_stops_the_start() {
    let without_clerk: String =
        SHIPPED.lines().filter(|line| !line.starts_with("clerk")).map(|l| format!("{l}\n")).collect();
    let problem_of = |text: &str| Policy::parse(text).unwrap_err().to_string();
    assert_eq!(problem_of(&without_clerk), "[sections] has no row for clerk");
    assert_eq!(problem_of("[sections]\n[may]\n"), "[sections] has no column identity");
    assert_eq!(problem(", \"people\", ", ", "), "[sections] has no column people");
    assert_eq!(problem("\"show\"  , \"show\"       ]", "\"show\"  ]"), "[sections] doctor has 12 cells, 13 are wanted");
    assert!(problem_of("").contains("sections"));
    assert!(problem_of(SHIPPED.split("[may]").next().unwrap()).contains("may"));
}

#[test]
fn what_is_said_twice_stops_the_start() {
    assert_eq!(problem("\"people\"", "\"letters\""), "[sections] names the column letters twice");
    assert!(problem("\ngp  ", "\ndoctor = []\ngp  ").contains("duplicate key"));
    assert!(problem("[may]", "[must]\n[may]").contains("must"));
}

#[test]
fn a_file_of_the_longest_size_is_read_and_one_byte_more_is_not() {
    let padded = |size: usize| format!("{SHIPPED}#{}", "x".repeat(size - SHIPPED.len() - 1));
    assert!(Policy::parse(&padded(Policy::BYTES_MAX)).is_ok());
    assert_eq!(Policy::parse(&padded(Policy::BYTES_MAX + 1)), Err(PolicyProblem::TooLong));
}

#[test]
fn the_canonical_text_changes_with_every_cell_and_with_nothing_else() {
    let shipped = Policy::shipped().unwrap().canonical_text();
    let text = |file: &str| Policy::parse(file).unwrap().canonical_text();
    assert_eq!(text(&format!("# another comment\n{SHIPPED}")), shipped);
    assert_ne!(text(&SHIPPED.replacen("\"names\"", "\"show\"", 1)), shipped);
    assert_ne!(text(&SHIPPED.replacen("\"own\"", "\"all\"", 1)), shipped);
    assert_eq!(shipped.lines().count(), 13 * (13 + 9));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}", cut in 0..SHIPPED.len()) {
        let _ = Policy::parse(&text);
        if let Some(cut) = SHIPPED.get(..cut) {
            let _ = Policy::parse(cut);
        }
    }
}
