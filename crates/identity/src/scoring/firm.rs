use crate::scoring::compare::Compared;
use crate::scoring::level::Level;
use crate::scoring::pair::Pair;

/// Whatever the sum says, so many of name, family name, birth date, house and number
/// must agree without any fault. Many small likenesses make two people of one culture.
const FIRM_FIELDS_MIN: usize = 3;

/// How many bits above the threshold a name and a birth date must be rare where
/// nothing else agrees: somebody who has moved, or somebody else of that name.
const NAME_AND_BIRTH_ALONE_BITS: f64 = 8.0;
/// The same where nobody lives with relatives: a first name and a birth date are still met twice.
const NAMES_WITHOUT_RELATIVES_BITS: f64 = 2.0;

/// And so many must agree without any fault: Gabriel and Gabrielle may well be born on one day.
const FIRM_FIELDS_ELSEWHERE_MIN: usize = 2;

/// And so many before anybody is asked.
const LISTED_FIRM_FIELDS_MIN: usize = 2;
/// Bits above even odds from where on somebody is asked about two people who share
/// neither house nor number.
const LISTED_WITHOUT_HOUSE_BITS: f64 = 5.0;

/// What of two charts agrees without any fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Firm {
    fields: usize,
    /// The house or the number, besides who somebody is.
    has_house_or_number: bool,
    /// Neither place, telephone nor number says that these are one person.
    is_elsewhere: bool,
    /// Born on a first of January, as is written where only the year is known.
    is_birth_assumed: bool,
    are_names_swapped: bool,
    /// One tells further given names and the other does not: Mohammed may be Mohammed Ali or his
    /// twin Mohammed Omar.
    pub(crate) is_named_in_part: bool,
}

impl Firm {
    pub(crate) fn new(pair: Pair<'_>, compared: &Compared) -> Self {
        let (house, number) = (compared.place == Some(Level::HouseSame), compared.number == Some(Level::NumberSame));
        let is_birth_assumed = pair.a.born.is_some_and(|born| born.is_first_of_january());
        let fields = [
            compared.given.is_some_and(is_firm),
            compared.family == Some(Level::FamilyExact),
            compared.birth == Some(Level::BirthExact),
            house,
            number,
        ];
        let no_place = matches!(compared.place, None | Some(Level::DistrictSame | Level::PlaceDiffers));
        Self {
            fields: fields.into_iter().filter(|is_firm| *is_firm).count(),
            has_house_or_number: house || number,
            is_elsewhere: no_place && !number && compared.telephone != Some(Level::TelephoneSame),
            is_birth_assumed,
            are_names_swapped: compared.names_swapped(),
            is_named_in_part: (pair.a.given.len() > 1) != (pair.b.given.len() > 1),
        }
    }

    /// Whether enough agrees for a link, so many bits above the threshold.
    pub(crate) fn is_enough(&self, bits_above: f64, relatives_live_together: bool) -> bool {
        if relatives_live_together && !self.is_enough_among_relatives(bits_above) {
            return false;
        }
        let wanted = if self.is_birth_assumed { NAME_AND_BIRTH_ALONE_BITS } else { NAMES_WITHOUT_RELATIVES_BITS };
        !self.is_elsewhere || (bits_above >= wanted && self.fields >= FIRM_FIELDS_ELSEWHERE_MIN)
    }

    fn is_enough_among_relatives(&self, bits_above: f64) -> bool {
        // An assumed birth date says a year, and of swapped names nobody knows which is common.
        let is_rare = bits_above >= NAME_AND_BIRTH_ALONE_BITS && !self.is_birth_assumed && !self.are_names_swapped;
        self.fields >= FIRM_FIELDS_MIN && (self.has_house_or_number || is_rare)
    }

    /// Whether enough agrees to ask somebody about two people who may be relatives.
    pub(crate) fn is_worth_asking(&self, odds_bits: f64) -> bool {
        self.fields >= LISTED_FIRM_FIELDS_MIN && (self.has_house_or_number || odds_bits >= LISTED_WITHOUT_HOUSE_BITS)
    }
}

/// A given name that relatives under one roof rarely share.
pub(crate) fn is_firm(given: Level) -> bool {
    matches!(given, Level::GivenExact | Level::GivenAlias)
}

/// A birth date that is the same, or the same with one slip of the hand.
pub(crate) fn is_near(birth: Level) -> bool {
    matches!(birth, Level::BirthExact | Level::BirthDayMonthSwapped | Level::BirthOneDigitOff)
}

/// Whether the pair would agree as well with a relative's chart.
pub(crate) fn is_weak(compared: &Compared) -> bool {
    !matches!(compared.given, Some(Level::GivenExact | Level::GivenAlias)) || compared.birth != Some(Level::BirthExact)
}
