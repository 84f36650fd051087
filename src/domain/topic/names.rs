//! The topic of a field by its name: which one hides it, or why it is shown. Templates name their own fields, in any
//! language and spelling, so names are read word by word, and an unknown identifier is hidden.
use super::Topic;

/// Names that contain a word for something personal, or end like an identifier, and are shown on purpose: the end of a
/// name, word by word, and the reason. `Persona's own` are ids of Persona's objects, which open nothing without the
/// organisation's key.
pub const SHOWN: &[(&str, &str)] = &[
    (
        "account id; account type id; case id; context id; group id; inquiry id; inquiry session id; object id; \
         object ids; report id; source organization id; target account id; template id; theme id; \
         transaction id; transaction type id; verification id; version id; workflow id",
        "Persona's own",
    ),
    ("device vendor id", "names the maker of a device"),
    ("entity id; source id; source key", "names a record of a list"),
    ("list id", "names a list"),
    ("ip isp", "a provider has many customers"),
    ("ip connection type", "says how, not where from"),
    (
        "country; country code; country codes; country name; country description; nationality; nationality code; \
         nationality description",
        "decides, and says little of a person",
    ),
    ("identity coi", "country of issue: decides, and says little of a person"),
    ("flag code", "the country of a list"),
    ("region code; state code; subdivision code", "a province or state has millions of people"),
    ("currency code; language code", "no identifier of a person"),
    ("pep class", "how exposed a person is"),
    ("error code", "says what failed"),
    ("reason code; reason codes", "says why"),
    ("status code", "says what its status is"),
    ("result code", "says how it ended"),
    ("match code; link code; match code decoded; link code decoded", "says how well it matched"),
    ("industry code; naics code; sic code", "of a trade, not of a person"),
    ("category code; class code; type code", "of a kind, not of a person"),
    ("age in years", "asked for by rules on age; no date"),
    (
        "phone carrier; email domain; email domain exists; email data breached; email credentials leaked; \
         email credentials leaked recent; email malicious activity detected; \
         email malicious activity detected recent; email domain reputation; email reputation; \
         phone risk recommendation; phone risk sim swap; email domain age days; email estimated age days; \
         email first seen days; email last seen days",
        "how risky or what kind it is",
    ),
];

/// Last words that make a name one about a thing and not the thing itself: `identification class`, `phone type`,
/// `address match`.
const ABOUT: &str = "type types class classes status score level result results match matches matched count strength confidence \
    precision reason reasons method verified valid required provided present country indicator url";

/// Last words that make a name with a document in it one about when and by whom it was issued.
const ISSUED: &str = "date expiration expiry issued issuer authority state subdivision jurisdiction year picture photo \
    designations records media profiles first middle last title name";

/// Last names that say nothing: the group decides.
const GENERIC: &str = "value values text raw data content before after";

/// First words of names whose value is yes, no or a grade.
const ASKS: &str = "is has match was can";

/// Last words of a quantity or a size, which is not an identifier however many digits it has.
const MEASURES: &str = "amount amounts size bytes duration ms milliseconds seconds minutes days age income revenue turnover salary \
    total height width timestamp volume balance price limit employees turnover capital shares percentage latitude longitude";

/// Whether nothing is known about a name: neither that it is personal, nor why it is shown.
pub fn is_unknown(name: &str) -> bool {
    let words = FieldWords::of(name);
    let known = words.ends(ABOUT) || words.ends(ISSUED) || words.ends(MEASURES) || words.shown();
    !known && !words.last.first().is_some_and(|first| among(ASKS, first))
}

/// Whether a word is in a list with spaces between the words.
fn among(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

struct FieldWords {
    /// All words, with those of the groups that the field is in.
    all: Vec<String>,
    /// The words of the field itself, or of its group if it has no name of its own.
    last: Vec<String>,
    /// Letters and digits of all words, without what is between them.
    plain: String,
}

impl FieldWords {
    fn of(name: &str) -> Self {
        let mut spaced = String::with_capacity(name.len() + 8);
        let mut before = ' ';
        for letter in name.chars() {
            if letter.is_uppercase() && before.is_lowercase() {
                spaced.push(' ');
            }
            spaced.push(letter);
            before = letter;
        }
        let spaced = spaced.to_lowercase();
        let split = |text: &str| -> Vec<String> {
            text.split(|letter: char| !letter.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        // A position in a list is not a name, and a name that says nothing gives way to that of its group.
        let named = |part: &&str| !part.is_empty() && !part.chars().all(|letter| letter.is_ascii_digit());
        let mut parts = spaced.split(['.', ':']).rev().map(str::trim).filter(named).peekable();
        let mut last = parts.next().unwrap_or_default();
        while let Some(group) = parts.next_if(|_| among(GENERIC, last)) {
            last = group;
        }
        let all = split(&spaced);
        Self { last: split(last), plain: all.concat(), all }
    }

    fn has(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.plain.contains(part))
    }

    fn is(&self, words: &str) -> bool {
        self.all.iter().any(|word| among(words, word))
    }

    fn ends(&self, words: &str) -> bool {
        self.last.last().is_some_and(|word| among(words, word))
    }

    /// Whether the field is one of [`SHOWN`], whatever comes before it.
    fn shown(&self) -> bool {
        let name = self.last.join(" ");
        SHOWN
            .iter()
            .flat_map(|(names, _)| names.split("; "))
            .any(|end| name.strip_suffix(end).is_some_and(|front| front.is_empty() || front.ends_with(' ')))
    }
}

/// Words of Persona and of authorities for numbers that identify a person, a document or an account.
const NUMBERS: &str = "number numbers nr numero nummer ssn ssns sin nin nino iban bic tin tins itin ein vat cpf cnpj cnp rg curp \
    rfc pcn ci di nif nie dni nit rut run cuit cuil pan uan bvn pesel bsn egn oib jmbg tfn abn acn nric fin \
    mykad tckn avs ahv sharecode passport passports license licenses licence licences aadhaar aadhar mrz barcode \
    imei imsi iccid msisdn otp cvv cvc epic";

/// Endings of an identifier: hidden unless [`SHOWN`] gives a reason not to.
const IDENTIFIERS: &str = "id ids no code codes pin key token identifier identifiers ref reference";

const ADDRESS: &str = "address addresses addressee street postal postcode postcodes zip zipcode city town village locality district \
    county suburb neighborhood neighbourhood apartment flat house adresse strasse plz ort direccion calle \
    indirizzo endereco rue residence";

impl Topic {
    /// The topic of a field by its name in any spelling; `None` is shown.
    pub fn of(name: &str) -> Option<Self> {
        let words = FieldWords::of(name);
        // Where a person is and what they are comes first, whatever the name ends with.
        if words.has(&["latitude", "longitude", "geolocation", "coordinates"]) || words.is("gps lat lng lon") {
            return (!words.has(&["facecoordinates"]) && !words.ends("precision")).then_some(Self::Location);
        }
        if words.has(&[
            "ethnic",
            "religio",
            "birthplace",
            "placeofbirth",
            "birthcountry",
            "sexualorientation",
            "tradeunion",
        ]) || words.is("race races caste tribe geburtsort disability")
            // A maiden name answers security questions of banks, and tells something about a family.
            || words.has(&["foreignercode", "birthcity", "cityofbirth", "countryofbirth", "maidenname", "securityanswer"])
        {
            return Some(Self::Origin);
        }
        let birth = words.has(&[
            "birthdate",
            "dateofbirth",
            "birthday",
            "yearofbirth",
            "birthyear",
            "geburtsdatum",
            "nacimiento",
        ]) || words.has(&["nascimento", "naissance", "nascita", "geboortedatum"])
            || words.is("dob dobs birth born");
        if birth && !words.ends("match result status score") {
            return Some(Self::Birthdate);
        }
        let asks = words.last.first().is_some_and(|first| among(ASKS, first));
        let asks = asks || words.last.iter().any(|word| word == "is");
        if asks || words.ends(ABOUT) || words.shown() {
            return None;
        }
        if words.has(&["email"]) {
            return (!words.has(&["emailreferencecount"])).then_some(Self::Email);
        }
        if words.has(&["ipaddress", "networkaddress"]) || words.is("ip ipv4 ipv6") {
            return Some(Self::Network);
        }
        if words.has(&["phone"]) || words.is("mobile telephone fax whatsapp telefon telefono msisdn") {
            return Some(Self::Phone);
        }
        // The country matters for the decision, and says little about a person.
        let country = words.last.iter().any(|word| word == "country");
        if (words.is(ADDRESS) || words.has(&["address", "postalcode", "zipcode", "deliverypoint", "carrierroute"]))
            && !country
        {
            return Some(Self::Address);
        }
        let number = words.last.iter().any(|word| among(NUMBERS, word));
        if number && !words.plain.contains("numberof") && !words.ends(ISSUED)
            || words.has(&["sharecode", "taxid", "passportid", "cedula"])
            || words.ends(IDENTIFIERS)
        {
            return Some(Self::Number);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Read;

    use super::*;

    /// Words for something personal, wherever Persona's schema has them.
    const WATCHED: &str = "number numbers id ids identifier identifiers identity identification code codes key token ssn tin ein \
        vat cpf pcn ci di sharecode passport passports license licenses barcode address addresses addressee \
        street postal zip city county locality birth birthdate birthdates birthplace dob age gps latitude \
        longitude ip phone email emails race native carrier delivery reference secret visa drivers social tax";

    /// Names in the schema that say nothing about a person by themselves, and why.
    const ELSEWHERE: &[(&str, &str)] = &[
        (
            "access-token api-key-inflection encryption-key-pem file-access-token-expires-in relay-secret secret \
             source-key-path token-consumed token-type CF-Access-Client-Secret key-id token-key",
            "settings of an organisation",
        ),
        (
            "government-id-pictograph-position government-id-select-pictograph-height \
             government-id-select-pictograph-url icon-color-government-id-type id-back-pictograph-height \
             id-back-pictograph-url id-front-pictograph-height id-front-pictograph-url \
             passport-front-pictograph-height passport-front-pictograph-url passport-signature-pictograph-height \
             passport-signature-pictograph-url qr-code-attachment",
            "how Persona's own pages look",
        ),
        (
            "age-estimated-13-plus age-estimated-16-plus age-estimated-18-plus meets-minimum-age",
            "yes or no, asked for by rules on age",
        ),
        (
            "id-class identification-class identification_class selected-id-class selected-digital-id-type \
             tin-type",
            "the kind of a document: decides, and says little of a person",
        ),
        ("id-expiry-date visa-status", "decides whether a document counts"),
        ("id-picture", "a file, named and not shown"),
        (
            "extracted-identity identity-records omitted-identity-records social-media-profiles",
            "a group: what is in it has names of its own",
        ),
        (
            "native-name-first native-name-last native-name-middle native-name-title",
            "names are shown: they are what the work is about",
        ),
        ("gps-precision", "how exact a position is, and not where"),
        (
            "match-status-address match-status-address-city match-status-address-postal-code \
             match-status-address-street match-status-address-subdivision match-status-ein \
             match-status-phone-number",
            "whether it matched",
        ),
        (
            "email-is-blocklisted email-is-deliverable email-is-disposable email-is-dmarc-enforced \
             email-is-free-provider email-is-spam email-is-spf-strict email-is-spoofable email-is-suspicious \
             email-is-valid-mx email-reference-count phone-risk-level phone-risk-score phone-type",
            "how risky or what kind it is",
        ),
        (
            "metadata-carrier-route-type metadata-residential-delivery-indicator metadata-zip-type",
            "the kind of an address",
        ),
    ];

    /// Every name under `properties`, anywhere in the document.
    fn published() -> BTreeSet<String> {
        let file = include_bytes!("../../../tests/contract/persona/openapi-2025-12-08.yaml.gz");
        let mut text = String::new();
        let read = flate2::read::GzDecoder::new(file.as_slice()).read_to_string(&mut text);
        assert!(read.is_ok_and(|bytes| bytes > 1_000_000));
        let (mut names, mut groups) = (BTreeSet::new(), Vec::new());
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let indent = line.len() - line.trim_start().len();
            while groups.last().is_some_and(|group| indent <= *group) {
                groups.pop();
            }
            let Some((key, _)) = line.trim().split_once(':') else { continue };
            let key = key.trim_matches(['\'', '"']);
            if groups.last().is_some_and(|group| indent == group + 2) {
                names.insert(key.to_owned());
            }
            if key == "properties" {
                groups.push(indent);
            }
        }
        names
    }

    #[test]
    fn every_published_name_of_something_personal_is_hidden_or_shown_for_a_reason() {
        let names = published();
        assert!(names.len() > 900, "{}", names.len());
        let watched = names.iter().filter(|name| {
            FieldWords::of(name).all.iter().any(|word| among(WATCHED, word)) && Topic::of(name).is_none()
        });
        let listed = |name: &str| FieldWords::of(name).shown() || ELSEWHERE.iter().any(|(names, _)| among(names, name));
        let open: Vec<_> = watched.filter(|name| !listed(name)).collect();
        assert!(open.is_empty(), "neither hidden nor listed: {open:?}");
    }

    #[test]
    fn numbers_places_and_origins_are_hidden_by_whatever_name() {
        for (names, topic) in [
            (
                "cpf pcn ci di sharecode share-code shareCode kcb.ci ein tin vat-number driversLicenseNumber",
                Topic::Number,
            ),
            (
                "passport_no customer-id external_reference fields.steuer-id.value tax_id member.code dni iban",
                Topic::Number,
            ),
            (
                "identification_numbers.1.identification_number document-number registration-number mrz-line",
                Topic::Number,
            ),
            ("gps-latitude metadata.longitude behaviors.geolocation lat device.gps", Topic::Location),
            (
                "mothers-maiden-name race secondary-race ethnicity religion birth-place place_of_birth native-foreigner-code",
                Topic::Origin,
            ),
            ("signature-ip ip-address session.ip_address ip", Topic::Network),
            ("street-name address.line1 city metadata-county-name delivery-point-barcode zip", Topic::Address),
            ("date-of-birth owners.1.dob birthdate-year geburtsdatum fecha_nacimiento birthdates", Topic::Birthdate),
            ("mobile fax phones.1.value whatsapp_number", Topic::Phone),
        ] {
            for name in names.split_whitespace() {
                // The number of a telephone has the topic phone.
                let expected = if name == "whatsapp_number" { Topic::Phone } else { topic };
                assert_eq!(Topic::of(name), Some(expected), "{name}");
            }
        }
        for name in "identification_numbers.1.identification_class identification_numbers.1.issuing_country passport.name_first \
                     country-code nationality id-class number-of-employees license-expiration-date account-id is-vpn sex"
            .split_whitespace()
        {
            assert_eq!(Topic::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_number_under_a_name_that_nobody_knows_is_hidden() {
        use crate::domain::inquiry::Field;
        use crate::domain::topic::of_field;

        let of = |key: &str, value: &str| {
            let field = Field { key: key.into(), value: value.into() };
            of_field(std::slice::from_ref(&field), &field)
        };
        for (key, value) in [
            ("steuernummer", "181/815/08155"),
            ("personnummer", "811218-9876"),
            ("codicefiscale", "RSSMRA85T10A562S"),
            ("henkilotunnus", "131052-308T"),
            ("folio", "552 049 447"),
            ("customer.epassi", "D8841207"),
        ] {
            assert_eq!(of(key, value), Some(Topic::Number), "{key}");
        }
        for (key, value) in [
            ("valid-from", "2024-05-01"),
            ("since", "01.05.2024"),
            ("opened", "2024-05-01T10:00:00Z"),
            ("annual-revenue", "1500000"),
            ("occupation", "baker since 2001 and 2004"),
            ("score", "0.1234567"),
            ("source-id", "99812345"),
            ("is-vpn", "1234567"),
            ("plan", "gold-2024"),
        ] {
            assert_eq!(of(key, value), None, "{key}");
        }
    }

    #[test]
    fn a_value_is_what_the_name_beside_it_says() {
        use crate::domain::inquiry::Field;
        use crate::domain::topic::of_field;

        let field = |key: &str, value: &str| Field { key: key.into(), value: value.into() };
        let fields = [
            field("details.1.name", "date_of_birth"),
            field("details.1.value", "1990-01-02"),
            field("details.2.name", "occupation"),
            field("details.2.value", "baker"),
        ];
        let topics: Vec<_> = fields.iter().map(|one| of_field(&fields, one)).collect();
        assert_eq!(topics, [None, Some(Topic::Birthdate), None, None]);
    }
}
