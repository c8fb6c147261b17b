use record::{Content, Letter, LetterStatus, Sensitivity, Standing};

use super::datatypes::{coded_text, first_clinician, identifier};
use super::draft::{Draft, joined};
use super::message::Segment;
use super::orders::{is_confidential, visit_key};
use super::values::{self, Document};
use crate::Problem;

/// The letter of an `MDM`: `TXA` and the `OBX` behind it.
///
/// # Errors
/// When there is no `TXA`, or it names no document.
pub(super) fn read(segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    let header = segments
        .iter()
        .position(|segment| segment.name() == "TXA")
        .ok_or_else(|| Problem::new("TXA", "a document message without TXA"))?;
    let (before, behind) = segments.split_at(header);
    let Some((&header, content)) = behind.split_first() else { return Ok(()) };
    let number = identifier(header.field(12))
        .ok_or_else(|| Problem::new("TXA-12", "a document message without the document's number"))?;
    let event = draft.about.event.clone();
    let body = Body::of(content);
    let removed = event == "T11" || matches!(header.field(19).component(1).bytes(), b"CA" | b"DE");
    if matches!(event.as_str(), "T03" | "T07") && !removed && body.is_empty() {
        draft.note("TXA", "a change of a document without its content; its earlier version is kept");
        return Ok(());
    }
    supersede(header, &event, &number, draft);
    let written = draft.when(header, 6);
    let active = draft.when(header, 4);
    if body.document.is_some() && body.text.is_none() && body.elsewhere().is_none() {
        draft.note("OBX-5", "a document is kept in the original message; its content is not shown");
    }
    let kind = kind(header);
    let letter = Letter {
        title: header
            .field(25)
            .told()
            .or(body.name.clone())
            .or_else(|| kind.clone())
            .unwrap_or_else(|| "Document".into()),
        status: status(header),
        kind,
        written: written.or(active),
        media_type: body.document.as_ref().and_then(|document| document.media_type.clone()),
        elsewhere: body.elsewhere(),
        text: body.text,
    };
    let mut entry = draft.entry(key(&number), Content::Letter(letter));
    entry.when = active.or(written);
    entry.recorded = draft.when(header, 8).or(draft.when(header, 7)).or(entry.recorded);
    entry.author = first_clinician([9, 5, 10, 22].map(|number| header.field(number)));
    entry.part_of = parent(header, &number).filter(|_| is_addendum(&event)).or_else(|| visit_key(before));
    if is_confidential(header.field(18)) {
        entry.sensitivity = Sensitivity::Sensitive;
    }
    if removed {
        entry.standing = Standing::EnteredInError;
    }
    draft.push(entry);
    Ok(())
}

fn key(number: &str) -> String {
    format!("letter|{number}")
}

fn is_addendum(event: &str) -> bool {
    matches!(event, "T05" | "T06")
}

/// `TXA-13`: the document that this one adds to or replaces.
fn parent(header: Segment<'_>, number: &str) -> Option<String> {
    identifier(header.field(13)).filter(|parent| parent != number).map(|parent| key(&parent))
}

/// A replacement (`T09`, `T10`) under a number of its own: the letter that it
/// replaces was usually wrong and must not go on standing as if it were right.
fn supersede(header: Segment<'_>, event: &str, number: &str, draft: &mut Draft) {
    let Some(parent) = parent(header, number).filter(|_| matches!(event, "T09" | "T10")) else { return };
    let kind = kind(header);
    let letter = Letter {
        title: kind.clone().unwrap_or_else(|| "Document".to_owned()),
        status: LetterStatus::Superseded,
        kind,
        written: None,
        text: None,
        media_type: None,
        elsewhere: None,
    };
    let mut entry = draft.entry(parent, Content::Letter(letter));
    entry.when = draft.about.happened;
    entry.standing = Standing::Past;
    if is_confidential(header.field(18)) {
        entry.sensitivity = Sensitivity::Sensitive;
    }
    draft.push(entry);
}

/// What the `OBX` segments hold.
#[derive(Debug, Default)]
struct Body {
    name: Option<String>,
    text: Option<String>,
    document: Option<Document>,
}

impl Body {
    fn of(content: &[Segment<'_>]) -> Self {
        let mut body = Self::default();
        let mut lines: Vec<String> = Vec::new();
        for segment in content {
            match segment.name() {
                // Identifiers of images and the like are no text.
                "OBX" if matches!(segment.field(2).bytes(), b"HD" | b"EI" | b"OID") => {}
                "OBX" => {
                    body.name = body.name.take().or_else(|| coded_text(segment.field(3).repetition(0)));
                    match values::document(*segment) {
                        Some(document) => {
                            lines.extend(document.text.clone());
                            body.document.get_or_insert(document);
                        }
                        None => lines.extend(values::value(*segment)),
                    }
                }
                "NTE" => lines.extend(segment.field(3).told()),
                _ => {}
            }
        }
        body.text = joined(lines, "\n");
        body
    }

    fn elsewhere(&self) -> Option<String> {
        self.document.as_ref().and_then(|document| document.elsewhere.clone())
    }

    fn is_empty(&self) -> bool {
        self.text.is_none() && self.document.is_none()
    }
}

/// `TXA-17` (HL7 table 0271), and `TXA-19` where it says that it is obsolete.
fn status(header: Segment<'_>) -> LetterStatus {
    match (header.field(17).component(1).bytes(), header.field(19).component(1).bytes()) {
        (_, b"OB") => LetterStatus::Superseded,
        (b"AU" | b"LA", _) => LetterStatus::Final,
        (b"DI" | b"DO" | b"IN" | b"IP" | b"PA", _) => LetterStatus::Draft,
        _ => LetterStatus::NotTold,
    }
}

/// `TXA-2` in words (HL7 table 0270).
fn kind(header: Segment<'_>) -> Option<String> {
    let told = header.field(2).repetition(0);
    let word = match told.component(1).bytes() {
        _ if !told.component(2).is_absent() => return coded_text(told),
        b"AR" => "Autopsy report",
        b"CD" => "Cardiology report",
        b"CN" => "Consultation",
        b"DI" => "Diagnostic imaging report",
        b"DS" => "Discharge summary",
        b"ED" => "Emergency department report",
        b"HP" => "History and examination",
        b"OP" => "Operation note",
        b"PC" => "Psychiatric consultation",
        b"PH" => "Psychiatric history and examination",
        b"PN" => "Procedure note",
        b"PR" => "Progress note",
        b"SP" => "Pathology report",
        b"TS" => "Transfer summary",
        _ => return coded_text(told),
    };
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::draft::About;
    use super::super::message::Message;
    use super::*;
    use record::{NewEntry, When};

    fn read_as(event: &str, segments: &str) -> Result<Vec<NewEntry>, Problem> {
        let message = format!("MSH|^~\\&|A\r{segments}\r");
        let message = Message::parse(message.as_bytes()).unwrap();
        let mut draft = Draft::new(&About { event: event.into(), ..About::default() });
        read(&message.segments().collect::<Vec<_>>(), &mut draft)?;
        Ok(draft.finish().0)
    }

    fn letter(entry: &NewEntry) -> &Letter {
        let Content::Letter(letter) = &entry.content else { panic!("a letter") };
        letter
    }

    const HEADER: &str = "TXA|1|DS|TX|202611020900|7^Hart^Rosa^^^Dr|202611021000||||||D1|D0||||AU|V";

    #[test]
    fn a_letters_text_is_its_lines_in_order() {
        let found = read_as(
            "T02",
            &format!("{HEADER}\rOBX|1|TX|l^Discharge letter||Dear Dr~Thank you\rOBX|2|FT|l||He is\\.br\\well"),
        );
        let found = found.unwrap();
        let one = letter(&found[0]);
        assert_eq!(one.text.as_deref(), Some("Dear Dr\nThank you\nHe is\nwell"));
        assert_eq!((one.title.as_str(), one.kind.as_deref()), ("Discharge letter", Some("Discharge summary")));
        assert_eq!(one.status, LetterStatus::Final);
        assert_eq!(found[0].key, "letter|D1");
        assert_eq!(found[0].author.as_deref(), Some("Dr Rosa Hart"));
        assert_eq!(found[0].sensitivity, Sensitivity::Sensitive);
        assert_eq!(one.written.map(When::to_iso).as_deref(), Some("2026-11-02T10:00:00"));
    }

    #[test]
    fn a_replacement_replaces_what_it_names() {
        let found = read_as("T10", &format!("{HEADER}\rOBX|1|TX|l||New")).unwrap();
        let states: Vec<_> = found.iter().map(|e| (e.key.as_str(), letter(e).status)).collect();
        assert_eq!(states, [("letter|D0", LetterStatus::Superseded), ("letter|D1", LetterStatus::Final)]);
        assert_eq!(found[0].standing, Standing::Past);
    }

    #[test]
    fn an_addendum_belongs_to_its_parent_and_replaces_nothing() {
        let found = read_as("T06", &format!("{HEADER}\rOBX|1|TX|l||More")).unwrap();
        assert_eq!((found.len(), found[0].part_of.as_deref()), (1, Some("letter|D0")));
    }

    #[test]
    fn a_change_of_state_without_content_leaves_the_text_alone() {
        assert!(read_as("T03", HEADER).unwrap().is_empty());
        assert_eq!(read_as("T01", HEADER).unwrap().len(), 1);
        assert_eq!(read_as("T11", HEADER).unwrap()[0].standing, Standing::EnteredInError);
    }

    #[test]
    fn a_document_that_is_no_text_says_what_it_is() {
        let found = read_as("T02", &format!("{HEADER}\rOBX|1|ED|p^Letter||^application^pdf^Base64^JVBE")).unwrap();
        assert_eq!(letter(&found[0]).media_type.as_deref(), Some("application/pdf"));
        assert_eq!(letter(&found[0]).text, None);
    }

    #[test]
    fn a_document_without_header_or_number_is_a_fault() {
        assert_eq!(read_as("T02", "OBX|1|TX|l||x").unwrap_err().place, "TXA");
        assert_eq!(read_as("T02", "TXA|1|DS").unwrap_err().place, "TXA-12");
    }
}
