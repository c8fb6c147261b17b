//! Which segments of a message speak of which patient.

use record::NhsNumber;

use super::draft::{About, Draft, REPETITIONS_MAX};
use super::message::{Message, Segment};
use super::patient;
use crate::{ChartClaim, Problem};

/// How often one message may name a patient. What stands before the first one is
/// read for each of them, so this bounds the work.
pub(super) const PATIENTS_MAX: usize = 500;

/// The segments that speak of one chart.
pub(super) struct Part<'m> {
    pub(super) chart: ChartClaim,
    pub(super) segments: Vec<Segment<'m>>,
    pub(super) draft: Draft,
}

impl<'m> Part<'m> {
    /// Its `PID`.
    pub(super) fn person(&self) -> Option<Segment<'m>> {
        self.segments.iter().find(|segment| segment.name() == "PID").copied()
    }
}

/// Each `PID` begins a patient; what stands before the first one is of all of them.
/// A sender may name the same patient again for each order: that is one chart.
///
/// # Errors
/// When a patient cannot be told, or there are more than [`PATIENTS_MAX`].
pub(super) fn parts<'m>(message: &Message<'m>, about: &About) -> Result<Vec<Part<'m>>, Problem> {
    let mut shared: Vec<Segment<'m>> = Vec::new();
    let mut astray: Vec<&str> = Vec::new();
    let mut groups: Vec<Vec<Segment<'m>>> = Vec::new();
    for segment in message.segments() {
        match groups.last_mut() {
            _ if segment.name() == "PID" => groups.push(vec![segment]),
            None if is_of_all(segment.name()) && shared.len() < REPETITIONS_MAX => shared.push(segment),
            None => astray.push(segment.name()),
            Some(group) => group.push(segment),
        }
    }
    if groups.len() > PATIENTS_MAX {
        return Err(Problem::new("PID", "the message names patients more than 500 times"));
    }
    let mut parts: Vec<Part<'m>> = Vec::with_capacity(groups.len());
    for (at, group) in groups.into_iter().enumerate() {
        let Some((person, beside)) = group.split_first() else { continue };
        let mut draft = Draft::new(about);
        for name in astray.drain(..).filter(|name| !matches!(*name, "MSH" | "SFT" | "UAC")) {
            draft.note(name, "it stands before the patient that it is about; it is kept in the original and not shown");
        }
        let chart = patient::claim(*person, beside, &mut draft).map_err(|problem| of_patient(at + 1, problem))?;
        match parts.iter_mut().find(|part| part.chart.key == chart.key) {
            Some(part) if national(&part.chart) != national(&chart) => {
                let problem = Problem::new("PID-3", "the same local number stands beside different NHS numbers");
                return Err(of_patient(at + 1, problem));
            }
            Some(part) => part.segments.extend_from_slice(beside),
            None => parts.push(Part { chart, segments: shared.iter().chain(&group).copied().collect(), draft }),
        }
    }
    Ok(parts)
}

/// Which of several patients a problem is about: `PID[2]-3`.
fn of_patient(number: usize, problem: Problem) -> Problem {
    match problem.place.strip_prefix("PID-") {
        Some(field) if number > 1 => Problem::new(format!("PID[{number}]-{field}"), problem.what),
        _ => problem,
    }
}

fn national(chart: &ChartClaim) -> Option<NhsNumber> {
    chart.told.as_ref().and_then(|told| told.nhs_number)
}

/// What the standard puts before the patient and means of all of them.
fn is_of_all(name: &str) -> bool {
    matches!(name, "EVN" | "SCH" | "TQ1" | "NTE" | "RGS" | "AIS" | "AIG" | "AIL" | "AIP" | "RF1" | "PRD")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(segments: &str) -> Result<Vec<String>, Problem> {
        let message = format!("MSH|^~\\&|A\r{segments}");
        let message = Message::parse(message.as_bytes()).unwrap();
        Ok(parts(&message, &About::default())?.into_iter().map(|part| part.chart.key).collect())
    }

    #[test]
    fn what_stands_before_the_first_patient_is_of_all_or_noted() {
        let message = Message::parse(b"MSH|^~\\&|A\rSCH|9\rAL1|1\rPID|1||7\rPV1|1\rPID|2||8\r").unwrap();
        let found = parts(&message, &About::default()).unwrap();
        let names: Vec<Vec<_>> = found.iter().map(|part| part.segments.iter().map(Segment::name).collect()).collect();
        assert_eq!(names, [vec!["SCH", "PID", "PV1"], vec!["SCH", "PID"]]);
        let notes: Vec<_> = found.into_iter().flat_map(|part| part.draft.finish().1).map(|note| note.place).collect();
        assert_eq!(notes, ["AL1"]);
    }

    #[test]
    fn a_message_names_at_most_so_many_patients() {
        assert_eq!(keys(&"PID|1||7\r".repeat(PATIENTS_MAX)).unwrap(), ["|7"]);
        assert_eq!(keys(&"PID|1||7\r".repeat(PATIENTS_MAX + 1)).unwrap_err().place, "PID");
    }

    #[test]
    fn one_chart_under_two_nhs_numbers_is_a_fault() {
        let twins = "PID|1||7~9990000018^^^^NH\rPID|2||7~9990000026^^^^NH\r";
        assert_eq!(keys(twins).unwrap_err().place, "PID[2]-3");
    }

    #[test]
    fn a_fault_says_which_of_several_patients_it_is_about() {
        assert_eq!(keys("PID|1||\rPID|2||8\r").unwrap_err().place, "PID-3");
        assert_eq!(keys("PID|1||7\rPID|2||8\rPID|3||\r").unwrap_err().place, "PID[3]-3");
    }
}
