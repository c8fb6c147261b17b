//! Canaries: people, words and files that are like no others go through everything
//! that the program does, and none of them comes out in its logs or its measures.

use std::io::Write;
use std::net::TcpStream;

use serde_json::Value;

use crate::log_words::explained;
use crate::operated::{Installation, TOKEN, exchange, framed};
use crate::service::{Answer, Service, ask, becomes, get};

/// Stands at the beginning of every word that must not come out.
const CANARY: &str = "canary";
/// Nobody of the demo has it.
const NUMBER: &str = "9998765439";
/// A person of the demo and her number.
const GRACE: &str = "9990000018";

/// A browser without scripts that keeps its cookies.
pub(crate) struct Visitor {
    staff: String,
    cookies: Vec<String>,
}

impl Visitor {
    /// Of the staff pages at this address.
    pub(crate) fn new(staff: String) -> Self {
        Self { staff, cookies: Vec::new() }
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let cookies = self.cookies.join("; ");
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let answer = ask(&self.staff, method, path, &[form, ("Cookie", &cookies)], body);
        for set in answer.headers("set-cookie") {
            let pair = set.split(';').next().unwrap();
            let name = pair.split('=').next().unwrap();
            self.cookies.retain(|kept| kept.split('=').next() != Some(name));
            self.cookies.push(pair.to_owned());
        }
        answer
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    /// Goes to the page, fills in its form and sends it.
    pub(crate) fn fill(&mut self, path: &str, fields: &str) -> Answer {
        let page = self.get(path);
        let form = page.body.split(&format!("action=\"{path}\"")).nth(1).unwrap_or_else(|| panic!("{page:?}"));
        let token = form.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        self.send("POST", path, &format!("form={token}&{fields}"))
    }

    /// Signs in as the persona of this name.
    pub(crate) fn sign_in(&mut self, name: &str) {
        let asked = self.send("POST", "/sign-in", "");
        let (provider, query) = asked.header("location").unwrap().split_once('?').unwrap();
        let (address, path) = provider.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let personas = get(address, &format!("/{path}?{query}")).body;
        let (before, _) = personas.split_once(&format!("<strong>{name}<")).unwrap_or_else(|| panic!("{personas}"));
        let subject = before.rsplit("value=\"").next().unwrap().split('"').next().unwrap();
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let chosen = ask(address, "POST", &format!("/{path}"), &[form], &format!("{query}&subject={subject}"));
        let back = chosen.header("location").unwrap_or_else(|| panic!("{chosen:?}"));
        let back = back.split_once(&self.staff).unwrap().1.to_owned();
        assert_eq!(self.get(&back).status, 200);
    }

    /// Finds somebody by number; the address of their record.
    pub(crate) fn find(&mut self, number: &str) -> String {
        let found = self.fill("/find", &format!("nhs_number={number}"));
        found.header("location").unwrap_or_else(|| panic!("{found:?}")).strip_suffix("/permission").unwrap().to_owned()
    }
}

/// Messages good and bad about somebody whose every word is a canary.
fn deliver_hl7(port: &str) {
    let head = |kind: &str, id: &str| format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||{kind}|{id}|P|2.4\r");
    let person = format!(
        "PID|1||CanaryLocal1^^^ZZ901^MR~{NUMBER}^^^NHS^NH||CanaryFamily^CanaryGiven||19510314|F|||\
         9 Canary Street^^Canarytown^^SE1 9XX||02079460000\r"
    );
    let text = "AL1|1|DA|^CanaryAllergy|SV|CanaryReaction\rNTE|1||CanaryFreeText\r";
    let messages = [
        format!("{}{person}{text}", head("ADT^A08", "CanaryControl1")),
        format!("{}{person}{text}", head("ADT^A08", "CanaryControl1")).replace("CanaryGiven", "CanaryOther"),
        format!("{}{person}", head("ADT^A08", "CanaryControl2"))
            .replace("CanaryGiven", "CanaryTwin")
            .replace("19510314", "19990101"),
        format!("{}{person}", head("ADT^A08", "CanaryControl3")).replace("19510314", "19511399"),
        format!("{}{person}", head("ORU^CanaryKind", "CanaryControl4")),
        format!("{}PID|1||||CanaryNobody\r", head("ADT^A01", "CanaryControl5")),
        format!("{}{person}OBX|CanaryOrder\r", head("ORU^R01", "CanaryControl6")),
        "MSH|CanaryBroken".to_owned(),
        "CanaryNothing".to_owned(),
    ];
    let mut stream = TcpStream::connect(port).unwrap();
    for message in &messages {
        assert!(exchange(&mut stream, &framed(message)).is_some(), "{message} is answered");
    }
    // Outside any frame, and cut short before its end.
    stream.write_all(b"CanarySkipped\x0bMSH|^~\\&|CanaryCut").unwrap();
}

fn push(machines: &str, source: &str, token: &str, body: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    ask(machines, "POST", &format!("/sources/{source}/fhir"), &[("Authorization", &bearer)], body).status
}

/// No canary, and nothing that is not explained.
fn must_be_clean(log: &[String], measures: &str) {
    let explained = explained("logging.md");
    assert!(log.len() > 20, "{log:#?}");
    let known = |name: &str| assert!(explained.contains(name), "{name} is not in docs/logging.md");
    for line in log {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        known(object["message"].as_str().unwrap_or_else(|| panic!("no event: {line}")));
        object.as_object().unwrap().keys().for_each(|name| known(name));
        for span in object["spans"].as_array().into_iter().flatten() {
            known(span["name"].as_str().unwrap());
            span.as_object().unwrap().keys().for_each(|name| known(name));
        }
        must_hide(line);
    }
    measures.lines().for_each(must_hide);
}

fn must_hide(line: &str) {
    let small = line.to_lowercase();
    for word in [
        CANARY,
        NUMBER,
        "999 876 5439",
        GRACE,
        "999 000 0018",
        "okafor",
        "mensah",
        "1951-03-14",
        "19510314",
        "02079460000",
        TOKEN,
    ] {
        assert!(!small.contains(word), "{word} is in {line}");
    }
}

#[test]
fn a_demo_logs_nothing_about_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let demo = Service::start(&["demo", "--listen", "127.0.0.1:0", "--people", "60", "--data", data], "trace");
    let operations = demo.address("operations", None);
    becomes(&operations, "/ready", |answer| answer.status == 200);
    let (staff, machines) = (demo.address("staff", None), demo.address("machines", None));
    let hospital = demo.logged("an MLLP port", |line| line["listener"] == "mllp" && line["message"] == "listening");
    deliver_hl7(hospital["address"].as_str().unwrap());
    assert_eq!(push(&machines, "canarysource", "CanaryToken", "{\"CanaryBody\":1}"), 401);
    let drops = std::fs::read_dir(folder.path().join("drop")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(
        drops.join("canaryfile.csv"),
        "record_type,local_id,CanaryColumn\ncanarytype,CanaryPerson,CanaryValue\n",
    )
    .unwrap();

    let mut visitor = Visitor::new(staff.clone());
    let lost = visitor.get("/canarypath/CanaryMore?canaryquery=CanaryValue");
    assert_eq!(lost.status, 404);
    let number = lost.header("x-request-id").unwrap().to_owned();
    assert!(
        lost.body.contains(number.get(..8).unwrap()),
        "the page's reference is the beginning of the request's number"
    );
    demo.logged("the request", |line| line["spans"][0]["request"] == number.as_str() && line["status"] == 404);
    assert_eq!(ask(&staff, "CANARYMETHOD", "/", &[("X-Request-Id", "CanaryNumber")], "").status, 404);
    visitor.get("/sign-in/return?error=CanaryRefusal&state=CanaryState&code=CanaryCode&iss=CanaryIssuer");
    visitor.send("POST", "/sign-in", "");
    let state = visitor.cookies.iter().find_map(|cookie| cookie.split_once('=')).unwrap().1.to_owned();
    assert_eq!(visitor.get(&format!("/sign-in/return?error=CanaryRefusal&state={state}")).status, 400);
    let site = [("Origin", "https://canary.example"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(ask(&staff, "POST", "/find", &site, "family_name=CanaryFamily").status, 403);

    visitor.sign_in("Dr Amara Mensah");
    let born = "birth_day=14&birth_month=3&birth_year=1951";
    visitor.fill("/find", &format!("family_name=CanaryFamily&given_name=CanaryGiven&{born}"));
    visitor.fill("/find", "family_name=CanaryNobody&postcode=SE1+9XX");
    visitor.fill("/find", "nhs_number=CanaryNumber");
    assert_eq!(visitor.send("POST", "/find", &format!("form=CanaryForm&nhs_number={NUMBER}")).status, 403);
    let canary = visitor.find(NUMBER);
    visitor.fill(&format!("{canary}/emergency"), "reason=unconscious&text=CanaryEmergency");
    let base = visitor.find(GRACE);
    visitor.fill(&format!("{base}/permission"), "answer=yes");
    for page in ["", "/medicines", "/results", "/letters", "/sources", "/letters/CanaryLetter", "/results/CanaryTest"] {
        visitor.get(&format!("{base}{page}"));
    }
    assert_eq!(visitor.get("/record/canaryhandle").status, 409);
    visitor.get("/who-looked");

    // The file is taken after two looks at it.
    let units = "kind=\"other\"";
    let measures = becomes(&operations, "/metrics", |answer| answer.body.contains(units)).body;
    demo.terminate();
    let (status, log) = demo.ended();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    must_be_clean(&log, &measures);
    for event in
        ["answered", "refused", "nobody was signed in", "a record is opened", "a message is durable", "stopped"]
    {
        assert!(log.iter().any(|line| line.contains(&format!("\"message\":\"{event}\""))), "{event} was never logged");
    }
}

#[test]
fn a_service_logs_nothing_of_what_it_is_sent() {
    let installation = Installation::new();
    let (service, operations) = installation.serve("trace");
    deliver_hl7(&service.address("mllp", Some("kingsbrook")));
    let machines = service.address("machines", None);
    let bundle = |resource: &str| {
        format!("{{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{{\"resource\":{resource}}}]}}")
    };
    let patient = format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"CanaryPatient\",\"birthDate\":\"1951-03-14\",\"name\":[{{\"family\":\"CanaryFamily\",\
         \"given\":[\"CanaryGiven\"]}}],\"identifier\":[{{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"{NUMBER}\"}}]}}"
    );
    assert_eq!(push(&machines, "riverside", TOKEN, &bundle(&patient)), 200);
    let broken = patient.replace("1951-03-14", "canary-date");
    assert_eq!(push(&machines, "riverside", TOKEN, &bundle(&broken)), 200);
    assert_eq!(
        push(&machines, "riverside", TOKEN, &bundle("{\"resourceType\":\"CanaryType\",\"id\":\"CanaryId\"}")),
        200
    );
    assert_eq!(push(&machines, "riverside", TOKEN, "{\"CanaryBody\""), 400);
    assert_eq!(push(&machines, "riverside", "CanaryToken", &bundle(&patient)), 401);
    let staff = service.address("staff", None);
    assert_eq!(get(&staff, "/canary").status, 404);
    // The provider of this installation does not exist: signing in fails on the way to it.
    assert_eq!(ask(&staff, "POST", "/sign-in", &[], "").status, 502);
    let measures = becomes(&operations, "/metrics", |answer| answer.body.contains("kind=\"other\"")).body;
    service.terminate();
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    must_be_clean(&log, &measures);
    let has_both = |line: &String| line.contains("\"name\":\"request\"") && line.contains("\"name\":\"message\"");
    assert!(log.iter().any(has_both), "what a push did is logged under its request and its message");
}
