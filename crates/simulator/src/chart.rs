use record::{
    Alert, AlertKind, Allergy, AllergyKind, AllergyStatement, Appointment, AppointmentStatus, Attendance,
    AttendanceStatus, Code, Content, Demographics, Immunisation, Letter, LetterStatus, Medicine, MedicineStatus,
    NewEntry, PersonInvolved, Problem, ProblemStatus, Procedure, ResultStatus, Sensitivity, SocialCare, Standing,
    TestResult, When,
};

use crate::drugs::Drug;
use crate::organisations::Feed;
use crate::panels::{Assay, Panel};

/// SNOMED CT, as FHIR names it.
pub(crate) const SNOMED: &str = "http://snomed.info/sct";
/// LOINC, as FHIR names it.
pub(crate) const LOINC: &str = "http://loinc.org";

/// Stands between a council worker's name and telephone number.
pub(crate) const WORKER_TELEPHONE: &str = ", ";

/// What one record system holds about one of its patients: what its messages tell.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) feed: Feed,
    /// The record system's own number for its patient.
    pub(crate) local: String,
    /// Who it believes the patient to be.
    pub(crate) told: Demographics,
    /// In the order in which they were recorded.
    pub(crate) entries: Vec<NewEntry>,
    /// Who writes into it, where nobody else is named.
    pub(crate) author: String,
}

impl Chart {
    pub(crate) fn new(feed: Feed, local: impl Into<String>, told: Demographics, author: &str) -> Self {
        Self { feed, local: local.into(), told, entries: Vec::new(), author: author.to_owned() }
    }

    fn put(&mut self, content: Content, standing: Standing, when: Option<When>) -> &mut NewEntry {
        let entry = NewEntry {
            key: format!("{}-{}", content.kind(), self.entries.len() + 1),
            content,
            standing,
            sensitivity: Sensitivity::Ordinary,
            when,
            recorded: when,
            author: Some(self.author.clone()),
            organisation: Some(self.feed.organisation().to_owned()),
            code: None,
            part_of: None,
        };
        self.entries.push_mut(entry)
    }

    pub(crate) fn alert(&mut self, kind: AlertKind, title: &str, detail: &str, from: When) -> &mut NewEntry {
        let (title, detail) = (title.to_owned(), Some(detail.to_owned()));
        let alert = Alert { kind, title, detail, from: Some(from), until: None };
        self.put(Content::Alert(alert), Standing::Current, Some(from))
    }

    pub(crate) fn allergy(&mut self, substance: &str, reaction: &str, severity: &str, onset: When) -> &mut NewEntry {
        let allergy = Allergy {
            statement: AllergyStatement::Substance,
            kind: AllergyKind::Allergy,
            substance: substance.to_owned(),
            reaction: Some(reaction.to_owned()),
            severity: (!severity.is_empty()).then(|| severity.to_owned()),
            onset: Some(onset),
            note: None,
        };
        self.put(Content::Allergy(allergy), Standing::Current, Some(onset))
    }

    pub(crate) fn no_known_allergies(&mut self, on: When) -> &mut NewEntry {
        let allergy = Allergy {
            statement: AllergyStatement::NoneKnown,
            kind: AllergyKind::NotTold,
            substance: "No known allergies".to_owned(),
            reaction: None,
            severity: None,
            onset: None,
            note: None,
        };
        let entry = self.put(Content::Allergy(allergy), Standing::Current, Some(on));
        entry.code = Some(Code { system: SNOMED.into(), code: "716186003".to_owned() });
        entry
    }

    pub(crate) fn medicine(
        &mut self,
        drug: Drug,
        status: MedicineStatus,
        course: &str,
        started: When,
    ) -> &mut NewEntry {
        let standing = match status {
            MedicineStatus::Completed | MedicineStatus::Discontinued => Standing::Past,
            _ => Standing::Current,
        };
        let medicine = Medicine {
            name: drug.name.to_owned(),
            form: Some(drug.form.to_owned()),
            dose: Some(drug.dose.to_owned()),
            route: Some(drug.route.to_owned()),
            frequency: Some(drug.frequency.to_owned()),
            status,
            course: Some(course.to_owned()),
            started: Some(started),
            ended: None,
            last_issued: None,
            reason: None,
            instruction: None,
        };
        let entry = self.put(Content::Medicine(medicine), standing, Some(started));
        entry.code = drug.code.map(|code| Code { system: SNOMED.into(), code: code.to_owned() });
        entry
    }

    /// A repeat medicine that is taken now.
    pub(crate) fn repeat(&mut self, drug: Drug, started: When) -> &mut NewEntry {
        self.medicine(drug, MedicineStatus::Started, "Repeat", started)
    }

    pub(crate) fn problem(&mut self, term: &str, snomed: Option<&str>, onset: When) -> &mut NewEntry {
        let problem = Problem {
            term: term.to_owned(),
            status: ProblemStatus::Active,
            significance: None,
            onset: Some(onset),
            ended: None,
            note: None,
        };
        let entry = self.put(Content::Problem(problem), Standing::Current, Some(onset));
        entry.code = snomed.map(|code| Code { system: SNOMED.into(), code: code.to_owned() });
        entry
    }

    pub(crate) fn past_problem(&mut self, term: &str, snomed: Option<&str>, onset: When, ended: When) -> &mut NewEntry {
        let entry = self.problem(term, snomed, onset);
        entry.standing = Standing::Past;
        if let Content::Problem(problem) = &mut entry.content {
            (problem.status, problem.ended) = (ProblemStatus::Past, Some(ended));
        }
        entry
    }

    /// One value of a panel, printed as the laboratory prints it.
    pub(crate) fn result(&mut self, panel: &Panel, assay: Assay, value: f64, taken: When) -> &mut NewEntry {
        let printed = assay.printed(value);
        let result = TestResult {
            test: assay.name.to_owned(),
            value: Some(printed.value),
            unit: Some(assay.unit.to_owned()),
            range: printed.range,
            flag: printed.flag.map(str::to_owned),
            status: ResultStatus::Final,
            panel: Some(panel.name.to_owned()),
            specimen: panel.specimen.map(str::to_owned),
            laboratory: panel.specimen.map(|_| "South Thames Pathology".to_owned()),
            comment: None,
            absent_reason: None,
        };
        let entry = self.put(Content::TestResult(result), Standing::Current, Some(taken));
        entry.code = Some(Code { system: LOINC.into(), code: assay.code.to_owned() });
        entry
    }

    pub(crate) fn attendance(
        &mut self,
        kind: &str,
        start: When,
        end: Option<When>,
        place: &str,
        reason: &str,
    ) -> &mut NewEntry {
        let (status, standing) = match end {
            Some(_) => (AttendanceStatus::Finished, Standing::Past),
            None => (AttendanceStatus::Current, Standing::Current),
        };
        let clinician = Some(self.author.clone());
        let (place, reason) = (Some(place.to_owned()), Some(reason.to_owned()));
        let kind = kind.to_owned();
        let attendance = Attendance { kind, status, start: Some(start), end, place, clinician, reason, outcome: None };
        self.put(Content::Attendance(attendance), standing, Some(start))
    }

    pub(crate) fn appointment(
        &mut self,
        service: &str,
        status: AppointmentStatus,
        start: When,
        place: &str,
    ) -> &mut NewEntry {
        let standing = if status == AppointmentStatus::Booked { Standing::Current } else { Standing::Past };
        let appointment = Appointment {
            service: service.to_owned(),
            status,
            start: Some(start),
            end: Some(When::from(
                start.earliest().saturating_add(jiff::SignedDuration::from_mins(20)).unwrap_or(start.earliest()),
            )),
            place: Some(place.to_owned()),
            clinician: Some(self.author.clone()),
            reason: None,
        };
        self.put(Content::Appointment(appointment), standing, Some(start))
    }

    pub(crate) fn letter(&mut self, title: &str, kind: &str, written: When, text: String) -> &mut NewEntry {
        let letter = Letter {
            title: title.to_owned(),
            status: LetterStatus::Final,
            kind: Some(kind.to_owned()),
            written: Some(written),
            text: Some(text),
            media_type: Some("text/plain".to_owned()),
            elsewhere: None,
        };
        self.put(Content::Letter(letter), Standing::Current, Some(written))
    }

    pub(crate) fn immunisation(&mut self, vaccine: &str, on: When, dose_number: Option<u8>) -> &mut NewEntry {
        let immunisation = Immunisation {
            vaccine: vaccine.to_owned(),
            given: "completed".to_owned(),
            on: Some(on),
            dose_number: dose_number.map(|n| n.to_string()),
            site: Some("Left upper arm".to_owned()),
            batch: None,
            not_given_reason: None,
        };
        self.put(Content::Immunisation(immunisation), Standing::Current, Some(on))
    }

    pub(crate) fn procedure(&mut self, term: &str, on: When, reason: &str) -> &mut NewEntry {
        let procedure = Procedure {
            term: term.to_owned(),
            status: "completed".to_owned(),
            start: Some(on),
            end: None,
            performer: Some(self.author.clone()),
            reason: Some(reason.to_owned()),
            outcome: None,
        };
        self.put(Content::Procedure(procedure), Standing::Past, Some(on))
    }

    pub(crate) fn involved(&mut self, name: &str, role: &str, telephone: &str, from: Option<When>) -> &mut NewEntry {
        let involved = PersonInvolved {
            name: name.to_owned(),
            role: Some(role.to_owned()),
            organisation: None,
            telephone: Some(telephone.to_owned()),
            from,
            until: None,
        };
        self.put(Content::PersonInvolved(involved), Standing::Current, from)
    }

    pub(crate) fn social_care(
        &mut self,
        title: &str,
        status: &str,
        detail: &str,
        start: When,
        review: Option<When>,
    ) -> &mut NewEntry {
        let care = SocialCare {
            title: title.to_owned(),
            status: status.to_owned(),
            detail: Some(detail.to_owned()),
            worker: Some(self.author.clone()),
            start: Some(start),
            end: None,
            review,
        };
        self.put(Content::SocialCare(care), Standing::Current, Some(start))
    }

    /// A council's own worker, who is part of its social care and not a person apart.
    pub(crate) fn worker(&mut self, name: &str, role: &str, telephone: &str, start: When) -> &mut NewEntry {
        let entry = self.social_care(role, "Allocated", "Adults' team", start, None);
        if let Content::SocialCare(care) = &mut entry.content {
            care.worker = Some(format!("{name}{WORKER_TELEPHONE}{telephone}"));
        }
        entry
    }
}
