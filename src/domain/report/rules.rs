//! How single values of a report are judged, by kind of report and by name. One table (`RULES`) and the code that reads
//! it, so that the words are listed in one place. The words here are Persona's published vocabulary. Any other word is
//! not understood, and the signal says so.
use super::Report;
use super::assess::{Meaning, NOT_CONFIRMED};
use super::report_query::is_asked;
use crate::domain::denial::{Score, denial, risk_score, search};
use crate::domain::evidence::{Signal, Tone};
use crate::domain::inquiry::Field;
use crate::domain::redact::REDACTED;
use crate::domain::text::words;

/// How the value under one name is judged.
enum ValueRule {
    /// Words that are bad, that need a look, and that are fine. Any other is not understood.
    Words(&'static [&'static str], &'static [&'static str], &'static [&'static str]),
    /// The same for a value that says by itself how risky the subject is: only such a value can be good.
    Level(&'static [&'static str], &'static [&'static str], &'static [&'static str]),
    /// Speaks against the subject if it is the first word, and is fine if it is the second. Any other is not
    /// understood.
    Flag(Tone, &'static str, &'static str),
    /// Speaks against the subject if it is this word, and says nothing otherwise.
    When(Tone, &'static str),
    /// Speaks against the subject if there is any value.
    Any(Tone),
    /// A score up to 1000. No threshold is published, so a high score counts as bad, and a low one does not count as
    /// good.
    Score,
    /// The status of a business in a register, in the register's own words. The flag: whether an unknown word is
    /// reported.
    Standing(bool),
}

const fn yes(tone: Tone) -> ValueRule {
    ValueRule::Flag(tone, "yes", "no")
}

/// By kind of report and by the end of a name, with the label of the signal.
const RULES: &[(&str, &str, &str, ValueRule)] = &[
    (
        "phone-number",
        "phone-risk-recommendation",
        "Phone: Persona recommends",
        ValueRule::Level(&["block"], &["flag"], &["allow"]),
    ),
    (
        "phone-number",
        "phone-risk-level",
        "Phone risk",
        ValueRule::Level(&["very-high", "high"], &["medium-high", "medium"], &["medium-low", "low", "very-low"]),
    ),
    (
        "phone-number",
        "phone-risk-sim-swap",
        "SIM swap risk",
        ValueRule::Words(&["high", "very-high"], &["medium"], &["low", "very-low", "n/a"]),
    ),
    ("phone-number", "phone-risk-score", "Phone risk score", ValueRule::Score),
    ("phone-number", "phone-type", "Phone number invalid", ValueRule::When(Tone::Bad, "invalid")),
    ("email-address", "email-reputation", "E-mail reputation", ValueRule::Level(&["low"], &["medium"], &["high"])),
    (
        "email-address",
        "email-domain-reputation",
        "E-mail domain reputation",
        ValueRule::Words(&[], &["low", "medium"], &["high"]),
    ),
    ("email-address", "email-is-disposable", "Disposable e-mail", yes(Tone::Bad)),
    ("email-address", "email-is-blocklisted", "E-mail on a blocklist", yes(Tone::Bad)),
    ("email-address", "email-is-spam", "E-mail is spam", yes(Tone::Bad)),
    ("email-address", "email-is-suspicious", "E-mail suspicious", yes(Tone::Bad)),
    ("email-address", "email-malicious-activity-detected", "E-mail: malicious activity", yes(Tone::Bad)),
    ("email-address", "email-malicious-activity-detected-recent", "E-mail: malicious activity", yes(Tone::Bad)),
    ("email-address", "email-credentials-leaked-recent", "E-mail: credentials leaked recently", yes(Tone::Warn)),
    ("email-address", "email-is-deliverable", "E-mail not deliverable", ValueRule::Flag(Tone::Warn, "no", "yes")),
    (
        "email-address",
        "email-is-valid-mx",
        "E-mail domain does not accept mail",
        ValueRule::Flag(Tone::Warn, "no", "yes"),
    ),
    ("email-address", "email-domain-exists", "E-mail domain does not exist", ValueRule::Flag(Tone::Warn, "no", "yes")),
    (
        "email-address",
        "age-estimated-13-plus",
        "E-mail: owner estimated under 13",
        ValueRule::Flag(Tone::Warn, "no", "yes"),
    ),
    (
        "email-address",
        "age-estimated-16-plus",
        "E-mail: owner estimated under 16",
        ValueRule::Flag(Tone::Warn, "no", "yes"),
    ),
    (
        "email-address",
        "age-estimated-18-plus",
        "E-mail: owner estimated under 18",
        ValueRule::Flag(Tone::Warn, "no", "yes"),
    ),
    ("synthetic", "-score", "Synthetic identity score", ValueRule::Score),
    ("integration/sentilink-scores", ".score", "SentiLink score", ValueRule::Score),
    ("profile", "identity-records.*.deceased", "Deceased according to the profile report", yes(Tone::Bad)),
    (
        "profile",
        "identity-records.*.deceased-date",
        "Deceased according to the profile report",
        ValueRule::Any(Tone::Bad),
    ),
    ("address-lookup", "analysis-dpv-match-code", NOT_CONFIRMED, ValueRule::Words(&[], &["n", "s", "d"], &["y"])),
    ("address-lookup", "analysis-dpv-vacant", "Address vacant", ValueRule::Flag(Tone::Warn, "y", "n")),
    ("address-lookup", "analysis-dpv-cmra", "Address of a mail agency", ValueRule::Flag(Tone::Warn, "y", "n")),
    ("address-lookup", "analysis-active", "Address not active", ValueRule::Flag(Tone::Warn, "n", "y")),
    (
        "address-lookup",
        "metadata-ews-match",
        "Address not yet served by the post",
        ValueRule::Flag(Tone::Warn, "true", "false"),
    ),
    ("business-lookup", "legal-status", "Business status", ValueRule::Standing(true)),
    ("business-lookup", ".status", "Business status", ValueRule::Standing(false)),
    ("business-registrations-lookup", ".standardized", "Business status", ValueRule::Standing(true)),
    ("business-registrations-lookup", ".raw", "Business status", ValueRule::Standing(false)),
    ("business-registrations-lookup", ".status", "Business status", ValueRule::Standing(true)),
];

/// Parts of words by which registers say that a business is not in good standing.
const ENDED: &[&str] = &[
    "inactive",
    "not active",
    "not in good standing",
    "dissol",
    "revok",
    "struck",
    "strike",
    "liquidat",
    "insolven",
    "bankrupt",
    "administration",
    "receiver",
    "wound",
    "winding",
    "suspen",
    "terminat",
    "cancel",
    "forfeit",
    "delinquent",
    "default",
    "withdraw",
    "expired",
    "closed",
    "ceased",
    "removed",
    "deregister",
    "merged",
    "converted",
    "void",
];
/// Words by which registers say that it is.
const STANDING: &[&str] = &[
    "active",
    "good standing",
    "in good standing",
    "registered",
    "existing",
    "in existence",
    "exists",
    "current",
    "live",
];

/// Beginnings of words in keys that are about matches, or about a search that was not carried out.
const SEARCHED: &[&str] = &[
    "match",
    "hit",
    "error",
    "fail",
    "timeout",
    "timed",
    "record",
    "list",
    "source",
    "result",
    "media",
    "article",
    "entit",
    "alert",
    "incomplete",
    "partial",
    "skip",
    "warning",
    "sanction",
    "pep",
    "expos",
    "found",
    "position",
    "redacted",
    "flag",
    "suppress",
    "hid",
    "expir",
];
/// The same for a report of risk.
const RISKY: &[&str] = &[
    "risk",
    "block",
    "recommend",
    "fraud",
    "abuse",
    "malicious",
    "suspicious",
    "threat",
    "error",
    "fail",
    "reject",
    "deny",
    "denied",
    "redacted",
];
/// The same for a lookup.
const LOOKED_UP: &[&str] = &["error", "fail", "timeout", "redacted", "deceased"];

/// Values that mean that there is none of it.
const NOTHING: &[&str] = &["no", "0", "0.0", "false", "none", "null", "n/a", "not-applicable"];

impl Report {
    /// The signal of one value, or that it is not understood; and whether it says by itself how risky the subject is.
    pub(super) fn judge(&self, fact: &Field) -> (Option<Signal>, bool) {
        let value = fact.value.to_lowercase().replace('_', "-");
        let value = value.trim();
        let rule = RULES.iter().find(|(kind, name, ..)| *kind == self.kind && fits(name, &fact.key));
        let says = |tone, label: String| (Some(Signal { tone, label }), false);
        let Some((_, _, label, rule)) = rule else { return (self.unlisted(fact, value), false) };
        let unclear = || says(Tone::Warn, format!("{label}: “{}” not assessed", fact.value));
        let level = matches!(rule, ValueRule::Level(..));
        match rule {
            ValueRule::Words(bad, look, fine) | ValueRule::Level(bad, look, fine) => {
                let said = || match (self.kind.as_str(), value) {
                    ("address-lookup", "n") => (*label).to_owned(),
                    ("address-lookup", "s" | "d") => "Address: flat or unit missing or not confirmed".to_owned(),
                    _ => format!("{label} {}", words(value).to_lowercase()),
                };
                let tone = if bad.contains(&value) {
                    Tone::Bad
                } else if look.contains(&value) {
                    Tone::Warn
                } else if fine.contains(&value) {
                    return (None, level);
                } else {
                    return unclear();
                };
                (Some(Signal { tone, label: said() }), level)
            }
            ValueRule::Flag(tone, word, _) | ValueRule::When(tone, word) if value == *word => {
                says(*tone, (*label).to_owned())
            }
            ValueRule::When(..) => (None, false),
            ValueRule::Flag(_, _, fine) if value == *fine => (None, false),
            ValueRule::Flag(..) => unclear(),
            ValueRule::Any(tone) => says(*tone, (*label).to_owned()),
            ValueRule::Score => match risk_score(value) {
                Score::High => says(Tone::Bad, format!("{label} {}", fact.value)),
                Score::NotHigh => (None, false),
                Score::Unclear => unclear(),
            },
            ValueRule::Standing(all) => {
                let plain = value.replace('-', " ");
                if ENDED.iter().any(|ended| plain.contains(ended)) {
                    says(Tone::Warn, format!("{label}: {}", fact.value))
                } else if !all || STANDING.contains(&plain.as_str()) {
                    (None, false)
                } else {
                    unclear()
                }
            }
        }
    }

    /// The signal of a value under a name that has no rule.
    fn unlisted(&self, fact: &Field, value: &str) -> Option<Signal> {
        let warn = |label: String| Some(Signal { tone: Tone::Warn, label });
        if let Some(what) = fact.key.strip_prefix("match-status-") {
            let what = words(what).to_lowercase();
            return match value {
                "match" | "not-applicable" => None,
                "no-match" => warn(format!("{}: {what} does not match", self.label())),
                other => warn(format!("{}: {what} {}", self.label(), words(other).to_lowercase())),
            };
        }
        // An object or a list where one value belongs.
        let under = |(kind, name, ..): &&(&str, &str, &str, ValueRule)| {
            *kind == self.kind && fact.key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
        };
        if let Some((_, _, label, _)) = RULES.iter().find(under) {
            return warn(format!("{label}: “{}” not assessed", fact.value));
        }
        if fact.key == "error-message" {
            return warn(format!("{} report: {}", self.label(), fact.value));
        }
        let telling = match self.meaning() {
            Meaning::Screening => SEARCHED,
            Meaning::Risk => RISKY,
            Meaning::Lookup => LOOKED_UP,
            Meaning::Unknown => return None,
        };
        // A query in another form than Persona's may leave something out.
        let asked = fact.key.strip_prefix("query.").or_else(|| (fact.key == "query").then_some(""));
        if let Some(member) = asked.filter(|member| self.meaning() == Meaning::Screening && !is_asked(member)) {
            let what = format!("query {}", words(&member.replace('.', " ")).to_lowercase());
            return warn(format!("{} report: {} not assessed", self.label(), what.trim()));
        }
        // What was asked for, and what was dismissed, are judged elsewhere.
        let elsewhere = ["query.", "dismissed.", "dismissed-entity.", "omitted-"];
        if elsewhere.iter().any(|prefix| fact.key.starts_with(prefix)) {
            return None;
        }
        let words_of_key = fact.key.split(|c: char| !c.is_alphanumeric());
        let tells = words_of_key.into_iter().any(|word| telling.iter().any(|start| word.starts_with(start)))
            || self.meaning() == Meaning::Screening && fact.key.contains("last-run");
        if !tells || NOTHING.contains(&value) {
            let (bad, what) = if self.meaning() == Meaning::Screening { search(fact) } else { denial(fact) }?;
            let tone = if bad { Tone::Bad } else { Tone::Warn };
            return Some(Signal { tone, label: format!("{} report: {what}", self.label()) });
        }
        let what = match fact.key.as_str() {
            REDACTED => "redacted in Persona".to_owned(),
            key => format!("{} not assessed", words(&key.replace('.', " ")).to_lowercase()),
        };
        warn(format!("{} report: {what}", self.label()))
    }

    /// Keeps at most `most` values, and records that there were more. Values that speak against the subject come first.
    pub fn keep(&mut self, most: usize) {
        if self.facts.len() <= most {
            return;
        }
        let facts = std::mem::take(&mut self.facts);
        let speaks: Vec<bool> = facts.iter().map(|fact| self.judge(fact).0.is_some()).collect();
        let speaking = speaks.iter().filter(|speaks| **speaks).count().min(most);
        let (mut loud, mut silent) = (speaking, most - speaking);
        let kept = facts.into_iter().zip(speaks).filter(|(_, speaks)| {
            let left = if *speaks { &mut loud } else { &mut silent };
            let stays = *left > 0;
            *left = left.saturating_sub(1);
            stays
        });
        self.facts = kept.map(|(fact, _)| fact).collect();
        self.facts.push(Field { key: "more".into(), value: "there are more values than are kept here".into() });
    }
}

/// Whether a rule's name fits a key: all of it, its end if the rule begins with `-` or `.`, or with `*` for numbers.
fn fits(rule: &str, key: &str) -> bool {
    match rule.split_once('*') {
        Some((before, after)) => key.starts_with(before) && key.ends_with(after),
        None if rule.starts_with(['-', '.']) => key.ends_with(rule),
        None => key == rule || rule == "legal-status" && key.ends_with(".legal-status"),
    }
}
