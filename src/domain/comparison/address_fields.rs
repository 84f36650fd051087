//! The fields of an address.

/// An address as Persona's fields give it, or in one line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Address<'a> {
    pub street_1: Option<&'a str>,
    pub street_2: Option<&'a str>,
    pub city: Option<&'a str>,
    pub subdivision: Option<&'a str>,
    pub postal_code: Option<&'a str>,
    pub country: Option<&'a str>,
    /// The whole address in one line; the fields above are not read then.
    pub line: Option<&'a str>,
    /// The country, when another field gives it; not part of the text.
    pub within: Option<&'a str>,
}

impl Address<'_> {
    /// The text that marks refer to: street, postcode, city, subdivision, country, separated by a comma and a blank.
    pub fn text(&self) -> String {
        self.parts().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn is_line(&self) -> bool {
        self.line.is_some_and(|line| !line.trim().is_empty())
    }

    pub(super) fn parts(&self) -> Vec<(usize, &str)> {
        let line = self.line.filter(|_| self.is_line());
        let all = if line.is_some() {
            [None, None, None, None, None, None, line]
        } else {
            [self.street_1, self.street_2, self.postal_code, self.city, self.subdivision, self.country, None]
        };
        all.into_iter()
            .enumerate()
            .filter_map(|(at, text)| text.filter(|text| !text.trim().is_empty()).map(|text| (at, text)))
            .collect()
    }
}
