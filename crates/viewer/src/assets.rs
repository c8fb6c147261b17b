//! The files that pages refer to, held in the program itself.

/// A file that is served as it is.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its path below `/static/`.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// Every file that a page may refer to.
pub const ASSETS: &[Asset] = &[
    Asset {
        name: "nhsuk.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/nhsuk-frontend/nhsuk.css"),
    },
    Asset {
        name: "connect-care.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/connect-care.css"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stylesheet_fetches_anything_from_elsewhere() {
        for asset in ASSETS {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            for address in text.split("url(").skip(1) {
                assert!(
                    address.starts_with("\"/static/") || address.starts_with("data:"),
                    "{}: {address:.40}",
                    asset.name
                );
            }
            assert!(!text.contains("@import") && !text.contains("@font-face"), "{}", asset.name);
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", asset.name);
        }
    }
}
