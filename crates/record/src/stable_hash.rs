/// With what a hash begins: FNV's offset basis for 64 bits.
pub const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits, of what was hashed before and a text: stable across versions and machines, which the
/// standard library's hasher does not promise. Not against somebody who wants two texts to have one hash.
#[must_use]
pub fn stable_hash(before: u64, text: &str) -> u64 {
    text.bytes().fold(before, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the authors' own table of test vectors.
    #[test]
    fn the_published_test_vectors_hold() {
        assert_eq!(stable_hash(HASH_START, ""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(stable_hash(HASH_START, "a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(stable_hash(HASH_START, "foobar"), 0x8594_4171_f739_67e8);
    }
}
