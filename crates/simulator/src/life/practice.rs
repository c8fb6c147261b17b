//! What the person's own practice knows.

use record::{AlertKind, AppointmentStatus, Content, MedicineStatus, Sensitivity};

use super::Life;
use crate::chart::Chart;
use crate::conditions::Condition;
use crate::diary::later;
use crate::drugs;
use crate::letters::Subject;
use crate::places;

impl Life<'_> {
    pub(super) fn practice(&mut self) -> Chart {
        let mut chart = self.chart(self.resident.practice, Some("Dr"));
        let doctor = chart.author.clone();
        chart.involved(&doctor, "Registered GP", &places::landline(self.dice), None);
        self.allergies(&mut chart);
        for (condition, began) in self.conditions.clone() {
            self.condition(&mut chart, condition, began);
        }
        self.passing_illness(&mut chart);
        self.immunisations(&mut chart);
        self.operations(&mut chart);
        for _ in 0..self.dice.between(1, 3) {
            let at = self.day_within(900);
            let start = self.in_hours(at);
            let reason = self.dice.pick(
                &["Medication review", "Cough for a week", "Back pain", "Blood test results", "Skin rash"],
                "Review",
            );
            chart.attendance("GP consultation", start, Some(later(start, 1)), self.resident.practice.name(), reason);
        }
        if self.died == 0 && self.dice.per_mille(300) {
            let start = self.ahead(28);
            chart.appointment("GP appointment", AppointmentStatus::Booked, start, self.resident.practice.name());
        }
        if let Some(language) = self.resident.who.interpreter.clone() {
            let since = self.lifetime.day(self.dice.between(100, 2_000));
            chart.alert(
                AlertKind::AccessibleInformation,
                &format!("Interpreter: {language}"),
                "Book a double appointment",
                since,
            );
        }
        chart
    }

    fn allergies(&mut self, chart: &mut Chart) {
        let onset = self.lifetime.year(self.dice.between(1, 20));
        match self.dice.below(100) {
            0..7 => chart.allergy("Penicillin", "Rash", "moderate", onset),
            7..9 => chart.allergy("Peanut", "Anaphylaxis", "severe", onset),
            9..12 => chart.allergy("Ibuprofen", "Wheeze", "moderate", onset),
            12..14 => chart.allergy("Trimethoprim", "Nausea and vomiting", "mild", onset),
            14..70 => chart.no_known_allergies(self.lifetime.day(self.dice.between(30, 2_500))),
            _ => return,
        };
    }

    fn condition(&mut self, chart: &mut Chart, condition: &'static Condition, began: i64) {
        chart.problem(condition.term, Some(condition.code), self.lifetime.day(began + self.died));
        let reach = 1 + usize::try_from(self.dice.between(0, 2)).unwrap_or(0);
        for drug in condition.drugs.iter().take(reach) {
            let started = (self.dice.between(10, began.max(11)) + self.died).max(3);
            let known = chart.entries.iter().any(|e| matches!(&e.content, Content::Medicine(m) if m.name == drug.name));
            if known {
                continue;
            }
            let issued = self.lifetime.day(self.died + self.dice.between(2, 28).min(started));
            let stopped = self.dice.per_mille(90);
            let status = if stopped { MedicineStatus::Discontinued } else { MedicineStatus::Started };
            let entry = chart.medicine(*drug, status, "Repeat", self.lifetime.day(started));
            if let Content::Medicine(medicine) = &mut entry.content {
                medicine.reason = Some(condition.term.to_owned());
                medicine.last_issued = Some(issued);
                medicine.ended = stopped.then_some(issued);
            }
        }
        let visits = (condition.times_a_year * (began / 365 + 1)).min(condition.times_a_year * 4);
        for visit in 0..visits {
            let gap = 365 / condition.times_a_year;
            let days_ago = self.died + visit * gap + self.dice.between(4, gap.max(5));
            if days_ago > self.resident.age * 365 {
                break;
            }
            let taken = self.in_hours(days_ago);
            for panel in condition.panels {
                self.measure(chart, panel, taken, days_ago, None);
            }
        }
    }

    fn passing_illness(&mut self, chart: &mut Chart) {
        const ILLNESSES: [(&str, &str, drugs::Drug); 4] = [
            ("Lower respiratory tract infection", "50417007", drugs::DOXYCYCLINE),
            ("Urinary tract infection", "68566005", drugs::NITROFURANTOIN),
            ("Otitis media", "65363002", drugs::AMOXICILLIN),
            ("Cellulitis", "128045006", drugs::FLUCLOXACILLIN),
        ];
        for (term, code, drug) in ILLNESSES {
            if self.resident.age > 0 && self.dice.per_mille(140) {
                let began = self.day_within(1_500) + 8;
                chart.past_problem(term, Some(code), self.lifetime.day(began), self.lifetime.day(began - 7));
                let entry = chart.medicine(drug, MedicineStatus::Completed, "Acute", self.lifetime.day(began));
                if let Content::Medicine(medicine) = &mut entry.content {
                    medicine.ended = Some(self.lifetime.day(began - 5));
                }
            }
        }
        // A few entries that the practice itself marks as confidential.
        if self.resident.age > 16 && self.dice.per_mille(12) {
            let began = self.lifetime.day(self.day_within(1_500));
            chart.problem("Chlamydial infection", Some("105629000"), began).sensitivity = Sensitivity::Sensitive;
        }
    }

    /// Operations long ago, and a referral letter for the latest of them.
    fn operations(&mut self, chart: &mut Chart) {
        const OPERATIONS: [(&str, &str, i64); 5] = [
            ("Tonsillectomy", "Recurrent tonsillitis", 12),
            ("Appendicectomy", "Acute appendicitis", 20),
            ("Laparoscopic cholecystectomy", "Gallstones", 45),
            ("Cataract extraction", "Cataract", 68),
            ("Total hip replacement", "Osteoarthritis of the hip", 72),
        ];
        for (operation, reason, from_age) in OPERATIONS {
            if self.resident.age <= from_age || !self.dice.per_mille(110) {
                continue;
            }
            let days_ago = self.died + self.dice.between(90, (self.resident.age - from_age) * 365);
            chart.procedure(operation, self.lifetime.day(days_ago), reason);
            let written = self.lifetime.at(days_ago + 60, 12, 0);
            let subject = Subject { from: chart.feed.organisation(), who: &chart.told, author: &chart.author, written };
            let text = subject.plain(
                "Referral",
                &format!("Dear Colleague,\n\nPlease see this patient about: {reason}. The history is in the record."),
            );
            chart.letter(&format!("Referral: {reason}"), "Referral letter", written, text);
        }
    }

    fn immunisations(&mut self, chart: &mut Chart) {
        let age = self.resident.age;
        let childhood = [
            ("DTaP/IPV/Hib/HepB", 60),
            ("MenB", 61),
            ("Rotavirus", 62),
            ("MMR", 400),
            ("4-in-1 pre-school booster", 1_250),
        ];
        if age < 19 {
            for (dose, (vaccine, at_days)) in (1..).zip(childhood) {
                let days_ago = age * 365 - at_days;
                if days_ago > self.died && self.dice.per_mille(930) {
                    chart.immunisation(vaccine, self.lifetime.day(days_ago), Some(dose.min(3)));
                }
            }
        }
        if age >= 65 || !self.conditions.is_empty() && age > 18 {
            for year in 0..3 {
                if self.dice.per_mille(720) {
                    chart.immunisation(
                        "Influenza, inactivated",
                        self.lifetime.day(self.died + year * 365 + self.dice.between(20, 70)),
                        None,
                    );
                }
            }
        }
        if age >= 75 && self.dice.per_mille(700) {
            chart.immunisation(
                "COVID-19 mRNA booster",
                self.lifetime.day(self.died + self.dice.between(30, 200)),
                None,
            );
        }
    }
}
