//! What the name of a value says about the value. One file, because each list of words fits one way of comparing only:
//! beginnings of words, last words or whole words.
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::domain::text::words;

/// One name per line, sorted. Lines that begin with `#` say where the names are from.
const PUBLISHED: &str = include_str!("published.txt");

/// Last words in the names of flags that affirm something, so that “no” denies it.
pub(super) const AFFIRMS: &[&str] = &[
    "accepted",
    "active",
    "alive",
    "approved",
    "authentic",
    "authenticated",
    "available",
    "complete",
    "completed",
    "confirmed",
    "eligible",
    "exists",
    "finished",
    "genuine",
    "live",
    "match",
    "matched",
    "matches",
    "passed",
    "registered",
    "success",
    "successful",
    "valid",
    "validated",
    "verified",
];
/// Last words in the names of flags that accuse, so that “yes” speaks against the subject.
pub(super) const ACCUSES: &[&str] = &[
    "altered",
    "blacklisted",
    "blocked",
    "blocklisted",
    "canceled",
    "cancelled",
    "compromised",
    "deceased",
    "denied",
    "expired",
    "failed",
    "fake",
    "forged",
    "fraud",
    "fraudulent",
    "invalid",
    "refused",
    "rejected",
    "revoked",
    "spoofed",
    "stolen",
    "suspended",
    "suspicious",
    "tampered",
    "underage",
];
/// Beginnings of accusing words, anywhere in a name that is not published.
pub(super) const ACCUSING: &[&str] = &[
    "alert",
    "altered",
    "anomal",
    "attack",
    "blacklist",
    "block",
    "cancel",
    "compromis",
    "counterfeit",
    "crimin",
    "deactivat",
    "dead",
    "death",
    "deceas",
    "declin",
    "deepfake",
    "denied",
    "died",
    "disconnect",
    "duplicate",
    "error",
    "expir",
    "fail",
    "fake",
    "flagged",
    "forge",
    "forward",
    "fraud",
    "hidden",
    "inject",
    "invalid",
    "lost",
    "manipulat",
    "mismatch",
    "pep",
    "ported",
    "porting",
    "reassign",
    "recycl",
    "refus",
    "reject",
    "revok",
    "sanction",
    "spoof",
    "stole",
    "suppress",
    "surrender",
    "suspen",
    "suspici",
    "swap",
    "tamper",
    "terminat",
    "terror",
    "theft",
    "threat",
    "underage",
    "vacan",
    "void",
    "wanted",
    "warn",
    "watchlist",
    "withdraw",
];
pub(super) const DEATH: &[&str] = &["death", "deceas", "died"];
/// Last words in the names of flags whose values are numbers.
pub(super) const FLAGS: &[&str] = &["detected", "flag", "flagged", "verified", "matched", "passed", "valid"];
/// Words in names whose values belong to an identity, or are free texts or files.
const PLAIN: &[&str] = &[
    "address",
    "addressee",
    "addresses",
    "akas",
    "alias",
    "aliases",
    "authority",
    "birth",
    "birthdate",
    "birthday",
    "birthplace",
    "born",
    "cardholder",
    "cities",
    "citizenship",
    "city",
    "class",
    "classes",
    "company",
    "continent",
    "coordinates",
    "countries",
    "country",
    "county",
    "cpf",
    "designation",
    "designations",
    "district",
    "dob",
    "domain",
    "education",
    "ein",
    "email",
    "emails",
    "employer",
    "endorsement",
    "endorsements",
    "experience",
    "file",
    "filename",
    "files",
    "forename",
    "forenames",
    "gender",
    "hair",
    "height",
    "holder",
    "identifier",
    "identifiers",
    "image",
    "industry",
    "issuer",
    "job",
    "jurisdiction",
    "language",
    "languages",
    "locale",
    "locality",
    "location",
    "mail",
    "mrz",
    "name",
    "names",
    "nationalities",
    "nationality",
    "number",
    "numbers",
    "occupation",
    "phone",
    "phones",
    "photo",
    "picture",
    "place",
    "position",
    "positions",
    "postal",
    "postcode",
    "profession",
    "province",
    "race",
    "region",
    "restriction",
    "restrictions",
    "role",
    "roles",
    "sex",
    "snippet",
    "ssn",
    "street",
    "subdivision",
    "suffix",
    "surname",
    "surnames",
    "telephone",
    "tin",
    "title",
    "titles",
    "town",
    "url",
    "urls",
    "username",
    "vat",
    "vehicle",
    "website",
    "websites",
    "weight",
    "zip",
];
/// Beginnings of words that make a name one for a finding about an identity, and not for a value of it.
const JUDGES: &[&str] = &[
    "alive",
    "assess",
    "authentic",
    "check",
    "code",
    "confiden",
    "decision",
    "detect",
    "flag",
    "level",
    "live",
    "match",
    "outcome",
    "probab",
    "reason",
    "recommend",
    "result",
    "risk",
    "score",
    "similar",
    "state",
    "status",
    "valid",
    "verdict",
    "verif",
];

/// The path to a value. Its last part is read word by word.
pub(super) struct ValueName {
    /// The last part, with hyphens around and between its words.
    key: String,
    pub text: String,
    /// All parts that are not numbers, in the form of `key`.
    way: Vec<String>,
    /// Whether it is nested under another name.
    pub nested: bool,
}

impl ValueName {
    pub fn of(key: &str) -> Self {
        let parts = || key.split('.').filter(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()));
        let way: Vec<String> = parts().map(spaced).collect();
        let own = way.last().cloned().unwrap_or_else(|| spaced(key));
        let text = words(own.trim_matches('-')).to_lowercase();
        // What an organisation adds to a document is under `fields`, and each field there is independent.
        let nested = way.iter().filter(|part| *part != "-fields-").count() > 1;
        Self { key: own, text, nested, way }
    }

    pub fn has(&self, part: &str) -> bool {
        self.key.contains(&format!("-{part}-"))
    }

    pub fn begins(&self, part: &str) -> bool {
        self.key.starts_with(&format!("-{part}-"))
    }

    pub fn ends(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| self.key.ends_with(&format!("-{end}-")))
    }

    /// Whether one of its words begins with one of these.
    pub fn any(&self, begins: &[&str]) -> bool {
        let mut own = self.key.split('-').filter(|word| !word.is_empty());
        own.any(|word| begins.iter().any(|begin| word.starts_with(begin)))
    }

    pub fn negates(&self) -> bool {
        let mut own = self.key.split('-');
        own.any(|word| matches!(word, "no" | "non" | "not" | "never" | "un" | "without" | "unmatched" | "unverified"))
    }

    /// Whether Persona publishes all the names on the path.
    pub fn published(&self) -> bool {
        static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| PUBLISHED.lines().collect());
        let known = |part: &String| NAMES.contains(part.trim_matches('-'));
        !self.way.is_empty() && self.way.iter().all(known)
    }

    /// Whether its value belongs to an identity.
    pub fn is_plain(&self) -> bool {
        let plain = |part: &String| part.split('-').any(|word| PLAIN.contains(&word));
        // A country code is as good as a country name, and a marital status is not the result of a check.
        let of_one = self.ends(&["id", "ids", "country-code", "country-codes", "marital-status", "civil-status"]);
        !self.any(ACCUSING) && (of_one || self.way.iter().any(plain) && !self.any(JUDGES))
    }
}

fn spaced(part: &str) -> String {
    let mut out = String::from("-");
    let mut lower = false;
    for c in part.chars() {
        if lower && c.is_ascii_uppercase() {
            out.push('-');
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    }
    out + "-"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn listed() -> Vec<&'static str> {
        PUBLISHED.lines().filter(|line| !line.starts_with('#')).collect()
    }

    #[test]
    fn the_published_names_are_sorted_and_each_stands_once() {
        let names = listed();
        assert!(names.len() > 400 && names.is_sorted(), "{}", names.len());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    /// Properties of the schemas, by how far the lines of the document are indented.
    fn published(document: &str) -> BTreeSet<String> {
        const FURTHER: [&str; 6] = [
            "selfie",
            "address-fields",
            "business-website-extracted-identity-record",
            "default-fields",
            "extraction-responses",
            "file",
        ];
        const NOT: [&str; 5] = ["request", "template", "history", "included", "relationships"];
        let mut names = BTreeSet::new();
        let mut way: Vec<(usize, &str)> = Vec::new();
        for line in document.lines() {
            let own = line.trim_start_matches([' ', '-']);
            let depth = line.len() - own.len();
            let Some((key, rest)) = own.split_once(':') else { continue };
            let key = key.trim_matches('"');
            let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
            if !is_key || !(rest.is_empty() || rest.starts_with(' ')) {
                continue;
            }
            while way.last().is_some_and(|(other, _)| *other >= depth) {
                way.pop();
            }
            let keys: Vec<&str> = way.iter().map(|(_, key)| *key).collect();
            if let ["components", "schemas", schema, .., "properties"] = keys[..] {
                let own = ["report", "verification", "document"].iter().any(|begin| schema.starts_with(begin));
                let meant = own && NOT.iter().all(|not| !schema.contains(not)) || FURTHER.contains(&schema);
                let aside = keys.iter().any(|key| matches!(*key, "example" | "examples" | "relationships"));
                if meant && !aside {
                    names.insert(key.replace('_', "-"));
                }
            }
            way.push((depth, key));
        }
        names
    }

    /// Persona's own document is not stored with the code.
    fn document() -> Option<String> {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/contract/openapi.yaml");
        let path = option_env!("PERSONA_OPENAPI").map_or(kept, PathBuf::from);
        std::fs::read_to_string(path).ok()
    }

    #[test]
    fn the_published_names_are_those_of_the_document() {
        let Some(document) = document() else { return };
        let (there, here) = (published(&document), listed());
        let here: BTreeSet<String> = here.into_iter().map(str::to_owned).collect();
        assert_eq!(there.symmetric_difference(&here).collect::<Vec<_>>(), [] as [&String; 0]);
    }
}
