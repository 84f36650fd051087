//! Topics: personal values that are hidden and revealed together, and the topic of a field.
pub mod names;

use serde::{Deserialize, Serialize};

use super::inquiry::Field;
use super::text::masked;

/// Values that belong together, and are revealed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    Birthdate,
    Number,
    Address,
    Phone,
    Email,
    Network,
    /// Latitude and longitude.
    Location,
    /// Race, ethnicity, religion, place of birth: GDPR article 9, and what indicates it.
    Origin,
    /// What is printed on a document, as far as its pictures show it.
    Picture,
}

impl Topic {
    pub const ALL: [Self; 9] = [
        Self::Birthdate,
        Self::Number,
        Self::Address,
        Self::Phone,
        Self::Email,
        Self::Network,
        Self::Location,
        Self::Origin,
        Self::Picture,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Birthdate => "birthdate",
            Self::Number => "number",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Network => "network",
            Self::Location => "location",
            Self::Origin => "origin",
            Self::Picture => "picture",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Birthdate => "Birthdate",
            Self::Number => "Document and account numbers",
            Self::Address => "Address",
            Self::Phone => "Phone",
            Self::Email => "E-mail",
            Self::Network => "IP address",
            Self::Location => "GPS position",
            Self::Origin => "Race, ethnicity, religion and birthplace",
            Self::Picture => "Document pictures",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    /// Hides a value except for what is needed to tell two of them apart.
    pub fn hide(self, value: &str) -> String {
        match self {
            Self::Number | Self::Phone => masked(value),
            Self::Email => match value.split_once('@') {
                // Of a name with two letters, the first one is half of it.
                Some((name, host)) => {
                    let first = name.chars().next().filter(|_| name.chars().count() > 2);
                    format!("{}•••@{host}", first.map(String::from).unwrap_or_default())
                }
                None => masked(""),
            },
            Self::Birthdate | Self::Address | Self::Network | Self::Location | Self::Origin | Self::Picture => {
                masked("")
            }
        }
    }
}

/// The topic of a field. A field that is called `value` has the topic of the name next to it.
pub fn of_field(fields: &[Field], field: &Field) -> Option<Topic> {
    const VALUES: [&str; 6] = ["value", "values", "text", "raw", "before", "after"];
    const NAMES: [&str; 6] = ["name", "field", "field-name", "key", "attribute", "label"];
    let (group, last) = field.key.rsplit_once('.').map_or(("", field.key.as_str()), |(group, last)| (group, last));
    Topic::of(&field.key).or_else(|| {
        let beside = |name: &&str| {
            let wanted = if group.is_empty() { (*name).to_owned() } else { format!("{group}.{name}") };
            fields.iter().find(|other| other.key.replace('_', "-") == wanted)
        };
        let named = VALUES.contains(&last).then(|| NAMES.iter().find_map(beside)).flatten();
        match named {
            Some(named) => Topic::of(&named.value)
                .or_else(|| names::is_unknown(&named.value).then(|| of_value(&field.value)).flatten()),
            None => names::is_unknown(&field.key).then(|| of_value(&field.value)).flatten(),
        }
    })
}

/// A number that may identify a person, in a field with an unknown name (`steuernummer`, `folio`): six digits or more,
/// not in a sentence, and neither a date nor a measure.
fn of_value(value: &str) -> Option<Topic> {
    let value = value.trim();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(|letter| letter.is_alphabetic()).count();
    let others = value.chars().filter(|letter| !letter.is_alphanumeric());
    let plain = others.clone().all(|letter| matches!(letter, ' ' | '-' | '.' | '/' | '·'));
    let measure = value.parse::<f64>().is_ok() && value.contains('.');
    let groups: Vec<usize> = value.split(['-', '.', '/']).map(str::len).collect();
    let date = letters == 0 && matches!(groups.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4]);
    let sentence = value.split(' ').any(|word| word.len() > 3 && word.chars().all(char::is_alphabetic));
    (digits >= 6 && letters <= 13 && !sentence && value.len() <= 40 && plain && !measure && !date)
        .then_some(Topic::Number)
}
