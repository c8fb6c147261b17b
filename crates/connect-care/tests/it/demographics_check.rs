//! `demographics check` against a service that answers as the national one does.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use simulator::demographics::{DEMOGRAPHICS_PATH, DemographicsStub, demographics_people};
use tokio::net::TcpListener;

/// Asks about a number, with everything logged that can be.
fn check(config: &Path, number: &str) -> Output {
    let mut asking = Command::new(env!("CARGO_BIN_EXE_connect-care"))
        .args(["demographics", "check", "--config", config.to_str().unwrap()])
        .env("CONNECT_CARE_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    asking.stdin.take().unwrap().write_all(number.as_bytes()).unwrap();
    asking.wait_with_output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_number_is_told_and_nothing_about_whoever_has_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = DemographicsStub::new(demographics_people(), Some("a-token")).router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let (config, token) = (folder.path().join("config.toml"), folder.path().join("token"));
    std::fs::write(&token, "a-token\n").unwrap();
    let section = format!(
        "[demographics]\naddress = \"http://{address}{DEMOGRAPHICS_PATH}\"\ntoken_file = \"{}\"\n",
        token.display()
    );
    std::fs::write(&config, section).unwrap();
    for (number, words) in [
        ("999 000 0018", "the number is in use"),
        ("9990000069", "the number has been superseded by another"),
        ("9990000050", "the number's record is invalid and is not given out"),
        ("9990000077", "nobody has the number"),
    ] {
        let output = check(&config, number);
        let (told, logged) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(told, format!("the demographics service answers: {words}\n"), "{logged}");
        for secret in ["99900", "999 000", "Okafor", "OKAFOR", "Invented", "a-token"] {
            assert!(!told.contains(secret) && !logged.contains(secret), "{secret}: {told}{logged}");
        }
    }
    std::fs::write(&token, "another").unwrap();
    let refused = String::from_utf8(check(&config, "9990000018").stderr).unwrap();
    assert!(refused.contains("the demographics service does not let us in (ACCESS_DENIED)"), "{refused}");
    assert!(!refused.contains("9990000018"), "{refused}");
}

#[test]
fn without_a_section_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "service_desk = \"the desk\"\n").unwrap();
    let output = check(&config, "9990000018");
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("the configuration has no [demographics]"));
}
