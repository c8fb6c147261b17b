use std::fmt;

use sha2::{Digest, Sha256};

use crate::AuditProblem;

/// 32 unguessable bytes that keep a commitment from being guessed. Kept beside
/// the event; when both are erased, the commitment that is left says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// The salt made of these bytes, which nobody can guess (`record::Chance`).
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A secret: it never reaches a log.
impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// What a log may show of an event to those who may not see it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// A commitment as it was stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// `SHA-256(salt ‖ canonical event)`.
#[must_use]
pub fn commitment(salt: &Salt, canonical: &[u8]) -> Commitment {
    Commitment(Sha256::new().chain_update(salt.0).chain_update(canonical).finalize().into())
}

/// How far one person's chain has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// How many events there are; the last one has this number.
    pub counter: u64,
    /// The hash over all of them.
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first event: number 0, 32 zero bytes.
    #[must_use]
    pub fn start() -> Self {
        Self { counter: 0, hash: [0; 32] }
    }

    /// After one more event: `h_n = SHA-256(h_{n-1} ‖ n ‖ commitment_n)`, with n
    /// as 8 bytes, the highest first.
    #[must_use]
    pub fn next(&self, commitment: &Commitment) -> Self {
        let counter = self.counter.saturating_add(1);
        let hash = Sha256::new()
            .chain_update(self.hash)
            .chain_update(counter.to_be_bytes())
            .chain_update(commitment.0)
            .finalize()
            .into();
        Self { counter, hash }
    }

    /// After one more stored row, if it follows: so a chain of any length is
    /// checked row by row.
    ///
    /// # Errors
    /// When the row's number, commitment or hash is not the one that comes next.
    pub fn follow(&self, row: &ChainRow) -> Result<Self, AuditProblem> {
        let counter = row.counter;
        let expected = self.counter.saturating_add(1);
        if counter != expected {
            return Err(AuditProblem::CounterGap { expected, found: counter });
        }
        if commitment(&row.salt, &row.canonical) != row.commitment {
            return Err(AuditProblem::CommitmentDiffers { counter });
        }
        let next = self.next(&row.commitment);
        if next.hash == row.hash { Ok(next) } else { Err(AuditProblem::HashDiffers { counter }) }
    }

    /// Compares where the rows led with a head known from elsewhere.
    ///
    /// # Errors
    /// When there are fewer or more rows, or they led to another hash.
    pub fn must_be(&self, known: &Head) -> Result<(), AuditProblem> {
        if self.counter != known.counter {
            return Err(AuditProblem::LengthDiffers { known: known.counter, found: self.counter });
        }
        if self.hash == known.hash { Ok(()) } else { Err(AuditProblem::HeadDiffers) }
    }

    /// The hash as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        Commitment(self.hash).hex()
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.counter)?;
        write_hex(&self.hash, f)
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// One stored row of a person's chain, as it claims to be.
#[derive(Clone, PartialEq, Eq)]
pub struct ChainRow {
    /// Its number, from 1.
    pub counter: u64,
    /// Its salt.
    pub salt: Salt,
    /// The event's canonical bytes.
    pub canonical: Vec<u8>,
    /// What the row says the commitment is.
    pub commitment: Commitment,
    /// What the row says the chain's hash is after it.
    pub hash: [u8; 32],
}

/// The event holds names, so only the row's number is shown.
impl fmt::Debug for ChainRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainRow({})", self.counter)
    }
}

/// Checks one person's rows from the first to the last, and says where they lead.
///
/// A changed, missing, repeated or moved row is found here. Rows cut off at the
/// end are not: that takes a head known from elsewhere ([`verify_against`]).
///
/// # Errors
/// At the first row that does not follow from those before.
pub fn verify_chain(mut rows: impl Iterator<Item = ChainRow>) -> Result<Head, AuditProblem> {
    rows.try_fold(Head::start(), |head, row| head.follow(&row))
}

/// Checks one person's rows against a head known from elsewhere.
///
/// # Errors
/// At the first row that does not follow, or when the rows lead elsewhere.
pub fn verify_against(known: &Head, rows: impl Iterator<Item = ChainRow>) -> Result<(), AuditProblem> {
    verify_chain(rows)?.must_be(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A chain over these events, correct in every row.
    fn chain(events: &[Vec<u8>]) -> Vec<ChainRow> {
        let mut head = Head::start();
        let rows = events.iter().zip(0_u8..).map(|(event, number)| {
            let salt = Salt::from_bytes([number; 32]);
            let commitment = commitment(&salt, event);
            head = head.next(&commitment);
            ChainRow { counter: head.counter, salt, canonical: event.clone(), commitment, hash: head.hash }
        });
        rows.collect()
    }

    fn verify(rows: &[ChainRow]) -> Result<Head, AuditProblem> {
        verify_chain(rows.iter().cloned())
    }

    fn events() -> impl Strategy<Value = Vec<Vec<u8>>> {
        proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..20), 1..12)
    }

    #[test]
    fn an_empty_log_stands_at_the_start() {
        assert_eq!(verify(&[]), Ok(Head::start()));
        assert_eq!(verify_against(&Head::start(), std::iter::empty()), Ok(()));
    }

    /// The values were made with `sha256sum`: anyone can check a log without this program.
    #[test]
    fn the_hashes_are_plain_sha_256() {
        let salt = Salt::from_bytes([b'a'; 32]);
        let commitment = commitment(&salt, b"{}");
        insta::assert_snapshot!(commitment, @"f786a87d7df8a6964481a23457084eb8426e22a3c8f6892d90e1cb642ca81a5b");
        insta::assert_snapshot!(Head::start().next(&commitment).hex(), @"305b934a112dc106867bdceb456827fb1980906023046e40f9046bb2eedc83d9");
    }

    #[test]
    fn secrets_and_events_are_not_in_debug_output() {
        let row = chain(&[b"Jamila".to_vec()]).remove(0);
        assert_eq!(format!("{row:?} {:?}", row.salt), "ChainRow(1) Salt");
    }

    proptest! {
        #[test]
        fn an_untouched_chain_verifies(events in events()) {
            let rows = chain(&events);
            let last = rows.last().unwrap();
            let head = Head { counter: last.counter, hash: last.hash };
            prop_assert_eq!(verify(&rows), Ok(head));
            prop_assert_eq!(verify_against(&head, rows.into_iter()), Ok(()));
        }

        #[test]
        fn any_changed_bit_is_found(events in events(), at: prop::sample::Index, part in 0..4, bit: prop::sample::Index) {
            let mut rows = chain(&events);
            let row = at.get_mut(&mut rows);
            let flip = |bytes: &mut [u8]| bytes[bit.index(bytes.len())] ^= 1 << bit.index(8);
            match part {
                0 => flip(&mut row.salt.0),
                1 => flip(&mut row.canonical),
                2 => flip(&mut row.commitment.0),
                _ => flip(&mut row.hash),
            }
            let counter = row.counter;
            let wanted = if part == 3 { AuditProblem::HashDiffers { counter } } else { AuditProblem::CommitmentDiffers { counter } };
            prop_assert_eq!(verify(&rows), Err(wanted));
        }

        #[test]
        fn an_event_replaced_together_with_its_commitment_is_found(events in events(), at: prop::sample::Index) {
            let mut rows = chain(&events);
            let row = at.get_mut(&mut rows);
            row.canonical.push(b' ');
            row.commitment = commitment(&row.salt, &row.canonical);
            let counter = row.counter;
            prop_assert_eq!(verify(&rows), Err(AuditProblem::HashDiffers { counter }));
        }

        #[test]
        fn a_history_rewritten_to_its_end_leads_to_another_head(events in events(), at: prop::sample::Index) {
            let known = verify(&chain(&events)).unwrap();
            let mut other = events;
            at.get_mut(&mut other).push(b' ');
            prop_assert_eq!(verify_against(&known, chain(&other).into_iter()), Err(AuditProblem::HeadDiffers));
        }

        #[test]
        fn a_deleted_row_is_found(events in events(), at: prop::sample::Index) {
            let known = verify(&chain(&events)).unwrap();
            let mut rows = chain(&events);
            rows.remove(at.index(rows.len()));
            prop_assert!(verify_against(&known, rows.into_iter()).is_err());
        }

        #[test]
        fn a_deleted_row_is_found_even_when_the_rest_is_numbered_anew(events in events(), at: prop::sample::Index) {
            let known = verify(&chain(&events)).unwrap();
            let mut fewer = events;
            fewer.remove(at.index(fewer.len()));
            let found = fewer.len() as u64;
            let wanted = AuditProblem::LengthDiffers { known: known.counter, found };
            prop_assert_eq!(verify_against(&known, chain(&fewer).into_iter()), Err(wanted));
        }

        #[test]
        fn rows_out_of_order_are_found(events in events(), a: prop::sample::Index, b: prop::sample::Index) {
            let mut rows = chain(&events);
            let (a, b) = (a.index(rows.len()), b.index(rows.len()));
            prop_assume!(a != b);
            rows.swap(a, b);
            let problem = verify(&rows).unwrap_err();
            prop_assert!(matches!(problem, AuditProblem::CounterGap { .. }), "{problem}");
        }

        #[test]
        fn events_that_change_places_are_found(events in events(), a: prop::sample::Index, b: prop::sample::Index) {
            let (a, b) = (a.index(events.len()), b.index(events.len()));
            prop_assume!(events[a] != events[b]);
            let known = verify(&chain(&events)).unwrap();
            let mut other = events;
            other.swap(a, b);
            prop_assert_eq!(verify_against(&known, chain(&other).into_iter()), Err(AuditProblem::HeadDiffers));
        }

        #[test]
        fn a_cut_tail_is_found_against_a_known_head(events in events(), keep: prop::sample::Index) {
            let mut rows = chain(&events);
            let known = verify(&rows).unwrap();
            rows.truncate(keep.index(rows.len()));
            let wanted = AuditProblem::LengthDiffers { known: known.counter, found: rows.len() as u64 };
            prop_assert!(verify(&rows).is_ok(), "a shorter chain is whole in itself");
            prop_assert_eq!(verify_against(&known, rows.into_iter()), Err(wanted));
        }
    }
}
