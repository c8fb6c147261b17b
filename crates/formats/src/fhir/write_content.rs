//! What an entry says as a minimal R4 resource, for entries that did not come as FHIR.

use record::{
    Alert, AlertKind, Allergy, AllergyKind, Code, Content, Entry, Medicine, MedicineStatus, NoneKnownOf, Problem,
    ProblemStatus, Report, ResultStatus, Sensitivity, Standing, TestResult, When,
};

use super::write::{named_list, patient_reference};
use super::write_text::{Object, coded, date_time, list, named, period, quantity, words, words_list};

const TERMINOLOGY: &str = "http://terminology.hl7.org/CodeSystem";

/// An entry that is being written.
pub(super) struct Writing<'e> {
    pub(super) entry: &'e Entry,
    pub(super) patient: String,
}

/// The resource that says what an entry says.
pub(super) fn resource(entry: &Entry, patient_url: &str) -> String {
    let writing = Writing { entry, patient: patient_reference(patient_url) };
    let object = match &entry.content {
        Content::Alert(alert) if alert.kind == AlertKind::Plan => writing.plan(alert),
        Content::Alert(alert) => writing.flag(alert),
        Content::Allergy(allergy) => writing.allergy(allergy),
        Content::Medicine(medicine) => writing.medicine(medicine),
        Content::Problem(problem) => writing.problem(problem),
        Content::TestResult(result) => writing.result(result),
        Content::Report(report) => writing.report(report),
        Content::Appointment(appointment) => writing.appointment(appointment),
        Content::Attendance(attendance) => writing.attendance(attendance),
        Content::Letter(letter) => writing.letter(letter),
        Content::Immunisation(immunisation) => writing.immunisation(immunisation),
        Content::Procedure(procedure) => writing.procedure(procedure),
        Content::PersonInvolved(person) => writing.person(person),
        Content::SocialCare(care) => writing.social_care(care),
    };
    object.finish()
}

impl Writing<'_> {
    pub(super) fn start(&self, kind: &str) -> Object {
        let security = "[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"R\"}]";
        let sensitive = self.entry.sensitivity == Sensitivity::Sensitive;
        let meta = Object::new().text("source", &format!("urn:connect-care:source:{}", self.entry.provenance.source));
        let meta = meta.maybe_json("security", sensitive.then(|| security.to_owned())).finish();
        Object::resource(kind, &format!("entry-{}", self.entry.id.0)).json("meta", &meta)
    }

    pub(super) fn withdrawn(&self) -> bool {
        self.entry.standing == Standing::EnteredInError
    }

    /// The status, unless the source withdrew the entry.
    pub(super) fn status<'s>(&self, status: &'s str) -> &'s str {
        if self.withdrawn() { "entered-in-error" } else { status }
    }

    pub(super) fn current_or<'s>(&self, current: &'s str, past: &'s str) -> &'s str {
        self.status(if self.entry.standing == Standing::Current { current } else { past })
    }

    pub(super) fn subject(&self, object: Object) -> Object {
        object.json("subject", &self.patient)
    }

    /// Words with the entry's code beside them.
    pub(super) fn concept(&self, text: &str) -> String {
        concept(self.entry.code.as_ref(), text)
    }

    pub(super) fn author(&self) -> Option<String> {
        self.entry.provenance.author.as_deref().map(named)
    }

    fn recorded(&self) -> Option<When> {
        self.entry.provenance.recorded
    }

    fn plan(&self, alert: &Alert) -> Object {
        let plan = self.start("CarePlan").text("status", self.current_or("active", "completed")).text("intent", "plan");
        self.subject(plan.text("title", &alert.title).maybe("description", alert.detail.as_deref()))
            .maybe_json("period", period(alert.from, alert.until))
            .maybe_json("author", self.author())
    }

    fn flag(&self, alert: &Alert) -> Object {
        let kind = if alert.kind == AlertKind::Alert { None } else { Some(words(alert.kind.word())) };
        let flag = self.start("Flag").text("status", self.current_or("active", "inactive"));
        let flag = flag.maybe_json("category", list(kind.into_iter().chain(alert.detail.as_deref().map(words))));
        self.subject(flag.json("code", &self.concept(&alert.title)))
            .maybe_json("period", period(alert.from, alert.until))
            .maybe_json("author", self.author())
    }

    fn allergy(&self, allergy: &Allergy) -> Object {
        let status = |system: &str, code: &str| coded(&format!("{TERMINOLOGY}/allergyintolerance-{system}"), code);
        let clinical = (!self.withdrawn()).then(|| status("clinical", self.current_or("active", "inactive")));
        let withdrawn = self.withdrawn().then(|| status("verification", "entered-in-error"));
        let none_known = Code { system: "http://snomed.info/sct".into(), code: "716186003".to_owned() };
        // Only a statement about all allergies gets the code that says so.
        let code = match (&self.entry.code, allergy.none_known_of(None)) {
            (None, Some(NoneKnownOf::All)) => Some(&none_known),
            (code, _) => code.as_ref(),
        };
        let severity = allergy.severity.as_deref().map(str::to_lowercase);
        let is_code = |severity: &&str| matches!(*severity, "mild" | "moderate" | "severe");
        let in_code = severity.as_deref().filter(is_code);
        let manifestation = words_list(allergy.reaction.as_deref().or(in_code.map(|_| "Not recorded")));
        let reaction =
            manifestation.map(|told| Object::new().json("manifestation", &told).maybe("severity", in_code).finish());
        let in_words = if in_code.is_none() { allergy.severity.as_deref() } else { None };
        let notes = [in_words.map(|severity| format!("Severity: {severity}")), allergy.note.clone()];
        self.start("AllergyIntolerance")
            .maybe_json("clinicalStatus", clinical)
            .maybe_json("verificationStatus", withdrawn)
            .maybe("type", (allergy.kind != AllergyKind::NotTold).then(|| allergy.kind.code()))
            .json("code", &concept(code, &allergy.substance))
            .json("patient", &self.patient)
            .when("onsetDateTime", allergy.onset)
            .when("recordedDate", self.recorded())
            .maybe_json("recorder", self.author())
            .maybe_json("note", annotations(notes.into_iter().flatten()))
            .maybe_json("reaction", list(reaction))
    }

    fn medicine(&self, medicine: &Medicine) -> Object {
        let status = match medicine.status {
            MedicineStatus::NotStarted => "intended",
            MedicineStatus::Started => "active",
            MedicineStatus::Suspended => "on-hold",
            MedicineStatus::Completed => "completed",
            MedicineStatus::Discontinued => "stopped",
            MedicineStatus::NotTold => "unknown",
        };
        let issued = medicine.last_issued.map(|when| {
            let url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationStatementLastIssueDate";
            Object::new().text("url", url).text("valueDateTime", &date_time(when)).finish()
        });
        let code = self.concept(&medicine.name);
        let contained = medicine.form.as_deref().map(|form| {
            Object::resource("Medication", "medication").json("code", &code).json("form", &words(form)).finish()
        });
        let statement = self.start("MedicationStatement");
        let (statement, name, told) = match contained {
            Some(medication) => {
                let statement = statement.json("contained", &format!("[{medication}]"));
                (statement, "medicationReference", Object::new().text("reference", "#medication").finish())
            }
            None => (statement, "medicationCodeableConcept", code),
        };
        let statement = statement.maybe_json("extension", list(issued)).text("status", self.status(status));
        self.subject(statement.maybe_json("category", medicine.course.as_deref().map(words)).json(name, &told))
            .maybe_json("effectivePeriod", period(medicine.started, medicine.ended))
            .when("dateAsserted", self.recorded())
            .maybe_json("informationSource", self.author())
            .maybe_json("reasonCode", words_list(medicine.reason.as_deref()))
            .maybe_json("dosage", list(dosage(medicine)))
    }

    fn problem(&self, problem: &Problem) -> Object {
        let status = |system: &str, code: &str| coded(&format!("{TERMINOLOGY}/condition-{system}"), code);
        let clinical = match problem.status {
            ProblemStatus::Active | ProblemStatus::Suspected => Some("active"),
            ProblemStatus::Past => Some(if problem.ended.is_some() { "resolved" } else { "inactive" }),
            ProblemStatus::NotTold => None,
        };
        let suspected = problem.status == ProblemStatus::Suspected;
        let verification = if self.withdrawn() { Some("entered-in-error") } else { suspected.then_some("provisional") };
        let condition = self
            .start("Condition")
            .maybe_json("clinicalStatus", clinical.filter(|_| !self.withdrawn()).map(|code| status("clinical", code)))
            .maybe_json("verificationStatus", verification.map(|code| status("ver-status", code)))
            .maybe_json("severity", problem.significance.as_deref().map(words))
            .json("code", &self.concept(&problem.term));
        self.subject(condition)
            .when("onsetDateTime", problem.onset)
            .when("abatementDateTime", problem.ended)
            .when("recordedDate", self.recorded())
            .maybe_json("recorder", self.author())
            .maybe_json("note", annotations(problem.note.clone()))
    }

    fn result(&self, result: &TestResult) -> Object {
        let observation = self.start("Observation").text("status", self.status(result_status(result.status)));
        let observation = self.subject(observation.json("code", &self.concept(&result.test)));
        let observation = observation.when("effectiveDateTime", self.entry.when);
        let performer = result
            .laboratory
            .as_deref()
            .map(|name| Object::new().text("type", "Organization").text("display", name).finish());
        let observation = observation.maybe_json("performer", list(performer));
        let unit = result.unit.as_deref();
        let observation = match result.value.as_deref().map(|value| (value, quantity(value, unit))) {
            Some((_, Some(quantity))) => observation.json("valueQuantity", &quantity),
            Some((value, None)) => observation
                .text("valueString", &[Some(value), unit].into_iter().flatten().collect::<Vec<_>>().join(" ")),
            None => observation,
        };
        let flag =
            result.flag.as_deref().map(|flag| coded(&format!("{TERMINOLOGY}/v3-ObservationInterpretation"), flag));
        observation
            .maybe_json("dataAbsentReason", result.absent_reason.as_deref().map(words))
            .maybe_json("interpretation", list(flag))
            .maybe_json("note", annotations(result.comment.clone()))
            .maybe_json("specimen", result.specimen.as_deref().map(named))
            .maybe_json("referenceRange", list(result.range.as_deref().map(words)))
    }

    fn report(&self, report: &Report) -> Object {
        let written = self.start("DiagnosticReport").text("status", self.status(result_status(report.status)));
        let written = written.maybe_json("category", words_list(report.category.as_deref()));
        self.subject(written.json("code", &self.concept(&report.title)))
            .when("effectiveDateTime", self.entry.when)
            .maybe_json("performer", named_list(report.laboratory.as_deref()))
            .maybe("conclusion", report.conclusion.as_deref())
    }
}

fn concept(code: Option<&Code>, text: &str) -> String {
    let coding = code.map(|code| Object::new().maybe("system", Some(&code.system)).text("code", &code.code).finish());
    Object::new().maybe_json("coding", list(coding)).text("text", text).finish()
}

fn annotations(notes: impl IntoIterator<Item = String>) -> Option<String> {
    list(notes.into_iter().map(|note| words(&note)))
}

/// A dose in numbers where it is one, so that it can be read as one again.
fn dosage(medicine: &Medicine) -> Option<String> {
    let in_numbers = medicine.dose.as_deref().and_then(|dose| {
        let (value, unit) = dose.split_once(' ')?;
        quantity(value, Some(unit))
    });
    let in_words = if in_numbers.is_none() { medicine.dose.as_deref() } else { None };
    let text = [in_words, medicine.instruction.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(". ");
    let timing = medicine.frequency.as_deref().map(|often| Object::new().json("code", &words(often)).finish());
    let dose = in_numbers.map(|dose| Object::new().json("doseQuantity", &dose).finish());
    Object::new()
        .maybe("text", Some(&text))
        .maybe_json("timing", timing)
        .maybe_json("route", medicine.route.as_deref().map(words))
        .maybe_json("doseAndRate", list(dose))
        .unless_empty()
}

fn result_status(status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::Registered => "registered",
        ResultStatus::Preliminary => "preliminary",
        ResultStatus::Final => "final",
        ResultStatus::Corrected => "corrected",
        ResultStatus::Cancelled => "cancelled",
        ResultStatus::NotTold => "unknown",
    }
}
