//! What stands beside a status and denies it: another status, a score, a level, a flag. Persona lets organisations and providers add
//! members, so that each is taken by what its name and its value mean, and not by a list of names.
use super::inquiry::Field;
use super::text::words;

/// Beginnings of words by which a status says that something did not succeed, does not hold, or does not hold any more.
const REFUSED: &[&str] = &[
    "abort",
    "block",
    "cancel",
    "cease",
    "curtail",
    "declin",
    "denied",
    "deny",
    "deport",
    "error",
    "expir",
    "fail",
    "fraud",
    "inactiv",
    "ineligib",
    "invalid",
    "lapse",
    "overstay",
    "refus",
    "reject",
    "revok",
    "suspen",
    "terminat",
    "timeout",
    "unsuccess",
    "unverif",
    "withdraw",
];
/// Words by which it says that it did. The status that a provider gives back is in no published words: these are those in use.
const ACCEPTED: &[&str] = &[
    "accepted",
    "active",
    "approved",
    "authenticated",
    "complete",
    "completed",
    "confirmed",
    "done",
    "finished",
    "full",
    "granted",
    "identified",
    "live",
    "match",
    "ok",
    "passed",
    "success",
    "successful",
    "succeeded",
    "valid",
    "verified",
    "yes",
];
/// Beginnings of a name that make its status one of the verification itself: any word that is not known is not assessed. Other statuses,
/// such as that of an immigrant, are classes as well, of which there are many.
const OF_ITSELF: &[&str] =
    &["response", "result", "verification", "authentication", "check", "match", "pass", "provider"];
/// What a flag affirms by the last words of its name, so that “no” denies it.
const AFFIRMS: &[&str] = &[
    "accepted",
    "active",
    "approved",
    "authentic",
    "authenticated",
    "available",
    "confirmed",
    "exists",
    "genuine",
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
/// What it says against somebody or something, so that “yes” does.
const ACCUSES: &[&str] = &[
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
/// Words of a level at which little is sure, also as SERPRO writes them.
const LITTLE: &[&str] = &["none", "low", "verylow", "lowest", "weak", "baixa", "baixíssima", "baixissima", "minimal"];
/// The same of a risk.
const MUCH: &[&str] = &["high", "veryhigh", "highest", "critical", "severe", "extreme"];
const NOTHING: &[&str] = &["", "none", "null", "n/a", "not applicable", "not-applicable", "not_applicable"];

/// From this score on a subject stands out, whatever the threshold of an organisation is.
const HIGH_SCORE: f64 = 800.0;
const HIGHEST_SCORE: f64 = 1000.0;
/// Below this share of 100 nothing resembles anything, whatever the threshold is.
const LITTLE_ALIKE: f64 = 20.0;

/// How a score of risk is taken. No threshold is published, so that a high one is taken for bad and no low one for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Score {
    High,
    NotHigh,
    Unclear,
}

/// Reads a score up to 1000.
pub fn risk_score(value: &str) -> Score {
    match value.trim().parse::<f64>() {
        Ok(score) if (HIGH_SCORE..=HIGHEST_SCORE).contains(&score) => Score::High,
        Ok(score) if (0.0..HIGH_SCORE).contains(&score) => Score::NotHigh,
        _ => Score::Unclear,
    }
}

/// What one value denies, in words; with whether it is bad by itself, as a high score is.
pub fn denial(fact: &Field) -> Option<(bool, String)> {
    let name = Name::of(&fact.key);
    let value = fact.value.trim().to_lowercase();
    let said = |what: &str| Some((false, format!("{} {what}", name.text)));
    let shown = || said(&fact.value);
    let unclear = || said(&format!("“{}” not assessed", fact.value));
    if name.ends(&["risk-score", "fraud-score"]) {
        return match risk_score(&value) {
            Score::High => Some((true, format!("{} {}", name.text, fact.value))),
            Score::NotHigh => None,
            Score::Unclear => unclear(),
        };
    }
    if name.has("similarity-score") || name.ends(&["confidence-score", "match-score"]) {
        // Some count up to 1: of those only what is little on either scale is.
        return match value.parse::<f64>() {
            Ok(score) if (0.0..=1.0).contains(&score) && score * 100.0 >= LITTLE_ALIKE => None,
            Ok(score) if (LITTLE_ALIKE..=100.0).contains(&score) => None,
            Ok(score) if (0.0..=100.0).contains(&score) => shown(),
            _ => unclear(),
        };
    }
    if name.has("error") || name.has("errors") {
        return if NOTHING.contains(&value.as_str()) || matches!(value.as_str(), "no" | "false" | "0") {
            None
        } else {
            shown()
        };
    }
    if name.ends(&["status"]) {
        return status(&name, &value).then(shown).flatten().or_else(|| {
            let known = of(&value).iter().any(|word| ACCEPTED.contains(&word.as_str()));
            (OF_ITSELF.iter().any(|begin| name.begins(begin)) && !known).then(unclear).flatten()
        });
    }
    let joined = of(&value).concat();
    let level = |words: &[&str]| {
        words.contains(&joined.as_str()) || of(&value).iter().any(|word| words.contains(&word.as_str()))
    };
    if name.ends(&["confidence-level", "level-of-assurance", "assurance-level"]) {
        return level(LITTLE).then(shown).flatten();
    }
    if name.ends(&["risk-level", "threat-level", "fraud-level"]) {
        return level(MUCH).then(shown).flatten();
    }
    let (yes, no) = (matches!(value.as_str(), "yes" | "true"), matches!(value.as_str(), "no" | "false"));
    let affirms = name.ends(AFFIRMS) || name.has("meets") || name.has("age-over") || name.has("age-estimated");
    ((no && affirms) || (yes && name.ends(ACCUSES))).then(|| (false, format!("{}: {}", name.text, fact.value)))
}

/// Whether a status denies what stands beside it.
fn status(name: &Name, value: &str) -> bool {
    let words = of(value);
    let refused = words.iter().any(|word| REFUSED.iter().any(|begin| word.starts_with(begin)));
    // Of a class, “none” is that it is of none.
    let itself = OF_ITSELF.iter().any(|begin| name.begins(begin));
    refused
        || words.iter().any(|word| word == "not") && !NOTHING.contains(&value)
        || itself && matches!(value, "no" | "false" | "none")
}

fn of(value: &str) -> Vec<String> {
    value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The last part of a way to a value, word by word.
struct Name {
    /// With hyphens around and between its words.
    key: String,
    text: String,
}

impl Name {
    fn of(key: &str) -> Self {
        let last = key.rsplit('.').find(|part| !part.bytes().all(|b| b.is_ascii_digit())).unwrap_or(key);
        let mut out = String::from("-");
        let mut lower = false;
        for c in last.chars() {
            if lower && c.is_ascii_uppercase() {
                out.push('-');
            }
            lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            out.push(if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
        }
        let text = words(out.trim_matches('-')).to_lowercase();
        Self { key: out + "-", text }
    }

    fn has(&self, part: &str) -> bool {
        self.key.contains(&format!("-{part}-"))
    }

    fn begins(&self, part: &str) -> bool {
        self.key.starts_with(&format!("-{part}-"))
    }

    fn ends(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| self.key.ends_with(&format!("-{end}-")))
    }
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
