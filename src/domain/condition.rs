//! What the conditions of rules look at, and whether it is known. “Not known” never counts as a no.
pub mod case;
pub mod sibling;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::comparison::country_code;
use super::evidence::{Evidence, Signal, Tone};
use super::inquiry::{Field, field, key_letters};
use super::report::Report;
use super::report::assess::Meaning;
use super::signal::label_key;
use super::verification::{Check, Verification, Weight};

/// The answer of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionAnswer {
    Yes,
    No,
    NotKnown,
}

impl From<bool> for ConditionAnswer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl ConditionAnswer {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotKnown => "not-known",
        }
    }

    /// Yes when one answer is yes; no when there is an answer and all are no.
    fn any(answers: &[Self]) -> Self {
        let all_known = !answers.is_empty() && !answers.contains(&Self::NotKnown);
        Self::of(answers.contains(&Self::Yes), all_known)
    }

    /// Yes when it is so. Otherwise no, but only when everything is known.
    const fn of(yes: bool, known: bool) -> Self {
        match (yes, known) {
            (true, _) => Self::Yes,
            (false, true) => Self::No,
            (false, false) => Self::NotKnown,
        }
    }
}

/// What rules look at in an inquiry or a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub templates: Templates,
    /// `None` when the evidence has not been read.
    pub signals: Option<Vec<Signal>>,
    /// Signals that unfinished parts of the evidence may still bring.
    pub pending: Pending,
    pub hit: ConditionAnswer,
    pub failed_check: ConditionAnswer,
    pub countries: Countries,
    pub declined_relation: ConditionAnswer,
}

impl Facts {
    /// Facts in which every condition is a known no: for verdicts about which no rule needs evidence.
    pub fn of_nothing() -> Self {
        Self {
            templates: Templates::none(),
            signals: Some(Vec::new()),
            pending: Pending::default(),
            hit: ConditionAnswer::No,
            failed_check: ConditionAnswer::No,
            countries: Countries::none(),
            declined_relation: ConditionAnswer::No,
        }
    }

    /// The facts of an inquiry; `evidence` is `None` when it has not been read.
    pub fn of(template: Option<String>, evidence: Option<&Evidence>, signals: &[Signal]) -> Self {
        let templates = Templates::of(template);
        let Some(evidence) = evidence else {
            let (hit, failed_check) = (ConditionAnswer::NotKnown, ConditionAnswer::NotKnown);
            let (pending, countries) = (Pending::default(), Countries { known: false, ..Countries::none() });
            let declined_relation = ConditionAnswer::NotKnown;
            return Self { templates, signals: None, pending, hit, failed_check, countries, declined_relation };
        };
        Self {
            templates,
            signals: Some(signals.to_vec()),
            pending: evidence.pending(),
            hit: ConditionAnswer::of(
                evidence.reports.iter().any(Report::is_hit),
                evidence.unread.is_empty() && screened(&evidence.reports, evidence.is_of_business()),
            ),
            failed_check: ConditionAnswer::of(evidence.is_failed(), evidence.checks_known()),
            countries: Countries::of(evidence),
            declined_relation: ConditionAnswer::NotKnown,
        }
    }

    /// Whether there is a signal whose label contains these words.
    pub fn signal(&self, wanted: &str) -> ConditionAnswer {
        let Some(signals) = &self.signals else { return ConditionAnswer::NotKnown };
        let wanted = label_key(wanted);
        let found = signals.iter().any(|signal| label_key(&signal.label).contains(&wanted));
        ConditionAnswer::of(found, !self.pending.may_bring(&wanted))
    }
}

/// Persona's ID of the template of an inquiry, or the IDs for the inquiries of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    ids: BTreeSet<String>,
    /// Whether there is an inquiry, and the template of each one is known.
    known: bool,
}

impl Templates {
    const fn none() -> Self {
        Self { ids: BTreeSet::new(), known: true }
    }

    pub fn of(template: Option<String>) -> Self {
        Self { known: template.is_some(), ids: template.into_iter().collect() }
    }

    pub fn among(&self, wanted: &str) -> ConditionAnswer {
        ConditionAnswer::of(self.ids.contains(wanted), self.known)
    }
}

/// Signals that are missing so far, and may still come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// A part of the evidence was not read: it may bring any signal.
    any: bool,
    /// Labels of signals that unfinished reports may bring.
    labels: Vec<String>,
}

impl Pending {
    /// `wanted` is a label key.
    fn may_bring(&self, wanted: &str) -> bool {
        self.any || self.labels.iter().any(|label| label_key(label).contains(wanted))
    }
}

/// Countries of a person, a business and their documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countries {
    codes: BTreeSet<String>,
    /// Whether there is a country, and the desk knows each one by its code or name.
    known: bool,
    /// Whether the desk knows each one that is named.
    understood: bool,
}

impl Countries {
    const fn none() -> Self {
        Self { codes: BTreeSet::new(), known: true, understood: true }
    }

    pub fn of(evidence: &Evidence) -> Self {
        let mut all = Self::none();
        let mut told = all.add(&evidence.inquiry.fields);
        for verification in &evidence.verifications {
            told |= all.verified(verification);
        }
        for document in &evidence.documents {
            told |= all.add(&document.facts);
        }
        // A lookup may name another country.
        let looks_up = |report: &&Report| matches!(report.meaning(), Meaning::Lookup | Meaning::Risk);
        for report in evidence.reports.iter().filter(looks_up) {
            all.add(&report.facts);
        }
        // The country of a device does not say where a person is from, but it counts when it is one that a rule names.
        for country in evidence.sessions.iter().filter_map(|session| session.country.as_deref()) {
            all.understood &= stay(country).is_some();
            all.codes.extend(stay(country).map(str::to_owned));
        }
        all.known &= told && all.understood && evidence.unread.is_empty();
        all
    }

    /// The countries that these fields name, as alpha-2 codes.
    pub fn named_in(fields: &[&[Field]]) -> impl Iterator<Item = String> {
        let mut all = Self::none();
        fields.iter().for_each(|fields| _ = all.add(fields));
        all.codes()
    }

    pub fn codes(self) -> impl Iterator<Item = String> {
        self.codes.into_iter()
    }

    /// Adds the countries that these fields name, and returns whether they name any.
    pub fn add(&mut self, fields: &[Field]) -> bool {
        self.codes.extend(named(fields));
        let told: Vec<bool> =
            fields.iter().filter(|field| names_country(&field.key)).map(|field| self.tell(&field.value)).collect();
        told.contains(&true)
    }

    /// The same for a verification.
    fn verified(&mut self, one: &Verification) -> bool {
        let told = one.country.as_ref().is_some_and(|country| self.tell(country));
        self.add(&one.facts) || told
    }

    /// The same for a text. A country that the desk does not know by code or name makes the answer “not known”.
    fn tell(&mut self, text: &str) -> bool {
        // First names that contain a comma, then lists.
        let whole = country_code(text).is_some();
        let parts = text.split([',', ';', '/']).map(str::trim).filter(|part| !part.is_empty() && !whole);
        let told: Vec<&str> = whole.then_some(text).into_iter().chain(parts).collect();
        self.understood &= told.iter().all(|text| country_code(text).is_some());
        self.known &= self.understood;
        self.codes.extend(told.iter().filter_map(|text| country_code(text)).map(str::to_owned));
        !told.is_empty()
    }

    /// Whether one of them is among these alpha-2 codes.
    pub fn among(&self, wanted: &[String]) -> ConditionAnswer {
        let found = wanted.iter().any(|code| self.codes.contains(code));
        ConditionAnswer::of(found, self.known)
    }
}

/// The country of a session: by its name, or by the code after a name that is in no list.
fn stay(text: &str) -> Option<&'static str> {
    let code = || text.rsplit_once(" (").and_then(|(_, code)| country_code(code.trim_end_matches(')')));
    country_code(text).or_else(code)
}

/// Countries in fields that are not named after countries: by country name in any field, except those for people and
/// for places within a country, and by code in fields whose names have to do with countries.
fn named(fields: &[Field]) -> Vec<String> {
    const WITHIN: [&str; 10] =
        ["name", "subdivision", "state", "province", "city", "town", "street", "county", "postal", "comment"];
    const OF_COUNTRIES: [&str; 15] = [
        "countr",
        "domicil",
        "birthpl",
        "nation",
        "citizen",
        "jurisdiction",
        "residen",
        "land",
        "pais",
        "iso3166",
        "placeof",
        "issuer",
        "issuing",
        "origin",
        "taxin",
    ];
    let found = fields.iter().flat_map(|field| {
        let key = key_letters(&field.key);
        let of_country = OF_COUNTRIES.iter().any(|word| key.contains(word));
        // A place of birth may name its country, as in `city-of-birth`.
        let within = !of_country && !key.contains("birth") && WITHIN.iter().any(|word| key.contains(word));
        let parts = field.value.split([',', ';', '/']).map(str::trim).filter(|part| !part.is_empty());
        let parts = parts.filter(|part| !within && (of_country || part.chars().count() > 3));
        parts.filter_map(country_code).map(str::to_owned).collect::<Vec<_>>()
    });
    found.collect()
}

/// Whether a field holds a country, whatever comes before or after the word: `country-of-origin`, `nationality_2`,
/// `citizenships`. Calling codes and results of comparisons do not count.
fn names_country(key: &str) -> bool {
    const ABOUT: [&str; 8] = ["match", "result", "status", "type", "score", "verified", "valid", "count"];
    let plain = key_letters(key);
    let names =
        ["country", "countries", "nationalit", "citizenship", "citizenof"].iter().any(|word| plain.contains(word));
    let calls =
        ["phonecountry", "callingcode", "callingcountry", "dialingcode"].iter().any(|word| plain.contains(word));
    names && !calls && !ABOUT.iter().any(|end| plain.ends_with(end))
}

/// Whether the fields are only about a business. A person who names an employer, or acts for a business, has to be
/// screened as well. Organisations name the fields of their templates themselves.
pub fn of_business(fields: &[Field]) -> bool {
    const OF_PERSONS: [&str; 12] = [
        "namefirst",
        "namelast",
        "namefull",
        "firstname",
        "lastname",
        "fullname",
        "givenname",
        "surname",
        "familyname",
        "middlename",
        "birth",
        "maiden",
    ];
    let of_person = |field: &Field| {
        let key = key_letters(&field.key);
        !field.value.is_empty() && OF_PERSONS.iter().any(|word| key.contains(word))
    };
    let person = fields.iter().any(of_person);
    field(fields, "business-name").is_some() && !person
}

/// Whether a screening by name against sanctions lists was run, and each screening says whether it has a hit. A list of
/// crypto addresses names no person, and neither does a list of businesses.
pub fn screened(reports: &[Report], business: bool) -> bool {
    let names = |report: &Report| report.searches_sanctions() || business && report.kind == "business-watchlist";
    reports.iter().any(names) && !reports.iter().any(Report::may_be_hit)
}

impl Report {
    /// Whether this is a screening with a hit.
    pub fn is_hit(&self) -> bool {
        self.meaning() == Meaning::Screening && self.has_match
    }

    /// Whether this is a screening, or a report of unknown meaning, that says neither that there is a hit nor that
    /// there is none.
    pub fn may_be_hit(&self) -> bool {
        !self.is_hit()
            && matches!(self.meaning(), Meaning::Screening | Meaning::Unknown)
            && self.assess().tone != Tone::Good
    }

    /// Whether hits of this report count for other inquiries of the account: it has one, or it is a screening that says
    /// neither that there is a hit nor that there is none. A screening that failed to run says nothing about other
    /// inquiries.
    pub fn may_still_hit(&self) -> bool {
        self.is_hit() || self.meaning() == Meaning::Screening && self.status != "errored" && self.may_be_hit()
    }

    fn may_bring(&self) -> Vec<String> {
        match self.kind.as_str() {
            "screening" => ["Watchlist hit", "PEP", "Adverse media", "Screening hit"].map(str::to_owned).to_vec(),
            _ => vec![self.hit_label()],
        }
    }
}

impl Evidence {
    fn is_of_business(&self) -> bool {
        let shows = self.verifications.iter().any(Verification::shows_a_person);
        of_business(&self.inquiry.fields) && !shows
    }

    fn pending(&self) -> Pending {
        Pending {
            any: !self.unread.is_empty(),
            labels: self.reports.iter().filter(|report| report.may_be_hit()).flat_map(Report::may_bring).collect(),
        }
    }

    /// Hits, and reports that may have one, each in words.
    pub fn hits(&self) -> Vec<String> {
        let told = self.reports.iter().filter(|report| report.is_hit() || report.may_be_hit());
        let mut hits: Vec<String> = Vec::new();
        for report in told {
            let assessed = report.assess();
            let label = assessed.signals.first().map_or_else(|| report.label(), |signal| signal.label.clone());
            let line = if report.is_hit() { format!("{label} ({})", assessed.text.to_lowercase()) } else { label };
            if !hits.contains(&line) {
                hits.push(line);
            }
        }
        let unread = self.unread.iter().filter(|unread| unread.what.starts_with("report")).count();
        hits.extend((unread > 0).then(|| format!("Report not read ×{unread}")));
        hits
    }

    /// Required checks and verifications that failed.
    pub fn failed_checks(&self) -> Vec<String> {
        let mut failed: Vec<String> = Vec::new();
        for verification in &self.verifications {
            for label in verification.failures() {
                if !failed.contains(&label) {
                    failed.push(label);
                }
            }
        }
        failed
    }

    /// Whether a required check or a verification failed, or Persona failed the whole inquiry.
    pub fn is_failed(&self) -> bool {
        self.inquiry.has_failed() || !self.failed_checks().is_empty()
    }

    /// Whether every verification has ended with a status that the desk understands.
    fn checks_known(&self) -> bool {
        !self.verifications.is_empty()
            && !self.inquiry.is_unfinished()
            && self.unread.is_empty()
            && self.verifications.iter().all(Verification::is_understood)
    }
}

impl Verification {
    /// Whether it has ended with a status that the desk understands.
    fn is_understood(&self) -> bool {
        let ended = self.standing().is_none_or(|standing| standing.tone == Tone::Bad);
        let odd = |check: &Check| check.required && check.weight() == Weight::Unknown;
        ended && !self.is_unchecked() && !self.checks.iter().any(odd)
    }

    fn failures(&self) -> Vec<String> {
        let checks = self.checks.iter().filter(|check| check.weight() == Weight::Failed);
        let mut failures: Vec<String> = checks.map(|check| format!("{}: {}", self.label(), check.label())).collect();
        let standing = self.standing().filter(|standing| standing.tone == Tone::Bad && failures.is_empty());
        failures.extend(standing.map(|standing| standing.label));
        failures
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(super) fn evidence(
        fields: &[(&str, &str)],
        verification: serde_json::Value,
        reports: serde_json::Value,
        unread: bool,
    ) -> Evidence {
        let fields: Vec<_> = fields.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let unread = if unread { json!([{"what": "report", "id": "rep_9"}]) } else { json!([]) };
        let whole = json!({"inquiry": {"id": "inq_1", "status": "needs_review", "reference_id": null, "account_id": null,
            "template_id": null, "note": null, "tags": [], "creator": null, "reviewer_comment": null,
            "created_at": "2026-11-20T09:14:02.000000Z", "updated_at": null, "started_at": null, "completed_at": null,
            "failed_at": null, "marked_for_review_at": null, "decisioned_at": null, "expires_at": null,
            "expired_at": null, "redacted_at": null, "fields": fields},
            "verifications": verification, "reports": reports, "sessions": [], "unread": unread});
        serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(super) fn report(kind: &str, status: &str, hit: bool) -> serde_json::Value {
        json!([{"id": "rep_1", "kind": kind, "status": status, "has_match": hit, "term": null, "created_at": null,
            "completed_at": null, "matches": [], "dismissed": 0}])
    }

    pub(super) fn verification(status: &str, check: &str, required: bool, country: &str) -> serde_json::Value {
        json!([{"id": "ver_1", "kind": "government-id", "status": status, "country": country, "created_at": null,
            "completed_at": null, "facts": [], "pictures": [],
            "checks": [{"name": "id_expired_detection", "status": check, "required": required, "reasons": []}]}])
    }

    pub(super) fn facts(evidence: &Evidence) -> Facts {
        Facts::of(None, Some(evidence), &evidence.signals(&[]))
    }

    #[test]
    fn a_list_that_holds_no_people_screens_nobody() {
        let report = |kind: &str| -> Report {
            let report = json!({"id": "rep_1", "kind": kind, "status": "ready", "has_match": false, "term": "Mara Vos",
                "created_at": null, "completed_at": null, "matches": [], "dismissed": 0});
            serde_json::from_value(report).unwrap_or_else(|why| panic!("{why}"))
        };
        for (kind, of_person, of_business) in [
            ("watchlist", true, true),
            ("screening", true, true),
            ("politically-exposed-person", false, false),
            ("business-adverse-media", false, false),
            ("crypto-address-watchlist", false, false),
            ("business-watchlist", false, true),
            ("profile", false, false),
        ] {
            assert_eq!(screened(&[report(kind)], false), of_person, "{kind}");
            assert_eq!(screened(&[report(kind)], true), of_business, "{kind}");
        }
    }

    #[test]
    fn a_country_is_found_under_whatever_name_it_stands() {
        for (text, code) in [
            ("Korea (Democratic People's Republic of) (KP)", Some("KP")),
            ("North Korea", Some("KP")),
            ("IR", Some("IR")),
            ("Korea (North)", None),
            ("Atlantis", None),
        ] {
            assert_eq!(stay(text), code, "{text}");
        }
        for key in [
            "country-of-origin",
            "citizenships",
            "nationality-2",
            "nationalities",
            "residence-country-iso",
            "telephone-nationality",
            "issuing-country-name",
            "address-country-code",
            "selectedCountryCode",
            "country_of_birth",
            "citizen-of",
        ] {
            assert!(names_country(key), "{key}");
        }
        let of = |key: &str, value: &str| named(&[Field { key: key.into(), value: value.into() }]);
        for (key, value) in [
            ("jurisdiction", "KP"),
            ("residence", "Iran"),
            ("country-status", "KP"),
            ("nationality-type", "KP"),
            ("tax-residence", "IR"),
            ("place-of-incorporation", "MM"),
            ("issuing-authority", "Ministry of Interior, Islamic Republic of Iran"),
            ("birthplace", "Pyongyang, North Korea"),
            ("city-of-birth", "Tehran, Iran"),
            ("birth-state", "Crimea, Russia"),
            ("citizen-of", "Iran"),
            ("domicile", "KP"),
            ("pais", "KP"),
        ] {
            assert_eq!(of(key, value).len(), 1, "{key} {value}");
        }
        for (key, value) in [
            ("name-first", "Jordan"),
            ("address-subdivision", "Georgia"),
            ("unit", "MM"),
            ("sex", "M"),
            ("birth-city", "LA"),
        ] {
            assert_eq!(of(key, value), [] as [&str; 0], "{key} {value}");
        }
        for key in [
            "phone-country-code",
            "country-calling-code",
            "address-country-match",
            "county",
            "name-first",
            "citizen-id",
            "us-citizen",
        ] {
            assert!(!names_country(key), "{key}");
        }
    }

    #[test]
    fn a_person_who_names_an_employer_is_no_business() {
        let clean = || report("business-watchlist", "ready", false);
        let of = |fields: &[(&str, &str)]| facts(&evidence(fields, json!([]), clean(), false)).hit;
        assert_eq!(of(&[("business-name", "Acme")]), ConditionAnswer::No);
        assert_eq!(of(&[("business-name", "Acme"), ("name-first", "Mara")]), ConditionAnswer::NotKnown);
        // Whatever its fields are called, a passport shows a person.
        assert_eq!(
            of(&[("business-name", "Acme"), ("customer-date-of-birth", "1990-01-01")]),
            ConditionAnswer::NotKnown
        );
        let own = [("business-name", "Acme"), ("legal-name", "Mara Vos")];
        let passport = verification("passed", "passed", true, "DE");
        assert_eq!(facts(&evidence(&own, passport, clean(), false)).hit, ConditionAnswer::NotKnown);
    }

    #[test]
    fn who_was_never_screened_is_neither_a_hit_nor_none() {
        for reports in [json!([]), report("email-address", "ready", false)] {
            assert_eq!(facts(&evidence(&[], json!([]), reports, false)).hit, ConditionAnswer::NotKnown);
        }
        assert_eq!(
            facts(&evidence(&[], json!([]), report("watchlist", "ready", false), false)).hit,
            ConditionAnswer::No
        );
    }

    #[test]
    fn a_screening_without_an_end_is_neither_a_hit_nor_none() {
        let of = |reports, unread| facts(&evidence(&[], json!([]), reports, unread));
        assert_eq!(of(report("watchlist", "ready", true), false).hit, ConditionAnswer::Yes);
        assert_eq!(of(report("watchlist", "pending", true), false).hit, ConditionAnswer::Yes);
        assert_eq!(of(report("watchlist", "ready", false), false).hit, ConditionAnswer::No);
        for (kind, status) in [("watchlist", "pending"), ("watchlist", "errored"), ("screening", ""), ("new", "ready")]
        {
            assert_eq!(of(report(kind, status, false), false).hit, ConditionAnswer::NotKnown, "{kind} {status}");
        }
        // Data that was found is not a hit.
        let both = json!([report("business-lookup", "ready", true)[0], report("watchlist", "ready", false)[0]]);
        assert_eq!(of(both, false).hit, ConditionAnswer::No);
        assert_eq!(of(json!([]), true).hit, ConditionAnswer::NotKnown);
        assert_eq!(Facts::of(None, None, &[]).hit, ConditionAnswer::NotKnown);
    }

    #[test]
    fn a_signal_that_may_still_come_is_not_known() {
        let of = |reports, unread| facts(&evidence(&[], json!([]), reports, unread));
        let pending = of(report("watchlist", "pending", false), false);
        assert_eq!(
            (pending.signal("watchlist HIT"), pending.signal("PEP")),
            (ConditionAnswer::NotKnown, ConditionAnswer::No)
        );
        let whole = of(report("screening", "pending", false), false);
        assert_eq!((whole.signal("PEP"), whole.signal("VPN")), (ConditionAnswer::NotKnown, ConditionAnswer::No));
        assert_eq!(of(json!([]), true).signal("VPN"), ConditionAnswer::NotKnown);
        assert_eq!(of(report("watchlist", "ready", true), false).signal("Watchlist hit"), ConditionAnswer::Yes);
    }

    #[test]
    fn a_required_check_failed_or_nobody_knows() {
        let of = |verification| facts(&evidence(&[], verification, json!([]), false)).failed_check;
        assert_eq!(of(verification("passed", "passed", true, "DE")), ConditionAnswer::No);
        assert_eq!(of(verification("failed", "failed", true, "DE")), ConditionAnswer::Yes);
        assert_eq!(of(verification("failed", "passed", true, "DE")), ConditionAnswer::Yes, "the verification itself");
        assert_eq!(of(verification("passed", "failed", false, "DE")), ConditionAnswer::No, "a hint is not required");
        for (status, check) in
            [("initiated", "passed"), ("passed", "odd"), ("odd", "passed"), ("passed", "not_applicable")]
        {
            assert_eq!(of(verification(status, check, true, "DE")), ConditionAnswer::NotKnown, "{status} {check}");
        }
        assert_eq!(of(json!([])), ConditionAnswer::NotKnown, "no verification was done");
    }

    #[test]
    fn a_country_counts_however_it_is_spelled_and_an_unknown_one_is_not_known() {
        let risky = ["IR".to_owned(), "KP".to_owned()];
        let of = |fields: &[(&str, &str)], document: &str| {
            let verification = verification("passed", "passed", true, document);
            facts(&evidence(fields, verification, json!([]), false)).countries.among(&risky)
        };
        assert_eq!(of(&[("address-country-code", "DE")], "DE"), ConditionAnswer::No);
        assert_eq!(of(&[("address-country-code", "DE")], "IR"), ConditionAnswer::Yes, "of the document");
        for (key, value) in [("nationality", "IRN"), ("address_country_code", "ir"), ("citizenship", "Germany, Iran")] {
            assert_eq!(of(&[(key, value)], "DE"), ConditionAnswer::Yes, "{key} {value}");
        }
        assert_eq!(of(&[("nationality", "Atlantis")], "DE"), ConditionAnswer::NotKnown);
        assert_eq!(of(&[("phone-country-code", "+98")], "DE"), ConditionAnswer::No);
        let nothing = facts(&evidence(&[], json!([]), json!([]), false)).countries;
        assert_eq!(nothing.among(&risky), ConditionAnswer::NotKnown);
        assert_eq!(Facts::of_nothing().countries.among(&risky), ConditionAnswer::No);
    }
}
