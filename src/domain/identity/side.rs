//! One side of a comparison: the fields of a form, of a document or of a lookup, and how each line is compared. One
//! file, because the lines and the table of other names have to use the same keys.
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use super::mrz;
use crate::domain::comparison::{
    Address, Compared, Marks, Name, Number, Outcome, address, business, country, date, document_number, email, name,
    phone, registration_number,
};
use crate::domain::document::Document;
use crate::domain::inquiry::{Field, field, key_letters};
use crate::domain::verification::Verification;

/// Where the values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueOrigin {
    Submitted,
    /// A document that shows an identity.
    Identity,
    /// A lookup, a confirmed address, or the pages of another document. It has only what it was asked for.
    Other,
}

/// The values of one side, and what is known about their source.
pub(super) struct SideValues<'a> {
    pub fields: Cow<'a, [Field]>,
    pub origin: ValueOrigin,
    /// A lookup of a business: its country, phone and address belong to the business, not to the person.
    pub of_business: bool,
    /// Its number is the person's social security number: a lookup at the authority that issues it.
    social: bool,
    /// The country that issued the document.
    country: Option<&'a str>,
    /// The name in the script of its country, if there is one in addition to the main name.
    native: Option<String>,
    /// Another paper, whose addresses and numbers may belong to others: only its name and birthdate count.
    pub only_person: bool,
    /// Whole names from further fields that name the holder of a paper.
    holders: Vec<String>,
    /// The place of the first field with a name, by the letters of the name: a comparison asks for each field many
    /// times, and each time under several names.
    places: HashMap<String, usize>,
    wholes: OnceCell<Vec<String>>,
}

const NUMBER: &str = "identification-number";
/// Persona uses either name for the number of a document.
const NUMBERS: [&str; 2] = [NUMBER, "document-number"];
const CLASSES: [&str; 3] = ["id-class", "identification-class", "selected-id-class"];
const COUNTRIES: [&str; 2] = ["selected-country-code", "issuing-country"];
const REGISTRATIONS: [&str; 2] = ["business-registration-number", "registration-number"];
const COUNTRY: &str = "address-country-code";

/// Names that providers and credentials use for the parts of a name.
const GIVEN: &[&str] = &["first-name", "given-name", "given-names", "forename", "forenames"];
const MIDDLE: &[&str] = &["middle-name", "middle-names"];
const FAMILY: &[&str] = &["last-name", "last-names", "family-name", "family-names", "surname", "surnames"];
/// Whole names that come in addition to the parts of another name.
const WHOLE: &[&str] = &["holder-name", "cardholder-name", "name-of-holder", MRZ_NAME];
/// From a provider, or read here from the lines of the zone.
const MRZ_NAME: &str = "mrz-name";
/// Groups that hold the holder's own name and birthdate, and not those of others.
const HOLDERS: &[&str] = &[
    "subject",
    "credential-subject",
    "holder",
    "person",
    "personal-data",
    "personal",
    "claims",
    "credential",
    "identity",
    "identity-data",
    "data",
    "document",
    "document-data",
    "fields",
    "mrz",
    "chip",
    "nfc",
    "ocr",
    "extracted",
    "individual",
    "applicant",
    "user",
    "vc",
];

/// Other names for the same field: those that Persona publishes (verification schemas of its OpenAPI document,
/// 2025-12-08), and those that providers use.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("name-full", &["full-name", "name", "kana-name", "holder-name", "cardholder-name", "name-of-holder", MRZ_NAME]),
    ("name-first", GIVEN),
    ("name-middle", MIDDLE),
    ("name-last", FAMILY),
    ("name-suffix", &["suffix"]),
    ("birthdate", &["date-of-birth", "birth-date", "dob", "birthday"]),
    ("phone-number", &["phone"]),
    ("email-address", &["email"]),
    ("business-name", &["name-business", "registered-business-name", "extracted-identity.business-names"]),
    ("address-street-1", &["normalized-address-street-1", "registered-address-street-1", "address-street"]),
    ("address-street-2", &["normalized-address-street-2", "registered-address-street-2"]),
    ("address-city", &["normalized-address-city", "registered-address-city"]),
    ("address-subdivision", &["normalized-address-subdivision", "registered-address-subdivision", "address-state"]),
    ("address-postal-code", &["normalized-address-postal-code", "registered-address-postal-code"]),
    (COUNTRY, &["registered-address-country-code", "address-country"]),
    ("social-security-number", &["ssn"]),
    ("tax-identification-number", &["ein", "tin"]),
];

impl<'a> SideValues<'a> {
    pub fn submitted(fields: &'a [Field]) -> Self {
        let country = COUNTRIES.into_iter().find_map(|key| field(fields, key));
        Self::of(Cow::Borrowed(fields), ValueOrigin::Submitted, country)
    }

    pub fn read(verification: &'a Verification) -> Self {
        let identity = verification.is_identity();
        let origin = if identity { ValueOrigin::Identity } else { ValueOrigin::Other };
        let facts = verification.facts.as_slice();
        let fields = if identity { Cow::Borrowed(facts) } else { with_pages(facts) };
        let fields = with_holder(fields);
        let of_business = !identity && verification.kind.contains("business");
        let social = verification.kind == "database-ecbsv";
        Self { of_business, social, ..Self::of(fields, origin, verification.country.as_deref()) }
    }

    /// What a report was asked about, as the fields of a lookup.
    pub fn asked(fields: &'a [Field]) -> Self {
        Self::of(Cow::Borrowed(fields), ValueOrigin::Other, None)
    }

    /// A document that no verification shows.
    pub fn document_alone(document: &'a Document) -> Self {
        let fields = with_holder(with_pages(&document.facts));
        let holders = fields.iter().filter(|fact| names_holder(fact)).map(|fact| fact.value.clone()).collect();
        let country = field(&document.facts, "country-code");
        Self { only_person: !document.shows_who(), holders, ..Self::of(fields, ValueOrigin::Other, country) }
    }

    /// An account. In an account of a business, a whole name is that of the business, in whatever field.
    pub fn account(fields: &'a [Field], business: bool) -> Self {
        const WHOLE_NAMES: [&str; 3] = ["name", "namefull", "legalname"];
        let plain = |key: &str| key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let own = |fact: &&Field| !business || !WHOLE_NAMES.contains(&plain(&fact.key).as_str());
        let fields: Vec<Field> = fields.iter().filter(own).cloned().collect();
        Self::of(Cow::Owned(fields), ValueOrigin::Other, None)
    }

    fn of(fields: Cow<'a, [Field]>, origin: ValueOrigin, country: Option<&'a str>) -> Self {
        let parts = ["native-name-first", "native-name-middle", "native-name-last"];
        let native = some(parts.iter().filter_map(|key| field(&fields, key)).collect::<Vec<_>>().join(" "));
        let (of_business, social, only_person) = (false, false, false);
        let mut places = HashMap::with_capacity(fields.len());
        for (place, field) in fields.iter().enumerate() {
            places.entry(key_letters(&field.key)).or_insert(place);
        }
        let (holders, wholes) = (Vec::new(), OnceCell::new());
        Self { fields, origin, of_business, social, country, native, only_person, holders, places, wholes }
    }

    /// The value of the first field with a name, if it is not empty.
    fn value(&self, key: &str) -> Option<&str> {
        let field = self.fields.get(*self.places.get(&key_letters(key))?)?;
        (!field.value.is_empty()).then_some(field.value.as_str())
    }

    /// The value of a field, by the name that most Persona objects use or by another name that Persona publishes for
    /// it.
    fn get(&self, key: &str) -> Option<&str> {
        let others = OTHER_NAMES.iter().filter(|(name, _)| *name == key).flat_map(|(_, others)| *others);
        self.value(key).or_else(|| others.into_iter().find_map(|other| self.value(other)))
    }

    fn first(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.get(key))
    }

    fn name(&self) -> Name<'_> {
        let parts = Name {
            given: self.get("name-first"),
            middle: self.get("name-middle"),
            family: self.get("name-last"),
            suffix: self.get("name-suffix"),
            native: self.native.as_deref(),
        };
        match self.get("name-full") {
            Some(whole) if parts.text().is_empty() => Name { given: Some(whole), ..parts },
            _ => parts,
        }
    }

    /// Whole names in addition to the name: Persona's own, and any other that names the holder.
    fn wholes(&self) -> &[String] {
        self.wholes.get_or_init(|| self.find_wholes())
    }

    fn find_wholes(&self) -> Vec<String> {
        let parts = self.get("name-first").or_else(|| self.get("name-last")).is_some();
        let mut all: Vec<String> = self.get("name-full").filter(|_| parts).map(str::to_owned).into_iter().collect();
        if self.origin == ValueOrigin::Submitted {
            return all;
        }
        let main = self.name().text();
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let held = self.holders.iter().cloned();
        for name in groups(&self.fields).values().flat_map(|group| whole_names(group)).chain(held) {
            if !same(&name, &main) && all.iter().all(|known| !same(known, &name)) {
                all.push(name);
            }
        }
        all
    }

    /// Whether it names a person or a business.
    pub fn names_somebody(&self) -> bool {
        some(self.name().text()).is_some() || self.get("business-name").is_some()
    }

    /// Whether it names one, in any field for a holder.
    pub fn names_any(&self) -> bool {
        self.names_somebody() || !self.wholes().is_empty()
    }

    fn address(&self) -> Address<'_> {
        Address {
            street_1: self.get("address-street-1"),
            street_2: self.get("address-street-2"),
            postal_code: self.get("address-postal-code"),
            city: self.get("address-city"),
            subdivision: self.get("address-subdivision"),
            // Has its own line.
            country: None,
            line: None,
            within: self.get(COUNTRY).or(self.country),
        }
    }

    /// Class and country of the document that a number belongs to.
    pub fn document(&self) -> (Option<&str>, Option<&str>) {
        (self.first(&CLASSES), self.country)
    }

    fn number<'n>(&'n self, number: &'n str) -> Number<'n> {
        let (class, country) = self.document();
        Number { number, class, country }
    }

    /// Each number once.
    fn numbers(&self) -> Vec<&str> {
        let mut all: Vec<&str> = NUMBERS.iter().filter_map(|key| self.get(key)).collect();
        all.dedup();
        all
    }

    /// The social security number, or its last digits if only those are known.
    fn social(&self) -> Option<String> {
        let taxed = || self.get("tin").filter(|_| self.is_social());
        let shown = || self.get("social-security-number-last-4").map(|last| format!("•••••{last}"));
        let own = self.get("social-security-number").or_else(taxed);
        own.or_else(|| self.get(NUMBER).filter(|_| self.social)).map(str::to_owned).or_else(shown)
    }

    /// Whether the tax number is a social security number.
    fn is_social(&self) -> bool {
        self.get("tin-type").is_some_and(|kind| kind.eq_ignore_ascii_case("ssn"))
    }

    fn tax(&self) -> Option<String> {
        self.get("tax-identification-number").filter(|_| !self.is_social()).map(str::to_owned)
    }

    fn registration(&self) -> Option<&str> {
        self.first(&REGISTRATIONS)
    }
}

pub(super) fn some(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// The fields by the prefix of their names. Only prefixes of the holder count; without a prefix, the fields of the
/// object itself.
fn groups(fields: &[Field]) -> BTreeMap<String, Vec<Field>> {
    let mut groups: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    for fact in fields {
        let (before, last) = fact.key.rsplit_once('.').unwrap_or(("", &fact.key));
        let known = |part: &str| {
            let part = part.replace('_', "-").to_lowercase();
            HOLDERS.iter().any(|holder| *holder == part || holder.replace('-', "") == part)
        };
        if before.split('.').all(|part| part.is_empty() || part.bytes().all(|b| b.is_ascii_digit()) || known(part)) {
            let own = Field { key: last.to_owned(), value: fact.value.clone() };
            groups.entry(before.to_owned()).or_default().push(own);
        }
    }
    groups
}

/// The names of one holder: from parts under Persona's names, from parts under other names, and whole.
fn whole_names(fields: &[Field]) -> Vec<String> {
    let first = |keys: &[&str]| keys.iter().find_map(|key| field(fields, key));
    let parts = [("name-first", GIVEN), ("name-middle", MIDDLE), ("name-last", FAMILY)];
    let parts = parts.map(|(own, others)| (field(fields, own), first(others)));
    let joined = |words: [Option<&str>; 3]| some(words.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let suffix = field(fields, "name-suffix").map(|suffix| format!(" {suffix}")).unwrap_or_default();
    // A given or a family name alone is compared as a part.
    let [(given, _), _, (family, _)] = parts;
    let own = given.and(family).and_then(|_| joined(parts.map(|(own, _)| own))).map(|own| own + &suffix);
    let other = parts.iter().any(|(_, other)| other.is_some());
    let others = other.then(|| joined(parts.map(|(own, other)| other.or(own)))).flatten();
    let wholes = WHOLE.iter().filter_map(|key| field(fields, key)).map(str::to_owned);
    own.into_iter().chain(others).chain(wholes).collect()
}

/// Adds the holder's name and birthdate from nested groups, and the name of a machine-readable zone.
fn with_holder(fields: Cow<'_, [Field]>) -> Cow<'_, [Field]> {
    let known: Vec<&str> = OTHER_NAMES
        .iter()
        .filter(|(name, _)| name.starts_with("name-") || *name == "birthdate")
        .flat_map(|(name, others)| std::iter::once(name).chain(*others))
        .copied()
        .collect();
    let mut more: Vec<Field> = Vec::new();
    for (_, group) in groups(&fields).into_iter().filter(|(before, _)| !before.is_empty()) {
        more.extend(
            group.into_iter().filter(|fact| known.iter().any(|key| field(std::slice::from_ref(fact), key).is_some())),
        );
    }
    let zone = fields.iter().filter(|fact| fact.value.contains("<<")).find_map(|fact| mrz::name(&fact.value));
    if more.is_empty() && zone.is_none() {
        return fields;
    }
    let mut all = fields.into_owned();
    all.extend(more);
    all.extend(zone.map(|name| Field { key: MRZ_NAME.to_owned(), value: name }));
    Cow::Owned(all)
}

/// Whether a field names the holder of a paper.
fn names_holder(fact: &Field) -> bool {
    const ROLES: [&str; 22] = [
        "accountholder",
        "accountowner",
        "addressee",
        "applicant",
        "bearer",
        "beneficiary",
        "client",
        "customer",
        "employee",
        "holder",
        "insured",
        "member",
        "owner",
        "patient",
        "payee",
        "person",
        "policyholder",
        "recipient",
        "student",
        "subject",
        "taxpayer",
        "tenant",
    ];
    let last = fact.key.rsplit('.').next().unwrap_or(&fact.key);
    let last: String = last.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    // Persona's own names for it are in the list of whole names.
    let own = WHOLE.iter().any(|known| known.replace('-', "") == last);
    let bare = last.strip_suffix("names").or_else(|| last.strip_suffix("name")).unwrap_or(&last);
    let bare = bare.strip_suffix("full").or_else(|| bare.strip_suffix("legal")).unwrap_or(bare);
    let told = matches!(fact.value.as_str(), "yes" | "no" | "true" | "false" | "nothing found");
    let text = !told && fact.value.chars().any(char::is_alphabetic) && !fact.value.chars().any(|c| c.is_ascii_digit());
    !own && text && ROLES.iter().any(|role| bare.ends_with(role))
}

/// Whether a field may name a person, whatever it is called.
pub(super) fn may_name(fact: &Field) -> bool {
    const OF_OTHERS: [&str; 12] = [
        "authority",
        "bank",
        "carrier",
        "company",
        "country",
        "field",
        "file",
        "issuer",
        "list",
        "provider",
        "school",
        "template",
    ];
    let key = fact.key.to_lowercase();
    let words = || key.split(|c: char| !c.is_alphanumeric());
    let named = words().any(|word| matches!(word, "name" | "names" | "surname" | "surnames" | "forename" | "mrz"));
    let named = named || fact.key.contains("Name");
    let missing = fact.key.starts_with("read from the pages") && fact.value.starts_with("nothing");
    named && !missing && !words().any(|word| OF_OTHERS.contains(&word)) && fact.value.chars().any(char::is_alphabetic)
}

/// Adds what was read from the pages of a document, under the names of the fields of a form.
fn with_pages(facts: &[Field]) -> Cow<'_, [Field]> {
    let read = |fact: &Field| {
        let (how, name) = fact.key.strip_prefix("read from the pages")?.split_once(": ")?;
        if how.contains('.') || name.contains('.') || fact.value == "nothing found" {
            return None;
        }
        let value = fact.value.rsplit_once(", match ").map_or(fact.value.as_str(), |(value, _)| value);
        let value = match value.rsplit_once(", page ") {
            Some((value, page)) if page.bytes().all(|b| b.is_ascii_digit()) => value,
            _ => value,
        };
        (value != "nothing").then(|| Field { key: name.to_owned(), value: value.to_owned() })
    };
    let pages: Vec<Field> = facts.iter().filter_map(read).collect();
    if pages.is_empty() {
        return Cow::Borrowed(facts);
    }
    let mut all = facts.to_vec();
    all.extend(pages);
    Cow::Owned(all)
}

/// A line of the comparison: its text on one side, and how it compares if both sides have one.
pub(super) struct ComparisonRule {
    pub label: &'static str,
    pub text: fn(&SideValues<'_>) -> Option<String>,
    pub compare: fn(&SideValues<'_>, &SideValues<'_>) -> Option<Compared>,
    /// An identity document must have it if it was submitted.
    pub needed: bool,
    /// Only for documents: a lookup returns other numbers under the same name.
    pub documents_only: bool,
    /// About a business.
    pub of_business: bool,
    /// Says who a person is. Every paper that has it must agree.
    pub of_person: bool,
}

const fn rule(
    label: &'static str,
    text: fn(&SideValues<'_>) -> Option<String>,
    compare: fn(&SideValues<'_>, &SideValues<'_>) -> Option<Compared>,
) -> ComparisonRule {
    ComparisonRule { label, text, compare, needed: false, documents_only: false, of_business: false, of_person: false }
}

fn both<'a>(one: &'a SideValues<'_>, other: &'a SideValues<'_>, key: &str) -> Option<(&'a str, &'a str)> {
    one.get(key).zip(other.get(key))
}

fn own(side: &SideValues<'_>, key: &str) -> Option<String> {
    side.get(key).map(str::to_owned)
}

pub(super) const NAME: &str = "Name";
pub(super) const BIRTHDATE: &str = "Birthdate";
pub(super) const BUSINESS: &str = "Business";
pub(super) const DOCUMENT_NUMBER: &str = "Document number";
pub const ADDRESS: &str = "Address";
pub const IN_COUNTRY: &str = "Country";
pub const PHONE: &str = "Phone";
pub const EMAIL: &str = "E-mail";

pub(super) const RULES: [ComparisonRule; 14] = [
    ComparisonRule {
        needed: true,
        of_person: true,
        ..rule(NAME, |side| some(side.name().text()), |one, other| Some(names(one, other)))
    },
    ComparisonRule {
        of_person: true,
        ..rule(
            "Whole name",
            |side| match side.origin {
                ValueOrigin::Submitted => some(side.name().text()),
                ValueOrigin::Identity | ValueOrigin::Other => some(side.wholes().join(" / ")),
            },
            whole_name,
        )
    },
    ComparisonRule {
        needed: true,
        of_person: true,
        ..rule(
            BIRTHDATE,
            |side| own(side, "birthdate"),
            |one, other| both(one, other, "birthdate").map(|(a, b)| date(a, b)),
        )
    },
    ComparisonRule { documents_only: true, ..rule(DOCUMENT_NUMBER, |side| some(side.numbers().join(" / ")), numbers) },
    rule("Social security number", |side| side.social(), |one, other| numbered(one.social(), other.social())),
    ComparisonRule {
        of_business: true,
        ..rule("Tax number", |side| side.tax(), |one, other| numbered(one.tax(), other.tax()))
    },
    rule("CPF number", |side| own(side, "cpf"), |one, other| numbered(own(one, "cpf"), own(other, "cpf"))),
    ComparisonRule {
        of_business: true,
        ..rule(
            "VAT number",
            |side| own(side, "vat-number"),
            |one, other| numbered(own(one, "vat-number"), own(other, "vat-number")),
        )
    },
    rule(ADDRESS, |side| some(side.address().text()), addresses),
    rule(IN_COUNTRY, |side| own(side, COUNTRY), |one, other| both(one, other, COUNTRY).map(|(a, b)| country(a, b))),
    rule(
        PHONE,
        |side| own(side, "phone-number"),
        |one, other| both(one, other, "phone-number").map(|(a, b)| phone(a, b, one.get(COUNTRY))),
    ),
    rule(
        EMAIL,
        |side| own(side, "email-address"),
        |one, other| both(one, other, "email-address").map(|(a, b)| email(a, b)),
    ),
    ComparisonRule {
        of_business: true,
        ..rule(
            BUSINESS,
            |side| own(side, "business-name"),
            |one, other| both(one, other, "business-name").map(|(a, b)| business(a, b)),
        )
    },
    ComparisonRule {
        of_business: true,
        ..rule(
            "Registration number",
            |side| side.registration().map(str::to_owned),
            |one, other| {
                let (a, b) = one.registration().zip(other.registration())?;
                let plain = |number| Number { number, ..Number::default() };
                Some(registration_number(&plain(a), &plain(b)))
            },
        )
    },
];

/// A bill may be made out to the business that was submitted as well as to the person.
fn names(one: &SideValues<'_>, other: &SideValues<'_>) -> Compared {
    let compared = name(&one.name(), &other.name());
    if compared.outcome.agrees() || other.origin != ValueOrigin::Other {
        return compared;
    }
    let of_business = one.get("business-name").map(|known| business(known, &other.name().text()));
    // Marks refer to the person's name.
    let fits = of_business.filter(|of_business| of_business.outcome.agrees());
    fits.map_or(compared, |fits| Compared { marks: Marks::default(), ..fits })
}

/// Each whole name has to be that of the person; the worst result counts.
fn whole_name(one: &SideValues<'_>, other: &SideValues<'_>) -> Option<Compared> {
    let wholes = other.wholes();
    let compared = wholes.iter().map(|whole| name(&one.name(), &Name { given: Some(whole), ..Name::default() }));
    let worst = compared.min_by_key(|compared| compared.outcome.rank())?;
    // Marks refer to the one name that is shown.
    Some(if wholes.len() == 1 { worst } else { Compared { marks: Marks::default(), ..worst } })
}

/// Each submitted number has to be one of the document's; the worst result counts.
fn numbers(one: &SideValues<'_>, other: &SideValues<'_>) -> Option<Compared> {
    let best = |number: &str| {
        let all = other.numbers().into_iter().map(|b| document_number(&one.number(number), &other.number(b)));
        all.max_by_key(|compared| compared.outcome.rank())
    };
    let worst = one.numbers().into_iter().filter_map(best).min_by_key(|compared| compared.outcome.rank())?;
    // Marks refer to the one number that is shown.
    let alone = one.numbers().len() == 1 && other.numbers().len() == 1;
    Some(if alone { worst } else { Compared { marks: Marks::default(), ..worst } })
}

/// Compares numbers of the same kind, whatever document they are on.
fn numbered(a: Option<String>, b: Option<String>) -> Option<Compared> {
    let (a, b) = (a?, b?);
    Some(document_number(&Number { number: &a, ..Number::default() }, &Number { number: &b, ..Number::default() }))
}

/// Compares addresses. A lookup is asked with some parts of an address, and from pages only some are read: a missing
/// part says nothing.
fn addresses(one: &SideValues<'_>, other: &SideValues<'_>) -> Option<Compared> {
    let (a, b) = (one.address(), other.address());
    if other.origin != ValueOrigin::Other {
        return Some(address(&a, &b));
    }
    let asked = Address {
        street_1: a.street_1.filter(|_| b.street_1.is_some()),
        street_2: a.street_2.filter(|_| b.street_1.is_some()),
        postal_code: a.postal_code.filter(|_| b.postal_code.is_some()),
        city: a.city.filter(|_| b.city.is_some()),
        subdivision: a.subdivision.filter(|_| b.subdivision.is_some()),
        ..a
    };
    let compared = address(&asked, &b);
    // Marks refer to the whole text.
    Some(if asked == a { compared } else { Compared { marks: Marks::default(), ..compared } })
}

/// Whether a number can belong to either document, as far as their classes and countries show.
pub(super) fn same_document(one: &SideValues<'_>, other: &SideValues<'_>) -> bool {
    !matches!(document_number(&one.number("A1"), &other.number("A1")).outcome, Outcome::Differs { .. })
}
