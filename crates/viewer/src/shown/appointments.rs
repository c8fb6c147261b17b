use reconcile::Row;
use record::{Appointment, AppointmentStatus, AttendanceStatus, Content, Section, When};

use super::summary::later_day;
use super::{Shown, sentences};
use crate::pages::appointments::{Appointments, Contact, Year};
use crate::pages::parts::{Moment, Tab};

impl Shown<'_> {
    /// Appointments and attendances: coming up, then the past by year.
    pub(crate) fn appointments(&self) -> Appointments {
        let (appointments, attendances) = (self.rows(Section::Appointments), self.rows(Section::Attendances));
        let mut ahead: Vec<&Row> = appointments.current.iter().chain(attendances.current).collect();
        ahead.sort_by_key(|row| at(row).map_or(i64::MAX, When::sort_key));
        let mut past: Vec<&Row> = appointments.past.iter().chain(attendances.past).collect();
        past.sort_by_key(|row| std::cmp::Reverse(at(row).map_or(i64::MIN, When::sort_key)));
        let names_only = self.sees_names_only(Section::Appointments);
        Appointments {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Appointments),
            note: names_only.then(|| "Your role sees date and place, not the type of clinic.".to_owned()),
            coming_up: ahead.iter().filter_map(|row| self.contact(row, true)).collect(),
            years: self.years(&past),
            gaps: Vec::new(),
            appointments_state: self.state(Section::Appointments),
            attendances_state: self.state(Section::Attendances),
            appointments_ledger: self.ledger(Section::Appointments),
            attendances_ledger: self.ledger(Section::Attendances),
        }
    }

    fn years(&self, past: &[&Row]) -> Vec<Year> {
        let mut years: Vec<Year> = Vec::new();
        for row in past {
            let Some(contact) = self.contact(row, false) else { continue };
            let year =
                at(row).map_or_else(|| "Date not recorded".to_owned(), |when| when.first_day().year().to_string());
            match years.last_mut() {
                Some(last) if last.year == year => last.contacts.push(contact),
                _ => years.push(Year { year, contacts: vec![contact] }),
            }
        }
        years
    }

    fn contact(&self, row: &Row, ahead: bool) -> Option<Contact> {
        let moment = if ahead { Moment::with_weekday } else { Moment::of };
        let from = at(row);
        let with = |clinician: &Option<String>| clinician.as_ref().map(|clinician| format!("With {clinician}"));
        let contact = match &row.entry.content {
            Content::Appointment(it) => Contact {
                from: from.map(moment),
                to: from.and_then(|from| later_day(from, it.end)),
                what: it.service.clone(),
                place: it.place.clone().unwrap_or_default(),
                detail: sentences([with(&it.clinician), it.reason.clone()]),
                status: it.status.word().to_owned(),
                warning: is_missed(it),
                letter_href: None,
                origin: self.origin(row),
            },
            Content::Attendance(it) => Contact {
                from: from.map(moment),
                to: from.and_then(|from| later_day(from, it.end)),
                what: it.kind.clone(),
                place: it.place.clone().unwrap_or_default(),
                detail: sentences([with(&it.clinician), it.reason.clone(), it.outcome.clone()]),
                status: it.status.word().to_owned(),
                warning: it.status == AttendanceStatus::Cancelled,
                letter_href: None,
                origin: self.origin(row),
            },
            _ => return None,
        };
        Some(contact)
    }
}

/// An appointment that did not take place.
pub(super) fn is_missed(it: &Appointment) -> bool {
    matches!(it.status, AppointmentStatus::Cancelled | AppointmentStatus::DidNotAttend)
}

fn at(row: &Row) -> Option<When> {
    match &row.entry.content {
        Content::Appointment(it) => it.start.or(row.entry.when),
        Content::Attendance(it) => it.start.or(row.entry.when),
        _ => None,
    }
}
