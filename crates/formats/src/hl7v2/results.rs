use record::{Content, Letter, LetterStatus, Report, ResultStatus, Sensitivity, Standing, TestResult, When};

use super::datatypes::{code, coded_text, first_clinician, identifier, organisation};
use super::draft::{Draft, joined};
use super::message::Segment;
use super::orders::{Nesting, Observation, Order, comments, orders, visit_key};
use super::values::{self, Document};

/// Results, reports and documents of `ORC`, `OBR`, `OBX`, `NTE` and `SPM`; of
/// requests how each of them stands.
pub(super) fn read(segments: &[Segment<'_>], nesting: Nesting, draft: &mut Draft) {
    let visit = visit_key(segments);
    for order in orders(segments, nesting) {
        read_order(&order, nesting, visit.as_deref(), draft);
    }
}

/// What the observations of one order have in common.
struct Common {
    /// What the order is known by; empty outside any order.
    known_as: String,
    key: String,
    panel: Option<String>,
    taken: Option<When>,
    reported: Option<When>,
    specimen: Option<String>,
    /// `OBR-25`.
    status: Option<String>,
    /// What `ORC` says of the order; counts where nothing else is told.
    ordered: ResultStatus,
    author: Option<String>,
    part_of: Option<String>,
    confidential: bool,
}

fn read_order(order: &Order<'_>, nesting: Nesting, visit: Option<&str>, draft: &mut Draft) {
    let is_request = nesting == Nesting::Requests;
    let before = order.known_as().or_else(|| visit.map(str::to_owned)).unwrap_or_default();
    let status = order.request.and_then(|request| request.field(25).component(1).told());
    let mut common = Common {
        key: format!("order|{before}"),
        known_as: before,
        panel: order.panel(),
        taken: order.taken(draft),
        reported: order.reported(draft),
        specimen: order.specimen(),
        status,
        ordered: if is_request { order.status() } else { ResultStatus::NotTold },
        author: order.request.and_then(|request| first_clinician([request.field(32)])),
        part_of: visit.map(str::to_owned),
        confidential: order.is_confidential(),
    };
    let narrative = is_narrative(order);
    let comment = comments(&order.comments);
    if order.request.is_some() && (is_request || narrative || comment.is_some() || order.observations.is_empty()) {
        push_report(order, &common, narrative, comment, draft);
        common.part_of = Some(common.key.clone());
    }
    for observation in &order.observations {
        match values::document(observation.segment) {
            Some(document) => push_document(observation, document, &common, draft),
            None if narrative => {}
            None => push_result(observation, &common, draft),
        }
    }
}

/// Whether the observations are the lines of one written report rather than
/// values: formatted text, lines under one heading, or any text of imaging.
fn is_narrative(order: &Order<'_>) -> bool {
    let lines = || order.observations.iter().map(|one| one.segment).filter(|one| values::document(*one).is_none());
    let Some(first) = lines().next() else { return false };
    let heading = |one: Segment<'_>| identifier(one.field(3));
    let section = order.request.and_then(|request| request.field(24).component(1).told()).unwrap_or_default();
    let imaging = matches!(section.as_str(), "RAD" | "RX" | "CT" | "NMR" | "MR" | "US" | "RUS" | "VUS" | "CUS" | "NMS");
    let all = |kinds: &[&[u8]]| lines().all(|one| kinds.contains(&one.field(2).bytes()));
    let under_one_heading = || lines().count() > 1 && lines().all(|one| heading(one) == heading(first));
    all(&[b"FT"]) || (all(&[b"TX", b"FT", b"ST"]) && (imaging || under_one_heading()))
}

fn push_report(order: &Order<'_>, common: &Common, narrative: bool, comment: Option<String>, draft: &mut Draft) {
    let first = order.observations.first().map(|one| one.segment);
    let Some(title) = common.panel.clone().or_else(|| first.and_then(|o| coded_text(o.field(3).repetition(0)))) else {
        draft.note("OBR-4", "an order without a name; it was not taken");
        return;
    };
    let words = order.observations.iter().filter(|one| narrative && values::document(one.segment).is_none());
    let lines = words.flat_map(|one| [values::value(one.segment), comments(&one.comments)]).chain([comment]);
    let conclusion = joined(lines.flatten(), "\n");
    let observed = first.and_then(|first| first.field(11).told());
    let (observed_status, standing) = values::status(observed.as_deref());
    let report = Report {
        title,
        status: match values::report_status(common.status.as_deref()) {
            ResultStatus::NotTold if observed_status == ResultStatus::NotTold => common.ordered,
            ResultStatus::NotTold => observed_status,
            told => told,
        },
        conclusion,
        laboratory: first.and_then(laboratory),
        category: order.request.and_then(|request| request.field(24).component(1).told()).map(category),
    };
    let mut entry = draft.entry(common.key.clone(), Content::Report(report));
    entry.when = common.taken;
    entry.recorded = common.reported.or(entry.recorded);
    entry.author = common.author.clone().or_else(|| first.and_then(|first| first_clinician([first.field(16)])));
    entry.code = order.request.and_then(|request| code(request.field(4).repetition(0)));
    entry.part_of = common.part_of.clone();
    entry.standing = if order.is_unknown_to_filler() {
        Standing::EnteredInError
    } else if narrative {
        standing
    } else {
        Standing::Current
    };
    if common.confidential {
        entry.sensitivity = Sensitivity::Sensitive;
    }
    draft.push(entry);
}

fn push_result(observation: &Observation<'_>, common: &Common, draft: &mut Draft) {
    let segment = observation.segment;
    let Some(test) = coded_text(segment.field(3).repetition(0)) else {
        draft.note("OBX-3", "a result without the name of its test; it was not taken");
        return;
    };
    let told = segment.field(11).component(1).told();
    let value = values::value(segment);
    if value.is_none() && told.as_deref() == Some("U") {
        draft.note("OBX-11", "a result became final without being sent again; its earlier state is kept");
        return;
    }
    let at = draft.when(segment, 14).or(common.taken);
    let (status, standing) = values::status(told.as_deref());
    let result = TestResult {
        unit: values::unit(segment).filter(|_| value.is_some()),
        absent_reason: values::absent_reason(told.as_deref()).filter(|_| value.is_none()).map(str::to_owned),
        value,
        range: segment.field(7).told(),
        flag: segment.field(8).component(1).told(),
        status: if told.is_none() { values::report_status(common.status.as_deref()) } else { status },
        panel: common.panel.clone(),
        specimen: common.specimen.clone(),
        laboratory: laboratory(segment),
        comment: comment(observation),
        test,
    };
    let mut entry = draft.entry(key("result", segment, common, at), Content::TestResult(result));
    entry.standing = standing;
    finish(entry, segment, common, at, draft);
}

fn push_document(observation: &Observation<'_>, document: Document, common: &Common, draft: &mut Draft) {
    let segment = observation.segment;
    let name = coded_text(segment.field(3).repetition(0)).or_else(|| common.panel.clone());
    let told = segment.field(11).component(1).told();
    let (status, standing) = values::status(told.as_deref());
    let at = draft.when(segment, 14).or(common.taken);
    if document.text.is_none() && document.elsewhere.is_none() {
        draft.note("OBX-5", "a document is kept in the original message; its content is not shown");
    }
    let letter = Letter {
        title: name.unwrap_or_else(|| "Document".to_owned()),
        status: match status {
            ResultStatus::Final | ResultStatus::Corrected => LetterStatus::Final,
            ResultStatus::Preliminary | ResultStatus::Registered => LetterStatus::Draft,
            _ => LetterStatus::NotTold,
        },
        kind: common.panel.clone(),
        written: at,
        text: document.text,
        media_type: document.media_type,
        elsewhere: document.elsewhere,
    };
    let mut entry = draft.entry(key("document", segment, common, at), Content::Letter(letter));
    entry.standing = standing;
    finish(entry, segment, common, at, draft);
}

fn finish(mut entry: record::NewEntry, segment: Segment<'_>, common: &Common, at: Option<When>, draft: &mut Draft) {
    entry.when = at;
    entry.recorded = common.reported.or(entry.recorded);
    entry.author = first_clinician([segment.field(16)]).or_else(|| common.author.clone());
    entry.code = code(segment.field(3).repetition(0));
    entry.part_of = common.part_of.clone();
    if common.confidential {
        entry.sensitivity = Sensitivity::Sensitive;
    }
    draft.push(entry);
}

/// Order, test and sub-id name a result in each of its versions; outside an order
/// its time has to stand in.
fn key(kind: &str, segment: Segment<'_>, common: &Common, at: Option<When>) -> String {
    let test = identifier(segment.field(3)).unwrap_or_default();
    let place = segment.field(4).told().unwrap_or_default();
    let outside = common.known_as.is_empty() || common.known_as.starts_with("visit|");
    let time = at.filter(|_| outside).map(|at| format!("|{}", at.to_iso())).unwrap_or_default();
    format!("{kind}|{}|{test}|{place}{time}", common.known_as)
}

/// `OBX-23`, else `OBX-15`: who measured it.
fn laboratory(segment: Segment<'_>) -> Option<String> {
    organisation(segment.field(23).repetition(0)).or_else(|| coded_text(segment.field(15).repetition(0)))
}

/// The comments behind a result, and the flags for which the line has no place.
fn comment(observation: &Observation<'_>) -> Option<String> {
    let further = observation.segment.field(8).repetitions().skip(1).filter_map(|one| one.component(1).told());
    let flags = joined(further, ", ").map(|flags| format!("Further flags: {flags}"));
    joined([comments(&observation.comments), flags].into_iter().flatten(), "\n")
}

/// HL7 table 0074, the sections that are seen in the region.
fn category(code: String) -> String {
    let word = match code.as_str() {
        "LAB" => "Laboratory",
        "CH" => "Chemistry",
        "HM" => "Haematology",
        "MB" => "Microbiology",
        "BLB" => "Blood bank",
        "IMM" => "Immunology",
        "VR" => "Virology",
        "SP" | "PAT" => "Pathology",
        "CP" => "Cytology",
        "GE" => "Genetics",
        "RAD" | "RX" => "Radiology",
        "CT" => "CT scan",
        "NMR" | "MR" => "MRI scan",
        "US" | "RUS" | "VUS" => "Ultrasound",
        "CUS" => "Echocardiography",
        "EC" => "Electrocardiography",
        "NMS" => "Nuclear medicine",
        _ => return code,
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;
    use record::NewEntry;

    fn entries(segments: &str) -> Vec<NewEntry> {
        nested(segments, Nesting::ByOrder)
    }

    fn nested(segments: &str, nesting: Nesting) -> Vec<NewEntry> {
        let message = format!("MSH|^~\\&|A\rPID|1||7\rPV1|1|I{}555\r{segments}\r", "|".repeat(17));
        let message = Message::parse(message.as_bytes()).unwrap();
        let mut draft = Draft::default();
        read(&message.segments().collect::<Vec<_>>(), nesting, &mut draft);
        draft.finish().0
    }

    fn result(entry: &NewEntry) -> &TestResult {
        let Content::TestResult(result) = &entry.content else { panic!("a result, not {entry:?}") };
        result
    }

    const ORDER: &str = "OBR|1|P1|L1|us-3^UREA AND ELECTROLYTES^WinPath|||202611020800|||||||||||||||202611021000|||F";

    #[test]
    fn a_result_carries_its_panel_time_flag_and_comment() {
        let found = entries(&format!(
            "{ORDER}\rOBX|1|NM|k^Potassium^LN||6.10|mmol/L|3.5-5.3|HH~A|||F|||202611020830|Kingsbrook Lab||\rNTE|1||Sample haemolysed"
        ));
        assert_eq!(found.len(), 1);
        let potassium = result(&found[0]);
        assert_eq!(potassium.value.as_deref(), Some("6.10"));
        assert_eq!((potassium.unit.as_deref(), potassium.range.as_deref()), (Some("mmol/L"), Some("3.5-5.3")));
        assert_eq!((potassium.flag.as_deref(), potassium.status), (Some("HH"), ResultStatus::Final));
        assert_eq!(potassium.panel.as_deref(), Some("UREA AND ELECTROLYTES"));
        assert_eq!(potassium.comment.as_deref(), Some("Sample haemolysed\nFurther flags: A"));
        assert_eq!(potassium.laboratory.as_deref(), Some("Kingsbrook Lab"));
        assert_eq!(found[0].when.map(When::to_iso).as_deref(), Some("2026-11-02T08:30:00"));
        assert_eq!(found[0].recorded.map(When::to_iso).as_deref(), Some("2026-11-02T10:00:00"));
        assert_eq!((found[0].key.as_str(), found[0].part_of.as_deref()), ("result|L1|us-3|k|", Some("visit|555")));
    }

    #[test]
    fn a_correction_replaces_and_a_wrong_result_is_taken_back() {
        let of = |status: &str| entries(&format!("{ORDER}\rOBX|1|NM|k^Potassium||6.1|||||| {status}")).remove(0);
        assert_eq!(of("P").key, of("C").key);
        assert_eq!(result(&of("C")).status, ResultStatus::Corrected);
        assert_eq!(of("W").standing, Standing::EnteredInError);
        assert!(entries(&format!("{ORDER}\rOBX|1|NM|k^Potassium|||||||| U")).is_empty());
    }

    #[test]
    fn the_same_test_of_two_orders_are_two_results() {
        let found = entries("OBR|1||L1|p\rOBX|1|NM|k||1\rOBR|2||L2|p\rOBX|1|NM|k||2");
        assert_ne!(found[0].key, found[1].key);
    }

    #[test]
    fn lines_of_text_make_one_report() {
        let found = entries(
            "OBR|1||L1|XR^X-ray of ankle^L|||20261102|||||||||||||||||RAD|F\rOBX|1|TX|GDT||No fracture.\rOBX|2|TX|IMP||Soft tissue swelling.\rNTE|1||Dictated",
        );
        assert_eq!(found.len(), 1);
        let Content::Report(report) = &found[0].content else { panic!("a report") };
        assert_eq!(report.conclusion.as_deref(), Some("No fracture.\nSoft tissue swelling.\nDictated"));
        assert_eq!((report.title.as_str(), report.category.as_deref()), ("X-ray of ankle", Some("Radiology")));
    }

    #[test]
    fn an_order_without_values_says_how_it_stands() {
        let found = entries("OBR|1||L1|p^Blood culture||||||||||||||||||||| I");
        let Content::Report(report) = &found[0].content else { panic!("a report") };
        assert_eq!((report.status, report.conclusion.as_deref()), (ResultStatus::Registered, None));
    }

    #[test]
    fn a_comment_on_the_order_is_kept_with_it() {
        let found = entries(&format!("{ORDER}\rNTE|1||Fasting sample\rOBX|1|NM|k^Potassium||4"));
        let Content::Report(report) = &found[0].content else { panic!("a report") };
        assert_eq!(report.conclusion.as_deref(), Some("Fasting sample"));
        assert_eq!(found[1].part_of.as_deref(), Some(found[0].key.as_str()));
    }

    #[test]
    fn a_document_among_results_is_a_letter() {
        let found = entries(&format!("{ORDER}\rOBX|1|ED|PDF^Report||^application^pdf^Base64^JVBE||||||F"));
        let Content::Letter(letter) = &found[0].content else { panic!("a letter") };
        assert_eq!((letter.title.as_str(), letter.media_type.as_deref()), ("Report", Some("application/pdf")));
        assert_eq!((letter.status, letter.text.as_deref()), (LetterStatus::Final, None));
    }

    #[test]
    fn confidential_orders_are_sensitive() {
        let found = entries(&format!("ORC|RE|{}HIV\r{ORDER}\rOBX|1|ST|h^HIV||neg", "|".repeat(26)));
        assert_eq!(found[0].sensitivity, Sensitivity::Sensitive);
    }

    #[test]
    fn a_request_says_how_it_stands_under_one_key() {
        let of = |orc: &str| {
            let found =
                nested(&format!("ORC|{orc}\rOBR|1|P1||us-3^UREA AND ELECTROLYTES|||202611020800"), Nesting::Requests);
            let Content::Report(report) = &found[0].content else { panic!("a report") };
            assert_eq!((found[0].key.as_str(), report.title.as_str()), ("order|P1|us-3", "UREA AND ELECTROLYTES"));
            (report.status, found[0].standing)
        };
        for (orc, status) in [
            ("NW|P1", ResultStatus::Registered),
            ("SC|P1|||IP", ResultStatus::Registered),
            ("SC|P1|||A", ResultStatus::Preliminary),
            ("SC|P1|||CM", ResultStatus::Final),
            ("CA|P1", ResultStatus::Cancelled),
            ("OC|P1", ResultStatus::Cancelled),
            ("SC|P1|||DC", ResultStatus::Cancelled),
            ("HD|P1", ResultStatus::Registered),
            ("ZZ|P1", ResultStatus::NotTold),
        ] {
            assert_eq!(of(orc), (status, Standing::Current), "{orc}");
        }
        assert_eq!(of("SC|P1|||ER").1, Standing::EnteredInError);
    }
}
