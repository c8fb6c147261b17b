//! What hospitals, mental health, community, council and ambulance know.

use record::{AlertKind, AppointmentStatus};

use super::Life;
use crate::chart::Chart;
use crate::conditions::Condition;
use crate::diary::later;
use crate::letters::Subject;
use crate::names::professional;
use crate::organisations::Feed;
use crate::panels;
use crate::places;

impl Life<'_> {
    pub(super) fn goes_to_hospital(&mut self) -> bool {
        let clinics = self.conditions.iter().filter(|(c, _)| c.clinic.is_some() || c.emergency.is_some()).count();
        clinics > 0 || self.dice.per_mille(350)
    }

    pub(super) fn hospital(&mut self) -> Chart {
        let feed = self.resident.hospital();
        let mut chart = self.chart(feed, Some("Dr"));
        self.emergency(&mut chart);
        for (condition, began) in self.conditions.clone() {
            if let Some(clinic) = condition.clinic {
                self.clinic(&mut chart, clinic, condition, began);
            }
        }
        let kin = professional(None, self.dice);
        let relation = if self.resident.age < 18 {
            "Parent"
        } else {
            self.dice.pick(&["Spouse", "Daughter", "Son", "Sister", "Friend"], "Friend")
        };
        chart.involved(&kin, relation, &places::mobile(self.dice), None);
        chart
    }

    fn emergency(&mut self, chart: &mut Chart) {
        let own = self.conditions.iter().find_map(|(condition, _)| condition.emergency);
        let chances = [
            "Fall, laceration to the arm",
            "Abdominal pain",
            "Wrist injury",
            "Shortness of breath",
            "Head injury, minor",
        ];
        let reason = own.unwrap_or_else(|| self.dice.pick(&chances, "Abdominal pain"));
        let days_ago = self.day_within(700).max(3);
        let (hour, minute) = (self.dice.between(0, 23), self.dice.between(0, 11) * 5);
        let start = self.lifetime.at(days_ago, i8::try_from(hour).unwrap_or(12), i8::try_from(minute).unwrap_or(0));
        let admitted = own.is_some() && self.dice.per_mille(500);
        let end = if admitted { later(start, 30 + 24 * self.dice.between(0, 2)) } else { later(start, 4) };
        let (kind, place) =
            if admitted { ("Inpatient", "Acute medical unit") } else { ("Emergency", "Emergency department") };
        let attendance = chart.attendance(kind, start, Some(end), place, reason).key.clone();
        let found = self.conditions.iter().find(|(condition, _)| condition.emergency == Some(reason));
        if let Some((condition, _)) = found.filter(|_| admitted) {
            chart.problem(condition.term, Some(condition.code), start).part_of = Some(attendance.clone());
        }
        let taken = later(start, 1);
        self.measure(chart, &panels::VITAL_SIGNS, start, days_ago, Some(&attendance));
        for panel in [&panels::KIDNEY, &panels::BLOOD_COUNT, &panels::INFLAMMATION] {
            self.measure(chart, panel, taken, days_ago, Some(&attendance));
        }
        if admitted || self.dice.per_mille(400) {
            let text = Subject { from: chart.feed.organisation(), who: &chart.told, author: &chart.author, written: end }.discharge(
                reason,
                "Seen and examined. Blood tests and observations as in the record. Improved with treatment and fit to go home.",
                &[],
                "GP to review in two weeks. Return if symptoms get worse.",
            );
            chart.letter("Discharge summary", "Discharge summary", end, text).part_of = Some(attendance);
        }
    }

    fn clinic(&mut self, chart: &mut Chart, clinic: &str, condition: &Condition, began: i64) {
        let place = chart.feed.name();
        for visit in 0..self.dice.between(1, 3) {
            let days_ago = self.died + visit * 150 + self.dice.between(6, 140);
            if days_ago > began + self.died {
                break;
            }
            let start = self.in_hours(days_ago);
            let status = match self.dice.below(100) {
                0..9 => AppointmentStatus::DidNotAttend,
                9..16 => AppointmentStatus::Cancelled,
                _ => AppointmentStatus::Attended,
            };
            chart.appointment(clinic, status, start, place);
            if status == AppointmentStatus::Attended {
                let subject = Subject {
                    from: chart.feed.organisation(),
                    who: &chart.told,
                    author: &chart.author,
                    written: later(start, 3),
                };
                let text = subject.clinic(
                    clinic,
                    &[condition.term],
                    "Things have been steady since the last visit.",
                    "Continue the present treatment. We will see them again in six months.",
                );
                chart.letter(&format!("{clinic} letter"), "Outpatient letter", later(start, 3), text);
            }
        }
        if self.died == 0 && self.dice.per_mille(600) {
            let start = self.ahead(120);
            chart.appointment(clinic, AppointmentStatus::Booked, start, place);
        }
    }

    pub(super) fn mental_health(&mut self) -> Chart {
        let mut chart = self.chart(Feed::Marlowe, Some("Dr"));
        for (condition, began) in self.conditions.clone() {
            if ["Schizophrenia", "Bipolar disorder", "Dementia", "Depressive disorder"].contains(&condition.term) {
                chart.problem(condition.term, Some(condition.code), self.lifetime.day(began + self.died));
            }
        }
        let since = self.died + self.dice.between(40, 500);
        chart.alert(
            AlertKind::Plan,
            "Crisis and contingency plan",
            "Early signs, what helps, whom to call: held by the care co-ordinator",
            self.lifetime.day(since),
        );
        let start = self.in_hours(since);
        chart.attendance(
            "Community mental health contact",
            start,
            Some(later(start, 1)),
            "Camberwell community team",
            "Review",
        );
        let written = later(start, 20);
        let subject = Subject { from: chart.feed.organisation(), who: &chart.told, author: &chart.author, written };
        let terms: Vec<&str> = self.conditions.iter().map(|(condition, _)| condition.term).collect();
        let text = subject.clinic(
            "Community mental health review",
            &terms,
            "Mood and sleep are steady.",
            "The care co-ordinator visits every two weeks. The crisis plan was read through together.",
        );
        chart.letter("Community mental health review", "Outpatient letter", written, text);
        let co_ordinator = professional(None, self.dice);
        chart.involved(
            &co_ordinator,
            "Care co-ordinator",
            &places::landline(self.dice),
            Some(self.lifetime.day(since)),
        );
        chart
    }

    pub(super) fn community(&mut self) -> Chart {
        let mut chart = self.chart(Feed::Southbank, None);
        let since = self.died + self.dice.between(20, 600);
        chart.alert(
            AlertKind::Plan,
            "Care and support plan",
            "Goals: stay at home, walk to the shop, avoid admission",
            self.lifetime.day(since),
        );
        for visit in 0..self.dice.between(2, 5) {
            let days_ago = self.died + visit * 14 + self.dice.between(3, 12);
            let start = self.in_hours(days_ago);
            chart.attendance("Home visit", start, Some(later(start, 1)), "Home", "District nurse visit");
            self.measure(&mut chart, &panels::PRESSURE, start, days_ago, None);
        }
        if self.died == 0 {
            let start = self.ahead(14);
            chart.appointment("District nurse visit", AppointmentStatus::Booked, start, "Home");
        }
        chart.involved(
            "District nursing team, Camberwell",
            "District nurses",
            &places::landline(self.dice),
            Some(self.lifetime.day(since)),
        );
        chart
    }

    pub(super) fn council(&mut self) -> Chart {
        let mut chart = self.chart(self.resident.council(), None);
        let since = self.lifetime.day(self.died + self.dice.between(60, 900));
        let review = Some(self.lifetime.day(self.died - self.dice.between(10, 200)));
        let visits = self.dice.between(1, 4) * 7;
        chart.social_care(
            "Home care",
            "Active",
            &format!("{visits} visits a week: washing, dressing, meals"),
            since,
            review,
        );
        if self.dice.per_mille(400) {
            chart.alert(AlertKind::Alert, "Lives alone, key safe", "Ask the person or the council for the code", since);
        }
        let worker = chart.author.clone();
        chart.worker(&worker, "Social worker", &places::landline(self.dice), since);
        chart
    }

    pub(super) fn ambulance(&mut self) -> Chart {
        let mut chart = self.chart(Feed::Ambulance, None);
        let reason = self.conditions.iter().find_map(|(c, _)| c.emergency).unwrap_or("Unwell");
        let days_ago = self.day_within(600).max(2);
        let start = self.in_hours(days_ago);
        let attendance =
            chart.attendance("Ambulance attendance", start, Some(later(start, 2)), "Home", reason).key.clone();
        self.measure(&mut chart, &panels::VITAL_SIGNS, start, days_ago, Some(&attendance));
        let written = later(start, 2);
        let subject = Subject { from: chart.feed.organisation(), who: &chart.told, author: &chart.author, written };
        let text = subject.plain(
            "Ambulance clinical record",
            &format!("Called for: {reason}. Observations as in the record. Taken to hospital and handed over."),
        );
        chart.letter("Ambulance clinical record", "Ambulance record", written, text).part_of = Some(attendance);
        chart
    }
}
