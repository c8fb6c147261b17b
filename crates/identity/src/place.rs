use crate::fold::fold;

/// The key under which people are found by family name and postcode, both folded. The
/// postcode is first: the keys of one household lie together.
#[must_use]
pub fn place_key(family: &str, postcode: &str) -> String {
    format!("{}|{}", fold(postcode), fold(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_and_spaces_do_not_matter() {
        assert_eq!(place_key("O'Neill", "se5 8af"), place_key("ONeill", "SE58AF"));
    }
}
