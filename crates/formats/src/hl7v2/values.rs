//! What an `OBX` says: its value by its type (`OBX-2`), and how it stands.

use record::{ResultStatus, Standing};

use super::datatypes::{clinician, coded_text, organisation, person_name, place, shown_time, telephone};
use super::draft::joined;
use super::field::Repetition;
use super::message::Segment;

/// The value of an `OBX` in words, all repetitions of it.
pub(super) fn value(segment: Segment<'_>) -> Option<String> {
    let kind = segment.field(2).told().unwrap_or_default();
    let between = if matches!(kind.as_str(), "TX" | "FT") { "\n" } else { ", " };
    joined(segment.field(5).repetitions().filter_map(|one| of_type(one, &kind)), between)
}

/// One repetition, by its type (`OBX-2`, HL7 table 0125). What a type leaves out here
/// is coded, financial or of the sender alone.
fn of_type(value: Repetition<'_>, kind: &str) -> Option<String> {
    match kind {
        "CE" | "CWE" | "CNE" | "CF" | "CSU" => coded_text(value),
        "SN" => structured_number(value),
        "DT" | "TM" | "TS" | "DTM" => value.component(1).told().map(|text| shown_time(&text, kind)),
        "DR" => between_times(value),
        "NR" => between(value.component(1).told(), value.component(2).told()),
        "NA" => joined((1..=COMPONENTS_MAX).map_while(|number| listed(value, number)), ", "),
        "XCN" | "CN" | "PPN" => clinician(value),
        "XPN" | "PN" => person_name(value).map(|name| name.shown()),
        "XON" => organisation(value),
        "XTN" | "TN" => reached(value),
        "XAD" | "AD" | "SAD" => joined((1..=6).filter_map(|number| value.component(number).joined()), ", "),
        "PL" => place(value),
        "CQ" => quantity(value),
        "MO" => joined((1..=2).filter_map(|number| value.component(number).told()), " "),
        "CX" | "CK" | "EI" | "HD" | "ID" | "IS" | "SI" => value.component(1).joined(),
        // Text types, and types left out: as told, unescaped separators and all.
        _ => value.told(),
    }
}

/// The most numbers of one `NA` that are shown.
const COMPONENTS_MAX: usize = 256;

/// A number of an `NA`; one that is left out within the list keeps its place.
fn listed(value: Repetition<'_>, number: usize) -> Option<String> {
    let count = value.components().count();
    (number <= count).then(|| value.component(number).told().unwrap_or_else(|| "not told".to_owned()))
}

/// From one to the other; one of them may be open.
fn between(from: Option<String>, to: Option<String>) -> Option<String> {
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("up to {to}")),
        (None, None) => None,
    }
}

fn between_times(value: Repetition<'_>) -> Option<String> {
    let time = |number: usize| value.component(number).subcomponent(1).told().map(|text| shown_time(&text, "DTM"));
    between(time(1), time(2))
}

/// `CQ`: a quantity with its unit.
fn quantity(value: Repetition<'_>) -> Option<String> {
    let unit = [2, 1].into_iter().find_map(|number| value.component(2).subcomponent(number).told());
    joined(value.component(1).told().into_iter().chain(unit), " ")
}

/// A telephone number, or the address where it is one of mail.
fn reached(value: Repetition<'_>) -> Option<String> {
    telephone(value).or_else(|| [4, 1].into_iter().find_map(|number| value.component(number).told()))
}

/// `SN`: comparator, number, separator, number: `>100`, `1:128`, `2-4`.
fn structured_number(value: Repetition<'_>) -> Option<String> {
    let parts: Vec<_> = (1..=4).filter_map(|number| value.component(number).told()).collect();
    (!parts.is_empty()).then(|| parts.concat())
}

/// A unit (`OBX-6`): as printed, or its name.
pub(super) fn unit(segment: Segment<'_>) -> Option<String> {
    let unit = segment.field(6).repetition(0);
    [1, 2].into_iter().find_map(|number| unit.component(number).told())
}

/// The state of a result (`OBX-11`, HL7 table 0085) and whether it holds.
pub(super) fn status(code: Option<&str>) -> (ResultStatus, Standing) {
    let status = match code {
        Some("F" | "U" | "V") => ResultStatus::Final,
        Some("P" | "R" | "S") => ResultStatus::Preliminary,
        Some("C" | "A" | "B") => ResultStatus::Corrected,
        Some("I" | "O") => ResultStatus::Registered,
        Some("X" | "N" | "D" | "W") => ResultStatus::Cancelled,
        _ => ResultStatus::NotTold,
    };
    let wrong = matches!(code, Some("D" | "W"));
    (status, if wrong { Standing::EnteredInError } else { Standing::Current })
}

/// The state of an order's report (`OBR-25`, HL7 table 0123).
pub(super) fn report_status(code: Option<&str>) -> ResultStatus {
    match code {
        Some("F") => ResultStatus::Final,
        Some("P" | "A" | "R" | "M") => ResultStatus::Preliminary,
        Some("C") => ResultStatus::Corrected,
        Some("O" | "I" | "S" | "N") => ResultStatus::Registered,
        Some("X") => ResultStatus::Cancelled,
        _ => ResultStatus::NotTold,
    }
}

/// Why there is no value.
pub(super) fn absent_reason(code: Option<&str>) -> Option<&'static str> {
    match code {
        Some("X") => Some("A result could not be obtained"),
        Some("N") => Some("Not asked for"),
        Some("I") => Some("Specimen in the laboratory, result awaited"),
        _ => None,
    }
}

/// A document that came within an `OBX` (`ED`) or that it points to (`RP`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) media_type: Option<String>,
    /// Its text, where it is plain text.
    pub(super) text: Option<String>,
    /// Where it is, where it did not come with the message.
    pub(super) elsewhere: Option<String>,
}

/// The document in an `OBX` of type `ED` or `RP`.
pub(super) fn document(segment: Segment<'_>) -> Option<Document> {
    let value = segment.field(5).repetition(0);
    let part = |number: usize| value.component(number).told();
    let media_type = media_type(part(2), part(3));
    match segment.field(2).bytes() {
        b"RP" => Some(Document { media_type, text: None, elsewhere: part(1) }),
        b"ED" => {
            let plain = media_type.as_deref() == Some("text/plain");
            let text = part(5).filter(|_| plain).and_then(|data| match part(4).as_deref() {
                Some(encoding) if encoding.eq_ignore_ascii_case("base64") => decoded(&data),
                _ => Some(data),
            });
            Some(Document { media_type, text, elsewhere: None })
        }
        _ => None,
    }
}

fn decoded(data: &str) -> Option<String> {
    use base64::Engine as _;
    let bare: String = data.chars().filter(|c| !c.is_whitespace()).collect();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(bare).ok()?).ok()
}

/// Senders write `application^pdf`, `AP^PDF`, `^PDF` or `TEXT^plain` (HL7 tables
/// 0191 and 0291).
fn media_type(kind: Option<String>, subtype: Option<String>) -> Option<String> {
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let subtype = subtype.unwrap_or_default().to_ascii_lowercase();
    match (kind.as_str(), subtype.as_str()) {
        ("", "") => None,
        (_, "pdf") | ("pdf", _) => Some("application/pdf".to_owned()),
        ("text" | "tx" | "ft", "" | "plain" | "txt" | "text") | ("", "plain" | "txt" | "text") => {
            Some("text/plain".to_owned())
        }
        (_, "html") => Some("text/html".to_owned()),
        (_, "rtf" | "x-rtf") => Some("application/rtf".to_owned()),
        (_, "jpeg" | "jpg") => Some("image/jpeg".to_owned()),
        (_, "png" | "tiff" | "gif") => Some(format!("image/{subtype}")),
        ("application" | "image" | "audio" | "video" | "text" | "multipart", other) if !other.is_empty() => {
            Some(format!("{kind}/{other}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;

    fn with<T>(segment: &str, read: impl Fn(Segment<'_>) -> T) -> T {
        let message = format!("MSH|^~\\&|A\r{segment}\r");
        read(Message::parse(message.as_bytes()).unwrap().segment("OBX").unwrap())
    }

    #[test]
    fn every_type_of_value_is_told_as_it_was_meant() {
        let cases = [
            ("NM|x||5.10", "5.10"),
            ("NM|x||60~120", "60, 120"),
            ("ST|x||Grade 2 \\T\\ up", "Grade 2 & up"),
            ("|x||28", "28"),
            ("TX|x||line one~line two", "line one\nline two"),
            ("FT|x||one\\.br\\two", "one\ntwo"),
            ("TX|x||BP 120^80", "BP 120^80"),
            ("CE|x||27268008^Salmonella^SCT", "Salmonella"),
            ("CWE|x||^^^^^^^^Own words", "Own words"),
            ("SN|x||>^100", ">100"),
            ("SN|x||^1^:^128", "1:128"),
            ("DT|x||20261102", "02-Nov-2026"),
            ("TM|x||1305", "13:05"),
            ("XCN|x||7^Hart^Rosa^^^Dr", "Dr Rosa Hart"),
            ("CN|x||7^Hart^Rosa^^^Dr", "Dr Rosa Hart"),
            ("XPN|x||Okafor^Grace^^^Mrs", "OKAFOR, Grace (Mrs)"),
            ("PN|x||Okafor^Grace", "OKAFOR, Grace"),
            (
                "XAD|x||1 Invented Rd&Invented Rd^Flat 2^London^^SE5 0ZZ",
                "1 Invented Rd Invented Rd, Flat 2, London, SE5 0ZZ",
            ),
            ("AD|x||1 Invented Rd^^London", "1 Invented Rd, London"),
            ("XTN|x||020 7000 0001", "020 7000 0001"),
            ("XTN|x||^NET^Internet^ward@example.org", "ward@example.org"),
            ("TN|x||020 7000 0001", "020 7000 0001"),
            ("XON|x||Kingsbrook^L", "Kingsbrook"),
            ("PL|x||Ward 4^Bay B", "Ward 4, Bay B"),
            ("DTM|x||202611020930", "02-Nov-2026 09:30"),
            ("TS|x||2026", "2026"),
            ("DR|x||20261101^20261102", "01-Nov-2026 to 02-Nov-2026"),
            ("DR|x||^20261102", "up to 02-Nov-2026"),
            ("NR|x||3^5", "3 to 5"),
            ("NA|x||1^2^^4", "1, 2, not told, 4"),
            ("CQ|x||5^mL&millilitre", "5 millilitre"),
            ("MO|x||12.50^GBP", "12.50 GBP"),
            ("CX|x||77^^^ZZ901", "77"),
            ("EI|x||77^ZZ901", "77"),
            ("IS|x||Y", "Y"),
            ("CF|x||27268008^Salmonella^SCT", "Salmonella"),
            ("ZZ|x||own^type", "own^type"),
        ];
        for (segment, wanted) in cases {
            let (kind, rest) = segment.split_once('|').unwrap();
            let told = with(&format!("OBX|1|{kind}|{rest}"), value);
            assert_eq!(told.as_deref(), Some(wanted), "{segment}");
        }
        assert_eq!(with("OBX|1|NM|x||\"\"", value), None);
    }

    #[test]
    fn units_keep_their_escaped_characters() {
        assert_eq!(with("OBX|1|NM|x||5|10\\S\\9/L", unit).as_deref(), Some("10^9/L"));
        assert_eq!(with("OBX|1|NM|x||5|beats/min^^ISO", unit).as_deref(), Some("beats/min"));
        assert_eq!(with("OBX|1|NM|x||5|\"\"", unit), None);
    }

    #[test]
    fn wrong_and_deleted_results_hold_no_longer() {
        assert_eq!(status(Some("W")).1, Standing::EnteredInError);
        assert_eq!(status(Some("D")).1, Standing::EnteredInError);
        assert_eq!(status(Some("C")), (ResultStatus::Corrected, Standing::Current));
        assert_eq!(status(None).0, ResultStatus::NotTold);
    }

    #[test]
    fn documents_are_named_by_their_media_type() {
        let of = |value: &str| with(&format!("OBX|1|{value}"), document).unwrap();
        assert_eq!(of("ED|x||^application^pdf^Base64^JVBE").media_type.as_deref(), Some("application/pdf"));
        assert_eq!(of("ED|x||App^TEXT^plain^Base64^SGVsbG8=").text.as_deref(), Some("Hello"));
        assert_eq!(of("ED|x||App^TEXT^plain^Base64^%%%").text, None);
        let pointed = of("RP|x||https://letters.example/1^^application^pdf");
        assert_eq!(pointed.elsewhere.as_deref(), Some("https://letters.example/1"));
        assert_eq!(with("OBX|1|NM|x||5", document), None);
    }
}
