use record::Address;

use crate::dice::Dice;

/// A district of the region and who serves it.
#[derive(Clone, Copy)]
pub(crate) struct District {
    /// The outward half of its postcodes.
    pub(crate) outward: &'static str,
    /// Its area, as the last line of an address.
    area: &'static str,
    /// Which of the three hospitals is nearest: 0, 1, 2.
    pub(crate) hospital: u8,
    /// Whether Southmere Council serves it, or Ravensmere Council.
    pub(crate) southmere: bool,
}

const DISTRICTS: [District; 14] = [
    District { outward: "SE5", area: "Camberwell", hospital: 1, southmere: true },
    District { outward: "SE15", area: "Peckham", hospital: 1, southmere: true },
    District { outward: "SE1", area: "Bermondsey", hospital: 2, southmere: true },
    District { outward: "SE16", area: "Rotherhithe", hospital: 2, southmere: true },
    District { outward: "SE17", area: "Walworth", hospital: 2, southmere: true },
    District { outward: "SE8", area: "Deptford", hospital: 0, southmere: true },
    District { outward: "SE13", area: "Lewisham", hospital: 0, southmere: true },
    District { outward: "SE6", area: "Catford", hospital: 0, southmere: true },
    District { outward: "SE18", area: "Woolwich", hospital: 0, southmere: false },
    District { outward: "SE28", area: "Thamesmead", hospital: 0, southmere: false },
    District { outward: "BR1", area: "Bromley", hospital: 1, southmere: false },
    District { outward: "BR5", area: "Orpington", hospital: 1, southmere: false },
    District { outward: "DA7", area: "Bexleyheath", hospital: 0, southmere: false },
    District { outward: "DA17", area: "Belvedere", hospital: 0, southmere: false },
];

const STREET_FIRST: [&str; 24] = [
    "Alderwick",
    "Bellmaker",
    "Candlewright",
    "Dovecote",
    "Elmscott",
    "Foundry",
    "Gannet",
    "Hopfield",
    "Ironbridge",
    "Juniper",
    "Kestrel",
    "Lanternmaker",
    "Marigold",
    "Nettlefold",
    "Osierbed",
    "Pepperbox",
    "Quayman",
    "Ropewalker",
    "Saltmarsh",
    "Tanner's",
    "Umberfield",
    "Vintner's",
    "Wherry",
    "Yarrow",
];
const STREET_LAST: [&str; 8] = ["Road", "Street", "Gardens", "Close", "Walk", "Grove", "Terrace", "Court"];

/// Letters that never stand in the inward half of a postcode (Royal Mail): with one of them it is nobody's.
const NEVER_INWARD: &[u8] = b"CIKMOV";
/// How many pairs of letters have one of them.
const ENDINGS: u64 = 26 * 26 - 20 * 20;

/// A made-up address and the district it lies in.
pub(crate) fn address(dice: &mut Dice) -> (Address, District) {
    let at = dice.weighted(DISTRICTS.iter().map(|_| 1));
    let district = DISTRICTS.get(at).copied().unwrap_or(FIRST);
    let number = dice.between(1, 180);
    let street = format!("{} {}", dice.pick(&STREET_FIRST, "Yarrow"), dice.pick(&STREET_LAST, "Road"));
    let mut lines = Vec::with_capacity(3);
    if dice.per_mille(350) {
        lines.push(format!("Flat {}", dice.between(1, 64)));
    }
    lines.push(format!("{number} {street}"));
    lines.push(format!("{}, London", district.area));
    let ending = ending(dice.below(ENDINGS));
    let postcode = Some(format!("{} {}{ending}", district.outward, dice.between(1, 9)));
    (Address { lines, postcode }, district)
}

/// The last two letters of a postcode. There are so many that among a million people some thirty share a
/// postcode: of those that people have it is some forty.
fn ending(at: u64) -> String {
    let pairs = (b'A'..=b'Z').flat_map(|first| (b'A'..=b'Z').map(move |last| [first, last]));
    let mut never = pairs.filter(|pair| pair.iter().any(|letter| NEVER_INWARD.contains(letter)));
    let pair = usize::try_from(at).ok().and_then(|at| never.nth(at)).unwrap_or(*b"CV");
    pair.into_iter().map(char::from).collect()
}

const FIRST: District = DISTRICTS[0];

/// A mobile number in the range that Ofcom keeps for drama: 07700 900000 to 900999.
pub(crate) fn mobile(dice: &mut Dice) -> String {
    format!("07700 900{:03}", dice.below(1_000))
}

/// A London number in the range that Ofcom keeps for drama: 020 7946 0000 to 0999.
pub(crate) fn landline(dice: &mut Dice) -> String {
    format!("020 7946 0{:03}", dice.below(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_look_real_and_end_in_letters_nobody_has() {
        let mut dice = Dice::new(3, 0);
        for _ in 0..200 {
            let (address, district) = address(&mut dice);
            let postcode = address.postcode.clone().unwrap();
            let ending = &postcode.as_bytes()[postcode.len() - 2..];
            assert!(ending.iter().any(|letter| NEVER_INWARD.contains(letter)), "{postcode}");
            assert_eq!(address.postcode_district().as_deref(), Some(district.outward));
            assert!(address.lines.len() >= 2);
        }
    }

    #[test]
    fn every_ending_is_another_one_and_as_many_people_share_a_postcode_as_do_in_a_region() {
        let endings: std::collections::BTreeSet<String> = (0..ENDINGS).map(ending).collect();
        assert_eq!(endings.len(), usize::try_from(ENDINGS).unwrap());
        let postcodes = DISTRICTS.len() as u64 * 9 * ENDINGS;
        assert!((25..=45).contains(&(1_000_000 / postcodes)));
    }

    #[test]
    fn telephones_lie_in_the_ranges_kept_for_drama() {
        let mut dice = Dice::new(3, 1);
        assert!(mobile(&mut dice).starts_with("07700 900"));
        assert!(landline(&mut dice).starts_with("020 7946 0"));
    }
}
