//! Words of names that are equivalent: initials and short forms.
use super::spelling::same_letters;
use super::words::{Spelled, WordMatch};

/// Equivalent words with different letters.
const EQUAL: &[(&str, &str)] = &[("jr", "junior"), ("sr", "senior"), ("st", "saint"), ("ste", "sainte")];
/// Short forms that passports and cards of Bangladesh, India, Malaysia, Spain and Portugal carry.
const SHORT: &[(&str, &[&str])] = &[
    ("md", &["mohammed", "mohammad", "muhammad", "mohamed", "mohamad", "muhammed"]),
    ("mohd", &["mohammed", "mohammad", "muhammad", "mohamed", "mohamad", "muhammed"]),
    ("muhd", &["mohammed", "mohammad", "muhammad", "mohamed", "mohamad", "muhammed"]),
    ("abd", &["abdul"]),
    ("ma", &["maria"]),
    ("fco", &["francisco"]),
];

fn is(letters: Spelled, word: &str) -> bool {
    letters.len() == word.len() && word.chars().zip(letters).all(|(c, letter)| c == letter.c)
}

/// Whether two words of a name are equivalent.
pub(super) fn word(x: Spelled, y: Spelled) -> WordMatch {
    if let Some(reasons) = same_letters(x, y, false) {
        return WordMatch::Same(reasons);
    }
    if EQUAL.iter().any(|(s, l)| (is(x, s) && is(y, l)) || (is(x, l) && is(y, s))) {
        return WordMatch::Same(vec!["an abbreviation".to_owned()]);
    }
    let (short, long) = if x.len() < y.len() { (x, y) } else { (y, x) };
    let initial =
        short.len() == 1 && short.first().is_some_and(|letter| letter.c.is_alphabetic()) && starts(long, short);
    if initial || SHORT.iter().any(|(s, l)| is(short, s) && l.iter().any(|l| is(long, l))) {
        WordMatch::Short
    } else {
        WordMatch::No
    }
}

fn starts(long: Spelled, short: Spelled) -> bool {
    same_letters(short, long, true).is_some()
}
