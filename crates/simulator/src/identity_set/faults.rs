use jiff::ToSpan as _;
use jiff::civil::Date;
use record::{Demographics, Gender, NhsNumber, When};

use crate::dice::Dice;
use crate::household::NumberRoll;
use crate::identity_set::people::address;
use crate::names;
use crate::places;

/// Names that are one name in other letters or in daily use.
const OTHER_FORMS: [(&str, &str); 40] = [
    ("Edward", "Ted"),
    ("Charlotte", "Lottie"),
    ("Kathleen", "Kath"),
    ("Michael", "Mick"),
    ("Thomas", "Tom"),
    ("Gillian", "Gill"),
    ("Peter", "Pete"),
    ("Leonard", "Len"),
    ("Frank", "Francis"),
    ("Harry", "Harold"),
    ("Oliver", "Ollie"),
    ("Siobhán", "Shivaun"),
    ("Pádraig", "Patrick"),
    ("Seán", "Shaun"),
    ("Niamh", "Neeve"),
    ("Mohammed", "Muhammad"),
    ("Ahmed", "Ahmad"),
    ("Fadumo", "Faduma"),
    ("Khadija", "Khadijah"),
    ("Yusuf", "Yousef"),
    ("Abdirahman", "Abdurahman"),
    ("Ismail", "Ismael"),
    ("Amina", "Aminah"),
    ("Fatima", "Fatimah"),
    ("Ayesha", "Aisha"),
    ("Usman", "Osman"),
    ("Hüseyin", "Huseyin"),
    ("Mehmet", "Mehmed"),
    ("Ayşe", "Aisha"),
    ("Małgorzata", "Gosia"),
    ("Katarzyna", "Kasia"),
    ("Agnieszka", "Aga"),
    ("Andrzej", "Andrew"),
    ("Krzysztof", "Chris"),
    ("Zbigniew", "Zbyszek"),
    ("Chinedu", "Nedu"),
    ("Babatunde", "Tunde"),
    ("Olumide", "Mide"),
    ("Chidinma", "Dinma"),
    ("Catalina", "Cathalina"),
];

/// What one source tells of a person. The first source is the most careful.
pub(super) fn as_told(
    who: &Demographics,
    source: usize,
    housemate: Option<NhsNumber>,
    dice: &mut Dice,
    numbers: &mut NumberRoll,
) -> Demographics {
    let mut told = who.clone();
    // Faults per thousand come in this proportion; the first source has a third of them.
    let mut happens = |share: u64, dice: &mut Dice| dice.below(3_000) < if source == 0 { share } else { 3 * share };
    number(&mut told, housemate, &mut happens, dice, numbers);
    given(&mut told, &mut happens, dice);
    family(&mut told, &mut happens, dice);
    if happens(4, dice) {
        let given = told.name.given.join(" ");
        told.name.given = vec![std::mem::replace(&mut told.name.family, given)];
    }
    told.born = told.born.map(|born| birth(born, &mut happens, dice)).unwrap_or(None);
    if happens(25, dice) {
        told.gender = None;
    } else if happens(3, dice) {
        told.gender = if told.gender == Some(Gender::Female) { Some(Gender::Male) } else { Some(Gender::Female) };
    }
    place(&mut told, &mut happens, dice);
    told
}

fn number(
    told: &mut Demographics,
    housemate: Option<NhsNumber>,
    happens: &mut impl FnMut(u64, &mut Dice) -> bool,
    dice: &mut Dice,
    numbers: &mut NumberRoll,
) {
    if happens(150, dice) {
        told.nhs_number = None;
    } else if dice.below(10_000) < 4 {
        // One number for two people.
        told.nhs_number = housemate;
    } else if dice.below(10_000) < 4 {
        // Two numbers for one.
        told.nhs_number = numbers.next();
    }
}

fn given(told: &mut Demographics, happens: &mut impl FnMut(u64, &mut Dice) -> bool, dice: &mut Dice) {
    let Some(first) = told.name.given.first().cloned() else { return };
    let newborn = told.birth_day().is_some_and(|born| born.year() >= 2026);
    if newborn && happens(300, dice) {
        told.name.given = vec![dice.pick(&["BABY OF", "Baby Girl", "Twin 1", "BABY"], "BABY").to_owned()];
        return;
    }
    if happens(300, dice) {
        told.name.given.truncate(1);
    }
    let mut first = first;
    if happens(250, dice)
        && let Some((_, other)) = OTHER_FORMS.iter().find(|(name, _)| *name == first)
    {
        first = (*other).to_owned();
    }
    if happens(350, dice) {
        first = plain(&first);
    }
    if happens(15, dice) {
        first = mistyped(&first, dice);
    }
    if happens(4, dice) {
        first = first.chars().take(1).collect();
    }
    if let Some(name) = told.name.given.first_mut() {
        *name = first;
    }
    if told.name.given.len() > 1 && happens(4, dice) {
        told.name.given.rotate_left(1);
    }
    if happens(3, dice) {
        told.name.given.clear();
    } else if happens(2, dice) {
        told.name.given = vec!["UNKNOWN".to_owned()];
    }
}

fn family(told: &mut Demographics, happens: &mut impl FnMut(u64, &mut Dice) -> bool, dice: &mut Dice) {
    let grown = told.birth_day().is_some_and(|born| born.year() < 2005);
    if grown && told.gender == Some(Gender::Female) && happens(15, dice) {
        told.name.family = names::culture(dice).family(dice);
    }
    if happens(350, dice) {
        told.name.family = plain(&told.name.family);
    }
    if happens(15, dice) {
        told.name.family = mistyped(&told.name.family, dice);
    }
    let halves: Vec<String> = told.name.family.split(['-', ' ']).map(str::to_owned).collect();
    if halves.len() > 1 && happens(100, dice) {
        let at = dice.weighted(halves.iter().map(|_| 1));
        told.name.family = halves.get(at).cloned().unwrap_or_default();
    }
    if happens(60, dice) {
        told.name.family = told.name.family.to_uppercase();
    }
}

fn birth(born: When, happens: &mut impl FnMut(u64, &mut Dice) -> bool, dice: &mut Dice) -> Option<When> {
    let When::Day(day) = born else { return Some(born) };
    if happens(4, dice) {
        return None;
    }
    if happens(2, dice) {
        return Date::new(1900, 1, 1).ok().map(When::Day);
    }
    let other = if happens(5, dice) {
        Date::new(day.year(), day.day(), day.month()).ok()
    } else if happens(6, dice) {
        let digit = i16::try_from(dice.between(1, 9)).unwrap_or(1);
        match dice.below(3) {
            0 => Date::new(day.year() - digit * 10, day.month(), day.day()).ok(),
            1 => Date::new(day.year(), day.month(), i8::try_from(dice.between(1, 28)).unwrap_or(1)).ok(),
            _ => Date::new(day.year() / 10 * 10 + digit, day.month(), day.day()).ok(),
        }
    } else if happens(1, dice) {
        Some(day.saturating_sub(dice.between(40, 9_000).days()))
    } else {
        None
    };
    Some(When::Day(other.unwrap_or(day)))
}

fn place(told: &mut Demographics, happens: &mut impl FnMut(u64, &mut Dice) -> bool, dice: &mut Dice) {
    if happens(35, dice) {
        told.address = Some(address(dice));
        told.telephones.pop();
    }
    if happens(250, dice) {
        told.telephones.clear();
    } else if happens(60, dice) {
        told.telephones = vec![places::mobile(dice)];
    }
    let Some(address) = &mut told.address else { return };
    if happens(250, dice) {
        for line in &mut address.lines {
            *line = line.replace("Road", "Rd").replace("Street", "St").replace("Gardens", "Gdns").replace("Flat ", "");
        }
    }
    if happens(60, dice) {
        address.lines.pop();
    }
    if happens(25, dice)
        && let Some(line) = address.lines.first_mut()
    {
        *line = mistyped(line, dice);
    }
    if happens(10, dice) {
        address.postcode = address.postcode.as_deref().map(|postcode| mistyped(postcode, dice));
    } else if happens(10, dice) {
        address.postcode = None;
    } else if happens(4, dice) {
        address.postcode = Some("ZZ99 3VZ".to_owned());
        address.lines = vec!["No Fixed Abode".to_owned()];
    }
}

/// Without the letters that an English keyboard lacks.
fn plain(name: &str) -> String {
    let pairs = [
        ("ł", "l"),
        ("Ł", "L"),
        ("ą", "a"),
        ("ó", "o"),
        ("ö", "o"),
        ("ü", "u"),
        ("ş", "s"),
        ("Ş", "S"),
        ("ç", "c"),
        ("Ç", "C"),
        ("ı", "i"),
        ("İ", "I"),
        ("ễ", "e"),
        ("ạ", "a"),
        ("ầ", "a"),
        ("à", "a"),
        ("ê", "e"),
        ("ù", "u"),
        ("õ", "o"),
        ("ă", "a"),
        ("Đ", "D"),
        ("đ", "d"),
        ("á", "a"),
        ("é", "e"),
        ("í", "i"),
        ("ñ", "n"),
        ("Ö", "O"),
        ("'", ""),
        ("ũ", "u"),
        ("ố", "o"),
    ];
    pairs.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to))
}

/// One typing fault: two letters swapped, one left out, doubled, or hit beside.
fn mistyped(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let limit = u64::try_from(letters.len() - 1).unwrap_or(1);
    let at = usize::try_from(dice.below(limit)).unwrap_or_default();
    match dice.below(4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => {
            if let Some(letter) = letters.get(at).copied() {
                letters.insert(at, letter);
            }
        }
        _ => {
            let beside = usize::try_from(dice.below(26)).ok().and_then(|n| ('a'..='z').nth(n));
            if let Some((letter, beside)) = letters.get_mut(at).zip(beside) {
                *letter = beside;
            }
        }
    }
    letters.into_iter().collect()
}
