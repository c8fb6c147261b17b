//! The segments of results, put together as the standard nests them
//! (`ORU_R01`): order, its comments, its observations with theirs, its specimen.

use record::{ResultStatus, When};

use super::datatypes::{coded_text, identifier};
use super::draft::{Draft, joined};
use super::field::Field;
use super::message::Segment;
use super::visit;

/// One `ORC`/`OBR` and what belongs to it. Observations outside any order, as in
/// an `ADT`, make an order without either.
#[derive(Clone, Debug, Default)]
pub(super) struct Order<'m> {
    pub(super) control: Option<Segment<'m>>,
    pub(super) request: Option<Segment<'m>>,
    pub(super) specimen: Option<Segment<'m>>,
    pub(super) comments: Vec<Segment<'m>>,
    pub(super) observations: Vec<Observation<'m>>,
}

/// One `OBX` and the `NTE`s behind it.
#[derive(Clone, Debug)]
pub(super) struct Observation<'m> {
    pub(super) segment: Segment<'m>,
    pub(super) comments: Vec<Segment<'m>>,
}

/// How the standard nests orders in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nesting {
    /// `ORU`, `OUL^R21`: `ORC` before `OBR`, the specimen behind the observations.
    ByOrder,
    /// `OUL^R22`, `R23`: specimen first, then its orders, with `ORC` behind `OBR`.
    BySpecimen,
    /// `ORM`, `OML`: as by order, and each order is told although nothing is observed yet.
    Requests,
}

/// The orders among these segments.
pub(super) fn orders<'m>(segments: &[Segment<'m>], nesting: Nesting) -> Vec<Order<'m>> {
    let mut orders: Vec<Order<'m>> = Vec::new();
    let by_specimen = nesting == Nesting::BySpecimen;
    let mut specimen: Option<Segment<'m>> = None;
    // Whether a comment now would belong to what came last.
    let mut within = false;
    for &segment in segments {
        let open = orders.last_mut().filter(|_| within);
        match (segment.name(), open) {
            ("SPM", _) if by_specimen => {
                specimen = Some(segment);
                within = false;
                continue;
            }
            ("ORC", Some(order)) if by_specimen && order.control.is_none() && order.observations.is_empty() => {
                order.control = Some(segment);
            }
            ("ORC", _) => orders.push(Order { control: Some(segment), specimen, ..Order::default() }),
            ("OBR", Some(order)) if order.request.is_none() && order.observations.is_empty() => {
                order.request = Some(segment);
            }
            ("OBR", _) => orders.push(Order { request: Some(segment), specimen, ..Order::default() }),
            ("OBX", Some(order)) => order.observations.push(Observation { segment, comments: Vec::new() }),
            ("OBX", None) => {
                let observations = vec![Observation { segment, comments: Vec::new() }];
                orders.push(Order { observations, specimen, ..Order::default() });
            }
            ("NTE", Some(order)) => match order.observations.last_mut() {
                Some(observation) => observation.comments.push(segment),
                None => order.comments.push(segment),
            },
            ("SPM", Some(order)) => order.specimen = Some(segment),
            // These stand between the parts of one order and end none.
            (
                "TQ1" | "TQ2" | "CTD" | "CTI" | "FT1" | "PRT" | "ROL" | "SAC" | "DG1" | "SID" | "TCD" | "AL1" | "BLG",
                Some(_),
            ) => {}
            _ => {
                within = false;
                continue;
            }
        }
        within = true;
    }
    orders
}

impl Order<'_> {
    /// Its name: `UREA AND ELECTROLYTES`.
    pub(super) fn panel(&self) -> Option<String> {
        self.request.and_then(|request| coded_text(request.field(4).repetition(0)))
    }

    /// What the order is known by in each message about it: the laboratory's
    /// number, else the requester's, else what and when.
    pub(super) fn known_as(&self) -> Option<String> {
        let panel = self.request.and_then(|request| identifier(request.field(4))).unwrap_or_default();
        let of = |segment: Option<Segment<'_>>, number: usize| segment.and_then(|s| identifier(s.field(number)));
        let number = of(self.request, 3)
            .or_else(|| of(self.control, 3))
            .or_else(|| of(self.request, 2))
            .or_else(|| of(self.control, 2))
            .or_else(|| of(self.request, 7).map(|at| format!("at {at}")));
        number.map(|number| format!("{number}|{panel}"))
    }

    /// How the order stands: `ORC-1` where it ends it, else `ORC-5` (HL7 tables 0119
    /// and 0038). One that is only asked to be cancelled counts as cancelled, since
    /// that it could not be is told in its turn.
    pub(super) fn status(&self) -> ResultStatus {
        let Some(control) = self.control else { return ResultStatus::NotTold };
        match (control.field(1).component(1).bytes(), control.field(5).component(1).bytes()) {
            (b"CA" | b"OC" | b"CR" | b"DC" | b"OD" | b"DR" | b"UA" | b"RP" | b"RU", _) => ResultStatus::Cancelled,
            (_, b"CA" | b"DC" | b"RP") => ResultStatus::Cancelled,
            (_, b"CM") => ResultStatus::Final,
            (_, b"A") => ResultStatus::Preliminary,
            (_, b"HD" | b"IP" | b"SC") => ResultStatus::Registered,
            (
                b"NW" | b"OK" | b"XO" | b"XX" | b"XR" | b"SC" | b"SN" | b"NA" | b"HD" | b"OH" | b"HR" | b"RL" | b"OE"
                | b"OR" | b"RO" | b"RQ" | b"PA" | b"CH" | b"AF" | b"RE" | b"PR" | b"UC" | b"UD" | b"UX" | b"UH",
                b"",
            ) => ResultStatus::Registered,
            _ => ResultStatus::NotTold,
        }
    }

    /// `ORC-5` `ER`: there is no such order.
    pub(super) fn is_unknown_to_filler(&self) -> bool {
        self.control.is_some_and(|control| control.field(5).component(1).bytes() == b"ER")
    }

    /// `OBR-7`: when it was taken or seen.
    pub(super) fn taken(&self, draft: &mut Draft) -> Option<When> {
        self.request.and_then(|request| draft.when(request, 7))
    }

    /// `OBR-22`: when the laboratory last said something about it.
    pub(super) fn reported(&self, draft: &mut Draft) -> Option<When> {
        self.request.and_then(|request| draft.when(request, 22))
    }

    /// `SPM-4`, else `OBR-15`: what was examined.
    pub(super) fn specimen(&self) -> Option<String> {
        let source = self.request.map(|request| request.field(15).component(1));
        let old = || source.and_then(|source| source.subcomponent(2).told().or_else(|| source.subcomponent(1).told()));
        self.specimen.and_then(|specimen| coded_text(specimen.field(4).repetition(0))).or_else(old)
    }

    /// `ORC-28`: whether it is marked more confidential than usual (HL7 table 0177).
    pub(super) fn is_confidential(&self) -> bool {
        self.control.is_some_and(|control| is_confidential(control.field(28)))
    }
}

/// Anything but usual control is for the roles that see sensitive entries.
pub(super) fn is_confidential(field: Field<'_>) -> bool {
    field.component(1).told().is_some_and(|code| !matches!(code.as_str(), "U" | "N"))
}

/// The text of comments (`NTE-3`), one below the other.
pub(super) fn comments(segments: &[Segment<'_>]) -> Option<String> {
    joined(segments.iter().flat_map(|note| note.field(3).repetitions()).filter_map(|line| line.told()), "\n")
}

/// The visit that a message names, where it has a number.
pub(super) fn visit_key(segments: &[Segment<'_>]) -> Option<String> {
    segments.iter().find(|segment| segment.name() == "PV1").and_then(|segment| visit::key(*segment))
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;

    #[test]
    fn comments_belong_to_what_they_follow() {
        let message = "MSH|^~\\&|A\rPID|1\rNTE|1||on the person\rORC|RE\rOBR|1||L1|P^Panel\rNTE|1||on the order\r\
            OBX|1|NM|a||1\rNTE|1||on a~second line\rNTE|2||third\rOBX|2|NM|b||2\rSPM|1|||BLD^Blood\rOBR|2||L2\rOBX|1|NM|c||3\r";
        let message = Message::parse(message.as_bytes()).unwrap();
        let all: Vec<_> = message.segments().collect();
        let found = orders(&all, Nesting::ByOrder);
        assert_eq!(found.len(), 2);
        assert_eq!(comments(&found[0].comments).as_deref(), Some("on the order"));
        assert_eq!(comments(&found[0].observations[0].comments).as_deref(), Some("on a\nsecond line\nthird"));
        assert_eq!(comments(&found[0].observations[1].comments), None);
        assert_eq!(found[0].specimen().as_deref(), Some("Blood"));
        assert_eq!(found[0].known_as().as_deref(), Some("L1|P"));
        assert_eq!(found[1].observations.len(), 1);
    }

    #[test]
    fn where_the_specimen_comes_first_it_is_that_of_all_orders_behind_it() {
        let message = "MSH|^~\\&|A\rPID|1||7\rSPM|1|||BLD^Blood\rSAC|1\rOBR|1||L1|P\rORC|SC||L1\rNTE|1||on the order\r\
            OBX|1|NM|a||1\rOBR|2||L2|Q\rOBX|1|NM|b||2\rSPM|2|||UR^Urine\rOBR|1||L3|R\rOBX|1|NM|c||3\r";
        let message = Message::parse(message.as_bytes()).unwrap();
        let found = orders(&message.segments().collect::<Vec<_>>(), Nesting::BySpecimen);
        let told: Vec<_> = found.iter().map(|order| (order.specimen().unwrap(), order.observations.len())).collect();
        assert_eq!(told, [("Blood".to_owned(), 1), ("Blood".to_owned(), 1), ("Urine".to_owned(), 1)]);
        assert_eq!(found[0].control.map(|control| control.name()), Some("ORC"));
        assert_eq!(comments(&found[0].comments).as_deref(), Some("on the order"));
    }
}
