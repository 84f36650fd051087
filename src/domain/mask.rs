//! What of a person is hidden until somebody says what they need it for: one topic, or all of them.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::change::Changes;
use super::discrepancy::hide;
use super::evidence::Evidence;
use super::identity::Comparison;
use super::inquiry::{Field, Inquiry};
use super::report::Report;
use super::text::masked;

/// What belongs together, and is revealed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    Birthdate,
    Number,
    Address,
    Phone,
    Email,
    Network,
}

impl Topic {
    pub const ALL: [Self; 6] = [Self::Birthdate, Self::Number, Self::Address, Self::Phone, Self::Email, Self::Network];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Birthdate => "birthdate",
            Self::Number => "number",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Network => "network",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Birthdate => "Birthdate",
            Self::Number => "Numbers of documents and accounts",
            Self::Address => "Address",
            Self::Phone => "Phone",
            Self::Email => "E-mail",
            Self::Network => "Network address",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    /// What a field tells, by its name in whatever spelling. A field that is not known is shown: templates name their own, and
    /// hiding all of them would hide what decides.
    pub fn of(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
        // What is said of a number or address, and is neither.
        if OF_IT.iter().any(|about| plain.contains(about)) {
            return None;
        }
        let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        // Short ones only as words of their own: business name holds the letters of ssn.
        let mut parts = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() {
                parts.push(' ');
            }
            parts.extend(letter.to_lowercase());
        }
        let is =
            |words: &[&str]| parts.split(|letter: char| !letter.is_alphanumeric()).any(|part| words.contains(&part));
        match () {
            () if has(&["email"]) => Some(Self::Email),
            () if has(&["ipaddress", "networkaddress"]) => Some(Self::Network),
            () if has(&["birthdate", "dateofbirth", "birthday"]) || is(&["dob"]) => Some(Self::Birthdate),
            () if has(&["phone"]) => Some(Self::Phone),
            // Which country decides, and says little of a person.
            () if has(&["address", "street", "postalcode", "zipcode"]) && !has(&["country"]) => Some(Self::Address),
            () if has(&["number", "taxid", "passportid"]) || is(&["ssn", "iban", "tin", "itin"]) => Some(Self::Number),
            () => None,
        }
    }

    /// So much of a value that one can tell two of them apart, and no more.
    pub fn hide(self, value: &str) -> String {
        match self {
            Self::Number | Self::Phone => masked(value),
            Self::Email => match value.split_once('@') {
                Some((name, host)) => format!("{}•••@{host}", name.chars().take(1).collect::<String>()),
                None => masked(""),
            },
            Self::Birthdate | Self::Address | Self::Network => masked(""),
        }
    }
}

/// Names that hold the word for something personal and tell of it no more than how risky or what kind it is.
const OF_IT: [&str; 12] = [
    "phonerisk",
    "phonetype",
    "phonecarrier",
    "emailreputation",
    "emaildomainreputation",
    "emailreferencecount",
    "emailis",
    "emailcredentials",
    "emaildatabreached",
    "emailmalicious",
    "matchstatus",
    "agedays",
];

/// Stands in what is hidden, and in nothing else.
pub const HIDDEN: char = '•';

/// Why somebody looks at what is hidden. Codes are never reused for another meaning.
pub const PURPOSES: [(&str, &str); 5] = [
    ("review", "To decide on it"),
    ("contact", "To contact the person"),
    ("link", "To look into linked accounts"),
    ("quality", "To check a colleague's decision"),
    ("audit", "Audit"),
];

pub fn purpose(code: &str) -> Option<&'static str> {
    PURPOSES.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
}

/// Topics that a reader may see now; all others are hidden, and remembered as such.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mask {
    pub shown: BTreeSet<Topic>,
    pub hidden: BTreeSet<Topic>,
}

impl Mask {
    pub fn new(shown: impl IntoIterator<Item = Topic>) -> Self {
        Self { shown: shown.into_iter().collect(), hidden: BTreeSet::new() }
    }

    fn value(&mut self, name: &str, value: &mut String) {
        if let Some(topic) = Topic::of(name)
            && !value.is_empty()
            && !self.shown.contains(&topic)
        {
            *value = topic.hide(value);
            self.hidden.insert(topic);
        }
    }

    fn optional(&mut self, name: &str, value: &mut Option<String>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    pub fn fields(&mut self, fields: &mut [Field]) {
        for field in fields {
            self.value(&field.key, &mut field.value);
        }
    }

    pub fn inquiry(&mut self, inquiry: &mut Inquiry) {
        self.fields(&mut inquiry.fields);
    }

    pub fn evidence(&mut self, evidence: &mut Evidence) {
        self.inquiry(&mut evidence.inquiry);
        for verification in &mut evidence.verifications {
            self.fields(&mut verification.facts);
        }
        for document in &mut evidence.documents {
            self.fields(&mut document.facts);
        }
        for session in &mut evidence.sessions {
            self.optional("ip-address", &mut session.ip_address);
        }
        // What a search of lists was asked for can be a number or an address as well as a name.
        evidence.reports.iter_mut().for_each(|report| self.report(report));
    }

    fn report(&mut self, report: &mut Report) {
        let kind = report.kind.clone();
        self.optional(&kind, &mut report.term);
        self.fields(&mut report.facts);
        // Often the person's own: that is what a match is.
        for born in report.matches.iter_mut().flat_map(|hit| &mut hit.birthdates) {
            self.value("birthdate", born);
        }
    }

    pub fn case(&mut self, case: &mut Case) {
        self.fields(&mut case.fields);
        if let Some(evidence) = &mut case.evidence {
            evidence.verifications.iter_mut().for_each(|one| self.fields(&mut one.facts));
            evidence.reports.iter_mut().for_each(|report| self.report(report));
        }
    }

    /// With the values, what would tell them.
    pub fn comparisons(&mut self, lines: &mut [Comparison]) {
        for line in lines.iter_mut() {
            let label = line.label.clone();
            for value in [&mut line.submitted, &mut line.document, &mut line.database] {
                self.optional(&label, value);
            }
        }
        hide(lines);
    }

    pub fn changes(&mut self, changes: &mut Changes) {
        for line in changes.lines.iter_mut().flatten() {
            let what = line.what.clone();
            self.optional(&what, &mut line.before);
            self.optional(&what, &mut line.after);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_hidden_by_what_they_tell_in_any_spelling() {
        for (name, topic) in [
            ("birthdate", Some(Topic::Birthdate)),
            ("date_of_birth", Some(Topic::Birthdate)),
            ("identification-number", Some(Topic::Number)),
            ("Document number", Some(Topic::Number)),
            ("socialSecurityNumber", Some(Topic::Number)),
            ("phone-number", Some(Topic::Phone)),
            ("address-street-1", Some(Topic::Address)),
            ("address.postal-code", Some(Topic::Address)),
            ("address-country-code", None),
            ("email-address", Some(Topic::Email)),
            ("Session 1: IP address", Some(Topic::Network)),
            ("name-first", None),
            ("business-name", None),
            ("businessName", None),
            ("ssn", Some(Topic::Number)),
            ("social-security-ssn-last-4", Some(Topic::Number)),
            ("date-dob", Some(Topic::Birthdate)),
            ("expiration-date", None),
            ("Report: Phone number: Phone risk level", None),
            ("phone-risk-recommendation", None),
            ("match-status-address-street", None),
            ("Report: Phone number: Phone number", Some(Topic::Phone)),
            ("query.phone-number", Some(Topic::Phone)),
        ] {
            assert_eq!(Topic::of(name), topic, "{name}");
        }
    }

    #[test]
    fn what_is_hidden_cannot_be_read_back() {
        assert_eq!(Topic::Number.hide("D884-1207"), "••••1207");
        assert_eq!(Topic::Number.hide("12345"), "••••");
        assert_eq!(Topic::Email.hide("mara@post.example"), "m•••@post.example");
        assert_eq!(Topic::Email.hide("no address"), "••••");
        assert_eq!(Topic::Birthdate.hide("1991-04-12"), "••••");
        let mut mask = Mask::new([Topic::Phone]);
        let mut fields = ["phone-number", "birthdate", "name-first"]
            .map(|key| Field { key: key.into(), value: "+15035550160".into() });
        mask.fields(&mut fields);
        assert_eq!(fields.map(|field| field.value), ["+15035550160", "••••", "+15035550160"].map(str::to_owned));
        assert_eq!(mask.hidden, BTreeSet::from([Topic::Birthdate]));
    }
}
