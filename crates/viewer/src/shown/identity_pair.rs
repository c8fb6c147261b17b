use disclosure::{
    Agreement as Level, Compared, DoubtKind, FieldAgreement, IdentityDoubt, LinkDecision, Named, PairChart, PairPerson,
    Region, StoredPair, compared,
};
use record::{Address, Audience, Demographics, When};

use super::identity_list::{about, asks, came_of_it, carrying_out, decided, instant, likely, moment, source_name};
use crate::handlers::identity::LIST;
use crate::pages::identity_pair::{
    Agreement, ChartLine, ComparedField, DecidedLine, Doubt, IdentityPair, Standing, Told,
};
use crate::pages::identity_record::{ChartTold, IdentityRecord};
use crate::pages::parts::{Frame, Moment, ServerForm};

/// What stands for whatever would tell where a restricted person is to be found.
const NOT_SHOWN: &str = "Restricted: not shown";

/// Two people side by side.
pub(crate) fn pair(frame: Frame, form: ServerForm, pair: &StoredPair, region: &Region) -> IdentityPair {
    let none = PairPerson { person: record::PersonId(0), is_restricted: false, charts: Vec::new() };
    let one = pair.people.first().unwrap_or(&none);
    let other = pair.people.get(1).unwrap_or(&none);
    IdentityPair {
        frame,
        base: base(pair),
        form,
        doubt: doubt(&pair.doubt, region),
        sides: [chart_lines(one, region), chart_lines(other, region)],
        fields: fields(one, other, region),
        is_masked: one.is_restricted || other.is_restricted,
        has_two_numbers: pair.seen.has_two_numbers(),
        is_doubted: pair.doubt.item.kind != DoubtKind::Undoubted,
        standing: standing(pair),
        decided: pair.decided.iter().map(decided_line).collect(),
        was_parted: pair.decided.iter().any(|decision| decision.parted),
        compared_again: compared_again(pair),
        chosen: String::new(),
        reason: String::new(),
        reason_chars_max: access::REASON_CHARACTERS_MAX,
        errors: Vec::new(),
    }
}

/// One person's charts.
pub(crate) fn record(frame: Frame, form: ServerForm, pair: &StoredPair, region: &Region) -> IdentityRecord {
    let charts = pair.people.iter().flat_map(|person| {
        person.charts.iter().map(|chart| ChartTold {
            chart: chart.chart.0,
            source: source_name(region, &chart.source),
            since: since(chart),
            fields: told_fields(chart, person.is_restricted),
            why: chart.linked.as_ref().map(|(_, why)| why.clone()).filter(|why| !why.is_empty()),
        })
    });
    IdentityRecord {
        frame,
        base: base(pair),
        form,
        doubt: doubt(&pair.doubt, region),
        charts: charts.collect(),
        told_apart: told_apart(pair),
        is_masked: pair.people.iter().any(|person| person.is_restricted),
        standing: standing(pair),
        decided: pair.decided.iter().map(decided_line).collect(),
        was_parted: pair.decided.iter().any(|decision| decision.parted),
        reason: String::new(),
        reason_chars_max: access::REASON_CHARACTERS_MAX,
        errors: Vec::new(),
    }
}

/// Where two who were told apart may be linked after all.
fn compared_again(pair: &StoredPair) -> Option<String> {
    let is_over = pair.doubt.item.kind != DoubtKind::Undoubted && !pair.doubt.is_open && pair.doubt.under_way.is_none();
    let [one, other] = pair.people.as_slice() else { return None };
    let mut charts = one.charts.iter().filter(|_| is_over);
    charts.find(|chart| chart.told_apart_from == Some(other.person)).map(compared_with)
}

/// Where a record is compared with each that something was told apart from it.
fn told_apart(pair: &StoredPair) -> Vec<String> {
    let mut others = Vec::new();
    let charts = pair.people.iter().flat_map(|person| &person.charts).filter(|chart| {
        let is_new = chart.told_apart_from.is_some_and(|other| !others.contains(&other));
        others.extend(chart.told_apart_from);
        is_new
    });
    charts.map(compared_with).collect()
}

/// Where a chart is compared with the record that it was told apart from.
fn compared_with(chart: &PairChart) -> String {
    format!("{LIST}/{}", Named::ToldApart(chart.chart).number())
}

pub(crate) fn base(pair: &StoredPair) -> String {
    format!("{LIST}/{}", pair.doubt.item.id)
}

fn doubt(doubt: &IdentityDoubt, region: &Region) -> Doubt {
    Doubt {
        about: about(doubt),
        likely: likely(doubt.item.odds_centibits),
        source: source_name(region, &doubt.item.source),
        since: moment(doubt.item.at),
        reasons: doubt.item.reasons.clone(),
    }
}

fn standing(pair: &StoredPair) -> Standing {
    let doubt = &pair.doubt;
    if let Some(act) = doubt.under_way {
        return Standing::UnderWay(carrying_out(act));
    }
    let is_undoubted = doubt.item.kind == DoubtKind::Undoubted;
    if is_undoubted && (pair.decided.is_empty() || !doubt.is_of_one_record) {
        return match &doubt.first_reviewer {
            Some((name, at)) => first_reviewer(name, *at),
            None => Standing::Undoubted,
        };
    }
    if !doubt.is_open {
        let words = pair.decided.iter().rev().find(|decision| decision.done.is_some());
        let words = words.map_or_else(|| "It no longer waits: it was settled.".to_owned(), settled);
        return Standing::Settled(words);
    }
    match &doubt.first_reviewer {
        Some((name, at)) => first_reviewer(name, *at),
        None => Standing::Waiting(doubt.asks_the_source.as_ref().map(asks)),
    }
}

fn first_reviewer(name: &str, at: jiff::Timestamp) -> Standing {
    Standing::SecondReviewer(format!("{name} said that they are one person, {}", instant(at)))
}

fn settled(decision: &LinkDecision) -> String {
    format!("{}: {}", decided(decision.act), came_of_it(decision))
}

fn decided_line(decision: &LinkDecision) -> DecidedLine {
    DecidedLine {
        when: moment(decision.at),
        who: decision.staff_name.clone(),
        what: decided(decision.act),
        why: decision.reason.clone(),
        came_of_it: came_of_it(decision),
        taken_back_by: Some(decision.id).filter(|_| decision.can_be_taken_back),
    }
}

fn chart_lines(person: &PairPerson, region: &Region) -> Vec<ChartLine> {
    let line = |chart: &PairChart| ChartLine { source: source_name(region, &chart.source), since: since(chart) };
    person.charts.iter().map(line).collect()
}

/// Since when it is this person's, or else what it told last.
pub(super) fn since(chart: &PairChart) -> Option<Moment> {
    chart.linked.as_ref().map(|(at, _)| *at).or(chart.told_at).map(moment)
}

/// What of a chart is shown: its name in the table, what it tells, and whether it says
/// where somebody is to be found.
type Field = (&'static str, fn(&PairChart) -> Vec<String>, bool);

const FIELDS: [Field; 10] = [
    ("Name", |chart| vec![chart.told.name.shown()], false),
    ("Other names", |chart| chart.told.other_names.iter().map(record::PersonName::shown).collect(), false),
    ("Born", |chart| chart.told.born.map(day).into_iter().collect(), false),
    ("Gender", |chart| chart.told.gender.map(|gender| gender.word().to_owned()).into_iter().collect(), false),
    ("NHS No.", |chart| nhs_numbers(&chart.told), false),
    ("Address", |chart| chart.told.address.iter().map(Address::shown).filter(|text| !text.is_empty()).collect(), true),
    ("Telephone", |chart| chart.told.telephones.clone(), true),
    ("Practice", |chart| chart.told.practice.clone().into_iter().collect(), true),
    ("Source's number", |chart| chart.local_numbers.iter().map(|number| number.number.clone()).collect(), true),
    ("Died", |chart| chart.told.died.map(died).into_iter().collect(), false),
];

pub(super) fn day(when: When) -> String {
    when.day_only().show(Audience::Staff)
}

fn died(when: Option<When>) -> String {
    when.map_or_else(|| "Yes, date not told".to_owned(), day)
}

fn nhs_numbers(told: &Demographics) -> Vec<String> {
    let rejected = told.nhs_number_rejected.iter().map(|number| format!("{number} (not valid)"));
    told.nhs_number.iter().map(ToString::to_string).chain(rejected).collect()
}

fn fields(one: &PairPerson, other: &PairPerson, region: &Region) -> Vec<ComparedField> {
    let agreements = compared(&one.charts, &other.charts);
    let field = |&(name, values, is_whereabouts): &Field| {
        let sides = [one, other].map(|person| told(person, (values, is_whereabouts), region));
        if sides.iter().all(Vec::is_empty) && !matches!(name, "Name" | "Born" | "Gender" | "NHS No.") {
            return None;
        }
        let is_hidden = is_whereabouts && (one.is_restricted || other.is_restricted);
        let agreement = agreement_of(&agreements, name).filter(|_| !is_hidden);
        Some(ComparedField {
            name,
            sides,
            agreement: agreement.map_or(Agreement::NotCompared, |field| word(field.best)),
            also_differs: agreement.is_some_and(|field| field.also_differs),
        })
    };
    FIELDS.iter().filter_map(field).collect()
}

fn agreement_of(compared: &Compared, name: &str) -> Option<FieldAgreement> {
    match name {
        "Name" => Some(compared.name),
        "Born" => Some(compared.born),
        "Gender" => Some(compared.gender),
        "NHS No." => Some(compared.nhs_number),
        "Address" => Some(compared.address),
        "Telephone" => Some(compared.telephone),
        _ => None,
    }
}

fn word(level: Level) -> Agreement {
    match level {
        Level::Same => Agreement::Same,
        Level::Similar => Agreement::Similar,
        Level::Differs => Agreement::Differs,
        Level::Missing => Agreement::Missing,
    }
}

/// Each value once, with whoever tells it.
fn told(
    person: &PairPerson,
    (values, is_whereabouts): (fn(&PairChart) -> Vec<String>, bool),
    region: &Region,
) -> Vec<Told> {
    if is_whereabouts && person.is_restricted {
        return vec![Told { value: NOT_SHOWN.to_owned(), by: Vec::new() }];
    }
    let mut told: Vec<Told> = Vec::new();
    for chart in &person.charts {
        let source = source_name(region, &chart.source);
        let by = match chart.told_at {
            Some(at) => format!("{source}, {}", day(When::from(at))),
            None => format!("{source}, date not told"),
        };
        for value in values(chart) {
            match told.iter_mut().find(|one| one.value == value) {
                Some(one) => one.by.push(by.clone()),
                None => told.push(Told { value, by: vec![by.clone()] }),
            }
        }
    }
    told
}

fn told_fields(chart: &PairChart, is_restricted: bool) -> Vec<(&'static str, String)> {
    let shown = FIELDS.iter().filter(|(_, _, is_whereabouts)| !(is_restricted && *is_whereabouts));
    shown.map(|(name, values, _)| (*name, values(chart).join("; "))).filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use record::{ChartId, PersonId, PersonName, SourceId};

    use super::*;

    fn chart(id: u64, source: &str, address: &str) -> PairChart {
        let name = PersonName { family: "Okafor".into(), given: vec!["Grace".into()], ..PersonName::default() };
        let address = (!address.is_empty()).then(|| Address { lines: vec![address.into()], postcode: None });
        let told = Demographics { name, address, ..Demographics::default() };
        PairChart {
            chart: ChartId(id),
            source: SourceId::new(source).unwrap(),
            told,
            local_numbers: Vec::new(),
            told_at: None,
            linked: None,
            linked_by_hand: None,
            joined_with: Vec::new(),
            told_apart_from: None,
        }
    }

    fn person(charts: Vec<PairChart>, is_restricted: bool) -> PairPerson {
        PairPerson { person: PersonId(1), is_restricted, charts }
    }

    fn compare(one: &PairPerson, other: &PairPerson) -> Vec<ComparedField> {
        fields(one, other, &Region::new(Vec::new(), Vec::new()))
    }

    fn named<'a>(fields: &'a [ComparedField], name: &str) -> &'a ComparedField {
        fields.iter().find(|field| field.name == name).unwrap()
    }

    #[test]
    fn what_two_sources_tell_alike_is_said_once_with_both() {
        let one = person(vec![chart(1, "gp", "1 A Row"), chart(2, "pas", "1 A Row")], false);
        let fields = compare(&one, &person(vec![chart(3, "lab", "")], false));
        let address = named(&fields, "Address");
        assert_eq!(address.agreement, Agreement::Missing);
        assert_eq!(address.sides[0].len(), 1);
        assert_eq!(address.sides[0][0].by, ["gp, date not told", "pas, date not told"]);
        assert_eq!(named(&fields, "Name").agreement, Agreement::Same);
    }

    #[test]
    fn where_a_restricted_person_is_to_be_found_is_neither_shown_nor_compared() {
        let one = person(vec![chart(1, "gp", "1 A Row")], true);
        let fields = compare(&one, &person(vec![chart(3, "lab", "1 A Row")], false));
        let address = named(&fields, "Address");
        assert_eq!(address.sides[0], [Told { value: NOT_SHOWN.into(), by: vec![] }]);
        assert_eq!(address.agreement, Agreement::NotCompared);
        assert!(told_fields(&one.charts[0], true).iter().all(|(name, _)| *name != "Address"));
    }

    #[test]
    fn a_field_that_nobody_tells_is_left_out_unless_it_tells_people_apart() {
        let fields = compare(&person(vec![chart(1, "gp", "")], false), &person(vec![chart(2, "lab", "")], false));
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["Name", "Born", "Gender", "NHS No."]);
        assert_eq!(named(&fields, "NHS No.").agreement, Agreement::Missing);
    }
}
