//! What was submitted beside what document and database say, line by line, and how each line compares.
use serde::{Deserialize, Serialize};

use super::comparison::{
    Address, Compared, Marks, Name, Number, Outcome, address, business, country, date, document_number, email, name,
    phone, registration_number,
};
use super::discrepancy::{Resolved, UNEXPLAINED};
use super::evidence::{Evidence, Signal, Tone};
use super::inquiry::{Field, field};

/// One line of "submitted, against document".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub label: String,
    pub submitted: Option<String>,
    pub document: Option<String>,
    pub database: Option<String>,
    /// `None` when one side is missing.
    pub outcome: Option<Outcome>,
    /// What a reviewer said of the difference.
    #[serde(default)]
    pub resolved: Option<Resolved>,
    #[serde(default)]
    pub marks: Marks,
}

impl Comparison {
    pub fn agrees(&self) -> bool {
        self.outcome.as_ref().is_some_and(Outcome::agrees)
    }

    pub const fn differs(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Differs { .. }))
    }

    /// Whether a reviewer may say what it comes from.
    pub const fn resolvable(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Differs { .. } | Outcome::Incomplete { .. }))
    }

    /// A difference that nobody has explained. That it cannot be explained is no explanation.
    pub fn open(&self) -> bool {
        self.differs() && self.resolved.as_ref().is_none_or(|said| said.resolution == UNEXPLAINED)
    }

    /// More than the sign says, in a sentence.
    pub fn note(&self) -> Option<String> {
        self.outcome.as_ref().filter(|outcome| **outcome != Outcome::Same).map(Outcome::sentence)
    }

    /// What the line adds to what stands out. Green is only what agrees.
    pub fn signal(&self) -> Option<Signal> {
        let what = match self.outcome.as_ref()? {
            Outcome::Differs { .. } => "mismatch",
            Outcome::Incomplete { .. } => "incomplete",
            Outcome::NotComparable { .. } => "not comparable",
            Outcome::Same | Outcome::SameWrittenDifferently { .. } => return None,
        };
        Some(Signal { tone: Tone::Warn, label: format!("{} {what}", self.label) })
    }
}

/// Of whom the fields are read; the values of one side.
#[derive(Clone, Copy)]
struct Side<'a> {
    fields: &'a [Field],
    /// Of a document: its class and the country that issued it.
    class: Option<&'a str>,
    country: Option<&'a str>,
    /// The name in the script of its country, when there is one beside the other.
    native: Option<&'a str>,
}

/// The name in its own script, as Persona reads it from documents.
fn native(fields: &[Field]) -> Option<String> {
    let parts = ["native-name-first", "native-name-middle", "native-name-last"];
    some(parts.iter().filter_map(|key| field(fields, key)).collect::<Vec<_>>().join(" "))
}

impl<'a> Side<'a> {
    fn get(self, key: &str) -> Option<&'a str> {
        field(self.fields, key)
    }

    fn name(self) -> Name<'a> {
        Name {
            given: self.get("name-first"),
            middle: self.get("name-middle"),
            family: self.get("name-last"),
            native: self.native,
        }
    }

    fn address(self) -> Address<'a> {
        Address {
            street_1: self.get("address-street-1"),
            street_2: self.get("address-street-2"),
            postal_code: self.get("address-postal-code"),
            city: self.get("address-city"),
            subdivision: self.get("address-subdivision"),
            // A line of its own.
            country: None,
            line: None,
        }
    }

    fn number(self, number: &'a str) -> Number<'a> {
        Number { number, class: self.class, country: self.country }
    }
}

/// A line's text on one side, and how it compares when both sides have one.
type Rule = (&'static str, fn(Side<'_>) -> Option<String>, fn(Side<'_>, Side<'_>) -> Option<Compared>);

fn text(key: &str) -> impl Fn(Side<'_>) -> Option<String> {
    move |side| side.get(key).map(str::to_owned)
}

fn both<'a>(one: Side<'a>, other: Side<'a>, key: &str) -> Option<(&'a str, &'a str)> {
    one.get(key).zip(other.get(key))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

const NUMBER: &str = "identification-number";
const REGISTRATION: &str = "business-registration-number";
const COUNTRY: &str = "address-country-code";

const RULES: [Rule; 9] = [
    ("Name", |side| some(side.name().text()), |one, other| Some(name(&one.name(), &other.name()))),
    ("Birthdate", |side| text("birthdate")(side), |one, other| both(one, other, "birthdate").map(|(a, b)| date(a, b))),
    (
        "Document number",
        |side| text(NUMBER)(side),
        |one, other| both(one, other, NUMBER).map(|(a, b)| document_number(&one.number(a), &other.number(b))),
    ),
    ("Address", |side| some(side.address().text()), |one, other| Some(address(&one.address(), &other.address()))),
    ("Country", |side| text(COUNTRY)(side), |one, other| both(one, other, COUNTRY).map(|(a, b)| country(a, b))),
    (
        "Phone",
        |side| text("phone-number")(side),
        |one, other| both(one, other, "phone-number").map(|(a, b)| phone(a, b, one.get(COUNTRY))),
    ),
    (
        "E-mail",
        |side| text("email-address")(side),
        |one, other| both(one, other, "email-address").map(|(a, b)| email(a, b)),
    ),
    (
        "Business",
        |side| text("business-name")(side),
        |one, other| both(one, other, "business-name").map(|(a, b)| business(a, b)),
    ),
    (
        "Registration number",
        |side| text(REGISTRATION)(side),
        |one, other| both(one, other, REGISTRATION).map(|(a, b)| registration_number(&one.number(a), &other.number(b))),
    ),
];

impl Evidence {
    pub fn comparisons(&self) -> Vec<Comparison> {
        let id = self.government_id();
        let read = id.map(|id| id.facts.as_slice()).unwrap_or_default();
        let natives = [native(&self.inquiry.fields), native(read)];
        let plain = |fields| Side { fields, class: None, country: None, native: None };
        let document = Side {
            class: id.and_then(|id| field(&id.facts, "id-class")),
            country: id.and_then(|id| id.country.as_deref()),
            native: natives[1].as_deref(),
            ..plain(read)
        };
        let submitted = Side { native: natives[0].as_deref(), ..plain(&self.inquiry.fields) };
        let database = plain(self.database().map(|v| v.facts.as_slice()).unwrap_or_default());
        let line = |(label, of, compare): &Rule| {
            let (one, other) = (of(submitted), of(document));
            let compared = match (&one, &other) {
                (None, None) => return None,
                (Some(_), Some(_)) => compare(submitted, document),
                _ => None,
            };
            let (outcome, marks) = compared.map(|compared| (compared.outcome, compared.marks)).unzip();
            Some(Comparison {
                label: (*label).to_owned(),
                submitted: one,
                document: other,
                database: of(database),
                outcome,
                resolved: None,
                marks: marks.unwrap_or_default(),
            })
        };
        RULES.iter().filter_map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name in two fields, an address as the lines of a form.
    fn side(label: &str, text: &str) -> Vec<Field> {
        let (first, last, by) = match label {
            "Name" => ("name-first", "name-last", " "),
            _ => ("address-street-1", "address-city", ", "),
        };
        let field = |key: &str, value: &str| Field { key: key.into(), value: value.into() };
        match (text.rsplit_once(by), label) {
            (Some((one, other)), _) => vec![field(first, one), field(last, other)],
            (None, "Name") => vec![field(first, text)],
            (None, _) => vec![field(last, text)],
        }
    }

    #[test]
    fn the_cases_that_went_wrong_are_right() {
        let cases: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/cases/comparisons.json")).unwrap_or_default();
        let cases = cases["cases"].as_array().cloned().unwrap_or_default();
        assert_eq!(cases.len(), 14);
        for case in cases {
            let [label, one, other, wanted] = [0, 1, 2, 3].map(|at| case[at].as_str().unwrap_or_default());
            let (one, other) = (side(label, one), side(label, other));
            let plain = |fields| Side { fields, class: None, country: None, native: None };
            let rule = RULES.iter().find(|(known, ..)| *known == label).map(|(.., compare)| *compare);
            let there = rule.and_then(|compare| compare(plain(&one), plain(&other))).map(|compared| compared.outcome);
            let fits = match (wanted, &there) {
                ("same", Some(outcome)) => outcome.agrees(),
                ("differs", Some(outcome)) => matches!(outcome, Outcome::Differs { .. } | Outcome::Incomplete { .. }),
                ("not comparable", Some(outcome)) => matches!(outcome, Outcome::NotComparable { .. }),
                _ => false,
            };
            assert!(fits, "{case}: {there:?}");
        }
    }

    #[test]
    fn a_difference_that_cannot_be_explained_stays_open() {
        let said = |code: &str| Resolved {
            field: "Name".into(),
            resolution: code.into(),
            comment: String::new(),
            by: "Maya".into(),
            at: super::super::time::Timestamp::from_micros(0),
            of: String::new(),
        };
        let line = |resolved| Comparison {
            label: "Name".into(),
            submitted: Some("A".into()),
            document: Some("B".into()),
            database: None,
            outcome: Some(Outcome::Differs { reasons: vec![] }),
            resolved,
            marks: Marks::default(),
        };
        assert!(line(None).open() && line(Some(said(UNEXPLAINED))).open());
        assert!(!line(Some(said("typing-error"))).open());
    }
}
