//! The people whose stories are told: one for each state worth seeing.

mod allergies;
mod closed;
mod grace;
pub(crate) mod identity;
mod needs;
pub(crate) mod quarantine;
mod results;

use record::{Address, Demographics, Gender, NhsNumber, When};

use crate::chart::Chart;
use crate::diary::Diary;
use crate::names::name;
use crate::organisations::Feed;

/// One person of the region whose record shows something worth seeing.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// What it shows: "Medicines that disagree".
    pub title: &'static str,
    /// Whom to find, as a page shows the name.
    pub who: &'static str,
    /// Their NHS number in ten digits; `None` for the person who has none.
    pub nhs_number: Option<&'static str>,
    /// When they were born, as staff write it, to find them without a number. Empty
    /// where it depends on the day on which the region is made.
    pub born: &'static str,
    /// What to look at.
    pub look: &'static str,
    tell: fn(Diary) -> Vec<Chart>,
}

impl Story {
    /// The charts that the story's record systems hold.
    pub(crate) fn charts(&self, diary: Diary) -> Vec<Chart> {
        (self.tell)(diary)
    }
}

/// The NHS number of the person who has chosen not to share.
pub(crate) const OPTED_OUT: &str = "9990000085";

#[rustfmt::skip]
const STORIES: &[Story] = &[
    Story { title: "Medicines that disagree", who: "OKAFOR, Grace Adaeze (Mrs)", nhs_number: Some("9990000018"), born: "04-Mar-1951", look: "Ramipril: the GP says 5 mg, the discharge 2.5 mg. Seven sources, two allergies from two of them, potassium very high.", tell: grace::grace },
    Story { title: "Two people alike", who: "OKAFOR, Grace (Ms)", nhs_number: Some("9990000026"), born: "14-Mar-1951", look: "Search for Okafor: same name, born ten days apart. She is not Grace Adaeze.", tell: grace::the_other_grace },
    Story { title: "An allergy known to one source only", who: "OYELARAN, Tunde (Mr)", nhs_number: Some("9990000034"), born: "02-Nov-1987", look: "Peanut anaphylaxis: Guildhall Hospital knows, the GP recorded nothing either way.", tell: allergies::one_source_knows },
    Story { title: "\"No known allergies\" against an allergy", who: "BRENNAN, Mary Kathleen (Mrs)", nhs_number: Some("9990000042"), born: "19-Jul-1946", look: "The GP states none known; Thameside recorded a reaction to trimethoprim.", tell: allergies::stated_none_against_known },
    Story { title: "A source gone stale", who: "NGUYỄN, Văn Thanh (Mr)", nhs_number: Some("9990000050"), born: "23-Sep-1958", look: "Kingsbrook Hospital, which follows his kidneys, has been silent for two days: the record says so.", tell: needs::stale_source },
    Story { title: "Sensitive entries", who: "FRANCIS, Natalie Simone (Ms)", nhs_number: Some("9990000069"), born: "11-Feb-1994", look: "Some entries are withheld; the page says that, and neither what nor how many.", tell: closed::sensitive },
    Story { title: "Restricted address", who: "KACZMAREK, Ewa (Ms)", nhs_number: Some("9990000077"), born: "30-May-1985", look: "A search never shows where she lives, and her record is closed here.", tell: closed::restricted },
    Story { title: "Opted out", who: "HENNESSY, Declan Patrick (Mr)", nhs_number: Some(OPTED_OUT), born: "08-Dec-1972", look: "The record stays closed: no permission and no emergency opens it.", tell: closed::opted_out },
    Story { title: "Deceased", who: "SAMUELS, Winston Everton (Mr)", nhs_number: Some("9990000093"), born: "17-Apr-1939", look: "The banner says when he died and how old he was.", tell: closed::deceased },
    Story { title: "Newborn with nothing", who: "WARSAME, Baby", nhs_number: Some("9990000107"), born: "", look: "Born days ago: sections that are truly empty, and say so.", tell: closed::newborn },
    Story { title: "Sixty medicines", who: "PILLAI, Rajesh Kumar (Mr)", nhs_number: Some("9990000115"), born: "25-Jan-1944", look: "The list stays readable and nothing is cut.", tell: needs::sixty_medicines },
    Story { title: "A forty-character family name", who: "ADEBAYO-OGUNLEYE-FEATHERSTONEHAUGH-SMITHE, Morenike Oluwaseun (Dr)", nhs_number: Some("9990000123"), born: "06-Jun-1979", look: "The banner wraps and never cuts the name.", tell: identity::long_name },
    Story { title: "Twins, one", who: "ÖZTÜRK, Elif (Miss)", nhs_number: Some("9990000131"), born: "14-Aug-2015", look: "Guildhall once sent her blood test under her sister's NHS number: a banner, two records, nothing mixed.", tell: identity::first_twin },
    Story { title: "Twins, the other", who: "ÖZTÜRK, Zeynep (Miss)", nhs_number: Some("9990000158"), born: "14-Aug-2015", look: "Same address, same birthday, same family name: another person.", tell: identity::second_twin },
    Story { title: "One person under two NHS numbers", who: "ASANTE, Kwame (Mr)", nhs_number: Some("9990000166"), born: "03-Oct-1966", look: "Kingsbrook knows him as 999 000 0174. Two valid numbers are never joined by the machine.", tell: identity::two_numbers },
    Story { title: "No NHS number", who: "RESTREPO, Luz Marina (Ms)", nhs_number: None, born: "21-Mar-1990", look: "Find her by name and birth date: newly arrived, known to the hospital and the ambulance.", tell: identity::no_number },
    Story { title: "Years of one test", who: "BEGUM, Rehana (Mrs)", nhs_number: Some("9990000182"), born: "12-Aug-1961", look: "HbA1c: forty values over six years from two laboratories.", tell: results::years_of_one_test },
    Story { title: "Interpreter and reasonable adjustment", who: "LEUNG, Siu Fong (Mrs)", nhs_number: Some("9990000190"), born: "02-Jan-1949", look: "Cantonese interpreter, large print, needs a quiet room: always visible.", tell: needs::interpreter_and_adjustments },
    Story { title: "Results out of range", who: "CAMPBELL, Jerome (Mr)", nhs_number: Some("9990000204"), born: "29-Nov-1998", look: "Sickle cell crisis: haemoglobin very low, CRP high; his own care plan for pain.", tell: results::out_of_range },
    Story { title: "Preliminary, corrected and cancelled", who: "PAWLAK, Zbigniew (Mr)", nhs_number: Some("9990000212"), born: "15-Sep-1955", look: "A blood culture still preliminary, a potassium corrected, a sample that clotted.", tell: results::not_yet_final },
];

/// Every story of the region, in the order in which its people are delivered.
#[must_use]
pub fn stories() -> &'static [Story] {
    STORIES
}

/// A number of the tables above.
pub(crate) fn number(digits: &str) -> Option<NhsNumber> {
    NhsNumber::parse(digits).ok()
}

/// Somebody of a story; what is not said here stays untold.
struct Somebody<'a> {
    digits: &'a str,
    title: &'a str,
    given: &'a str,
    family: &'a str,
    born: &'a str,
    gender: Gender,
    address: [&'a str; 2],
    postcode: &'a str,
    telephone: &'a str,
    practice: Option<Feed>,
}

impl Somebody<'_> {
    fn told(&self) -> Demographics {
        let lines = self.address.iter().map(|line| (*line).to_owned()).collect();
        Demographics {
            nhs_number: number(self.digits),
            name: name(self.title, self.given, self.family),
            born: When::parse_iso(self.born).ok(),
            gender: Some(self.gender),
            address: Some(Address { lines, postcode: Some(self.postcode.to_owned()) }),
            telephones: vec![self.telephone.to_owned()],
            practice: self.practice.map(|feed| feed.name().to_owned()),
            ..Demographics::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn diary() -> Diary {
        Diary::new("2026-11-22T13:41:30Z".parse().unwrap())
    }

    #[test]
    fn every_state_worth_seeing_has_its_person() {
        assert!(STORIES.len() >= 17);
        let titles: BTreeSet<_> = STORIES.iter().map(|story| story.title).collect();
        assert_eq!(titles.len(), STORIES.len());
    }

    #[test]
    fn story_numbers_are_valid_in_999_and_stand_once() {
        let numbers: Vec<_> = STORIES.iter().filter_map(|story| story.nhs_number).collect();
        assert!(numbers.iter().all(|digits| number(digits).is_some_and(NhsNumber::is_test)));
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        assert_eq!(STORIES.iter().filter(|story| story.nhs_number.is_none()).count(), 1);
    }

    #[test]
    fn the_banner_names_the_people_as_their_charts_do() {
        for story in STORIES {
            let first = &story.charts(diary())[0];
            assert_eq!(first.told.nhs_number, story.nhs_number.and_then(number), "{}", story.title);
            assert_eq!(first.told.name.shown(), story.who, "{}", story.title);
            let born = first.told.birth_day().unwrap().strftime("%d-%b-%Y").to_string();
            assert!(story.born.is_empty() || born == story.born, "{} {born}", story.title);
        }
    }

    #[test]
    fn no_chart_holds_what_its_source_says_it_does_not_send() {
        let sources = crate::organisations::sources();
        for chart in STORIES.iter().flat_map(|story| story.charts(diary())) {
            let source = sources.iter().find(|source| source.id == chart.feed.id()).unwrap();
            for entry in &chart.entries {
                assert!(source.sends.contains(&entry.content.section()), "{} {:?}", source.name, entry.content);
            }
        }
    }
}
