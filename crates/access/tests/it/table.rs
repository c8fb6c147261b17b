//! The whole table as it is decided, for reviewers to read in the diff.

use access::{Policy, Seen};
use record::{Role, Section};

fn cell(seen: Seen) -> &'static str {
    match seen {
        Seen::Show => "show",
        Seen::NamesOnly => "names",
        Seen::No => "-",
    }
}

fn sections_table(policy: &Policy) -> String {
    let mut lines = Vec::new();
    let row = |name: &str, cells: Vec<&str>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<7}")).collect();
        format!("{name:<17}{cells}").trim_end().to_owned()
    };
    let short: Vec<&str> =
        Section::ALL.iter().map(|section| section.code().get(..6).unwrap_or(section.code())).collect();
    lines.push(row("", short));
    for role in Role::ALL {
        lines.push(row(role.code(), Section::ALL.iter().map(|s| cell(policy.seen(*role, *s))).collect()));
    }
    lines.join("\n")
}

fn capabilities(policy: &Policy) -> String {
    let line = |role: &Role| {
        let may = [
            ("open", policy.may_open_record(*role)),
            ("emergency", policy.may_use_emergency(*role)),
            ("find-by-number", policy.may_search_by_number(*role)),
            ("find-by-name", policy.may_search_by_name(*role)),
            ("sensitive", policy.sees_sensitive(*role)),
            ("review-log", policy.may_review_log(*role)),
            ("messages", policy.may_show_messages(*role)),
            ("export", policy.may_export(*role)),
            ("administer", policy.may_administer(*role)),
            ("links", policy.may_decide_links(*role)),
        ];
        let words: Vec<&str> = may.iter().filter(|(_, may)| *may).map(|(word, _)| *word).collect();
        format!("{:<17}{}", role.code(), words.join(" "))
    };
    Role::ALL.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_each_role_sees() {
    insta::assert_snapshot!(sections_table(&crate::policy()), @r"
                     identi alerts allerg medici proble result appoin attend letter immuni proced people social
    doctor           show   show   show   show   show   show   show   show   show   show   show   show   show
    gp               show   show   show   show   show   show   show   show   show   show   show   show   show
    nurse            show   show   show   show   show   show   show   show   show   show   show   show   show
    community-nurse  show   show   show   show   show   show   show   show   show   show   show   show   show
    therapist        show   show   show   show   show   show   show   show   show   show   show   show   show
    pharmacist       show   show   show   show   show   show   show   show   show   show   show   show   show
    paramedic        show   show   show   show   show   show   show   show   show   show   show   show   show
    social-worker    show   show   show   names  -      -      show   show   -      show   -      show   show
    clerk            show   -      -      -      -      -      names  -      -      -      -      -      -
    privacy-officer  names  -      -      -      -      -      -      -      -      -      -      -      -
    administrator    -      -      -      -      -      -      -      -      -      -      -      -      -
    identity-analyst -      -      -      -      -      -      -      -      -      -      -      -      -
    operator         -      -      -      -      -      -      -      -      -      -      -      -      -
    ");
}

#[test]
fn what_each_role_may_do() {
    insta::assert_snapshot!(capabilities(&crate::policy()), @r"
    doctor           open emergency find-by-number find-by-name sensitive
    gp               open emergency find-by-number find-by-name sensitive
    nurse            open emergency find-by-number find-by-name sensitive
    community-nurse  open emergency find-by-number find-by-name sensitive
    therapist        open emergency find-by-number find-by-name
    pharmacist       open emergency find-by-number find-by-name sensitive
    paramedic        open emergency find-by-number find-by-name
    social-worker    open emergency find-by-number find-by-name
    clerk            open find-by-number find-by-name
    privacy-officer  find-by-number review-log
    administrator    administer
    identity-analyst links
    operator         find-by-number messages export administer links
    ");
}

#[test]
fn what_is_not_shown_is_what_the_table_says_no_to() {
    let policy = crate::policy();
    use Section::{Letters, Problems, Procedures, Results};
    assert_eq!(policy.not_shown(Role::SocialWorker), [Problems, Results, Letters, Procedures]);
    assert_eq!(policy.not_shown(Role::Doctor), []);
    assert_eq!(policy.not_shown(Role::Operator), Section::ALL);
}
