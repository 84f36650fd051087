//! Attributes that link one account to another although no relation between them is declared.
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::comparison::country_code;
use crate::domain::inquiry::{Field, field, key_letters};
use crate::domain::text::{folded, masked};
use crate::domain::topic::Topic;

/// What two accounts can have in common although no relation between them is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeKind {
    Device,
    Phone,
    Address,
    Document,
    Email,
}

impl AttributeKind {
    /// What a field holds, by its name: `mobile-phone`, `contact_email`, `identification-number`.
    fn named(key: &str, value: &str) -> Option<Self> {
        const NUMBERS: [&str; 22] = [
            "licencenumber",
            "passportno",
            "documentno",
            "registrationnumber",
            "companynumber",
            "vatnumber",
            "taxnumber",
            "identificationnumber",
            "identitynumber",
            "documentnumber",
            "passportnumber",
            "idnumber",
            "idcardnumber",
            "identitycardnumber",
            "permitnumber",
            "personalnumber",
            "nationalid",
            "citizenid",
            "taxid",
            "voterid",
            "socialsecuritynumber",
            "licensenumber",
        ];
        // As words of their own: within others they mean something else.
        const NUMBER_WORDS: [&str; 14] =
            ["ssn", "tin", "itin", "ein", "nin", "nric", "bvn", "cpf", "curp", "dni", "nie", "pesel", "aadhaar", "bsn"];
        const PHONE_WORDS: [&str; 6] = ["tel", "cell", "handy", "gsm", "whatsapp", "msisdn"];
        let words: Vec<String> = key.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
        let among = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let key = key_letters(key);
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let phone = ["phone", "mobile", "telefon", "cellular", "whatsapp"].iter().any(|word| key.contains(word))
            || among(&PHONE_WORDS);
        if value.contains('@') && (key.contains("mail") || key.ends_with("contact")) {
            Some(Self::Email)
        } else if phone && digits > 6 {
            Some(Self::Phone)
        } else {
            let number = NUMBERS.iter().any(|end| key.ends_with(end)) || (among(&NUMBER_WORDS) && digits > 3);
            number.then_some(Self::Document)
        }
    }

    pub const ALL: [Self; 5] = [Self::Device, Self::Phone, Self::Address, Self::Document, Self::Email];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Document => "document",
            Self::Email => "email",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Device => "Shared device",
            Self::Phone => "Shared phone",
            Self::Address => "Shared address",
            Self::Document => "Shared document number",
            Self::Email => "Shared e-mail",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// At most this many other accounts that share a value are counted. From this number on, texts say that there may be
/// more.
pub const MOST_OTHERS: u32 = 25;

/// The number of other accounts that share a value, as far as they were counted.
pub fn others_in_words(others: u32) -> String {
    if others >= MOST_OTHERS { format!("{MOST_OTHERS} or more") } else { others.to_string() }
}

/// Label of an address where the address itself must not be shown.
pub const ADDRESS: &str = "address ••••";

/// An attribute as the mirror stores it: a digest to compare by, and a label that does not reveal the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub kind: AttributeKind,
    pub digest: String,
    pub label: String,
}

impl Attribute {
    /// Attributes in these fields: phones, e-mail addresses, numbers of documents, and the address.
    /// Organisations name the fields of their templates themselves.
    pub fn contacts(fields: &[Field]) -> impl Iterator<Item = Self> + use<> {
        let regions = regions(fields);
        // Also `business-physical-address-street-1`, with the parts of the same name.
        let addresses = fields.iter().filter_map(|street| {
            let before = street.key.strip_suffix("address-street-1")?;
            let part = |name: &str| field(fields, &format!("{before}address-{name}"));
            let parts = [Some(street.value.as_str()), part("city"), part("postal-code")];
            Self::new(AttributeKind::Address, &parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        });
        let addresses: Vec<Self> = addresses.collect();
        let named = |field: &Field| match AttributeKind::named(&field.key, &field.value) {
            Some(AttributeKind::Phone) => Self::phones(&field.value, &regions),
            Some(kind) => Self::new(kind, &field.value).into_iter().collect(),
            None => Vec::new(),
        };
        let mut all: Vec<Self> = Vec::new();
        for one in fields.iter().flat_map(named).chain(addresses) {
            if !all.iter().any(|known| known.kind == one.kind && known.digest == one.digest) {
                all.push(one);
            }
        }
        all.into_iter()
    }

    /// A phone. One in national spelling is the same as in international spelling, in each of these regions (two
    /// letters) in which it is a number.
    fn phones(value: &str, regions: &[&str]) -> Vec<Self> {
        let mut found: Vec<String> = international(value, None).into_iter().collect();
        if found.is_empty() {
            found.extend(regions.iter().filter_map(|region| international(value, Some(region))));
        }
        if found.is_empty() {
            found.push(value.to_owned());
        }
        found.iter().filter_map(|number| Self::new(AttributeKind::Phone, number)).collect()
    }

    pub fn new(kind: AttributeKind, value: &str) -> Option<Self> {
        let canonical = match kind {
            // 00 and + in front of a number mean the same.
            AttributeKind::Phone => {
                let digits: String = value.chars().filter(char::is_ascii_digit).collect();
                digits.strip_prefix("00").map_or(digits.clone(), str::to_owned)
            }
            AttributeKind::Device => value.to_owned(),
            AttributeKind::Document => value.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_uppercase(),
            AttributeKind::Email => value.trim().to_lowercase(),
            AttributeKind::Address => folded(value),
        };
        // Too short to tell people apart.
        if canonical.chars().count() < 5 {
            return None;
        }
        let mut hash = Sha256::new();
        hash.update(kind.as_str());
        hash.update([0]);
        hash.update(&canonical);
        let digest = hex::encode(hash.finalize());
        // Masked as on a page: every reviewer who may see the graph sees the label.
        let label = match kind {
            AttributeKind::Device => format!("device {}", masked(value)),
            AttributeKind::Phone => format!("phone {}", Topic::Phone.hide(&canonical)),
            AttributeKind::Document => format!("document {}", Topic::Number.hide(&canonical)),
            AttributeKind::Email => Topic::Email.hide(&canonical),
            AttributeKind::Address => ADDRESS.to_owned(),
        };
        Some(Self { kind, digest, label })
    }
}

/// Regions (two letters) in which numbers without a country code may be: the countries that the fields name.
fn regions(fields: &[Field]) -> Vec<&'static str> {
    let named = |field: &&Field| {
        let key = key_letters(&field.key);
        ["country", "countrycode", "nationality", "citizenship"].iter().any(|end| key.ends_with(end))
    };
    let mut all: Vec<&str> = Vec::new();
    for code in fields.iter().filter(named).filter_map(|field| country_code(&field.value)) {
        if !all.contains(&code) {
            all.push(code);
        }
    }
    all
}

/// Returns a number in international spelling, E.164, as libphonenumber reads it. `None` if its country is not known or
/// it cannot be a number.
fn international(value: &str, region: Option<&str>) -> Option<String> {
    let text = value.trim();
    let plus = text.strip_prefix("00").map(|rest| format!("+{rest}"));
    let region = region.and_then(|region| region.parse().ok());
    let number = phonenumber::parse(region, plus.as_deref().unwrap_or(text)).ok()?;
    number.is_valid().then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_phone_written_twice_is_one_attribute() {
        let a = Attribute::phones("+1 503 555 0147", &[]).pop();
        let b = Attribute::phones("+1-503-555-0147", &[]).pop();
        assert_eq!(a.as_ref().map(|x| &x.digest), b.as_ref().map(|x| &x.digest));
        let c = Attribute::phones("001 503 555 0147", &[]).pop();
        assert_eq!(a.as_ref().map(|x| &x.digest), c.as_ref().map(|x| &x.digest));
        assert_eq!(a.map(|x| x.label), Some("phone ••••0147".into()));
    }

    #[test]
    fn a_phone_in_national_spelling_is_the_same_phone() {
        let of = |value: &str, region: &str| {
            let given = |key: &str, value: &str| Field { key: key.into(), value: value.into() };
            let fields = [given("phone-number", value), given("address-country-code", region)];
            Attribute::contacts(&fields).map(|one| one.digest).collect::<Vec<_>>()
        };
        for (values, region) in [
            (
                &[
                    "+49 30 901820",
                    "0049 30 901820",
                    "030 901820",
                    "030/90 18 20",
                    "+49 (0)30 901820",
                    "tel:+4930901820",
                ][..],
                "DE",
            ),
            (&["+44 20 7946 0018", "020 7946 0018", "+44 (0)20 7946 0018"], "gb"),
            (&["+1 503 555 0147", "(503) 555-0147", "1-503-555-0147", "503.555.0147"], "US"),
            (&["+39 06 6982 1234", "06 6982 1234"], "IT"),
            (&["+48 22 123 45 67", "22 123 45 67"], "PL"),
        ] {
            for value in values {
                assert_eq!(of(value, region), of(values[0], region), "{value}");
            }
        }
        for region in ["DEU", "Germany"] {
            assert_eq!(of("030 901820", region), of("+49 30 901820", "DE"), "{region}");
        }
        // Where the country is not known, the spelling counts, and so it does where it is no number of that country.
        assert_ne!(of("030 901820", ""), of("+49 30 901820", ""));
        assert_ne!(of("030 901820", "DE"), of("030 901820", "GB"));
        assert_eq!(of("12345678901234567", "DE").len(), 1);
    }

    #[test]
    fn nothing_is_not_shared() {
        assert_eq!(Attribute::new(AttributeKind::Address, " , "), None);
    }

    #[test]
    fn a_field_is_known_by_its_name_and_value() {
        let of = |key: &str, value: &str| {
            let all = Attribute::contacts(&[Field { key: key.into(), value: value.into() }]).map(|one| one.kind);
            all.collect::<Vec<_>>()
        };
        for (key, value, kind) in [
            ("phone", "+49 30 555777", AttributeKind::Phone),
            ("contact-mobile-number", "030 555777", AttributeKind::Phone),
            ("tel", "+49 30 8880001", AttributeKind::Phone),
            ("whatsapp", "+49 30 8880001", AttributeKind::Phone),
            ("id-card-number", "L99X88T77", AttributeKind::Document),
            ("spouse_ssn", "123-45-6789", AttributeKind::Document),
            ("work_email", "mara@example.com", AttributeKind::Email),
            ("identification-number", "L01X00T478", AttributeKind::Document),
            ("passport-number", "L01X00T478", AttributeKind::Document),
        ] {
            assert_eq!(of(key, value), [kind], "{key}");
        }
        for (key, value) in [
            ("phone-country-code", "DE"),
            ("phone-verified", "yes"),
            ("email-consent", "yes"),
            ("card-number", "1234567"),
            ("hotel-rooms", "1234567"),
            ("ein-confirmed", "yes"),
        ] {
            assert_eq!(of(key, value), [], "{key}");
        }
    }
}
