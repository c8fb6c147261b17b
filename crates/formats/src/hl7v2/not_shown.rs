//! What of a message is kept in the original and not shown, said once for each.

use super::draft::NOTES_MAX;
use super::matter::Matter;
use super::message::Message;
use crate::Problem;

/// Segments that are read, or that hold nothing about a person beyond what is read.
pub(super) const READ: [&str; 42] = [
    "MSH", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "AL1", "IAM", "IAR", "DG1", "PR1", "ORC", "OBR", "OBX", "NTE",
    "SPM", "SAC", "SCH", "AIS", "AIG", "AIL", "AIP", "TXA", "TQ1", "RGS", "MRG", "ARV", "SFT", "DSC", "UAC", "ERR",
    "MSA", "CON", "RXO", "RXE", "RXD", "RXA", "RXR", "RXC", "RF1", "PRD",
];

/// Says once for each segment name that its content is not shown.
pub(super) fn note(message: &Message<'_>, matter: Matter, notes: &mut Vec<Problem>) {
    let mut told: Vec<&str> = Vec::new();
    let mut before = "";
    for segment in message.segments() {
        let name = segment.name();
        // A comment on the person or visit has no place on the record.
        let stray_comment = name == "NTE" && matches!(before, "PID" | "PD1" | "PV1" | "PV2" | "NK1" | "MRG");
        let is_read = READ.contains(&name) && is_read_in(name, matter);
        if (stray_comment || !is_read) && !told.contains(&name) && told.len() < NOTES_MAX {
            told.push(name);
            let place = if name.is_empty() { "message" } else { name };
            let what = match name {
                "" => "a line that is no segment is kept in the original and not shown",
                "OBR" => "the order of a document is kept in the original and not shown",
                _ => "this segment is kept in the original and not shown",
            };
            notes.push(Problem::new(place, what));
        }
        if name != "NTE" {
            before = name;
        }
    }
}

/// Some segments are read in messages of their own matter alone.
fn is_read_in(name: &str, matter: Matter) -> bool {
    match name {
        "OBR" => matter != Matter::Documents,
        "RXO" | "RXE" | "RXD" => matches!(matter, Matter::Medicines | Matter::Orders),
        "RXA" | "RXR" | "RXC" => matches!(matter, Matter::Medicines | Matter::Immunisations | Matter::Orders),
        "RF1" | "PRD" => matter == Matter::Referrals,
        "TXA" => matter == Matter::Documents,
        "SCH" | "AIS" | "AIG" | "AIL" | "AIP" => matter == Matter::Scheduling,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(segments: &str, matter: Matter) -> Vec<String> {
        let text = format!("MSH|^~\\&|PAS\rPID|1||7\r{segments}\r");
        let mut notes = Vec::new();
        note(&Message::parse(text.as_bytes()).unwrap(), matter, &mut notes);
        notes.into_iter().map(|note| note.place).collect()
    }

    #[test]
    fn what_is_not_shown_is_said_once() {
        let segments = "NTE|1||call first\rNTE|2||twice\rZZ1|a\rZZ1|b\rpid|x";
        assert_eq!(places(segments, Matter::Administration), ["NTE", "ZZ1", "message"]);
    }

    #[test]
    fn a_segment_out_of_its_message_is_said_too() {
        assert_eq!(places("RXE|1\rTXA|1\rSCH|1", Matter::Administration), ["RXE", "TXA", "SCH"]);
        assert_eq!(places("RXE|1\rRXR|PO", Matter::Medicines), Vec::<String>::new());
        assert_eq!(places("OBR|1", Matter::Documents), ["OBR"]);
    }
}
