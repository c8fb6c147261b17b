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

/// Letters that never end a postcode (Royal Mail: C I K M O V are not used in the
/// inward half), so that none of these is anybody's.
const NEVER_INWARD: [&str; 6] = ["CV", "KM", "MO", "VK", "OC", "IV"];

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
    let inward = dice.pick(&NEVER_INWARD, "CV");
    let postcode = Some(format!("{} {}{inward}", district.outward, dice.between(1, 9)));
    (Address { lines, postcode }, district)
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
            assert!(NEVER_INWARD.iter().any(|end| postcode.ends_with(end)), "{postcode}");
            assert_eq!(address.postcode_district().as_deref(), Some(district.outward));
            assert!(address.lines.len() >= 2);
        }
    }

    #[test]
    fn telephones_lie_in_the_ranges_kept_for_drama() {
        let mut dice = Dice::new(3, 1);
        assert!(mobile(&mut dice).starts_with("07700 900"));
        assert!(landline(&mut dice).starts_with("020 7946 0"));
    }
}
