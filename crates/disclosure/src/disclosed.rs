use std::ops::Deref;

use store::Receipt;

/// Content that left the store through the door: decided, logged, then read.
///
/// Pages and answers are rendered from this and from nothing else. Nobody
/// outside this crate can make one:
///
/// ```compile_fail,E0451
/// fn forge(receipt: store::Receipt) -> disclosure::Disclosed<String> {
///     disclosure::Disclosed { value: "made up".to_owned(), receipt }
/// }
/// ```
///
/// ```compile_fail,E0624
/// fn forge(receipt: store::Receipt) -> disclosure::Disclosed<String> {
///     disclosure::Disclosed::new("made up".to_owned(), receipt)
/// }
/// ```
#[derive(Debug)]
pub struct Disclosed<T> {
    value: T,
    receipt: Receipt,
}

impl<T> Disclosed<T> {
    pub(crate) fn new(value: T, receipt: Receipt) -> Self {
        Self { value, receipt }
    }

    /// The log row that this content rests on.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// What to quote when asking about this page: the first eight digits of the request.
    #[must_use]
    pub fn reference(&self) -> String {
        self.receipt.request().hex().chars().take(8).collect()
    }
}

impl<T> Deref for Disclosed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
