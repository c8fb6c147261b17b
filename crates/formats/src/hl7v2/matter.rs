use super::header::Header;
use super::message::Message;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matter {
    Administration,
    Results,
    Orders,
    Scheduling,
    Documents,
    Medicines,
    Immunisations,
    Referrals,
}

impl Matter {
    /// What a type and event (`MSH-9`) are about; `None` for one that is not shown.
    pub(super) fn of(kind: &str) -> Option<Self> {
        let (code, event) = kind.split_once('^')?;
        let number = |letter: char| -> Option<u8> {
            let digits = event.strip_prefix(letter).filter(|digits| digits.len() == 2)?;
            digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let o = number('O');
        match code {
            "ADT" => number('A').filter(|n| (1..=62).contains(n)).map(|_| Self::Administration),
            "ORU" => number('R').filter(|n| matches!(n, 1 | 30..=32)).map(|_| Self::Results),
            "OUL" => number('R').filter(|n| (21..=24).contains(n)).map(|_| Self::Results),
            "ORM" => o.filter(|n| *n == 1).map(|_| Self::Orders),
            "OML" => o.filter(|n| *n == 21).map(|_| Self::Orders),
            "OMG" => o.filter(|n| *n == 19).map(|_| Self::Orders),
            "SIU" => number('S').filter(|n| (12..=26).contains(n)).map(|_| Self::Scheduling),
            "MDM" => number('T').filter(|n| (1..=11).contains(n)).map(|_| Self::Documents),
            // Until v2.3.1 all three had the event O01.
            "RDE" => o.filter(|n| matches!(n, 1 | 11 | 25)).map(|_| Self::Medicines),
            "RDS" => o.filter(|n| matches!(n, 1 | 13)).map(|_| Self::Medicines),
            "RAS" => o.filter(|n| matches!(n, 1 | 17)).map(|_| Self::Medicines),
            "VXU" => number('V').filter(|n| *n == 4).map(|_| Self::Immunisations),
            "REF" => number('I').filter(|n| (12..=14).contains(n)).map(|_| Self::Referrals),
            _ => None,
        }
    }

    /// Whether its event is about beds or slots and need not name a patient.
    pub(super) fn may_be_about_nobody(self, event: &str) -> bool {
        match self {
            Self::Administration => event == "A20",
            Self::Scheduling => matches!(event, "S23" | "S24"),
            // OUL R21 to R24 may be about a specimen of nobody, as in quality control.
            Self::Results => matches!(event, "R21" | "R22" | "R23" | "R24"),
            _ => false,
        }
    }
}

/// Whether messages of this type and event, `ADT^A01`, are read into entries or ask
/// about charts. All others are kept and counted.
#[must_use]
pub fn is_shown(kind: &str) -> bool {
    Matter::of(kind).is_some()
}

/// The type and event of a message. Where `MSH-9` names no event, as senders of v2.2
/// and before leave it out, it is `EVN-1`, or the only one that the type had then.
pub(super) fn kind(message: &Message<'_>, header: &Header) -> Option<String> {
    if let Some(kind) = &header.kind {
        return Some(kind.clone());
    }
    let code = message.segments().next()?.field(9).component(1).told()?;
    let event = match code.as_str() {
        "ADT" => message.segment("EVN")?.field(1).component(1).told()?,
        "ORU" => "R01".to_owned(),
        "ORM" | "RDE" | "RDS" | "RAS" => "O01".to_owned(),
        // An acknowledgement needs no event.
        "ACK" => return Some(code),
        _ => return None,
    };
    Some(format!("{code}^{event}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_two_digits_within_its_range() {
        for shown in ["ADT^A01", "ADT^A62", "OUL^R24", "RDE^O01", "RDE^O11", "VXU^V04", "REF^I12", "MDM^T11", "SIU^S26"]
        {
            assert!(is_shown(shown), "{shown}");
        }
        for kept in ["ADT^A1", "ADT^A001", "ADT^A+1", "ADT^A63", "SIU^S27", "MDM^T12", "OUL^R25", "ADT", "ACK", "^A01"]
        {
            assert!(!is_shown(kept), "{kept}");
        }
    }

    #[test]
    fn an_event_that_the_header_leaves_out_is_found_where_old_senders_put_it() {
        let of = |text: &str| {
            let message = Message::parse(text.as_bytes()).unwrap();
            kind(&message, &Header::of(message.segments().next().unwrap()))
        };
        assert_eq!(of("MSH|^~\\&|||||||ADT|1|P|2.2\rEVN|A08\r").as_deref(), Some("ADT^A08"));
        assert_eq!(of("MSH|^~\\&|||||||ORU|1|P|2.2\r").as_deref(), Some("ORU^R01"));
        assert_eq!(of("MSH|^~\\&|||||||ACK|1|P|2.2\r").as_deref(), Some("ACK"));
        assert_eq!(of("MSH|^~\\&|||||||ADT|1|P|2.2\r"), None);
        assert_eq!(of("MSH|^~\\&|||||||SIU|1|P|2.2\r"), None);
    }
}
