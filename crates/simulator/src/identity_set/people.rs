use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use record::{Address, Demographics, Gender, PersonName, When};

use crate::dice::Dice;
use crate::household::NumberRoll;
use crate::names::{self, Culture};
use crate::places;

/// The day on which everybody's age is counted.
const TODAY: Date = date(2026, 11, 1);

/// Halves of less common British family names; the lists of `names` hold only
/// common ones.
const FIRST_HALVES: [&str; 32] = [
    "Ash", "Black", "Brad", "Broad", "Burn", "Cal", "Chad", "Cold", "Dun", "East", "Fair", "Fen", "Gar", "Hal",
    "Hather", "Hol", "Kings", "Lang", "Mar", "Mid", "Nor", "Old", "Pen", "Rad", "Rock", "Stan", "Stock", "Thorn",
    "Wake", "Wal", "Whit", "Wood",
];
const LAST_HALVES: [&str; 24] = [
    "bourne", "bridge", "bury", "by", "combe", "cott", "dale", "den", "field", "ford", "gate", "ham", "hurst",
    "ington", "land", "ley", "man", "more", "stead", "stone", "thorpe", "ton", "well", "worth",
];
/// Letters that no real postcode has in its inward half.
const NEVER_INWARD: [char; 6] = ['C', 'I', 'K', 'M', 'O', 'V'];

/// Names that are given to twins side by side, alike to the ear or the eye.
const TWIN_NAMES: [(&str, &str, Gender); 10] = [
    ("Hassan", "Hussein", Gender::Male),
    ("Jayden", "Hayden", Gender::Male),
    ("Aaron", "Darren", Gender::Male),
    ("Taiwo", "Taiye", Gender::Male),
    ("Tyler", "Taylor", Gender::Male),
    ("Ella", "Emma", Gender::Female),
    ("Amina", "Amira", Gender::Female),
    ("Chloe", "Zoe", Gender::Female),
    ("Maria", "Marie", Gender::Female),
    ("Alexander", "Alexandra", Gender::Unknown),
];

struct Home {
    culture: &'static Culture,
    family: String,
    address: Address,
    landline: String,
}

/// The people of one household as they truly are.
pub(super) fn household(dice: &mut Dice, numbers: &mut NumberRoll) -> Vec<Demographics> {
    let culture = names::culture(dice);
    let home =
        Home { culture, family: family(culture, dice), address: address(dice), landline: places::landline(dice) };
    let adult = dice.between(21, 94);
    let children = dice.weighted([58, 16, 17, 7, 2].into_iter());
    let mut people = Vec::new();
    if children == 0 {
        people.push(resident(&home, adult, dice, numbers));
        if dice.per_mille(520) {
            people.push(resident(&home, (adult + dice.between(-6, 6)).max(19), dice, numbers));
        }
        name_everybody_apart(&mut people, culture, dice);
    } else {
        let parent = dice.between(22, 52);
        people.push(resident(&home, parent, dice, numbers));
        if dice.per_mille(780) {
            people.push(resident(&home, (parent + dice.between(-5, 6)).max(20), dice, numbers));
        }
        let parents = people.len();
        people.extend((0..children).map(|_| resident(&home, dice.between(0, (parent - 19).min(24)), dice, numbers)));
        name_everybody_apart(&mut people, culture, dice);
        if children > 1 && dice.per_mille(25) {
            make_twins(&mut people, parents, dice);
        }
        if dice.per_mille(25) {
            name_a_child_after_a_parent(&mut people, parents);
        }
    }
    // Grown twins who live together.
    if people.len() == 2 && dice.per_mille(2) {
        make_twins(&mut people, 0, dice);
    }
    people
}

/// Brothers and sisters, and husband and wife, have names of their own.
fn name_everybody_apart(people: &mut [Demographics], culture: &'static Culture, dice: &mut Dice) {
    for at in 1..people.len() {
        let (before, rest) = people.split_at_mut(at);
        let Some(who) = rest.first_mut() else { continue };
        let taken = |who: &Demographics| before.iter().any(|other| other.name.given.first() == who.name.given.first());
        for _ in 0..20 {
            if !taken(who) {
                break;
            }
            who.name.given = culture.given(who.gender.unwrap_or(Gender::Unknown), dice);
        }
    }
}

fn make_twins(people: &mut [Demographics], first: usize, dice: &mut Dice) {
    let Some([one, other, ..]) = people.get_mut(first..) else { return };
    other.born = one.born;
    other.name.family.clone_from(&one.name.family);
    if dice.per_mille(650) {
        other.gender = one.gender;
    }
    if dice.per_mille(250) {
        let at = dice.weighted(TWIN_NAMES.iter().map(|_| 1));
        let (a, b, gender) = TWIN_NAMES.get(at).copied().unwrap_or(TWIN_NAMES[0]);
        let genders = if gender == Gender::Unknown { (Gender::Male, Gender::Female) } else { (gender, gender) };
        (one.gender, other.gender) = (Some(genders.0), Some(genders.1));
        one.name.given = vec![a.to_owned()];
        other.name.given = vec![b.to_owned()];
    }
}

fn name_a_child_after_a_parent(people: &mut [Demographics], parents: usize) {
    let (parents, children) = people.split_at_mut(parents.min(people.len()));
    if let Some(child) = children.first_mut()
        && let Some(parent) = parents.iter().find(|parent| parent.gender == child.gender)
    {
        child.name = parent.name.clone();
    }
}

fn family(culture: &'static Culture, dice: &mut Dice) -> String {
    if culture.ethnicity == "White - British" && dice.per_mille(700) {
        return format!("{}{}", dice.pick(&FIRST_HALVES, "Ash"), dice.pick(&LAST_HALVES, "ton"));
    }
    let one = culture.family(dice);
    if dice.per_mille(60) { format!("{one}-{}", culture.family(dice)) } else { one }
}

fn resident(home: &Home, age: i64, dice: &mut Dice, numbers: &mut NumberRoll) -> Demographics {
    let gender = if dice.per_mille(510) { Gender::Female } else { Gender::Male };
    let family = if dice.per_mille(880) { home.family.clone() } else { family(home.culture, dice) };
    let born = TODAY.saturating_sub((age * 365 + age / 4 + dice.between(0, 364)).days());
    // Whose birth date was not known on arrival was often given a first of January.
    let born = if home.culture.language.is_some() && age > 20 && dice.per_mille(60) {
        Date::new(born.year(), 1, 1).unwrap_or(born)
    } else {
        born
    };
    let mut telephones = vec![home.landline.clone()];
    if age >= 13 && dice.per_mille(850) {
        telephones.insert(0, places::mobile(dice));
    }
    Demographics {
        nhs_number: numbers.next(),
        name: PersonName { family, given: home.culture.given(gender, dice), ..PersonName::default() },
        born: Some(When::Day(born)),
        gender: Some(gender),
        address: Some(home.address.clone()),
        telephones,
        ..Demographics::default()
    }
}

/// A made-up address whose postcode goes with street and block, as real ones do.
pub(super) fn address(dice: &mut Dice) -> Address {
    let (mut address, district) = places::address(dice);
    let street = address.lines.iter().rev().nth(1).cloned().unwrap_or_default();
    let (number, name) = street.split_once(' ').unwrap_or(("1", &street));
    let block: u64 = number.parse::<u64>().unwrap_or(1) / 24;
    let mixed = name.bytes().fold(block + 7, |mixed, byte| (mixed * 131 + u64::from(byte)) % 1_000_003);
    let letter = |at: u64| usize::try_from(at % 6).ok().and_then(|at| NEVER_INWARD.get(at)).copied().unwrap_or('V');
    let inward = format!("{}{}{}", mixed % 9 + 1, letter(mixed / 9), letter(mixed / 54));
    address.postcode = Some(format!("{} {inward}", district.outward));
    address
}

/// Where many people live who are not related.
pub(super) fn hostel(seed: u64) -> Address {
    let mut address = address(&mut Dice::new(seed, u64::MAX - 1));
    address.lines.insert(0, "Harbour House Hostel".to_owned());
    address
}
