//! Passwords in the form that is hashed: the same however a keyboard composes a letter.
use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// RFC 8265, OpaqueString: all kinds of spaces become one, and letters are composed (NFC). What the profile would
/// refuse besides, such as characters that are newer than its tables, is accepted as it is: it makes a password no
/// weaker.
pub fn prepared(text: &str) -> Cow<'_, str> {
    let odd =
        |c: char| matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}');
    if !text.contains(odd) && is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if odd(c) { ' ' } else { c }).nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::prepared;

    #[test]
    fn a_letter_is_the_same_however_it_was_typed() {
        assert_eq!(prepared("fu\u{308}nf gru\u{308}ne Kessel"), "fünf grüne Kessel");
        assert_eq!(prepared("fünf grüne Kessel"), "fünf grüne Kessel");
        assert_eq!(prepared("f\u{a0}f\u{3000}f"), "f f f");
        assert_eq!(prepared(" Case and spaces stay "), " Case and spaces stay ");
        assert_ne!(prepared("Ⅳ"), "IV", "letters that only look alike are not made one");
    }
}
