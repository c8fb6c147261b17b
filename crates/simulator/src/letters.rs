use jiff::civil::Date;
use record::{Demographics, When};

/// What a letter is about.
pub(crate) struct Subject<'a> {
    pub(crate) from: &'a str,
    pub(crate) who: &'a Demographics,
    pub(crate) author: &'a str,
    pub(crate) written: When,
}

impl Subject<'_> {
    /// The head that every letter carries: who wrote, about whom.
    fn head(&self, title: &str) -> String {
        let number = self.who.nhs_number.map_or_else(|| "not known".to_owned(), |number| number.to_string());
        let born = self.who.birth_day().map_or_else(|| "not known".to_owned(), long_date);
        format!(
            "{}\n{title}\n\nPatient: {}\nBorn: {born}\nNHS number: {number}\nDate: {}\n",
            self.from,
            self.who.name.shown(),
            long_date(self.written.first_day()),
        )
    }

    fn foot(&self) -> String {
        format!("\n{}\n{}\n", self.author, self.from)
    }

    /// A discharge summary: why, what was done, which medicines changed, what next.
    pub(crate) fn discharge(&self, reason: &str, course: &str, medicines: &[String], next: &str) -> String {
        let list = if medicines.is_empty() {
            "No change to regular medicines.".to_owned()
        } else {
            medicines.iter().map(|line| format!("- {line}\n")).collect::<String>()
        };
        format!(
            "{}\nReason for attendance\n{reason}\n\nWhat happened\n{course}\n\nMedicines on discharge\n{list}\n\nWhat should happen next\n{next}\n{}",
            self.head("Discharge summary"),
            self.foot(),
        )
    }

    /// A letter from an out-patient clinic.
    pub(crate) fn clinic(&self, clinic: &str, diagnoses: &[&str], findings: &str, plan: &str) -> String {
        let diagnoses: String = diagnoses.iter().map(|term| format!("- {term}\n")).collect();
        format!(
            "{}\nDiagnoses\n{diagnoses}\nDear Doctor,\n\nThank you for asking us to see {} in the {clinic}. {findings}\n\nPlan\n{plan}\n{}",
            self.head(clinic),
            self.who.name.called(),
            self.foot(),
        )
    }

    /// Any other letter.
    pub(crate) fn plain(&self, title: &str, text: &str) -> String {
        format!("{}\n{text}\n{}", self.head(title), self.foot())
    }
}

fn long_date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::NhsNumber;

    #[test]
    fn a_discharge_summary_says_who_why_and_what_next() {
        let who = Demographics {
            nhs_number: NhsNumber::parse("9990000018").ok(),
            name: crate::names::name("Mrs", "Grace Adaeze", "Okafor"),
            born: When::parse_iso("1951-03-04").ok(),
            ..Demographics::default()
        };
        let written = When::parse_iso("2026-11-20T16:00:00Z").unwrap();
        let subject = Subject { from: "Thameside Hospital", who: &who, author: "Dr A Mensah", written };
        let text = subject.discharge(
            "Fast heart rate",
            "Settled.",
            &["ramipril 2.5 mg once a day".into()],
            "GP to recheck potassium.",
        );
        for part in [
            "OKAFOR, Grace Adaeze (Mrs)",
            "4 March 1951",
            "999 000 0018",
            "20 November 2026",
            "- ramipril 2.5 mg",
            "recheck potassium",
        ] {
            assert!(text.contains(part), "{part} is missing:\n{text}");
        }
    }
}
