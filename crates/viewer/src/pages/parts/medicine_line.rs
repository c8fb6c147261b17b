//! A medicine on one line, as NHS CUI medication line display asks (MEDi-001 to
//! 018): name bold, attributes joined by spaced em dashes, `DOSE` labelled and
//! bold, number and unit never parted, nothing cut. The words are the source's
//! own: names are not re-cased, numbers not rewritten.

use askama::Template;
use askama::filters::HtmlSafe;
use record::Medicine;

/// The longest attribute that is kept on one line.
const UNBROKEN_CHARS_MAX: usize = 26;

/// A medicine on one line.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/medicine_line.html")]
pub(crate) struct MedicineLine {
    name: String,
    attributes: Vec<Attribute>,
}

#[derive(Clone, Debug)]
struct Attribute {
    label: &'static str,
    words: String,
    strong: bool,
    unbroken: bool,
}

impl HtmlSafe for MedicineLine {}

impl MedicineLine {
    /// The whole line.
    pub(crate) fn of(medicine: &Medicine) -> Self {
        let plain = |words: &Option<String>| words.as_deref().map(|words| Attribute::new("", words, false));
        let dose = medicine.dose.as_deref().map(|words| Attribute::new("DOSE ", words, true));
        let parts = [plain(&medicine.form), dose, plain(&medicine.route), plain(&medicine.frequency)];
        let mut attributes: Vec<_> = parts.into_iter().flatten().collect();
        let told_apart = medicine.dose.is_some() || medicine.frequency.is_some();
        if !told_apart {
            attributes.extend(plain(&medicine.instruction));
        }
        Self { name: with_units(&medicine.name), attributes }
    }

    /// The name alone, for roles that see no doses.
    pub(crate) fn name_only(medicine: &Medicine) -> Self {
        Self { name: with_units(&medicine.name), attributes: Vec::new() }
    }
}

impl Attribute {
    fn new(label: &'static str, words: &str, strong: bool) -> Self {
        let unbroken = label.len() + words.chars().count() <= UNBROKEN_CHARS_MAX;
        Self { label, words: with_units(words), strong, unbroken }
    }
}

/// Puts a no-break space between a number and its unit.
fn with_units(text: &str) -> String {
    let mut joined = String::with_capacity(text.len() + 4);
    let mut chars = text.trim().chars().peekable();
    let mut before = ' ';
    while let Some(this) = chars.next() {
        let parts_unit =
            this == ' ' && before.is_ascii_digit() && chars.peek().is_some_and(|next| next.is_alphabetic());
        joined.push(if parts_unit { '\u{a0}' } else { this });
        before = this;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::MedicineStatus;

    fn medicine(name: &str, dose: Option<&str>) -> Medicine {
        Medicine {
            name: name.into(),
            form: Some("tablet".into()),
            dose: dose.map(Into::into),
            route: Some("oral".into()),
            frequency: dose.map(|_| "twice a day".into()),
            status: MedicineStatus::Started,
            course: None,
            started: None,
            ended: None,
            last_issued: None,
            reason: None,
            instruction: Some("one twice a day".into()),
        }
    }

    /// What a reader sees: tags away, runs of white space as one space.
    fn read(html: &str) -> String {
        let mut inside = false;
        let text: String = html
            .chars()
            .filter(|c| {
                inside = (inside || *c == '<') && *c != '>';
                !inside && *c != '>'
            })
            .collect();
        text.split([' ', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_line_reads_as_cui_asks() {
        let line = MedicineLine::of(&medicine("apixaban", Some("5 mg"))).to_string();
        assert_eq!(read(&line), "apixaban — tablet — DOSE 5\u{a0}mg — oral — twice a day");
        assert!(line.contains("<b>apixaban</b>") && line.contains("<b>5\u{a0}mg</b>"));
    }

    #[test]
    fn an_instruction_is_shown_whole_where_dose_and_frequency_were_not_told_apart() {
        let line = MedicineLine::of(&medicine("codeine 30 mg + paracetamol 500 mg", None)).to_string();
        assert_eq!(read(&line), "codeine 30\u{a0}mg + paracetamol 500\u{a0}mg — tablet — oral — one twice a day");
    }

    #[test]
    fn a_role_without_doses_reads_the_name_alone() {
        assert_eq!(read(&MedicineLine::name_only(&medicine("apixaban", Some("5 mg"))).to_string()), "apixaban");
    }
}
