//! What organisations ask and record under their own names: in forms, on accounts, as tags. Most of it says nothing
//! about the subject, so only values that accuse the subject in their own words are used.
use super::stated_value::{ACCEPTED, of, refused};
use super::{Judged, MUCH, One, RISKS, is_moment, name};
use crate::domain::inquiry::Field;

/// Beginnings of words in questions where a reviewer has to look at a “yes”.
const ASKS: &[&str] = &[
    "arrest",
    "bankrupt",
    "behalf",
    "blacklist",
    "convict",
    "crimin",
    "embargo",
    "fraud",
    "indict",
    "insolv",
    "launder",
    "nominee",
    "offence",
    "offense",
    "pep",
    "politic",
    "prosecut",
    "sanction",
    "terror",
    "watchlist",
];
/// The same with more than one word.
const ASKS_WHOLE: &[&str] = &["acting-for", "act-for", "third-party", "somebody-else", "someone-else"];
/// Last words of names that say what was done about such a question, and not its answer.
const HANDLED: &[&str] = &["acknowledged", "checked", "check", "read", "required", "reviewed", "screened", "signed"];
/// Beginnings of words for what the applicant has to agree to.
const CONSENTS: &[&str] = &["accept", "agree", "attest", "consent", "certif", "terms", "truthful"];
/// Agreements that are optional.
const OPTIONAL: &[&str] =
    &["advert", "analytic", "commerc", "cookie", "market", "newsletter", "promo", "sms", "survey"];
/// Beginnings of words that accuse the subject, anywhere in a name or text.
const ACCUSED: &[&str] = &[
    "banned",
    "blacklist",
    "blocked",
    "blocklist",
    "compromis",
    "counterfeit",
    "crimin",
    "deceas",
    "declin",
    "denied",
    "fake",
    "forged",
    "forger",
    "fraud",
    "launder",
    "mule",
    "pep",
    "reject",
    "revok",
    "sanction",
    "scam",
    "spoof",
    "stolen",
    "suspici",
    "synthetic",
    "tamper",
    "terror",
    "underage",
    "watchlist",
];
/// Names under which an organisation says what to do, or what was found.
const JUDGES: &[&str] =
    &["alert", "decision", "finding", "flag", "label", "list", "outcome", "recommend", "review", "verdict", "warn"];
/// Words by which an accusation is taken back.
const CLEARED: &[&str] = &["clean", "cleared", "checked", "myself", "none", "own", "screened", "self", "unrelated"];
const DENIES: &[&str] = &["no", "non", "none", "not", "never", "nothing", "without", "kein", "keine", "aucun", "false"];

/// Yes or no, as forms in several languages have it.
fn answer(value: &str) -> Option<bool> {
    match value {
        "yes" | "true" | "y" | "1" | "on" | "ja" | "oui" | "si" | "sí" | "sim" | "checked" => Some(true),
        "no" | "false" | "n" | "0" | "off" | "nein" | "non" | "não" | "nao" | "nee" | "none" | "never" | "null"
        | "nil" | "nothing" | "n/a" | "not applicable" | "not_applicable" | "not-applicable" | "-" | "" => Some(false),
        _ => None,
    }
}

/// What an answer in a form says against the person who gave it, in words.
pub fn answered(field: &Field) -> Option<String> {
    let one = One::of(field);
    let name = &one.name;
    let said = |what: bool| what.then(|| format!("{}: {}", name.text, field.value));
    let asks = name.any(ASKS) || ASKS_WHOLE.iter().any(|asks| name.has(asks));
    if asks && !name.ends(&["agreed", "consent"]) {
        // A score is judged as one.
        if name.ends(HANDLED) || name.ends(name::AFFIRMS) || name.ends(&["score", "scores"]) {
            return None;
        }
        if let Some(yes) = answer(&one.value) {
            return said(yes != name.negates());
        }
        let handled = is_moment(&one.value) && name.any(&["check", "screen", "review", "updat", "expir"]);
        let words = of(&one.value);
        let denied = words.first().is_some_and(|word| DENIES.contains(&word.as_str()));
        let cleared = words
            .iter()
            .any(|word| word != "yes" && (ACCEPTED.contains(&word.as_str()) || CLEARED.contains(&word.as_str())));
        // The answer may name a person, so it is not repeated here.
        return (!handled && !denied && !cleared).then(|| format!("{}: see the answer", name.text));
    }
    if name.any(CONSENTS) && !name.any(OPTIONAL) {
        let refuses = |value: &str| matches!(answer(value), Some(false)) && !value.is_empty();
        let yes = answer(&one.value) == Some(true);
        return said(if name.negates() { yes } else { refuses(&one.value) });
    }
    None
}

/// What a field of an organisation says against the person that it is about: whether it is bad by itself, and in words.
pub fn accused(field: &Field) -> Option<(bool, String)> {
    if let Some(what) = answered(field) {
        return Some((false, what));
    }
    let one = One::of(field);
    let name = &one.name;
    let said = || Some((false, format!("{}: {}", name.text, field.value)));
    if name.is_plain() {
        return None;
    }
    if let Some(flag) = one.flag() {
        let accuses = name.any(ACCUSED) || name.ends(name::ACCUSES);
        return if accuses && !name.ends(HANDLED) && flag != name.negates() { said() } else { None };
    }
    if name.ends(&["risk-score", "fraud-score"])
        && let Judged::Against(bad, what) = one.by_name()
    {
        return Some((bad, what));
    }
    if let Some(Judged::Against(true, what)) = one.score() {
        return Some((true, what));
    }
    if name.ends(RISKS) && one.level(MUCH) {
        return said();
    }
    let judges = name.any(JUDGES) || name.ends(&["status", "reason", "reasons"]);
    if judges && (accuses(&field.value) || name.ends(&["status"]) && ended(&one.value)) {
        return said();
    }
    None
}

/// Whether a status is a refusal. A status such as expired, inactive or unverified does not count.
fn ended(value: &str) -> bool {
    let words: Vec<String> = of(value)
        .into_iter()
        .filter(|word| !["expir", "inactiv", "unverif"].iter().any(|one| word.starts_with(one)))
        .collect();
    refused(&words)
}

/// Whether a short text, such as a tag, accuses the subject.
pub fn accuses(text: &str) -> bool {
    let words = of(&text.to_lowercase());
    let taken_back = |word: &String| {
        let word = word.as_str();
        DENIES.contains(&word) || CLEARED.contains(&word) || matches!(word, "clear" | "passed" | "pass" | "ok")
    };
    let accused = |word: &String| ACCUSED.iter().any(|begin| word.starts_with(begin));
    words.iter().any(accused) && !words.iter().any(taken_back)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, value: &str) -> Field {
        Field { key: key.into(), value: value.into() }
    }

    #[test]
    fn an_answer_that_speaks_against_whoever_gave_it_is_taken() {
        for (key, value, what) in [
            ("are-you-a-politically-exposed-person", "True", "are you a politically exposed person: True"),
            ("is-pep", "yes", "is pep: yes"),
            ("isPep", "1", "is pep: 1"),
            ("kyc.pep", "Ja", "pep: Ja"),
            ("pep-status", "foreign minister", "pep status: see the answer"),
            ("sanctioned", "yes", "sanctioned: yes"),
            ("on-behalf-of", "Kim Jong Un", "on behalf of: see the answer"),
            ("acting-for-somebody-else", "yes", "acting for somebody else: yes"),
            ("criminal_record", "yes, 2019", "criminal record: see the answer"),
            ("not-a-pep", "no", "not a pep: no"),
            ("consent-given", "false", "consent given: false"),
            ("terms-accepted", "no", "terms accepted: no"),
        ] {
            assert_eq!(answered(&field(key, value)).as_deref(), Some(what), "{key}");
        }
        for (key, value) in [
            ("are-you-a-politically-exposed-person", "no"),
            ("is-pep", "false"),
            ("pep-status", "not a PEP"),
            ("not-a-pep", "yes"),
            ("sanctions-screened", "yes"),
            ("pep-declaration-signed", "yes"),
            ("on-behalf-of", "myself"),
            ("criminal-record", "none"),
            ("consent-given", "true"),
            ("marketing-consent", "no"),
            ("sanctions-screening-consent", "yes"),
            ("name-first", "Pepita"),
            ("occupation", "politician"),
            ("us-person", "no"),
        ] {
            assert_eq!(answered(&field(key, value)), None, "{key} {value}");
        }
    }

    #[test]
    fn what_an_organisation_notes_of_somebody_is_taken_when_it_accuses() {
        for (key, value, what) in [
            ("risk-rating", "high", "risk rating: high"),
            ("is-pep", "yes", "is pep: yes"),
            ("fraud-score", "990", "fraud score 990"),
            ("kyc-status", "rejected", "kyc status: rejected"),
            ("decision", "declined", "decision: declined"),
            ("flags.1", "SANCTIONED", "flags: SANCTIONED"),
            ("is-fraudulent", "yes", "is fraudulent: yes"),
        ] {
            let there = accused(&field(key, value)).map(|(_, what)| what);
            assert_eq!(there.as_deref(), Some(what), "{key}");
        }
        for (key, value) in [
            ("risk-level", "medium"),
            ("kyc-status", "not verified"),
            ("email-verified", "no"),
            ("plan", "premium"),
            ("segment", "gold"),
            ("score", "12"),
            ("address.city", "Deadwood"),
            ("identification-numbers.1.issuing-country", "US"),
        ] {
            assert_eq!(accused(&field(key, value)), None, "{key} {value}");
        }
        for tag in ["SANCTIONED", "FRAUD CONFIRMED", "pep", "declined_before", "money-mule"] {
            assert!(accuses(tag), "{tag}");
        }
        for tag in ["edd", "priority", "VIP", "not-fraud", "pep cleared", "sanctions-checked", "peer review"] {
            assert!(!accuses(tag), "{tag}");
        }
    }
}
