//! What a value says under any name: that something succeeded or is valid, or that it is not.

/// Beginnings of words by which a status says that something did not succeed, is not valid, or is no longer valid.
const REFUSED: &[&str] = &[
    "abort",
    "altered",
    "block",
    "cancel",
    "cease",
    "compromis",
    "counterfeit",
    "curtail",
    "deceas",
    "declin",
    "denied",
    "deny",
    "deport",
    "disqualif",
    "error",
    "expir",
    "fail",
    "forged",
    "forger",
    "fraud",
    "inactiv",
    "inconsisten",
    "ineligib",
    "invalid",
    "lapse",
    "manipulat",
    "mismatch",
    "overstay",
    "refus",
    "reject",
    "revok",
    "spoof",
    "stole",
    "substitut",
    "surrender",
    "suspen",
    "suspici",
    "tamper",
    "terminat",
    "timeout",
    "unsuccess",
    "unverif",
    "voided",
    "withdraw",
];
/// The same, but whole words, because other words begin with them.
const REFUSED_WHOLE: &[&str] = &["dead", "died", "fake", "lost", "stop", "stopped", "void"];
/// Words that begin like those but mean something else.
const OTHERS: &[&str] = &["blockchain", "blockchains"];
/// Words by which a status says that something succeeded. No provider publishes the words of its status: these are the
/// ones in use.
pub(super) const ACCEPTED: &[&str] = &[
    "accept",
    "accepted",
    "active",
    "allow",
    "allowed",
    "approve",
    "approved",
    "authentic",
    "authenticated",
    "clear",
    "complete",
    "completed",
    "confirmed",
    "done",
    "exact",
    "finished",
    "full",
    "genuine",
    "granted",
    "identified",
    "live",
    "match",
    "matched",
    "ok",
    "pass",
    "passed",
    "registered",
    "success",
    "successful",
    "succeeded",
    "valid",
    "validated",
    "verified",
    "yes",
];
/// More words that are bad after a negation.
const DENIED: &[&str] = &[
    "alive",
    "alike",
    "authorised",
    "authorized",
    "correct",
    "detected",
    "eligible",
    "exist",
    "exists",
    "found",
    "human",
    "identical",
    "issued",
    "known",
    "legitimate",
    "matches",
    "matching",
    "original",
    "permitted",
    "present",
    "real",
    "recognised",
    "recognized",
    "record",
    "records",
    "same",
    "verify",
];
const NEGATIONS: &[&str] =
    &["cannot", "neither", "never", "no", "non", "nor", "not", "partial", "partially", "un", "unable", "without"];
/// Negations at the beginning of a word: `nomatch`, `unmatched`.
const BEFORE: &[&str] = &["dis", "in", "mis", "no", "non", "not", "un"];
/// The largest number of words in a short phrase: a longer one is a text.
const SHORT: usize = 6;

pub(super) fn of(value: &str) -> Vec<String> {
    value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Values of a list.
pub(super) fn chunks(value: &str) -> impl Iterator<Item = &str> {
    value.split([',', ';']).map(str::trim).filter(|one| !one.is_empty())
}

pub(super) fn refused(words: &[String]) -> bool {
    let denies = |word: &str| REFUSED.iter().any(|begin| word.starts_with(begin)) && !OTHERS.contains(&word);
    words.iter().any(|word| denies(word) || REFUSED_WHOLE.contains(&word.as_str()))
}

/// Whether something that would be good is negated.
pub(super) fn negated(words: &[String]) -> bool {
    let good = |word: &str| ACCEPTED.contains(&word) || DENIED.contains(&word);
    let behind = |at: usize| words[at + 1..].iter().any(|word| good(word));
    let inside = |word: &str| BEFORE.iter().any(|before| word.strip_prefix(before).is_some_and(good));
    words
        .iter()
        .enumerate()
        .any(|(at, word)| NEGATIONS.contains(&word.as_str()) && behind(at) || !good(word) && inside(word))
}

/// Whether it is a word or a short phrase of refusal, or a list with one.
pub(super) fn refuses(value: &str) -> bool {
    chunks(value).any(|one| {
        let words = of(one);
        words.len() <= SHORT && (refused(&words) || negated(&words))
    })
}

/// Whether it begins like a date: `2026-01-01`, a year, seconds since 1970.
pub(super) fn is_moment(value: &str) -> bool {
    let digits = value.chars().take_while(char::is_ascii_digit).count();
    let rest = &value[digits..];
    matches!(digits, 4) && (rest.is_empty() || rest.starts_with('-')) || rest.is_empty() && (8..=13).contains(&digits)
}
