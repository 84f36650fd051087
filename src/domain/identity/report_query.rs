//! What a report was asked about, compared with what is known: each line keeps its best result over all that is known.
use std::collections::BTreeMap;

use super::held;
use super::side::{RULES, SideValues};
use crate::domain::comparison::Outcome;
use crate::domain::inquiry::Field;

pub use super::side::{ADDRESS, EMAIL, IN_COUNTRY, PHONE};

/// Fields that a report can be asked about, under Persona's names.
pub const ASKED: &[&str] = &[
    "address-street-1",
    "address-street",
    "address-street-2",
    "address-city",
    "address-subdivision",
    "address-state",
    "address-postal-code",
    "address-country-code",
    "address-country",
    "phone-number",
    "phone",
    "email-address",
    "email",
    "social-security-number",
    "social-security-number-last-4",
    "ssn",
    "ein",
    "tin",
    "tax-identification-number",
    "identification-number",
    "document-number",
    "cpf",
    "vat-number",
];
const STREET: (&str, &str) = ("address-street-1", "1 Main Street");

/// Every line that was asked about, with its result. `None` if nothing is known to compare it with.
pub fn compare(asked: &[Field], known: &[&[Field]]) -> Vec<(&'static str, Option<Outcome>)> {
    let has_street = asked.iter().any(is_street);
    let (mut asked, mut known) = (asked.to_vec(), known.iter().copied().flat_map(sets).collect::<Vec<_>>());
    // If only a place or only a street was asked about, both sides get the same value for the other, so that what was
    // asked decides.
    let has_place = asked.iter().any(is_place);
    if has_street != has_place {
        let (own, other): (fn(&Field) -> bool, _) =
            if has_place { (is_place, STREET) } else { (is_street, ("address-city", "Springfield")) };
        let other = Field { key: other.0.to_owned(), value: other.1.to_owned() };
        known.iter_mut().filter(|set| set.iter().any(own)).for_each(|set| {
            set.retain(|field| own(field) || !is_place(field) && !is_street(field));
            set.push(other.clone());
        });
        asked.push(other);
    }
    let side = SideValues::asked(&asked);
    let known: Vec<SideValues<'_>> = known.iter().map(|set| SideValues::submitted(set)).collect();
    let told = RULES.iter().filter(|rule| (rule.text)(&side).is_some());
    let best = told.map(|rule| {
        let compared = known.iter().filter_map(|one| held(rule, one, &side));
        let outcomes = compared.map(|(_, compared)| compared.outcome);
        (rule.label, outcomes.max_by_key(Outcome::rank))
    });
    best.collect()
}

fn is_place(field: &Field) -> bool {
    field.key.starts_with("address-") && !field.key.contains("country") && !field.key.contains("street")
}

fn is_street(field: &Field) -> bool {
    field.key.starts_with("address-street")
}

/// Groups fields that can be asked about by the prefix of their names, whatever they are called: a business has its own
/// address, and a person may have two phones.
fn sets(fields: &[Field]) -> Vec<Vec<Field>> {
    let mut sets: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    let plain = |key: &str| key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    for field in fields.iter().filter(|field| !field.value.trim().is_empty()) {
        let key = plain(&field.key);
        let fits = ASKED.iter().filter_map(|name| {
            let before = key.strip_suffix(&plain(name))?;
            // Other words end with these three letters as well.
            let whole = name.len() > 3 || before.is_empty() || field.key.rsplit(['-', '_', '.', ' ']).next()? == *name;
            whole.then_some((*name, before))
        });
        // The longest name is the most specific: `street` is a part of `street 1`.
        if let Some((name, before)) = fits.max_by_key(|(name, _)| name.len()) {
            let of = Field { key: name.to_owned(), value: field.value.clone() };
            sets.entry(before.to_owned()).or_default().push(of);
        }
    }
    let lives = sets.get("").and_then(|own| own.iter().find(|field| field.key == "address-country-code").cloned());
    for set in sets.values_mut() {
        if set.iter().all(|field| !field.key.contains("country")) {
            set.extend(lives.clone());
        }
    }
    sets.into_values().collect()
}
