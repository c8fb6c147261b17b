/// What is compared of two charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Given names.
    Given,
    /// Family name.
    Family,
    /// Whether given and family names stand in each other's field.
    Order,
    /// Birth date.
    Birth,
    /// Recorded gender.
    Sex,
    /// Address and postcode as one: who agrees in the house agrees in the postcode.
    Place,
    /// Telephone numbers.
    Telephone,
    /// NHS number.
    NhsNumber,
}

impl Field {
    /// All fields, in the order in which an explanation names those that are not told.
    pub const ALL: [Self; 8] =
        [Self::NhsNumber, Self::Given, Self::Family, Self::Order, Self::Birth, Self::Sex, Self::Place, Self::Telephone];

    /// What an explanation says where one of the two does not tell it, or tells
    /// something that stands for "not known"; `None` where that goes without saying.
    #[must_use]
    pub fn words_where_not_told(self) -> Option<&'static str> {
        match self {
            Self::Given => Some("No first name to compare"),
            Self::Family => Some("No last name to compare"),
            Self::Order => None,
            Self::Birth => Some("No date of birth to compare"),
            Self::Sex => Some("No gender to compare"),
            Self::Place => Some("No address to compare"),
            Self::Telephone => Some("No telephone number to compare"),
            Self::NhsNumber => Some("No NHS number to compare"),
        }
    }
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident = $field:ident, $code:literal, $words:literal;)+) => {
        /// How one field of two charts agrees or differs. A field that one side does
        /// not tell has no level and no weight.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Level { $($(#[$doc])* $name,)+ }

        impl Level {
            /// All levels, in the order of the weights file.
            pub const ALL: [Self; 0 $(+ { let _ = Self::$name; 1 })+] = [$(Self::$name,)+];

            /// The field it belongs to.
            #[must_use]
            pub fn field(self) -> Field {
                match self { $(Self::$name => Field::$field,)+ }
            }

            /// The stable name in the weights file and in what is stored.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What an explanation says.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)+ }
            }
        }
    };
}

levels! {
    /// Letter for letter, after folding; weighted by how common the name is.
    GivenExact = Given, "given-exact", "Same first name";
    /// Bill and William.
    GivenAlias = Given, "given-alias", "First names are forms of one name";
    /// A typing fault apart.
    GivenClose = Given, "given-close", "First names differ by a typing fault";
    /// Catherine and Kathryn.
    GivenSoundsAlike = Given, "given-sounds-alike", "First names sound alike";
    /// G and Grace.
    GivenInitial = Given, "given-initial", "First name and initial agree";
    /// One is known by a further name of the other.
    GivenFurther = Given, "given-further", "The first name of one is a further name of the other";
    /// Mohammed Yusuf and Mohammed Ibrahim.
    GivenFurtherDiffers = Given, "given-further-differs", "Same first name, but different further names";
    /// Grace and Faith.
    GivenDiffers = Given, "given-differs", "Different first names";
    /// Letter for letter, after folding; weighted by how common the name is.
    FamilyExact = Family, "family-exact", "Same last name";
    /// Okafor-Jones and Okafor.
    FamilyPart = Family, "family-part", "One last name is part of the other";
    /// A typing fault apart.
    FamilyClose = Family, "family-close", "Last names differ by a typing fault";
    /// Clarke and Clark.
    FamilySoundsAlike = Family, "family-sounds-alike", "Last names sound alike";
    /// Okafor and Mensah.
    FamilyDiffers = Family, "family-differs", "Different last names";
    /// Given and family names each in their field.
    NamesInOrder = Order, "names-in-order", "First and last names each in their own field";
    /// Given and family names in each other's field.
    NamesSwapped = Order, "names-swapped", "First and last names stand in each other's field";
    /// The same day.
    BirthExact = Birth, "birth-exact", "Same date of birth";
    /// 4 March and 3 April.
    BirthDayMonthSwapped = Birth, "birth-day-month-swapped", "Day and month of birth are swapped";
    /// One digit differs, or two neighbours are swapped.
    BirthOneDigitOff = Birth, "birth-one-digit-off", "Dates of birth differ by one digit";
    /// Two of day, month and year are the same.
    BirthTwoPartsSame = Birth, "birth-two-parts-same", "Two of day, month and year of birth agree";
    /// Another day.
    BirthDiffers = Birth, "birth-differs", "Different dates of birth";
    /// The same recorded gender.
    SexSame = Sex, "sex-same", "Same gender";
    /// Two different recorded genders.
    SexDiffers = Sex, "sex-differs", "Different genders";
    /// The same house; weighted by how many live there.
    HouseSame = Place, "house-same", "Same address";
    /// The same house number and street, another postcode: High Street of another town, or a wrong postcode.
    HouseElsewhere = Place, "house-elsewhere", "Same house number and street, but another postcode";
    /// The same street, another or no house number.
    StreetSame = Place, "street-same", "Same street, but not the same house number";
    /// The same postcode, another or no street.
    PostcodeSame = Place, "postcode-same", "Same postcode, but not the same address";
    /// A like address, and a postcode with one typing fault.
    PlaceLike = Place, "place-like", "A like address, and a postcode that differs by a typing fault";
    /// The same postcode district or area.
    DistrictSame = Place, "district-same", "Same postcode district, but another address";
    /// Elsewhere.
    PlaceDiffers = Place, "place-differs", "Different addresses";
    /// One number in common; weighted by how many share it.
    TelephoneSame = Telephone, "telephone-same", "Same telephone number";
    /// None in common.
    TelephoneDiffers = Telephone, "telephone-differs", "Different telephone numbers";
    /// The same valid number.
    NumberSame = NhsNumber, "number-same", "Same NHS number";
    /// Two different valid numbers.
    NumberDiffers = NhsNumber, "number-differs", "Different NHS numbers";
}

impl Level {
    /// Its place in [`Level::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_level_has_a_code_and_words_of_its_own() {
        let codes: BTreeSet<_> = Level::ALL.iter().map(|level| level.code()).collect();
        let words: BTreeSet<_> = Level::ALL.iter().map(|level| level.words()).collect();
        assert_eq!((codes.len(), words.len()), (Level::ALL.len(), Level::ALL.len()));
        assert!(Level::ALL.iter().enumerate().all(|(at, level)| level.index() == at));
    }
}
