use ::csv::ByteRecord;
use record::{
    Address, Alert, AlertKind, Content, Demographics, Gender, LocalNumber, NewEntry, NhsNumber, PersonName,
    Sensitivity, SocialCare, Standing, When,
};

use super::{COLUMNS, FIELD_BYTES_MAX, Places};
use crate::{Change, ChartClaim, Problem};

const TYPES: [&str; 6] = ["person", "involvement", "package", "assessment", "contact", "alert"];

/// One row of the file.
pub(super) struct Row<'r> {
    pub(super) record: &'r ByteRecord,
    pub(super) places: &'r Places,
    /// The line of the file on which it begins.
    pub(super) line: u64,
}

impl Row<'_> {
    /// `csv:` and its type, where that is a documented one.
    pub(super) fn kind(&self) -> String {
        let told = self.told("record_type").unwrap_or_default();
        let known = TYPES.into_iter().find(|known| *known == told);
        format!("csv:{}", known.unwrap_or("unknown"))
    }

    /// What the row says.
    pub(super) fn change(&self, notes: &mut Vec<Problem>) -> Result<Change, Problem> {
        self.check_fields()?;
        let kind = self.required("record_type")?;
        if !TYPES.contains(&kind) {
            return Err(self.problem("record_type", &format!("not one of {}", TYPES.join(", "))));
        }
        let person = self.required("person_ref")?;
        let number = LocalNumber { assigner: "person_ref".to_owned(), number: person.to_owned() };
        let told = self.demographics()?;
        let entries = match kind {
            "person" => {
                for column in ["entry_ref", "title_text", "detail", "worker"] {
                    if self.told(column).is_some() {
                        notes.push(self.problem(column, "not read from a person row"));
                    }
                }
                vec![]
            }
            _ => vec![self.entry(kind)?],
        };
        if kind == "person" && told.is_none() {
            return Err(self.problem("family_name", "is empty, and the row tells nothing else of the person"));
        }
        Ok(Change { chart: ChartClaim { key: person.to_owned(), local_numbers: vec![number], told }, entries })
    }

    fn demographics(&self) -> Result<Option<Demographics>, Problem> {
        let nhs_number = match self.told("nhs_number") {
            Some(told) => Some(NhsNumber::parse(told).map_err(|fault| self.problem("nhs_number", &fault.to_string()))?),
            None => None,
        };
        let gender = match self.told("gender") {
            Some(told) => {
                let gender = Gender::from_code(&told.to_lowercase());
                Some(gender.ok_or_else(|| self.problem("gender", "not one of female, male, other, unknown"))?)
            }
            None => None,
        };
        let given = self.told("given_names").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let lines: Vec<String> =
            self.told("address").unwrap_or_default().lines().map(|line| line.trim().to_owned()).collect();
        let postcode = self.string("postcode");
        let told = Demographics {
            nhs_number,
            name: PersonName {
                family: self.string("family_name").unwrap_or_default(),
                given,
                title: self.string("title"),
                preferred: None,
            },
            born: self.when("born")?,
            gender,
            address: (!lines.is_empty() || postcode.is_some()).then_some(Address { lines, postcode }),
            telephones: self.string("telephone").into_iter().collect(),
            ..Demographics::default()
        };
        Ok((!told.is_empty()).then_some(told))
    }

    fn entry(&self, kind: &str) -> Result<NewEntry, Problem> {
        let key = format!("{kind}/{}", self.required("entry_ref")?);
        if key.len() > NewEntry::KEY_LENGTH_MAX {
            return Err(
                self.problem("entry_ref", &format!("longer than {} bytes", NewEntry::KEY_LENGTH_MAX - kind.len() - 1))
            );
        }
        let title = self.required("title_text")?.to_owned();
        let status = self.string("status").unwrap_or_default();
        let (start, end) = (self.when("start")?, self.when("end")?);
        let review = self.when("review")?;
        let standing = standing(&status);
        let content = if kind == "alert" {
            Content::Alert(Alert {
                kind: alert_kind(&title),
                title,
                detail: self.string("detail"),
                from: start,
                until: end,
            })
        } else {
            let worker = [self.told("worker"), self.told("worker_telephone")].into_iter().flatten().collect::<Vec<_>>();
            let worker = (!worker.is_empty()).then(|| worker.join(", "));
            let status = if status.is_empty() { "Not recorded".to_owned() } else { status };
            Content::SocialCare(SocialCare { title, status, detail: self.string("detail"), worker, start, end, review })
        };
        let recorded = self.when("recorded")?;
        Ok(NewEntry {
            key,
            content,
            standing,
            sensitivity: Sensitivity::Ordinary,
            when: start.or(recorded),
            recorded,
            author: self.string("worker"),
            organisation: None,
            code: None,
            part_of: None,
        })
    }

    fn check_fields(&self) -> Result<(), Problem> {
        if self.record.len() != COLUMNS.len() {
            let what = format!("has {} fields; {} are wanted", self.record.len(), COLUMNS.len());
            return Err(Problem::new(format!("line {}", self.line), what));
        }
        for column in COLUMNS {
            let field = self.bytes(column);
            if field.len() > FIELD_BYTES_MAX {
                return Err(self.problem(column, &format!("longer than {FIELD_BYTES_MAX} bytes")));
            }
            if std::str::from_utf8(field).is_err() {
                return Err(self.problem(column, "not UTF-8"));
            }
        }
        Ok(())
    }

    fn bytes(&self, column: &str) -> &[u8] {
        let at = COLUMNS.iter().position(|known| *known == column);
        at.and_then(|at| self.places.get(at)).and_then(|place| self.record.get(*place)).unwrap_or_default()
    }

    fn told(&self, column: &str) -> Option<&str> {
        let text = std::str::from_utf8(self.bytes(column)).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn string(&self, column: &str) -> Option<String> {
        self.told(column).map(str::to_owned)
    }

    fn required(&self, column: &str) -> Result<&str, Problem> {
        self.told(column).ok_or_else(|| self.problem(column, "is empty"))
    }

    fn when(&self, column: &str) -> Result<Option<When>, Problem> {
        let Some(told) = self.told(column) else { return Ok(None) };
        When::parse_iso(told).map(Some).map_err(|_| self.problem(column, "not a date as YYYY-MM-DD that exists"))
    }

    fn problem(&self, column: &str, what: &str) -> Problem {
        Problem::new(format!("line {}, column {column}", self.line), what)
    }
}

/// Words that councils use for what is over. Any other word is shown as it is
/// and counts as current: a package is not hidden for an unknown word.
fn standing(status: &str) -> Standing {
    match status.to_lowercase().replace([' ', '_'], "-").as_str() {
        "entered-in-error" => Standing::EnteredInError,
        "completed" | "complete" | "closed" | "ended" | "ceased" | "cancelled" | "stopped" | "inactive" => {
            Standing::Past
        }
        _ => Standing::Current,
    }
}

fn alert_kind(title: &str) -> AlertKind {
    let title = title.to_lowercase();
    if title.contains("reasonable adjustment") {
        AlertKind::ReasonableAdjustment
    } else if title.contains("accessible information") || title.contains("interpreter") {
        AlertKind::AccessibleInformation
    } else if title.contains("plan") {
        AlertKind::Plan
    } else {
        AlertKind::Alert
    }
}
