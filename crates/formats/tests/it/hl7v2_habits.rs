//! What real senders do: the same facts in each version, in each way of writing them.

use formats::hl7v2::read;
use formats::{Change, MESSAGE_BYTES_MAX, Outcome, Unit};
use record::{Content, Letter, ResultStatus, Standing, TestResult};

fn unit(bytes: &[u8]) -> Unit {
    read(bytes).unwrap().units.remove(0)
}

fn applied(bytes: &[u8]) -> Vec<Change> {
    match unit(bytes).outcome {
        Outcome::Apply(changes) => changes,
        other => panic!("not applied but {other:?}"),
    }
}

fn message(kind: &str, version: &str, segments: &str) -> Vec<u8> {
    format!("MSH|^~\\&|LAB|ZZ901|CC|SEL|20261102090000||{kind}|42|P|{version}\r{segments}\r").into_bytes()
}

fn results(segments: &str) -> Vec<(TestResult, Standing)> {
    let text = format!("PID|1||77^^^ZZ901^MR||Okafor^Grace\rOBR|1||L1|us-3^UREA^WinPath|||202611020800\r{segments}");
    let entries = applied(&message("ORU^R01", "2.5", &text)).remove(0).entries;
    let result = |entry: record::NewEntry| match entry.content {
        Content::TestResult(result) => Some((result, entry.standing)),
        _ => None,
    };
    entries.into_iter().filter_map(result).collect()
}

fn letters(obx: &str) -> Vec<Letter> {
    let text = format!("PID|1||77\rOBR|1||L1|p^Panel\r{obx}");
    let entries = applied(&message("ORU^R01", "2.4", &text)).remove(0).entries;
    let letter = |entry: record::NewEntry| match entry.content {
        Content::Letter(letter) => Some(letter),
        _ => None,
    };
    entries.into_iter().filter_map(letter).collect()
}

#[test]
fn every_version_of_the_standard_says_the_same() {
    let segments = "EVN|A01|20261102\rPID|1|66|77^^^ZZ901^MR||Okafor^Grace||19610209|F\rPV1|1|I|Ward 4||||||||||||||||V7\rAL1|1|DA|^Penicillin";
    let of = |version: &str| applied(&message("ADT^A01", version, segments));
    for version in ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.2", ""] {
        assert_eq!(of(version), of("2.4"), "{version}");
    }
}

#[test]
fn every_line_end_and_every_separator_says_the_same() {
    let usual = message(
        "ORU^R01",
        "2.4",
        "PID|1||77^^^ZZ901^MR||Okafor&van^Grace\rZZ1|x\rOBR|1||L1|p^Panel\rOBX|1|ST|t^Test||a\\F\\b~c",
    );
    let wanted = applied(&usual);
    let text = String::from_utf8(usual).unwrap();
    for end in ["\n", "\r\n", "\r\r", "\n\n"] {
        assert_eq!(applied(text.replace('\r', end).as_bytes()), wanted, "{end:?}");
    }
    let odd: String = text
        .chars()
        .map(|mark| match mark {
            '|' => '#',
            '^' => '*',
            '~' => '+',
            '&' => '!',
            '\\' => '?',
            other => other,
        })
        .collect();
    let odd = applied(odd.as_bytes()).remove(0);
    let Content::TestResult(result) = &odd.entries[0].content else { panic!("a result") };
    assert_eq!(result.value.as_deref(), Some("a#b, c"), "the escape names the sender's own separator");
    assert_eq!(odd.chart, wanted[0].chart);
}

#[test]
fn a_result_goes_through_its_states_under_one_key() {
    let of = |state: &str| results(&format!("OBX|1|NM|k^Potassium^LN||6.1|mmol/L|3.5-5.3|HH|||{state}")).remove(0);
    for (state, status, standing) in [
        ("P", ResultStatus::Preliminary, Standing::Current),
        ("F", ResultStatus::Final, Standing::Current),
        ("C", ResultStatus::Corrected, Standing::Current),
        ("X", ResultStatus::Cancelled, Standing::Current),
        ("W", ResultStatus::Cancelled, Standing::EnteredInError),
        ("D", ResultStatus::Cancelled, Standing::EnteredInError),
    ] {
        let (result, stands) = of(state);
        assert_eq!((result.status, stands), (status, standing), "{state}");
        assert_eq!((result.unit.as_deref(), result.range.as_deref()), (Some("mmol/L"), Some("3.5-5.3")));
        assert_eq!(result.flag.as_deref(), Some("HH"));
    }
}

#[test]
fn units_of_ucum_are_kept_as_told_with_their_text_where_no_code_is_told() {
    let unit = |told: &str| results(&format!("OBX|1|NM|k^K||5|{told}|||||F")).remove(0).0.unit;
    assert_eq!(unit("10*9/L^^UCUM").as_deref(), Some("10*9/L"));
    assert_eq!(unit("mmol/L^millimole per litre^UCUM").as_deref(), Some("mmol/L"));
    assert_eq!(unit("10\\S\\9/L").as_deref(), Some("10^9/L"));
    assert_eq!(unit("^beats a minute").as_deref(), Some("beats a minute"));
    assert_eq!(unit(""), None);
}

#[test]
fn a_note_belongs_to_what_stands_before_it() {
    let found = results("NTE|1||on the order\rOBX|1|NM|k^K||5\rNTE|1||on the value~second line\rOBX|2|NM|n^Na||140");
    assert_eq!(found[0].0.comment.as_deref(), Some("on the value\nsecond line"));
    assert_eq!(found[1].0.comment, None);
}

#[test]
fn each_character_set_that_is_declared_is_read_and_any_other_is_refused_with_its_place() {
    let with = |charset: &str, name: &[u8]| {
        let head = format!("MSH|^~\\&|PAS|ZZ901|||20261102||ADT^A28|1|P|2.4||||||{charset}\rPID|1||77||");
        [head.as_bytes(), name, b"^Zo\r"].concat()
    };
    for (charset, name, wanted) in [
        ("", "Zoë".as_bytes(), "Zoë"),
        ("UNICODE UTF-8", "Zoë".as_bytes(), "Zoë"),
        ("8859/1", b"Zo\xEB", "Zoë"),
        ("8859/15", b"\xA4uro", "€uro"),
        ("8859/2", b"\xA3ukasz", "Łukasz"),
        ("8859/5", b"\xB8", "И"),
        ("WINDOWS-1252", b"O\x92Neill", "O’Neill"),
        ("8859/1~UNICODE UTF-8", b"Zo\xEB", "Zoë"),
    ] {
        let told = applied(&with(charset, name)).remove(0).chart.told.unwrap();
        assert_eq!(told.name.family, wanted, "{charset}");
    }
    assert_eq!(read(&with("ISO IR87", b"Zo\xEB")).unwrap_err().place, "MSH-18");
    assert_eq!(read(&with("", b"Zo\xEB")).unwrap_err().place, "MSH-18");
}

#[test]
fn a_document_as_long_as_a_message_may_be_is_read() {
    let head = message("ORU^R01", "2.4", "PID|1||77\rOBR|1||L1|p^Panel\rOBX|1|ED|d^Letter||^text^plain^Base64^");
    let head = head.strip_suffix(b"\r").unwrap();
    let room = (MESSAGE_BYTES_MAX - head.len()) / 4 * 4;
    let whole = [head, b"QUJD".repeat(room / 4).as_slice()].concat();
    let entries = applied(&whole).remove(0).entries;
    let Some(Content::Letter(letter)) = entries.into_iter().map(|entry| entry.content).find(|c| c.kind() == "letter")
    else {
        panic!("a letter")
    };
    assert_eq!(letter.text.map(|text| text.len()), Some(room / 4 * 3));
    assert_eq!(read(&[whole.as_slice(), &b"=".repeat(MESSAGE_BYTES_MAX)].concat()).unwrap_err().place, "message");
}

#[test]
fn a_document_that_is_no_text_or_is_damaged_keeps_its_name_and_says_so() {
    let pdf = letters("OBX|1|ED|d^Scan||^application^pdf^Base64^JVBERi0=||||||F");
    assert_eq!(
        (pdf[0].title.as_str(), pdf[0].media_type.as_deref(), &pdf[0].text),
        ("Scan", Some("application/pdf"), &None)
    );
    let damaged = letters("OBX|1|ED|d^Note||^text^plain^Base64^!!!||||||F");
    assert_eq!((damaged[0].title.as_str(), &damaged[0].text), ("Note", &None));
    let unit =
        unit(&message("ORU^R01", "2.4", "PID|1||77\rOBR|1||L1|p\rOBX|1|ED|d^Scan||^application^pdf^Base64^JVBERi0="));
    assert!(unit.notes.iter().any(|note| note.place == "OBX-5"));
}

#[test]
fn an_acknowledgement_that_comes_as_a_message_is_kept() {
    let ack = unit(b"MSH|^~\\&|A|B|C|D|20261102||ACK|7|P|2.4\rMSA|AA|CC1\r");
    assert_eq!((ack.kind.as_str(), &ack.outcome), ("ACK", &Outcome::Keep));
}
