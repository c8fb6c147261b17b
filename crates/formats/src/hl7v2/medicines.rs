use record::{Content, Medicine, MedicineStatus, NewEntry, Standing, When};

use super::datatypes::{code, coded_text, first_clinician, identifier};
use super::draft::{Draft, joined};
use super::field::{Component, Field};
use super::message::Segment;
use super::orders::{comments, is_confidential, visit_key};
use crate::Problem;

/// One `ORC` and what belongs to it (`RDE_O11`, `RDS_O13`, `RAS_O17`).
#[derive(Clone, Debug, Default)]
struct Order<'m> {
    control: Option<Segment<'m>>,
    /// `RXO`: as it was asked for.
    asked: Option<Segment<'m>>,
    /// `RXE`: as the pharmacy took it.
    encoded: Option<Segment<'m>>,
    supplied: Vec<Segment<'m>>,
    given: Vec<Segment<'m>>,
    /// The last of each; that behind `RXE` counts before that behind `RXO`.
    route: Option<Segment<'m>>,
    timing: Option<Segment<'m>>,
    comments: Vec<Segment<'m>>,
}

/// The medicines of `RDE`, `RDS` and `RAS`: prescribed, supplied and given.
///
/// # Errors
/// When no segment names a medicine.
pub(super) fn read(segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    let orders = orders(segments);
    let names_any = |order: &Order<'_>| {
        order.asked.or(order.encoded).is_some() || !order.supplied.is_empty() || !order.given.is_empty()
    };
    if !orders.iter().any(names_any) {
        return Err(Problem::new("RXE", "a message about medicines without RXO, RXE, RXD or RXA"));
    }
    let visit = visit_key(segments);
    for order in orders {
        let ordered = order.encoded.or(order.asked);
        if let Some(ordered) = ordered {
            push_order(&order, ordered, visit.as_deref(), draft);
        } else {
            order.supplied.iter().for_each(|supply| push_supply(&order, *supply, visit.as_deref(), draft));
        }
        order.given.iter().for_each(|given| push_given(&order, *given, visit.as_deref(), draft));
    }
    Ok(())
}

fn orders<'m>(segments: &[Segment<'m>]) -> Vec<Order<'m>> {
    let mut orders: Vec<Order<'m>> = Vec::new();
    for &segment in segments {
        let name = segment.name();
        let begins = name == "ORC" || (orders.is_empty() && matches!(name, "RXO" | "RXE" | "RXD" | "RXA"));
        if begins {
            orders.push(Order::default());
        }
        let Some(order) = orders.last_mut() else { continue };
        match name {
            "ORC" => order.control = Some(segment),
            "RXO" => order.asked = Some(segment),
            "RXE" => order.encoded = Some(segment),
            "RXD" => order.supplied.push(segment),
            "RXA" => order.given.push(segment),
            "RXR" => order.route = Some(segment),
            "TQ1" => order.timing = Some(segment),
            "NTE" => order.comments.push(segment),
            _ => {}
        }
    }
    orders
}

/// Where each segment keeps the same things.
struct Fields {
    name: usize,
    least: usize,
    most: usize,
    units: usize,
    form: usize,
    instructions: &'static [usize],
}

const ENCODED: Fields = Fields { name: 2, least: 3, most: 4, units: 5, form: 6, instructions: &[7, 21] };
const ASKED: Fields = Fields { name: 1, least: 2, most: 3, units: 4, form: 5, instructions: &[7, 6] };
const SUPPLIED: Fields = Fields { name: 2, least: 12, most: 12, units: 12, form: 6, instructions: &[9, 15] };
const GIVEN: Fields = Fields { name: 5, least: 6, most: 6, units: 7, form: 8, instructions: &[9] };

fn push_order(order: &Order<'_>, ordered: Segment<'_>, visit: Option<&str>, draft: &mut Draft) {
    let fields = if ordered.name() == "RXE" { ENCODED } else { ASKED };
    let Some(mut medicine) = medicine(order, ordered, &fields, draft) else { return };
    let (status, is_wrong) = status(order.control);
    medicine.status = status;
    let supplied = order.supplied.last().copied();
    medicine.last_issued = supplied.and_then(|supply| draft.when(supply, 3));
    medicine.reason =
        joined(ordered.field(if ordered.name() == "RXE" { 27 } else { 20 }).repetitions().filter_map(coded_text), ", ");
    let key = format!("medicine|{}", known_as(order, ordered, &fields));
    let mut entry = draft.entry(key, Content::Medicine(medicine));
    entry.standing = match status {
        _ if is_wrong => Standing::EnteredInError,
        MedicineStatus::Completed | MedicineStatus::Discontinued => Standing::Past,
        _ => Standing::Current,
    };
    finish(entry, order, ordered, &fields, visit, draft);
}

/// A supply whose order is not in the message.
fn push_supply(order: &Order<'_>, supply: Segment<'_>, visit: Option<&str>, draft: &mut Draft) {
    let Some(mut medicine) = medicine(order, supply, &SUPPLIED, draft) else { return };
    medicine.last_issued = draft.when(supply, 3);
    let amount = joined([supply.field(4).told(), unit(supply.field(5))].into_iter().flatten(), " ");
    let amount = amount.map(|amount| format!("Supplied: {amount}"));
    medicine.instruction = joined(medicine.instruction.into_iter().chain(amount), "\n");
    let at = medicine.last_issued;
    let number = identifier(supply.field(7)).unwrap_or_default();
    let key = format!(
        "supply|{}|{number}|{}",
        known_as(order, supply, &SUPPLIED),
        supply.field(1).told().unwrap_or_default()
    );
    let mut entry = draft.entry(key, Content::Medicine(medicine));
    entry.author = first_clinician([supply.field(10)]);
    entry.when = at;
    finish(entry, order, supply, &SUPPLIED, visit, draft);
}

/// One administration (`RXA`): given, or not and why (HL7 table 0322).
fn push_given(order: &Order<'_>, given: Segment<'_>, visit: Option<&str>, draft: &mut Draft) {
    let Some(mut medicine) = medicine(order, given, &GIVEN, draft) else { return };
    let (start, end) = (draft.when(given, 3), draft.when(given, 4));
    let why_not = joined(given.field(18).repetitions().filter_map(coded_text), ", ");
    let said = match given.field(20).component(1).bytes() {
        b"RE" => "Not given: refused",
        b"NA" => "Not given",
        b"PA" => "Given in part",
        _ => "Given",
    };
    let is_given = said.starts_with("Given");
    medicine.status = if is_given { MedicineStatus::Completed } else { MedicineStatus::NotTold };
    (medicine.started, medicine.ended) = if is_given { (start, end.or(start)) } else { (None, None) };
    let why_not = why_not.filter(|_| !is_given);
    let said = joined([Some(said.to_owned()), why_not].into_iter().flatten(), ": ");
    medicine.instruction = joined(said.into_iter().chain(medicine.instruction), "\n");
    let at = start.or(draft.about.happened);
    let time = at.map(When::to_iso).unwrap_or_default();
    let key = format!("given|{}|{time}", known_as(order, given, &GIVEN));
    let mut entry = draft.entry(key, Content::Medicine(medicine));
    entry.author = first_clinician([given.field(10)]);
    entry.when = at;
    // What was given once is a fact of the past and no medicine that is being taken.
    let is_deleted = given.field(21).component(1).bytes() == b"D";
    entry.standing = if is_deleted { Standing::EnteredInError } else { Standing::Past };
    finish(entry, order, given, &GIVEN, visit, draft);
}

fn finish(
    mut entry: NewEntry,
    order: &Order<'_>,
    segment: Segment<'_>,
    fields: &Fields,
    visit: Option<&str>,
    draft: &mut Draft,
) {
    let control = order.control;
    let said = control.and_then(|control| draft.when(control, 9));
    let began = match &entry.content {
        Content::Medicine(medicine) => medicine.started,
        _ => None,
    };
    entry.when = entry.when.or(began).or(said);
    entry.recorded = said.or(entry.recorded);
    entry.author = entry
        .author
        .or_else(|| control.and_then(|control| first_clinician([12, 10, 19].map(|number| control.field(number)))));
    entry.code = code(segment.field(fields.name).repetition(0));
    entry.part_of = visit.map(str::to_owned);
    if control.is_some_and(|control| is_confidential(control.field(28))) {
        entry.sensitivity = record::Sensitivity::Sensitive;
    }
    draft.push(entry);
}

fn medicine(order: &Order<'_>, segment: Segment<'_>, fields: &Fields, draft: &mut Draft) -> Option<Medicine> {
    let Some(name) = coded_text(segment.field(fields.name).repetition(0)) else {
        draft.note(format!("{}-{}", segment.name(), fields.name), "a medicine without a name; it was not taken");
        return None;
    };
    let timing = Timing::of(order, segment, draft);
    let told = fields.instructions.iter().flat_map(|number| segment.field(*number).repetitions());
    let told = told.filter_map(coded_text);
    let instruction = told.chain(timing.words).chain(comments(&order.comments));
    let course = order.control.and_then(|control| match control.field(29).component(1).bytes() {
        b"I" => Some("Inpatient order".to_owned()),
        b"O" => Some("Outpatient order".to_owned()),
        _ => None,
    });
    Some(Medicine {
        name,
        form: coded_text(segment.field(fields.form).repetition(0)),
        dose: dose(segment, fields),
        route: order.route.and_then(|route| coded_text(route.field(1).repetition(0))),
        frequency: timing.frequency,
        status: MedicineStatus::NotTold,
        course,
        started: timing.start,
        ended: timing.end,
        last_issued: None,
        reason: None,
        instruction: joined(instruction, "\n"),
    })
}

/// The amount each time, with its unit: `5 mg`, `1 to 2 tablets`.
fn dose(segment: Segment<'_>, fields: &Fields) -> Option<String> {
    if fields.least == fields.units {
        // RXD-12 is a quantity with its unit within.
        let quantity = segment.field(fields.least);
        return joined([quantity.component(1).told(), text_of(quantity.component(2))].into_iter().flatten(), " ");
    }
    // 999 stands for an amount that nobody knows (HL7 v2.5 §4.14.7.6).
    let number = |number: usize| segment.field(number).component(1).told().filter(|amount| amount != "999");
    let (least, most) = (number(fields.least), number(fields.most));
    let amount = match (least, most) {
        (Some(least), Some(most)) if least != most => format!("{least} to {most}"),
        (least, most) => least.or(most)?,
    };
    joined([Some(amount), unit(segment.field(fields.units))].into_iter().flatten(), " ")
}

fn unit(field: Field<'_>) -> Option<String> {
    coded_text(field.repetition(0))
}

/// The text of a coded value within a component.
fn text_of(component: Component<'_>) -> Option<String> {
    [2, 1].into_iter().find_map(|number| component.subcomponent(number).told())
}

/// How often, from when and until when: `TQ1` (since v2.5), else the timing quantity
/// of `RXE-1` or `ORC-7`.
#[derive(Default)]
struct Timing {
    frequency: Option<String>,
    start: Option<When>,
    end: Option<When>,
    words: Vec<String>,
}

impl Timing {
    fn of(order: &Order<'_>, segment: Segment<'_>, draft: &mut Draft) -> Self {
        if let Some(timing) = order.timing {
            let often = timing.field(3).repetitions().filter_map(|one| text_of(one.component(1)));
            let length = joined(
                [timing.field(6).component(1).told(), text_of(timing.field(6).component(2))].into_iter().flatten(),
                " ",
            );
            return Self {
                frequency: joined(often, ", "),
                start: draft.when(timing, 7),
                end: draft.when(timing, 8),
                words: [timing.field(10).told(), timing.field(11).told(), length.map(|length| format!("For {length}"))]
                    .into_iter()
                    .flatten()
                    .collect(),
            };
        }
        let within = (segment.name() == "RXE").then(|| segment.field(1)).filter(|field| !field.is_absent());
        let Some(quantity) = within.or_else(|| order.control.map(|control| control.field(7))) else {
            return Self::default();
        };
        let when = |number: usize| quantity.component(number).told().and_then(|text| When::parse_hl7(&text).ok());
        Self {
            frequency: quantity.component(2).subcomponent(1).told(),
            start: when(4),
            end: when(5),
            words: quantity.component(8).told().into_iter().collect(),
        }
    }
}

/// What an order is known by in each message about it: the prescriber's number, else
/// the pharmacy's, the prescription's, or the medicine itself.
fn known_as(order: &Order<'_>, segment: Segment<'_>, fields: &Fields) -> String {
    let numbers = order.control.into_iter().flat_map(|control| [2, 3].map(|number| identifier(control.field(number))));
    let number = numbers.flatten().next();
    let number = number.or_else(|| (segment.name() == "RXE").then(|| identifier(segment.field(15))).flatten());
    let medicine = identifier(segment.field(fields.name)).unwrap_or_default();
    format!("{}|{medicine}", number.unwrap_or_default())
}

/// How an order stands: `ORC-1` where it ends or holds it, else `ORC-5` (HL7 tables
/// 0119 and 0038), and whether the pharmacy says that there is no such order.
fn status(control: Option<Segment<'_>>) -> (MedicineStatus, bool) {
    let Some(control) = control else { return (MedicineStatus::NotTold, false) };
    let (order, stands) = (control.field(1).component(1), control.field(5).component(1));
    let status = match (order.bytes(), stands.bytes()) {
        (b"CA" | b"OC" | b"CR" | b"DC" | b"OD" | b"DR" | b"UA" | b"DF" | b"RP" | b"RU", _) => {
            MedicineStatus::Discontinued
        }
        (_, b"CA" | b"DC" | b"RP") => MedicineStatus::Discontinued,
        (_, b"CM") => MedicineStatus::Completed,
        (_, b"HD") | (b"HD" | b"OH" | b"HR", _) => MedicineStatus::Suspended,
        (_, b"A" | b"IP" | b"SC") => MedicineStatus::Started,
        (
            b"NW" | b"OK" | b"XO" | b"XX" | b"XR" | b"SN" | b"NA" | b"RL" | b"OE" | b"OR" | b"RO" | b"RQ" | b"RF"
            | b"AF" | b"FU" | b"OF" | b"RE" | b"PA" | b"CH" | b"UC" | b"UD" | b"UH" | b"UX",
            _,
        ) => MedicineStatus::Started,
        _ => MedicineStatus::NotTold,
    };
    (status, stands.bytes() == b"ER")
}
