use crate::fold::fold;
use crate::scoring::features::ADDRESS_LETTERS_MAX;
use crate::scoring::keys::hash;
use crate::scoring::level::Level;

/// Words that stand in too many addresses to say anything.
const EVERYDAY: &[&str] = &[
    "ROAD",
    "RD",
    "STREET",
    "ST",
    "AVENUE",
    "AVE",
    "LANE",
    "LN",
    "CLOSE",
    "CL",
    "GARDENS",
    "GDNS",
    "COURT",
    "CT",
    "DRIVE",
    "DR",
    "GROVE",
    "TERRACE",
    "WALK",
    "CRESCENT",
    "CIRCUIT",
    "PLACE",
    "PL",
    "WAY",
    "SQUARE",
    "HILL",
    "FLAT",
    "UNIT",
    "APARTMENT",
    "APT",
    "HOUSE",
    "LONDON",
    "THE",
    "FLOOR",
    "GROUND",
    "NO",
    "NUMBER",
    "UK",
    "ENGLAND",
];

/// An address in which nobody lives: hospitals write these for "not known" and
/// "no fixed abode" (NHS Postcode Directory, pseudo country postcodes ZZ99).
const NOWHERE: &[&str] = &["NOFIXEDABODE", "NFA", "UNKNOWN", "NOTKNOWN", "NOTRECORDED", "NK", "NOADDRESS"];

/// How many words of an address are looked up.
const STREET_WORDS_MAX: usize = 2;

/// From here two streets are the same with a typing fault.
const STREET_SAME: f64 = 0.7;
/// From here two streets may be the same with several faults, when house number
/// and postcode agree too.
const STREET_LIKE: f64 = 0.45;

/// Address and postcode of one chart, made ready for comparing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlaceTold {
    /// Folded; empty where none or a placeholder is told.
    pub(crate) postcode: String,
    /// Words with a digit, sorted: 12, 4B.
    pub(crate) numbers: Vec<String>,
    /// The longest words, longest first.
    words: Vec<String>,
    /// Neighbouring letters of all telling words, sorted.
    letters: Vec<u32>,
}

impl PlaceTold {
    pub(crate) fn new(lines: &[String], postcode: Option<&str>) -> Self {
        let mut place = Self { postcode: told_postcode(postcode), ..Self::default() };
        for line in lines {
            if NOWHERE.contains(&fold(line).as_str()) {
                continue;
            }
            let mut run = String::new();
            for word in line.split(|c: char| c.is_whitespace() || ",/;()".contains(c)).map(fold) {
                if word.is_empty() || EVERYDAY.contains(&word.as_str()) {
                    continue;
                }
                if word.contains(|c: char| c.is_ascii_digit()) && word.chars().count() <= 6 {
                    place.numbers.push(word);
                } else {
                    run.push_str(&word);
                    place.words.push(word);
                }
            }
            place.add_letters(&run);
        }
        place.words.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        place.words.dedup();
        place.words.truncate(STREET_WORDS_MAX);
        place.numbers.sort_unstable();
        place.numbers.dedup();
        place.letters.sort_unstable();
        place
    }

    fn add_letters(&mut self, run: &str) {
        let letters: Vec<char> = run.chars().collect();
        let pairs = letters.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(u32::from(*a).wrapping_mul(31_337).wrapping_add(u32::from(*b))),
            _ => None,
        });
        let room = ADDRESS_LETTERS_MAX.saturating_sub(self.letters.len());
        self.letters.extend(pairs.take(room));
    }

    /// The longest words of the address: they tell most.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.postcode.is_empty() && self.letters.is_empty()
    }

    /// The house: postcode and house number; `None` where either is not told.
    pub(crate) fn house(&self) -> Option<u64> {
        let told = !self.postcode.is_empty() && !self.numbers.is_empty();
        told.then(|| hash("house", &[&self.postcode, &self.numbers.join(" ")]))
    }

    /// How two places agree; `None` where one is not told.
    pub(crate) fn compare(&self, other: &Self) -> Option<Level> {
        if self.is_empty() || other.is_empty() {
            return None;
        }
        let postcode = self.compare_postcodes(other);
        let street = alike(&self.letters, &other.letters);
        let number = self.compare_numbers(other);
        let near = matches!(postcode, None | Some(Postcode::Same | Postcode::Near));
        let same_house = number == Some(true);
        Some(match street {
            Some(street) if street >= STREET_SAME && same_house && near => Level::HouseSame,
            Some(street) if street >= STREET_SAME && !near && number != Some(false) => Level::HouseElsewhere,
            Some(street) if street >= STREET_LIKE && same_house && near && postcode.is_some() => Level::HouseSame,
            Some(street) if street >= STREET_SAME && near => Level::StreetSame,
            Some(street) if street >= STREET_LIKE && postcode == Some(Postcode::Same) => Level::StreetSame,
            _ => match postcode {
                Some(Postcode::Same) if same_house && street.is_none() => Level::HouseSame,
                Some(Postcode::Same) => Level::PostcodeSame,
                Some(Postcode::District) => Level::DistrictSame,
                Some(Postcode::Near) if street.is_some_and(|street| street >= STREET_LIKE) => Level::PlaceLike,
                Some(Postcode::Near) if street.is_none() => Level::DistrictSame,
                None if street.is_none() => return None,
                _ => Level::PlaceDiffers,
            },
        })
    }

    /// Whether a house number is in common; `None` where one side tells none.
    fn compare_numbers(&self, other: &Self) -> Option<bool> {
        if self.numbers.is_empty() || other.numbers.is_empty() {
            return None;
        }
        // Flat 4, 12 High Street is not Flat 5, 12 High Street, but may be 12 High Street.
        let (few, many) = if self.numbers.len() <= other.numbers.len() { (self, other) } else { (other, self) };
        Some(few.numbers.iter().all(|number| many.numbers.contains(number)))
    }

    fn compare_postcodes(&self, other: &Self) -> Option<Postcode> {
        let (a, b) = (self.postcode.as_str(), other.postcode.as_str());
        if a.is_empty() || b.is_empty() {
            return None;
        }
        Some(if a == b {
            Postcode::Same
        } else if strsim::osa_distance(a, b) == 1 {
            Postcode::Near
        } else if outward(a).is_some_and(|district| Some(district) == outward(b)) {
            Postcode::District
        } else {
            Postcode::Differs
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Postcode {
    Same,
    Near,
    District,
    Differs,
}

/// The outward half of a British postcode.
fn outward(postcode: &str) -> Option<&str> {
    let inward_at = postcode.len().checked_sub(3)?;
    let outward = postcode.get(..inward_at)?;
    let begins_with_a_letter = outward.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    (begins_with_a_letter && outward.len() >= 2).then_some(outward)
}

fn told_postcode(postcode: Option<&str>) -> String {
    let folded = fold(postcode.unwrap_or_default());
    let placeholder = folded.starts_with("ZZ99") || NOWHERE.contains(&folded.as_str());
    let short = folded.chars().count() < 3 || folded.chars().count() > 10;
    let zeros = folded.chars().all(|c| matches!(c, '0' | '9' | 'X'));
    if placeholder || short || zeros { String::new() } else { folded }
}

/// Dice's coefficient of two sorted lists: twice what is common over all.
fn alike(a: &[u32], b: &[u32]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mut left, mut right, mut common) = (a.iter().peekable(), b.iter().peekable(), 0_u32);
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                left.next();
                right.next();
            }
        }
    }
    let all = u32::try_from(a.len() + b.len()).unwrap_or(u32::MAX);
    Some(f64::from(2 * common) / f64::from(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lines: &[&str], postcode: &str) -> PlaceTold {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        PlaceTold::new(&lines, Some(postcode).filter(|p| !p.is_empty()))
    }

    #[test]
    fn the_same_house_written_in_other_ways_is_the_same_house() {
        let usual = place(&["Flat 4", "12 Alderwick Road", "Peckham, London"], "SE15 2CV");
        for (lines, postcode) in [
            (vec!["FLAT 4 12 ALDERWICK RD", "PECKHAM"], "se152cv"),
            (vec!["4/12 Alderwick Rd", "Peckham"], "SE15 2CW"),
            (vec!["Peckham", "12 Aldrewick Road"], "SE15 2CV"),
        ] {
            assert_eq!(usual.compare(&place(&lines, postcode)), Some(Level::HouseSame), "{lines:?}");
        }
    }

    #[test]
    fn neighbours_and_people_elsewhere_do_not_share_a_house() {
        let usual = place(&["12 Alderwick Road", "Peckham"], "SE15 2CV");
        assert_eq!(usual.compare(&place(&["14 Alderwick Road", "Peckham"], "SE15 2CV")), Some(Level::StreetSame));
        assert_eq!(usual.compare(&place(&["3 Gannet Close"], "SE15 2CV")), Some(Level::PostcodeSame));
        assert_eq!(usual.compare(&place(&["3 Gannet Close"], "SE15 9KM")), Some(Level::DistrictSame));
        assert_eq!(usual.compare(&place(&["3 Gannet Close"], "BR1 9KM")), Some(Level::PlaceDiffers));
        let flat = place(&["Flat 4", "12 Alderwick Road", "Peckham"], "SE15 2CV");
        let above = place(&["Flat 5", "12 Alderwick Road", "Peckham"], "SE15 2CV");
        assert_eq!(flat.compare(&above), Some(Level::StreetSame));
    }

    #[test]
    fn placeholders_are_no_place() {
        for (lines, postcode) in [(vec!["No fixed abode"], "ZZ99 3VZ"), (vec![], "zz993wz"), (vec!["NFA"], "")] {
            assert!(place(&lines, postcode).is_empty(), "{lines:?} {postcode}");
        }
    }
}
