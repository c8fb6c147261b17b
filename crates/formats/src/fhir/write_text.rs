//! JSON text written piece by piece, so that a decimal leaves as it came.

use record::When;

use crate::ucum::{UCUM_SYSTEM, ucum};

/// An object being written.
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self(String::from("{"))
    }

    /// A resource of this type with the id by which its bundle knows it.
    pub(super) fn resource(kind: &str, id: &str) -> Self {
        Self::new().text("resourceType", kind).text("id", id)
    }

    /// A value that is JSON already.
    pub(super) fn json(mut self, name: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(value);
        self
    }

    pub(super) fn text(self, name: &str, value: &str) -> Self {
        let value = quoted(value);
        self.json(name, &value)
    }

    /// Nothing where there is no value: FHIR has no empty values (R4 §2.6.1.1).
    pub(super) fn maybe_json(self, name: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.json(name, &value),
            None => self,
        }
    }

    pub(super) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value.filter(|value| !value.trim().is_empty()) {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(super) fn when(self, name: &str, value: Option<When>) -> Self {
        match value {
            Some(value) => self.text(name, &date_time(value)),
            None => self,
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    /// The same, or nothing where nothing was said.
    pub(super) fn unless_empty(self) -> Option<String> {
        (self.0.len() > 1).then(|| self.finish())
    }
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

/// A FHIR `dateTime`: a time of day always has an offset (R4 §2.24.0.1).
pub(super) fn date_time(when: When) -> String {
    match when {
        When::Local(_) => When::from(when.earliest()).to_iso(),
        other => other.to_iso(),
    }
}

/// A list of values that are JSON already, or nothing where there are none.
pub(super) fn list(values: impl IntoIterator<Item = String>) -> Option<String> {
    let values: Vec<String> = values.into_iter().collect();
    (!values.is_empty()).then(|| format!("[{}]", values.join(",")))
}

/// A `CodeableConcept` of words alone.
pub(super) fn words(text: &str) -> String {
    Object::new().text("text", text).finish()
}

/// A list of one concept of words, where there are any.
pub(super) fn words_list(text: Option<&str>) -> Option<String> {
    list(text.filter(|text| !text.trim().is_empty()).map(words))
}

/// A `CodeableConcept` of one code.
pub(super) fn coded(system: &str, code: &str) -> String {
    format!("{{\"coding\":[{}]}}", Object::new().text("system", system).text("code", code).finish())
}

/// A `Reference` by name alone.
pub(super) fn named(name: &str) -> String {
    Object::new().text("display", name).finish()
}

/// A `Period`, where either end is told.
pub(super) fn period(start: Option<When>, end: Option<When>) -> Option<String> {
    Object::new().when("start", start).when("end", end).unless_empty()
}

/// A `Quantity` where the text is a number, digits as they are: `<5.10 mmol/L`. Where the unit
/// has a UCUM code, it stands beside the text.
pub(super) fn quantity(value: &str, unit: Option<&str>) -> Option<String> {
    let bare = value.trim();
    let comparator = ["<=", ">=", "<", ">"].into_iter().find(|comparator| bare.starts_with(comparator));
    let number = bare.strip_prefix(comparator.unwrap_or_default())?.trim();
    let is_decimal = number.len() <= 32 && number.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if !is_decimal || serde_json::from_str::<f64>(number).is_err() {
        return None;
    }
    let code = unit.and_then(ucum);
    let quantity = Object::new().json("value", number).maybe("comparator", comparator).maybe("unit", unit);
    Some(quantity.maybe("system", code.map(|_| UCUM_SYSTEM)).maybe("code", code).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_digits_and_anything_else_is_no_quantity() {
        assert_eq!(
            quantity("1.10", Some("mmol/l")).unwrap(),
            r#"{"value":1.10,"unit":"mmol/l","system":"http://unitsofmeasure.org","code":"mmol/L"}"#
        );
        assert_eq!(quantity("2", Some("tablets")).unwrap(), r#"{"value":2,"unit":"tablets"}"#);
        assert_eq!(quantity("<= 5", None).unwrap(), r#"{"value":5,"comparator":"<="}"#);
        for text in ["120/80", "5 mg", "NaN", "1e999", "", "<", "007"] {
            assert_eq!(quantity(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_local_time_is_written_with_the_offset_that_london_had() {
        let summer = When::parse_iso("2026-07-01T12:00:00").unwrap();
        assert_eq!(date_time(summer), "2026-07-01T12:00:00+01:00");
    }
}
