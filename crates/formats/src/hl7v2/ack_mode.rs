use super::message::Segment;

/// The answer to a message (`MSA-1`, HL7 table 0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckCode {
    /// `AA`: safely stored.
    Accept,
    /// `AE`: it has a fault; sending it again unchanged is of no use.
    Error,
    /// `AR`: it was not read or not stored.
    Reject,
    /// `CA`: safely stored; what becomes of it is told later or not at all.
    CommitAccept,
    /// `CE`: it has a fault, and nothing else will say so.
    CommitError,
    /// `CR`: it was not read or not stored.
    CommitReject,
}

impl AckCode {
    /// The code as written in `MSA-1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
            Self::CommitAccept => "CA",
            Self::CommitError => "CE",
            Self::CommitReject => "CR",
        }
    }

    /// Whether it tells what was done with the message, rather than that it is kept.
    #[must_use]
    pub fn is_of_application(self) -> bool {
        matches!(self, Self::Accept | Self::Error | Self::Reject)
    }
}

/// How a message was taken. Whichever it is, it was made durable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckVerdict {
    /// It is applied or on its way, kept and counted, or on a work list that asks
    /// nothing of its sender.
    Accepted,
    /// It was read and waits in quarantine: its sender has something to mend.
    Faulty,
    /// It cannot be read, or nothing of it may be kept.
    Unreadable,
}

/// When a sender wants an answer (HL7 table 0155).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckCondition {
    /// `AL`: always; also whatever is no code of the table, since a sender that
    /// waits for an answer must not wait for ever.
    Always,
    /// `NE`: never.
    Never,
    /// `ER`: on errors and rejects alone.
    OnError,
    /// `SU`: on success alone.
    OnSuccess,
}

impl AckCondition {
    fn of(field: &[u8]) -> Self {
        match field.trim_ascii() {
            b"" | b"\"\"" | b"NE" => Self::Never,
            b"ER" => Self::OnError,
            b"SU" => Self::OnSuccess,
            _ => Self::Always,
        }
    }

    /// Whether an error is to be told.
    #[must_use]
    pub fn tells_errors(self) -> bool {
        matches!(self, Self::Always | Self::OnError)
    }

    /// Whether success is to be told.
    #[must_use]
    pub fn tells_success(self) -> bool {
        matches!(self, Self::Always | Self::OnSuccess)
    }
}

/// How a sender wants to be answered (HL7 v2.5 §2.9.2 and §2.9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckMode {
    /// Neither `MSH-15` nor `MSH-16` is told: one answer, `AA`, `AE` or `AR`.
    Original,
    /// At least one of them is told; the other, where it is not, means never.
    Enhanced {
        /// `MSH-15`: that it is safely kept, `CA`, `CE` or `CR`.
        commit: AckCondition,
        /// `MSH-16`: what was done with it, `AA`, `AE` or `AR`.
        application: AckCondition,
    },
}

/// Which answers to send: the first at once, the second in a message of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AckAnswers {
    /// `CA`, `CE` or `CR`; only in enhanced mode.
    pub commit: Option<AckCode>,
    /// `AA`, `AE` or `AR`; in original mode the only answer.
    pub application: Option<AckCode>,
}

impl AckMode {
    /// What the header of a message asks for; the original mode where it has none
    /// that can be read. An acknowledgement is never acknowledged in its turn: two
    /// systems would go on answering each other for ever.
    #[must_use]
    pub fn of(original: &[u8]) -> Self {
        let Ok(header) = Segment::header(original) else { return Self::Original };
        let told = |number: usize| header.field(number).component(1).bytes();
        let is_told = |number: usize| !matches!(told(number).trim_ascii(), b"" | b"\"\"");
        if matches!(told(9), b"ACK" | b"MCF") {
            return Self::Enhanced { commit: AckCondition::Never, application: AckCondition::Never };
        }
        if !is_told(15) && !is_told(16) {
            return Self::Original;
        }
        Self::Enhanced { commit: AckCondition::of(told(15)), application: AckCondition::of(told(16)) }
    }

    /// The answers to a message that was taken so.
    ///
    /// A message that waits in quarantine is safely kept, so that its commit is
    /// accepted where the application's answer will tell of the fault; where the
    /// sender has forbidden that answer, the commit is refused instead: its fault
    /// must not go unsaid. What cannot be read gets no second answer.
    #[must_use]
    pub fn answers(self, verdict: AckVerdict) -> AckAnswers {
        let Self::Enhanced { commit, application } = self else {
            let code = match verdict {
                AckVerdict::Accepted => AckCode::Accept,
                AckVerdict::Faulty => AckCode::Error,
                AckVerdict::Unreadable => AckCode::Reject,
            };
            return AckAnswers { commit: None, application: Some(code) };
        };
        let when = |told: bool, code: AckCode| told.then_some(code);
        match verdict {
            AckVerdict::Accepted => AckAnswers {
                commit: when(commit.tells_success(), AckCode::CommitAccept),
                application: when(application.tells_success(), AckCode::Accept),
            },
            AckVerdict::Faulty if application.tells_errors() => AckAnswers {
                commit: when(commit.tells_success(), AckCode::CommitAccept),
                application: Some(AckCode::Error),
            },
            AckVerdict::Faulty => {
                AckAnswers { commit: when(commit.tells_errors(), AckCode::CommitError), application: None }
            }
            AckVerdict::Unreadable => {
                let commit = when(commit.tells_errors(), AckCode::CommitReject);
                let application = when(commit.is_none() && application.tells_errors(), AckCode::Reject);
                AckAnswers { commit, application }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(accept: &str, application: &str) -> AckMode {
        AckMode::of(format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|||ADT^A01|42|P|2.5|||{accept}|{application}").as_bytes())
    }

    fn answered(accept: &str, application: &str, verdict: AckVerdict) -> String {
        let AckAnswers { commit, application } = mode(accept, application).answers(verdict);
        [commit, application].into_iter().flatten().map(AckCode::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn without_conditions_there_is_one_answer() {
        for (accept, application) in [("", ""), ("\"\"", ""), ("", "\"\""), (" ", "")] {
            assert_eq!(mode(accept, application), AckMode::Original);
            assert_eq!(answered(accept, application, AckVerdict::Accepted), "AA");
            assert_eq!(answered(accept, application, AckVerdict::Faulty), "AE");
            assert_eq!(answered(accept, application, AckVerdict::Unreadable), "AR");
        }
        assert_eq!(AckMode::of(b"no message"), AckMode::Original);
    }

    #[test]
    fn each_condition_is_kept_in_enhanced_mode() {
        let table = [
            // MSH-15, MSH-16, accepted, faulty, unreadable
            ("AL", "AL", "CA AA", "CA AE", "CR"),
            ("AL", "NE", "CA", "CE", "CR"),
            ("AL", "", "CA", "CE", "CR"),
            ("AL", "ER", "CA", "CA AE", "CR"),
            ("AL", "SU", "CA AA", "CE", "CR"),
            ("NE", "AL", "AA", "AE", "AR"),
            ("", "AL", "AA", "AE", "AR"),
            ("NE", "NE", "", "", ""),
            ("NE", "ER", "", "AE", "AR"),
            ("NE", "SU", "AA", "", ""),
            ("ER", "NE", "", "CE", "CR"),
            ("ER", "AL", "AA", "AE", "CR"),
            ("ER", "ER", "", "AE", "CR"),
            ("SU", "NE", "CA", "", ""),
            ("SU", "AL", "CA AA", "CA AE", "AR"),
            ("SU", "ER", "CA", "CA AE", "AR"),
        ];
        for (accept, application, accepted, faulty, unreadable) in table {
            assert_eq!(answered(accept, application, AckVerdict::Accepted), accepted, "{accept}/{application}");
            assert_eq!(answered(accept, application, AckVerdict::Faulty), faulty, "{accept}/{application}");
            assert_eq!(answered(accept, application, AckVerdict::Unreadable), unreadable, "{accept}/{application}");
        }
    }

    #[test]
    fn a_condition_that_nobody_knows_is_answered() {
        assert_eq!(answered("YES", "", AckVerdict::Accepted), "CA");
    }

    #[test]
    fn an_acknowledgement_is_never_acknowledged() {
        let ack = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|||ACK^A01|42|P|2.5|||AL|AL\rMSA|AA|CC7";
        assert_eq!(AckMode::of(ack).answers(AckVerdict::Accepted), AckAnswers::default());
    }
}
