//! What happened to a person, and who is involved, as minimal R4 resources.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use record::{
    Appointment, AppointmentStatus, Attendance, AttendanceStatus, Immunisation, Letter, LetterStatus, PersonInvolved,
    Procedure, SocialCare, Standing,
};

use super::write::{SOCIAL_CARE, day, named_list};
use super::write_content::Writing;
use super::write_text::{Object, coded, date_time, list, named, period, quoted, words, words_list};

impl Writing<'_> {
    pub(super) fn appointment(&self, appointment: &Appointment) -> Object {
        let status = match appointment.status {
            AppointmentStatus::Proposed => Some("proposed"),
            AppointmentStatus::Booked => Some("booked"),
            AppointmentStatus::Arrived => Some("arrived"),
            AppointmentStatus::Attended => Some("fulfilled"),
            AppointmentStatus::Cancelled => Some("cancelled"),
            AppointmentStatus::DidNotAttend => Some("noshow"),
            AppointmentStatus::NotTold => None,
        };
        let of = |kind: &str, name: &str| Object::new().text("type", kind).text("display", name).finish();
        let clinician = appointment.clinician.as_deref().map(|name| of("Practitioner", name));
        let place = appointment.place.as_deref().map(|name| of("Location", name));
        let actors = std::iter::once(self.patient.clone()).chain(clinician).chain(place);
        let participants = actors.map(|actor| Object::new().json("actor", &actor).text("status", "accepted").finish());
        self.start("Appointment")
            .maybe("status", Some(self.status(status.unwrap_or_default())))
            .maybe_json("_status", (status.is_none() && !self.withdrawn()).then(not_known))
            .json("serviceType", &format!("[{}]", self.concept(&appointment.service)))
            .maybe_json("reasonCode", words_list(appointment.reason.as_deref()))
            .maybe("start", appointment.start.map(date_time).as_deref())
            .maybe("end", appointment.end.map(date_time).as_deref())
            .maybe_json("participant", list(participants))
    }

    pub(super) fn attendance(&self, attendance: &Attendance) -> Object {
        let status = match attendance.status {
            AttendanceStatus::Planned => "planned",
            AttendanceStatus::Current => "in-progress",
            AttendanceStatus::Finished => "finished",
            AttendanceStatus::Cancelled => "cancelled",
            AttendanceStatus::NotTold => "unknown",
        };
        let within =
            |name: &str, value: Option<&str>| list(value.map(|value| Object::new().json(name, &named(value)).finish()));
        let outcome =
            attendance.outcome.as_deref().map(|told| Object::new().json("dischargeDisposition", &words(told)).finish());
        let class = Object::new().text("display", &attendance.kind).finish();
        self.subject(self.start("Encounter").text("status", self.status(status)).json("class", &class))
            .maybe_json("participant", within("individual", attendance.clinician.as_deref()))
            .maybe_json("period", period(attendance.start, attendance.end))
            .maybe_json("reasonCode", words_list(attendance.reason.as_deref()))
            .maybe_json("hospitalization", outcome)
            .maybe_json("location", within("location", attendance.place.as_deref()))
    }

    pub(super) fn letter(&self, letter: &Letter) -> Object {
        let superseded = letter.status == LetterStatus::Superseded;
        let signed = match letter.status {
            LetterStatus::Final => Some("final"),
            LetterStatus::Draft => Some("preliminary"),
            LetterStatus::Superseded | LetterStatus::NotTold => None,
        };
        let media_type =
            if letter.text.is_some() { Some("text/plain; charset=utf-8") } else { letter.media_type.as_deref() };
        let attachment = Object::new()
            .maybe("contentType", media_type)
            .maybe("data", letter.text.as_ref().map(|text| STANDARD.encode(text)).as_deref())
            .maybe("url", letter.elsewhere.as_deref())
            .text("title", &letter.title)
            .when("creation", letter.written)
            .finish();
        let document = self
            .start("DocumentReference")
            .text("status", self.status(if superseded { "superseded" } else { "current" }));
        let kind = letter.kind.as_deref().map(|kind| self.concept(kind));
        self.subject(document.maybe("docStatus", signed).maybe_json("type", kind))
            .maybe_json("author", named_list(self.entry.provenance.author.as_deref()))
            .json("content", &format!("[{}]", Object::new().json("attachment", &attachment).finish()))
    }

    pub(super) fn immunisation(&self, given: &Immunisation) -> Object {
        let status = if given.given.eq_ignore_ascii_case("not given") { "not-done" } else { "completed" };
        let dose = given.dose_number.as_deref().map(|dose| Object::new().text("doseNumberString", dose).finish());
        let written = self
            .start("Immunization")
            .text("status", self.status(status))
            .maybe_json("statusReason", given.not_given_reason.as_deref().map(words))
            .json("vaccineCode", &self.concept(&given.vaccine))
            .json("patient", &self.patient);
        let written = match given.on {
            Some(on) => written.text("occurrenceDateTime", &date_time(on)),
            None => written.text("occurrenceString", "Not recorded"),
        };
        written
            .maybe("lotNumber", given.batch.as_deref())
            .maybe_json("site", given.site.as_deref().map(words))
            .maybe_json("protocolApplied", list(dose))
    }

    pub(super) fn procedure(&self, procedure: &Procedure) -> Object {
        let told = procedure.status.to_lowercase().replace(' ', "-");
        let known = ["preparation", "in-progress", "not-done", "on-hold", "stopped", "completed"];
        let status = known.into_iter().find(|known| *known == told).unwrap_or("unknown");
        let performer = procedure.performer.as_deref().map(|name| Object::new().json("actor", &named(name)).finish());
        self.subject(
            self.start("Procedure").text("status", self.status(status)).json("code", &self.concept(&procedure.term)),
        )
        .maybe_json("performedPeriod", period(procedure.start, procedure.end))
        .maybe_json("performer", list(performer))
        .maybe_json("reasonCode", words_list(procedure.reason.as_deref()))
        .maybe_json("outcome", procedure.outcome.as_deref().map(words))
    }

    /// A relative or friend, or a team where somebody works for an organisation.
    pub(super) fn person(&self, person: &PersonInvolved) -> Object {
        let phone = person
            .telephone
            .as_deref()
            .map(|phone| Object::new().text("system", "phone").text("value", phone).finish());
        let span = period(person.from, person.until);
        if person.organisation.is_none() {
            let active = self.entry.standing == Standing::Current;
            return self
                .start("RelatedPerson")
                .json("active", if active { "true" } else { "false" })
                .json("patient", &self.patient)
                .maybe_json("relationship", words_list(person.role.as_deref()))
                .json("name", &format!("[{}]", words(&person.name)))
                .maybe_json("telecom", list(phone))
                .maybe_json("period", span);
        }
        let team = self.start("CareTeam").text("status", self.current_or("active", "inactive"));
        self.subject(team.maybe_json("category", words_list(person.role.as_deref())).text("name", &person.name))
            .maybe_json("period", span)
            .maybe_json("managingOrganization", named_list(person.organisation.as_deref()))
            .maybe_json("telecom", list(phone))
    }

    pub(super) fn social_care(&self, care: &SocialCare) -> Object {
        let review = day(care.review).map(|day| format!("Next review {day}"));
        let description = [care.detail.clone(), Some(format!("Status: {}", care.status)), review];
        let description =
            description.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        let plan = self.start("CarePlan").text("status", self.current_or("active", "completed")).text("intent", "plan");
        let plan = plan.json("category", &format!("[{}]", coded("urn:connect-care:section", SOCIAL_CARE)));
        self.subject(plan.text("title", &care.title).text("description", &description))
            .maybe_json("period", period(care.start, care.end))
            .maybe_json("author", care.worker.as_deref().map(named))
    }
}

/// The extension that says why a required value is not there.
fn not_known() -> String {
    let url = quoted("http://hl7.org/fhir/StructureDefinition/data-absent-reason");
    format!("{{\"extension\":[{{\"url\":{url},\"valueCode\":\"unknown\"}}]}}")
}
