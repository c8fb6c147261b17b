//! Attendances and appointments are told in pieces: an admission names the ward
//! and the clinician, the discharge of the same visit often neither.

use crate::content::{Appointment, Attendance, Content};
use crate::states::{AppointmentStatus, AttendanceStatus};

impl Content {
    /// Whether messages tell entries of this kind in pieces.
    #[must_use]
    pub fn is_told_in_pieces(&self) -> bool {
        matches!(self, Self::Attendance(_) | Self::Appointment(_))
    }

    /// What it says, and where it is silent, what `earlier` said of the same
    /// attendance or appointment. Other kinds are told whole and stay as they are.
    ///
    /// The status is always its own, where it tells one. End and outcome belong to
    /// the status: with another one they are its own too, so that a discharge can be
    /// taken back; with the same one they stay when they are not told again. The
    /// times of an appointment stay together: only one that tells no start keeps them.
    #[must_use]
    pub fn filled_from(&self, earlier: &Self) -> Self {
        match (self, earlier) {
            (Self::Attendance(now), Self::Attendance(before)) => Self::Attendance(attendance(now.clone(), before)),
            (Self::Appointment(now), Self::Appointment(before)) => Self::Appointment(appointment(now.clone(), before)),
            _ => self.clone(),
        }
    }

    /// Whether it tells a status, or is of a kind that has none to leave out.
    #[must_use]
    pub fn tells_status(&self) -> bool {
        match self {
            Self::Attendance(it) => it.status != AttendanceStatus::NotTold,
            Self::Appointment(it) => it.status != AppointmentStatus::NotTold,
            _ => true,
        }
    }
}

impl Appointment {
    /// What stands in `service` where the source names none.
    pub const UNNAMED: &str = "Appointment";
}

/// Taken apart field by field, so that a further one has to be decided on here.
fn attendance(now: Attendance, before: &Attendance) -> Attendance {
    let Attendance { kind, status, start, end, place, clinician, reason, outcome } = now;
    let is_silent = status == AttendanceStatus::NotTold;
    let same_status = is_silent || status == before.status;
    let status = if is_silent { before.status } else { status };
    Attendance {
        kind,
        status,
        start: start.or(before.start),
        end: end.or(before.end.filter(|_| same_status)),
        place: place.or_else(|| before.place.clone()),
        clinician: clinician.or_else(|| before.clinician.clone()),
        reason: reason.or_else(|| before.reason.clone()),
        outcome: outcome.or_else(|| before.outcome.clone().filter(|_| same_status)),
    }
}

fn appointment(now: Appointment, before: &Appointment) -> Appointment {
    let Appointment { service, status, start, end, place, clinician, reason } = now;
    Appointment {
        service: if service == Appointment::UNNAMED { before.service.clone() } else { service },
        status: if status == AppointmentStatus::NotTold { before.status } else { status },
        start: start.or(before.start),
        end: end.or(before.end.filter(|_| start.is_none())),
        place: place.or_else(|| before.place.clone()),
        clinician: clinician.or_else(|| before.clinician.clone()),
        reason: reason.or_else(|| before.reason.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when::When;

    fn at(text: &str) -> Option<When> {
        When::parse_iso(text).ok()
    }

    fn admitted() -> Attendance {
        Attendance {
            kind: "Inpatient".into(),
            status: AttendanceStatus::Current,
            start: at("2026-11-02T08:30:00"),
            end: None,
            place: Some("Ward 4".into()),
            clinician: Some("Dr Natasha Litherland".into()),
            reason: Some("Sore throat".into()),
            outcome: None,
        }
    }

    fn bare(status: AttendanceStatus, end: &str) -> Attendance {
        Attendance { status, start: None, end: at(end), place: None, clinician: None, reason: None, ..admitted() }
    }

    fn discharged() -> Attendance {
        Attendance { outcome: Some("Home".into()), ..bare(AttendanceStatus::Finished, "2026-11-05T10:00:00") }
    }

    #[test]
    fn a_discharge_keeps_what_the_admission_told() {
        let whole = attendance(discharged(), &admitted());
        let expected = Attendance {
            status: AttendanceStatus::Finished,
            end: at("2026-11-05T10:00:00"),
            outcome: Some("Home".into()),
            ..admitted()
        };
        assert_eq!(whole, expected);
    }

    #[test]
    fn a_discharge_can_be_taken_back() {
        let left = attendance(discharged(), &admitted());
        assert_eq!(attendance(bare(AttendanceStatus::Current, ""), &left), admitted());
    }

    #[test]
    fn a_message_without_a_status_or_with_the_same_one_keeps_end_and_outcome() {
        let left = attendance(discharged(), &admitted());
        for status in [AttendanceStatus::NotTold, AttendanceStatus::Finished] {
            assert_eq!(attendance(bare(status, ""), &left), left);
        }
    }

    #[test]
    fn what_is_told_replaces() {
        let moved = Attendance { place: Some("Ward 7".into()), clinician: Some("Dr Ito".into()), ..admitted() };
        assert_eq!(attendance(moved.clone(), &admitted()), moved);
    }

    #[test]
    fn a_cancelled_appointment_keeps_its_clinic_and_its_time_and_a_moved_one_does_not_keep_its_end() {
        let booked = Appointment {
            service: "Diabetes clinic".into(),
            status: AppointmentStatus::Booked,
            start: at("2026-12-01T09:00:00"),
            end: at("2026-12-01T09:20:00"),
            place: Some("Main building".into()),
            clinician: Some("Dr Ito".into()),
            reason: None,
        };
        let silent = Appointment {
            service: Appointment::UNNAMED.into(),
            status: AppointmentStatus::Cancelled,
            start: None,
            end: None,
            place: None,
            clinician: None,
            reason: Some("Clinic closed".into()),
        };
        let cancelled = appointment(silent.clone(), &booked);
        let expected =
            Appointment { status: AppointmentStatus::Cancelled, reason: silent.reason.clone(), ..booked.clone() };
        assert_eq!(cancelled, expected);
        let moved = Appointment { start: at("2026-12-08T14:00:00"), end: None, ..booked.clone() };
        assert_eq!(appointment(moved.clone(), &booked), moved);
    }

    #[test]
    fn other_kinds_are_told_whole() {
        let read = |line: &str| Content::from_line("problem", line).unwrap();
        let (now, before) = (read("asthma\u{1f}active"), read("asthma\u{1f}active\u{1f}Major"));
        assert_eq!(now.filled_from(&before), now);
        assert!(!now.is_told_in_pieces() && now.tells_status());
    }
}
