use record::Gender;

use crate::given::{SOUND_LENGTH_MIN, are_aliases, is_initial};
use crate::scoring::features::{BirthDigits, Features, Word};
use crate::scoring::level::Level;

/// Two charts field by field; `None` where one side does not tell the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Compared {
    pub(crate) given: Option<Level>,
    pub(crate) family: Option<Level>,
    pub(crate) order: Option<Level>,
    pub(crate) birth: Option<Level>,
    pub(crate) sex: Option<Level>,
    pub(crate) place: Option<Level>,
    pub(crate) telephone: Option<Level>,
    pub(crate) number: Option<Level>,
}

impl Compared {
    pub(crate) fn new(a: &Features, b: &Features) -> Self {
        let (given, family, order) = compare_names(a, b);
        Self {
            given,
            family,
            order,
            birth: compare_births(a.born, b.born),
            sex: compare_sexes(a.sex, b.sex),
            place: a.place.compare(&b.place),
            telephone: compare_telephones(&a.telephones, &b.telephones),
            number: a.nhs_number.zip(b.nhs_number).map(
                |(a, b)| {
                    if a == b { Level::NumberSame } else { Level::NumberDiffers }
                },
            ),
        }
    }

    pub(crate) fn levels(&self) -> impl Iterator<Item = Level> {
        let Self { given, family, order, birth, sex, place, telephone, number } = *self;
        [given, family, order, birth, sex, place, telephone, number].into_iter().flatten()
    }

    pub(crate) fn names_swapped(&self) -> bool {
        self.order == Some(Level::NamesSwapped)
    }
}

/// Given, family, order. Names are taken as swapped only where they agree crosswise
/// and not straight.
pub(crate) fn compare_names(a: &Features, b: &Features) -> (Option<Level>, Option<Level>, Option<Level>) {
    let given = compare_given(a, b);
    let family = compare_family(a, b);
    let straight = [given, family].into_iter().flatten().any(agrees);
    if !straight {
        let cross = |x: &Features, y: &Features| match (&x.given_whole, &y.family_whole) {
            (Some(given), Some(family)) => Some(word_agreement(given, family)),
            _ => None,
        };
        // The better of the two stands for the family name, so that it does not matter
        // which chart comes first.
        let mut crosswise: Vec<Option<Likeness>> = [cross(a, b), cross(b, a)].into_iter().flatten().collect();
        crosswise.sort_by_key(|how| how.map_or(usize::MAX, |how| how as usize));
        if let Some(Some(best)) = crosswise.first()
            && *best <= Likeness::Close
        {
            let other = crosswise.get(1).map(|other| other.map_or(Level::GivenDiffers, Likeness::given));
            return (other, Some(best.family()), Some(Level::NamesSwapped));
        }
    }
    let told = given.is_some() && family.is_some();
    (given, family, told.then_some(Level::NamesInOrder))
}

fn agrees(level: Level) -> bool {
    !matches!(level, Level::GivenDiffers | Level::FamilyDiffers | Level::GivenInitial | Level::FamilyPart)
}

/// How two words agree, from strong to weak.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Exact,
    Alias,
    Close,
    SoundsAlike,
}

impl Likeness {
    fn given(self) -> Level {
        match self {
            Self::Exact => Level::GivenExact,
            Self::Alias => Level::GivenAlias,
            Self::Close => Level::GivenClose,
            Self::SoundsAlike => Level::GivenSoundsAlike,
        }
    }

    fn family(self) -> Level {
        match self {
            Self::Exact => Level::FamilyExact,
            Self::Alias | Self::Close => Level::FamilyClose,
            Self::SoundsAlike => Level::FamilySoundsAlike,
        }
    }
}

fn word_agreement(a: &Word, b: &Word) -> Option<Likeness> {
    if a.folded == b.folded {
        return Some(Likeness::Exact);
    }
    if are_aliases(&a.folded, &b.folded) {
        return Some(Likeness::Alias);
    }
    if are_close(&a.folded, &b.folded) {
        return Some(Likeness::Close);
    }
    sound_alike(a, b).then_some(Likeness::SoundsAlike)
}

pub(crate) fn are_close(a: &str, b: &str) -> bool {
    let (a_length, b_length) = (a.chars().count(), b.chars().count());
    let least = a_length.min(b_length);
    let faults = if least == 3 { usize::from(a_length == b_length && same_letters(a, b)) } else { faults_max(least) };
    a_length.abs_diff(b_length) <= faults && faults > 0 && strsim::osa_distance(a, b) <= faults
}

/// One typing fault in a word of four letters, two in one of seven, three in one of ten; of three, two of the letters may
/// change places.
pub(crate) fn faults_max(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=6 => 1,
        7..=9 => 2,
        _ => 3,
    }
}

fn same_letters(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

fn sound_alike(a: &Word, b: &Word) -> bool {
    let same = |a: &str, b: &str| a.len() >= SOUND_LENGTH_MIN && a == b;
    same(&a.sounds.0, &b.sounds.0) || same(&a.sounds.0, &b.sounds.1) || same(&a.sounds.1, &b.sounds.0)
}

fn compare_given(a: &Features, b: &Features) -> Option<Level> {
    let (whole_a, whole_b) = (a.given_whole.as_ref()?, b.given_whole.as_ref()?);
    let (first_a, first_b) = (a.given.first()?, b.given.first()?);
    if is_initial(&first_a.folded) || is_initial(&first_b.folded) {
        let same = first_a.folded.chars().next() == first_b.folded.chars().next();
        return Some(if same { Level::GivenInitial } else { Level::GivenDiffers });
    }
    if whole_a.folded == whole_b.folded {
        return Some(Level::GivenExact);
    }
    let first = word_agreement(first_a, first_b);
    if let Some(first) = first
        && a.given.len() > 1
        && b.given.len() > 1
    {
        // Mohammed Hassan and Mohammed Hussein are brothers: the weaker likeness counts.
        let further = further_agreement(a, b);
        return Some(further.map_or(Level::GivenFurtherDiffers, |further| first.max(further).given()));
    }
    let by_preferred = || {
        let preferred = [(&a.preferred, first_b), (&b.preferred, first_a)];
        let likeness = preferred.into_iter().filter_map(|(name, first)| word_agreement(name.as_ref()?, first));
        likeness.min().filter(|how| *how <= Likeness::Close).map(|_| Level::GivenAlias)
    };
    let by_further = || (stands_further(a, first_b) || stands_further(b, first_a)).then_some(Level::GivenFurther);
    let best = first.into_iter().chain(word_agreement(whole_a, whole_b)).min().map(Likeness::given);
    Some(best.or_else(by_preferred).or_else(by_further).unwrap_or(Level::GivenDiffers))
}

/// The best likeness of any further given name of one with any of the other.
fn further_agreement(a: &Features, b: &Features) -> Option<Likeness> {
    let initial = |x: &Word, y: &Word| {
        let either = is_initial(&x.folded) || is_initial(&y.folded);
        (either && x.folded.chars().next() == y.folded.chars().next()).then_some(Likeness::Exact)
    };
    let further = a.given.iter().skip(1).flat_map(|x| b.given.iter().skip(1).map(move |y| (x, y)));
    further.filter_map(|(x, y)| initial(x, y).or_else(|| word_agreement(x, y))).min()
}

fn stands_further(chart: &Features, first: &Word) -> bool {
    chart
        .given
        .iter()
        .skip(1)
        .any(|word| matches!(word_agreement(word, first), Some(Likeness::Exact | Likeness::Alias)))
}

fn compare_family(a: &Features, b: &Features) -> Option<Level> {
    let (whole_a, whole_b) = (a.family_whole.as_ref()?, b.family_whole.as_ref()?);
    if let Some(how @ (Likeness::Exact | Likeness::Close)) = word_agreement(whole_a, whole_b) {
        return Some(how.family());
    }
    let long = |word: &&Word| word.folded.chars().count() >= 3;
    let part =
        |x: &Features, y: &Word| x.family.len() > 1 && x.family.iter().filter(long).any(|word| word.folded == y.folded);
    if part(a, whole_b) || part(b, whole_a) {
        return Some(Level::FamilyPart);
    }
    Some(if sound_alike(whole_a, whole_b) { Level::FamilySoundsAlike } else { Level::FamilyDiffers })
}

pub(crate) fn compare_births(a: Option<BirthDigits>, b: Option<BirthDigits>) -> Option<Level> {
    let (a, b) = (a?, b?);
    if a == b {
        return Some(Level::BirthExact);
    }
    let ((year_a, month_a, day_a), (year_b, month_b, day_b)) = (a.parts(), b.parts());
    if year_a == year_b && month_a == day_b && day_a == month_b {
        return Some(Level::BirthDayMonthSwapped);
    }
    // Whose birth date is not known is often given a first of January: that two such
    // dates share day and month says nothing.
    let both_assumed = [month_a, day_a, month_b, day_b].iter().all(|part| *part == b"01");
    if both_assumed {
        return Some(Level::BirthDiffers);
    }
    if one_digit_off(&a, &b) && !a.is_a_generation_from(&b) {
        return Some(Level::BirthOneDigitOff);
    }
    let same = [year_a == year_b, month_a == month_b, day_a == day_b].into_iter().filter(|same| *same).count();
    Some(if same == 2 { Level::BirthTwoPartsSame } else { Level::BirthDiffers })
}

fn one_digit_off(a: &BirthDigits, b: &BirthDigits) -> bool {
    let differing: Vec<(usize, u8, u8)> = (0..8)
        .zip(a.digits().iter().zip(b.digits()))
        .filter(|(_, (x, y))| x != y)
        .map(|(at, (x, y))| (at, *x, *y))
        .collect();
    match differing.as_slice() {
        [_] => true,
        [(at, a1, b1), (next, a2, b2)] => *next == at + 1 && a1 == b2 && a2 == b1,
        _ => false,
    }
}

fn compare_sexes(a: Option<Gender>, b: Option<Gender>) -> Option<Level> {
    a.zip(b).map(|(a, b)| if a == b { Level::SexSame } else { Level::SexDiffers })
}

fn compare_telephones(a: &[u64], b: &[u64]) -> Option<Level> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let common = a.iter().any(|number| b.contains(number));
    Some(if common { Level::TelephoneSame } else { Level::TelephoneDiffers })
}
