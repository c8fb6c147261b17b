use super::message::Segment;

/// The number that a sender gives its messages one after another (`MSH-13`, HL7
/// v2.5.1 §2.10.1). `None` where it numbers none, and for 0 and -1, which ask for
/// a number and are none.
#[must_use]
pub fn sequence_number(bytes: &[u8]) -> Option<u64> {
    let told = Segment::header(bytes).ok()?.field(13).component(1).told()?;
    told.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(field: &str) -> Option<u64> {
        sequence_number(format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|||ADT^A01|42|P|2.4|{field}|\rPID|1||7\r").as_bytes())
    }

    #[test]
    fn a_number_is_read_from_the_header_alone() {
        assert_eq!(number("4711"), Some(4711));
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        assert_eq!(sequence_number(b"MSH$*+?!$A$B$C$D$$$ADT*A01$42$P$2.4$17"), Some(17));
    }

    #[test]
    fn what_is_no_number_of_a_message_is_none() {
        for field in ["", "\"\"", "0", "-1", "12a", "1.5", "18446744073709551616"] {
            assert_eq!(number(field), None, "{field}");
        }
        assert_eq!(sequence_number(b"MSH|^~\\&|A"), None);
        assert_eq!(sequence_number(b"PID|1"), None);
    }
}
