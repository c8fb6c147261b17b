//! What has happened to one person of the crowd: conditions drive medicines,
//! tests and attendances, and each record system hears of its part.

mod elsewhere;
mod practice;

use record::When;

use crate::chart::Chart;
use crate::conditions::{CONDITIONS, Condition};
use crate::diary::Diary;
use crate::dice::Dice;
use crate::household::Resident;
use crate::names::professional;
use crate::organisations::Feed;
use crate::panels::Panel;

/// Everything that is known of one person, by record system.
pub(crate) fn charts(resident: &Resident, dice: &mut Dice, diary: Diary) -> Vec<Chart> {
    let died = resident.who.died.flatten().map_or(0, |day| diary.days_since(day.first_day()));
    let born = resident.who.birth_day().map_or(0, |day| diary.days_since(day));
    let lifetime = Lifetime { diary, born, died };
    let mut life = Life { resident, conditions: conditions(resident, dice), died, dice, lifetime };
    let mut charts = vec![life.practice()];
    if life.goes_to_hospital() {
        charts.push(life.hospital());
    }
    if life.has(&["Schizophrenia", "Bipolar disorder", "Dementia"])
        || life.has(&["Depressive disorder"]) && life.dice.per_mille(200)
    {
        charts.push(life.mental_health());
    }
    if life.resident.age > 74 && life.dice.per_mille(550) || life.has(&["Heart failure", "Dementia"]) {
        charts.push(life.community());
    }
    if life.resident.age > 79 && life.dice.per_mille(400) || life.has(&["Dementia"]) {
        charts.push(life.council());
    }
    if life.conditions.iter().any(|(c, _)| c.emergency.is_some()) && life.dice.per_mille(250) {
        charts.push(life.ambulance());
    }
    charts
}

struct Life<'a> {
    resident: &'a Resident,
    /// With how many days ago each began.
    conditions: Vec<(&'static Condition, i64)>,
    /// Nothing happens later than this many days ago.
    died: i64,
    dice: &'a mut Dice,
    lifetime: Lifetime,
}

/// Nothing happens before birth, and nothing but what was booked after death.
#[derive(Clone, Copy)]
struct Lifetime {
    diary: Diary,
    born: i64,
    died: i64,
}

impl Lifetime {
    fn within(self, days_ago: i64) -> i64 {
        if days_ago < 0 { days_ago } else { days_ago.max(self.died).min(self.born) }
    }

    /// The day so many days ago, within the person's life.
    fn day(self, days_ago: i64) -> When {
        self.diary.day(self.within(days_ago))
    }

    /// The same with a time of day.
    fn at(self, days_ago: i64, hour: i8, minute: i8) -> When {
        self.diary.at(self.within(days_ago), hour, minute)
    }

    /// The same on a working day.
    fn clinic(self, days_ago: i64, hour: i8, minute: i8) -> When {
        self.at(self.diary.working_day(days_ago), hour, minute)
    }

    /// The year so many years ago, for what nobody remembers better.
    fn year(self, years_ago: i64) -> When {
        self.diary.year(years_ago.min(self.born / 365))
    }
}

fn conditions(resident: &Resident, dice: &mut Dice) -> Vec<(&'static Condition, i64)> {
    let mut had = Vec::new();
    for condition in CONDITIONS {
        if dice.per_mille(condition.share(resident.age, resident.who.gender)) {
            let longest = ((resident.age - condition.from_age) * 365).clamp(60, 6_000);
            let began = if condition.term == "Pregnancy" { dice.between(40, 240) } else { dice.between(30, longest) };
            had.push((condition, began));
        }
    }
    had
}

impl Life<'_> {
    fn has(&self, terms: &[&str]) -> bool {
        self.conditions.iter().any(|(condition, _)| terms.contains(&condition.term))
    }

    fn chart(&mut self, feed: Feed, title: Option<&str>) -> Chart {
        let author = professional(title, self.dice);
        let prefix = feed.ods().as_str().get(3..).unwrap_or("X").to_owned();
        let mut told = self.resident.who.clone();
        if feed != self.resident.practice {
            // Hospitals often hold one telephone number and no ethnic category.
            told.telephones.truncate(1);
            told.ethnicity = None;
        }
        Chart::new(feed, format!("{prefix}{:07}", 100_000 + self.resident.place), told, &author)
    }

    /// A day on which something could have happened, at most so long ago.
    fn day_within(&mut self, longest: i64) -> i64 {
        let longest = longest.min(self.resident.age * 365 + 300);
        self.dice.between(self.died + 2, (self.died + 3).max(longest))
    }

    /// A time in working hours, on a working day about so many days ago.
    fn in_hours(&mut self, days_ago: i64) -> When {
        let hour = i8::try_from(self.dice.between(8, 17)).unwrap_or(9);
        let minute = i8::try_from(self.dice.between(0, 5) * 10).unwrap_or(0);
        self.lifetime.clinic(days_ago, hour, minute)
    }

    fn ahead(&mut self, days: i64) -> When {
        let days = self.dice.between(1, days);
        self.in_hours(-days)
    }

    /// Measures a panel as the person's conditions make it. Twice on one day is once.
    fn measure(&mut self, chart: &mut Chart, panel: &Panel, taken: When, days_ago: i64, part_of: Option<&str>) {
        for assay in panel.assays {
            let moved = self.conditions.iter().flat_map(|(c, _)| c.moves).find(|(test, ..)| *test == assay.name);
            let years_ago = f64::from(i32::try_from(days_ago).unwrap_or(0)) / 365.0;
            let usual = moved.map_or(assay.usual, |(_, usual, per_year)| usual - per_year * years_ago);
            let value = self.dice.about(usual, assay.spread).max(0.1);
            chart.result(panel, *assay, value, taken).part_of = part_of.map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{AppointmentStatus, Content};

    use crate::household::{NumberRoll, household};

    fn crowd(households: u64) -> Vec<(Resident, Vec<Chart>)> {
        let diary = Diary::new("2026-11-22T13:41:30Z".parse().unwrap());
        let mut numbers = NumberRoll::new();
        let mut crowd = Vec::new();
        for stream in 0..households {
            let mut dice = Dice::new(9, stream);
            for resident in household(&mut dice, diary, stream * 10, &mut numbers) {
                let charts = charts(&resident, &mut dice, diary);
                crowd.push((resident, charts));
            }
        }
        crowd
    }

    #[test]
    fn everybody_is_known_to_their_practice_and_the_old_to_more() {
        let crowd = crowd(200);
        assert!(crowd.iter().all(|(resident, charts)| charts[0].feed == resident.practice));
        let mean = |old: bool| {
            let counts: Vec<usize> = crowd.iter().filter(|(r, _)| (r.age > 74) == old).map(|(_, c)| c.len()).collect();
            counts.iter().sum::<usize>() * 100 / counts.len()
        };
        assert!(mean(true) > mean(false), "{} {}", mean(true), mean(false));
    }

    #[test]
    fn a_person_has_about_as_many_entries_as_people_have() {
        let crowd = crowd(300);
        let entries: usize = crowd.iter().flat_map(|(_, charts)| charts).map(|chart| chart.entries.len()).sum();
        let each = entries / crowd.len();
        assert!((30..=90).contains(&each), "{each} entries a person");
    }

    #[test]
    fn nothing_happens_before_birth_or_after_death() {
        let diary = Diary::new("2026-11-22T13:41:30Z".parse().unwrap());
        for (resident, charts) in crowd(300) {
            let born = resident.who.birth_day().unwrap();
            let died = resident.who.died.flatten().map(When::first_day);
            for entry in charts.iter().flat_map(|chart| &chart.entries) {
                let Some(When::Day(_) | When::Instant(..)) = entry.when else { continue };
                let day = entry.when.unwrap().first_day();
                assert!(day >= born, "{day} {born} {entry:?}");
                if let Some(died) = died {
                    assert!(day <= died, "{day} {died} {:?}", entry.content);
                }
                let ahead = matches!(&entry.content, Content::Appointment(a) if a.status == AppointmentStatus::Booked);
                assert!(ahead || day <= diary.today());
            }
        }
    }

    #[test]
    fn a_condition_brings_its_medicines_and_moves_its_tests() {
        let crowd = crowd(400);
        let diabetic = crowd.iter().flat_map(|(_, charts)| charts).find(|chart| {
            chart.entries.iter().any(|e| matches!(&e.content, Content::Problem(p) if p.term.starts_with("Type 2")))
        });
        let chart = diabetic.expect("four hundred households hold somebody with diabetes");
        assert!(chart.entries.iter().any(|e| matches!(&e.content, Content::Medicine(m) if m.name == "metformin")));
        let flagged = chart
            .entries
            .iter()
            .any(|e| matches!(&e.content, Content::TestResult(r) if r.test == "HbA1c" && r.flag.is_some()));
        assert!(flagged, "HbA1c is never out of range");
    }
}
