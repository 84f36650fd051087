//! Postcodes in a line of text, by the patterns of the UPU country pages.
use super::address_words::Token;
use super::words::starts_with_digit;

/// Finds the words of a postcode in one line of text, from the end: first postcodes of two words, then the rest.
pub(super) fn find_postcode(tokens: &[Token]) -> Option<(usize, usize)> {
    let at = |place: usize| tokens.get(place).map(|token| token.text.as_str()).unwrap_or_default();
    let same = |a: usize, b: usize| tokens.get(a).zip(tokens.get(b)).is_some_and(|(a, b)| a.segment == b.segment);
    let hyphen = |place: usize| tokens.get(place).is_some_and(|token| token.gap == "-");
    let pair = (0..tokens.len()).rev().find(|place| {
        let (one, two) = (at(*place), at(place + 1));
        let letters =
            two.len() == 2 && two.bytes().all(|b| b.is_ascii_alphabetic()) && !matches!(two, "ne" | "nw" | "se" | "sw");
        // SW1A 2AA and H2X 1Y4; 1012 AB; 123 45; 00-123, 150-0002, 1200-203, 12345-678, 97209-1234.
        let fits = (outward(one) && inward(two))
            || (*place > 0 && digits(one, 4..=4) && letters)
            || (*place > 0 && digits(one, 3..=3) && digits(two, 2..=2))
            || (hyphen(place + 1) && digits(one, 3..=3) && digits(two, 4..=4))
            || (*place > 0 && hyphen(place + 1) && digits(one, 2..=5) && digits(two, 3..=4));
        fits && same(*place, place + 1)
    });
    if let Some(place) = pair {
        return Some((place, place + 2));
    }
    let street = tokens.iter().position(|token| starts_with_digit(&token.text));
    let one = (0..tokens.len()).rev().find(|place| {
        let text = at(*place);
        let half =
            text.len().checked_sub(3).filter(|half| text.is_char_boundary(*half)).map(|half| text.split_at(half));
        let together = half.is_some_and(|(first, second)| outward(first) && inward(second));
        let dutch = text.len() == 6
            && text.is_ascii()
            && digits(&text[..4], 4..=4)
            && text[4..].bytes().all(|b| b.is_ascii_alphabetic());
        // Not the house number, which comes first.
        let later =
            tokens.get(*place).is_some_and(|token| token.segment > 0) || street.is_some_and(|street| street < *place);
        let begins = *place == 0 || !same(place - 1, *place);
        let ends = !same(*place, place + 1);
        together
            || dutch
            || (later
                && (digits(text, 5..=6) || digits(text, 4..=4) && (begins || ends) || outward(text) && begins && ends))
            || (tokens.len() == 1 && digits(text, 5..=6))
    });
    one.map(|place| (place, place + 1))
}

/// Letters that may come before the digits of a postcode: signs of countries on post and on cars (UPU; UN list of
/// distinguishing signs).
const SIGNS: &[(&str, &str)] = &[
    ("a", "AT"),
    ("b", "BE"),
    ("d", "DE"),
    ("e", "ES"),
    ("f", "FR"),
    ("fin", "FI"),
    ("fl", "LI"),
    ("gr", "GR"),
    ("h", "HU"),
    ("i", "IT"),
    ("l", "LU"),
    ("n", "NO"),
    ("nl", "NL"),
    ("p", "PT"),
    ("s", "SE"),
    ("slo", "SI"),
    ("v", "VA"),
];

/// Whether one postcode is the other with the sign of its own country before it: `D-10115`. In Argentina and Brunei,
/// letters are part of the postcode.
pub(super) fn with_country(a: &str, b: &str, country: Option<&str>) -> bool {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let Some(sign) = long.strip_suffix(short).filter(|sign| !sign.is_empty()) else { return false };
    let own = |code: &str| sign.eq_ignore_ascii_case(code) || SIGNS.contains(&(sign, code));
    let any =
        || SIGNS.iter().any(|(known, _)| *known == sign) || super::place::code(sign).is_some_and(|_| sign.len() == 2);
    digits(short, 4..=6) && country.map_or_else(any, own)
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The first half of a British, Irish or Canadian postcode.
fn outward(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let rest = text.get(letters..).unwrap_or_default();
    (1..=2).contains(&letters)
        && (1..=2).contains(&rest.len())
        && rest.is_ascii()
        && rest.starts_with(|c: char| c.is_ascii_digit())
}

/// The second half: digit and two letters; in Canada digit, letter, digit.
fn inward(text: &str) -> bool {
    let kinds: Vec<bool> = text.chars().map(|c| c.is_ascii_digit()).collect();
    text.is_ascii() && (kinds == [true, false, false] || kinds == [true, false, true])
}
