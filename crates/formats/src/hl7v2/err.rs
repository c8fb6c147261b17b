//! The `ERR` segment: what is wrong and where, in the shape of the sender's version.

use super::acknowledge::in_ascii;
use super::escape::escape;
use super::message::{Message, Segment};
use super::separators::Separators;
use crate::Problem;

/// Where something is wrong, as [`Problem::place`] writes it: `PID`, `PID-3`,
/// `PID[2]-3[1].4.1`. Counted from 1; what is not told is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'p> {
    pub(super) segment: &'p str,
    occurrence: usize,
    field: Option<usize>,
    repetition: Option<usize>,
    component: Option<usize>,
    subcomponent: Option<usize>,
}

impl<'p> Place<'p> {
    /// `None` where the text names no segment.
    pub(super) fn parse(text: &'p str) -> Option<Self> {
        let (segment, rest) = text.split_once('-').map_or((text, None), |(segment, rest)| (segment, Some(rest)));
        let (segment, occurrence) = counted(segment)?;
        let named = segment.len() == 3 && segment.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let mut parts = rest.into_iter().flat_map(|rest| rest.split('.'));
        let (field, repetition) = match parts.next() {
            None => (None, None),
            Some(field) => {
                let (field, repetition) = counted(field)?;
                (Some(field.parse().ok()?), repetition)
            }
        };
        let mut number = || parts.next().map(|part| part.parse().ok());
        let (component, subcomponent) = (number(), number());
        if !named || component == Some(None) || subcomponent == Some(None) {
            return None;
        }
        let (component, subcomponent) = (component.flatten(), subcomponent.flatten());
        Some(Self { segment, occurrence: occurrence.unwrap_or(1), field, repetition, component, subcomponent })
    }

    /// The parts of an `ERL` in order, without the empty ones at its end.
    fn location(self) -> Vec<String> {
        let number = |part: Option<usize>| part.map(|part| part.to_string()).unwrap_or_default();
        let deeper = self.component.map(|_| self.repetition.unwrap_or(1)).or(self.repetition);
        let mut parts = vec![self.segment.to_owned(), self.occurrence.to_string(), number(self.field)];
        parts.extend([deeper, self.component, self.subcomponent].map(number));
        while parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        parts
    }
}

/// `PID[2]`: a name and which of them.
fn counted(text: &str) -> Option<(&str, Option<usize>)> {
    let Some((name, count)) = text.split_once('[') else { return Some((text, None)) };
    let count: usize = count.strip_suffix(']')?.parse().ok()?;
    (count > 0).then_some((name, Some(count)))
}

/// The fields of the `ERR` of a problem. Before v2.5 it is `ERR-1`, segment,
/// sequence, field and code; since then `ERR-2`, 3, 4, 7 and 8 (HL7 v2.5 §2.15.5).
/// `advice` says what to do about it.
pub(super) fn fields(
    original: &[u8],
    problem: &Problem,
    is_before_2_5: bool,
    advice: &str,
    separators: &Separators,
) -> Vec<Vec<u8>> {
    let place = Place::parse(&problem.place);
    let (code, meaning) = fault(original, place);
    let coded = [code.as_bytes(), meaning.as_bytes(), b"HL70357"];
    let escaped = |text: &str| escape(&in_ascii(text), separators);
    let component = separators.component;
    if is_before_2_5 {
        let parts = place.map(|place| place.location()).unwrap_or_default();
        let part = |at: usize| parts.get(at).cloned().unwrap_or_default().into_bytes();
        let code = coded.join(&separators.subcomponent.unwrap_or(b' '));
        return vec![[part(0), part(1), part(2), code].join(&component)];
    }
    let location = place.map(|place| place.location().join(&char::from(component).to_string())).unwrap_or_default();
    let diagnostic = format!("{}. {advice}", problem.what);
    vec![
        Vec::new(),
        location.into_bytes(),
        coded.join(&component),
        b"E".to_vec(),
        Vec::new(),
        Vec::new(),
        escaped(&diagnostic),
        escaped(&problem.what),
    ]
}

/// A code of HL7 table 0357 and its meaning there.
type Fault = (&'static str, &'static str);

const INTERNAL: Fault = ("207", "Application internal error");
const MISSING: Fault = ("101", "Required field missing");

fn fault(original: &[u8], place: Option<Place<'_>>) -> Fault {
    let Some(place) = place else { return INTERNAL };
    match (place.segment, place.field) {
        // What keeps a message from being read stands in its header.
        ("MSH", Some(9)) => return header_fault(original, 9, ("200", "Unsupported message type")),
        ("MSH", Some(10)) => return header_fault(original, 10, ("205", "Duplicate key identifier")),
        ("MSH", Some(11)) => return header_fault(original, 11, ("202", "Unsupported processing id")),
        ("MSH", Some(12)) => return header_fault(original, 12, ("203", "Unsupported version id")),
        ("MSH", Some(18)) => return header_fault(original, 18, ("103", "Table value not found")),
        _ => {}
    }
    let Ok(message) = Message::parse(original) else { return INTERNAL };
    let named = message.segments().filter(|segment| segment.name() == place.segment).nth(place.occurrence - 1);
    match (named, place.field) {
        (None, _) | (_, None) => ("100", "Segment sequence error"),
        (Some(segment), Some(number)) if segment.field(number).is_absent() => MISSING,
        _ => ("102", "Data type error"),
    }
}

/// A message's type is missing too where it names no event.
fn header_fault(original: &[u8], number: usize, other: Fault) -> Fault {
    let Ok(header) = Segment::header(original) else { return INTERNAL };
    let field = header.field(number);
    let is_missing = field.is_absent() || (number == 9 && field.component(2).is_absent());
    if is_missing { MISSING } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(place: &str) -> Option<String> {
        Place::parse(place).map(|place| place.location().join("^"))
    }

    #[test]
    fn a_place_is_told_as_deep_as_it_is_known() {
        assert_eq!(location("PID").as_deref(), Some("PID^1"));
        assert_eq!(location("PID-3").as_deref(), Some("PID^1^3"));
        assert_eq!(location("OBX[12]-5[2]").as_deref(), Some("OBX^12^5^2"));
        assert_eq!(location("PID-3.1").as_deref(), Some("PID^1^3^1^1"));
        assert_eq!(location("PID[2]-3[4].4.2").as_deref(), Some("PID^2^3^4^4^2"));
        for none in ["message", "entry[3].resource", "PID-", "PID-x", "PID-3.x", "PID[0]-3", "PID[2", "line 12"] {
            assert_eq!(location(none), None, "{none}");
        }
    }

    #[test]
    fn each_fault_of_a_header_has_its_own_code() {
        let of = |header: &str, place: &str| fault(header.as_bytes(), Place::parse(place)).0;
        let whole = "MSH|^~\\&|||||||ADT^A01|42|P|2.4||||||KLINGON";
        assert_eq!(of(whole, "MSH-10"), "205");
        assert_eq!(of(whole, "MSH-9"), "200");
        assert_eq!(of(whole, "MSH-18"), "103");
        assert_eq!(of("MSH|^~\\&|||||||ADT|", "MSH-9"), "101");
        assert_eq!(of("MSH|^~\\&|||||||ADT|", "MSH-10"), "101");
        assert_eq!(of("no message", "MSH-10"), "207");
        assert_eq!(of(whole, "message"), "207");
        assert_eq!(of(&format!("{whole}\rPID|1\rPID|2||7"), "PID[2]-3"), "102");
    }
}
