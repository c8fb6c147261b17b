use record::{Address, Demographics, Gender, NhsNumber, PersonName, When};

use crate::diary::Diary;
use crate::dice::Dice;
use crate::names::{self, Culture};
use crate::organisations::Feed;
use crate::places::{self, District};

/// Somebody of the crowd: who they are and who serves them.
pub(crate) struct Resident {
    pub(crate) who: Demographics,
    pub(crate) age: i64,
    pub(crate) district: District,
    pub(crate) practice: Feed,
    /// Their place in the region: local numbers are made from it.
    pub(crate) place: u64,
}

impl Resident {
    /// The nearest hospital.
    pub(crate) fn hospital(&self) -> Feed {
        match self.district.hospital {
            0 => Feed::Thameside,
            1 => Feed::Kingsbrook,
            _ => Feed::Guildhall,
        }
    }

    /// The council that serves them.
    pub(crate) fn council(&self) -> Feed {
        if self.district.southmere { Feed::Southmere } else { Feed::Ravensmere }
    }
}

/// NHS numbers in the range kept for tests, each once, in an order that looks
/// like none. It ends after some 900,000: there are no more in 999.
pub(crate) struct NumberRoll {
    at: u64,
}

impl NumberRoll {
    /// The first nine digits that the crowd may have; the story people stand below.
    const FIRST: u64 = 999_001_000;
    const COUNT: u64 = 998_999;
    /// Shares no factor with the count, so that the walk meets every number once.
    const STEP: u64 = 7_919;

    pub(crate) fn new() -> Self {
        Self { at: 0 }
    }
}

impl Iterator for NumberRoll {
    type Item = NhsNumber;

    fn next(&mut self) -> Option<NhsNumber> {
        while self.at < Self::COUNT {
            let nine = Self::FIRST + self.at * Self::STEP % Self::COUNT;
            self.at += 1;
            let number = NhsNumber::check_digit(nine).and_then(|check| NhsNumber::from_u64(nine * 10 + check).ok());
            if number.is_some() {
                return number;
            }
        }
        None
    }
}

/// What the members of a household share.
struct Home {
    culture: &'static Culture,
    family: String,
    address: Address,
    district: District,
    telephone: String,
    practice: Feed,
}

/// The people of one household: one to six, at one address, mostly of one name.
pub(crate) fn household(dice: &mut Dice, diary: Diary, first_place: u64, numbers: &mut NumberRoll) -> Vec<Resident> {
    let culture = names::culture(dice);
    let (address, district) = places::address(dice);
    let practice = if district.southmere { Feed::Riverside } else { Feed::Millpond };
    let telephone = places::landline(dice);
    let home = Home { culture, family: culture.family(dice), address, district, telephone, practice };
    let ages = ages(dice);
    let mut genders = Vec::with_capacity(ages.len());
    for place in 0..ages.len() {
        let partner_of_a_woman = place == 1 && genders.first() == Some(&Gender::Female) && dice.per_mille(940);
        let woman = if partner_of_a_woman { false } else { dice.per_mille(515) };
        genders.push(if woman { Gender::Female } else { Gender::Male });
    }
    let members = ages.into_iter().zip(genders).zip(first_place..);
    members.map(|((age, gender), place)| resident(&home, age, gender, place, dice, diary, numbers.next())).collect()
}

/// Ages that live together: alone, a couple, or one or two adults with children.
fn ages(dice: &mut Dice) -> Vec<i64> {
    let adult = dice.between(21, 94);
    match dice.weighted([30, 30, 13, 15, 8, 4].into_iter()) {
        0 => vec![adult],
        1 => vec![adult, (adult + dice.between(-6, 6)).max(19)],
        more => {
            let parent = dice.between(22, 52);
            let mut ages = vec![parent, (parent + dice.between(-5, 6)).max(20)];
            ages.extend((2..=more).map(|_| dice.between(0, (parent - 19).min(21))));
            ages
        }
    }
}

fn resident(
    home: &Home,
    age: i64,
    gender: Gender,
    place: u64,
    dice: &mut Dice,
    diary: Diary,
    number: Option<NhsNumber>,
) -> Resident {
    let family = if dice.per_mille(880) { home.family.clone() } else { home.culture.family(dice) };
    let name = PersonName {
        family,
        given: home.culture.given(gender, dice),
        title: names::title(gender, age, dice),
        preferred: None,
    };
    let born = diary.date(age * 365 + age / 4 + dice.between(1, 360));
    let mut telephones = vec![home.telephone.clone()];
    if age >= 13 && dice.per_mille(850) {
        telephones.insert(0, places::mobile(dice));
    }
    let interpreter = home.culture.language.filter(|_| age > 30 && dice.per_mille(160)).map(str::to_owned);
    let died = (age > 78 && dice.per_mille(40)).then(|| Some(diary.day(dice.between(20, 500))));
    let who = Demographics {
        nhs_number: number,
        name,
        born: Some(When::Day(born)),
        gender: Some(gender),
        address: Some(home.address.clone()),
        telephones,
        practice: Some(home.practice.name().to_owned()),
        died,
        interpreter,
        ethnicity: Some(home.culture.ethnicity.to_owned()),
        ..Demographics::default()
    };
    Resident { who, age, district: home.district, practice: home.practice, place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roll_of_numbers_is_valid_in_999_and_never_repeats() {
        let numbers: Vec<NhsNumber> = NumberRoll::new().take(20_000).collect();
        let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert_eq!(distinct.len(), 20_000);
        assert!(numbers.iter().all(|number| number.is_test()));
    }

    #[test]
    fn the_walk_meets_every_number_once() {
        let (mut a, mut b) = (NumberRoll::COUNT, NumberRoll::STEP);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        assert_eq!(a, 1, "step and count share a factor");
    }

    #[test]
    fn a_household_shares_its_address_and_practice() {
        let diary = Diary::new("2026-11-22T13:41:30Z".parse().unwrap());
        let mut numbers = NumberRoll::new();
        for stream in 0..100 {
            let people = household(&mut Dice::new(5, stream), diary, 10, &mut numbers);
            assert!((1..=6).contains(&people.len()));
            assert!(people.iter().all(|p| p.who.address == people[0].who.address && p.practice == people[0].practice));
            for person in people {
                let born = person.who.birth_day().unwrap();
                let years = diary.days_since(born) / 365;
                assert!((person.age - 1..=person.age + 1).contains(&years), "{} {years}", person.age);
            }
        }
    }
}
