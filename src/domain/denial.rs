//! Values next to a status that contradict it: another status, a score, a level, a flag. One file, because the rules
//! for names that Persona does not publish also apply those for published names. Persona lets organisations and
//! providers add members, so each is judged by what its name and its value mean, and not by a list of names. Only what
//! is understood is good.
use super::inquiry::Field;

pub mod declared_field;
mod name;
mod stated_value;

use name::ValueName;
use stated_value::{ACCEPTED, chunks, is_moment, negated, of, refused, refuses};

/// Beginnings of names whose status is that of the verification itself: an unknown word there is not assessed. Other
/// statuses, such as an immigration status, can also be classes, of which there are many.
const OF_ITSELF: &[&str] =
    &["response", "result", "verification", "authentication", "check", "match", "pass", "provider", "search"];
/// Words for a low level of certainty, also as SERPRO writes them.
const LITTLE: &[&str] = &["none", "low", "verylow", "lowest", "weak", "baixa", "baixíssima", "baixissima", "minimal"];
/// Words for a high level of risk.
const MUCH: &[&str] = &["high", "veryhigh", "highest", "critical", "severe", "extreme"];
const NOTHING: &[&str] = &["", "none", "null", "n/a", "not applicable", "not-applicable", "not_applicable"];
/// Ends of names whose values are levels of risk.
const RISKS: &[&str] = &["risk-level", "threat-level", "fraud-level", "risk", "threat", "severity", "risk-rating"];

/// From this share of its scale, a score is high, whatever threshold an organisation uses.
const HIGH: f64 = 0.8;
/// From this share, it may be high.
const HALF: f64 = 0.5;
/// The highest of the risk scores that Persona publishes.
const HIGHEST_SCORE: f64 = 1000.0;
/// Below this value of 100, two things are not similar, whatever the threshold is.
const LITTLE_ALIKE: f64 = 20.0;

/// How a risk score is judged. Persona publishes no threshold, so a high score counts as bad, and a low one does not
/// count as good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Score {
    High,
    NotHigh,
    Unclear,
}

/// Judges a score from 0 to 1000.
pub fn risk_score(value: &str) -> Score {
    match value.trim().parse::<f64>() {
        Ok(score) if (HIGH * HIGHEST_SCORE..=HIGHEST_SCORE).contains(&score) => Score::High,
        Ok(score) if (0.0..HIGH * HIGHEST_SCORE).contains(&score) => Score::NotHigh,
        _ => Score::Unclear,
    }
}

/// The value as a share of the smallest scale that it fits: 1, 100 or 1000.
fn share(value: &str) -> Option<f64> {
    let (number, scales): (_, &[f64]) = match value.strip_suffix('%') {
        Some(percent) => (percent, &[100.0]),
        None => (value, &[1.0, 100.0, HIGHEST_SCORE]),
    };
    let number = number.trim().parse::<f64>().ok().filter(|number| *number >= 0.0)?;
    scales.iter().find(|scale| number <= **scale).map(|scale| number / scale)
}

/// The result of judging one value.
enum Judged {
    /// It speaks against the subject: whether it is bad by itself, as a high score is, and in words.
    Against(bool, String),
    /// It is understood, and does not speak against the subject.
    Fine,
    /// Neither name nor value is one that is judged here.
    Silent,
}

/// What one value says against the subject: whether it is bad by itself, as a high score is, and in words.
pub fn denial(fact: &Field) -> Option<(bool, String)> {
    let one = One::of(fact);
    let (pages, published) = (fact.key.starts_with("read from the pages"), one.name.published());
    let told = if pages || published { one.by_name() } else { one.unpublished() };
    match told {
        Judged::Against(bad, what) => Some((bad, what)),
        Judged::Fine => None,
        Judged::Silent if one.name.is_plain() => None,
        // A value that was read from the pages is followed by page and match.
        Judged::Silent => refuses(one.value.split(", page ").next().unwrap_or_default())
            .then(|| (false, format!("{} {}", one.name.text, fact.value))),
    }
}

/// Members of the `metadata` of a check that Persona publishes outside its schemas.
const OF_CHECK: &[&str] =
    &["backlink-count", "backlink-threshold", "country-code", "detected-id-designations", "disallowed-id-designations"];
/// Members that Persona gives for each of several comparisons, besides how well it matched.
const OF_REQUIREMENT: &[&str] = &["name", "type", "requirement", "required"];
/// Results of a failed comparison, given under the name of what was compared.
const UNLIKE: &[&str] = &[
    "different",
    "differs",
    "failed",
    "mismatch",
    "mismatched",
    "nomatch",
    "notmatched",
    "notmatching",
    "partial",
    "partialmatch",
    "rejected",
    "unmatched",
];

/// The same for values next to a check that passed. How well something matched is judged elsewhere.
pub fn of_check(fact: &Field) -> Option<String> {
    let one = One::of(fact);
    let said = |told| if let Judged::Against(_, what) = told { Some(what) } else { None };
    let (first, last) =
        (fact.key.split('.').next().unwrap_or_default(), fact.key.rsplit('.').next().unwrap_or_default());
    if OF_CHECK.contains(&fact.key.as_str()) || first == "check-requirements" && OF_REQUIREMENT.contains(&last) {
        return None;
    }
    if one.name.ends(&["match-score"]) {
        return said(one.by_name());
    }
    if one.name.is_plain() && UNLIKE.contains(&of(&one.value).concat().as_str()) {
        return said(one.said());
    }
    denial(fact).map(|(_, what)| what)
}

/// The same for a search of lists. What its entries say does not count; that the search was not carried out, or was
/// incomplete, does.
pub fn search(fact: &Field) -> Option<(bool, String)> {
    let one = One::of(fact);
    let reach = ["search", "source", "list", "database", "scope", "coverage", "complet"];
    if one.name.any(&reach) && !one.name.published() && (one.is_nothing() || matches!(one.value.as_str(), "0" | "no")) {
        return Some((false, format!("{} {}", one.name.text, fact.value)));
    }
    if one.name.published() {
        let refused = !one.name.is_plain() && refuses(&one.value);
        return refused.then(|| (false, format!("{} {}", one.name.text, fact.value)));
    }
    denial(fact)
}

/// A field: its name, and its value in lower case.
struct One<'a> {
    fact: &'a Field,
    name: ValueName,
    value: String,
}

impl<'a> One<'a> {
    fn of(fact: &'a Field) -> Self {
        Self { fact, name: ValueName::of(&fact.key), value: fact.value.trim().to_lowercase() }
    }

    fn said(&self) -> Judged {
        Judged::Against(false, format!("{} {}", self.name.text, self.fact.value))
    }

    fn flagged(&self) -> Judged {
        Judged::Against(false, format!("{}: {}", self.name.text, self.fact.value))
    }

    fn unclear(&self) -> Judged {
        Judged::Against(false, format!("{} “{}” not assessed", self.name.text, self.fact.value))
    }

    fn is_nothing(&self) -> bool {
        NOTHING.contains(&self.value.as_str())
    }

    /// Yes or no. A number counts as an answer only under the name of a flag.
    fn flag(&self) -> Option<bool> {
        match self.value.as_str() {
            "yes" | "true" | "y" => Some(true),
            "no" | "false" | "n" => Some(false),
            "1" | "0" if self.name.begins("is") || self.name.begins("has") || self.name.ends(name::FLAGS) => {
                Some(self.value == "1")
            }
            _ => None,
        }
    }

    /// Judges the value by the rules for known names.
    fn by_name(&self) -> Judged {
        let (name, value) = (&self.name, self.value.as_str());
        if name.ends(&["risk-score", "fraud-score"]) {
            return match risk_score(value) {
                Score::High => Judged::Against(true, format!("{} {}", name.text, self.fact.value)),
                Score::NotHigh => Judged::Fine,
                Score::Unclear => self.unclear(),
            };
        }
        if name.has("similarity-score") || name.ends(&["confidence-score", "match-score"]) {
            // Some scores end at 1, so a score up to 1 is low only when it is low on both scales.
            return match value.parse::<f64>() {
                Ok(score) if (0.0..=1.0).contains(&score) && score * 100.0 >= LITTLE_ALIKE => Judged::Fine,
                Ok(score) if (LITTLE_ALIKE..=100.0).contains(&score) => Judged::Fine,
                Ok(score) if (0.0..=100.0).contains(&score) => self.said(),
                _ => self.unclear(),
            };
        }
        if name.has("error") || name.has("errors") {
            let none = self.is_nothing() || matches!(value, "no" | "false" | "0");
            return if none { Judged::Fine } else { self.said() };
        }
        if name.ends(&["confidence-reasons"]) {
            return self.reasons();
        }
        if name.ends(&["status"]) {
            return self.status();
        }
        if name.ends(&["match", "match-level", "match-result", "matched", "result"]) && is_no_match(value) {
            return self.said();
        }
        if name.any(name::DEATH) && !self.is_nothing() && !matches!(value, "no" | "false" | "0") {
            return self.flagged();
        }
        if self.is_moment_against() {
            return self.said();
        }
        if name.ends(&["confidence-level", "level-of-assurance", "assurance-level"]) {
            return if self.level(LITTLE) { self.said() } else { Judged::Silent };
        }
        if name.ends(RISKS) {
            return match () {
                () if self.level(MUCH) => self.said(),
                () if self.level(LITTLE) => Judged::Fine,
                () => Judged::Silent,
            };
        }
        let affirms =
            name.ends(name::AFFIRMS) || name.has("meets") || name.has("age-over") || name.has("age-estimated");
        match self.flag() {
            Some(false) if affirms => self.flagged(),
            Some(true) if name.ends(name::ACCUSES) => self.flagged(),
            Some(true) if affirms => Judged::Fine,
            Some(false) if name.ends(name::ACCUSES) => Judged::Fine,
            _ => Judged::Silent,
        }
    }

    /// Judges a value under a name that Persona does not publish: what is neither understood nor a plain value of an
    /// identity is not assessed.
    fn unpublished(&self) -> Judged {
        let (name, value) = (&self.name, self.value.as_str());
        if name.is_plain() || value.starts_with("http") && !name.ends(&["level-of-assurance"]) {
            return Judged::Silent;
        }
        if let Some(score) = self.score() {
            return score;
        }
        if let Some(flag) = self.flag() {
            return self.unpublished_flag(flag);
        }
        if let against @ Judged::Against(..) = self.by_name() {
            return against;
        }
        if self.is_nothing() {
            let denied = name.any(&["match", "result", "status", "verif", "valid", "liveness", "confiden"]);
            return if denied { self.said() } else { Judged::Fine };
        }
        if name.any(name::ACCUSING) && name.ends(&["at", "date", "day", "on", "since", "time"]) && !name.any(&["expir"])
        {
            return self.said();
        }
        if value.parse::<f64>().is_ok() || is_moment(value) {
            let accused = name.any(name::ACCUSING) && !name.any(&["expir"]);
            let counted = accused && !matches!(value.parse::<f64>(), Ok(0.0));
            return if counted { self.unclear() } else { Judged::Fine };
        }
        if refuses(value) || refused(&of(value)) && name.ends(&["status"]) {
            return self.said();
        }
        if name.ends(RISKS) && self.level(LITTLE) {
            return Judged::Fine;
        }
        let known = |one: &str| of(one).iter().any(|word| ACCEPTED.contains(&word.as_str()));
        // Reasons, findings and warnings can be any text.
        let telling =
            name.any(&["reason", "alert", "flag", "warn", "match", "hit", "finding", "sanction", "watchlist"]);
        let word = |one: &str| !one.contains(char::is_whitespace) && one.chars().all(|c| !c.is_ascii_digit());
        let unknown = chunks(value).any(|one| !known(one) && (telling || word(one)));
        if unknown { self.unclear() } else { Judged::Fine }
    }

    fn unpublished_flag(&self, flag: bool) -> Judged {
        let name = &self.name;
        // A nested value is about what its parent names, and a name with a negation reverses the answer.
        if name.nested || name.negates() {
            return self.unclear();
        }
        let meets = name.has("meets") || name.has("age-over") || name.has("age-estimated");
        match () {
            () if name.any(name::ACCUSING) => {
                if flag {
                    self.flagged()
                } else {
                    Judged::Fine
                }
            }
            () if meets || name.ends(name::AFFIRMS) => {
                if flag {
                    Judged::Fine
                } else {
                    self.flagged()
                }
            }
            () => self.unclear(),
        }
    }

    /// Judges a score under a name that is not published: its scale is the smallest that it fits, its threshold is not
    /// known.
    fn score(&self) -> Option<Judged> {
        let name = &self.name;
        let risk = name.any(&["risk", "fraud", "threat", "abuse", "synthetic", "spoof", "tamper"]);
        let alike = name.any(&["similar", "confiden", "match", "live", "likeness"]);
        let scored = name.any(&["score", "probab", "likelihood", "rating", "percent", "similar", "confiden"]);
        let numeric = self.value.trim_end_matches('%').trim().parse::<f64>().is_ok();
        if !(numeric && (scored || risk || alike) || name.ends(&["score", "scores", "probability"])) {
            return None;
        }
        if self.flag().is_some() {
            return None;
        }
        let Some(share) = share(&self.value) else {
            return Some(if self.is_nothing() { Judged::Fine } else { self.unclear() });
        };
        Some(match () {
            () if risk && share >= HIGH => Judged::Against(true, format!("{} {}", name.text, self.fact.value)),
            () if risk && share < HALF => Judged::Fine,
            () if alike && !risk && share * 100.0 < LITTLE_ALIKE => self.said(),
            () => self.unclear(),
        })
    }

    /// Whether the value is a time at which something was revoked or refused.
    fn is_moment_against(&self) -> bool {
        let accuses = self.name.any(name::ACCUSING) && !self.name.any(&["expir"]);
        accuses && self.name.ends(&["at", "on", "date"]) && is_moment(&self.value)
    }

    /// Judges the reasons for the confidence in an entity: `generic` says nothing, and of other words only denials are
    /// known.
    fn reasons(&self) -> Judged {
        let low = |one: &str| refuses(one) || of(one).iter().any(|word| LITTLE.contains(&word.as_str()));
        let all: Vec<&str> = chunks(&self.value).filter(|one| *one != "generic").collect();
        match () {
            () if all.is_empty() => Judged::Fine,
            () if all.iter().any(|one| low(one)) => self.said(),
            () => self.unclear(),
        }
    }

    fn level(&self, words: &[&str]) -> bool {
        let all = of(&self.value);
        words.contains(&all.concat().as_str()) || all.iter().any(|word| words.contains(&word.as_str()))
    }

    /// Whether a status contradicts what is next to it.
    fn status(&self) -> Judged {
        let all = of(&self.value);
        // For a class, “none” means that the subject is in none.
        let itself = OF_ITSELF.iter().any(|begin| self.name.begins(begin));
        let denies = refused(&all)
            || negated(&all)
            || all.iter().any(|word| word == "not") && !self.is_nothing()
            || itself && matches!(self.value.as_str(), "no" | "false" | "none");
        match () {
            () if denies => self.said(),
            () if itself && !all.iter().any(|word| ACCEPTED.contains(&word.as_str())) => self.unclear(),
            () => Judged::Silent,
        }
    }
}

/// Whether the result of a comparison is that there is no match, or only a partial one.
fn is_no_match(value: &str) -> bool {
    matches!(value, "none" | "no" | "false" | "partial") || refuses(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(key: &str, value: &str) -> Option<String> {
        denial(&Field { key: key.into(), value: value.into() }).map(|(_, what)| what)
    }

    #[test]
    fn what_denies_a_status_is_known_by_its_name_and_value() {
        for (key, value, what) in [
            ("response-status", "rejected", "response status rejected"),
            ("responseStatus", "NOT_VERIFIED", "response status NOT_VERIFIED"),
            ("response_status", "purple", "response status “purple” not assessed"),
            ("response-status", "none", "response status none"),
            ("pass-status", "Cancelled", "pass status Cancelled"),
            ("immigration-status", "Expired", "immigration status Expired"),
            ("immigration-status", "leave not granted", "immigration status leave not granted"),
            ("visa-status", "REVOKED", "visa status REVOKED"),
            ("metadata.telesign-risk-score", "980", "telesign risk score 980"),
            ("metadata.telesign-risk-score", "high", "telesign risk score “high” not assessed"),
            ("metadata.telesign-risk-score", "-1", "telesign risk score “-1” not assessed"),
            ("selfie-similarity-score-left", "3.2", "selfie similarity score left 3.2"),
            ("entity-confidence-score", "0", "entity confidence score 0"),
            ("selfie-comparison-error-code", "DV-045", "selfie comparison error code DV-045"),
            ("selfie-confidence-level", "Baixíssima probabilidade", "selfie confidence level Baixíssima probabilidade"),
            (
                "level-of-assurance",
                "https://data.gov.dk/concept/core/nsis/Low",
                "level of assurance https://data.gov.dk/concept/core/nsis/Low",
            ),
            ("meets-minimum-age", "no", "meets minimum age: no"),
            ("serpro-selfie-available", "no", "serpro selfie available: no"),
            ("age-estimated-18-plus", "no", "age estimated 18 plus: no"),
            ("age_over_18", "false", "age over 18: false"),
            ("fields.document-expired", "yes", "document expired: yes"),
        ] {
            assert_eq!(says(key, value).as_deref(), Some(what), "{key}");
        }
        for (key, value) in [
            ("response-status", "SUCCESS"),
            ("response-status", "verification_completed"),
            ("pass-status", "Live"),
            ("immigration-status", "Settled status, Skilled Worker"),
            ("visa-status", "none"),
            ("residential-status", "Not applicable"),
            ("metadata.telesign-risk-score", "306"),
            ("entity-confidence-score", "96.1831512451172"),
            ("selfie-similarity-score", "0.97"),
            ("selfie-comparison-error-code", "none"),
            ("selfie-confidence-level", "Altíssima probabilidade"),
            ("level-of-assurance", "Substantial"),
            ("meets-minimum-age", "yes"),
            ("age-in-years", "36"),
            ("email-is-free-provider", "no"),
            ("from-reusable-persona", "no"),
        ] {
            assert_eq!(says(key, value), None, "{key} {value}");
        }
    }
}
